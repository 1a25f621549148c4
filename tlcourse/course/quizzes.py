"""Quizzes: questions that are data (notebooks/quizzes/*.json), shown in plain HTML, which needs no
kernel and no widget."""

import html
import json

from tlcourse.course.lessons import lessons_folder
from tlcourse.errors import CourseError


class Quiz(list):
    """Questions: {"question": str, "choices": [{"text": str, "right": bool, "because": str},
    …]}."""

    def _repr_html_(self):
        pages = ["<p>Choose an answer, then click on it: it says whether it is right, and why.</p>"]
        for number, question in enumerate(self, 1):
            pages.append(f"<p><b>{number}. {html.escape(question['question'])}</b></p>")
            for choice in question["choices"]:
                verdict = f"{'✓ Right.' if choice['right'] else '✗ No.'} {choice['because']}"
                asked, told = html.escape(choice["text"]), html.escape(verdict)
                pages.append(f"<details><summary>{asked}</summary>{told}</details>")
        return "\n".join(pages)

    def __repr__(self):
        return f"a quiz of {len(self)} questions, to be read in a notebook"


def quiz(lesson: str) -> Quiz:
    """The Quiz of a lesson, by its name, such as "03_pretrained_models". Raises CourseError where
    there is none."""
    folder = lessons_folder() / "quizzes"
    if not (file := folder / f"{lesson}.json").is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
        raise CourseError(f"There is no quiz {lesson!r}. There are: {known}.")
    return Quiz(json.loads(file.read_text(encoding="utf-8")))
