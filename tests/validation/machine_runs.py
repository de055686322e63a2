"""Machines under a workload for some weeks, as the record is held against them; no test in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.mechanisms.workload import Queueing, Workload, job_model
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Integers, Jobs, Reals
from sim.queue.pools import Pool
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from sim.queue.workload.generator import COLUMNS, generate
from sim.queue.workload.rates import Demand
from sim.waits.stream import run_stream
from sim.waits.tally import Tally, tally_row
from sim.waits.windows import MEASURED, Span

SEED = 1
WINDOWS = 4
HOUR = 3_600
NO_FAILURES = Failures(np.zeros(0, np.int64), np.zeros(0), np.zeros(0, np.int64))


@dataclass(frozen=True)
class Window:
    """Four weeks of a machine after its warm-up."""

    mean: float  # wait, hours
    median: float
    run: float  # mean time that a job runs, hours
    submitted: float  # GPU-hours that were not withdrawn over hours up
    used: float
    pending: float  # part of the time in which a job waited


def window(workload: Workload, gpus: int, load: float, number: int, rules: Rules | None = None) -> Window:
    """Window `number` of a machine in one piece. load: GPU-hours brought over hours up."""
    model = job_model(workload)
    span = Span.of(Queueing(), model)
    demand = Demand(gpus, span.hours, np.array([load * gpus]), first_day=2 * number)
    work = np.zeros(2)  # seconds and jobs

    def counted() -> Iterator[Jobs]:
        for chunk in generate(demand, model, SEED, number):
            work[:] += chunk.jobs.work_seconds.sum(), len(chunk)
            yield chunk.jobs

    tally = Tally(span.ends)
    run_stream(counted(), [Pool(gpus)], rules or Rules(), NO_FAILURES, tally)
    row = tally_row(tally, np.array([MEASURED]), np.full(len(span.ends), gpus), np.zeros(len(span.ends)))
    assert row is not None
    return Window(
        mean=float(row["mean"]), median=float(row["median"]), run=float(work[0] / work[1]) / HOUR,
        submitted=float(tally.work[MEASURED] / tally.up[MEASURED]), used=float(row["used"]),
        pending=float(row["pending"]),
    )  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One machine of several that stand side by side: the jobs of a window and what became of them."""

    schedule: Schedule
    begin: int  # of the measured time, seconds
    end: int
    gpus: int

    @property
    def used(self) -> float:
        """Part of the measured GPU-hours that jobs held."""
        start, end = (
            np.clip(t, self.begin, self.end) for t in (self.schedule.start_seconds, self.schedule.end_seconds)
        )
        held = np.where(self.schedule.withdrawn, 0, self.schedule.held_gpus)
        return float(((end - start) * held).sum() / (self.gpus * (self.end - self.begin)))

    @property
    def waits(self) -> Integers:
        """When jobs wait, [begin or end, job], seconds."""
        kept = ~(self.schedule.rejected | self.schedule.withdrawn)
        return np.stack([self.schedule.submit_seconds[kept], self.schedule.first_start_seconds[kept]])


def part(workload: Workload, gpus: int, load: float, first_day: int, replication: int) -> Part:
    """One machine of several, as `window`, its schedule kept."""
    model = job_model(workload)
    span = Span.of(Queueing(), model)
    demand = Demand(gpus, span.hours, np.array([load * gpus]), first_day=first_day)
    chunks = [chunk.jobs for chunk in generate(demand, model, SEED, replication)]
    empty = Jobs([], [], [], [])
    columns = {name: np.concatenate([getattr(c, name) for c in (empty, *chunks)]) for name in COLUMNS}
    begin, end, _ = span.ends.tolist()
    return Part(simulate(Jobs(**columns), gpus), begin, end, gpus)


def pending_share(waits: Integers, begin: int, end: int) -> float:
    """Part of the time from begin to end in which at least one of the waits [begin or end, job] lasts.

    >>> pending_share(np.array([[0, 5, 30], [10, 20, 35]]), 0, 50)
    0.5
    """
    start, stop = np.clip(waits, begin, end)
    times = np.concatenate([start, stop])
    order = np.argsort(times, kind="stable")
    waiting = np.cumsum(np.repeat([1, -1], start.size)[order]) > 0
    return float(np.diff(times[order], append=end)[waiting].sum() / (end - begin))


def at_use(workload: Workload, gpus: int, wanted: float, first_day: int, replications: list[int]) -> list[Part]:
    """One machine of several, used as much as wanted: the load brought is scaled until it is, or is the double."""
    load, parts = wanted, []
    for _ in range(6):
        parts = [part(workload, gpus, load, first_day, replication) for replication in replications]
        used = float(np.mean([each.used for each in parts]))
        if used <= 0 or abs(used / wanted - 1) < 0.01:
            break
        load = min(load * wanted / used, 2 * wanted)
    return parts


def spread(values: Reals) -> tuple[float, float]:
    """10th and 90th percentile."""
    low, high = np.quantile(values, (0.1, 0.9))
    return float(low), float(high)


@dataclass(frozen=True)
class Found:
    """What the model gives: its value, and the 10th and 90th percentile over windows."""

    ours: float
    low: float
    high: float
    note: str = ""


def over_windows(values: Reals, note: str = "") -> Found:
    """The mean over windows."""
    return Found(float(np.mean(values)), *spread(values), note)
