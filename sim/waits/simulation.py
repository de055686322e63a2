"""Waits of the public machine: the queue simulated job by job, in windows of the horizon or over all of it.

Replications are added until the median and the 95th percentile are known well enough, or until there are as many as a
scenario allows. Windows and runs have their numbers, and those of one number have the same jobs under every option.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from concurrent.futures import CancelledError, Future
from contextlib import nullcontext
from copy import copy
from threading import Event
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.costs.result import OptionResult
from sim.queue.analysis.replications import replicate
from sim.queue.simulate import why_not_compiled
from sim.units import MINUTES_PER_HOUR
from sim.waits.machine import Machine, rules
from sim.waits.shared import Shared
from sim.waits.statistics import CONFIDENCE, MonthlyWaits, Row, Waits
from sim.waits.tally import Tally, monthly_waits, no_jobs, tally_row
from sim.waits.windows import Windows, window_months

if TYPE_CHECKING:
    from sim.waits.horizon import Horizon

Progress = Callable[[float, Waits], None]
"""Called with the share of the work that is done, 0 to 1, and the waits so far."""


LENGTHENED = 2  # times that a warm-up is doubled at most


def simulate_waits(
    result: OptionResult,
    seed: int,
    *,
    progress: Progress = lambda share, so_far: None,
    cancelled: Callable[[], bool] = lambda: False,
    fidelity: str | None = None,
    shared: Shared | None = None,
) -> Waits | None:
    """Waits of the central case of one option; None where it has no machine.

    progress: called after every window, or at every month's end of a whole run.
    cancelled: asked as often; where it is true, the waits so far are returned, marked `stopped`; None before the first.
    fidelity: `windows` or `full`; None: as the scenario says.
    shared: where it is simulated, side by side with other options; None: in a thread of its own.
    """
    queue = result.context.world.at(0).queue
    if not window_months(result, 1):
        return None
    reason = ""
    with nullcontext(shared) if shared else Shared(1) as there:
        if (fidelity or queue.fidelity) == "full":
            machine = Machine.of(result)
            reason = why_not_compiled(rules(machine.world, machine))
            if not reason:
                return _WholeRuns(result, seed, progress, cancelled, there).waits()
        return _WindowRuns(result, seed, progress, cancelled, there, reason).waits()


class _Replications(ABC):
    """Rows of statistics that are added until they are enough."""

    fidelity = "windows"
    warm_up_share = 0.0  # of the course of a row, left out

    def __init__(
        self, result: OptionResult, seed: int, progress: Progress, cancelled: Callable[[], bool], shared: Shared
    ) -> None:
        """Begin without a row."""
        self.result, self.seed, self.progress, self.cancelled = result, seed, progress, cancelled
        self.shared = shared
        self.queue = result.context.world.at(0).queue
        self.rows: list[Row] = []
        self.faults: list[str] = []
        self.remark = ""

    def waits(self) -> Waits | None:
        """All rows and the verdict on them; None where the run was cancelled before the first."""
        least, most = self.limits()
        try:
            if most < 2:
                self.replicate(0)
                return self.report(False, "one run: its error is not known", 1.0)
            found = replicate(self.replicate, self.queue.converged_share, most, least, CONFIDENCE)
        except CancelledError:
            return self.so_far("stopped before the end", stopped=True) if self.rows else None
        return self.report(found.converged, found.note, 1.0)

    def report(self, converged: bool, verdict: str, share: float) -> Waits:
        """The waits so far, which `progress` is given too."""
        waits = self.so_far(verdict, converged)
        self.progress(share, waits)
        return waits

    def so_far(self, verdict: str, converged: bool = False, stopped: bool = False) -> Waits:
        """The waits of the rows so far."""
        columns: dict[str, Any] = {name: np.array([row[name] for row in self.rows]) for name in self.rows[0]}
        return Waits(
            **columns, warm_up_share=self.warm_up_share, fidelity=self.fidelity,
            converged=converged, stopped=stopped, verdict=verdict, remark=self.remark, fault="; ".join(self.faults),
            months=self.by_month(),
        )  # fmt: skip

    def by_month(self) -> MonthlyWaits | None:
        """Waits month by month, where they are known."""
        return None

    def limits(self) -> tuple[int, int]:
        """Fewest and most replications."""
        least = int(self.queue.windows)
        return least, max(int(self.queue.most_windows), least)

    @abstractmethod
    def replicate(self, number: int) -> Mapping[str, float]:
        """The statistics of a new row that have to converge."""

    def converging(self) -> Mapping[str, float]:
        """Statistics of the last row that have to converge; less than a minute counts as a minute."""
        row = self.rows[-1]
        return {name: max(float(np.nan_to_num(row[name])), 1 / MINUTES_PER_HOUR) for name in ("median", "p95")}


class _WindowRuns(_Replications):
    """Rows that are windows."""

    def __init__(
        self,
        result: OptionResult,
        seed: int,
        progress: Progress,
        cancelled: Callable[[], bool],
        shared: Shared,
        reason: str,
    ) -> None:
        """`reason`: why it is not the whole horizon, where that was asked for."""
        super().__init__(result, seed, progress, cancelled, shared)
        self.remark = f"windows instead of the whole horizon, for {reason}" if reason else ""
        self.windows = Windows(result, seed)
        self.enough = Event()  # no more of the windows asked for so far are needed
        self.ahead: dict[int, Future[tuple[Row | None, list[str]]]] = {}
        self.likely = self.limits()[0]  # windows that are needed whatever they show, or were with a shorter warm-up
        self.months = window_months(result, self.limits()[1])
        self.warm_up_share = self.windows.span.warm_up_share

    def waits(self) -> Waits | None:
        """As of all replications; with a warm-up so long that MSER asks for no more, if that can be."""
        found = self.enough_windows()
        for _ in range(LENGTHENED):
            if found is None or found.stopped or not found.short_warm_up:
                return found
            self.windows.lengthen()
            self.warm_up_share = self.windows.span.warm_up_share
            self.likely = len(self.rows)
            self.rows.clear()
            self.faults.clear()
            found = self.enough_windows()
        return found

    def enough_windows(self) -> Waits | None:
        """As of all replications; those that turn out not to be needed are left where they are."""
        self.enough = Event()
        try:
            return super().waits()
        finally:
            self.enough.set()
            for each in self.ahead.values():
                each.cancel()
            self.ahead.clear()

    def replicate(self, number: int) -> Mapping[str, float]:
        until = min(max(number + self.shared.cores, self.likely), len(self.months))
        # those with most jobs first, so that no processor is idle at the end
        for each in sorted({*range(number, until)} - self.ahead.keys(), key=lambda each: -self._jobs_in(each)):
            self.ahead[each] = self._asked(each)
        row, faults = self.ahead.pop(number).result()
        if self.cancelled():
            raise CancelledError
        self.faults += faults
        self.rows.append(row if row is not None else no_jobs(self.months[number], self.windows.span.looked_at))
        self.report(False, "not done yet", len(self.rows) / (len(self.months) + 1))
        return self.converging()

    def _jobs_in(self, number: int) -> float:
        """How much there is to simulate in a window: the load of its month, GPUs."""
        return float(self.windows.load[self.months[number]])

    def _asked(self, number: int) -> Future[tuple[Row | None, list[str]]]:
        """Window `number` and its faults, on their way."""
        windows, month, enough = copy(self.windows), self.months[number], self.enough
        windows.faults, windows.cancelled = [], lambda: enough.is_set() or self.cancelled()
        return self.shared.ask(lambda: (windows.row(month, number), windows.faults))


class _WholeRuns(_Replications):
    """Rows that are whole horizons."""

    fidelity = "full"

    def __init__(
        self, result: OptionResult, seed: int, progress: Progress, cancelled: Callable[[], bool], shared: Shared
    ) -> None:
        """Lay out the horizon."""
        # The compiler takes longer to load than most commands take to run.
        from sim.waits.horizon import Horizon

        super().__init__(result, seed, progress, cancelled, shared)
        self.horizon: Horizon = Horizon(result, seed)
        self.tallies: list[Tally] = []

    def limits(self) -> tuple[int, int]:
        most = int(self.queue.most_runs)
        return min(most, 2), most

    def replicate(self, number: int) -> Mapping[str, float]:
        def month_end(done: int, tally: Tally) -> None:
            self._put(number, tally, done)
            if self.rows:
                share = (number + done / self.horizon.months) / (self.limits()[1] + 1)
                self.report(False, "not done yet", share)

        tally, fault = self.shared.ask(lambda: self.horizon.run(number, month_end, self.cancelled)).result()
        if self.cancelled():
            raise CancelledError
        self._put(number, tally, self.horizon.months)
        self.faults += [f"{fault} (run {number})"] if fault else []
        return self.converging()

    def _put(self, number: int, tally: Tally, done: int) -> None:
        """Put the sums of a run so far in the place of its earlier ones."""
        row = tally_row(tally, np.arange(done), self.horizon.machine.total_gpus, self.horizon.offered_share)
        if row is not None:
            self.rows[number:] = [row]
            self.tallies[number:] = [tally]

    def by_month(self) -> MonthlyWaits:
        return monthly_waits(self.tallies)
