"""Plausible wrong answers to the exercises of lesson 10; the docstring of each is what the check's
message has to say."""

import math
import statistics

import numpy as np
from scipy import stats

# ---------------------------------------------------------------- stored_mib


# ---------------------------------------------------------------- pareto_front


def pareto_front__everything(models):
    "dominated"
    return [name for name, _, _ in sorted(models, key=lambda row: row[1])]


def pareto_front__the_wrong_way_round_for_cost(models):
    "SMALLER cost"
    return [
        name
        for name, cost, score in sorted(models, key=lambda row: row[1])
        if not any(c >= cost and s >= score and (c > cost or s > score) for _, c, s in models)
    ]


def pareto_front__the_wrong_way_round_for_accuracy(models):
    "LARGER accuracy"
    return [
        name
        for name, cost, score in sorted(models, key=lambda row: row[1])
        if not any(c <= cost and s <= score and (c < cost or s < score) for _, c, s in models)
    ]


def pareto_front__only_strictly_better_dominates(models):
    "equally good"
    return [
        name
        for name, cost, score in sorted(models, key=lambda row: row[1])
        if not any(c < cost and s > score for _, c, s in models)
    ]


def pareto_front__twins_shoot_each_other(models):
    "twins"
    return [
        name
        for name, cost, score in sorted(models, key=lambda row: row[1])
        if not any(c <= cost and s >= score for other, c, s in models if other != name)
    ]


def pareto_front__one_twin_only(models):
    "twins"
    best, found = -math.inf, []
    for name, _, score in sorted(models, key=lambda row: (row[1], -row[2])):
        if score > best:
            found.append(name)
            best = score
    return found


def pareto_front__best_accuracy_first(models):
    "order"
    return [
        name
        for name, cost, score in sorted(models, key=lambda row: -row[2])
        if not any(c <= cost and s >= score and (c < cost or s > score) for _, c, s in models)
    ]


# ---------------------------------------------------------------- choose


def _number(text, missing):
    return float(text) if text else missing


def choose__missing_is_zero(rows, most_mb, most_ms, licences):
    "not published"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], 0.0) <= most_ms
        and row["licence"] in licences
    ]
    return (
        max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))["model"]
        if good
        else ""
    )


def choose__by_top5(rows, most_mb, most_ms, licences):
    "top-5"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and row["licence"] in licences
    ]
    return (
        max(good, key=lambda row: (_number(row["top5_pct"], 0), -float(row["size_mb"])))["model"]
        if good
        else ""
    )


def choose__compares_text(rows, most_mb, most_ms, licences):
    "text"
    good = [
        row
        for row in rows
        if row["size_mb"] <= str(most_mb)
        and row["ms_per_step_cpu"]
        and row["ms_per_step_cpu"] <= str(most_ms)
        and row["licence"] in licences
    ]
    return (
        max(good, key=lambda row: (row["top1_pct"], -float(row["size_mb"])))["model"]
        if good
        else ""
    )


def choose__unknown_licence_is_good_enough(rows, most_mb, most_ms, licences):
    "licence"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and (not row["licence"] or row["licence"] in licences)
    ]
    return (
        max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))["model"]
        if good
        else ""
    )


def choose__the_smallest(rows, most_mb, most_ms, licences):
    "highest top-1"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and row["licence"] in licences
    ]
    return min(good, key=lambda row: float(row["size_mb"]))["model"] if good else ""


def choose__forgets_the_tie(rows, most_mb, most_ms, licences):
    "smaller"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and row["licence"] in licences
    ]
    return max(good, key=lambda row: float(row["top1_pct"]))["model"] if good else ""


def choose__nothing_where_nothing_fits(rows, most_mb, most_ms, licences):
    "Return an empty text"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and row["licence"] in licences
    ]
    if good:
        return max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))["model"]


def choose__gaps_as_numbers(rows, most_mb, most_ms, licences):
    "before float()"
    good = [row for row in rows if float(row["ms_per_step_cpu"]) <= most_ms]
    return max(good, key=lambda row: float(row["top1_pct"]))["model"] if good else ""


def choose__stops_where_nothing_fits(rows, most_mb, most_ms, licences):
    "`max` of nothing is an error"
    good = [
        row
        for row in rows
        if float(row["size_mb"]) <= most_mb
        and _number(row["ms_per_step_cpu"], math.inf) <= most_ms
        and row["licence"] in licences
    ]
    return max(good, key=lambda row: (float(row["top1_pct"]), -float(row["size_mb"])))["model"]


# ---------------------------------------------------------------- time_ratio


def time_ratio__counts_the_first_call(first, second, clock, repeats):
    "first call"

    def middle(run):
        times = []
        for _ in range(repeats):
            start = clock()
            run()
            times.append(clock() - start)
        return statistics.median(times)

    return middle(first) / middle(second)


def time_ratio__mean(first, second, clock, repeats):
    "mean"

    def middle(run):
        run()
        times = []
        for _ in range(repeats):
            start = clock()
            run()
            times.append(clock() - start)
        return statistics.mean(times)

    return middle(first) / middle(second)


def time_ratio__upside_down(first, second, clock, repeats):
    "upside down"

    def middle(run):
        run()
        times = []
        for _ in range(repeats):
            start = clock()
            run()
            times.append(clock() - start)
        return statistics.median(times)

    return middle(second) / middle(first)


def time_ratio__total_of_all(first, second, clock, repeats):
    "mean"

    def total(run):
        run()
        start = clock()
        for _ in range(repeats):
            run()
        return clock() - start

    return total(first) / total(second)


def time_ratio__the_fastest(first, second, clock, repeats):
    "fastest"

    def least(run):
        run()
        times = []
        for _ in range(repeats):
            start = clock()
            run()
            times.append(clock() - start)
        return min(times)

    return least(first) / least(second)


def time_ratio__a_clock_of_its_own(first, second, clock, repeats):
    "the clock that you are given"
    import time

    def middle(run):
        run()
        times = []
        for _ in range(repeats):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    return middle(first) / max(middle(second), 1e-12)


# ---------------------------------------------------------------- corrected_p


def corrected_p__unpaired(first, second, train, test):
    "pairs"
    return stats.ttest_ind(first, second).pvalue


def corrected_p__not_corrected(first, second, train, test):
    "plain paired"
    return stats.ttest_rel(first, second).pvalue


def corrected_p__one_sided(first, second, train, test):
    "both sides"
    difference = np.subtract(first, second)
    t = difference.mean() / np.sqrt(difference.var(ddof=1) * (1 / len(difference) + test / train))
    return stats.t.sf(abs(t), len(difference) - 1)


def corrected_p__fraction_upside_down(first, second, train, test):
    "upside down"
    difference = np.subtract(first, second)
    t = difference.mean() / np.sqrt(difference.var(ddof=1) * (1 / len(difference) + train / test))
    return 2 * stats.t.sf(abs(t), len(difference) - 1)


def corrected_p__share_of_all(first, second, train, test):
    "test / train"
    difference = np.subtract(first, second)
    t = difference.mean() / np.sqrt(
        difference.var(ddof=1) * (1 / len(difference) + test / (train + test))
    )
    return 2 * stats.t.sf(abs(t), len(difference) - 1)


def corrected_p__divides_by_n(first, second, train, test):
    "ddof"
    difference = np.subtract(first, second)
    t = difference.mean() / np.sqrt(difference.var() * (1 / len(difference) + test / train))
    return 2 * stats.t.sf(abs(t), len(difference) - 1)


def corrected_p__negative_differences_lost(first, second, train, test):
    "1 or less"
    difference = np.subtract(first, second)
    t = difference.mean() / np.sqrt(difference.var(ddof=1) * (1 / len(difference) + test / train))
    return 2 * stats.t.sf(t, len(difference) - 1)


def _head(scaled=True):
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    head = LogisticRegression(C=0.03, max_iter=1000)
    return make_pipeline(StandardScaler(), head) if scaled else head


def _heads(features, labels, scaled=True):
    return {
        name: _head(scaled).fit(parts["train"], labels["train"]) for name, parts in features.items()
    }


def short_list__by_the_training_pictures(features, labels):
    "The validation pictures have to choose"
    heads = _heads(features, labels)
    best = max(heads, key=lambda name: heads[name].score(features[name]["train"], labels["train"]))
    return best, heads[best].predict(features[best]["hidden"])


def short_list__the_largest(features, labels):
    "the most numbers a picture"
    best = max(features, key=lambda name: features[name]["train"].shape[1])
    return best, _heads(features, labels)[best].predict(features[best]["hidden"])


def short_list__the_worst(features, labels):
    "Another head is better"
    heads = _heads(features, labels)
    return "plain", heads["plain"].predict(features["plain"]["hidden"])


def short_list__scaled_by_themselves(features, labels):
    "not by their own"
    parts = {
        part: (values - values.mean(axis=0)) / values.std(axis=0)
        for part, values in features["useful"].items()
    }
    head = _head(scaled=False).fit(parts["train"], labels["train"])
    return "useful", head.predict(parts["hidden"])


def short_list__not_standardised(features, labels):
    "standardised features"
    parts = features["useful"]
    head = _head(scaled=False).fit(parts["train"], labels["train"])
    return "useful", head.predict(parts["hidden"])


def short_list__the_validation_pictures(features, labels):
    "for each of 100 hidden pictures"
    heads = _heads(features, labels)
    return "useful", heads["useful"].predict(features["useful"]["validation"])


def short_list__probabilities(features, labels):
    "Expected a whole number"
    heads = _heads(features, labels)
    return "useful", heads["useful"].predict_proba(features["useful"]["hidden"])


def short_list__the_name_only(features, labels):
    "You return the name only"
    return "useful"


def short_list__a_number_for_a_name(features, labels):
    "is no name of a backbone"
    heads = _heads(features, labels)
    return 1, heads["useful"].predict(features["useful"]["hidden"])


# ---------------------------------------------------------------- more


def pareto_front__the_last_best_only(models):
    "equally good in one"
    front, best = [], -1
    for name, _, accuracy in sorted(models, key=lambda row: row[1]):
        if accuracy >= best:
            front.append(name)
            best = accuracy
    return front


def pareto_front__the_whole_triples(models):
    "Return a list of names"

    def beats(a, b):
        return a[1] <= b[1] and a[2] >= b[2] and a[1:] != b[1:]

    return sorted((m for m in models if not any(beats(o, m) for o in models)), key=lambda m: m[1])


def pareto_front__the_best_one(models):
    "is missing"
    return [max(models, key=lambda row: row[2])[0]]


def pareto_front__by_name(models):
    "smallest cost"

    def beats(a, b):
        return a[1] <= b[1] and a[2] >= b[2] and a[1:] != b[1:]

    return sorted(m[0] for m in models if not any(beats(o, m) for o in models))


def _row(rows, fits, key):
    good = [row for row in rows if fits(row)]
    return max(good, key=key)["model"] if good else ""


def choose__drops_every_row_with_a_gap(rows, most_mb, most_ms, licences):
    "top-5 was not published"
    whole = [row for row in rows if all(row.values())]
    return _row(
        whole,
        lambda r: (
            float(r["size_mb"]) <= most_mb
            and float(r["ms_per_step_cpu"]) <= most_ms
            and r["licence"] in licences
        ),
        lambda r: (float(r["top1_pct"]), -float(r["size_mb"])),
    )


def choose__below_not_at_most(rows, most_mb, most_ms, licences):
    "exactly at the limit"
    return _row(
        rows,
        lambda r: (
            float(r["size_mb"]) < most_mb
            and float(r["ms_per_step_cpu"] or "inf") < most_ms
            and r["licence"] in licences
        ),
        lambda r: (float(r["top1_pct"]), -float(r["size_mb"])),
    )


def choose__top1_as_text(rows, most_mb, most_ms, licences):
    "text"
    return _row(
        rows,
        lambda r: (
            float(r["size_mb"]) <= most_mb
            and float(r["ms_per_step_cpu"] or "inf") <= most_ms
            and r["licence"] in licences
        ),
        lambda r: (r["top1_pct"], -float(r["size_mb"])),
    )


def choose__the_fastest(rows, most_mb, most_ms, licences):
    "is the fastest"
    return _row(
        rows,
        lambda r: (
            float(r["size_mb"]) <= most_mb
            and float(r["ms_per_step_cpu"] or "inf") <= most_ms
            and r["licence"] in licences
        ),
        lambda r: -float(r["ms_per_step_cpu"]),
    )


def choose__the_whole_row(rows, most_mb, most_ms, licences):
    "Return the name"
    good = [
        r
        for r in rows
        if r["ms_per_step_cpu"]
        and float(r["ms_per_step_cpu"]) <= most_ms
        and float(r["size_mb"]) <= most_mb
        and r["licence"] in licences
    ]
    return max(good, key=lambda r: float(r["top1_pct"])) if good else ""


def _times(run, clock, repeats):
    times = []
    for _ in range(repeats):
        start = clock()
        run()
        times.append(clock() - start)
    return times


def time_ratio__one_warmed_up(first, second, clock, repeats):
    "first call"
    first()
    a = _times(first, clock, repeats)
    return statistics.median(a) / statistics.median(_times(second, clock, repeats))


def time_ratio__median_of_ratios(first, second, clock, repeats):
    "median of the ratios"
    first(), second()
    a, b = _times(first, clock, repeats), _times(second, clock, repeats)
    return statistics.median(x / y for x, y in zip(a, b, strict=True))


def time_ratio__a_difference(first, second, clock, repeats):
    "difference"
    first(), second()
    a, b = _times(first, clock, repeats), _times(second, clock, repeats)
    return statistics.median(a) - statistics.median(b)


def time_ratio__not_sorted(first, second, clock, repeats):
    "Sort"
    first(), second()
    a, b = _times(first, clock, repeats), _times(second, clock, repeats)
    return a[repeats // 2] / b[repeats // 2]


def time_ratio__the_first_repeat_dropped(first, second, clock, repeats):
    "times. One call"
    a, b = _times(first, clock, repeats), _times(second, clock, repeats)
    return statistics.median(a[1:]) / statistics.median(b[1:])


def _t(first, second, train, test):
    d = np.asarray(first) - second
    return d.mean() / np.sqrt(d.var(ddof=1) * (1 / len(d) + test / train)), len(d)


def corrected_p__t_itself(first, second, train, test):
    "t itself"
    return abs(_t(first, second, train, test)[0])


def corrected_p__normal(first, second, train, test):
    "normal distribution"
    return 2 * stats.norm.sf(abs(_t(first, second, train, test)[0]))


def corrected_p__one_degree_too_many(first, second, train, test):
    "seeds - 1"
    t, n = _t(first, second, train, test)
    return 2 * stats.t.sf(abs(t), n)


def corrected_p__everything_by_the_seeds(first, second, train, test):
    "Only the 1"
    d = first - second
    t = d.mean() / np.sqrt(d.var(ddof=1) * (1 + test / train) / len(d))
    return 2 * stats.t.sf(abs(t), len(d) - 1)


def corrected_p__the_other_tail(first, second, train, test):
    "SMALLER t"
    t, n = _t(first, second, train, test)
    return stats.t.cdf(abs(t), n - 1)


def corrected_p__spread_for_variance(first, second, train, test):
    "standard deviation"
    d = first - second
    t = d.mean() / np.sqrt(d.std(ddof=1) * (1 / len(d) + test / train))
    return 2 * stats.t.sf(abs(t), len(d) - 1)


def _standard(part, parts):
    train = parts["train"]
    return (parts[part] - train.mean(axis=0)) / train.std(axis=0)


def short_list__classes_first(features, labels):
    "changed places"
    from sklearn.linear_model import LogisticRegression

    head = LogisticRegression().fit(_standard("train", features["useful"]), labels["train"])
    return head.predict(_standard("hidden", features["useful"])), "useful"


def short_list__chance_of_the_accuracy(features, labels):
    "Expected a whole number"
    return "useful", 0.91
