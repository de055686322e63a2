"""Oracles on sample paths: GPU-seconds that must add up, and what arrivals must see on average."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.pools import BASE_SPEED, NEVER
from sim.queue.schedules import Schedule
from tests.oracles.little import Place, Steps, integral, jobs_in, last_moment, steps_between, summed


def time_weighted_mean(steps: Steps, since_seconds: int, until_seconds: int) -> float:
    """Mean of a step function over time; NaN over no time at all.

    >>> time_weighted_mean(steps_between(np.array([0, 5]), np.array([7, 9])), 0, 10)
    1.1
    """
    span = until_seconds - since_seconds
    return integral(steps, since_seconds, until_seconds) / span if span > 0 else float("nan")


def value_before(steps: Steps, at_seconds: Integers) -> Integers:
    """What a step function was just before each of these seconds [moment]: what an arrival sees.

    >>> value_before(steps_between(np.array([0, 5]), np.array([7, 9])), np.array([0, 5, 6, 9]))
    array([0, 1, 2, 1])
    """
    place = np.searchsorted(steps.at_seconds, at_seconds, side="left")
    return np.append(0, steps.value)[place]


def attempts(schedule: Schedule, horizon_seconds: int) -> tuple[Integers, Integers, Integers]:
    """Job, start and end of every attempt [attempt]; what is under way lasts to the horizon."""
    job, start, end = schedule.attempts
    return job, start, np.where(end < 0, horizon_seconds, end)


def gpus_busy(schedule: Schedule) -> Steps:
    """GPUs that jobs hold; a job under way holds them for ever."""
    job, start, end = attempts(schedule, NEVER)
    return steps_between(start, end, schedule.held_gpus[job])


def gpus_in_service(schedule: Schedule) -> Steps:
    """GPUs in service over all pools; no pool counts below zero while a retirement or a repair is owed."""
    at, gpus = schedule.capacity_seconds, np.maximum(schedule.capacity_gpus, 0)
    change = gpus.copy()
    for pool in np.unique(schedule.capacity_pool):
        own = schedule.capacity_pool == pool
        change[own] = np.diff(gpus[own], prepend=0)
    return summed(at, change)


class Work(NamedTuple):
    """Where the GPU-seconds went: held = useful + lost + unended + discrepancy.

    held: integral of the busy GPUs. useful, lost: what ended jobs held for their work, and to repeat what interruptions
    undid. unended: held by jobs that have not ended. discrepancy: zero if the records are sound.
    """

    held: int
    useful: int
    lost: int
    unended: int
    discrepancy: int


def work_accounts(schedule: Schedule, jobs: Jobs, speeds: Sequence[int] = (BASE_SPEED,)) -> Work:
    """GPU-seconds held against the work of the jobs, over the whole record; `speeds` [pool] in thousandths.

    What an ended job had to do is known from its submission, except where it was interrupted and either ran at another
    speed than the base (then the seconds were rounded up in each attempt) or asked for less than its run (then each
    attempt had the whole request anew): of these the seconds held, less those lost, are taken for useful.

    >>> from sim.queue.simulate import simulate
    >>> jobs = Jobs([0, 4], [10, 10], [10, 10], [8, 4])
    >>> work_accounts(simulate(jobs, 8), jobs)
    Work(held=120, useful=120, lost=0, unended=0, discrepancy=0)
    """
    horizon = last_moment(schedule)
    job, start, end = attempts(schedule, horizon)
    own = np.zeros(len(jobs), np.int64)  # seconds that the attempts of each job took
    np.add.at(own, job, end - start)
    speed = np.asarray(speeds, np.int64)
    at_last = speed[np.maximum(schedule.pool, 0)]
    alone = np.minimum(-(-jobs.run_seconds * BASE_SPEED // at_last), jobs.request_seconds)
    odd = jobs.run_seconds > jobs.request_seconds
    odd[schedule.interrupted_job[speed[schedule.interrupted_pool] != BASE_SPEED]] = True
    unknown = (schedule.restarts > 0) & (odd | (at_last != BASE_SPEED))
    need = np.where(unknown, own - schedule.lost_seconds, alone)
    gpus, ended = schedule.held_gpus, schedule.ended
    held = integral(gpus_busy(schedule), 0, horizon)
    useful = int((gpus * need)[ended].sum())
    lost = int((gpus * schedule.lost_seconds)[ended].sum())
    unended = int((gpus * own)[~ended].sum())
    return Work(held, useful, lost, unended, held - useful - lost - unended)


def check_work(schedule: Schedule, jobs: Jobs, speeds: Sequence[int] = (BASE_SPEED,)) -> None:
    """Raise ValueError where the GPU-seconds held are not the work done plus the work repeated, to the second."""
    found = work_accounts(schedule, jobs, speeds)
    if found.discrepancy:
        raise ValueError(f"GPU-seconds do not add up: {found}")


def mean_utilisation(schedule: Schedule, since_seconds: int, until_seconds: int) -> float:
    """GPU-seconds held over GPU-seconds in service within a window; NaN where none was in service.

    >>> from sim.queue.simulate import simulate
    >>> mean_utilisation(simulate(Jobs([0, 4], [10, 10], [10, 10], [8, 4]), 8), 5, 20)
    0.667
    """
    served = integral(gpus_in_service(schedule), since_seconds, until_seconds)
    return integral(gpus_busy(schedule), since_seconds, until_seconds) / served if served else float("nan")


def seen_on_arrival(schedule: Schedule, place: Place, since_seconds: int, until_seconds: int) -> Reals:
    """Jobs that each job submitted in the window finds before it [job]: Poisson arrivals see time averages.

    Wolff (1982, Operations Research 30:223). Jobs of one second do not see each other.
    """
    submit = schedule.submit_seconds
    ours = submit[(submit >= since_seconds) & (submit < until_seconds)]
    return value_before(jobs_in(schedule, place), ours).astype(np.float64)
