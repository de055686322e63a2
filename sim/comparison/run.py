"""The run of a comparison: every option in the same worlds, block by block of draws, and the waits of the central case.

draw worlds -> simulate calendars -> cost -> measure (`blocks`), further draws as needed (`sample`) -> join
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import closing
from functools import partial

import numpy as np

from sim.comparison.apart import Apart, aside
from sim.comparison.attained import limits, with_limits
from sim.comparison.blocks import BLOCK, Piece, run_block
from sim.comparison.calendars import Draws
from sim.comparison.discounting import MOST_KEPT, rediscount
from sim.comparison.discounting import kept as kept_of
from sim.comparison.measured import Measured
from sim.comparison.memory import CalendarMemory
from sim.comparison.results import Comparison, Fidelity, Kept, Result, run_id, without_queue
from sim.comparison.sample import Progress, Sample, Steps, bounds
from sim.comparison.stored import Stored
from sim.comparison.verdict import LOOKS
from sim.comparison.worlds import draw_worlds
from sim.mechanisms.appraisal import Profile
from sim.mechanisms.sampling import Drawn, Sequence
from sim.mechanisms.world import World
from sim.scenario import Option, Scenario
from sim.waits.cache import Cache
from sim.waits.estimate import estimate
from sim.waits.parallel import WaitsUpdate, simulated
from sim.waits.statistics import Waits

DEFAULT_SEED = 1
MOST_DRAWS = 20_000  # that a command, a sweep or a record asks for
QUEUE_STEPS = 20  # of progress for the queue of an option, where a pass over a block of draws is one


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
    final: bool = False,
) -> Comparison:
    """Every option in the central case and in `draws` further states of the world.

    `draws`: None is as many as the answer needs: the run stops at the first of LOOKS that can distinguish the two
    options of the question. `draw`: which uncertain numbers they vary; `sequence`: how they are spread; a Latin
    hypercube needs a number of draws (ValueError). `queue`: whether there are waits, for options with a public machine;
    `fidelity`: which, by default the scenario's. `profile` discounts the options anew, as sized by the scenario's own
    rates, see `rediscount`. `progress` may raise to stop the run. `on_update` receives waits as soon as any are known.
    `store` keeps waits from run to run, by default where HEAVYPRESS_CACHE says; `memory` keeps calendars, and changes
    no result. `lazy`: outcomes are measured when they are first read; until then the months of every draw stay in
    memory. Where the simulated queue attains less than the cost core took for granted, hours are those that it attains,
    in every draw. `final`: it will not be discounted anew, which a `profile` overrules; draws are then kept beside the
    waits, and computed in a process of their own, see `sim.comparison.apart`.
    """
    looks = _looks(draws, sequence)
    world = draw_worlds(scenario, seed, looks[-1], draw, sequence)
    simulates = queue and fidelity != "instant"  # and draws are costed again where the queue attains less
    of = partial(_between, world, seed, scenario.months, memory or (CalendarMemory() if simulates else None))
    steps = _steps(scenario, looks, simulates, progress)
    at_once = lazy and not simulates and draws is not None and draws <= BLOCK  # one block, which keeps its months
    central = run_block(scenario, of(0, 1 + at_once * looks[-1]), steps.advance, lazy)
    final, keeps = final and profile is None, profile is not None or (looks[-1] <= MOST_KEPT and not final)
    stored = Stored.beside(store, scenario, seed, draw, sequence, looks[-1]) if final else None
    sample = Sample(scenario, of, () if at_once else looks, steps, lazy, keeps, stored)
    with aside(sample, final and simulates) as others:
        waits = _waits(scenario, central, seed, fidelity, steps, on_update, store, others) if simulates else None
        central, sample = _as_attained(sample, others, central, waits or {})
    done = looks[-1] if at_once else sample.done
    results = _results(central, sample, queue, waits)
    own = fidelity if queue and fidelity != scenario.world.queue.fidelity else None
    name = run_id(scenario, seed, done, queue, fidelity, draw, sequence)
    kept, drawn = (_measures(central),) if at_once else _all_kept(central, sample), world.between(0, 1 + done)
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


def _steps(scenario: Scenario, looks: tuple[int, ...], simulates: bool, progress: Progress) -> Steps:
    """Progress over all that there can be to do."""
    passes = (1 + len(bounds(looks))) * (2 if scenario.world.independence.shock else 1) + QUEUE_STEPS * simulates
    return Steps(progress, passes * len(scenario.options))


def _as_attained(
    sample: Sample, others: Sample | Apart, central: dict[str, Piece], waits: dict[str, Waits]
) -> tuple[dict[str, Piece], Sample]:
    """The central case and all draws, the options anew whose queues attain less."""
    attained = limits({key: piece.result for key, piece in central.items()}, waits)
    if attained:
        limited = with_limits(sample.scenario, attained)
        central = central | run_block(limited, sample.of(0, 1), lazy=sample.lazy, keys=attained)
    return central, others.complete(attained)


def _results(
    central: dict[str, Piece], sample: Sample, queue: bool, waits: dict[str, Waits] | None
) -> dict[str, Result]:
    """Every option with its waits: simulated, or else estimated; without them where none are asked for."""
    found = {}
    for option in sample.scenario.options:
        blocks = [block.measured[option.key] for block in sample.blocks]
        result = _joined(option, central[option.key], blocks, sample.lazy)
        if queue:
            known = estimate(result.central) if waits is None else waits.get(option.key)
            found[option.key] = result.with_queue(known)
        else:
            found[option.key] = without_queue(result)
    return found


def _measures(pieces: Mapping[str, Piece]) -> Kept:
    """Of a block, all that can be measured."""
    return {key: piece.measures for key, piece in pieces.items()}


def _all_kept(central: dict[str, Piece], sample: Sample) -> tuple[Kept, ...]:
    """What discounting anew reads of the central case and of all blocks; nothing where it was not kept."""
    read = [block.kept for block in sample.blocks if block.kept]
    return (kept_of(_measures(central)), *read) if len(read) == len(sample.blocks) else ()


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
    steps: Steps,
    on_update: Callable[[WaitsUpdate], None],
    store: Cache | None,
    others: Sample | Apart,
) -> dict[str, Waits]:
    """Waits of the central case by option; the queues of several options run side by side, and other draws beside."""
    results = {key: piece.result for key, piece in central.items()}
    done, found = dict.fromkeys(results, 0), {}
    with closing(simulated(results, seed, fidelity=fidelity, store=store, meanwhile=others.further)) as updates:
        for update in updates:
            if update.waits is not None:
                on_update(update)
                found[update.option] = update.waits
                if isinstance(others, Apart) and update.last and not update.cached:
                    others.foretell(limits(results, {update.option: update.waits}))
            step = QUEUE_STEPS if update.last else int(update.share * QUEUE_STEPS)
            steps.advance(f"queue: {scenario.option(update.option).label}", max(step - done[update.option], 0))
            done[update.option] = max(step, done[update.option])
    return found
