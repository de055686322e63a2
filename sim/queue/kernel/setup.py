"""The rules of a queue and its jobs, written into the kernel's memory."""

from __future__ import annotations

import numpy as np

from sim.queue.disciplines.ordering import fixed_parts
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.kernel import layout
from sim.queue.kernel.layout import NEVER
from sim.queue.kernel.memory import Memory
from sim.queue.pools import BASE_SPEED, Pool

CHUNK_JOBS = 1 << 16  # jobs that the kernel is given at once
SCORED = ("sjf", "f1", "wfp3", "unicef")
_NO_SCORES = np.zeros(CHUNK_JOBS)


def index_for(rules: Rules, pools: tuple[Pool, ...]) -> int:
    """The way to find waiting jobs: a line where they are not in the order of their numbers, or estimates vary."""
    uneven = any(pool.speed != BASE_SPEED for pool in pools)
    if rules.discipline not in ("easy", "fcfs") or (rules.estimates == "actual" and uneven):
        return layout.LINE
    return layout.TREE if rules.estimates == "actual" else layout.BUCKETS


def write_rules(memory: Memory, rules: Rules, now: int) -> None:
    """Write the rules into the record of the queue."""
    queue = memory.queue
    queue["order"] = ("per_instant", "per_event").index(rules.order)
    queue["sorted_by"] = {
        "sjf": layout.SJF, "f1": layout.F1, "wfp3": layout.WFP3, "unicef": layout.UNICEF,
        "multifactor": layout.MULTIFACTOR,
    }.get(rules.discipline, layout.FCFS)  # fmt: skip
    queue["backfilling"] = {"fcfs": layout.NO_BACKFILL, "conservative": layout.CONSERVATIVE}.get(
        rules.discipline, layout.EASY
    )
    queue["depth"] = min(rules.backfill_depth, NEVER)
    queue["scan"] = {"queue": layout.IN_ORDER, "fcfs": layout.BY_NUMBER, "sjbf": layout.SHORTEST}[rules.backfill_scan]
    queue["clairvoyant"] = rules.estimates == "actual"
    queue["checkpoint"] = rules.checkpoint_seconds
    queue["next_tick"] = NEVER
    if rules.discipline == "multifactor":
        _write_priority(memory, rules.priority or Priority(), now)


def _write_priority(memory: Memory, priority: Priority, now: int) -> None:
    """Write the weights of multifactor priority, and the account of every user."""
    queue = memory.queue
    queue["period"] = priority.period_seconds
    queue["next_tick"] = (now // priority.period_seconds + 1) * priority.period_seconds
    queue["weight"] = 1.0
    queue["growth"] = 2.0 ** (priority.period_seconds / priority.half_life_seconds)
    queue["age_weight"], queue["share_weight"] = priority.age_weight, priority.fair_share_weight
    queue["size_weight"] = priority.size_weight
    queue["longest_age"], queue["size_scale"] = priority.longest_age_seconds, priority.largest_gpus
    queue["users"], queue["accounts"] = len(memory.users), len(memory.accounts)
    memory.users["account"] = priority.accounts
    memory.accounts["users"] = np.bincount(priority.accounts, minlength=len(memory.accounts))


def user_counts(rules: Rules) -> tuple[int, int]:
    """Numbers of users and of accounts that the fair share distinguishes."""
    if rules.discipline != "multifactor":
        return 1, 1
    accounts = (rules.priority or Priority()).accounts
    return len(accounts), max(accounts) + 1


def load(memory: Memory, rules: Rules, jobs: Jobs, part: slice) -> None:
    """Give the kernel a part of `jobs`."""
    submit, run, request = jobs.submit_seconds[part], jobs.run_seconds[part], jobs.request_seconds[part]
    gpus = jobs.gpus[part]
    static = _NO_SCORES[: len(gpus)]
    if rules.discipline in SCORED:
        estimate = np.minimum(run, request) if rules.estimates == "actual" else request
        static = fixed_parts(rules.discipline, submit, estimate, rules.held_gpus(gpus))
    columns = (submit, run, request, gpus, jobs.pools[part], jobs.user[part], jobs.tier[part])
    memory.load((*columns, static), rules.unit_gpus)
