"""The job queue of one machine, event by event on a SimPy clock of whole seconds.

Plain on purpose: sorted lists and nothing cached, so that a reader can check it against the rules that stand in modules
of their own, and a faster queue can be checked against it. `events` says what comes first within one second.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Sequence
from functools import partial
from math import inf

from simpy import Environment, Event

from sim.queue.disciplines.rules import AGEING, Rules
from sim.queue.jobs import Jobs
from sim.queue.kernel.layout import TOO_LARGE, WITHDRAWN
from sim.queue.pools import Pool, checked
from sim.queue.scheduler import backfill, conservative
from sim.queue.scheduler.events import COMPLETION, PASS, SUBMISSION, TICK, TimedEvent, present, schedule_action
from sim.queue.scheduler.fair_share import FairShare
from sim.queue.scheduler.machine import JobBook, Machine, ServingPool, Start, done_seconds, lost_seconds, saved_seconds
from sim.queue.scheduler.patience import Patience
from sim.queue.scheduler.placement import Places, Running, gpus_of
from sim.queue.schedules import JobRecords, Schedule


class JobQueue:
    """Waiting and running jobs of one machine, driven by the SimPy environment it is attached to.

    A job's number in order of submission is its rank among equals: one that is requeued returns to that place.
    """

    def __init__(
        self,
        env: Environment,
        gpus: int = 0,
        rules: Rules | None = None,
        *,
        pools: Sequence[Pool] | None = None,
        largest_gpus: Sequence[int] | int | None = None,
    ) -> None:
        """Attach a machine to `env`, whose clock must count whole seconds.

        gpus: short for one pool of the base generation; `pools` takes its place.
        largest_gpus [pool]: the most that each will ever have, or one number for all; jobs that no pool they may use
            will ever hold are rejected. None rejects nobody.
        """
        pools = [Pool(gpus)] if pools is None else checked(pools)
        self.env = env
        self.rules = rules or Rules()
        self._records = JobRecords(capacity=[(self._now(), pool.gpus, p) for p, pool in enumerate(pools)])
        self._book = JobBook(self.rules, self._records)
        serving = [ServingPool(p, pool, self.rules, self._now()) for p, pool in enumerate(pools)]
        self._machine = Machine(self.rules, self._book, serving)
        self._machine.bound(largest_gpus)
        self._attempts: dict[int, tuple[Running, Event]] = {}  # of the running jobs, and their completions
        self._fair_share = FairShare(self.rules, self._book, self._now())
        self._next = 0  # the next job to join the queue
        self._submission_pending = self._pass_pending = self._tick_pending = False
        self._patience = Patience(self._book)

    # What policy may do to the machine, the first thing to happen in a second.
    def submit(self, jobs: Jobs) -> range:
        """The numbers of jobs that are announced here and will join the queue at their submission times."""
        submit = self._records.submit
        first, earliest = len(submit), max([self._now(), *submit[-1:]])
        # A number is a rank, so a later batch may reach back neither behind an earlier one nor into the past.
        if len(jobs) and jobs.submit_seconds[0] < earliest:
            raise ValueError(f"submit_seconds[0] = {jobs.submit_seconds[0]}: must be at least {earliest} seconds")
        self._fair_share.admit(jobs)
        self._book.announce(jobs)
        self._await_submission()
        self._await_tick()
        return range(first, len(submit))

    def change_capacity(
        self, change_gpus: int, pool: int = 0, *, largest_gpus: Sequence[int] | int | None = None
    ) -> None:
        """Deliver (+) or retire (-) GPUs of a pool. Retirement drains: free GPUs leave at once, running jobs end first.

        While a retirement drains, free GPUs are negative, and a delivery first replaces what is still to leave.
        largest_gpus [pool]: as above, from now on; jobs that wait are rejected, too.
        """
        serving = self._machine.pool(pool)
        if serving.installed_gpus + change_gpus < 0:
            raise ValueError(f"change_gpus = {change_gpus}: there are only {serving.installed_gpus} GPUs to retire")
        serving.installed_gpus += change_gpus
        if largest_gpus is not None:
            self._machine.bound(largest_gpus)
            # No job may wait for a machine that will never be: as a head it would block the others for ever.
            for job in [job for job in self._machine.waiting if self._machine.too_large(job)]:
                self._machine.waiting.remove(job)
                self._records.rejected[job] = TOO_LARGE
        serving.changing_state(self._now()).resize(change_gpus)
        self._serve(serving, change_gpus)

    def fail_node(self, uniform: float, repair_seconds: int, pool: int = 0) -> None:
        """Take a node of a pool out of service for `repair_seconds`; the jobs that it interrupts are requeued.

        `uniform` in [0, 1) says which node it is: see `fail` of the states in `placement`.
        """
        if not 0 <= uniform < 1:
            raise ValueError(f"uniform = {uniform}: must be in [0, 1)")
        if repair_seconds < 0:
            raise ValueError(f"repair_seconds = {repair_seconds}: must be at least 0 seconds")
        serving = self._machine.pool(pool)
        node, hit = serving.state.fail(uniform, serving.running)
        for job in hit:
            self._interrupt(job)
        lost = serving.changing_state(self._now()).take_down(node, serving.capacity_gpus)
        schedule_action(self.env, self._now() + repair_seconds, partial(self._repair, serving, lost))
        self._serve(serving, -gpus_of(lost))

    def advance(self, until_seconds: int) -> None:
        """Let the clock run up to, not including, the events of `until_seconds`; it never runs back."""
        if until_seconds > self.env.now:
            self.env.run(until_seconds)

    def finish(self) -> None:
        """Let everything happen that still will; all of it is on the clock, which has only to run."""
        self.env.run()

    def backlog_gpu_seconds(self) -> int:
        """GPU-seconds that the waiting jobs have asked for."""
        return self._machine.backlog_gpu_seconds

    def schedule(self) -> Schedule:
        """The records up to now."""
        pools = self._machine.pools
        return self._records.schedule(
            sum(pool.free_gpu_seconds for pool in pools), sum(pool.stranded_gpu_seconds for pool in pools)
        )

    # What happens to the machine.
    def _now(self) -> int:
        """The clock in whole seconds."""
        return present(self.env)

    def _repair(self, serving: ServingPool, places: Places) -> None:
        """A node comes back."""
        serving.changing_state(self._now()).repair(places)
        self._serve(serving, gpus_of(places))

    def _serve(self, serving: ServingPool, change_gpus: int) -> None:
        """Book GPUs that have come into service (+) or gone out of it (-); no reservation counted on that."""
        serving.capacity_gpus += change_gpus
        self._records.capacity.append((self._now(), serving.capacity_gpus, serving.number))
        self._machine.reservations.clear()
        self._wake()

    def _await_submission(self) -> None:
        """Put the next submission on the clock, unless it is there or there is none."""
        if not self._submission_pending and self._next < len(self._records.submit):
            self._submission_pending = True
            delay = self._records.submit[self._next] - self._now()
            TimedEvent(self.env, delay, SUBMISSION[self.rules.order], self._on_submission)

    def _on_submission(self, _: Event) -> None:
        """A job joins the queue."""
        job, self._next, self._submission_pending = self._next, self._next + 1, False
        self._await_submission()
        if self._patience.stays(job, self._now(), self._machine):
            self._enqueue(job)
        else:
            self._records.rejected[job] = WITHDRAWN
        self._wake()

    def _enqueue(self, job: int) -> None:
        """Give a job its place in the queue, or reject it where no pool will ever be large enough for it."""
        if self._machine.too_large(job):
            self._records.rejected[job] = TOO_LARGE
        else:
            self._fair_share.rank(job, self._now())
            insort(self._machine.waiting, job, key=partial(self._rank, self._now()))

    def _rank(self, now: int, job: int) -> tuple[float, int]:
        """Sort key of a waiting job; the smallest goes first."""
        score = -self._fair_share.points[job] if self._fair_share.active else self._book.score(job, now)
        return score, job

    def _begin(self, start: Start, now: int) -> None:
        """Start a job."""
        self._await_tick()
        records, job, serving = self._records, start.job, self._machine.pools[start.pool]
        if records.first_start[job] < 0:
            records.first_start[job] = now
        records.start[job], records.pool[job] = now, start.pool
        serving.changing_state(now).take(start.places)
        one = Running(now + self._book.estimate_seconds(job, serving.pool.speed), job, start.places)
        insort(serving.running, one)
        delay = self._book.attempt_seconds(job, serving.pool.speed)
        end = TimedEvent(self.env, delay, COMPLETION[self.rules.order], partial(self._on_completion, job))
        self._attempts[job] = one, end

    def _release(self, job: int) -> Event:
        """The completion that was awaited of a running job, whose GPUs are freed."""
        one, end = self._attempts.pop(job)
        serving = self._machine.pools[self._records.pool[job]]
        serving.running.remove(one)
        serving.changing_state(self._now()).release(one.places)
        self._fair_share.charge(job, self._now())
        return end

    def _on_completion(self, job: int, _: Event) -> None:
        """A job ends, by itself or at its wall limit."""
        self._release(job)
        self._records.end[job] = self._now()
        self._wake()

    def _interrupt(self, job: int) -> None:
        """Requeue a running job at its place, with the work since its last checkpoint undone."""
        records, now = self._records, self._now()
        elapsed, speed = now - records.start[job], self._machine.pools[records.pool[job]].pool.speed
        done = done_seconds(elapsed, speed)
        saved = saved_seconds(done, self._book.remaining[job], self.rules.checkpoint_seconds)
        self._release(job).callbacks.clear()
        records.interruptions.append((job, records.start[job], now, records.pool[job]))
        records.start[job] = records.pool[job] = -1
        records.restarts[job] += 1
        records.lost[job] += lost_seconds(elapsed, saved, speed)
        self._book.keep(job, saved)
        self._machine.reservations.clear()
        self._enqueue(job)

    # Ticks of the priorities, and the scheduling pass.
    def _await_tick(self) -> None:
        """Make up for the ticks that an idle machine has missed, and put the next on the clock if it matters."""
        if not self._fair_share.active or self._tick_pending:
            return
        while self._fair_share.next_tick < self._now():
            self._tick()
        if self._machine.waiting or self._attempts or self._next < len(self._records.submit):
            self._tick_pending = True
            TimedEvent(self.env, self._fair_share.next_tick - self._now(), TICK, self._on_tick)

    def _tick(self) -> None:
        """Compute all priorities again."""
        at_seconds = self._fair_share.next_tick
        self._fair_share.tick(at_seconds, self._attempts, self._machine.waiting)
        self._machine.waiting.sort(key=partial(self._rank, at_seconds))

    def _on_tick(self, _: Event) -> None:
        """A tick; no other follows where nothing else is to come, or the clock would never stop."""
        self._tick_pending = False
        self._tick()
        if self.env.peek() < inf:
            self._await_tick()
        self._ask_for_pass()

    def _wake(self) -> None:
        """Something may let a job start."""
        self._await_tick()
        self._ask_for_pass()

    def _ask_for_pass(self) -> None:
        """Schedule at once, or once after all events of this second."""
        if self._machine.waiting and self.rules.order == "per_event":
            self._pass()
        elif self._machine.waiting and not self._pass_pending:
            self._pass_pending = True
            TimedEvent(self.env, 0, PASS, self._pass)

    def _pass(self, _: Event | None = None) -> None:
        """Carry out the starts that the discipline names, one after the other."""
        self._pass_pending = False
        now = self._now()
        if self.rules.discipline in AGEING:
            self._machine.waiting.sort(key=partial(self._rank, now))
        starts = conservative.starts if self.rules.discipline == "conservative" else backfill.starts
        for start in starts(self._machine, now):
            self._machine.waiting.remove(start.job)
            self._begin(start, now)
