"""Speed and memory: `make bench`; `make bench ARGS=core` measures only that; `ARGS="problem_r --quick"` fewer jobs.

The machine is taken to be noisy and shared. Ratios are of processor time in one run, with
both sides timed in turn, and medians are compared. Prints a table; exits 1 where a goal is missed.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from sim.calendar.calendar import draw_shocks
from sim.calendar.records import Ledger, Record
from sim.comparison.blocks import BLOCK
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.costs.context import build_context
from sim.costs.fullness import fullness_of
from sim.costs.option import compute_option
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.world import World
from sim.outcomes import OUTCOMES, Measures
from sim.queue.simulate import simulate
from sim.scenario import Scenario, load
from sim.validation import chosen, validate
from sim.waits.cache import Cache
from tests.bench import plain
from tests.bench.citing import time_citing
from tests.bench.deciding import time_changes, time_decision
from tests.bench.filling import time_waterfill
from tests.bench.logs import time_logs
from tests.bench.measuring import Line, peak_mib, process_seconds, undisturbed
from tests.bench.processes import time_commands
from tests.bench.queue.accasim import time_accasim
from tests.bench.queue.against_processes import time_processes
from tests.bench.queue.backlog import time_backlog
from tests.bench.queue.decade import time_decade
from tests.bench.queue.elastic import campaigns, time_elastic
from tests.bench.queue.starts import time_starts
from tests.bench.queue.threads import time_threads
from tests.bench.queue.yardstick import time_yardstick
from tests.bench.sweeps import time_sweeps
from tests.oracles.calendars import simulate_calendar, stacked

DRAWS, FEW_DRAWS = 4_096, 1_024
SEED = 1
CALENDARS = 100  # runs of each option's calendar
LOOPS = 3  # draws of the plain loop before and after each block of the core
QUEUE_GPUS, QUEUE_LOAD, QUEUE_JOBS, QUEUE_RUNS = 1_024, 0.85, 20_000, 5
REPORT_DRAWS, REPORT_RUNS = 512, 3
FASTER = 200  # times, the core over the loop
MOST_MIB = 2_048
RECORD_SECONDS = 60
SURFACE_MS = 200
WINDOWS_SECONDS = 12

Runs = dict[str, list[list[Record]]]  # by option, a list of records for each draw


# -------------------------------------------------------------------------------------------------------- the calendar


def time_calendars(scenario: Scenario) -> Iterator[Line]:
    """One option in one draw, no jobs."""
    sky = draw_shocks(scenario.world, SEED, 0, scenario.months)
    for option in scenario.options:
        run = partial(simulate_calendar, option.instrument, scenario.world, sky, scenario)
        with undisturbed():
            seconds = statistics.median(process_seconds(run) for _ in range(CALENDARS))
        yield Line(f"calendar without jobs, {option.key}", f"{1000 * seconds:.2f} ms", "< 5 ms", seconds < 0.005)


# -------------------------------------------------------------------------------------------------- core and plain loop


def blocks(scenario: Scenario, draws: int) -> Iterator[tuple[World, list[World], Runs]]:
    """Worlds of a block as arrays and one by one, and the records of every option in each of them."""
    everything = draw_worlds(scenario, SEED, draws - 1)
    for start in range(0, draws, BLOCK):
        stop = min(start + BLOCK, draws)
        seen = [everything.at(draw) for draw in range(start, stop)]
        skies = [draw_shocks(world, SEED, start + n, scenario.months) for n, world in enumerate(seen)]
        yield (
            everything.between(start, stop),
            seen,
            {
                option.key: [
                    simulate_calendar(option.instrument, world, sky, scenario)
                    for world, sky in zip(seen, skies, strict=True)
                ]
                for option in scenario.options
            },
        )


def core(scenario: Scenario, world: World, ledgers: dict[str, Ledger]) -> None:
    """Every outcome of every option in a block of draws, by the cost core."""
    context = build_context(world, next(iter(ledgers.values())))
    for option in scenario.options:
        view = Measures(compute_option(option.instrument, ledgers[option.key], context))
        for outcome in OUTCOMES:
            outcome.total(view)
            if outcome.yearly is not None:
                outcome.yearly(view)


def loop(scenario: Scenario, worlds_: list[World], runs: Runs) -> None:
    """The same, draw by draw, by the plain loop."""
    for number, world in enumerate(worlds_):
        draw = plain.Draw(world, runs[scenario.options[0].key][number], scenario.months)
        for option in scenario.options:
            plain.measure(plain.compute_option(option.instrument.parts(), runs[option.key][number], draw), draw)


def time_core(scenario: Scenario, draws: int = DRAWS) -> Iterator[Line]:
    """The core block by block, the loop on a few draws of each block before and after it."""
    of_core, of_loop, of_ledgers, ratios = [], [], [], []
    for number, (world, seen, runs) in enumerate(blocks(scenario, draws)):
        some = slice(number, number + LOOPS)
        by_loop = partial(loop, scenario, seen[some], {key: each[some] for key, each in runs.items()})
        begun = time.process_time()
        ledgers = {key: stacked(each, scenario.months) for key, each in runs.items()}
        of_ledgers.append((time.process_time() - begun) / len(seen))
        by_core = partial(core, scenario, world, ledgers)
        if number == 0:  # compile, and fill what is worked out once
            by_core()
            by_loop()
        with undisturbed():
            before, spent, after = (process_seconds(work) for work in (by_loop, by_core, by_loop))
        of_core.append(spent / len(seen))
        of_loop.append((before + after) / 2 / LOOPS)
        ratios.append(of_loop[-1] / of_core[-1])
    ratio, memory = statistics.median(ratios), peak_mib()
    shape = f"{draws:,} draws x {len(scenario.options)} options x {scenario.months} months"
    yield Line(f"cost core over plain loop, {shape}", f"{ratio:.0f} x", f">= {FASTER} x", ratio >= FASTER)
    yield Line("  ratio in single blocks", f"{min(ratios):.0f} to {max(ratios):.0f} x")
    yield Line("  plain loop, all options of a draw", f"{1000 * statistics.median(of_loop):.1f} ms")
    yield Line(f"  cost core, the same, in blocks of {BLOCK}", f"{1000 * statistics.median(of_core):.3f} ms")
    yield Line("  ledgers, the same, in neither", f"{1000 * statistics.median(of_ledgers):.3f} ms")
    yield Line("  most memory of this process so far", f"{memory:,.0f} MiB", "< 2 GiB", memory < MOST_MIB)


# ------------------------------------------------------------------------------------------------ the queue, end to end


def time_queue(scenario: Scenario) -> Iterator[Line]:
    """Jobs that the plain queue takes in a second."""
    jobs = campaigns(QUEUE_JOBS, QUEUE_GPUS, QUEUE_LOAD)
    with undisturbed():
        seconds = statistics.median(process_seconds(partial(simulate, jobs, QUEUE_GPUS)) for _ in range(QUEUE_RUNS))
    yield Line(f"queue, EASY, {QUEUE_GPUS:,} GPUs, load {QUEUE_LOAD}", f"{len(jobs) / seconds:,.0f} jobs/s")


def time_everything(scenario: Scenario) -> Iterator[Line]:
    """A report's draws from calendar to outcome."""
    walls, spent = [], []
    for _ in range(REPORT_RUNS):
        tick = time.perf_counter()
        spent.append(process_seconds(partial(compare, scenario, seed=SEED, draws=REPORT_DRAWS, queue=False)))
        walls.append(time.perf_counter() - tick)
    what = f"{REPORT_DRAWS} draws x {len(scenario.options)} options, calendars included"
    yield Line(what, f"{statistics.median(spent):.1f} s")
    yield Line("  by the clock on the wall", f"{statistics.median(walls):.1f} s")


def time_record() -> Iterator[Line]:
    """Every published result in its own scenario, as `heavypress validate` runs them."""
    cases = chosen()
    seconds = process_seconds(partial(validate, cases))
    what = f"{len(cases)} cases of the record, {sum(len(case.targets) for case in cases)} targets"
    yield Line(what, f"{seconds:.0f} s", f"< {RECORD_SECONDS} s", seconds < RECORD_SECONDS)


def time_surface(scenario: Scenario) -> Iterator[Line]:
    """The queue of every machine in a report's draws, read from the response surface, which is laid out before."""
    world = draw_worlds(scenario, SEED, REPORT_DRAWS - 1)
    months = scenario.months

    def read() -> None:
        for _ in scenario.options:
            gpus = np.full((REPORT_DRAWS, 1, months), 3_000.0)
            found = fullness_of(PublicCluster(), gpus, np.zeros((REPORT_DRAWS, 1)), world)
            for answer in ("median", "p95", "mean"):
                found.mean(answer, np.full((REPORT_DRAWS, months), 0.8), gpus[:, 0])

    begun = process_seconds(read)
    with undisturbed():
        seconds = statistics.median(process_seconds(read) for _ in range(QUEUE_RUNS))
    what = f"response surface, {REPORT_DRAWS} draws x {len(scenario.options)} machines x {months} months"
    yield Line(what, f"{1000 * seconds:.0f} ms", f"< {SURFACE_MS} ms", 1000 * seconds < SURFACE_MS)
    yield Line("  the first time: SciPy loaded, functions fitted", f"{begun:.1f} s")


def time_windows() -> Iterator[Line]:
    """The queues of the default scenario's machines, in all their windows; two cores share them."""
    scenario = load("nairr_us")
    tick = time.perf_counter()
    seconds = process_seconds(partial(compare, scenario, seed=SEED, store=Cache.off()))
    wall = time.perf_counter() - tick
    yield Line("windows of nairr_us, two machines", f"{seconds:.1f} s")
    yield Line("  by the clock on the wall", f"{wall:.1f} s", f"< {WINDOWS_SECONDS} s", wall < WINDOWS_SECONDS)


Measurement = Callable[[Scenario, argparse.Namespace], Iterator[Line]]
MEASUREMENTS: dict[str, Measurement] = {
    "calendar": lambda scenario, _: time_calendars(scenario),
    "core": lambda scenario, _: time_core(scenario),
    "decide": lambda scenario, _: chain(
        time_changes(scenario), time_decision(scenario), time_core(scenario, FEW_DRAWS)
    ),
    "waterfill": lambda scenario, _: time_waterfill(scenario),
    "queue": lambda scenario, _: time_queue(scenario),
    "everything": lambda scenario, _: time_everything(scenario),
    "record": lambda scenario, _: time_record(),
    "problem_r": lambda _, how: time_processes(how.quick),
    "yardstick": lambda _, how: time_yardstick(how.quick),
    "backlog": lambda _, how: time_backlog(how.quick),
    "elastic": lambda _, how: time_elastic(how.quick),
    "surface": lambda scenario, _: time_surface(scenario),
    "windows": lambda scenario, _: time_windows(),
    "decade": lambda _, how: time_decade(how.full),
    "threads": lambda _, how: time_threads(how.quick),
    "starts": lambda _, how: chain(time_starts(), time_commands()),
    "accasim": lambda _, how: time_accasim(),
    "sweep": lambda _, how: time_sweeps(),
    "logs": lambda _, how: time_logs(how.quick),
    "citing": lambda scenario, _: time_citing(scenario),
}


def main() -> int:
    """Run the measurements of these names, or all; print the table."""
    parser = argparse.ArgumentParser(description="How fast the engine is, on this machine.")
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(MEASUREMENTS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the jobs of problem R")
    parser.add_argument("--full", action="store_true", help="sixty million jobs in place of six")
    how = parser.parse_args()
    if unknown := set(how.names) - set(MEASUREMENTS):
        parser.error(f"no measurement {', '.join(sorted(unknown))}; there are: {', '.join(MEASUREMENTS)}")
    scenario = load(Path(__file__).with_name("decade.toml"))
    missed = False
    print(f"{'processor time unless said otherwise':<66} {'measured':>15}  goal", flush=True)
    for name in how.names or MEASUREMENTS:
        for line in MEASUREMENTS[name](scenario, how):
            print(line, flush=True)
            missed |= not line.good
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
