"""Waiting jobs: how one arrives, joins, leaves to start, or is rejected; and their chain in the order of their numbers.

Beside the chain an index finds jobs that may start: `buckets` or `tree`. Where jobs are served in another order than
that of their numbers, they stand in a `line` instead of both.
"""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import buckets, fair_share, layout, line, tree
from sim.queue.kernel.buckets import bucket_of
from sim.queue.kernel.compiler import embedded, entry, fetch, numbers, part, rows
from sim.queue.kernel.layout import NEVER, NONE, Queue, Queues, Slots, Store


@embedded
def too_large(queue: Queue, held: int, pools: int) -> bool:
    """Whether no pool that a job may use will ever be large enough for it."""
    fits = 0
    for pool in range(queue.pools):
        fits += (pools >> pool) & 1 and held <= queue.largest[pool]
    return fits == 0


@part
def predecessor(queue: Queue, slots: Slots, rank: int) -> int:
    """The waiting job with the largest number below `rank`, looked for from both ends of the chain at once.

    A job that is requeued is nearly always close to one of the ends: it is as old as those that start now.
    """
    front, back = queue.first, queue.last
    before = NONE
    while back != NONE and slots[back].rank > rank:
        if slots[front].rank > rank:
            return before
        before = front
        front = slots[front].next
        back = slots[back].previous
    return back


@embedded
def chain(queue: Queue, slots: Slots, slot: int) -> None:
    """Put a job into the chain at the place of its number."""
    rank = slots[slot].rank
    before = queue.last
    if before != NONE and slots[before].rank > rank:
        before = predecessor(queue, slots, rank)
    after = queue.first if before == NONE else slots[before].next
    slots[slot].previous = before
    slots[slot].next = after
    if before == NONE:
        queue.first = slot
    else:
        slots[before].next = slot
    if after == NONE:
        queue.last = slot
    else:
        slots[after].previous = slot
    if queue.depth < NEVER:
        _extend_scan(queue, slots, slot)


@part
def _extend_scan(queue: Queue, slots: Slots, slot: int) -> None:
    """Keep `cut` at the job `depth` places behind the head, after a job has joined."""
    rank = slots[slot].rank
    if queue.cut_count <= queue.depth:
        queue.cut_count += 1
        if queue.cut == NONE or slots[queue.cut].rank < rank:
            queue.cut = slot
    elif rank < slots[queue.cut].rank:
        queue.cut = slots[queue.cut].previous


@part
def _shorten_scan(queue: Queue, slots: Slots, slot: int) -> None:
    """Keep `cut` at the job `depth` places behind the head, before a job leaves."""
    if slots[slot].rank > slots[queue.cut].rank:
        return
    after = slots[queue.cut].next
    if after != NONE:
        queue.cut = after
    else:
        queue.cut_count -= 1
        if queue.cut == slot:
            queue.cut = slots[slot].previous


@embedded
def unchain(queue: Queue, slots: Slots, slot: int) -> None:
    """Take a job out of the chain."""
    if queue.depth < NEVER:
        _shorten_scan(queue, slots, slot)
    before, after = slots[slot].previous, slots[slot].next
    if before == NONE:
        queue.first = after
    else:
        slots[before].next = after
    if after == NONE:
        queue.last = before
    else:
        slots[after].previous = before


@embedded
def join(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Give a job its place among those that wait."""
    job = slots[slot]
    job.state = layout.WAITING
    queue.backlog += job.held * job.request
    if queue.index == layout.LINE:
        line.enter(queue, slots, store, slot, queue.waiting)
    else:
        chain(queue, slots, slot)
        enter_index(queue, slots, store, slot)
    queue.waiting += 1
    queue.longest_queue = max(queue.longest_queue, queue.waiting)


@embedded
def enter_index(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Put a job into the index that finds jobs that may start."""
    if queue.index == layout.BUCKETS:
        buckets.enter(queue, slots, store, slot)
    else:
        tree.enter(queue, slots, store, slot)


@embedded
def leave(queue: Queue, slots: Slots, store: Store, slot: int) -> None:
    """Take a job that is about to start, or is rejected, out of the chain and its index."""
    queue.waiting -= 1
    queue.backlog -= slots[slot].held * slots[slot].request
    unchain(queue, slots, slot)
    if queue.index == layout.BUCKETS:
        buckets.leave(queue, slots, store, slot)
    else:
        tree.leave(queue, slots, store, slot)


@embedded
def report(queue: Queue, slots: Slots, finished: Any, slot: int, rejected: int) -> None:
    """Write down what became of a job, and give its slot to the next one."""
    job, row = slots[slot], finished[queue.finished]
    queue.finished += 1
    row.rank = job.rank
    row.submit = job.submit
    row.first_start = job.first_start
    row.start = job.start
    row.end = job.end
    row.lost = job.lost
    row.held = job.held
    row.restarts = job.restarts
    row.tier = job.tier
    row.pool = job.pool
    row.rejected = rejected
    job.state = layout.FREE
    job.next = queue.free_slot
    queue.free_slot = slot


@embedded
def settle(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, finished: Any, slot: int, now: int
) -> None:
    """Let a job join the queue with the score of the moment, or reject it where no pool will ever be large enough."""
    if too_large(queue, slots[slot].held, slots[slot].pools):
        report(queue, slots, finished, slot, layout.TOO_LARGE)
        return
    if queue.sorted_by == layout.MULTIFACTOR:
        fair_share.rank(queue, slots, users, accounts, slot, now)
    join(queue, slots, store, slot)


@entry
def rebuild_index(queues: Queues, slot_records: Any, store_numbers: Any) -> None:
    """Build the index of the waiting jobs again, after its memory has been cleared; their chain has been kept."""
    queue = queues[0]
    slots, store = rows(slot_records), numbers(store_numbers)
    slot = queue.first
    while slot != NONE:
        enter_index(queue, slots, store, slot)
        slot = slots[slot].next


@entry
def reject_too_large(queues: Queues, slot_records: Any, store_numbers: Any, finished_records: Any) -> None:
    """Take out waiting jobs that the machine will never hold: as a head they would block the others for ever."""
    queue = queues[0]
    slots, store, finished = rows(slot_records), numbers(store_numbers), rows(finished_records)
    if queue.index == layout.LINE:
        _reject_from_line(queue, slots, store, finished)
        return
    slot = queue.first
    while slot != NONE:
        after = slots[slot].next
        if too_large(queue, slots[slot].held, slots[slot].pools):
            leave(queue, slots, store, slot)
            report(queue, slots, finished, slot, layout.TOO_LARGE)
        slot = after


@part
def _reject_from_line(queue: Queue, slots: Slots, store: Store, finished: Any) -> None:
    """Take jobs that the machine will never hold out of the line."""
    kept = 0
    for place in range(queue.line_at, queue.line_at + queue.waiting):
        slot = store[place]
        if too_large(queue, slots[slot].held, slots[slot].pools):
            queue.backlog -= slots[slot].held * slots[slot].request
            report(queue, slots, finished, slot, layout.TOO_LARGE)
        else:
            store[queue.line_at + kept] = slot
            kept += 1
    queue.waiting = kept


@entry
def load(
    queues: Queues, arrival_records: Any, unit: int,
    submit: Any, run: Any, request: Any, gpus: Any, pools: Any, user: Any, tier: Any, campaign: Any, tolerance: Any,
    static: Any,
) -> int:  # fmt: skip
    """Fill the first records with the jobs of a chunk [job]; returns how many have no bucket, where they need one.

    unit: GPUs are held in multiples of it.
    """
    queue = queues[0]
    incoming = rows(arrival_records)
    unknown = 0
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
        new.campaign = campaign[job]
        new.tolerance = tolerance[job]
        new.static = static[job]
        if queue.index == layout.BUCKETS:
            new.bucket = bucket_of(queue, held, pools[job], request[job])
            unknown += new.bucket == NONE
    return unknown


@embedded
def put_off(queue: Queue, store: Store, new: Any, now: int) -> bool:
    """Whether a job is withdrawn: the first of a campaign by the backlog, the others as the first was.

    The backlog is what waited before the submissions of this second, in seconds of the whole machine: what is asked
    for counts by what jobs have used of it so far, for users know that jobs end sooner than they ask.
    """
    word, bit = queue.verdicts_at + (new.campaign >> layout.WORD_BITS), 1 << (new.campaign & layout.WORD_MASK)
    if new.tolerance < 0:
        return store[word] & bit != 0
    if queue.looked_at != now:
        queue.looked_at = now
        queue.looked_backlog = queue.backlog
    gpus = 0
    for pool in range(queue.pools):
        gpus += max(queue.capacity[pool], 0)
    used = float(queue.work) / float(queue.asked) if queue.asked > 0 else 1.0
    if float(queue.looked_backlog) * used <= float(new.tolerance) * max(gpus, 1):
        return False
    store[word] |= bit
    return True


@embedded
def usual_seconds(queue: Queue, work: int) -> int:
    """Seconds that work takes at the mean speed of the GPUs in service: requests are in seconds, whatever the speed."""
    gpus, serving = 0, 0
    for pool in range(queue.pools):
        here = max(queue.capacity[pool], 0)
        gpus += here
        serving += here * queue.speed[pool]
    return work if serving == 0 else work * gpus * layout.BASE_SPEED // serving


@part
def arrive(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, incoming: Any, finished: Any, now: int
) -> bool:
    """Let the next job in the chunk join the queue; False where memory must grow first."""
    if queue.free_slot == NONE:
        return False
    if queue.index == layout.TREE and queue.first != NONE and queue.ranks - slots[queue.first].rank >= queue.tree_size:
        return False
    slot = queue.free_slot
    queue.free_slot = slots[slot].next
    fetch(slots, queue.free_slot)  # for the one that comes next
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
    seconds = min(usual_seconds(queue, job.remaining), job.request)
    if new.tolerance < layout.ANY_BACKLOG and put_off(queue, store, new, now):
        queue.withdrawn += job.held * seconds
        report(queue, slots, finished, slot, layout.WITHDRAWN)
        return True
    queue.work += job.held * seconds
    queue.asked += job.held * job.request
    settle(queue, slots, store, users, accounts, finished, slot, now)
    return True
