"""From one event second to the next: jobs start and end, enter and leave their classes, and the classes are judged."""

from __future__ import annotations

from typing import Any

from sim.queue.analysis.attribution import layout
from sim.queue.analysis.attribution.edge import advance_clock, book_early, earlier_at, look_up, move_edge, plant
from sim.queue.analysis.attribution.layout import (
    BEFORE,
    EDGE,
    EDGES,
    NONE,
    ORDER,
    OUTAGE,
    SIDES,
    Class,
    Classes,
    Events,
    Machine,
    Store,
    Waiters,
    entry,
    part,
)  # fmt: skip
from sim.queue.compiler.primitives import numbers, rows


@part
def occupy(machine: Machine, classes: Classes, waiters: Waiters, store: Store, job: int, pool: int, gpus: int) -> None:
    """A job takes GPUs of a pool (+) or gives them back (-)."""
    machine.free[pool] -= gpus
    machine.used[pool] += gpus
    waiters[job].pool = pool if gpus > 0 else NONE
    plant(machine, store, pool, job, gpus)
    for place in range(machine.active):
        one = classes[store[place]]
        at = earlier_at(machine, store[place]) + SIDES * pool
        store[at + BEFORE] += gpus * (one.before[ORDER] > job)
        store[at + EDGE] += gpus * (one.edge[ORDER] > job)


@part
def stand(machine: Machine, classes: Classes, waiters: Waiters, store: Store, job: int, line: int, gpus: int) -> None:
    """A job gets into a line with its GPUs (+) or out of it (-)."""
    waiters[job].line = line if gpus > 0 else NONE
    plant(machine, store, machine.pools + line, job, gpus)
    for place in range(machine.active):
        one = classes[store[place]]
        if one.line == line:
            at = earlier_at(machine, store[place]) + SIDES * machine.pools
            for kind in range(EDGES):
                store[at + SIDES * kind + BEFORE] += gpus * (one.before[kind] > job)
                store[at + SIDES * kind + EDGE] += gpus * (one.edge[kind] > job)


@part
def state_of(machine: Machine, one: Class) -> int:
    """What holds a class now."""
    most_open, most_free, most_unused, all_free = 0, 0, 0, 0
    for pool in range(machine.pools):
        if one.allowed >> pool & 1:
            free = machine.free[pool]
            most_free = max(most_free, free)
            if one.open >> pool & 1:
                most_open = max(most_open, free)
            most_unused = max(most_unused, machine.installed[pool] - machine.used[pool])
            all_free += max(free, 0)
    if one.held <= most_free:
        return layout.FITS if one.held <= most_open else layout.DRAIN
    if one.held <= most_unused:
        return layout.SPARE_SHAPE if one.held <= all_free else layout.SPARE_BLOCKED
    return layout.SHAPE if one.held <= all_free else layout.BLOCKED


@part
def book(one: Class, waiter: Any, sign: int) -> None:
    """Take the clocks of a class off what a job has waited, or add them to it."""
    for state in range(layout.STATES):
        waiter.seconds[state] += sign * one.clock[state]
    for kind in range(EDGES):
        if waiter.early[kind] == 1:
            book_early(one, waiter, kind, sign)


@part
def link(one: Class, waiters: Waiters, job: int, following: int) -> None:
    """Have one job of a class follow another; NONE stands before the first and behind the last."""
    if job == NONE:
        one.first = following
    else:
        waiters[job].next = following
    if following == NONE:
        one.last = job
    else:
        waiters[following].previous = job


@part
def open_class(machine: Machine, classes: Classes, store: Store, number: int, now: int) -> None:
    """A class has a job that waits again."""
    one = classes[number]
    one.since, one.place = now, machine.active
    store[machine.active] = number
    machine.active += 1


@part
def close_class(machine: Machine, classes: Classes, store: Store, number: int) -> None:
    """Nobody waits in a class any more."""
    machine.active -= 1
    other, place = store[machine.active], classes[number].place
    store[place] = other
    classes[other].place = place


@part
def enter(machine: Machine, classes: Classes, waiters: Waiters, store: Store, number: int, job: int, now: int) -> None:
    """A job begins to wait in a class, at the place of its number."""
    one, waiter = classes[number], waiters[job]
    if one.last == NONE:
        open_class(machine, classes, store, number, now)
    advance_clock(one, now)
    following, previous = NONE, one.last
    while previous > job:
        following, previous = previous, waiters[previous].previous
    link(one, waiters, previous, job)
    link(one, waiters, job, following)
    stand(machine, classes, waiters, store, job, one.line, waiter.held)
    for kind in range(EDGES):
        waiter.early[kind] = 0
        if following != NONE and waiters[following].early[kind] == 1:
            waiter.early[kind] = 1
        elif one.edge[kind] == following:
            one.edge[kind] = job
            look_up(machine, classes, waiters, store, number, kind, EDGE)
    book(one, waiter, -1)


@part
def leave(machine: Machine, classes: Classes, waiters: Waiters, store: Store, number: int, job: int, now: int) -> None:
    """A job waits in a class no more."""
    one, waiter = classes[number], waiters[job]
    advance_clock(one, now)
    book(one, waiter, 1)
    link(one, waiters, waiter.previous, waiter.next)
    stand(machine, classes, waiters, store, job, one.line, -waiter.held)
    for kind in range(EDGES):
        if job == one.before[kind]:
            one.before[kind] = waiter.previous
            look_up(machine, classes, waiters, store, number, kind, BEFORE)
        elif job == one.edge[kind]:
            one.edge[kind] = waiter.next
            look_up(machine, classes, waiters, store, number, kind, EDGE)
    if one.last == NONE:
        close_class(machine, classes, store, number)


@part
def judge(machine: Machine, classes: Classes, waiters: Waiters, store: Store, now: int) -> None:
    """Find what holds each class with jobs that wait, from now on."""
    for place in range(machine.active):
        one = classes[store[place]]
        state = state_of(machine, one)
        if state != one.state:
            advance_clock(one, now)
            one.state = state
        if state == layout.SPARE_SHAPE or state == layout.SPARE_BLOCKED:
            move_edge(machine, classes, waiters, store, store[place], OUTAGE, now)
        if state == layout.SPARE_BLOCKED or state == layout.BLOCKED:
            move_edge(machine, classes, waiters, store, store[place], ORDER, now)


@part
def change_capacity(machine: Machine, changes: Events, now: int) -> None:
    """GPUs come and go, and nodes fail and are repaired."""
    while changes[machine.changed].second == now:
        change = changes[machine.changed]
        machine.free[change.pool] += change.service
        machine.installed[change.pool] += change.installed
        machine.changed += 1


@part
def change_use(
    machine: Machine, classes: Classes, waiters: Waiters, store: Store, ends: Events, starts: Events, now: int
) -> None:
    """Jobs end, and then others start: one that was interrupted may be back in the same second."""
    while ends[machine.ended].second == now:
        end = ends[machine.ended]
        occupy(machine, classes, waiters, store, end.job, end.of, -waiters[end.job].held)
        machine.ended += 1
    while starts[machine.started].second == now:
        start = starts[machine.started]
        occupy(machine, classes, waiters, store, start.job, start.of, waiters[start.job].held)
        machine.started += 1


@part
def change_classes(
    machine: Machine, classes: Classes, waiters: Waiters, store: Store, leaves: Events, enters: Events, now: int
) -> None:
    """Jobs leave their class, and then others enter: one for which a pool closes does both."""
    while leaves[machine.left].second == now:
        one = leaves[machine.left]
        leave(machine, classes, waiters, store, one.of, one.job, now)
        machine.left += 1
    while enters[machine.entered].second == now:
        one = enters[machine.entered]
        enter(machine, classes, waiters, store, one.of, one.job, now)
        machine.entered += 1


@entry
def sweep(
    machines: Any, class_records: Any, waiter_records: Any, store_numbers: Any, change_records: Any,
    end_records: Any, start_records: Any, leave_records: Any, enter_records: Any,
) -> None:  # fmt: skip
    """Fill in the `seconds` of every job that waits, until the last of them has left."""
    machine, classes = machines[0], rows(class_records)
    waiters, store = rows(waiter_records), numbers(store_numbers)
    changes, ends, starts = rows(change_records), rows(end_records), rows(start_records)
    leaves, enters = rows(leave_records), rows(enter_records)
    while machine.left < leave_records.size - 1:
        now = min(changes[machine.changed].second, min(ends[machine.ended].second, starts[machine.started].second))
        now = min(now, min(leaves[machine.left].second, enters[machine.entered].second))
        change_capacity(machine, changes, now)
        change_use(machine, classes, waiters, store, ends, starts, now)
        change_classes(machine, classes, waiters, store, leaves, enters, now)
        judge(machine, classes, waiters, store, now)
