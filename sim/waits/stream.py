"""A queue through which jobs stream: what becomes of them goes to a tally, and no record of them is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
from simpy import Environment

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Integers, Jobs
from sim.queue.kernel.layout import FREE
from sim.queue.pools import Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.events import schedule_action
from sim.queue.schedules import Finished
from sim.queue.simulate import why_not_compiled
from sim.waits.recorded import counted, run_recorded
from sim.waits.tally import Tally


class StreamedQueue(CompiledQueue):
    """A compiled queue that keeps no records: its failures and changes of capacity go to a tally as time passes."""

    def __init__(self, env: Environment, queue_rules: Rules, pools: list[Pool], tally: Tally) -> None:
        """Attach an empty queue to `env`."""
        self.tally = tally
        super().__init__(env, rules=queue_rules, pools=pools, sink=self._take)

    def _take(self, finished: Finished) -> None:
        """Pass finished jobs to the tally, and before them their attempts that were cut short."""
        self.tally.interrupted(self._interruptions)
        self._interruptions = []
        self.tally.take(finished)

    def close(self, at_seconds: int) -> None:
        """Pass all that has happened before this second, which must be the present, to the tally."""
        self._catch_up()
        self.drain()
        self.tally.capacity(self._capacity)
        self._capacity = []
        queue = self._memory.queue
        self.tally.close(at_seconds, int(queue["work"]), int(queue["withdrawn"]), int(queue["pending"]))

    def inside(self) -> Integers:
        """Submission times of the jobs that wait or run [job]."""
        slots = self._memory.slots
        return np.asarray(slots["submit"][slots["state"] != FREE], np.int64)


def run_stream(chunks: Iterable[Jobs], pools: list[Pool], rules: Rules, failures: Failures, tally: Tally) -> str:
    """Run a machine of constant pools over the periods of a tally; the sentence of a fault, or nothing.

    chunks: jobs in order of time, all of them before the end of the last period. They wait and run to their ends, on a
    machine to which no other job comes.
    """
    if why_not_compiled(rules):
        return run_recorded(chunks, pools, rules, failures, tally)
    env = Environment()
    queue = StreamedQueue(env, rules, pools, tally)
    queue.feed(counted(chunks, tally))
    for at, uniform, repair_seconds, pool in failures:
        schedule_action(env, at, _failure(queue, uniform, repair_seconds, pool))
    for end in tally.ends.tolist():
        queue.advance(end)
        queue.close(end)
    fault = tally.little(int(tally.ends[-1]), queue.inside())
    queue.finish()
    queue.drain()
    return fault


def _failure(queue: StreamedQueue, uniform: float, repair_seconds: int, pool: int) -> Callable[[], None]:
    """The act of a node that fails."""
    return lambda: queue.fail_node(uniform, repair_seconds, pool)
