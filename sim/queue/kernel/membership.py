"""A job joins those that wait, and leaves them to start or to be written off."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import buckets, fair_share, tree
from sim.queue.kernel.compiler import part
from sim.queue.kernel.layout import BUCKETS, FREE, LINE, MULTIFACTOR, WAITING, Queue, Slots, Store
from sim.queue.kernel.line import enter as enter_line
from sim.queue.kernel.waiting import chain, unchain


@part
def too_large(queue: Queue, held: int, pools: int) -> bool:
    """Whether no pool that a job may use will ever be large enough for it."""
    fits = 0
    for pool in range(queue.pools):
        fits += (pools >> pool) & 1 and held <= queue.largest[pool]
    return fits == 0


@part
def join(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Give a job its place among those that wait."""
    job = slots[slot]
    job.state = WAITING
    queue.backlog += job.held * job.request
    if queue.index == LINE:
        enter_line(queue, slots, store, slot, queue.waiting)
    else:
        chain(queue, slots, slot)
        if queue.index == BUCKETS:
            buckets.enter(queue, slots, store, slot)
        else:
            tree.enter(queue, slots, store, slot)
    queue.waiting += 1
    queue.longest_queue = max(queue.longest_queue, queue.waiting)


@part
def leave(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Take a job that is about to start out of the chain and its index."""
    queue.waiting -= 1
    queue.backlog -= slots[slot].held * slots[slot].request
    unchain(queue, slots, slot)
    if queue.index == BUCKETS:
        buckets.leave(queue, slots, store, slot)
    else:
        tree.leave(queue, slots, store, slot)


@part
def report(queue: Queue, slots: Slots, finished: Any, slot: int, refused: int) -> None:
    """Write down what became of a job, and give its slot to the next one."""
    job, row = slots[slot], finished[queue.finished]
    queue.finished += 1
    row.rank = job.rank
    row.submit = job.submit
    row.first_start = job.first_start
    row.start = job.start
    row.end = job.end
    row.lost = job.lost
    row.held = job.held
    row.restarts = job.restarts
    row.user = job.user
    row.tier = job.tier
    row.pool = job.pool
    row.refused = refused
    job.state = FREE
    job.next = queue.free_slot
    queue.free_slot = slot


@part
def settle(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, finished: Any, slot: int, now: int
) -> None:
    """Let a job join the queue with the score of the moment, unless the machine will never be large enough for it."""
    if too_large(queue, slots[slot].held, slots[slot].pools):
        report(queue, slots, finished, slot, 1)
        return
    if queue.sorted_by == MULTIFACTOR:
        fair_share.rank(queue, slots, users, accounts, slot, now)
    join(queue, slots, store, slot)
