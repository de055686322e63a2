"""Waits on the command line: how exactly `compare` simulates them, and the command `instant`."""

from __future__ import annotations

import sys
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.commands import command, refuse_unwritable
from sim.cli.options import OneOf, file_path, option, optional_scenario, stacked

if TYPE_CHECKING:
    from sim.waits.cache import Cache

FIDELITIES = ("instant", "windows", "full")
SIZES = ("small", "coarse", "fine")
ALL_JOBS = inf  # of a horizon: however many there will be
COMPILING = "Compiling the queue, once for this version of the program (about 15 s) ..."

waits = stacked(
    option("--fidelity", type=OneOf(FIDELITIES),
           help="waits from a table (instant), from windows of the horizon, or from every job of it (full)  "
                "[default: queue.fidelity of the scenario]"),
    option("--no-queue", is_flag=True, help="leave out the waits, the slowest part"),
    option("--no-cache", is_flag=True, help="simulate waits anew, and keep none (HEAVYPRESS_CACHE moves the cache)"),
)  # fmt: skip


def cache_of(no_cache: bool) -> Cache | None:
    """A cache that keeps nothing with `--no-cache`; None stands for the usual one."""
    from sim.waits.cache import Cache

    return Cache.off() if no_cache else None


def report_compilation(jobs: float) -> None:
    """Print a line where a queue for so many jobs will be compiled first: 15 s of silence look like a fault."""
    from sim.queue.simulate import FEWEST_JOBS

    if jobs < FEWEST_JOBS:
        return
    from sim.queue.kernel.compiler import LIBRARY

    if not LIBRARY.cache.filled():
        print(COMPILING, file=sys.stderr, flush=True)


@command("instant", "instant lumi_fi", "instant nairr_us --set public_cluster.life_years=6")
@optional_scenario
@option("--regenerate", is_flag=True, help="simulate the table of estimates anew instead; takes minutes")
@option("--size", type=OneOf(SIZES), default="coarse", help="of the table")
@option("--out", type=file_path(), metavar="FILE", help="where the table goes  [default: where it is read]")
def instant(scenario: str, settings: dict[str, Any], regenerate: bool, size: str, out: Path | None) -> None:
    """Print the estimates, or write the table of them."""
    if regenerate:
        return _regenerate(size, out)
    from sim.comparison.run import compare
    from sim.comparison.table import result_notes
    from sim.scenario import load

    loaded = load(scenario, settings)
    comparison = compare(loaded, fidelity="instant")
    estimated = [result for result in comparison.results.values() if result.estimate is not None]
    for result in estimated:
        print(f"{result.label}: {result_notes(result, loaded)[-1]}")
    if not estimated:
        print("No option of this scenario has a public machine in service, so no job waits in a queue.")


def _regenerate(size: str, out: Path | None) -> None:
    """Write the table of estimates."""
    from sim.progress import Bar
    from sim.waits.regeneration import regenerate

    report_compilation(ALL_JOBS)
    with refuse_unwritable(out), Bar() as bar:
        path = regenerate(size, out, progress=lambda done, of: bar.show(done, of, "rows of the table of waits"))
    print(f"The table is in {path}")
