"""Figures with words: every picture in a notebook has alternative text."""

import base64
import html
import io
from typing import TYPE_CHECKING, Any

from tlcourse.errors import CourseError
from tlcourse.results.plots.sheet import Plot

if TYPE_CHECKING:
    from PIL.Image import Image

_COLOURS = 128  # of a drawing; its lines and letters need fewer
_ON_PAPER = 0.7  # of the pixels of a photograph's side: 110 an inch across a page


def show(figure: Any, alt: str | None = None) -> None:
    """Show a matplotlib figure with its alternative text, which is stored in the notebook.

    figure: a matplotlib Figure, or what a function of `tl.plots` returns, which brings its words.
    alt: a sentence or two that say what a reader should see in it; of a plot it takes the place of
    its own words. Without a notebook around it, the text is printed. The notebook gets HTML, whose
    picture has the text, and a PNG for those who print it, such as nbconvert's LaTeX. Raises
    CourseError where the text is missing."""
    from IPython import get_ipython
    from IPython.display import publish_display_data
    from matplotlib import pyplot

    if isinstance(figure, Plot):
        figure, alt = figure.figure, figure.words if alt is None else alt
    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise CourseError(
            f"alt is {alt!r}. Expected a sentence that says what is to be seen, for readers who"
            " cannot see the figure."
        )
    if get_ipython() is None:
        print(f"[figure: {alt}]")
        return
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100, bbox_inches="tight", facecolor="white")
    pyplot.close(figure)  # otherwise the notebook would show it once more, without its text
    kind, page, paper = _packed(drawn)
    # HTML, because JupyterLab gives pictures of the type image/png no alternative text.
    image = f'<img alt="{html.escape(alt)}" src="data:image/{kind};base64,{_text(page)}">'
    publish_display_data(
        {"text/html": image, "image/png": _text(paper), "text/plain": f"[figure: {alt}]"},
        {"image/png": {"alt": alt}},
    )


def _packed(drawn: io.BytesIO) -> tuple[str, bytes, bytes]:
    """The kind and the bytes of the picture for the page, and a PNG for paper.

    A drawing is smallest as a PNG of few colours, which are chosen so that none is far off: half of
    a WebP, without its smudges beside lines. A photograph is smallest as WebP; its PNG is as large
    as that one because it has fewer pixels, and colours that lie on a grid."""
    from PIL import Image

    picture = Image.open(drawn).convert("RGB")
    webp = _saved(picture, "WEBP", quality=88)
    drawing = _few_colours(picture, Image.Quantize.MAXCOVERAGE)
    if len(drawing) <= len(webp):
        return "png", drawing, drawing
    size = (round(_ON_PAPER * picture.width), round(_ON_PAPER * picture.height))
    smaller = picture.resize(size, Image.Resampling.LANCZOS)
    return "webp", webp, _few_colours(smaller, Image.Quantize.FASTOCTREE)


def _few_colours(picture: "Image", method: Any) -> bytes:
    return _saved(picture.quantize(_COLOURS, method), "PNG", optimize=True)


def _saved(picture: "Image", kind: str, **options: Any) -> bytes:
    packed = io.BytesIO()
    picture.save(packed, kind, **options)
    return packed.getvalue()


def _text(content: bytes) -> str:
    return base64.b64encode(content).decode()
