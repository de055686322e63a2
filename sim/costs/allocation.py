"""Allocation of an option's compute: public hours to groups, own hours crowded out.

Hours are allocated from pools, one after the other. Public hours are competed for by those who apply, in yearly rounds
whose weights follow what was asked for (`Groups.rounds`); a reserve, and what no applicant can use, goes to all per
head. The odds of winning a grant decide on the hours of the others. The rule is water-filling under caps: of each pool
every group gets its weight times one level, but no more than it lacks and the machines can run; the level is the one at
which the pool is used up.

Compiled as loops over groups, draws and months it needs no array with a group axis and a month axis at once: many times
faster than NumPy, which is the oracle of the tests, and a fraction of its memory.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sim.costs.groups import Groups, tiers_last
from sim.costs.sums import sums_by_name
from sim.instruments.base import Supply
from sim.mechanisms.demand import QUANTILES, TIERS
from sim.parameters import Array
from sim.queue.compiler.library import Library
from sim.queue.compiler.primitives import matrix
from sim.units import MONTHS_PER_YEAR

POOLS = ("request, old designs", "request", "odds, small jobs", "odds")
"""The pools in the order in which they are allocated; `_pool_of` says whose hours are in which."""
_FILLS = 2 + len(POOLS)  # requests are filled twice: what is competed for, and what is open to all
_TIERS = len(TIERS)  # loops over a tier are fast, for their length is known when this is compiled
_ROUNDING = 10 * np.finfo(np.float64).eps
# Sums over groups may be taken in any order, as NumPy's are: this lets the processor add several at once.
_ANY_ORDER = dict.fromkeys(("reassoc", "contract", "nsz"), True)
LIBRARY = Library(
    "allocation",
    [Path(__file__)],
    {"nogil": True, "fastmath": _ANY_ORDER, "_nrt": False},
    constants=(TIERS, QUANTILES, MONTHS_PER_YEAR),
)
# The pieces are inlined: as calls they would be slower by a tenth.
_inline, _compiled = LIBRARY.inlined, LIBRARY.entry

# rows of the traits of a draw [trait, group], as `Groups.traits` stacks them
_T_COUNT, _T_APPLY, _T_ODDS, _T_LARGE, _T_CROWD_OUT, _T_RESERVE, _T_OWN_RUNS = range(7)
# rows of the working table of a draw [row, group]: what stays, what changes by year, by month, by pool
(
    _COUNT, _ONE, _APPLY, _ODDS, _LARGE, _CROWD_OUT, _CROWD_OUT_ALL, _NEED, _OWN, _ROUND, _ROUND_SUM, _USED_OWN, _GAP,
    _TAKEN, _WEIGHT, _CAP, _WEIGHT_SUM, _FULL, _ROWS,
) = range(19)  # fmt: skip


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
    pools, runs = pool_hours(supplies, shape)
    public, displaced = np.empty((len(TIERS), *shape)), np.empty((len(TIERS), *shape))
    used = np.empty_like(pools)
    by_group = np.empty((shape[0], -(-shape[1] // MONTHS_PER_YEAR), groups.count.shape[1]))
    table = np.empty((_ROWS, groups.count.shape[1]))
    _allocate(
        groups.need_at_start, groups.own_at_start, groups.need_growth, groups.own_growth,
        groups.traits, groups.rounds, int(groups.open_rest), pools, runs, public, displaced, used, by_group,
        np.array([table.ctypes.data]), np.empty(_FILLS),
    )  # fmt: skip
    by_group += groups.own_by_group
    return Allocation(tiers_last(public), tiers_last(displaced), used_by_provider(supplies, pools, used), by_group)


def out_of_reach(groups: Groups, supplies: list[tuple[Supply, Array]], allocation: Allocation) -> dict[str, Array]:
    """Hours by provider that groups would take if all designs were new, [draw, month]; empty where all of them are."""
    if all(supply.runnable is None for supply, _ in supplies):
        return {}
    new = [
        (replace(s, runnable=None if s.runnable is None else np.ones_like(s.runnable)), hours) for s, hours in supplies
    ]
    found = allocate(groups, new).used
    return {provider: np.maximum(found[provider] - used, 0.0) for provider, used in allocation.used.items()}


def less(hours: dict[str, Array], beyond: dict[str, Array], supplied: dict[str, Array]) -> dict[str, Array]:
    """Hours by provider without the part of them that is out of reach, `beyond` of `supplied`, [draw, month]."""
    left = dict(hours)
    for provider, lost in beyond.items():
        part = np.divide(lost, supplied[provider], out=np.zeros_like(lost), where=supplied[provider] > 0)
        left[provider] = hours[provider] * (1 - part)
    return left


def pool_hours(supplies: list[tuple[Supply, Array]], shape: tuple[int, ...]) -> tuple[Array, Array]:
    """Hours in each pool, and the share of need that its designs can run, [pool, draw, month]."""
    pools, runs = np.zeros((len(POOLS), *shape)), np.ones((len(POOLS), *shape))
    for supply, hours in supplies:
        pool = _pool_of(supply)
        if supply.runnable is not None:  # the mean by hours, where several machines share a pool
            mean, all_hours = pools[pool] * runs[pool] + hours * supply.runnable, pools[pool] + hours
            np.divide(mean, all_hours, out=runs[pool], where=all_hours > 0)
        pools[pool] += hours
    return pools, runs


def used_by_provider(supplies: list[tuple[Supply, Array]], pools: Array, used: Array) -> dict[str, Array]:
    """Hours used of each provider, [draw, month]: what is left over in a pool falls on its suppliers in proportion."""
    part = used / np.maximum(pools, np.finfo(float).tiny)
    return sums_by_name(
        ({supply.provider: hours * part[_pool_of(supply)]} for supply, hours in supplies), used.shape[1:]
    )


def _pool_of(supply: Supply) -> int:
    """Place in POOLS of the pool that a supply belongs to."""
    if supply.rule == "request":
        return 0 if supply.runnable is not None else 1
    return 2 if supply.small_jobs_only else 3


@_compiled
def _allocate(
    need: Array,
    own: Array,
    need_growth: Array,
    own_growth: Array,
    traits: Array,
    rounds: Array,
    open_rest: int,
    supplies: Array,
    runs: Array,
    public: Array,
    displaced: Array,
    used: Array,
    by_group: Array,
    address: NDArray[np.int64],
    levels: Array,
) -> None:
    """Fill `public`, `displaced` [tier, draw, month] and `used` [pool, draw, month] with hours a month.

    `by_group` [draw, year, group] gets the hours of one group of each kind in a year beyond its own. By its address,
    and with a length that is checked first, the table [row, group] is to the compiler what one made here would be: sums
    are then taken in the same order, to the last bit.
    """
    _, draws, months = supplies.shape
    if need.shape[1] != _TIERS * QUANTILES:
        raise ValueError("compiled for another number of groups")
    table = matrix(address, _ROWS, need.shape[1])
    public[:], displaced[:], used[:], by_group[:] = 0.0, 0.0, 0.0, 0.0
    for d in range(draws):
        _load_draw(table, need[d], own[d], traits[d])
        reserve, own_runs = traits[d, _T_RESERVE, 0], traits[d, _T_OWN_RUNS, 0]
        levels[:] = 0.0  # last month's level is a good start for this month's
        round_year, round_sum = -1, 0.0
        for m in range(months):
            if max(max(supplies[0, d, m], supplies[1, d, m]), max(supplies[2, d, m], supplies[3, d, m])) <= 0.0:
                continue
            year = m // MONTHS_PER_YEAR
            _start_month(table, need_growth[d, m], own_growth[d, m], own_runs)
            if max(supplies[0, d, m], supplies[1, d, m]) > 0.0:
                if year != round_year:
                    round_year, round_sum = year, _hold_round(table, rounds[d, year])
                _fill_requests(table, supplies, runs, used, levels, d, m, reserve, open_rest, round_sum)
            _fill_by_odds(table, supplies, runs, used, levels, d, m)
            _add_to_tiers(table, public, displaced, d, m)
            _add_to_year(table, by_group[d, year])


@_inline
def _load_draw(table: Array, need: Array, own: Array, traits: Array) -> None:
    """Copy what stays the same in a draw."""
    for g in range(table.shape[1]):
        table[_NEED, g], table[_OWN, g], table[_ONE, g] = need[g], own[g], 1.0
        table[_COUNT, g], table[_LARGE, g] = traits[_T_COUNT, g], traits[_T_LARGE, g]
        table[_APPLY, g], table[_ODDS, g] = traits[_T_APPLY, g], traits[_T_ODDS, g]
        table[_CROWD_OUT, g] = traits[_T_CROWD_OUT, g]
        table[_CROWD_OUT_ALL, g] = traits[_T_COUNT, g] * traits[_T_CROWD_OUT, g]


@_inline
def _start_month(table: Array, growth: float, own_growth: float, own_runs: float) -> None:
    """Set own hours that are used, what is lacking, and nothing taken, at the start of a month."""
    for g in range(table.shape[1]):
        wanted = table[_NEED, g] * growth
        table[_USED_OWN, g] = min(table[_OWN, g] * own_growth, wanted * own_runs)
        # not the difference where own compute covers all that it can run: a fused product would leave dust of it
        covered = table[_OWN, g] * own_growth >= wanted * own_runs
        table[_GAP, g] = wanted * (1.0 - own_runs) if covered else wanted - table[_USED_OWN, g]
        table[_TAKEN, g] = 0.0


@_inline
def _hold_round(table: Array, weights: Array) -> float:
    """The weights of a year's round; their sum."""
    total = 0.0
    for g in range(table.shape[1]):
        table[_ROUND, g] = weights[g]
        table[_ROUND_SUM, g] = table[_COUNT, g] * weights[g]
        total += table[_ROUND_SUM, g]
    return total


@_inline
def _fill_requests(
    table: Array, supplies: Array, runs: Array, used: Array, levels: Array, d: int, m: int,
    reserve: float, open_rest: int, round_sum: float,
) -> None:  # fmt: skip
    """What is competed for goes to applicants by their round; the reserve and what they leave to all, per head."""
    for pool in range(2):
        competed = (1.0 - reserve) * supplies[pool, d, m]
        if competed > 0.0 and round_sum > 0.0:
            _cap_requests(table, _APPLY, runs[pool, d, m])
            levels[pool] = _level(table, _ROUND, _ROUND_SUM, competed, round_sum, levels[pool])
            used[pool, d, m] = _take(table, _ROUND, levels[pool])
    for pool in range(2):
        rest = reserve * supplies[pool, d, m]
        if open_rest:
            rest = supplies[pool, d, m] - used[pool, d, m]
        if rest > _ROUNDING * supplies[pool, d, m]:
            heads = _cap_requests(table, _ONE, runs[pool, d, m])
            levels[2 + pool] = _level(table, _ONE, _COUNT, rest, heads, levels[2 + pool])
            used[pool, d, m] += _take(table, _ONE, levels[2 + pool])


@_inline
def _fill_by_odds(table: Array, supplies: Array, runs: Array, used: Array, levels: Array, d: int, m: int) -> None:
    """What grants pay for: laboratories' machines for what fits them, then rented hours."""
    for pool in range(2, 4):
        if supplies[pool, d, m] > 0.0:
            weight_sum = _weights_by_odds(table, pool == 2, runs[pool, d, m])
            if weight_sum > 0.0:
                at = 2 + pool
                levels[at] = _level(table, _WEIGHT, _WEIGHT_SUM, supplies[pool, d, m], weight_sum, levels[at])
                used[pool, d, m] = _take(table, _WEIGHT, levels[at])


@_inline
def _cap_requests(table: Array, part: int, runs: float) -> float:
    """What groups still lack, those of them who apply or all, and designs can run; the number of groups."""
    heads = 0.0
    for g in range(table.shape[1]):
        reach = table[_GAP, g] - (1.0 - runs) * (table[_GAP, g] + table[_USED_OWN, g])
        # rounding would leave a negative gap to a group that has all it needs
        table[_CAP, g] = max(table[part, g] * reach - table[_TAKEN, g], 0.0)
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
        heads += table[_COUNT, g]
    return heads


@_inline
def _weights_by_odds(table: Array, small_jobs_only: bool, runs: float) -> float:
    """Weights and caps of a pool that is allocated by odds; the sum of the weights."""
    weight_sum = 0.0
    for g in range(table.shape[1]):
        table[_CAP, g] = max(table[_GAP, g] - table[_TAKEN, g], 0.0)
        table[_WEIGHT, g] = table[_CAP, g] * table[_ODDS, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        weight_sum += table[_WEIGHT_SUM, g]
    for g in range(table.shape[1]):
        fits = (1.0 - table[_LARGE, g]) * runs if small_jobs_only else runs
        beyond = (1.0 - fits) * (table[_GAP, g] + table[_USED_OWN, g])
        table[_CAP, g] = max(table[_CAP, g] - beyond, 0.0)
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return weight_sum


@_inline
def _level(table: Array, weight: int, weighted: int, supply: float, weight_sum: float, guess: float) -> float:
    """Water level at which the groups take `supply`, or all they can.

    `weight` is the row of weights, `weighted` that of weights times groups, which sum to `weight_sum`.
    Newton's method on a concave, piecewise linear function: from any start above zero it
    is left of the root after one step and then climbs to it, one set of groups at a time.
    """
    level = guess if guess > 0.0 else supply / weight_sum
    for step in range(table.shape[1] + 1):
        capped, slope = 0.0, 0.0
        for g in range(table.shape[1]):
            below = table[weight, g] * level < table[_CAP, g]
            slope += table[weighted, g] if below else 0.0
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
def _take(table: Array, weight: int, level: float) -> float:
    """Hours that all groups take at a level; each takes its weight times the level, or its cap."""
    total = 0.0
    for g in range(table.shape[1]):
        got = min(table[weight, g] * level, table[_CAP, g])
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
