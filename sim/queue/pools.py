"""Pools: the GPUs of one generation or partition, and which of them a job may use.

One mechanism for many policies: generations with a least capability, reserved partitions, and a reserve for short and
small jobs are all bit masks of pools [job]. Pools are tried from the last to the first: the newest generation is last.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sim.queue.jobs import Integers, refuse

NEVER = int(np.iinfo(np.int64).max)
"""A second that does not come, and a limit that nothing reaches."""

BASE_SPEED = 1000
"""Speed of the base generation, on which run times are given."""

ANY = -1
"""No particular partition."""

MOST_POOLS = np.iinfo(np.int64).bits - 1
"""Pools that fit in a bit mask; the last bit is the sign."""


@dataclass(frozen=True)
class Pool:
    """GPUs of one kind.

    gpus: how many there are at the beginning.
    speed: thousandths of the base generation's; a job of 100 s takes 50 s where it is 2000.
    retires_seconds: no job starts that would, by its estimate, run past this second. The GPUs leave by a capacity step.
    """

    gpus: int = 0
    speed: int = BASE_SPEED
    retires_seconds: int = NEVER

    def __post_init__(self) -> None:
        """Refuse impossible values, all of them in one message."""
        faults = [f"gpus = {self.gpus}: must be at least 0 GPUs"] if self.gpus < 0 else []
        faults += [f"speed = {self.speed}: must be at least 1 thousandth"] if self.speed < 1 else []
        if self.retires_seconds < 0:
            faults.append(f"retires_seconds = {self.retires_seconds}: must be at least 0 seconds")
        refuse("pool", faults)


def checked(pools: Sequence[Pool]) -> list[Pool]:
    """The pools of a machine, at least one and no more than fit in a mask."""
    if not pools:
        raise ValueError("pools = []: a machine must have at least one pool, even if of 0 GPUs")
    if len(pools) > MOST_POOLS:
        raise ValueError(f"pools has {len(pools)} entries: must have at most {MOST_POOLS}")
    return list(pools)


@dataclass(frozen=True)
class Admission:
    """Which jobs a pool takes.

    capability: a job that needs more is kept out.
    partition: only jobs of this partition are let in; ANY lets in all.
    longest_seconds, largest_gpus: a job that asks for more is kept out.
    """

    capability: int = 0
    partition: int = ANY
    longest_seconds: int = NEVER
    largest_gpus: int = NEVER


def allowed_pools(
    gpus: Integers, request_seconds: Integers, least_capability: Integers, partition: Integers,
    admissions: Sequence[Admission],
) -> Integers:  # fmt: skip
    """Bit mask [job] of the pools that let a job in, 0 where none does.

    gpus, request_seconds, least_capability, partition [job]: what the job asks for; partition ANY belongs to none.

    Pool 0 is old, pool 1 new and pool 2 a reserve for jobs of at most an hour and 8 GPUs. A job for any GPU, one that
    needs the new generation, and one that is too long for the reserve:

    >>> reserve = Admission(capability=1, longest_seconds=3600, largest_gpus=8)
    >>> admissions = [Admission(), Admission(capability=1), reserve]
    >>> allowed_pools(np.array([1, 8, 8]), np.array([60, 60, 7200]), np.array([0, 1, 1]), np.full(3, ANY), admissions)
    array([7, 6, 2])
    """
    if len(admissions) > MOST_POOLS:
        raise ValueError(f"admissions has {len(admissions)} pools: must have at most {MOST_POOLS}")
    mask = np.zeros(len(gpus), np.int64)
    for pool, admission in enumerate(admissions):
        admitted = (least_capability <= admission.capability) & (request_seconds <= admission.longest_seconds)
        admitted &= gpus <= admission.largest_gpus
        if admission.partition != ANY:
            admitted &= partition == admission.partition
        mask |= admitted.astype(np.int64) << pool
    return mask
