"""Answers to `audit`."""

import math

import numpy as np
from scipy import stats


def right_with_the_package(run, arms, judge, budget):
    from lrcourse.statistics import paired_interval

    n = budget // 2
    if n < 8:
        raise ValueError(budget)
    favoured, other = (np.array([run(arm, seed) for seed in range(n)]) for arm in arms)
    whole = np.isfinite(favoured) & np.isfinite(other)
    left = int(whole.sum())
    report = {"seeds": list(range(n)), "lost": n - left, "effect": None, "interval": None}
    if left < 8:
        return {**report, "verdict": "undecided"}
    found = paired_interval(favoured[whole], other[whole])
    report["effect"], report["interval"] = found.estimate, [found.low, found.high]
    report["verdict"] = judge(found.low, found.high)
    return report


def right_plain_python(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) <= 7:
        raise ValueError("too few")
    gaps = []
    for seed in seeds:
        a = run(arms[0], seed)
        b = run(arms[1], seed)
        if math.isfinite(a) and math.isfinite(b):
            gaps.append(a - b)
    n = len(gaps)
    lost = len(seeds) - n
    if n < 8:
        return {
            "seeds": seeds,
            "lost": lost,
            "effect": None,
            "interval": None,
            "verdict": "undecided",
        }
    mean = sum(gaps) / n
    s = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (n - 1))
    half = stats.t.ppf(0.975, n - 1) * s / math.sqrt(n)
    low, high = mean - half, mean + half
    report = {"seeds": seeds, "lost": lost, "effect": mean, "interval": [low, high]}
    return report | {"verdict": judge(low, high)}


def _report(seeds, gaps, judge, factor=None):
    n = len(gaps)
    if n < 8:
        lost = len(seeds) - n
        return {
            "seeds": seeds,
            "lost": lost,
            "effect": None,
            "interval": None,
            "verdict": "undecided",
        }
    mean = float(np.mean(gaps))
    t = stats.t.ppf(0.975, n - 1) if factor is None else factor
    half = float(t * np.std(gaps, ddof=1) / math.sqrt(n))
    low, high = mean - half, mean + half
    verdict = judge(low, high)
    return {
        "seeds": seeds,
        "lost": len(seeds) - n,
        "effect": mean,
        "interval": [low, high],
        "verdict": verdict,
    }


def wrong_no_limit_on_seeds(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    gaps = [run(arms[0], seed) - run(arms[1], seed) for seed in seeds]
    return _report(seeds, [g for g in gaps if math.isfinite(g)], judge)


def wrong_other_seeds_for_each_arm(run, arms, judge, budget):
    n = budget // 2
    if n < 8:
        raise ValueError
    gaps = [run(arms[0], seed) - run(arms[1], n + seed) for seed in range(n)]
    return _report(list(range(n)), [g for g in gaps if math.isfinite(g)], judge)


def wrong_overspends(run, arms, judge, budget):
    if budget < 16:
        raise ValueError
    seeds = list(range(budget))
    gaps = [run(arms[0], seed) - run(arms[1], seed) for seed in seeds]
    return _report(seeds, [g for g in gaps if math.isfinite(g)], judge)


def wrong_other_minus_favoured(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    gaps = [run(arms[1], seed) - run(arms[0], seed) for seed in seeds]
    return _report(seeds, [g for g in gaps if math.isfinite(g)], judge)


def wrong_normal_interval(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    gaps = [run(arms[0], seed) - run(arms[1], seed) for seed in seeds]
    return _report(seeds, [g for g in gaps if math.isfinite(g)], judge, factor=1.96)


def wrong_lost_runs_score_zero(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    scores = np.array([[run(arm, seed) for arm in arms] for seed in seeds])
    scores[~np.isfinite(scores)] = 0
    return _report(seeds, scores[:, 0] - scores[:, 1], judge)


def wrong_looks_again_and_again(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    gaps = []
    for done, seed in enumerate(seeds, start=1):
        gap = run(arms[0], seed) - run(arms[1], seed)
        if math.isfinite(gap):
            gaps.append(gap)
        if len(gaps) >= 8:
            report = _report(seeds[:done], gaps, judge)
            if report["verdict"] != "undecided":
                return report
    return _report(seeds, gaps, judge)


def wrong_unpaired(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    scores = np.array([[run(arm, seed) for arm in arms] for seed in seeds])
    a, b = (column[np.isfinite(column)] for column in scores.T)
    half = 1.96 * math.sqrt(a.var(ddof=1) / len(a) + b.var(ddof=1) / len(b))
    mean = float(a.mean() - b.mean())
    low, high = mean - half, mean + half
    lost = int((~np.isfinite(scores)).any(axis=1).sum())
    report = {"seeds": seeds, "lost": lost, "effect": mean, "interval": [low, high]}
    return report | {"verdict": judge(low, high)}


def wrong_trains_before_it_refuses(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    gaps = [run(arms[0], seed) - run(arms[1], seed) for seed in seeds]
    if len(seeds) < 8:
        raise ValueError
    return _report(seeds, [g for g in gaps if math.isfinite(g)], judge)


def wrong_judges_what_is_left(run, arms, judge, budget):
    seeds = list(range(budget // 2))
    if len(seeds) < 8:
        raise ValueError
    gaps = [run(arms[0], seed) - run(arms[1], seed) for seed in seeds]
    gaps = [g for g in gaps if math.isfinite(g)]
    if len(gaps) < 2:
        return _report(seeds, gaps, judge)
    mean = float(np.mean(gaps))
    half = float(stats.t.ppf(0.975, len(gaps) - 1) * stats.sem(gaps))
    low, high = mean - half, mean + half
    return {
        "seeds": seeds,
        "lost": len(seeds) - len(gaps),
        "effect": mean,
        "interval": [low, high],
        "verdict": judge(low, high),
    }
