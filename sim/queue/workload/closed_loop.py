"""Users who wait for their results: a fixed number of them, each of whom submits, waits, thinks, and begins again.

The opposite of `generate`, where campaigns come however long the queue is: here nobody submits a campaign before the
last one is done, and the sooner it was done the sooner the next one follows (`sim.mechanisms.thinking`). Throughput X,
response R and think time Z of N users then obey R = N/X - Z, the response-time law of closed systems (Denning and Buzen
1978, Computing Surveys 10:225).
"""

from __future__ import annotations

from collections.abc import Generator
from math import ceil
from typing import NamedTuple, Protocol

import numpy as np
from simpy import Environment, Event

from sim.mechanisms.presets import resolved
from sim.mechanisms.thinking import Thinking, think_seconds
from sim.mechanisms.workload import Workload
from sim.queue.jobs import Integers, Jobs
from sim.queue.workload import merge
from sim.queue.workload.counter import normal, stream_key, uniform
from sim.queue.workload.elastic import sound
from sim.queue.workload.generator import distributions
from sim.queue.workload.rates import Demand
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR


class WatchedQueue(Protocol):
    """What a queue must offer to users who wait for its results."""

    def submit(self, jobs: Jobs) -> range:
        """Announce jobs; returns their numbers."""

    def when_ended(self, job: int) -> Event:
        """Succeeds when a job ends, and says whether it was refused."""


class Cycle(NamedTuple):
    """One campaign of one user, in seconds: its first submission, the end of its last job, and the user's next one."""

    user: int
    campaign: int
    begins: int
    ends: int
    returns: int


class ClosedLoop:
    """A fixed number of users, each a process on the clock of the queue that serves them.

    Campaign number v N + u is the v-th of user u, with the jobs that `generate` would give it: two machines meet the
    same campaigns, on the faster of them sooner. `queue.advance` or `queue.finish` must move the clock.
    """

    def __init__(
        self, env: Environment, queue: WatchedQueue, demand: Demand, workload: Workload, users: int, seed: int,
        replication: int = 0, thinking: Thinking | None = None,
    ) -> None:  # fmt: skip
        """Start the users, each of whom first comes after a long think time.

        demand: machine, horizon and tiers; its load is not asked for, since machine and users together make it.
        """
        if users < 1:
            raise ValueError(f"users = {users}: must be at least 1")
        self.env, self.queue, self.demand, self.users = env, queue, demand, users
        self.thinking = thinking or Thinking()
        self.cycles: list[Cycle] = []  # in the order of their ends
        self.submitted: list[Integers] = []  # chunks [column of `merge`, job] in the order of the queue
        self.refused_jobs = 0
        self._horizon = int(demand.hours * SECONDS_PER_HOUR)
        self._monday = int(demand.first_day * HOURS_PER_DAY * SECONDS_PER_HOUR)  # from it to the beginning
        self._laws = distributions(demand, resolved(workload), seed, replication)
        self._thoughts, self._tiers = (stream_key(seed, name, replication) for name in ("jobs.thoughts", "jobs.tiers"))
        self._tier_bounds = np.cumsum(demand.tier_share[0]) / demand.tier_share[0].sum()
        for user in range(users):
            env.process(self._user(user))

    def _user(self, user: int) -> Generator[Event, None, None]:
        """A user: think, submit a campaign, wait for all of it, and think again."""
        yield self.env.timeout(self._think_seconds(user, np.inf))
        campaign = user
        while self.env.now < self._horizon:
            begins = int(self.env.now)
            submitted_seconds = yield from self._campaign(campaign, user)
            ends = int(self.env.now)
            campaign += self.users
            thought = self._think_seconds(campaign, ends - submitted_seconds)
            self.cycles.append(Cycle(user, campaign - self.users, begins, ends, ends + thought))
            yield self.env.timeout(thought)

    def _campaign(self, campaign: int, user: int) -> Generator[Event, None, int]:
        """Submit the jobs of a campaign, each in its second, and wait for all; returns when the last was submitted."""
        columns, place, awaited = self._jobs(campaign, user), 0, []
        submit = columns[merge.SUBMIT]
        while place < submit.size and submit[place] < self._horizon:
            if submit[place] > self.env.now:
                yield self.env.timeout(int(submit[place] - self.env.now))
            stop = int(np.searchsorted(submit, submit[place], side="right"))
            chunk = columns[:, place:stop].copy()
            self.submitted.append(chunk)
            awaited += [self.queue.when_ended(job) for job in self.queue.submit(sound(chunk))]
            place = stop
        yield self.env.all_of(awaited)
        self.refused_jobs += sum(event.value == "refused" for event in awaited)
        return int(submit[place - 1])

    def _jobs(self, campaign: int, user: int) -> Integers:
        """The jobs of a campaign that begins now [column, job]; a user has one tier for good."""
        opened, scores = np.zeros(merge.OPEN_COLUMNS, np.int64), np.zeros(merge.OPEN_SCORES)
        merge.described(self._laws, campaign, float(self.env.now), opened, scores)
        opened[merge.OPEN_USER] = user
        opened[merge.OPEN_TIER] = np.searchsorted(self._tier_bounds[:-1], uniform(self._tiers, user), side="right")
        columns = np.empty((merge.COLUMNS, opened[merge.LENGTH]), np.int64)
        merge.expanded(self._laws, opened, float(self.env.now), scores, columns)
        return columns

    def _think_seconds(self, campaign: int, response_seconds: float) -> int:
        """Time from now to the first submission of a campaign, after a response of so long."""
        share, score = uniform(self._thoughts, 2 * campaign), normal(self._thoughts, 2 * campaign + 1)
        return ceil(think_seconds(response_seconds, share, score, float(self.env.now + self._monday), self.thinking))
