"""The world of a scenario: the defaults, with what the file says otherwise."""

from __future__ import annotations

from typing import Any

from sim.mechanisms.world import World, uncertain
from sim.scenario.hints import no_group
from sim.scenario.problems import Problems, shown, spot
from sim.scenario.values import read_group
from sim.scenario.waivers import Waivers


def read_world(table: Any, waivers: Waivers, problems: Problems) -> tuple[World, frozenset[str]]:
    """The world with the scenario's own values, and the paths that it set: draws leave them alone."""
    groups: dict[str, Any] = {}
    fixed: set[str] = set()
    if not isinstance(table, dict):
        problems.fault("world", f"{shown(table)} is not a table; write [world.cloud] and so on")
        return World(), frozenset()
    kinds = World.kinds()
    for name, values in table.items():
        if name not in kinds:
            problems.fault(spot("world", name), no_group(name))
        elif not isinstance(values, dict):
            problems.fault(f"world.{name}", f"{shown(values)} is not a table; write [world.{name}]")
        else:
            good = read_group(f"world.{name}", kinds[name], values, waivers, problems)
            fixed |= {f"{name}.{parameter}" for parameter in good}
            groups[name] = kinds[name](**good)
    world = World(**groups)
    return world, frozenset(fixed & set(uncertain(world)))


def world_paths() -> list[str]:
    """Every parameter as `--set` and waivers name it."""
    return [f"{group}.{name}" for group, kind in World.kinds().items() for name in kind.names()]
