"""The rules of the queue by name, and who is first in line: the smallest score, and among equals the smallest number.

    easy, fcfs, conservative   0, so that the number decides
    sjf                        e                                     shortest job first
    f1                         log10(e) n + 870 log10(s)             Carastan-Santos and de Camargo (2017, SC)
    wfp3                       -(w / e)^3 n                          Tang et al. (2009, CLUSTER)
    unicef                     -w / (log2(n) e)                      the same
    multifactor                minus the priority, see `priority`

where e is the estimate in seconds, n the GPUs held, s the second of submission and w the wait so far in seconds. The
estimate is the request or, where the scheduler knows it, the shorter of run time and request, on the base generation.

The other rules stand, without a clock, in modules of `scheduler`: `backfill` (EASY), `conservative`, `machine` (what an
interrupted attempt is worth) and `placement` (which GPUs).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

import numpy as np

from sim.queue.disciplines.priority import Priority
from sim.queue.jobs import Integers, Reals, refuse
from sim.queue.pools import NEVER
from sim.units import GPUS_PER_NODE

Discipline = Literal["easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"]
BackfillScan = Literal["queue", "fcfs", "sjbf"]
EventOrder = Literal["per_instant", "per_event"]
Estimates = Literal["requested", "actual"]
Placement = Literal["any_gpu", "whole_nodes", "best_fit"]

ALL_JOBS = NEVER
"""Depth of backfilling that looks at every waiting job."""

F1_SUBMISSION = 870.0  # weight of the submission, fitted by the authors
FIRST_SECOND = 0.1  # stands for a submission at second 0, which has no logarithm
TINY = 1e-15  # keeps the score of one GPU, whose logarithm is 0, finite
AGEING: tuple[Discipline, ...] = ("wfp3", "unicef")
"""Disciplines whose scores change while a job waits."""


@dataclass(frozen=True)
class Rules:
    """How a machine treats its queue.

    discipline: who is first in line. `easy` and `fcfs` serve by number, `fcfs` without backfilling; `conservative`
        reserves a start for every job; `multifactor` weighs age, fair share and size; `sjf`, `wfp3`, `unicef`
        and `f1` sort by the formulas above. All but `fcfs` and `conservative` backfill round their head.
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
            *choice_faults("discipline", self.discipline, get_args(Discipline)),
            *choice_faults("backfill_scan", self.backfill_scan, get_args(BackfillScan)),
            *choice_faults("order", self.order, get_args(EventOrder)),
            *choice_faults("estimates", self.estimates, get_args(Estimates)),
            *choice_faults("placement", self.placement, get_args(Placement)),
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


def choice_faults(field: str, value: str, known: Sequence[str]) -> list[str]:
    """The fault of a value that is not a known name, with the nearest one; an empty list when it is known.

    >>> choice_faults("discipline", "esay", ("easy", "fcfs"))
    ["discipline = 'esay': must be one of 'easy', 'fcfs'; did you mean 'easy'?"]
    """
    if value in known:
        return []
    nearest = [f"; did you mean {name!r}?" for name in get_close_matches(str(value), known, n=1)]
    return [f"{field} = {value!r}: must be one of {', '.join(map(repr, known))}" + "".join(nearest)]


def fixed_parts(
    discipline: Discipline, submit_seconds: Integers, estimate_seconds: Integers, held_gpus: Integers
) -> Reals:
    """The part of the score that does not change while a job waits [job]; see `score`.

    >>> jobs = (np.array([0, 100]), np.array([1000, 10]), np.array([1, 2]))
    >>> fixed_parts("sjf", *jobs), fixed_parts("f1", *jobs)
    (array([1000., 10.]), array([-867., 1742.]))
    """
    if discipline == "f1":
        submit = np.where(submit_seconds > 0, submit_seconds, FIRST_SECOND)
        return np.asarray(np.log10(estimate_seconds) * held_gpus + F1_SUBMISSION * np.log10(submit))
    if discipline == "unicef":
        return np.asarray(np.log2(held_gpus + TINY) * estimate_seconds)
    if discipline in ("sjf", "wfp3"):
        return estimate_seconds.astype(np.float64)
    return np.zeros(len(submit_seconds))


def score(discipline: Discipline, fixed_part: float, wait_seconds: int, held_gpus: int) -> float:
    """Score of a job that has waited for `wait_seconds`; the smallest goes first.

    Eight GPUs that have waited for 200 s, by both formulas that look at the wait:

    >>> score("wfp3", 100.0, 200, 8), score("unicef", 400.0, 200, 8)
    (-64.0, -0.5)
    """
    if discipline == "wfp3":
        ratio = wait_seconds / fixed_part
        return -(ratio * ratio * ratio) * held_gpus
    if discipline == "unicef":
        return -(wait_seconds + TINY) / fixed_part
    return fixed_part


def scan_order(candidates: list[int], estimate_seconds: Sequence[int], backfill_scan: BackfillScan) -> list[int]:
    """Candidates in the order in which they are offered the free GPUs; equal estimates keep the queue order.

    The queue stands 3, 1, 2, and the estimates [job] are 0, 60, 30 and 60 seconds:

    >>> [scan_order([3, 1, 2], [0, 60, 30, 60], scan) for scan in ("queue", "fcfs", "sjbf")]
    [[3, 1, 2], [1, 2, 3], [2, 3, 1]]
    """
    if backfill_scan == "sjbf":
        return sorted(candidates, key=estimate_seconds.__getitem__)
    return sorted(candidates) if backfill_scan == "fcfs" else candidates
