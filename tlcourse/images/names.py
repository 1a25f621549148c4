"""Names of folders and files as people write them: parts of a split, classes, their order."""

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from numbers import Real
from pathlib import Path
from typing import Any

import numpy as np

from tlcourse.errors import CourseError

# What stands for a part of the split, as a word of a folder's name or of a table's cell: in English
# with its compounds, then in the languages that folders were found in, without accents.
_PART_WORDS = {
    "train": "train training trn trainset trainingset traindata trainingdata trainimages "
    "trainingimages trainingsdaten trainingsbilder trainingsmenge entrenamiento treino treinamento "
    "entrainement apprentissage addestramento allenamento egitim obuchenie обучение тренировка "
    "训练 训练集 訓練 訓練集 学習 学習用 훈련 학습 تدريب trening szkolenie",
    "validation": "validation val valid validate validating dev development devset valset "
    "validationset validationdata validationimages valimages validierung validierungsdaten "
    "validacion validacao convalida validazione dogrulama walidacja validering валидация "
    "验证 验证集 驗證 検証 検証用 검증",
    "test": "test testing tst tests testset testdata testimages testingimages holdout heldout "
    "testdaten testbilder testmenge prueba pruebas teste testes essai prova collaudo deneme тест "
    "проверка 测试 测试集 測試 テスト テスト用 테스트 시험 اختبار privatetest publictest",
    "eval": "eval evaluation evaluate evalset",
}
_WORD_TO_PART = {
    unicodedata.normalize("NFC", word): part
    for part, words in _PART_WORDS.items()
    for word in words.split()
}
# What programs write into a cell for which there is no value.
_MISSING = frozenset("nan none null na n/a n.a. ? - --".split())


def printable(path: str | os.PathLike) -> str:
    """A path or name as text that can be printed: bytes that are no UTF-8 become \\xNN."""
    return os.fsencode(path).decode("utf-8", "backslashreplace")


def class_name(name: str) -> str:
    """A folder's name as the name of a class: printable, in Unicode's composed form (NFC)."""
    return unicodedata.normalize("NFC", printable(name)).strip()


def loosely(name: str) -> str:
    """Equal for names that differ only by case or Unicode form."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


def natural(name: str) -> tuple:
    """Sort key by which "2" comes before "10"; no two names share one."""
    pieces = [
        (0, int(part), "") if part.isdecimal() else (1, 0, part.lower())
        for part in re.split(r"(\d+)", name)
        if part
    ]
    return pieces, name


def words(name: str) -> list[str]:
    """The words of a name, in small letters without accents: "myTrain_2017" -> my, train, 2017."""
    name = _without_accents(name)
    apart = re.sub(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])", " ", name)
    return [word for word in re.split(r"[\W_]+", apart.lower()) if word]


def _without_accents(name):
    """Latin letters without their accents; other writings as they are."""
    pieces = unicodedata.normalize("NFD", name)
    plain = re.sub(r"(?<=[A-Za-z])[\u0300-\u036f]+", "", pieces)
    return unicodedata.normalize("NFC", plain)


def part_of(name: str) -> str | None:
    """The part of a split that a name stands for: train, validation, test, eval (one of the last
    two, which only the others can tell) or None."""
    found = {_WORD_TO_PART[word] for word in words(name) if word in _WORD_TO_PART}
    joined = "".join(words(name))
    if not found and joined in _WORD_TO_PART:  # hold-out
        found = {_WORD_TO_PART[joined]}
    if found == {"test", "train"} and re.search(r"(?i)train.?test", name):
        return None  # "train_test" is both
    return found.pop() if len(found) == 1 else None


def resolve_eval(parts: Iterable[str]) -> str:
    """What "eval" stands for beside these parts: the validation where a test is there too."""
    return "validation" if "test" in parts else "test"


def ending(path: str) -> str:
    """The last two names of a path, for a sentence: train/cat/1.jpg -> cat/1.jpg."""
    return "/".join(Path(path).parts[-2:])


def shortened(names: Iterable[str], most: int = 8) -> str:
    """The names for a sentence, the first of them where there are many."""
    names = [name if len(name) <= 60 else name[:57] + "..." for name in names]
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def matched(found: Iterable[str], known: Sequence[str]) -> dict[str, str | None]:
    """found name -> the known name that it stands for: the same, or the only one that differs by
    case or Unicode form alone; None where there is none.

    Raises CourseError where several differ by case alone."""
    result: dict[str, str | None] = {}
    loose: dict[str, list[str]] = {}
    for name in known:
        loose.setdefault(loosely(name), []).append(name)
    for name in found:
        if name in known:
            result[name] = name
            continue
        alike = loose.get(loosely(name), [])
        if len(alike) > 1:
            raise CourseError(
                f"The class {name} could be {' or '.join(alike)}, which differ by case only. "
                "Rename the folders so that each class has one spelling in all parts."
            )
        result[name] = alike[0] if alike else None
    return result


def below(path: Path, folder: Path) -> str:
    """A path as seen from the folder, printable."""
    return printable(os.path.relpath(path, folder))


def is_safe(name: str) -> bool:
    """Whether a name in an archive stays within the folder it is unpacked to."""
    pieces = name.replace("\\", "/").split("/")
    return ".." not in pieces and not name.startswith(("/", "\\")) and ":" not in pieces[0]


def is_missing(label: str) -> bool:
    """Whether a label is what programs write where there is none, such as NaN."""
    return label.strip().lower() in _MISSING or not label.strip()


def labels_of(names: Sequence[Any]) -> list[str]:
    """Labels of any type as names of classes: 3, 3.0 and numpy's 3 become "3".

    Raises CourseError for what is neither a name nor a whole number, or is missing."""
    return [_label(name, number) for number, name in enumerate(names)]


def _label(name, number):
    if isinstance(name, bytes):
        name = name.decode("utf-8", "backslashreplace")
    if isinstance(name, str) and name.strip() and not is_missing(name):
        return class_name(name)
    if isinstance(name, (Real, np.bool_)) and float(name).is_integer():
        return str(int(name))
    raise CourseError(
        f"The label of picture {number} is {str(name)[:40]!r} ({type(name).__name__}). Expected the"
        " name of its class, or its whole number. Leave pictures without a label out."
    )
