"""What the tests and the notebooks they run agree on: small budget, the weights that ship, no progress bars."""

import os

os.environ |= {"TLCOURSE_BUDGET": "small", "TLCOURSE_WEIGHTS": "embedded", "TQDM_DISABLE": "1"}
