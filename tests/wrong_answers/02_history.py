"""Plausible wrong answers to the exercises of lesson 02; the docstring of each is what the check's
message has to say."""

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
    "nobody beats it"
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
