"""Every outcome of one option that needs no queue: over the whole horizon, and by year."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from math import log2, nan

from sim.mechanisms.demand import TIERS
from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series, discount_factor
from tests.bench.plain.option import Months


@dataclass
class Outcomes:
    """Totals by name, and yearly series of those outcomes that have them."""

    totals: dict[str, float] = field(default_factory=dict)
    yearly: dict[str, list[float]] = field(default_factory=dict)

    def flow(self, name: str, by_month: Series) -> None:
        """Something that adds up over time."""
        self.yearly[name] = years_of(by_month)
        self.totals[name] = sum(by_month)

    def ratio(self, name: str, above: Series, below: Series) -> None:
        """A share, of sums over the horizon and of sums over each year."""
        self.totals[name] = share(sum(above), sum(below))
        self.yearly[name] = [share(a, b) for a, b in zip(years_of(above), years_of(below), strict=True)]


def measure(months: Months, draw: Draw, shocked: tuple[Months, Draw] | None = None) -> Outcomes:
    """All outcomes of one option in one draw; `shocked` is the same option and draw under the embargo, if any."""
    from tests.bench.plain.environment import count_environment
    from tests.bench.plain.equity import count_equity
    from tests.bench.plain.independence import count_independence, count_vendor_index
    from tests.bench.plain.market import count_industry, count_market
    from tests.bench.plain.models import count_models
    from tests.bench.plain.openness import count_openness
    from tests.bench.plain.output import count_output
    from tests.bench.plain.reproduction import count_reproduction
    from tests.bench.plain.safety import count_safety
    from tests.bench.plain.vendors import count_vendors

    found = Outcomes()
    count_money(found, months, draw)
    count_hours(found, months, draw)
    count_access(found, months, draw)
    count_equity(found, months, draw)
    count_output(found, months, draw)
    count_openness(found, months, draw)
    count_reproduction(found, months, draw)
    count_environment(found, months, draw)
    count_independence(found, months, draw, shocked)
    count_vendors(found, months, draw)
    count_vendor_index(found, draw)
    count_safety(found, months, draw)
    count_models(found, months, draw)
    count_market(found, months, draw)
    count_industry(found, months, draw)
    found.flow("accelerators_made", months.fab_output)
    found.totals["fab_premium_percent"] = premium_percent(months, draw)
    return found


def count_money(found: Outcomes, months: Months, draw: Draw) -> None:
    """Costs, and costs of an hour."""
    cost = total_of(months.cash.values(), draw)
    outlay = total_of(
        (flow for account, flow in months.cash.items() if account not in ("residual", "lease fees")), draw
    )
    public_cost = draw.present_value(cost)
    private_cost = draw.present_value(total_of(months.private.values(), draw))
    found.flow("outlay", outlay)
    found.totals["public_cost"] = public_cost
    found.totals["beyond_budget"] = public_cost - draw.present_value(draw.budget)
    found.totals["private_cost"] = private_cost
    found.totals["excess_burden"] = draw.world.money.excess_burden_ratio * public_cost
    found.totals["social_cost"] = public_cost * (1 + draw.world.money.excess_burden_ratio) + private_cost
    window = min(MONTHS_PER_YEAR, draw.months)
    found.totals["cash_peak"] = max(sum(outlay[month : month + window]) for month in range(draw.months - window + 1))
    count_advance(found, outlay, draw)
    gpu_hours, h100e_hours = total_of(months.gpu_hours.values(), draw), total_of(months.h100e_hours.values(), draw)
    for unit, hours in (
        ("gpu", gpu_hours),
        ("h100e", h100e_hours),
        ("fe", frontier_hours(h100e_hours, draw)),
    ):
        found.totals[f"cost_per_{unit}_hour"] = share(public_cost, draw.present_value(hours))
        found.flow(f"{unit}_hours", hours)


def count_advance(found: Outcomes, outlay: Series, draw: Draw) -> None:
    """How far outlay runs ahead of appropriations that open with the year, and the interest on that."""
    voted = [sum(draw.budget[year : year + MONTHS_PER_YEAR]) for year in range(0, draw.months, MONTHS_PER_YEAR)]
    most = interest = spent = 0.0
    for month, usd in enumerate(outlay):
        spent += usd
        ahead = spent - sum(voted[: month // MONTHS_PER_YEAR + 1]) - sum(draw.outside[: month + 1])
        ahead = ahead if ahead > 1e-12 * abs(spent) else 0.0  # what is left by rounding is on time
        most = max(most, ahead)
        now, then = (discount_factor((m + 0.5) / MONTHS_PER_YEAR, draw.world.money) for m in (month, month + 1))
        interest += ahead * (now - then)
    found.totals["advance_authority"], found.totals["advance_interest"] = most, interest


def count_hours(found: Outcomes, months: Months, draw: Draw) -> None:
    """What groups use, where it comes from, and when."""
    research, additional, kept = draw.nothing(), draw.nothing(), draw.nothing()
    for month in range(draw.months):
        for own, public, lost in zip(draw.tier_own[month], months.public[month], months.displaced[month], strict=True):
            kept[month] += own - lost
            additional[month] += public - lost
            research[month] += own - lost + public
    found.flow("research_fe_hours", frontier_hours(research, draw))
    found.flow("additional_fe_hours", frontier_hours(additional, draw))
    found.flow("leased_fe_hours", frontier_hours(months.leased, draw))
    found.ratio("need_met", research, [sum(tiers) for tiers in draw.tier_need])
    found.totals["least_need_met"] = min(found.yearly["need_met"])
    owned, rented = 1 - draw.world.independence.own_cloud_share, months.used.get("cloud", draw.nothing())
    domestic = [hours * owned for hours in kept]
    for provider in ("cluster", "workstation"):
        if provider in months.used:
            domestic = [a + b for a, b in zip(domestic, months.used[provider], strict=True)]
    at_home = draw.world.independence.domestic_cloud_share  # of rented hours
    lent = [at_home * (public + (1 - owned) * own) for public, own in zip(rented, kept, strict=True)]
    found.ratio("domestic_share", [a + b for a, b in zip(domestic, lent, strict=True)], research)
    part = draw.world.cloud.hyperscaler_share
    rents = [part * (public + (1 - owned) * own) for public, own in zip(rented, kept, strict=True)]
    found.ratio("hyperscaler_share", rents, research)
    found.totals["runoff_h100e_hours"] = sum(months.later.values())
    found.totals["runoff_fe_hours"] = sum(hours / draw.frontier_in(month) for month, hours in months.later.items())
    supplied = frontier_hours(total_of(months.h100e_hours.values(), draw), draw)
    found.totals["first_month"], found.totals["half_month"] = milestones(supplied)


def count_access(found: Outcomes, months: Months, draw: Draw) -> None:
    """Who gets the hours, and what applying costs."""
    for tier, name in enumerate(TIERS):
        hours = [
            own[tier] - lost[tier] + public[tier]
            for own, lost, public in zip(draw.tier_own, months.displaced, months.public, strict=True)
        ]
        found.ratio(f"need_met_{name}", hours, [need[tier] for need in draw.tier_need])
    everybody, lower = draw.nothing(), draw.nothing()
    for month, (public, lost) in enumerate(zip(months.public, months.displaced, strict=True)):
        for tier, name in enumerate(TIERS):
            added = public[tier] - lost[tier]
            everybody[month] += added
            lower[month] += added if name in ("regional", "startups") else 0.0
    found.ratio("lower_tiers_share", lower, everybody)
    found.ratio("award_share", *granted_and_asked(months, draw))
    found.flow("unused_awards", months.unused_awards)
    found.flow("applicant_days", months.days)
    found.flow("labour", months.labour)


def granted_and_asked(months: Months, draw: Draw) -> tuple[Series, Series]:
    """Hours awarded as far as they were asked for, and hours asked for in months with awards."""
    access = draw.world.access
    granted, asked = draw.nothing(), draw.nothing()
    for month in range(draw.months):
        if months.awarded[month] > 0:
            for tier, name in enumerate(TIERS):
                lacking = draw.tier_need[month][tier] - draw.tier_own[month][tier]
                asked[month] += access.asking_ratio * draw.apply_share(name) * lacking
        granted[month] = min(months.awarded[month], asked[month])
    return granted, asked


def total_of(flows: Iterable[Series], draw: Draw) -> Series:
    """Sum of flows, month by month."""
    total = draw.nothing()
    for flow in flows:
        for month, amount in enumerate(flow):
            total[month] += amount
    return total


def years_of(by_month: Series) -> list[float]:
    """Sums over years; the last may be short."""
    return [sum(by_month[start : start + MONTHS_PER_YEAR]) for start in range(0, len(by_month), MONTHS_PER_YEAR)]


def share(above: float, below: float) -> float:
    """A quotient, not a number where there is nothing to divide by."""
    return above / below if below > 0 else nan


def frontier_hours(hours: Series, draw: Draw) -> Series:
    """Hours divided by what new hardware does in that month."""
    return [h / new for h, new in zip(hours, draw.frontier, strict=True)]


def milestones(supplied: Series) -> tuple[float, float]:
    """Months until there is any compute, and until half of all of it was delivered."""
    everything = sum(supplied)
    if everything <= 0:
        return nan, nan
    first = half = nan
    so_far = 0.0
    for month, hours in enumerate(supplied, 1):
        so_far += hours
        if first != first and so_far > 0:
            first = month
        if half != half and so_far >= everything / 2:
            half = month
    return first, half


def premium_percent(months: Months, draw: Draw) -> float:
    """Extra unit cost of domestic output after all that was made, learned down from the first year's."""
    if sum(months.fab_output) <= 0:
        return nan
    begun = next(month for month, made in enumerate(months.fab_output) if made > 0)
    first_year = sum(months.fab_output[begun : begun + MONTHS_PER_YEAR])
    fab = draw.world.fab
    return 100 * fab.premium_share * (sum(months.fab_output) / max(first_year, 1.0)) ** log2(1 - fab.learning_share)
