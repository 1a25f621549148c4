"""The helper package of the course: `import tlcourse as tl`. TensorFlow is imported by the first function that needs it."""

import os
from importlib import import_module

__version__ = "0.1.0"

# TensorFlow's C++ log lines about missing GPUs and CPU instructions frighten learners and say nothing they can act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

# module -> the names it adds to the course's public ones
_PUBLIC = {
    "accelerator": "setup_accelerator Accelerator budget",
    "backbones": "load_backbone list_backbones Backbone",
    "classification": "classify Prediction",
    "datasets": "load_dataset list_datasets ImageDataset",
    "errors": "CourseError",
    "evaluation": "evaluate Report",
    "exercises": "exercise",
    "explanation": "grad_cam",
    "quizzes": "quiz",
    "saving": "save_model load_model",
    "showing": "show",
    "training": "build_classifier train_head fine_tune FineTuning",
}
_HOME = {name: module for module, names in _PUBLIC.items() for name in names.split()}
__all__ = list(_HOME)


def __getattr__(name):
    if name not in _HOME:
        raise AttributeError(f"tlcourse has no {name!r}. It has: {', '.join(_HOME)}.")
    return getattr(import_module(f"tlcourse.{_HOME[name]}"), name)


def __dir__():
    return __all__
