"""Every figure has its words."""

import base64
import html
import io
import re

import matplotlib.pyplot as plt
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
