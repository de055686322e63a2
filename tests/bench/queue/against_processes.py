"""Problem R by the compiled queue, and by one SimPy process for every job."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from functools import partial

import numpy as np
from simpy import Environment

from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.schedules import Finished
from sim.queue.simulate import simulate
from tests.bench.measuring import Line, in_turn, process_seconds, undisturbed
from tests.bench.queue.problem_r import JOBS, Problem, problem_r
from tests.bench.queue.process_per_job import serve

FASTER = 120  # times
SAME_JOBS, QUICK_JOBS = 20_000, 300_000
ROUNDS = 3  # of the compiled queue before and after the other


def compiled(problem: Problem) -> int:
    """Everything from jobs to the records of what became of them; returns how many there are."""
    counted = 0

    def count(finished: Finished) -> None:
        nonlocal counted
        counted += len(finished)

    env = Environment()
    queue = CompiledQueue(env, rules=problem.rules(), pools=problem.pools, largest_gpus=problem.bounds()[0], sink=count)
    problem.befall(env, queue)
    queue.drain()
    if counted != len(problem.jobs):
        raise AssertionError(f"{counted:,} records of {len(problem.jobs):,} jobs")
    return counted


def differences(problem: Problem) -> int:
    """Jobs for which the two do not agree on pool, start and end."""
    machine = serve(problem)
    schedule = simulate(
        problem.jobs,
        pools=problem.pools,
        rules=problem.rules(),
        capacity_steps=problem.steps,
        failures=problem.failures,
    )
    differs = np.array(machine.start) != schedule.start_seconds
    differs |= (np.array(machine.end) != schedule.end_seconds) | (np.array(machine.pool) != schedule.pool)
    return int(np.count_nonzero(differs))


def time_processes(quick: bool) -> Iterator[Line]:
    """The compiled queue before and after the other, on the same jobs."""
    wrong = differences(problem_r(SAME_JOBS))
    yield Line(f"schedules that differ, {SAME_JOBS:,} jobs of problem R", f"{wrong}", "0", wrong == 0)
    problem = problem_r(QUICK_JOBS if quick else JOBS)
    by_kernel = partial(compiled, problem)
    before = in_turn([by_kernel], ROUNDS)[0]
    with undisturbed():
        plain = process_seconds(partial(serve, problem))
    after = in_turn([by_kernel], ROUNDS)[0]
    kernel = statistics.median(before + after)
    ratio = plain / kernel
    what = f"compiled queue over a process per job, EASY, {len(problem.jobs):,} jobs"
    yield Line(what, f"{ratio:.0f} x", f">= {FASTER} x", ratio >= FASTER)
    yield Line("  from jobs to finished records, kernel, SimPy and all", f"{kernel:.2f} s")
    yield Line("  a process per job and a scheduler", f"{plain:.1f} s")
