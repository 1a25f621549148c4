"""What Sphinx has to be told about the course: notebooks as pages, words that lead to the glossary,
formulas that need no script."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.transforms import SphinxTransform

from tlcourse.course.pages import Glossary, as_page, glossary

# Inside these a word stays what it is.
_CLOSED = (
    nodes.title,
    nodes.literal,
    nodes.literal_block,
    nodes.reference,
    nodes.raw,
    nodes.math,
    nodes.math_block,
    addnodes.pending_xref,
    addnodes.glossary,
)


def setup(app: Sphinx) -> dict[str, bool]:
    """Called by Sphinx."""
    app.add_config_value("course_words", {}, "env")
    app.connect("config-inited", _find_words)
    app.connect("source-read", _read_notebook)
    app.add_transform(WordLinks)
    app.add_html_math_renderer("mathml", (_inline, None), (_display, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _find_words(app, config):
    config.course_words = glossary(sorted(Path(app.srcdir, "notebooks").glob("*.ipynb")))


def _read_notebook(app, name, source):
    if Path(app.env.doc2path(name)).suffix == ".ipynb":
        source[0] = nbformat.writes(as_page(nbformat.reads(source[0], as_version=4), name))


class WordLinks(SphinxTransform):
    """Where a section first uses a word that this lesson, or one before it, explains, the word
    becomes a link to the glossary."""

    default_priority = 700

    def apply(self, **kwargs: Any) -> None:
        """Changes the document in place."""
        folder, _, lesson = self.env.docname.rpartition("/")
        if not folder.startswith("notebooks"):
            return
        words = known_words(self.config.course_words, lesson)
        if not words:
            return
        pattern = _pattern(words)
        used: dict[int, set[str]] = {}
        for text in list(self.document.findall(nodes.Text)):
            section = _section_of(text)
            if not _closed(text, section):
                seen = used.setdefault(id(section), set())
                parts = list(_linked(str(text), pattern, words, seen))
                if len(parts) > 1:
                    text.parent.replace(text, parts)


def known_words(words: Glossary, lesson: str) -> dict[str, tuple[str, str]]:
    """What a reader of this lesson can know: lower-case word -> (word, its meaning as the last
    lesson so far explains it)."""
    known = {}
    for word, meanings in words.items():
        so_far = [meaning for explained, meaning in meanings if explained <= lesson]
        if so_far:
            known[word.lower()] = (word, so_far[-1])
    return known


def _pattern(words):
    """Finds a word of the list, longest first, also in the plural."""
    longest_first = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])({longest_first})(?:s|es)?(?![\w-])", re.IGNORECASE)


def _linked(text, pattern, words, seen) -> Iterator[nodes.Node]:
    """The text in pieces; the words that are not `seen` yet are links."""
    end = 0
    for match in pattern.finditer(text):
        word, meaning = words[match[1].lower()]
        if word in seen:
            continue
        seen.add(word)
        if match.start() > end:
            yield nodes.Text(text[end : match.start()])
        link = addnodes.pending_xref(
            "", refdomain="std", reftype="term", reftarget=word, refexplicit=True, refwarn=True
        )
        link += nodes.inline("", match[0], classes=["word"])
        yield link
        end = match.end()
    yield nodes.Text(text[end:])


def _closed(text, section):
    """Whether the text is no place for a link. In a lesson's own glossary the words that it
    explains are, and no others."""
    around = list(_ancestors(text))
    if section.next_node(nodes.title) and section.next_node(nodes.title).astext() == "Glossary":
        return not isinstance(text.parent, nodes.strong)
    return any(isinstance(node, _CLOSED) or "cell" in node["classes"] for node in around)


def _section_of(text):
    """The section of the second level that holds the text, or the one above it."""
    sections = [node for node in _ancestors(text) if isinstance(node, nodes.section)]
    return sections[-2] if len(sections) > 1 else text.document


def _ancestors(text) -> Iterator[nodes.Element]:
    node = text.parent
    while node is not None:
        yield node
        node = node.parent


def _inline(writer, node):
    writer.body.append(tex2mathml(node.astext()))
    raise nodes.SkipNode


def _display(writer, node):
    writer.body.append(f'<div class="formula">{tex2mathml(node.astext(), as_block=True)}</div>')
    raise nodes.SkipNode
