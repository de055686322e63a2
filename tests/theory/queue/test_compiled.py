"""The compiled queue against the plain one: the same start, end and place of every job, whatever the rules."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import fields, replace
from functools import partial
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from sim.queue.compiler.primitives import CACHE_LINE
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Jobs
from sim.queue.kernel import layout, memory
from sim.queue.pools import NEVER, Pool
from sim.queue.scheduler.compiled import CHUNK_JOBS, CompiledQueue
from sim.queue.scheduler.events import schedule_action
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate, why_not_compiled

DISCIPLINES = ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1")
QUICK_SEEDS, ALL_SEEDS = range(60), range(60, 1500)
COUNTED_BY_THE_PLAIN_QUEUE_ONLY = {"free_gpu_seconds", "stranded_gpu_seconds"}
MOST_JOBS = {"conservative": 60}  # the plain queue plans everything anew at every pass


def random_jobs(rng: np.random.Generator, most: int, gpus: int, pools: int) -> Jobs:
    """Jobs of few kinds or of many, in any density, some of them killed at their wall limit."""
    n = int(rng.integers(1, most))
    span = int(rng.integers(1, n * int(rng.integers(1, 2000)) // gpus + 10))
    if rng.random() < 0.5:
        held, request = 2 ** rng.integers(0, 5, n), np.array([60, 120, 300, 600, 1200])[rng.integers(0, 5, n)]
    else:
        held, request = rng.integers(1, 20, n), rng.integers(1, 2000, n)
    run = rng.integers(1, 2200, n)
    return Jobs(
        np.sort(rng.integers(0, span, n)),
        np.minimum(run, request) if rng.random() < 0.6 else run,
        request,
        held,
        user=rng.integers(0, 5, n),
        # the last bit is that of a pool that does not exist
        pools=np.where(rng.random(n) < 0.7, -1, rng.integers(0, 2 ** (pools + 1), n)),
    )


def random_machine(rng: np.random.Generator) -> dict[str, Any]:
    """One to three pools that are enlarged, retired and hit by failures."""
    pools = [
        Pool(
            int(rng.integers(0, 40)), int(rng.choice([1000, 1000, 1500, 700])), int(rng.choice([NEVER, NEVER, 30_000]))
        )
        for _ in range(int(rng.choice([1, 1, 2, 3])))
    ]
    steps = [(int(rng.integers(0, 20_000)), int(rng.integers(1, 20)), int(rng.integers(0, len(pools))))]
    if rng.random() < 0.5:
        pool = int(rng.integers(0, len(pools)))
        steps.append((int(rng.integers(0, 20_000)), -int(rng.integers(0, pools[pool].gpus + 1)), pool))
    failures = int(rng.integers(0, 10))
    return {
        "pools": pools,
        "capacity_steps": steps,
        "failures": Failures(
            np.sort(rng.integers(0, 20_000, failures)),
            rng.random(failures),
            rng.integers(0, 5_000, failures) * (rng.random(failures) < 0.8),
            rng.integers(0, len(pools), failures),
        ),
    }


def random_rules(rng: np.random.Generator, discipline: str) -> Rules:
    """Everything that the rules leave open, at random."""
    priority = Priority(
        age_weight=int(rng.integers(0, 2_000)),
        fair_share_weight=int(rng.integers(0, 10_000)),
        size_weight=int(rng.choice([0, 300])),
        longest_age_seconds=int(rng.integers(100, 10_000)),
        half_life_seconds=int(rng.integers(50, 30_000)),
        period_seconds=int(rng.integers(50, 4_000)),
        largest_gpus=20,
        accounts=(0, 0, 1, 1, 2),
    )
    return Rules(
        discipline=discipline,  # type: ignore[arg-type]
        backfill_scan=rng.choice(["queue", "fcfs", "sjbf"]),
        order=rng.choice(["per_instant", "per_event"]),
        estimates=rng.choice(["requested", "actual"]),
        placement=rng.choice(["any_gpu", "whole_nodes"]),
        checkpoint_seconds=int(rng.choice([0, 50])),
        backfill_depth=int(rng.choice([NEVER, NEVER, 0, 1, 3, 20])),
        priority=priority,
    )


def random_case(seed: int, discipline: str) -> tuple[Jobs, Rules, dict[str, Any]]:
    """Jobs, rules and a machine of one seed."""
    rng = np.random.default_rng(seed)
    machine = random_machine(rng)
    gpus = max(sum(pool.gpus for pool in machine["pools"]), 1)
    jobs = random_jobs(rng, MOST_JOBS.get(discipline, 250), gpus, len(machine["pools"]))
    return jobs, random_rules(rng, discipline), machine


def differences(plain: Schedule, compiled: Schedule) -> list[str]:
    """Columns in which two schedules differ."""
    names = [field.name for field in fields(plain) if field.name not in COUNTED_BY_THE_PLAIN_QUEUE_ONLY]
    return [name for name in names if not np.array_equal(getattr(plain, name), getattr(compiled, name))]


def assert_same(seed: int, discipline: str) -> None:
    """Both queues give the same records of one random case."""
    jobs, rules, machine = random_case(seed, discipline)
    plain = simulate(jobs, rules=rules, engine="plain", **machine)
    compiled = simulate(jobs, rules=rules, engine="compiled", **machine)
    assert not differences(plain, compiled), (seed, rules)


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_every_job_starts_when_the_plain_queue_starts_it(discipline: str) -> None:
    for seed in QUICK_SEEDS:
        assert_same(seed, discipline)


@pytest.mark.slow
@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_every_job_of_many_more_cases_starts_when_the_plain_queue_starts_it(discipline: str) -> None:
    for seed in ALL_SEEDS:
        assert_same(seed, discipline)


@pytest.mark.parametrize("index", [layout.LINE, layout.TREE])
def test_how_waiting_jobs_are_found_makes_no_difference(index: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "index_for", lambda rules, pools: index)
    for seed in QUICK_SEEDS:
        jobs, rules, machine = random_case(seed, "easy")
        rules = replace(rules, estimates="requested")
        plain = simulate(jobs, rules=rules, engine="plain", **machine)
        assert not differences(plain, simulate(jobs, rules=rules, engine="compiled", **machine)), seed


@pytest.mark.parametrize("scan", ["queue", "fcfs", "sjbf"])
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
def test_a_queue_that_outgrows_its_first_memory_stays_the_same(scan: Any, order: Any) -> None:
    """Thousands of jobs of all kinds, with a backlog that swells and ebbs: numbers go round the tree many times."""
    rng, n = np.random.default_rng(11), 5_000
    waves = np.where(np.arange(n) // 700 % 2, 10, 60)
    request = rng.integers(1, 600, n)
    jobs = Jobs(np.cumsum(rng.integers(0, waves)), rng.integers(1, request + 1), request, rng.integers(1, 14, n))
    rules = Rules(backfill_scan=scan, order=order)
    failures = Failures(np.arange(0, 150_000, 3_000), rng.random(50), np.full(50, 400))
    plain = simulate(jobs, 64, rules=rules, failures=failures, engine="plain")
    assert not differences(plain, simulate(jobs, 64, rules=rules, failures=failures, engine="compiled"))


@pytest.mark.parametrize("discipline", DISCIPLINES)
def test_records_that_fill_their_memory_are_handed_on_in_between(
    discipline: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "_MOST_FINISHED", 2)
    for seed in QUICK_SEEDS[:20]:
        assert_same(seed, discipline)


@pytest.mark.slow
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize("kinds", [4, 500])
def test_a_job_requeued_among_much_younger_ones_finds_the_memory_it_needs(kinds: int, order: Any) -> None:
    """Two old jobs hold half of the machine while thousands go by, until one after the other is interrupted."""
    rng, n = np.random.default_rng(3), 4_000
    request = np.concatenate([[90_000, 90_000], rng.choice(rng.integers(20, 400, kinds), n)])
    submit = np.concatenate([[0, 0], np.cumsum(rng.integers(0, 12, n))])
    jobs = Jobs(submit, request, request, np.concatenate([[16, 16], rng.integers(1, 8, n)]))
    rules = Rules(order=order, checkpoint_seconds=30)
    failures = Failures(np.arange(1_000, 24_000, 1_000), rng.random(23), np.full(23, 500))
    plain = simulate(jobs, 64, rules=rules, failures=failures, engine="plain")
    assert plain.restarts[:2].min() > 0
    assert not differences(plain, simulate(jobs, 64, rules=rules, failures=failures, engine="compiled"))


STARTS = """
import hashlib, numpy as np
from sim.queue.jobs import Jobs
from sim.queue.simulate import simulate
rng, n = np.random.default_rng(3), 4000
request = rng.choice([60, 120, 600], n)
jobs = Jobs(np.cumsum(rng.integers(0, 50, n)), rng.integers(1, request + 1), request, 2 ** rng.integers(0, 4, n))
starts = [simulate(jobs, 64, discipline=name, engine="compiled").start_seconds for name in ("easy", "conservative")]
print(hashlib.sha256(np.concatenate(starts).tobytes()).hexdigest())
"""


@pytest.mark.slow
def test_counting_references_changes_nothing_but_the_speed() -> None:
    """The option that forbids it is not documented, so it must not matter."""
    printed = {
        subprocess.run(
            [sys.executable, "-c", STARTS],
            env={**os.environ, "HEAVYPRESS_COUNT_REFERENCES": flag},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for flag in ("", "1")
    }
    assert len(printed) == 1


def crowded(n: int, seed: int = 1) -> Jobs:
    """More work than sixteen GPUs can do, of few kinds."""
    rng = np.random.default_rng(seed)
    request = np.array([60, 120, 300, 600])[rng.integers(0, 4, n)]
    run = np.minimum(rng.integers(1, 700, n), request)
    return Jobs(np.sort(rng.integers(0, 40 * n, n)), run, request, 2 ** rng.integers(0, 4, n))


def pieces(jobs: Jobs, size: int) -> Iterator[Jobs]:
    """The jobs in chunks; the last is shorter."""
    for first in range(0, len(jobs), size):
        cut = slice(first, first + size)
        yield Jobs(jobs.submit_seconds[cut], jobs.run_seconds[cut], jobs.request_seconds[cut], jobs.gpus[cut])


@pytest.mark.parametrize("size", [1, 7, 500])
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
def test_a_stream_of_chunks_is_one_queue_of_jobs(size: int, order: Any) -> None:
    jobs, rules = crowded(2_000), Rules(order=order)
    queue = CompiledQueue(Environment(), 16, rules)
    queue.feed(pieces(jobs, size))
    queue.finish()
    assert not differences(simulate(jobs, 16, rules=rules, engine="plain"), queue.schedule())


def test_memory_follows_the_jobs_that_wait_and_not_those_that_were() -> None:
    jobs = crowded(CHUNK_JOBS)
    calm = Jobs(jobs.submit_seconds * 4, jobs.run_seconds, jobs.request_seconds, jobs.gpus)
    counted: list[int] = []
    queue = CompiledQueue(Environment(), 16, sink=lambda finished: counted.append(len(finished)))
    queue.feed(pieces(calm, 5_000))
    queue.finish()
    queue.drain()
    assert sum(counted) == len(calm)
    assert len(queue._memory.slots) < len(calm) / 8


def test_slots_fill_lines_of_the_cache_however_many_there_are() -> None:
    """A record that lies across a line more than it needs costs a look into memory more."""
    jobs = crowded(5_000)
    queue = CompiledQueue(Environment(), 16)
    queue.feed(pieces(jobs, 5_000))
    for _ in range(3):
        slots = queue._memory.slots
        assert slots.itemsize % CACHE_LINE == 0 and slots.ctypes.data % CACHE_LINE == 0
        queue._memory.enlarge_slots()
    queue.finish()
    assert not differences(simulate(jobs, 16, engine="plain"), queue.schedule())


def test_a_backlog_of_many_kinds_turns_buckets_into_a_tree_under_way() -> None:
    rng, n = np.random.default_rng(5), 3_000
    kinds = np.where(np.arange(n) < n // 2, rng.choice([60, 120], n), rng.integers(1, 600, n))
    jobs = Jobs(np.sort(rng.integers(0, 10 * n, n)), rng.integers(1, 600, n), kinds, rng.integers(1, 9, n))
    queue = CompiledQueue(Environment(), 16)
    queue.feed(pieces(jobs, 250))
    queue.finish()
    assert queue._memory.queue["index"] == layout.TREE
    assert not differences(simulate(jobs, 16, engine="plain"), queue.schedule())


def test_policy_may_ask_for_records_while_jobs_wait_and_run() -> None:
    jobs = crowded(500)
    for at in (0, 1, 1_000, 9_000):
        schedules = []
        for engine in ("plain", "compiled"):
            env = Environment()
            queue: Any = CompiledQueue(env, 16) if engine == "compiled" else plain_queue(env)
            queue.submit(jobs)
            schedule_action(env, 500, partial(queue.fail_node, 0.5, 100))
            queue.advance(at)
            schedules.append(queue.schedule())
        assert not differences(*schedules), at


def plain_queue(env: Environment) -> Any:
    """The oracle on a clock of one's own."""
    from sim.queue.scheduler.plain import JobQueue

    return JobQueue(env, 16)


def test_what_the_compiled_queue_cannot_do_is_told_and_left_to_the_plain_one() -> None:
    rules = Rules(placement="best_fit")
    assert why_not_compiled(rules) == "placement = 'best_fit' is served by the plain queue only"
    with pytest.raises(
        ValueError, match="engine = 'compiled': placement = 'best_fit' is served by the plain queue only"
    ):
        simulate(crowded(10), 16, rules=rules, engine="compiled")
    assert simulate(crowded(10), 16, rules=rules).ended.all()


def test_an_unknown_engine_is_refused_with_the_nearest_name() -> None:
    with pytest.raises(ValueError, match=r"engine = 'compile': must be one of .*did you mean 'compiled'"):
        simulate(crowded(10), 16, engine="compile")  # type: ignore[arg-type]


def test_jobs_that_reach_back_are_refused() -> None:
    queue = CompiledQueue(Environment(), 16)
    queue.submit(Jobs([5], [1], [1], [1]))
    with pytest.raises(ValueError, match=r"submit_seconds\[0\] = 4: must be at least 5 seconds"):
        queue.submit(Jobs([4], [1], [1], [1]))


def test_a_time_that_no_key_can_hold_is_refused() -> None:
    with pytest.raises(ValueError, match="must be at most"):
        simulate(Jobs([0], [2**40], [2**40], [1]), 16, engine="compiled")
