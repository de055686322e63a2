"""The rule of allocation in NumPy, with arrays [draw, month, group]: what the compiled loop is checked against."""

from __future__ import annotations

import numpy as np

from sim.costs.allocation import Allocation, pool_hours, used_by_provider
from sim.costs.groups import Groups, in_years
from sim.instruments.base import Supply
from sim.mechanisms.demand import QUANTILES, TIERS
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def allocate(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Allocation:
    """`sim.costs.allocation.allocate` in NumPy."""
    need, own, count = need_of(groups), own_of(groups), groups.count[:, None, :]
    gap = need - own
    apply, everybody = groups.apply[:, None, :], np.ones_like(gap)
    asked, reserve = asked_of(groups), groups.reserve
    taken = np.zeros_like(gap)
    pools, runs = pool_hours(supplies, gap.shape[:-1])
    used = np.zeros_like(pools)

    def fill(pool: int, hours: Array, weight: Array, part: Array | float = 1.0, fits: Array | float = 1.0) -> None:
        """Hours to those who may have them: a part of the groups, for what fits."""
        nonlocal taken
        reach = np.minimum(gap, fits * runs[pool][..., None] * need - own)
        got = waterfill(hours, weight, np.maximum(part * reach - taken, 0.0), count)
        taken = taken + got
        used[pool] += (got * count).sum(axis=-1)

    for pool in (0, 1):
        fill(pool, (1 - reserve) * pools[pool], asked, apply)
    for pool in (0, 1):
        rest = pools[pool] - used[pool] if groups.open_rest else reserve * pools[pool]
        fill(pool, np.where(rest > 1e-14 * pools[pool], rest, 0.0), everybody)
    for pool, fits in ((2, 1 - groups.large[:, None, :]), (3, 1.0)):
        odds = np.maximum(gap - taken, 0.0) * groups.odds[:, None, :]
        fill(pool, pools[pool], odds, fits=fits)
    displaced = groups.crowd_out[:, None, :] * np.minimum(taken, own)
    return Allocation(
        by_tier(groups, taken),
        by_tier(groups, displaced),
        used_by_provider(supplies, pools, used),
        in_years(own + taken - displaced),
    )


def need_of(groups: Groups) -> Array:
    """Hours needed, [draw, month, group]."""
    return groups.need_at_start[:, None, :] * groups.need_growth[..., None]


def own_of(groups: Groups) -> Array:
    """Own hours that are used, never more than needed, [draw, month, group]."""
    runs = groups.own_runs[..., None]
    return np.minimum(groups.own_at_start[:, None, :] * groups.own_growth[..., None], runs * need_of(groups))


def by_tier(groups: Groups, hours: Array) -> Array:
    """Hours of all groups of each tier, [draw, month, group] -> [draw, month, tier]."""
    total = hours * groups.count[:, None, :]
    return np.asarray(total.reshape(*total.shape[:-1], len(TIERS), QUANTILES).sum(axis=-1))


def asked_of(groups: Groups) -> Array:
    """Weights of requests in the round of the year of each month, [draw, month, group]."""
    months = groups.need_growth.shape[1]
    lacking = (need_of(groups) - own_of(groups))[:, np.arange(months) // MONTHS_PER_YEAR * MONTHS_PER_YEAR]
    # a lottery is among applicants, whatever they lack; what a winner cannot use goes to the others
    size = np.ones_like(lacking) if groups.rule == "lottery" else lacking ** groups.exponent[:, :, None]
    asked = np.where(lacking > 0, size, 0.0) * groups.request[:, None, :]
    if groups.rule != "tier_floor":
        return np.asarray(asked)
    count, floor = groups.count[:, None, :], groups.floor[:, None, :]
    kept = np.where(floor > 0, asked, 0.0)
    of_all, of_lower = ((each * count).sum(axis=-1, keepdims=True) for each in (asked, kept))
    # with nobody to keep it for, all is competed for
    part = np.where(of_lower > 0, floor.max(axis=-1, keepdims=True), 0.0)
    tiny = np.finfo(float).tiny
    return np.asarray((1 - part) * asked / np.maximum(of_all, tiny) + part * kept / np.maximum(of_lower, tiny))


def waterfill(supply: Array, weight: Array, cap: Array, count: Array) -> Array:
    """Hours for each group: proportional to `weight`, capped at `cap`, what is cut off goes to the rest.

    Shapes: `supply` [...], the others [..., group]; `count` groups stand behind each entry.
    Exact: raising the level saturates more groups each round, so the loop ends after at
    most as many rounds as there are groups (four to six in practice).

    >>> waterfill(np.array(10.0), np.ones(3), np.array([1.0, 4.0, 20.0]), np.ones(3)).tolist()
    [1.0, 4.0, 5.0]
    """
    shape = np.broadcast_shapes((*np.shape(supply), 1), np.shape(weight), np.shape(cap))
    rows = np.broadcast_to(supply, shape[:-1]).reshape(-1)
    weights, caps, counts = (np.broadcast_to(a, shape).reshape(-1, shape[-1]) for a in (weight, cap, count))
    filled = np.zeros_like(caps)
    active = np.flatnonzero((rows > 0) & (weights > 0).any(axis=-1))
    filled[active] = _fill(rows[active], weights[active], caps[active], counts[active])
    return filled.reshape(shape)


def _fill(supply: Array, weight: Array, cap: Array, count: Array) -> Array:
    """`waterfill` on rows that all have something to allocate, [row, group]."""
    weight_sum, full = count * weight, count * cap
    level = supply / weight_sum.sum(axis=-1)
    open_rows = np.arange(supply.size)
    for _ in range(weight.shape[-1]):
        w, c = weight[open_rows], cap[open_rows]
        below = w * level[open_rows, None] < c
        left = supply[open_rows] - np.where(below, 0.0, full[open_rows]).sum(axis=-1)
        slope = np.where(below, weight_sum[open_rows], 0.0).sum(axis=-1)
        raised = np.divide(left, slope, out=np.copy(level[open_rows]), where=slope > 0)
        moved = raised > level[open_rows] * (1 + 10 * np.finfo(float).eps)
        level[open_rows] = np.maximum(raised, level[open_rows])
        open_rows = open_rows[moved & (slope > 0)]
        if open_rows.size == 0:
            break
    return np.asarray(np.minimum(weight * level[:, None], cap))
