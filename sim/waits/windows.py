"""Windows of the queue: the machine and the load of one month, simulated for weeks after a warm-up.

Each window is one replication with its own jobs, so the error of a statistic is the spread over windows, which
correlation within a window cannot shrink. A window begins on an empty machine, is measured once its warm-up is over,
and goes on for a while so that the last jobs that are measured meet those who would have come after them. The campaigns
of a window have the same numbers under every option: a larger load only brings them sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np

from sim.costs.result import OptionResult
from sim.mechanisms.workload import Queueing, job_model
from sim.queue.jobs import Failures, Integers, Jobs
from sim.queue.workload.model import JobModel
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_HOUR
from sim.waits.machine import PROVIDER, Machine, Work, window_failures
from sim.waits.statistics import MSER_BATCH, Row

GOLDEN = (np.sqrt(5) - 1) / 2  # steps of it spread any number of points evenly
NEED = "jobs.need"  # the stream from which the generator takes a campaign's need
COOL_DOWN_DAYS = 2  # after the jobs that are measured
MEASURED = 1  # of the periods: before it is the warm-up, after it the end
_DAY = int(HOURS_PER_DAY * SECONDS_PER_HOUR)


class Span(NamedTuple):
    """Parts of a window in whole days."""

    warm_up_days: int
    measured_days: int

    @classmethod
    def of(cls, queue: Queueing, model: JobModel, longer: int = 1) -> Span:
        """The window of a scenario. longer: times of its warm-up, which is never less than twice the wall limit."""
        least = 2 * model.wall_limit_hours / HOURS_PER_DAY
        warm_up = max(queue.warm_up_weeks * DAYS_PER_WEEK, least) * longer
        return cls(int(np.ceil(warm_up)), max(int(np.ceil(queue.window_weeks * DAYS_PER_WEEK)), 1))

    @property
    def days(self) -> int:
        """The whole window."""
        return self.warm_up_days + self.measured_days + COOL_DOWN_DAYS

    @property
    def hours(self) -> int:
        """The whole window, hours."""
        return int(self.days * HOURS_PER_DAY)

    @property
    def ends(self) -> Integers:
        """The seconds at which the warm-up, the measured time and the window end [period]."""
        days = (self.warm_up_days, self.measured_days, COOL_DOWN_DAYS)
        return np.asarray(np.cumsum(days) * _DAY, np.int64)

    @property
    def parts(self) -> int:
        """Parts of the course of its waits: a day is a batch of MSER, for waits follow the hour of the day."""
        return self.days * MSER_BATCH

    @property
    def looked_at(self) -> int:
        """Those of the parts that are looked at for a trend."""
        return self.parts - COOL_DOWN_DAYS * MSER_BATCH

    @property
    def warm_up_share(self) -> float:
        """The warm-up over all that is looked at for a trend."""
        return self.warm_up_days / (self.warm_up_days + self.measured_days)


def window_months(result: OptionResult, windows: int) -> list[int]:
    """Months in which windows begin: spread evenly over the months in which the machine serves.

    Further windows leave the months of the first ones as they are.
    """
    used = result.allocation.used.get(PROVIDER)
    serving = np.flatnonzero(used[0] > 0) if used is not None else np.array([], dtype=np.int64)
    if serving.size == 0:
        return []
    places = (0.5 + GOLDEN * np.arange(windows)) % 1 * serving.size
    return [int(serving[int(place)]) for place in places]


class Windows(Work):
    """The windows of one option."""

    def __init__(self, result: OptionResult, seed: int, cancelled: Callable[[], bool] = lambda: False) -> None:
        """Without faults so far. cancelled: asked from time to time; where it is true, nothing more is simulated."""
        super().__init__(result, seed, result.context.world.at(0).queue.most_gpus)
        self.cancelled = cancelled
        self.faults: list[str] = []
        self.model = job_model(self.world.workload)
        self.span = Span.of(self.world.queue, self.model)
        self.largest_gpus = self.machine.largest_pool  # by which jobs are sized, whatever the machine becomes

    def lengthen(self) -> None:
        """Have twice the warm-up from now on."""
        self.span = self.span._replace(warm_up_days=2 * self.span.warm_up_days)

    def row(self, month: int, number: int) -> Row | None:
        """Statistics of one window: the machine and load of that month, as the money left them; None without jobs."""
        # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
        from sim.waits.stream import run_stream
        from sim.waits.tally import Tally, tally_row

        (machine, failures), span = self.setting(month, number), self.span
        gpus = machine.total_gpus
        tally = Tally(span.ends, span.parts)
        fault = run_stream(self.jobs(machine, month, number), machine.pools(), self.rules, failures, tally)
        if fault and not self.cancelled():
            self.faults.append(f"{fault} (window of month {month})")
        periods = len(span.ends)
        offered = np.full(periods, self.offered_share[month])
        row = tally_row(tally, np.array([MEASURED]), np.repeat(gpus, periods), offered)
        if row is None:
            return None
        return row | {"month": month, "course": row["course"][: span.looked_at]}  # type: ignore[index]

    def setting(self, month: int, number: int) -> tuple[Machine, Failures]:
        """The machine of a month, and the failures of its nodes in window `number`."""
        machine, reliability = self.machine.in_month(month), self.world.reliability
        rate, repair = reliability.interruptions_per_gpu_hour, reliability.repair_hours
        gpus = int(machine.total_gpus[0])
        return machine, machine.split(window_failures(gpus, self.span.hours, rate, repair, self.seed, number))

    def jobs(self, machine: Machine, month: int, number: int) -> Iterator[Jobs]:
        """The jobs of window `number`, chunk by chunk, each with the pools of the month's machine that it may use."""
        from sim.queue.workload.counter import stream_key, uniforms_at
        from sim.queue.workload.generator import generate
        from sim.queue.workload.rates import Demand

        gate, key = float(self.world.demand.new_only_share_per_year), stream_key(self.seed, NEED, number)
        # windows begin on different weekdays
        demand = Demand(self.largest_gpus, self.span.hours, self.load[[month]], self.tiers[month], first_day=2 * number)
        for chunk in generate(demand, self.model, self.seed, number):
            if self.cancelled():
                return
            oldest = np.zeros(len(chunk), np.int64)
            if gate > 0:
                accepted = (1 - uniforms_at(key, chunk.jobs.campaign)) * (MONTHS_PER_YEAR / gate)
                oldest = np.ceil(month - np.minimum(accepted, month)).astype(np.int64)
            yield chunk.in_pools(machine.allowed(chunk.jobs, oldest, 0))
