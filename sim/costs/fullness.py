"""How full a public machine gets, and what its jobs wait: the response surface of the queue, read for a block of draws.

The operator chooses how full to run. What the discipline, the sizes of jobs, failures and bursts let nobody attain is
not delivered; what people do not need is not used.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np

from sim.costs.surfaces import STEADY, USUAL, disciplines, silence, surface
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.hardware import performance
from sim.mechanisms.workload import Queueing, mean_job_gpus, packed_share
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.queue.surface import AXES, AXIS_WORDS, SETTINGS, WAITS, Curves
from sim.units import GPUS_PER_NODE

MACHINE = "cluster"  # the provider whose hours a queue delivers


@dataclass(frozen=True, eq=False)
class Fullness:
    """The queue of one machine in a block of draws, as the surface has it.

    target: part of its hours that the operator wants busy. curves: what becomes of it under every load, by draw.
    pace: speed of the GPUs in service over that on which jobs run as long as those of the surface, [draw, month].
    remark: why the surface is silent, or nothing; then attained utilisation is that of the nearest machine it knows.
    as_wanted: what the operator wants is attained, whatever the queue says.
    attainable: what a simulated queue attained at most. packed: part of the hours held that jobs asked for, less than 1
        where they hold whole nodes; utilisation of the surface is of hours held.
    """

    target: float
    curves: Curves
    pace: Array
    remark: str
    as_wanted: bool = False
    attainable: float = inf
    packed: float = 1.0

    @cached_property
    def attained(self) -> Array:
        """Utilisation where people need all that they can get, [draw, 1]."""
        if self.as_wanted:
            return np.full((len(self.pace), 1), self.target)
        return self.packed * np.minimum(min(self.target, self.attainable), self.curves.most)[:, None]

    @property
    def silence(self) -> str:
        """Why the surface says nothing of the first draw, or an empty string."""
        outside = [
            f"{AXIS_WORDS[name]} {float(values[0]):.3g} lies outside the surface "
            f"({AXES[name].low:g} to {AXES[name].high:g})"
            for name, values in self.curves.settings.items()
            if AXES[name].misses(values[:1]).any()
        ]
        return self.remark or "; ".join(outside)

    def first(self) -> Fullness:
        """The same of the first draw."""
        return replace(self, curves=self.curves.part(slice(1)), pace=self.pace[:1])

    def monthly(self, answer: str, used: Array) -> Array:
        """An answer where a machine is so full, [draw, month]; faster GPUs live through the same queue in less time."""
        found = self.curves.answer(answer, used / self.packed)
        return found / self.pace if answer in WAITS else found

    def mean(self, answer: str, used: Array, weight: Array) -> Array:
        """Mean of that over the months, each with its weight [draw, month], [draw]; NaN where there is a remark.

        Machines outside the axes have the answer of the nearest point inside: see `silent`.
        """
        if self.remark:
            return np.full(len(self.pace), np.nan)
        return weighted_mean(self.monthly(answer, used), weight)


def weighted_mean(values: Array, weight: Array) -> Array:
    """Mean over the months, [draw, month] -> [draw]; NaN where no month has a weight."""
    total = weight.sum(axis=1)
    found = np.divide((values * weight).sum(axis=1), total, out=np.full(total.shape, np.nan), where=total > 0)
    return np.asarray(found)


def fullness_of(machine: PublicCluster, gpus: Array, vintage_years: Array, world: World) -> Fullness:
    """The queue of a machine with so many accelerators in service, [draw, cohort, month], of designs [draw, cohort]."""
    queue, workload, reliability = world.queue, world.workload, world.reliability
    size = typical_gpus(gpus, queue)
    mean_gpus = mean_job_gpus(workload)
    broken = GPUS_PER_NODE * np.asarray(reliability.interruptions_per_gpu_hour) * np.asarray(reliability.repair_hours)
    values = {
        "machine_jobs": size / mean_gpus, "mean_gpus": mean_gpus, "broken_share": broken,
        "burstiness_ratio": 0.0 if workload.pattern == STEADY else workload.burstiness_ratio,
        "wall_limit_hours": workload.wall_limit_hours, "backlog_hours": workload.backlog_hours,
    }  # fmt: skip
    settings = {name: np.broadcast_to(np.reshape(values[name], -1), size.shape) for name in SETTINGS}
    known = queue.discipline in disciplines()
    curves = surface(queue.discipline if known else USUAL).curves(settings)
    return Fullness(
        machine.target_utilisation,
        curves,
        _pace(gpus, vintage_years, world),
        silence(world),
        queue.attained == "as_wanted",
        machine.attainable,
        packed_share(workload) if queue.placement == "whole_nodes" else 1.0,
    )


def typical_gpus(gpus: Array, queue: Queueing) -> Array:
    """GPUs of a machine with so many in service [draw, cohort, month] as its queue has them: a geometric mean, [draw].

    Over the months that it serves; never above what is simulated of a large one.
    """
    total = gpus.sum(axis=1)
    logs = np.where(total > 0, np.log(np.maximum(total, GPUS_PER_NODE)), 0.0)
    return np.asarray(np.minimum(np.exp(np.nan_to_num(weighted_mean(logs, (total > 0) * 1.0))), queue.most_gpus))


def _pace(gpus: Array, vintage_years: Array, world: World) -> Array:
    """Mean speed over that of the slowest design in service, or over the base's as far as jobs get shorter."""
    speed = np.broadcast_to(performance(vintage_years, world.hardware.doubling_years)[..., None], gpus.shape)
    total = gpus.sum(axis=1)
    mean = np.divide((gpus * speed).sum(axis=1), total, out=np.ones_like(total), where=total > 0)
    slowest = np.where(gpus > 0, speed, np.inf).min(axis=1)
    kept = 1 - np.asarray(world.workload.shorter_share)
    return np.asarray(mean / np.where(total > 0, slowest, 1.0) ** kept)
