"""A log held against itself: what is refused with its likely cause, what is a doubt, and what is neither."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.queue.logs import LogError, read_log

ROOT = Path(__file__).resolve().parents[2]
MAY = 1_714_521_600
HOUR, DAY = 3_600, 86_400


def rows(n, **columns):
    """A CSV table of n rows; a column is a number, or a function of the row's."""
    lines = [",".join(str(value(k) if callable(value) else value) for value in columns.values()) for k in range(n)]
    return "\n".join([",".join(columns), *lines]) + "\n"


def test_limits_in_minutes_are_asked_about(read_text):
    text = rows(4, id=lambda k: k, submit=lambda k: MAY + k, run=HOUR, gpus=2, limit=120)
    with pytest.raises(LogError) as refused:
        read_text(text, columns={"request": "limit"})
    assert refused.value.faults == [
        "4 of 4 jobs run longer than their time limit: is it in minutes? "
        "Write --column request=limit:minutes, or --column request=limit:seconds if it is not"
    ]
    assert read_text(text, columns={"request": "limit:minutes"}).run_seconds.tolist() == [HOUR] * 4
    assert read_text(text, columns={"request": "limit:seconds"}).run_seconds.tolist() == [120] * 4
    assert read_text(text, columns={"request": "limit"}, over_request="extend").run_seconds.tolist() == [HOUR] * 4


def test_limits_in_hours_are_asked_about(read_text):
    with pytest.raises(LogError, match="is it in hours"):
        read_text(rows(4, submit=MAY, run=20 * HOUR, gpus=2, timelimit=24))


def test_limits_that_some_jobs_exceed_are_a_doubt_only(read_text):
    text = rows(20, id=lambda k: k, submit=lambda k: k, run=lambda k: HOUR if k < 3 else 60, gpus=1, request=120)
    [doubt] = read_text(text).faults.doubts
    assert doubt.startswith("3 of 20 jobs run longer than their time limit: is it in minutes? Write --column request=")
    [doubt] = read_text(text, columns={"request": "request:seconds"}).faults.doubts
    assert doubt == "3 of 20 jobs run longer than their time limit: is it one, and in seconds?"
    assert not read_text(text.replace("3600", "150")).faults.doubts  # stopped late


@pytest.mark.parametrize(("unit", "run"), [("minutes", 60), ("hours", 1), ("milliseconds", 3_600_000)])
def test_run_times_in_another_unit_than_end_less_start_are_asked_about(read_text, unit, run):
    times = {"submit": lambda k: MAY + k, "start": lambda k: MAY + 9 + k, "end": lambda k: MAY + 9 + HOUR + k}
    text = rows(5, id=lambda k: k, **times, duration=run, gpus=1)
    with pytest.raises(LogError, match=rf"is it in {unit}\? Write --column run=duration:{unit}, or"):
        read_text(text)
    assert read_text(text, columns={"run": f"duration:{unit}"}).run_seconds.tolist() == [HOUR] * 5


def test_run_times_longer_than_end_less_start_are_a_doubt(read_text):
    text = rows(10, id=lambda k: k, submit=0, start=0, end=HOUR, run=lambda k: 2 * HOUR if k < 2 else 900, gpus=1)
    assert read_text(text).faults.doubts == ["2 of 10 records give a run time longer than end less start"]


def test_limits_that_are_weeks_in_minutes_are_a_doubt(read_text):
    text = rows(4, id_job=lambda k: k, time_submit=MAY, run=HOUR, gpus=1, timelimit=DAY)
    [doubt] = read_text(text).faults.doubts
    assert doubt == "half of the time limits are above 60.0 days if they are in minutes: are they in seconds?"


def test_run_times_of_suspended_jobs_are_no_other_unit(read_text):
    text = rows(5, submit=0, start=0, end=lambda k: 60 * (k + 1), run=lambda k: k + 1, gpus=1)
    assert len(read_text(text)) == 5  # a minute and less: too short to say


def test_a_log_that_mostly_starts_before_it_is_submitted_is_refused(read_text):
    text = rows(6, id=lambda k: k, submit=MAY + 2 * HOUR, start=lambda k: MAY + (0 if k < 4 else 3 * HOUR),
                end=MAY + 5 * HOUR, gpus=1)  # fmt: skip
    with pytest.raises(LogError, match=r"4 of 6 records start before they are submitted: .* and all of one clock"):
        read_text(text)


def test_starts_before_submissions_are_a_doubt_where_the_run_time_is_known(read_text):
    text = rows(10, id=lambda k: k, submit=MAY + HOUR, start=lambda k: MAY + (0 if k < 2 else 2 * HOUR), run=9, gpus=1)
    [doubt] = read_text(text).faults.doubts
    assert doubt.startswith("2 of 10 records start before they are submitted: are submission")


def test_many_jobs_larger_than_the_machine_are_a_doubt(read_text):
    """Its size is what the log itself says: a smaller one of the user's is a what-if."""
    sizes = {k: 16 if k < 6 else 1 for k in range(1, 21)}
    text = "".join(f"{k} {k} -1 9 {size} -1 -1 {size} 9 -1 1 1 1 -1 -1 -1 -1 -1\n" for k, size in sizes.items())
    [doubt] = read_text(f"; MaxProcs: 8\n{text}", "jobs.swf").faults.doubts
    assert doubt == "5 of 20 jobs ask for more than the 8 GPUs of the machine: is that its size?"
    assert not read_text(f"; MaxProcs: 16\n{text}", "jobs.swf", gpus=8).faults.doubts


def test_more_work_than_time_is_a_doubt(read_text):
    text = rows(20, id=lambda k: k, submit=lambda k: k * DAY, run=DAY, gpus=4)
    assert not read_text(text, gpus=4).faults.doubts
    [doubt] = read_text(text.replace(str(DAY) + ",4\n", str(4 * DAY) + ",4\n"), gpus=4).faults.doubts
    assert doubt.startswith("the offered load is 4.2, for a machine of 4 GPUs more than it can work off")


def test_a_run_of_years_is_a_doubt(read_text):
    text = rows(4, id=lambda k: k, submit=lambda k: k * DAY, run=lambda k: 54 * 366 * DAY if k == 2 else 9, gpus=1)
    assert read_text(text).faults.doubts == ["1 of 4 jobs runs longer than a year and than the log, up to 54.0 years"]


def test_runs_that_are_mostly_longer_than_the_log_are_a_doubt(read_text):
    text = rows(20, id=lambda k: k, submit=lambda k: k * DAY // 10, run=lambda k: 9_000_000, gpus=1)
    assert read_text(text).faults.doubts[0].startswith("half of the jobs run longer than the 1.9 days of the log")


def test_small_logs_and_sound_ones_raise_no_doubt(read_text):
    assert not read_log(ROOT / "docs" / "example.swf").faults.doubts  # its load is 4.1, of 8 jobs within an hour
    rng = np.random.default_rng(1)
    run = rng.lognormal(7, 2, 500).astype(int) + 1
    text = rows(500, id=lambda k: k, submit=lambda k: MAY + 600 * k, start=lambda k: MAY + 600 * k + 30,
                end=lambda k: MAY + 600 * k + 30 + run[k], gpus=1, request=lambda k: max(run[k], HOUR))  # fmt: skip
    assert not read_text(text, gpus=64).faults.doubts


def test_a_doubt_is_printed_and_in_the_document(read_text, tmp_path, capsys):
    path = tmp_path / "jobs.csv"
    path.write_text(rows(4, id=lambda k: k, submit=0, run=lambda k: 10**9 if k else 1, gpus=1))
    assert main(["replay", str(path), "--gpus", "4"]) == 0
    assert "Doubtful:\n  3 of 4 jobs run longer than a year" in capsys.readouterr().out
    assert main(["replay", str(path), "--gpus", "4", "--json"]) == 0
    assert '"doubts": [\n    "3 of 4 jobs' in capsys.readouterr().out
