"""What the tests and the notebooks they run agree on: small budget, the weights that ship,
sentences that hold, no progress bars; and which tests run one after the other."""

import os

import pytest

os.environ |= {
    "TLCOURSE_BUDGET": "small",
    "TLCOURSE_WEIGHTS": "embedded",
    "TLCOURSE_CLAIMS": "strict",
    "TQDM_DISABLE": "1",
    # Two tests run at a time: scikit-learn's threads would wait for each other, spinning.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}


def pytest_collection_modifyitems(items):
    """A worker takes a whole notebook or test module at a time; the exercises, which take longest,
    a lesson at a time."""
    for item in items:
        file = item.nodeid.split("::")[0]
        lesson = getattr(item, "callspec", None) and item.callspec.params.get("lesson", "")
        item.add_marker(pytest.mark.xdist_group(f"{file} {lesson or ''}".strip()))
