"""Other right answers to the exercises of lesson 02."""

import math
import statistics

import numpy as np

# ---------------------------------------------------------------- comparable


def comparable__question_by_question(first, second):
    for question in ("data", "models", "split"):
        if first[question] == "not stated" or second[question] == "not stated":
            return False
    if first["data"] != second["data"] or first["split"] != second["split"]:
        return False
    return [first["models"], second["models"]].count("one network") in (0, 2)


def comparable__with_keys(first, second):
    def key(entry):
        return entry["data"], entry["models"] == "one network", entry["split"]

    known = all("not stated" not in (e["data"], e["models"]) for e in (first, second))
    return known and key(first) == key(second)


def comparable__as_numpys_truth(first, second):
    table = np.array([[e["data"], e["split"]] for e in (first, second)])
    single = np.array([e["models"] == "one network" for e in (first, second)])
    unknown = any("not stated" in e.values() for e in (first, second))
    return np.bool_((table[0] == table[1]).all() and single[0] == single[1] and not unknown)


# ---------------------------------------------------------------- broken_links


def broken_links__winner_first(article, entries):
    winners = {int(row["year"]): float(row["error"]) for row in entries if row["chain"]}
    broken = {}
    for year, printed in article.items():
        if abs(winners[year] - printed) > 0.05:
            broken[year] = None
            for row in entries:
                if int(row["year"]) == year and abs(float(row["error"]) - printed) <= 0.05:
                    broken[year] = row["label"]
                    break
    return broken


def broken_links__with_next(article, entries):
    def fits(row, year):
        return int(row["year"]) == year and abs(float(row["error"]) - article[year]) <= 0.05

    return {
        year: next((row["label"] for row in entries if fits(row, year)), None)
        for year in article
        if not any(fits(row, year) and row["chain"] for row in entries)
    }


def broken_links__by_years(article, entries):
    by_year = {}
    for row in entries:
        by_year.setdefault(int(row["year"]), []).append(row)
    found = {}
    for year in sorted(article):
        near = [r for r in by_year.get(year, []) if abs(float(r["error"]) - article[year]) <= 0.05]
        if not [r for r in near if r["chain"]]:
            found[year] = near[0]["label"] if near else None
    return found


# ---------------------------------------------------------------- largest_step


def largest_step__in_a_loop(chain):
    best, share = None, -1.0
    for i in range(1, len(chain)):
        if chain[i]["split"] != chain[i - 1]["split"]:
            continue
        before, after = float(chain[i - 1]["error"]), float(chain[i]["error"])
        if (before - after) / before > share:
            best, share = int(chain[i]["year"]), (before - after) / before
    return best, share


def largest_step__with_max(chain):
    steps = [
        (1 - float(b["error"]) / float(a["error"]), int(b["year"]))
        for a, b in zip(chain[:-1], chain[1:], strict=True)
        if a["split"] == b["split"]
    ]
    share, year = max(steps)
    return year, share


def largest_step__with_numpy(chain):
    errors = np.array([float(row["error"]) for row in chain])
    splits = np.array([row["split"] for row in chain])
    shares = np.where(splits[1:] == splits[:-1], 1 - errors[1:] / errors[:-1], -np.inf)
    best = int(shares.argmax())
    return [int(chain[best + 1]["year"]), shares[best]]


# ---------------------------------------------------------------- undecided


def undecided__in_shares(percent, count, figures):
    p = percent / 100
    half = 1.96 * math.sqrt(p * (1 - p) / count)
    return [name for name, figure in figures.items() if abs(figure / 100 - p) <= half]


def undecided__in_per_cent(percent, count, figures):
    half = 1.96 * (percent * (100 - percent) / count) ** 0.5
    low, high = percent - half, percent + half
    return {name for name in figures if low <= figures[name] <= high}


def undecided__with_the_normal_distribution(percent, count, figures):
    factor = statistics.NormalDist().inv_cdf(0.975)
    half = factor * math.sqrt(percent * (100 - percent) / count)
    return sorted(name for name, figure in figures.items() if -half <= figure - percent <= half)


# ---------------------------------------------------------------- unbeaten


def unbeaten__in_two_loops(networks):
    left = []
    for name, (size, accuracy) in networks.items():
        beaten = False
        for other_size, other_accuracy in networks.values():
            no_worse = other_size <= size and other_accuracy >= accuracy
            better = other_size < size or other_accuracy > accuracy
            beaten = beaten or (no_worse and better)
        if not beaten:
            left.append(name)
    return left


def unbeaten__as_a_set(networks):
    def beats(a, b):
        return (a[0] < b[0] and a[1] >= b[1]) or (a[0] <= b[0] and a[1] > b[1])

    return {n for n in networks if not any(beats(o, networks[n]) for o in networks.values())}


def unbeaten__with_numpy(networks):
    names = list(networks)
    size, accuracy = np.array([networks[name] for name in names], float).T
    no_worse = (size[:, None] <= size) & (accuracy[:, None] >= accuracy)
    equal = (size[:, None] == size) & (accuracy[:, None] == accuracy)
    return [names[i] for i in np.flatnonzero(~(no_worse & ~equal).any(axis=0))]


# ---------------------------------------------------------------- shrunk_start


def shrunk_start__with_statistics(needed, factors, tuning, fresh, t):
    best = min(factors, key=lambda one: statistics.mean(needed(one, seed) for seed in tuning))
    gaps = [needed(best, seed) - needed(None, seed) for seed in fresh]
    return best, statistics.mean(gaps), t * statistics.stdev(gaps) / math.sqrt(len(gaps))


def shrunk_start__with_arrays(needed, factors, tuning, fresh, t):
    table = np.array([[needed(factor, seed) for seed in tuning] for factor in factors])
    factor = factors[int(table.mean(axis=1).argmin())]
    ours, theirs = (np.array([needed(one, s) for s in fresh]) for one in (factor, None))
    gaps = ours - theirs
    return factor, float(gaps.mean()), float(t * np.sqrt(gaps.var(ddof=1) / len(gaps)))


def shrunk_start__by_the_sum(needed, factors, tuning, fresh, t):
    sums = {factor: sum(needed(factor, seed) for seed in tuning) for factor in factors}
    factor = sorted(sums, key=sums.get)[0]
    gaps = np.subtract([needed(factor, s) for s in fresh], [needed(None, s) for s in fresh])
    return [factor, np.mean(gaps), t * np.std(gaps, ddof=1) / len(gaps) ** 0.5]


def comparable__tuples(first, second):
    def f(r):
        return tuple(
            r[k] if k != "models" else r[k] == "one network" for k in ("data", "models", "split")
        )

    return f(first) == f(second) and (
        not any(r[k] == "not stated" for r in (first, second) for k in ("data", "models"))
    )


def broken_links__isclose(article, entries):
    out = {}
    for y in sorted(article):
        win = [r for r in entries if r["year"] == str(y) and r["chain"]][0]
        if not math.isclose(float(win["error"]), article[y], abs_tol=0.05 + 1e-09, rel_tol=0):
            out[np.int64(y)] = next(
                (
                    str(r["label"])
                    for r in entries
                    if r["year"] == str(y) and abs(float(r["error"]) - article[y]) < 0.051
                ),
                None,
            )
    return out


def _falls(chain):
    return [
        (int(b["year"]), float(a["error"]), float(b["error"]), a["split"] == b["split"])
        for a, b in zip(chain, chain[1:], strict=False)
    ]


def largest_step__rounded(chain):
    s = {y: round((a - b) / a, 3) for y, a, b, k in _falls(chain) if k}
    y = max(s, key=s.get)
    return (str(y), np.float32(s[y]))


def _half_width(p, n):
    q = p / 100
    return 196 * np.sqrt(q * (1 - q) / n)


def undecided__np(percent, count, figures):
    v = np.array(list(figures.values()))
    return np.array(list(figures))[np.abs(v - percent) < _half_width(percent, count)]


def unbeaten__in_place(networks):
    for k in list(networks):
        if any(
            w[0] <= networks[k][0] and w[1] >= networks[k][1] and (w != networks[k])
            for w in networks.values()
        ):
            del networks[k]
    return list(networks)


def unbeaten__sorted(networks):
    out = []
    best = -1
    for k, (p, a) in sorted(networks.items(), key=lambda i: (i[1][0], -i[1][1])):
        if a > best or (out and networks[out[-1]] == (p, a)):
            out.append(k)
            best = max(best, a)
    return tuple(out)


def shrunk_start__scipy(needed, factors, tuning, fresh, t):
    from scipy import stats

    sc = np.array([[needed(factor, s) for s in tuning] for factor in factors])
    factor = factors[int(sc.mean(1).argmin())]
    gaps = [needed(factor, s) - needed(None, s) for s in fresh]
    return [factor, statistics.fmean(gaps), t * stats.sem(gaps)]
