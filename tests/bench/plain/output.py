"""Research output, one group and year at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import log, nan
from typing import TYPE_CHECKING

from sim.mechanisms.demand import TIERS
from sim.mechanisms.research import LEAST_WORK
from sim.units import GROUP_QUANTILES, MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, discount_factor
from tests.bench.plain.models import decided, factors, public_parts

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

Table = list[list[float]]  # [year][tier]


def made(
    hours: Sequence[Sequence[float]], hired: Sequence[float], draw: Draw, parts: Sequence[float],
    exponent: float | None = None, own: Table | None = None,
) -> Table:  # fmt: skip
    """Output of each tier in each year from hours of one group [year][group] and person-years that grants pay.

    `own` are person-years that groups pay out of money which public hours free, [year][tier]: by what they have.

    `parts` is what public compute adds to that of open models, by month.
    """
    counted = draw.world.complement.counted
    models = factors(decided(list(parts), draw), draw) if counted else [(1.0, 1.0)] * len(hours)
    terms = draw.world.output
    alpha = terms.alpha if exponent is None else exponent
    had = [0.0] * len(TIERS)
    for group, count in enumerate(draw.count):
        had[group // GROUP_QUANTILES] += draw.first_own[group] * count
    winners = sum(o * n for o, n in zip(draw.odds, draw.count, strict=True))
    alone = own_hours(draw)
    unit = max(
        sum((alone[0][g] + terms.floor_hours) * n for g, n in enumerate(draw.count)) / sum(draw.count), LEAST_WORK
    )
    first: Table = []
    for year, used in enumerate(hours):
        new = 2 ** ((year + 0.5) / draw.world.hardware.doubling_years)
        tiers = [0.0] * len(TIERS)
        for group, count in enumerate(draw.count):
            tier = group // GROUP_QUANTILES
            chance = draw.odds[group] / winners if winners > 0 else 1 / draw.everyone
            usual = people = getattr(terms, f"people_{TIERS[tier]}")
            people += hired[year] * chance
            if own is not None and had[tier] > 0:
                people += own[year][tier] * draw.first_own[group] / had[tier]
            factor = terms.productivity_elite if tier == 0 else 1.0
            work = used[group] * models[year][0] / new**terms.frontier_weight + terms.floor_hours * models[year][1]
            there = max(alone[year][group] / new**terms.frontier_weight + terms.floor_hours, LEAST_WORK)
            tiers[tier] += count * factor * together(work / unit, there / unit, people, usual, alpha, group, draw)
        first.append(tiers)
    return built_on(first, draw) if terms.spillover else first


def own_hours(draw: Draw) -> list[list[float]]:
    """Hours that one group of each kind uses in a year where no public hours come, [year][group]."""
    years = range(0, draw.months, MONTHS_PER_YEAR)
    return [[sum(draw.own[m][g] for m in range(y, y + MONTHS_PER_YEAR)) for g in range(len(draw.count))] for y in years]


def together(
    work: float, there: float, people: float, usual: float, alpha: float, group: int, draw: Draw
) -> float:  # fmt: skip
    """Output of one group: what it does and its people, around the work that it does alone and its usual people."""
    terms, beta = draw.world.output, draw.world.output.beta
    place = GROUP_QUANTILES - group % GROUP_QUANTILES  # 1 for the largest need
    computing = min(max(terms.computing_share * GROUP_QUANTILES - (place - 1), 0.0), 1.0)
    alpha = alpha * (computing + (1 - computing) * terms.other_ratio)
    elasticity = computing * terms.substitution_computing + (1 - computing) * terms.substitution_other
    if elasticity == 1 or alpha + beta == 0:
        return float(work**alpha * people**beta)
    power = (elasticity - 1) / elasticity
    if work == 0 and alpha > 0 and power < 0:
        return 0.0
    share = alpha / (alpha + beta)
    mean = (
        share * (work / there) ** power + (1 - share) * (people / usual) ** power
        if share > 0
        else (people / usual) ** power
    )
    return float(there**alpha * usual**beta * mean ** ((alpha + beta) / power))


def built_on(first: Table, draw: Draw) -> Table:
    """Output with what others add to that of earlier years."""
    terms = draw.world.output
    late = int(terms.spillover_lag_years)
    part = terms.spillover_lag_years - late
    every = []
    for year, tiers in enumerate(first):
        row = list(tiers)
        for back, weight in ((late, 1 - part), (late + 1, part)):
            if year >= back:
                added = [terms.spillover_ratio * weight * old for old in first[year - back]]
                row = [so_far + more for so_far, more in zip(row, added, strict=True)]
        every.append(row)
    return every


def percent(more: float, than: float) -> float:
    """How much more, in percent."""
    return 100 * (more / than - 1) if than > 0 else nan


def count_output(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of research output; the social cost must have been found before."""
    years = range(0, draw.months, MONTHS_PER_YEAR)
    worth = [discount_factor(year + 0.5, draw.world.money) for year in range(len(years))]

    def value(flow: Sequence[float]) -> float:
        return sum(amount * factor for amount, factor in zip(flow, worth, strict=True))

    alone = own_hours(draw)
    hired = [sum(months.added_labour[y : y + MONTHS_PER_YEAR]) for y in years]
    applying = [sum(months.days[y : y + MONTHS_PER_YEAR]) for y in years]
    parts, no_parts, nobody = public_parts(months, draw), [0.0] * draw.months, [0.0] * len(years)
    extra = months.own_hired
    here, nothing = made(months.by_group, hired, draw, parts, own=extra), made(alone, nobody, draw, no_parts)
    ours, theirs = [sum(tiers) for tiers in here], [sum(tiers) for tiers in nothing]
    found.totals["output_percent"] = percent(value(ours), value(theirs))
    found.yearly["output_percent"] = [percent(a, b) for a, b in zip(ours, theirs, strict=True)]
    for tier, name in enumerate(TIERS):
        by_tier = [value([row[tier] for row in table]) for table in (here, nothing)]
        found.totals[f"output_percent_{name}"] = percent(*by_tier)
    terms = draw.world.output
    staff = sum(
        count * getattr(terms, f"people_{TIERS[group // GROUP_QUANTILES]}") for group, count in enumerate(draw.count)
    )
    usual = [staff * terms.workdays_in_year for _ in years]
    busy = [
        (staff + h + sum(others)) * terms.workdays_in_year + a
        for h, others, a in zip(hired, extra, applying, strict=True)
    ]
    a_day, a_usual_day = value(ours) / value(busy), value(theirs) / value(usual)
    found.totals["output_per_day_percent"] = percent(a_day, a_usual_day)
    more = found.totals["output_percent"]
    found.totals["cost_per_output_percent"] = found.totals["social_cost"] / more if more > 0 else nan
    spent = draw.present_value(
        [staff * draw.world.grants.researcher_usd_per_year / MONTHS_PER_YEAR + sum(own) * rent
         for own, rent in zip(draw.tier_own, draw.rent_usd, strict=True)]
    )  # fmt: skip
    public_cost = found.totals["public_cost"]
    found.totals["benefit_cost_ratio"] = more / 100 * spent / public_cost if public_cost > 0 else nan

    def short(alpha: float) -> float:
        """How far the extra output is from being worth what it costs society; negative where it falls short."""
        mine, nobodys = (
            value([sum(tiers) for tiers in made(hours, people, draw, given, alpha, others)])
            for hours, people, given, others in (
                (months.by_group, hired, parts, extra),
                (alone, nobody, no_parts, None),
            )
        )
        return log(mine / nobodys / (1 + found.totals["social_cost"] / spent))

    found.totals["break_even_alpha"] = crossing(short) if spent > 0 and more > 0 else nan


def crossing(gap: Callable[[float], float]) -> float:
    """Where a gap is first closed between 0 and 1: the first tenth at which it is, then false position.

    0 where it is closed from the start, not a number where it never is. The other end is halved where one end moves
    twice (the Illinois rule), or it would stay and the search take five times as long.
    """
    low, below = 0.0, gap(1e-300)
    if below >= 0:
        return 0.0
    for tenth in range(1, 11):
        high, above = tenth / 10, gap(tenth / 10)
        if above >= 0:
            break
        low, below = high, above
    else:
        return nan
    last = 0
    while True:
        found = high - above * (high - low) / (above - below)
        now = gap(found)
        if abs(now) < 1e-15 or found in (low, high):
            return found
        side = 1 if now > 0 else -1
        if side > 0:
            high, above, below = found, now, below / 2 if side == last else below
        else:
            low, below, above = found, now, above / 2 if side == last else above
        last = side
