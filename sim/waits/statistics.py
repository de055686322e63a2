"""Waits of one option: the statistics that windows or whole runs of its queue add up to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.formatting import format_percent
from sim.mechanisms.workload import Queueing
from sim.parameters import Array
from sim.queue.analysis.replications import student_half_width, warm_up
from sim.units import MINUTES_PER_HOUR

CONFIDENCE = 0.95
CONVERGED_SHARE = Queueing().converged_share  # half-width over the estimate, unless a scenario asks for another
SLOWDOWN_BOUND_SECONDS = 600
MSER_BATCH = 5  # MSER-5, see `replications.warm_up`

Row = dict[str, float | Array]
"""Statistics of one window or one whole run, by the name of their column in `Waits`."""


@dataclass(frozen=True)
class MonthlyWaits:
    """Waits by month of submission, all runs together; [month] or [month, tier], hours, NaN without jobs."""

    jobs: Array  # [month, tier]
    median: Array
    p95: Array
    mean: Array
    used: Array
    refused: Array  # jobs
    tier_median: Array
    tier_p95: Array


@dataclass(frozen=True)
class Waits:
    """Queue statistics of one option; [row] or [row, tier], a row a window or a whole run, waits in hours.

    The rows of a run are means over its months, as windows are spread over the months.
    """

    month: Array  # when each window, or the machine, begins
    gpus: Array
    jobs: Array
    offered_share: Array  # GPU-hours brought over GPU-hours up
    median: Array
    p95: Array
    mean: Array
    slowdown: Array
    used: Array  # utilisation
    kept: Array  # goodput
    refused: Array  # part of the jobs that no GPU in service could run
    tier_median: Array
    tier_p95: Array
    course: Array  # mean waits along each window, [row, segment], seconds; no segments where a row is a whole run
    warm_up_share: float = 0.0  # of the segments, left out
    fidelity: str = "windows"
    converged: bool = False
    stopped: bool = False
    verdict: str = ""  # on the precision that was reached
    remark: str = ""  # where something else was simulated than was asked for
    fault: str = ""  # of the simulation: Little's law does not hold
    months: MonthlyWaits | None = None  # over all runs, where the whole horizon was simulated

    @property
    def median_hours(self) -> float:
        """Median wait, mean over windows."""
        return _mean(self.median)

    @property
    def p95_hours(self) -> float:
        """95th percentile of the wait, mean over windows."""
        return _mean(self.p95)

    @property
    def mean_hours(self) -> float:
        """Mean wait."""
        return _mean(self.mean)

    @property
    def bounded_slowdown(self) -> float:
        """Mean bounded slowdown."""
        return _mean(self.slowdown)

    @property
    def utilisation(self) -> float:
        """GPU-hours held over GPU-hours up."""
        return _mean(self.used)

    @property
    def goodput(self) -> float:
        """GPU-hours of work kept over GPU-hours held."""
        return _mean(self.kept)

    def note(self) -> str:
        """One sentence on the precision of the waits, for charts and tables."""
        parts = []
        for name, values in (("median", self.median), ("p95", self.p95)):
            known = values[np.isfinite(values)]
            width = f" +/- {half_width(known):.2g}" if known.size > 1 else ""
            parts.append(f"{name} {_mean(values):.3g} h{width}")
        of = f"{self.median.size} {'windows' if self.fidelity == 'windows' else 'whole runs'} of {self.jobs.min():,.0f}"
        found = [f"{', '.join(parts)} (95 %, {of} jobs)"]
        found += [] if self.converged else [self.verdict]
        # a trend in waits of seconds is of no account
        seen = self.course.size > 0 and self.p95_hours > 1 / MINUTES_PER_HOUR
        short = seen and short_warm_up(self.course, self.warm_up_share)
        found += ["MSER-5 asks for a longer warm-up"] if short else []
        rejected = _mean(self.refused)
        found += (
            [f"{format_percent(rejected, '.2g')} of the jobs need newer or larger machines"] if rejected > 0 else []
        )
        return "; ".join([*found, *(text for text in (self.remark, self.fault) if text)])


def _mean(values: Array) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def half_width(values: Array) -> float:
    """Half-width of the 95 % interval of a mean over independent windows."""
    return student_half_width(values, CONFIDENCE) if values.size > 1 else float("nan")


def short_warm_up(courses: Array, share: float) -> bool:
    """Whether MSER-5 asks for more than the first `share` of the windows [window, segment] to be left out.

    The mean over windows is looked at: one window alone has too few waits to distinguish a trend from noise.
    """
    found = warm_up(courses.mean(axis=0), MSER_BATCH)
    return not found.found or found.dropped > share * courses.shape[1]
