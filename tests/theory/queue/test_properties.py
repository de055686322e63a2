"""What must hold of every schedule, whatever the jobs; and a second queue, second by second, that must agree.

The second queue keeps no events and no sorted lists: it looks at every second of a small machine and asks of each
candidate the question that backfilling is about, whether the head could still start at its reservation.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from simpy import Environment

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.scheduler.plain import JobQueue, schedule_action
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from tests.oracles.use import used_gpu_seconds

# Derandomised: a build must not pass or fail by chance. Ties of events are wanted, hence the small numbers.
property_of = settings(max_examples=200, deadline=None, derandomize=True)

GPUS = 8
LAST_SECOND = 1000  # by which every schedule below has come to rest
Step = tuple[int, int]


gaps = st.sampled_from([0, 0, 1, 2])
lengths = st.sampled_from([1, 2, 4, 6, 12, 13])


@st.composite
def job_lists(draw: st.DrawFn, *, most: int = 16, largest: int = GPUS) -> Jobs:
    """A few jobs, often of the same second, sometimes with a request below the run time."""
    rows = draw(
        st.lists(
            st.tuples(gaps, lengths, lengths, st.one_of(st.integers(1, 3), st.integers(1, largest))), max_size=most
        )
    )
    wait, runs, requests, gpus = np.array(rows, np.int64).reshape(-1, 4).T
    return Jobs(np.cumsum(wait), runs, requests, gpus)


@st.composite
def step_lists(draw: st.DrawFn) -> list[Step]:
    """Deliveries and retirements that never retire what is not there."""
    installed, steps = GPUS, []
    for at in sorted(draw(st.lists(st.integers(0, 40), max_size=3))):
        change = draw(st.integers(-installed, 6))
        installed += change
        steps.append((at, change))
    return steps


@st.composite
def failure_lists(draw: st.DrawFn) -> Failures:
    """A few node failures, often in the second of something else."""
    rows = draw(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 99), st.integers(0, 15)), max_size=4))
    at, percent, repair = np.array(sorted(rows), np.int64).reshape(-1, 3).T
    return Failures(at, percent / 100, repair)


rule_sets = st.fixed_dictionaries(
    {
        "discipline": st.sampled_from(["easy", "fcfs"]),
        "backfill_scan": st.sampled_from(["fcfs", "sjbf"]),
        "estimates": st.sampled_from(["requested", "actual"]),
        "order": st.sampled_from(["per_instant", "per_event"]),
    }
)
troubles = st.fixed_dictionaries(
    {
        "capacity_steps": step_lists(),
        "failures": failure_lists(),
        "node_gpus": st.integers(1, 4),
        "placement": st.sampled_from(["any_gpu", "whole_nodes"]),
        "checkpoint_seconds": st.sampled_from([0, 1, 3, 7]),
    }
)


def fields_of(schedule: Schedule) -> dict[str, list[int]]:
    """Every column of a schedule as a list."""
    return {name: np.asarray(column).tolist() for name, column in vars(schedule).items()}


def use_by_second(schedule: Schedule) -> NDArray[np.int64]:
    """GPUs in use [second], from the attempts alone."""
    job, start, end = schedule.attempts
    use = np.zeros(int(max([0, *end])) + 2, np.int64)
    for j, first, last in zip(job.tolist(), start.tolist(), end.tolist(), strict=True):
        use[first:last] += schedule.held_gpus[j]
    return use


def useful_seconds(jobs: Jobs, schedule: Schedule) -> NDArray[np.int64]:
    """Seconds of work done for good [job]: all of it, or what was saved and a last attempt up to the wall limit."""
    elapsed = schedule.interrupted_end_seconds - schedule.interrupted_start_seconds
    saved = np.bincount(schedule.interrupted_job, elapsed, minlength=len(jobs)).astype(np.int64) - schedule.lost_seconds
    return np.minimum(jobs.run_seconds, saved + jobs.request_seconds)


# ------------------------------------------------------------------------------------- a queue that looks every second


class BySecond:
    """EASY and FCFS by their definition, one pass a second."""

    def __init__(self, jobs: Jobs, rules: Rules, steps: list[Step], failures: Failures | None) -> None:
        """All is still to come."""
        self.rules, self.steps, self.failures = rules, steps, list(failures or ())
        unit = rules.node_gpus if rules.placement == "whole_nodes" else 1
        self.held: list[int] = [(gpus + unit - 1) // unit * unit for gpus in jobs.gpus.tolist()]
        self.submit: list[int] = jobs.submit_seconds.tolist()
        self.request: list[int] = jobs.request_seconds.tolist()
        self.remaining: list[int] = jobs.run_seconds.tolist()
        self.capacity = GPUS
        self.steps_taken = 0
        self.repairs: list[Step] = []
        self.waiting: set[int] = set()
        self.running: dict[int, int] = {}  # job: start
        self.first_start = [-1] * len(jobs)
        self.end = [-1] * len(jobs)
        self.lost = [0] * len(jobs)

    def attempt(self, job: int) -> int:
        """Seconds that the next attempt takes: to the end of the work or to the wall limit."""
        return min(self.remaining[job], self.request[job])

    def estimate(self, job: int) -> int:
        """Seconds that the scheduler expects of the next attempt."""
        return self.attempt(job) if self.rules.estimates == "actual" else self.request[job]

    def expected_end(self, job: int) -> int:
        """When the scheduler expects a running job to end."""
        return self.running[job] + self.estimate(job)

    def free(self, at: int) -> int:
        """GPUs that would be free at a later second, if every running job ended as expected."""
        return self.capacity - sum(self.held[job] for job in self.running if self.expected_end(job) > at)

    def fail(self, uniform: float, repair: int, now: int) -> None:
        """A node fails: whoever owns the GPU that was picked goes back into the queue."""
        jobs = sorted(self.running, key=lambda job: (self.expected_end(job), job))
        owners = [-1] * (self.capacity - sum(self.held[job] for job in jobs))
        owners += [job for job in jobs for _ in range(self.held[job])]
        victim = owners[int(uniform * len(owners))] if owners else -1
        if victim >= 0:
            elapsed = now - self.running.pop(victim)
            every = self.rules.checkpoint_seconds
            saved = elapsed - elapsed % every if every else 0
            saved -= saved == self.remaining[victim]
            self.remaining[victim] -= saved
            self.lost[victim] += elapsed - saved
            self.waiting.add(victim)
        leaving = max(0, min(self.rules.node_gpus, self.capacity))
        self.capacity -= leaving
        self.repairs.append((now + repair, leaving))

    def refuse(self) -> None:
        """Drop waiting jobs that are larger than the machine can be from now on."""
        sizes = np.cumsum([GPUS, *(change for _, change in self.steps)])
        self.waiting = {job for job in self.waiting if self.held[job] <= max(sizes[self.steps_taken :])}

    def events(self, now: int) -> Iterator[None]:
        """Everything that happens in a second, one event after the other."""
        for _, change in [step for step in self.steps if step[0] == now]:
            self.capacity += change
            self.steps_taken += 1
            self.refuse()
            yield
        for _, uniform, repair, _ in [failure for failure in self.failures if failure[0] == now]:
            self.fail(uniform, repair, now)
            self.refuse()
            yield
        for _, back in [repair for repair in self.repairs if repair[0] == now]:
            self.capacity += back
            yield
        for kind in ("ends", "submissions") if self.rules.order == "per_instant" else ("submissions", "ends"):
            yield from self.ends(now) if kind == "ends" else self.submissions(now)

    def submissions(self, now: int) -> Iterator[None]:
        """The jobs of a second join the queue."""
        for job in [job for job, at in enumerate(self.submit) if at == now]:
            self.waiting.add(job)
            self.refuse()
            yield

    def ends(self, now: int) -> Iterator[None]:
        """The jobs whose work is done end, in the order in which they started."""
        for job in [job for job, start in self.running.items() if start + self.attempt(job) == now]:
            del self.running[job]
            self.end[job] = now
            yield

    def begin(self, job: int, now: int) -> None:
        """Start a job."""
        self.waiting.remove(job)
        self.running[job] = now

    def serve(self, now: int) -> None:
        """The scheduling pass: the head while it fits, then those that leave the reservation of the head intact."""
        while self.waiting and self.held[min(self.waiting)] <= self.free(now):
            self.begin(min(self.waiting), now)
        if not self.waiting or self.rules.discipline == "fcfs":
            return
        head = min(self.waiting)
        ends = [end for end in map(self.expected_end, self.running) if self.free(end) >= self.held[head]]
        others = sorted(self.waiting - {head})
        for job in sorted(others, key=self.estimate) if self.rules.backfill_scan == "sjbf" else others:
            if self.held[job] <= self.free(now):
                self.begin(job, now)
                if ends and self.free(min(ends)) < self.held[head]:
                    del self.running[job]
                    self.waiting.add(job)

    def look(self, now: int) -> None:
        """One pass, and a note of who started for the first time."""
        self.serve(now)
        for job in self.running:
            self.first_start[job] = now if self.first_start[job] < 0 else self.first_start[job]

    def run(self) -> None:
        """Look at every second until nothing can happen any more."""
        for now in range(LAST_SECOND):
            for _ in self.events(now):
                if self.rules.order == "per_event":
                    self.look(now)
            if self.rules.order == "per_instant":
                self.look(now)


def assert_same(schedule: Schedule, other: BySecond) -> None:
    """Both queues gave every job the same fate."""
    other.run()
    assert schedule.first_start_seconds.tolist() == other.first_start
    assert schedule.end_seconds.tolist() == other.end
    assert schedule.lost_seconds.tolist() == other.lost


@property_of
@given(jobs=job_lists(), rules=rule_sets)
def test_a_queue_that_looks_every_second_gives_the_same_schedule(jobs: Jobs, rules: dict[str, Any]):
    assert_same(simulate(jobs, GPUS, **rules), BySecond(jobs, Rules(**rules), [], None))


@property_of
@given(jobs=job_lists(largest=GPUS + 2), rules=rule_sets, trouble=troubles)
def test_and_does_so_with_deliveries_retirements_and_failures(
    jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]
):
    schedule = simulate(jobs, GPUS, **rules, **trouble)
    steps, failures = trouble.pop("capacity_steps"), trouble.pop("failures")
    assert_same(schedule, BySecond(jobs, Rules(**rules, **trouble), steps, failures))


@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize("scan", ["fcfs", "sjbf"])
@pytest.mark.parametrize("estimates", ["requested", "actual"])
def test_and_does_so_where_the_queue_is_long(estimates: Any, scan: Any, order: Any):
    """Forty jobs of few lengths within a few seconds: many candidates, and ends that coincide."""
    for seed in range(1, 11):
        rng = np.random.default_rng(seed)
        submit_seconds = np.sort(rng.integers(0, 30, 40))
        run_seconds, request_seconds = rng.choice([2, 4, 6, 12], (2, 40))
        jobs = Jobs(submit_seconds, run_seconds, request_seconds, rng.choice([1, 1, 2, 3, 5, 8], 40))
        failures = Failures(np.sort(rng.integers(0, 80, 6)), rng.random(6), rng.integers(0, 9, 6))
        rules = Rules("easy", scan, order, estimates, node_gpus=2, checkpoint_seconds=3)
        schedule = simulate(jobs, GPUS, **vars(rules), failures=failures)
        assert (np.diff(schedule.first_start_seconds) < 0).any()
        assert len(schedule.interrupted_job) > 0
        assert_same(schedule, BySecond(jobs, rules, [], failures))


# ------------------------------------------------------------------------------------------- what holds of any schedule


@property_of
@given(jobs=job_lists(), rules=rule_sets, placement=st.sampled_from(["any_gpu", "whole_nodes"]))
def test_never_more_gpus_in_use_than_there_are(jobs: Jobs, rules: dict[str, Any], placement: Any):
    schedule = simulate(jobs, GPUS, placement=placement, node_gpus=4, **rules)
    assert use_by_second(schedule).max() <= GPUS
    assert schedule.ended.all()


@property_of
@given(jobs=job_lists(), rules=rule_sets, trouble=troubles)
def test_nothing_starts_on_gpus_that_are_not_in_service(jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]):
    """While a retirement drains more may be in use than in service, but then nothing starts."""
    schedule = simulate(jobs, GPUS, **rules, **trouble)
    use = use_by_second(schedule)
    _, starts, ends = schedule.attempts
    for at in starts[ends > starts].tolist():
        in_service = schedule.capacity_gpus[np.searchsorted(schedule.capacity_seconds, at, side="right") - 1]
        assert use[at] <= in_service


@property_of
@given(jobs=job_lists(largest=GPUS + 2), rules=rule_sets, trouble=troubles)
def test_no_job_starts_before_its_submission_or_ends_before_its_work_is_done(
    jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]
):
    schedule = simulate(jobs, GPUS, **rules, **trouble)
    job, start, end = schedule.attempts
    assert (start >= jobs.submit_seconds[job]).all()
    held_seconds = np.bincount(job, end - start, minlength=len(jobs)).astype(np.int64)
    due = useful_seconds(jobs, schedule) + schedule.lost_seconds
    assert held_seconds[schedule.ended].tolist() == due[schedule.ended].tolist()
    assert np.bincount(schedule.interrupted_job, minlength=len(jobs)).tolist() == schedule.restarts.tolist()


@property_of
@given(jobs=job_lists(largest=GPUS + 2), rules=rule_sets, trouble=troubles)
def test_every_job_is_accounted_for(jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]):
    """No clock runs for ever: a job ends, is refused, or waits for GPUs that are gone for good."""
    schedule = simulate(jobs, GPUS, **rules, **trouble)
    assert not (schedule.ended & schedule.rejected).any()
    assert (schedule.ended | schedule.rejected).all()


@property_of
@given(jobs=job_lists(), rules=rule_sets, trouble=troubles)
def test_gpu_seconds_are_conserved(jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]):
    """The area under the use of the machine is the work of the jobs that ended and the work that was lost or left."""
    schedule = simulate(jobs, GPUS, **rules, **trouble)
    ended, gone = schedule.ended, ~schedule.ended
    work = schedule.held_gpus * (useful_seconds(jobs, schedule) + schedule.lost_seconds)
    job, start, end = schedule.attempts
    of_the_gone = int(np.sum((schedule.held_gpus[job] * (end - start))[gone[job]]))
    area = int(use_by_second(schedule).sum())
    assert area == int(work[ended].sum()) + of_the_gone
    assert area == used_gpu_seconds(schedule, LAST_SECOND)


@property_of
@given(jobs=job_lists(), rules=rule_sets)
def test_the_head_of_the_queue_never_waits_beside_gpus_that_would_do(jobs: Jobs, rules: dict[str, Any]):
    schedule = simulate(jobs, GPUS, **rules)
    use = use_by_second(schedule)
    submit, start = jobs.submit_seconds.tolist(), schedule.start_seconds.tolist()
    for now in range(len(use)):
        waiting = [job for job in range(len(jobs)) if submit[job] <= now < start[job]]
        assert not waiting or schedule.held_gpus[waiting[0]] > GPUS - use[now]


def first_reservations(jobs: Jobs, schedule: Schedule, expected: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    """(job, its reservation on becoming the head) of every job that had to wait as the head."""
    start, gpus = schedule.start_seconds, schedule.held_gpus
    for job in range(len(jobs)):
        became_head = max(int(jobs.submit_seconds[job]), *start[:job].tolist(), 0)
        if start[job] <= became_head:
            continue
        # Jobs that backfill in that very second do so only after the reservation.
        before = np.flatnonzero((start < became_head) | ((start == became_head) & (np.arange(len(jobs)) < job)))
        before = before[schedule.end_seconds[before] > became_head]
        for end in sorted(expected[before].tolist()):
            if GPUS - gpus[before][expected[before] > end].sum() >= gpus[job]:
                yield job, end
                break


@property_of
@given(jobs=job_lists(), scan=st.sampled_from(["fcfs", "sjbf"]))
def test_backfilling_starts_the_head_exactly_as_reserved_if_estimates_are_exact(jobs: Jobs, scan: Any):
    schedule = simulate(jobs, GPUS, backfill_scan=scan, estimates="actual")
    for job, reserved in first_reservations(jobs, schedule, schedule.end_seconds):
        assert schedule.start_seconds[job] == reserved


@property_of
@given(jobs=job_lists(), scan=st.sampled_from(["fcfs", "sjbf"]))
def test_backfilling_never_delays_the_reservation_of_the_head(jobs: Jobs, scan: Any):
    schedule = simulate(jobs, GPUS, backfill_scan=scan)
    expected = schedule.start_seconds + jobs.request_seconds
    for job, reserved in first_reservations(jobs, schedule, expected):
        assert schedule.start_seconds[job] <= reserved


@property_of
@given(jobs=job_lists(), gpus=st.integers(1, GPUS), rules=rule_sets)
def test_jobs_of_one_size_are_served_in_order_whatever_the_rules(jobs: Jobs, gpus: int, rules: dict[str, Any]):
    jobs = Jobs(jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, np.full(len(jobs), gpus))
    plain = simulate(jobs, GPUS, discipline="fcfs")
    assert fields_of(simulate(jobs, GPUS, **rules)) == fields_of(plain)
    assert (np.diff(plain.start_seconds) >= 0).all()


@property_of
@given(jobs=job_lists(), failures=failure_lists(), checkpoint_seconds=st.sampled_from([0, 5]))
def test_a_job_that_failed_keeps_its_rank(jobs: Jobs, failures: Failures, checkpoint_seconds: int):
    """Without backfilling nobody of a later rank starts between a failure and the victim's next start."""
    schedule = simulate(
        jobs, GPUS, discipline="fcfs", node_gpus=2, failures=failures, checkpoint_seconds=checkpoint_seconds
    )
    job, start, _ = schedule.attempts
    for victim, hit in zip(schedule.interrupted_job, schedule.interrupted_end_seconds, strict=True):
        again = start[(job == victim) & (start >= hit)].min()
        assert (start[(job > victim) & (start >= hit)] >= again).all()
    assert (np.diff(schedule.first_start_seconds) >= 0).all()


def with_distinct_times(jobs: Jobs) -> Jobs:
    """The same jobs with a binary digit of its own in every submission and run time: no two events share a second."""
    digits = 1 << np.arange(2 * len(jobs), dtype=np.int64)
    scale = 1 << (2 * len(jobs))
    run_seconds = jobs.work_seconds * scale + digits[1::2]
    return Jobs(jobs.submit_seconds * scale + digits[::2], run_seconds, run_seconds, jobs.gpus)


@property_of
@given(jobs=job_lists(), scan=st.sampled_from(["fcfs", "sjbf"]))
def test_the_order_of_events_does_not_matter_where_no_two_share_a_second(jobs: Jobs, scan: Any):
    jobs = with_distinct_times(jobs)
    schedules = [simulate(jobs, GPUS, backfill_scan=scan, order=order) for order in ("per_instant", "per_event")]
    assert fields_of(schedules[0]) == fields_of(schedules[1])
    times = np.concatenate([jobs.submit_seconds, schedules[0].end_seconds])
    assert len(np.unique(times)) == len(times)


@property_of
@given(jobs=job_lists(), discipline=st.sampled_from(["easy", "fcfs"]))
def test_nor_where_estimates_are_exact_and_the_scan_is_in_order(jobs: Jobs, discipline: Any):
    schedules = [
        simulate(jobs, GPUS, discipline=discipline, estimates="actual", order=order)
        for order in ("per_instant", "per_event")
    ]
    assert fields_of(schedules[0]) == fields_of(schedules[1])


# ----------------------------------------------------------------------------------------- what must make no difference


@property_of
@given(jobs=job_lists(), rules=rule_sets, trouble=troubles)
def test_the_same_inputs_give_the_same_schedule(jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]):
    schedules = [simulate(jobs, GPUS, **rules, **trouble) for _ in range(2)]
    assert fields_of(schedules[0]) == fields_of(schedules[1])


@property_of
@given(jobs=job_lists(), rules=rule_sets, late=st.integers(1, 10**9), slow=st.integers(2, 10**6))
def test_the_unit_and_the_origin_of_time_make_no_difference(jobs: Jobs, rules: dict[str, Any], late: int, slow: int):
    moved = Jobs(slow * jobs.submit_seconds + late, slow * jobs.run_seconds, slow * jobs.request_seconds, jobs.gpus)
    plain, other = simulate(jobs, GPUS, **rules), simulate(moved, GPUS, **rules)
    assert other.start_seconds.tolist() == (slow * plain.start_seconds + late).tolist()


@property_of
@given(jobs=job_lists(), rules=rule_sets, trouble=troubles)
def test_whole_nodes_are_jobs_rounded_up(jobs: Jobs, rules: dict[str, Any], trouble: dict[str, Any]):
    unit = trouble["node_gpus"]
    rounded = Jobs(jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, (jobs.gpus + unit - 1) // unit * unit)
    whole = simulate(jobs, GPUS, **rules, **{**trouble, "placement": "whole_nodes"})
    packed = simulate(rounded, GPUS, **rules, **{**trouble, "placement": "any_gpu"})
    assert fields_of(whole) == fields_of(packed)


@property_of
@given(jobs=job_lists(), rules=rule_sets, cut=st.integers(0, 12), strides=st.lists(st.integers(1, 30), max_size=8))
def test_batches_and_halts_make_no_difference(jobs: Jobs, rules: dict[str, Any], cut: int, strides: list[int]):
    """Jobs announced in two batches, on a clock that is stopped now and then, meet the same fate."""
    env = Environment()
    queue = JobQueue(env, GPUS, Rules(**rules))
    columns = (jobs.submit_seconds, jobs.run_seconds, jobs.request_seconds, jobs.gpus)
    queue.submit(Jobs(*(column[:cut] for column in columns)))
    if cut < len(jobs):

        def announce() -> None:
            queue.submit(Jobs(*(column[cut:] for column in columns)))

        schedule_action(env, int(jobs.submit_seconds[cut]), announce)
    for stop in np.cumsum(strides).tolist():
        queue.advance(stop)
    env.run()
    assert fields_of(queue.schedule()) == fields_of(simulate(jobs, GPUS, **rules))
