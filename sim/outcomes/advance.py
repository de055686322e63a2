"""The advance: outlay ahead of what has been appropriated, the authority it needs and its interest."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.finance import advance, discount_factor, interest_pv, month_middles_years
from sim.outcomes.measures import Measures, by_year
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def advances(measures: Measures) -> Array:
    """Outlay ahead of the appropriation at the end of each month, [draw, month].

    The appropriation of a year may be spent from the year's first day, as budgets are voted by the year.
    """
    granted = np.zeros_like(measures.context.budget)
    granted[:, ::MONTHS_PER_YEAR] = by_year(measures.context.budget)
    if measures.context.outside is not None:  # another purse pays as it goes
        granted = granted + measures.context.outside
    return advance(measures.result.outlay, granted)


def advance_authority(measures: Measures) -> Array:
    """The most by which outlay is ever ahead of the appropriation, [draw]."""
    return np.asarray(measures.cached(advances).max(axis=-1))


def advance_interest(measures: Measures) -> Array:
    """Present value of interest on the advance at the discount rate, [draw]."""
    discount = discount_factor(month_middles_years(measures.context.grid.months + 1), measures.world.money)
    return interest_pv(measures.cached(advances), np.atleast_2d(discount))
