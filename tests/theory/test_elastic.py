"""Demand that reacts to the queue: users put off by a backlog, before the real queues and before one that is set."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from simpy import Environment

from sim.mechanisms.workload import Workload, job_model
from sim.queue.disciplines.rules import Rules
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.plain import JobQueue
from sim.queue.workload import kernel
from sim.queue.workload.elastic import ElasticDemand, submitted_share
from sim.queue.workload.generator import generate
from sim.queue.workload.rates import Demand
from tests.theory.queue.test_compiled import differences

HOUR, DAY = 3_600, 24
CAMPAIGNS = Workload(pattern="campaigns")
RULES = [Rules(), Rules(order="per_event", backfill_scan="sjbf"), Rules("fcfs", estimates="actual")]
JOB_COLUMNS = {
    kernel.SUBMIT: "submit_seconds", kernel.RUN: "run_seconds", kernel.REQUEST: "request_seconds", kernel.GPUS: "gpus",
    kernel.TIER: "tier", kernel.USER: "user",
}  # fmt: skip


@pytest.mark.parametrize("rules", RULES, ids=lambda rules: rules.discipline + rules.order)
@pytest.mark.parametrize("backlog_hours", [2.0, 24.0])
def test_users_whom_a_backlog_puts_off_do_the_same_before_both_queues(rules: Rules, backlog_hours: float) -> None:
    runs = []
    for kind in (JobQueue, CompiledQueue):
        env = Environment()
        queue = kind(env, 64, rules)
        demand = Demand(64, DAY * 21, 70.0)
        elastic = ElasticDemand(env, queue, demand, job_model(CAMPAIGNS), seed=5, backlog_hours=backlog_hours)
        queue.finish()
        runs.append((elastic, queue.schedule()))
    (one, plain), (other, compiled) = runs
    assert one.outcome.withdrawn == other.outcome.withdrawn
    assert 0.02 < one.outcome.withdrawn_share < 0.9
    assert (np.concatenate(one.submitted, axis=1) == np.concatenate(other.submitted, axis=1)).all()
    assert not differences(plain, compiled)


class BackloggedQueue(JobQueue):
    """A queue whose backlog is set by the test."""

    backlog = 0.0

    def backlog_gpu_seconds(self) -> float:
        """The backlog set by the test."""
        return self.backlog


def before_backlog(workload: Workload, hours: float, days: int = 14, **demand: float) -> ElasticDemand:
    """Elastic demand of 60 GPUs before a queue for 80 that always holds so many hours of work."""
    gpus, env = 80, Environment()
    queue = BackloggedQueue(env, gpus)
    queue.backlog = hours * gpus * HOUR
    elastic = ElasticDemand(
        env, queue, Demand(gpus, 24 * days, 60.0), job_model(workload), seed=1, **{"backlog_hours": 24.0, **demand}
    )
    env.run(until=24 * days * HOUR)
    return elastic


def columns_of(workload: Workload, days: int) -> dict[int, Any]:
    """The columns of the same demand from the open generator, by their number in `merge`."""
    chunks = list(generate(Demand(80, 24 * days, 60.0), job_model(workload), seed=1))
    found = {n: np.concatenate([getattr(c.jobs, name) for c in chunks]) for n, name in JOB_COLUMNS.items()}
    others = {kernel.CAMPAIGN: "campaign", kernel.PLACE: "place", kernel.NEED: "least_capability"}
    return found | {n: np.concatenate([getattr(c, name) for c in chunks]) for n, name in others.items()}


@pytest.mark.parametrize("workload", [CAMPAIGNS, Workload()])
def test_users_whom_nothing_puts_off_are_the_open_loop(workload: Workload) -> None:
    elastic = before_backlog(workload, 0.0, days=3, backlog_hours=1e9)
    closed, opened = np.concatenate(elastic.submitted, axis=1), columns_of(workload, days=3)
    assert (np.diff(closed[kernel.SUBMIT]) >= 0).all()
    here = np.lexsort((closed[kernel.CAMPAIGN], closed[kernel.PLACE]))
    there = np.lexsort((opened[kernel.CAMPAIGN], opened[kernel.PLACE]))
    for number, column in opened.items():
        assert (closed[number, here] == column[there]).all()
    assert elastic.outcome.withdrawn == []


def test_at_the_mark_every_other_campaign_is_withdrawn() -> None:
    """The backlog is measured in work: what waiting jobs ask for counts by what jobs have used of their requests."""
    free = replace(Workload(), size_law="table", size_gpus=(1.0,), size_shares=(1.0,), request_log_slope=0.0)
    elastic = before_backlog(free, 1e5)
    assert elastic.outcome.withdrawn_share > 0.95
    campaigns = elastic.outcome.submitted_campaigns.sum() + elastic.outcome.withdrawn_campaigns.sum()
    share = submitted_share(elastic.backlog_hours(), 24.0)
    assert abs(elastic.outcome.submitted_campaigns.sum() / campaigns - share) < 0.05


@pytest.mark.parametrize(("name", "less"), [("backlog_hours", 8.0), ("backlog_power", 2.0)])
def test_impatience_withdraws_more(name: str, less: float) -> None:
    usual, impatient = before_backlog(CAMPAIGNS, 500.0), before_backlog(CAMPAIGNS, 500.0, **{name: less})
    assert impatient.outcome.withdrawn_share > usual.outcome.withdrawn_share > 0
