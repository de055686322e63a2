"""The run of a comparison: every option in the same worlds, block by block of draws, in four stages.

    draw worlds -> simulate calendars -> cost -> measure

An embargo is a second pass of the same stages, in the context with the embargo.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np

from sim.calendar.calendar import Calendar, Shocks, draw_shocks
from sim.calendar.records import Ledger, Record
from sim.comparison.attained import limits, with_limits
from sim.comparison.results import Comparison, Fidelity, Result, run_id, without_queue
from sim.costs.context import build_context
from sim.costs.embargo import compute_disrupted, with_embargo
from sim.costs.option import compute_option
from sim.costs.result import OptionResult
from sim.costs.sizing import outside_usd
from sim.instruments import Instrument
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.independence import Embargo
from sim.mechanisms.sampling import Drawn, held, sample, uncertain
from sim.mechanisms.world import World
from sim.outcomes import OF_THE_EMBARGO, OUTCOMES, Measures, Outcome
from sim.parameters import Array
from sim.scenario import Option, Scenario
from sim.streams import uniforms
from sim.waits.cache import Cache
from sim.waits.estimate import estimate
from sim.waits.parallel import WaitsUpdate, simulated
from sim.waits.statistics import Waits

BLOCK = 256  # draws computed at once: enough to make NumPy worth its calls, few enough for the processor's cache
DEFAULT_SEED = 1
QUEUE_STEPS = 20  # of progress for the queue of an option, where a pass over a block of draws is one
Progress = Callable[[int, int, str], None]  # done, of, what


def compare(
    scenario: Scenario,
    *,
    seed: int = DEFAULT_SEED,
    draws: int = 0,
    draw: Drawn = "headline",
    queue: bool = True,
    fidelity: Fidelity | None = None,
    progress: Progress = lambda done, of, what: None,
    on_update: Callable[[WaitsUpdate], None] = lambda update: None,
    store: Cache | None = None,
) -> Comparison:
    """Every option in the central case and in `draws` further states of the world.

    `draw`: which uncertain numbers they vary. `queue`: whether there are waits, for options with a public machine;
    `fidelity`: which, by default those that the scenario asks for. `progress` may raise to stop the run: nothing is
    written here. `on_update` receives waits as soon as any are known. `store` keeps waits from run to run, by default
    where HEAVYPRESS_CACHE says. Where the simulated queue attains less than the cost core took for granted, hours are
    those that it attains, in every draw.
    """
    world = draw_worlds(scenario, seed, draws, draw)
    starts = range(1, draws + 1, BLOCK)
    passes = (1 + len(starts)) * (2 if world.independence.shock else 1)
    simulates = queue and fidelity != "instant"
    steps = _Steps(progress, (passes + QUEUE_STEPS * simulates) * len(scenario.options))
    central = run_block(scenario, Draws.of(world.between(0, 1), seed, 0, scenario.months), steps)
    waits = _waits(scenario, central, seed, fidelity, steps, on_update, store) if simulates else {}
    real = scenario
    if found := limits({key: piece.result for key, piece in central.items()}, waits):
        real = with_limits(scenario, found)
        central = run_block(real, Draws.of(world.between(0, 1), seed, 0, scenario.months))
    others = []
    for start in starts:
        block = run_block(real, Draws.of(world.between(start, start + BLOCK), seed, start, scenario.months), steps)
        # only the central case keeps its months: those of thousands of draws would fill the memory
        others.append({key: piece.measured for key, piece in block.items()})
    results = {o.key: _joined(o, central[o.key], [block[o.key] for block in others]) for o in scenario.options}
    if queue:
        queues = waits if simulates else {key: estimate(result.central) for key, result in results.items()}
        results = {key: result.with_queue(queues.get(key)) for key, result in results.items()}
    else:
        results = {key: without_queue(result) for key, result in results.items()}
    own = None if not queue or fidelity == scenario.world.queue.fidelity else fidelity
    return Comparison(scenario, seed, draws, results, run_id(scenario, seed, draws, queue, fidelity, draw), own, draw)


# --- draw worlds ---


def draw_worlds(scenario: Scenario, seed: int, draws: int, draw: Drawn = "headline") -> World:
    """The central world and `draws` states of it, as arrays [1 + draws, 1]."""
    names = list(uncertain(scenario.world))
    return sample(scenario.world, uniforms(seed, draws, names), scenario.fixed | held(draw))


@dataclass(frozen=True)
class Draws:
    """A block of draws: its worlds together, as arrays [draw, 1], and one by one, each with its shocks."""

    world: World
    worlds: list[World]
    shocks: list[Shocks]
    embargoes: list[Embargo | None]

    @staticmethod
    def of(world: World, seed: int, start: int, months: int) -> Draws:
        """The draws of a block of worlds, the first of which is draw `start`; without an embargo."""
        count = np.size(world.hardware.doubling_years)  # an uncertainty, so that it has a value a draw
        worlds = [world.at(n) for n in range(count)]
        shocks = [draw_shocks(each, seed, start + n, months) for n, each in enumerate(worlds)]
        return Draws(world, worlds, shocks, [None] * count)

    def with_embargo(self) -> Draws:
        """The same draws, each with the embargo of its world."""
        return replace(self, embargoes=[Embargo.of(world.independence) for world in self.worlds])


# --- simulate calendars ---


def simulate_calendars(instrument: Instrument, draws: Draws, scenario: Scenario) -> list[list[Record]]:
    """The records of one option in each draw."""
    each = zip(draws.worlds, draws.shocks, draws.embargoes, strict=True)
    return [simulate_calendar(instrument, world, shocks, scenario, embargo) for world, shocks, embargo in each]


def simulate_calendar(
    instrument: Instrument, world: World, shocks: Shocks, scenario: Scenario, embargo: Embargo | None = None
) -> list[Record]:
    """The records of one option in one draw: a SimPy calendar with all of its instruments on it."""
    calendar = Calendar(world, shocks, scenario.budget_usd, scenario.months, embargo)
    for part, (member, _) in enumerate(instrument.parts()):
        member.schedule(calendar, part)
    return calendar.run()


# --- cost and measure ---


def computed(scenario: Scenario, draws: Draws) -> Iterator[tuple[Option, list[list[Record]], OptionResult]]:
    """Every option in a block of draws: its records in each of them, and its result; waits apart."""

    def simulated_ledger(option: Option) -> tuple[list[list[Record]], Ledger]:
        runs = simulate_calendars(option.instrument, draws, scenario)
        return runs, Ledger(runs, scenario.months)

    # where the budget covers a machine only in part, the first option of one shows what another purse pays for it
    machine = None if scenario.budget.coverage.complete else scenario.by_instrument.get(PublicCluster.name)
    context, known = None, {}
    if machine is not None:
        known[machine.key] = _, ledger = simulated_ledger(machine)
        context = build_context(draws.world, ledger, scenario.budget.coverage)
        context = replace(context, outside=outside_usd(machine.instrument, 0, ledger, context))
    for option in scenario.options:
        runs, ledger = known[option.key] if option.key in known else simulated_ledger(option)
        context = context or build_context(draws.world, ledger, scenario.budget.coverage)
        yield option, runs, compute_option(option.instrument, ledger, context)


@dataclass(frozen=True)
class Piece:
    """One option in one block of draws."""

    measured: dict[str, Array]  # totals by outcome, yearly series by 'outcome/yearly'
    result: OptionResult
    records: list[Record]  # of the block's first draw
    under_embargo: list[Record] | None = None  # the same, where there is an embargo


def run_block(scenario: Scenario, draws: Draws, steps: _Steps | None = None) -> dict[str, Piece]:
    """Every option in a block of draws; waits apart."""
    pieces, steps = {}, steps or _Steps()
    for option, runs, result in computed(scenario, draws):
        pieces[option.key] = Piece(measure(Measures(result)), result, runs[0])
        steps.advance(option.label)
    return _disrupted(scenario, draws.with_embargo(), pieces, steps) if draws.world.independence.shock else pieces


def _disrupted(scenario: Scenario, draws: Draws, usual: dict[str, Piece], steps: _Steps) -> dict[str, Piece]:
    """The options of a block with the outcomes of the embargo filled in, by a second pass of the same stages."""
    context, pieces = None, {}
    for option in scenario.options:
        piece = usual[option.key]
        context = context or with_embargo(piece.result.context, Embargo.of(draws.world.independence))
        runs = simulate_calendars(option.instrument, draws, scenario)
        result = compute_disrupted(option.instrument, Ledger(runs, scenario.months), context, piece.result)
        measured = measure(Measures(piece.result, disrupted=result), OF_THE_EMBARGO)
        pieces[option.key] = replace(piece, measured=piece.measured | measured, under_embargo=runs[0])
        steps.advance(option.label)
    return pieces


def measure(measures: Measures, outcomes: tuple[Outcome, ...] = OUTCOMES) -> dict[str, Array]:
    """Outcomes of a block of draws: totals by name, yearly series by 'name/yearly'."""
    found: dict[str, Array] = {}
    for outcome in outcomes:
        found[outcome.name] = outcome.total(measures)
        if outcome.yearly is not None:
            found[f"{outcome.name}/yearly"] = outcome.yearly(measures)
    return found


def _joined(option: Option, central: Piece, others: list[dict[str, Array]]) -> Result:
    """The central case and the blocks of draws of one option as one result, without waits."""
    every = [central.measured, *others]
    joined = {name: np.concatenate([measured[name] for measured in every]) for name in central.measured}
    return Result(
        key=option.key,
        label=option.label,
        totals={name: values for name, values in joined.items() if "/" not in name},
        yearly={name.removesuffix("/yearly"): values for name, values in joined.items() if "/" in name},
        central=central.result,
        records=central.records,
        under_embargo=central.under_embargo,
    )


# --- waits and progress ---


def _waits(
    scenario: Scenario,
    central: dict[str, Piece],
    seed: int,
    fidelity: Fidelity | None,
    steps: _Steps,
    on_update: Callable[[WaitsUpdate], None],
    store: Cache | None,
) -> dict[str, Waits]:
    """Waits of the central case by option; the queues of several options run side by side."""
    results = {key: piece.result for key, piece in central.items()}
    done, found = dict.fromkeys(results, 0), {}
    with closing(simulated(results, seed, fidelity=fidelity, store=store)) as updates:
        for update in updates:
            if update.waits is not None:
                on_update(update)
                found[update.option] = update.waits
            step = QUEUE_STEPS if update.last else int(update.share * QUEUE_STEPS)
            steps.advance(f"queue: {scenario.option(update.option).label}", max(step - done[update.option], 0))
            done[update.option] = max(step, done[update.option])
    return found


@dataclass
class _Steps:
    """Progress of a comparison."""

    progress: Progress = lambda done, of, what: None
    of: int = 0
    done: int = 0

    def advance(self, what: str, by: int = 1) -> None:
        """Report `by` more steps as done."""
        self.done += by
        self.progress(self.done, self.of, what)
