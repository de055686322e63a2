"""Few sizes and few wall limits: jobs of one shape and one estimate differ by age alone, so the oldest is next.

A shape is (GPUs held, pools allowed), and shapes stand in the order of their GPUs. The buckets of a shape stand in the
order of their estimates, so that all those short enough are a prefix; a bit says which are not empty.
"""

from __future__ import annotations

from typing import Any

from sim.queue.kernel.compiler import embedded, entry, fetch, part, rows
from sim.queue.kernel.layout import FREE, MOST_WALLS, NEVER, NONE, Queue, Queues, Slots, Store

# A bucket has two numbers in the store: the rank of its oldest job (NEVER when empty), and that job's slot.
_BUCKETS = MOST_WALLS * MOST_WALLS


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
def rebucket(queues: Queues, slot_records: Any, slots_in_all: int) -> None:
    """Give the jobs that wait or run new buckets, after the table of buckets has changed."""
    queue = queues[0]
    slots = rows(slot_records)
    for slot in range(slots_in_all):
        job = slots[slot]
        if job.state != FREE:
            job.bucket = bucket_of(queue, job.held, job.pools, job.estimate)


@embedded
def enter(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Put a job into its bucket: behind the others, or, requeued, at the place of its number."""
    bucket = slots[slot].bucket
    heads, chains = queue.bucket_at + bucket, queue.bucket_at + _BUCKETS + bucket
    tails = chains + _BUCKETS
    rank = slots[slot].rank
    if store[heads] == NEVER:
        store[heads], store[chains], store[tails] = rank, slot, slot
        slots[slot].after = NONE
        queue.shape_bits[bucket // MOST_WALLS] |= 1 << (bucket % MOST_WALLS)
    elif rank > slots[store[tails]].rank:
        slots[store[tails]].after = slot
        slots[slot].after = NONE
        store[tails] = slot
    elif rank < store[heads]:
        slots[slot].after = store[chains]
        store[heads], store[chains] = rank, slot
    else:
        before = store[chains]
        while slots[slots[before].after].rank < rank:
            before = slots[before].after
        slots[slot].after = slots[before].after
        slots[before].after = slot


@embedded
def leave(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Take a job out of its bucket: the oldest, as a rule, for no other ever starts."""
    bucket, after = slots[slot].bucket, slots[slot].after
    heads, chains = queue.bucket_at + bucket, queue.bucket_at + _BUCKETS + bucket
    if store[chains] != slot:
        before = store[chains]
        while slots[before].after != slot:
            before = slots[before].after
        slots[before].after = after
        if after == NONE:
            store[chains + _BUCKETS] = before
    elif after == NONE:
        store[heads] = NEVER
        queue.shape_bits[bucket // MOST_WALLS] &= ~(1 << (bucket % MOST_WALLS))
    else:
        store[heads], store[chains] = slots[after].rank, after
        fetch(slots, slots[after].after)  # its turn comes next


@embedded
def longest_seconds(queue: Queue, shape: int, now: int) -> int:
    """The longest estimate with which a job of this shape may start now without moving the head; NONE if none may."""
    gpus, allowed = queue.shape_gpus[shape], queue.shape_pools[shape]
    longest = NONE
    for pool in range(queue.pools):
        if (allowed >> pool) & 1 and queue.usable[pool] >= gpus:
            limit = queue.retires[pool]
            if pool == queue.reserved_pool and gpus > queue.extra:
                limit = min(limit, queue.shadow)
            longest = max(longest, limit - now)
    return longest


@embedded
def short_enough(queue: Queue, seconds: int) -> int:
    """Number of the wall limits that are at most `seconds`."""
    if seconds < queue.wall[0]:
        return 0
    if seconds >= queue.wall[queue.walls - 1]:
        return queue.walls
    count = 0
    for wall in range(queue.walls):
        count += queue.wall[wall] <= seconds
    return count


@embedded
def oldest(queue: Queue, store: Store, now: int, most_gpus: int, last_rank: int) -> int:
    """The slot of the job with the least number, up to `last_rank`, that may start now; NONE if there is none."""
    best = NEVER
    row = NONE
    for shape in range(queue.shapes):
        if queue.shape_gpus[shape] > most_gpus:
            break
        if queue.shape_bits[shape] == 0:
            continue
        within = short_enough(queue, longest_seconds(queue, shape, now))
        # Those that wait are as a rule those that may not start.
        if queue.shape_bits[shape] & ((1 << within) - 1) == 0:
            continue
        first = queue.bucket_at + shape * MOST_WALLS
        least = NEVER
        # No way out of the loop, so that the compiler can look at several buckets at once.
        for bucket in range(first, first + within):
            least = min(least, store[bucket])
        if least < best:
            best, row = least, first
    if row == NONE or best > last_rank:
        return NONE
    while store[row] != best:
        row += 1
    return store[row + _BUCKETS]


@part
def shortest(queue: Queue, store: Store, now: int, most_gpus: int, last_rank: int) -> int:
    """The slot of the job with the least estimate, then number, that may start now; NONE if there is none."""
    best, best_wall, chosen = NEVER, NEVER, NONE
    for shape in range(queue.shapes):
        if queue.shape_gpus[shape] > most_gpus:
            break
        first = queue.bucket_at + shape * MOST_WALLS
        for wall in range(short_enough(queue, longest_seconds(queue, shape, now))):
            rank = store[first + wall]
            if rank <= last_rank:
                if wall < best_wall or (wall == best_wall and rank < best):
                    best, best_wall, chosen = rank, wall, first + wall
                break
    return chosen if chosen == NONE else store[chosen + _BUCKETS]


@embedded
def any_may_start(queue: Queue, now: int, most_gpus: int) -> bool:
    """Whether any job would fit without a reservation; if not, none need be made."""
    for shape in range(queue.shapes):
        if queue.shape_gpus[shape] > most_gpus:
            return False
        if queue.shape_bits[shape] == 0:
            continue
        gpus, allowed = queue.shape_gpus[shape], queue.shape_pools[shape]
        longest = NONE
        for pool in range(queue.pools):
            if (allowed >> pool) & 1 and queue.usable[pool] >= gpus:
                longest = max(longest, queue.retires[pool] - now)
        within = short_enough(queue, longest)
        if queue.shape_bits[shape] & ((1 << within) - 1):
            return True
    return False
