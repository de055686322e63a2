"""What must hold on every sample path, to the second: step functions of a schedule, Little's law, GPU-seconds.

Time is counted in whole seconds, so these accounts close exactly: what is not zero is a fault of the records.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, get_args

import numpy as np

from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.pools import BASE_SPEED, NEVER
from sim.queue.schedules import Schedule

Place = Literal["system", "queue"]


class Steps(NamedTuple):
    """A step function of time: `value[i]` from `at_seconds[i]` on, 0 before the first; both [step]."""

    at_seconds: Integers
    value: Integers


def steps_between(enter: Integers, leave: Integers, weight: Integers | None = None) -> Steps:
    """How many are inside at each time, of those that enter and leave at these seconds [each]; `weight` counts heads.

    Who would leave before entering is never inside.

    >>> steps_between(np.array([0, 5]), np.array([7, 9]))
    Steps(at_seconds=array([0, 5, 7, 9]), value=array([1, 2, 1, 0]))
    """
    heads = np.ones(len(enter), np.int64) if weight is None else weight
    at = np.concatenate([enter, np.maximum(leave, enter)]).astype(np.int64)
    return _summed(at, np.concatenate([heads, -heads]))


def _summed(at_seconds: Integers, change: Integers) -> Steps:
    """The step function that changes by `change` at each of these seconds, in any order [change]."""
    order = np.argsort(at_seconds, kind="stable")
    moments, first = np.unique(at_seconds[order], return_index=True)
    if not len(moments):
        return Steps(moments, moments)
    return Steps(moments, np.cumsum(np.add.reduceat(change[order], first)))


def integral(steps: Steps, since_seconds: int, until_seconds: int) -> int:
    """Integral of a step function over time, in its unit times seconds.

    >>> integral(steps_between(np.array([0, 5]), np.array([7, 9])), 6, 100)
    4
    """
    edges = np.clip(np.append(steps.at_seconds, until_seconds), since_seconds, until_seconds)
    return int(np.sum(steps.value * np.diff(edges)))


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


def last_moment(schedule: Schedule) -> int:
    """The latest second that the records of a schedule speak of, 0 where they are empty."""
    moments = (schedule.submit_seconds, schedule.start_seconds, schedule.end_seconds)
    times = (*moments, schedule.interrupted_end_seconds, schedule.capacity_seconds)
    return max([0, *(int(column.max()) for column in times if len(column))])


def _attempts(schedule: Schedule, horizon_seconds: int) -> tuple[Integers, Integers, Integers]:
    """Job, start and end of every attempt [attempt]; what is under way lasts to the horizon."""
    job, start, end = schedule.attempts
    return job, start, np.where(end < 0, horizon_seconds, end)


def gpus_busy(schedule: Schedule) -> Steps:
    """GPUs that jobs hold; a job under way holds them for ever."""
    job, start, end = _attempts(schedule, NEVER)
    return steps_between(start, end, schedule.held_gpus[job])


def gpus_in_service(schedule: Schedule) -> Steps:
    """GPUs in service over all pools; no pool counts below zero while a retirement or a repair is owed."""
    at, gpus = schedule.capacity_seconds, np.maximum(schedule.capacity_gpus, 0)
    change = gpus.copy()
    for pool in np.unique(schedule.capacity_pool):
        own = schedule.capacity_pool == pool
        change[own] = np.diff(gpus[own], prepend=0)
    return _summed(at, change)


def jobs_in(schedule: Schedule, place: Place) -> Steps:
    """Jobs in the `system` (submitted and not ended) or in its `queue` (not running); refused jobs are never in.

    Who has not ended, or not started, stays for ever: look no further than the record goes.
    """
    return steps_between(*_visits(schedule, place, NEVER)[1:])


def _visits(schedule: Schedule, place: Place, horizon_seconds: int) -> tuple[Integers, Integers, Integers]:
    """Job, entry and exit of every stay in the system or in its queue [visit]; who is still there leaves at last."""
    if place not in get_args(Place):
        raise ValueError(f"place = {place!r}: must be one of {', '.join(map(repr, get_args(Place)))}")
    jobs = np.flatnonzero(~schedule.rejected)
    submit, end = schedule.submit_seconds, schedule.end_seconds
    if place == "system":
        return jobs, submit[jobs], np.where(end[jobs] < 0, horizon_seconds, end[jobs])
    # A job waits from its submission to its first start, and from each interruption to the start that follows it.
    again, back = schedule.interrupted_job, schedule.interrupted_end_seconds
    kept = ~schedule.rejected[again]
    who = np.concatenate([jobs, again[kept]])
    enter = np.concatenate([submit[jobs], back[kept]])
    start = np.concatenate([schedule.start_seconds[jobs], schedule.interrupted_start_seconds[kept]])
    leave = np.where(start < 0, horizon_seconds, start)
    in_order = np.lexsort((enter, who))
    leave = leave[np.lexsort((leave, who))]
    first = schedule.first_start_seconds[jobs]
    leave[np.unique(who[in_order], return_index=True)[1]] = np.where(first < 0, horizon_seconds, first)
    return who[in_order], enter[in_order], leave


class Little(NamedTuple):
    """Little's law over a window: mean_jobs = arrivals_per_second * mean_seconds + boundary + discrepancy.

    mean_jobs: time average of the jobs inside.
    arrivals_per_second, mean_seconds: of the jobs submitted in the window, and how long they stay, to their very end.
    boundary_job_seconds: stays within the window of earlier jobs, less stays after it of its own.
    discrepancy_job_seconds: what is left of the integral of the jobs inside: zero if the records are sound.
    """

    mean_jobs: float
    arrivals_per_second: float
    mean_seconds: float
    boundary_job_seconds: int
    discrepancy_job_seconds: int


def stay_seconds(schedule: Schedule, place: Place, horizon_seconds: int) -> Integers:
    """Seconds [job] that a job spends in the system or in its queue, from its own records; refused jobs: 0."""
    end = np.where(schedule.end_seconds < 0, horizon_seconds, schedule.end_seconds)
    stay = end - schedule.submit_seconds
    if place == "queue":
        job, start, stop = _attempts(schedule, horizon_seconds)
        np.subtract.at(stay, job, stop - start)
    return np.where(schedule.rejected, np.int64(0), stay)


def little(schedule: Schedule, place: Place, since_seconds: int, until_seconds: int) -> Little:
    """Little's law (1961, Operations Research 9:383) on one sample path, boundary terms included.

    The left side counts who is inside at each second; the right side adds up what each job's records say of its stay.
    Jobs that never ended stay to the end of the record or of the window.

    Job 0 runs for ten seconds, job 1 waits for it from second 4 on and runs for ten more:
    >>> from sim.queue.simulate import simulate
    >>> little(simulate(Jobs([0, 4], [10, 10], [10, 10], [8, 8]), 8), "system", 0, 20)
    Little(mean_jobs=1.3, arrivals_per_second=0.1, mean_seconds=13.0, boundary_job_seconds=0, discrepancy_job_seconds=0)
    """
    span = until_seconds - since_seconds
    if span < 1:
        raise ValueError(f"until_seconds = {until_seconds}: must be at least {since_seconds + 1} seconds")
    horizon = max(last_moment(schedule), until_seconds)
    inside = integral(jobs_in(schedule, place), since_seconds, until_seconds)
    job, enter, leave = _visits(schedule, place, horizon)
    submit = schedule.submit_seconds
    ours = (submit >= since_seconds) & (submit < until_seconds) & ~schedule.rejected
    stays = int(stay_seconds(schedule, place, horizon)[ours].sum())
    within = np.maximum(np.minimum(leave, until_seconds) - np.maximum(enter, since_seconds), 0)
    after = np.maximum(leave - np.maximum(enter, until_seconds), 0)
    boundary = int(within[submit[job] < since_seconds].sum() - after[ours[job]].sum())
    arrivals = int(np.count_nonzero(ours))
    mean_stay = stays / arrivals if arrivals else 0.0
    return Little(inside / span, arrivals / span, mean_stay, boundary, inside - stays - boundary)


def check_little(schedule: Schedule, since_seconds: int, until_seconds: int) -> None:
    """Raise ValueError where Little's law does not hold to the second, in the system or in the queue."""
    for place in get_args(Place):
        found = little(schedule, place, since_seconds, until_seconds)
        if found.discrepancy_job_seconds:
            raise ValueError(
                f"Little's law fails in the {place}: {found.mean_jobs:g} jobs on average, but the stays of the jobs "
                f"leave {found.discrepancy_job_seconds} job-seconds unexplained"
            )


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
    job, start, end = _attempts(schedule, horizon)
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
