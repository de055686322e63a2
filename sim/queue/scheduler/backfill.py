"""EASY backfilling round the head of the queue, whatever its order; Mu'alem and Feitelson (2001, IEEE TPDS 12:529).

Jobs start from the head of the queue while they fit. The first that does not, the head, gets a reservation: in the pool
where, by the estimates, it fits first. A later job may start now if the head could still start then: because it goes to
another pool, because it ends by then, or because enough is left over for the head. Backfilling looks at so many jobs
behind the head, in the order of the queue, as its depth allows.

The rules at work on ten GPUs: job 0 holds eight until second 100 and job 1, the head, needs nine. At second 10 two GPUs
are free, one of them to spare. Job 2 is too large, job 3 would run past second 100 on two GPUs, job 4 runs past it on
the spare one, and job 5 ends exactly then:

>>> from sim.queue.jobs import Jobs
>>> from sim.queue.simulate import simulate
>>> jobs = Jobs([0, 1, 10, 10, 10, 10], [100, 10, 5, 95, 500, 90], [100, 10, 5, 95, 500, 90], [8, 9, 3, 2, 1, 1])
>>> simulate(jobs, gpus=10).start_seconds
array([  0, 100, 110, 110, 10, 10])

With a depth of two, jobs 4 and 5 are not looked at:

>>> simulate(jobs, gpus=10, backfill_depth=2).start_seconds[4:]
array([100, 110])
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sim.queue.disciplines.rules import scan_order
from sim.queue.pools import NEVER
from sim.queue.scheduler.machine import Machine, Start
from sim.queue.scheduler.placement import NodeState


class HeadReservation(NamedTuple):
    """The reservation of the head of the queue.

    pool: where it is to start.
    shadow_seconds: the earliest time at which, by the estimates, it fits.
    state: the pool at that time, before the head has started.
    """

    pool: int
    shadow_seconds: int
    state: NodeState


def starts(machine: Machine, now: int) -> Iterator[Start]:
    """The starts of one pass, first of heads and then of those that backfill."""
    while machine.waiting:
        start = machine.start_now(machine.waiting[0], now)
        if start is None:
            break
        yield start
    if len(machine.waiting) > 1 and machine.rules.backfills:
        yield from _candidates(machine, now)


def reservation(machine: Machine, head: int, now: int) -> HeadReservation | None:
    """The pool and the second in which the head will fit first, by the estimates.

    None where no pool will do as things are (nodes are down, not yet delivered, or about to retire): a head like that
    restricts nobody.
    """
    earliest = None
    for serving in machine.allowed(head):
        shadow_seconds, state = serving.earliest_fit(machine.book.records.held[head], now)
        estimate_seconds = machine.book.estimate_seconds(head, serving.pool.speed)
        if state is None or shadow_seconds + estimate_seconds > serving.pool.retires_seconds:
            continue
        if shadow_seconds < (earliest.shadow_seconds if earliest else NEVER):
            earliest = HeadReservation(serving.number, shadow_seconds, state)
    return earliest


def _candidates(machine: Machine, now: int) -> Iterator[Start]:
    """The starts of jobs behind the head."""
    head, held = machine.waiting[0], machine.book.records.held
    reserved = reservation(machine, head, now)
    candidates = machine.waiting[1 : 1 + machine.rules.backfill_depth]
    states = machine.states_at(now)
    most_free = max(state.free_gpus for state in states)
    for job in scan_order(candidates, machine.book.estimate, machine.rules.backfill_scan):
        if held[job] > most_free:
            continue
        start = _start_beside(machine, job, now, states, reserved, held[head])
        if start is not None:
            yield start
            states = machine.states_at(now)
            most_free = max(state.free_gpus for state in states)


def _start_beside(
    machine: Machine, job: int, now: int, states: list[NodeState], reserved: HeadReservation | None, head_gpus: int
) -> Start | None:
    """The start of a candidate that leaves the reservation standing, or None."""
    for serving, estimate_seconds in machine.open_at(job, now):
        places = states[serving.number].find(machine.book.records.held[job])
        if places is None:
            continue
        if reserved and serving.number == reserved.pool and now + estimate_seconds > reserved.shadow_seconds:
            # It would outlast the shadow: the head must fit beside it, and beside all those before it.
            reserved.state.take(places)
            if reserved.state.find(head_gpus) is None:
                reserved.state.release(places)
                continue
        return Start(job, serving.number, places)
    return None
