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
