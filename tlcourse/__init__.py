"""The helper package of the course: `import tlcourse as tl`. TensorFlow is imported by the first function that needs it."""

import os
from importlib import import_module

__version__ = "0.1.0"

# TensorFlow's C++ log lines about missing GPUs and CPU instructions frighten learners and say nothing they can act on.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_PUBLIC = {
    "CourseError": "errors",
    "setup_accelerator": "accelerator",
    "Accelerator": "accelerator",
    "load_dataset": "datasets",
    "list_datasets": "datasets",
    "ImageDataset": "datasets",
    "load_backbone": "backbones",
    "list_backbones": "backbones",
    "Backbone": "backbones",
    "classify": "classification",
    "Prediction": "classification",
    "build_classifier": "training",
    "train_head": "training",
    "fine_tune": "training",
    "FineTuning": "training",
    "evaluate": "evaluation",
    "Report": "evaluation",
    "grad_cam": "explanation",
    "save_model": "saving",
    "load_model": "saving",
    "show": "showing",
    "budget": "accelerator",
    "quiz": "quizzes",
}
__all__ = list(_PUBLIC)


def __getattr__(name):
    if name not in _PUBLIC:
        raise AttributeError(f"tlcourse has no {name!r}. It has: {', '.join(_PUBLIC)}.")
    return getattr(import_module(f"tlcourse.{_PUBLIC[name]}"), name)


def __dir__():
    return __all__
