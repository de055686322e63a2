"""Free models and research: the market for models under an option, and what it makes of hours."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.complement import Choice, Complement, chosen, public_part, research_factors
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def choice_of(complement: Complement, open_fe_hours: Array) -> Choice | None:
    """The market where public compute makes open models for so many FE-hours [draw, month]; None where not counted."""
    return chosen(complement, public_part(open_fe_hours, complement)) if complement.counted else None


def of_models(complement: Complement, choice: Choice | None) -> tuple[Array, Array] | None:
    """Factors on the work of hours and on work without any, mean of each year, [draw, year] each; None: no factor."""
    if choice is None:
        return None
    on_hours, without = (_yearly_mean(factor) for factor in research_factors(complement, choice.found))
    return on_hours, without


def _yearly_mean(monthly: Array) -> Array:
    """Means over years, [draw, month] -> [draw, year]; the last year may be short."""
    first = np.arange(0, monthly.shape[1], MONTHS_PER_YEAR)
    length = np.diff(np.append(first, monthly.shape[1]))
    return np.asarray(np.add.reduceat(monthly, first, axis=1) / length)
