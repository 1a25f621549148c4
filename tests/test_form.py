"""The form of a lesson: one set-up, the recipe early, short visible cells, drawings folded, claims
bound to the text, words explained before they are used, cells that can be run twice.

A rule is a function: a lesson -> a list of complaints, empty if all is well.
"""

import ast
import re
from collections import defaultdict
from pathlib import Path

import build_notebooks
import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "notebooks" / "sources").glob("*.py"))
LONGEST_CELL, LONGEST_RECIPE, MOST_LINES = 25, 30, 300
COLUMNS = 92  # what a window of 900 pixels shows
RECIPES = {"01", "04", "05", "06", "07", "08", "09", "11"}  # lessons on a method or a network
LEAST_CLAIMS = 3
TRAINING = {"fit", "train_head", "fine_tune"}
CHANGING = {"append", "extend", "update", "add", "insert", "pop", "remove", "setdefault"}
FORBIDDEN = {
    r"^\s*assert\b": "an assertion: tl.claim in a folded cell",
    r"\bplt\.|\bmatplotlib\b|\.subplots\(|\baxes\.": "drawing: fold it, or take tl.plots",
    r"perf_counter|time\.time": "a stopwatch",
    r"\{[^{}]*:[<>^]?\d+[^{}]*\}|\.ljust\(|\.rjust\(": "formatting: show a Table",
    r"threadpool|steps_per_execution|jit_compile|optimizer\.build": "a trick that saves seconds",
}


class Lesson:
    """A source as readers see it, before its exercises."""

    def __init__(self, source):
        self.name = source.stem
        before, exercises, after = build_notebooks.parts(source)
        self.cells = [*before, *after]
        self.code = [cell for cell in self.cells if cell.cell_type == "code"]
        self.exercises = [cell for cell in exercises if cell.cell_type == "code"]
        self.visible = [c for c in self.code if not build_notebooks.FOLDED & tags(c)]
        self.folded = [c for c in self.code if build_notebooks.FOLDED & tags(c)]
        self.prose = [cell.source for cell in self.cells if cell.cell_type == "markdown"]


def tags(cell):
    return set(cell.metadata.get("tags", []))


def lines(cell):
    return [line for line in cell.source.splitlines() if line.strip()]


def first(cell):
    return cell.source.strip().splitlines()[0][:60]


def tree(cell):
    """The cell's code as Python sees it; lines for IPython left out."""
    return ast.parse(re.sub(r"^(\s*)[%!].*", r"\1pass", cell.source, flags=re.MULTILINE))


def plain(text):
    """Words alone: no emphasis, links, code marks or line breaks."""
    text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", text)
    return " ".join(re.sub(r"[*_`]", "", text).split())


# ---------------------------------------------------------------- the rules


def one_set_up_cell_comes_first(lesson):
    found = [n for n, cell in enumerate(lesson.code) if "setup" in tags(cell)]
    return [] if found == [0] else [f"cells tagged setup: {found}, expected the first alone"]


def the_recipe_comes_early_and_in_one_cell(lesson):
    if lesson.name[:2] not in RECIPES:
        return []
    found = [n for n, cell in enumerate(lesson.visible) if "recipe" in tags(cell)]
    if not found:
        return ["no cell is tagged recipe"]
    cell = lesson.visible[found[0]]
    complaints = [] if found[0] < 8 else [f"the recipe is the visible cell {found[0] + 1}"]
    missing = [word for word in ("compile(", "fit(") if word not in cell.source]
    return complaints + [f"the recipe has no {word}" for word in missing]


def visible_cells_are_short(lesson):
    most = {False: LONGEST_CELL, True: LONGEST_RECIPE}
    complaints = [
        f"{len(lines(cell))} lines: {first(cell)}"
        for cell in lesson.visible
        if len(lines(cell)) > most["recipe" in tags(cell)]
    ]
    total = sum(len(lines(cell)) for cell in lesson.visible)
    return complaints + ([f"{total} visible lines"] if total > MOST_LINES else [])


def no_line_of_code_needs_scrolling(lesson):
    return [
        f"{len(line)} columns: {line.strip()[:70]}"
        for cell in lesson.visible + lesson.exercises
        for line in lines(cell)
        if len(line) > COLUMNS
    ]


def visible_cells_show_the_idea_and_nothing_else(lesson):
    return [
        f"{why}: {line.strip()[:70]}"
        for cell in lesson.visible
        for line in lines(cell)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]


def folded_cells_have_a_title(lesson):
    return [first(cell) for cell in lesson.folded if not cell.source.startswith("# @title ")]


def claims(lesson):
    """The sentences that claim cells hold, as they stand in the code."""
    for cell in lesson.code:
        for node in ast.walk(tree(cell)):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "tl.claim":
                yield cell, node.args[0]


def claims_are_folded_and_stand_in_the_text(lesson):
    text = plain(" ".join(lesson.prose))
    complaints = []
    for cell, sentence in claims(lesson):
        if "claim" not in tags(cell):
            complaints.append(f"not folded: {first(cell)}")
        if not isinstance(sentence, ast.Constant):
            complaints.append(f"no plain sentence: {ast.unparse(sentence)[:60]}")
        elif plain(sentence.value).rstrip(".") not in text:
            complaints.append(f"not in the text: {sentence.value}")
    count = len(list(claims(lesson)))
    few = count < LEAST_CLAIMS and lesson.name[:2] != "00"
    return complaints + ([f"only {count} claims"] if few else [])


def assigned(node):
    """Names that a piece of code binds at the top of its cell."""
    return {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Store)
    }


def used(node):
    """Names that a piece of code reads; those of its own loops are bound in it, and left out."""
    found = {
        one.id
        for one in ast.walk(node)
        if isinstance(one, ast.Name) and isinstance(one.ctx, ast.Load)
    }
    return found - assigned(node)


def changes(statement, own):
    """What a statement does to names that are not the cell's own so far, so that a second run would
    begin where the first ended."""
    if isinstance(statement, ast.AugAssign):
        yield from used_names(statement.target) - own
    elif isinstance(statement, ast.Assign):
        bound = {name for target in statement.targets for name in assigned(target)}
        yield from (bound & used(statement.value)) - own
    for node in ast.walk(statement):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        receiver, name = node.func.value, node.func.attr
        if name in CHANGING and isinstance(receiver, ast.Name):
            yield from {receiver.id} - own
        if name in TRAINING:
            trained = node.args[0] if ast.unparse(receiver) == "tl" and node.args else receiver
            if isinstance(trained, ast.Name):
                yield from {trained.id} - own


def used_names(target):
    return {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}


def cells_can_be_run_twice(lesson):
    complaints = []
    for cell in lesson.code:
        own = set()
        for statement in tree(cell).body:
            if isinstance(statement, ast.FunctionDef | ast.ClassDef):
                own.add(statement.name)
                continue
            if isinstance(statement, ast.For | ast.With | ast.If | ast.While):
                own |= assigned(statement)
            complaints += [f"{one}: {first(cell)}" for one in changes(statement, own)]
            own |= assigned(statement)
    return complaints


RULES = [
    one_set_up_cell_comes_first,
    the_recipe_comes_early_and_in_one_cell,
    visible_cells_are_short,
    no_line_of_code_needs_scrolling,
    visible_cells_show_the_idea_and_nothing_else,
    folded_cells_have_a_title,
    claims_are_folded_and_stand_in_the_text,
    cells_can_be_run_twice,
]
# Lessons that wait for this form; empty at the end.
WAITING: set[str] = set()


@pytest.mark.parametrize(
    "source",
    [source for source in SOURCES if source.stem not in WAITING],
    ids=lambda source: source.stem,
)
def test_a_lesson_has_the_form(source):
    lesson = Lesson(source)
    found = {rule.__name__: rule(lesson) for rule in RULES}
    assert {rule: complaints for rule, complaints in found.items() if complaints} == {}


# ---------------------------------------------------------------- across lessons


def helpers_of(lesson):
    return {
        node.name
        for cell in lesson.code
        for node in tree(cell).body
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
    }


def test_no_helper_is_defined_in_two_lessons():
    where = defaultdict(list)
    for source in SOURCES:
        if source.stem not in WAITING:
            for name in helpers_of(Lesson(source)):
                where[name].append(source.stem)
    assert {name: lessons for name, lessons in where.items() if len(lessons) > 1} == {}


def glossary_of(lesson):
    """The words of a lesson's list at its end: `- **word**: what it means`."""
    for text in lesson.prose:
        if re.search(r"^## Glossary", text, re.MULTILINE):
            after = text.split("## Glossary", 1)[1]
            return [word.strip() for word in re.findall(r"^- \*\*([^*]+)\*\*", after, re.MULTILINE)]
    return []


def unexplained(lessons):
    """Words of the glossaries that a reader meets before the place where they stand in bold."""
    listed = {word.lower(): word for lesson in lessons for word in glossary_of(lesson)}
    texts = [
        (lesson.name, text, frame)
        for lesson in lessons
        for frame, text in zip([True] + [False] * len(lesson.prose), lesson.prose, strict=False)
        if "## Glossary" not in text
    ]
    complaints = []
    for word in listed.values():
        pattern = re.compile(rf"(?<![\w-]){re.escape(word)}(?![\w-])", re.IGNORECASE)
        bold = re.compile(rf"\*\*[^*]*{re.escape(word)}[^*]*\*\*", re.IGNORECASE)
        # A frame says what will be explained, and may do it at once.
        met = next(
            (
                (name, text)
                for name, text, frame in texts
                if bold.search(text) or (not frame and pattern.search(plain(text)))
            ),
            None,
        )
        if met and not bold.search(met[1]):
            complaints.append(f"{met[0]} uses {word!r}: {first_use(pattern, met[1])}")
    return complaints


def first_use(pattern, text):
    text = plain(text)
    at = pattern.search(text).start()
    return text[max(at - 40, 0) : at + 40]


def test_words_are_explained_before_they_are_used():
    lessons = [Lesson(source) for source in SOURCES if source.stem not in WAITING]
    assert unexplained(lessons) == []


# ---------------------------------------------------------------- the rules find offenders


def lesson_of(tmp_path, text):
    source = tmp_path / "05_bad.py"
    source.write_text(text)
    return Lesson(source)


BAD = """# %% [markdown]
# # 05
# What you learn: what an epoch is.

# %% [markdown]
# The network is better. It uses **other** words: an epoch.

# %%
import matplotlib.pyplot as plt
assert tlcourse
print(f"{1:>9}")
# A comment as long as this one has to be scrolled sideways by whoever reads it in 900 pixels.

# %% tags=["setup"]
import tlcourse

# %% tags=["drawing"]
plt.plot()

# %%
found = []
model = 1

# %%
found.append(1)
model.fit()
total = total + 1
tl.claim("The network is worse.", True)

# %% [markdown]
# ## Glossary
# - **epoch**: a pass over all pictures
"""


def test_each_rule_finds_its_offender(tmp_path):
    lesson = lesson_of(tmp_path, BAD + "\n# %%\n" + "x = 1\n" * 26)
    for rule in RULES:
        assert rule(lesson), rule.__name__
    assert {line.split(":")[0] for line in cells_can_be_run_twice(lesson)} == {
        "found",
        "model",
        "total",
    }
    assert len(visible_cells_show_the_idea_and_nothing_else(lesson)) == 3
    assert "uses 'epoch'" in unexplained([lesson])[0]


def test_a_lesson_in_the_form_passes_each_rule(tmp_path):
    lesson = lesson_of(
        tmp_path,
        "# %% [markdown]\n# An **epoch** is a pass. A is *better* than B. C is worse. D is so.\n\n"
        '# %% tags=["setup"]\nimport tlcourse\n\n# %% tags=["recipe"]\nmodel = build()\n'
        "model.compile()\nmodel.fit()\nfor x in (1, 2):\n    y = []\n    y.append(x)\n\n"
        '# %% tags=["claim"]\n# @title Checked\ntl.claim("A is better than B.", True)\n'
        'tl.claim("C is worse.", True)\ntl.claim("D is so.", True)\n\n'
        "# %% [markdown]\n# ## Glossary\n# - **epoch**: a pass\n",
    )
    assert {rule.__name__: rule(lesson) for rule in RULES if rule(lesson)} == {}
    assert unexplained([lesson]) == [] and glossary_of(lesson) == ["epoch"]
