"""Tally of a stream of jobs: counts, sums and a histogram of waits by period, tier and size; the jobs are not kept.

A period is a month of a horizon, or a part of a window. Memory follows the periods, not the jobs. Waits are counted in
bins that widen by a hundredth, so a quantile is known to half of that; zero has a bin of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from sim.mechanisms.demand import TIERS
from sim.parameters import Array
from sim.queue.jobs import Integers, Jobs
from sim.queue.schedules import Finished
from sim.units import HOURS_PER_YEAR, SECONDS_PER_HOUR
from sim.waits import counting
from sim.waits.statistics import SIZE_CLASSES, SLOWDOWN_BOUND_SECONDS, MonthlyWaits, Row

WIDENING = 0.01  # each bin is so much wider than the one before it
LONGEST_YEARS = 100
BINS = 2 + int(np.log(LONGEST_YEARS * HOURS_PER_YEAR * SECONDS_PER_HOUR) / np.log1p(WIDENING))
_CENTRES = np.append(0.0, np.exp((np.arange(BINS - 1) + 0.5) * np.log1p(WIDENING)))
_FROM_GPUS = np.array([least for least, _ in SIZE_CLASSES])


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
    """Sums over the jobs of one stream by period, that of submission but for GPU-seconds; arrays [period].

    counts [period, tier, size, bin]: jobs by wait. waited, slowdown: sums of seconds, and of bounded slowdowns.
    refused: jobs that no machine in service could take. held, up: GPU-seconds by the period in which they passed.
    work, withdrawn: GPU-seconds that jobs brought, and that users withdrew. pending: seconds in which a job waited.
    lost: GPU-seconds to be repeated. course: jobs and seconds waited by equal parts of the time [2, part].
    """

    def __init__(self, ends: Integers, parts: int = 0) -> None:
        """Begin without a job. ends: the second at which each period ends, ascending; the first begins at 0.

        parts: of the whole time, in which the course of the waits is followed.
        """
        self.ends, self.periods = np.asarray(ends, np.int64), len(ends)
        self.counts = np.zeros((self.periods, len(TIERS), len(SIZE_CLASSES), BINS), np.int64)
        self.waited, self.slowdown, self.held, self.up = (np.zeros(self.periods) for _ in range(4))
        self.work, self.withdrawn, self.pending = (np.zeros(self.periods) for _ in range(3))
        self.refused = np.zeros(self.periods, np.int64)
        self.course = np.zeros((2, parts))
        self.lost = 0.0
        # jobs, and sums of the seconds of their submissions, completions and stays: for Little's law
        self.fed = self.fed_seconds = self.absent = self.absent_seconds = 0
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
            counting.pass_by(self.up, self.ends, since, at, max(before, 0))
            self._served[pool] = (at, gpus)

    def close(self, at_seconds: int, work: int, withdrawn: int, pending: int) -> None:
        """Count GPUs in service up to this second, and GPU-seconds brought and withdrawn, seconds pending, so far."""
        self.capacity([(at_seconds, gpus, pool) for pool, (_, gpus) in self._served.items()])
        period = min(int(np.searchsorted(self.ends, at_seconds)), self.periods - 1)
        for total, so_far in ((self.work, work), (self.withdrawn, withdrawn), (self.pending, pending)):
            total[period] += so_far - total.sum()

    def take(self, finished: Finished) -> None:
        """Count jobs that have finished, been rejected or been withdrawn."""
        slowdown, sums = np.zeros(self.periods), np.zeros(counting.SUMS, np.int64)
        counting.count(
            finished, bin_of(finished["first_start"] - finished["submit"]), self.ends, _FROM_GPUS,
            SLOWDOWN_BOUND_SECONDS, self.counts, self.waited, slowdown, self.held, self.refused, self.course, sums,
        )  # fmt: skip
        self.slowdown += slowdown
        absent, absent_seconds, ended, ended_seconds, stayed_seconds, lost = sums.tolist()
        self.absent, self.absent_seconds = self.absent + absent, self.absent_seconds + absent_seconds
        self.ended, self.ended_seconds = self.ended + ended, self.ended_seconds + ended_seconds
        self.stayed_seconds += stayed_seconds
        self.lost += lost
        for job in finished[(finished["restarts"] != 0) & (finished["rejected"] == 0)]:
            for start, end in self._attempts.pop(int(job["rank"]), []):
                counting.pass_by(self.held, self.ends, start, end, int(job["held"]))

    def little(self, now: int, inside: Integers) -> str:
        """Empty, or the sentence that Little's law does not hold up to second `now`.

        inside [job]: submission times, by the queue's own records, of the jobs that wait or run. The integral of the
        jobs in the system, from what went in and what came out, must be the sum of their stays.
        """
        integral = (self.fed * now - self.fed_seconds) - (self.absent * now - self.absent_seconds)
        integral -= self.ended * now - self.ended_seconds
        stays = self.stayed_seconds + len(inside) * now - int(inside.sum())
        if integral == stays:
            return ""
        return (
            f"Little's law fails in the system: {integral:,} job-seconds by submissions and completions, "
            f"{stays:,} by the stays of the jobs"
        )


def tally_row(tally: Tally, periods: Integers, gpus: Integers, offered_share: Array) -> Row | None:
    """Statistics of some periods, as means over those in which a job came or was refused; None where none did.

    periods: their numbers. gpus [period], offered_share [period]: in service, and hours brought over hours up, of all.
    """
    jobs = tally.counts[periods].sum(axis=(1, 2, 3))
    served = np.asarray(periods)[(gpus[periods] > 0) & (jobs + tally.refused[periods] > 0)]
    counts = tally.counts[served]
    every, number = counts.sum(axis=(1, 2)), counts.sum(axis=(1, 2, 3))
    if not served.size:
        return None
    held, rejected, length = float(tally.held.sum()), tally.refused[served], np.diff(tally.ends, prepend=0)[served]
    found = {
        "offered_share": offered_share[served],
        "median": quantile_hours(every, 0.5),
        "p95": quantile_hours(every, 0.95),
        "mean": _where(number, tally.waited[served] / np.maximum(number, 1) / SECONDS_PER_HOUR),
        "slowdown": _where(number, tally.slowdown[served] / np.maximum(number, 1)),
        "used": _where(tally.up[served], tally.held[served] / np.maximum(tally.up[served], 1)),
        "withdrawn": _share(tally.withdrawn[served], tally.work[served]),
        "pending": tally.pending[served] / length,
        "refused": rejected / np.maximum(rejected + number, 1),
        "tier_median": quantile_hours(counts.sum(axis=2), 0.5),
        "tier_p95": quantile_hours(counts.sum(axis=2), 0.95),
        "size_median": quantile_hours(counts.sum(axis=1), 0.5),
        "size_p95": quantile_hours(counts.sum(axis=1), 0.95),
    }
    means: Row = {name: _known_mean(values) for name, values in found.items()}
    kept = 1 - tally.lost / held if held else np.nan
    course = tally.course[1] / np.maximum(tally.course[0], 1)
    return means | {
        "month": float(served[0]), "gpus": float(gpus[served].mean()), "jobs": float(number.sum()), "kept": kept,
        "course": course,
    }  # fmt: skip


def no_jobs(month: int, parts: int = 0) -> Row:
    """The row of a window in which no job came. parts: of its course."""
    return {
        **dict.fromkeys(("median", "p95", "mean", "slowdown", "kept"), np.nan),
        **dict.fromkeys(("gpus", "jobs", "offered_share", "used", "withdrawn", "pending", "refused"), 0.0),
        **dict.fromkeys(("tier_median", "tier_p95"), np.full(len(TIERS), np.nan)),
        **dict.fromkeys(("size_median", "size_p95"), np.full(len(SIZE_CLASSES), np.nan)),
        "month": float(month), "course": np.zeros(parts),
    }  # fmt: skip


def _share(part: Array, rest: Array) -> Array:
    """Part of the whole [period], 0 where there is nothing."""
    whole = part + rest
    return np.divide(part, whole, out=np.zeros_like(whole), where=whole > 0)


def _where(known: Array | Integers, values: Array) -> Array:
    """Values, NaN where nothing is known."""
    return np.where(known > 0, values, np.nan)


def _known_mean(values: Array) -> float | Array:
    """Mean over periods [period, ...] of what is known."""
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    mean = np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)
    return mean if mean.ndim else float(mean)


def monthly_waits(tallies: Sequence[Tally]) -> MonthlyWaits:
    """Waits by month over some runs of one horizon, whose periods are months."""
    classes = np.sum([tally.counts for tally in tallies], axis=0)
    names = ("held", "up", "waited", "refused")
    held, up, waited, refused = (np.sum([getattr(tally, name) for tally in tallies], axis=0) for name in names)
    tiers = classes.sum(axis=2)
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
