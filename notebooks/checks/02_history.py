"""Checks of the exercises of lesson 02. Each gets the function of its name that the learner wrote,
and returns the sentences to tell the learner, or None where the answer is right."""

import itertools

import numpy as np

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
        for year, error in article.items():
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
        words = ", ".join(f"{row['year']}: {row['error']} ({row['split']})" for row in chain)
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


def undecided(answer):
    cases = [
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
        found = answer(percent, count, dict(figures))
        if complaint := _no_names(found, figures):
            return complaint
        found, half = set(found), _half(percent, count)
        right = {name for name, figure in figures.items() if abs(figure - percent) <= half}
        if found == right:
            continue
        case = f"{percent} % of {count:,} pictures, figures {figures}: you return {sorted(found)}."
        explained = {
            1e9: (
                f"{case} Your interval holds everything: it looks like the spread of one picture."
                " Divide by the root of the number of pictures."
            ),
            half / 100: (
                f"{case} Your interval is far too narrow. Divide by the root of the number of"
                " pictures, not by the number itself; and do not compare shares with per cent."
            ),
            half / 1.96: (
                f"{case} Your interval is about half as wide as it should be. Did you forget the"
                " factor 1.96?"
            ),
        }
        for width, words in explained.items():
            if found == {
                name for name, figure in figures.items() if abs(figure - percent) <= width
            }:
                return words
        if found == set(figures) - right:
            return (
                f"{case} These are the ones outside {percent - half:.1f} to {percent + half:.1f}."
                " Return those inside."
            )
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


def shrunk_start(answer):
    for number, (best, lucky) in enumerate(((0.3, 0.1), (0.5, 1.0))):
        random = np.random.default_rng(number)
        factors, tuning, fresh, t = (
            (1.0, 0.5, 0.3, 0.1),
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
                gain = 8 * ((factor == best) if seed in tuning else 2 * (factor == lucky))
                table[factor, seed] = 30 + hard[seed] - gain + random.normal(0, 3)

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
