"""Other right answers to the exercises of lesson 03."""

import numpy as np

# ---------------------------------------------------------------- parameters


def parameters__by_zip(filters, classes, frozen_norm):
    inputs = (3, *filters[:-1])
    kernels = sum(9 * a * b for a, b in zip(inputs, filters, strict=True))
    norms = 2 * sum(filters)
    dense = (filters[-1] + 1) * classes
    if frozen_norm:
        return kernels + dense, 2 * norms
    return kernels + dense + norms, norms


def parameters__with_numpy(filters, classes, frozen_norm):
    widths = np.array([3, *filters])
    learns = (9 * widths[:-1] * widths[1:]).sum() + (widths[-1] + 1) * classes
    share = np.array([0, 4]) if frozen_norm else np.array([2, 2])
    return [learns + share[0] * widths[1:].sum(), share[1] * widths[1:].sum()]


def parameters__all_less_the_fixed(filters, classes, frozen_norm):
    total, before = 0, 3
    for count in filters:
        total += 3**2 * before * count + 4 * count
        before = count
    total += before * classes + classes
    fixed = sum(filters) * (4 if frozen_norm else 2)
    return total - fixed, fixed


# ---------------------------------------------------------------- in_your_order


def in_your_order__column_by_column(probabilities, labels, wanted):
    result = np.zeros((len(probabilities), len(wanted)), "float32")
    for j, name in enumerate(wanted):
        for key, value in labels.items():
            if value == name:
                result[:, j] = probabilities[:, int(key)]
    return result


def in_your_order__by_a_list_of_names(probabilities, labels, wanted):
    names = [labels[str(i)] for i in range(probabilities.shape[1])]
    return np.take(probabilities, [names.index(name) for name in wanted], axis=1)


def in_your_order__stacked(probabilities, labels, wanted):
    number = dict(zip(labels.values(), map(int, labels), strict=True))
    return np.stack([probabilities.T[number[name]] for name in wanted], axis=-1)


# ---------------------------------------------------------------- find_preprocessing


def find_preprocessing__with_a_loop(predict, pictures, labels, candidates):
    best, most = None, -1
    for name, prepare in candidates.items():
        guesses = np.argmax(predict(prepare(np.array(pictures))), axis=-1)
        correct = np.sum(guesses == labels)
        if correct > most:
            best, most = name, correct
    return best


def find_preprocessing__by_a_dict_of_scores(predict, pictures, labels, candidates):
    scores = {}
    for name in candidates:
        outputs = predict(candidates[name](pictures + 0))
        scores[name] = float(np.mean(outputs.argmax(1) == labels))
    return max(scores, key=scores.get)


def find_preprocessing__fewest_errors(predict, pictures, labels, candidates):
    names = list(candidates)
    errors = [
        np.count_nonzero(predict(candidates[name](pictures.copy())).argmax(axis=1) != labels)
        for name in names
    ]
    return names[int(np.argmin(errors))]


# ---------------------------------------------------------------- widen


def widen__by_append(k1, b1, k2, channel):
    first = np.append(k1, k1[:, :, :, channel : channel + 1], axis=3)
    bias = np.append(b1, b1[channel])
    half = k2[:, :, channel : channel + 1, :] * 0.5
    second = np.append(k2, half, axis=2)
    second[:, :, channel] = half[:, :, 0]
    return first, bias, second


def widen__by_numbers_of_channels(k1, b1, k2, channel):
    n = len(b1)
    order = [*range(n), channel]
    scale = np.ones(n + 1, "float32")
    scale[[channel, n]] = 0.5
    return k1[..., order], b1[order], k2[:, :, order] * scale[:, None]


def widen__filled_into_zeros(k1, b1, k2, channel):
    n = k1.shape[3]
    wide1 = np.zeros((*k1.shape[:3], n + 1))
    wide2 = np.zeros((*k2.shape[:2], n + 1, k2.shape[3]))
    wide1[..., :n], wide1[..., n] = k1, k1[..., channel]
    wide2[:, :, :n] = k2
    wide2[:, :, channel] = wide2[:, :, n] = k2[:, :, channel] / 2
    return [wide1, np.array([*b1, b1[channel]]), wide2]


# ---------------------------------------------------------------- is_trained


def _hits(features, owner):
    """Whether the nearest other crop is of the same photograph, cosine of centred features."""
    centred = features - features.mean(axis=0)
    unit = centred / np.linalg.norm(centred, axis=1, keepdims=True)
    close = unit @ unit.T
    np.fill_diagonal(close, -np.inf)
    return owner[close.argmax(axis=1)] == owner


def _gains(extract, untrained, pictures, owner):
    ours, theirs = _hits(extract(pictures), owner), _hits(untrained(pictures), owner)
    gain = ours.astype(float) - theirs.astype(float)
    return np.array([gain[owner == one].mean() for one in np.unique(owner)])


def is_trained__mean_less_two_errors(extract, untrained, pictures, owner):
    gains = _gains(extract, untrained, pictures, owner)
    error = np.std(gains, ddof=1) / len(gains) ** 0.5
    return bool(gains.mean() - 2 * error > 0)


def is_trained__by_bincount(extract, untrained, pictures, owner):
    gain = 1.0 * _hits(extract(pictures), owner) - _hits(untrained(pictures), owner)
    mean = np.bincount(owner, gain) / np.bincount(owner)
    return mean.mean() > 2 * np.sqrt(mean.var(ddof=1) / len(mean))


def is_trained__with_a_branch(extract, untrained, pictures, owner):
    gains = list(_gains(extract, untrained, pictures, owner))
    center = sum(gains) / len(gains)
    variance = sum((one - center) ** 2 for one in gains) / (len(gains) - 1)
    if center > 2 * (variance / len(gains)) ** 0.5:
        return True
    return False


def in_your_order__take(probabilities, labels, wanted):
    return np.take(
        probabilities,
        [int(next((k for k, v in labels.items() if v == name))) for name in wanted],
        axis=1,
    ).astype("float64")


def in_your_order__matrix(probabilities, labels, wanted):
    chosen = np.zeros((probabilities.shape[1], len(wanted)), "float32")
    for number, name in labels.items():
        if name in wanted:
            chosen[int(number), wanted.index(name)] = 1
    return probabilities @ chosen


def find_preprocessing__confusion(predict, pictures, labels, candidates):
    from sklearn.metrics import accuracy_score

    best = None
    for name in candidates:
        share = accuracy_score(labels, predict(candidates[name](pictures + 0)).argmax(-1))
        if best is None or share > best[0]:
            best = (share, name)
    return best[1]


def widen__a_third(k1, b1, k2, channel):
    new = np.concatenate([k2, k2[:, :, [channel]]], 2).astype("float64")
    new[:, :, channel] *= 1 / 3
    new[:, :, -1] *= 2 / 3
    return [np.concatenate([k1, k1[..., [channel]]], 3), np.append(b1, b1[channel]), new]
