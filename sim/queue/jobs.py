"""What goes into the queue: jobs and failures, as flat arrays of integer seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields

import numpy as np
from numpy.typing import ArrayLike, NDArray

Integers = NDArray[np.int64]
Reals = NDArray[np.float64]
Flags = NDArray[np.bool_]

ALL_POOLS = -1
"""The bit mask in which the bit of every pool is set."""

ANY_BACKLOG = int(np.iinfo(np.int64).max)
"""A tolerance that no backlog passes."""

AS_FIRST = -1
"""The tolerance of a job that does what the first job of its campaign did."""

DEFAULTS = {"tier": 0, "user": 0, "pools": ALL_POOLS, "campaign": 0, "tolerance_seconds": ANY_BACKLOG}
"""Columns of `Jobs` that may be left out, and what every job has then."""


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
    if array.dtype != whole.dtype:
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
    """Raise one ValueError with every fault, or do nothing."""
    if faults:
        raise ValueError(f"{what} refused: " + "; ".join(faults))


@dataclass(frozen=True, eq=False)
class Jobs:
    """Jobs in order of submission; every array is [job] and read-only.

    submit_seconds: when the job joins the queue.
    run_seconds: how long it would run undisturbed on GPUs of speed 1000, at least 1.
    request_seconds: the wall limit asked for, at least 1; the job is killed when it has run so long.
    gpus: GPUs asked for, at least 1.
    tier: access tier of the user, a label that the queue carries and does not look at.
    user: who submits it; fair share counts the GPU-seconds of each user.
    pools: bit mask of the pools that it may use, bit p for pool p; -1 is all of them.
    campaign: number of the campaign that it belongs to, at least 0.
    tolerance_seconds: the longest backlog, in seconds of the whole machine's work, at which it is still submitted: it
        and its campaign are withdrawn where more waits. ANY_BACKLOG: it comes whatever waits. AS_FIRST: it does what
        the first job of its campaign did.
    """

    submit_seconds: Integers
    run_seconds: Integers
    request_seconds: Integers
    gpus: Integers
    # An empty column is filled: every job is in tier 0, of user 0, and may use every pool.
    tier: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    user: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    pools: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    campaign: Integers = field(default_factory=lambda: np.zeros(0, np.int64))
    tolerance_seconds: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        """Take int64 copies and refuse, with every fault in one message, what no queue could run."""
        arrays = {column.name: whole_numbers(column.name, getattr(self, column.name)) for column in fields(self)}
        n = len(arrays["submit_seconds"])
        for name, value in DEFAULTS.items():
            if not len(arrays[name]):
                arrays[name] = whole_numbers(name, np.full(n, value))
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
            *below("user", self.user, 0, "(a label)"),
            *below("pools", self.pools, ALL_POOLS, "(all pools)"),
            *below("campaign", self.campaign, 0, "(a number)"),
            *below("tolerance_seconds", self.tolerance_seconds, AS_FIRST, "(as the first job of the campaign)"),
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
    uniform: a number in [0, 1) that says which GPU's node it is, the same under every option.
    repair_seconds: how long the node stays away; 0 only interrupts the job.
    pool: the pool whose node it is; left out, every failure is in pool 0.
    """

    at_seconds: Integers
    uniform: Reals
    repair_seconds: Integers
    pool: Integers = field(default_factory=lambda: np.zeros(0, np.int64))

    def __post_init__(self) -> None:
        """Take copies and refuse what cannot be, with every fault in one message."""
        for name in ("at_seconds", "repair_seconds", "pool"):
            object.__setattr__(self, name, whole_numbers(name, getattr(self, name)))
        if not len(self.pool):
            object.__setattr__(self, "pool", whole_numbers("pool", np.zeros(len(self), np.int64)))
        object.__setattr__(self, "uniform", np.array(self.uniform, np.float64))
        self.uniform.setflags(write=False)
        others = {"uniform": self.uniform, "repair_seconds": self.repair_seconds, "pool": self.pool}
        refuse("failures", of_other_length(len(self), **others))
        outside = np.flatnonzero(~((self.uniform >= 0) & (self.uniform < 1)))  # this way round NaN is refused too
        faults = [f"uniform[{i}] = {self.uniform[i]}: must be in [0, 1)" for i in outside[:1]]
        faults += below("at_seconds", self.at_seconds, 0, "seconds") + backwards("at_seconds", self.at_seconds)
        faults += below("repair_seconds", self.repair_seconds, 0, "seconds")
        refuse("failures", faults + below("pool", self.pool, 0, "(a number)"))

    def __len__(self) -> int:
        """Number of failures."""
        return len(self.at_seconds)

    def __iter__(self) -> Iterator[tuple[int, float, int, int]]:
        """One failure after the other: (when, uniform, repair_seconds, pool)."""
        columns = (self.at_seconds, self.uniform, self.repair_seconds, self.pool)
        return zip(*(column.tolist() for column in columns), strict=True)
