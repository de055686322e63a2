"""Who gets the hours of one month: shared out over the groups, under common caps."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from sim.mechanisms.demand import TIERS
from sim.units import GROUP_QUANTILES
from tests.bench.plain.draw import Draw
from tests.bench.plain.unit import REQUEST, SMALL_BY_ODDS


def allocate(pots: Sequence[float], month: int, draw: Draw) -> tuple[list[float], list[float]]:
    """Public hours of each group, and the hours of each pot that found a user."""
    need, own = draw.need[month], draw.own[month]
    taken = [0.0] * len(need)
    used = [0.0] * len(pots)
    for pot, supply in enumerate(pots):
        if supply <= 0:
            continue
        caps = [max(n - o - t, 0.0) for n, o, t in zip(need, own, taken, strict=True)]
        asked = [gap * apply for gap, apply in zip(caps, draw.apply, strict=True)]
        if pot == REQUEST:
            weights = with_reserve(caps, draw)
        else:
            weights = [ask * odds for ask, odds in zip(asked, draw.odds, strict=True)]
        if pot == SMALL_BY_ODDS:
            caps = [
                min(gap, max((1 - large) * n - o - t, 0.0))
                for gap, large, n, o, t in zip(caps, draw.large, need, own, taken, strict=True)
            ]
        got = waterfill(supply, weights, caps, draw.count)
        for group, hours in enumerate(got):
            taken[group] += hours
            used[pot] += hours * draw.count[group]
    return taken, used


def with_reserve(gaps: Sequence[float], draw: Draw) -> list[float]:
    """Weights of requests: a part of the hours per head, the rest by the rule."""
    reserve = draw.world.access.reserve_share
    return [reserve / draw.everyone + (1 - reserve) * part for part in competed(gaps, draw)]


def competed(gaps: Sequence[float], draw: Draw) -> list[float]:
    """Part of the hours competed for that one group of each kind would get if it could use them."""
    access = draw.world.access
    if access.rule == "lottery":
        return parts(draw.apply, draw)
    if access.rule == "merit":
        own = sum(hours * count for hours, count in zip(draw.first_own, draw.count, strict=True)) / draw.everyone
        strength = [(hours / own if own > 0 else 1.0) ** access.merit_exponent for hours in draw.first_own]
        return parts([a * gap * s for a, gap, s in zip(draw.apply, gaps, strength, strict=True)], draw)
    by_need = [a * gap for a, gap in zip(draw.apply, gaps, strict=True)]
    if access.rule == "tier_floor":
        lower = [ask if tier_of(n) in ("regional", "startups") else 0.0 for n, ask in enumerate(by_need)]
        if sum(lower) > 0:
            kept, of_all = parts(lower, draw), parts(by_need, draw)
            part = access.lower_tier_share
            return [part * ours + (1 - part) * each for ours, each in zip(kept, of_all, strict=True)]
    return parts(by_need, draw)


def parts(wishes: Sequence[float], draw: Draw) -> list[float]:
    """Wishes over the sum of those of all groups."""
    total = sum(wish * count for wish, count in zip(wishes, draw.count, strict=True))
    return [wish / total if total > 0 else 0.0 for wish in wishes]


def tier_of(number: int) -> str:
    """Name of the tier that a kind of group is in."""
    return TIERS[number // GROUP_QUANTILES]


def waterfill(supply: float, weights: Sequence[float], caps: Sequence[float], count: Sequence[float]) -> list[float]:
    """Hours of each group by weight, none above its cap: groups are filled in the order in which they are full."""
    filled = [0.0] * len(caps)
    full_at = [cap / weight if weight > 0 else inf for cap, weight in zip(caps, weights, strict=True)]
    order = sorted(range(len(caps)), key=full_at.__getitem__)
    hungry = [0.0] * (len(order) + 1)  # weight of a group and of all that come after it
    for place in range(len(order) - 1, -1, -1):
        group = order[place]
        hungry[place] = hungry[place + 1] + weights[group] * count[group]
    left = supply
    for place, group in enumerate(order):
        if hungry[place] <= 0:
            break
        level = max(left, 0.0) / hungry[place]
        if level < full_at[group]:
            for other in order[place:]:
                filled[other] = weights[other] * level
            break
        filled[group] = caps[group]
        left -= caps[group] * count[group]
    return filled
