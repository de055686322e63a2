"""A comparison: every option of a scenario in the same worlds, reckoned block by block."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from sim import __version__
from sim.comparison.outcomes import OUTCOMES, View
from sim.comparison.reckon import Monthly, reckon, set_scene
from sim.comparison.table import headline, tidy
from sim.comparison.waits import Waits, simulate_waits, window_months
from sim.engine.calendar import Calendar, Weather, forecast
from sim.engine.records import Ledger, Record
from sim.engine.streams import uniforms
from sim.instruments import Instrument
from sim.mechanisms.world import World, sample, uncertain
from sim.parameters import Array
from sim.scenario import Scenario

BLOCK = 32  # draws reckoned at once: the group arrays of a block stay in the processor's cache
DEFAULT_SEED = 1
Progress = Callable[[int, int, str], None]  # done, of, what


@dataclass(frozen=True)
class Result:
    """One option: totals by outcome [draw] and yearly series [draw, year], in base-year dollars."""

    key: str
    label: str
    totals: dict[str, Array]
    yearly: dict[str, Array]
    central: Monthly  # the central case month by month
    waits: Waits | None
    records: list[Record]  # of the central case


@dataclass(frozen=True)
class Comparison:
    """All options of a scenario; draw 0 is the central case, the others are states of the world."""

    scenario: Scenario
    seed: int
    draws: int  # besides the central case
    results: dict[str, Result]
    run_id: str

    @property
    def baseline(self) -> Result:
        """Doing nothing."""
        return next(r for r in self.results.values() if self.scenario.option(r.key).instrument.name == "do_nothing")

    @property
    def table(self) -> pd.DataFrame:
        """The headline: an outcome a row, an option a column, central values in the scenario's money."""
        return headline(self)

    @property
    def tidy(self) -> pd.DataFrame:
        """Every draw, year and outcome in one long table."""
        return tidy(self)

    def difference(self, key: str, outcome: str) -> Array:
        """An option's total less that of doing nothing in the same draw, [draw]."""
        return np.asarray(self.results[key].totals[outcome] - self.baseline.totals[outcome])


def run_id(scenario: Scenario, seed: int, draws: int, queue: bool) -> str:
    """Digest of everything that decides the numbers: merged scenario, seed, draws, whether waits, version."""
    record = {"scenario": scenario.text, "seed": seed, "draws": draws, "queue": queue, "version": __version__}
    text = json.dumps(record, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def worlds(scenario: Scenario, seed: int, draws: int) -> World:
    """The central world and `draws` states of it, as arrays [1 + draws, 1]."""
    names = list(uncertain(scenario.world))
    return sample(scenario.world, uniforms(seed, draws, names), scenario.fixed)


def passes(instrument: Instrument, world: World, weather: Weather, scenario: Scenario) -> list[Record]:
    """The records of one option in one draw: a SimPy calendar with all of its instruments on it."""
    calendar = Calendar(world, weather, scenario.budget_usd, scenario.months)
    for part, (member, _) in enumerate(instrument.parts()):
        member.schedule(calendar, part)
    return calendar.run()


def timeline(scenario: Scenario, key: str) -> list[Record]:
    """What happens under one option in the central case."""
    world = scenario.world
    return passes(scenario.option(key).instrument, world, forecast(world, DEFAULT_SEED, 0, scenario.months), scenario)


def compare(
    scenario: Scenario,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = 0,
    queue: bool = True,
    progress: Progress = lambda done, of, what: None,
) -> Comparison:
    """Run every option in the central case and in `draws` further states of the world.

    `queue` simulates the waits of options with a public machine. `progress` may raise to
    stop the run: nothing is written here.
    """
    everything = worlds(scenario, seed, draws)
    blocks = [(start, min(start + BLOCK, draws + 1)) for start in range(0, draws + 1, BLOCK)]
    steps = len(blocks) * len(scenario.options) + int(scenario.world.queue.windows) * len(scenario.options) * queue
    done = 0

    def advance(what: str, by: int = 1) -> None:
        nonlocal done
        done += by
        progress(done, steps, what)

    pieces: dict[str, list[tuple[Monthly, Waits | None]]] = {option.key: [] for option in scenario.options}
    first: dict[str, list[Record]] = {}
    gathered: dict[str, list[dict[str, Array]]] = {option.key: [] for option in scenario.options}
    for start, stop in blocks:
        block, seen = everything.between(start, stop), [everything.at(draw) for draw in range(start, stop)]
        weather = [forecast(w, seed, start + n, scenario.months) for n, w in enumerate(seen)]
        scene = None
        for option in scenario.options:
            runs = [passes(option.instrument, w, sky, scenario) for w, sky in zip(seen, weather, strict=True)]
            ledger = Ledger(runs, scenario.months)
            scene = scene or set_scene(block, ledger)
            monthly = reckon(option.instrument, ledger, scene)
            waits = None
            if start == 0:
                first[option.key] = runs[0]
                windows = int(scenario.world.queue.windows)
                if queue:
                    waits = simulate_waits(monthly, seed, lambda name=option.label: advance(f"queue: {name}"))  # type: ignore[misc]
                    advance(option.label, windows - len(window_months(monthly, windows)))
                pieces[option.key].append((monthly, waits))
            gathered[option.key].append(_measured(View(monthly, waits)))
            advance(option.label)
    results = {
        option.key: _result(option.key, option.label, gathered[option.key], *pieces[option.key][0], first[option.key])
        for option in scenario.options
    }
    return Comparison(scenario, seed, draws, results, run_id(scenario, seed, draws, queue))


def _measured(view: View) -> dict[str, Array]:
    """Every outcome of a block: totals by name, yearly series by 'name/yearly'."""
    found: dict[str, Array] = {}
    for outcome in OUTCOMES:
        found[outcome.name] = outcome.total(view)
        if outcome.yearly is not None:
            found[f"{outcome.name}/yearly"] = outcome.yearly(view)
    return found


def _result(
    key: str, label: str, blocks: list[dict[str, Any]], central: Monthly, waits: Waits | None, records: list[Record]
) -> Result:
    """Join the blocks of one option."""
    joined = {name: np.concatenate([block[name] for block in blocks]) for name in blocks[0]}
    return Result(
        key=key,
        label=label,
        totals={name: values for name, values in joined.items() if "/" not in name},
        yearly={name.removesuffix("/yearly"): values for name, values in joined.items() if "/" in name},
        central=central,
        waits=waits,
        records=records,
    )
