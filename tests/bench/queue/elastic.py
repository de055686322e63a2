"""Demand that looks at the backlog: what it costs inside the compiled queue, and against the plain one."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

import numpy as np
from simpy import Environment

from sim.mechanisms.workload import Workload, job_model
from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.plain import JobQueue
from sim.queue.workload.generator import generate
from sim.queue.workload.rates import Demand
from tests.bench.measuring import Line, in_turn

GPUS, LOAD = 2_912, 1.1
JOBS, FEW_JOBS = 1_000_000, 100_000
MOST_MICROSECONDS = 1.0
ROUNDS = 3
HOURS = 24 * 365
COLUMNS = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user", "campaign", "tolerance_seconds")


def campaigns(jobs: int, gpus: int, load: float) -> Jobs:
    """The first jobs of the default workload on a machine."""
    parts, found = [], 0
    for chunk in generate(Demand(gpus, HOURS, np.array([load * gpus])), job_model(Workload()), 1):
        parts.append(chunk.jobs)
        found += len(chunk)
        if found >= jobs:
            break
    return Jobs(**{name: np.concatenate([getattr(part, name) for part in parts])[:jobs] for name in COLUMNS})


def serve(jobs: Jobs, kind: type[JobQueue] | type[CompiledQueue]) -> None:
    """All jobs from the first to the last, under EASY."""
    queue = kind(Environment(), pools=[Pool(GPUS)])
    queue.submit(jobs)
    queue.finish()


def time_elastic(quick: bool) -> Iterator[Line]:
    """Microseconds of a job that may be put off, and how many times the plain queue takes."""
    many, few = campaigns(FEW_JOBS if quick else JOBS, GPUS, LOAD), campaigns(FEW_JOBS // 5, GPUS, LOAD)
    spent = in_turn(
        [partial(serve, many, CompiledQueue), partial(serve, few, CompiledQueue), partial(serve, few, JobQueue)], ROUNDS
    )
    compiled, short, plain = (statistics.median(each) for each in spent)
    each = 1e6 * compiled / len(many)
    what = f"a job that looks at the backlog, load {LOAD}, {len(many):,} jobs"
    yield Line(what, f"{each:.2f} us", f"< {MOST_MICROSECONDS:.0f} us", each < MOST_MICROSECONDS)
    yield Line(f"  plain queue over it, {len(few):,} jobs", f"{plain / short:.0f} x")
