"""Waits of the public machine: the queue simulated job by job in windows of the horizon.

Each window is one replication with its own jobs, so the error of a statistic is the
spread over windows, which correlation within a window cannot shrink.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student

from sim.comparison.reckon import Monthly
from sim.engine.jobs import Jobs
from sim.engine.schedules import Schedule, bounded_slowdown, used_gpu_seconds, utilisation
from sim.engine.simulate import simulate
from sim.engine.workload import Offer, window_failures, window_jobs
from sim.mechanisms.demand import TIERS
from sim.mechanisms.reliability import checkpoint_interval_hours, mean_hours_between_interruptions
from sim.mechanisms.workload import JOB_SIZES, gpu_hour_weights
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import GPUS_PER_NODE, HOURS_PER_MONTH, SECONDS_PER_HOUR

SLOWDOWN_BOUND_SECONDS = 600
CONVERGED_SHARE = 0.10  # half-width over the estimate
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Waits:
    """Queue statistics of one option; [window] or [window, tier], waits in hours."""

    month: Array  # when each window begins
    gpus: Array
    jobs: Array
    offered_share: Array  # GPU-hours brought over GPU-hours up
    median: Array
    p95: Array
    mean: Array
    slowdown: Array
    used: Array  # utilisation
    kept: Array  # goodput
    tier_median: Array
    tier_p95: Array

    @property
    def median_hours(self) -> float:
        """Median wait, mean over windows."""
        return float(self.median.mean())

    @property
    def p95_hours(self) -> float:
        """95th percentile of the wait, mean over windows."""
        return float(self.p95.mean())

    @property
    def mean_hours(self) -> float:
        """Mean wait."""
        return float(self.mean.mean())

    @property
    def bounded_slowdown(self) -> float:
        """Mean bounded slowdown."""
        return float(self.slowdown.mean())

    @property
    def utilisation(self) -> float:
        """GPU-hours held over GPU-hours up."""
        return float(self.used.mean())

    @property
    def goodput(self) -> float:
        """GPU-hours of work kept over GPU-hours held."""
        return float(self.kept.mean())

    def note(self) -> str:
        """One sentence on the precision of the waits, for charts and tables."""
        parts, converged = [], True
        for name, values in (("median", self.median), ("p95", self.p95)):
            width = half_width(values)
            converged &= bool(width <= CONVERGED_SHARE * values.mean()) or width == 0
            parts.append(f"{name} {values.mean():.3g} h +/- {width:.2g}")
        state = "" if converged else "; not converged to 10 %"
        return f"{', '.join(parts)} (95 %, {self.median.size} windows of {self.jobs.min():,.0f} jobs){state}"


LIMITS = "Poisson arrivals without the bursts of real logs: waits are a lower bound"


def half_width(values: Array) -> float:
    """Half-width of the 95 % interval of a mean over independent windows."""
    if values.size < 2:
        return float("nan")
    quantile = student.ppf((1 + CONFIDENCE) / 2, values.size - 1)
    return float(quantile * values.std(ddof=1) / np.sqrt(values.size))


def window_months(monthly: Monthly, windows: int) -> list[int]:
    """Months in which windows begin: spread evenly over the months in which the machine serves."""
    used = monthly.shared.used.get("cluster")
    serving = np.flatnonzero(used[0] > 0) if used is not None else np.array([], dtype=np.int64)
    if serving.size == 0:
        return []
    places = (np.arange(windows) + 0.5) / windows * serving.size
    return [int(serving[int(place)]) for place in places]


def simulate_waits(monthly: Monthly, seed: int, progress: Callable[[], None] = lambda: None) -> Waits | None:
    """Queue statistics of the central case of one option; None where it has no machine."""
    world = monthly.scene.world.at(0)
    rows = []
    for number, month in enumerate(window_months(monthly, int(world.queue.windows))):
        rows.append(_window(monthly, world, month, seed, number))
        progress()
    if not rows:
        return None
    return Waits(**{name: np.array([row[name] for row in rows]) for name in rows[0]})


def _window(monthly: Monthly, world: World, month: int, seed: int, number: int) -> dict[str, float | Array]:
    """One window: the machine and the allocations of that month, as the money left them."""
    assert monthly.in_service is not None
    up = float(monthly.in_service[0, :, month].sum()) * (1 - world.reliability.planned_outage_share)
    gpus = max(int(up / GPUS_PER_NODE), 1) * GPUS_PER_NODE
    supplied = monthly.h100e_hours["cluster"][0, month]
    # firms' jobs fill the machine as researchers' do: what is let stands in the same queue
    busy = monthly.shared.used["cluster"][0, month] + monthly.leased[0, month]
    wanted = busy / supplied if supplied > 0 else 0.0
    tiers = monthly.shared.public[0, month]
    offer = Offer(
        monthly.gpu_hours["cluster"][0, month] * wanted / HOURS_PER_MONTH,
        tiers / max(tiers.sum(), np.finfo(float).tiny),
        int(world.queue.window_jobs * (1 + world.queue.warm_up_share)),
    )
    jobs, running = window_jobs(offer, world.workload, seed, number)
    hours = float(jobs.submit_seconds[-1]) / SECONDS_PER_HOUR + world.workload.wall_limit_hours
    rate = world.reliability.interruptions_per_gpu_hour
    schedule = simulate(
        jobs, gpus,
        discipline=world.queue.discipline, backfill_scan=world.queue.backfill_scan,  # type: ignore[arg-type]
        order=world.queue.event_order, placement=world.queue.placement,  # type: ignore[arg-type]
        backfill_depth=int(world.queue.backfill_depth),
        checkpoint_seconds=_checkpoint_seconds(world),
        failures=window_failures(gpus, hours, rate, world.reliability.repair_hours, seed, number),
    )  # fmt: skip
    first = running + int(world.queue.window_jobs * world.queue.warm_up_share)
    row = _statistics(jobs, schedule, first)
    return {"month": month, "gpus": gpus, "offered_share": offer.gpu_hours_per_hour / gpus, **row}


def _checkpoint_seconds(world: World) -> int:
    """Young's interval for a job of the GPU-hour-weighted mean size, whole seconds."""
    size = float((gpu_hour_weights(world.workload.mean_gpus) * JOB_SIZES).sum())
    mtbf = mean_hours_between_interruptions(size, world.reliability.interruptions_per_gpu_hour)
    interval = float(checkpoint_interval_hours(mtbf, world.reliability.checkpoint_seconds / SECONDS_PER_HOUR))
    longest = world.workload.wall_limit_hours
    return max(int(min(interval, longest) * SECONDS_PER_HOUR), 1)


def _statistics(jobs: Jobs, schedule: Schedule, first: int) -> dict[str, float | Array]:
    """Statistics of the measured jobs: those submitted after the warm-up that the machine could hold."""
    measured = np.flatnonzero(schedule.started)
    measured = measured[measured >= first]
    wait = schedule.wait_seconds[measured]
    hours = wait / SECONDS_PER_HOUR
    tier = jobs.tier[measured]
    until = int(jobs.submit_seconds[-1])
    held = used_gpu_seconds(schedule, int(schedule.end_seconds.max()) + 1)
    lost = float((schedule.lost_seconds * schedule.held_gpus).sum())

    def by_tier(share: float) -> Array:
        return np.array(
            [np.quantile(hours[tier == k], share) if np.any(tier == k) else np.nan for k in range(len(TIERS))]
        )

    return {
        "jobs": float(measured.size),
        "median": float(np.median(hours)) if hours.size else np.nan,
        "p95": float(np.quantile(hours, 0.95)) if hours.size else np.nan,
        "mean": float(hours.mean()) if hours.size else np.nan,
        "slowdown": float(bounded_slowdown(wait, jobs.work_seconds[measured], SLOWDOWN_BOUND_SECONDS).mean())
        if hours.size else np.nan,
        "used": utilisation(schedule, until),
        "kept": 1 - lost / held if held else np.nan,
        "tier_median": by_tier(0.5),
        "tier_p95": by_tier(0.95),
    }  # fmt: skip
