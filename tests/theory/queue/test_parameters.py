"""Every rule of the queue that a scenario can choose moves the waits that a comparison prints."""

from __future__ import annotations

import pytest

from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.workload import Queueing
from sim.queue.disciplines.rules import BackfillScan, Discipline, EventOrder, Placement
from sim.waits.simulation import simulate_waits

# A small machine that is nearly full, so that rules matter, and few jobs, so that the plain queue is quick.
BUSY = {
    "queue.window_weeks": 0.1,
    "queue.warm_up_weeks": 0.05,
    "queue.windows": 2.0,
    "queue.most_windows": 2.0,
    "demand.new_only_share_per_year": 0.0,
    "demand.groups": 20_000.0,
    "workload.wall_limit_hours": 4.0,
}
SMALL = (8e6,) * 6  # USD a year
FULL = PublicCluster(target_utilisation=0.95)


@pytest.mark.slow
def test_by_number_differs_from_the_order_of_the_queue_only_where_that_is_another(reckoned):
    waits = [
        simulate_waits(
            reckoned(FULL, {**BUSY, "queue.discipline": d, "queue.backfill_scan": scan}, yearly_usd=SMALL),
            seed=1,
        ).mean.tolist()
        for d in ("easy", "sjf")
        for scan in ("queue", "fcfs")
    ]
    assert waits[0] == waits[1] and waits[2] != waits[3]


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("discipline", Discipline),
        ("backfill_scan", BackfillScan),
        ("event_order", EventOrder),
        ("placement", Placement),
    ],
)
def test_a_scenario_may_choose_what_the_queue_knows(name, known):
    assert Queueing.spec(name).choices == known.__args__
