"""Tally of a whole horizon of jobs: counts, sums and a histogram of waits by month and tier; the jobs are not kept.

Memory follows the months, not the jobs. Waits are counted in bins that widen by a hundredth, so a quantile is known to
half of that; zero has a bin of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sim.mechanisms.demand import TIERS
from sim.parameters import Array
from sim.queue.jobs import Integers, Jobs
from sim.queue.schedules import Finished, bounded_slowdown
from sim.units import HOURS_PER_YEAR, SECONDS_PER_HOUR
from sim.waits.machine import MONTH_SECONDS, Machine
from sim.waits.statistics import SLOWDOWN_BOUND_SECONDS, MonthlyWaits, Row

WIDENING = 0.01  # each bin is so much wider than the one before it
LONGEST_YEARS = 100
BINS = 2 + int(np.log(LONGEST_YEARS * HOURS_PER_YEAR * SECONDS_PER_HOUR) / np.log1p(WIDENING))
_CENTRES = np.append(0.0, np.exp((np.arange(BINS - 1) + 0.5) * np.log1p(WIDENING)))


def bin_of(wait_seconds: Integers) -> Integers:
    """The bin of each wait [job].

    >>> bin_of(np.array([0, 1, 2, 100]))
    array([  0,   1,  70, 463])
    """
    place = np.log(np.maximum(wait_seconds, 1)) / np.log1p(WIDENING)
    return np.where(wait_seconds > 0, np.minimum(place.astype(np.int64) + 1, BINS - 1), 0)


def quantile_hours(counts: Integers, share: float) -> Array:
    """Quantile of the waits [...], from counts by bin [..., bin]; NaN where there are no jobs."""
    total = counts.sum(axis=-1)
    below = np.cumsum(counts, axis=-1)
    place = np.minimum((below < np.maximum(share * total, 1)[..., None]).sum(axis=-1), BINS - 1)
    # one second and two have bins of their own, and are known exactly
    seconds = np.where(_CENTRES[place] < 1 / WIDENING, np.round(_CENTRES[place]), _CENTRES[place])
    return np.where(total > 0, seconds / SECONDS_PER_HOUR, np.nan)


class Tally:
    """Sums over the jobs of one horizon; arrays [month] or [month, tier], by month of submission but for GPU-seconds.

    counts [month, tier, bin]: jobs by wait. waited, slowdown: sums of seconds, and of bounded slowdowns.
    refused: jobs that no machine in service could take. held, up: GPU-seconds by the month in which they passed.
    lost: GPU-seconds to be repeated.
    """

    def __init__(self, months: int) -> None:
        """Begin without a job."""
        self.months = months
        self.counts = np.zeros((months, len(TIERS), BINS), np.int64)
        self.waited, self.slowdown, self.held, self.up = (np.zeros(months) for _ in range(4))
        self.refused = np.zeros(months, np.int64)
        self.lost = 0.0
        # jobs, and sums of the seconds of their submissions, completions and stays: for Little's law
        self.fed = self.fed_seconds = self.rejected = self.rejected_seconds = 0
        self.ended = self.ended_seconds = self.stayed_seconds = 0
        self._attempts: dict[int, list[tuple[int, int]]] = defaultdict(list)
        self._served: dict[int, tuple[int, int]] = {}

    def feed(self, jobs: Jobs) -> None:
        """Count jobs that are submitted to the queue."""
        self.fed += len(jobs)
        self.fed_seconds += int(jobs.submit_seconds.sum())

    def interrupted(self, attempts: list[tuple[int, ...]]) -> None:
        """Note attempts cut short: job, start, end, and more that is ignored. The job's GPUs are known at its end."""
        for job, start, end, *_ in attempts:
            self._attempts[job].append((start, end))

    def capacity(self, changes: list[tuple[int, int, int]]) -> None:
        """Count GPUs in service from changes in order of time: second, GPUs from then on, pool."""
        for at, gpus, pool in changes:
            since, before = self._served.get(pool, (at, 0))
            self._pass(self.up, np.array([since]), np.array([at]), np.array([max(before, 0)]))
            self._served[pool] = (at, gpus)

    def close(self, at_seconds: int) -> None:
        """Count GPUs in service up to this second."""
        self.capacity([(at_seconds, gpus, pool) for pool, (_, gpus) in self._served.items()])

    def take(self, finished: Finished) -> None:
        """Count jobs that have finished, or been rejected."""
        rejected = finished[finished["rejected"] != 0]
        self.rejected += len(rejected)
        self.rejected_seconds += int(rejected["submit"].sum())
        np.add.at(self.refused, self._month(rejected["submit"]), 1)
        done = finished[finished["rejected"] == 0]
        submit, start, end = (np.asarray(done[name], np.int64) for name in ("submit", "start", "end"))
        wait = np.asarray(done["first_start"], np.int64) - submit
        month, held = self._month(submit), np.asarray(done["held"], np.int64)
        place = (month * len(TIERS) + done["tier"]) * BINS + bin_of(wait)
        np.add.at(self.counts.reshape(-1), place, 1)
        self.waited += np.bincount(month, wait, self.months)
        self.slowdown += np.bincount(month, bounded_slowdown(wait, end - start, SLOWDOWN_BOUND_SECONDS), self.months)
        self._pass(self.held, start, end, held)
        self.lost += float((held * done["lost"]).sum())
        self.ended += len(done)
        self.ended_seconds += int(end.sum())
        self.stayed_seconds += int((end - submit).sum())
        for row in np.flatnonzero(done["restarts"]):
            attempts = np.array(self._attempts.pop(int(done["rank"][row]), []), np.int64).reshape(-1, 2)
            self._pass(self.held, attempts[:, 0], attempts[:, 1], np.full(len(attempts), held[row]))

    def little(self, now: int, inside: Integers) -> str:
        """Empty, or the sentence that Little's law does not hold up to second `now`.

        inside [job]: submission times, by the queue's own records, of the jobs that wait or run. The integral of the
        jobs in the system, from what went in and what came out, must be the sum of their stays.
        """
        integral = (self.fed * now - self.fed_seconds) - (self.rejected * now - self.rejected_seconds)
        integral -= self.ended * now - self.ended_seconds
        stays = self.stayed_seconds + len(inside) * now - int(inside.sum())
        if integral == stays:
            return ""
        return (
            f"Little's law fails in the system: {integral:,} job-seconds by submissions and completions, "
            f"{stays:,} by the stays of the jobs"
        )

    def _month(self, seconds: Integers) -> Integers:
        return np.minimum(np.asarray(seconds, np.int64) // MONTH_SECONDS, self.months - 1)

    def _pass(self, total: Array, start: Integers, end: Integers, weight: Integers) -> None:
        """Add `weight` times the seconds from `start` to `end` to the months in which they pass, up to the horizon."""
        end = np.minimum(end, self.months * MONTH_SECONDS)
        start = np.minimum(start, end)
        while start.size:
            month = self._month(start)
            stop = np.minimum(end, (month + 1) * MONTH_SECONDS)
            total += np.bincount(month, weight * (stop - start), self.months)
            on = stop < end
            start, end, weight = stop[on], end[on], weight[on]


def tally_row(tally: Tally, machine: Machine, load: Array, done: int) -> Row | None:
    """Statistics of a run of which `done` months are over, as means over its months; None before the first job.

    load [month]: GPU-hours of the base generation offered in each hour.
    """
    counts = tally.counts[:done].sum(axis=1)
    jobs = counts.sum(axis=1)
    served = np.flatnonzero((machine.total_gpus[:done] > 0) & (jobs + tally.refused[:done] > 0))
    if not served.size or not jobs[served].any():
        return None
    gpus, number = machine.total_gpus[served], np.maximum(jobs[served], 1)
    held, rejected = float(tally.held.sum()), tally.refused[served]
    tiers = tally.counts[served]
    found = {
        "offered_share": load[served] / (gpus * machine.speed_ratio[served]),
        "median": quantile_hours(counts[served], 0.5),
        "p95": quantile_hours(counts[served], 0.95),
        "mean": _where(jobs[served], tally.waited[served] / number / SECONDS_PER_HOUR),
        "slowdown": _where(jobs[served], tally.slowdown[served] / number),
        "used": _where(tally.up[served], tally.held[served] / np.maximum(tally.up[served], 1)),
        "refused": rejected / np.maximum(rejected + jobs[served], 1),
        "tier_median": quantile_hours(tiers, 0.5),
        "tier_p95": quantile_hours(tiers, 0.95),
    }
    means: Row = {name: _known_mean(values) for name, values in found.items()}
    kept = 1 - tally.lost / held if held else np.nan
    return means | {
        "month": float(served[0]), "gpus": float(gpus.mean()), "jobs": float(jobs.sum()), "kept": kept,
        "course": np.zeros(0),
    }  # fmt: skip


def _where(known: Array | Integers, values: Array) -> Array:
    """Values, NaN where nothing is known."""
    return np.where(known > 0, values, np.nan)


def _known_mean(values: Array) -> float | Array:
    """Mean over months [month, ...] of what is known."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
    return mean if mean.ndim else float(mean)


def monthly_waits(tallies: Sequence[Tally]) -> MonthlyWaits:
    """Waits by month over some runs of one horizon."""
    tiers = np.sum([tally.counts for tally in tallies], axis=0)
    names = ("held", "up", "waited", "refused")
    held, up, waited, refused = (np.sum([getattr(tally, name) for tally in tallies], axis=0) for name in names)
    counts = tiers.sum(axis=1)
    jobs = counts.sum(axis=1)
    return MonthlyWaits(
        jobs=tiers.sum(axis=2).astype(np.float64),
        median=quantile_hours(counts, 0.5),
        p95=quantile_hours(counts, 0.95),
        mean=_where(jobs, waited / np.maximum(jobs, 1) / SECONDS_PER_HOUR),
        used=_where(up, held / np.maximum(up, 1)),
        refused=refused.astype(np.float64),
        tier_median=quantile_hours(tiers, 0.5),
        tier_p95=quantile_hours(tiers, 0.95),
    )
