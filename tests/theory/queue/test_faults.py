"""What no queue can serve is refused in one sentence, and both queues refuse the same."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from simpy import Environment

from sim.queue.disciplines.priority import HEAVIEST, Priority, Usage
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.pools import MOST_POOLS, Pool
from sim.queue.scheduler.compiled import CompiledQueue
from sim.queue.scheduler.plain import JobQueue
from sim.queue.simulate import simulate

QUEUES = [JobQueue, CompiledQueue]
ENGINES: list[Any] = ["plain", "compiled"]


@pytest.mark.parametrize("kind", QUEUES)
def test_a_machine_has_at_least_one_pool_and_no_more_than_a_mask_can_tell_apart(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"pools = \[\]: a machine must have at least one pool"):
        kind(Environment(), pools=[])
    with pytest.raises(ValueError, match=f"pools has 64 entries: must have at most {MOST_POOLS}"):
        kind(Environment(), pools=[Pool(1)] * 64)


@pytest.mark.parametrize("engine", ENGINES)
def test_all_pools_that_a_mask_can_tell_apart_serve(engine: Any) -> None:
    jobs = Jobs([0, 0, 0], [5] * 3, [9] * 3, [1] * 3, pools=[1, 1 << 62, -1])
    assert simulate(jobs, pools=[Pool(1)] * MOST_POOLS, engine=engine).pool.tolist() == [0, 62, 61]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_simulation_without_pools_is_refused(engine: Any) -> None:
    with pytest.raises(ValueError, match=r"pools = \[\]: a machine must have at least one pool"):
        simulate(Jobs([0], [1], [1], [1]), pools=[], engine=engine)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize("discipline", ["easy", "conservative", "multifactor", "sjf"])
def test_a_mask_without_any_pool_that_exists_is_refused(engine: Any, order: Any, discipline: Any) -> None:
    jobs = Jobs([0, 0, 1, 2], [5] * 4, [9] * 4, [1] * 4, pools=[0, 4, 1 << 62, 1])
    schedule = simulate(jobs, pools=[Pool(1), Pool(1)], discipline=discipline, order=order, engine=engine)
    assert schedule.rejected.tolist() == [True, True, True, False]
    assert schedule.start_seconds.tolist() == [-1, -1, -1, 2]


@pytest.mark.parametrize("kind", QUEUES)
def test_a_user_without_an_account_is_refused(kind: Any) -> None:
    queue = kind(Environment(), 8, Rules("multifactor", priority=Priority(accounts=(0, 0, 1))))
    fault = "user = 3: must be less than 3, for `accounts` of the priority has no more"
    with pytest.raises(ValueError, match=fault):
        queue.submit(Jobs([0, 0], [1, 1], [1, 1], [1, 1], user=[2, 3]))


def test_a_period_of_too_many_half_lives_is_refused() -> None:
    fault = "period_seconds = 5130 and half_life_seconds = 10: a period must be at most 511 half-lives"
    with pytest.raises(ValueError, match=fault):
        Priority(period_seconds=5130, half_life_seconds=10)
    with pytest.raises(ValueError, match="at most 511 half-lives"):
        Priority(period_seconds=2**62, half_life_seconds=1)


def test_the_longest_period_allowed_never_overflows() -> None:
    usage = Usage(Priority(period_seconds=5110, half_life_seconds=10, accounts=(0, 1)))
    for _ in range(10_000):
        usage.tick([10**12, 10**9])
        assert 0 < usage.weight <= HEAVIEST
        assert np.isfinite([usage.total, *usage.of_user, *usage.of_account]).all()
