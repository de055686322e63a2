"""Waiting jobs in a line, sorted by their score: for disciplines whose order is not that of the numbers."""

from __future__ import annotations

from sim.queue.disciplines.rules import TINY
from sim.queue.kernel.compiler import embedded, move, part
from sim.queue.kernel.layout import UNICEF, WAITING, WFP3, Queue, Slots, Store

_MOST_SHIFTS = 16  # of a job, on average, before a heap takes the place of insertion


@part
def comes_before(slots: Slots, one: int, other: int) -> bool:
    """Whether one waiting job stands before another: by score, then by number."""
    if slots[one].score != slots[other].score:
        return slots[one].score < slots[other].score
    return slots[one].rank < slots[other].rank


@embedded
def enter(queue: Queue, slots: Slots, store: Store, slot: int, count: int) -> None:
    """Put a job into the sorted line of `count` others."""
    line = queue.line_at
    low, high = line, line + count
    if count > 0 and comes_before(slots, store[high - 1], slot):
        low = high
    while low < high:
        middle = (low + high) >> 1
        if comes_before(slots, store[middle], slot):
            low = middle + 1
        else:
            high = middle
    move(store, low + 1, low, line + count - low)
    store[low] = slot


@part
def rescore(queue: Queue, slots: Slots, store: Store, count: int, now: int) -> None:
    """Give every waiting job its score at `now`, under the disciplines whose scores change as time goes by."""
    for place in range(queue.line_at, queue.line_at + count):
        job = slots[store[place]]
        waited = now - job.submit
        if queue.sorted_by == WFP3:
            times = waited / job.static
            job.score = -(times * times * times) * job.held
        elif queue.sorted_by == UNICEF:
            job.score = -(waited + TINY) / job.static


@part
def _sift_down(slots: Slots, store: Store, line: int, count: int, place: int) -> None:
    """Put a job at its place in a heap whose top is the job that stands last."""
    job = store[line + place]
    while True:
        child = 2 * place + 1
        if child >= count:
            break
        if child + 1 < count and comes_before(slots, store[line + child], store[line + child + 1]):
            child += 1
        if not comes_before(slots, job, store[line + child]):
            break
        store[line + place] = store[line + child]
        place = child
    store[line + place] = job


@part
def arrange(queue: Queue, slots: Slots, store: Store, count: int) -> None:
    """Sort the line after scores have changed; it is nearly sorted as a rule."""
    line = queue.line_at
    shifts = 0
    for place in range(line + 1, line + count):
        job = store[place]
        hole = place
        while hole > line and comes_before(slots, job, store[hole - 1]):
            store[hole] = store[hole - 1]
            hole -= 1
        store[hole] = job
        shifts += place - hole
        if shifts > _MOST_SHIFTS * count:
            break
    else:
        return
    for place in range(count // 2 - 1, -1, -1):
        _sift_down(slots, store, line, count, place)
    for size in range(count - 1, 0, -1):
        store[line], store[line + size] = store[line + size], store[line]
        _sift_down(slots, store, line, size, 0)


@part
def compact(queue: Queue, slots: Slots, store: Store, waiting: int) -> None:
    """Take the jobs that have started out of the line."""
    line = queue.line_at
    kept = 0
    for place in range(line, line + waiting):
        slot = store[place]
        if slots[slot].state == WAITING:
            store[line + kept] = slot
            kept += 1
        else:
            queue.backlog -= slots[slot].held * slots[slot].request
    queue.waiting = kept
