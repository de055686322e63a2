"""Multifactor priority: what users have used, decayed, and the scores that follow from it at every tick."""

from __future__ import annotations

from typing import Any

from sim.queue.disciplines import priority
from sim.queue.kernel.compiler import part
from sim.queue.kernel.layout import SLOT_MASK, Queue, Slots, Store
from sim.queue.kernel.line import arrange

# The very functions of the plain queue, so that the two never differ by rounding.
part(priority.halved)
_fair_share = part(priority.fair_share)
_multifactor = part(priority.multifactor)

_LIGHTER = 1 / priority.HEAVIEST


@part
def charge(queue: Queue, slots: Slots, users: Any, slot: int, now: int) -> None:
    """Charge the user of a running job for what it has held since the last tick."""
    job = slots[slot]
    since = max(job.start, queue.next_tick - queue.period)
    users[job.user].accrued += job.held * (now - since)


@part
def fair(queue: Queue, users: Any, accounts: Any, user: int) -> float:
    """The fair-share factor of a user since the last tick; computed when it is first asked for."""
    record = users[user]
    if record.fair_at != queue.next_tick:
        account = accounts[record.account]
        record.fair_at = queue.next_tick
        record.fair = _fair_share(record.usage, account.usage, queue.total_usage, account.users, queue.accounts)
    return record.fair


@part
def rank(queue: Queue, slots: Slots, users: Any, accounts: Any, slot: int, now: int) -> None:
    """Give a waiting job its score: the larger the priority, the smaller."""
    job = slots[slot]
    points = _multifactor(
        now - job.submit, fair(queue, users, accounts, job.user), job.held,
        queue.age_weight, queue.share_weight, queue.size_weight, queue.longest_age, queue.size_scale,
    )  # fmt: skip
    job.score = -(float(points) + job.static)


@part
def tick(queue: Queue, slots: Slots, store: Store, users: Any, accounts: Any, now: int) -> None:
    """Add what has been held since the last tick to the decayed usage, and rank the waiting jobs again."""
    for place in range(queue.heap_at, queue.heap_at + queue.running):
        charge(queue, slots, users, store[place] & SLOT_MASK, now)
    queue.next_tick += queue.period
    for user in range(queue.users):
        users[user].usage += users[user].accrued * queue.weight
        users[user].accrued = 0
    queue.weight *= queue.growth
    if queue.weight > priority.HEAVIEST:
        queue.weight *= _LIGHTER
        for user in range(queue.users):
            users[user].usage *= _LIGHTER
    _sum_accounts(queue, users, accounts)
    for place in range(queue.line_at, queue.line_at + queue.waiting):
        rank(queue, slots, users, accounts, store[place], now)
    arrange(queue, slots, store, queue.waiting)


@part
def _sum_accounts(queue: Queue, users: Any, accounts: Any) -> None:
    """Sum the usage by account and in all, in the order of the numbers so that rounding is always the same."""
    for number in range(queue.accounts):
        accounts[number].usage = 0.0
    for user in range(queue.users):
        accounts[users[user].account].usage += users[user].usage
    queue.total_usage = 0.0
    for number in range(queue.accounts):
        queue.total_usage += accounts[number].usage
