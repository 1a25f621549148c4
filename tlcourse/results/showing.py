"""Figures with words: every picture in a notebook has alternative text."""

import base64
import html
import io
from typing import Any

from tlcourse.errors import CourseError


def show(figure: Any, alt: str) -> None:
    """Show a matplotlib figure with its alternative text, which is stored in the notebook.

    figure: a matplotlib Figure. alt: a sentence or two that say what a reader should see in it.
    Without a notebook around it, the text is printed. Raises CourseError where the text is
    missing."""
    from IPython import get_ipython
    from IPython.display import publish_display_data
    from matplotlib import pyplot
    from PIL import Image

    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise CourseError(
            f"alt is {alt!r}. Expected a sentence that says what is to be seen, for readers who"
            " cannot see the figure."
        )
    if get_ipython() is None:
        print(f"[figure: {alt}]")
        return
    drawn, packed = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=100, bbox_inches="tight", facecolor="white")
    pyplot.close(figure)  # otherwise the notebook would show it once more, without its text
    Image.open(drawn).convert("RGB").save(
        packed, format="WEBP", quality=88
    )  # a quarter of the PNG, to the eye the same
    picture = base64.b64encode(packed.getvalue()).decode()
    # HTML, because JupyterLab gives pictures of the type image/png no alternative text.
    image = f'<img alt="{html.escape(alt)}" src="data:image/webp;base64,{picture}">'
    publish_display_data({"text/html": image, "text/plain": f"[figure: {alt}]"})
