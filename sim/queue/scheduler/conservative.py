"""Conservative backfilling: every job has a reservation that nobody may delay (Mu'alem and Feitelson 2001).

In one pass every job, in the order of the queue, gives up its reservation and takes the earliest start at which it fits
for the whole of its estimate beside the running jobs, until their estimated ends, and beside all other reservations:
the new ones of jobs before it and the old ones of jobs behind it. So a reservation is only ever renewed by an earlier
one. Jobs whose start is now start. The first that cannot is the head, and reservations reach as far behind it as the
depth of backfilling. What no estimate foresees, a change of capacity or an interrupted job, makes all of them void.

Where EASY protects only the head, this protects everybody. Ten GPUs; job 0 holds six until second 100. Job 1 needs
eight and reserves second 100, job 2 needs nine and reserves second 150. Job 3 needs two GPUs for 160 seconds: they are
to spare beside job 1, so EASY starts it at once, but it would delay job 2:

>>> from sim.queue.jobs import Jobs
>>> from sim.queue.simulate import simulate
>>> jobs = Jobs([0, 1, 2, 3], [100, 50, 50, 160], [100, 50, 50, 160], [6, 8, 9, 2])
>>> [simulate(jobs, gpus=10, discipline=name).start_seconds.tolist() for name in ("easy", "conservative")]
[[0, 100, 163, 3], [0, 100, 150, 200]]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from sim.queue.scheduler.machine import Machine, Reservation, ServingPool, Start
from sim.queue.scheduler.placement import NodeState, Places

Profile = list[tuple[int, NodeState]]
"""What is free from when on, as planned: (second, state of the pool), ascending."""


def starts(machine: Machine, now: int) -> Iterator[Start]:
    """The starts of one pass, in the order of the queue."""
    place, looked_at = 0, 0
    while place < len(machine.waiting) and looked_at <= machine.rules.backfill_depth:
        job = machine.waiting[place]
        machine.reservations.pop(job, None)
        reservation = earliest_reservation(machine, job, now)
        if reservation and reservation.start_seconds == now:
            looked_at += bool(place)  # those before the head do not count
            yield Start(job, reservation.pool, reservation.places)
        else:
            if reservation:
                machine.reservations[job] = reservation
            place, looked_at = place + 1, looked_at + 1


def earliest_reservation(machine: Machine, job: int, now: int) -> Reservation | None:
    """The best reservation for a job beside those of the others; a later pool only for an earlier start."""
    best = None
    for serving in machine.allowed(job):
        estimate_seconds = machine.book.estimate_seconds(job, serving.pool.speed)
        plan = profile(serving, [one for one in machine.reservations.values() if one.pool == serving.number], now)
        found = first_fit(plan, machine.book.records.held[job], estimate_seconds)
        if not found or found[0] + estimate_seconds > serving.pool.retires_seconds:
            continue
        if best is None or found[0] < best.start_seconds:
            best = Reservation(serving.number, found[0], found[0] + estimate_seconds, found[1])
    return best


def profile(serving: ServingPool, reservations: list[Reservation], now: int) -> Profile:
    """The state of a pool at every second from `now` on at which it changes, by the estimates and the reservations."""
    leaving, coming = defaultdict[int, list[Places]](list), defaultdict[int, list[Places]](list)
    for one in serving.running:
        if one.end_seconds > now:
            leaving[one.end_seconds].append(one.places)
    for reservation in reservations:
        coming[reservation.start_seconds].append(reservation.places)
        leaving[reservation.end_seconds].append(reservation.places)
    state, plan = serving.state_at(now), []
    for second in sorted({now, *leaving, *coming}):
        for places in leaving[second]:
            state.release(places)
        for places in coming[second]:
            state.take(places)
        plan.append((second, state.copy()))
    return plan


def first_fit(plan: Profile, gpus: int, estimate_seconds: int) -> tuple[int, Places] | None:
    """The earliest second of a plan from which so many GPUs are free for the whole estimate, and which they are.

    Two GPUs are free now, one from second 10 on, and four from second 20 on:

    >>> from sim.queue.scheduler.placement import AnyGpu
    >>> plan = [(0, AnyGpu(2, 8)), (10, AnyGpu(1, 8)), (20, AnyGpu(4, 8))]
    >>> first_fit(plan, gpus=2, estimate_seconds=10), first_fit(plan, gpus=2, estimate_seconds=11)
    ((0, ((0, 2),)), (20, ((0, 2),)))
    """
    for first, (second, state) in enumerate(plan):
        places = state.find(gpus)
        for later, other in plan[first + 1 :]:
            if places is None or later >= second + estimate_seconds:
                break
            state = state.shared(other)
            places = state.find(gpus)
        if places is not None:
            return second, places
    return None
