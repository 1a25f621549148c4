"""Quizzes: questions that are data (notebooks/quizzes/*.json), shown in plain HTML, which needs no kernel and no widget."""

import html
import json

from tlcourse.errors import CourseError
from tlcourse.running import lessons_folder


class Quiz(list):
    """Questions: {"question": str, "choices": [{"text": str, "right": bool, "because": str}, …]}."""

    def _repr_html_(self):
        pages = ["<p>Choose an answer, then click on it: it says whether it is right, and why.</p>"]
        for number, question in enumerate(self, 1):
            pages.append(f"<p><b>{number}. {html.escape(question['question'])}</b></p>")
            for choice in question["choices"]:
                pages.append(f"<details><summary>{html.escape(choice['text'])}</summary>{html.escape(_verdict(choice))}</details>")
        return "\n".join(pages)

    def __repr__(self):
        lines = []
        for number, question in enumerate(self, 1):
            lines += [f"{number}. {question['question']}", *(f"   - {choice['text']}" for choice in question["choices"])]
        answers = (_verdict(choice) for question in self for choice in question["choices"] if choice["right"])
        return "\n".join([*lines, "", "Answers", *(f"{number}. {answer}" for number, answer in enumerate(answers, 1))])


def _verdict(choice):
    return f"{'✓ Right.' if choice['right'] else '✗ No.'} {choice['because']}"


def quiz(lesson):
    """The Quiz of a lesson, by its name, such as "03_pretrained_models". Raises CourseError where there is none."""
    folder = lessons_folder() / "quizzes"
    if not (file := folder / f"{lesson}.json").is_file():
        known = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
        raise CourseError(f"There is no quiz {lesson!r}. There are: {known}.")
    return Quiz(json.loads(file.read_text(encoding="utf-8")))
