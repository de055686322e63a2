"""Failures: how often jobs are interrupted, what checkpoints cost, how many nodes stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param, switch
from sim.units import GPUS_PER_NODE, MINUTES_PER_HOUR, SECONDS_PER_HOUR


@dataclass(frozen=True, kw_only=True)
class Reliability(Parameters):
    """What breaks and how long it stays broken."""

    group: ClassVar[str] = "reliability"
    about: ClassVar[str] = "Reliability"

    interruptions_per_gpu_hour: float = param(
        1.97e-5, "1/GPU_hour", low=0.8e-5, high=6e-5, floor=0, ceiling=0.01, grade="B",
        source="dcd_llama3; kokolis_2024", help="Job interruptions per GPU-hour (419 in 54 days on 16,384 GPUs).",
    )
    overdispersion: float = param(
        0.25, "ratio", low=0, high=1, floor=0, ceiling=10, grade="D",
        source="assumption: failures cluster by month; no published variance was read",
        help="Variance of the monthly failure rate over its squared mean (gamma); 0 is a constant rate.",
    )
    checkpoint_seconds: float = param(
        30, "second", low=5, high=300, floor=0, ceiling=86_400, grade="D",
        source="assumption: between a local and a file-system checkpoint", help="Time to write one checkpoint.",
    )
    restart_minutes: float = param(
        10, "minute", low=2, high=60, floor=0, ceiling=1440, grade="D",
        source="assumption: requeue, reload and warm-up of a training job",
        help="Time lost restarting after an interruption.",
    )
    repair_hours: float = param(
        72, "hour", low=4, high=168, floor=0, ceiling=8760, grade="D",
        source="assumption: part replacement under next-business-day service",
        help="Time a failed node stays out of service.",
    )
    planned_outage_share: float = param(
        0.02, "fraction", low=0.01, high=0.05, floor=0, ceiling=0.9, grade="D",
        source="assumption: a day of maintenance every seven weeks", help="Share of time lost to planned maintenance.",
    )
    user_support: bool = switch(
        False, role="setting", source="assumption: no evidence of the size of the effect",
        help="Let thin user support lower goodput (off: no effect).",
    )
    support_needed_per_1000_gpus: float = param(
        4, "person", low=1, high=10, floor=0.01, ceiling=100, grade="D",
        source="assumption: no staffing survey was read", help="Support staff per 1,000 GPUs at which goodput is full.",
    )
    support_exponent: float = param(
        0.3, "ratio", low=0.1, high=0.6, floor=0, ceiling=1, grade="D",
        source="assumption: shape of the loss is unknown",
        help="How strongly goodput follows support staff below that level.",
    )


def mean_hours_between_interruptions(gpus: Array | float, rate_per_gpu_hour: Array | float) -> Array:
    """Mean time between interruptions of a job on `gpus`, hours; infinite without failures."""
    with np.errstate(divide="ignore"):
        return np.asarray(1 / (np.asarray(gpus, dtype=np.float64) * rate_per_gpu_hour))


def checkpoint_interval_hours(mtbf_hours: Array, checkpoint_hours: Array | float) -> Array:
    """Young's interval between checkpoints, hours [young_1974]."""
    return np.asarray(np.sqrt(2 * np.asarray(checkpoint_hours) * mtbf_hours))


def waste_ratio(mtbf_hours: Array, checkpoint_hours: Array | float, restart_hours: Array | float) -> Array:
    """Time lost to checkpoints, redone work and restarts over useful time [young_1974].

    At Young's interval writing checkpoints and redoing work cost the same, sqrt(write / (2 MTBF))
    each, so the interval drops out. First order: trust it below 0.3.

    >>> round(float(waste_ratio(mean_hours_between_interruptions(1024, 1.9733e-5), 5 / 60, 15 / 60)), 6)
    0.063084
    """
    return np.asarray(np.sqrt(2 * np.asarray(checkpoint_hours) / mtbf_hours) + restart_hours / mtbf_hours)


def goodput_share(job_gpus: Array, weights: Array, reliability: Reliability) -> Array:
    """Useful part of allocated GPU-hours, over job sizes weighted by GPU-hours.

    `job_gpus` and `weights` [size]; rates scalar or [draw, 1]; result [draw, 1] or scalar array.
    """
    mtbf = mean_hours_between_interruptions(job_gpus, reliability.interruptions_per_gpu_hour)
    waste = waste_ratio(
        mtbf,
        np.asarray(reliability.checkpoint_seconds) / SECONDS_PER_HOUR,
        np.asarray(reliability.restart_minutes) / MINUTES_PER_HOUR,
    )
    return np.asarray((weights / (1 + waste)).sum(axis=-1, keepdims=True) / weights.sum())


def availability_share(
    rate_per_gpu_hour: Array | float, repair_hours: Array | float, planned_outage_share: Array | float
) -> Array:
    """Share of nodes in service: planned outages and nodes under repair taken off."""
    under_repair = GPUS_PER_NODE * np.asarray(rate_per_gpu_hour) * repair_hours
    return np.asarray((1 - np.asarray(planned_outage_share)) / (1 + under_repair))


def support_share(staff_per_1000_gpus: Array | float, reliability: Reliability) -> Array:
    """Goodput kept with so many staff; 1 where the switch is off."""
    if not reliability.user_support:
        return np.asarray(1.0)
    enough = np.asarray(staff_per_1000_gpus) / reliability.support_needed_per_1000_gpus
    return np.asarray(np.minimum(1, enough) ** reliability.support_exponent)
