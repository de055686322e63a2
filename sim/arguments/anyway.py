"""Stolen anyway: what others can do and what thieves would take, each by itself, of the misuse that releases add."""

from __future__ import annotations

import numpy as np

from sim.comparison.evaluation import evaluate, world_with
from sim.comparison.memory import CalendarMemory
from sim.formatting import format_in_unit, format_short
from sim.outcomes import BY_NAME
from sim.scenario import Scenario, with_settings
from sim.units import MONTHS_PER_YEAR

_OPTION = "public_cluster"
_READ = BY_NAME["added_misuse_years"]
_ELSEWHERE, _THEFT = "safety.counterfactual_share", "safety.theft_per_year"


def anyway_sentence(scenario: Scenario, seed: int) -> str:
    """What releases would add with neither, what each takes off that, and how fast either comes; central case."""
    side = with_settings(scenario, {"safety.harm": True})
    safety, key = side.world.safety, side.by_instrument[_OPTION].key
    elsewhere, theft = float(safety.counterfactual_share), float(safety.theft_per_year)
    columns = {_ELSEWHERE: np.array([0.0, elsewhere, 0.0, elsewhere]), _THEFT: np.array([0.0, 0.0, theft, theft])}
    worlds, central = world_with(side.world, columns), np.zeros(4, dtype=np.int64)
    found = evaluate(side, worlds, central, seed=seed, options=[key], outcomes=[_READ.name], memory=CalendarMemory())
    neither, first, second, both = found[key][_READ.name]
    whole, had, stolen, then = (
        format_in_unit(years, _READ.unit) for years in (neither, neither - first, neither - second, first - both)
    )
    catching_up = MONTHS_PER_YEAR / float(safety.catch_up_months)
    return (
        f"Were nothing to be had elsewhere and nothing stolen, releases would add {whole} model-years in the central "
        f"case: what is to be had takes {had} off by itself, theft {stolen} by itself and {then} after it. Others "
        f"catch up at a rate of {format_short(catching_up)} a year, thieves come at one of {format_short(theft)}."
    )
