"""Who gets the hours of one month: shared out over the groups, under common caps."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from tests.bench.plain.draw import Draw
from tests.bench.plain.unit import REQUEST, SMALL_BY_ODDS


def share_out(pots: Sequence[float], month: int, draw: Draw) -> tuple[list[float], list[float]]:
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
            weights = with_reserve(asked, draw)
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


def with_reserve(asked: Sequence[float], draw: Draw) -> list[float]:
    """Weights of requests: a part of the hours per head, the rest by what is asked for."""
    reserve = draw.world.access.reserve_share
    total = sum(ask * count for ask, count in zip(asked, draw.count, strict=True))
    per_head = reserve / draw.everyone
    per_hour = (1 - reserve) / total if total > 0 else 0.0
    return [per_head + per_hour * ask for ask in asked]


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
