"""The site: it is whole, needs no network, executes nothing, and gives no answer away."""

import importlib.util
import json
import re
import runpy
import subprocess
from collections import Counter
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pytest
from nbformat.v4 import new_markdown_cell, new_notebook

from tlcourse.cli import main
from tlcourse.course import site as building
from tlcourse.course.lessons import find_lessons
from tlcourse.course.linking import known_words
from tlcourse.errors import CourseError

ROOT = Path(__file__).resolve().parent.parent
LESSONS = [path.stem for path in find_lessons()]
EXERCISES = sorted(path.stem for path in (ROOT / "notebooks" / "exercises").glob("*.ipynb"))


class Page(HTMLParser):
    """The elements and the words of a page."""

    def __init__(self, path):
        super().__init__()
        self.elements, self.words, self.path = [], [], path
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        self.words.append(data)

    @property
    def text(self):
        return " ".join(" ".join(self.words).split())

    def of(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


@cache
def page(path):
    return Page(path)


def pages(site):
    found = [page(path) for path in sorted(site.rglob("*.html")) if "_static" not in path.parts]
    assert len(found) > len(LESSONS) + len(EXERCISES)
    return found


def lesson(site, name):
    return page(site / "notebooks" / f"{name}.html")


def exercises(site, name):
    return page(site / "notebooks" / "exercises" / f"{name}.html")


# ---------------------------------------------------------------- whole


def test_next_leads_through_the_course_in_its_order(site):
    now, visited = site / "index.html", []
    for _ in range(len(LESSONS) + len(EXERCISES)):
        (link,) = [one for one in page(now).of("a") if one.get("class") == "right-next"]
        now = (now.parent / link["href"]).resolve()
        visited.append(now.relative_to(site.resolve()).with_suffix("").as_posix())
    expected = []
    for name in LESSONS:
        expected.append(f"notebooks/{name}")
        expected += [f"notebooks/exercises/{name}"] * (name in EXERCISES)
    assert visited == expected


def test_every_link_and_anchor_leads_somewhere(site):
    lost = []
    for one in pages(site):
        for attributes in one.of("a", "link", "img", "script"):
            address = urlsplit(attributes.get("href") or attributes.get("src") or "")
            if address.scheme:
                continue
            target = (one.path.parent / unquote(address.path)) if address.path else one.path
            if not target.is_file():
                lost.append(f"{one.path.name}: {address.path}")
            elif address.fragment and target.suffix == ".html":
                ids = {attributes.get("id") for _, attributes in page(target.resolve()).elements}
                if unquote(address.fragment) not in ids:
                    lost.append(f"{one.path.name}: {address.path}#{address.fragment}")
    assert lost == []


def test_the_button_downloads_the_notebook_itself(site):
    for name in LESSONS:
        assert any(
            link.get("href", "").endswith(f"{name}.ipynb") and "download" in link.get("class", "")
            for link in lesson(site, name).of("a")
        )
        copy, original = site / "_sources", ROOT
        path = Path("notebooks", f"{name}.ipynb")
        assert (copy / path).read_bytes() == (original / path).read_bytes()


def test_the_times_of_all_lessons_are_said(site):
    said = page(site / "times.html").text
    assert all(f"{name[:2]} " in said for name in LESSONS)
    assert "not said" not in said and said.count("minute") >= len(LESSONS)


# ---------------------------------------------------------------- without a network, and as stored


def test_nothing_is_loaded_from_elsewhere(site):
    loads = {"script": "src", "img": "src", "iframe": "src", "source": "src", "link": "href"}
    found = [
        f"{one.path.name}: {attributes[loads[tag]]}"
        for one in pages(site)
        for tag, attributes in one.elements
        if tag in loads and re.match(r"(https?:)?//", attributes.get(loads[tag], ""))
    ]
    for path in site.rglob("*.css"):
        style = path.read_text(encoding="utf-8")
        found += re.findall(r"url\(['\"]?(?:https?:)?//[^)]*\)|@import[^;]*//[^;]*", style)
    assert found == []


def test_every_picture_has_words(site):
    pictures = [one for each in pages(site) for one in each.of("img")]
    assert len(pictures) > 60
    assert [one.get("src", "")[:60] for one in pictures if not (one.get("alt") or "").strip()] == []


def test_no_page_says_where_it_was_built(site, tmp_path):
    places = [str(ROOT), str(Path.home()), str(tmp_path.parent.parent), str(site)]
    texts = [*site.rglob("*.html"), site / "searchindex.js", site / "objects.inv"]
    found = {
        (path.name, place)
        for path in texts
        for place in places
        if len(place) > 1 and place.encode() in path.read_bytes()
    }
    assert found == set()


def test_pages_show_the_stored_outputs(site):
    """The fixture sees to it that nothing can be executed."""
    for name in LESSONS:
        shown = lesson(site, name).text
        cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
        outputs = [one for cell in cells if cell.cell_type == "code" for one in cell.outputs]
        printed = [" ".join(one.text.split()) for one in outputs if one.output_type == "stream"]
        assert printed and [text for text in printed if text not in shown] == []


def test_folded_cells_are_folded(site):
    for name in LESSONS:
        cells = nbformat.read(ROOT / "notebooks" / f"{name}.ipynb", as_version=4).cells
        folded = [cell for cell in cells if "hide-input" in cell.metadata.get("tags", ())]
        found = [one for one in lesson(site, name).of("details") if "hide" in one.get("class", "")]
        assert len(found) == len(folded) > 0
        assert not any("open" in one for one in found)
        assert "@title" not in lesson(site, name).text


def test_formulas_need_no_script(site):
    count = Counter(tag for tag, _ in lesson(site, "08_resnet50").elements)
    assert count["math"] >= 3 and count["msqrt"] == 1
    assert not any("\\frac" in one.text for one in pages(site))


# ---------------------------------------------------------------- quizzes, exercises, words


@pytest.mark.parametrize("name", EXERCISES)
def test_a_quiz_can_be_taken_and_an_exercise_gives_no_answer_away(site, name):
    quizzes, answers = (
        json.loads((ROOT / "notebooks" / folder / f"{name}.json").read_text(encoding="utf-8"))
        for folder in ("quizzes", "exercises")
    )
    shown = lesson(site, name)
    quiet = " ".join(re.sub("`", "", shown.text).split())
    assert squeezed(f"tl.quiz({name})") not in squeezed(shown.text)
    for question in quizzes:
        texts = [question["question"], *(one["because"] for one in question["choices"])]
        plain = [" ".join(re.sub("`", "", text).split()) for text in texts]
        assert [text for text in plain if squeezed(text) not in squeezed(quiet)] == []
    every = " ".join(one.text for one in (shown, exercises(site, name)))
    assert ".hint()" not in every and ".solution()" not in every
    for answer in answers.values():
        assert not any(squeezed(hint) in squeezed(every) for hint in answer["hints"])
        assert squeezed(answer["solution"]) not in squeezed(every)


def squeezed(text):
    """Marks and spaces left out: a page breaks words where code begins and ends."""
    return re.sub(r"[\s`‘’“”'\"]", "", text)


def test_words_lead_to_the_glossary_from_the_lesson_that_explains_them(site):
    def linked(name):
        found = [link.get("href", "") for link in lesson(site, name).of("a")]
        return {link.split("#term-")[1] for link in found if "glossary.html#term-" in link}

    assert "backbone" in linked("00_start_here") and "probe" not in linked("00_start_here")
    assert {"backbone", "probe", "early-stopping"} <= linked("05_fine_tuning")
    assert all(len(linked(name)) >= 6 for name in LESSONS)
    ids = {attributes.get("id", "") for _, attributes in page(site / "glossary.html").elements}
    assert len([one for one in ids if one and one.startswith("term-")]) > 100


def test_a_reader_knows_the_words_so_far():
    words = {"Probe": [("04", "old"), ("05", "new")], "head": [("00", "top")]}
    assert known_words(words, "00") == {"head": ("head", "top")}
    assert known_words(words, "04")["probe"] == ("Probe", "old")
    assert known_words(words, "06")["probe"] == ("Probe", "new")


# ---------------------------------------------------------------- Colab, Binder


def test_without_an_address_there_is_no_button_for_colab(site):
    hosts = ("colab.research.google.com", "mybinder.org")
    links = [link.get("href", "") for one in pages(site) for link in one.of("a")]
    assert [link for link in links if any(host in link for host in hosts)] == []


def test_with_an_address_colab_and_binder_open_the_notebook(tmp_path, monkeypatch):
    monkeypatch.setattr(building, "repository", lambda: ("owner", "name"))
    built = tiny(tmp_path, "# A lesson")
    links = [link.get("href") for link in page(built / "notebooks" / "07_a.html").of("a")]
    path = "main/notebooks/07_a.ipynb"
    assert f"https://colab.research.google.com/github/owner/name/blob/{path}" in links
    at = "https://mybinder.org/v2/gh/owner/name/main?urlpath=lab/tree/notebooks/07_a.ipynb"
    assert at in links


def test_the_address_is_known():
    if building.repository() is None:
        pytest.skip(
            "No address: no buttons for Colab and Binder. Write it into pyproject.toml:"
            ' [project.urls], Repository = "https://github.com/OWNER/NAME".'
        )
    settings = runpy.run_path(str(ROOT / "site" / "conf.py"))["html_theme_options"]
    assert settings["repository_url"] == "https://github.com/{}/{}".format(*building.repository())


@pytest.mark.parametrize(
    ("address", "known"),
    [
        ("https://github.com/owner/a.name", ("owner", "a.name")),
        ("https://github.com/owner/name.git", ("owner", "name")),
        ("https://user:secret@github.com/owner/name.git", ("owner", "name")),
        ("git@github.com:owner/name.git", ("owner", "name")),
        ("ssh://git@github.com/owner/name", ("owner", "name")),
        ("https://gitlab.com/owner/name", None),
        ("https://example.com/github.com/owner/name", None),
        ("/home/somebody/name", None),
        ("../name", None),
    ],
)
def test_an_address_is_github_s_or_none(tmp_path, address, known):
    settings = f'[project]\nname = "a"\n[project.urls]\nRepository = "{address}"\n'
    (tmp_path / "pyproject.toml").write_text(settings)
    assert building.repository(tmp_path) == known


def test_git_is_asked_where_pyproject_is_silent_and_only_for_the_course(tmp_path):
    def git(*words):
        subprocess.run(["git", "-C", tmp_path, *words], check=True, capture_output=True)

    git("init")
    git("remote", "add", "origin", "https://github.com/owner/name.git")
    inside = tmp_path / "course"
    inside.mkdir()
    for folder in (tmp_path, inside):
        (folder / "pyproject.toml").write_text('[project]\nname = "a"\n')
    assert building.repository(tmp_path) == ("owner", "name")
    assert building.repository(inside) is None


# ---------------------------------------------------------------- what can go wrong


def gather(words):
    """A stage of one page and one lesson of one cell."""

    def gather(stage, *_):
        (stage / "notebooks").mkdir(parents=True)
        (stage / "index.md").write_text("# Course\n\n:::{toctree}\nnotebooks/07_a\n:::\n")
        cells = [new_markdown_cell(words)]
        nbformat.write(new_notebook(cells=cells), stage / "notebooks" / "07_a.ipynb")

    return gather


def tiny(folder, words):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(building, "_gather", gather(words))
        return building.build_site(folder / "site").parent


def test_a_link_that_leads_nowhere_leaves_the_old_site(tmp_path):
    built = tiny(tmp_path, "# Old")
    with pytest.raises(CourseError, match="The site was not written"):
        tiny(tmp_path, "# New\n\n[there](no_such_lesson.ipynb)")
    assert "Old" in page(built / "notebooks" / "07_a.html").text
    assert [path.name for path in tmp_path.iterdir()] == ["site"]


def test_a_folder_with_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.md").write_text("years of work")
    with pytest.raises(CourseError, match="is no site of the course"):
        building.build_site(tmp_path)
    assert (tmp_path / "thesis.md").is_file()


def test_without_chromium_a_sentence_says_what_prints(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(building.shutil, "which", lambda name: None)
    assert main(["site", "--pdf", str(tmp_path / "course.pdf")]) == 1
    assert "Install Chromium" in capsys.readouterr().err


def test_the_verb_says_which_page_to_open(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(building, "_gather", gather("# A lesson"))
    assert main(["site", "--to", str(tmp_path / "site")]) == 0
    page = capsys.readouterr().out.strip().removeprefix("Written. Open in a browser: ")
    assert Path(page).is_file() and page.endswith("index.html")


def test_without_sphinx_a_sentence_says_what_to_install(tmp_path, monkeypatch):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "sphinx" else find(name)
    )
    with pytest.raises(CourseError, match=r'sphinx is not installed.*-e "\.\[site\]"'):
        building.build_site(tmp_path / "site")
