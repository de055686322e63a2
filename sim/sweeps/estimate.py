"""How long a sweep takes and how large it becomes, from a few of its runs."""

from __future__ import annotations

import time
from dataclasses import dataclass

from sim.comparison.memory import CalendarMemory
from sim.sweeps.evaluation import compute
from sim.sweeps.parts import Identity, as_table, encoded
from sim.sweeps.plan import Plan

SECONDS = 3.0  # of trying, about
_MOST_PARTS = 8
_WORKER_SECONDS = 1.5  # until a process is ready


@dataclass(frozen=True)
class Estimate:
    """What a sweep needs."""

    tried: int  # runs
    failed: int  # of them
    seconds: float  # for all, on one worker
    megabytes: float
    reason: str = ""  # why the first of those failed

    def seconds_on(self, workers: int) -> float:
        """How long it takes on so many workers."""
        return _WORKER_SECONDS + self.seconds / max(workers, 1)


def estimate(plan: Plan, most_seconds: float = SECONDS) -> Estimate:
    """What a plan needs, from parts spread over it, as many as are done in about so many seconds; at least one run."""
    spread = sorted({number * (plan.parts - 1) // max(_MOST_PARTS - 1, 1) for number in range(_MOST_PARTS)})
    memory = CalendarMemory()
    tried, failed, size, used, reason = 0, 0, 0, 0.0, ""
    warm = plan.runs_of(0)[:1]
    compute(plan, warm, memory)  # the first run of a process loads what the others find
    for number in spread:
        runs = plan.runs_of(number)
        runs = runs[: max(int(len(runs) * min(most_seconds / (used or most_seconds), 1)), 1)]
        begun = time.perf_counter()
        table = as_table(plan, found := compute(plan, runs, memory))
        used += time.perf_counter() - begun
        size += len(encoded(table, Identity.of(plan), number))
        tried, failed = tried + len(runs), failed + sum(bool(each.reason) for each in found)
        reason = reason or next((each.reason for each in found if each.reason), "")
        if used > most_seconds:
            break
    return Estimate(tried, failed, used / tried * plan.runs, size / tried * plan.runs / 1e6, reason)
