"""The run of a comparison: every option in the same worlds, block by block of draws, in four stages.

    draw worlds -> simulate calendars -> cost -> measure

An embargo is a second pass of the same stages, in the context with the embargo.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

import numpy as np

from sim.calendar.records import Ledger
from sim.comparison.attained import limits, with_limits
from sim.comparison.calendars import Calendars, Draws
from sim.comparison.discounting import MOST_KEPT, rediscount
from sim.comparison.discounting import kept as kept_of
from sim.comparison.measured import Measured
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison, Fidelity, Kept, Result, run_id, without_queue
from sim.comparison.verdict import LOOKS, against_all
from sim.comparison.worlds import draw_worlds
from sim.costs.context import build_context
from sim.costs.embargo import compute_disrupted, with_embargo
from sim.costs.option import compute_option
from sim.costs.result import OptionResult
from sim.costs.sizing import outside_usd
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.appraisal import Profile
from sim.mechanisms.independence import Embargo
from sim.mechanisms.sampling import Drawn, Sequence
from sim.mechanisms.world import World
from sim.outcomes import BY_NAME, OF_THE_EMBARGO, OUTCOMES, Measures, Outcome
from sim.outcomes.measures import Measure
from sim.scenario import Option, Scenario
from sim.waits.cache import Cache
from sim.waits.estimate import estimate
from sim.waits.parallel import WaitsUpdate, simulated
from sim.waits.statistics import Waits

BLOCK = 256  # draws computed at once: enough to make NumPy worth its calls, few enough for the processor's cache
DEFAULT_SEED = 1
MOST_DRAWS = 20_000  # that a command, a sweep or a record asks for
QUEUE_STEPS = 20  # of progress for the queue of an option, where a pass over a block of draws is one
Progress = Callable[[int, int, str], None]  # done, of, what


def compare(
    scenario: Scenario,
    *,
    seed: int = DEFAULT_SEED,
    draws: int | None = 0,
    draw: Drawn = "headline",
    sequence: Sequence = "random",
    queue: bool = True,
    fidelity: Fidelity | None = None,
    profile: Profile | None = None,
    progress: Progress = lambda done, of, what: None,
    on_update: Callable[[WaitsUpdate], None] = lambda update: None,
    store: Cache | None = None,
    memory: CalendarMemory | None = None,
    lazy: bool = False,
) -> Comparison:
    """Every option in the central case and in `draws` further states of the world.

    `draws`: None is as many as the answer needs: the run stops at the first of LOOKS that can distinguish the two
    options of the question. `draw`: which uncertain numbers they vary; `sequence`: how they are spread; a Latin
    hypercube needs a number of draws (ValueError).

    `queue`: whether there are waits, for options with a public machine; `fidelity`: which, by default the scenario's.
    `profile` discounts the options anew, as sized by the scenario's own rates, see `rediscount`. `progress` may raise
    to stop the run. `on_update` receives waits as soon as any are known. `store` keeps waits from run to run, by
    default where HEAVYPRESS_CACHE says; `memory` keeps calendars, and changes no result. `lazy`: outcomes are measured
    when they are first read; until then the months of every draw stay in memory. Where the simulated queue attains less
    than the cost core took for granted, hours are those that it attains, in every draw.
    """
    looks = _looks(draws, sequence)
    world = draw_worlds(scenario, seed, looks[-1], draw, sequence)
    simulates = queue and fidelity != "instant"
    # draws are costed again where the queue attains less
    of = partial(_between, world, seed, scenario.months, memory or (CalendarMemory() if simulates else None))
    passes = (1 + len(_blocks(looks))) * (2 if world.independence.shock else 1) + QUEUE_STEPS * simulates
    steps = _Steps(progress, passes * len(scenario.options))
    at_once = lazy and not simulates and draws is not None and draws <= BLOCK  # one block, which keeps its months
    central = run_block(scenario, of(0, 1 + at_once * looks[-1]), steps, lazy)
    sample = _Sample(scenario, of, () if at_once else looks, steps, lazy, looks[-1] <= MOST_KEPT or profile is not None)
    waits = _waits(scenario, central, seed, fidelity, steps, on_update, store, sample.further) if simulates else None
    sample, central = _as_attained(sample, central, waits or {})
    sample.complete()
    blocks, done = sample.blocks, looks[-1] if at_once else sample.done
    joined = (_joined(o, central[o.key], [each.measured[o.key] for each in blocks], lazy) for o in scenario.options)
    results = {result.key: _with_waits(result, queue, waits) for result in joined}
    own = None if not queue or fidelity == scenario.world.queue.fidelity else fidelity
    name = run_id(scenario, seed, done, queue, fidelity, draw, sequence)
    kept, drawn = (_kept(central, whole=True),) if at_once else _all_kept(central, blocks), world.between(0, 1 + done)
    comparison = Comparison(scenario, seed, done, results, name, own, draw, sequence, queue, kept=kept, drawn=drawn)
    return rediscount(comparison, profile) if profile else comparison


def _between(world: World, seed: int, months: int, memory: CalendarMemory | None, start: int, stop: int) -> Draws:
    """A block of the draws of a world."""
    return Draws.of(world.between(start, stop), seed, start, months, memory)


def _looks(draws: int | None, sequence: Sequence) -> tuple[int, ...]:
    """The numbers of draws at which the run may end."""
    if draws is None and sequence == "latin":
        raise ValueError("a Latin hypercube has as many strata as draws: say how many, for none can be added")
    return LOOKS if draws is None else (draws,)


def _with_waits(result: Result, queue: bool, waits: dict[str, Waits] | None) -> Result:
    """An option with its waits: simulated, or else estimated; without them where none are asked for."""
    if not queue:
        return without_queue(result)
    return result.with_queue(estimate(result.central) if waits is None else waits.get(result.key))


class _Block(NamedTuple):
    """A block of draws: what is measured, by option and outcome, and what discounting anew reads."""

    measured: dict[str, Measured]
    kept: Kept  # empty where nothing will be discounted anew


@dataclass
class _Sample:
    """The draws, block by block, up to the first look at which the answer is known."""

    scenario: Scenario
    of: Callable[[int, int], Draws]
    looks: tuple[int, ...]
    steps: _Steps
    lazy: bool
    keeps: bool  # what discounting anew reads
    blocks: list[_Block] = field(default_factory=list)

    @property
    def done(self) -> int:
        """How many draws there are."""
        return _blocks(self.looks)[len(self.blocks) - 1][1] - 1 if self.blocks else 0

    @property
    def enough(self) -> bool:
        """Whether no more are needed."""
        at_the_end = len(self.blocks) == len(_blocks(self.looks))
        return at_the_end or (self.done in self.looks and self.done > 0 and _known(self.scenario, self.blocks))

    def further(self) -> bool:
        """Compute the next block; False where no more is needed."""
        if self.enough:
            return False
        self._add(_Block({}, {}))
        return True

    def _add(self, before: _Block, keys: Collection[str] | None = None) -> None:
        """Compute the next block, or of its options those of `keys`, the others being as they were before."""
        start, stop = _blocks(self.looks)[len(self.blocks)]
        block = run_block(self.scenario, self.of(start, stop), self.steps, self.lazy, keys)
        # only the central case keeps its months: those of thousands of draws would fill the memory
        measured = before.measured | {key: piece.measured for key, piece in block.items()}
        self.blocks.append(_Block(measured, before.kept | _kept(block) if self.keeps else {}))

    def complete(self) -> None:
        """Compute all blocks that are needed."""
        while self.further():
            pass
        self.steps.finish()

    def again(self, scenario: Scenario, keys: Collection[str]) -> _Sample:
        """The draws with the options `keys` as they are in `scenario`; no more of them than are needed then."""
        other = replace(self, scenario=scenario, blocks=[])
        for block in self.blocks:
            if not other.enough:
                other._add(block, keys)
        return other


def _as_attained(
    sample: _Sample, central: dict[str, Piece], waits: dict[str, Waits]
) -> tuple[_Sample, dict[str, Piece]]:
    """The draws and the central case with the options anew whose queues attain less."""
    found = limits({key: piece.result for key, piece in central.items()}, waits)
    if not found:
        return sample, central
    scenario = with_limits(sample.scenario, found)
    anew = run_block(scenario, sample.of(0, 1), lazy=sample.lazy, keys=found)
    return sample.again(scenario, found), central | anew


def _all_kept(central: dict[str, Piece], blocks: list[_Block]) -> tuple[Kept, ...]:
    """What discounting anew reads of the central case and of all blocks; nothing where it was not kept."""
    read = [block.kept for block in blocks if block.kept]
    return (_kept(central), *read) if len(read) == len(blocks) else ()


def _blocks(looks: tuple[int, ...]) -> list[tuple[int, int]]:
    """First draw of each block and the one after its last: no block is larger than BLOCK or passes a look."""
    ends = sorted({*range(BLOCK, max(looks, default=0), BLOCK), *looks} - {0})
    return [(start + 1, end + 1) for start, end in zip([0, *ends], ends, strict=False)]


def _known(scenario: Scenario, blocks: list[_Block]) -> bool:
    """Whether these draws distinguish the two options of the question, or there are no two."""
    if not set(scenario.between) <= blocks[0].measured.keys() or not scenario.between:
        return True
    outcome = BY_NAME[scenario.yardstick]
    totals = {
        key: np.concatenate([block.measured[key][outcome.name] for block in blocks]) for key in blocks[0].measured
    }
    return against_all(totals, scenario.between[0], outcome.better)[scenario.between[1]].known


# --- cost and measure ---


def computed(
    scenario: Scenario, draws: Draws, keys: Collection[str] | None = None
) -> Iterator[tuple[Option, Ledger, OptionResult]]:
    """Every option in a block of draws, or those of `keys`: its records in each, and its result; waits apart."""
    calendars = Calendars(scenario, draws)
    context = None
    # where the budget covers a machine only in part, the first option of one shows what another purse pays for it
    machine = None if scenario.budget.coverage.complete else scenario.by_instrument.get(PublicCluster.name)
    if machine is not None:
        ledger = calendars.ledger(machine.instrument)
        context = build_context(draws.world, ledger, scenario.budget.coverage)
        context = replace(context, outside=outside_usd(machine.instrument, 0, ledger, context))
    for option in scenario.options:
        if keys is None or option.key in keys:
            ledger = calendars.ledger(option.instrument)
            context = context or build_context(draws.world, ledger, scenario.budget.coverage)
            yield option, ledger, compute_option(option.instrument, ledger, context)


@dataclass(frozen=True)
class Piece:
    """One option in one block of draws."""

    measured: Measured  # totals by outcome, yearly series by 'outcome/yearly'
    result: OptionResult
    ledger: Ledger
    measures: Measures
    under_embargo: Ledger | None = None  # the records where there is an embargo


def run_block(
    scenario: Scenario,
    draws: Draws,
    steps: _Steps | None = None,
    lazy: bool = False,
    keys: Collection[str] | None = None,
) -> dict[str, Piece]:
    """Every option in a block of draws, or those of `keys`; waits apart."""
    pieces, steps = {}, steps or _Steps()
    for option, ledger, result in computed(scenario, draws, keys):
        measures = Measures(result)
        measured = measurable(measures)
        pieces[option.key] = Piece(measured if lazy else measured.all_measured(), result, ledger, measures)
        steps.advance(option.label)
    return _disrupted(scenario, draws.with_embargo(), pieces, steps) if draws.world.independence.shock else pieces


def _disrupted(scenario: Scenario, draws: Draws, usual: dict[str, Piece], steps: _Steps) -> dict[str, Piece]:
    """The options of a block with the outcomes of the embargo filled in, by a second pass of the same stages."""
    pieces = {}
    disrupted = disrupted_results(scenario, draws, {key: piece.result for key, piece in usual.items()})
    for option, ledger, result in disrupted:
        piece = usual[option.key]
        measured = measurable(Measures(piece.result, disrupted=result), OF_THE_EMBARGO)
        pieces[option.key] = replace(piece, measured=piece.measured | measured, under_embargo=ledger)
        steps.advance(option.label)
    return pieces


def disrupted_results(
    scenario: Scenario, draws: Draws, usual: Mapping[str, OptionResult]
) -> Iterator[tuple[Option, Ledger, OptionResult]]:
    """The options of `usual` under the embargo of each draw: records and results."""
    calendars, context = Calendars(scenario, draws), None
    for option in scenario.options:
        if option.key in usual:
            before, ledger = usual[option.key], calendars.ledger(option.instrument)
            context = context or with_embargo(before.context, Embargo.of(draws.world.independence, draws.months))
            yield option, ledger, compute_disrupted(option.instrument, ledger, context, before)


def _kept(block: dict[str, Piece], whole: bool = False) -> Kept:
    """What discounting anew reads of a block, or all of it, where the rest is kept as well."""
    measures = {key: piece.measures for key, piece in block.items()}
    return measures if whole else kept_of(measures)


def measurable(measures: Measures, outcomes: tuple[Outcome, ...] = OUTCOMES) -> Measured:
    """Outcomes of a block of draws: totals by name, yearly series by 'name/yearly'; nothing is measured yet."""
    found: dict[str, Measure] = {}
    for outcome in outcomes:
        found[outcome.name] = outcome.total
        if outcome.yearly is not None:
            found[f"{outcome.name}/yearly"] = outcome.yearly
    return Measured({}, tuple(found), lambda name: found[name](measures))


def _joined(option: Option, central: Piece, others: list[Measured], lazy: bool) -> Result:
    """The central case and the blocks of draws of one option as one result, without waits."""
    every = [central.measured, *others]
    names = tuple(central.measured)
    joined = Measured({}, names, lambda name: np.concatenate([measured[name] for measured in every]))
    totals = joined.picked({name: name for name in names if "/" not in name})
    yearly = joined.picked({name.removesuffix("/yearly"): name for name in names if "/" in name})
    return Result(
        key=option.key,
        label=option.label,
        totals=totals if lazy else totals.all_measured(),
        yearly=yearly if lazy else yearly.all_measured(),
        central=central.result,
        ledger=central.ledger,
        embargoed=central.under_embargo,
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
    meanwhile: Callable[[], bool],
) -> dict[str, Waits]:
    """Waits of the central case by option; the queues of several options run side by side, and `meanwhile` beside."""
    results = {key: piece.result for key, piece in central.items()}
    done, found = dict.fromkeys(results, 0), {}
    with closing(simulated(results, seed, fidelity=fidelity, store=store, meanwhile=meanwhile)) as updates:
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
        self.done = min(self.done + by, self.of)  # draws that the queue proves wrong are computed twice
        self.progress(self.done, self.of, what)

    def finish(self) -> None:
        """Report all steps as done: those that were not needed as well."""
        if self.done < self.of:
            self.advance("done", self.of - self.done)
