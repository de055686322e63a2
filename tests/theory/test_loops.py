"""Demand in the loop with the real queues: users who are put off by a backlog."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from simpy import Environment

from sim.mechanisms.workload import Workload
from sim.queue.disciplines.rules import Rules
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.plain import JobQueue
from sim.queue.workload.elastic import ElasticDemand
from sim.queue.workload.rates import Demand
from tests.theory.queue.test_compiled import differences

DAY = 24
CAMPAIGNS = Workload(pattern="campaigns")
RULES = [Rules(), Rules(order="per_event", backfill_scan="sjbf"), Rules("fcfs", estimates="actual")]


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.discipline + rules.order)
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
