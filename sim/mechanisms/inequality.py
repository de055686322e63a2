"""How unequally something is spread over groups, each entry standing for `count` of them.

Formulas for weighted groups along the last axis, [..., group] -> [...]; what is shared is
not negative. A common level gives 0 in all three indices; the equally distributed
equivalent then is the mean, and it is the one that cannot reward levelling down.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, Role, param

_judged = partial(param, grade="-")  # a judgement of the analyst has no evidence
PALMA_RICH, PALMA_POOR = 0.9, 0.4  # the ratio's own: hours of the upper tenth over those of the lower four tenths


@dataclass(frozen=True, kw_only=True)
class Equity(Parameters):
    """How hours are judged that some groups have and others have not."""

    group: ClassVar[str] = "equity"
    about: ClassVar[str] = "Equity"
    role: ClassVar[Role] = "setting"

    from_year: float = _judged(
        3, "year", low=1, high=5, floor=1, ceiling=30,
        source="assumption: by the third year a first machine serves whatever the option",
        help="First year of the horizon, counted from 1, whose hours are compared between groups.",
    )
    to_year: float = _judged(
        8, "year", low=5, high=10, floor=1, ceiling=30,
        source="assumption: after the eighth year a first machine is gone",
        help="Last of these years; a shorter horizon ends them.",
    )
    aversion: float = _judged(
        1.0, "ratio", low=0, high=2, floor=0, ceiling=10,
        source="assumption: a judgement of value; 1 weighs the same relative gain alike for every group",
        help="Aversion to inequality in the equally distributed equivalent: 0 counts hours, 2 the poorest first.",
    )
    least_hours: float = _judged(
        1.0, "H100e_hour/group/year", low=0.1, high=10, floor=1e-6, ceiling=1e6,
        source="assumption: a logarithm needs something of everybody; no group works with less than an hour a year",
        help="Hours that a group without any is taken to have where relative levels are compared.",
    )
    floor_hours: float = _judged(
        500, "H100e_hour/group/year", low=100, high=2_000, floor=0, ceiling=1e7,
        source="assumption: three weeks on one accelerator, enough to fine-tune a small model and to repeat it",
        help="Hours a year below which a group is counted as left out.",
    )
    welfare_exponent: float = _judged(
        1.3, "ratio", low=1.0, high=2.0, floor=0, ceiling=10, source="green_book_weights",
        help="How fast the weight of an hour falls with the level of who gets it; published for income, not compute.",
    )


def _mean(amount: Array, count: Array) -> Array:
    """Weighted mean, keeping the group axis; nothing where there is no group."""
    heads = count.sum(axis=-1, keepdims=True)
    return np.asarray((amount * count).sum(axis=-1, keepdims=True) / np.maximum(heads, np.finfo(float).tiny))


def _relative(amount: Array, count: Array) -> Array:
    """Amounts over their mean; nothing where the mean is nothing."""
    mean = _mean(amount, count)
    return np.asarray(amount * np.divide(1.0, mean, out=np.zeros_like(mean), where=mean > 0))


def lorenz(amount: Array, count: Array) -> tuple[Array, Array]:
    """The Lorenz curve: shares of the groups, poorest first, and of what they hold, [..., group + 1] from 0 to 1.

    >>> people, held = lorenz(np.array([3.0, 1.0]), np.ones(2))
    >>> people.tolist(), held.tolist()
    ([0.0, 0.5, 1.0], [0.0, 0.25, 1.0])
    """
    amounts, heads = _ascending(amount, count)
    return _cumulated(heads), _cumulated(amounts * heads)


def _ascending(amount: Array, count: Array) -> tuple[Array, Array]:
    """Amounts and the groups behind them, the poorest first, [..., group]."""
    amounts, counts = np.broadcast_arrays(np.asarray(amount, dtype=np.float64), np.asarray(count, dtype=np.float64))
    rows = amounts.reshape(-1, amounts.shape[-1])
    order = np.argsort(rows, axis=-1, kind="stable")  # tiers are in order themselves: runs are merged
    order += np.arange(len(rows))[:, None] * rows.shape[-1]
    return np.take(rows, order).reshape(amounts.shape), np.take(counts, order).reshape(amounts.shape)


def _cumulated(parts: Array) -> Array:
    """Cumulated shares of the sum, with a zero before the first."""
    curve = np.zeros((*parts.shape[:-1], parts.shape[-1] + 1))
    np.cumsum(parts, axis=-1, out=curve[..., 1:])
    curve /= np.maximum(curve[..., -1:], np.finfo(float).tiny)
    return curve


def gini_under(people: Array, held: Array) -> Array:
    """Gini coefficient of a Lorenz curve, [..., group + 1] -> [...]; 0 where there is nothing to share."""
    area = (np.diff(people, axis=-1) * (held[..., 1:] + held[..., :-1])).sum(axis=-1)
    return np.where(held[..., -1] > 0, 1 - area, 0.0)


def palma_under(people: Array, held: Array) -> Array:
    """Palma ratio of a Lorenz curve: what the upper tenth holds over what the lower four tenths do.

    [..., group + 1] -> [...]; NaN where the lower four tenths have nothing.

    >>> round(float(palma_under(*lorenz(np.arange(1.0, 101.0), np.ones(100)))), 6)
    1.164634
    """
    rich, poor = 1 - _held_by(PALMA_RICH, people, held), _held_by(PALMA_POOR, people, held)
    return np.asarray(np.divide(rich, poor, out=np.full(np.shape(poor), np.nan), where=poor > 0))


def _held_by(share: float, people: Array, held: Array) -> Array:
    """What the poorest `share` of the groups holds: the curve between its points is straight."""
    right = np.clip((people < share).sum(axis=-1, keepdims=True), 1, people.shape[-1] - 1)
    (p0, p1), (h0, h1) = (
        (np.take_along_axis(curve, right - 1, axis=-1)[..., 0], np.take_along_axis(curve, right, axis=-1)[..., 0])
        for curve in (people, held)
    )
    return np.asarray(h0 + (h1 - h0) * (share - p0) / np.maximum(p1 - p0, np.finfo(float).tiny))


def theil(amount: Array, count: Array) -> Array:
    """Theil's T: mean of (x / mean) log(x / mean); groups with nothing add nothing.

    >>> round(float(theil(np.array([1.0, 3.0]), np.ones(2))), 6)
    0.130812
    """
    return np.asarray(_mean(_entropy(_relative(amount, count)), count)[..., 0])


def _entropy(relative: Array) -> Array:
    """x log x, with nothing for nothing."""
    return np.asarray(relative * np.log(np.maximum(relative, np.finfo(float).tiny)))


def theil_parts(amount: Array, count: Array, tiers: int) -> tuple[Array, Array]:
    """Theil's T between tiers and within them, [..., group] -> 2 x [...]; the groups of a tier stand side by side.

    Between: every group at its tier's mean. Within: each tier's own index, weighted by the
    tier's share of the total. The two sum to the index of all groups.

    >>> [float(part) for part in theil_parts(np.array([2.0, 2.0, 6.0, 6.0]), np.ones(4), 4)][1]
    0.0
    """
    amounts, counts = (a.reshape(*a.shape[:-1], tiers, -1) for a in np.broadcast_arrays(amount, count))
    heads = counts.sum(axis=-1)
    relative = _relative(_mean(amounts, counts)[..., 0], heads)
    between = _mean(_entropy(relative), heads)[..., 0]
    within = _mean(relative * theil(amounts, counts), heads)[..., 0]
    return np.asarray(between), np.asarray(within)


def equally_distributed(amount: Array, count: Array, aversion: float) -> Array:
    """The level that, given to everybody, would be as good as what they have (Atkinson).

    `aversion` 0 gives the mean, 1 the geometric mean; the larger, the more the poorest count.
    """
    amounts = np.asarray(amount, dtype=np.float64)
    if aversion == 1:
        logs = np.log(np.maximum(amounts, np.finfo(float).tiny))
        return np.asarray(np.exp(_mean(logs, count)[..., 0]))
    power = 1 - aversion
    if power < 0:
        amounts = np.maximum(amounts, np.finfo(float).tiny)
    return np.asarray(_mean(amounts**power, count)[..., 0] ** (1 / power))


def atkinson(amount: Array, count: Array, aversion: float) -> Array:
    """Atkinson's index: the share of the total that inequality wastes.

    >>> round(float(atkinson(np.array([1.0, 4.0]), np.ones(2), 1)), 6)
    0.2
    """
    return share_wasted(equally_distributed(amount, count, aversion), amount, count)


def share_wasted(level: Array, amount: Array, count: Array) -> Array:
    """What the mean of the amounts is above an equivalent level, as a share of it, [...]."""
    mean = _mean(amount, count)[..., 0]
    return np.asarray(1 - np.divide(level, mean, out=np.ones_like(mean), where=mean > 0))


def median_level(amount: Array, count: Array) -> Array:
    """The level that half of the groups do not exceed, [..., group] -> [..., 1].

    >>> median_level(np.array([9.0, 1.0, 4.0]), np.ones(3)).tolist()
    [4.0]
    """
    amounts, counts = _ascending(amount, count)
    heads = np.cumsum(counts, axis=-1)
    # rounding must not push the middle of the groups to the next one
    middle = (heads < heads[..., -1:] * (1 - 1e-12) / 2).sum(axis=-1, keepdims=True)
    return np.asarray(np.take_along_axis(amounts, middle, axis=-1))


def welfare_weight(level: Array, median: Array, exponent: float) -> Array:
    """Weight of an hour for a group at this level: 1 at the median, more below it, less above.

    The Green Book's form, made for income; that it holds for compute is an analogy.

    >>> [round(float(welfare_weight(np.array(x), np.array(1.0), 1.3)), 6) for x in (0.5, 1.0, 2.0)]
    [2.462289, 1.0, 0.406126]
    """
    return np.asarray((level / median) ** -exponent)


def share_above(level: Array, count: Array, floor: float) -> Array:
    """Share of the groups, not of what they hold, that are at `floor` or above, [..., group] -> [...]."""
    return np.asarray(_mean(np.where(level >= floor, 1.0, 0.0), count)[..., 0])
