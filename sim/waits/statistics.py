"""Waits of one option: the statistics that windows or whole runs of its queue add up to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from sim.formatting import format_percent
from sim.mechanisms.workload import Queueing
from sim.parameters import Array
from sim.queue.analysis.replications import paired_ratio, student_half_width, warm_up
from sim.units import MINUTES_PER_HOUR

CONFIDENCE = 0.95
CONVERGED_SHARE = Queueing().converged_share  # half-width over the estimate, unless a scenario asks for another
SLOWDOWN_BOUND_SECONDS = 600
MSER_BATCH = 5  # MSER-5, see `replications.warm_up`
SIZE_CLASSES = ((1, "1 GPU"), (2, "2 to 8 GPUs"), (9, "9 to 64 GPUs"), (65, "more than 64 GPUs"))
"""The classes of size whose waits are counted apart: the fewest GPUs of each, and its name; a node has 8."""
PAIRED = {"median": "median wait", "p95": "p95 wait"}
COLUMNS = ["option", "against", "statistic", "ratio", "low", "high", "pairs", "note"]

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
    """Queue statistics of one option; [row], [row, tier] or [row, size], a row a window or a whole run, waits in hours.

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
    withdrawn: Array  # part of the work that a backlog put off
    pending: Array  # part of the time in which a job waits
    kept: Array  # goodput
    refused: Array  # part of the jobs that no GPU in service could run
    tier_median: Array
    tier_p95: Array
    size_median: Array  # by SIZE_CLASSES
    size_p95: Array
    course: Array  # mean waits along each window, [row, segment], seconds; no segments where a row is a whole run
    warm_up_share: float = 0.0  # of the segments, left out
    fidelity: str = "windows"
    converged: bool = False
    stopped: bool = False
    verdict: str = ""  # on the precision that was reached
    remark: str = ""  # where something else was simulated than was asked for
    fault: str = ""  # of the simulation: Little's law does not hold
    months: MonthlyWaits | None = None  # over all runs, where the whole horizon was simulated

    def mean_of(self, statistic: str) -> float:
        """Mean over the rows of a statistic by the name of its column, hours or a ratio."""
        values = getattr(self, statistic)
        known = values[np.isfinite(values)]
        return float(known.mean()) if known.size else float("nan")

    @property
    def short_warm_up(self) -> bool:
        """Whether MSER-5 asks for a longer warm-up; a trend in waits of seconds is of no account."""
        seen = self.course.size > 0 and self.mean_of("p95") > 1 / MINUTES_PER_HOUR
        return seen and short_warm_up(self.course, self.warm_up_share)

    def note(self) -> str:
        """One sentence on the precision of the waits, for charts and tables."""
        parts = []
        for name, values in (("median", self.median), ("p95", self.p95)):
            known = values[np.isfinite(values)]
            width = f" +/- {half_width(known):.2g}" if known.size > 1 else ""
            parts.append(f"{name} {self.mean_of(name):.3g} h{width}")
        of = f"{self.median.size} {'windows' if self.fidelity == 'windows' else 'whole runs'} of {self.jobs.min():,.0f}"
        busy = self.used[np.isfinite(self.used)]
        if busy.size > 1:
            parts.append(f"utilisation in these weeks {100 * busy.mean():.0f} % +/- {100 * half_width(busy):.2g}")
        found = [f"{', '.join(parts)} (95 %, {of} jobs)"]
        found += [] if self.converged else [self.verdict]
        found += ["MSER-5 asks for a longer warm-up"] if self.short_warm_up else []
        rejected = self.mean_of("refused")
        older = f"{format_percent(rejected, '.2g')} of the jobs need newer or larger machines"
        found += [older] if rejected > 0 else []
        return "; ".join([*found, *(text for text in (self.remark, self.fault) if text)])


def half_width(values: Array) -> float:
    """Half-width of the 95 % interval of a mean over independent windows."""
    return student_half_width(values, CONFIDENCE) if values.size > 1 else float("nan")


def short_warm_up(courses: Array, share: float) -> bool:
    """Whether MSER-5 asks for more than the first `share` of the windows [window, segment] to be left out.

    The mean over windows is looked at: one window alone has too few waits to distinguish a trend from noise.
    """
    found = warm_up(courses.mean(axis=0), MSER_BATCH)
    return not found.found or found.dropped > share * courses.shape[1]


def paired_waits(waits: Mapping[str, Waits | None]) -> pd.DataFrame:
    """Waits by option against those of the first that has a queue; two rows a pair, none where only one has a queue.

    ratio, low, high: mean of the logs of the ratios and its 95 % interval, pair by pair of the windows (or runs) of one
    number, whose jobs are the same; NaN, 0 and infinite where one side never waits. Windows that only one option has,
    because the other's converged sooner, are left out.
    """
    queued = {key: found for key, found in waits.items() if found is not None}
    first = next(iter(queued), "")
    rows = []
    for key, ours in list(queued.items())[1:]:
        for statistic in PAIRED:
            a, b = (np.asarray(getattr(found, statistic), np.float64) for found in (ours, queued[first]))
            both = min(len(a), len(b))
            known = np.isfinite(a[:both]) & np.isfinite(b[:both])
            found = paired_ratio(a[:both][known], b[:both][known], CONFIDENCE)
            rows.append((key, first, statistic, found.ratio, found.low, found.high, found.n, found.note))
    return pd.DataFrame(rows, columns=COLUMNS)


def sentences(pairs: pd.DataFrame, labels: Mapping[str, str]) -> list[str]:
    """One line a pair of options for people, from `paired_waits`."""
    lines: dict[tuple[str, str], list[str]] = {}
    for option, against, statistic, ratio, low, high in pairs[COLUMNS[:6]].itertuples(index=False, name=None):
        text = f"{PAIRED[statistic]} {_ratio(ratio, low, high)}"
        lines.setdefault((labels[option], labels[against]), []).append(text)
    return [f"{one} against {other}: {', '.join(texts)} (same jobs, 95 %)." for (one, other), texts in lines.items()]


def _ratio(ratio: float, low: float, high: float) -> str:
    """The text of a ratio with its interval, or the reason why there is none."""
    if not np.isfinite(ratio):
        return "has no ratio, for one side never waits"
    interval = f"{low:.3g} to {high:.3g}" if np.isfinite(high) else "no interval: too few windows have waits"
    return f"x {ratio:.3g} [{interval}]"
