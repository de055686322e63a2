"""Demand in the loop with the real queues: users put off by a backlog, and users who wait for their results."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from sim.mechanisms.thinking import Thinking
from sim.mechanisms.workload import Workload
from sim.queue.disciplines.rules import Rules
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.plain import JobQueue
from sim.queue.workload.closed_loop import ClosedLoop
from sim.queue.workload.elastic import ElasticDemand
from sim.queue.workload.merge import GPUS, SUBMIT, TIER, USER
from sim.queue.workload.rates import Demand
from tests.theory.test_compiled_queue import differences

HOUR, DAY = 3_600, 24
CAMPAIGNS = Workload(pattern="campaigns")
RULES = [
    Rules(),
    Rules(order="per_event", backfill_scan="sjbf"),
    Rules("fcfs", estimates="actual"),
    Rules("conservative", backfill_depth=5),
    Rules("wfp3"),
]


def closed(kind: Any, rules: Rules | None = None, days: int = 60, users: int = 60, **more: Any) -> tuple[Any, Any]:
    """Users who wait for the results of a small machine, and its queue."""
    env = Environment()
    queue = kind(env, 32, rules)
    demand = Demand(32, DAY * days, 0.0, more.pop("tier_share", np.ones(1)))
    workload, thinking = more.pop("workload", CAMPAIGNS), more.pop("thinking", None)
    loop = ClosedLoop(env, queue, demand, workload, users, seed=3, thinking=thinking, **more)
    queue.finish()
    return loop, queue


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.discipline + rules.order)
def test_users_who_wait_meet_the_same_on_both_queues(rules: Rules) -> None:
    (plain, one), (compiled, other) = (closed(kind, rules, days=20) for kind in (JobQueue, CompiledQueue))
    assert plain.cycles == compiled.cycles and len(plain.cycles) > 200
    assert (np.concatenate(plain.submitted, axis=1) == np.concatenate(compiled.submitted, axis=1)).all()
    assert not differences(one.schedule(), other.schedule())


@pytest.mark.parametrize("rules", RULES[:3], ids=lambda rules: rules.discipline + rules.order)
@pytest.mark.parametrize("backlog_hours", [2.0, 24.0])
def test_users_whom_a_backlog_puts_off_do_the_same_before_both_queues(rules: Rules, backlog_hours: float) -> None:
    workload, lives = replace(CAMPAIGNS, backlog_hours=backlog_hours), []
    for kind in (JobQueue, CompiledQueue):
        env = Environment()
        queue = kind(env, 64, rules)
        elastic = ElasticDemand(env, queue, Demand(64, DAY * 21, 70.0), workload, seed=5)
        queue.finish()
        lives.append((elastic, queue.schedule()))
    (one, plain), (other, compiled) = lives
    assert one.outcome.withdrawn == other.outcome.withdrawn
    assert 0.02 < one.outcome.withdrawn_share < 0.9
    assert (np.concatenate(one.submitted, axis=1) == np.concatenate(other.submitted, axis=1)).all()
    assert not differences(plain, compiled)


def test_the_response_time_law_holds_exactly_for_a_machine_that_serves_five_an_hour() -> None:
    """I-54: R = N / X - Z. 100 users, X = 5 an hour, Z = 10 h, so R = 10 h for every campaign but the first of each."""
    uniform = Workload(
        run_log_mean=float(np.log(720)), run_log_spread=0.0, hit_limit_share=0.0, size_law="table", size_gpus=(1.0,),
        size_shares=(1.0,),
    )  # fmt: skip
    always = Thinking(prompt_share=0.0, later_log_mean=float(np.log(10 * HOUR)), log_spread=0.0, opens_hour=0,
                      closes_hour=24)  # fmt: skip
    for kind in (JobQueue, CompiledQueue):
        env = Environment()
        queue = kind(env, 1)
        loop = ClosedLoop(env, queue, Demand(1, 4 * DAY, 0.0), uniform, 100, seed=1, thinking=always)
        queue.finish()
        later = [cycle for cycle in loop.cycles if cycle.campaign >= 100]
        assert len(later) > 200
        # Think times are rounded up to whole seconds, which the machine has to wait for now and then.
        assert {round((cycle.returns - cycle.ends) / HOUR, 2) for cycle in later} == {10.0}
        assert {round((cycle.ends - cycle.begins) / HOUR, 2) for cycle in later} == {10.0}


@pytest.mark.parametrize("users", [20, 60, 150])
def test_the_response_time_law_holds_whatever_the_load(users: int) -> None:
    """I-54 with real campaigns and think times: to the second in a window of time, and nearly so for plain means."""
    days, edge = 150, 30  # whoever comes last comes in the first month
    loop, _ = closed(CompiledQueue, users=users, days=days)
    user, _, begins, ends, returns = np.array(loop.cycles).T
    for number in range(users):  # nobody is in two places, and no time is lost
        own = user == number
        assert (begins[own][1:] == returns[own][:-1]).all()
    opens, closes = DAY * edge * HOUR, DAY * (days - edge) * HOUR
    waiting = (np.clip(ends, opens, closes) - np.clip(begins, opens, closes)).sum()
    thinking = (np.clip(returns, opens, closes) - np.clip(ends, opens, closes)).sum()
    assert waiting + thinking == users * (closes - opens)
    inside = (ends >= opens) & (ends < closes)
    throughput = inside.sum() / (closes - opens)
    cycle = (ends - begins)[inside].mean() + (returns - ends)[inside].mean()
    assert cycle == pytest.approx(users / throughput, rel=0.03)


def test_a_faster_machine_gets_its_users_back_sooner() -> None:
    """The same campaigns in the same order for every user, and more of them where answers come sooner."""
    slow, fast = (closed(CompiledQueue, Rules(discipline), users=120)[0] for discipline in ("fcfs", "easy"))
    assert len(fast.cycles) > 1.05 * len(slow.cycles)
    for loop in (slow, fast):
        for user in range(120):
            numbers = [cycle.campaign for cycle in loop.cycles if cycle.user == user]
            assert numbers == list(range(user, user + 120 * len(numbers), 120))


def test_users_keep_their_tier_and_their_name() -> None:
    loop, queue = closed(JobQueue, days=10, tier_share=np.array([0.5, 0.5]))
    columns = np.concatenate(loop.submitted, axis=1)
    assert (np.diff(columns[SUBMIT]) >= 0).all()
    tiers = {(user, tier) for user, tier in zip(columns[USER].tolist(), columns[TIER].tolist(), strict=True)}
    assert len(tiers) == len({user for user, _ in tiers}) > 50
    assert {tier for _, tier in tiers} == {0, 1}
    assert queue.schedule().ended.all()


def test_a_job_that_no_machine_will_hold_does_not_keep_its_user_waiting() -> None:
    env = Environment()
    queue = CompiledQueue(env, 2, largest_gpus=2)
    loop = ClosedLoop(env, queue, Demand(16, DAY * 10, 0.0), CAMPAIGNS, 30, seed=2)
    queue.finish()
    assert loop.refused_jobs == (np.concatenate(loop.submitted, axis=1)[GPUS] > 2).sum() > 0


def test_a_loop_without_users_is_refused() -> None:
    with pytest.raises(ValueError, match="users = 0: must be at least 1"):
        ClosedLoop(Environment(), JobQueue(Environment(), 1), Demand(1, 1, 0.0), CAMPAIGNS, 0, seed=1)
