"""Names of somebody else's are nothing but text in a model card."""

import numpy as np
import pytest

import tlcourse as tl
from tlcourse.results.card import card_text, escaped


@pytest.mark.parametrize(
    "name", ["a\n# Approved", "a\r\n\r\n## B", "a\u2028# b", "a\x1b[31m", "<script>x</script>"]
)
def test_a_name_forges_no_line_and_no_tag(small, name):
    model = tl.build_classifier(small(), 2)
    report = tl.Report(np.array([0, 1]), np.eye(2), [name, "b"])
    card = card_text(model, [name, "b"], "words", report, "")
    plain = card_text(
        model, ["a", "b"], "words", tl.Report(report.labels, np.eye(2), ["a", "b"]), ""
    )
    assert len(card.splitlines()) == len(plain.splitlines())
    assert "<" not in card and "\x1b" not in card
    headings = [line for line in card.splitlines() if line.startswith("#")]
    assert headings == [line for line in plain.splitlines() if line.startswith("#")]


def test_what_markdown_would_read_is_escaped_and_names_stay_readable():
    assert escaped("a|b [c](d) *e* `f` $g$") == r"a\|b \[c\](d) \*e\* \`f\` \$g\$"
    assert escaped("hot_dog-2.1 (1/3), bläu") == "hot_dog-2.1 (1/3), bläu"
    assert escaped("_x_ & <y>") == r"\_x\_ &amp; &lt;y&gt;"
