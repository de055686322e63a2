"""Waiting jobs in the order of their number: a chain through the slots, and the last that backfilling looks at."""

from __future__ import annotations

from sim.queue.kernel.compiler import part
from sim.queue.kernel.layout import NEVER, NONE, Queue, Slots


@part
def predecessor(queue: Queue, slots: Slots, rank: int) -> int:
    """The waiting job with the largest number below `rank`, looked for from both ends of the chain at once.

    A job that is thrown back is nearly always close to one of the ends: it is as old as those that start now.
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


@part
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
        _lengthen(queue, slots, slot)


@part
def _lengthen(queue: Queue, slots: Slots, slot: int) -> None:
    """Keep `cut` at the job `depth` places behind the head, after a job has joined."""
    rank = slots[slot].rank
    if queue.cut_count <= queue.depth:
        queue.cut_count += 1
        if queue.cut == NONE or slots[queue.cut].rank < rank:
            queue.cut = slot
    elif rank < slots[queue.cut].rank:
        queue.cut = slots[queue.cut].previous


@part
def _shorten(queue: Queue, slots: Slots, slot: int) -> None:
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


@part
def unchain(queue: Queue, slots: Slots, slot: int) -> None:
    """Take a job out of the chain."""
    if queue.depth < NEVER:
        _shorten(queue, slots, slot)
    before, after = slots[slot].previous, slots[slot].next
    if before == NONE:
        queue.first = after
    else:
        slots[before].next = after
    if after == NONE:
        queue.last = before
    else:
        slots[after].previous = before
