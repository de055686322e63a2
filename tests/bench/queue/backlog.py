"""A machine asked for two and a half times what it has: the queue grows to a million jobs, and empties again."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

import numpy as np
from simpy import Environment

from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.scheduler.compiled import CompiledQueue
from tests.bench.measuring import Line, in_turn
from tests.bench.queue.problem_r import steady_jobs

GPUS = 5_800
GPU_SECONDS = 100_000.0  # of a job on average
LOAD, OVERLOAD = 0.85, 2.5
SIZES = (17_500, 56_000, 175_000, 560_000, 1_750_000)
MOST_SLOPE = 1.15
MOST_TIMES = 2.0  # a job in the longest queue over one at the usual load
ROUNDS = 3


def serve(jobs: Jobs) -> CompiledQueue:
    """All jobs from the first to the last, under EASY of unlimited depth."""
    queue = CompiledQueue(Environment(), pools=[Pool(GPUS)], sink=len)  # type: ignore[arg-type]
    queue.submit(jobs)
    queue.finish()
    queue.drain()
    return queue


def many_kinds(jobs: Jobs) -> Jobs:
    """The same jobs with requests to the minute, too many for buckets: the tree finds the candidates."""
    minute = 60
    request = jobs.run_seconds + (jobs.request_seconds - jobs.run_seconds) // 2
    return Jobs(jobs.submit_seconds, jobs.run_seconds, -(-request // minute) * minute, jobs.gpus)


def time_backlog(quick: bool) -> Iterator[Line]:
    """Time in the length of the queue, and per job against the usual load."""
    sizes = SIZES[:-1] if quick else SIZES
    for kind, change in (("17 wall limits", lambda jobs: jobs), ("requests to the minute", many_kinds)):
        batches = [change(steady_jobs(size, OVERLOAD, GPUS, GPU_SECONDS)) for size in sizes]
        usual = change(steady_jobs(SIZES[2], LOAD, GPUS, GPU_SECONDS))
        longest = int(serve(batches[-1])._memory.queue["longest_queue"])
        spent = in_turn([partial(serve, jobs) for jobs in (*batches, usual)], ROUNDS)
        *seconds, of_usual = [statistics.median(each) for each in spent]
        slope = float(np.polyfit(np.log(sizes), np.log(seconds), 1)[0])
        what = f"slope of the time in the backlog, {kind}, to {longest:,} waiting"
        yield Line(what, f"{slope:.3f}", f"<= {MOST_SLOPE}", slope <= MOST_SLOPE)
        each = [1e6 * one / size for one, size in zip(seconds, sizes, strict=True)]
        yield Line("  a job, with backlogs of ten thousand and more", ", ".join(f"{one:.2f}" for one in each) + " us")
        times = each[-1] / (1e6 * of_usual / len(usual))
        yield Line(
            f"  the last over one at load {LOAD}", f"{times:.2f} x", f"<= {MOST_TIMES:.0f} x", times <= MOST_TIMES
        )
