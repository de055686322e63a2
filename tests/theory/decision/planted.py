"""A case whose options gain planted functions of two numbers of the world, so that every analysis has an answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from sim.comparison.memory import CalendarMemory
from sim.comparison.run import compare
from sim.decision.case import Case
from sim.scenario import load

DECLINE, RATIO = "cloud.decline_per_year", "procurement.system_ratio"
Gain = Callable[[np.ndarray, np.ndarray], np.ndarray]  # of the two numbers, [row] -> [row]


def machine(decline: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """Better than nothing where rents fall by less than a fifth a year, a little less so where systems are dear."""
    return 100 * (0.2 - decline) - 0.5 * (ratio - 1.5)


def nothing(decline: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """0 everywhere."""
    return np.zeros(np.broadcast(decline, ratio).shape)


@dataclass(frozen=True)
class Planted(Case):
    """A case in which machines gain what is planted, credits nothing, and everything else little."""

    gain: Gain = machine

    def gains(self, world, draws, keys, scenario=None) -> np.ndarray:
        """The planted gains."""
        rows = np.size(draws)
        decline, ratio = (np.broadcast_to(np.ravel(world.value(path)), rows) for path in (DECLINE, RATIO))
        return np.array([planted(self.gain, key, decline, ratio) for key in keys]).T


def planted(gain: Gain, key: str, decline: np.ndarray, ratio: np.ndarray) -> np.ndarray:
    """What one option gains."""
    if key == "public_cluster":
        return gain(decline, ratio)
    return nothing(decline, ratio) - (key != "cloud_credits") * 1000


def planted_case(draws: int = 256, gain: Gain = machine) -> Planted:
    """The case on `nairr_us`, whose question is about machines and credits."""
    comparison = compare(load("nairr_us"), seed=1, draws=draws, queue=False)
    world, name = comparison.world, comparison.scenario.yardstick
    decline, ratio = (np.ravel(world.value(path)) for path in (DECLINE, RATIO))
    results = {
        key: replace(result, totals=result.totals | {name: planted(gain, key, decline, ratio)})
        for key, result in comparison.results.items()
    }
    return Planted(replace(comparison, results=results), CalendarMemory(), gain)
