"""What policy and chance do to a machine: GPUs come and go, and nodes fail under their jobs."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import fair_share, layout
from sim.queue.kernel.compiler import entry, numbers, part, rows
from sim.queue.kernel.layout import NONE, SLOT_BITS, Queue, Queues, Slots, Store
from sim.queue.kernel.passes import run_pass
from sim.queue.kernel.running import job_hit, release, remove
from sim.queue.kernel.waiting import settle


@part
def ask_for_pass(queue: Queue, slots: Slots, store: Store) -> None:
    """Schedule at once, or once after all events of this second, now that the machine has changed."""
    queue.reserved_for = queue.fits_for = NONE
    queue.last_tick_over = 0
    queue.changed = 1
    queue.reservations_void = 1
    if queue.order == layout.PER_EVENT:
        run_pass(queue, slots, store, queue.now)
    else:
        queue.pass_due = 1


@entry
def serve(queues: Queues, slot_records: Any, store_numbers: Any, pool: int, change: int) -> None:
    """Bring GPUs of a pool into service (+) or take them out (-)."""
    queue = queues[0]
    queue.capacity[pool] += change
    queue.free[pool] += change
    ask_for_pass(queue, rows(slot_records), numbers(store_numbers))


@part
def note(queue: Queue, slots: Slots, interrupted: Any, slot: int) -> None:
    """Write down an attempt that is about to be cut short."""
    job, row = slots[slot], layout.NOTED * queue.interruptions
    interrupted[row], interrupted[row + 1] = job.rank, job.start
    interrupted[row + 2], interrupted[row + 3] = queue.now, job.pool
    queue.interruptions += 1


@part
def saved_seconds(queue: Queue, slots: Slots, slot: int) -> int:
    """Work of a running job that survives an interruption: up to its last checkpoint, nothing without checkpoints."""
    if queue.checkpoint == 0:
        return 0
    job = slots[slot]
    done = (queue.now - job.start) * queue.speed[job.pool] // layout.BASE_SPEED
    return min(done // queue.checkpoint * queue.checkpoint, job.remaining - 1)


@part
def requeue(queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, finished: Any, slot: int) -> None:
    """Interrupt a running job and return it to its place in the queue."""
    job, now = slots[slot], queue.now
    saved = saved_seconds(queue, slots, slot)
    if queue.sorted_by == layout.MULTIFACTOR:
        fair_share.charge(queue, slots, users, slot, now)
    remove(queue, store, (job.end << SLOT_BITS) | slot)
    release(queue, slots, store, slot)
    speed = queue.speed[job.pool]
    job.lost += (now - job.start) - (saved * layout.BASE_SPEED + speed - 1) // speed
    job.remaining -= saved
    job.restarts += 1
    job.pool = NONE
    job.start = NONE
    job.end = NONE
    if queue.clairvoyant:
        job.estimate = min(job.remaining, job.request)
    settle(queue, slots, store, users, accounts, finished, slot, now)


@entry
def fail(
    queues: Queues, slot_records: Any, store_numbers: Any, user_records: Any, account_records: Any,
    finished_records: Any, interruptions: Any, pool: int, uniform: float, lost_gpus: int,
) -> int:  # fmt: skip
    """Take GPUs of a pool out of service and requeue the job hit; returns DONE, or what memory it needs first."""
    queue = queues[0]
    slots, store = rows(slot_records), numbers(store_numbers)
    if queue.finished == queue.most_finished or queue.interruptions == queue.most_interruptions:
        return layout.NEEDS_DRAIN
    slot = job_hit(queue, slots, store, pool, uniform)
    if slot != NONE:
        rank = slots[slot].rank
        if queue.index == layout.TREE and queue.last != NONE and slots[queue.last].rank - rank >= queue.tree_size:
            return layout.NEEDS_SLOTS
        note(queue, slots, numbers(interruptions), slot)
        requeue(queue, slots, store, rows(user_records), rows(account_records), rows(finished_records), slot)
    queue.capacity[pool] -= lost_gpus
    queue.free[pool] -= lost_gpus
    ask_for_pass(queue, slots, store)
    return layout.DONE
