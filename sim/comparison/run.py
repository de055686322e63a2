"""A comparison: every option of a scenario in the same worlds, reckoned block by block."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from sim import __version__
from sim.calendar.calendar import Calendar, Shocks, draw_shocks
from sim.calendar.records import Ledger, Record
from sim.comparison.table import headline, tidy
from sim.costs.embargo import disrupted_result, with_embargo
from sim.costs.option import OptionResult, build_context, compute_option
from sim.instruments import Instrument
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World, sample, uncertain
from sim.outcomes import OF_THE_QUEUE, OUTCOMES, Measures
from sim.parameters import Array
from sim.scenario import Option, Scenario
from sim.streams import uniforms
from sim.waits.cache import Cache
from sim.waits.estimates.option import Estimate, estimate
from sim.waits.parallel import WaitsUpdate, simulated
from sim.waits.simulation import Waits

BLOCK = 256  # draws reckoned at once: enough to make NumPy worth its calls, few enough for the processor's cache
DEFAULT_SEED = 1
QUEUE_STEPS = 20  # of progress for the queue of an option, where a block of draws is one
Progress = Callable[[int, int, str], None]  # done, of, what
Fidelity = Literal["instant", "windows", "full"]
"""Waits from the table, from windows of the horizon, or from every job of it."""


@dataclass(frozen=True)
class Result:
    """One option: totals by outcome [draw] and yearly series [draw, year], in base-year dollars."""

    key: str
    label: str
    totals: dict[str, Array]
    yearly: dict[str, Array]
    central: OptionResult  # the central case month by month
    waits: Waits | None
    records: list[Record]  # of the central case
    estimate: Estimate | None = None  # of the waits, where they were not simulated
    under_embargo: list[Record] | None = None  # of the central case, where it was run with one as well


@dataclass(frozen=True)
class Comparison:
    """All options of a scenario; draw 0 is the central case, the others are states of the world."""

    scenario: Scenario
    seed: int
    draws: int  # besides the central case
    results: dict[str, Result]
    run_id: str
    fidelity: Fidelity | None = None  # of the waits, where it is not the scenario's own

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


def run_id(scenario: Scenario, seed: int, draws: int, queue: bool, fidelity: Fidelity | None = None) -> str:
    """Digest of everything that decides the numbers: merged scenario, seed, draws, whether and which waits, version."""
    record = {"scenario": scenario.text, "seed": seed, "draws": draws, "queue": queue, "version": __version__}
    if queue and fidelity not in (None, scenario.world.queue.fidelity):
        record["fidelity"] = fidelity
    text = json.dumps(record, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def worlds(scenario: Scenario, seed: int, draws: int) -> World:
    """The central world and `draws` states of it, as arrays [1 + draws, 1]."""
    names = list(uncertain(scenario.world))
    return sample(scenario.world, uniforms(seed, draws, names), scenario.fixed)


def simulate_calendar(
    instrument: Instrument, world: World, shocks: Shocks, scenario: Scenario, embargo: Embargo | None = None
) -> list[Record]:
    """The records of one option in one draw: a SimPy calendar with all of its instruments on it."""
    calendar = Calendar(world, shocks, scenario.budget_usd, scenario.months, embargo)
    for part, (member, _) in enumerate(instrument.parts()):
        member.schedule(calendar, part)
    return calendar.run()


def compare(
    scenario: Scenario,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = 0,
    queue: bool = True,
    fidelity: Fidelity | None = None,
    progress: Progress = lambda done, of, what: None,
    on_update: Callable[[WaitsUpdate], None] = lambda news: None,
    store: Cache | None = None,
) -> Comparison:
    """Run every option in the central case and in `draws` further states of the world.

    `queue`: whether there are waits, for options with a public machine; `fidelity`: which, by default those that the
    scenario asks for. `progress` may raise to stop the run: nothing is written here. `on_update` hears of the waits as
    soon as anything is known. `store` keeps waits from run to run, by default where HEAVYPRESS_CACHE says.
    """
    everything = worlds(scenario, seed, draws)
    starts = range(1, draws + 1, BLOCK)
    blocks = 1 + len(starts)
    simulates = queue and fidelity != "instant"
    steps = _Steps(progress, (blocks + QUEUE_STEPS * simulates) * len(scenario.options))
    central = _block(scenario, everything.between(0, 1), seed, 0, steps)
    waits = _waits(scenario, central, seed, fidelity, steps, on_update, store) if simulates else {}
    others = []
    for start in starts:
        block = _block(scenario, everything.between(start, start + BLOCK), seed, start, steps)
        # only the central case keeps its months: those of thousands of draws would fill the memory
        others.append({key: piece.measured for key, piece in block.items()})
    results = {
        option.key: _joined(option, central[option.key], [block[option.key] for block in others])
        for option in scenario.options
    }
    for key, result in results.items():
        if queue:
            results[key] = with_queue(result, waits.get(key) if simulates else estimate(result.central))
    own = None if not queue or fidelity == scenario.world.queue.fidelity else fidelity
    return Comparison(scenario, seed, draws, results, run_id(scenario, seed, draws, queue, fidelity), own)


def with_queue(result: Result, queue: Waits | Estimate | None) -> Result:
    """The same option with what is known of its queue: the outcomes of the queue in the central case are filled."""
    measures = Measures(result.central, queue)
    totals = dict(result.totals)
    for outcome in OF_THE_QUEUE:
        totals[outcome.name] = np.concatenate([outcome.total(measures)[:1], totals[outcome.name][1:]])
    if isinstance(queue, Estimate):
        return replace(result, totals=totals, waits=None, estimate=queue)
    return replace(result, totals=totals, waits=queue, estimate=None)


@dataclass
class _Steps:
    """How far a comparison has come."""

    progress: Progress
    of: int
    done: int = 0

    def advance(self, what: str, by: int = 1) -> None:
        """Some more steps are done."""
        self.done += by
        self.progress(self.done, self.of, what)


@dataclass(frozen=True)
class _Piece:
    """One option in one block of draws."""

    measured: dict[str, Array]  # totals by outcome, yearly series by 'outcome/yearly'
    monthly: OptionResult
    records: list[Record]  # of the block's first draw
    under_embargo: list[Record] | None  # the same, where there is an embargo


def _block(scenario: Scenario, block: World, seed: int, start: int, steps: _Steps) -> dict[str, _Piece]:
    """Every option in a block of draws, the first of which is draw `start`; waits apart."""
    seen = [block.at(n) for n in range(_draws(block))]
    shocks = [draw_shocks(world, seed, start + n, scenario.months) for n, world in enumerate(seen)]
    context, pieces, hit = None, {}, None
    for option in scenario.options:
        runs = [
            simulate_calendar(option.instrument, world, shocks, scenario)
            for world, shocks in zip(seen, shocks, strict=True)
        ]
        ledger = Ledger(runs, scenario.months)
        context = context or build_context(block, ledger)
        monthly = compute_option(option.instrument, ledger, context)
        again, struck = None, None
        if block.independence.shock:
            hit = hit or with_embargo(context, Embargo.of(block.independence))
            again = [
                simulate_calendar(option.instrument, world, shocks, scenario, Embargo.of(world.independence))
                for world, shocks in zip(seen, shocks, strict=True)
            ]
            struck = disrupted_result(option.instrument, Ledger(again, scenario.months), hit, monthly)
        measures = Measures(monthly, shocked=struck)
        pieces[option.key] = _Piece(_measured(measures), monthly, runs[0], again[0] if again else None)
        steps.advance(option.label)
    return pieces


def _draws(world: World) -> int:
    """How many draws a block of worlds holds."""
    return next(len(getattr(world.hardware, name)) for name in world.hardware.names())


def _waits(
    scenario: Scenario,
    central: dict[str, _Piece],
    seed: int,
    fidelity: Fidelity | None,
    steps: _Steps,
    on_update: Callable[[WaitsUpdate], None],
    store: Cache | None,
) -> dict[str, Waits]:
    """Waits of the central case by option; the queues of several options run side by side."""
    monthly = {key: piece.monthly for key, piece in central.items()}
    done, found = dict.fromkeys(monthly, 0), {}
    with closing(simulated(monthly, seed, fidelity=fidelity, store=store)) as told:
        for news in told:
            if news.waits is not None:
                on_update(news)
                found[news.option] = news.waits
            step = QUEUE_STEPS if news.last else int(news.share * QUEUE_STEPS)
            steps.advance(f"queue: {scenario.option(news.option).label}", max(step - done[news.option], 0))
            done[news.option] = max(step, done[news.option])
    return found


def _measured(measures: Measures) -> dict[str, Array]:
    """Every outcome of a block: totals by name, yearly series by 'name/yearly'."""
    found: dict[str, Array] = {}
    for outcome in OUTCOMES:
        found[outcome.name] = outcome.total(measures)
        if outcome.yearly is not None:
            found[f"{outcome.name}/yearly"] = outcome.yearly(measures)
    return found


def _joined(option: Option, central: _Piece, others: list[dict[str, Array]]) -> Result:
    """The central case and the blocks of draws of one option as one result."""
    every = [central.measured, *others]
    joined = {name: np.concatenate([measured[name] for measured in every]) for name in central.measured}
    return Result(
        key=option.key,
        label=option.label,
        totals={name: values for name, values in joined.items() if "/" not in name},
        yearly={name.removesuffix("/yearly"): values for name, values in joined.items() if "/" in name},
        central=central.monthly,
        waits=None,
        records=central.records,
        under_embargo=central.under_embargo,
    )
