"""Calibration: a workload fitted to jobs that were drawn from it is that workload, and poor logs say what they lack."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.cli import main
from sim.mechanisms.workload import Workload, job_model
from sim.queue.calibration.fit import mixture
from sim.queue.calibration.goodness import compared
from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.logs.problems import LogError
from sim.queue.workload.generator import generate
from sim.queue.workload.rates import Demand
from sim.scenario import load
from sim.scenario.calibration import calibrate, fragment

TRUTH = Workload(
    pattern="campaigns", run_law="mixture", mixture_shares=(0.4, 0.3, 0.3), mixture_log_means=(3.5, 6.5, 9.5),
    mixture_log_spreads=(0.8, 0.7, 0.6), size_law="table", size_gpus=(1.0, 4.0, 16.0), size_shares=(0.5, 0.3, 0.2),
    wall_limit_hours=100.0, beyond_limit="none", daily_spread=0.0, batch_machine_days=1000.0, hit_limit_share=0.0,
    users=2_000.0, user_spread=0.5, size_run_correlation=0.3, gap_log_mean=3.0, gap_log_spread=1.0, batch_longest=100.0,
)  # fmt: skip
"""No user so busy that campaigns run into one another, and no gap cut off: then the counts are unbiased."""


def log_of(submit, run, request, gpus, user=None, start=None, **more) -> Log:
    """A log out of columns."""
    n = len(submit)
    unknown = np.full(n, UNKNOWN)
    return Log(
        id=np.arange(n), submit_seconds=np.asarray(submit), run_seconds=np.asarray(run),
        request_seconds=np.asarray(request), gpus=np.asarray(gpus), user=unknown if user is None else np.asarray(user),
        group=unknown, start_seconds=unknown if start is None else np.asarray(start), line=np.arange(n),
        source="cluster.csv", machine_gpus=256, **more,
    )  # fmt: skip


def drawn(workload=TRUTH, load_gpus=150.0, days=364, seed=1) -> Log:
    """A log drawn from a workload; its clock begins at midnight before a Monday."""
    chunks = [chunk.jobs for chunk in generate(Demand(256, 24 * days, load_gpus), job_model(workload), seed)]
    columns = ("submit_seconds", "work_seconds", "request_seconds", "gpus", "user")
    return log_of(*(np.concatenate([getattr(jobs, name) for jobs in chunks]) for name in columns))


@pytest.fixture(scope="module")
def fit():
    """The truth, drawn for a year and fitted: (log, workload, what was found)."""
    log = drawn()
    return (log, *calibrate(log, 256))


@pytest.mark.parametrize(
    ("name", "tolerance"),
    [
        ("batch_single_share", 0.02), ("batch_tail", 0.08), ("gap_zero_share", 0.01), ("gap_log_mean", 0.05),
        ("gap_log_spread", 0.05), ("within_share", 0.04), ("size_run_correlation", 0.06), ("hourly_spread", 0.08),
        ("request_log_slope", 0.05), ("users", 1.0), ("user_spread", 0.08),
    ],
)  # fmt: skip
def test_what_was_drawn_is_found_again(fit, name, tolerance):
    """Tolerances are about four standard errors over draws of a year, biases of the estimators included."""
    assert getattr(fit[1], name) == pytest.approx(getattr(TRUTH, name), abs=tolerance)


def test_run_times_sizes_and_the_clock_are_found_again(fit):
    workload = fit[1]
    assert workload.mixture_shares == pytest.approx(TRUTH.mixture_shares, abs=0.04)
    assert workload.mixture_log_means == pytest.approx(TRUTH.mixture_log_means, abs=0.15)
    assert workload.mixture_log_spreads == pytest.approx(TRUTH.mixture_log_spreads, abs=0.1)
    assert workload.size_gpus == TRUTH.size_gpus
    assert workload.size_shares == pytest.approx(TRUTH.size_shares, abs=0.02)
    profile = np.array(TRUTH.hour_profile)
    assert workload.hour_profile == pytest.approx(profile / profile.mean(), abs=0.15)
    day = np.array(TRUTH.weekday_profile)
    assert workload.weekday_profile == pytest.approx(day / day.mean(), abs=0.15)


def test_the_generator_imitates_the_log_it_was_fitted_to(fit):
    log, workload, _ = fit
    rows = {row.name: row for row in compared(log.jobs(), job_model(workload), 256)}
    assert rows["KS distance, run time"].generated < 0.05
    assert rows["KS distance, size"].generated < 0.05
    for name in ("size mean, GPUs", "run time p50, s", "daily count CV"):
        assert rows[name].generated == pytest.approx(rows[name].real, rel=0.25), name


def test_the_mixture_of_three_laws_is_found():
    rng = np.random.default_rng(1)
    parts = [rng.normal(mean, spread, n) for mean, spread, n in ((1, 0.5, 4000), (5, 1, 3000), (9, 0.3, 3000))]
    share, mean, spread = mixture(np.concatenate(parts))
    assert share == pytest.approx([0.4, 0.3, 0.3], abs=0.02)
    assert mean == pytest.approx([1, 5, 9], abs=0.1)
    assert spread == pytest.approx([0.5, 1, 0.3], abs=0.1)


# ----------------------------------------------------------------------------------------------------------- the file


def test_a_scenario_takes_the_file_over(fit, tmp_path):
    log, workload, found = fit
    text = fragment(log, found, compared(log.jobs(), job_model(workload), 256, replications=1))
    (tmp_path / "my_cluster.toml").write_text(text)
    study = 'extends = "my_cluster.toml"\ntitle = "T"\nquestion = "Q?"\nstart = "2027-01"\n'
    (tmp_path / "study.toml").write_text(study + "budget = { total = 5e7, years = 4 }\n")
    taken = load(tmp_path / "study.toml").world.workload
    for name in found.values:
        wanted = getattr(workload, name)
        assert getattr(taken, name) == (wanted if isinstance(wanted, str) else pytest.approx(wanted, rel=1e-5)), name
    assert max(map(len, text.splitlines())) <= 160
    assert "KS distance" in text


def test_every_number_says_how_it_was_got(fit):
    _, _, found = fit
    assert set(found.how) == set(found.values)
    assert all(found.how.values())


# ---------------------------------------------------------------------------------------------------------- poor logs


def regular(n=500, **columns):
    """Jobs every ten minutes, all alike."""
    base = {
        "submit": np.arange(n) * 600 * 4, "run": np.full(n, 300), "request": np.full(n, 600), "gpus": np.full(n, 2),
        "user": np.zeros(n, np.int64),
    }  # fmt: skip
    return log_of(**{**base, **columns})


def test_a_log_of_one_job_is_refused_in_a_sentence():
    with pytest.raises(LogError, match=r"holds 1 job: a calibration needs at least 50"):
        calibrate(regular(1))


def test_a_log_of_one_moment_is_refused_in_a_sentence():
    with pytest.raises(LogError, match=r"spans 0 s .*needs at least"):
        calibrate(regular(100, submit=np.zeros(100, np.int64)))


def test_one_user_and_one_run_time_fall_back_and_say_so():
    workload, found = calibrate(regular())
    assert any("one user" in note for note in found.notes)
    assert any("every run time is 300 s" in note for note in found.notes)
    assert workload.run_law == "lognormal"
    assert workload.run_log_mean == pytest.approx(np.log(300))
    assert workload.user_spread == Workload().user_spread
    chunk = next(generate(Demand(256, 48, 20.0), job_model(workload), 1))
    assert set(chunk.jobs.run_seconds) == {300}
    assert set(chunk.jobs.gpus) == {2}


def test_a_log_without_users_leaves_campaigns_alone_and_says_so():
    log = drawn(days=28)
    workload, found = calibrate(replace(log, user=np.full(len(log), UNKNOWN)))
    assert any("no users" in note for note in found.notes)
    assert workload.pattern == "poisson"
    assert workload.batch_tail == Workload().batch_tail


def test_a_log_without_requests_takes_run_times_as_they_are():
    log = drawn(days=28)
    workload, found = calibrate(replace(log, request_seconds=log.run_seconds))
    assert workload.hit_limit_share == 0
    assert workload.request_log_slope == Workload().request_log_slope
    assert any("requests say no more" in note for note in found.notes)


def test_the_command_writes_the_file_and_reports_what_it_assumed(tmp_path, capsys):
    log = replace(drawn(days=28), user=np.full(0, 0))
    rows = zip(log.submit_seconds, log.run_seconds, log.request_seconds, log.gpus, strict=True)
    table = "submit,run,request,gpus\n" + "\n".join(",".join(map(str, row)) for row in rows)
    (tmp_path / "log.csv").write_text(table)
    assert main(["calibrate", str(tmp_path / "log.csv"), "--out", str(tmp_path / "out.toml"), "--gpus", "256"]) == 0
    report = capsys.readouterr().out
    assert "parameters fitted to" in report
    assert "no users" in report
    assert (tmp_path / "out.toml").read_text().startswith("# Workload fitted to log.csv")
