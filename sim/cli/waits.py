"""The words of the command line on waits: how exactly they are wanted, and the command `instant`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.refusals import RefusedError
from sim.progress import Bar

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.waits.cache import Cache

Command = Callable[[str, Any, str], argparse.ArgumentParser]
FIDELITIES = ("instant", "windows", "full")
SIZES = ("small", "coarse", "fine")
ALL_JOBS = 2**62
NOT_COMPILED = "numba is not installed: the plain queue runs, with the same starts, a hundred times slower."
COMPILING = "Compiling the queue, once for this version of the program (about 15 s) ..."


def add_words(parser: argparse.ArgumentParser) -> None:
    """What `compare` is told of the waits."""
    parser.add_argument(
        "--fidelity", choices=FIDELITIES,
        help="waits from a table (instant), from windows of the horizon, or from every job of it (full); default: "
        "queue.fidelity of the scenario, which is windows unless it says otherwise",
    )  # fmt: skip
    parser.add_argument("--no-queue", action="store_true", help="leave out the waits, the slowest part")
    parser.add_argument(
        "--no-cache", action="store_true", help="simulate waits anew, and keep none (HEAVYPRESS_CACHE moves the cache)"
    )


def add(command: Command, add_scenario: Callable[[argparse.ArgumentParser, bool], None], opened: Any) -> None:
    """Add the command `instant`; `opened` loads the scenario that the arguments name."""

    def run(chosen: argparse.Namespace) -> int:
        return _regenerate(chosen) if chosen.regenerate else _print_estimates(chosen, opened(chosen))

    instant = command("instant", run, "Estimate the waits of a scenario's machines at once, or make the table anew.")
    add_scenario(instant, True)
    instant.add_argument("--regenerate", action="store_true", help="simulate the table of instant waits; takes minutes")
    instant.add_argument("--size", choices=SIZES, default="coarse", help="of the table (default coarse)")
    instant.add_argument("--out", type=Path, metavar="FILE", help="where the table goes (default: where it is read)")


def cache_of(chosen: argparse.Namespace) -> Cache | None:
    """No cache where none is wanted; None for the usual one."""
    from sim.waits.cache import NoCache

    return NoCache() if chosen.no_cache else None


def announce(jobs: float) -> None:
    """Say so where a queue for so many jobs will be compiled first: silence for so long looks like a fault."""
    from sim.queue.engines import FEWEST_JOBS

    if jobs < FEWEST_JOBS:
        return
    if find_spec("numba") is None:
        print(NOT_COMPILED, file=sys.stderr, flush=True)
        return
    from sim.queue.kernel.compiler import compiled_before

    if not compiled_before():
        print(COMPILING, file=sys.stderr, flush=True)


def _print_estimates(chosen: argparse.Namespace, scenario: Scenario) -> int:
    """One line an option that has a machine."""
    from sim.comparison.notes import result_notes
    from sim.comparison.run import compare

    comparison = compare(scenario, fidelity="instant")
    told = [result for result in comparison.results.values() if result.estimate is not None]
    for result in told:
        print(f"{result.label}: {result_notes(result, scenario)[-1]}")
    if not told:
        print("No option of this scenario has a public machine in service, so no job waits in a queue.")
    return 0


def _regenerate(chosen: argparse.Namespace) -> int:
    """Write the table."""
    from sim.waits.estimates.regeneration import regenerate

    announce(ALL_JOBS)
    try:
        with Bar() as bar:
            path = regenerate(
                chosen.size, chosen.out, progress=lambda done, of: bar.show(done, of, "rows of the table of waits")
            )
    except OSError as error:
        raise RefusedError(f"{error.filename or chosen.out}: cannot be written: {error.strerror}") from None
    print(f"The table is in {path}")
    return 0
