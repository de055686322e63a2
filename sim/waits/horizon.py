"""The queue of a whole horizon: every job of every month, one machine whose generations come and go.

Jobs are streamed from the generator and forgotten when they have finished. The machine changes with the months, as the
cost core counts it: a cohort that serves a part of a month counts with that part of its nodes. The first months of a
machine are those of an empty one, in the simulation as in life, so nothing is left out as a warm-up.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator

import numpy as np
from simpy import Environment, Event

from sim.costs.result import OptionResult
from sim.mechanisms.workload import job_model
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import NEVER, Pool
from sim.queue.simulate import largest_from_each
from sim.queue.workload.generator import Arrivals, generate
from sim.queue.workload.rates import Demand
from sim.units import HOURS_PER_MONTH
from sim.waits.machine import MONTH_SECONDS, Work, pool_failures
from sim.waits.stream import StreamedQueue
from sim.waits.tally import Tally


class Horizon(Work):
    """The whole horizon of one option; each replication has other jobs and other failures."""

    def __init__(self, result: OptionResult, seed: int) -> None:
        """The months of the horizon, and how the pools change from one to the next."""
        super().__init__(result, seed)
        self.months = len(self.load)
        self._change = np.diff(self.machine.gpus, axis=0, prepend=0)

    def run(
        self, replication: int, month_end: Callable[[int, Tally], None], cancelled: Callable[[], bool]
    ) -> tuple[Tally, str]:
        """Sums over all jobs, and the sentence of a fault or nothing; up to the present month if it was cancelled.

        month_end: called at each month's end with the months that are over and the sums so far.
        """
        env, tally = Environment(), Tally(np.arange(1, self.months + 1) * MONTH_SECONDS)
        queue = StreamedQueue(env, self.rules, self._pools(), tally)
        queue.feed(self._stream(replication, tally, cancelled))
        for each in self._failures(replication):
            env.process(_fail(env, queue, each))
        bounds = self._bounds()
        for month in range(self.months):
            for pool in np.flatnonzero(self._change[month]):
                queue.change_capacity(int(self._change[month, pool]), int(pool), largest_gpus=next(bounds))
            end = (month + 1) * MONTH_SECONDS
            queue.advance(end)
            queue.close(end)
            month_end(month + 1, tally)
            if cancelled():
                return tally, ""
        fault = tally.little(self.months * MONTH_SECONDS, queue.inside())
        # the jobs that still wait or run have their waits too, on a machine to which no other job comes
        queue.finish()
        queue.drain()
        return tally, fault

    def _pools(self) -> list[Pool]:
        """The pools before the first delivery; a job must end before its cohort's last month does."""
        serves = self.machine.gpus > 0
        last = self.months - np.argmax(serves[::-1], axis=0)  # months up to the end of service
        ends = np.where(last < self.months, last * MONTH_SECONDS, NEVER)
        return [Pool(0, speed, end) for speed, end in zip(self.machine.speed.tolist(), ends.tolist(), strict=True)]

    def _bounds(self) -> Iterator[list[int]]:
        """How large each pool can be from each change of capacity on."""
        pools = self._change.shape[1]
        steps = [(int(self._change[month, pool]), int(pool)) for month, pool in np.argwhere(self._change)]
        return iter(largest_from_each([0] * pools, steps)[1:])

    def _stream(self, replication: int, tally: Tally, cancelled: Callable[[], bool]) -> Iterator[Jobs]:
        """The jobs of the horizon, chunk by chunk, each with the pools it may use."""
        gate = float(self.world.demand.new_only_share_per_year)
        hours = int(self.months * HOURS_PER_MONTH)
        demand = Demand(self.machine.largest_pool, hours, self.load, self.tiers, gate)
        for chunk in generate(demand, job_model(self.world.workload), self.seed, replication):
            if cancelled():
                return
            inside = chunk.until(int(np.searchsorted(chunk.jobs.submit_seconds, self.months * MONTH_SECONDS)))
            if len(inside):
                jobs = self._admitted(inside)
                tally.feed(jobs)
                yield jobs

    def _admitted(self, chunk: Arrivals) -> Jobs:
        """Jobs with the pools in service in the month of their submission that they may use, as large as it makes them.

        Here speeds are those of the generations, so jobs have the work that takes their run time at the reference.
        """
        jobs = chunk.jobs
        month = jobs.submit_seconds // MONTH_SECONDS
        mask = np.zeros(len(jobs), np.int64)
        for here in range(int(month[0]), int(month[-1]) + 1):
            part = slice(*np.searchsorted(month, (here, here + 1)))
            some = chunk.until(part.stop)
            mask[part] = self.machine.allowed(some.jobs, some.least_capability, here)[part]
        return chunk.in_pools(mask, self.machine.reference[month])

    def _failures(self, replication: int) -> Iterator[Failures]:
        """Node failures of each pool over its time in service, fewer while it is smaller than at its largest."""
        reliability = self.world.reliability
        for pool, gpus in enumerate(self.machine.gpus.T):
            largest, serving = int(gpus.max()), np.flatnonzero(gpus)
            if not largest:
                continue
            first, last = int(serving[0]), int(serving[-1]) + 1
            hours, rate = (last - first) * HOURS_PER_MONTH, float(reliability.interruptions_per_gpu_hour)
            found = pool_failures(largest, hours, rate, float(reliability.repair_hours), pool, self.seed, replication)
            at = found.at_seconds + first * MONTH_SECONDS
            present = gpus[np.minimum(at // MONTH_SECONDS, self.months - 1)] / largest
            hit = found.uniform < present
            place = np.minimum(found.uniform[hit] / present[hit], 1 - np.finfo(float).epsneg)
            yield Failures(at[hit], place, found.repair_seconds[hit], found.pool[hit])


def _fail(env: Environment, queue: StreamedQueue, failures: Failures) -> Generator[Event, None, None]:
    """Process of nodes that fail one after the other."""
    for at, uniform, repair_seconds, pool in failures:
        yield env.timeout(at - int(env.now))
        queue.fail_node(uniform, repair_seconds, pool)
