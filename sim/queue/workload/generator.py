"""Jobs for a whole horizon, in chunks: the same campaigns under every option, in memory that does not grow with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.workload import kernel, tables
from sim.queue.workload.counter import persistent_normals, stream_key
from sim.queue.workload.kernel import Distributions
from sim.queue.workload.model import JobModel
from sim.queue.workload.patience import tolerated_seconds
from sim.queue.workload.rates import Demand, busy_days, campaigns_per_hour
from sim.units import HOURS_PER_DAY, HOURS_PER_MONTH, MONTHS_PER_YEAR, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

CHUNK = 2**16  # jobs: arrays of half a megabyte stay in the cache of a core
PADDING = 100  # columns a power of two apart would fight for the same lines of the cache
STREAMS = {"uniform": "luck"}  # a stream's name decides its numbers: it stays where a field is renamed
COLUMNS = (*kernel.DRAWN, "pools", "campaign", "tolerance_seconds")  # of `Jobs`
FIRST_OPEN = 2**10  # campaigns that may be open before the heap grows


@dataclass(frozen=True, eq=False)
class Arrivals:
    """A chunk of jobs with what the queue does not ask for; every array is [job].

    jobs: ready for a queue; a job whose run time passes its request will be killed at its wall limit.
    place: which job of its campaign: with the campaign's number the name of a job under every option.
    least_capability: the month, from the start of the horizon, in which the design of its GPUs was frozen at the
        earliest; see `sim.queue.pools.allowed_pools`.
    """

    jobs: Jobs
    place: Integers
    least_capability: Integers

    def __len__(self) -> int:
        """Number of jobs."""
        return len(self.jobs)

    def until(self, count: int) -> Arrivals:
        """The first `count` jobs."""
        return Arrivals(self._columns(slice(count)), self.place[:count], self.least_capability[:count])

    def in_pools(self, pools: Integers, work_ratio: Reals | float = 1.0) -> Jobs:
        """The jobs, each with the pools [job] that it may use. work_ratio [job]: by which their work is larger."""
        run = np.ceil(self.jobs.run_seconds * work_ratio).astype(np.int64)
        return self._columns(slice(None), run_seconds=run, pools=pools)

    def _columns(self, part: slice, **others: Integers) -> Jobs:
        """A part of the jobs, with some columns replaced."""
        return Jobs(**{name: getattr(self.jobs, name)[part] for name in COLUMNS} | others)


def generate(
    demand: Demand, model: JobModel, seed: int, replication: int = 0, chunk: int = CHUNK
) -> Iterator[Arrivals]:
    """The jobs of a horizon in order of submission, `chunk` at a time.

    Job `place` of campaign `campaign` has the same size, run time, request, gap and user whatever the load; a larger
    load brings its campaign sooner. Only a campaign's length may change, with the day on which it then begins.
    """
    if chunk < 1:
        raise ValueError(f"chunk = {chunk}: must be at least 1 job")
    source = distributions(demand, model, seed, replication)
    out = np.empty((kernel.COLUMNS, chunk + PADDING), np.int64)
    counts = np.zeros(2, np.int64)
    clocks = np.array([kernel.start(source, 0, 0.0)])
    if model.pattern != "campaigns":
        while rows := kernel.alone(source, counts, clocks, out, chunk):
            yield _arrivals(out, rows, model, seed, replication)
        return
    heap = _Heap(FIRST_OPEN)
    horizon = demand.hours * SECONDS_PER_HOUR
    while rows := heap.fill(source, horizon, counts, clocks, out, chunk):
        yield _arrivals(out, rows, model, seed, replication)


class _Heap:
    """Open campaigns by the time of their next job; it grows when it is full."""

    def __init__(self, size: int) -> None:
        self.times = np.empty(size)
        self.slots = np.arange(size)
        self.opened = np.zeros((size, kernel.OPEN_COLUMNS), np.int64)
        self.scores = np.zeros((size, kernel.OPEN_SCORES))

    def fill(
        self, source: Distributions, horizon: float, counts: Integers, clocks: Reals, out: Integers, rows: int
    ) -> int:
        """Fill a chunk and return how many rows it has."""
        row = 0
        while True:
            heap = (self.times, self.slots, self.opened, self.scores)
            row = int(kernel.merged(source, horizon, counts, clocks, *heap, out, row, rows))
            if row == rows or counts[kernel.OPEN] < self.slots.size:
                return row
            self._grow()

    def _grow(self) -> None:
        size = self.slots.size
        self.times = np.concatenate([self.times, np.empty(size)])
        self.slots = np.concatenate([self.slots, np.arange(size, 2 * size)])
        self.opened = np.concatenate([self.opened, np.zeros_like(self.opened)])
        self.scores = np.concatenate([self.scores, np.zeros_like(self.scores)])


def _arrivals(out: Integers, rows: int, model: JobModel, seed: int, replication: int) -> Arrivals:
    """The filled part of a chunk; the queue's columns are copied by `Jobs`, the others here."""
    column = out[:, :rows]
    campaign, place, need = column[kernel.CAMPAIGN :].copy()
    tolerance = tolerated_seconds(model, seed, replication, campaign, place)
    drawn = {name: column[number] for number, name in enumerate(kernel.DRAWN)}
    return Arrivals(Jobs(**drawn, campaign=campaign, tolerance_seconds=tolerance), place, need)


def distributions(demand: Demand, model: JobModel, seed: int, replication: int = 0) -> Distributions:
    """Everything that the kernels look up."""
    sizes, share = tables.size_table(model, demand.gpus)
    inside, menu = tables.within_share(model), tables.menu_seconds(model)
    names = Distributions._fields[: Distributions._fields.index("rate")]
    keys: dict[str, Any] = {name: stream_key(seed, f"jobs.{STREAMS.get(name, name)}", replication) for name in names}
    tier = np.cumsum(demand.tier_share, axis=1)
    return Distributions(
        **keys,
        rate=campaigns_per_hour(demand, model, seed, replication),
        day_shift=busy_days(model, demand.hours, seed, replication),
        log_run=tables.log_run_table(model),
        mean_run=tables.mean_run_table(model),
        size_bounds=tables.steps(tables.score_bounds(share), -tables.REACH, tables.REACH),
        sizes=sizes,
        length_bounds=tables.steps(tables.length_bounds(model), -tables.REACH, tables.REACH),
        menu=menu,
        menu_bounds=tables.steps(np.log(menu), 0.0, float(np.log(menu[-1])) + 1),
        tier_bounds=np.ascontiguousarray(tier / tier[:, -1:]),
        user_bounds=tables.steps(user_bounds(model, seed), 0.0, 1.0),
        reach=tables.REACH,
        rho=float(model.size_run_correlation),
        kappa=float(model.batch_size_correlation),
        length_scale=tables.length_scale(model),
        inside=float(np.sqrt(inside)),
        between=float(np.sqrt(1 - inside)),
        most_gpu_seconds=tables.most_gpu_seconds(model, demand.gpus),
        gap_zero_share=float(model.gap_zero_share),
        gap_log_mean=float(model.gap_log_mean),
        gap_log_spread=float(model.gap_log_spread),
        gap_limit=model.gap_minutes * SECONDS_PER_MINUTE,
        request_mean=float(model.request_log_mean),
        request_slope=float(model.request_log_slope),
        request_spread=float(model.request_log_spread),
        hit_share=float(model.hit_limit_share),
        age_gate_per_month=float(demand.age_gate_per_year) / MONTHS_PER_YEAR,
        month_seconds=HOURS_PER_MONTH * SECONDS_PER_HOUR,
        hour_seconds=SECONDS_PER_HOUR,
        day_seconds=HOURS_PER_DAY * SECONDS_PER_HOUR,
    )


def user_bounds(model: JobModel, seed: int) -> Reals:
    """Cumulative shares of a tier's users in its campaigns [user]: lognormal weights, the same in every replication."""
    score = persistent_normals(stream_key(seed, "jobs.weights"), max(int(model.users), 1), 0.0, model.user_spread)
    weight = np.exp(score - score.max())
    return np.asarray(np.cumsum(weight) / weight.sum())


def accounts_of(model: JobModel, tiers: int) -> Integers:
    """The account of every user [user]: accounts belong to one tier, and share its users evenly."""
    users, accounts = max(int(model.users), 1), max(int(model.accounts), 1)
    return np.concatenate([np.arange(users) % accounts + tier * accounts for tier in range(tiers)])
