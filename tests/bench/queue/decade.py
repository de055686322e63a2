"""Ten years of a machine with 5,800 GPUs: jobs generated, served and counted chunk by chunk, in a process of its own.

`python -m tests.bench.queue.decade easy campaigns 8760` runs one year, six million jobs, and prints a `Run`.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
from simpy import Environment

from sim.mechanisms.workload import Workload, job_model
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Discipline, Rules
from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.workload.generator import accounts_of, generate
from sim.queue.workload.model import JobModel
from sim.queue.workload.rates import Demand
from tests.bench.measuring import Line, peak_mib
from tests.bench.queue.summary import Summary

ROOT = Path(__file__).resolve().parents[3]
GPUS = 5_800
YEAR_HOURS, YEARS = 8_760, 10
LOAD = 0.85
# Six million jobs a year each: one by one, for the slope, and in campaigns, which bring the same load in bursts.
STEADY = job_model(Workload(pattern="poisson", mean_gpus=8.0, users=2_000, accounts=300))
BURSTS = job_model(Workload(pattern="campaigns", mean_gpus=12.0, users=2_000, accounts=300))
SLOPE_HOURS = (146, 584, 2_336, 8_760)  # a hundred thousand jobs and more
MOST_SLOPE = 1.05
DISCIPLINES: tuple[Discipline, ...] = ("easy", "multifactor")
MOST_MIB = 1.5 * 1_024
REPEATS = 3  # of the short runs


class Run(NamedTuple):
    """What one run took."""

    jobs: int
    seconds: float  # of the processor, generation and statistics included
    queue_seconds: float  # of them in the queue
    mib: float
    longest_queue: int
    mean_wait_hours: float


def rules(discipline: Discipline) -> Rules:
    """How the queue is treated."""
    priority = Priority(accounts=tuple(accounts_of(STEADY, 1).tolist()))
    return Rules(discipline=discipline, priority=priority if discipline == "multifactor" else None)


class Stream:
    """Hands on jobs, counts them, and measures how long it takes to make them."""

    def __init__(self, model: JobModel, hours: int, seed: int = 1) -> None:
        """Jobs of so many hours."""
        demand = Demand(gpus=GPUS, hours=hours, gpu_hours_per_hour=np.array([LOAD * GPUS]))
        self.arrivals = generate(demand, model, seed)
        self.jobs, self.seconds = 0, 0.0

    def __iter__(self) -> Iterator[Jobs]:
        """Chunk after chunk."""
        while True:
            begun = time.process_time()
            chunk = next(self.arrivals, None)
            self.seconds += time.process_time() - begun
            if chunk is None:
                return
            self.jobs += len(chunk)
            yield chunk.jobs


def serve(discipline: Discipline, pattern: str, hours: int) -> Run:
    """Generate, serve and summarise."""
    begun = time.process_time()
    stream, summary = Stream(BURSTS if pattern == "campaigns" else STEADY, hours), Summary()
    queue = CompiledQueue(Environment(), rules=rules(discipline), pools=[Pool(GPUS)], sink=summary)
    queue.feed(iter(stream))
    queue.finish()
    queue.drain()
    seconds = time.process_time() - begun
    if summary.jobs() != stream.jobs:
        raise AssertionError(f"{summary.jobs():,} records of {stream.jobs:,} jobs")
    longest = int(queue._memory.queue["longest_queue"])
    own = seconds - stream.seconds - summary.seconds
    return Run(stream.jobs, seconds, own, peak_mib(), longest, summary.mean_wait_seconds() / 3600)


def in_a_process(discipline: Discipline, pattern: str, hours: int) -> Run:
    """The same in a process of its own, whose memory is its own; the median of several where that is quick."""
    command = [sys.executable, "-m", "tests.bench.queue.decade", discipline, pattern, str(hours)]
    runs = []
    for _ in range(REPEATS if hours < YEAR_HOURS else 1):
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        jobs, seconds, own, mib, longest, wait = done.stdout.split()
        runs.append(Run(int(jobs), float(seconds), float(own), float(mib), int(longest), float(wait)))
    return sorted(runs, key=lambda run: run.seconds)[len(runs) // 2]


def time_decade(full: bool) -> Iterator[Line]:
    """Slope of the time from a hundred thousand jobs on, and time and memory of the longest runs."""
    longest = YEARS * YEAR_HOURS if full else YEAR_HOURS
    for discipline in DISCIPLINES:
        runs = [in_a_process(discipline, "poisson", hours) for hours in dict.fromkeys([*SLOPE_HOURS, longest])]
        jobs, seconds = (np.array([getattr(run, name) for run in runs]) for name in ("jobs", "seconds"))
        slope = np.polyfit(np.log(jobs), np.log(seconds), 1)[0]
        what = f"slope of the time, {discipline}, to {jobs[-1]:,} jobs"
        yield Line(what, f"{slope:.3f}", f"<= {MOST_SLOPE}", slope <= MOST_SLOPE)
        yield Line("  a job, generated and counted", ", ".join(f"{each:.2f}" for each in 1e6 * seconds / jobs) + " us")
        yield from _of_one("one by one", runs[-1])
        yield from _of_one(f"{discipline}, in campaigns", in_a_process(discipline, "campaigns", longest))


def _of_one(what: str, run: Run) -> Iterator[Line]:
    """The figures of a long run."""
    yield Line(f"  {what}, {run.jobs:,} jobs: all, queue alone", f"{run.seconds:.1f}, {run.queue_seconds:.1f} s")
    yield Line("    longest queue, mean wait", f"{run.longest_queue:,}, {run.mean_wait_hours:.2f} h")
    yield Line("    most memory of that process", f"{run.mib:,.0f} MiB", "< 1.5 GiB", run.mib < MOST_MIB)


def main(discipline: Discipline, pattern: str, hours: int) -> None:
    """Load the compiled code, then run once and print the figures."""
    serve(discipline, pattern, 24)
    print(*serve(discipline, pattern, hours))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))  # type: ignore[arg-type]
