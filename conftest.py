"""What the tests and the notebooks they run agree on: small budget, the weights that ship,
sentences that hold, no progress bars."""

import os

os.environ |= {
    "TLCOURSE_BUDGET": "small",
    "TLCOURSE_WEIGHTS": "embedded",
    "TLCOURSE_CLAIMS": "strict",
    "TQDM_DISABLE": "1",
    # Two tests run at a time: scikit-learn's threads would wait for each other, spinning.
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
}
