"""Jobs are taken in, a chunk at a time: columns become records, and every job is told its bucket."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel.compiler import entry, part, rows
from sim.queue.kernel.layout import BUCKETS, FREE, MOST_WALLS, NONE, Queue, Queues


@part
def bucket_of(queue: Queue, held: int, pools: int, estimate: int) -> int:
    """The bucket of a job; NONE where there is none for its shape or its estimate.

    Both look-ups count without a branch: a guess that the processor gets wrong costs more than ten comparisons.
    """
    shape = 0
    for number in range(queue.shapes):
        gpus = queue.shape_gpus[number]
        shape += (gpus < held) | ((gpus == held) & (queue.shape_pools[number] < pools))
    wall = 0
    for number in range(queue.walls):
        wall += queue.wall[number] < estimate
    if shape == queue.shapes or queue.shape_gpus[shape] != held or queue.shape_pools[shape] != pools:
        return NONE
    if wall == queue.walls or queue.wall[wall] != estimate:
        return NONE
    return shape * MOST_WALLS + wall


@entry
def take_in(
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


@entry
def rebucket(queues: Queues, slot_records: Any, slots_in_all: int) -> None:
    """Tell the jobs that wait or run their buckets anew, after the table of buckets has changed."""
    queue = queues[0]
    slots = rows(slot_records)
    for slot in range(slots_in_all):
        job = slots[slot]
        if job.state != FREE:
            job.bucket = bucket_of(queue, job.held, job.pools, job.estimate)
