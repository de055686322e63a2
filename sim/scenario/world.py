"""The world of a scenario: the defaults, with what the file says otherwise."""

from __future__ import annotations

from typing import Any

from sim.formatting import entry_path, short_repr, unknown_name
from sim.mechanisms.world import World, uncertain
from sim.scenario.hints import no_group
from sim.scenario.problems import Problems
from sim.scenario.values import read_group
from sim.scenario.waivers import Waivers


def read_world(table: Any, waivers: Waivers, problems: Problems) -> World:
    """The world with the scenario's own values; draws spread around them as around the defaults."""
    groups: dict[str, Any] = {}
    if not isinstance(table, dict):
        problems.fault("world", f"{short_repr(table)} is not a table; write [world.cloud] and so on")
        return World()
    kinds = World.kinds()
    for name, values in table.items():
        if name not in kinds:
            problems.fault(entry_path("world", name), no_group(name))
        elif not isinstance(values, dict):
            problems.fault(f"world.{name}", f"{short_repr(values)} is not a table; write [world.{name}]")
        else:
            good = read_group(f"world.{name}", kinds[name], values, waivers, problems)
            groups[name] = kinds[name](**good)
    return World(**groups)


def read_fixed(table: dict[str, Any], world: World, problems: Problems) -> frozenset[str]:
    """Paths that draws leave alone: those that the file lists as `fixed`, and what was set from outside."""
    paths = table.get("fixed", [])
    if not isinstance(paths, list) or not all(isinstance(path, str) for path in paths):
        problems.fault("fixed", f'{short_repr(paths)} is not a list of parameters; write ["cloud.price_usd"]')
        return frozenset()
    known = world_paths()
    for number, path in enumerate(paths, 1):
        if path not in known:
            problems.fault(f"fixed[{number}]", unknown_name("parameter", path, known))
    return frozenset(paths) & set(uncertain(world))


def world_paths() -> list[str]:
    """Every parameter as `--set` and waivers name it."""
    return [f"{group}.{name}" for group, kind in World.kinds().items() for name in kind.names()]
