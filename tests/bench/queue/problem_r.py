"""Problem R: eight years of a machine that is renewed tranche by tranche, and three million jobs for it.

Four tranches of 1,250 GPUs arrive in the first four years, each faster than the one before, and leave after five. Jobs
come by the hour, the weekday and the season, and the more the machine can do; they ask for wall limits from a menu.
Nodes of eight GPUs fail, one every 50,700 GPU-hours. Fewer jobs than three million shorten the calendar, not the load.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np
from simpy import Environment

from sim.queue.disciplines.rules import Discipline, Rules
from sim.queue.jobs import Failures, Integers, Jobs, Reals
from sim.queue.pools import Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.events import schedule_action
from sim.queue.scheduler.plain import JobQueue
from sim.queue.simulate import largest_from_each

JOBS = 3_000_000
HOUR = 3_600
DAY = 24 * HOUR
YEAR = 365 * DAY
TRANCHE_GPUS, TRANCHE_SPEEDS = 1_250, (1_000, 1_500, 2_200, 3_200)
YEARS, LIFE_YEARS = 8, 5
SIZES = 2 ** np.arange(10)
SIZE_SHARES = np.array([0.35, 0.12, 0.15, 0.20, 0.08, 0.05, 0.03, 0.012, 0.006, 0.002])
MENU = HOUR // 4 * np.array([1, 2, 4, 8, 12, 16, 24, 32, 48, 64, 96, 144, 192, 288, 384, 480, 672])
SHORTEST_RUN = 30
LOG_SPREAD = 1.6  # of the run times
OVERESTIMATE = -0.45  # exponent of a uniform number: the request over the run time
USERS, USER_SLOPE = 2_000, 1.1
GPU_HOURS_PER_FAILURE = 50_700
REPAIR_SECONDS, REPAIR_SPREAD, SHORTEST_REPAIR = 12 * HOUR, 0.8, 600
CHECKPOINT_SECONDS = 4 * HOUR
SAMPLE = 200_000  # jobs from which the scale of the run times is found


@dataclass(frozen=True)
class Problem:
    """Everything that happens to a machine from outside; `steps` are (second, GPUs, pool)."""

    jobs: Jobs
    pools: tuple[Pool, ...]
    steps: tuple[tuple[int, int, int], ...]
    failures: Failures

    def rules(self, discipline: Discipline = "easy") -> Rules:
        """How the queue is treated."""
        return Rules(discipline=discipline, checkpoint_seconds=CHECKPOINT_SECONDS)

    def bounds(self) -> list[list[int]]:
        """The most that each pool will ever have, from the beginning and from every step on."""
        return largest_from_each([pool.gpus for pool in self.pools], [(gpus, pool) for _, gpus, pool in self.steps])

    def befall(self, env: Environment, queue: JobQueue | CompiledQueue) -> None:
        """Announce the jobs to a queue, and put policy and failures on its clock, as `simulate` does."""
        queue.submit(self.jobs)
        for (at, gpus, pool), bound in zip(self.steps, self.bounds()[1:], strict=True):
            schedule_action(env, at, partial(queue.change_capacity, gpus, pool, largest_gpus=bound))
        for at, uniform, repair_seconds, pool in self.failures:
            schedule_action(env, at, partial(queue.fail_node, uniform, repair_seconds, pool))
        env.run()
        queue.finish()


def problem_r(jobs: int = JOBS, load: float = 0.85, seed: int = 11) -> Problem:
    """The problem with so many jobs; `load` is their work over what the machine could do in all its time."""
    year = max(int(YEAR * jobs / JOBS), HOUR)
    rng = np.random.default_rng(seed)
    delivered = np.arange(len(TRANCHE_SPEEDS)) * year
    retired = np.minimum(delivered + LIFE_YEARS * year, YEARS * year)
    steps = [(int(at), TRANCHE_GPUS, pool) for pool, at in enumerate(delivered)]
    steps += [(int(at), -TRANCHE_GPUS, pool) for pool, at in enumerate(retired)]
    offered = _capacity_by_hour(delivered, retired)
    pools = zip(TRANCHE_SPEEDS, retired.tolist(), strict=True)
    return Problem(
        _jobs(jobs, load, offered, rng),
        tuple(Pool(0, speed, at) for speed, at in pools),
        tuple(sorted(steps, key=lambda step: step[0])),
        _failures(delivered, retired, rng),
    )


def steady_jobs(jobs: int, load: float, gpus: int, gpu_seconds: float, seed: int = 11) -> Jobs:
    """Such jobs, of so many GPU-seconds on average, for a machine that does not change."""
    hours = max(round(jobs * gpu_seconds / (load * gpus * HOUR)), 1)
    return _jobs(jobs, load, np.full(hours, float(gpus)), np.random.default_rng(seed))


def _capacity_by_hour(delivered: Integers, retired: Integers) -> Reals:
    """GPUs of the base speed in service [hour]."""
    at = np.arange(retired.max() // HOUR)[:, None] * HOUR
    serving = (at + HOUR > delivered) & (at < retired)
    return np.asarray(serving @ (TRANCHE_GPUS * np.array(TRANCHE_SPEEDS) / TRANCHE_SPEEDS[0]))


def _jobs(count: int, load: float, capacity: Reals, rng: np.random.Generator) -> Jobs:
    """Jobs of an inhomogeneous Poisson process that has brought `count` of them by the end."""
    hour = np.arange(capacity.size)
    rate = capacity * (1 + 0.45 * np.sin((hour % 24 - 9) / 24 * 2 * np.pi))
    rate *= np.where(hour // 24 % 7 < 5, 1.12, 0.70) * (1 + 0.15 * np.sin(hour / 24 / 365 * 2 * np.pi))
    due = np.concatenate([[0.0], np.cumsum(rate)])
    # Sums of exponential gaps over their total are uniform numbers in order: nothing has to be sorted.
    gaps = np.cumsum(rng.standard_exponential(count + 1))
    submit = np.interp(gaps[:-1] / gaps[-1] * due[-1], due, np.arange(due.size) * float(HOUR)).astype(np.int64)
    gpus = SIZES[np.searchsorted(np.cumsum(SIZE_SHARES)[:-1], rng.random(count), side="right")]
    spread = np.exp(LOG_SPREAD * rng.standard_normal(count))
    scale = _scale(spread, gpus, load * capacity.sum() * HOUR / count)
    run = np.clip(spread * scale, SHORTEST_RUN, MENU[-1]).astype(np.int64)
    wanted = np.minimum(run * (1 - rng.random(count)) ** OVERESTIMATE, MENU[-1])
    weight = np.arange(1, USERS + 1) ** -USER_SLOPE
    user = np.searchsorted(np.cumsum(weight / weight.sum())[:-1], rng.random(count), side="right")
    return Jobs(submit, run, MENU[np.searchsorted(MENU, wanted)], gpus, user=rng.permutation(USERS)[user])


def _scale(spread: Reals, gpus: Integers, gpu_seconds: float) -> float:
    """The factor that makes cut run times so many GPU-seconds a job on average, by bisection on a sample."""
    low, high = 1.0, 5e6
    spread, gpus = spread[:SAMPLE], gpus[:SAMPLE]
    for _ in range(60):
        middle = float(np.sqrt(low * high))
        mean = (np.minimum(spread * middle, MENU[-1]) * gpus).mean()
        low, high = (middle, high) if mean < gpu_seconds else (low, middle)
    return low


def _failures(delivered: Integers, retired: Integers, rng: np.random.Generator) -> Failures:
    """Node failures of all tranches in order of time."""
    hours = TRANCHE_GPUS * (retired - delivered) / HOUR
    counts = rng.poisson(hours / GPU_HOURS_PER_FAILURE)
    pool = np.repeat(np.arange(len(counts)), counts)
    at = rng.integers(delivered[pool] + 1, retired[pool])
    repair = np.maximum(REPAIR_SECONDS * np.exp(REPAIR_SPREAD * rng.standard_normal(pool.size)), SHORTEST_REPAIR)
    order = np.argsort(at, kind="stable")
    return Failures(at[order], rng.random(pool.size), repair.astype(np.int64)[order], pool[order])
