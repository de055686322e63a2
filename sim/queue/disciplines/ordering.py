"""Who is first in line: the job with the smallest score, and among equals the one with the smallest number.

    easy, fcfs, conservative   0, so that the number decides
    sjf                        e                                     shortest job first
    f1                         log10(e) n + 870 log10(s)             Carastan-Santos and de Camargo (2017, SC)
    wfp3                       -(w / e)^3 n                          Tang et al. (2009, CLUSTER)
    unicef                     -w / (log2(n) e)                      the same
    multifactor                minus the priority, see `priority`

where e is the estimate in seconds, n the GPUs held, s the second of submission and w the wait so far in seconds. The
estimate is the request or, where the scheduler knows it, the shorter of run time and request, on the base generation.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.queue.disciplines.rules import BackfillScan, Discipline
from sim.queue.jobs import Integers, Reals

F1_SUBMISSION = 870.0  # weight of the submission, fitted by the authors
FIRST_SECOND = 0.1  # stands for a submission at second 0, which has no logarithm
TINY = 1e-15  # keeps the score of one GPU, whose logarithm is 0, finite
AGEING: tuple[Discipline, ...] = ("wfp3", "unicef")
"""Disciplines whose scores change while a job waits."""


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
