"""The sharing-out of `sharing.py`, compiled: one pass over the groups for each draw and month.

Same rules, same numbers to rounding (tests/theory/test_sharing.py), without arrays that
have a group axis and a month axis at once: many times faster and a fraction of the
memory. Where numba cannot be had, the plain version does the work.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from sim.parameters import Array

_ROUNDING = 10 * np.finfo(np.float64).eps
# Sums over groups may be taken in any order, as NumPy's are: this lets the processor add several at once.
_ANY_ORDER = {"reassoc", "contract", "nsz"}


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER)  # type: ignore[untyped-decorator]
def _level(supply: float, hungry: Array, weight: Array, cap: Array, full: Array, guess: float) -> float:
    """Water level at which the groups take `supply`, or all they can.

    Newton's method on a concave, piecewise linear function: from any start above zero it
    is left of the root after one step and then climbs to it, one set of groups at a time.
    `hungry` and `full` are weight and cap times the groups behind them.
    """
    level = guess
    if level <= 0.0:
        level = supply / hungry.sum()
    for step in range(weight.size + 1):
        taken, slope = 0.0, 0.0
        for g in range(weight.size):
            below = weight[g] * level < cap[g]
            slope += hungry[g] if below else 0.0
            taken += 0.0 if below else full[g]
        if slope <= 0.0:
            if taken <= supply or step > 0:
                break
            level = supply / hungry.sum()
            continue
        raised = (supply - taken) / slope
        if step > 0 and raised <= level * (1.0 + _ROUNDING):
            break
        level = raised
    return level


@njit(cache=True, nogil=True, fastmath=_ANY_ORDER)  # type: ignore[untyped-decorator]
def share_rows(
    need: Array,
    own: Array,
    need_growth: Array,
    own_growth: Array,
    traits: Array,
    tier_groups: int,
    supplies: Array,
    public: Array,
    displaced: Array,
    used: Array,
) -> None:
    """Fill `public` and `displaced` [draw, month, tier] and `used` [draw, month, pot], hours a month.

    `need`, `own` [draw, group] are hours a month at the start, the growth factors [draw, month];
    `traits` [draw, trait, group] are count, apply, odds, large, crowd-out and reserve;
    `supplies` [draw, month, pot] H100e-hours, the pots being those of `sharing.POTS`;
    tiers have `tier_groups` entries each.
    """
    draws, months, pots = supplies.shape
    groups = need.shape[1]
    wanted, had, taken = np.empty(groups), np.empty(groups), np.empty(groups)
    weight, cap, hungry, full = np.empty(groups), np.empty(groups), np.empty(groups), np.empty(groups)
    guess = np.empty(pots)
    for d in range(draws):
        count, apply, odds, large, crowd = traits[d, 0], traits[d, 1], traits[d, 2], traits[d, 3], traits[d, 4]
        reserve, everyone = traits[d, 5, 0], count.sum()
        guess[:] = 0.0  # last month's level is a good start for this month's
        for m in range(months):
            for tier in range(public.shape[2]):
                public[d, m, tier] = 0.0
                displaced[d, m, tier] = 0.0
            for pot in range(pots):
                used[d, m, pot] = 0.0
            if supplies[d, m].max() <= 0.0:
                continue
            for g in range(groups):
                wanted[g] = need[d, g] * need_growth[d, m]
                had[g] = min(own[d, g] * own_growth[d, m], wanted[g])
                taken[g] = 0.0
            for pot in range(pots):
                supply = supplies[d, m, pot]
                if supply <= 0.0:
                    continue
                asked = 0.0
                for g in range(groups):
                    left = wanted[g] - had[g] - taken[g]
                    cap[g] = left
                    weight[g] = left * apply[g] * (odds[g] if pot > 0 else 1.0)
                    asked += count[g] * weight[g]
                if pot == 1:
                    for g in range(groups):
                        cap[g] = min(cap[g], max((1.0 - large[g]) * wanted[g] - had[g] - taken[g], 0.0))
                if pot == 0:
                    per_head = reserve / everyone
                    by_merit = (1.0 - reserve) / asked if asked > 0.0 else 0.0
                    for g in range(groups):
                        weight[g] = per_head + by_merit * weight[g]
                elif asked <= 0.0:
                    continue
                for g in range(groups):
                    hungry[g] = count[g] * weight[g]
                    full[g] = count[g] * cap[g]
                level = _level(supply, hungry, weight, cap, full, guess[pot])
                guess[pot] = level
                total = 0.0
                for g in range(groups):
                    got = min(weight[g] * level, cap[g])
                    taken[g] += got
                    total += count[g] * got
                used[d, m, pot] = total
            for tier in range(public.shape[2]):
                given, lost = 0.0, 0.0
                for g in range(tier * tier_groups, (tier + 1) * tier_groups):
                    given += count[g] * taken[g]
                    lost += count[g] * crowd[g] * min(taken[g], had[g])
                public[d, m, tier] = given
                displaced[d, m, tier] = lost
