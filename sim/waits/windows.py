"""Windows of the queue: the machine and the allocations of one month, simulated for a fixed number of jobs.

Each window is one replication with its own jobs, so the error of a statistic is the spread over windows, which
correlation within a window cannot shrink. A window begins as a machine without a queue would stand, and so forgets the
backlog of the months before it.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from sim.costs.result import OptionResult
from sim.mechanisms.demand import TIERS
from sim.parameters import Array
from sim.queue.analysis.little import check_little
from sim.queue.jobs import Integers, Jobs
from sim.queue.schedules import Schedule, bounded_slowdown, used_gpu_seconds, utilisation
from sim.queue.simulate import simulate
from sim.units import MONTHS_PER_YEAR, SECONDS_PER_HOUR
from sim.waits.machine import PROVIDER, Machine, offered, rules, tier_shares, window_failures
from sim.waits.statistics import SLOWDOWN_BOUND_SECONDS, Row
from sim.waits.window_jobs import Offer, Window, window_arrivals

SEGMENTS = 500  # of a window, whose mean waits are looked at for a trend
GOLDEN = (np.sqrt(5) - 1) / 2  # steps of it spread any number of points evenly


def window_months(result: OptionResult, windows: int) -> list[int]:
    """Months in which windows begin: spread evenly over the months in which the machine serves.

    Further windows leave the months of the first ones as they are.
    """
    used = result.allocation.used.get(PROVIDER)
    serving = np.flatnonzero(used[0] > 0) if used is not None else np.array([], dtype=np.int64)
    if serving.size == 0:
        return []
    places = (0.5 + GOLDEN * np.arange(windows)) % 1 * serving.size
    return [int(serving[int(place)]) for place in places]


class Windows:
    """The windows of one option."""

    def __init__(self, result: OptionResult, seed: int) -> None:
        """Prepare what all windows have in common."""
        self.seed = seed
        self.machine = Machine.of(result)
        self.world = self.machine.world
        self.load = offered(result, self.machine)
        self.tiers = tier_shares(result)
        self.rules = rules(self.world, self.machine)
        self.faults: list[str] = []

    def row(self, month: int, number: int) -> Row:
        """Statistics of one window: the machine and the allocations of that month, as the money left them."""
        world, machine = self.world, self.machine.in_month(month)
        gpus, speed = int(machine.total_gpus[0]), float(machine.speed_ratio[0])
        offer = Offer(
            float(self.load[month]),
            self.tiers[month],
            int(world.queue.window_jobs * (1 + world.queue.warm_up_share)),
            self.machine.largest_pool,
            speed,
            by_user=world.queue.discipline == "multifactor",
            alike=True,
        )
        window = window_arrivals(offer, world.workload, self.seed, number)
        jobs = replace(window.jobs, pools=machine.allowed(window.jobs, self._needs(window, month), 0))
        last = int(jobs.submit_seconds[-1]) if len(jobs) else 0
        hours = last / SECONDS_PER_HOUR + world.workload.wall_limit_hours
        rate, repair = world.reliability.interruptions_per_gpu_hour, world.reliability.repair_hours
        failures = machine.split(window_failures(gpus, hours, rate, repair, self.seed, number))
        schedule = simulate(jobs, pools=machine.pools(), rules=self.rules, failures=failures)
        self._check(schedule, month)
        first = window.running + int(world.queue.window_jobs * world.queue.warm_up_share)
        share = self.load[month] / (gpus * speed)
        row: Row = {"month": month, "gpus": gpus, "offered_share": share, **statistics(jobs, schedule, first)}
        return row | {"course": course(schedule, window.running)}

    def _needs(self, window: Window, month: int) -> Integers:
        """The oldest design month that each job accepts [job]."""
        gate = float(self.world.hardware.age_gate_per_year)
        if gate <= 0:
            return np.zeros(len(window.jobs), np.int64)
        oldest = np.minimum(window.uniform * (MONTHS_PER_YEAR / gate), float(np.iinfo(np.int32).max))
        return np.asarray(np.maximum(np.ceil(month - oldest), 0), np.int64)

    def _check(self, schedule: Schedule, month: int) -> None:
        """Note a fault where Little's law does not hold to the second."""
        try:
            check_little(schedule, 0, max(int(schedule.submit_seconds[-1]) if len(schedule.submit_seconds) else 1, 1))
        except ValueError as fault:
            self.faults.append(f"{fault} (window of month {month})")


def statistics(jobs: Jobs, schedule: Schedule, first: int) -> Row:
    """Statistics of the measured jobs: those submitted after the warm-up that the machine could hold."""
    measured = np.flatnonzero(schedule.started)
    measured = measured[measured >= first]
    wait = schedule.wait_seconds[measured]
    hours = wait / SECONDS_PER_HOUR
    tier = jobs.tier[measured]
    until = int(jobs.submit_seconds[-1]) if len(jobs) else 0
    held = used_gpu_seconds(schedule, int(schedule.end_seconds.max()) + 1) if len(jobs) else 0
    lost = float((schedule.lost_seconds * schedule.held_gpus).sum())

    def by_tier(share: float) -> Array:
        return np.array(
            [np.quantile(hours[tier == k], share) if np.any(tier == k) else np.nan for k in range(len(TIERS))]
        )

    ran = schedule.end_seconds[measured] - schedule.start_seconds[measured]
    return {
        "jobs": float(measured.size),
        "median": float(np.median(hours)) if hours.size else np.nan,
        "p95": float(np.quantile(hours, 0.95)) if hours.size else np.nan,
        "mean": float(hours.mean()) if hours.size else np.nan,
        "slowdown": float(bounded_slowdown(wait, ran, SLOWDOWN_BOUND_SECONDS).mean()) if hours.size else np.nan,
        "used": utilisation(schedule, until),
        "kept": 1 - lost / held if held else np.nan,
        "refused": float(schedule.rejected[first:].mean()) if len(jobs) > first else 0.0,
        "tier_median": by_tier(0.5),
        "tier_p95": by_tier(0.95),
    }


def course(schedule: Schedule, running: int) -> Array:
    """Mean wait in each of equal segments of a window, warm-up and all [segment], seconds; 0 where no job started."""
    started = schedule.started[running:]
    wait = np.where(started, schedule.wait_seconds[running:], 0)
    segment = np.arange(wait.size) * SEGMENTS // max(wait.size, 1)
    jobs = np.bincount(segment, started, SEGMENTS)
    return np.asarray(np.bincount(segment, wait, SEGMENTS) / np.maximum(jobs, 1))
