"""Other right answers to the exercises of lesson 10."""

import math
import statistics

import numpy as np
from scipy import stats

# ---------------------------------------------------------------- pareto_front


def pareto_front__by_rising_cost(models):
    ordered = sorted(models, key=lambda model: (model[1], -model[2]))
    kept, best, its_cost = [], -math.inf, None
    for name, cost, accuracy in ordered:
        if accuracy > best or accuracy == best and cost == its_cost:
            kept.append(name)
            best, its_cost = accuracy, cost
    return kept


def pareto_front__with_arrays(models):
    names = np.array([name for name, _, _ in models])
    cost = np.array([c for _, c, _ in models])
    accuracy = np.array([a for _, _, a in models])
    no_worse = (cost[:, None] <= cost) & (accuracy[:, None] >= accuracy)
    better = (cost[:, None] < cost) | (accuracy[:, None] > accuracy)
    keep = ~(no_worse & better).any(axis=0)
    order = np.argsort(cost[keep], kind="stable")
    return names[keep][order]


def pareto_front__with_two_loops(models):
    front = []
    for mine in models:
        beaten = False
        for other in models:
            same = other[1] == mine[1] and other[2] == mine[2]
            if not same and other[1] <= mine[1] and other[2] >= mine[2]:
                beaten = True
                break
        if not beaten:
            front.append((mine[1], mine[0]))
    front.sort()
    return tuple(name for _, name in front)


# ---------------------------------------------------------------- choose


def choose__with_a_loop(rows, most_mb, most_ms, licences):
    best = None
    for row in rows:
        if not row["ms_per_step_cpu"] or row["licence"] not in licences:
            continue
        size, time = float(row["size_mb"]), float(row["ms_per_step_cpu"])
        if size > most_mb or time > most_ms:
            continue
        key = (-float(row["top1_pct"]), size)
        if best is None or key < best[0]:
            best = (key, row["model"])
    return best[1] if best else ""


def choose__sorted_twice(rows, most_mb, most_ms, licences):
    def number(text):
        return float(text) if text.strip() else math.inf

    fits = [row for row in rows if row["licence"] in licences]
    fits = [row for row in fits if number(row["size_mb"]) <= most_mb]
    fits = [row for row in fits if number(row["ms_per_step_cpu"]) <= most_ms]
    fits.sort(key=lambda row: number(row["size_mb"]))
    fits.sort(key=lambda row: number(row["top1_pct"]), reverse=True)
    return fits[0]["model"] if fits else ""


def choose__with_arrays(rows, most_mb, most_ms, licences):
    size = np.array([float(row["size_mb"]) for row in rows])
    time = np.array([float(row["ms_per_step_cpu"] or "nan") for row in rows])
    top1 = np.array([float(row["top1_pct"]) for row in rows])
    free = np.array([row["licence"] in licences for row in rows])
    fits = np.flatnonzero((size <= most_mb) & (time <= most_ms) & free)
    if fits.size == 0:
        return ""
    return rows[min(fits, key=lambda at: (-top1[at], size[at]))]["model"]


# ---------------------------------------------------------------- time_ratio


def time_ratio__in_turns(first, second, clock, repeats):
    first()
    second()
    times = np.empty((repeats, 2))
    for row in times:
        for column, run in enumerate((first, second)):
            start = clock()
            run()
            row[column] = clock() - start
    a, b = np.median(times, axis=0)
    return a / b


def time_ratio__first_one_dropped(first, second, clock, repeats):
    medians = []
    for function in (first, second):
        seconds = []
        for _ in range(repeats + 1):
            begin = clock()
            function()
            end = clock()
            seconds.append(end - begin)
        medians.append(statistics.median(seconds[1:]))
    return medians[0] / medians[1]


def time_ratio__from_readings(first, second, clock, repeats):
    def median(run):
        run()
        readings = [clock()]
        while len(readings) <= repeats:
            run()
            readings.append(clock())
        return np.median(np.diff(readings))

    return float(median(first) / median(second))


# ---------------------------------------------------------------- corrected_p


def corrected_p__by_cdf(first, second, train, test):
    d = [a - b for a, b in zip(first, second, strict=True)]
    n = len(d)
    error = math.sqrt(statistics.variance(d) * (1 / n + test / train))
    t = abs(statistics.mean(d)) / error
    return 2 * (1 - stats.t.cdf(t, df=n - 1))


def corrected_p__from_the_plain_test(first, second, train, test):
    seeds = len(first)
    plain = stats.ttest_rel(first, second).statistic
    t = plain / np.sqrt(1 + seeds * test / train)
    return stats.t.cdf(-abs(t), seeds - 1) * 2


def corrected_p__by_std(first, second, train, test):
    gain = second - first
    seeds = gain.size
    error = gain.std(ddof=1) * (1 / seeds + test / train) ** 0.5
    return float(stats.t(seeds - 1).sf(np.abs(gain.mean()) / error) * 2)


# ---------------------------------------------------------------- short_list


def _head():
    from sklearn.linear_model import LogisticRegression

    return LogisticRegression(C=0.03, max_iter=1000)


def short_list__scaled_by_hand(features, labels):
    best, most, guesses = "", -1, None
    for name, parts in features.items():
        mean, spread = parts["train"].mean(axis=0), parts["train"].std(axis=0)
        scaled = {part: (x - mean) / spread for part, x in parts.items()}
        head = _head().fit(scaled["train"], labels["train"])
        right = np.mean(head.predict(scaled["validation"]) == labels["validation"])
        if right > most:
            best, most, guesses = name, right, head.predict(scaled["hidden"])
    return best, guesses


def short_list__fewest_errors(features, labels):
    from sklearn.preprocessing import StandardScaler

    errors, hidden = {}, {}
    for name in features:
        scaler = StandardScaler().fit(features[name]["train"])
        head = _head().fit(scaler.transform(features[name]["train"]), labels["train"])
        guesses = head.predict(scaler.transform(features[name]["validation"]))
        errors[name] = (guesses != labels["validation"]).sum()
        hidden[name] = head.predict(scaler.transform(features[name]["hidden"]))
    best = min(errors, key=errors.get)
    return [best, hidden[best].tolist()]


def short_list__largest_probability(features, labels):
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    names, heads, scores = list(features), [], []
    for name in names:
        head = Pipeline([("scale", StandardScaler()), ("head", _head())])
        head.fit(features[name]["train"], y=labels["train"])
        heads.append(head)
        scores.append(head.score(features[name]["validation"], labels["validation"]))
    at = int(np.argmax(scores))
    chances = heads[at].predict_proba(features[names[at]]["hidden"])
    return names[at], heads[at].classes_[chances.argmax(axis=1)]


# ---------------------------------------------------------------- more


def pareto_front__a_tuple_of_names(models):
    keep = set(range(len(models)))
    for i, (_, cost, accuracy) in enumerate(models):
        for _, other_cost, other in models:
            no_worse = other_cost <= cost and other >= accuracy
            if no_worse and (other_cost < cost or other > accuracy):
                keep.discard(i)
    return tuple(models[i][0] for i in sorted(keep, key=lambda i: models[i][1]))


def choose__with_try(rows, most_mb, most_ms, licences):
    best = ("", -1.0, 0.0)
    for row in rows:
        try:
            size, score, ms = (
                float(row[key]) for key in ("size_mb", "top1_pct", "ms_per_step_cpu")
            )
        except ValueError:
            continue
        if size > most_mb or ms > most_ms or row["licence"] not in licences:
            continue
        if score > best[1] or (score == best[1] and size < best[2]):
            best = (row["model"], score, size)
    return best[0]


def time_ratio__with_numpy(first, second, clock, repeats):
    found = np.empty((2, repeats + 1))
    for row, run in enumerate((first, second)):
        for turn in range(repeats + 1):
            found[row, turn] = -clock()
            run()
            found[row, turn] += clock()
    return np.divide(*np.median(found[:, 1:], axis=1))


def _times(run, clock, repeats):
    times = []
    for _ in range(repeats):
        start = clock()
        run()
        times.append(clock() - start)
    return times


def time_ratio__with_an_inner_function(first, second, clock, repeats):
    def seconds(run):
        run()
        taken = sorted(_times(run, clock, repeats))
        middle = len(taken) // 2
        return taken[middle] if len(taken) % 2 else (taken[middle - 1] + taken[middle]) / 2

    return seconds(first) / seconds(second)


def corrected_p__one_sample(first, second, train, test):
    d = [a - b for a, b in zip(first.tolist(), second.tolist(), strict=True)]
    t = stats.ttest_1samp(d, 0).statistic / (1 + len(d) * test / train) ** 0.5
    return 2 * min(stats.t.cdf(t, len(d) - 1), 1 - stats.t.cdf(t, len(d) - 1))


def corrected_p__with_statistics(first, second, train, test):
    d = list(map(float, first - second))
    spread = (statistics.variance(d) * (1 / len(d) + test / train)) ** 0.5
    return np.array(stats.t(df=len(d) - 1).sf(abs(statistics.mean(d)) / spread) * 2)


def short_list__ridge(features, labels):
    from sklearn.linear_model import RidgeClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    best = None
    for name, parts in features.items():
        head = make_pipeline(StandardScaler(), RidgeClassifier(10.0))
        head.fit(parts["train"], labels["train"])
        score = head.score(parts["validation"], labels["validation"])
        if best is None or score > best[0]:
            best = score, name, head
    return best[1], best[2].predict(features[best[1]]["hidden"]).tolist()


def _standard(part, parts):
    train = parts["train"]
    return (parts[part] - train.mean(axis=0)) / train.std(axis=0)


def short_list__a_list_of_two(features, labels):
    from sklearn.linear_model import LogisticRegression

    scores, heads = {}, {}
    for name in features:
        heads[name] = LogisticRegression(C=0.1, max_iter=2000)
        heads[name].fit(_standard("train", features[name]), labels["train"])
        found = heads[name].predict(_standard("validation", features[name]))
        scores[name] = np.mean(found == labels["validation"])
    name = max(scores, key=scores.get)
    return [name, heads[name].predict(_standard("hidden", features[name])).astype("float32")]
