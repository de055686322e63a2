"""Backfilling round the head: who may start now without moving the one reservation there is."""

from __future__ import annotations

from sim.queue.kernel import buckets, layout, tree
from sim.queue.kernel.compiler import embedded, part
from sim.queue.kernel.layout import NEVER, NONE, SLOT_BITS, SLOT_MASK, Queue, Slots, Store
from sim.queue.kernel.running import begin, estimate_seconds, list_end
from sim.queue.kernel.waiting import leave


@part
def _find_first_fit(queue: Queue, slots: Slots, store: Store, head: int, pool: int) -> None:
    """Note when, by the estimates, the head fits in a pool first, and how many GPUs are left over then."""
    held = slots[head].held
    queue.stale[pool] = 0
    queue.first_fit[pool] = NEVER
    available = queue.free[pool]
    # With GPUs to spare the head waits because the pool retires too soon, and time will not change that.
    if available >= held or queue.capacity[pool] < held:
        return
    stop = list_end(queue, pool)
    place = stop - queue.listed[pool]
    while available < held:
        available += store[queue.held_at + (store[place] & SLOT_MASK)]
        place += 1
    shadow = store[place - 1] >> SLOT_BITS
    # All that ends at the shadow time is left over for others, not only the jobs that are listed first.
    while place < stop and store[place] >> SLOT_BITS == shadow:
        available += store[queue.held_at + (store[place] & SLOT_MASK)]
        place += 1
    if shadow + estimate_seconds(queue, slots, head, pool) <= queue.retires[pool]:
        queue.first_fit[pool] = shadow
        queue.left_over[pool] = available - held


@part
def reserve(queue: Queue, slots: Slots, store: Store, head: int) -> None:
    """Reserve for the head the pool and the time at which, by the estimates, it fits first.

    Only pools in which a job has started or ended since the last time are looked at again.
    """
    if queue.fits_for != head:
        queue.fits_for = head
        for pool in range(queue.pools):
            queue.stale[pool] = 1
    queue.reserved_for = head
    queue.reserved_pool = NONE
    queue.shadow = NEVER
    queue.extra = 0
    allowed = slots[head].pools
    for pool in range(queue.pools - 1, -1, -1):
        if not (allowed >> pool) & 1:
            continue
        if queue.stale[pool]:
            _find_first_fit(queue, slots, store, head, pool)
        if queue.first_fit[pool] < queue.shadow:
            queue.shadow = queue.first_fit[pool]
            queue.reserved_pool = pool
            queue.extra = queue.left_over[pool]


@embedded
def most_usable(queue: Queue) -> int:
    """The GPUs of the pool that has most."""
    most = 0
    for pool in range(queue.pools):
        most = max(most, queue.usable[pool])
    return most


@embedded
def spare_pool(queue: Queue, slots: Slots, slot: int, now: int) -> int:
    """The pool in which a candidate may start now without moving the head; takes what it uses of the head's extra."""
    job = slots[slot]
    for pool in range(queue.pools - 1, -1, -1):
        if not (job.pools >> pool) & 1 or queue.usable[pool] < job.held:
            continue
        ends = now + estimate_seconds(queue, slots, slot, pool)
        if ends > queue.retires[pool]:
            continue
        if pool == queue.reserved_pool and ends > queue.shadow:
            if job.held > queue.extra:
                continue
            queue.extra -= job.held
        return pool
    return NONE


@embedded
def last_rank(queue: Queue, slots: Slots) -> int:
    """Number of the last job that backfilling looks at; none moves up when others start in the same pass."""
    return slots[queue.cut].rank if queue.depth < NEVER else NEVER - 1


@embedded
def by_buckets(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
    """Backfill from the buckets: those that cannot start now cannot start later in this pass either."""
    last = last_rank(queue, slots)
    while most > 0:
        if queue.scan == layout.SHORTEST:
            slot = buckets.shortest(queue, store, now, most, last)
        else:
            slot = buckets.oldest(queue, store, now, most, last)
        if slot == NONE:
            return
        pool = spare_pool(queue, slots, slot, now)
        leave(queue, slots, store, slot)
        begin(queue, slots, store, slot, pool, now)
        most = most_usable(queue)


@part
def _longest(queue: Queue, now: int) -> int:
    """An estimate that no candidate which might start now and is too large for the extra can exceed."""
    longest = NONE
    for pool in range(queue.pools):
        limit = queue.retires[pool]
        if pool == queue.reserved_pool:
            limit = min(limit, queue.shadow)
        longest = max(longest, limit - now)
    return longest


@part
def _extra(queue: Queue) -> int:
    """GPUs that a candidate may use however long it runs: as far as the reservation goes."""
    return queue.extra if queue.reserved_pool != NONE else NEVER - 1


@part
def by_tree(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
    """Backfill from the tree, in the order of the numbers."""
    last = last_rank(queue, slots)
    rank = slots[queue.first].rank + 1
    longest = _longest(queue, now)
    while most > 0 and queue.waiting > 0:
        slot = tree.next_candidate(queue, slots, store, rank, most, longest, _extra(queue))
        if slot == NONE or slots[slot].rank > last:
            return
        rank = slots[slot].rank + 1
        pool = spare_pool(queue, slots, slot, now)
        if pool != NONE:
            leave(queue, slots, store, slot)
            begin(queue, slots, store, slot, pool, now)
            most = most_usable(queue)


@part
def _sooner(queue: Queue, slots: Slots, one: int, other: int) -> bool:
    """Whether one candidate is offered the GPUs before another, in a scan that is not in the order of the line."""
    if queue.scan == layout.SHORTEST and slots[one].estimate != slots[other].estimate:
        return slots[one].estimate < slots[other].estimate
    return slots[one].position < slots[other].position


@part
def _sift_down(queue: Queue, slots: Slots, store: Store, count: int, place: int) -> None:
    """Put a candidate at its place in the heap of those to be offered the GPUs."""
    heap = queue.scratch_at
    slot = store[heap + place]
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and _sooner(queue, slots, store[heap + child + 1], store[heap + child]):
            child += 1
        if not _sooner(queue, slots, store[heap + child], slot):
            break
        store[heap + place] = store[heap + child]
        place = child
    store[heap + place] = slot


@part
def _offer(queue: Queue, slots: Slots, store: Store, count: int, now: int, most: int) -> int:
    """Number of candidates in the scratch segment that start: they are offered the GPUs in the order of the scan."""
    started = 0
    heap = queue.scratch_at
    for place in range(count // 2 - 1, -1, -1):
        _sift_down(queue, slots, store, count, place)
    while count > 0 and most > 0:
        slot = store[heap]
        count -= 1
        store[heap] = store[heap + count]
        _sift_down(queue, slots, store, count, 0)
        if slots[slot].held > most:
            continue
        pool = spare_pool(queue, slots, slot, now)
        if pool == NONE:
            continue
        if queue.index != layout.LINE:
            leave(queue, slots, store, slot)
        begin(queue, slots, store, slot, pool, now)
        started += 1
        most = most_usable(queue)
    return started


@part
def by_length(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
    """Backfill from the tree, the shortest estimate first."""
    last = last_rank(queue, slots)
    rank = slots[queue.first].rank + 1
    longest = _longest(queue, now)
    count = 0
    while True:
        slot = tree.next_candidate(queue, slots, store, rank, most, longest, _extra(queue))
        if slot == NONE or slots[slot].rank > last:
            break
        rank = slots[slot].rank + 1
        slots[slot].position = slots[slot].rank
        store[queue.scratch_at + count] = slot
        count += 1
    _offer(queue, slots, store, count, now, most)


@part
def in_line(queue: Queue, slots: Slots, store: Store, now: int, head: int, candidates: int, most: int) -> int:
    """Number of jobs that backfill from the line round the job at place `head`."""
    line = queue.line_at
    if queue.reserved_for != store[line + head]:
        reserve(queue, slots, store, store[line + head])
    count = 0
    for place in range(line + head + 1, line + head + 1 + candidates):
        slot = store[place]
        if slots[slot].held > most:
            continue
        if queue.scan == layout.IN_ORDER:
            pool = spare_pool(queue, slots, slot, now)
            if pool != NONE:
                begin(queue, slots, store, slot, pool, now)
                count += 1
                most = most_usable(queue)
                if most <= 0:
                    break
        else:
            slots[slot].position = slots[slot].rank if queue.scan == layout.BY_NUMBER else place
            store[queue.scratch_at + count] = slot
            count += 1
    return count if queue.scan == layout.IN_ORDER else _offer(queue, slots, store, count, now, most)
