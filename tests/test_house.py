"""The rules of the house: sizes, layers, style, types, and nothing that hides where the course
lies.

Each rule names its offenders."""

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import nbformat
import pytest

import tlcourse as tl

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "tlcourse"
MODULES = sorted(path for path in PACKAGE.rglob("*.py"))
MAINTAINED = sorted(
    path
    for folder in ("tlcourse", "tests", "tools", "site")
    for path in (ROOT / folder).rglob("*.py")
)
NOTEBOOKS = sorted((ROOT / "notebooks").rglob("*.ipynb"))
# Modules whose tests stand in a module of another name.
TESTED_ELSEWHERE = {
    "datasets": ["catalogue", "collecting", "dataset", "digits", "downloads", "loading", "own"],
    "layouts": ["classes", "filenames", "names", "quality", "scanning", "trees"],
    "tables": ["archives", "lookup", "requests", "sources"],
    "decoding": ["jpeg", "png"],
    "training": ["classifier", "fine_tuning", "fitting", "head"],
    "slim": ["lite0"],
    "intervals": ["values"],
    "exercises": ["watching"],
    "site": ["linking"],
}
LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_LINE = 250, 40, 100
HIDDEN_PATHS = re.compile(r"\bsys\.path\b|PYTHONPATH")


def name(path):
    return path.relative_to(ROOT).as_posix()


def functions(path, *, public=False):
    """(name, node) of the functions and methods of a module; public: those that no underscore
    hides."""
    found = []

    def walk(node, prefix):
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.ClassDef):
                if not (public and child.name.startswith("_")):
                    walk(child, f"{prefix}{child.name}.")
            elif isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
                if not (public and child.name.startswith("_")):
                    found.append((f"{name(path)}: {prefix}{child.name}", child))
                if not public:
                    walk(child, f"{prefix}{child.name}.")
            elif not isinstance(child, ast.expr):
                walk(child, prefix)

    walk(ast.parse(path.read_text(encoding="utf-8")), "")
    return found


# ---------------------------------------------------------------- sizes


def long_modules(paths):
    lines = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in paths}
    return [f"{path} has {count}" for path, count in lines.items() if count > LONGEST_MODULE]


def long_functions(paths):
    return [
        f"{where} has {node.end_lineno - node.lineno + 1}"
        for path in paths
        for where, node in functions(path)
        if node.end_lineno - node.lineno + 1 > LONGEST_FUNCTION
    ]


def long_lines(paths):
    return [
        f"{name(path)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > LONGEST_LINE
    ]


def squeezed_lines(paths):
    """Two statements on a line. (`class A: pass` is one.)"""
    found = []
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            for body in (getattr(node, field, None) for field in ("body", "orelse", "finalbody")):
                if isinstance(body, list):
                    starts = [statement.lineno for statement in body]
                    found += [f"{name(path)}:{a}" for a, b in pairwise(starts) if a == b]
    return found


def test_no_module_is_long():
    assert long_modules(MODULES) == []


def test_no_function_is_long():
    assert long_functions(MODULES) == []


def test_no_line_is_long():
    assert long_lines([*MAINTAINED, *(ROOT / "notebooks" / "checks").glob("*.py")]) == []


def test_no_two_statements_share_a_line():
    assert squeezed_lines(MAINTAINED) == []


def test_the_rules_find_offenders(tmp_path, monkeypatch):
    monkeypatch.setattr(sys.modules[__name__], "ROOT", tmp_path)
    bad = tmp_path / "bad.py"
    body = "\n".join(["    x = 1"] * LONGEST_FUNCTION)
    bad.write_text(
        f"def long():\n{body}\n\n\nclass A:\n    def f(self, x) -> int:\n        y = 1; return y\n"
    )
    assert long_functions([bad]) == ["bad.py: long has 41"]
    assert squeezed_lines([bad]) == ["bad.py:46"]
    assert [where for where, _ in functions(bad, public=True)] == ["bad.py: long", "bad.py: A.f"]
    assert bare_names([bad]) == ["bad.py: long", "bad.py: A.f"]
    bad.write_text("x = 1\n" * LONGEST_MODULE + "y = '" + "x" * LONGEST_LINE + "'\n")
    assert long_modules([bad]) == ["bad.py has 251"] and long_lines([bad]) == ["bad.py:251"]


# ---------------------------------------------------------------- types and words


def bare_names(paths):
    """Public functions with a parameter, or an answer, that has no type."""
    found = []
    for path in paths:
        for where, node in functions(path, public=True):
            arguments = node.args
            every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
            every += filter(None, (arguments.vararg, arguments.kwarg))
            bare = [
                one.arg for one in every if not one.annotation and one.arg not in ("self", "cls")
            ]
            if bare or node.returns is None:
                found.append(where)
    return found


def undocumented(paths):
    return [
        where
        for path in paths
        for where, node in functions(path, public=True)
        if not ast.get_docstring(node)
    ]


def test_every_public_function_has_types():
    assert bare_names(MODULES) == []


def test_every_public_function_says_what_it_does():
    assert undocumented(MODULES) == []


def test_every_module_has_its_tests():
    there = {path.stem.removeprefix("test_") for path in (ROOT / "tests").glob("test_*.py")}
    assert set(TESTED_ELSEWHERE) <= there
    there |= {module for modules in TESTED_ELSEWHERE.values() for module in modules}
    assert {path.stem for path in MODULES} - {"__init__", "__main__"} <= there


def test_editors_and_python_see_the_same_public_names():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text(encoding="utf-8"))
    named = {
        alias.asname
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    assert named == set(tl.__all__)
    for one in named:
        assert getattr(tl, one) is not None


# ---------------------------------------------------------------- what hides where the course lies


def test_no_file_touches_the_path_of_imports():
    found = [name(path) for path in MAINTAINED if path != Path(__file__).resolve()]
    found = [one for one in found if HIDDEN_PATHS.search((ROOT / one).read_text(encoding="utf-8"))]
    for path in NOTEBOOKS:
        cells = nbformat.read(path, as_version=4).cells
        if any(HIDDEN_PATHS.search(cell.source) for cell in cells):
            found.append(name(path))
    assert found == []


# ---------------------------------------------------------------- programs that judge


@pytest.mark.parametrize(
    "command",
    [
        ["ruff", "check", "--no-cache", "."],
        [
            "ruff",
            "format",
            "--no-cache",
            "--check",
            "tlcourse",
            "tests",
            "tools",
            "site",
            "conftest.py",
        ],
        ["ruff", "format", "--no-cache", "--check", "notebooks/checks", "notebooks/sources"],
        ["mypy"],
        ["lint-imports", "--no-cache"],
    ],
    ids=" ".join,
)
def test_a_program_finds_nothing(command):
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
