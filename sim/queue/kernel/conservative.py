"""Conservative backfilling: a plan for each pool of what is free from when on, and reservations cut out of it.

A plan is two sorted rows in the store, seconds and GPUs free from then on. It begins at the present; a point that has
become superfluous stays in it for the rest of the pass, for it does no harm.
"""

from __future__ import annotations

from sim.queue.kernel.compiler import move, part
from sim.queue.kernel.layout import NEVER, NONE, SLOT_BITS, SLOT_MASK, Queue, Slots, Store
from sim.queue.kernel.running import begin, estimate_seconds, list_end, position


@part
def _seconds_at(queue: Queue, pool: int) -> int:
    """Place in the store where the seconds of a plan begin; the GPUs begin `plan_length` later."""
    return queue.plan_at + 2 * pool * queue.plan_length


@part
def _point(queue: Queue, store: Store, pool: int, second: int) -> int:
    """The place of a second in a plan, which becomes a point of it if it was none."""
    row = _seconds_at(queue, pool)
    count = queue.plan_points[pool]
    place = position(store, row, count, second)
    if place < row + count and store[place] == second:
        return place - row
    gpus = place + queue.plan_length
    move(store, place + 1, place, row + count - place)
    move(store, gpus + 1, gpus, row + count - place)
    store[place] = second
    store[gpus] = store[gpus - 1]
    queue.plan_points[pool] = count + 1
    return place - row


@part
def _change(queue: Queue, store: Store, pool: int, begins: int, ends: int, gpus: int) -> None:
    """Add `gpus` to what is free from one second to another."""
    first = _point(queue, store, pool, begins)
    last = _point(queue, store, pool, ends)
    row = _seconds_at(queue, pool) + queue.plan_length
    for place in range(row + first, row + last):
        store[place] += gpus


@part
def _draw_up(queue: Queue, slots: Slots, store: Store, now: int) -> None:
    """Plans from what is usable now, what running jobs will give back, and the reservations that stand."""
    for pool in range(queue.pools):
        row = _seconds_at(queue, pool)
        store[row] = now
        store[row + queue.plan_length] = queue.usable[pool]
        queue.plan_points[pool] = 1
        free = queue.usable[pool]
        stop = list_end(queue, pool)
        for place in range(stop - queue.listed[pool], stop):
            ends = store[place] >> SLOT_BITS
            if ends <= now:
                continue
            free += store[queue.held_at + (store[place] & SLOT_MASK)]
            last = row + queue.plan_points[pool] - 1
            if store[last] != ends:
                last += 1
                queue.plan_points[pool] += 1
            store[last] = ends
            store[last + queue.plan_length] = free
    for place in range(queue.line_at, queue.line_at + queue.waiting):
        job = slots[store[place]]
        if queue.reservations_void:
            job.reserved_pool = NONE
        elif job.reserved_pool != NONE:
            _change(queue, store, job.reserved_pool, job.reserved_start, job.reserved_end, -job.held)
    queue.reservations_void = 0


@part
def _earliest(queue: Queue, store: Store, pool: int, gpus: int, wanted: int) -> int:
    """The earliest second of a plan from which so many GPUs are free for `wanted` seconds; NEVER if there is none."""
    row = _seconds_at(queue, pool)
    stop = row + queue.plan_points[pool]
    first = NEVER
    for place in range(row, stop):
        if store[place + queue.plan_length] < gpus:
            first = NEVER
            continue
        if first == NEVER:
            first = store[place]
        if place + 1 == stop or store[place + 1] >= first + wanted:
            return first
    return NEVER


@part
def _reserve(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Give a job the best reservation there is, a later pool only for an earlier start."""
    job = slots[slot]
    job.reserved_pool = NONE
    job.reserved_start = NEVER
    for pool in range(queue.pools - 1, -1, -1):
        if not (job.pools >> pool) & 1:
            continue
        wanted = estimate_seconds(queue, slots, slot, pool)
        start = _earliest(queue, store, pool, job.held, wanted)
        if start < job.reserved_start and start + wanted <= queue.retires[pool]:
            job.reserved_pool = pool
            job.reserved_start = start
            job.reserved_end = start + wanted


@part
def start_reserved(queue: Queue, slots: Slots, store: Store, now: int) -> int:
    """Number of jobs that a pass starts: in the order of the queue it renews reservations, and starts what is due."""
    _draw_up(queue, slots, store, now)
    started, passed = 0, 0
    for place in range(queue.line_at, queue.line_at + queue.waiting):
        if passed > queue.depth:
            break
        slot = store[place]
        job = slots[slot]
        if job.reserved_pool != NONE:
            _change(queue, store, job.reserved_pool, job.reserved_start, job.reserved_end, job.held)
        _reserve(queue, slots, store, slot)
        if job.reserved_pool != NONE:
            _change(queue, store, job.reserved_pool, job.reserved_start, job.reserved_end, -job.held)
        if job.reserved_pool != NONE and job.reserved_start == now:
            begin(queue, slots, store, slot, job.reserved_pool, now)
            job.reserved_pool = NONE
            started += 1
            passed += passed > 0
        else:
            passed += 1
    return started
