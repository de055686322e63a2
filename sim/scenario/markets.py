"""Markets that must clear: combinations of elasticities, sizes and money that leave no price."""

from __future__ import annotations

import numpy as np

from sim.formatting import format_bound
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.fab import full_output_per_month
from sim.mechanisms.market import price_index
from sim.mechanisms.world import World
from sim.scenario.model import Option
from sim.scenario.problems import Problems
from sim.units import MONTHS_PER_YEAR

# where a market's parameters stand: what is sold, sales a year, elasticities of supply and of demand
MARKETS = (
    ("", "accelerators_usd_per_year", "supply_elasticity", "demand_elasticity"),
    ("rental ", "rental_usd_per_year", "rental_supply_elasticity", "rental_demand_elasticity"),
)


def check_markets(world: World, budget_usd: float | None, problems: Problems) -> None:
    """Some price must clear every market, even if all of `budget_usd` were spent on it in one year."""
    market = world.market
    for what, sales, supply, demand in MARKETS:
        if getattr(market, supply) + getattr(market, demand) <= 0:
            both = f"the {what}supply elasticity and the {what}demand elasticity are both 0"
            problems.fault(
                "world.market", f"{both}, so no price clears the market; allowed: one of them above 0 (ratio)"
            )
        elif market.feedback and world.money.normalisation == "as_entered" and getattr(market, supply) == 0:
            entered = "0 may leave no price that options taken as entered could pay under `market.feedback`"
            problems.fault(f"world.market.{supply}", f"{entered}; allowed: above 0 (ratio)")
        elif budget_usd is not None and not _clears(budget_usd, *(getattr(market, n) for n in (sales, supply, demand))):
            bought = f"a programme of {budget_usd:,.0f} USD is bought in a market of"
            value, size = (
                format_bound(getattr(market, supply)),
                f"{format_bound(getattr(market, sales))} (USD per year)",
            )
            problems.fault(
                f"world.market.{supply}", f"{value} leaves no price at which {bought} {size}; allowed: above {value}"
            )
    _fab(world, problems)
    if market.wage_incidence and market.labour_supply_elasticity + market.labour_demand_elasticity <= 0:
        both = "the labour supply elasticity and the labour demand elasticity are both 0"
        problems.fault("world.market", f"{both}, so no wage clears the market; allowed: one of them above 0 (ratio)")


def _clears(usd: float, sales: float, supply: float, demand: float) -> bool:
    """True where a finite price clears the market with that much more bought in a year."""
    if supply == 0:
        return usd < sales
    return bool(np.isfinite(price_index(usd / sales, 0.0, supply, demand)))


def _fab(world: World, problems: Problems) -> None:
    """The output of a whole fab must find buyers at some price."""
    market, fab = world.market, world.fab
    output = float(full_output_per_month(fab)) * MONTHS_PER_YEAR * fab.accelerator_price_usd
    if market.supply_elasticity > 0 and market.demand_elasticity == 0 and output >= market.accelerators_usd_per_year:
        sold = f"a fab's yearly output of {output:,.0f} USD is sold in a market of"
        size = f"{format_bound(market.accelerators_usd_per_year)} (USD per year)"
        problems.fault("world.market.demand_elasticity", f"0 leaves no price at which {sold} {size}; allowed: above 0")


def check_quota(options: tuple[Option, ...], problems: Problems) -> None:
    """Warn of output that is reserved for a public machine where no option has both."""
    members = {option.key: [member for member, _ in option.instrument.parts()] for option in options}
    fabs = {
        key: fab
        for key, every in members.items()
        for fab in every
        if isinstance(fab, DomesticFab) and fab.reserved_share
    }
    if fabs and not any(isinstance(member, PublicCluster) for key in fabs for member in members[key]):
        key, fab = next(iter(fabs.items()))
        nobody = f"{fab.reserved_share:g} of the output is reserved for a public cluster in the same portfolio"
        problems.warn(key, f"{nobody}, and no option has both, so nobody takes it")
