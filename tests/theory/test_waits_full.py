"""The queue of a whole horizon: the same as job by job, in memory of months, and what windows of it say."""

from __future__ import annotations

import tracemalloc
from dataclasses import fields

import numpy as np
import pytest

from sim.instruments.public_cluster import PublicCluster
from sim.queue.jobs import Failures, Jobs
from sim.queue.kernel.layout import FINISHED
from sim.queue.pools import BASE_SPEED
from sim.queue.simulate import simulate
from sim.waits.horizon import Horizon
from sim.waits.machine import MONTH_SECONDS
from sim.waits.simulation import simulate_waits
from sim.waits.statistics import SIZE_CLASSES, half_width
from sim.waits.tally import BINS, WIDENING, Tally, bin_of, quantile_hours
from tests.oracles.little import check_little
from tests.oracles.sample_paths import mean_utilisation

# A small machine with few and long jobs: two tranches that come and retire within the horizon.
SMALL = {
    "demand.groups": 20_000.0,
    "workload.run_log_mean": 9.0,
    "workload.run_log_spread": 1.5,
    "workload.mean_gpus": 1.9,
    "queue.fidelity": "full",
    "queue.most_runs": 1.0,
}
YEARLY = (3e6,) * 6  # USD
CLUSTER = PublicCluster(life_years=3.0, target_utilisation=0.9)


@pytest.fixture(scope="module")
def small(reckoned):
    """`small(values)`: a small machine over seven years."""
    return lambda **values: reckoned(CLUSTER, {**SMALL, **values}, yearly_usd=YEARLY, horizon_years=7)


def never() -> bool:
    """Nobody loses patience."""
    return False


def in_order_of_time(pools: list[Failures]) -> Failures:
    """Failures of several pools as one record."""
    names = ("at_seconds", "uniform", "repair_seconds", "pool")
    columns = [np.concatenate([getattr(failures, name) for failures in pools]) for name in names]
    order = np.argsort(columns[0], kind="stable")
    return Failures(*(column[order] for column in columns))


@pytest.fixture(scope="module")
def alone(small):
    """The horizon of a small machine, its tally, and what the queue makes of the same jobs all at once."""
    horizon = Horizon(small(), seed=1)
    tally, fault = horizon.run(0, lambda months, tally: None, never)
    chunks = list(horizon._stream(0, Tally(np.array([1])), never))
    names = [column.name for column in fields(Jobs)]
    jobs = Jobs(**{name: np.concatenate([getattr(chunk, name) for chunk in chunks]) for name in names})
    steps = [(int(m) * MONTH_SECONDS, int(horizon._change[m, p]), int(p)) for m, p in np.argwhere(horizon._change)]
    failures = in_order_of_time(list(horizon._failures(0)))
    schedule = simulate(jobs, pools=horizon._pools(), rules=horizon.rules, capacity_steps=steps, failures=failures)
    return horizon, tally, fault, jobs, schedule


def test_the_tally_counts_what_the_schedule_records(alone):
    """Two generations, failures, retirement and the age gate; months of service only."""
    horizon, tally, fault, jobs, schedule = alone
    assert fault == ""
    assert len(schedule.interrupted_job) > 10 and (schedule.lost_seconds > 0).any()
    month = jobs.submit_seconds // MONTH_SECONDS
    assert tally.refused.tolist() == np.bincount(month[schedule.rejected], minlength=horizon.months).tolist()
    started = schedule.started
    counts = np.zeros_like(tally.counts)
    size = np.searchsorted([least for least, _ in SIZE_CLASSES], schedule.held_gpus, side="right") - 1
    place = (month[started], jobs.tier[started], size[started], bin_of(schedule.wait_seconds[started]))
    np.add.at(counts, place, 1)
    assert (tally.counts == counts).all()
    check_work(horizon, tally, jobs, schedule)
    assert tally.lost == (schedule.lost_seconds * schedule.held_gpus)[schedule.ended].sum()
    served = np.flatnonzero(tally.up)
    for m in served[[1, len(served) // 2, -2]]:
        mean = mean_utilisation(schedule, int(m) * MONTH_SECONDS, int(m + 1) * MONTH_SECONDS)
        assert tally.held[m] / tally.up[m] == pytest.approx(mean, rel=1e-6)
    check_little(schedule, 0, horizon.months * MONTH_SECONDS)


def check_work(horizon, tally, jobs, schedule):
    """Work counts in seconds at the speed of a month: exact where one pool serves, else between those of two speeds."""
    month, pools = jobs.submit_seconds // MONTH_SECONDS, horizon.machine.gpus > 0
    by_pool = []
    for speed in horizon.machine.speed:
        work = np.minimum(jobs.run_seconds * BASE_SPEED // speed, jobs.request_seconds) * schedule.held_gpus
        by_pool.append(
            [np.bincount(month[who], work[who], horizon.months) for who in (~schedule.withdrawn, schedule.withdrawn)]
        )
    for found, slow, fast in zip((tally.work, tally.withdrawn), *by_pool, strict=True):
        for only, exact in ((pools[:, 0] & ~pools[:, 1], slow), (pools[:, 1] & ~pools[:, 0], fast)):
            assert only.sum() > 12 and found[only].tolist() == exact[only].tolist()
        assert (fast <= found).all() and (found <= slow).all()
        assert found.sum() > 0


def test_generations_come_and_go(alone):
    horizon, tally, _, _, schedule = alone
    in_service = horizon.machine.gpus.any(axis=0)
    assert in_service.all() and horizon.machine.speed.tolist() == [1000, 2000]
    for pool in (0, 1):
        last = np.flatnonzero(horizon.machine.gpus[:, pool])[-1] + 1
        assert schedule.end_seconds[schedule.pool == pool].max() <= last * MONTH_SECONDS or last == horizon.months
    assert not tally.up[horizon.machine.total_gpus == 0].any()


def test_quantiles_of_a_tally_are_within_a_hundredth():
    waits = np.random.default_rng(1).lognormal(7, 3, 100_001).astype(np.int64)
    counts = np.bincount(bin_of(waits), minlength=BINS)
    for share in (0.3, 0.5, 0.95, 0.999):
        exact = np.quantile(waits, share) / 3600
        assert quantile_hours(counts, share) == pytest.approx(exact, rel=WIDENING)
    assert quantile_hours(np.bincount(bin_of(np.array([0, 0, 5])), minlength=BINS), 0.5) == 0
    assert np.isnan(quantile_hours(np.zeros(BINS, np.int64), 0.5))


def test_littles_law_finds_a_job_that_was_lost_or_misdated():
    jobs = Jobs([0, 10, 20], [5, 5, 5], [5, 5, 5], [1, 1, 1])
    rows = np.zeros(2, FINISHED)
    for name, pair in {"submit": (0, 10), "first_start": (0, 12), "start": (0, 12), "end": (5, 17), "held": 1}.items():
        rows[name] = pair
    for taken, inside, sound in ((rows, [20], True), (rows[:1], [20], False), (rows, [21], False), (rows, [], False)):
        tally = Tally(np.array([25]))
        tally.feed(jobs)
        tally.take(taken)
        assert (tally.little(25, np.array(inside, np.int64)) == "") == sound
    assert "Little's law fails" in tally.little(25, np.array([], np.int64))


def test_one_run_says_that_its_error_is_not_known(small):
    waits = simulate_waits(small(), seed=1)
    assert waits.fidelity == "full" and not waits.converged and not waits.fault
    assert "one run" in waits.note() and "+/-" not in waits.note()
    months = waits.months
    served = months.jobs.sum(axis=1) > 0
    assert waits.mean_of("median") == pytest.approx(months.median[served].mean())
    assert waits.jobs[0] == months.jobs.sum()
    assert np.isnan(months.p95[~served]).all()


def test_a_run_stops_at_the_end_of_a_month(small):
    told = []
    monthly = small()
    first = int(np.flatnonzero(Horizon(monthly, 1).machine.total_gpus)[0])
    waits = simulate_waits(
        monthly, 1, progress=lambda share, so_far: told.append(so_far.jobs.sum()), cancelled=lambda: len(told) >= 3
    )
    assert len(told) == 3 and waits.stopped and "stopped" in waits.note()
    assert waits.months.jobs[first + 4 :].sum() == 0 and waits.months.jobs[first : first + 3].sum() > 0
    assert simulate_waits(monthly, 1, cancelled=lambda: True) is None


def test_what_the_compiled_queue_cannot_do_is_done_in_windows_and_said(small):
    few = {"queue.placement": "best_fit", "queue.windows": 2.0, "queue.most_windows": 2.0}
    few |= {"queue.window_weeks": 0.1, "queue.warm_up_weeks": 0.05, "workload.mean_gpus": 20.0}
    for share in (1e-4, 1e4):
        waits = simulate_waits(small(**few, **{"queue.converged_share": share}), seed=1)
        assert waits.fidelity == "windows" and "windows instead of the whole horizon" in waits.note()


@pytest.mark.slow
def test_more_runs_are_added_up_to_the_most(small):
    waits = simulate_waits(small(**{"queue.most_runs": 3.0, "queue.converged_share": 1e-4}), seed=1)
    assert waits.median.size == 3 and len(set(waits.mean)) == 3
    assert waits.verdict.startswith("not converged")


@pytest.mark.slow
def test_windows_agree_with_the_whole_horizon(reckoned):
    """Within three standard errors of the difference, on a small machine whose windows are as long as months."""
    values = {
        "demand.groups": 20_000.0, "workload.mean_gpus": 1.9, "workload.wall_limit_hours": 4.0,
        "workload.run_log_mean": 7.0, "queue.window_weeks": 4.0, "queue.warm_up_weeks": 1.0,
        "queue.windows": 40.0, "queue.most_windows": 40.0, "queue.most_runs": 4.0, "queue.converged_share": 1e-4,
    }  # fmt: skip
    for seed in (1, 2):
        monthly = reckoned(PublicCluster(target_utilisation=0.7), values, yearly_usd=YEARLY)
        windows, full = (simulate_waits(monthly, seed, fidelity=name) for name in ("windows", "full"))
        for name in ("p95", "mean", "slowdown", "used", "refused", "withdrawn", "pending"):
            ours, theirs = getattr(windows, name), getattr(full, name)
            error = np.hypot(ours.std(ddof=1) / len(ours) ** 0.5, theirs.std(ddof=1) / len(theirs) ** 0.5)
            assert abs(ours.mean() - theirs.mean()) < 3 * error, f"seed {seed}: {name}"
        assert half_width(full.p95) < half_width(windows.p95)
        assert not windows.fault and not full.fault


@pytest.mark.slow
def test_memory_does_not_grow_with_the_jobs(small):
    """Eight times as many jobs, each an eighth as long, on the same machine at the same load."""
    peaks, jobs = [], []
    for log_mean in (8.0, 8.0, 8.0 - np.log(8)):  # the first compiles
        horizon = Horizon(small(**{"workload.run_log_mean": log_mean}), seed=1)
        tracemalloc.start()
        tally, _ = horizon.run(0, lambda months, tally: None, never)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        jobs.append(tally.ended)
    assert jobs[2] > 4 * jobs[1] > 0
    assert peaks[2] < 1.3 * peaks[1], [f"{peak / 2**20:.0f} MiB" for peak in peaks]
