"""Why did it wait? Every second of the first wait of every job has one cause, and the causes add up to the wait.

The causes, in the order in which they are tried: of the machine as it is from the last pass of a second to the next
event, the first that applies is the cause of every job that waits then.

    it could start here and now    reservation, or order without backfilling; shape where jobs are packed on nodes
    outage                         it could, did the pool not retire too soon for it, or were there no failed nodes
    shape                          enough GPUs are free for it, but not in one pool
    order                          it could, had later jobs not gone first, and were there no failed nodes
    capacity                       the GPUs are held, or waited for, by jobs that were submitted before it

Failed nodes and later jobs hold up none but those to whom their GPUs would come. A job could start without them where
some pool would have room for it, and all pools it may use together for it and for the jobs that wait before it; of
these, for simplicity, those count that may use exactly the same pools. So a node under repair is not what a thousand
jobs wait for.

Two pools of four GPUs, of which jobs 0 and 1 leave one and two. Job 2 would have room if these were in one pool, while
job 3 has to wait for the others:

>>> from sim.queue.simulate import simulate
>>> jobs, pools = Jobs([0, 0, 0, 5], [9, 9, 9, 9], [9, 9, 9, 9], [3, 2, 3, 4]), [Pool(4), Pool(4)]
>>> wait_causes(jobs, simulate(jobs, pools=pools), pools, Rules())[2:]
array([[0, 9, 0, 0, 0],
       [0, 0, 0, 0, 4]])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.queue.analysis.attribution import layout
from sim.queue.analysis.attribution.sweep import sweep
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Flags, Integers, Jobs
from sim.queue.pools import BASE_SPEED, NEVER, Pool
from sim.queue.schedules import Schedule
from sim.queue.simulate import Step

CAUSES = ("outage", "shape", "reservation", "order", "capacity")
"""What a job waits for.

outage: GPUs out of service by a failure that would come to it, or in a pool that retires before the job would end.
shape: enough GPUs are free, but in different pools (or, where jobs are packed, perhaps on different nodes).
reservation: GPUs are free for it, but kept for others by backfilling, or it stands too deep in the queue to be seen.
order: later jobs hold what would come to it, or, without backfilling, GPUs are free but others are before it.
capacity: earlier jobs hold what it needs, or will have it first.
"""


@dataclass(frozen=True)
class Visits:
    """Times during which a job waits in one class; every array is [visit]. `closed` has the bits of retiring pools."""

    job: Integers
    enter_seconds: Integers
    leave_seconds: Integers
    closed: Integers


def wait_causes(
    jobs: Jobs, schedule: Schedule, pools: Sequence[Pool], rules: Rules, capacity_steps: Sequence[Step] = ()
) -> Integers:
    """Seconds of the first wait by cause [job, cause], 0 for jobs that have not started or have been rejected.

    pools, rules, capacity_steps: with which the jobs were simulated; ValueError where more GPUs were in service.
    """
    counted = schedule.started & ~schedule.rejected
    allowed = jobs.pools & ((1 << len(pools)) - 1)
    visits = _visits(schedule, counted, _closings(jobs, allowed, pools, rules))
    classes, of_class = _classes(schedule, allowed, visits)
    waiters = np.zeros(len(jobs), layout.WAITER)
    waiters["held"], waiters["pool"], waiters["line"] = schedule.held_gpus, layout.NONE, layout.NONE
    machine, store = _machine(len(jobs), len(pools), classes)
    sweep(
        machine, classes, waiters, store, _changes(schedule, pools, capacity_steps), *_attempts(schedule),
        _events(visits.leave_seconds, visits.job, of_class), _events(visits.enter_seconds, visits.job, of_class),
    )  # fmt: skip
    return _by_cause(waiters["seconds"], rules)


def _by_cause(seconds: Integers, rules: Rules) -> Integers:
    """Seconds [job, cause] of seconds [job, column], for which the rules say what a job waits for that would fit."""
    causes = np.zeros((len(seconds), len(CAUSES)), np.int64)
    fits = "shape" if rules.placement == "best_fit" else "reservation" if rules.backfills else "order"
    outage_shape, outage_blocked, early = (
        seconds[:, column] for column in (layout.OUTAGE_SHAPE, layout.OUTAGE_BLOCKED, layout.EARLY)
    )
    parts = (
        ("outage", seconds[:, layout.DRAIN] + outage_shape + outage_blocked), (fits, seconds[:, layout.FITS]),
        ("shape", seconds[:, layout.SPARE_SHAPE] + seconds[:, layout.SHAPE] - outage_shape),
        # who is before the edge of failed nodes is before that of later jobs, for it may have theirs as well
        ("order", early - outage_blocked),
        ("capacity", seconds[:, layout.SPARE_BLOCKED] + seconds[:, layout.BLOCKED] - early),
    )  # fmt: skip
    for cause, part in parts:
        causes[:, CAUSES.index(cause)] += part
    return causes


def _closings(jobs: Jobs, allowed: Integers, pools: Sequence[Pool], rules: Rules) -> dict[int, Integers]:
    """The first second [job] from which each pool that retires would do so too soon; NEVER where it is not allowed."""
    closings = {}
    for number, pool in enumerate(pools):
        if pool.retires_seconds == NEVER:
            continue
        estimate = jobs.request_seconds
        if rules.estimates == "actual":
            estimate = np.minimum(estimate, -(-jobs.run_seconds * BASE_SPEED // pool.speed))
        closings[number] = np.where(allowed >> number & 1, pool.retires_seconds - estimate + 1, np.int64(NEVER))
    return closings


def _visits(schedule: Schedule, counted: Flags, closings: dict[int, Integers]) -> Visits:
    """The waits to be looked into, cut where a pool closes to the job."""
    job = np.flatnonzero(counted & (schedule.wait_seconds > 0))
    enter, leave = schedule.submit_seconds[job], schedule.first_start_seconds[job]
    visits = Visits(job, enter, leave, np.zeros_like(job))
    for pool, closes in closings.items():
        visits = _cut(visits, closes[visits.job], pool)
    return visits


def _cut(visits: Visits, closes: Integers, pool: int) -> Visits:
    """The visits with those cut in two during which a pool closes, at the second [visit] `closes`."""
    cut = np.flatnonzero((visits.enter_seconds < closes) & (closes < visits.leave_seconds))
    leave = visits.leave_seconds.copy()
    leave[cut] = closes[cut]
    closed = visits.closed | (visits.enter_seconds >= closes).astype(np.int64) << pool
    return Visits(
        np.append(visits.job, visits.job[cut]),
        np.append(visits.enter_seconds, closes[cut]),
        np.append(leave, visits.leave_seconds[cut]),
        np.append(closed, closed[cut] | 1 << pool),
    )


def _classes(schedule: Schedule, allowed: Integers, visits: Visits) -> tuple[NDArray[np.void], Integers]:
    """Records of `CLASS` [class], in which nobody waits yet, and the class of every visit [visit]."""
    of_class = np.zeros(len(visits.job), np.int64)
    for key in (schedule.held_gpus[visits.job], allowed[visits.job], visits.closed):
        values, code = np.unique(key, return_inverse=True)
        if len(values) > 1:
            of_class = np.unique(of_class * len(values) + code, return_inverse=True)[1]
    classes = np.zeros(int(of_class.max(initial=0)) + 1, layout.CLASS)
    job = visits.job
    classes["held"][of_class] = schedule.held_gpus[job]
    classes["allowed"][of_class] = allowed[job]
    classes["open"][of_class] = allowed[job] & ~visits.closed
    classes["line"] = np.unique(classes["allowed"], return_inverse=True)[1]
    for name in ("first", "last", "before", "edge"):
        classes[name] = layout.NONE
    return classes, of_class


def _machine(jobs: int, pools: int, classes: NDArray[np.void]) -> tuple[NDArray[np.void], Integers]:
    """The record of a machine without GPUs, and the memory of the sweep."""
    machine = np.zeros(1, layout.MACHINE)
    blocks = (jobs >> layout.BLOCK_BITS) + 1
    machine["pools"], machine["blocks"] = pools, blocks
    machine["columns"] = columns = pools + int(classes["line"].max(initial=0)) + 1
    machine["earlier_at"] = earlier = len(classes)
    machine["tree_at"] = tree = earlier + layout.SIDES * len(classes) * (pools + layout.EDGES)
    return machine, np.zeros(tree + (blocks + 1) * columns, np.int64)


def _events(second: Integers, job: Integers, of: Integers) -> NDArray[np.void]:
    """Records of `EVENT` in order of time, and one that never comes."""
    order = np.argsort(second, kind="stable")
    events = np.zeros(len(order) + 1, layout.EVENT)
    events["second"][:-1], events["job"][:-1], events["of"][:-1] = second[order], job[order], of[order]
    events["second"][-1] = NEVER
    return events


def _attempts(schedule: Schedule) -> tuple[NDArray[np.void], NDArray[np.void]]:
    """The ends and the starts of all attempts; those that were cut short in the second of their start are left out."""
    job, start, end = schedule.attempts
    pool = np.append(schedule.interrupted_pool, schedule.pool[schedule.start_seconds >= 0])
    ran = np.flatnonzero(start != end)
    over = np.flatnonzero(end > start)
    return _events(end[over], job[over], pool[over]), _events(start[ran], job[ran], pool[ran])


def _changes(schedule: Schedule, pools: Sequence[Pool], capacity_steps: Sequence[Step]) -> NDArray[np.void]:
    """Records of `CHANGE` in order of time, and one that never comes."""
    begin = int(schedule.capacity_seconds[0])
    delivered = [(begin, pool.gpus, number) for number, pool in enumerate(pools)]
    delivered += [(at, change, pool[0] if pool else 0) for at, change, *pool in capacity_steps]
    parts = [_never()]
    for number in range(len(pools)):
        own = schedule.capacity_pool == number
        service = np.diff(schedule.capacity_gpus[own], prepend=0)
        parts.append(_change(number, schedule.capacity_seconds[own], "service", service))
        at, change = np.array([(at, change) for at, change, pool in delivered if pool == number], np.int64).T
        parts.append(_change(number, at, "installed", change))
    changes = np.concatenate(parts)
    changes = changes[np.argsort(changes["second"], kind="stable")]
    _refuse_unknown(changes, len(pools))
    return changes


def _change(pool: int, second: Integers, name: str, gpus: Integers) -> NDArray[np.void]:
    """Records of `CHANGE` in which `gpus` [change] of the kind `name` come or go."""
    changes = np.zeros(len(second), layout.CHANGE)
    changes["pool"], changes["second"], changes[name] = pool, second, gpus
    return changes


def _never() -> NDArray[np.void]:
    """A change that never comes."""
    return _change(0, np.array([NEVER]), "service", np.zeros(1, np.int64))


def _refuse_unknown(changes: NDArray[np.void], pools: int) -> None:
    """ValueError where more GPUs are in service than the pools and the capacity steps account for."""
    last = np.append(np.diff(changes["second"]) > 0, True)  # of its second
    for pool in range(pools):
        own = changes["pool"] == pool
        service, installed = (np.cumsum(changes[name] * own)[last] for name in ("service", "installed"))
        beyond = np.flatnonzero(service > installed)
        if beyond.size:
            raise ValueError(
                f"pool {pool} has {service[beyond[0]]} GPUs in service at second {changes['second'][last][beyond[0]]}, "
                f"but {installed[beyond[0]]} installed: pools and capacity_steps must be those of the simulation"
            )
