"""What an option does to markets: prices under its purchases, and the prices it then pays itself."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sim.instruments.base import Grid, Trade
from sim.mechanisms.fab import worth_share
from sim.mechanisms.market import MarketPath, market_path
from sim.mechanisms.world import World
from sim.parameters import Array


@dataclass(frozen=True)
class Markets:
    """The two markets that public money for compute meets."""

    accelerators: MarketPath
    rental: MarketPath


def moved(world: World, trade: Trade, fab_output: Array) -> Markets:
    """Markets under an option's purchases and the output `fab_output` of its fab, [draw, month]."""
    market, fab = world.market, world.fab
    made_usd = fab_output * fab.accelerator_price_usd * worth_share(fab, world.hardware.doubling_years)
    rent = np.asarray(trade.rent) * market.rental_segment_share
    return Markets(
        accelerators=market_path(
            np.asarray(trade.accelerators),
            made_usd,
            market.accelerators_usd_per_year,
            (market.supply_elasticity, market.demand_elasticity),
            (market.long_run_ratio, market.half_life_months),
        ),
        rental=market_path(
            rent,
            np.zeros_like(rent),
            market.rental_usd_per_year,
            (market.rental_supply_elasticity, market.rental_demand_elasticity),
            (market.rental_long_run_ratio, market.half_life_months),
        ),
    )


def priced(grid: Grid, markets: Markets) -> Grid:
    """The grid with prices as the option moves them, each a month after the purchases that move it."""
    rent = grid.rent_usd * a_month_later(markets.rental.price)
    return replace(grid, rent_usd=rent, accelerator_index=a_month_later(markets.accelerators.price))


def a_month_later(price: Array) -> Array:
    """The index of each month before, 1 in the first, [draw, month]."""
    return np.concatenate([np.ones_like(price[:, :1]), price[:, :-1]], axis=1)
