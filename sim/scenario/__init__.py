"""A scenario: one world, one budget, several options side by side; read from TOML."""

from __future__ import annotations

from sim.scenario.files import find, names
from sim.scenario.model import Budget, Option, Scenario
from sim.scenario.overrides import Settings, pinned
from sim.scenario.problems import ScenarioError
from sim.scenario.reader import load, with_settings

__all__ = [
    "Budget", "Option", "Scenario", "ScenarioError", "Settings", "find", "load", "names", "pinned", "with_settings",
]  # fmt: skip
