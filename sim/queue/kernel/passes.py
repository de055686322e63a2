"""The scheduling pass: start jobs from the head while they fit, then let others backfill as the rules allow."""

from __future__ import annotations

from sim.queue.kernel import backfill, buckets, layout
from sim.queue.kernel.compiler import embedded, part
from sim.queue.kernel.conservative import start_reserved
from sim.queue.kernel.layout import NONE, Queue, Slots, Store
from sim.queue.kernel.line import arrange, compact, rescore
from sim.queue.kernel.running import begin, ended_gpus, estimate_seconds
from sim.queue.kernel.waiting import leave


@part
def _first_pool(queue: Queue, slots: Slots, slot: int, now: int) -> int:
    """The pool in which the head may start now, the last one first; NONE if there is none."""
    job = slots[slot]
    for pool in range(queue.pools - 1, -1, -1):
        if not (job.pools >> pool) & 1 or queue.usable[pool] < job.held:
            continue
        if now + estimate_seconds(queue, slots, slot, pool) <= queue.retires[pool]:
            return pool
    return NONE


@part
def run_pass(queue: Queue, slots: Slots, store: Store, now: int) -> None:
    """One scheduling pass at `now`."""
    if queue.waiting == 0:
        return
    for pool in range(queue.pools):
        queue.usable[pool] = queue.free[pool]
        if queue.order == layout.PER_EVENT:
            queue.usable[pool] += ended_gpus(queue, slots, store, pool, now)
    if queue.index == layout.LINE:
        if queue.sorted_by == layout.WFP3 or queue.sorted_by == layout.UNICEF:
            rescore(queue, slots, store, queue.waiting, now)
            arrange(queue, slots, store, queue.waiting)
        _pass_of_line(queue, slots, store, now)
    else:
        _pass_of_chain(queue, slots, store, now)


@part
def _only_one_joined(queue: Queue, slots: Slots) -> bool:
    """Whether nothing has changed since the last pass but that one job has joined behind others."""
    if queue.changed or queue.order == layout.PER_EVENT:
        return False
    before = slots[queue.last].previous
    return before != NONE and slots[before].rank < queue.seen


@embedded
def _pass_for_newest(queue: Queue, slots: Slots, store: Store, now: int) -> None:
    """Let the last job start, if it may: those that could not start before cannot now, for time only runs out."""
    slot = queue.last
    if queue.backfilling != layout.EASY or queue.depth == 0 or slots[slot].rank > backfill.last_rank(queue, slots):
        return
    if _first_pool(queue, slots, slot, now) == NONE:
        return
    if queue.reserved_for != queue.first:
        backfill.reserve(queue, slots, store, queue.first)
    pool = backfill.spare_pool(queue, slots, slot, now)
    if pool != NONE:
        leave(queue, slots, store, slot)
        begin(queue, slots, store, slot, pool, now)


@part
def _pass_of_chain(queue: Queue, slots: Slots, store: Store, now: int) -> None:
    """A pass in the order of the numbers."""
    if _only_one_joined(queue, slots):
        queue.seen = queue.ranks
        _pass_for_newest(queue, slots, store, now)
        return
    queue.seen = queue.ranks
    # Where backfilling does not look at all jobs, others may have moved up by the next pass.
    queue.changed = queue.waiting > queue.depth
    while queue.first != NONE:
        head = queue.first
        pool = _first_pool(queue, slots, head, now)
        if pool == NONE:
            break
        leave(queue, slots, store, head)
        begin(queue, slots, store, head, pool, now)
        queue.reserved_for = queue.fits_for = NONE
    if queue.backfilling != layout.EASY or queue.depth == 0 or queue.waiting < 2:
        return
    most = backfill.most_usable(queue)
    if most <= 0 or (queue.index == layout.BUCKETS and not buckets.any_may_start(queue, now, most)):
        return
    if queue.reserved_for != queue.first:
        backfill.reserve(queue, slots, store, queue.first)
    if queue.index == layout.BUCKETS:
        backfill.by_buckets(queue, slots, store, now, most)
    elif queue.scan == layout.SHORTEST:
        backfill.by_length(queue, slots, store, now, most)
    else:
        backfill.by_tree(queue, slots, store, now, most)


@part
def _pass_of_line(queue: Queue, slots: Slots, store: Store, now: int) -> None:
    """A pass in the order of the line; those that start leave it together at the end."""
    line = queue.line_at
    waiting = queue.waiting
    started = 0
    if queue.backfilling == layout.CONSERVATIVE:
        if start_reserved(queue, slots, store, now):
            compact(queue, slots, store, waiting)
        return
    while started < waiting:
        head = store[line + started]
        pool = _first_pool(queue, slots, head, now)
        if pool == NONE:
            break
        begin(queue, slots, store, head, pool, now)
        queue.reserved_for = queue.fits_for = NONE
        started += 1
    left = waiting - started
    backfilled = 0
    if queue.backfilling == layout.EASY and queue.depth > 0 and left > 1:
        most = backfill.most_usable(queue)
        if most > 0:
            backfilled = backfill.in_line(queue, slots, store, now, started, min(left - 1, queue.depth), most)
    if started or backfilled:
        compact(queue, slots, store, waiting)
