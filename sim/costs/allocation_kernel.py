"""The sharing-out of `sharing.py`, compiled: one pass over the groups for each draw and month.

Same rules, same numbers to rounding (tests/theory/test_sharing.py), without arrays that
have a group axis and a month axis at once: many times faster and a fraction of the
memory. Where numba cannot be had, the plain version does the work.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.mechanisms.access import RULES
from sim.mechanisms.demand import QUANTILES, TIERS
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

_TIERS = len(TIERS)  # loops over a tier are fast, for their length is known when this is compiled
_ROUNDING = 10 * np.finfo(np.float64).eps
# Sums over groups may be taken in any order, as NumPy's are: this lets the processor add several at once.
_ANY_ORDER = {"reassoc", "contract", "nsz"}
# Parts are copied into the whole: as calls they would spend a tenth of the time on counting references.
_part = njit(inline="always", nogil=True, fastmath=_ANY_ORDER)
_whole = njit(cache=True, nogil=True, fastmath=_ANY_ORDER)

# rows of the table [row, group] that one draw is worked out in: what stays, what changes by month, what changes by pool
(
    _COUNT, _ASK, _ASIDE, _UNIFORM, _LARGE, _LOSS, _YIELD, _NEED, _OWN, _HAD, _GAP, _TAKEN, _WEIGHT, _CAP, _WEIGHT_SUM,
    _FULL, _ROWS,
) = range(17)  # fmt: skip
_LOTTERY, _TIER_FLOOR = RULES.index("lottery"), RULES.index("tier_floor")


@_whole
def share_rows(
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
) -> None:
    """Fill `public` and `displaced` [tier, draw, month] and `used` [pot, draw, month], hours a month.

    `by_group` [draw, year, group] gets the hours that one group of each kind uses in a year beyond its own: public
    ones less own ones crowded out.

    `need`, `own` [draw, group] are hours a month at the start, the growth factors [draw, month];
    `traits` [draw, trait, group] are those of `sharing.Groups.traits`, `rule` is its place in `access.RULES`;
    `supplies` [pot, draw, month] H100e-hours, the pots being those of `sharing.POTS`.
    """
    pots, draws, months = supplies.shape
    if need.shape[1] != _TIERS * QUANTILES:
        raise ValueError("compiled for another number of groups: delete sim/comparison/__pycache__")
    table, levels = np.empty((_ROWS, need.shape[1])), np.empty(pots)
    public[:], displaced[:], used[:], by_group[:] = 0.0, 0.0, 0.0, 0.0
    for d in range(draws):
        everyone = _describe(table, need[d], own[d], traits[d])
        reserve = traits[d, 5, 0]
        levels[:] = 0.0  # last month's level is a good start for this month's
        for m in range(months):
            begun = False
            for pool in range(pots):
                supply = supplies[pool, d, m]
                if supply <= 0.0:
                    continue
                if not begun:
                    _begin(table, need_growth[d, m], own_growth[d, m])
                    begun = True
                weight_sum = _apply(table, rule, reserve, everyone) if pool == 0 else _expected(table, pool == 1)
                if weight_sum > 0.0:
                    levels[pool] = _level(table, supply, weight_sum, levels[pool])
                    used[pool, d, m] = _take(table, levels[pool])
            if begun:
                _count(table, public, displaced, d, m)
                _keep(table, by_group[d, m // MONTHS_PER_YEAR])


@_part
def _describe(table: Array, need: Array, own: Array, traits: Array) -> float:
    """Copy what stays the same in a draw; the number of all groups."""
    everyone = 0.0
    for g in range(table.shape[1]):
        table[_NEED, g], table[_OWN, g] = need[g], own[g]
        table[_COUNT, g], table[_LARGE, g] = traits[0, g], traits[3, g]
        table[_ASK, g], table[_ASIDE, g] = traits[6, g], traits[7, g]
        table[_UNIFORM, g] = traits[1, g] * traits[2, g]
        table[_LOSS, g] = traits[4, g]
        table[_YIELD, g] = traits[0, g] * traits[4, g]
        everyone += traits[0, g]
    return everyone


@_part
def _begin(table: Array, growth: float, own_growth: float) -> None:
    """A month begins: own hours that are used, what is missing, and nothing taken."""
    for g in range(table.shape[1]):
        wanted = table[_NEED, g] * growth
        table[_HAD, g] = min(table[_OWN, g] * own_growth, wanted)
        table[_GAP, g] = wanted - table[_HAD, g]
        table[_TAKEN, g] = 0.0


@_part
def _apply(table: Array, rule: int, reserve: float, everyone: float) -> float:
    """Weights and caps of the first pot by the rule; the sum of the weights."""
    if rule == _LOTTERY:
        return _draw_lottery(table, reserve, everyone)
    if rule == _TIER_FLOOR:
        return _keep_aside(table, reserve, everyone)
    return _request(table, reserve, everyone)


@_part
def _request(table: Array, reserve: float, everyone: float) -> float:
    """Weights and caps of the first pot: the reserve per head, the rest by request; the sum of the weights."""
    asked = 0.0
    for g in range(table.shape[1]):
        asked += table[_COUNT, g] * table[_ASK, g] * table[_GAP, g]
    per_head = reserve / everyone
    by_merit = (1.0 - reserve) / asked if asked > 0.0 else 0.0
    for g in range(table.shape[1]):
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + by_merit * table[_ASK, g] * table[_GAP, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return reserve + by_merit * asked


@_part
def _draw_lottery(table: Array, reserve: float, everyone: float) -> float:
    """The same where applicants draw lots: what they lack caps what they win, and does not weigh."""
    asked = 0.0
    for g in range(table.shape[1]):
        asked += table[_COUNT, g] * table[_ASK, g]
    per_head = reserve / everyone
    by_lot = (1.0 - reserve) / asked if asked > 0.0 else 0.0
    for g in range(table.shape[1]):
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + by_lot * table[_ASK, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return reserve + by_lot * asked


@_part
def _keep_aside(table: Array, reserve: float, everyone: float) -> float:
    """The same where a part of what is competed for is kept for some tiers; for all where they lack nothing."""
    asked, theirs, aside = 0.0, 0.0, 0.0
    for g in range(table.shape[1]):
        wish = table[_COUNT, g] * table[_ASK, g] * table[_GAP, g]
        asked += wish
        theirs += wish if table[_ASIDE, g] > 0.0 else 0.0
        aside = max(aside, table[_ASIDE, g])
    if theirs <= 0.0:
        aside = 0.0
    per_head = reserve / everyone
    by_need = (1.0 - reserve) * (1.0 - aside) / asked if asked > 0.0 else 0.0
    kept = (1.0 - reserve) * aside / theirs if theirs > 0.0 else 0.0
    weight_sum = 0.0
    for g in range(table.shape[1]):
        factor = by_need + (kept if table[_ASIDE, g] > 0.0 else 0.0)
        table[_CAP, g] = table[_GAP, g]
        table[_WEIGHT, g] = per_head + factor * table[_ASK, g] * table[_GAP, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
        weight_sum += table[_WEIGHT_SUM, g]
    return weight_sum


@_part
def _expected(table: Array, small_jobs_only: bool) -> float:
    """Weights and caps of a pot shared out by request and odds; the sum of the weights."""
    weight_sum = 0.0
    for g in range(table.shape[1]):
        # rounding would make a debt of what is left to a group that has all it needs
        table[_CAP, g] = max(table[_GAP, g] - table[_TAKEN, g], 0.0)
        table[_WEIGHT, g] = table[_CAP, g] * table[_UNIFORM, g]
        table[_WEIGHT_SUM, g] = table[_COUNT, g] * table[_WEIGHT, g]
        table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
        weight_sum += table[_WEIGHT_SUM, g]
    if small_jobs_only:
        for g in range(table.shape[1]):
            fitting = table[_CAP, g] - table[_LARGE, g] * (table[_GAP, g] + table[_HAD, g])
            table[_CAP, g] = max(fitting, 0.0)
            table[_FULL, g] = table[_COUNT, g] * table[_CAP, g]
    return weight_sum


@_part
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


@_part
def _take(table: Array, level: float) -> float:
    """Every group takes its part; hours taken by all."""
    total = 0.0
    for g in range(table.shape[1]):
        got = min(table[_WEIGHT, g] * level, table[_CAP, g])
        table[_TAKEN, g] += got
        total += table[_COUNT, g] * got
    return total


@_part
def _count(table: Array, public: Array, displaced: Array, d: int, m: int) -> None:
    """A month ends: hours taken and own hours crowded out, summed over each tier."""
    for tier in range(_TIERS):
        taken, lost = 0.0, 0.0
        for g in range(tier * QUANTILES, (tier + 1) * QUANTILES):
            taken += table[_COUNT, g] * table[_TAKEN, g]
            lost += table[_YIELD, g] * min(table[_TAKEN, g], table[_HAD, g])
        public[tier, d, m] = taken
        displaced[tier, d, m] = lost


@_part
def _keep(table: Array, year: Array) -> None:
    """A month's hours beyond its own of every group join those of its year."""
    for g in range(table.shape[1]):
        taken = table[_TAKEN, g]
        year[g] += taken - table[_LOSS, g] * min(taken, table[_HAD, g])
