"""Running jobs: a heap of their ends, and for each pool a sorted list of the ends that the scheduler expects.

A list ends where its segment of the store ends, so that whatever enters or leaves it moves those that end sooner: most
jobs are short, and come and go near the front, whereas the jobs that run long are most of the list.
"""

from __future__ import annotations

from sim.queue.kernel import layout
from sim.queue.kernel.compiler import embedded, move, part
from sim.queue.kernel.layout import NONE, SLOT_BITS, SLOT_MASK, Queue, Slots, Store

_BRANCHES = 4  # of the heap: half the depth of a binary one, and the four children share a cache line


@embedded
def sift_up(store: Store, heap: int, place: int, key: int) -> None:
    """Put `key` where the heap has a hole at `place`, or above it."""
    while place > 0:
        parent = (place - 1) // _BRANCHES
        if store[heap + parent] <= key:
            break
        store[heap + place] = store[heap + parent]
        place = parent
    store[heap + place] = key


@embedded
def push(queue: Queue, store: Store, key: int) -> None:
    """Add an end to the heap."""
    place = queue.running
    queue.running = place + 1
    sift_up(store, queue.heap_at, place, key)


@part
def sift_down(store: Store, heap: int, size: int, place: int, key: int) -> None:
    """Put `key` where the heap has a hole at `place`, or below it."""
    while True:
        child = _BRANCHES * place + 1
        if child >= size:
            break
        least = child
        for other in range(child + 1, min(child + _BRANCHES, size)):
            if store[heap + other] < store[heap + least]:
                least = other
        if store[heap + least] >= key:
            break
        store[heap + place] = store[heap + least]
        place = least
    store[heap + place] = key


@embedded
def pop(queue: Queue, store: Store) -> None:
    """Take the earliest end off the heap.

    The hole is sifted down to the bottom and the last end up from there: it belongs near the bottom nearly always, so
    that comparing it with every level on the way down is work for nothing.
    """
    heap = queue.heap_at
    size = queue.running - 1
    queue.running = size
    key = store[heap + size]
    place = 0
    child = 1
    while child + _BRANCHES <= size:
        one = child + (store[heap + child + 1] < store[heap + child])
        other = child + 2 + (store[heap + child + 3] < store[heap + child + 2])
        least = one + (other - one) * (store[heap + other] < store[heap + one])
        store[heap + place] = store[heap + least]
        place = least
        child = _BRANCHES * place + 1
    if child < size:
        least = child
        for other in range(child + 1, size):
            if store[heap + other] < store[heap + least]:
                least = other
        store[heap + place] = store[heap + least]
        place = least
    sift_up(store, heap, place, key)


@part
def remove(queue: Queue, store: Store, key: int) -> None:
    """Take an end off the heap that will not come, wherever it stands."""
    heap = queue.heap_at
    place = 0
    while store[heap + place] != key:
        place += 1
    size = queue.running - 1
    queue.running = size
    last = store[heap + size]
    # The last end may belong above the hole as well as below it.
    if place > 0 and store[heap + (place - 1) // _BRANCHES] > last:
        sift_up(store, heap, place, last)
    elif place < size:
        sift_down(store, heap, size, place, last)


@part
def position(store: Store, begin: int, count: int, key: int) -> int:
    """The place where `key` stands, or would stand, in a sorted segment of `count` numbers."""
    low, high = begin, begin + count
    while low < high:
        middle = (low + high) >> 1
        if store[middle] < key:
            low = middle + 1
        else:
            high = middle
    return low


@embedded
def list_end(queue: Queue, pool: int) -> int:
    """The place in the store where the list of a pool ends."""
    return queue.lists_at + (pool + 1) * queue.list_length


@embedded
def attempt_seconds(queue: Queue, slots: Slots, slot: int, pool: int) -> int:
    """Seconds for which a job will hold the GPUs of a pool: to its end, or to its wall limit."""
    job = slots[slot]
    speed = queue.speed[pool]
    if speed == layout.BASE_SPEED:
        return min(job.remaining, job.request)
    return min((job.remaining * layout.BASE_SPEED + speed - 1) // speed, job.request)


@embedded
def estimate_seconds(queue: Queue, slots: Slots, slot: int, pool: int) -> int:
    """Seconds for which the scheduler expects a job to hold them."""
    if queue.clairvoyant:
        return attempt_seconds(queue, slots, slot, pool)
    return slots[slot].request


@embedded
def begin(queue: Queue, slots: Slots, store: Store, slot: int, pool: int, now: int) -> None:
    """Start a job in a pool."""
    job = slots[slot]
    length = attempt_seconds(queue, slots, slot, pool)
    if job.first_start < 0:
        job.first_start = now
    job.start = now
    job.end = now + length
    job.expected_end = now + (length if queue.clairvoyant else job.request)
    job.pool = pool
    job.state = layout.RUNNING
    job.started_as = queue.starts
    queue.starts += 1
    queue.free[pool] -= job.held
    queue.usable[pool] -= job.held
    push(queue, store, (job.end << SLOT_BITS) | slot)
    key = (job.expected_end << SLOT_BITS) | slot
    count = queue.listed[pool]
    start = list_end(queue, pool) - count
    place = position(store, start, count, key)
    move(store, start - 1, start, place - start)
    store[place - 1] = key
    queue.listed[pool] = count + 1
    queue.stale[pool] = 1


@embedded
def release(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Free the GPUs of a running job; its end must be taken off the heap apart."""
    job = slots[slot]
    pool = job.pool
    count = queue.listed[pool]
    start = list_end(queue, pool) - count
    place = position(store, start, count, (job.expected_end << SLOT_BITS) | slot)
    move(store, start + 1, start, place - start)
    queue.listed[pool] = count - 1
    queue.free[pool] += job.held
    queue.reserved_for = NONE
    queue.changed = 1
    queue.stale[pool] = 1


@part
def ended_gpus(queue: Queue, slots: Slots, store: Store, pool: int, now: int) -> int:
    """GPUs of running jobs whose expected end has come: not zero only between the events of one instant."""
    stop = list_end(queue, pool)
    ended = 0
    for place in range(stop - queue.listed[pool], stop):
        if store[place] >> SLOT_BITS > now:
            break
        ended += store[queue.held_at + (store[place] & SLOT_MASK)]
    return ended


@part
def job_hit(queue: Queue, slots: Slots, store: Store, pool: int, uniform: float) -> int:
    """The job on the GPU that `uniform` picks, or NONE: idle GPUs first, then jobs by (expected end, number)."""
    stop = list_end(queue, pool)
    start = stop - queue.listed[pool]
    idle = max(queue.free[pool], 0)
    total = idle
    for place in range(start, stop):
        total += store[queue.held_at + (store[place] & SLOT_MASK)]
    left = int(uniform * total) - idle
    if left < 0:
        return NONE
    place = start
    while place < stop:
        # The list breaks ties by slot, but who is hit must not depend on where a job happens to lie in memory.
        end = store[place] >> SLOT_BITS
        tied = place
        while tied < stop and store[tied] >> SLOT_BITS == end:
            tied += 1
        before = NONE
        for _ in range(place, tied):
            lowest = NONE
            for other in range(place, tied):
                slot = store[other] & SLOT_MASK
                rank = slots[slot].rank
                if (before == NONE or rank > slots[before].rank) and (lowest == NONE or rank < slots[lowest].rank):
                    lowest = slot
            left -= slots[lowest].held
            if left < 0:
                return lowest
            before = lowest
        place = tied
    return NONE
