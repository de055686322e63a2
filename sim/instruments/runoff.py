"""Run-off: the hours that money paid by the horizon still brings after it.

Commitments are charged in full at the horizon, and what they then bring is shown apart. What is in service at the
horizon, a public machine or a laboratory's, has a residual value instead, so nothing is counted twice.
"""

from __future__ import annotations

import numpy as np

from sim.instruments.base import Grid, Runoff, Supply
from sim.mechanisms.cloud import price_path_usd
from sim.mechanisms.finance import discount_factor
from sim.mechanisms.hardware import performance
from sim.mechanisms.world import World
from sim.units import MONTHS_PER_YEAR


def months_after(grid: Grid, world: World, months: int) -> Grid:
    """The grid of the `months` months after the horizon: rents and hardware on their central paths, no shock."""
    t_years = (grid.months + np.arange(months) + 0.5) / MONTHS_PER_YEAR
    return Grid(
        months,
        t_years,
        frontier=np.atleast_2d(performance(t_years, world.hardware.doubling_years)),
        rent_usd=price_path_usd(world.cloud, t_years, np.zeros((len(grid.rent_usd), 1))),
        discount=np.atleast_2d(discount_factor(t_years, world.money)),
    )


def runoff(supplies: tuple[Supply, ...], after: Grid) -> Runoff:
    """Sums of what is supplied in the months after the horizon."""
    hours = sum(supply.h100e_hours for supply in supplies)
    # added up month by month: the number of months, those of the longest life, must not show in the last digit
    total, worth = (np.cumsum(each, axis=-1)[:, -1] for each in (hours, hours / after.frontier))
    return Runoff(total, worth)
