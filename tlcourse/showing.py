"""Figures with words: every picture in a notebook has alternative text."""

import base64
import io


def show(figure, alt):
    """Show a matplotlib figure with its alternative text, which is stored in the notebook.

    figure: a matplotlib Figure. alt: a sentence or two that say what a reader should see in it.
    Without a notebook around it, the text is printed.
    Raises CourseError where the text is missing.
    """
    from IPython import get_ipython
    from IPython.display import publish_display_data

    from tlcourse.errors import CourseError

    if not isinstance(alt, str) or len(alt.split()) < 3:
        raise CourseError(f"alt is {alt!r}. Expected a sentence that says what is to be seen, for readers who cannot see the figure.")
    if get_ipython() is None:
        print(f"[figure: {alt}]")
        return
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, bbox_inches="tight", facecolor="white")
    if "matplotlib.pyplot" in __import__("sys").modules:
        import matplotlib.pyplot as plt

        plt.close(figure)  # otherwise the notebook would show it once more, without its text
    picture = base64.b64encode(buffer.getvalue()).decode()
    escaped = alt.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    publish_display_data({"text/html": f'<img alt="{escaped}" src="data:image/png;base64,{picture}">', "text/plain": f"[figure: {alt}]"})
