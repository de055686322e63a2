"""The rules of the queue by name: what may be chosen, and what each choice means.

Each rule stands, without a clock, in a module of its own: `ordering` (who is first in line) and `priority` (fair share)
here, `backfill` (EASY), `conservative`, `book` (interrupted work) and `placement` (which GPUs) in `scheduler`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from sim.queue.disciplines.priority import Priority
from sim.queue.jobs import Integers, refuse
from sim.queue.pools import NEVER
from sim.units import GPUS_PER_NODE

Discipline = Literal["easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"]
BackfillScan = Literal["queue", "fcfs", "sjbf"]
EventOrder = Literal["per_instant", "per_event"]
Estimates = Literal["requested", "actual"]
Placement = Literal["any_gpu", "whole_nodes", "best_fit"]

ALL_JOBS = NEVER
"""Depth of backfilling that looks at every waiting job."""


@dataclass(frozen=True)
class Rules:
    """How a machine treats its queue.

    discipline: who is first in line. `easy` and `fcfs` serve by number, `fcfs` without backfilling; `conservative`
        reserves a start for every job; `multifactor` weighs age, fair share and size; `sjf`, `wfp3`, `unicef`
        and `f1` sort by formulas, see `ordering`. All but `fcfs` and `conservative` backfill round their head.
    backfill_scan: candidates in the order of the `queue`, by number (`fcfs`) or shortest estimate first (`sjbf`).
    order: `per_instant` applies all events of a second, then schedules once; `per_event` schedules after every event,
        takes the submissions of a second before its ends, and counts a GPU whose estimated end is now as free.
    estimates: the scheduler believes the `requested` time, or knows the `actual` run time.
    node_gpus: GPUs in a node, see `placement`.
    placement: a job takes `any_gpu` that is free, holds `whole_nodes`, or is packed on nodes by `best_fit`.
    checkpoint_seconds: work saved every so many seconds of running; 0 means that a killed job starts afresh.
    backfill_depth: jobs behind the head that backfilling looks at, in the order of the queue; 0 means no backfilling.
    priority: settings of `multifactor`; None means the defaults.
    """

    discipline: Discipline = "easy"
    backfill_scan: BackfillScan = "queue"
    order: EventOrder = "per_instant"
    estimates: Estimates = "requested"
    node_gpus: int = GPUS_PER_NODE
    placement: Placement = "any_gpu"
    checkpoint_seconds: int = 0
    backfill_depth: int = ALL_JOBS
    priority: Priority | None = None

    def __post_init__(self) -> None:
        """Refuse unknown names and impossible sizes, all of them in one message."""
        faults = [
            *unknown_name("discipline", self.discipline, get_args(Discipline)),
            *unknown_name("backfill_scan", self.backfill_scan, get_args(BackfillScan)),
            *unknown_name("order", self.order, get_args(EventOrder)),
            *unknown_name("estimates", self.estimates, get_args(Estimates)),
            *unknown_name("placement", self.placement, get_args(Placement)),
        ]
        if self.node_gpus < 1:
            faults.append(f"node_gpus = {self.node_gpus}: a node has at least 1 GPU")
        if self.checkpoint_seconds < 0:
            faults.append(f"checkpoint_seconds = {self.checkpoint_seconds}: must be at least 0 seconds (0 = none)")
        if self.backfill_depth < 0:
            faults.append(f"backfill_depth = {self.backfill_depth}: must be at least 0 jobs (0 = no backfilling)")
        refuse("queue rules", faults)

    @property
    def backfills(self) -> bool:
        """Whether any job may ever backfill."""
        return self.discipline != "fcfs" and self.backfill_depth > 0

    @property
    def unit_gpus(self) -> int:
        """GPUs are held in multiples of this."""
        return self.node_gpus if self.placement == "whole_nodes" else 1

    def held_gpus(self, gpus: Integers) -> Integers:
        """GPUs [job] held by jobs that ask for `gpus` [job].

        >>> import numpy as np
        >>> Rules(placement="whole_nodes", node_gpus=8).held_gpus(np.array([1, 8, 9]))
        array([ 8, 8, 16])
        """
        return -(-gpus // self.unit_gpus) * self.unit_gpus


def unknown_name(field: str, value: str, known: Sequence[str]) -> list[str]:
    """The fault of a value that is not a known name, with the nearest one; an empty list when it is known.

    >>> unknown_name("discipline", "esay", ("easy", "fcfs"))
    ["discipline = 'esay': must be one of 'easy', 'fcfs'; did you mean 'easy'?"]
    """
    if value in known:
        return []
    nearest = [f"; did you mean {name!r}?" for name in get_close_matches(str(value), known, n=1)]
    return [f"{field} = {value!r}: must be one of {', '.join(map(repr, known))}" + "".join(nearest)]
