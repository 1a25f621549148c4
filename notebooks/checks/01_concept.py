"""Checks of the exercises of lesson 01.

Each function is named like the learner's, and gets it; it returns the sentences to tell the
learner, or None where the answer is right.
"""

import numpy as np

from tlcourse.course.exercises import Stopped
from tlcourse.course.watching import divided_by_hand, explained, watched_fits

# ---------------------------------------------------------------- put_a_head_on

CLASSES, EACH, ENOUGH = 8, 8, 0.6


def _workbench():
    """A backbone, and crops of eight photographs: to learn from, and hidden ones."""
    import contextlib
    import io

    import tlcourse as tl

    with contextlib.redirect_stdout(io.StringIO()):
        base = tl.load_backbone("efficientnet_b0", weights="embedded", image_size=64).model
    data = tl.load_dataset("scenes", image_size=64)
    parts = []
    for split, count in (("train", EACH), ("validation", 12)):
        x, y = data.arrays(split)
        rows = np.concatenate([np.flatnonzero(y == one)[:count] for one in range(CLASSES)])
        rows = np.random.default_rng(0).permutation(rows)
        parts.append((x[rows], y[rows]))
    return base, *parts


def _shares(model, hidden):
    """(probabilities, None), or (None, what is wrong)."""
    import keras

    if isinstance(model, keras.callbacks.History):
        return None, "You return what fit returns, the history. Return the model."
    if not isinstance(model, keras.Model):
        return None, f"You return {model!r:.80}. Return the classifier, a Keras model."
    try:
        given = np.asarray(model.predict(hidden, verbose=0))
    except Exception:
        return None, f"Your model does not take pictures of the shape {hidden.shape[1:]}."
    if given.shape != (len(hidden), CLASSES):
        return None, (
            f"For {len(hidden)} pictures your model gives the shape {given.shape}. The head gives"
            f" a probability for each of the {CLASSES} classes."
        )
    if given.min() < -1e-3 or not np.allclose(given.sum(axis=1), 1, atol=1e-2):
        return None, "What your model gives does not add up to 1: the head needs a softmax."
    return given, None


def put_a_head_on(answer):
    base, (pictures, labels), (hidden, truth) = _workbench()
    before = {weight.path: weight.numpy() for weight in base.weights}
    try:
        with watched_fits() as fits:
            model = answer(base, pictures.copy(), labels.copy())
    except Stopped as stopped:
        if words := explained(stopped.error):
            return words
        raise
    given, wrong = _shares(model, hidden)
    if wrong:
        return wrong
    now = {weight.path: weight.numpy() for weight in model.weights}
    if not set(before) <= set(now):
        return "The backbone that you were given is not in your model. Build the head on it."
    if moved := [path for path, old in before.items() if not np.array_equal(old, now[path])]:
        return (
            f"{len(moved)} of {len(before)} weight arrays of the backbone are no longer what they"
            f" were, {moved[0]} first. Set base.trainable = False before you compile, and put the"
            " head on the backbone that you were given, with its weights."
        )
    right = float((given.argmax(axis=1) == truth).mean())
    if right < ENOUGH:
        if complaint := divided_by_hand(fits):
            return f"Only {right:.0%} of the hidden pictures are named right. {complaint}"
        seen, _ = _shares(model, pictures)
        learned = float((seen.argmax(axis=1) == labels).mean())
        words = (
            f"The backbone is untouched, as asked, but only {right:.0%} of the hidden pictures are"
            f" named right; {ENOUGH:.0%} were asked."
        )
        if learned < 0.25:
            return (
                f"{words} Even of the pictures to learn from only {learned:.0%} are: was the head"
                " trained at all, with a fit on all pictures?"
            )
        return f"{words} The head has to learn more: more epochs, or another rate, such as 1e-2."
    return None


# ---------------------------------------------------------------- judge


def _is_number(value):
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def _triple(found, names):
    """A complaint about anything but a tuple of three; None if it is one."""
    if not isinstance(found, (tuple, list)) or len(found) != 3:
        return f"Your function returned {found!r}. Expected a tuple of three: {names}."
    return None


def judge(answer):
    from scipy.stats import t

    cases = [  # transfer, baseline: a luck that both share, and a gain
        ([0.70, 0.80, 0.60, 0.75, 0.66], [0.66, 0.77, 0.55, 0.72, 0.62]),  # positive only if paired
        ([0.60, 0.71, 0.50, 0.66, 0.55], [0.66, 0.75, 0.57, 0.70, 0.62]),  # negative
        (
            [0.50, 0.52, 0.55, 0.48, 0.54],
            [0.49, 0.50, 0.54, 0.50, 0.50],
        ),  # undecided, though the mean is above zero
        ([0.50, 0.49, 0.52], [0.52, 0.50, 0.52]),  # undecided, though the mean is below zero
        ([0.62, 0.66, 0.69], [0.60, 0.65, 0.68]),  # positive
    ]
    for number, (transfer, baseline) in enumerate(cases):
        transfer, baseline = np.array(transfer), np.array(baseline)
        gain = transfer - baseline
        n, mean, spread = len(gain), gain.mean(), gain.std(ddof=1)
        factor, root = t.ppf(0.975, n - 1), np.sqrt(n)
        half = factor * spread / root
        word = "positive" if mean > half else "negative" if mean < -half else "undecided"
        found = answer(transfer.copy(), baseline.copy())
        if complaint := _triple(found, "mean gain, half the interval, a word"):
            return complaint
        if not _is_number(found[0]) or not _is_number(found[1]) or not isinstance(found[2], str):
            kinds = ", ".join(type(one).__name__ for one in found)
            return f"The three values are of the types {kinds}. Expected two numbers and a word."
        given = f"For transfer {transfer.tolist()} and baseline {baseline.tolist()} you return"
        if not np.isclose(found[0], mean, atol=1e-6):
            if number and np.isclose(found[0], np.abs(gain).mean(), atol=1e-6):
                return (
                    f"{given} the gain {found[0]:+.3f}. You take the differences without their"
                    " sign: a loss is a gain below zero."
                )
            if np.isclose(found[0], -mean, atol=1e-6):
                return (
                    f"{given} the gain {found[0]:+.3f}. The sign is turned round: the gain is"
                    " transfer minus baseline."
                )
            mistakes = [
                (100 * mean, "That is in percentage points. The accuracies are shares: no 100."),
                (np.median(gain), "That is the median of the differences, not their mean."),
                (
                    (gain / baseline).mean(),
                    "That is a relative gain: do not divide.",
                ),
                (mean - half, "That is the lower end of the interval. Return its middle and half."),
            ]
            reason = next(
                (words for value, words in mistakes if np.isclose(found[0], value, rtol=1e-5)), ""
            )
            return (
                f"{given} the mean gain {found[0]:.3f}. Expected {mean:.3f}: the mean of transfer"
                f" minus baseline. {reason}".rstrip()
            )
        if not np.isclose(found[1], half, rtol=1e-4):
            unpaired = factor * np.sqrt((transfer.var(ddof=1) + baseline.var(ddof=1)) / n)
            mistakes = [
                (
                    unpaired,
                    (
                        "That treats the two arrays as if they were not paired. Subtract draw by"
                        " draw: luck that both share cancels."
                    ),
                ),
                (
                    spread,
                    (
                        "That is the spread of the single differences. For their mean: t times the"
                        " spread, divided by the root of n."
                    ),
                ),
                (spread / root, "The factor t is missing: multiply by t.ppf(0.975, n - 1)."),
                (
                    1.96 * spread / root,
                    "The factor 1.96 belongs to many draws. With so few, take t.ppf(0.975, n - 1).",
                ),
                (
                    factor * gain.std() / root,
                    "It is a little too narrow: the spread of a sample is std(ddof=1).",
                ),
                (factor * spread, "The division by the square root of n is missing."),
                (factor * spread / n, "Divide by the square root of n, not by n itself."),
                (
                    factor * spread / np.sqrt(n - 1),
                    "ddof=1 is enough: divide by the root of n, not of n - 1.",
                ),
                (
                    t.ppf(0.975, 2 * n - 2) * unpaired / factor,
                    "That treats the two arrays as if they were not paired. Subtract draw by draw.",
                ),
                (
                    t.ppf(0.975, 4) * spread / np.sqrt(5),
                    f"n is not always 5. Here it is {n}: take len(transfer).",
                ),
                (mean + half, "That is the upper end of the interval. Return half of its width."),
                (2 * half, "That is the whole width. Return half of it."),
                (
                    t.ppf(0.95, n - 1) * spread / root,
                    "That is one-sided. Cut 2.5 % off at each end: t.ppf(0.975, n - 1).",
                ),
                (t.ppf(0.975, n) * spread / root, "The degrees of freedom are n - 1, not n."),
            ]
            reason = next(
                (words for value, words in mistakes if np.isclose(found[1], value, rtol=1e-4)),
                "Is it Student's t?",
            )
            return f"{given} half an interval of {found[1]:.4f}, expected {half:.4f}. {reason}"
        if found[2] != word:
            interval = f"The interval goes from {mean - half:+.3f} to {mean + half:+.3f}"
            if word == "undecided":
                more = "A verdict that looks at the mean alone is always sure of itself."
                return (
                    f"{given} {found[2]!r}. {interval} and includes zero, so it is undecided."
                    f" {more}"
                )
            side = "below" if word == "negative" else "above"
            return (
                f"{given} {found[2]!r}. {interval}: all of it lies {side} zero, so the word is"
                f" {word!r}."
            )
    return None


def draw_subset(answer):
    random = np.random.default_rng(11)
    for classes, count in (((3, 7, 8), 5), ((0, 1), 4), ((-1, 4, 40, 41), 3)):
        labels = random.permutation(np.repeat(classes, (40, 12, 15, 18)[: len(classes)]))
        held_out = np.concatenate([np.flatnonzero(labels == label)[:6] for label in classes])
        left = np.delete(np.arange(len(labels)), held_out)
        kept = labels.copy(), held_out.copy()
        draws = [np.asarray(answer(labels, held_out, count, seed)) for seed in (0, 0, *range(1, 9))]
        if not (np.array_equal(labels, kept[0]) and np.array_equal(held_out, kept[1])):
            return "Your function changed the arrays that it was given. Work on copies."
        for rows in draws:
            if rows.ndim != 1 or rows.dtype.kind not in "iu":
                return (
                    f"What you return has shape {rows.shape} and type {rows.dtype}. Expected row"
                    " numbers: whole numbers, in one line."
                )
            if len(rows) and (rows.min() < 0 or rows.max() >= len(labels)):
                return (
                    f"There are row numbers from {rows.min()} to {rows.max()}, and only rows 0 to"
                    f" {len(labels) - 1}."
                )
            if sorted(rows.tolist()) == sorted(np.repeat(classes, count).tolist()):
                return (
                    "You return the classes of the chosen pictures. Return their row numbers in"
                    " `labels`."
                )
            if (twice := len(rows) - len(set(rows.tolist()))) > 0:
                more = "A picture that is seen twice is not two pictures: draw without replacement."
                return f"{twice} of {len(rows)} chosen pictures occur more than once. {more}"

        if not any(len(rows) for rows in draws):
            return (
                f"You return an empty array, and each of the classes {list(classes)} has enough"
                " pictures left. Classes may be any whole numbers: go over np.unique(labels)."
            )

        def fair(draws, numbers, count=count, classes=classes):
            """Whether `numbers` has each class `count` times in all draws."""
            return all(
                (numbers[rows] == label).sum() == count for rows in draws for label in classes
            )

        taken = max(np.isin(rows, held_out).sum() for rows in draws)
        if taken or not fair(draws, labels):
            if all(rows.max(initial=-1) < len(left) for rows in draws) and fair(
                draws, labels[left]
            ):
                more = "Expected are row numbers of `labels` itself: translate them back."
                return (
                    "Your numbers count within the pictures that are left when the test is taken"
                    f" away. {more}"
                )
            if taken:
                return (
                    f"{taken} of the chosen rows are test pictures (held_out). Who trains on test"
                    " pictures measures memory."
                )
            counts = next(
                found
                for rows in draws
                if set(found := [int((labels[rows] == one).sum()) for one in classes]) != {count}
            )
            return (
                f"You chose {counts} pictures of the classes {list(classes)}. Expected {count} of"
                " each class."
            )
        if list(draws[0]) != list(draws[1]):
            return (
                "The same seed gave two different choices. Make a generator of the seed in the"
                " function: np.random.default_rng(seed)."
            )
        if len({frozenset(rows.tolist()) for rows in draws}) < 3:
            return (
                "The choice is the same whatever the seed. Five equal draws tell nothing about"
                " luck."
            )
        seen = set().union(
            *(
                np.asarray(answer(labels, held_out, count, seed)).tolist()
                for seed in range(100, 400)
            )
        )
        if missing := set(left.tolist()) - seen:
            return (
                f"In 300 draws {len(missing)} pictures that may be chosen were never chosen. Each"
                " should have the same chance."
            )
    for held_out, left in ((np.array([0, 20, 21, 22]), "two pictures"), (_LAST_FIVE, "no picture")):
        said = f"A class has {left} outside the test, and three were asked for."
        try:
            found = np.size(answer(np.array([0] * 20 + [1] * 5), held_out.copy(), 3, 0))
        except Stopped as stopped:
            if stopped.verdict.right is None:
                return f"{said} You return None; return an empty array, np.array([], int)."
            if isinstance(stopped.error, (ValueError, IndexError)):
                return (
                    f"{said} Your function stops there: {stopped.error}. Count first, and return an"
                    " empty array where there are too few."
                )
            raise
        if found:
            return f"{said} You chose {found} in silence; return an empty array."
    found = np.size(answer(np.array([0] * 20 + [1] * 5), np.array([0, 20, 21]), 3, 0))
    if found != 6:
        return (
            "A class has exactly three pictures outside the test, and three were asked for: that is"
            f" enough. You chose {found} of both classes; expected 6."
        )
    return None


_LAST_FIVE = np.arange(20, 25)  # a class that is held out whole


def pictures_needed(answer):
    counts = np.array([2.0, 5.0, 10.0, 20.0, 50.0])
    rising = np.array([0.20, 0.30, 0.40, 0.50, 0.60])
    falling = np.array([0.20, 0.50, 0.45, 0.40, 0.62])

    def line(low, high, share):
        return float(np.exp(np.log(low) + share * np.log(high / low)))

    peak = np.array([0.20, 0.60, 0.40, 0.35, 0.50])
    cases = [
        (rising, 0.475, line(10, 20, 0.75), "between"),
        (rising, 0.45, line(10, 20, 0.5), "between"),
        (rising, 0.55, line(20, 50, 0.5), "between"),
        (rising, 0.325, line(5, 10, 0.25), "between"),
        (rising, 0.40, 10.0, "between"),
        (rising, 0.60, 50.0, "between"),
        (rising, 0.15, 2.0, "first point"),
        (rising, 0.20, 2.0, "first point"),
        (rising, 0.80, np.inf, "never"),
        (falling, 0.47, line(2, 5, 0.9), "falls again"),
        (falling, 0.55, line(20, 50, 0.15 / 0.22), "falls again"),
        (peak, 0.55, line(2, 5, 0.35 / 0.40), "falls again"),
        (peak, 0.50, line(2, 5, 0.30 / 0.40), "falls again"),
    ]
    for accuracies, wanted, expected, kind in cases:
        try:
            found = answer(counts.copy(), accuracies.copy(), wanted)
        except Stopped as stopped:
            if kind != "never" or stopped.verdict.right is False and not stopped.error:
                raise
            what = f"stops ({stopped.error})" if stopped.error else "returns None"
            return (
                f"For {accuracies.tolist()} and wanted = {wanted} your function {what}. The curve"
                f' never reaches {wanted}: return float("inf") there.'
            )
        if not _is_number(found):
            return f"Your function returned {found!r}. Expected one number."
        if np.isclose(found, expected, rtol=1e-4):
            continue
        curve = f"the curve {accuracies.tolist()} at {counts.astype(int).tolist()}"
        given = f"For {curve} and wanted = {wanted} you return {found:.3g}"
        if kind == "never":
            more = (
                "np.interp stops at the last point in silence, and a line drawn on beyond it is a"
                " guess."
            )
            return f'{given}. The curve never reaches {wanted}: return float("inf"). {more}'
        if kind == "first point":
            return (
                f"{given}. The first point is already that good: expected counts[0], 2. Whether"
                " fewer would do, nobody measured."
            )
        given += f", expected {expected:.3g}"
        if kind == "falls again":
            more = (
                "find where it *first* reaches the value. (np.interp needs a curve that only"
                " rises.)"
            )
            return f"{given}. This curve falls again in between: {more}"
        after = int(np.flatnonzero(accuracies >= wanted)[0])
        share = (wanted - accuracies[after - 1]) / (accuracies[after] - accuracies[after - 1])
        if np.isclose(
            found, counts[after - 1] + share * (counts[after] - counts[after - 1]), rtol=1e-4
        ):
            more = (
                "Take the logarithm of the counts, go the same share of the way, and take np.exp."
            )
            return f"{given}. Your line is straight over the count. {more}"
        if np.isinf(found):
            return f"{given}. A point that is exactly as good has reached it: >=, not >."
        if found in counts and found != expected:
            return (
                f"{given}. That is a measured point; the curve gets there between two measured"
                " points."
            )
        slope, start = np.polyfit(np.log(counts), accuracies, 1)
        for value, words in (
            (np.round(expected), "Do not round: return the float as it is."),
            (np.ceil(expected), "Do not round up: return the float as it is."),
            (np.log(expected), "That is the logarithm of the count: take np.exp of it."),
            (
                np.exp(np.log10(expected)),
                "np.exp undoes np.log, not np.log10: there it is 10 ** x.",
            ),
            (
                line(counts[after - 1], counts[after], 1 - share),
                "Your share counts from the wrong end: (wanted - low) / (high - low).",
            ),
            (
                np.exp((wanted - start) / slope),
                "You fit one line to all points. Join each two neighbours by a line of their own.",
            ),
        ):
            if np.isclose(found, value, rtol=1e-4):
                return f"{given}. {words}"
        return f"{given}."
    return None


def choose_and_report(answer):
    random = np.random.default_rng(5)
    cases = [
        (  # the best method, the best draw and the luckiest draw are three different numbers
            np.array([[0.80, 0.60, 0.70], [0.78, 0.74, 0.76], [0.75, 0.50, 0.82]]),
            np.array([[0.60, 0.61, 0.59], [0.70, 0.71, 0.74], [0.62, 0.63, 0.64]]),
        ),
        (
            np.array(
                [[0.80, 0.82, 0.81], [0.70, 0.95, 0.60], [0.78, 0.79, 0.80]]
            ),  # the luckiest draw is not the best method
            np.array(
                [[0.70, 0.74, 0.72], [0.60, 0.66, 0.63], [0.75, 0.79, 0.80]]
            ),  # the test would choose another
        ),
        (
            np.array([[0.5, 0.6], [0.7, 0.7], [0.6, 0.6], [0.65, 0.66]]),
            np.array([[0.4, 0.5], [0.7, 0.64], [0.5, 0.6], [0.55, 0.6]]),
        ),
        (random.uniform(0.4, 0.9, (6, 5)), random.uniform(0.4, 0.9, (6, 5))),
    ]
    for validation, test in cases:
        found = answer(validation.copy(), test.copy())
        if complaint := _triple(
            found, "number of the method, its mean test accuracy, the temptation"
        ):
            return complaint
        if not all(_is_number(one) for one in found):
            return (
                "The three values are of the types"
                f" {', '.join(type(one).__name__ for one in found)}. Expected three numbers."
            )
        by_validation, by_test = validation.mean(1), test.mean(1)
        chosen = int(by_validation.argmax())
        if found[0] == chosen + 1 and np.isclose(found[1], by_test[chosen]):
            return f"You call the method {found[0]}. Rows count from 0: it is method {chosen}."
        if found[0] != chosen:
            if found[0] == by_test.argmax():
                right = (
                    f"On the validation pictures method {chosen} is best: that is what they are"
                    " for."
                )
                return f"You chose method {found[0]}. It was chosen on the test pictures. {right}"
            right = f"By the mean over the draws on the validation pictures it is method {chosen}"
            if found[0] == validation.mean(0).argmax() and found[0] != validation.max(1).argmax():
                return (
                    f"You chose {found[0]}. That is the best *draw*, averaged over the methods."
                    f" Average over the draws, axis=1. {right}."
                )
            if found[0] == validation.max(1).argmax():
                return (
                    f"You chose method {found[0]}, the one with the luckiest single draw. {right}."
                )
            return (
                f"You chose method {found[0]}. {right}. Does your mean go over the draws (axis=1)?"
            )
        if not np.isclose(found[1], by_test[chosen]):
            right = f"The mean over its test draws is {by_test[chosen]:.3f}."
            if np.isclose(found[1], by_validation[chosen]):
                more = "They were used to choose, so this number flatters."
                return (
                    f"You report {found[1]:.3f}. That is the accuracy on the validation pictures."
                    f" {more} {right}"
                )
            if np.isclose(found[1], test[chosen].max()):
                return f"You report {found[1]:.3f}, the best draw of the chosen method. {right}"
            for value, words in (
                (100 * by_test[chosen], "That is in per cent; an accuracy is a share, 0 to 1."),
                (test.mean(), "That is the mean of all methods. Report the chosen one alone."),
                (np.median(test[chosen]), "That is the median of its draws, not their mean."),
                (by_test.max(), "That is the best method on the test, not the one you chose."),
            ):
                if np.isclose(found[1], value):
                    return f"You report {found[1]:.3f} for method {chosen}. {words} {right}"
            return f"You report {found[1]:.3f} for method {chosen}. {right}"
        temptation = by_test.max() - by_test[chosen]
        if not np.isclose(found[2], temptation):
            more = "the best mean test accuracy of all methods minus that of the chosen one"
            for value, words in (
                (-temptation, "It is never negative: you subtract the other way round"),
                (by_test.max(), "That is the best mean itself. The temptation is a difference"),
                (
                    test.max() - by_test[chosen],
                    "You compare with the luckiest single draw. Compare means over the draws",
                ),
                (
                    by_test.max() - np.sort(by_test)[-2],
                    "That is the best minus the second best. The chosen one need not be second",
                ),
            ):
                if np.isclose(found[2], value):
                    return (
                        f"The temptation is {found[2]:.3f} in your answer. {words}. Expected"
                        f" {temptation:.3f}: {more}."
                    )
            return (
                f"The temptation is {found[2]:.3f} in your answer. Expected {temptation:.3f}:"
                f" {more}."
            )
    return None
