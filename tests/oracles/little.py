"""Little's law on every sample path, to the second: the jobs inside at each time against what their records say.

Time is counted in whole seconds, so the law holds exactly: what is not zero is a fault of the records.
"""

from __future__ import annotations

from typing import Literal, NamedTuple, get_args

import numpy as np

from sim.queue.jobs import Flags, Integers
from sim.queue.pools import NEVER
from sim.queue.schedules import Schedule

Place = Literal["system", "queue"]


class Steps(NamedTuple):
    """A step function of time: `value[i]` from `at_seconds[i]` on, 0 before the first; both [step]."""

    at_seconds: Integers
    value: Integers


def steps_between(enter: Integers, leave: Integers, weight: Integers | None = None) -> Steps:
    """Number inside at each time, of those that enter and leave at these seconds [each]; `weight` is what each counts.

    One that would leave before entering is never inside.

    >>> steps_between(np.array([0, 5]), np.array([7, 9]))
    Steps(at_seconds=array([0, 5, 7, 9]), value=array([1, 2, 1, 0]))
    """
    each = np.ones(len(enter), np.int64) if weight is None else weight
    at = np.concatenate([enter, np.maximum(leave, enter)]).astype(np.int64)
    return summed(at, np.concatenate([each, -each]))


def summed(at_seconds: Integers, change: Integers) -> Steps:
    """The step function that changes by `change` at each of these seconds, in any order; both [change]."""
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


def joined(schedule: Schedule) -> Flags:
    """Jobs that the queue has taken, or will take when they are submitted [job]."""
    return ~(schedule.rejected | schedule.withdrawn)


def last_moment(schedule: Schedule) -> int:
    """The latest second that the records of a schedule speak of, 0 where they are empty."""
    moments = (schedule.submit_seconds, schedule.start_seconds, schedule.end_seconds)
    times = (*moments, schedule.interrupted_end_seconds, schedule.capacity_seconds)
    return max([0, *(int(column.max()) for column in times if len(column))])


def jobs_in(schedule: Schedule, place: Place) -> Steps:
    """Jobs in the `system` (submitted and not ended) or in its `queue` (not running); no other than `joined` ones.

    Jobs that have not ended, or not started, stay for ever: look no further than the record goes.
    """
    return steps_between(*_visits(schedule, place, NEVER)[1:])


def _visits(schedule: Schedule, place: Place, horizon_seconds: int) -> tuple[Integers, Integers, Integers]:
    """Job, entry and exit of every stay in the system or in its queue [visit]; the last leave at the horizon."""
    if place not in get_args(Place):
        raise ValueError(f"place = {place!r}: must be one of {', '.join(map(repr, get_args(Place)))}")
    jobs = np.flatnonzero(joined(schedule))
    submit, end = schedule.submit_seconds, schedule.end_seconds
    if place == "system":
        return jobs, submit[jobs], np.where(end[jobs] < 0, horizon_seconds, end[jobs])
    # A job waits from its submission to its first start, and from each interruption to the start that follows it.
    again, back = schedule.interrupted_job, schedule.interrupted_end_seconds
    kept = joined(schedule)[again]
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
    """Seconds [job] that a job spends in the system or in its queue, from its own records; 0 where it never joined."""
    stay = np.where(schedule.end_seconds < 0, horizon_seconds, schedule.end_seconds) - schedule.submit_seconds
    if place == "queue":
        job, start, end = schedule.attempts
        np.subtract.at(stay, job, np.where(end < 0, horizon_seconds, end) - start)
    return np.where(joined(schedule), stay, np.int64(0))


def little(schedule: Schedule, place: Place, since_seconds: int, until_seconds: int) -> Little:
    """Little's law (1961, Operations Research 9:383) on one sample path, boundary terms included.

    The left side counts the jobs inside at each second; the right side adds up their stays by their own records.
    Jobs that never ended stay to the end of the record or of the window.

    Job 0 runs for ten seconds, job 1 waits for it from second 4 on and runs for ten more:
    >>> from sim.queue.jobs import Jobs
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
    ours = (submit >= since_seconds) & (submit < until_seconds) & joined(schedule)
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
