"""What an option does to markets, month by month: shares, prices, who gains, who pays, and the reserved quota."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass
from math import exp, expm1, inf, log2, nan
from typing import TYPE_CHECKING

from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

YEAR = MONTHS_PER_YEAR


@dataclass
class Path:
    """One market: demand and supply over a year's sales, logarithm of the price, part that sellers gain."""

    demand: Series
    supply: Series
    log_price: Series
    sellers: Series


def last_year(flow: Series, month: int) -> float:
    """Sum of a month and the eleven before it."""
    return sum(flow[max(month - YEAR + 1, 0) : month + 1])


def root(shift: float, supply: float, demand: float) -> float:
    """Logarithm of the price at which supply^P and demand^-P differ by `shift`."""
    if supply <= 0 and shift >= 1:
        return inf
    log_price = 0.0
    for _ in range(100):
        gap = expm1(supply * log_price) - expm1(-demand * log_price) - shift
        step = gap / (supply * exp(supply * log_price) + demand * exp(-demand * log_price))
        widest = 1 / max(supply, 1e-12), 1 / max(demand, 1e-12)
        log_price -= min(max(step, -widest[0]), widest[1])
        if abs(step) < 1e-15:
            break
    return log_price


def path(bought: Series, made: Series, sales: float, supply: float, demand: float, ratio: float, half: float) -> Path:
    """One market under these purchases and this output, USD a month."""
    first = next((month for month, (b, m) in enumerate(zip(bought, made, strict=True)) if b + m > 0), None)
    found = Path([], [], [], [])
    for month in range(len(bought)):
        age = 0 if first is None else max(month - first, 0)
        elastic = supply * (ratio - (ratio - 1) * 2 ** (-age / half))
        found.demand.append(last_year(bought, month) / sales)
        found.supply.append(last_year(made, month) / sales)
        shift = found.demand[-1] - found.supply[-1]
        found.log_price.append(root(shift, elastic, demand) if shift else 0.0)
        found.sellers.append(demand / (elastic + demand))
    return found


def markets(months: Months, draw: Draw) -> tuple[Path, Path]:
    """The world's accelerators, the region's rent."""
    market, fab = draw.world.market, draw.world.fab
    bought, rent = (months.trade.get(name, draw.nothing()) for name in ("accelerators", "rent"))
    worth = 2 ** (-fab.node_lag_years / draw.world.hardware.doubling_years)
    new = 1 - fab.relocated_share
    sold = [number * new * fab.accelerator_price_usd * worth for number in months.fab_output]
    felt = [usd * market.rental_segment_share for usd in rent]
    world = path(
        bought, sold, market.accelerators_usd_per_year, market.supply_elasticity, market.demand_elasticity,
        market.long_run_ratio, market.half_life_months,
    )  # fmt: skip
    region = path(
        felt, draw.nothing(), market.rental_usd_per_year, market.rental_supply_elasticity,
        market.rental_demand_elasticity, market.rental_long_run_ratio, market.half_life_months,
    )  # fmt: skip
    return world, region


def dearer(draw: Draw, months: Months) -> Draw:
    """The draw at the prices that these purchases lead to, a month late."""
    world, region = markets(months, draw)
    moved = copy(draw)
    moved.accelerator_index = [1.0] + [exp(log_price) for log_price in world.log_price[:-1]]
    rise = [1.0] + [exp(log_price) for log_price in region.log_price[:-1]]
    moved.rent_usd = [rent * more for rent, more in zip(draw.rent_usd, rise, strict=True)]
    return moved


def fab_alone(months: Months, draw: Draw) -> Series:
    """Logarithm of the price of accelerators if nothing were bought and the fab's output came on top."""
    nobody = copy(months)
    nobody.trade = {}
    return markets(nobody, draw)[0].log_price


def cheaper(draw: Draw, months: Months) -> Draw:
    """The draw at the price of accelerators that the fab alone makes, a month late."""
    moved = copy(draw)
    moved.accelerator_index = [1.0] + [exp(log_price) for log_price in fab_alone(months, draw)[:-1]]
    return moved


def reserve(months: Months, share: float, draw: Draw) -> None:
    """The reserved output goes to the public machine's orders, as far as that of twelve months reaches."""
    if share <= 0 or not any(months.fab_output):
        return
    fab = draw.world.fab
    worth = 2 ** (-fab.node_lag_years / draw.world.hardware.doubling_years)
    offered = [number * share * worth for number in months.fab_output]
    begun = next(month for month, number in enumerate(months.fab_output) if number > 0)
    first_year = max(sum(months.fab_output[begun : begun + YEAR]), 1.0)
    months.taken, so_far, extra, store = [], 0.0, [], []
    for month, ordered in enumerate(months.trade.get("ordered", draw.nothing())):
        so_far += months.fab_output[month]
        store = [*store, offered[month]][-YEAR:]
        wanted = ordered
        for age, number in enumerate(store):  # the oldest first
            part = min(number, wanted)
            store[age], wanted = number - part, wanted - part
        months.taken.append(ordered - wanted)
        learned = fab.premium_share * max(so_far / first_year, 1.0) ** log2(1 - fab.learning_share)
        price = fab.accelerator_price_usd * ((1 - fab.margin_given_up_share) * (1 + learned))
        extra.append(months.taken[-1] * (price - fab.accelerator_price_usd))
    months.cash["reserved quota"] = extra


def area(log_price: float, demand: float) -> float:
    """Integral of p^-demand from 1 to the price."""
    return log_price if demand == 1 else expm1((1 - demand) * log_price) / (1 - demand)


def wage_part(draw: Draw) -> float:
    """Part of the money for people that raises wages."""
    market = draw.world.market
    if not market.wage_incidence:
        return 0.0
    return market.labour_demand_elasticity / (market.labour_supply_elasticity + market.labour_demand_elasticity)


def count_market(found: Outcomes, months: Months, draw: Draw) -> None:
    """Prices, incidence, and where the money goes."""
    terms, (world, region) = draw.world.market, markets(months, draw)
    for name, one in (("accelerator", world), ("rental", region)):
        found.totals[f"{name}_shock_share"] = max(one.demand)
        found.totals[f"{name}_price_rise_percent"] = 100 * expm1(max(one.log_price))
    machines, rent, breakage, returned, tools, wages = (
        months.trade.get(name, draw.nothing())
        for name in ("accelerators", "rent", "breakage", "returned", "tools", "wages")
    )
    gained = [m * a + r * b for m, a, r, b in zip(machines, world.sellers, rent, region.sellers, strict=True)]
    found.ratio("seller_share", gained, [m + r for m, r in zip(machines, rent, strict=True)])
    lost = draw.nothing()
    for month in range(draw.months):
        at_home = terms.domestic_share * terms.accelerators_usd_per_year / YEAR
        lost[month] = at_home * area(world.log_price[month], terms.demand_elasticity)
        lost[month] += terms.rental_usd_per_year / YEAR * area(region.log_price[month], terms.rental_demand_elasticity)
    found.flow("cost_to_other_buyers", lost)
    given_up = [sum(tiers) * usd for tiers, usd in zip(months.displaced, draw.rent_usd, strict=True)]
    found.flow("displaced_spend", given_up)
    found.flow("breakage", breakage)
    found.flow("returned_vouchers", returned)
    found.flow("wages_bid_up", [usd * wage_part(draw) for usd in wages])
    abroad = sum(machines) * terms.hardware_abroad_share + (sum(rent) + sum(breakage)) * terms.rent_abroad_share
    abroad += sum(tools) * draw.world.fab.tools_abroad_share
    spent = sum(max(usd, 0.0) for account in months.cash.values() for usd in account)
    found.totals["spend_abroad_share"] = abroad / spent if spent > 0 else nan


def count_industry(found: Outcomes, months: Months, draw: Draw) -> None:
    """What packaging lets through, what a fab would need, what is reserved."""
    fab, stake = draw.world.fab, months.size.get("domestic_fab", 0.0)
    dies = fab.wafers_per_month * fab.dies_per_wafer * fab.accelerator_share / fab.dies_per_accelerator
    through = min(dies, fab.packaging_per_month * fab.packaging_share, fab.memory_per_month * fab.memory_share)
    found.totals["packaged_share"] = through / dies if stake > 0 else nan
    found.flow("accelerators_added", [made - made * fab.relocated_share for made in months.fab_output])
    fab_price = fab_alone(months, draw)
    found.totals["accelerator_price_percent"] = 100 * (exp(fab_price[-1]) - 1)
    old = round(draw.world.carbon.own_age_years * YEAR)
    gained = []
    for month in range(draw.months):
        had = sum(draw.tier_own[month]) - sum(months.displaced[month])
        paid = exp(fab_price[month - old]) if month >= old else 1.0
        owned = had * (1 - draw.world.independence.own_cloud_share)
        gained.append(owned * (1 / paid - 1) / draw.frontier[month])
    found.totals["price_gain_fe_hours"] = sum(gained)
    needed = nan
    if "domestic_fab" in months.size and months.afforded > 0:
        needed = months.least * sum(draw.budget) / months.afforded
        if draw.world.money.normalisation == "as_entered":
            needed = months.least
    found.totals["fab_budget_needed"] = needed
    found.flow("reserved_accelerators", months.taken or draw.nothing())
    found.flow("reserved_extra_cost", months.cash.get("reserved quota", draw.nothing()))
