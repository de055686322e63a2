"""Less urgent jobs give way: who is stopped so that the head can start, and what becomes of a job that is cut short."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import fair_share
from sim.queue.kernel.compiler import part
from sim.queue.kernel.layout import (
    BASE_SPEED,
    DONE,
    KEEP_ALL,
    LINE,
    MULTIFACTOR,
    NEEDS_ROOM,
    NEEDS_SLOTS,
    NONE,
    SLOT_BITS,
    SLOT_MASK,
    TREE,
    Queue,
    Slots,
    Store,
)
from sim.queue.kernel.membership import leave, settle
from sim.queue.kernel.running import begin, estimate_seconds, release, remove

NOTED = 4  # numbers of an interruption: job, start, end, pool


@part
def _gives_way_before(slots: Slots, one: int, other: int) -> bool:
    """Whether one running job is stopped before another: the least urgent, then the latest start, then number."""
    if slots[one].urgency != slots[other].urgency:
        return slots[one].urgency < slots[other].urgency
    if slots[one].start != slots[other].start:
        return slots[one].start > slots[other].start
    return slots[one].rank > slots[other].rank


@part
def _list_victims(queue: Queue, slots: Slots, store: Store, pool: int, head: int) -> int:
    """Write those of a pool who would be stopped for the head into the scratch stretch; how many, 0 if none will do."""
    urgency, wanted = slots[head].urgency, slots[head].held - queue.free[pool]
    row = queue.scratch_at
    count, gpus = 0, 0
    first = queue.lists_at + pool * queue.list_length
    for place in range(first, first + queue.listed[pool]):
        slot = store[place] & SLOT_MASK
        if slots[slot].urgency < urgency:
            store[row + count] = slot
            count += 1
            gpus += slots[slot].held
    if gpus < wanted:
        return 0
    gpus = 0
    for chosen in range(count):
        best = chosen
        for place in range(chosen + 1, count):
            if _gives_way_before(slots, store[row + place], store[row + best]):
                best = place
        store[row + chosen], store[row + best] = store[row + best], store[row + chosen]
        gpus += slots[store[row + chosen]].held
        if gpus >= wanted:
            return chosen + 1
    return 0


@part
def find_way(queue: Queue, slots: Slots, store: Store, head: int, now: int) -> bool:
    """Whether a head that fits nowhere could start if others gave way; `way` is then the pool, `victims` how many."""
    job = slots[head]
    for pool in range(queue.pools):
        ends = now + estimate_seconds(queue, slots, head, pool)
        if (job.pools >> pool) & 1 and queue.usable[pool] >= job.held and ends <= queue.retires[pool]:
            return False
    for pool in range(queue.pools - 1, -1, -1):
        if not (job.pools >> pool) & 1 or now + estimate_seconds(queue, slots, head, pool) > queue.retires[pool]:
            continue
        queue.victims = _list_victims(queue, slots, store, pool, head)
        if queue.victims > 0:
            queue.way = pool
            return True
    return False


@part
def note(queue: Queue, slots: Slots, interrupted: Any, slot: int) -> None:
    """Write down an attempt that is about to be cut short."""
    job, row = slots[slot], NOTED * queue.interruptions
    interrupted[row], interrupted[row + 1] = job.rank, job.start
    interrupted[row + 2], interrupted[row + 3] = queue.now, job.pool
    queue.interruptions += 1


@part
def kept_seconds(queue: Queue, slots: Slots, slot: int, checkpoint: int) -> int:
    """Work of a running job that survives, with checkpoints so many seconds apart; 0 seconds means none."""
    if checkpoint == 0:
        return 0
    job = slots[slot]
    done = (queue.now - job.start) * queue.speed[job.pool] // BASE_SPEED
    return min(done // checkpoint * checkpoint, job.remaining - 1)


@part
def interrupt(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, finished: Any, slot: int, kept: int
) -> None:
    """Throw a running job back to its place in the queue; `kept` seconds of its remaining work are saved."""
    job, now = slots[slot], queue.now
    if queue.sorted_by == MULTIFACTOR:
        fair_share.charge(queue, slots, users, slot, now)
    remove(queue, store, (job.end << SLOT_BITS) | slot)
    release(queue, slots, store, slot)
    speed = queue.speed[job.pool]
    job.lost += (now - job.start) - (kept * BASE_SPEED + speed - 1) // speed
    job.remaining -= kept
    job.restarts += 1
    job.pool = NONE
    queue.reservations_void = 1
    job.start = NONE
    job.end = NONE
    if queue.clairvoyant:
        job.estimate = min(job.remaining, job.request)
    settle(queue, slots, store, users, accounts, finished, slot, now)


@part
def needs_memory(queue: Queue, slots: Slots, store: Store) -> int:
    """What is wanting before the victims can be stopped, or DONE."""
    if queue.interruptions + queue.victims > queue.interruption_room or queue.finished + queue.victims > queue.room:
        return NEEDS_ROOM
    if queue.index == TREE:
        for place in range(queue.scratch_at, queue.scratch_at + queue.victims):
            if slots[queue.last].rank - slots[store[place]].rank >= queue.tree_size:
                return NEEDS_SLOTS
    return DONE


@part
def preempt(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, finished: Any, interrupted: Any, now: int
) -> int:
    """Stop the victims and start the head, which a line still holds; or say what is wanting, and do nothing."""
    pool = queue.way
    queue.way = NONE
    reason = needs_memory(queue, slots, store)
    if reason != DONE:
        return reason
    head = store[queue.line_at] if queue.index == LINE else queue.first
    if queue.index != LINE:
        leave(queue, slots, store, head)
    for place in range(queue.scratch_at, queue.scratch_at + queue.victims):
        slot = store[place]
        note(queue, slots, interrupted, slot)
        step = 1 if queue.preemption == KEEP_ALL else queue.checkpoint
        interrupt(queue, slots, store, users, accounts, finished, slot, kept_seconds(queue, slots, slot, step))
    begin(queue, slots, store, head, pool, now)
    return DONE
