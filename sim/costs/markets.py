"""What an option does to markets: prices under its purchases, the prices it then pays itself, and the reserved quota.

A quota is a part of a fab's output that is sold at cost to the public machine of the same option.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.costs.sizing import SizedInstrument
from sim.costs.sums import total_of
from sim.instruments.base import Grid, Trade
from sim.mechanisms.fab import added_output, premium_after, worth_share
from sim.mechanisms.market import MarketPath, market_path
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Markets:
    """The two markets that public money for compute meets."""

    accelerators: MarketPath
    rental: MarketPath


def moved(world: World, trade: Trade, fab_output: Array) -> Markets:
    """Markets under an option's purchases and the output `fab_output` of its fab, [draw, month]."""
    market = world.market
    rent = np.asarray(trade.rent) * market.rental_segment_share
    return Markets(
        accelerators=accelerators_path(world, np.asarray(trade.accelerators), fab_output),
        rental=market_path(
            rent,
            np.zeros_like(rent),
            market.rental_usd_per_year,
            (market.rental_supply_elasticity, market.rental_demand_elasticity),
            (market.rental_long_run_ratio, market.half_life_months),
        ),
    )


def accelerators_path(world: World, bought_usd: Array, fab_output: Array) -> MarketPath:
    """The market for accelerators with these purchases and what the output of a fab adds to the world's."""
    market, fab = world.market, world.fab
    worth_usd = fab.accelerator_price_usd * worth_share(fab, world.hardware.doubling_years)
    return market_path(
        bought_usd,
        added_output(fab, fab_output) * worth_usd,
        market.accelerators_usd_per_year,
        (market.supply_elasticity, market.demand_elasticity),
        (market.long_run_ratio, market.half_life_months),
    )


def with_fab_prices(grid: Grid, world: World, fab_output: Array) -> Grid:
    """The grid with the price of accelerators as a fab alone moves it, which every buyer pays, a month later."""
    path = accelerators_path(world, np.zeros_like(fab_output), fab_output)
    return replace(grid, accelerator_index=a_month_later(path.price))


def priced(grid: Grid, markets: Markets) -> Grid:
    """The grid with prices as the option moves them, each a month after the purchases that move it."""
    rent = grid.rent_usd * a_month_later(markets.rental.price)
    return replace(grid, rent_usd=rent, accelerator_index=a_month_later(markets.accelerators.price))


def a_month_later(price: Array) -> Array:
    """The index of each month before, 1 in the first, [draw, month]."""
    return np.concatenate([np.ones_like(price[:, :1]), price[:, :-1]], axis=1)


@dataclass(frozen=True)
class Quota:
    """What of the reserved output the public machine takes, and what that costs it more than the market."""

    taken: Array  # accelerators, [draw, month]
    extra_usd: Array  # negative where it saves


def quota(sized: list[SizedInstrument], world: World, shape: tuple[int, ...]) -> Quota | None:
    """The quota of an option; None where no output is reserved.

    Orders are filled from the reserved output of the twelve months up to them, as far as it reaches. The
    price is the world's, less the margin given up, plus the fab's premium. Market and fab are not
    affected: as much demand as supply leaves the market.
    """
    reserved = [s.private_costs.accelerators_reserved for s in sized]
    if not any(np.any(output) for output in reserved):
        return None
    offered = total_of(reserved, shape)
    fab_output = total_of([s.private_costs.fab_output for s in sized], shape)
    ordered = total_of([s.flows.trade.ordered * s.size for s in sized], shape)
    taken = filled(ordered, offered)
    fab = world.fab
    premium = premium_after(np.cumsum(fab_output, axis=-1), fab_output, fab)
    ratio = (1 - np.asarray(fab.margin_given_up_share)) * (1 + premium)
    return Quota(taken, taken * np.asarray(fab.accelerator_price_usd) * (ratio - 1))


def filled(ordered: Array, offered: Array) -> Array:
    """Orders filled from what was offered in the last twelve months and not yet taken, oldest first, [draw, month]."""
    come, taken = np.cumsum(offered, axis=-1), np.zeros_like(ordered)
    gone = np.zeros(len(ordered))  # taken or sold to others: whatever came first
    for month in range(ordered.shape[-1]):
        if month >= MONTHS_PER_YEAR:
            gone = np.maximum(gone, come[:, month - MONTHS_PER_YEAR])
        taken[:, month] = np.minimum(ordered[:, month], np.maximum(come[:, month] - gone, 0.0))
        gone = gone + taken[:, month]
    return taken
