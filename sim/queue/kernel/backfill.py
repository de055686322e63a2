"""Backfilling round the head: who may start now without moving the one reservation there is."""

from __future__ import annotations

from sim.queue.kernel import buckets, tree
from sim.queue.kernel.compiler import part
from sim.queue.kernel.layout import BY_NUMBER, IN_ORDER, LINE, NEVER, NONE, SHORTEST, Queue, Slots, Store
from sim.queue.kernel.membership import leave
from sim.queue.kernel.running import begin, estimate_seconds, reserve


@part
def most_usable(queue: Queue) -> int:
    """The GPUs of the pool that has most."""
    most = 0
    for pool in range(queue.pools):
        most = max(most, queue.usable[pool])
    return most


@part
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


@part
def last_rank(queue: Queue, slots: Slots) -> int:
    """Number of the last job that backfilling looks at; those that start in a pass do not let others move up."""
    return slots[queue.cut].rank if queue.depth < NEVER else NEVER - 1


@part
def backfill_by_buckets(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
    """Backfill from the buckets: those that cannot start now cannot start later in this pass either."""
    last = last_rank(queue, slots)
    while most > 0:
        if queue.scan == SHORTEST:
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
def backfill_by_tree(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
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
    if queue.scan == SHORTEST and slots[one].estimate != slots[other].estimate:
        return slots[one].estimate < slots[other].estimate
    return slots[one].position < slots[other].position


@part
def _sift(queue: Queue, slots: Slots, store: Store, count: int, place: int) -> None:
    """Let a candidate sink in the heap of those to be offered the GPUs."""
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
    """Offer the GPUs to the candidates in the scratch stretch, in the order of the scan; returns how many started."""
    started = 0
    heap = queue.scratch_at
    for place in range(count // 2 - 1, -1, -1):
        _sift(queue, slots, store, count, place)
    while count > 0 and most > 0:
        slot = store[heap]
        count -= 1
        store[heap] = store[heap + count]
        _sift(queue, slots, store, count, 0)
        if slots[slot].held > most:
            continue
        pool = spare_pool(queue, slots, slot, now)
        if pool == NONE:
            continue
        if queue.index != LINE:
            leave(queue, slots, store, slot)
        begin(queue, slots, store, slot, pool, now)
        started += 1
        most = most_usable(queue)
    return started


@part
def backfill_by_length(queue: Queue, slots: Slots, store: Store, now: int, most: int) -> None:
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
def backfill_in_line(queue: Queue, slots: Slots, store: Store, now: int, head: int, candidates: int, most: int) -> int:
    """Backfill from the line round the job at place `head`; returns how many started."""
    line = queue.line_at
    if queue.reserved_for != store[line + head]:
        reserve(queue, slots, store, store[line + head])
    count = 0
    for place in range(line + head + 1, line + head + 1 + candidates):
        slot = store[place]
        if slots[slot].held > most:
            continue
        if queue.scan == IN_ORDER:
            pool = spare_pool(queue, slots, slot, now)
            if pool != NONE:
                begin(queue, slots, store, slot, pool, now)
                count += 1
                most = most_usable(queue)
                if most <= 0:
                    break
        else:
            slots[slot].position = slots[slot].rank if queue.scan == BY_NUMBER else place
            store[queue.scratch_at + count] = slot
            count += 1
    return count if queue.scan == IN_ORDER else _offer(queue, slots, store, count, now, most)
