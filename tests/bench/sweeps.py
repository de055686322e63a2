"""Sweeps: what two workers are worth, what a run costs beside its work, how many there are in two minutes, and reading.

Parallel efficiency is of wall time: it cannot be of anything else, so it is taken in turn, and the best of each side
counts, for whatever else the machine does only makes either slower.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from sim.sweeps.ledger import Ledger
from sim.sweeps.parts import compute_part
from sim.sweeps.queries import query
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from tests.bench.measuring import Line

ROUNDS = 2
EFFICIENCY, OVERHEAD_MS, MANY, MANY_SECONDS, QUERY_MS = 0.9, 2.0, 100_000, 120, 200
MEMORY_GROWTH_MIB = 64  # of the parent, from a thousand runs to a hundred thousand
HEAD = """
title = "Bench"
question = "How fast is it?"
scenario = "nairr_us"
waits = "none"
outcomes = ["additional_fe_hours", "public_cost"]
"""
LONG = 'draws = 256\n[[axis]]\npath = "cloud.decline_per_year"\nrange = { from = 0.1, to = 0.3, steps = 96 }\n'
CHEAP = """
draws = 0
[[axis]]
path = "operations.electricity_usd_per_kwh"
range = {{ from = 0.05, to = 0.25, steps = {across} }}
[[axis]]
path = "operations.pue_ratio"
range = {{ from = 1.05, to = 1.5, steps = {up} }}
"""
PARENT = """
import resource, sys
from sim.cli import main
code = main(["sweep", "run", sys.argv[1], "--out", sys.argv[2], "--workers", "2", "--progress", "none"])
print(code, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""
GROUPS = """
select "operations.pue_ratio", option, avg(median), quantile_cont(median, 0.9) from results
where outcome = 'public_cost' group by all
"""


def time_sweeps() -> Iterator[Line]:
    """Every figure of a sweep."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        yield from _efficiency(folder)
        yield from _many(folder)


def _written(folder: Path, name: str, text: str) -> Path:
    """A sweep file."""
    path = folder / f"{name}.toml"
    path.write_text(HEAD + text, encoding="utf8")
    return path


def _filled(path: Path, out: Path, workers: int) -> float:
    """Wall time of a sweep from nothing, its processes' start included."""
    ledger = Ledger.created(out, read_sweep(path))
    begun = time.perf_counter()
    for _ in fill(ledger, Launch(workers=workers)):
        pass
    return time.perf_counter() - begun


def _efficiency(folder: Path) -> Iterator[Line]:
    """Runs of 50 ms and more on one worker and on two."""
    path = _written(folder, "long", LONG)
    runs = read_sweep(path).runs
    seconds: dict[int, list[float]] = {1: [], 2: []}
    for number in range(ROUNDS):
        for workers, spent in seconds.items():
            spent.append(_filled(path, folder / f"long{workers}{number}", workers))
    one, two = min(seconds[1]), min(seconds[2])
    share = one / two / 2
    yield Line(f"sweep of {runs} runs of {1000 * one / runs:.0f} ms, two workers", f"{share:.2f}", f"> {EFFICIENCY}",
               share >= EFFICIENCY)  # fmt: skip


def _many(folder: Path) -> Iterator[Line]:
    """A thousand runs and a hundred thousand, of the cost core: overhead, time, memory of the parent, and a query."""
    few = _written(folder, "few", CHEAP.format(across=10, up=100))
    many = _written(folder, "many", CHEAP.format(across=100, up=MANY // 100))
    plan = read_sweep(few)
    compute_part(plan, 0)
    begun = time.perf_counter()
    for part in range(plan.parts):
        compute_part(plan, part)
    work = time.perf_counter() - begun
    over = 1000 * (_filled(few, folder / "few1", 1) - work) / plan.runs
    yield Line("  overhead of a run, start of the process included", f"{over:.2f} ms", f"< {OVERHEAD_MS:.0f} ms",
               over < OVERHEAD_MS)  # fmt: skip
    sizes = {path.stem: _parent_mib(path, folder / f"{path.stem}2") for path in (few, many)}
    seconds = sizes["many"][1]
    yield Line(f"  {MANY:,} runs of the cost core", f"{seconds:.0f} s", f"< {MANY_SECONDS} s", seconds < MANY_SECONDS)
    growth = sizes["many"][0] - sizes["few"][0]
    yield Line(f"  memory of the parent, 1,000 to {MANY:,} runs", f"{growth:+.0f} MiB", f"< {MEMORY_GROWTH_MIB} MiB",
               growth < MEMORY_GROWTH_MIB)  # fmt: skip
    ledger = Ledger.opened(folder / "many2")
    spent = []
    for _ in range(3):
        begun = time.perf_counter()
        query(ledger, GROUPS)
        spent.append(1000 * (time.perf_counter() - begun))
    rows = int(query(ledger, "select count(*) as n from results")["n"].iloc[0])
    yield Line(f"  group by over {rows:,} rows", f"{min(spent):.0f} ms", f"< {QUERY_MS} ms", min(spent) < QUERY_MS)


def _parent_mib(path: Path, out: Path) -> tuple[float, float]:
    """Most memory that the process held which ran the command, MiB, and how long it took."""
    begun = time.perf_counter()
    run = subprocess.run(
        [sys.executable, "-c", PARENT, str(path), str(out)], capture_output=True, text=True, check=True
    )
    code, mib = run.stdout.splitlines()[-1].split()
    assert code == "0", run.stderr
    return float(mib), time.perf_counter() - begun
