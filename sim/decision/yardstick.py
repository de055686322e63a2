"""What options are judged by: one outcome, turned so that more is better."""

from __future__ import annotations

import numpy as np

from sim.formatting import unknown_name
from sim.outcomes import BY_NAME
from sim.parameters import Array
from sim.scenario import Scenario


def yardstick_of(scenario: Scenario, name: str | None = None) -> str:
    """The outcome named, else the scenario's own. Raises KeyError with a sentence for no such."""
    chosen = name or scenario.yardstick
    if chosen not in BY_NAME:
        raise KeyError(unknown_name("outcome", chosen, BY_NAME))
    if BY_NAME[chosen].better == "neither":
        raise KeyError(f"{chosen!r} is no yardstick: neither more nor less of it is better")
    return chosen


def worth(values: Array, outcome: str) -> Array:
    """Values of an outcome with more of it better; what an option does not have is worth less than anything."""
    turned = -values if BY_NAME[outcome].better == "lower" else values
    return np.where(np.isnan(turned), -np.inf, turned)
