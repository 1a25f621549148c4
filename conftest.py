"""What the tests and the notebooks they run agree on: small budget, the weights that ship,
sentences that hold, no progress bars."""

import os

os.environ |= {
    "TLCOURSE_BUDGET": "small",
    "TLCOURSE_WEIGHTS": "embedded",
    "TLCOURSE_CLAIMS": "strict",
    "TQDM_DISABLE": "1",
}
