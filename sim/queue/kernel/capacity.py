"""The acts of policy and of chance: GPUs come and go, nodes fail, jobs are thrown back or written off."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import buckets, fair_share, tree
from sim.queue.kernel.compiler import entry, numbers, part, rows
from sim.queue.kernel.layout import (
    BASE_SPEED,
    BUCKETS,
    DONE,
    LINE,
    MULTIFACTOR,
    NEEDS_ROOM,
    NEEDS_SLOTS,
    NONE,
    PER_EVENT,
    SLOT_BITS,
    TREE,
    Queue,
    Queues,
    Slots,
    Store,
)
from sim.queue.kernel.membership import report, settle, too_large
from sim.queue.kernel.passes import run_pass
from sim.queue.kernel.running import release, remove, victim
from sim.queue.kernel.waiting import unchain

NOTED = 4  # numbers of an interruption: job, start, end, pool


@part
def wake(queue: Queue, slots: Slots, store: Store) -> None:
    """Policy has changed something: schedule at once, or once after all events of this second."""
    queue.reserved_for = queue.planned_for = NONE
    queue.last_tick_over = 0
    queue.changed = 1
    queue.reservations_void = 1
    if queue.order == PER_EVENT:
        run_pass(queue, slots, store, queue.now)
    else:
        queue.woken = 1


@entry
def serve(queues: Queues, slot_records: Any, store_numbers: Any, pool: int, change: int) -> None:
    """Bring GPUs of a pool into service (+) or take them out (-)."""
    queue = queues[0]
    slots = rows(slot_records)
    store = numbers(store_numbers)
    queue.capacity[pool] += change
    queue.free[pool] += change
    wake(queue, slots, store)


@part
def note(queue: Queue, slots: Slots, interrupted: Any, slot: int) -> None:
    """Write down an attempt that is about to be cut short."""
    job, row = slots[slot], NOTED * queue.interruptions
    interrupted[row], interrupted[row + 1] = job.rank, job.start
    interrupted[row + 2], interrupted[row + 3] = queue.now, job.pool
    queue.interruptions += 1


@part
def kept_seconds(queue: Queue, slots: Slots, slot: int) -> int:
    """Work of a running job that survives: up to its last checkpoint, nothing without checkpoints."""
    checkpoint = queue.checkpoint
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


@entry
def fail(
    queues: Queues,
    slot_records: Any,
    store_numbers: Any,
    user_records: Any,
    account_records: Any,
    finished_records: Any,
    interruptions: Any,
    pool: int,
    uniform: float,
    lost_gpus: int,
) -> int:
    """A node of a pool fails: the job on it is thrown back, and `lost_gpus` leave."""
    queue = queues[0]
    slots = rows(slot_records)
    store = numbers(store_numbers)
    users = rows(user_records)
    accounts = rows(account_records)
    finished = rows(finished_records)
    interrupted = numbers(interruptions)
    if queue.finished == queue.room or queue.interruptions == queue.interruption_room:
        return NEEDS_ROOM
    slot = victim(queue, slots, store, pool, uniform)
    if slot != NONE:
        job = slots[slot]
        if queue.index == TREE and queue.last != NONE and slots[queue.last].rank - job.rank >= queue.tree_size:
            return NEEDS_SLOTS
        note(queue, slots, interrupted, slot)
        interrupt(queue, slots, store, users, accounts, finished, slot, kept_seconds(queue, slots, slot))
    queue.capacity[pool] -= lost_gpus
    queue.free[pool] -= lost_gpus
    wake(queue, slots, store)
    return DONE


@entry
def replant(queues: Queues, slot_records: Any, store_numbers: Any) -> None:
    """Build the index of the waiting jobs anew, after their chain has been kept and its memory cleared."""
    queue = queues[0]
    slots = rows(slot_records)
    store = numbers(store_numbers)
    slot = queue.first
    while slot != NONE:
        if queue.index == BUCKETS:
            buckets.enter(queue, slots, store, slot)
        else:
            tree.enter(queue, slots, store, slot)
        slot = slots[slot].next


@entry
def refuse_too_large(queues: Queues, slot_records: Any, store_numbers: Any, finished_records: Any) -> int:
    """Take out waiting jobs that the machine will never hold: as a head they would block the others for ever."""
    queue = queues[0]
    slots = rows(slot_records)
    store = numbers(store_numbers)
    finished = rows(finished_records)
    kept = 0
    if queue.index == LINE:
        waiting = queue.waiting
        for place in range(waiting):
            slot = store[queue.line_at + place]
            if too_large(queue, slots[slot].held, slots[slot].pools):
                queue.waiting -= 1
                queue.backlog -= slots[slot].held * slots[slot].request
                report(queue, slots, finished, slot, 1)
            else:
                store[queue.line_at + kept] = slot
                kept += 1
        return DONE
    slot = queue.first
    while slot != NONE:
        after = slots[slot].next
        if too_large(queue, slots[slot].held, slots[slot].pools):
            queue.waiting -= 1
            queue.backlog -= slots[slot].held * slots[slot].request
            unchain(queue, slots, slot)
            if queue.index == BUCKETS:
                buckets.take_out(queue, slots, store, slot)
            else:
                tree.leave(queue, slots, store, slot)
            report(queue, slots, finished, slot, 1)
        slot = after
    return DONE
