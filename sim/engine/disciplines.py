"""The rules of the queue, without a clock: who holds a reservation, who may overtake, whom a failure hits.

EASY backfilling after Mu'alem and Feitelson (2001, IEEE TPDS 12:529): jobs start in order of submission; when the first
waiting job, the head, does not fit, it alone gets a reservation, and a later job may start now if that cannot move it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, NamedTuple, get_args

import numpy as np

from sim.units import GPUS_PER_NODE

Discipline = Literal["easy", "fcfs"]
BackfillScan = Literal["fcfs", "sjbf"]
EventOrder = Literal["per_instant", "per_event"]
Estimates = Literal["requested", "actual"]
Running = tuple[int, int, int]
"""A running job as the scheduler sees it: (estimated end in seconds, job, GPUs held)."""

NEVER = int(np.iinfo(np.int64).max)
"""Shadow time [seconds] of a head that would not fit even if every running job had ended."""


@dataclass(frozen=True)
class Rules:
    """How a machine treats its queue.

    discipline: `easy` backfills, `fcfs` never lets a job overtake.
    backfill_scan: candidates in queue order (`fcfs`) or shortest estimate first (`sjbf`).
    order: `per_instant` applies all events of a second, then schedules once; `per_event` schedules after every event,
        takes the submissions of a second before its ends, and counts a GPU whose estimated end is now as free.
    estimates: the scheduler believes the `requested` time, or knows the `actual` run time.
    node_gpus: GPUs in a node; with `whole_nodes` a job holds whole nodes, else any free GPU will do.
    checkpoint_seconds: work saved every so many seconds of running; 0 means that a killed job starts afresh.
    """

    discipline: Discipline = "easy"
    backfill_scan: BackfillScan = "fcfs"
    order: EventOrder = "per_instant"
    estimates: Estimates = "requested"
    node_gpus: int = GPUS_PER_NODE
    whole_nodes: bool = False
    checkpoint_seconds: int = 0

    def __post_init__(self) -> None:
        """Refuse unknown names and impossible sizes, all of them in one message."""
        faults = [
            *unknown_name("discipline", self.discipline, get_args(Discipline)),
            *unknown_name("backfill_scan", self.backfill_scan, get_args(BackfillScan)),
            *unknown_name("order", self.order, get_args(EventOrder)),
            *unknown_name("estimates", self.estimates, get_args(Estimates)),
        ]
        if self.node_gpus < 1:
            faults.append(f"node_gpus = {self.node_gpus}: a node has at least 1 GPU")
        if self.checkpoint_seconds < 0:
            faults.append(f"checkpoint_seconds = {self.checkpoint_seconds}: must be at least 0 seconds (0 = none)")
        if faults:
            raise ValueError("queue rules refused: " + "; ".join(faults))


class Reservation(NamedTuple):
    """The promise made to the head of the queue.

    shadow_seconds: the earliest time at which, by the estimates, the head fits.
    extra_gpus: GPUs that will be left over at that time once the head has started.
    """

    shadow_seconds: int
    extra_gpus: int


def unknown_name(field: str, value: str, known: Sequence[str]) -> list[str]:
    """The fault of a value that is not a known name, with the nearest one; an empty list when it is known.

    >>> unknown_name("discipline", "esay", ("easy", "fcfs"))
    ["discipline = 'esay': must be one of 'easy', 'fcfs'; did you mean 'easy'?"]
    """
    if value in known:
        return []
    nearest = [f"; did you mean {name!r}?" for name in get_close_matches(str(value), known, n=1)]
    return [f"{field} = {value!r}: must be one of {', '.join(map(repr, known))}" + "".join(nearest)]


def ended_gpus(running: Iterable[Running], now_seconds: int) -> int:
    """GPUs of running jobs whose estimated end has come; `running` is sorted by estimated end.

    Not zero only between the events of one instant: a job that ends at its estimate is counted before its end is
    processed.

    >>> ended_gpus([(100, 0, 4), (100, 3, 2), (200, 1, 3)], now_seconds=100)
    6
    """
    ended = 0
    for estimated_end, _, gpus in running:
        if estimated_end > now_seconds:
            break
        ended += gpus
    return ended


def reservation(head_gpus: int, free_gpus: int, running: Iterable[Running]) -> Reservation:
    """When the head will fit, by the estimates, and what it will leave over; `running` is sorted by estimated end.

    Ten GPUs, of which two are free. Job 0 gives back four at second 100, jobs 1 and 2 give back three and one at second
    200. A head that needs seven finds six at second 100 and ten at second 200, three more than it needs:

    >>> reservation(7, free_gpus=2, running=[(100, 0, 4), (200, 1, 3), (200, 2, 1)])
    Reservation(shadow_seconds=200, extra_gpus=3)

    A head that needs more than the machine has at present (nodes are down or not yet delivered) blocks nobody:

    >>> reservation(16, free_gpus=2, running=[(100, 0, 4)]) == (NEVER, 0)
    True
    """
    available = free_gpus
    shadow = NEVER
    for estimated_end, _, gpus in running:
        # All that ends at the shadow time is left over for others, not only the jobs that happen to be listed first.
        if estimated_end > shadow:
            break
        available += gpus
        if available >= head_gpus:
            shadow = estimated_end
    return Reservation(shadow, available - head_gpus if shadow < NEVER else 0)


def scan_order(candidates: list[int], estimate_seconds: Sequence[int], backfill_scan: BackfillScan) -> list[int]:
    """Candidates in the order in which they are offered the free GPUs; equal estimates keep the queue order.

    >>> scan_order([1, 2, 3], estimate_seconds=[0, 60, 30, 60], backfill_scan="sjbf")
    [2, 1, 3]
    """
    return sorted(candidates, key=estimate_seconds.__getitem__) if backfill_scan == "sjbf" else candidates


def backfilled(
    candidates: Iterable[int],
    held_gpus: Sequence[int],
    estimate_seconds: Sequence[int],
    now_seconds: int,
    free_gpus: int,
    reserved: Reservation,
) -> list[int]:
    """The candidates that may start now without moving the head, in the order of the scan.

    A candidate must fit into the free GPUs, and either end (by its estimate) no later than the shadow time or use only
    extra GPUs. `held_gpus` and `estimate_seconds` are indexed by job.

    At second 100 two GPUs are free, and the head is to start at second 300 with one GPU to spare. Job 0 is too large.
    Job 1 would run past second 300 on two GPUs, one more than the head can spare. Job 2 ends exactly at second 300; job
    3 runs past it on the spare one:

    >>> backfilled([0, 1, 2, 3], held_gpus=[3, 2, 1, 1], estimate_seconds=[50, 300, 200, 500],
    ...            now_seconds=100, free_gpus=2, reserved=Reservation(shadow_seconds=300, extra_gpus=1))
    [2, 3]
    """
    longest_seconds = reserved.shadow_seconds - now_seconds
    extra_gpus = reserved.extra_gpus
    chosen = []
    for job in candidates:
        gpus = held_gpus[job]
        if gpus > free_gpus:
            continue
        if estimate_seconds[job] > longest_seconds:
            if gpus > extra_gpus:
                continue
            extra_gpus -= gpus
        free_gpus -= gpus
        chosen.append(job)
        if not free_gpus:
            break
    return chosen


def job_hit(uniform: float, idle_gpus: int, running: Sequence[Running]) -> int:
    """The job on the GPU that `uniform` in [0, 1) picks, or -1 where that GPU is idle.

    The idle GPUs come first, then those of the running jobs in the order given: a job is hit in proportion to the GPUs
    it holds. Of ten GPUs two are idle, so 0.2 is the first GPU of job 5 and 0.6 the first of job 7:

    >>> [job_hit(u, 2, [(100, 5, 4), (200, 7, 4)]) for u in (0.1, 0.2, 0.5, 0.6)]
    [-1, 5, 5, 7]
    """
    position = int(uniform * (idle_gpus + sum(gpus for _, _, gpus in running))) - idle_gpus
    if position < 0:
        return -1
    for _, job, gpus in running:
        position -= gpus
        if position < 0:
            return job
    return -1


def saved_seconds(elapsed_seconds: int, remaining_seconds: int, checkpoint_seconds: int) -> int:
    """Work that survives an interruption: up to the last checkpoint of this attempt, nothing without checkpoints.

    A job hit in the very second of its end still has to come back for the last second of its work.

    >>> saved_seconds(250, remaining_seconds=300, checkpoint_seconds=100)
    200
    >>> saved_seconds(300, remaining_seconds=300, checkpoint_seconds=100)
    299
    """
    if not checkpoint_seconds:
        return 0
    return min(elapsed_seconds // checkpoint_seconds * checkpoint_seconds, remaining_seconds - 1)


def largest_from_each(gpus: int, capacity_steps: Sequence[tuple[int, int]]) -> list[int]:
    """Largest size of the machine [GPUs] from the beginning to the end, and from each (seconds, change) step on.

    >>> largest_from_each(8, [(10, 16), (20, -20)])
    [24, 24, 4]
    """
    sizes = np.cumsum([gpus, *(change for _, change in capacity_steps)])
    largest: list[int] = np.maximum.accumulate(sizes[::-1])[::-1].tolist()
    return largest
