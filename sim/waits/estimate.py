"""Instant waits of an option: its machine month by month, read from the table; called estimates everywhere."""

from __future__ import annotations

import numpy as np

from sim.costs.result import OptionResult
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import GPUS_PER_NODE
from sim.waits.instant import MINUTE_HOURS, STATISTICS, Band, Estimate, instant_of, inverse_transformed, transformed
from sim.waits.machine import Machine, offered
from sim.waits.windows import window_months

# Which statistic each outcome of the queue is.
STATISTIC = {"wait_p50": "median", "wait_p95": "p95", "wait_mean": "mean", "bounded_slowdown": "slowdown"}
ABOUT = "~"  # stands before an estimate in every table


def estimated(found: Estimate | None, outcome: str) -> tuple[float, float] | None:
    """The band of an outcome that is an estimate; None of all others."""
    if found is None or STATISTIC.get(outcome) not in found.bands:
        return None
    _, low, high = found.bands[STATISTIC[outcome]]
    return low, high


def estimate(result: OptionResult) -> Estimate | None:
    """Waits of one option as the table has them, in milliseconds; None where it has no machine.

    Means over the months in which windows of the queue would begin. The bands of these months are not independent, for
    all of them miss in the same way: their ends are averaged too.
    """
    world = result.context.world.at(0)
    months = window_months(result, int(world.queue.windows))
    if not months:
        return None
    machine = Machine.of(result)
    found = [_in_month(world, machine, offered(result, machine), month) for month in months]
    reasons = [instant.remark for instant in found if not instant.bands]
    if reasons:
        return Estimate({}, reasons[0])
    names = found[0].bands
    bands = {name: Band(*np.mean([instant.bands[name] for instant in found], axis=0).tolist()) for name in names}
    notes = dict.fromkeys(instant.remark for instant in found)
    return Estimate(bands, "; ".join([max(notes, key=len), *_left_out(world, machine, months)]))


def _in_month(world: World, machine: Machine, gpu_hours_per_hour: Array, month: int) -> Estimate:
    """The estimate for the machine of one month; faster GPUs live through the same queue in less time.

    A job runs within one generation. Several of them are no better than one machine of their sum, and no worse than
    their largest with a share of the jobs: the bands of both are taken together.
    """
    gpus, speed = float(machine.total_gpus[month]), float(machine.speed_ratio[month])
    # nodes under repair take no jobs: the machine is that much smaller, on average
    broken = GPUS_PER_NODE * world.reliability.interruptions_per_gpu_hour * world.reliability.repair_hours
    up = gpus * speed / (1 + broken)
    # jobs that need a newer design than the newest here are refused, and bring nothing
    load = float(gpu_hours_per_hour[month] * machine.runnable[month]) / max(up, 1.0)
    sizes = dict.fromkeys((gpus, float(machine.gpus[month].max())))
    found = [instant_of(world.workload, world.queue, load, size) for size in sizes]
    missing = next((instant for instant in found if not instant.bands), None)
    if missing is not None:
        return missing
    bands = {name: _at_speed(name, [one.bands[name] for one in found], speed) for name in STATISTICS}
    return Estimate(bands, found[0].remark)


def _at_speed(statistic: str, bands: list[Band], speed: float) -> Band:
    """One band in the place of several, on GPUs that are `speed` times as fast as those of the table."""
    joint = bands[0]
    if len(bands) > 1:
        middle = float(np.mean([transformed(statistic, band.value) for band in bands]))
        low, high = min(band.low for band in bands), max(band.high for band in bands)
        joint = Band(float(inverse_transformed(statistic, middle)), low, high)
    if statistic == "slowdown":
        return joint
    value, low, high = (hours / speed for hours in joint)
    # the errors of the table are known to a minute, no closer
    return Band(value, max(low - MINUTE_HOURS, 0.0), high + MINUTE_HOURS)


def _left_out(world: World, machine: Machine, months: list[int]) -> list[str]:
    """Notes on what of the machine the table does not cover."""
    generations = max(np.count_nonzero(machine.gpus[month]) for month in months)
    notes = [f"{generations} generations taken as between one machine and their largest"] if generations > 1 else []
    if world.demand.new_only_share_per_year > 0:
        notes.append("refusals of old accelerators taken as a smaller load")
    return notes
