"""How equal groups end up: the indices once more, each from its definition, group against group."""

from __future__ import annotations

from math import exp, log, nan

from sim.mechanisms.demand import TIERS
from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw
from tests.bench.plain.option import Months
from tests.bench.plain.outcomes import Outcomes, share

Levels = list[tuple[float, float]]  # hours of a group a year, and how many groups have them


def count_equity(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of equity."""
    judged = draw.world.equity
    have = levels(months.by_group, draw)
    had = levels(undisturbed(draw), draw)
    some = [(max(hours, judged.least_hours), groups) for hours, groups in have]
    between, within = entropies(have)
    found.totals |= {
        "ede": equivalent(some, judged.aversion),
        "gini": gini(have),
        "theil": between + within,
        "theil_between": between / (between + within) if between + within > 1e-9 else nan,
        "theil_within": within,
        "atkinson_half": 1 - equivalent(some, 0.5) / mean(some),
        "atkinson_one": 1 - equivalent(some, 1.0) / mean(some),
        "palma": palma(have),
        "above_floor_share": among(have, lambda n: have[n][0] >= judged.floor_hours),
        "weighted_additional": weighted_gain(have, had, draw),
        "levelling_down": among(have, lambda n: have[n][0] < had[n][0] * (1 - 1e-9)),
    }


def undisturbed(draw: Draw) -> list[list[float]]:
    """Hours that one group of each kind uses in a year where no public ones come, [year][group]."""
    years = [[0.0] * len(draw.count) for _ in range(0, draw.months, MONTHS_PER_YEAR)]
    for month, own in enumerate(draw.own):
        for group, hours in enumerate(own):
            years[month // MONTHS_PER_YEAR][group] += hours
    return years


def levels(by_group: list[list[float]], draw: Draw) -> Levels:
    """Mean over the years that are compared, with the number of groups behind it."""
    first, last = int(draw.world.equity.from_year), int(draw.world.equity.to_year)
    years = [hours for year, hours in enumerate(by_group, 1) if first <= year <= last] or by_group[-1:]
    return [(sum(year[n] for year in years) / len(years), groups) for n, groups in enumerate(draw.count)]


def everybody(have: Levels) -> float:
    """Number of groups."""
    return sum(groups for _, groups in have)


def mean(have: Levels) -> float:
    """Hours a group has on average."""
    return sum(hours * groups for hours, groups in have) / everybody(have)


def gini(have: Levels) -> float:
    """Half the mean gap between two groups, over the mean: a running sum over groups in order gives the gaps."""
    gaps = poorer = theirs = 0.0
    for hours, groups in sorted(have):
        gaps += groups * (hours * poorer - theirs)
        poorer += groups
        theirs += groups * hours
    return gaps / (poorer * theirs) if theirs > 0 else 0.0


def entropies(have: Levels) -> tuple[float, float]:
    """Theil's index with every group at its tier's mean, and the sum of the tiers' own."""
    middle, size = mean(have), len(have) // len(TIERS)
    between = within = 0.0
    if middle <= 0:
        return 0.0, 0.0
    for start in range(0, len(have), size):
        tier = have[start : start + size]
        own = mean(tier) if everybody(tier) > 0 else 0.0
        if own > 0:
            part = everybody(tier) * own / (everybody(have) * middle)
            between += part * log(own / middle)
            for hours, groups in tier:
                if hours > 0:
                    within += groups * hours / (everybody(have) * middle) * log(hours / own)
    return between, within


def equivalent(have: Levels, aversion: float) -> float:
    """The level that is as good for all as what each has."""
    if aversion == 1:
        return exp(sum(groups * log(hours) for hours, groups in have) / everybody(have))
    good = sum(groups * hours ** (1 - aversion) for hours, groups in have) / everybody(have)
    return good ** (1 / (1 - aversion))


def palma(have: Levels) -> float:
    """Hours of the upper tenth of all groups over those of the lower four tenths."""
    upwards = sorted(have)
    poor = hours_of_first(upwards, 0.4 * everybody(have))
    return hours_of_first(upwards[::-1], 0.1 * everybody(have)) / poor if poor > 0 else nan


def hours_of_first(have: Levels, heads: float) -> float:
    """Hours of the first `heads` groups; a level's groups are divisible."""
    total, left = 0.0, heads
    for hours, groups in have:
        some = min(groups, left)
        total += some * hours
        left -= some
    return total


def among(have: Levels, holds) -> float:
    """Share of the groups for whose number something holds."""
    return share(sum(groups for n, (_, groups) in enumerate(have) if holds(n)), everybody(have))


def weighted_gain(have: Levels, had: Levels, draw: Draw) -> float:
    """What groups have more, those with little at the start counting more."""
    judged = draw.world.equity
    before = [(max(hours, judged.least_hours), groups) for hours, groups in had]
    passed, median = 0.0, 0.0
    for hours, groups in sorted(before):
        median = hours
        passed += groups
        if passed >= everybody(before) * (0.5 - 1e-12):
            break
    total = 0.0
    for (now, groups), (then, _), (level, _) in zip(have, had, before, strict=True):
        total += groups * (now - then) * (median / level) ** judged.welfare_exponent
    return total
