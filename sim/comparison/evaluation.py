"""Options in any worlds: the stages of a comparison for whoever builds the worlds and asks for a few outcomes.

world_with(draw_worlds(...), {"cloud.price_usd": prices}) -> evaluate -> totals by option and outcome
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import ArrayLike

from sim.comparison.blocks import BLOCK, computed, disrupted_results
from sim.comparison.calendars import Draws
from sim.comparison.memory import CalendarMemory
from sim.formatting import unknown_name
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, OF_THE_EMBARGO, OUTCOMES, Measures, Outcome
from sim.parameters import Array, Spec
from sim.scenario import Scenario

Totals = dict[str, dict[str, Array]]  # by option and outcome, [row]


def evaluate(
    scenario: Scenario,
    world: World,
    draws: ArrayLike,
    *,
    seed: int,
    options: Sequence[str] | None = None,
    outcomes: Sequence[str] | None = None,
    memory: CalendarMemory | None = None,
) -> Totals:
    """Totals [row] over the horizon by option and outcome, in base-year dollars, of any rows of worlds.

    `world` has arrays [row, 1], or scalars where all rows have the same. `draws` [row] is the draw of `seed` whose
    chance each row meets: its failures, cuts and shocks of prices; 0 is the central case, in which every month is
    average. `options` and `outcomes` are those asked for, by default all; no other is measured. Waits are those of the
    response surface. `memory` keeps calendars from call to call, and changes no result. Raises ValueError for a name
    that does not exist.
    """
    numbers = np.asarray(draws, dtype=np.int64).reshape(-1)
    keys = _known("option", options, [option.key for option in scenario.options])
    asked = tuple(BY_NAME[name] for name in _known("outcome", outcomes, [outcome.name for outcome in OUTCOMES]))
    whole = with_a_row_each(world, numbers.size)
    blocks = []
    for start in range(0, numbers.size, BLOCK):
        at = slice(start, start + BLOCK)
        kept = memory if memory is not None else CalendarMemory()
        draws_of = Draws(whole.rows(at), numbers[at].tolist(), seed, scenario.months, memory=kept)
        blocks.append(_block(scenario, draws_of, keys, asked))
    return {
        key: {each.name: np.concatenate([block[key][each.name] for block in blocks]) for each in asked} for key in keys
    }


def _block(scenario: Scenario, draws: Draws, keys: Collection[str], asked: Sequence[Outcome]) -> Totals:
    """The same of a block of rows."""
    results = {option.key: result for option, _, result in computed(scenario, draws, keys)}
    disrupted = {}
    if draws.world.independence.shock and any(outcome in OF_THE_EMBARGO for outcome in asked):
        second = disrupted_results(scenario, draws.with_embargo(), results)
        disrupted = {option.key: result for option, _, result in second}
    found = {}
    for key, result in results.items():
        measures = Measures(result, disrupted=disrupted.get(key))
        found[key] = {outcome.name: outcome.total(measures) for outcome in asked}
    return found


def _known(what: str, asked: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    """The names asked for, all where none are named; every one must be known."""
    for name in asked or ():
        if name not in known:
            raise ValueError(unknown_name(what, name, known))
    return known if asked is None else asked


# --- worlds ---


def world_with(world: World, values: Mapping[str, ArrayLike]) -> World:
    """The world with numbers by path, such as 'cloud.price_usd', each a value for all rows or an array [row].

    What is idle in the world stays so: 'cloud.price_usd' where rents have a record. Raises ValueError for a path
    that is no number of the world, and for a value that is not possible.
    """
    specs = numbers_of(world)
    chosen: dict[str, dict[str, Array]] = {}
    for path, given in values.items():
        if path not in specs:
            raise ValueError(unknown_name("parameter", path, specs))
        group, name = path.split(".")
        chosen.setdefault(group, {})[name] = _possible(path, specs[path], given).reshape(-1, 1)
    return _having(world, chosen)


def _possible(path: str, spec: Spec, given: ArrayLike) -> Array:
    """Values of a parameter that are all possible."""
    value = np.asarray(given, dtype=np.float64)
    wrong = value[~((value >= spec.floor) & (value <= spec.ceiling))]
    if wrong.size:
        raise ValueError(f"{path} = {wrong[0]:g}, must be from {spec.floor:g} to {spec.ceiling:g} {spec.unit}")
    return value


def _having(world: World, chosen: Mapping[str, Mapping[str, Array]]) -> World:
    """The world with other values, by group and name."""
    return world.having({group: replace(getattr(world, group), **named) for group, named in chosen.items()})


def with_a_row_each(world: World, rows: int) -> World:
    """The world with an array [rows, 1] for every uncertain number, also where all rows have the same.

    Raises ValueError where an array has another number of rows.
    """
    chosen: dict[str, dict[str, Array]] = {}
    for path, spec in numbers_of(world).items():
        value = np.asarray(world.value(path), dtype=np.float64)
        if value.ndim or spec.role == "uncertainty":
            if value.size not in (1, rows):
                raise ValueError(f"{path} has {value.size} rows, must have one for each of the {rows} draws")
            group, name = path.split(".")
            chosen.setdefault(group, {})[name] = np.broadcast_to(value.reshape(-1, 1), (rows, 1))
    return _having(world, chosen)


def numbers_of(world: World) -> dict[str, Spec]:
    """The numbers of the world by path: what `world_with` takes."""
    return {
        f"{name}.{parameter}": spec
        for name, group in world.groups().items()
        for parameter, _, spec in group.described()
        if spec.kind == "number"
    }
