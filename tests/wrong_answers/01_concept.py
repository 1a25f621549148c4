"""Plausible wrong answers to the exercises of lesson 01; the docstring of each is what the check's
message has to say."""

import numpy as np
from scipy.stats import t

# ---------------------------------------------------------------- judge


def _words(mean, half):
    return "positive" if mean - half > 0 else "negative" if mean + half < 0 else "undecided"


def judge__not_paired(transfer, baseline):
    "as if they were not paired"
    n = len(transfer)
    mean = np.mean(transfer) - np.mean(baseline)
    half = t.ppf(0.975, n - 1) * np.sqrt((np.var(transfer, ddof=1) + np.var(baseline, ddof=1)) / n)
    return mean, half, _words(mean, half)


def judge__spread_instead_of_interval(transfer, baseline):
    "the spread of the single differences"
    gain = transfer - baseline
    half = gain.std(ddof=1)
    return gain.mean(), half, _words(gain.mean(), half)


def judge__normal_distribution(transfer, baseline):
    "1.96 belongs to many draws"
    gain = transfer - baseline
    half = 1.96 * gain.std(ddof=1) / np.sqrt(len(gain))
    return gain.mean(), half, _words(gain.mean(), half)


def judge__without_ddof(transfer, baseline):
    "ddof=1"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std() / np.sqrt(len(gain))
    return gain.mean(), half, _words(gain.mean(), half)


def judge__by_the_mean_alone(transfer, baseline):
    "looks at the mean alone"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return gain.mean(), half, "positive" if gain.mean() > 0 else "negative"


def judge__the_other_way_round(transfer, baseline):
    "transfer minus baseline"
    gain = baseline - transfer
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return gain.mean(), half, _words(gain.mean(), half)


# ---------------------------------------------------------------- draw_subset


def draw_subset__with_repetition(labels, held_out, count, seed):
    "more than once"
    random, free = np.random.default_rng(seed), np.setdiff1d(np.arange(len(labels)), held_out)
    for label in np.unique(labels):
        if (labels[free] == label).sum() < count:
            return np.array([], int)
    return np.concatenate(
        [random.choice(free[labels[free] == label], count) for label in np.unique(labels)]
    )


def draw_subset__of_all_pictures(labels, held_out, count, seed):
    "of each class"
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    return np.random.default_rng(seed).choice(free, count * len(np.unique(labels)), replace=False)


def draw_subset__takes_test_pictures(labels, held_out, count, seed):
    "test pictures"
    mixed = np.random.default_rng(seed).permutation(len(labels))
    return np.concatenate([mixed[labels[mixed] == label][:count] for label in np.unique(labels)])


def draw_subset__always_the_first(labels, held_out, count, seed):
    "whatever the seed"
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    for label in np.unique(labels):
        if (labels[free] == label).sum() < count:
            return np.array([], int)
    return np.concatenate([free[labels[free] == label][:count] for label in np.unique(labels)])


def draw_subset__takes_fewer_in_silence(labels, held_out, count, seed):
    "return an empty array"
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    mixed = np.random.default_rng(seed).permutation(free)
    return np.concatenate([mixed[labels[mixed] == label][:count] for label in np.unique(labels)])


def draw_subset__numbers_within_what_is_left(labels, held_out, count, seed):
    "row numbers of `labels`"
    left = np.delete(labels, held_out)
    mixed = np.random.default_rng(seed).permutation(len(left))
    for label in np.unique(labels):
        if (left == label).sum() < count:
            return np.array([], int)
    return np.concatenate([mixed[left[mixed] == label][:count] for label in np.unique(labels)])


# ---------------------------------------------------------------- pictures_needed


def pictures_needed__np_interp(counts, accuracies, wanted):
    "never reaches"
    return float(np.exp(np.interp(wanted, accuracies, np.log(counts))))


def pictures_needed__straight_over_the_count(counts, accuracies, wanted):
    "logarithm"
    reached = np.flatnonzero(np.asarray(accuracies) >= wanted)
    if len(reached) == 0:
        return float("inf")
    i = reached[0]
    if i == 0:
        return float(counts[0])
    share = (wanted - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return float(counts[i - 1] + share * (counts[i] - counts[i - 1]))


def pictures_needed__next_measured_point(counts, accuracies, wanted):
    "between two measured points"
    reached = np.flatnonzero(np.asarray(accuracies) >= wanted)
    return float(counts[reached[0]]) if len(reached) else float("inf")


def pictures_needed__last_crossing(counts, accuracies, wanted):
    "first"
    counts, accuracies = np.asarray(counts, float), np.asarray(accuracies, float)
    if accuracies.max() < wanted:
        return float("inf")
    below = np.flatnonzero(accuracies < wanted)
    if len(below) == 0:
        return float(counts[0])
    i = min(below[-1] + 1, len(counts) - 1)
    share = (wanted - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return float(np.exp(np.log(counts[i - 1]) + share * np.log(counts[i] / counts[i - 1])))


def pictures_needed__extrapolates_to_the_left(counts, accuracies, wanted):
    "already that good"
    counts, accuracies = np.asarray(counts, float), np.asarray(accuracies, float)
    reached = np.flatnonzero(accuracies >= wanted)
    if len(reached) == 0:
        return float("inf")
    i = max(reached[0], 1)
    share = (wanted - accuracies[i - 1]) / (accuracies[i] - accuracies[i - 1])
    return float(np.exp(np.log(counts[i - 1]) + share * np.log(counts[i] / counts[i - 1])))


# ---------------------------------------------------------------- choose_and_report


def choose_and_report__on_the_test(validation, test):
    "chosen on the test"
    means = np.mean(test, axis=1)
    return int(means.argmax()), float(means.max()), 0.0


def choose_and_report__reports_validation(validation, test):
    "accuracy on the validation pictures"
    chosen = int(np.mean(validation, axis=1).argmax())
    means = np.mean(test, axis=1)
    return chosen, float(np.mean(validation, axis=1).max()), float(means.max() - means[chosen])


def choose_and_report__best_single_draw(validation, test):
    "luckiest single draw"
    chosen = int(np.max(validation, axis=1).argmax())
    means = np.mean(test, axis=1)
    return chosen, float(means[chosen]), float(means.max() - means[chosen])


def choose_and_report__temptation_against_validation(validation, test):
    "temptation"
    chosen = int(np.mean(validation, axis=1).argmax())
    means = np.mean(test, axis=1)
    return chosen, float(means[chosen]), float(np.mean(validation, axis=1)[chosen] - means[chosen])


def choose_and_report__best_test_draw_of_the_chosen(validation, test):
    "best draw"
    chosen = int(np.mean(validation, axis=1).argmax())
    means = np.mean(test, axis=1)
    return chosen, float(np.max(test[chosen])), float(means.max() - means[chosen])


def choose_and_report__over_the_methods(validation, test):
    "axis=1"
    chosen = int(np.mean(validation, axis=0).argmax())
    by_method = np.mean(test, axis=1)
    chosen = min(chosen, len(by_method) - 1)
    return chosen, float(by_method[chosen]), float(by_method.max() - by_method[chosen])


def pictures_needed__np_interp_with_a_guard(counts, accuracies, wanted):
    "falls again in between"
    if max(accuracies) < wanted:
        return float("inf")
    return float(np.exp(np.interp(wanted, accuracies, np.log(counts))))


def draw_subset__only_the_classes_that_are_left(labels, held_out, count, seed):
    "no picture outside the test"
    random, free = np.random.default_rng(seed), np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels[free]):
        rows = free[labels[free] == label]
        if len(rows) < count:
            return np.array([], int)
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def draw_subset__numbers_with_a_point(labels, held_out, count, seed):
    "whole numbers"
    random, free = np.random.default_rng(seed), np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = np.array([])
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        if len(rows) < count:
            return np.array([])
        chosen = np.append(chosen, random.choice(rows, count, replace=False))
    return chosen


# ---------------------------------------------------------------- put_a_head_on


def _headed(base, classes=8, activation="softmax"):
    import keras

    outputs = keras.layers.Dense(classes, activation=activation)(base.output)
    return keras.Model(base.input, outputs)


def _fitted(model, pictures, labels, rate=1e-2, epochs=2, loss="sparse_categorical_crossentropy"):
    import keras

    model.compile(keras.optimizers.Adam(rate), loss)
    model.fit(pictures, labels, epochs=epochs, verbose=0)
    return model


def put_a_head_on__never_frozen(base, pictures, labels):
    "Set base.trainable = False"
    return _fitted(_headed(base), pictures, labels, 1e-3)


def put_a_head_on__frozen_after_the_training(base, pictures, labels):
    "before you compile"
    model = _fitted(_headed(base), pictures, labels, 1e-3)
    base.trainable = False
    return model


def put_a_head_on__never_trained(base, pictures, labels):
    "was the head trained at all"
    base.trainable = False
    return _headed(base)


def put_a_head_on__compiled_and_not_fitted(base, pictures, labels):
    "was the head trained at all"
    base.trainable = False
    model = _headed(base)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model


def put_a_head_on__a_tiny_rate(base, pictures, labels):
    "only"
    base.trainable = False
    return _fitted(_headed(base), pictures, labels, 1e-5, 3)


def put_a_head_on__one_epoch(base, pictures, labels):
    "only"
    base.trainable = False
    return _fitted(_headed(base), pictures, labels, 1e-3, 1)


def put_a_head_on__the_history(base, pictures, labels):
    "Return the model"
    base.trainable = False
    model = _headed(base)
    model.compile("adam", "sparse_categorical_crossentropy")
    return model.fit(pictures, labels, epochs=1, verbose=0)


def put_a_head_on__without_a_softmax(base, pictures, labels):
    "softmax"
    base.trainable = False
    return _fitted(_headed(base, activation=None), pictures, labels, epochs=1)


def put_a_head_on__one_output(base, pictures, labels):
    "a probability for each"
    base.trainable = False
    return _fitted(_headed(base, 1, "sigmoid"), pictures, labels / 7, 1e-2, 1, "mse")


def put_a_head_on__a_backbone_with_random_weights(base, pictures, labels):
    "with its weights"
    import keras

    random = keras.models.clone_model(base)
    random.trainable = False
    return _fitted(_headed(random), pictures, labels, epochs=1)


def put_a_head_on__a_network_of_its_own(base, pictures, labels):
    "is not in your model"
    import keras

    layers = keras.layers
    own = keras.Sequential(
        [layers.Input((64, 64, 3)), layers.Flatten(), layers.Dense(8, activation="softmax")]
    )
    return _fitted(own, pictures, labels, epochs=1)


def judge__percent(transfer, baseline):
    "100"
    gain = 100 * (transfer - baseline)
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (gain.mean(), half, _words(gain.mean(), half))


def judge__median(transfer, baseline):
    "median"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (np.median(gain), half, _words(np.median(gain), half))


def judge__relative(transfer, baseline):
    "relative gain"
    gain = (transfer - baseline) / baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (gain.mean(), half, _words(gain.mean(), half))


def judge__five(transfer, baseline):
    "not always"
    gain = transfer - baseline
    half = t.ppf(0.975, 4) * gain.std(ddof=1) / np.sqrt(5)
    return (gain.mean(), half, _words(gain.mean(), half))


def judge__by_n(transfer, baseline):
    "root"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / len(gain)
    return (gain.mean(), half, _words(gain.mean(), half))


def judge__root_twice(transfer, baseline):
    "ddof"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain) - 1)
    return (gain.mean(), half, _words(gain.mean(), half))


def judge__pooled(transfer, baseline):
    "paired"
    n = len(transfer)
    half = t.ppf(0.975, 2 * n - 2) * np.sqrt((transfer.var(ddof=1) + baseline.var(ddof=1)) / n)
    mean = (transfer - baseline).mean()
    return (mean, half, _words(mean, half))


def judge__limits(transfer, baseline):
    "low"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (gain.mean() - half, gain.mean() + half, _words(gain.mean(), half))


def judge__never_negative(transfer, baseline):
    "below zero"
    gain = transfer - baseline
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (gain.mean(), half, "positive" if gain.mean() > half else "undecided")


def judge__abs(transfer, baseline):
    "without their sign"
    gain = abs(transfer - baseline)
    half = t.ppf(0.975, len(gain) - 1) * gain.std(ddof=1) / np.sqrt(len(gain))
    return (gain.mean(), half, _words(gain.mean(), half))


def draw_subset__range(labels, held_out, count, seed):
    "np.unique"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in range(labels.max() + 1):
        rows = free[labels[free] == label]
        if len(rows) < count:
            return np.array([], int)
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def draw_subset__classes_returned(labels, held_out, count, seed):
    "row numbers"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        if len(rows) < count:
            return np.array([], int)
        chosen.append(labels[random.choice(rows, count, replace=False)])
    return np.concatenate(chosen)


def draw_subset__one_more(labels, held_out, count, seed):
    "exactly"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        if len(rows) <= count:
            return np.array([], int)
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def draw_subset__raises(labels, held_out, count, seed):
    "empty array"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def draw_subset__none(labels, held_out, count, seed):
    "empty array"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        if len(rows) < count:
            return None
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def draw_subset__short_class_left_out(labels, held_out, count, seed):
    "empty array"
    random = np.random.default_rng(seed)
    free = np.setdiff1d(np.arange(len(labels)), held_out)
    chosen = []
    for label in np.unique(labels):
        rows = free[labels[free] == label]
        if len(rows) < count:
            continue
        chosen.append(random.choice(rows, count, replace=False))
    return np.concatenate(chosen)


def pictures_needed__ceil(counts, accuracies, wanted):
    "round"
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return np.inf
    i = reached[0]
    if i == 0:
        return float(counts[0])
    return float(
        np.ceil(np.exp(np.interp(wanted, accuracies[i - 1 : i + 1], np.log(counts[i - 1 : i + 1]))))
    )


def pictures_needed__greater(counts, accuracies, wanted):
    ">="
    reached = np.flatnonzero(accuracies > wanted)
    if not len(reached):
        return np.inf
    i = reached[0]
    if i == 0:
        return float(counts[0])
    return float(
        np.exp(np.interp(wanted, accuracies[i - 1 : i + 1], np.log(counts[i - 1 : i + 1])))
    )


def pictures_needed__log_left(counts, accuracies, wanted):
    "exp"
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return np.inf
    i = reached[0]
    if i == 0:
        return float(counts[0])
    return float(np.interp(wanted, accuracies[i - 1 : i + 1], np.log(counts[i - 1 : i + 1])))


def pictures_needed__log10_exp(counts, accuracies, wanted):
    "10"
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return np.inf
    i = reached[0]
    if i == 0:
        return float(counts[0])
    return float(
        np.exp(np.interp(wanted, accuracies[i - 1 : i + 1], np.log10(counts[i - 1 : i + 1])))
    )


def pictures_needed__none(counts, accuracies, wanted):
    "inf"
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return None
    i = reached[0]
    if i == 0:
        return float(counts[0])
    return float(
        np.exp(np.interp(wanted, accuracies[i - 1 : i + 1], np.log(counts[i - 1 : i + 1])))
    )


def pictures_needed__index_error(counts, accuracies, wanted):
    "inf"
    i = np.flatnonzero(accuracies >= wanted)[0]
    if i == 0:
        return float(counts[0])
    return float(
        np.exp(np.interp(wanted, accuracies[i - 1 : i + 1], np.log(counts[i - 1 : i + 1])))
    )


def pictures_needed__share_turned(counts, accuracies, wanted):
    "share"
    reached = np.flatnonzero(accuracies >= wanted)
    if not len(reached):
        return np.inf
    i = reached[0]
    if i == 0:
        return float(counts[0])
    share = (accuracies[i] - wanted) / (accuracies[i] - accuracies[i - 1])
    return float(counts[i - 1] * (counts[i] / counts[i - 1]) ** share)


def pictures_needed__nearest(counts, accuracies, wanted):
    "measured point"
    if wanted > accuracies.max():
        return np.inf
    return float(counts[np.abs(accuracies - wanted).argmin()])


def pictures_needed__regression(counts, accuracies, wanted):
    "one line"
    if wanted > accuracies.max():
        return np.inf
    if accuracies[0] >= wanted:
        return float(counts[0])
    share, i = np.polyfit(np.log(counts), accuracies, 1)
    return float(np.exp((wanted - i) / share))


def choose_and_report__one_based(validation, test):
    "from 0"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen + 1, means[chosen], means.max() - means[chosen])


def choose_and_report__percent(validation, test):
    "per cent"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen, 100 * means[chosen], 100 * (means.max() - means[chosen]))


def choose_and_report__temptation_best_draw(validation, test):
    "single"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen, means[chosen], test.max() - means[chosen])


def choose_and_report__negative(validation, test):
    "negative"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen, means[chosen], means[chosen] - means.max())


def choose_and_report__the_best_itself(validation, test):
    "difference"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen, means[chosen], means.max())


def choose_and_report__all_methods(validation, test):
    "all methods"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    return (chosen, test.mean(), means.max() - means[chosen])


def choose_and_report__median(validation, test):
    "median"
    chosen = int(np.median(validation, axis=1).argmax())
    means = np.median(test, axis=1)
    return (chosen, means[chosen], means.max() - means[chosen])


def choose_and_report__second(validation, test):
    "minus the second best"
    chosen = int(validation.mean(1).argmax())
    means = test.mean(1)
    r = sorted(means)
    return (chosen, means[chosen], r[-1] - r[-2])


def put_a_head_on__divided_by_255(base, pictures, labels):
    "divided by 255"
    base.trainable = False
    return _fitted(_headed(base), pictures / 255, labels, epochs=20)
