"""The statistics of simulated output do what their papers say, and the accounts of a schedule find what is wrong."""

from __future__ import annotations

from dataclasses import replace
from math import inf, isnan, sqrt
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from sim.queue.analysis.replications import (
    mean_of_replications,
    paired_ratio,
    replicate,
    student_half_width,
    warm_up,
)
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import Pool
from sim.queue.simulate import simulate
from tests.oracles.little import check_little, integral, jobs_in, little, steps_between
from tests.oracles.sample_paths import (
    check_work,
    gpus_busy,
    gpus_in_service,
    mean_utilisation,
    seen_on_arrival,
    time_weighted_mean,
    value_before,
    work_accounts,
)
from tests.oracles.use import used_gpu_seconds, utilisation

TRIALS = 400  # repetitions from which the coverage of an interval is counted
CONFIDENCE = 0.95
property_of = settings(max_examples=100, deadline=None, derandomize=True)


def assert_covers(inside: list[bool], confidence: float = CONFIDENCE) -> None:
    """The share of intervals that hold the truth is at least the confidence, within three binomial errors."""
    error = sqrt(confidence * (1 - confidence) / len(inside))
    assert np.mean(inside) > confidence - 3 * error


def autoregressive(rng: np.random.Generator, n: int, persistence: float, start: float = 0.0) -> NDArray[np.float64]:
    """A correlated series of mean zero that sets out from `start`."""
    values, noise = np.empty(n), rng.standard_normal(n)
    last = start
    for k in range(n):
        last = persistence * last + noise[k]
        values[k] = last
    return values


# ------------------------------------------------------------------------------------------------- intervals


@pytest.mark.parametrize("n", [3, 10])
def test_students_interval_covers_the_mean_of_normal_values_as_often_as_it_says(n):
    rng = np.random.default_rng(1)
    inside = []
    for _ in range(TRIALS):
        found = mean_of_replications(rng.normal(5, 2, n), CONFIDENCE)
        inside.append(abs(found.estimate - 5) <= found.half_width)
    assert_covers(inside)
    assert np.mean(inside) < CONFIDENCE + 3 * sqrt(CONFIDENCE * (1 - CONFIDENCE) / TRIALS)  # nor is it too wide


def test_one_replication_says_nothing_of_its_error():
    assert student_half_width(np.array([3.0]), CONFIDENCE) == inf


# ------------------------------------------------------------------------------------------------- warm-up


def test_mser_cuts_off_a_transient_and_leaves_a_steady_series_alone():
    rng = np.random.default_rng(5)
    cold = [warm_up(autoregressive(rng, 4000, 0.9, start=300.0), batch=5) for _ in range(30)]
    steady = [warm_up(autoregressive(rng, 4000, 0.9), batch=5) for _ in range(30)]
    assert all(found.found for found in cold)
    # 300 x 0.9^k is down to the spread of the series, 2.3, after 46 steps; most of it has to go
    assert 25 <= np.median([found.dropped for found in cold]) <= 200
    assert np.median([found.dropped for found in steady]) <= 400


def test_mser_removes_the_bias():
    rng = np.random.default_rng(6)
    with_all, without = [], []
    for _ in range(30):
        values = autoregressive(rng, 2000, 0.9, start=300.0)
        with_all.append(values.mean())
        without.append(values[warm_up(values, batch=5).dropped :].mean())
    assert np.mean(with_all) > 1
    assert abs(np.mean(without)) < 3 * np.std(without, ddof=1) / sqrt(30)


@pytest.mark.parametrize("values", [np.arange(1000.0), np.array([]), np.ones(7)])
def test_mser_says_when_it_finds_nothing(values):
    found = warm_up(values, batch=5)
    assert (found.dropped, found.found) == (0, False)
    assert f"of {len(values)} observations" in found.note


# ------------------------------------------------------------------------------------------------- replications


def test_replications_go_on_until_median_and_p95_are_sharp():
    def run(replication: int) -> dict[str, float]:
        waits = np.random.default_rng([9, replication]).standard_exponential(200)
        return {"median": float(np.median(waits)), "p95": float(np.quantile(waits, 0.95))}

    found = replicate(run, share=0.05, most=500, least=10, confidence=CONFIDENCE)
    assert found.converged and 10 < found.n < 500
    assert all(estimate.half_width <= 0.05 * estimate.estimate for estimate in found.estimates.values())
    before = [run(k) for k in range(found.n - 1)]
    widths = [mean_of_replications(np.array([row[name] for row in before]), CONFIDENCE).share for name in before[0]]
    assert max(widths) > 0.05, "it stopped later than it could have"
    again = replicate(run, share=0.05, most=500, least=10, confidence=CONFIDENCE)
    assert again == found
    short = replicate(run, share=0.01, most=12, least=10, confidence=CONFIDENCE)
    assert not short.converged and short.n == 12
    assert short.note.startswith("not converged: half-width ") and short.note.endswith(" after 12 replications")


def test_nobody_waiting_at_all_is_a_sharp_result():
    found = replicate(lambda _: {"median": 0.0, "p95": 0.0}, share=0.1, most=9, least=3, confidence=CONFIDENCE)
    assert found.converged and found.n == 3


def test_replications_refuse_what_would_spoil_them():
    with pytest.raises(ValueError, match=r"replication 0: p95 = nan: must be finite"):
        replicate(lambda _: {"p95": float("nan")}, share=0.1, most=9, least=3, confidence=CONFIDENCE)
    with pytest.raises(ValueError, match=r"least = 1, most = 9: must be 2 <= least <= most"):
        replicate(lambda _: {"p95": 1.0}, share=0.1, most=9, least=1, confidence=CONFIDENCE)


# ------------------------------------------------------------------------------------------------- paired ratios


def test_pairing_takes_out_what_both_options_met():
    rng = np.random.default_rng(10)
    inside, narrower = [], []
    for _ in range(TRIALS):
        common, noise = rng.lognormal(0, 1, 20), rng.lognormal(0, 0.1, 20)
        paired = paired_ratio(1.5 * common * noise, common, CONFIDENCE)
        mixed = paired_ratio(1.5 * common * noise, rng.permutation(common), CONFIDENCE)
        inside.append(paired.low <= 1.5 <= paired.high)
        narrower.append(np.log(paired.high / paired.low) / np.log(mixed.high / mixed.low))
    assert_covers(inside)
    assert max(narrower) < 0.2


@property_of
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=12))
def test_a_ratio_turned_round_is_its_inverse(pairs):
    a, b = np.array(pairs, np.float64).T
    one, other = paired_ratio(a, b, CONFIDENCE), paired_ratio(b, a, CONFIDENCE)
    assert one.n == other.n == np.count_nonzero((a > 0) | (b > 0))
    if isnan(one.ratio):
        assert isnan(other.ratio) and not (a.any() and b.any())
        assert one.note.startswith("no ratio") and (one.low, one.high) == (0.0, inf)
        return
    assert one.ratio == pytest.approx(1 / other.ratio)
    assert one.low <= one.ratio <= one.high
    assert one.low == pytest.approx(1 / other.high if other.high < inf else 0.0)


def test_a_zero_on_one_side_gives_the_ratio_of_the_sums():
    a, b = np.array([0.0, 2.0, 4.0, 3.0]), np.array([1.0, 1.0, 2.0, 2.0])
    found = paired_ratio(a, b, CONFIDENCE)
    assert found.ratio == pytest.approx(9 / 6)
    assert 0 < found.low < 1.5 < found.high < inf
    assert found.note == "4 pairs, ratio of sums because 1 has a zero on one side"


def test_ratios_refuse_what_is_no_pair():
    with pytest.raises(ValueError, match="two flat arrays of one length"):
        paired_ratio(np.ones(2), np.ones(3), CONFIDENCE)
    with pytest.raises(ValueError, match="below zero"):
        paired_ratio(np.array([-1.0]), np.ones(1), CONFIDENCE)


# ------------------------------------------------------------------------------------------------- paths

moments = st.integers(0, 30)


@property_of
@given(st.lists(st.tuples(moments, moments, st.integers(1, 5)), max_size=12), moments, moments)
def test_a_step_function_counts_heads_second_by_second(stays, one, other):
    enter, length, heads = np.array(stays, np.int64).reshape(-1, 3).T
    steps = steps_between(enter, enter + length, heads)
    since, until = sorted((one, other))
    seconds = [int(heads[(enter <= t) & (t < enter + length)].sum()) for t in range(since, until)]
    assert integral(steps, since, until) == sum(seconds)
    mean = time_weighted_mean(steps, since, until)
    assert mean == pytest.approx(np.mean(seconds)) if seconds else isnan(mean)
    before = value_before(steps, np.arange(1, 30))
    assert before.tolist() == [int(heads[(enter < t) & (t <= enter + length)].sum()) for t in range(1, 30)]


def busy_path(**options: Any) -> tuple[Jobs, Any]:
    """A small path with a backlog, failures and a machine that changes."""
    rng = np.random.default_rng(11)
    run = rng.integers(1, 300, 120)
    jobs = Jobs(np.sort(rng.integers(0, 4000, 120)), run, run + 60, rng.choice([1, 2, 4, 8], 120))
    failures = Failures(np.sort(rng.integers(0, 4000, 25)), rng.random(25), rng.integers(0, 400, 25))
    options = {"capacity_steps": [(1000, 4), (2500, -6)], "failures": failures, "node_gpus": 2} | options
    return jobs, simulate(jobs, 12, **options)


def test_the_step_functions_agree_with_the_statistics_of_a_schedule():
    _, schedule = busy_path()
    assert integral(gpus_busy(schedule), 0, 3000) == used_gpu_seconds(schedule, 3000)
    assert mean_utilisation(schedule, 0, 3000) == pytest.approx(utilisation(schedule, 3000))
    inside, waiting = jobs_in(schedule, "system"), jobs_in(schedule, "queue")
    job, start, end = schedule.attempts
    running = steps_between(start, end)
    assert integral(inside, 0, 9999) == integral(waiting, 0, 9999) + integral(running, 0, 9999)
    assert waiting.value.min() == inside.value.min() == 0 and len(job) > 120


def test_gpus_in_service_add_up_over_pools():
    pools = [Pool(8), Pool(4, speed=2000)]
    jobs = Jobs([0, 5], [100, 100], [100, 100], [4, 8])
    schedule = simulate(jobs, pools=pools, capacity_steps=[(50, 4, 1), (80, -8, 0)])
    served = gpus_in_service(schedule)
    assert [integral(served, t, t + 1) for t in (0, 49, 50, 79)] == [12, 12, 16, 16]
    assert integral(served, 200, 201) == 8
    check_work(schedule, jobs, speeds=(1000, 2000))
    check_little(schedule, 0, 150)


def test_work_is_conserved_on_gpus_of_several_speeds():
    jobs, schedule = busy_path()
    assert work_accounts(schedule, jobs).lost > 0
    check_work(schedule, jobs)
    fast = simulate(jobs, pools=[Pool(8), Pool(8, speed=1700)])
    check_work(fast, jobs, speeds=(1000, 1700))
    with pytest.raises(ValueError, match="GPU-seconds do not add up"):
        check_work(fast, jobs, speeds=(1000, 1000))


def test_little_holds_in_a_window_only_with_what_crosses_its_ends():
    _, schedule = busy_path()
    found = little(schedule, "system", 1000, 2000)
    assert found.discrepancy_job_seconds == 0 and found.boundary_job_seconds != 0
    total = found.arrivals_per_second * found.mean_seconds + found.boundary_job_seconds / 1000
    assert found.mean_jobs == pytest.approx(total)


def test_a_run_that_is_cut_short_still_closes_its_accounts():
    jobs = Jobs([0, 1, 50], [100, 100, 10], [100, 100, 10], [8, 8, 8])
    schedule = simulate(jobs, 8)
    cut = replace(schedule, end_seconds=np.array([100, -1, -1]), start_seconds=np.array([0, 100, -1]))
    cut = replace(cut, first_start_seconds=cut.start_seconds)
    check_little(cut, 0, 150)
    assert work_accounts(cut, jobs).unended == 0  # the record ends in the second in which job 1 starts


@pytest.mark.parametrize(
    ("column", "shift"),
    [
        ("start_seconds", 1),
        ("first_start_seconds", 1),
        ("end_seconds", 1),
        ("end_seconds", -400),  # before its start
        ("lost_seconds", 1),
    ],
)
def test_the_checks_bite_on_broken_records(column, shift):
    jobs, schedule = busy_path()
    values = getattr(schedule, column).copy()
    values[60] += shift
    broken = replace(schedule, **{column: values})
    assert values[60] > 0 and len(schedule.interrupted_job) > 3
    faults = [little(broken, place, 0, 9000).discrepancy_job_seconds for place in ("system", "queue")]
    assert any(faults) or work_accounts(broken, jobs).discrepancy
    assert work_accounts(schedule, jobs).discrepancy == 0


def test_the_checks_say_what_is_wrong():
    jobs, schedule = busy_path()
    broken = replace(schedule, first_start_seconds=schedule.first_start_seconds - 1)
    with pytest.raises(ValueError, match=r"Little's law fails in the queue: .* leave -108 job-seconds unexplained"):
        check_little(broken, 0, 9000)
    with pytest.raises(ValueError, match="GPU-seconds do not add up"):
        check_work(replace(schedule, lost_seconds=schedule.lost_seconds + 1), jobs)


def test_arrivals_see_those_before_them_but_not_each_other():
    schedule = simulate(Jobs([0, 0, 5], [10, 10, 10], [10, 10, 10], [8, 8, 8]), 8)
    assert seen_on_arrival(schedule, "system", 0, 6).tolist() == [0, 0, 2]
    assert seen_on_arrival(schedule, "queue", 0, 6).tolist() == [0, 0, 1]


def test_impossible_questions_are_refused():
    _, schedule = busy_path()
    with pytest.raises(ValueError, match="until_seconds = 5: must be at least 6 seconds"):
        little(schedule, "system", 5, 5)
    with pytest.raises(ValueError, match="place = 'queues': must be one of 'system', 'queue'"):
        jobs_in(schedule, "queues")  # type: ignore[arg-type]
