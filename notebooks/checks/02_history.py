"""Checks of the exercises of lesson 02. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import itertools

import numpy as np

from tlcourse.course.exercises import Stopped

# ---------------------------------------------------------------- comparable


def _entries():
    from tlcourse import facts

    return [row for row in facts.table("history") if row["kind"] == "contest"]


def _reasons(a, b):
    """Why two entries may not be compared: sentences, none where they may."""
    found = []
    for question in ("data", "models"):
        if "not stated" in (a[question], b[question]):
            found.append(
                f"the column {question} of one of them says 'not stated', and nobody can say"
                " whether what is not known agrees"
            )
    if a["data"] != b["data"]:
        found.append(
            f"one learned from '{a['data']}' data, the other learned from '{b['data']}' data"
        )
    elif a["split"] != b["split"]:
        found.append(
            f"one was measured on '{a['split']}' pictures, the other on '{b['split']}' pictures"
        )
    elif not found and (a["models"] == "one network") != (b["models"] == "one network"):
        found.append(f"one is '{a['models']}', the other '{b['models']}'")
    return found


def _asks_the_year(answer):
    pairs = [
        (a["year"] == b["year"], bool(answer(dict(a), dict(b))))
        for a, b in itertools.permutations(_entries(), 2)
        if not _reasons(a, b)
    ]
    return any(said for same, said in pairs if same) and not any(
        said for same, said in pairs if not same
    )


def comparable(answer):
    unknown = [
        {
            "label": f"an entry of {who}",
            "data": "not stated",
            "models": "one network",
            "split": "test",
        }
        for who in ("one team", "another team")
    ]
    for a, b in itertools.permutations([*_entries(), *unknown], 2):
        found, reasons = answer(dict(a), dict(b)), _reasons(a, b)
        pair = f"'{a['label']}' and '{b['label']}'"
        if not isinstance(found, (bool, np.bool_)):
            return f"For {pair} your function returned {found!r}. Return True or False."
        if found and reasons:
            return f"You say True for {pair}, but {reasons[0]}. All three questions must agree."
        if not found and not reasons and a.get("year") != b.get("year") and _asks_the_year(answer):
            return (
                f"You say False for {pair}. Do you ask for the same year? It is none of the three"
                " questions: the pictures of two years may be the same, the column split tells."
            )
        if not found and not reasons and a["models"] != b["models"]:
            return (
                f"You say False for {pair}. But '{a['models']}' and '{b['models']}': both are"
                " several. Ask only: one network, or more?"
            )
        if not found and not reasons:
            return (
                f"You say False for {pair}, and all three columns agree: '{a['data']}',"
                f" '{a['models']}', '{a['split']}'."
            )


# ---------------------------------------------------------------- broken_links


def broken_links(answer):
    entries = _entries()
    own = {int(row["year"]): row for row in entries if row["chain"]}
    articles = [
        ({2010: 28.2, 2012: 16.4, 2013: 11.7, 2014: 6.7, 2015: 3.6, 2016: 2.99, 2017: 2.3}, {}),
        ({2012: 15.3, 2013: 11.7, 2014: 6.67, 2017: 2.25}, {2012: "AlexNet, extra data"}),
        (
            {2013: 11.2, 2014: 6.8, 2015: 3.5},
            {
                2013: "Clarifai, extra data",
                2014: "VGG, after the contest",
                2015: "Inception v3, four networks",
            },
        ),
        ({2014: 5.9, 2015: 4.5, 2016: 3.0}, {2014: None, 2015: "ResNet-152 alone"}),
        ({2015: 6.7, 2017: 2.99}, {2015: None, 2017: None}),  # figures of other years
    ]
    for article, right in articles:
        found = answer(dict(article), [dict(row) for row in entries])
        if not isinstance(found, dict):
            return (
                f"Your function returned {found!r:.200}. Return a dict: year -> label of the entry"
                " that was printed instead."
            )
        if strange := [year for year in found if isinstance(year, str) or year not in article]:
            return (
                f"Your dict has {strange[0]!r} as a key. Each key is a year as a whole number, and"
                " one that the article has."
            )
        if set(found) == set(article) != set(right) and set(found.values()) == {None}:
            return (
                "You find no entry for any year of the article. The values of the rows are text:"
                ' compare int(row["year"]) with the year, and float(row["error"]) with the figure.'
            )
        for year, error in article.items():
            others = [row for row in entries if abs(float(row["error"]) - error) <= 0.05]
            if year in right and found.get(year, "nothing") in ("nothing", *_labels(others)):
                if right[year] is None and others:
                    return (
                        f"{year}: the article prints {error} %. That is the figure of"
                        f" '{others[0]['label']}', but of {others[0]['year']}: look among the"
                        " entries of the same year only."
                    )
                near = {
                    y
                    for y in right
                    if abs(float(own[y]["error"]) - article[y]) <= 0.05 * article[y]
                }
                if year in near and not near & set(found):
                    return (
                        f"{year}: the article prints {error} %, and the winner's figure is"
                        f" {own[year]['error']} %. You find that near enough: the 0.05 is a"
                        " difference in per cent points, not a part of the figure (5 %)."
                    )
            if year in found and year not in right:
                figure = (
                    f"{year}: the article prints {error} %, and {own[year]['error']} % is the"
                    " winner's own figure"
                )
                if found[year] == own[year]["label"] or float(own[year]["error"]) == error:
                    return (
                        f"{figure}: nothing is broken. The winner's row is the one where the column"
                        " chain is filled, not the first of its year."
                    )
                return f"{figure}, only rounded. Allow a difference of 0.05."
            if year in right and year not in found:
                return (
                    f"{year}: the article prints {error} %, and the winner's figure is"
                    f" {own[year]['error']} %. It is {_printed(right[year], year)}; you found"
                    " nothing."
                )
            if year in right and found[year] != right[year]:
                if found[year] == own[year]["label"]:
                    return (
                        f"{year}: '{found[year]}' is whom the article should have printed. Return"
                        f" what it printed instead: {_printed(right[year], year)}."
                    )
                return (
                    f"{year}: the article prints {error} %. It is {_printed(right[year], year)};"
                    f" you say {found[year]!r}."
                )


def _labels(rows):
    return [row["label"] for row in rows]


def _printed(label, year):
    return f"no entry of {year}, so the label is None" if label is None else f"'{label}'"


# ---------------------------------------------------------------- largest_step


def _chain(*steps):
    return [
        {"year": str(year), "label": f"the winner of {year}", "error": str(error), "split": split}
        for year, error, split in steps
    ]


def largest_step(answer):
    chains = [
        [row for row in _entries() if row["chain"]],
        _chain((1990, 40.0, "old"), (1991, 10.0, "new"), (1992, 6.0, "new"), (1993, 5.0, "new")),
        _chain(
            (2001, 50.0, "test"),
            (2002, 35.0, "test"),
            (2003, 30.0, "test"),
            (2004, 2.0, "other"),
            (2005, 0.5, "other"),
        ),
        _chain(
            (2030, 8.0, "test"),
            (2031, 4.0, "test"),
            (2032, 3.5, "second test"),
            (2033, 3.4, "second test"),
        ),
    ]
    for chain in chains:
        found = answer([dict(row) for row in chain])
        if not isinstance(found, (tuple, list)) or len(found) != 2:
            return (
                f"Your function returned {found!r:.200}. Return two values: the year, and the share"
                " of the errors that it removed."
            )
        try:
            year, share = int(found[0]), float(found[1])
        except (TypeError, ValueError):
            return (
                f"Your function returned {found!r:.200}. Return two values: the year as a whole"
                " number, and the share as a number."
            )
        rows = {
            int(b["year"]): (float(a["error"]), float(b["error"]), a["split"] == b["split"])
            for a, b in itertools.pairwise(chain)
        }
        shares = {y: 1 - after / before for y, (before, after, same) in rows.items() if same}
        best = max(shares, key=shares.get)
        _, start = min(
            (abs(int(a["year"]) - best), int(a["year"]))
            for a in chain[:-1]
            if int(a["year"]) < best
        )
        words = ", ".join(f"{row['year']}: {row['error']} ({row['split']})" for row in chain)
        if year in (0, 1) and round(share) in rows:
            return "You return the share first. The other order was asked for: (year, share)."
        if year == start and np.isclose(share, shares[best], atol=1e-3):
            return (
                f"In the chain {words} you name {year}. There the step begins: name the year in"
                f" which it ends, {best}."
            )
        first = float(chain[0]["error"])
        since = {y: 1 - after / first for y, (_, after, same) in rows.items() if same}
        parts = {y: (b - a) / first for y, (b, a, same) in rows.items() if same}
        if year in since and not np.isclose(share, shares[year], atol=1e-3):
            if np.isclose(share, since[year]) or np.isclose(share, parts[year]):
                return (
                    f"In the chain {words} you say {year}, {share:.3f}. You divide by the error of"
                    f" the first year, {first:g}. The share divides by that of the year before."
                )
        if year not in rows:
            return (
                f"In the chain {words} you name {year}. That year has no year before it in the"
                " chain: name the year in which a step ends."
            )
        before, after, same = rows[year]
        if not same:
            return (
                f"In the chain {words} you name {year}. But the error of the year before was"
                " measured on other pictures, so that step does not count."
            )
        if year != best and before - after == max(b - a for b, a, same in rows.values() if same):
            return (
                f"In the chain {words} you name {year}. It has the largest fall in points,"
                f" {before:g} - {after:g}. The share divides the fall by the error before it."
            )
        if year != best and year == min(shares, key=shares.get):
            return (
                f"In the chain {words} you name {year}, and {shares[year]:.1%} is the smallest"
                f" share. {best} has the largest: 1 - after / before is what was removed."
            )
        if year != best:
            return (
                f"In the chain {words} you name {year}, which removed {shares[year]:.1%} of the"
                f" errors. {best} removed more: compare all steps."
            )
        if np.isclose(share, 100 * shares[best], atol=0.5) and not np.isclose(share, shares[best]):
            return (
                f"{year} is right. The share is a number between 0 and 1; {share:.4g} looks like"
                " per cent."
            )
        if np.isclose(share, after / before, atol=1e-3) and not np.isclose(
            share, shares[best], atol=1e-3
        ):
            return (
                f"{year} is right. {share:.3f} is the share of the errors that is left. Return the"
                " share that was removed."
            )
        if np.isclose(share, before / after - 1, atol=1e-3) and not np.isclose(
            share, shares[best], atol=1e-3
        ):
            return (
                f"{year} is right. But from {before:g} to {after:g} is no share of {share:.3f}:"
                " divide by the error of the year before, not by the new one."
            )
        if np.isclose(share, -shares[best], atol=1e-3):
            return f"{year} is right. The sign is not: what was removed is a share above zero."
        if np.isclose(share, before - after, atol=1e-3) and share != shares[best]:
            return (
                f"{year} is right. {share:.4g} is the fall in points; divide it by the error"
                f" before, {before:g}."
            )
        if not np.isclose(share, shares[best], atol=1e-3):
            return (
                f"{year} is right. The share is not {share:.3f}: from {before:g} to {after:g}, how"
                " many of the errors before are gone?"
            )


# ---------------------------------------------------------------- undecided


def _no_names(found, known):
    """What is wrong with a list of names, or None."""
    if (
        not isinstance(found, (list, tuple, set, frozenset, np.ndarray))
        or isinstance(found, np.ndarray)
        and found.ndim != 1
    ):
        return f"Your function returned {found!r:.200}. Return a list of names."
    if strange := [name for name in found if not isinstance(name, str) or name not in known]:
        return (
            f"You return {strange[0]!r}, and that is none of the names {', '.join(known)}. Return"
            " keys of the dict."
        )


def _half(percent, count):
    p = percent / 100
    return 100 * 1.96 * np.sqrt(p * (1 - p) / count)


def _ladder(middle):
    """Figures all around a rate, in steps of 0.1, and the rate itself."""
    steps = np.arange(-middle + 0.05, middle, 0.1)
    return {f"{middle + step:.2f} %": float(middle + step) for step in steps} | {"equal": middle}


def _widths(percent, count):
    """Half the interval as usual mistakes have it, and what to say."""
    half, share = _half(percent, count), percent / 100
    return [
        (
            half / 1.96 * np.sqrt(count),
            "Your interval looks like the spread of one picture. Divide by the root of the number"
            " of pictures.",
        ),
        (
            half * np.sqrt(count),
            "Your interval looks like the spread of one picture. Divide by the root of the number"
            " of pictures.",
        ),
        (
            half / np.sqrt(count),
            "Your interval is far too narrow. Divide by the root of the number of pictures, not by"
            " the number itself.",
        ),
        (
            half / 100,
            "Your interval is far too narrow: do not compare shares with per cent. The formula"
            " gives a share.",
        ),
        (
            1.96 * np.sqrt(abs(percent * (1 - percent)) / count),
            "In the formula p is the error as a share, 0.051, not in per cent.",
        ),
        (half / 1.96, "Did you forget the factor 1.96?"),
        (2 * half, "That is the whole width to each side. Half of it reaches to each side."),
        (half / 2, "That is a half of the half. The formula gives half of the width already."),
        (half * 1.645 / 1.96, "The factor for 95 %, cut off at both ends, is 1.96, not 1.645."),
        (half * 2.576 / 1.96, "The factor for 95 % is 1.96; 2.576 belongs to 99 %."),
        (_half(percent, 1500), "n is not always 1,500: it is `count`."),
        (196 * np.sqrt(share / count), "Under the root stands p (1 - p): 1 - p is missing."),
    ]


def _near(figures, percent, width):
    return {name for name, figure in figures.items() if abs(figure - percent) <= width}


def _why_undecided(found, percent, count, figures):
    """The mistake that gives these names, or None."""
    half = _half(percent, count)
    right = _near(figures, percent, half)
    for width, words in _widths(percent, count):
        if found == _near(figures, percent, width):
            return words
    if found == set(figures) - right:
        return (
            f"These are the ones outside {percent - half:.1f} to {percent + half:.1f}. Return those"
            " inside."
        )
    overlapping = {
        name
        for name, figure in figures.items()
        if abs(figure - percent) <= half + _half(figure, count)
    }
    if found == overlapping:
        return (
            "You give each figure an interval of its own and ask whether the two overlap. Asked is"
            " whether the figure itself lies inside the person's interval."
        )
    if found == right - {"equal"}:
        return "A figure that is equal to the rate lies inside, in the very middle."
    if found and found < right:
        for side, whose in ((1, "below"), (-1, "above")):
            if all(side * (figures[name] - percent) >= 0 for name in found) and len(found) > 1:
                return (
                    f"The interval reaches as far on both sides: you leave out those {whose}"
                    f" {percent} %."
                )
    return None


def undecided(answer):
    cases = [
        (20.0, 100, _ladder(20.0)),
        (
            5.1,
            1500,
            {
                "GoogLeNet": 6.67,
                "PReLU-net": 4.94,
                "ResNet": 3.57,
                "SENet": 2.251,
                "just above": 5.9,
            },
        ),
        (12.0, 258, {"near": 9.0, "far": 7.5, "above": 15.2, "far above": 17.0, "equal": 12.0}),
        (5.1, 100_000, {"GoogLeNet": 6.67, "PReLU-net": 4.94, "beside it": 5.05, "above": 5.2}),
        (30.0, 50, {"low": 18.5, "middle": 38.0, "high": 42.0, "too high": 45.0, "too low": 14.0}),
    ]
    for percent, count, figures in cases:
        try:
            found = answer(percent, count, dict(figures))
        except Stopped as stopped:
            if not isinstance(stopped.error, ValueError):
                raise
            return (
                f"For {percent} % your function stops: {stopped.error}. Is a root taken of a number"
                " below zero? In the formula p is the error as a share, 0.051, not in per cent."
            )
        if complaint := _no_names(found, figures):
            return complaint
        found, half = set(found), _half(percent, count)
        right = _near(figures, percent, half)
        if found == right:
            continue
        if not found:
            return (
                f"{percent} % of {count:,} pictures: you find nothing inside, not even a figure"
                " close to the rate. Is half of your interval a number? In the formula p is the"
                " error as a share, 0.051, not in per cent."
            )
        few = len(figures) < 10
        shown = f"{figures}: you return {sorted(found)}" if few else "every 0.1 %"
        case = f"{percent} % of {count:,} pictures, figures {shown}."
        if words := _why_undecided(found, percent, count, figures):
            return f"{case} {words}"
        interval = (
            f"The interval goes from {percent - half:.2f} to {percent + half:.2f}, on both sides of"
            f" {percent} %"
        )
        if missing := sorted(right - found):
            return f"{case} {interval}, and {missing[0]} lies inside."
        return f"{case} {interval}, and {sorted(found - right)[0]} does not lie inside."


# ---------------------------------------------------------------- unbeaten


def _beats(a, b):
    return a[0] <= b[0] and a[1] >= b[1] and a != b


def _beaten(networks, name, rule):
    return any(rule(other, networks[name]) for other in networks.values())


_RULES = [
    (
        lambda a, b: a[0] >= b[0] and a[1] >= b[1] and a != b,
        "You let the larger one beat the smaller: fewer parameters are better, not more.",
    ),
    (
        lambda a, b: a[0] < b[0] or a[1] > b[1],
        "To be better in one of the two is not enough: A must also be no worse in the other.",
    ),
    (lambda a, b: a[1] > b[1], "You compare the accuracy alone; the size counts as well."),
    (lambda a, b: a[0] < b[0], "You compare the size alone; the accuracy counts as well."),
]


def unbeaten(answer):
    from tlcourse import facts

    random = np.random.default_rng(2)
    cases = [
        {"A": (5, 70.0), "B": (9, 80.0), "C": (9, 78.0), "D": (20, 80.0), "E": (30, 79.0)},
        {"first": (5, 70.0), "twin": (5, 70.0), "large": (8, 69.0), "best": (50, 90.0)},
        {"alone": (7, 50.0)},
        {
            name: (int(row["parameters"]), float(row["top1"]))
            for name, row in facts.backbones().items()
        },
        {
            f"network {i}": (int(size), float(accuracy))
            for i, (size, accuracy) in enumerate(random.integers(1, 9, (12, 2)))
        },
    ]
    for networks in cases:
        found = answer(dict(networks))
        if complaint := _no_names(found, networks):
            return complaint
        found = set(found)
        twins = len(set(networks.values())) < len(networks)
        if not twins and found != {
            name for name in networks if not _beaten(networks, name, _beats)
        }:
            for rule, words in _RULES:
                if found == {name for name in networks if not _beaten(networks, name, rule)}:
                    return f"Of {networks} you keep {sorted(found)}. {words}"
        for name, figures in networks.items():
            beaten_by = [other for other, theirs in networks.items() if _beats(theirs, figures)]
            twins = [
                other for other, theirs in networks.items() if theirs == figures and other != name
            ]
            shown = f"{name} {figures}"
            if name in found and beaten_by:
                other = beaten_by[0]
                because = {
                    (True, False): f"is as large, and less accurate than {other} {networks[other]}",
                    (False, True): f"is as accurate, and larger than {other} {networks[other]}",
                }.get(
                    (networks[other][0] == figures[0], networks[other][1] == figures[1]),
                    "is larger and less accurate",
                )
                return f"You keep {shown}. It is beaten by {other} {networks[other]}: it {because}."
            if name not in found and not beaten_by and twins:
                return (
                    f"You drop {shown}. {twins[0]} is equal in both, and equal is not better:"
                    " neither beats the other, so both stay."
                )
            if name not in found and not beaten_by:
                return (
                    f"You drop {shown}, but nobody beats it: no other network is at most as large"
                    " and at least as accurate."
                )


# ---------------------------------------------------------------- shrunk_start


def _gap(table, factor, other, seeds):
    return np.mean([table[factor, seed] - table[other, seed] for seed in seeds])


def shrunk_start(answer):
    for number, (best, lucky, worst) in enumerate(((0.3, 0.5, 1.0), (0.5, 1.0, 0.3))):
        random = np.random.default_rng(number)
        factors, tuning, fresh, t = (
            (1.0, 0.7, 0.5, 0.3, 0.1),
            range(50, 58),
            range(10 * number, 10 * number + 9),
            2.306,
        )
        hard = {
            seed: random.uniform(0, 40) for seed in (*tuning, *fresh)
        }  # some seeds are hard for every start
        table = {(None, seed): 20 + hard[seed] + random.normal(0, 3) for seed in hard}
        for factor in factors:
            for seed in hard:
                tuned = (factor == best) - (factor == worst)
                gain = 8 * (tuned if seed in tuning else 2 * (factor == lucky))
                table[factor, seed] = 30 + hard[seed] - gain + random.normal(0, 3)

        one, other = tuning[:2]  # a single lucky seed for 0.7, and its mean as it was
        table[0.7, other] += table[0.7, one] - 1
        table[0.7, one] = 1.0

        def needed(factor, seed, table=table, factors=factors):
            if factor is not None and factor not in factors:
                raise ValueError(
                    f"needed was asked for the factor {factor!r}: use those in `factors`, or None"
                    " for the random start"
                )
            if (factor, seed) not in table:
                raise ValueError(
                    f"needed was asked for seed {seed!r}: use the seeds in `tuning` and `fresh`"
                )
            return table[factor, seed]

        found = answer(needed, factors, tuning, fresh, t)
        if not isinstance(found, (tuple, list)) or len(found) != 3:
            return (
                f"Your function returned {found!r:.200}. Return three values: the factor, the mean"
                " difference, half of its interval."
            )
        try:
            factor, mean, half = map(float, found)
        except (TypeError, ValueError):
            return (
                f"Your function returned {found!r:.200}. Return three numbers: the factor, the mean"
                " difference, half of its interval."
            )
        means = {one: np.mean([table[one, seed] for seed in tuning]) for one in factors}
        if factor not in factors:
            return (
                f"You return {factor:g}, which is none of the factors {list(factors)}. Return the"
                " factor itself, not its number in the list."
            )
        if factor == worst:
            return (
                f"You return the factor {factor:g}, with the largest mean. Take the smallest mean."
            )
        if factor == 0.7:
            return (
                f"You return the factor {factor:g}. It has the luckiest single seed. Take the mean"
                " over all tuning seeds first."
            )
        if factor == lucky:
            return (
                f"You return the factor {factor:g}. It looks as if it was chosen on the fresh"
                " seeds. Choose on the tuning seeds; the fresh ones are to judge."
            )
        if factor != best:
            return (
                f"You return the factor {factor:g}. On the tuning seeds it needs"
                f" {means.get(factor, np.nan):.1f} pictures, {best:g} needs {means[best]:.1f}. Take"
                " the smallest mean."
            )
        a, b = (np.array([table[one, seed] for seed in fresh]) for one in (factor, None))
        gap, root = a - b, np.sqrt(len(fresh))
        if np.isclose(mean, -gap.mean(), atol=0.01):
            return (
                "The factor is right. The difference is the other way round: pictures with the"
                f" shrunk start minus pictures with the random one, not {mean:+.2f}."
            )
        both = (*tuning, *fresh)
        for value, words in (
            (_gap(table, factor, None, tuning), "You judge on the tuning seeds: they chose."),
            (_gap(table, factor, None, both), "The tuning seeds have no part in the judgement."),
            (
                _gap(table, factor, 1.0, fresh),
                "You compare with the factor 1. The random start is needed(None, seed).",
            ),
            (np.median(gap), "That is the median of the differences, not their mean."),
            (a.mean(), "That is the shrunk start alone. Subtract what the random start needs."),
        ):
            if np.isclose(mean, value, atol=1e-3) and not np.isclose(mean, gap.mean(), atol=0.01):
                return f"The factor is right. The mean difference is not {mean:+.2f}. {words}"
        if not np.isclose(mean, gap.mean(), atol=0.01):
            return (
                f"The factor is right. The mean difference over the fresh seeds is not {mean:+.2f}."
                " Shrunk minus random, the fresh seeds for both."
            )
        for value, words in (
            (
                t * np.sqrt(a.var(ddof=1) + b.var(ddof=1)) / root,
                "Take the difference seed by seed: what makes a seed hard is then gone.",
            ),
            (
                t * gap.std(ddof=1),
                "That is the spread of single seeds. Divide by the root of their number.",
            ),
            (gap.std(ddof=1) / root, "The factor t is missing."),
            (
                1.96 * gap.std(ddof=1) / root,
                "1.96 belongs to many seeds: take the t you are given.",
            ),
            (t * gap.std(ddof=1) / root**2, "Divide by the root of their number, not by it."),
            (2 * t * gap.std(ddof=1) / root, "That is the whole width."),
            (
                t * gap.std() / root,
                (
                    "It is a little too small: ddof=1 belongs to a spread that was estimated from a"
                    " few seeds."
                ),
            ),
        ):
            if np.isclose(half, value, atol=0.01):
                return (
                    "The factor and the difference are right. Half of the interval is not"
                    f" {half:.2f}. {words}"
                )
        if not np.isclose(half, t * gap.std(ddof=1) / root, atol=0.01):
            return (
                f"The factor and the difference are right. Half of the interval is not {half:.2f}:"
                " t, times the spread of the differences, divided by the root of their number."
            )
