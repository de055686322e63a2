"""Jobs that somebody watches: both queues tell of their ends in the same seconds and in the same order."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.events import schedule_action
from sim.queue.scheduler.plain import JobQueue
from sim.queue.schedules import Schedule
from tests.theory.test_compiled_queue import DISCIPLINES, differences, random_machine, random_rules

QUEUES = [JobQueue, CompiledQueue]
QUICK_SEEDS, ALL_SEEDS = range(15), range(15, 300)
Told = list[tuple[int, int, str]]


def user(env: Environment, queue: Any, seed: int, told: Told) -> Any:
    """Submits a few jobs, waits for some of them, thinks, and begins again."""
    rng = np.random.default_rng(seed)
    yield env.timeout(int(rng.integers(0, 500)))
    for _ in range(8):
        n = int(rng.integers(1, 4))
        request = rng.integers(1, 900, n)
        jobs = Jobs(
            np.full(n, int(env.now)),
            rng.integers(1, 1000, n),
            request,
            rng.integers(1, 24, n),
            user=np.full(n, seed % 5),
            urgency=rng.integers(0, 3, n),
            pools=rng.choice([-1, -1, 1, 2, 3, 8], n),
        )
        numbers = queue.submit(jobs)
        if rng.random() < 0.2:
            yield env.timeout(int(rng.integers(0, 2_000)))  # some are over before anybody asks
        awaited = list(numbers)[: int(rng.integers(1, n + 1))]
        for job in awaited:
            fate = yield queue.when_ended(job)
            told.append((int(env.now), job, fate))
        yield env.timeout(int(rng.choice([0, 0, 1, int(rng.integers(0, 3_000))])))


def lived_through(kind: Any, seed: int, discipline: str) -> tuple[Told, Schedule]:
    """What users of one seed were told, and the records."""
    rng = np.random.default_rng(seed)
    machine, rules = random_machine(rng), random_rules(rng, discipline)
    machine["pools"][-1] = machine["pools"][-1].__class__(24)
    env, told = Environment(), []
    queue = kind(env, rules=rules, pools=machine["pools"], largest_gpus=rng.choice([30, 60]).item())
    for at, change, *pool in machine["capacity_steps"]:
        bound = 22 if rng.random() < 0.3 else None  # a machine that will stay small refuses those that wait
        schedule_action(env, at, partial(queue.change_capacity, max(change, 0), *pool, largest_gpus=bound))
    for at, uniform, repair_seconds, pool in machine["failures"]:
        schedule_action(env, at, partial(queue.fail_node, uniform, repair_seconds, pool))
    for number in range(6):
        env.process(user(env, queue, 10 * seed + number, told))
    if rng.random() < 0.5:
        queue.advance(int(rng.integers(1, 4_000)))
    queue.finish()
    return told, queue.schedule()


def assert_same_lives(seed: int, discipline: str) -> None:
    """Both queues tell the same, and serve the same jobs."""
    (told, plain), (told_too, compiled) = (lived_through(kind, seed, discipline) for kind in QUEUES)
    assert told == told_too, seed
    assert not differences(plain, compiled), seed


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_users_who_wait_for_their_jobs_live_through_the_same_on_both_queues(discipline: str) -> None:
    for seed in QUICK_SEEDS:
        assert_same_lives(seed, discipline)


@pytest.mark.slow
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_many_more_users_live_through_the_same_on_both_queues(discipline: str) -> None:
    for seed in ALL_SEEDS:
        assert_same_lives(seed, discipline)


@pytest.mark.parametrize("kind", QUEUES)
def test_an_end_is_told_in_its_second_before_the_next_job_starts(kind: Any) -> None:
    env, seen = Environment(), []
    queue = kind(env, 8)
    queue.submit(Jobs([0, 0, 1], [10, 50, 5], [10, 20, 5], [8, 8, 99]))

    def watch(job: int) -> Any:
        fate = yield queue.when_ended(job)
        seen.append((env.now, job, fate, queue.backlog_gpu_seconds()))

    for job in range(3):
        env.process(watch(job))
    queue.change_capacity(0, largest_gpus=8)
    queue.finish()
    assert seen == [(1, 2, "refused", 160), (10, 0, "ended", 160), (30, 1, "ended", 0)]


@pytest.mark.parametrize("kind", QUEUES)
def test_what_is_over_is_told_at_once_and_what_nobody_announced_is_refused(kind: Any) -> None:
    env = Environment()
    queue = kind(env, 8)
    queue.submit(Jobs([0], [10], [10], [8]))
    queue.advance(100)
    event = queue.when_ended(0)
    assert event.triggered and event.value == "ended"
    for job in (-1, 1):
        with pytest.raises(ValueError, match=rf"job = {job}: must be in 0\.\.0"):
            queue.when_ended(job)


def test_a_clock_that_runs_past_a_watched_end_is_found_out() -> None:
    env = Environment()
    queue = CompiledQueue(env, 8)
    queue.submit(Jobs([0], [10], [10], [8]))
    queue.when_ended(0)
    env.run(20)
    with pytest.raises(ValueError, match="ended at 10 and the clock stands at 20: drive it by `advance` and `finish`"):
        queue.backlog_gpu_seconds()


def test_a_record_that_has_been_handed_on_cannot_be_told() -> None:
    queue = CompiledQueue(Environment(), 8, Rules(), sink=lambda finished: None)
    queue.submit(Jobs([0], [10], [10], [8]))
    queue.advance(100)
    with pytest.raises(ValueError, match="job = 0: is over, and the queue has a sink"):
        queue.when_ended(0)
