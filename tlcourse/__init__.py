"""The helper package of the course: `import tlcourse as tl`.

Its public names stand in `__init__.pyi`, for editors and for `lazy_loader`, which imports the
module of a name when the name is first used: TensorFlow is not imported before something needs it.
"""

import os

__version__ = "0.2.0"

# TensorFlow's C++ log lines about missing GPUs and CPU instructions frighten learners and say
# nothing they can act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

try:
    import lazy_loader
except ModuleNotFoundError:  # nothing is installed yet: `python -m tlcourse doctor` says what to do
    __all__: list[str] = []
else:
    __getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
