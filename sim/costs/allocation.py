"""Allocation of an option's compute: public hours to groups, own hours crowded out.

Hours are allocated from pools, one after the other. Each pool has a rule, that of the access policy for public hours
and the odds of winning a grant or credits for the others. The rule is water-filling under caps: of each pool every
group gets its weight times one level, but no more than it lacks; the level is the one at which the pool is used up.
Weights are what the rule says: requests by need, merit or lottery with a reserve per head, or odds.

Compiled as loops over groups, draws and months it needs no array with a group axis and a month axis at once: many times
faster than NumPy, which is the oracle of the tests, and a fraction of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.costs.groups import Groups, tiers_last
from sim.costs.sizing import sums_by_name
from sim.instruments.base import Supply
from sim.mechanisms.access import RULES
from sim.mechanisms.demand import QUANTILES, TIERS
from sim.parameters import Array
from sim.queue.compiler.library import Library
from sim.queue.compiler.primitives import matrix
from sim.units import MONTHS_PER_YEAR

POOLS = (("request", False), ("odds", True), ("odds", False))
"""(rule, small jobs only) of each pool, in the order in which they are allocated."""
_TIERS = len(TIERS)  # loops over a tier are fast, for their length is known when this is compiled
_ROUNDING = 10 * np.finfo(np.float64).eps
# Sums over groups may be taken in any order, as NumPy's are: this lets the processor add several at once.
_ANY_ORDER = dict.fromkeys(("reassoc", "contract", "nsz"), True)
LIBRARY = Library(
    "allocation",
    [Path(__file__)],
    {"nogil": True, "fastmath": _ANY_ORDER, "_nrt": False},
    constants=(RULES, TIERS, QUANTILES, MONTHS_PER_YEAR),
)
# The pieces are inlined: as calls they would be slower by a tenth.
_inline, _compiled = LIBRARY.inlined, LIBRARY.entry

# rows of the traits of a draw [trait, group], as `Groups.traits` stacks them
_T_COUNT, _T_APPLY, _T_ODDS, _T_LARGE, _T_CROWD_OUT, _T_RESERVE, _T_REQUEST, _T_FLOOR = range(8)
# rows of the working table of a draw [row, group]: what stays, what changes by month, what changes by pool
(
    _COUNT, _REQUEST, _FLOOR, _ODDS, _LARGE, _CROWD_OUT, _CROWD_OUT_ALL, _NEED, _OWN, _USED_OWN, _GAP, _TAKEN,
    _WEIGHT, _CAP, _WEIGHT_SUM, _FULL, _ROWS,
) = range(17)  # fmt: skip
_LOTTERY, _TIER_FLOOR = RULES.index("lottery"), RULES.index("tier_floor")


@dataclass(frozen=True)
class Allocation:
    """Hours by tier once an option's compute is allocated, H100e-hours, [draw, month, tier]."""

    public: Array
    displaced: Array  # own hours crowded out
    used: dict[str, Array]  # hours that found a user by provider, [draw, month]
    by_group: Array  # hours that one group uses in a year, own and public, [draw, year, group]


def allocate(groups: Groups, supplies: list[tuple[Supply, Array]]) -> Allocation:
    """The H100e-hours [draw, month] of each supply allocated to the groups under common caps.

    Supplies with one rule and one kind of job are one pool: allocating them in turn or together gives the same hours.
    """
    shape = (len(groups.count), groups.need_growth.shape[1])
    pools = pool_hours(supplies, shape)
    public, displaced = np.empty((len(TIERS), *shape)), np.empty((len(TIERS), *shape))
    used = np.empty_like(pools)
    by_group = np.empty((shape[0], -(-shape[1] // MONTHS_PER_YEAR), groups.count.shape[1]))
    table = np.empty((_ROWS, groups.count.shape[1]))
    _allocate(
        groups.need_at_start, groups.own_at_start, groups.need_growth, groups.own_growth,
        groups.traits, RULES.index(groups.rule), pools, public, displaced, used, by_group,
        np.array([table.ctypes.data]), np.empty(len(pools)),
    )  # fmt: skip
    by_group += groups.own_by_group
    return Allocation(tiers_last(public), tiers_last(displaced), used_by_provider(supplies, pools, used), by_group)


def pool_hours(supplies: list[tuple[Supply, Array]], shape: tuple[int, ...]) -> Array:
    """Hours in each pool, [pool, draw, month]."""
    pools = np.zeros((len(POOLS), *shape))
    for supply, hours in supplies:
        pools[_pool_of(supply)] += hours
    return pools


def used_by_provider(supplies: list[tuple[Supply, Array]], pools: Array, used: Array) -> dict[str, Array]:
    """Hours used of each provider, [draw, month]: what is left over in a pool falls on its suppliers in proportion."""
    part = used / np.maximum(pools, np.finfo(float).tiny)
    return sums_by_name(
        ({supply.provider: hours * part[_pool_of(supply)]} for supply, hours in supplies), used.shape[1:]
    )


def _pool_of(supply: Supply) -> int:
    """Place in POOLS of the pool that a supply belongs to."""
    return POOLS.index((supply.rule, supply.small_jobs_only))


@_compiled
def _allocate(
    need: Array,
    own: Array,
    need_growth: Array,
    own_growth: Array,
    traits: Array,
    rule: int,
    supplies: Array,
    public: Array,
    displaced: Array,
    used: Array,
    by_group: Array,
    address: NDArray[np.int64],
    levels: Array,
) -> None:
    """Fill `public`, `displaced` [tier, draw, month] and `used` [pool, draw, month] with hours a month.

    `by_group` [draw, year, group] gets the hours of one group of each kind in a year beyond its own. `rule` is its
    place in `access.RULES`. By its address, and with a length that is checked first, the table [row, group] is to the
    compiler what one made here would be: sums are then taken in the same order, to the last bit.
    """
    pools, draws, months = supplies.shape
    if need.shape[1] != _TIERS * QUANTILES:
        raise ValueError("compiled for another number of groups")
    table = matrix(address, _ROWS, need.shape[1])
    public[:], displaced[:], used[:], by_group[:] = 0.0, 0.0, 0.0, 0.0
    for d in range(draws):
        everyone = _load_draw(table, need[d], own[d], traits[d])
        reserve = traits[d, _T_RESERVE, 0]
        levels[:] = 0.0  # last month's level is a good start for this month's
        for m in range(months):
            started = False
            for pool in range(pools):
                supply = supplies[pool, d, m]
                if supply <= 0.0:
                    continue
                if not started:
                    _start_month(table, need_growth[d, m], own_growth[d, m])
                    started = True
                if pool == 0:
                    weight_sum = _request_weights(table, rule, reserve, everyone)
                else:
                    weight_sum = _weights_by_odds(table, pool == 1)
                if weight_sum > 0.0:
                    levels[pool] = _level(table, supply, weight_sum, levels[pool])
                    used[pool, d, m] = _take(table, levels[pool])
            if started:
                _add_to_tiers(table, public, displaced, d, m)
                _add_to_year(table, by_group[d, m // MONTHS_PER_YEAR])


@_inline
def _load_draw(table: Array, need: Array, own: Array, traits: Array) -> float:
    """Copy what stays the same in a draw; the number of groups behind all entries."""
    everyone = 0.0
    for g in range(table.shape[1]):
        table[_NEED, g], table[_OWN, g] = need[g], own[g]
        table[_COUNT, g], table[_LARGE, g] = traits[_T_COUNT, g], traits[_T_LARGE, g]
        table[_REQUEST, g], table[_FLOOR, g] = traits[_T_REQUEST, g], traits[_T_FLOOR, g]
        table[_ODDS, g] = traits[_T_APPLY, g] * traits[_T_ODDS, g]
        table[_CROWD_OUT, g] = traits[_T_CROWD_OUT, g]
        table[_CROWD_OUT_ALL, g] = traits[_T_COUNT, g] * traits[_T_CROWD_OUT, g]
        everyone += traits[_T_COUNT, g]
    return everyone


@_inline
def _start_month(table: Array, growth: float, own_growth: float) -> None:
    """Set own hours that are used, what is lacking, and nothing taken, at the start of a month."""
    for g in range(table.shape[1]):
        wanted = table[_NEED, g] * growth
        table[_USED_OWN, g] = min(table[_OWN, g] * own_growth, wanted)
        table[_GAP, g] = wanted - table[_USED_OWN, g]
        table[_TAKEN, g] = 0.0


@_inline
def _request_weights(table: Array, rule: int, reserve: float, everyone: float) -> float:
    """Weights and caps of the first pool by the rule; the sum of the weights."""
    if rule == _LOTTERY:
        return _weights_by_lottery(table, reserve, everyone)
    if rule == _TIER_FLOOR:
        return _weights_with_floor(table, reserve, everyone)
    return _weights_by_need(table, reserve, everyone)


@_inline
def _weights_by_need(table: Array, reserve: float, everyone: float) -> float:
    """Weights and caps of the first pool: the reserve per head, the rest by request; the sum of the weights."""
    asked = 0.0
    for g in range(table.shape[1]):
        asked += table[_COUNT, g] * table[_REQUEST, g] * table[_GAP, g]
    per_head = reserve / everyone
    by_merit = (1.0 - reserve) / asked if asked > 0.0 else 0.0
    for g in range(table.shape[1]):
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + by_merit * table[_REQUEST, g] * table[_GAP, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return reserve + by_merit * asked


@_inline
def _weights_by_lottery(table: Array, reserve: float, everyone: float) -> float:
    """The same in a lottery among applicants: what they lack caps what they win, and does not weigh."""
    asked = 0.0
    for g in range(table.shape[1]):
        asked += table[_COUNT, g] * table[_REQUEST, g]
    per_head = reserve / everyone
    by_lottery = (1.0 - reserve) / asked if asked > 0.0 else 0.0
    for g in range(table.shape[1]):
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + by_lottery * table[_REQUEST, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return reserve + by_lottery * asked


@_inline
def _weights_with_floor(table: Array, reserve: float, everyone: float) -> float:
    """The same where a part of what is competed for is kept for the lower tiers; for all where they lack nothing."""
    asked, lower, floor = 0.0, 0.0, 0.0
    for g in range(table.shape[1]):
        request = table[_COUNT, g] * table[_REQUEST, g] * table[_GAP, g]
        asked += request
        lower += request if table[_FLOOR, g] > 0.0 else 0.0
        floor = max(floor, table[_FLOOR, g])
    if lower <= 0.0:
        floor = 0.0
    per_head = reserve / everyone
    by_need = (1.0 - reserve) * (1.0 - floor) / asked if asked > 0.0 else 0.0
    kept = (1.0 - reserve) * floor / lower if lower > 0.0 else 0.0
    weight_sum = 0.0
    for g in range(table.shape[1]):
        factor = by_need + (kept if table[_FLOOR, g] > 0.0 else 0.0)
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + factor * table[_REQUEST, g] * table[_GAP, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
        weight_sum += table[_WEIGHT_SUM, g]
    return weight_sum


@_inline
def _weights_by_odds(table: Array, small_jobs_only: bool) -> float:
    """Weights and caps of a pool that is allocated by request and odds; the sum of the weights."""
    weight_sum = 0.0
    for g in range(table.shape[1]):
        # rounding would leave a negative gap to a group that has all it needs
        table[_CAP, g] = max(table[_GAP, g] - table[_TAKEN, g], 0.0)
        table[_WEIGHT, g] = table[_CAP, g] * table[_ODDS, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
        weight_sum += table[_WEIGHT_SUM, g]
    if small_jobs_only:
        for g in range(table.shape[1]):
            fitting = table[_CAP, g] - table[_LARGE, g] * (table[_GAP, g] + table[_USED_OWN, g])
            table[_CAP, g] = max(fitting, 0.0)
            table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return weight_sum


@_inline
def _level(table: Array, supply: float, weight_sum: float, guess: float) -> float:
    """Water level at which the groups take `supply`, or all they can.

    Newton's method on a concave, piecewise linear function: from any start above zero it
    is left of the root after one step and then climbs to it, one set of groups at a time.
    """
    level = guess if guess > 0.0 else supply / weight_sum
    for step in range(table.shape[1] + 1):
        capped, slope = 0.0, 0.0
        for g in range(table.shape[1]):
            below = table[_WEIGHT, g] * level < table[_CAP, g]
            slope += table[_WEIGHT_SUM, g] if below else 0.0
            capped += 0.0 if below else table[_FULL, g]
        if slope <= 0.0:
            if capped <= supply or step > 0:
                break
            level = supply / weight_sum
            continue
        raised = (supply - capped) / slope
        if step > 0 and raised <= level * (1.0 + _ROUNDING):
            break
        level = raised
    return level


@_inline
def _take(table: Array, level: float) -> float:
    """Hours that all groups take at a level; each takes its weight times the level, or its cap."""
    total = 0.0
    for g in range(table.shape[1]):
        got = min(table[_WEIGHT, g] * level, table[_CAP, g])
        table[_TAKEN, g] += got
        total += table[_COUNT, g] * got
    return total


@_inline
def _add_to_tiers(table: Array, public: Array, displaced: Array, d: int, m: int) -> None:
    """Sum hours taken and own hours crowded out in a month over each tier."""
    for tier in range(_TIERS):
        taken, lost = 0.0, 0.0
        for g in range(tier * QUANTILES, (tier + 1) * QUANTILES):
            taken += table[_COUNT, g] * table[_TAKEN, g]
            lost += table[_CROWD_OUT_ALL, g] * min(table[_TAKEN, g], table[_USED_OWN, g])
        public[tier, d, m] = taken
        displaced[tier, d, m] = lost


@_inline
def _add_to_year(table: Array, year: Array) -> None:
    """Add the hours of a month beyond its own of every group to those of its year."""
    for g in range(table.shape[1]):
        taken = table[_TAKEN, g]
        year[g] += taken - table[_CROWD_OUT, g] * min(taken, table[_USED_OWN, g])
