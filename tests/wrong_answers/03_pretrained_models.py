"""Plausible wrong answers to the exercises of lesson 03; the docstring of each is what the check's
message has to say."""

import numpy as np


def _count(
    filters,
    classes,
    frozen_norm,
    *,
    channels=3,
    conv_bias=0,
    dense_bias=1,
    norm_learns=2,
    norm_fixed=2,
):
    learns = fixed = 0
    for count in filters:
        learns += 9 * channels * count + conv_bias * count
        channels = count
        learns, fixed = (
            (learns, fixed + 4 * count)
            if frozen_norm
            else (learns + norm_learns * count, fixed + norm_fixed * count)
        )
    return learns + (channels + dense_bias) * classes, fixed


def parameters__everything_learns(filters, classes, frozen_norm):
    "moving"
    return _count(filters, classes, frozen_norm, norm_learns=4, norm_fixed=0)


def parameters__no_moving_statistics(filters, classes, frozen_norm):
    "four numbers"
    learns, fixed = _count(filters, classes, frozen_norm, norm_fixed=0)
    return learns, fixed // 2 if frozen_norm else fixed


def parameters__frozen_still_learns(filters, classes, frozen_norm):
    "gamma and beta"
    return _count(filters, classes, False)


def parameters__convolutions_with_a_bias(filters, classes, frozen_norm):
    "no bias"
    return _count(filters, classes, frozen_norm, conv_bias=1)


def parameters__gray_pictures(filters, classes, frozen_norm):
    "three channels"
    return _count(filters, classes, frozen_norm, channels=1)


def parameters__dense_without_bias(filters, classes, frozen_norm):
    "bias of the dense layer"
    return _count(filters, classes, frozen_norm, dense_bias=0)


def parameters__a_mean_of_the_channels(filters, classes, frozen_norm):
    "no half numbers"
    learns = 9 * 3 * sum(filters) + 0.9
    return learns, 2 * sum(filters)


def parameters__the_sum(filters, classes, frozen_norm):
    "two whole numbers"
    return sum(_count(filters, classes, frozen_norm))


def parameters__in_the_other_order(filters, classes, frozen_norm):
    "other order"
    return _count(filters, classes, frozen_norm)[::-1]


def in_your_order__numbers_sorted_as_text(probabilities, labels, wanted):
    "'10' comes before '2'"
    names = [labels[number] for number in sorted(labels)]
    return probabilities[:, [names.index(name) for name in wanted]]


def in_your_order__the_order_of_the_file(probabilities, labels, wanted):
    "order in which the file lists them"
    names = list(labels.values())
    return probabilities[:, [names.index(name) for name in wanted]]


def in_your_order__the_other_way_round(probabilities, labels, wanted):
    "the other way round"
    found = np.zeros((len(probabilities), len(wanted)), "float32")
    for number in range(len(wanted)):
        place = wanted.index(labels[str(number)]) if labels[str(number)] in wanted else number
        found[:, number] = probabilities[:, place]
    return found


def in_your_order__as_they_came(probabilities, labels, wanted):
    "as they came"
    return probabilities[:, : len(wanted)]


def in_your_order__in_place(probabilities, labels, wanted):
    "changed the probabilities"
    numbers = {name: int(number) for number, name in labels.items()}
    probabilities[:, : len(wanted)] = probabilities[:, [numbers[name] for name in wanted]]
    return probabilities[:, : len(wanted)]


def in_your_order__all_classes(probabilities, labels, wanted):
    "5 wanted names"
    numbers = {name: int(number) for number, name in labels.items()}
    names = [*wanted, *(name for name in labels.values() if name not in wanted)]
    return probabilities[:, [numbers[name] for name in names]]


def in_your_order__summing_to_one(probabilities, labels, wanted):
    "do not compute with them"
    numbers = {name: int(number) for number, name in labels.items()}
    found = probabilities[:, [numbers[name] for name in wanted]]
    return found / found.sum(axis=1, keepdims=True)


def find_preprocessing__most_confident(predict, pictures, labels, candidates):
    "sure of itself"
    return max(
        candidates, key=lambda name: predict(candidates[name](pictures.copy())).max(1).mean()
    )


def find_preprocessing__in_place(predict, pictures, labels, candidates):
    "changed the pictures"
    return max(
        candidates,
        key=lambda name: (predict(candidates[name](pictures)).argmax(1) == labels).mean(),
    )


def find_preprocessing__in_place_of_a_copy(predict, pictures, labels, candidates):
    "a copy for each"
    once = pictures.copy()
    return max(
        candidates, key=lambda name: (predict(candidates[name](once)).argmax(1) == labels).mean()
    )


def find_preprocessing__the_usual(predict, pictures, labels, candidates):
    "right on"
    return "0 to 1"


def find_preprocessing__its_result(predict, pictures, labels, candidates):
    "the name"
    return max(
        (predict(candidates[name](pictures.copy())).argmax(1) == labels).mean()
        for name in candidates
    )


def find_preprocessing__least_spread(predict, pictures, labels, candidates):
    "right on"
    return min(candidates, key=lambda name: candidates[name](pictures.copy()).std())


def _widened(k1, b1, k2, channel):
    k2 = k2.copy()
    k2[:, :, channel] /= 2
    one = slice(channel, channel + 1)
    return (
        np.concatenate([k1, k1[..., one]], 3),
        np.concatenate([b1, b1[one]]),
        np.concatenate([k2, k2[:, :, one]], 2),
    )


def widen__counted_twice(k1, b1, k2, channel):
    "counts it twice"
    one = slice(channel, channel + 1)
    return (*_widened(k1, b1, k2, channel)[:2], np.concatenate([k2, k2[:, :, one]], 2))


def widen__in_place(k1, b1, k2, channel):
    "Work on copies"
    k2[:, :, channel] /= 2
    one = slice(channel, channel + 1)
    return (
        np.concatenate([k1, k1[..., one]], 3),
        np.append(b1, b1[channel]),
        np.concatenate([k2, k2[:, :, one]], 2),
    )


def widen__only_the_copy_halved(k1, b1, k2, channel):
    "one and a half times"
    one = slice(channel, channel + 1)
    return (*_widened(k1, b1, k2, channel)[:2], np.concatenate([k2, k2[:, :, one] / 2], 2))


def widen__bias_of_the_copy_is_zero(k1, b1, k2, channel):
    "bias of the copy"
    k1_wide, _, k2_wide = _widened(k1, b1, k2, channel)
    return k1_wide, np.append(b1, np.float32(0)), k2_wide


def widen__the_first_kernel_halved(k1, b1, k2, channel):
    "same map as channel"
    k1, b1 = k1.copy(), b1.copy()
    k1[..., channel] /= 2
    one = slice(channel, channel + 1)
    return (
        np.concatenate([k1, k1[..., one]], 3),
        np.concatenate([b1, b1[one]]),
        np.concatenate([k2, k2[:, :, one]], 2),
    )


def widen__along_the_wrong_axis(k1, b1, k2, channel):
    "shapes"
    return (*_widened(k1, b1, k2, channel)[:2], np.concatenate([k2, k2[..., :1]], 3))


def widen__the_same_channel_always(k1, b1, k2, channel):
    "same map as channel"
    return _widened(k1, b1, k2, 0)


def _agree(features, owner):
    centred = features - features.mean(0)
    unit = centred / (np.linalg.norm(centred, axis=1, keepdims=True) + 1e-9)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return (owner[closeness.argmax(1)] == owner).mean()


def is_trained__beats_the_pixels(extract, untrained, pictures, owner):
    "its weights are random"
    return _agree(extract(pictures), owner) > _agree(pictures.reshape(len(pictures), -1), owner)


def is_trained__beats_random_by_luck(extract, untrained, pictures, owner):
    "by chance"
    return _agree(extract(pictures), owner) > _agree(untrained(pictures), owner)


def is_trained__better_than_a_fixed_number(extract, untrained, pictures, owner):
    "its weights are random"
    return bool(_agree(extract(pictures), owner) > 0.5)


def is_trained__nearly_perfect(extract, untrained, pictures, owner):
    "threshold too high"
    return _agree(extract(pictures), owner) > 0.95


def is_trained__features_are_large(extract, untrained, pictures, owner):
    "How large the features are"
    return bool(extract(pictures).std() > untrained(pictures).std())


def is_trained__always(extract, untrained, pictures, owner):
    "its weights are random"
    return True


def is_trained__a_share(extract, untrained, pictures, owner):
    "True or False"
    return _agree(extract(pictures), owner)


def _both(filters, classes, frozen_norm, first=3):
    learns = fixed = 0
    channels = first
    for count in filters:
        learns += 9 * channels * count + (0 if frozen_norm else 2 * count)
        fixed += (4 if frozen_norm else 2) * count
        channels = count
    return (learns + (channels + 1) * classes, fixed)


def parameters__all_read_the_picture(filters, classes, frozen_norm):
    "the layer before"
    learns = sum(27 * n + (0 if frozen_norm else 2 * n) for n in filters)
    fixed = sum((4 if frozen_norm else 2) * n for n in filters)
    return (learns + (filters[-1] + 1) * classes, fixed)


def parameters__kernel_of_one(filters, classes, frozen_norm):
    "nine"
    learns, channels = (0, 3)
    for n in filters:
        learns += channels * n + (0 if frozen_norm else 2 * n)
        channels = n
    return (learns + (channels + 1) * classes, _both(filters, classes, frozen_norm)[1])


def parameters__frozen_switched(filters, classes, frozen_norm):
    "other way round"
    return _both(filters, classes, not frozen_norm)


def parameters__all_and_fixed(filters, classes, frozen_norm):
    "all of them together"
    learns, fixed = _both(filters, classes, frozen_norm)
    return (learns + fixed, fixed)


def parameters__head_on_the_first(filters, classes, frozen_norm):
    "The head reads the last"
    learns, fixed = _both(filters, classes, frozen_norm)
    return (learns - (filters[-1] + 1) * classes + (sum(filters) + 1) * classes, fixed)


def parameters__no_head(filters, classes, frozen_norm):
    "The dense layer is missing"
    learns, fixed = _both(filters, classes, frozen_norm)
    return (learns - (filters[-1] + 1) * classes, fixed)


def in_your_order__transposed(probabilities, labels, wanted):
    "transposed"
    output = {name: int(number) for number, name in labels.items()}
    return np.array([probabilities[:, output[name]] for name in wanted])


def in_your_order__classes_sorted_by_name(probabilities, labels, wanted):
    "alphabet"
    output = {name: int(number) for number, name in labels.items()}
    return probabilities[:, [output[name] for name in sorted(wanted)]]


def in_your_order__text_keys(probabilities, labels, wanted):
    "int"
    output = {name: number for number, name in labels.items()}
    return probabilities[:, [output[name] for name in wanted]]


def in_your_order__key_error(probabilities, labels, wanted):
    "keys of `labels` are text"
    names = [labels[i] for i in range(len(labels))]
    return probabilities[:, [names.index(name) for name in wanted]]


def find_preprocessing__worst(predict, pictures, labels, candidates):
    "fewest right answers"
    return min(
        candidates,
        key=lambda n: (predict(candidates[n](pictures.copy())).argmax(1) == labels).mean(),
    )


def find_preprocessing__first_best(predict, pictures, labels, candidates):
    "better than guessing"
    for name, prepare in candidates.items():
        if (predict(prepare(pictures.copy())).argmax(1) == labels).mean() > 0.3:
            return name
    return name


def find_preprocessing__shallow_copy(predict, pictures, labels, candidates):
    "copy"
    return max(
        candidates, key=lambda n: (predict(candidates[n](pictures[:])).argmax(1) == labels).mean()
    )


def find_preprocessing__index(predict, pictures, labels, candidates):
    "name"
    scores = [
        (predict(prepare(pictures.copy())).argmax(1) == labels).mean()
        for prepare in candidates.values()
    ]
    return int(np.argmax(scores))


def widen__everything_halved(k1, b1, k2, channel):
    "halve all channels"
    new = np.concatenate([k2, k2[:, :, [channel]]], 2) / 2
    return (np.concatenate([k1, k1[..., [channel]]], 3), np.append(b1, b1[channel]), new)


def widen__bias_halved(k1, b1, k2, channel):
    "bias"
    new = np.concatenate([k2, k2[:, :, [channel]]], 2)
    new[:, :, [channel, -1]] /= 2
    bias = np.append(b1, b1[channel])
    bias[[channel, -1]] /= 2
    return (np.concatenate([k1, k1[..., [channel]]], 3), bias, new)


def widen__in_front(k1, b1, k2, channel):
    "does not stand last"
    new = np.concatenate([k2[:, :, [channel]], k2], 2)
    new[:, :, [0, channel + 1]] /= 2
    return (np.concatenate([k1[..., [channel]], k1], 3), np.concatenate([b1[[channel]], b1]), new)


def widen__beside_it(k1, b1, k2, channel):
    "does not stand last"
    new = np.insert(k2, channel, k2[:, :, channel], 2)
    new[:, :, [channel, channel + 1]] /= 2
    return (np.insert(k1, channel, k1[..., channel], 3), np.insert(b1, channel, b1[channel]), new)


def _agreement(features, owner):
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    closeness = unit @ unit.T
    np.fill_diagonal(closeness, -1)
    return (owner[closeness.argmax(axis=1)] == owner).mean()


def is_trained__a_fixed_margin(extract, untrained, pictures, owner):
    "threshold too high"
    return bool(_agreement(extract(pictures), owner) > _agreement(untrained(pictures), owner) + 0.3)


def is_trained__features_not_compared(extract, untrained, pictures, owner):
    "says nothing"
    return not np.allclose(extract(pictures), untrained(pictures))


def is_trained__never(extract, untrained, pictures, owner):
    "threshold"
    return False


def is_trained__the_other_way_round(extract, untrained, pictures, owner):
    "not less"
    return bool(_agreement(extract(pictures), owner) < _agreement(untrained(pictures), owner))
