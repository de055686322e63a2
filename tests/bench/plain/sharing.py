"""Who gets the hours of one month: shared out over the groups, under common caps."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf

from sim.mechanisms.demand import TIERS
from sim.units import GROUP_QUANTILES, MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw
from tests.bench.plain.unit import BY_ODDS, OLD_REQUEST, REQUEST, SMALL_BY_ODDS


def allocate(pots: Sequence[float], fits: Sequence[float], month: int, draw: Draw) -> tuple[list[float], list[float]]:
    """Public hours of each group, and the hours of each pot that found a user; `fits`: of need, for its designs."""
    access, need, own = draw.world.access, draw.need[month], draw.own[month]
    taken = [0.0] * len(need)
    used = [0.0] * len(pots)

    def fill(pot: int, hours: float, weights: Sequence[float], parts: Sequence[float], jobs: Sequence[float]) -> None:
        """Hours to a part of each group's members, for those of their jobs that fit."""
        caps = []
        for n, o, t, part, job in zip(need, own, taken, parts, jobs, strict=True):
            caps.append(max(part * min(n - o, job * fits[pot] * n - o) - t, 0.0))
        for group, got in enumerate(waterfill(hours, weights, caps, draw.count)):
            taken[group] += got
            used[pot] += got * draw.count[group]

    everybody = [1.0] * len(need)
    requests = [pot for pot in (OLD_REQUEST, REQUEST) if pots[pot] > 0]
    for pot in requests:
        fill(pot, (1 - access.reserve_share) * pots[pot], competed(month, draw), draw.apply, everybody)
    for pot in requests:
        rest = pots[pot] - used[pot] if access.open_rest else access.reserve_share * pots[pot]
        if rest > 1e-14 * pots[pot]:
            fill(pot, rest, everybody, everybody, everybody)
    for pot in (SMALL_BY_ODDS, BY_ODDS):
        if pots[pot] > 0:
            left = [max(n - o - t, 0.0) for n, o, t in zip(need, own, taken, strict=True)]
            small = [1 - large for large in draw.large] if pot == SMALL_BY_ODDS else everybody
            fill(pot, pots[pot], [gap * odds for gap, odds in zip(left, draw.odds, strict=True)], everybody, small)
    return taken, used


def competed(month: int, draw: Draw) -> list[float]:
    """Part of the hours competed for that one group of each kind is to have, in the round of the month's year."""
    access = draw.world.access
    first = month // MONTHS_PER_YEAR * MONTHS_PER_YEAR
    gaps = [n - o for n, o in zip(draw.need[first], draw.own[first], strict=True)]
    if access.rule == "lottery":
        return parts([a if gap > 0 else 0.0 for a, gap in zip(draw.apply, gaps, strict=True)], draw)
    cut = [gap**access.cut_exponent if gap > 0 else 0.0 for gap in gaps]
    asked = [a * gap for a, gap in zip(draw.apply, cut, strict=True)]
    if access.rule == "merit":
        own = sum(hours * count for hours, count in zip(draw.first_own, draw.count, strict=True)) / draw.everyone
        strength = [(hours / own if own > 0 else 1.0) ** access.merit_exponent for hours in draw.first_own]
        return parts([ask * s for ask, s in zip(asked, strength, strict=True)], draw)
    if access.rule == "tier_floor":
        lower = [ask if tier_of(n) in ("regional", "startups") else 0.0 for n, ask in enumerate(asked)]
        if sum(lower) > 0:
            kept, of_all = parts(lower, draw), parts(asked, draw)
            part = access.lower_tier_share
            return [part * ours + (1 - part) * each for ours, each in zip(kept, of_all, strict=True)]
    return parts(asked, draw)


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
