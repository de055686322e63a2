"""The job queue of one machine, event by event on a SimPy clock of whole seconds.

Plain on purpose: sorted lists and nothing cached, so that a reader can check it against the rules in `disciplines`, and
a faster queue can be checked against it. Inside one second things happen in this order:

    per instant   policy, completions, submissions, then one scheduling pass
    per event     policy, submissions, completions, with a pass after each event
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from functools import partial

from simpy import Environment, Event
from simpy.events import NORMAL, EventPriority

from sim.engine.disciplines import (
    BackfillScan,
    Discipline,
    Estimates,
    EventOrder,
    Rules,
    Running,
    backfilled,
    ended_gpus,
    job_hit,
    largest_from_each,
    reservation,
    saved_seconds,
    scan_order,
)
from sim.engine.jobs import Failures, JobRecords, Jobs, Schedule
from sim.units import GPUS_PER_NODE

# SimPy serves equal times by priority, lowest first; policy has that of a calendar's timeouts.
POLICY = NORMAL
COMPLETION: dict[EventOrder, EventPriority] = {"per_instant": EventPriority(2), "per_event": EventPriority(4)}
SUBMISSION: dict[EventOrder, EventPriority] = {"per_instant": EventPriority(4), "per_event": EventPriority(2)}
PASS = EventPriority(5)


class Moment(Event):
    """An event that is sure to come: one callback, after a delay in seconds, at a given priority."""

    def __init__(
        self, env: Environment, delay_seconds: int, priority: EventPriority, callback: Callable[[Event], None]
    ) -> None:
        """Put the event on the clock, triggered from the first, as SimPy's own timeouts are."""
        self.env = env
        self.callbacks = [callback]
        self._ok = True
        self._value = None
        env.schedule(self, priority, delay_seconds)


def decree(env: Environment, at_seconds: int, act: Callable[[], None]) -> None:
    """Have policy act at a given second, before all else that happens in it."""
    if at_seconds < env.now:
        raise ValueError(f"at_seconds = {at_seconds}: must be at least {env.now} seconds, the present")
    Moment(env, at_seconds - int(env.now), POLICY, lambda _: act())


class JobQueue:
    """Waiting and running jobs of one machine, driven by the SimPy environment it is attached to.

    A job's number in order of submission is its rank: one that a failure throws out returns to that place.
    """

    def __init__(
        self, env: Environment, gpus: int = 0, rules: Rules | None = None, *, largest_gpus: int | None = None
    ) -> None:
        """Attach a machine of `gpus` GPUs to `env`, whose clock must count whole seconds.

        largest_gpus: jobs that hold more are refused, for the machine will never be so large; None refuses nobody.
        """
        if gpus < 0:
            raise ValueError(f"gpus = {gpus}: must be at least 0")
        self.env = env
        self.rules = rules or Rules()
        self.largest_gpus = largest_gpus
        self.installed_gpus = self.capacity_gpus = self.free_gpus = gpus
        self._records = JobRecords(capacity=[(self._now(), gpus)])
        self._held = self._records.held  # GPUs [job]
        self._remaining: list[int] = []  # work still to do at the next start, seconds [job]
        self._estimate: list[int] = []  # what the scheduler takes it for, seconds [job]
        self._waiting: list[int] = []  # jobs, ascending
        self._running: list[Running] = []  # ascending by estimated end
        self._completions: dict[int, Event] = {}  # of the running jobs
        self._next = 0  # the next job to join the queue
        self._submission_pending = self._pass_pending = False

    # What others may do to the machine: policy, the first thing to happen in a second.

    def submit(self, jobs: Jobs) -> range:
        """Announce jobs that will join the queue at their submission times; returns their numbers."""
        submit = self._records.submit
        first, earliest = len(submit), max([self._now(), *submit[-1:]])
        # A number is a rank, so a later batch may reach back neither behind an earlier one nor into the past.
        if len(jobs) and jobs.submit_seconds[0] < earliest:
            raise ValueError(f"submit_seconds[0] = {jobs.submit_seconds[0]}: must be at least {earliest} seconds")
        work = jobs.work_seconds.tolist()
        self._records.announce(jobs, self.rules.node_gpus if self.rules.whole_nodes else 1)
        self._remaining += work
        self._estimate += work if self.rules.estimates == "actual" else jobs.request_seconds.tolist()
        self._await_submission()
        return range(first, len(submit))

    def change_capacity(self, change_gpus: int, *, largest_gpus: int | None = None) -> None:
        """Deliver (+) or retire (-) GPUs. Retirement drains: free GPUs leave at once, running jobs end first.

        While a retirement drains, `free_gpus` is negative, and a delivery first replaces what is still to leave.
        largest_gpus: from now on, refuse jobs that hold more, those that are waiting included.
        """
        if self.installed_gpus + change_gpus < 0:
            raise ValueError(f"change_gpus = {change_gpus}: there are only {self.installed_gpus} GPUs to retire")
        self.installed_gpus += change_gpus
        if largest_gpus is not None:
            self.largest_gpus = largest_gpus
            # Nobody may wait for a machine that will never be: a head like that would block the others for ever.
            waiting, self._waiting = self._waiting, []
            for job in waiting:
                self._enqueue(job)
        self._serve(change_gpus)

    def fail_node(self, uniform: float, repair_seconds: int) -> None:
        """Take a node out of service for `repair_seconds`; the job that it hosts returns to the queue.

        `uniform` in [0, 1) says which GPU's node it is, see `job_hit`; the jobs stand in order of estimated end.
        """
        if not 0 <= uniform < 1:
            raise ValueError(f"uniform = {uniform}: must be in [0, 1)")
        lost_gpus = min(self.rules.node_gpus, max(self.capacity_gpus, 0))
        decree(self.env, self._now() + repair_seconds, partial(self._serve, lost_gpus))
        victim = job_hit(uniform, max(self.free_gpus, 0), self._running)
        if victim >= 0:
            self._interrupt(victim)
        self._serve(-lost_gpus)

    def advance(self, until_seconds: int) -> None:
        """Let the clock run up to, not including, the events of `until_seconds`; nothing to do if it is there."""
        if until_seconds > self.env.now:
            self.env.run(until=until_seconds)

    def schedule(self) -> Schedule:
        """The records up to now."""
        return self._records.schedule()

    # What happens to the machine.

    def _now(self) -> int:
        """The clock in whole seconds; a fraction is a programming error, for then no two queues agree about ties."""
        now = int(self.env.now)
        if now != self.env.now:
            raise ValueError(f"the clock stands at {self.env.now}: the queue needs whole seconds")
        return now

    def _serve(self, change_gpus: int) -> None:
        """Bring GPUs into service (+) or take them out (-)."""
        self.capacity_gpus += change_gpus
        self.free_gpus += change_gpus
        self._records.capacity.append((self._now(), self.capacity_gpus))
        self._wake()

    def _await_submission(self) -> None:
        """Put the next submission on the clock, unless it is there or there is none."""
        if not self._submission_pending and self._next < len(self._held):
            self._submission_pending = True
            delay_seconds = self._records.submit[self._next] - self._now()
            Moment(self.env, delay_seconds, SUBMISSION[self.rules.order], self._on_submission)

    def _on_submission(self, _: Event) -> None:
        """A job joins the queue."""
        self._submission_pending = False
        self._next += 1
        self._await_submission()
        self._enqueue(self._next - 1)
        self._wake()

    def _enqueue(self, job: int) -> None:
        """Give a job its place in the queue, unless the machine will never be large enough for it."""
        if self.largest_gpus is not None and self._held[job] > self.largest_gpus:
            self._records.refused[job] = True
        else:
            insort(self._waiting, job)

    def _begin(self, job: int, now: int) -> None:
        """Start a job."""
        records, held = self._records, self._held[job]
        if records.first_start[job] < 0:
            records.first_start[job] = now
        records.start[job] = now
        self.free_gpus -= held
        insort(self._running, (now + self._estimate[job], job, held))
        end = partial(self._on_completion, job)
        self._completions[job] = Moment(self.env, self._remaining[job], COMPLETION[self.rules.order], end)

    def _release(self, job: int) -> Event:
        """Free the GPUs of a running job; returns the completion that was awaited."""
        held = self._held[job]
        del self._running[bisect_left(self._running, (self._records.start[job] + self._estimate[job], job, held))]
        self.free_gpus += held
        return self._completions.pop(job)

    def _on_completion(self, job: int, _: Event) -> None:
        """A job ends, by itself or at its wall limit."""
        self._release(job)
        self._records.end[job] = self._now()
        self._wake()

    def _interrupt(self, job: int) -> None:
        """Throw a running job back to its place in the queue, with the work since its last checkpoint undone."""
        records, now = self._records, self._now()
        elapsed = now - records.start[job]
        saved = saved_seconds(elapsed, self._remaining[job], self.rules.checkpoint_seconds)
        self._release(job).callbacks.clear()
        records.interruptions.append((job, records.start[job], now))
        records.start[job] = -1
        records.restarts[job] += 1
        records.lost[job] += elapsed - saved
        self._remaining[job] -= saved
        # A request is the wall limit of every attempt; only a clairvoyant scheduler knows that less is left to do.
        if self.rules.estimates == "actual":
            self._estimate[job] = self._remaining[job]
        self._enqueue(job)

    # The scheduling pass.

    def _wake(self) -> None:
        """Something may let a job start: schedule at once, or once after all events of this second."""
        if self._waiting and self.rules.order == "per_event":
            self._pass()
        elif self._waiting and not self._pass_pending:
            self._pass_pending = True
            Moment(self.env, 0, PASS, self._pass)

    def _pass(self, _: Event | None = None) -> None:
        """Start jobs from the head of the queue while they fit, then let others overtake if the rules allow it."""
        self._pass_pending = False
        now = self._now()
        usable = self.free_gpus + ended_gpus(self._running, now)
        started = 0
        for job in self._waiting:
            if self._held[job] > usable:
                break
            usable -= self._held[job]
            self._begin(job, now)
            started += 1
        del self._waiting[:started]
        if self.rules.discipline == "easy" and usable > 0 and len(self._waiting) > 1:
            self._backfill(now, usable)

    def _backfill(self, now: int, usable: int) -> None:
        """Let jobs behind the head use `usable` GPUs as long as its reservation stands."""
        # The reservation counts on the GPUs of ended jobs anyway: it needs those that are really free, not `usable`.
        reserved = reservation(self._held[self._waiting[0]], self.free_gpus, self._running)
        candidates = scan_order(self._waiting[1:], self._estimate, self.rules.backfill_scan)
        for job in backfilled(candidates, self._held, self._estimate, now, usable, reserved):
            del self._waiting[bisect_left(self._waiting, job)]
            self._begin(job, now)


def simulate(
    jobs: Jobs,
    gpus: int,
    *,
    discipline: Discipline = "easy",
    backfill_scan: BackfillScan = "fcfs",
    order: EventOrder = "per_instant",
    estimates: Estimates = "requested",
    node_gpus: int = GPUS_PER_NODE,
    whole_nodes: bool = False,
    checkpoint_seconds: int = 0,
    capacity_steps: Sequence[tuple[int, int]] = (),
    failures: Failures | None = None,
    env: Environment | None = None,
) -> Schedule:
    """What becomes of `jobs` on a machine that begins with `gpus` GPUs; `Rules` explains the options.

    capacity_steps: (seconds, GPUs delivered or, if negative, retired).
    failures: node failures; within one second they follow the capacity steps, and repairs follow both.
    env: runs to its last event; an environment that never ends needs a `JobQueue` and its `advance`.

    The second job wants the whole node, the third is short enough to overtake:
    >>> simulate(Jobs([0, 10, 20], [100, 50, 30], [120, 60, 30], [4, 8, 4]), gpus=8).wait_seconds
    array([ 0, 90,  0])
    """
    env = Environment() if env is None else env
    rules = Rules(discipline, backfill_scan, order, estimates, node_gpus, whole_nodes, checkpoint_seconds)
    steps = sorted(capacity_steps, key=lambda step: step[0])
    largest = largest_from_each(gpus, steps)
    queue = JobQueue(env, gpus, rules, largest_gpus=largest[0])
    queue.submit(jobs)
    for (at, change), bound in zip(steps, largest[1:], strict=True):
        decree(env, at, partial(queue.change_capacity, change, largest_gpus=bound))
    for at, uniform, repair_seconds in failures or ():
        decree(env, at, partial(queue.fail_node, uniform, repair_seconds))
    env.run()
    return queue.schedule()
