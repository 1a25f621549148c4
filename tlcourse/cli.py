"""The course from a shell: python -m tlcourse doctor | run | lab | fetch | train | predict | …"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tlcourse.course import doctor, running
from tlcourse.course.working_copy import working_copy
from tlcourse.errors import CourseError


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code: 0, or 1 where something failed."""
    parser = _parser()
    choice, options = parser.parse_known_args(arguments)
    if options and choice.do is not _lab:
        parser.error(f"unrecognized arguments: {' '.join(options)}")
    choice.options = options
    try:
        return choice.do(choice)
    except CourseError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nStopped.", file=sys.stderr)
        return 130


def _parser():
    parser = argparse.ArgumentParser(
        prog="python -m tlcourse",
        description="A course on transfer learning with pre-trained networks.",
    )
    verbs = parser.add_subparsers(required=True, metavar="verb")

    def verb(name, does, what):
        added = verbs.add_parser(name, help=what, description=what)
        added.set_defaults(do=does)
        return added

    _course(verb)
    _networks(verb)
    _training(verb)
    _own_models(verb)
    return parser


def _course(verb):
    """The verbs for learners and teachers."""
    verb(
        "doctor",
        lambda choice: int(doctor.examine() > 0),
        "say whether the course can run here, and with what",
    )
    run = verb(
        "run",
        lambda choice: int(running.run_lessons(choice.lessons, choice.to) > 0),
        "execute lessons, as many side by side as cores and memory allow, and write them to build/",
    )
    run.add_argument("lessons", nargs="*", help="numbers or names, such as 09; default: all")
    run.add_argument(
        "--to", default="build", help="folder for the executed notebooks (default: build)"
    )
    verb(
        "lab",
        _lab,
        "open your copy of the lessons, my_lessons/, in JupyterLab; options after it, such as "
        "--no-browser, are handed on",
    )
    release = verb(
        "release",
        _release,
        "write the exercises, without hints and solutions, as a course folder of nbgrader; with "
        "--student: the course as students get it",
    )
    release.add_argument("--to", required=True, help="a folder that is new or empty")
    release.add_argument(
        "--student",
        action="store_true",
        help="write the whole course as students get it, with a wheel to install",
    )
    site = verb("site", _site, "write the lessons as a site to read, which opens without a network")
    site.add_argument("--to", default="build/site", help="its folder (default: build/site)")
    site.add_argument("--pdf", help="print the whole course into this file instead")


def _networks(verb):
    """The verbs for networks that others have trained."""
    fetch = verb(
        "fetch", _fetch, "download official ImageNet weights into Keras's cache, hash-checked"
    )
    fetch.add_argument(
        "backbones", nargs="*", help="default: vgg19 inception_v3 resnet50 efficientnet_b0"
    )
    fetch.add_argument(
        "--top", action="store_true", help="with the 1000-class head (VGG19: 549 MB instead of 77)"
    )
    classify = verb(
        "classify", _classify, "name what is in a picture, among the 1000 classes of ImageNet"
    )
    classify.add_argument("pictures", nargs="+", type=Path)
    classify.add_argument("--backbone", default="efficientnet_b0")
    classify.add_argument("--top", type=int, default=5)


def _training(verb):
    """The verb that makes a classifier of your own."""
    from tlcourse.results import verbs

    train = verb(
        "train",
        lambda one: verbs.train(
            one.folder,
            one.to,
            backbone=one.backbone,
            epochs=one.epochs,
            seed=one.seed,
            limit=one.limit,
            groups=one.groups,
        ),
        "make a classifier of a folder of pictures, with a sub-folder for each class",
    )
    train.add_argument("folder")
    train.add_argument("--to", required=True, help="a new folder for the model and its card")
    train.add_argument("--backbone", default="efficientnet_b0")
    train.add_argument("--epochs", type=int, default=20, help="of the head (default: 20)")
    train.add_argument("--seed", type=int, default=0)
    train.add_argument("--limit", type=int, help="use at most so many pictures")
    train.add_argument(
        "--groups", help="of a table: the column of what must not be torn apart, such as patient"
    )


def _own_models(verb):
    """The verbs for a classifier that is there."""
    from tlcourse.results import verbs

    predict = verb(
        "predict",
        lambda one: verbs.predict(one.model, one.pictures, one.csv),
        "name what is on new pictures, with a model that train has saved",
    )
    predict.add_argument("model")
    predict.add_argument("pictures", nargs="+", help="files or folders")
    predict.add_argument("--csv", help="write the answers to this new file")
    evaluate = verb(
        "evaluate",
        lambda one: verbs.evaluate(one.model, one.folder),
        "measure a saved model on all pictures of a folder with a sub-folder for each class",
    )
    evaluate.add_argument("model")
    evaluate.add_argument("folder")
    export = verb(
        "export",
        lambda one: verbs.export(one.model, one.file, one.pictures),
        "write a saved model as LiteRT (.tflite), ONNX (.onnx) or SavedModel (a folder)",
    )
    export.add_argument("model")
    export.add_argument("file")
    export.add_argument("--pictures", nargs="+", default=[], help="compare both on these")


def _lab(choice):
    """In this process, so that ending the command ends the server."""
    from jupyterlab.labapp import LabApp

    copy = working_copy()
    print(copy, flush=True)
    LabApp.launch_instance(argv=[f"--ServerApp.root_dir={copy.folder}", *choice.options])
    return 0


def _fetch(choice):
    from tlcourse.networks import weight_files
    from tlcourse.networks.registry import known

    wanted = choice.backbones or ["vgg19", "inception_v3", "resnet50", "efficientnet_b0"]
    for network in [known(name) for name in wanted]:  # all names are checked before the first file
        print(f"{network.name}: {weight_files.download(network.name, top=choice.top)}")
    return 0


def _classify(choice):
    from tlcourse.results.classification import classify
    from tlcourse.training.device import setup_accelerator

    setup_accelerator(verbose=False)
    for picture in choice.pictures:
        print(picture)
        for guess in classify(picture, choice.backbone, choice.top):
            print(f"  {guess.probability:6.1%}  {guess.label}")
    return 0


def _release(choice):
    from tlcourse.course.release import release
    from tlcourse.course.student_copy import student_copy

    if choice.student:
        wheel = student_copy(choice.to)
        print(f"{choice.to}/ is what your students get: no hint, no solution. Its README.md says")
        print(f"how {wheel.name} is installed. Send them the folder, or its zip.")
        return 0
    lessons = ", ".join(release(choice.to))
    print(f"{choice.to}/source/ holds the exercises of {lessons}: no hint, no solution.")
    print(f"Next, with nbgrader: cd {choice.to} && nbgrader generate_assignment LESSON")
    return 0


def _site(choice):
    from tlcourse.course.site import build_site, print_site

    if choice.pdf:
        print(f"Written: {print_site(choice.pdf)}")
    else:
        print(f"Written. Open in a browser: {build_site(choice.to)}")
    return 0
