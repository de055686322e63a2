"""Outcomes of equity: how unequally groups end up, and at what level.

The level of a group is its hours a year, own ones that it keeps and public ones it gets, averaged
over the years from `equity.from_year` to `equity.to_year`; each level counts as many groups as it stands for.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.costs.context import Context
from sim.mechanisms import inequality
from sim.mechanisms.demand import TIERS
from sim.outcomes.measures import EQUITY, Measure, Measures, Outcome
from sim.parameters import Array

_LOST = 1e-9  # of a level: less is rounding
_HALF, _ONE = 0.5, 1.0  # aversions of the two indices that everybody can compare


def years_compared(context: Context) -> slice:
    """The years whose hours are compared; the last one where the horizon ends before them."""
    equity, years = context.world.equity, context.groups.own_by_group.shape[1]
    first, last = (min(int(year), years) for year in (equity.from_year, equity.to_year))
    return slice(first - 1, max(first, last))


def levels(measures: Measures) -> Array:
    """Hours of one group a year, [draw, group]."""
    context = measures.context
    return np.asarray(measures.result.allocation.by_group[:, years_compared(context)].mean(axis=1))


def left_alone(context: Context) -> Array:
    """The same where no public hours come."""
    return np.asarray(context.groups.own_by_group[:, years_compared(context)].mean(axis=1))


def weights(context: Context) -> Array:
    """Welfare weight of an hour for each group, by its level where no public hours come, [draw, group]."""
    equity, count = context.world.equity, context.groups.count
    before = np.maximum(context.cached(left_alone), equity.least_hours)
    return inequality.welfare_weight(before, inequality.median_level(before, count), equity.welfare_exponent)


def _count(measures: Measures) -> Array:
    return measures.context.groups.count


def _some(measures: Measures) -> Array:
    """Levels of at least the least hours, so that relative ones can be compared."""
    return np.asarray(np.maximum(measures.cached(levels), measures.world.equity.least_hours))


def _at_one(measures: Measures) -> Array:
    """The equivalent at an aversion of 1, which two outcomes need."""
    return inequality.equally_distributed(measures.cached(_some), _count(measures), _ONE)


def curve(measures: Measures) -> tuple[Array, Array]:
    """The Lorenz curve: shares of the groups and of their hours, [draw, group + 1]."""
    return inequality.lorenz(measures.cached(levels), _count(measures))


def parts(measures: Measures) -> tuple[Array, Array]:
    """Theil's index between tiers and within them, [draw]."""
    return inequality.theil_parts(measures.cached(levels), _count(measures), len(TIERS))


def between_share(measures: Measures) -> Array:
    """Part of Theil's index that is between tiers; NaN where all are equal."""
    between, within = measures.cached(parts)
    total = between + within
    return np.asarray(np.divide(between, total, out=np.full(total.shape, np.nan), where=total > _LOST))


def equivalent(measures: Measures) -> Array:
    """Hours a year that, given to every group, would be as good as what they have."""
    aversion = measures.world.equity.aversion
    if aversion == _ONE:
        return measures.cached(_at_one)
    return inequality.equally_distributed(measures.cached(_some), _count(measures), aversion)


def under_curve(index: Callable[[Array, Array], Array]) -> Measure:
    """An index of the Lorenz curve."""
    return lambda measures: index(*measures.cached(curve))


def above_floor(measures: Measures) -> Array:
    """Share of the groups with enough hours to take part."""
    return inequality.share_above(measures.cached(levels), _count(measures), measures.world.equity.floor_hours)


def weighted_additional(measures: Measures) -> Array:
    """Hours a year that all groups have more, each counted at its group's weight."""
    context = measures.context
    more = measures.cached(levels) - context.cached(left_alone)
    return np.asarray((more * context.cached(weights) * context.groups.count).sum(axis=-1))


def levelled_down(measures: Measures) -> Array:
    """Share of the groups that have less than where no public hours come."""
    before = measures.context.cached(left_alone)
    return 1 - inequality.share_above(measures.cached(levels) - before * (1 - _LOST), _count(measures), 0.0)


_YEARS = "x = hours of a group a year, mean of the years compared"

OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "ede", "Hours a group has, inequality taken as a loss", "H100e_hour/group/year", "higher",
        f"(mean of x^(1 - aversion))^(1 / (1 - aversion)), exp(mean of log x) at 1; {_YEARS}", EQUITY,
        equivalent, headline=True,
    ),
    Outcome(
        "gini", "Inequality of hours (Gini, 0 is equal)", "ratio", "lower",
        f"1 - 2 * area under the Lorenz curve of x; {_YEARS}", EQUITY,
        under_curve(inequality.gini_under),
    ),
    Outcome(
        "theil", "Inequality of hours (Theil, 0 is equal)", "ratio", "lower",
        "mean of (x / mean) * log(x / mean)", EQUITY,
        lambda measures: np.asarray(sum(measures.cached(parts))),
    ),
    Outcome(
        "theil_between", "Part of inequality that is between tiers of groups (Theil)", "fraction", "neither",
        "Theil index with every group at its tier's mean / Theil index", EQUITY, between_share,
    ),
    Outcome(
        "theil_within", "Inequality within tiers of groups (Theil)", "ratio", "lower",
        "sum over tiers of share of hours * Theil index of the tier", EQUITY,
        lambda measures: measures.cached(parts)[1],
    ),
    Outcome(
        "atkinson_half", "Hours lost to inequality, slight aversion (Atkinson 0.5)", "fraction", "lower",
        "1 - (mean of x^0.5)^2 / mean of x",
        EQUITY, lambda measures: inequality.atkinson(measures.cached(_some), _count(measures), _HALF),
    ),
    Outcome(
        "atkinson_one", "Hours lost to inequality, strong aversion (Atkinson 1)", "fraction", "lower",
        "1 - exp(mean of log x) / mean of x", EQUITY,
        lambda measures: inequality.share_wasted(measures.cached(_at_one), measures.cached(_some), _count(measures)),
    ),
    Outcome(
        "palma", "Hours of the upper tenth over those of the lower 40 % (Palma)", "ratio", "lower",
        "hours of the upper tenth of groups / hours of the lower four tenths",
        EQUITY, under_curve(inequality.palma_under),
    ),
    Outcome(
        "above_floor_share", "Groups with enough hours to take part", "fraction", "higher",
        "groups with x >= equity.floor_hours / all groups", EQUITY, above_floor,
    ),
    Outcome(
        "weighted_additional", "Additional hours, groups with few weighted more", "H100e_hour/year", "higher",
        "sum over groups of (x - x0) * (x0 / median x0)^-exponent; x0 = x where no public hours come", EQUITY,
        weighted_additional,
    ),
    Outcome(
        "levelling_down", "Groups that end up with less", "fraction", "lower",
        "groups with x < x0 / all groups", EQUITY, levelled_down,
    ),
)  # fmt: skip
