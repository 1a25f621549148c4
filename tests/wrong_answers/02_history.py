"""Plausible wrong answers to the exercises of lesson 02; the docstring of each is what the check's
message has to say."""

import math

import numpy as np


def comparable__the_words_compared(first, second):
    "both are several"
    return all(first[question] == second[question] for question in ("data", "models", "split"))


def comparable__the_data_ignored(first, second):
    "learned from"
    known = "not stated" not in (first["data"], second["data"], first["models"], second["models"])
    return (
        known
        and first["split"] == second["split"]
        and (first["models"] == "one network") == (second["models"] == "one network")
    )


def comparable__any_test_will_do(first, second):
    "'test of 2010'"
    known = "not stated" not in (first["data"], second["data"], first["models"], second["models"])
    same_split = first["split"].startswith("test") == second["split"].startswith("test")
    return (
        known
        and same_split
        and first["data"] == second["data"]
        and (first["models"] == "one network") == (second["models"] == "one network")
    )


def comparable__not_stated_counts_as_a_value(first, second):
    "'not stated'"
    same = first["data"] == second["data"] and first["split"] == second["split"]
    return same and (first["models"] == "one network") == (second["models"] == "one network")


def comparable__always(first, second):
    "You say True"
    return True


def comparable__in_words(first, second):
    "True or False"
    return "yes" if first["data"] == second["data"] else "no"


def broken_links__nothing_is_rounded(article, entries):
    "rounded"
    found = {}
    for year, error in article.items():
        for row in entries:
            if (
                int(row["year"]) == year
                and not row["chain"]
                and abs(float(row["error"]) - error) <= 0.05
            ):
                found[year] = row["label"]
        if any(
            int(row["year"]) == year and row["chain"] and float(row["error"]) != error
            for row in entries
        ):
            found.setdefault(year, None)
    return found


def broken_links__extra_data_alone(article, entries):
    "VGG, after the contest"
    return {
        int(row["year"]): row["label"]
        for row in entries
        if row["data"] == "extra"
        and abs(float(row["error"]) - article.get(int(row["year"]), 0)) <= 0.05
    }


def broken_links__the_first_row_is_the_winner(article, entries):
    "not the first of its year"
    found = {}
    for year, error in article.items():
        rows = [row for row in entries if int(row["year"]) == year]
        if abs(float(rows[0]["error"]) - error) > 0.05:
            found[year] = next(
                (row["label"] for row in rows if abs(float(row["error"]) - error) <= 0.05), None
            )
    return found


def broken_links__the_nearest_entry(article, entries):
    "no entry of 2014"
    found = {}
    for year, error in article.items():
        nearest = min(
            (row for row in entries if int(row["year"]) == year),
            key=lambda row: abs(float(row["error"]) - error),
        )
        if not nearest["chain"] or abs(float(nearest["error"]) - error) > 0.05:
            found[year] = nearest["label"]
    return found


def broken_links__years_only(article, entries):
    "a dict"
    return [year for year, label in broken_links__the_nearest_entry(article, entries).items()]


def broken_links__years_as_text(article, entries):
    "year as a whole number"
    return {
        str(year): label
        for year, label in broken_links__the_nearest_entry(article, entries).items()
    }


def broken_links__the_chain_entry_that_was_missed(article, entries):
    "what it printed instead"
    found = {}
    for row in entries:
        year = int(row["year"])
        if row["chain"] and year in article and abs(float(row["error"]) - article[year]) > 0.05:
            found[year] = row["label"]
    return found


def _steps(chain):
    return [
        (int(b["year"]), float(a["error"]), float(b["error"]))
        for a, b in zip(chain, chain[1:], strict=False)
        if a["split"] == b["split"]
    ]


def largest_step__in_points(chain):
    "points"
    year, before, after = max(_steps(chain), key=lambda step: step[1] - step[2])
    return year, 1 - after / before


def largest_step__any_pictures(chain):
    "other pictures"
    shares = {
        int(b["year"]): 1 - float(b["error"]) / float(a["error"])
        for a, b in zip(chain, chain[1:], strict=False)
    }
    year = max(shares, key=shares.get)
    return year, shares[year]


def largest_step__in_per_cent(chain):
    "between 0 and 1"
    year, before, after = max(_steps(chain), key=lambda step: 1 - step[2] / step[1])
    return year, 100 * (1 - after / before)


def largest_step__divided_by_the_new_error(chain):
    "the year before"
    year, before, after = max(_steps(chain), key=lambda step: step[1] / step[2])
    return year, before / after - 1


def largest_step__what_is_left(chain):
    "that is left"
    year, before, after = max(_steps(chain), key=lambda step: 1 - step[2] / step[1])
    return year, after / before


def largest_step__the_year_alone(chain):
    "two values"
    return max(_steps(chain), key=lambda step: 1 - step[2] / step[1])[0]


def _inside(half, percent, figures):
    return [name for name, figure in figures.items() if abs(figure - percent) <= half]


def undecided__one_picture(percent, count, figures):
    "Divide by the root"
    p = percent / 100
    return _inside(196 * np.sqrt(p * (1 - p)), percent, figures)


def undecided__divided_by_the_count(percent, count, figures):
    "not by the number itself"
    p = percent / 100
    return _inside(196 * np.sqrt(p * (1 - p)) / count, percent, figures)


def undecided__half_in_shares(percent, count, figures):
    "shares with per cent"
    p = percent / 100
    return _inside(1.96 * np.sqrt(p * (1 - p) / count), percent, figures)


def undecided__only_worse_ones(percent, count, figures):
    "on both sides"
    p = percent / 100
    return [
        name
        for name in _inside(196 * np.sqrt(p * (1 - p) / count), percent, figures)
        if figures[name] >= percent
    ]


def undecided__without_1_96(percent, count, figures):
    "1.96"
    p = percent / 100
    return _inside(100 * np.sqrt(p * (1 - p) / count), percent, figures)


def undecided__those_outside(percent, count, figures):
    "outside"
    p = percent / 100
    inside = _inside(196 * np.sqrt(p * (1 - p) / count), percent, figures)
    return [name for name in figures if name not in inside]


def unbeaten__the_rule_of_the_lesson(networks):
    "equal in both"
    return [
        name
        for name, (size, accuracy) in networks.items()
        if not any(
            s <= size and a >= accuracy and other != name for other, (s, a) in networks.items()
        )
    ]


def unbeaten__better_in_both(networks):
    "as large, and less accurate"
    return [
        name
        for name, (size, accuracy) in networks.items()
        if not any(s < size and a > accuracy for other, (s, a) in networks.items())
    ]


def unbeaten__a_sweep_by_size(networks):
    "as accurate, and larger"
    found, best = [], -1
    for name, (_, accuracy) in sorted(
        networks.items(), key=lambda entry: (entry[1][0], -entry[1][1])
    ):
        if accuracy >= best:
            found, best = [*found, name], accuracy
    return found


def unbeaten__most_accuracy_for_a_parameter(networks):
    "counts as well"
    return [max(networks, key=lambda name: networks[name][1] / networks[name][0])]


def unbeaten__the_beaten_ones(networks):
    "nobody beats it"
    return [
        name
        for name, (size, accuracy) in networks.items()
        if any(s < size and a > accuracy for s, a in networks.values())
    ]


def _needed(needed, factor, seeds):
    return np.array([needed(factor, seed) for seed in seeds])


def shrunk_start__chosen_on_the_fresh_seeds(needed, factors, tuning, fresh, t):
    "chosen on the fresh seeds"
    factor = min(factors, key=lambda one: _needed(needed, one, fresh).mean())
    gap = _needed(needed, factor, fresh) - _needed(needed, None, fresh)
    return factor, gap.mean(), t * gap.std(ddof=1) / np.sqrt(len(gap))


def shrunk_start__not_seed_by_seed(needed, factors, tuning, fresh, t):
    "seed by seed"
    factor = min(factors, key=lambda one: _needed(needed, one, tuning).mean())
    a, b = _needed(needed, factor, fresh), _needed(needed, None, fresh)
    return factor, a.mean() - b.mean(), t * np.sqrt(a.var(ddof=1) + b.var(ddof=1)) / np.sqrt(len(a))


def shrunk_start__spread_of_one_seed(needed, factors, tuning, fresh, t):
    "spread of single seeds"
    factor = min(factors, key=lambda one: _needed(needed, one, tuning).mean())
    gap = _needed(needed, factor, fresh) - _needed(needed, None, fresh)
    return factor, gap.mean(), t * gap.std(ddof=1)


def shrunk_start__ddof_forgotten(needed, factors, tuning, fresh, t):
    "ddof=1"
    factor = min(factors, key=lambda one: _needed(needed, one, tuning).mean())
    gap = _needed(needed, factor, fresh) - _needed(needed, None, fresh)
    return factor, gap.mean(), t * gap.std() / np.sqrt(len(gap))


def shrunk_start__the_other_way_round(needed, factors, tuning, fresh, t):
    "other way round"
    factor = min(factors, key=lambda one: _needed(needed, one, tuning).mean())
    gap = _needed(needed, None, fresh) - _needed(needed, factor, fresh)
    return factor, gap.mean(), t * gap.std(ddof=1) / np.sqrt(len(gap))


def shrunk_start__no_factor_at_all(needed, factors, tuning, fresh, t):
    "smallest mean"
    factor = max(factors)
    gap = _needed(needed, factor, fresh) - _needed(needed, None, fresh)
    return factor, gap.mean(), t * gap.std(ddof=1) / np.sqrt(len(gap))


def shrunk_start__its_own_seeds(needed, factors, tuning, fresh, t):
    "use the seeds in"
    factor = min(factors, key=lambda one: _needed(needed, one, range(1000, 1010)).mean())
    gap = _needed(needed, factor, fresh) - _needed(needed, None, fresh)
    return factor, gap.mean(), t * gap.std(ddof=1) / np.sqrt(len(gap))


def _known(a, b):
    return "not stated" not in (a["data"], b["data"], a["models"], b["models"])


def comparable__same_year(first, second):
    "year"
    return (
        _known(first, second)
        and first["data"] == second["data"]
        and (first["split"] == second["split"])
        and (first["year"] == second["year"])
        and ((first["models"] == "one network") == (second["models"] == "one network"))
    )


def comparable__any(first, second):
    "three questions"
    return _known(first, second) and (
        first["data"] == second["data"]
        or first["split"] == second["split"]
        or (first["models"] == "one network") == (second["models"] == "one network")
    )


def comparable__not_stated_only_models(first, second):
    "not stated"
    return (
        "not stated" not in (first["models"], second["models"])
        and first["data"] == second["data"]
        and (first["split"] == second["split"])
        and ((first["models"] == "one network") == (second["models"] == "one network"))
    )


def broken_links__relative(article, entries):
    "0.05"
    out = {}
    for y, p in article.items():
        like = [
            r for r in entries if int(r["year"]) == y and abs(float(r["error"]) - p) <= 0.05 * p
        ]
        if not any(r["chain"] for r in like):
            out[y] = like[0]["label"] if like else None
    return out


def broken_links__any_year(article, entries):
    "year"
    out = {}
    for y, p in article.items():
        like = [r for r in entries if abs(float(r["error"]) - p) <= 0.05]
        if not any(r["chain"] for r in like):
            out[y] = like[0]["label"] if like else None
    return out


def broken_links__unknown_left_out(article, entries):
    "None"
    out = {}
    for y, p in article.items():
        like = [r for r in entries if int(r["year"]) == y and abs(float(r["error"]) - p) <= 0.05]
        if like and (not any(r["chain"] for r in like)):
            out[y] = like[0]["label"]
    return out


def broken_links__text_compared(article, entries):
    "values of the rows are text"
    out = {}
    for y, p in article.items():
        like = [r for r in entries if r["year"] == y and abs(float(r["error"]) - p) <= 0.05]
        if not any(r["chain"] for r in like):
            out[y] = like[0]["label"] if like else None
    return out


def _falls(chain):
    return [
        (int(b["year"]), float(a["error"]), float(b["error"]), a["split"] == b["split"])
        for a, b in zip(chain, chain[1:], strict=False)
    ]


def largest_step__year_before(chain):
    "There the step begins"
    y, s = max(
        [
            (int(a["year"]), 1 - float(b["error"]) / float(a["error"]))
            for a, b in zip(chain, chain[1:], strict=False)
            if a["split"] == b["split"]
        ],
        key=lambda p: p[1],
    )
    return (y, s)


def largest_step__smallest(chain):
    "the smallest share"
    s = {y: 1 - b / a for y, a, b, k in _falls(chain) if k}
    y = min(s, key=s.get)
    return (y, s[y])


def largest_step__from_the_first(chain):
    "first"
    e0 = float(chain[0]["error"])
    s = {y: 1 - b / e0 for y, a, b, k in _falls(chain) if k}
    y = max(s, key=s.get)
    return (y, s[y])


def largest_step__points_of_the_right_year(chain):
    "points"
    s = {y: 1 - b / a for y, a, b, k in _falls(chain) if k}
    y = max(s, key=s.get)
    d = {q: (a, b) for q, a, b, k in _falls(chain)}[y]
    return (y, d[0] - d[1])


def largest_step__negative(chain):
    "sign"
    s = {y: 1 - b / a for y, a, b, k in _falls(chain) if k}
    y = max(s, key=s.get)
    return (y, -s[y])


def largest_step__swapped(chain):
    "order"
    s = {y: 1 - b / a for y, a, b, k in _falls(chain) if k}
    y = max(s, key=s.get)
    return (s[y], y)


def _half_width(p, n):
    q = p / 100
    return 196 * np.sqrt(q * (1 - q) / n)


def undecided__whole_width(percent, count, figures):
    "width"
    return [k for k, v in figures.items() if abs(v - percent) <= 2 * _half_width(percent, count)]


def undecided__percent_in_root_raw(percent, count, figures):
    "share"
    h = 1.96 * math.sqrt(percent * (1 - percent) / count)
    return [k for k, v in figures.items() if abs(v - percent) <= h]


def undecided__nan_percent(percent, count, figures):
    "share"
    h = 1.96 * np.sqrt(percent * (1 - percent) / count)
    return [k for k, v in figures.items() if abs(v - percent) <= h]


def undecided__own_interval(percent, count, figures):
    "overlap"
    return [
        k
        for k, v in figures.items()
        if abs(v - percent) <= _half_width(percent, count) + _half_width(v, count)
    ]


def undecided__1645(percent, count, figures):
    "1.96"
    return [
        k
        for k, v in figures.items()
        if abs(v - percent) <= _half_width(percent, count) * 1.645 / 1.96
    ]


def undecided__258(percent, count, figures):
    "1.96"
    return [
        k
        for k, v in figures.items()
        if abs(v - percent) <= _half_width(percent, count) * 2.576 / 1.96
    ]


def undecided__fixed_1500(percent, count, figures):
    "1,500"
    return [k for k, v in figures.items() if abs(v - percent) <= _half_width(percent, 1500)]


def undecided__without_complement(percent, count, figures):
    "1 - p"
    return [
        k for k, v in figures.items() if abs(v - percent) <= 196 * np.sqrt(percent / 100 / count)
    ]


def undecided__no_equal(percent, count, figures):
    "in the very middle"
    return [k for k, v in figures.items() if 0 < abs(v - percent) <= _half_width(percent, count)]


def undecided__lower(percent, count, figures):
    "both sides"
    return [k for k, v in figures.items() if percent - _half_width(percent, count) <= v <= percent]


def unbeaten__accuracy_only(networks):
    "accuracy alone"
    m = max((a for _, a in networks.values()))
    return [k for k, (p, a) in networks.items() if a == m]


def unbeaten__smallest(networks):
    "size alone"
    m = min((p for p, _ in networks.values()))
    return [k for k, (p, a) in networks.items() if p == m]


def unbeaten__size_reversed(networks):
    "parameters"
    return [
        k
        for k, (p, a) in networks.items()
        if not any((q >= p and b >= a and ((q, b) != (p, a)) for q, b in networks.values()))
    ]


def unbeaten__or(networks):
    "one of the two is not enough"
    return [
        k
        for k, (p, a) in networks.items()
        if not any((q < p or b > a for q, b in networks.values()))
    ]


def unbeaten__one_of_twins(networks):
    "equal"
    seen = {}
    for k, v in networks.items():
        seen.setdefault(v, k)
    return [
        k
        for v, k in seen.items()
        if not any(w[0] <= v[0] and w[1] >= v[1] and (w != v) for w in seen)
    ]


def _mean_of(needed, factor, s):
    return np.mean([needed(factor, x) for x in s])


def _least(needed, factors, s):
    return min(factors, key=lambda factor: _mean_of(needed, factor, s))


def shrunk_start__largest(needed, factors, tuning, fresh, t):
    "smallest mean"
    factor = max(factors, key=lambda factor: _mean_of(needed, factor, tuning))
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__all_seeds(needed, factors, tuning, fresh, t):
    "fresh"
    factor = _least(needed, factors, [*tuning, *fresh])
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__judged_on_tuning(needed, factors, tuning, fresh, t):
    "tuning"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in tuning])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__judged_on_both(needed, factors, tuning, fresh, t):
    "tuning"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in [*tuning, *fresh]])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__against_unshrunk(needed, factors, tuning, fresh, t):
    "random"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(1.0, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__196(needed, factors, tuning, fresh, t):
    "1.96"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), 1.96 * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__no_t(needed, factors, tuning, fresh, t):
    "t"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__by_n(needed, factors, tuning, fresh, t):
    "root"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / len(gaps))


def shrunk_start__whole(needed, factors, tuning, fresh, t):
    "whole"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), 2 * t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__best_single(needed, factors, tuning, fresh, t):
    "single"
    factor = min(factors, key=lambda factor: min(needed(factor, s) for s in tuning))
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__index(needed, factors, tuning, fresh, t):
    "number"
    factor = int(np.argmin([_mean_of(needed, factor, tuning) for factor in factors]))
    gaps = np.array([needed(factors[factor], s) - needed(None, s) for s in fresh])
    return (factor, gaps.mean(), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))


def shrunk_start__median(needed, factors, tuning, fresh, t):
    "median of the differences"
    factor = _least(needed, factors, tuning)
    gaps = np.array([needed(factor, s) - needed(None, s) for s in fresh])
    return (factor, np.median(gaps), t * gaps.std(ddof=1) / np.sqrt(len(gaps)))
