"""The job queue of one machine, compiled: between two acts of policy on the SimPy clock one call advances all jobs.

Same rules and same starts as `sim.queue.scheduler.plain`, many times faster, and with memory for the jobs that wait
or run rather than for all that ever were.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

import numpy as np
from simpy import Environment

from sim.queue.disciplines.priority import refuse_unknown_users
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Integers, Jobs
from sim.queue.kernel import capacity, clock, layout, waiting
from sim.queue.kernel.memory import CHUNK_JOBS, Memory
from sim.queue.pools import Pool, checked
from sim.queue.scheduler.events import present, schedule_action
from sim.queue.schedules import Collector, Finished, Schedule, add_unfinished, as_schedule

_NEVER = layout.NEVER


class CompiledQueue:
    """Waiting and running jobs of one machine; see `plain.JobQueue`, whose methods it has."""

    def __init__(
        self,
        env: Environment,
        gpus: int = 0,
        rules: Rules | None = None,
        *,
        pools: Sequence[Pool] | None = None,
        largest_gpus: Sequence[int] | int | None = None,
        sink: Callable[[Finished], None] | None = None,
    ) -> None:
        """Attach a machine to `env`, whose clock must count whole seconds.

        gpus: short for one pool of the base generation; `pools` takes its place.
        largest_gpus [pool]: jobs that hold more than every pool that they may use are rejected; None rejects nobody.
        sink: takes over the records of finished jobs, a view that the next call overwrites; None keeps all of them
            for `schedule`.
        """
        self.env = env
        self.rules = rules or Rules()
        self._pools = (Pool(gpus),) if pools is None else tuple(checked(pools))
        self._memory = Memory(self.rules, self._pools, self._now())
        self._collector = Collector() if sink is None else None
        self._sink: Callable[[Finished], None] = sink or self._collector  # type: ignore[assignment]
        self._pending: deque[tuple[Jobs, int]] = deque()  # and the first of them that is still to be announced
        self._installed = [pool.gpus for pool in self._pools]
        self._stream: Iterator[Jobs] | None = None
        self._announced = 0
        self._latest = self._now()
        self._interruptions: list[tuple[int, ...]] = []
        self._capacity = [(self._now(), pool.gpus, number) for number, pool in enumerate(self._pools)]
        self._bound(largest_gpus)

    # What policy may do to the machine, the first thing to happen in a second.

    def submit(self, jobs: Jobs) -> range:
        """The numbers of jobs that are announced here and will join the queue at their submission times."""
        if len(jobs):
            self._check_order(jobs, self._now())
            self._pending.append((jobs, 0))
            self._memory.queue["open"] = 1
        self._announced += len(jobs)
        return range(self._announced - len(jobs), self._announced)

    def feed(self, chunks: Iterator[Jobs]) -> None:
        """Take jobs from an iterator as time comes to them, so that no more than a chunk of them is ever in memory.

        Chunks follow one another in time; jobs cannot be announced by `submit` while one is being fed.
        """
        self._stream = chunks
        self._memory.queue["open"] = 1

    def change_capacity(
        self, change_gpus: int, pool: int = 0, *, largest_gpus: Sequence[int] | int | None = None
    ) -> None:
        """Deliver (+) or retire (-) GPUs of a pool; see `JobQueue.change_capacity`."""
        self._catch_up()
        if self._installed[pool] + change_gpus < 0:
            raise ValueError(f"change_gpus = {change_gpus}: there are only {self._installed[pool]} GPUs to retire")
        self._installed[pool] += change_gpus
        if largest_gpus is not None:
            self._bound(largest_gpus)
            self._reject()
        self._serve(pool, change_gpus)

    def fail_node(self, uniform: float, repair_seconds: int, pool: int = 0) -> None:
        """Take a node of a pool out of service for `repair_seconds`; see `JobQueue.fail_node`."""
        if not 0 <= uniform < 1:
            raise ValueError(f"uniform = {uniform}: must be in [0, 1)")
        self._catch_up()
        memory = self._memory
        lost_gpus = min(self.rules.node_gpus, max(int(memory.queue["capacity"][pool]), 0))
        schedule_action(self.env, self._now() + repair_seconds, partial(self._repair, pool, lost_gpus))
        while True:
            reason = capacity.fail(
                memory.queues, memory.slots, memory.store, memory.users, memory.accounts, memory.finished,
                memory.interrupted, pool, uniform, lost_gpus,
            )  # fmt: skip
            if reason == layout.DONE:
                break
            self._provide(reason)
        self._capacity.append((self._now(), int(memory.queue["capacity"][pool]), pool))

    def advance(self, until_seconds: int) -> None:
        """Let the clock run up to, not including, the events of `until_seconds`; it never runs back."""
        if until_seconds > self.env.now:
            self.env.run(until_seconds)
        self._catch_up()

    def finish(self) -> None:
        """Let everything happen that still will."""
        self.env.run()
        self._run(_NEVER)

    def drain(self) -> None:
        """Hand on the records of the jobs that have finished since the last time."""
        finished, interrupted = self._memory.empty()
        self._interruptions += interrupted
        self._sink(finished)

    def backlog_gpu_seconds(self) -> int:
        """GPU-seconds that the waiting jobs have asked for."""
        self._catch_up()
        return int(self._memory.queue["backlog"])

    def schedule(self) -> Schedule:
        """The records up to now; needs a queue without a `sink`."""
        if self._collector is None:
            raise ValueError("the queue has a sink: the records of its jobs have been handed on")
        self._catch_up()
        self.drain()
        memory, submitted = self._memory, int(self._memory.queue["ranks"])
        columns = self._collector.columns(max(submitted, self._announced))
        alive = memory.slots[memory.slots["state"] != layout.FREE]
        add_unfinished(columns, alive, submitted, self._to_come())
        return as_schedule(columns, self._interruptions, self._capacity)

    # How the kernel is set up and driven.

    def _now(self) -> int:
        """The clock in whole seconds."""
        return present(self.env)

    def _check_order(self, jobs: Jobs, now: int) -> None:
        """ValueError for jobs that reach back behind those announced before, or into the past: a number is a rank."""
        earliest = max(self._latest, now)
        if jobs.submit_seconds[0] < earliest:
            raise ValueError(f"submit_seconds[0] = {jobs.submit_seconds[0]}: must be at least {earliest} seconds")
        latest = jobs.submit_seconds[-1] + jobs.request_seconds.max()
        if not 0 <= latest <= layout.LATEST_SECONDS:
            raise ValueError(f"submit_seconds + request_seconds = {latest}: must be at most {layout.LATEST_SECONDS}")
        if self.rules.discipline == "multifactor":
            refuse_unknown_users(int(jobs.user.max()), len(self._memory.users))
        self._latest = int(jobs.submit_seconds[-1])

    def _catch_up(self) -> None:
        """Let the jobs follow the clock: all that happens before this second has happened."""
        if self._now() > self._memory.queue["now"]:
            self._run(self._now())

    def _run(self, until: int) -> None:
        """Advance the kernel, and give it jobs and memory as it asks."""
        memory = self._memory
        while True:
            reason = clock.advance(
                memory.queues, memory.slots, memory.store, memory.users, memory.accounts, memory.incoming,
                memory.finished, until,
            )  # fmt: skip
            if reason == layout.DONE:
                return
            self._provide(reason)

    def _provide(self, reason: int) -> None:
        """Do what the kernel came back for."""
        if reason == layout.NEEDS_JOBS:
            self._load()
        elif reason == layout.NEEDS_DRAIN:
            self.drain()
        else:
            self._memory.enlarge()

    def _load(self) -> None:
        """Give the kernel its next chunk of jobs, and note whether there will be another."""
        if not self._pending and self._stream is not None:
            following = next(self._stream, None)
            if following is None:
                self._stream = None
            else:
                self._check_order(following, int(self._memory.queue["now"]))
                self._pending.append((following, 0))
        queue = self._memory.queue
        queue["arrival"] = queue["arrivals"] = 0
        if self._pending:
            jobs, first = self._pending.popleft()
            self._memory.load(self.rules, jobs, slice(first, first + CHUNK_JOBS))
            if first + CHUNK_JOBS < len(jobs):
                self._pending.appendleft((jobs, first + CHUNK_JOBS))
        queue["open"] = bool(self._pending) or self._stream is not None

    def _serve(self, pool: int, change_gpus: int) -> None:
        """Bring GPUs of a pool into service (+) or take them out (-)."""
        memory = self._memory
        memory.extend_lists(pool, change_gpus)
        capacity.serve(memory.queues, memory.slots, memory.store, pool, change_gpus)
        self._capacity.append((self._now(), int(memory.queue["capacity"][pool]), pool))

    def _repair(self, pool: int, gpus: int) -> None:
        """A node comes back."""
        self._catch_up()
        self._serve(pool, gpus)

    def _bound(self, largest_gpus: Sequence[int] | int | None) -> None:
        """Note how large each pool can ever be from now on."""
        bounds = _NEVER if largest_gpus is None else np.asarray(largest_gpus, np.int64)
        self._memory.queue["largest"][: len(self._pools)] = bounds

    def _reject(self) -> None:
        """Reject waiting jobs that have become too large for what is to come."""
        memory = self._memory
        self.drain()
        memory.finished = np.zeros(max(len(memory.finished), int(memory.queue["waiting"])), layout.FINISHED)
        memory.queue["most_finished"] = len(memory.finished)
        waiting.reject_too_large(memory.queues, memory.slots, memory.store, memory.finished)

    def _to_come(self) -> list[tuple[Integers, Integers]]:
        """Submission in seconds and GPUs held [job] of the jobs that have yet to be submitted, batch after batch."""
        queue = self._memory.queue
        loaded = self._memory.incoming[int(queue["arrival"]) : int(queue["arrivals"])]
        held_gpus = self.rules.held_gpus
        later = ((jobs.submit_seconds[first:], held_gpus(jobs.gpus[first:])) for jobs, first in self._pending)
        return [(loaded["submit"], loaded["held"]), *later]
