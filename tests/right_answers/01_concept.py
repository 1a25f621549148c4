"""Other right answers to the exercises of lesson 01."""

import math
import statistics

import keras
import numpy as np
from scipy import stats

LOSS = "sparse_categorical_crossentropy"

# ---------------------------------------------------------------- put_a_head_on


def put_a_head_on__as_a_sequential(base, pictures, labels):
    base.trainable = False
    model = keras.Sequential([base, keras.layers.Dense(8, activation="softmax")])
    model.compile(keras.optimizers.Adam(1e-2), LOSS, metrics=["accuracy"])
    model.fit(pictures, labels, epochs=25, batch_size=16, verbose=0)
    return model


def put_a_head_on__with_dropout_and_layers_frozen_one_by_one(base, pictures, labels):
    for layer in base.layers:
        layer.trainable = False
    x = keras.layers.Dropout(0.1)(base.output)
    model = keras.Model(base.input, keras.layers.Dense(8, activation="softmax")(x))
    model.compile(keras.optimizers.Adam(1e-2), keras.losses.SparseCategoricalCrossentropy())
    model.fit(pictures, labels, epochs=30, verbose=0)
    return model


def put_a_head_on__on_features_that_were_kept(base, pictures, labels):
    head = keras.Sequential(
        [keras.layers.Input(base.output.shape[1:]), keras.layers.Dense(8, activation="softmax")]
    )
    head.compile(keras.optimizers.Adam(1e-2), "categorical_crossentropy")
    known = base.predict(pictures, verbose=0)
    head.fit(known, np.eye(8)[labels], epochs=40, verbose=0)
    return keras.Model(base.input, head(base.output))


# ---------------------------------------------------------------- judge


def judge__with_sem(transfer, baseline):
    gain = np.subtract(transfer, baseline)
    half = stats.t.ppf(0.975, len(gain) - 1) * stats.sem(gain)
    word = (
        "undecided" if abs(gain.mean()) <= half else "negative" if gain.mean() < 0 else "positive"
    )
    return gain.mean(), half, word


def judge__with_statistics(transfer, baseline):
    gain = [float(a - b) for a, b in zip(transfer, baseline, strict=True)]
    n, mean = len(gain), statistics.mean(gain)
    half = float(stats.t.ppf(0.975, n - 1)) * statistics.stdev(gain) / math.sqrt(n)
    if mean > half:
        return mean, half, "positive"
    return mean, half, "negative" if mean < -half else "undecided"


def judge__by_scipys_interval(transfer, baseline):
    gain = np.asarray(transfer) - np.asarray(baseline)
    low, high = stats.t.interval(0.95, len(gain) - 1, loc=gain.mean(), scale=stats.sem(gain))
    word = "positive" if low > 0 else "negative" if high < 0 else "undecided"
    return [float(gain.mean()), float((high - low) / 2), word]


# ---------------------------------------------------------------- draw_subset


def draw_subset__from_a_mixed_order(labels, held_out, count, seed):
    mixed = np.random.default_rng(seed).permutation(len(labels))
    mixed = mixed[~np.isin(mixed, held_out)]
    parts = [mixed[labels[mixed] == label][:count] for label in np.unique(labels)]
    if min(len(part) for part in parts) < count:
        return np.array([], int)
    return np.concatenate(parts)


def draw_subset__with_python_alone(labels, held_out, count, seed):
    import random

    own, left_out, chosen = random.Random(seed), set(held_out.tolist()), []
    for label in sorted(set(labels.tolist())):
        free = [i for i, one in enumerate(labels) if one == label and i not in left_out]
        if len(free) < count:
            return np.array([], int)
        chosen += own.sample(free, count)
    return np.array(chosen)


def draw_subset__sorted(labels, held_out, count, seed):
    generator = np.random.default_rng(seed)
    allowed = np.ones(len(labels), bool)
    allowed[held_out] = False
    found = np.zeros(0, int)
    for label in np.unique(labels):
        rows = np.flatnonzero(allowed & (labels == label))
        if rows.size < count:
            return np.zeros(0, int)
        found = np.append(found, generator.permutation(rows)[:count])
    return np.sort(found)


# ---------------------------------------------------------------- pictures_needed


def pictures_needed__in_a_loop(counts, accuracies, wanted):
    if accuracies[0] >= wanted:
        return float(counts[0])
    for i in range(1, len(counts)):
        low, high = accuracies[i - 1], accuracies[i]
        if high >= wanted:
            share = (wanted - low) / (high - low)
            return float(counts[i - 1] * (counts[i] / counts[i - 1]) ** share)
    return math.inf


def pictures_needed__interp_between_two(counts, accuracies, wanted):
    good = np.asarray(accuracies) >= wanted
    if not good.any():
        return np.inf
    i = int(good.argmax())
    if i == 0:
        return counts[0]
    two = slice(i - 1, i + 1)
    return np.exp(np.interp(wanted, accuracies[two], np.log(counts[two])))


def pictures_needed__with_log2(counts, accuracies, wanted):
    first = next((i for i, one in enumerate(accuracies) if one >= wanted), None)
    if first is None:
        return float("inf")
    if not first:
        return float(counts[0])
    a, b = np.log2(counts[first - 1]), np.log2(counts[first])
    slope = (b - a) / (accuracies[first] - accuracies[first - 1])
    return float(2 ** (a + slope * (wanted - accuracies[first - 1])))


# ---------------------------------------------------------------- choose_and_report


def choose_and_report__with_max_and_key(validation, test):
    best = max(range(len(validation)), key=lambda one: validation[one].mean())
    return best, test[best].mean(), max(row.mean() for row in test) - test[best].mean()


def choose_and_report__by_the_sum(validation, test):
    best = np.argmax(validation.sum(1))
    means = test.mean(-1)
    return best, means[best], np.max(means) - means[best]


def choose_and_report__by_sorting(validation, test):
    best = int(np.argsort(-validation.mean(axis=1))[0])
    reached = [float(np.mean(row)) for row in test]
    return [best, reached[best], sorted(reached)[-1] - reached[best]]


def judge__ttest_rel(transfer, baseline):
    ci = stats.ttest_rel(transfer, baseline).confidence_interval(0.95)
    mean = (ci.low + ci.high) / 2
    return (
        float(mean),
        float(ci.high - mean),
        str(np.select([ci.low > 0, ci.high < 0], ["positive", "negative"], "undecided")),
    )


def draw_subset__global_seed(labels, held_out, count, seed):
    np.random.seed(seed)
    m = np.ones(len(labels), bool)
    m[held_out] = False
    chosen = []
    for label in np.unique(labels):
        rows = np.where(m & (labels == label))[0]
        if len(rows) < count:
            return np.array([])
        np.random.shuffle(rows)
        chosen.extend(rows[:count])
    return chosen


def pictures_needed__geomspace(counts, accuracies, wanted):
    for (c0, a0), (c1, a1) in zip(
        zip(counts, accuracies, strict=False),
        zip(counts[1:], accuracies[1:], strict=False),
        strict=False,
    ):
        if a0 >= wanted:
            return c0
        if a1 >= wanted:
            share = (wanted - a0) / (a1 - a0)
            return float(c0 ** (1 - share) * c1**share)
    return float("inf")


def pictures_needed__scipy(counts, accuracies, wanted):
    from scipy.interpolate import interp1d

    i = int(np.argmax(np.array(list(accuracies) + [np.inf]) >= wanted))
    if i == len(accuracies):
        return np.float32("inf")
    if i == 0:
        return int(counts[0])
    return float(10 ** interp1d(accuracies[i - 1 : i + 1], np.log10(counts[i - 1 : i + 1]))(wanted))


def choose_and_report__lists(validation, test):
    best, score = (0, -1)
    for i, row in enumerate(validation.tolist()):
        if sum(row) / len(row) > score:
            best, score = (i, sum(row) / len(row))
    ms = [sum(r) / len(r) for r in test.tolist()]
    return (np.array([best]).item(), np.float32(ms[best]), max(ms) - ms[best])
