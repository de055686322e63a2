"""Time passes: everything that happens to the jobs up to the next act of policy."""

from __future__ import annotations

from typing import Any

from sim.queue.kernel import fair_share, layout
from sim.queue.kernel.compiler import embedded, entry, fetch, numbers, part, rows
from sim.queue.kernel.layout import NEVER, NONE, SLOT_BITS, SLOT_MASK, Queue, Queues, Slots, Store
from sim.queue.kernel.passes import run_pass
from sim.queue.kernel.running import pop, release, remove
from sim.queue.kernel.waiting import arrive, report


@embedded
def complete(queue: Queue, slots: Slots, store: Store, users: Any, finished: Any, slot: int, now: int) -> None:
    """End a job whose end is off the heap."""
    if queue.sorted_by == layout.MULTIFACTOR:
        fair_share.charge(queue, slots, users, slot, now)
    release(queue, slots, store, slot)
    report(queue, slots, finished, slot, 0)


@part
def earliest_started(queue: Queue, slots: Slots, store: Store, now: int) -> int:
    """Among the jobs that end now, the one that started first: the order in which their ends were put on the clock."""
    chosen = NONE
    for place in range(queue.running):
        key = store[queue.heap_at + place]
        if key >> SLOT_BITS == now:
            slot = key & SLOT_MASK
            if chosen == NONE or slots[slot].started_as < slots[chosen].started_as:
                chosen = slot
    return chosen


@embedded
def _instant(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, incoming: Any, finished: Any, now: int
) -> int:
    """All events of one second, then one pass; comes back early where it runs out of jobs or memory."""
    queue.now = now
    queue.pass_due = 1
    while queue.running > 0 and store[queue.heap_at] >> SLOT_BITS == now:
        if queue.finished == queue.most_finished:
            return layout.NEEDS_DRAIN
        slot = store[queue.heap_at] & SLOT_MASK
        pop(queue, store)
        fetch(slots, store[queue.heap_at] & SLOT_MASK)  # of the one that ends next
        complete(queue, slots, store, users, finished, slot, now)
    if queue.next_tick == now:
        fair_share.tick(queue, slots, store, users, accounts, now)
    while queue.arrival < queue.arrivals and incoming[queue.arrival].submit == now:
        if queue.finished == queue.most_finished:
            return layout.NEEDS_DRAIN
        if not arrive(queue, slots, store, users, accounts, incoming, finished, now):
            return layout.NEEDS_SLOTS
    if queue.arrival == queue.arrivals and queue.open:
        return layout.NEEDS_JOBS
    queue.pass_due = 0
    run_pass(queue, slots, store, now)
    return layout.DONE


@part
def _each_event(
    queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, incoming: Any, finished: Any, now: int
) -> int:
    """The events of one second with a pass after each of them, submissions first."""
    queue.now = now
    queue.pass_due = 1
    while queue.arrival < queue.arrivals and incoming[queue.arrival].submit == now:
        if queue.finished == queue.most_finished:
            return layout.NEEDS_DRAIN
        if not arrive(queue, slots, store, users, accounts, incoming, finished, now):
            return layout.NEEDS_SLOTS
        run_pass(queue, slots, store, now)
    if queue.arrival == queue.arrivals and queue.open:
        return layout.NEEDS_JOBS
    if queue.next_tick == now:
        fair_share.tick(queue, slots, store, users, accounts, now)
        run_pass(queue, slots, store, now)
    while queue.running > 0 and store[queue.heap_at] >> SLOT_BITS == now:
        if queue.finished == queue.most_finished:
            return layout.NEEDS_DRAIN
        slot = earliest_started(queue, slots, store, now)
        remove(queue, store, (now << SLOT_BITS) | slot)
        complete(queue, slots, store, users, finished, slot, now)
        run_pass(queue, slots, store, now)
    queue.pass_due = 0
    return layout.DONE


@part
def _or_tick(queue: Queue, now: int, until: int) -> int:
    """The time of the next event, now that the next other event is known.

    Ticks go on while there is anything else to come; when there is nothing, one more may still change the order.
    """
    if now < NEVER:
        queue.last_tick_over = 0
        return min(now, queue.next_tick)
    if queue.waiting == 0 or (until == NEVER and queue.last_tick_over):
        return now
    queue.last_tick_over = until == NEVER
    return queue.next_tick


@entry
def advance(
    queues: Queues, slot_records: Any, store_numbers: Any, user_records: Any, account_records: Any,
    arrival_records: Any, finished_records: Any, until: int,
) -> int:  # fmt: skip
    """Let everything happen that happens before `until`; returns why it came back."""
    queue = queues[0]
    slots, store = rows(slot_records), numbers(store_numbers)
    users, accounts = rows(user_records), rows(account_records)
    incoming, finished = rows(arrival_records), rows(finished_records)
    while True:
        if queue.arrival < queue.arrivals:
            now = incoming[queue.arrival].submit
        elif queue.open:
            return layout.NEEDS_JOBS
        else:
            now = NEVER
        if queue.running > 0:
            now = min(now, store[queue.heap_at] >> SLOT_BITS)
        if queue.pass_due:
            now = queue.now
        elif queue.sorted_by == layout.MULTIFACTOR:
            now = _or_tick(queue, now, until)
        if now >= until:
            break
        if queue.waiting > 0:
            queue.pending += now - queue.now
        if queue.order == layout.PER_EVENT:
            reason = _each_event(queue, slots, store, users, accounts, incoming, finished, now)
        else:
            reason = _instant(queue, slots, store, users, accounts, incoming, finished, now)
        if reason != layout.DONE:
            return reason
    # The clock goes to the act of policy that stopped us; where there is none it stays with the last event.
    if until < NEVER:
        if queue.waiting > 0:
            queue.pending += until - queue.now
        queue.now = until
    return layout.DONE
