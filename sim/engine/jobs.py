"""What goes into the queue and what comes out of it: flat arrays of integer seconds, and statistics of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]


def whole_numbers(name: str, values: ArrayLike) -> Integers:
    """A read-only int64 copy of `values` [1-d]; anything that is not a whole number is refused, not rounded.

    >>> whole_numbers("gpus", [1, 2.0])
    array([1, 2])
    """
    array = np.asarray(values)
    if array.ndim != 1:
        raise ValueError(f"{name} has {array.ndim} dimensions: must be a flat array")
    with np.errstate(invalid="ignore"):
        whole = array.astype(np.int64)
    wrong = np.flatnonzero(whole != array)
    if wrong.size:
        raise ValueError(f"{name}[{wrong[0]}] = {array[wrong[0]]}: must be a whole number")
    whole.setflags(write=False)
    return whole


def below(name: str, values: Integers, least: int, unit: str) -> list[str]:
    """The fault of the first value below `least`; an empty list when there is none.

    >>> below("gpus", np.array([1, 0]), 1, "GPU")
    ['gpus[1] = 0: must be at least 1 GPU']
    """
    wrong = np.flatnonzero(values < least)
    return [f"{name}[{wrong[0]}] = {values[wrong[0]]}: must be at least {least} {unit}"] if wrong.size else []


def backwards(name: str, values: Integers) -> list[str]:
    """The fault of the first value smaller than the one before it; an empty list when they are in order.

    >>> backwards("submit_seconds", np.array([0, 7, 5]))
    ['submit_seconds[2] = 5: must not be less than submit_seconds[1] = 7']
    """
    wrong = np.flatnonzero(np.diff(values) < 0)[:1]
    return [f"{name}[{i + 1}] = {values[i + 1]}: must not be less than {name}[{i}] = {values[i]}" for i in wrong]


def of_other_length(expected: int, **arrays: NDArray[np.generic]) -> list[str]:
    """The faults of arrays that have not `expected` entries."""
    return [f"{name} has {len(a)} entries: must have {expected}" for name, a in arrays.items() if len(a) != expected]


def refuse(what: str, faults: list[str]) -> None:
    """Raise one ValueError that tells every fault, or do nothing."""
    if faults:
        raise ValueError(f"{what} refused: " + "; ".join(faults))


@dataclass(frozen=True, eq=False)
class Jobs:
    """Jobs in order of submission; every array is [job] and read-only.

    submit_seconds: when the job joins the queue.
    run_seconds: how long it would run undisturbed, at least 1.
    request_seconds: the wall limit asked for, at least 1; the job is killed when it has run so long.
    gpus: GPUs asked for, at least 1.
    tier: access tier of the user, a label that the queue carries and does not look at.
    """

    submit_seconds: Integers
    run_seconds: Integers
    request_seconds: Integers
    gpus: Integers
    tier: Integers = field(default_factory=lambda: np.zeros(0, np.int64))  # empty: every job is in tier 0

    def __post_init__(self) -> None:
        """Take int64 copies and refuse, with every fault in one message, what no queue could run."""
        arrays = {column.name: whole_numbers(column.name, getattr(self, column.name)) for column in fields(self)}
        n = len(arrays["submit_seconds"])
        if not len(arrays["tier"]):
            arrays["tier"] = whole_numbers("tier", np.zeros(n, np.int64))
        refuse("jobs", of_other_length(n, **arrays))
        for name, array in arrays.items():
            object.__setattr__(self, name, array)
        refuse("jobs", self._faults())

    def _faults(self) -> list[str]:
        """What is wrong with the values, one line a rule."""
        return [
            *below("submit_seconds", self.submit_seconds, 0, "seconds"),
            *backwards("submit_seconds", self.submit_seconds),
            *below("run_seconds", self.run_seconds, 1, "second"),
            *below("request_seconds", self.request_seconds, 1, "second"),
            *below("gpus", self.gpus, 1, "GPU"),
            *below("tier", self.tier, 0, "(a label)"),
        ]

    def __len__(self) -> int:
        """Number of jobs."""
        return len(self.submit_seconds)

    @property
    def work_seconds(self) -> Integers:
        """Seconds [job] that a job runs when nothing fails: to its end, or to its wall limit."""
        return np.minimum(self.run_seconds, self.request_seconds)


@dataclass(frozen=True, eq=False)
class Failures:
    """Node failures in order of time; every array is [failure] and read-only.

    at_seconds: when a node fails.
    uniform: a number in [0, 1) that says which GPU's node it is, so that every option meets the same luck.
    repair_seconds: how long the node stays away.
    """

    at_seconds: Integers
    uniform: Reals
    repair_seconds: Integers

    def __post_init__(self) -> None:
        """Take copies and refuse what cannot be, with every fault in one message."""
        for name in ("at_seconds", "repair_seconds"):
            object.__setattr__(self, name, whole_numbers(name, getattr(self, name)))
        object.__setattr__(self, "uniform", np.array(self.uniform, np.float64))
        self.uniform.setflags(write=False)
        refuse("failures", of_other_length(len(self), uniform=self.uniform, repair_seconds=self.repair_seconds))
        outside = np.flatnonzero(~((self.uniform >= 0) & (self.uniform < 1)))  # this way round NaN is refused too
        faults = [f"uniform[{i}] = {self.uniform[i]}: must be in [0, 1)" for i in outside[:1]]
        faults += below("at_seconds", self.at_seconds, 0, "seconds") + backwards("at_seconds", self.at_seconds)
        refuse("failures", faults + below("repair_seconds", self.repair_seconds, 0, "seconds"))

    def __len__(self) -> int:
        """Number of failures."""
        return len(self.at_seconds)

    def __iter__(self) -> Iterator[tuple[int, float, int]]:
        """One failure after the other: (when, uniform, repair_seconds)."""
        return zip(self.at_seconds.tolist(), self.uniform.tolist(), self.repair_seconds.tolist(), strict=True)


@dataclass(frozen=True, eq=False)
class Schedule:
    """What became of every job, as flat records; -1 stands for `has not happened`.

    submit_seconds, held_gpus [job]: as submitted; GPUs held while running (whole nodes, if the rules say so).
    first_start_seconds, start_seconds, end_seconds [job]: start of the first and of the latest attempt, and the end.
    restarts, lost_seconds [job]: attempts cut short by failures, and the run time that had to be repeated.
    interrupted_job, interrupted_start_seconds, interrupted_end_seconds [interruption]: the attempts cut short.
    capacity_seconds, capacity_gpus [change]: from when on how many GPUs were in service.
    refused [job]: larger than the machine can ever be, or can ever be again.
    """

    submit_seconds: Integers
    held_gpus: Integers
    first_start_seconds: Integers
    start_seconds: Integers
    end_seconds: Integers
    restarts: Integers
    lost_seconds: Integers
    interrupted_job: Integers
    interrupted_start_seconds: Integers
    interrupted_end_seconds: Integers
    capacity_seconds: Integers
    capacity_gpus: Integers
    refused: Flags

    @property
    def started(self) -> Flags:
        """Jobs that have started at least once [job]."""
        return self.first_start_seconds >= 0

    @property
    def ended(self) -> Flags:
        """Jobs that have ended, by themselves or at their wall limit [job]."""
        return self.end_seconds >= 0

    @property
    def unstarted(self) -> Flags:
        """Jobs that were not refused and never started [job]."""
        return ~self.started & ~self.refused

    @property
    def wait_seconds(self) -> Integers:
        """Seconds from submission to the first start [job]; -1 without a start."""
        return wait_seconds(self.submit_seconds, self.first_start_seconds)

    @property
    def attempts(self) -> tuple[Integers, Integers, Integers]:
        """Job, start and end [seconds] of every attempt, the interrupted ones first [attempt]; under way: end -1."""
        jobs = np.flatnonzero(self.start_seconds >= 0)
        return (
            np.concatenate([self.interrupted_job, jobs]),
            np.concatenate([self.interrupted_start_seconds, self.start_seconds[jobs]]),
            np.concatenate([self.interrupted_end_seconds, self.end_seconds[jobs]]),
        )


@dataclass
class JobRecords:
    """A schedule under way: the columns of `Schedule` as plain lists, for a scheduler touches single entries."""

    submit: list[int] = field(default_factory=list)
    held: list[int] = field(default_factory=list)
    first_start: list[int] = field(default_factory=list)
    start: list[int] = field(default_factory=list)
    end: list[int] = field(default_factory=list)
    restarts: list[int] = field(default_factory=list)
    lost: list[int] = field(default_factory=list)
    refused: list[bool] = field(default_factory=list)
    interruptions: list[tuple[int, int, int]] = field(default_factory=list)
    capacity: list[tuple[int, int]] = field(default_factory=list)

    def announce(self, jobs: Jobs, node_gpus: int) -> None:
        """Open the records of jobs that hold whole nodes of `node_gpus` GPUs."""
        self.submit += jobs.submit_seconds.tolist()
        self.held += (-(-jobs.gpus // node_gpus) * node_gpus).tolist()
        for moment in (self.first_start, self.start, self.end):
            moment += [-1] * len(jobs)
        for count in (self.restarts, self.lost):
            count += [0] * len(jobs)
        self.refused += [False] * len(jobs)

    def schedule(self) -> Schedule:
        """The records so far as arrays."""
        interruptions = np.array(self.interruptions, np.int64).reshape(-1, 3)
        capacity = np.array(self.capacity, np.int64).reshape(-1, 2)
        return Schedule(
            submit_seconds=np.array(self.submit, np.int64),
            held_gpus=np.array(self.held, np.int64),
            first_start_seconds=np.array(self.first_start, np.int64),
            start_seconds=np.array(self.start, np.int64),
            end_seconds=np.array(self.end, np.int64),
            restarts=np.array(self.restarts, np.int64),
            lost_seconds=np.array(self.lost, np.int64),
            interrupted_job=interruptions[:, 0],
            interrupted_start_seconds=interruptions[:, 1],
            interrupted_end_seconds=interruptions[:, 2],
            capacity_seconds=capacity[:, 0],
            capacity_gpus=capacity[:, 1],
            refused=np.array(self.refused, np.bool_),
        )


def wait_seconds(submit_seconds: Integers, start_seconds: Integers) -> Integers:
    """Seconds [job] between submission and start; -1 where there is no start.

    >>> wait_seconds(np.array([5, 6]), np.array([9, -1]))
    array([ 4, -1])
    """
    return np.where(start_seconds < 0, np.int64(-1), start_seconds - submit_seconds)


def bounded_slowdown(wait_seconds: Integers, run_seconds: Integers, tau_seconds: int) -> Reals:
    """Response time over run time [job], where a run shorter than `tau_seconds` counts as that long; at least 1.

    Feitelson and Rudolph (1998, JSSPP), whose 10 s the published tables keep; this model takes 600 s. Every job must
    have started: waits of -1 are refused.

    >>> bounded_slowdown(np.array([30, 30, 0]), np.array([60, 1, 1]), tau_seconds=10)
    array([1.5, 3.1, 1. ])
    """
    refuse("bounded slowdown", below("wait_seconds", wait_seconds, 0, "seconds (has every job started?)"))
    if tau_seconds < 1:
        raise ValueError(f"tau_seconds = {tau_seconds}: must be at least 1 second")
    return np.maximum(1.0, (wait_seconds + run_seconds) / np.maximum(run_seconds, tau_seconds))


def used_gpu_seconds(schedule: Schedule, until_seconds: int) -> int:
    """GPU-seconds that jobs held before `until_seconds`, in every attempt, work that was lost included."""
    job, start, end = schedule.attempts
    stop = np.minimum(np.where(end < 0, until_seconds, end), until_seconds)
    return int(np.sum(schedule.held_gpus[job] * np.maximum(stop - start, 0)))


def available_gpu_seconds(capacity_seconds: Integers, capacity_gpus: Integers, until_seconds: int) -> int:
    """GPU-seconds in service from the first capacity record to `until_seconds`.

    >>> available_gpu_seconds(np.array([0, 10]), np.array([8, 16]), until_seconds=15)
    160
    """
    edges = np.minimum(np.append(capacity_seconds, until_seconds), until_seconds)
    return int(np.sum(np.maximum(capacity_gpus, 0) * np.diff(edges)))


def utilisation(schedule: Schedule, until_seconds: int) -> float:
    """Share of the GPU-seconds in service before `until_seconds` that jobs held; NaN when there were none.

    Above 1 only where jobs outlive the GPUs they were promised, while a retirement drains.
    """
    available = available_gpu_seconds(schedule.capacity_seconds, schedule.capacity_gpus, until_seconds)
    return used_gpu_seconds(schedule, until_seconds) / available if available else float("nan")
