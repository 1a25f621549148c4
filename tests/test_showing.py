"""Every figure has its words."""

import base64
import html
import io
import re

import matplotlib.pyplot as plt
import nbconvert
import nbformat
import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output
from matplotlib.figure import Figure
from PIL import Image
from traitlets.config import Config

import tlcourse as tl

ALT = "A line that rises from 0 to 1"


@pytest.fixture
def figure():
    figure = Figure(figsize=(2, 1))
    figure.subplots().plot([0, 1])
    return figure


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """An IPython shell around the test, as in a notebook."""
    monkeypatch.setenv("IPYTHONDIR", str(tmp_path))
    shell = InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))
    yield shell
    InteractiveShell.clear_instance()


def published(figure, alt):
    with capture_output() as captured:
        tl.show(figure, alt)
    (output,) = captured.outputs
    return output.data


def test_a_notebook_gets_the_picture_with_its_words(notebook, figure):
    data = published(figure, ALT)
    assert re.fullmatch(rf'<img\b[^>]*\balt="{ALT}"[^>]*>', data["text/html"])
    kind, picture = re.search(
        r'src="data:image/(\w+);base64,([A-Za-z0-9+/=]+)"', data["text/html"]
    ).groups()
    with Image.open(io.BytesIO(base64.b64decode(picture))) as opened:
        assert opened.format.lower() == kind
        assert opened.width > opened.height > 50
        assert len(opened.convert("RGB").getcolors(1 << 16)) > 2
    assert ALT in data["text/plain"]


@pytest.fixture
def photographs(photograph):
    """A figure of a photograph."""
    figure = Figure(figsize=(4, 3))
    axes = figure.subplots()
    axes.imshow(Image.open(photograph("chelsea.png")))
    axes.axis("off")
    return figure


def opened(text):
    picture = Image.open(io.BytesIO(base64.b64decode(text)))
    return picture, np.asarray(picture.convert("RGB"), int)


def both(data):
    """The picture for the page and the one for paper."""
    on_page = re.search(r"base64,([A-Za-z0-9+/=]+)", data["text/html"])[1]
    return on_page, data["image/png"]


def test_a_drawing_is_small_and_its_colours_are_right(notebook, figure):
    figure.axes[0].plot([1, 0], color="#D55E00")
    drawn = io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100, bbox_inches="tight", facecolor="white")
    (page, paper), exact = both(published(figure, ALT)), Image.open(drawn).convert("RGB")
    assert page == paper
    picture, values = opened(page)
    assert picture.mode == "P" and np.abs(values - np.asarray(exact, int)).max() <= 12


def test_a_photograph_is_a_webp_on_the_page_and_a_small_png_on_paper(notebook, photographs):
    page, paper = both(published(photographs, ALT))
    (on_page, _), (on_paper, printed) = opened(page), opened(paper)
    assert (on_page.format, on_paper.format) == ("WEBP", "PNG")
    assert on_paper.width == pytest.approx(0.7 * on_page.width, abs=1)
    small = np.asarray(on_page.convert("RGB").resize(on_paper.size), int)
    assert np.abs(small - printed).mean() < 10 and len(paper) < 2 * len(page)


@pytest.fixture
def book(notebook, photographs):
    """A notebook in which a photograph was shown."""
    with capture_output() as captured:
        tl.show(photographs, ALT)
    (output,) = captured.outputs
    stored = nbformat.v4.new_output("display_data", output.data, metadata=output.metadata)
    cell = nbformat.v4.new_code_cell("show()", outputs=[stored])
    return nbformat.v4.new_notebook(cells=[cell])


def test_a_notebook_on_paper_has_the_picture(book):
    text, resources = nbconvert.LatexExporter().from_notebook_node(book)
    (name,) = resources["outputs"]
    assert name.endswith(".png") and re.search(rf"{{{re.escape(name)}}}", text)
    assert opened(base64.b64encode(resources["outputs"][name]))[0].format == "PNG"


def test_a_notebook_on_a_page_has_the_picture_with_its_words(book):
    text, _ = nbconvert.HTMLExporter().from_notebook_node(book)
    assert len(re.findall(f'<img alt="{ALT}" src="data:image/webp', text)) == 1
    assert book.cells[0].outputs[0].data["image/png"] not in text
    assert book.cells[0].outputs[0].metadata["image/png"] == {"alt": ALT}


def test_a_plot_brings_its_words(notebook, figure):
    with capture_output() as captured:
        tl.show(tl.plots.Plot(figure, ALT))
        tl.show(tl.plots.Plot(figure, ALT), "Other words for it")
    first, second = (output.data["text/html"] for output in captured.outputs)
    assert f'alt="{ALT}"' in first and 'alt="Other words for it"' in second


def test_every_plot_can_be_shown(capsys):
    tl.show(tl.plots.comparison({"mine": [0.8, 0.9]}, label="accuracy"))
    assert "[figure: Accuracy of 1 methods" in capsys.readouterr().out


def test_quotes_and_brackets_in_the_words_do_not_break_the_page(notebook, figure):
    alt = 'Two "classes", a < b & b > c; it\'s <script>alert(1)</script>'
    page = published(figure, alt)["text/html"]
    found = re.fullmatch(r'<img alt="([^"<]*)" src="[^"]*"[^>]*>', page)
    assert html.unescape(found[1]) == alt


def test_a_figure_of_pyplot_is_shown_only_once(notebook):
    figure = plt.figure()
    number = figure.number
    published(figure, ALT)
    assert number not in plt.get_fignums()


def test_without_a_notebook_the_words_are_printed(figure, capsys):
    tl.show(figure, ALT)
    assert ALT in capsys.readouterr().out


@pytest.mark.parametrize("alt", ["", "   ", "plot", "a figure", None, 3])
def test_a_figure_without_words_is_refused(figure, alt, capsys):
    with pytest.raises(tl.CourseError, match="cannot see the figure"):
        tl.show(figure, alt)
    assert capsys.readouterr().out == ""
