"""Users whom a backlog puts off: the same jobs are withdrawn in both queues, and by users who ask before they send."""

from __future__ import annotations

from dataclasses import fields, replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from simpy import Environment

from sim.mechanisms.workload import Workload, job_model
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import ANY_BACKLOG, AS_FIRST, Jobs
from sim.queue.pools import BASE_SPEED, Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.schedules import Schedule
from sim.queue.simulate import simulate
from sim.queue.workload.generator import Arrivals, generate
from sim.queue.workload.rates import Demand
from tests.oracles.elastic import AskingUsers
from tests.theory.queue.test_compiled import DISCIPLINES, differences, random_case

HOUR, DAY = 3_600, 24
GPUS, SEED = 64, 5
RULES = {
    "easy": Rules(),
    "one pass an event, shortest first": Rules(order="per_event", backfill_scan="sjbf"),
    "fcfs that knows the run times": Rules("fcfs", estimates="actual"),
    "whole nodes": Rules(placement="whole_nodes"),
}


def brought(days: int, load: float = 70.0, **changes: object) -> tuple[Arrivals, Workload]:
    """Campaigns before a machine of GPUS that cannot do all of their work."""
    workload = replace(Workload(), **changes)
    arrivals, *rest = generate(Demand(GPUS, DAY * days, np.array([load])), job_model(workload), SEED)
    assert not rest
    return arrivals, workload


def withdrawn_work(schedule: Schedule, jobs: Jobs) -> float:
    """Part of the work that users kept to themselves."""
    work = jobs.work_seconds * jobs.gpus
    return float(work[schedule.withdrawn].sum() / work.sum())


def in_campaigns(jobs: Jobs, rng: np.random.Generator) -> Jobs:
    """The same jobs in campaigns of few jobs or of many; some of them bear no wait and some any."""
    n = len(jobs)
    campaign = np.sort(rng.integers(0, max(n // int(rng.integers(1, 6)), 1), n))
    campaign = campaign if rng.random() < 0.5 else rng.permutation(campaign)  # one after the other, or all at once
    first = np.zeros(n, bool)
    first[np.unique(campaign, return_index=True)[1]] = True
    borne = rng.choice([0, 10, 100, 1_000, 10_000, ANY_BACKLOG], n)
    columns = {field.name: getattr(jobs, field.name) for field in fields(jobs)}
    return Jobs(**columns | {"campaign": campaign, "tolerance_seconds": np.where(first, borne, AS_FIRST)})


@pytest.mark.parametrize("discipline", DISCIPLINES)
@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_the_same_jobs_are_withdrawn_and_start_in_both_queues(discipline: str, seed: int) -> None:
    """Whatever the rules: several pools, whole nodes, deliveries, retirements and failures are among them."""
    jobs, rules, machine = random_case(seed, discipline)
    jobs = in_campaigns(jobs, np.random.default_rng(seed))
    plain = simulate(jobs, rules=rules, engine="plain", **machine)
    compiled = simulate(jobs, rules=rules, engine="compiled", **machine)
    assert not differences(plain, compiled)


@pytest.mark.parametrize("engine", ["plain", "compiled"])
def test_a_backlog_is_hours_whatever_the_speed(engine: str) -> None:
    """Twice the work on GPUs twice as fast takes as long: the same jobs are withdrawn, and start at the same time."""
    jobs = brought(4)[0].jobs
    columns = {field.name: getattr(jobs, field.name) for field in fields(jobs)}
    doubled = Jobs(**columns | {"run_seconds": 2 * jobs.run_seconds})
    slow, fast = (
        simulate(some, pools=[Pool(GPUS, speed)], engine=engine)  # type: ignore[arg-type]
        for some, speed in ((jobs, BASE_SPEED), (doubled, 2 * BASE_SPEED))
    )
    assert slow.withdrawn.any() and not slow.withdrawn.all()
    np.testing.assert_array_equal(fast.withdrawn, slow.withdrawn)
    np.testing.assert_array_equal(fast.start_seconds, slow.start_seconds)


def test_random_cases_withdraw_some_jobs_and_keep_others() -> None:
    shares = []
    for seed in range(30):
        jobs, rules, machine = random_case(seed, "easy")
        jobs = in_campaigns(jobs, np.random.default_rng(seed))
        shares.append(simulate(jobs, rules=rules, engine="plain", **machine).withdrawn.mean())
    assert 0.05 < np.mean(shares) < 0.8 and np.count_nonzero(shares) > 15


@pytest.mark.parametrize("rules", RULES.values(), ids=RULES)
@pytest.mark.parametrize("backlog_hours", [2.0, 24.0])
def test_campaigns_of_the_generator_do_the_same_before_both_queues(rules: Rules, backlog_hours: float) -> None:
    jobs = brought(10, backlog_hours=backlog_hours)[0].jobs
    plain = simulate(jobs, GPUS, rules=rules, engine="plain")
    assert not differences(plain, simulate(jobs, GPUS, rules=rules, engine="compiled"))
    assert 0.02 < withdrawn_work(plain, jobs) < 0.9


@pytest.mark.slow
@pytest.mark.parametrize("rules", [rules for rules in RULES.values() if rules.placement == "any_gpu"])
@pytest.mark.parametrize("power", [1.0, 2.0])
def test_users_who_ask_before_they_send_do_the_same(rules: Rules, power: float) -> None:
    """An oracle without tolerances: a process asks for the backlog, draws lots, and submits what stays."""
    arrivals, workload = brought(14, backlog_hours=6.0, backlog_power=power)
    schedule = simulate(arrivals.jobs, GPUS, rules=rules, engine="compiled")
    users = AskingUsers(arrivals, GPUS, rules, job_model(workload), SEED)
    starts = users.start_seconds()
    assert (schedule.withdrawn == (starts < 0)).all() and 0.02 < schedule.withdrawn.mean() < 0.9
    assert (schedule.start_seconds == starts).all()


@pytest.mark.parametrize("size", [1, 50])
def test_a_campaign_that_goes_on_in_the_next_chunk_does_as_it_began(size: int) -> None:
    jobs = brought(7, backlog_hours=6.0)[0].jobs
    queue = CompiledQueue(Environment(), GPUS)
    names = [field.name for field in fields(jobs)]
    cuts = [slice(at, at + size) for at in range(0, len(jobs), size)]
    queue.feed(Jobs(**{name: getattr(jobs, name)[cut] for name in names}) for cut in cuts)
    queue.finish()
    assert not differences(simulate(jobs, GPUS, engine="plain"), queue.schedule())


def test_nobody_is_put_off_where_nobody_looks() -> None:
    jobs = brought(7, backlog_hours=1e6)[0].jobs
    assert (jobs.tolerance_seconds == ANY_BACKLOG).all()
    assert not simulate(jobs, GPUS).withdrawn.any()


@pytest.mark.parametrize(("name", "value"), [("backlog_hours", 2.0), ("backlog_power", 2.0)])
def test_impatience_withdraws_more(name: str, value: float) -> None:
    """Under a load that keeps more than a day of work waiting."""
    patient = {"backlog_hours": 12.0, "backlog_power": 1.0}
    shares = []
    for settings_ in (patient, patient | {name: value}):
        jobs = brought(14, load=200.0, **settings_)[0].jobs
        shares.append(withdrawn_work(simulate(jobs, GPUS), jobs))
    assert 0 < shares[0] < shares[1]


def test_a_more_tolerant_campaign_is_still_there_wherever_a_less_tolerant_one_is() -> None:
    """At one moment: a tolerance decides by size alone."""
    borne = [0, 10, 50, 100, 101, ANY_BACKLOG]
    n = len(borne)
    jobs = Jobs(
        [0, 1, *[2] * n], [100] * (n + 2), [100] * (n + 2), [8, 8, *[1] * n], campaign=list(range(n + 2)),
        tolerance_seconds=[ANY_BACKLOG, ANY_BACKLOG, *borne],
    )  # fmt: skip
    for engine in ("plain", "compiled"):
        gone = simulate(jobs, 8, engine=engine).withdrawn[2:]
        assert gone.tolist() == [tolerance < 100 for tolerance in borne]
