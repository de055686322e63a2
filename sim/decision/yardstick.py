"""What options are judged by: one outcome, turned so that more is better; and how its values are written."""

from __future__ import annotations

import numpy as np

from sim.comparison.results import in_own_money, unit_of
from sim.comparison.verdict import worths
from sim.formatting import format_percent, format_short, plural_unit, unknown_name
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
    return worths(values, BY_NAME[outcome].better)


def turned(values: Array, outcome: str) -> Array:
    """Values with more of them better, of an outcome as it is; and back again."""
    return np.asarray(BY_NAME[outcome].sign * values)


def in_own(values: Array | float, outcome: str, scenario: Scenario) -> Array:
    """Values, or differences of them, in the scenario's own money where they are money."""
    return in_own_money(BY_NAME[outcome], np.asarray(values, dtype=np.float64), scenario)


def amount(value: float, outcome: str, scenario: Scenario) -> str:
    """A value in the scenario's own money with its unit, as a sentence has it; shares in per cent."""
    if BY_NAME[outcome].unit == "fraction":
        return format_percent(value)
    return f"{gap(value, outcome, scenario)} {units(outcome, scenario)}"


def gap(value: float, outcome: str, scenario: Scenario) -> str:
    """A difference of values in the scenario's own money, without the unit that `units` gives."""
    own = float(in_own(value, outcome, scenario))
    return f"{100 * own + 0.0:.1f}" if BY_NAME[outcome].unit == "fraction" else format_short(own)


def units(outcome: str, scenario: Scenario) -> str:
    """The unit of differences of an outcome, behind any number but one."""
    unit = unit_of(BY_NAME[outcome], scenario)
    return "percentage points" if unit == "fraction" else plural_unit(unit)
