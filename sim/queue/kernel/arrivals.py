"""Jobs arrive: a chunk of columns becomes records, and each record in its turn a job in a slot."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel.buckets import bucket_of
from sim.queue.kernel.compiler import entry, part, rows
from sim.queue.kernel.layout import BUCKETS, NONE, TREE, Queue, Queues, Slots, Store
from sim.queue.kernel.waiting import settle


@entry
def load(
    queues: Queues,
    arrival_records: Any,
    unit: int,
    submit: Any,
    run: Any,
    request: Any,
    gpus: Any,
    pools: Any,
    user: Any,
    tier: Any,
    static: Any,
) -> int:
    """Fill the first records with the jobs of a chunk [job]; returns how many have no bucket, where they need one.

    unit: GPUs are held in multiples of it.
    """
    queue = queues[0]
    incoming = rows(arrival_records)
    unknown = 0
    held = 0
    for job in range(len(submit)):
        new = incoming[job]
        held = gpus[job] if unit == 1 else (gpus[job] + unit - 1) // unit * unit
        new.submit = submit[job]
        new.run = run[job]
        new.request = request[job]
        new.held = held
        new.pools = pools[job]
        new.user = user[job]
        new.tier = tier[job]
        new.static = static[job]
        if queue.index == BUCKETS:
            new.bucket = bucket_of(queue, held, pools[job], request[job])
            unknown += new.bucket == NONE
    return unknown


@part
def arrive(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, incoming: Any, finished: Any, now: int
) -> bool:
    """Let the next job in the chunk join the queue; False where memory must grow first."""
    if queue.free_slot == NONE:
        return False
    if queue.index == TREE and queue.first != NONE and queue.ranks - slots[queue.first].rank >= queue.tree_size:
        return False
    slot = queue.free_slot
    queue.free_slot = slots[slot].next
    job, new = slots[slot], incoming[queue.arrival]
    queue.arrival += 1
    job.rank = queue.ranks
    queue.ranks += 1
    job.submit = new.submit
    job.remaining = new.run
    job.request = new.request
    job.estimate = min(new.run, new.request) if queue.clairvoyant else new.request
    job.held = new.held
    store[queue.held_at + slot] = new.held
    job.pools = new.pools
    job.first_start = NONE
    job.start = NONE
    job.end = NONE
    job.lost = 0
    job.score = new.static
    job.static = new.static
    job.user = new.user
    job.tier = new.tier
    job.restarts = 0
    job.pool = NONE
    job.reserved_pool = NONE
    job.bucket = new.bucket
    settle(queue, slots, store, users, accounts, finished, slot, now)
    return True
