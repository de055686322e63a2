"""The edges of a class: up to which job there would be room for it and those before it, in the order of the numbers."""

from __future__ import annotations

from typing import Any

from sim.queue.analysis.attribution import layout
from sim.queue.analysis.attribution.layout import (
    BEFORE,
    EDGE,
    NONE,
    ORDER,
    OUTAGE,
    SIDES,
    Class,
    Classes,
    Machine,
    Store,
    Waiters,
    part,
)  # fmt: skip


@part
def earlier_at(machine: Machine, number: int) -> int:
    """Where it is kept what jobs hold before the edges of a class: by pool for `ORDER`, then in line for each edge."""
    return int(machine.earlier_at + SIDES * number * (machine.pools + layout.EDGES))


@part
def earlier_gpus(machine: Machine, waiters: Waiters, store: Store, column: int, job: int) -> int:
    """GPUs that jobs with a number below that of `job` hold in a pool, or wait for in a line."""
    block = job >> layout.BLOCK_BITS
    line = column - machine.pools
    gpus = 0
    for other in range(block << layout.BLOCK_BITS, job):
        here = waiters[other].line == line if line >= 0 else waiters[other].pool == column
        gpus += waiters[other].held * here
    while block > 0:
        gpus += store[machine.tree_at + block * machine.columns + column]
        block &= block - 1
    return gpus


@part
def plant(machine: Machine, store: Store, column: int, job: int, gpus: int) -> None:
    """Add GPUs of a job to the tree of a pool or a line."""
    block = (job >> layout.BLOCK_BITS) + 1
    while block <= machine.blocks:
        store[machine.tree_at + block * machine.columns + column] += gpus
        block += block & -block


@part
def look_up(
    machine: Machine, classes: Classes, waiters: Waiters, store: Store, number: int, kind: int, side: int
) -> None:
    """Note what jobs hold, and wait for, whose numbers are below that of the job on one side of an edge."""
    one = classes[number]
    job = one.before[kind] if side == BEFORE else one.edge[kind]
    if job == NONE:
        return
    at = earlier_at(machine, number) + side
    store[at + SIDES * (machine.pools + kind)] = earlier_gpus(machine, waiters, store, machine.pools + one.line, job)
    for pool in range(machine.pools):
        if kind == ORDER and one.allowed >> pool & 1:
            store[at + SIDES * pool] = earlier_gpus(machine, waiters, store, pool, job)


@part
def has_room(machine: Machine, classes: Classes, store: Store, number: int, kind: int, side: int) -> bool:
    """Whether the job on this side of an edge, and those before it in line, would have room without failed nodes.

    For `ORDER`, where none but earlier jobs ran: then it must fit into some pool, too, which the state says otherwise.
    """
    one, at = classes[number], earlier_at(machine, number) + side
    room, most = -one.held - store[at + SIDES * (machine.pools + kind)], 0
    for pool in range(machine.pools):
        if one.allowed >> pool & 1:
            service = machine.free[pool] + machine.used[pool]
            earlier = store[at + SIDES * pool] if kind == ORDER else machine.used[pool]
            room += max(service - earlier, 0) + machine.installed[pool] - service
            most = max(most, machine.installed[pool] - earlier)
    return room >= 0 and (kind == OUTAGE or one.held <= most)


@part
def advance_clock(one: Class, now: int) -> None:
    """Bring the clock of a class up to now."""
    one.clock[one.state] += now - one.since
    one.since = now


@part
def book_early(one: Class, waiter: Any, kind: int, sign: int) -> None:
    """Take the clocks of a class off what a job has waited before an edge, or add them to it."""
    if kind == OUTAGE:
        waiter.seconds[layout.OUTAGE_SHAPE] += sign * one.clock[layout.SPARE_SHAPE]
        waiter.seconds[layout.OUTAGE_BLOCKED] += sign * one.clock[layout.SPARE_BLOCKED]
    else:
        waiter.seconds[layout.EARLY] += sign * (one.clock[layout.SPARE_BLOCKED] + one.clock[layout.BLOCKED])


@part
def move_edge(
    machine: Machine, classes: Classes, waiters: Waiters, store: Store, number: int, kind: int, now: int
) -> None:
    """Move an edge of a class to the first job for which there would be no room."""
    one = classes[number]
    while one.before[kind] != NONE and not has_room(machine, classes, store, number, kind, BEFORE):
        pass_over(machine, classes, waiters, store, number, kind, one.before[kind], now)
    while one.edge[kind] != NONE and has_room(machine, classes, store, number, kind, EDGE):
        pass_over(machine, classes, waiters, store, number, kind, one.edge[kind], now)


@part
def pass_over(
    machine: Machine, classes: Classes, waiters: Waiters, store: Store, number: int, kind: int, job: int, now: int
) -> None:
    """Have an edge of a class pass over a job next to it."""
    one, waiter = classes[number], waiters[job]
    advance_clock(one, now)
    if waiter.early[kind] == 1:
        waiter.early[kind] = 0
        book_early(one, waiter, kind, 1)
        one.before[kind], one.edge[kind] = waiter.previous, job
        carry(machine, store, number, kind, BEFORE, EDGE)
        look_up(machine, classes, waiters, store, number, kind, BEFORE)
    else:
        waiter.early[kind] = 1
        book_early(one, waiter, kind, -1)
        one.before[kind], one.edge[kind] = job, waiter.next
        carry(machine, store, number, kind, EDGE, BEFORE)
        look_up(machine, classes, waiters, store, number, kind, EDGE)


@part
def carry(machine: Machine, store: Store, number: int, kind: int, side: int, other: int) -> None:
    """The job on one side of an edge has come to the other, with what is held before it."""
    at = earlier_at(machine, number)
    line = at + SIDES * (machine.pools + kind)
    store[line + other] = store[line + side]
    if kind == ORDER:
        for place in range(at, at + SIDES * machine.pools, SIDES):
            store[place + other] = store[place + side]
