"""Why jobs wait under one option: windows of its queue, in which every second of every wait is given its cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.mechanisms.demand import TIERS
from sim.queue.jobs import Integers
from sim.waits.statistics import SIZE_CLASSES
from sim.waits.windows import MEASURED, Windows


@dataclass(frozen=True)
class Reasons:
    """What the jobs that were submitted in the measured part of some windows waited for, seconds.

    Causes are those of `sim.queue.analysis.causes.CAUSES`. Jobs that were rejected or withdrawn wait for nothing.
    """

    months: tuple[int, ...]  # in which the windows begin [window]
    jobs: Integers  # that started [window]
    waited: Integers  # by all of them [window]
    by_window: Integers  # [window, cause]
    by_tier: Integers  # [tier, cause]
    by_size: Integers  # [size class, cause]

    @property
    def total(self) -> Integers:
        """Seconds of all windows [cause]."""
        return np.asarray(self.by_window.sum(axis=0))


def reasons(windows: Windows, months: list[int]) -> Reasons:
    """The reasons for the waits of one option in windows that begin in these months.

    A window is kept in memory job by job, which its tally is not: some 400 bytes a job, one window at a time.
    """
    found = [_window(windows, month, number) for number, month in enumerate(months)]
    jobs, waited, tiers, sizes = (np.array(column) for column in zip(*found, strict=True))
    return Reasons(tuple(months), jobs, waited, tiers.sum(axis=1), tiers.sum(axis=0), sizes.sum(axis=0))


def _window(windows: Windows, month: int, number: int) -> tuple[int, int, Integers, Integers]:
    """Jobs measured in one window, the seconds that they waited, and these by cause: [tier, cause], [size, cause]."""
    # The compiler takes longer to load than most commands take to run.
    from sim.queue.analysis.causes import wait_causes
    from sim.queue.simulate import simulate
    from sim.waits.recorded import joined

    machine, failures = windows.setting(month, number)
    pools, jobs = machine.pools(), joined(windows.jobs(machine, month, number))
    schedule = simulate(jobs, pools=pools, rules=windows.rules, failures=failures)
    causes = wait_causes(jobs, schedule, pools, windows.rules)
    begin, end = windows.span.ends[MEASURED - 1 : MEASURED + 1]
    measured = schedule.started & (jobs.submit_seconds >= begin) & (jobs.submit_seconds < end)
    size = np.searchsorted([least for least, _ in SIZE_CLASSES], schedule.held_gpus, side="right") - 1
    tiers = _sums(causes, np.where(measured, jobs.tier, -1), len(TIERS))
    sizes = _sums(causes, np.where(measured, size, -1), len(SIZE_CLASSES))
    return int(measured.sum()), int(schedule.wait_seconds[measured].sum()), tiers, sizes


def _sums(causes: Integers, of: Integers, kinds: int) -> Integers:
    """Sums [kind, cause] of the seconds [job, cause], where a job is of the kind `of` [job], or of none if that is -1.

    >>> _sums(np.array([[1, 2], [3, 4], [5, 6]]), np.array([1, -1, 1]), 2)
    array([[0, 0],
           [6, 8]])
    """
    return np.array([causes[of == kind].sum(axis=0) for kind in range(kinds)])
