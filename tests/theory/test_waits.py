"""The queue of the public machine: offered what the money layer allocated, with generations, and honest errors."""

from dataclasses import replace

import numpy as np
import pytest

from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.demand import runnable_share
from sim.mechanisms.workload import Workload
from sim.queue.jobs import Jobs
from sim.waits.cache import inputs
from sim.waits.machine import Machine
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import half_width, paired_waits, sentences
from sim.waits.windows import Offer, Window, Windows, window_arrivals

FEW_JOBS = {"queue.window_jobs": 400.0, "queue.most_windows": 4.0, "demand.groups": 20_000.0}
# A small machine that is nearly full, so that there are waits.
BUSY = {**FEW_JOBS, "operations.utilisation_share": 0.95, "workload.wall_limit_hours": 4.0}
SMALL = (8e6,) * 6  # USD a year


@pytest.fixture(scope="module")
def busy(reckoned):
    """`busy(values, instrument)`: waits of a small and nearly full machine."""

    def waits(values=None, instrument=None, **other):
        monthly = reckoned(instrument or PublicCluster(), {**BUSY, **(values or {})}, yearly_usd=SMALL)
        return simulate_waits(monthly, seed=1, **other)

    return waits


def test_the_queue_is_offered_what_was_allocated(reckoned):
    """M7: the load is set by allocation: the target utilisation of what is up, planned outages apart."""
    waits = simulate_waits(reckoned(PublicCluster(), FEW_JOBS), seed=1)
    up = 1 / (1 + 8 * 1.97e-5 * 72)  # nodes under repair are taken out by the window's own failures
    assert waits.offered_share == pytest.approx(np.full(4, 0.8 * up), rel=0.01)


def test_letting_hours_to_firms_does_not_empty_the_machine(reckoned):
    """M9: leased hours stand in the same queue, so the offered load stays what it was."""
    own, let = (
        simulate_waits(reckoned(replace(PublicCluster(), leased_share=share), FEW_JOBS), seed=1) for share in (0.0, 0.3)
    )
    assert let.offered_share == pytest.approx(own.offered_share, rel=0.01)


def test_an_option_without_a_machine_has_no_waits(reckoned):
    assert simulate_waits(reckoned(CloudCredits(), FEW_JOBS), seed=1) is None


# ---------------------------------------------------------------------------------------------------------- generations


def test_a_machine_has_a_pool_for_every_vintage_in_service(reckoned):
    """Two tranches, 30 months apart: the second is 2^(30 / 30) times as fast, and comes and goes 30 months later."""
    machine = Machine.of(reckoned(PublicCluster(), FEW_JOBS))
    assert machine.speed.tolist() == [1000, 2000]
    assert machine.design_month.tolist() == [0, 30]
    first, second = (np.flatnonzero(gpus) for gpus in machine.gpus.T)
    assert second[0] - first[0] == 30
    both = machine.in_month(int(second[1]))
    assert both.speed_ratio[0] == pytest.approx(0.6 + 0.4 * 2, rel=0.01)
    assert machine.in_month(int(first[1])).speed.tolist() == [1000]


def test_a_faster_generation_shortens_waits_as_it_shortens_runs(busy):
    """Twice the speed and twice the jobs an hour is the same queue at half the time; without estimates or failures."""
    late = PublicCluster(tranche_months=(30.0,), tranche_shares=(1.0,))
    plain = {
        "queue.discipline": "fcfs",
        "reliability.interruptions_per_gpu_hour": 0.0,
    }
    fast, slow = (
        busy({**plain, "hardware.doubling_years": years, "queue.window_jobs": 2000.0}, late) for years in (2.5, 1e6)
    )
    assert fast.gpus.tolist() == slow.gpus.tolist()
    assert slow.mean_of("mean") > 0.05
    assert fast.mean == pytest.approx(slow.mean / 2, rel=0.02)
    assert fast.offered_share == pytest.approx(slow.offered_share, rel=1e-6)


def test_an_old_design_turns_away_the_share_of_jobs_that_it_cannot_run(busy):
    """One generation: those turned away come on top of the jobs to which the cost core gives the hours."""
    one = PublicCluster(tranche_months=(0.0,), tranche_shares=(1.0,))
    small = {"queue.window_jobs": 4000.0, "workload.mean_gpus": 1.9}
    none, gated = (busy({**small, "demand.new_only_share_per_year": gate}, one) for gate in (0.0, 0.1))
    expected = 1 - runnable_share(gated.month / 12, 0.1)
    assert gated.refused - none.refused == pytest.approx(expected, abs=3 * 0.5 / np.sqrt(4000))
    assert gated.offered_share * runnable_share(gated.month / 12, 0.1) == pytest.approx(none.offered_share, rel=1e-9)
    assert "need newer or larger machines" in gated.note()


@pytest.mark.parametrize("oldest_months", [30.0, 30.5])
@pytest.mark.parametrize("ordered", [0.0, 18.0])
def test_the_age_of_a_design_counts_whole_months(reckoned, monkeypatch, ordered, oldest_months):
    """A job that accepts designs of 30 months runs on them in month 30 and is rejected in month 31, at any vintage."""
    gate = 0.1
    tolerant = Window(Jobs([0] * 200, [60] * 200, [60] * 200, [1] * 200), 0, np.full(200, oldest_months * gate / 12))
    monkeypatch.setattr("sim.waits.windows.window_arrivals", lambda *given: tolerant)
    late = PublicCluster(tranche_months=(ordered,), tranche_shares=(1.0,))
    windows = Windows(reckoned(late, {**FEW_JOBS, "demand.new_only_share_per_year": gate}), 1)
    assert windows.machine.design_month.tolist() == [ordered]
    assert [windows.row(int(ordered) + age, 0)["refused"] for age in (29, 30, 31, 32)] == [0, 0, 1, 1]


def test_a_design_belongs_to_the_month_in_which_it_was_frozen(reckoned):
    """The first hour of a month belongs to it, its last too."""
    tranches = PublicCluster(tranche_months=(0.0, 11.99, 12.0, 12.5), tranche_shares=(0.25,) * 4)
    assert Machine.of(reckoned(tranches, FEW_JOBS)).design_month.tolist() == [0, 11, 12, 12]


def test_a_new_generation_takes_what_the_old_one_cannot(reckoned):
    machine = Machine.of(reckoned(PublicCluster(), FEW_JOBS)).in_month(70)
    jobs = Jobs([0, 0, 0], [60] * 3, [60] * 3, [1, 1, 10**6])
    assert machine.allowed(jobs, np.array([0, 30, 0]), 0).tolist() == [0b11, 0b10, 0]
    assert machine.allowed(jobs, np.array([31, 0, 0]), 0).tolist() == [0, 0b11, 0]


def test_a_reserve_keeps_nodes_for_short_and_small_jobs(reckoned):
    values = {**FEW_JOBS, "queue.interactive_share": 0.05}
    machine = Machine.of(reckoned(PublicCluster(), values)).in_month(70)
    whole = Machine.of(reckoned(PublicCluster(), FEW_JOBS)).in_month(70)
    assert machine.total_gpus == whole.total_gpus
    assert machine.gpus[0, 2:].sum() == pytest.approx(0.05 * whole.total_gpus[0], rel=0.05)
    jobs = Jobs([0] * 3, [60] * 3, [3600, 3600, 5 * 3600], [8, 9, 8])
    assert machine.allowed(jobs, np.zeros(3, np.int64), 0).tolist() == [0b1111, 0b11, 0b11]


# ------------------------------------------------------------------------------------------------------- honest errors


def test_windows_are_added_until_the_waits_are_known_or_there_are_as_many_as_allowed(busy):
    for share, most in ((0.0001, 6.0), (50.0, 6.0)):
        waits = busy({"queue.converged_share": share, "queue.most_windows": most})
        wide = max(half_width(v) / v.mean() for v in (np.maximum(waits.median, 1 / 60), np.maximum(waits.p95, 1 / 60)))
        assert waits.converged == (wide <= share)
        assert waits.median.size == (6 if share < 1 else 4)
        assert waits.verdict.startswith("converged" if waits.converged else "not converged: half-width")
        assert ("not converged" in waits.note()) == (not waits.converged)
        assert not waits.fault


def test_more_windows_leave_the_first_ones_as_they_were(busy):
    few, many = (busy({"queue.converged_share": 1e-4, "queue.most_windows": most}) for most in (4.0, 9.0))
    assert many.mean[:4].tolist() == few.mean.tolist()


def test_who_loses_patience_has_what_is_known_by_then(busy):
    told = []
    waits = busy(
        {"queue.converged_share": 1e-4, "queue.most_windows": 9.0},
        progress=lambda share, so_far: told.append((share, so_far.median.size)),
        cancelled=lambda: len(told) >= 3,
    )
    assert [count for _, count in told] == [1, 2, 3]
    assert 0 < told[0][0] < told[1][0] < told[2][0] < 1
    assert waits.stopped and waits.median.size == 3 and "stopped" in waits.note()
    assert busy(cancelled=lambda: True) is None


# --------------------------------------------------------------------------------------------------------------- pairs


def test_identical_options_have_a_ratio_of_exactly_one(busy):
    full = {"operations.utilisation_share": 1.1, "demand.new_only_share_per_year": 0.0}  # so that the median job waits
    pairs = paired_waits({"nothing": None, "ours": busy(full), "theirs": busy(full)})
    assert pairs[["option", "against"]].drop_duplicates().values.tolist() == [["theirs", "ours"]]
    assert (pairs[["ratio", "low", "high"]] == 1).all(axis=None)
    assert sentences(pairs, {"ours": "Ours", "theirs": "Theirs"}) == [
        "Theirs against Ours: median wait x 1 [1 to 1], p95 wait x 1 [1 to 1] (same jobs, 95 %)."
    ]


def test_a_larger_machine_meets_the_same_jobs_sooner():
    """Job number i of a window has the same size, run time, request and luck whatever the load."""
    offers = [Offer(load, np.array([0.5, 0.5]), 500, alike=True) for load in (100.0, 370.0)]
    small, large = (window_arrivals(offer, Workload(), 1, 3) for offer in offers)
    ours, theirs = small.jobs, large.jobs
    for name in ("run_seconds", "request_seconds", "gpus", "tier"):
        assert (getattr(ours, name)[small.running :] == getattr(theirs, name)[large.running :]).all()
    assert (small.uniform[small.running :] == large.uniform[large.running :]).all()
    assert theirs.submit_seconds[large.running :] * 3.7 == pytest.approx(ours.submit_seconds[small.running :], abs=4)


def test_pairs_are_much_sharper_than_the_waits_themselves(busy):
    """Common jobs cancel: with a tenth more load no window alone says much, the ratio does."""
    own, more = (busy({"operations.utilisation_share": load, "queue.most_windows": 12.0}) for load in (0.85, 0.9))
    row = paired_waits({"own": own, "more": more}).query("statistic == 'p95'").iloc[0]
    assert row.ratio > 1
    alone = half_width(own.p95) / own.p95.mean() + half_width(more.p95) / more.p95.mean()
    assert np.log(row.high / row.low) / 2 < alone


def test_where_nobody_waits_there_is_no_ratio(busy):
    empty = busy({"operations.utilisation_share": 0.05})
    pairs = paired_waits({"busy": busy(), "empty": empty})
    assert not np.isfinite(pairs.ratio).any()
    assert "has no ratio" in sentences(pairs, {"busy": "Busy", "empty": "Empty"})[0]


# -------------------------------------------------------------------------------------------------------------- inputs


def test_the_digest_tells_what_decides_waits_and_nothing_else(reckoned):
    def digest(values, **other):
        return inputs(reckoned(PublicCluster(), {**FEW_JOBS, **values}, yearly_usd=SMALL), **{"seed": 1, **other})

    usual = digest({})
    assert usual == digest({}) == digest({"grants.day_usd": 1000.0})
    others = [digest({name: value}) for name, value in (
        ("demand.new_only_share_per_year", 0.1), ("hardware.doubling_years", 3.0), ("queue.discipline", "fcfs"),
        ("workload.mean_gpus", 5.0), ("reliability.repair_hours", 10.0), ("operations.utilisation_share", 0.7),
    )]  # fmt: skip
    others += [digest({}, seed=2), digest({}, fidelity="full")]
    assert len({usual, *others}) == 1 + len(others)


# ---------------------------------------------------------------------------------------------------- no idle parameter

FAIR = {"queue.discipline": "multifactor"}
WEIGHED = {**FAIR, "queue.fair_share_weight": 10.0}  # so that other points are seen beside it
RESERVED = {"queue.interactive_share": 0.2}
MOVED = [
    ("interactive_share", 0.0, 0.2, {}),
    ("interactive_hours", 0.5, 12.0, RESERVED),
    ("interactive_gpus", 1.0, 32.0, RESERVED),
    ("discipline", "easy", "multifactor", {}),
    ("age_weight", 0.0, 100_000.0, WEIGHED),
    ("fair_share_weight", 0.0, 100_000.0, FAIR),
    ("size_weight", 0.0, 100_000.0, WEIGHED),
    ("longest_age_hours", 0.1, 720.0, {**WEIGHED, "queue.age_weight": 100_000.0, "queue.size_weight": 10_000.0}),
    ("half_life_hours", 0.1, 1440.0, FAIR),
    ("recount_minutes", 5.0, 240.0, FAIR),
    ("most_windows", 4.0, 5.0, {"queue.converged_share": 1e-4}),
    ("converged_share", 1e-4, 1e4, {"queue.most_windows": 6.0}),
]


@pytest.mark.parametrize(("name", "low", "high", "wakes"), MOVED, ids=[row[0] for row in MOVED])
def test_no_parameter_of_the_queue_is_idle(busy, name, low, high, wakes):
    crowded = {"queue.window_jobs": 600.0, "operations.utilisation_share": 1.1, "demand.new_only_share_per_year": 0.0}
    few, many = (busy({**crowded, **wakes, f"queue.{name}": value}) for value in (low, high))
    assert not np.array_equal(few.mean, many.mean)
