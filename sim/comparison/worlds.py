"""The states of the world that a comparison is run in: drawn once from scenario and seed, shared by all options."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from types import MappingProxyType

from sim.mechanisms.sampling import Drawn, Sequence, drawn, sample, spread, uncertain
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.scenario import Scenario
from sim.scenario.ranges import left_alone

MOST_BY_COLUMN = 256  # draws of which every column is kept, too
MOST_REMEMBERED = 1_024  # draws whose numbers are kept for the next run: a slider that moves asks for the same ones


def draw_worlds(
    scenario: Scenario, seed: int, draws: int, draw: Drawn = "headline", sequence: Sequence = "random"
) -> World:
    """The central world and `draws` states of it, as arrays [1 + draws, 1]."""
    found = (_remembered if draws <= MOST_REMEMBERED else _uniforms)(seed, draws, tuple(uncertain()), sequence)
    column = partial(_column, seed, draws, sequence) if draws <= MOST_BY_COLUMN else None
    return sample(scenario.world, found, left_alone(scenario, draw), scenario.ranges, column)


def _uniforms(seed: int, draws: int, names: tuple[str, ...], sequence: Sequence) -> Mapping[str, Array]:
    """The numbers that all uncertain parameters are drawn with, which no scenario changes; read only."""
    return MappingProxyType(spread(seed, draws, list(names), sequence))


_remembered = lru_cache(maxsize=8)(_uniforms)


@lru_cache(maxsize=8_192)  # of up to two kilobytes each
def _column(
    seed: int, draws: int, sequence: Sequence, path: str, centre: float, own: tuple[float, float] | None
) -> Array:
    """A parameter in the central case and the draws, read only: where one number moves, the others are as they were."""
    found = drawn(_remembered(seed, draws, tuple(uncertain()), sequence), path, centre, own)
    found.setflags(write=False)
    return found
