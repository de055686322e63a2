"""The states of the world that a comparison is run in: drawn once from scenario and seed, shared by all options."""

from __future__ import annotations

from sim.mechanisms.sampling import Drawn, Sequence, sample, spread, uncertain
from sim.mechanisms.world import World
from sim.scenario import Scenario
from sim.scenario.ranges import left_alone


def draw_worlds(
    scenario: Scenario, seed: int, draws: int, draw: Drawn = "headline", sequence: Sequence = "random"
) -> World:
    """The central world and `draws` states of it, as arrays [1 + draws, 1]."""
    names = list(uncertain())
    uniforms = spread(seed, draws, names, sequence)
    return sample(scenario.world, uniforms, left_alone(scenario, draw), scenario.ranges)
