"""Waits of the public machine: the queue simulated job by job, in windows of the horizon or over all of it.

Replications are added until the median and the 95th percentile are known well enough, or until there are as many as a
scenario allows. Windows and runs have their numbers, and those of one number have the same jobs under every option.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.costs.option import OptionResult
from sim.mechanisms.workload import Queueing
from sim.parameters import Array
from sim.queue.analysis.replications import replicate, student_half_width
from sim.queue.engines import why_not_compiled
from sim.units import MINUTES_PER_HOUR
from sim.waits.machine import PROVIDER, Machine, offered, rules, tier_shares
from sim.waits.tally import MonthlyWaits, Tally, tally_row
from sim.waits.windows import SLOWDOWN_BOUND_SECONDS, Row, Windows, short_warm_up, window_months

if TYPE_CHECKING:
    from sim.waits.horizon import Horizon

__all__ = [
    "CONFIDENCE", "SLOWDOWN_BOUND_SECONDS", "Waits", "half_width", "inputs", "simulate_waits",
    "window_months",
]  # fmt: skip

CONFIDENCE = 0.95
CONVERGED_SHARE = Queueing().converged_share  # half-width over the estimate, unless a scenario asks for another


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
    course: Array  # mean waits along each window, [row, stretch], seconds; no stretches where a row is a whole run
    warm_up_share: float = 0.0  # of the stretches, left out
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
        said = [f"{', '.join(parts)} (95 %, {of} jobs)"]
        said += [] if self.converged else [self.verdict]
        # a trend in waits of seconds is of no account
        seen = self.course.size > 0 and self.p95_hours > 1 / MINUTES_PER_HOUR
        short = seen and short_warm_up(self.course, self.warm_up_share)
        said += ["MSER-5 asks for a longer warm-up"] if short else []
        rejected = _mean(self.refused)
        said += [f"{100 * rejected:.2g} % of the jobs need newer or larger machines"] if rejected > 0 else []
        return "; ".join([*said, *(text for text in (self.remark, self.fault) if text)])


def _mean(values: Array) -> float:
    """Mean of what is known; NaN where nothing is."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if known.size else float("nan")


def half_width(values: Array) -> float:
    """Half-width of the 95 % interval of a mean over independent windows."""
    return student_half_width(values, CONFIDENCE) if values.size > 1 else float("nan")


Progress = Callable[[float, Waits], None]
"""Told the share of the work that is done, 0 to 1, and what is known so far."""


class StopError(Exception):
    """Somebody has lost patience."""


def simulate_waits(
    monthly: OptionResult,
    seed: int,
    *,
    progress: Progress = lambda share, so_far: None,
    cancelled: Callable[[], bool] = lambda: False,
    fidelity: str | None = None,
) -> Waits | None:
    """Queue statistics of the central case of one option; None where it has no machine.

    progress: told after every window, or at every month's end of a whole run.
    cancelled: asked as often; where it is true, what is known by then comes back, `stopped`; None if that is nothing.
    fidelity: `windows` or `full`; None: as the scenario says.
    """
    queue = monthly.context.world.at(0).queue
    if not window_months(monthly, 1):
        return None
    reason = ""
    if (fidelity or queue.fidelity) == "full":
        machine = Machine.of(monthly)
        reason = why_not_compiled(rules(machine.world, machine))
        if not reason:
            return _Full(monthly, seed, progress, cancelled).waits()
    return _InWindows(monthly, seed, progress, cancelled, reason).waits()


def inputs(monthly: OptionResult, seed: int, fidelity: str | None = None) -> bytes:
    """Digest of everything that `simulate_waits` looks at: equal digests have equal waits."""
    world = monthly.context.world.at(0)
    machine = Machine.of(monthly)
    broken, gate = world.reliability, world.hardware.age_gate_per_year
    said = [seed, fidelity or world.queue.fidelity, world.queue, world.workload, gate]
    said += [broken.interruptions_per_gpu_hour, broken.repair_hours, broken.checkpoint_seconds]
    digest = sha256("\n".join(map(repr, said)).encode())
    arrays = [machine.gpus, machine.speed, machine.design_month, machine.short]
    if window_months(monthly, 1):
        arrays += [offered(monthly, machine), tier_shares(monthly), monthly.allocation.used[PROVIDER][0]]
    for array in arrays:
        digest.update(repr(array.shape).encode() + np.ascontiguousarray(array).tobytes())
    return digest.digest()


class _Replications:
    """Rows that are added until they are enough."""

    fidelity = "windows"

    def __init__(self, monthly: OptionResult, seed: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
        """Begin without a row."""
        self.monthly, self.seed, self.progress, self.cancelled = monthly, seed, progress, cancelled
        self.queue = monthly.context.world.at(0).queue
        self.rows: list[Row] = []
        self.faults: list[str] = []
        self.remark = ""

    def waits(self) -> Waits | None:
        """All rows and the verdict on them."""
        least, most = self.limits()
        try:
            if most < 2:
                self.one(0)
                return self.told(False, "one run: its error is not known", 1.0)
            found = replicate(self.one, self.queue.converged_share, most, least, CONFIDENCE)
        except StopError:
            return self.so_far("stopped before the end", stopped=True) if self.rows else None
        return self.told(found.converged, found.note, 1.0)

    def told(self, converged: bool, verdict: str, share: float) -> Waits:
        """The waits so far, after telling `progress` of them."""
        waits = self.so_far(verdict, converged)
        self.progress(share, waits)
        return waits

    def so_far(self, verdict: str, converged: bool = False, stopped: bool = False) -> Waits:
        """What the rows say."""
        columns: dict[str, Any] = {name: np.array([row[name] for row in self.rows]) for name in self.rows[0]}
        return Waits(
            **columns, warm_up_share=self.queue.warm_up_share / (1 + self.queue.warm_up_share), fidelity=self.fidelity,
            converged=converged, stopped=stopped, verdict=verdict, remark=self.remark, fault="; ".join(self.faults),
            months=self.by_month(),
        )  # fmt: skip

    def by_month(self) -> MonthlyWaits | None:
        """Waits month by month, where that is known."""
        return None

    def limits(self) -> tuple[int, int]:
        """Fewest and most replications."""
        least = int(self.queue.windows)
        return least, max(int(self.queue.most_windows), least)

    def one(self, number: int) -> Mapping[str, float]:
        """Add a row and return what has to converge."""
        raise NotImplementedError

    def judged(self) -> Mapping[str, float]:
        """The last row's numbers that have to converge: less than a minute counts as a minute."""
        row = self.rows[-1]
        return {name: max(float(np.nan_to_num(row[name])), 1 / MINUTES_PER_HOUR) for name in ("median", "p95")}


class _InWindows(_Replications):
    """Rows that are windows."""

    def __init__(
        self, monthly: OptionResult, seed: int, progress: Progress, cancelled: Callable[[], bool], reason: str
    ) -> None:
        """`reason`: why it is not the whole horizon, where that was asked for."""
        super().__init__(monthly, seed, progress, cancelled)
        self.remark = f"windows instead of the whole horizon, for {reason}" if reason else ""
        self.windows = Windows(monthly, seed)
        self.faults = self.windows.faults
        self.months = window_months(monthly, self.limits()[1])

    def one(self, number: int) -> Mapping[str, float]:
        if self.cancelled():
            raise StopError
        self.rows.append(self.windows.row(self.months[number], number))
        self.told(False, "not done yet", len(self.rows) / (len(self.months) + 1))
        return self.judged()


class _Full(_Replications):
    """Rows that are whole horizons."""

    fidelity = "full"

    def __init__(self, monthly: OptionResult, seed: int, progress: Progress, cancelled: Callable[[], bool]) -> None:
        """Lay out the horizon."""
        # The compiler takes longer to load than most commands take to run.
        from sim.waits.horizon import Horizon

        super().__init__(monthly, seed, progress, cancelled)
        self.horizon: Horizon = Horizon(monthly, seed)
        self.tallies: list[Tally] = []

    def limits(self) -> tuple[int, int]:
        most = int(self.queue.most_runs)
        return min(most, 2), most

    def one(self, number: int) -> Mapping[str, float]:
        def month_end(done: int, tally: Tally) -> None:
            self._put(number, tally, done)
            if self.rows:
                share = (number + done / self.horizon.months) / (self.limits()[1] + 1)
                self.told(False, "not done yet", share)

        tally, fault = self.horizon.run(number, month_end, self.cancelled)
        if self.cancelled():
            raise StopError
        self._put(number, tally, self.horizon.months)
        self.faults += [f"{fault} (run {number})"] if fault else []
        return self.judged()

    def _put(self, number: int, tally: Tally, done: int) -> None:
        """The sums of a run that has come so far take the place of its earlier ones."""
        row = tally_row(tally, self.horizon.machine, self.horizon.load, done)
        if row is not None:
            self.rows[number:] = [row]
            self.tallies[number:] = [tally]

    def by_month(self) -> MonthlyWaits:
        return MonthlyWaits.of(self.tallies)
