"""Large logs: reading in seconds and most memory, `make bench ARGS=logs`, and a replay beside a process for every job.

Writes a synthetic log into a temporary folder, reads it in a process of its own and removes it again. One format alone,
packed or of another size: `python -m tests.bench.logs --megabytes 1000 --format swf`, which exits 1 where the reading
takes more memory than the goal.
"""

from __future__ import annotations

import argparse
import gzip
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from tests.bench.measuring import Line
from tests.bench.processes import COMMAND, PROCESS_PER_JOB, seconds_of
from tests.bench.processes import swf as log_of
from tests.bench.queue.problem_r import steady_jobs

ROOT = Path(__file__).resolve().parents[2]
MB = 1_000_000
MOST_MB, MOST_SECONDS = 1_500, 10  # for a log of 1,000 MB
MANY_JOBS, MANY_GPUS, LOAD, GPU_SECONDS, FASTER = 1_000_000, 1_024, 0.7, 30_000.0, 5
ROWS = 100_000  # a block that is repeated with later times and numbers
GPUS = 1_024

READ = """
import resource, sys, time
from sim.queue.logs import read_log
begun = time.process_time()
log = read_log(sys.argv[1], gpus=int(sys.argv[2]))
seconds = time.process_time() - begun
print(len(log), log.records, seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1e6)
"""


def rows(rng: np.random.Generator, first: int, clock: int) -> tuple[np.ndarray, int]:
    """Number, submission, wait, run, GPUs, request, user of a block of jobs, and the clock after it."""
    submit = clock + np.cumsum(rng.integers(0, 12, ROWS))
    run = np.maximum(rng.lognormal(7, 2, ROWS).astype(np.int64), 1)
    request = np.maximum(run, rng.choice([3_600, 14_400, 86_400], ROWS))
    columns = [np.arange(first, first + ROWS), submit, rng.integers(0, 9_999, ROWS), run, 2 ** rng.integers(0, 9, ROWS)]
    return np.column_stack([*columns, request, rng.integers(1, 700, ROWS)]), int(submit[-1])


def swf(table: np.ndarray) -> str:
    """Rows in the Standard Workload Format, laid out as the archive does."""
    form = "%5d %8d %6d %6d %4d     -1    -1 %4d %6d    -1  1 %3d   1  -1 -1 -1 -1 -1\n"
    return "".join(form % (i, s, w, r, n, n, q, u) for i, s, w, r, n, q, u in table.tolist())


def csv(table: np.ndarray) -> str:
    """Rows as CSV."""
    return "".join(f"{i},{s},{s + w},{s + w + r},{n},{q},user{u}\n" for i, s, w, r, n, q, u in table.tolist())


def sacct(table: np.ndarray) -> str:
    """Rows as sacct prints them."""
    stamps = [np.datetime_as_string((1_577_836_800 + t).astype("datetime64[s]")).tolist() for t in
              (table[:, 1], table[:, 1] + table[:, 2], table[:, 1] + table[:, 2] + table[:, 3])]  # fmt: skip
    form = "{}|user{}|acc{}|gpu|COMPLETED|{}|{}|{}|{}-{:02d}:{:02d}:{:02d}|billing={},cpu={},gres/gpu={},node={}\n"
    return "".join(
        form.format(
            i, u, u % 9, *times, q // 86_400, q // 3_600 % 24, q // 60 % 60, q % 60, 9 * n, 8 * n, n, -(-n // 8)
        )
        for (i, _, _, _, n, q, u), *times in zip(table.tolist(), *stamps, strict=True)
    )


FORMATS = {
    "swf": (swf, f"; Version: 2.2\n; MaxProcs: {GPUS}\n"),
    "csv": (csv, "id,submit,start,end,gpus,request,user\n"),
    "sacct": (sacct, "JobID|User|Account|Partition|State|Submit|Start|End|Timelimit|AllocTRES\n"),
}


def write(path: Path, form: str, megabytes: int) -> None:
    """A log of that size, unpacked."""
    line, header = FORMATS[form]
    rng, written, number, clock = np.random.default_rng(1), 0, 1, 0
    with gzip.open(path, "wb", 1) if path.suffix == ".gz" else path.open("wb") as file:
        file.write(header.encode())
        while written < megabytes * MB:
            table, clock = rows(rng, number, clock)
            number += ROWS
            text = line(table).encode()
            file.write(text)
            written += len(text)


def measure(form: str, megabytes: int, packed: bool = False) -> tuple[int, float, float]:
    """Jobs, seconds of the processor and most memory [MB] of reading a log in a fresh process."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"log.{form}{'.gz' if packed else ''}"
        write(path, form, megabytes)
        done = subprocess.run(
            [sys.executable, "-c", READ, str(path), str(GPUS)], cwd=ROOT, capture_output=True, text=True, check=True
        )
    jobs, _, seconds, memory = done.stdout.split()
    return int(jobs), float(seconds), float(memory)


def time_logs(quick: bool) -> Iterator[Line]:
    """Every format, and the replay of a million jobs, whole processes; quick: a tenth of both."""
    part = 10 if quick else 1
    for form in FORMATS:
        jobs, seconds, memory = measure(form, 1_000 // part)
        what = f"reading of {form}, {1_000 // part:,} MB, {jobs:,} jobs"
        most = MOST_SECONDS / part
        yield Line(what, f"{seconds:.1f} s", f"< {most:g} s", seconds < most)
        yield Line("  most memory", f"{memory:,.0f} MB", f"< {MOST_MB:,} MB", memory < MOST_MB)
    jobs = MANY_JOBS // part
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log.swf"
        log.write_text(log_of(steady_jobs(jobs, LOAD, MANY_GPUS, GPU_SECONDS), MANY_GPUS), encoding="ascii")
        ours, theirs = seconds_of(COMMAND, "replay", str(log)), seconds_of(PROCESS_PER_JOB, str(log))
    what = f"replay of {jobs:,} jobs beside a process per job"
    yield Line(what, f"{theirs / ours:.1f} x", f">= {FASTER} x", theirs >= FASTER * ours)
    yield Line("  the replay, and the other", f"{ours:.1f}, {theirs:.1f} s")


def main() -> int:
    """Measure one format and print a line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=1_000)
    parser.add_argument("--format", choices=FORMATS, default="swf")
    parser.add_argument("--gz", action="store_true", help="pack the log")
    chosen = parser.parse_args()
    jobs, seconds, memory = measure(chosen.format, chosen.megabytes, chosen.gz)
    speed = f"{chosen.megabytes / seconds:,.0f} MB/s"
    what = f"{chosen.format}{', packed' if chosen.gz else ''}, {chosen.megabytes:,} MB, {jobs:,} jobs"
    print(f"{what}: {seconds:.1f} s of the processor ({speed}), {memory:,.0f} MB of memory")
    return int(memory > MOST_MB)


if __name__ == "__main__":
    sys.exit(main())
