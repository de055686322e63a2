"""Failures: jobs interrupted, nodes replaced by spares or away for repair, checkpoints.

Two rates, for most interruptions need no new part: software, links and memory errors stop a job (repair of 0
seconds); some need one, and the node leaves until a spare or the repair takes its place. All of it is known before
the queue runs.
"""

from __future__ import annotations

from dataclasses import dataclass
from heapq import heappop, heappush

import numpy as np

from sim.mechanisms.reliability import checkpoint_interval_hours, mean_hours_between_interruptions
from sim.queue.jobs import Failures, Integers, Reals, refuse
from sim.queue.workload.counter import normals_at, stream_key, uniforms_at
from sim.streams import stream
from sim.units import GPUS_PER_NODE, SECONDS_PER_HOUR


@dataclass(frozen=True)
class Breakdown:
    """How the nodes of one pool fail.

    gpus, hours: size of the pool and length of the horizon.
    interruptions_per_gpu_hour: jobs stopped without a part being replaced.
    replacements_per_gpu_hour: parts replaced; the node leaves.
    repair_hours, repair_log_spread: median time that a node is away, and the standard deviation of its log.
    spare_nodes, swap_hours: nodes that stand by, and the time in which one takes a broken node's place.
    bad_share, infant_shape, infant_hours: part of the nodes of a bad batch; these break once more, after a Weibull time
        of this shape (below 1: the sooner the likelier) and scale.
    pool: the pool's number.
    """

    gpus: int
    hours: float
    interruptions_per_gpu_hour: float = 0.0
    replacements_per_gpu_hour: float = 0.0
    repair_hours: float = 1.0
    repair_log_spread: float = 0.0
    spare_nodes: int = 0
    swap_hours: float = 0.0
    bad_share: float = 0.0
    infant_shape: float = 0.5
    infant_hours: float = 1e3
    pool: int = 0

    def __post_init__(self) -> None:
        """Refuse negative numbers and shares above one, all in one message."""
        wanted = {name: 0.0 for name in self.__dataclass_fields__}
        faults = [
            f"{name} = {getattr(self, name)}: must be at least {least:g}"
            for name, least in wanted.items()
            if not getattr(self, name) >= least
        ]
        faults += [f"bad_share = {self.bad_share}: must be at most 1"] if self.bad_share > 1 else []
        if not self.infant_shape > 0:
            faults.append(f"infant_shape = {self.infant_shape}: must be above 0")
        refuse("breakdown", faults)


def failures(breakdown: Breakdown, seed: int, replication: int = 0) -> Failures:
    """Failures of one pool over the horizon, in order of time.

    The n-th failure of each kind has the same luck under every option; a larger machine or rate brings it sooner. A
    broken node is replaced by a spare after the time of a swap while one is left, and is away until its own repair
    otherwise; a repaired node joins the spares if a spare had taken its place.
    """
    pool = f"pool {breakdown.pool}"
    gpu_hours = float(breakdown.gpus)
    stops = _poisson(
        f"{pool}.interruptions", gpu_hours * breakdown.interruptions_per_gpu_hour, breakdown, seed, replication
    )
    broken = _poisson(
        f"{pool}.replacements", gpu_hours * breakdown.replacements_per_gpu_hour, breakdown, seed, replication
    )
    breaks = np.sort(np.concatenate([broken, _infant_seconds(breakdown, seed, replication)]))
    away = _outages(breakdown, breaks, _repair_seconds(breakdown, breaks.size, seed, replication))
    at = np.concatenate([stops, breaks])
    lasting = np.concatenate([np.zeros(stops.size, np.int64), away])
    uniform = np.concatenate(
        [
            _bad_nodes(f"{pool}.stopped", stops.size, seed, replication),
            _bad_nodes(f"{pool}.broken", breaks.size, seed, replication),
        ]
    )
    order = np.argsort(at, kind="stable")
    return Failures(at[order], uniform[order], lasting[order], np.full(at.size, breakdown.pool))


def together(pools: list[Failures]) -> Failures:
    """Failures of several pools in order of time."""
    columns = [
        np.concatenate([getattr(f, name) for f in pools])
        for name in ("at_seconds", "uniform", "repair_seconds", "pool")
    ]
    order = np.argsort(columns[0], kind="stable")
    at, uniform, repair, pool = (column[order] for column in columns)
    return Failures(at, uniform, repair, pool)


def checkpoint_seconds(gpus: float, rate_per_gpu_hour: float, write_seconds: float, longest_seconds: float) -> int:
    """Young's interval between checkpoints of a job on `gpus` GPUs, whole seconds, at most `longest_seconds`.

    >>> checkpoint_seconds(1024, 1.9733e-5, 300, 1e9)
    10339
    """
    mtbf = mean_hours_between_interruptions(gpus, rate_per_gpu_hour)
    hours = float(checkpoint_interval_hours(mtbf, write_seconds / SECONDS_PER_HOUR))
    return max(int(min(hours * SECONDS_PER_HOUR, longest_seconds)), 1)


def _poisson(name: str, per_hour: float, breakdown: Breakdown, seed: int, replication: int) -> Integers:
    """Seconds of a Poisson process over the horizon."""
    if per_hour <= 0:
        return np.zeros(0, np.int64)
    mean = per_hour * breakdown.hours
    chance = stream(seed, 0, name, replication)
    at = np.cumsum(chance.standard_exponential(int(mean + 10 * np.sqrt(mean) + 10))) / per_hour
    return np.asarray(np.floor(at[at < breakdown.hours] * SECONDS_PER_HOUR), dtype=np.int64)


def _infant_seconds(breakdown: Breakdown, seed: int, replication: int) -> Integers:
    """Seconds at which the nodes of a bad batch break, those within the horizon."""
    name = f"pool {breakdown.pool}.batch"
    nodes = breakdown.gpus // GPUS_PER_NODE
    chance = np.array(stream(seed, 0, name, replication).random((nodes, 2)))
    bad = chance[:, 0] < breakdown.bad_share
    at = breakdown.infant_hours * (-np.log1p(-chance[bad, 1])) ** (1 / breakdown.infant_shape)
    return np.asarray(np.floor(at[at < breakdown.hours] * SECONDS_PER_HOUR), dtype=np.int64)


def _repair_seconds(breakdown: Breakdown, count: int, seed: int, replication: int) -> Integers:
    """Lognormal repair times [failure]."""
    key = stream_key(seed, f"pool {breakdown.pool}.repairs", replication)
    score = normals_at(key, np.arange(count))
    hours = breakdown.repair_hours * np.exp(breakdown.repair_log_spread * score)
    return np.maximum(np.round(hours * SECONDS_PER_HOUR), 1).astype(np.int64)


def _bad_nodes(name: str, count: int, seed: int, replication: int) -> Reals:
    """Numbers in [0, 1) that say which GPU's node fails [failure]."""
    key = stream_key(seed, name, replication)
    return np.asarray(uniforms_at(key, np.arange(count)), dtype=np.float64)


def _outages(breakdown: Breakdown, breaks: Integers, repair: Integers) -> Integers:
    """How long the queue misses each broken node [failure]: a swap while a spare is left, else its repair."""
    spares, swap = breakdown.spare_nodes, round(breakdown.swap_hours * SECONDS_PER_HOUR)
    in_repair: list[int] = []  # seconds at which nodes that a spare has replaced come back, to the spares
    away = np.empty(breaks.size, np.int64)
    for number, (at, lasting) in enumerate(zip(breaks.tolist(), repair.tolist(), strict=True)):
        while in_repair and in_repair[0] <= at:
            heappop(in_repair)
            spares += 1
        if spares and swap < lasting:
            spares -= 1
            heappush(in_repair, at + lasting)
            away[number] = max(swap, 1)
        else:
            away[number] = lasting
    return away
