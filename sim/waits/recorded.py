"""The same by the plain queue, which keeps the records of its jobs: for rules that the compiled one does not know."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields

import numpy as np

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Integers, Jobs
from sim.queue.kernel.layout import FINISHED, TOO_LARGE, WITHDRAWN
from sim.queue.pools import Pool
from sim.queue.schedules import Finished, Schedule
from sim.queue.simulate import simulate
from sim.waits.tally import Tally


def counted(chunks: Iterable[Jobs], tally: Tally) -> Iterator[Jobs]:
    """The chunks, counted as they go in."""
    for jobs in chunks:
        tally.feed(jobs)
        yield jobs


def run_recorded(chunks: Iterable[Jobs], pools: list[Pool], rules: Rules, failures: Failures, tally: Tally) -> str:
    """Run a machine of constant pools over the periods of a tally, as `stream.run_stream`; it finds no fault."""
    jobs = joined(counted(chunks, tally))
    if not len(jobs):
        return ""
    schedule = simulate(jobs, pools=pools, rules=rules, failures=failures, engine="plain")
    tally.interrupted(
        list(
            zip(
                schedule.interrupted_job.tolist(), schedule.interrupted_start_seconds.tolist(),
                schedule.interrupted_end_seconds.tolist(), strict=True,
            )
        )
    )  # fmt: skip
    tally.take(_finished(schedule, jobs))
    columns_of_change = (schedule.capacity_seconds, schedule.capacity_gpus, schedule.capacity_pool)
    changes = list(zip(*(column.tolist() for column in columns_of_change), strict=True))
    work = schedule.held_gpus * jobs.work_seconds
    waiting = _waiting_seconds(schedule, tally.ends)
    starts = [-1, *tally.ends.tolist()]
    for start, end, pending in zip(starts, tally.ends.tolist(), waiting.tolist(), strict=False):
        tally.capacity([change for change in changes if start < change[0] <= end])
        before = jobs.submit_seconds < end
        brought = int(work[before & ~schedule.withdrawn].sum())
        tally.close(end, brought, int(work[before & schedule.withdrawn].sum()), int(pending))
    return ""


def joined(chunks: Iterable[Jobs]) -> Jobs:
    """Chunks of jobs as one."""
    none = np.zeros(0, np.int64)
    parts = list(chunks) or [Jobs(none, none, none, none)]
    names = [column.name for column in fields(Jobs)]
    return Jobs(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in names})


def _finished(schedule: Schedule, jobs: Jobs) -> Finished:
    """The records of a schedule as the compiled queue would hand them on."""
    found = np.zeros(len(jobs), FINISHED)
    found["rank"], found["tier"], found["held"] = np.arange(len(jobs)), jobs.tier, schedule.held_gpus
    for name in ("submit", "first_start", "start", "end", "lost"):
        found[name] = getattr(schedule, f"{name}_seconds")
    found["restarts"], found["pool"] = schedule.restarts, schedule.pool
    found["rejected"] = TOO_LARGE * schedule.rejected + WITHDRAWN * schedule.withdrawn
    return found


def _waiting_seconds(schedule: Schedule, ends: Integers) -> Integers:
    """Seconds up to each end in which at least one job waited for its first start [end]."""
    waited = np.flatnonzero(schedule.wait_seconds > 0)
    times = np.concatenate([schedule.submit_seconds[waited], schedule.first_start_seconds[waited], ends])
    change = np.concatenate([np.ones(len(waited)), -np.ones(len(waited)), np.zeros(len(ends))])
    order = np.argsort(times, kind="stable")
    waiting = np.cumsum(change[order]) > 0
    lengths = np.diff(times[order], append=times.max(initial=0))
    passed = np.cumsum(np.where(waiting, lengths, 0))
    at = np.searchsorted(times[order], ends, side="left")
    return np.where(at > 0, passed[np.maximum(at - 1, 0)], 0).astype(np.int64)
