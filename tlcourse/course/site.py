"""The course as a site to read: Sphinx builds it from the stored outputs, and executes nothing."""

import importlib.util
import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import metadata
from pathlib import Path

from tlcourse.course.lessons import find_lessons, lessons_folder
from tlcourse.course.pages import glossary, glossary_page, times_page
from tlcourse.errors import CourseError
from tlcourse.facts import course_folder, data_folder

_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
_NEEDED = ("sphinx", "myst_nb", "sphinx_book_theme")
_GITHUB = re.compile(
    r"(?:(?:https?|ssh)://(?:[^/@]+@)?|git@)github\.com[:/]([\w.-]+)/([\w.-]+?)(?:\.git)?/?"
)


def build_site(target: str | Path = "build/site") -> Path:
    """Write the site into the folder `target`, in place of a site that stood there. Returns the
    page to begin with.

    Raises CourseError where Sphinx is not installed, where `target` holds something else, and where
    a link leads nowhere; a build that fails leaves the old site as it was."""
    target = Path(target).expanduser().resolve()
    if target.exists() and not _replaceable(target):
        raise CourseError(
            f"{target} is there already, and is no site of the course. Nothing was written. Choose"
            " a folder that is new or empty."
        )
    with _built(target, "html") as built:
        if target.exists():
            shutil.rmtree(target)
        os.replace(built, target)
    return target / "index.html"


def print_site(target: str | Path) -> Path:
    """Write the whole course as one PDF, with figures, exercises and the answers of the quizzes;
    folded cells stay folded. Chromium prints it, which takes minutes. Returns its path.

    Raises CourseError as `build_site` does, and where there is no Chromium."""
    browser = next(filter(None, map(shutil.which, _BROWSERS)), None)
    if browser is None:
        raise CourseError(
            f"Chromium prints the pages, and none of {', '.join(_BROWSERS)} was found on this"
            " machine. Install Chromium, or print single pages from your own browser."
        )
    target = Path(target).expanduser().resolve()
    with _built(target, "singlehtml") as built:
        command = [browser, "--headless", "--disable-gpu", "--no-pdf-header-footer"]
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            command.append("--no-sandbox")  # Chromium's own condition for the administrator
        printed = built / target.name
        page = (built / "index.html").as_uri()
        done = subprocess.run(
            [*command, f"--print-to-pdf={printed}", page], capture_output=True, text=True
        )
        if not printed.is_file():
            raise CourseError(f"{browser} printed nothing. Its last words: {done.stderr[-500:]}")
        os.replace(printed, target)
    return target


@contextmanager
def _built(target, kind) -> Iterator[Path]:
    """A folder beside `target` with the site as Sphinx's builder `kind` writes it."""
    missing = [name for name in _NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise CourseError(
            f"The site is built with Sphinx, and {', '.join(missing)} is not installed. In the"
            ' folder of the course: python -m pip install -e ".[site]"'
        )
    if not (settings := course_folder("site")).is_dir():
        raise CourseError(
            f"{settings} is not there: this copy of the course comes without the site's settings."
            " Build the site in the whole course."
        )
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as outside:
        stage, built = Path(outside, "stage"), Path(outside, "site")
        _gather(stage, find_lessons(), settings)
        _sphinx(stage, settings, built, kind)
        yield built


def repository(root: Path | None = None) -> tuple[str, str] | None:
    """The owner and the name of the repository on GitHub, from which Colab and Binder can open the
    notebooks; None where no address is known: none is guessed.

    The address stands in pyproject.toml, [project.urls], Repository; where it does not, git's
    remote `origin` is asked. root: the folder of the course."""
    root = root or lessons_folder().parent
    if (settings := root / "pyproject.toml").is_file():
        project = tomllib.loads(settings.read_text(encoding="utf-8"))["project"]
        address = project.get("urls", {}).get("Repository") or _remote(root)
    else:
        address = _installed()
    found = _GITHUB.fullmatch(address.strip())
    return (found[1], found[2]) if found else None


def _installed():
    """The address that the installed package names, or ""."""
    for line in metadata.metadata("tlcourse").get_all("Project-URL") or ():
        label, _, address = line.partition(", ")
        if label == "Repository":
            return address
    return ""


def _remote(root):
    """The address of git's remote, or ""; not that of a repository around the course."""
    if not (root / ".git").exists() or shutil.which("git") is None:
        return ""
    asked = subprocess.run(
        ["git", "-C", root, "remote", "get-url", "origin"], capture_output=True, text=True
    )
    return asked.stdout if asked.returncode == 0 else ""


def _replaceable(target):
    return target.is_dir() and (not any(target.iterdir()) or (target / "objects.inv").is_file())


def _gather(stage, lessons, settings):
    """The pages before Sphinx reads them, where they lie in the repository, so that their links
    hold."""
    shutil.copytree(settings / "pages", stage)
    (stage / "notebooks" / "exercises").mkdir(parents=True)
    for path in lessons:
        shutil.copyfile(path, stage / "notebooks" / path.name)
        if (exercises := path.parent / "exercises" / path.name).is_file():
            shutil.copyfile(exercises, stage / "notebooks" / "exercises" / path.name)
    shutil.copytree(lessons_folder() / "figures", stage / "notebooks" / "figures")
    (stage / "data" / "weights").mkdir(parents=True)
    for card in sorted((data_folder() / "weights").glob("*.md")):
        shutil.copyfile(card, stage / "data" / "weights" / card.name)
    (stage / "glossary.md").write_text(glossary_page(glossary(lessons)), encoding="utf-8")
    (stage / "times.md").write_text(times_page(lessons), encoding="utf-8")


def _sphinx(stage, settings, built, kind):
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    with patch_docutils(settings), docutils_namespace():
        app = Sphinx(
            srcdir=stage,
            confdir=settings,
            outdir=built,
            doctreedir=stage.parent / "read",
            buildername=kind,
            status=None,
        )
        app.build()
    if app.statuscode or app._warncount:
        raise CourseError("The site was not written: what is wrong with its pages stands above.")
