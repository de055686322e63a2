"""Which record is a run, how long it was, and when it could start: by the log's own state, times and numbers."""

from __future__ import annotations

import pytest

from sim.cli import main
from sim.queue.logs import LogError

MAY = 1_714_521_600  # 2024-05-01 UTC
HOUR, DAY = 3_600, 86_400
SACCT = "JobID|State|Submit|Start|End|Elapsed|Timelimit|AllocTRES\n"


def found(log):
    """Lines of each kind of anomaly."""
    return {kind: finding.lines for kind, finding in log.faults.found.items()}


def job(number, state, submit, start, end, elapsed, tres="gres/gpu=4", day="2024-05-01", more=""):
    """One line under SACCT; the times are times of a day."""
    times = "|".join(f"{day}T{time}" for time in (submit, start, end))
    return f"{number}|{state}|{times}|{elapsed}|12:00:00|{tres}{more}\n"


# ------------------------------------------------------------------------------------------------------------- states


@pytest.mark.parametrize("name", ["state", "job_state", "status", "Job-Status"])
def test_a_state_in_a_table_is_read(read_text, name):
    text = f"submit,start,end,gpus,{name}\n0,10,70,1,COMPLETED\n0,10,99,1,RUNNING\n0,20,90,1,PENDING\n"
    text += "0,,50,1,CANCELLED\n0,30,30,1,CANCELLED\n0,10,40,1,CANCELLED\n0,10,20,1,Pass\n0,5,9,0,COMPLETED\n"
    log = read_text(text)
    assert log.run_seconds.tolist() == [60, 30, 10]
    del log.faults.found["request_from_run"]
    assert found(log) == {"unfinished": [3, 4], "cancelled": [5, 6], "no_gpus": [9]}


def test_a_job_without_gpus_is_sound_in_a_table_of_gpus_and_wrong_in_one_of_processors(read_text):
    assert len(read_text("submit,run,gpus\n0,5,1\n0,5,0\n", on_error="refuse")) == 1
    with pytest.raises(LogError, match="no GPUs asked for"):
        read_text("submit,run,procs\n0,5,1\n0,5,0\n", on_error="refuse")


def test_a_job_without_gpus_that_was_cancelled_while_it_ran_is_sound_too(read_text):
    text = "submit,run,gpus,state\n0,5,1,COMPLETED\n0,5,0,CANCELLED\n0,0,0,CANCELLED\n"
    log = read_text(text, on_error="refuse")
    assert (found(log)["no_gpus"], found(log)["cancelled"]) == ([3], [4])
    text = SACCT + job(1, "COMPLETED", "00:00:00", "00:10:00", "01:10:00", "01:00:00")
    text += job(2, "CANCELLED by 5", "00:00:00", "00:10:00", "01:10:00", "01:00:00", tres="cpu=4")
    assert found(read_text(text, "jobs.txt", on_error="refuse")) == {"no_gpus": [3]}


def test_numbers_are_states_only_beside_the_names_of_slurms_database(read_text):
    rows = "".join(f"{n},{MAY},{MAY + 60},{MAY + 160},1,{state}\n" for n, state in enumerate((3, 1, 0, 4, 5, 32_771)))
    assert read_text("id_job,time_submit,time_start,time_end,gpus,state\n" + rows).id.tolist() == [0, 3, 4, 5]
    assert len(read_text("job,submit,start,end,gpus,state\n" + rows)) == 6


def test_a_list_of_states_in_parquet_is_a_state(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    from sim.queue.logs import read_log

    columns = {"submit": [0, 0], "run": [5, 5], "gpus": [1, 1]}
    for kind in (pa.list_(pa.string()), pa.large_list(pa.large_string())):
        states = pa.array([["COMPLETED"], ["RUNNING", "CONFIGURING"]], kind)
        parquet.write_table(pa.table({**columns, "job_state": states}), tmp_path / "jobs.parquet")
        assert found(read_log(tmp_path / "jobs.parquet"))["unfinished"] == [2]


# -------------------------------------------------------------------------------------------------- times that are none


def test_a_start_or_end_of_zero_beside_a_submission_of_decades_later_is_no_time(read_text):
    header = "id,state,time_submit,time_start,time_end,gpus\n"
    log = read_text(
        f"{header}1,3,{MAY},{MAY + 600},{MAY + 4_200},2\n2,4,{MAY + 300},0,{MAY + 900},4\n"
        f"3,5,{MAY + 300},0,{MAY + 900},4\n4,5,{MAY + 400},{MAY + 500},0,4\n5,3,{MAY},{2**32 - 2},{MAY},1\n"
    )
    assert (log.run_seconds.tolist(), log.start_seconds.tolist()) == ([HOUR], [MAY + 600])
    assert found(log) == {"cancelled": [3], "no_time": [4, 5, 6], "request_from_run": [2]}


@pytest.mark.parametrize("zero", ["1970-01-01 00:00:00", "1969-12-31T19:00:00", "1970-01-01T01:00:00+01:00"])
def test_a_start_in_1970_is_no_start_and_the_run_time_stays(read_text, zero):
    log = read_text(f"submit,start,run,gpus\n2024-05-01,{zero},60,1\n")
    assert (log.run_seconds.tolist(), log.start_seconds.tolist()) == ([60], [-1])
    assert found(log)["zero_start"] == [2]
    ended = read_text(f"submit,start,end,run,gpus\n2024-05-01,2024-05-01 00:00:09,{zero},60,1\n")
    assert ended.start_seconds.tolist() == [MAY + 9] and set(found(ended)) == {"request_from_run"}


def test_seconds_of_a_clock_of_the_logs_own_may_be_zero(read_text):
    log = read_text("submit,start,end,gpus\n0,0,60,1\n500,600,700,1\n")
    assert log.run_seconds.tolist() == [60, 100]
    assert set(found(log)) == {"request_from_run"}


def test_a_submission_of_zero_beside_times_of_decades_later_is_none(read_text):
    log = read_text(f"submit,start,end,gpus\n0,{MAY},{MAY + 9},1\n{MAY},{MAY},{MAY + 9},1\n")
    assert found(log)["no_submit"] == [2] and len(log) == 1


def test_end_less_start_is_no_run_time_where_the_start_is_long_before_the_submission(read_text):
    header = "submit,start,end,gpus"
    rows = [f"{MAY},{MAY - before},{MAY + 600},1" for before in (0, 299, 300, 301, 7_200)]
    log = read_text("\n".join([header, *rows]) + "\n")
    assert log.run_seconds.tolist() == [600, 899, 900]
    assert log.start_seconds.tolist() == [MAY, -1, -1]
    assert found(log)["start_first"] == [5, 6] and found(log)["early_start"] == [3, 4]
    known = read_text(header + f",run\n{MAY},{MAY - 7_200},{MAY + 600},1,60\n")
    assert known.run_seconds.tolist() == [60] and found(known)["early_start"] == [2]


# ---------------------------------------------------------------------------------------- suspended, and eligible later


def test_the_time_elapsed_is_the_run_time_of_a_job_that_was_suspended(read_text):
    text = SACCT + job(1, "COMPLETED", "00:00:00", "00:00:00", "10:00:00", "02:00:00")
    text += job(2, "COMPLETED", "00:10:00", "00:10:00", "01:10:00", "01:00:00")
    log = read_text(text, "jobs.txt")
    assert log.run_seconds.tolist() == [2 * HOUR, HOUR]
    assert found(log) == {"suspended": [2]}


def test_seconds_of_suspension_come_off_where_no_time_elapsed_is_given(read_text):
    text = "JobID|Submit|Start|End|Suspended|AllocTRES\n"
    text += "1|2024-05-01T00:00:00|2024-05-01T00:00:00|2024-05-01T10:00:00|08:00:00|gres/gpu=1\n"
    assert read_text(text, "jobs.txt").run_seconds.tolist() == [2 * HOUR]
    table = f"time_submit,time_start,time_end,time_suspended,gpus\n{MAY},{MAY},{MAY + 900},300,1\n"
    assert read_text(table).run_seconds.tolist() == [600]


def test_a_run_time_that_a_row_lacks_is_end_less_start(read_text):
    log = read_text("submit,start,end,run,gpus\n0,10,70,,1\n0,10,70,30,1\n")
    assert log.run_seconds.tolist() == [60, 30]
    assert found(log)["suspended"] == [3]


ELIGIBLE = "JobID|State|Submit|Eligible|Start|End|AllocTRES\n" + "".join(
    f"{n}|COMPLETED|2024-05-01T00:00:0{n}|{eligible}|{start}|2024-05-04T01:00:00|gres/gpu=4\n"
    for n, eligible, start in (
        (1, "2024-05-01T00:00:01", "2024-05-01T00:00:01"),
        (2, "2024-05-03T00:00:01", "2024-05-03T00:00:02"),
        (3, "Unknown", "2024-05-03T00:00:00"),
        (4, "2024-05-03T00:00:05", "2024-05-03T00:00:00"),  # eligible after it started: of another kind
    )
)


def test_a_job_is_submitted_when_it_could_start(read_text):
    log = read_text(ELIGIBLE, "jobs.txt")
    assert log.id.tolist() == [1, 3, 4, 2]
    assert log.submit_seconds.tolist() == [MAY + 1, MAY + 3, MAY + 4, MAY + 2 * DAY + 1]
    assert log.wait_seconds.tolist()[-1] == 1
    assert found(log) == {"request_from_run": [2, 3, 4, 5], "eligible": [3]}  # the file is in order


def test_when_it_could_start_may_be_ignored(read_text):
    log = read_text(ELIGIBLE, "jobs.txt", eligible="ignore")
    assert log.wait_seconds.tolist() == [0, 2 * DAY, 2 * DAY - 3, 2 * DAY - 4]
    with pytest.raises(LogError, match="eligible = 'ignroe': must be one of 'use', 'ignore'; did you mean 'ignore'"):
        read_text(ELIGIBLE, "jobs.txt", eligible="ignroe")


@pytest.mark.parametrize("name", ["eligible", "eligible_time", "time_eligible"])
def test_tables_have_it_too_and_dates_ask_for_the_submission(read_text, name):
    text = f"submit,{name},start,end,gpus\n{MAY},{MAY + 2 * DAY},{MAY + 2 * DAY + 5},{MAY + 3 * DAY},1\n"
    assert read_text(text, until="2024-05-02").submit_seconds.tolist() == [MAY + 2 * DAY]
    assert read_text(text, eligible="ignore").submit_seconds.tolist() == [MAY]


# ------------------------------------------------------------------------------------ numbers that come again, clusters


def test_each_run_of_a_requeued_job_is_one(read_text):
    text = SACCT + job(100, "NODE_FAIL", "00:00:00", "00:10:00", "00:20:00", "00:10:00")
    text += job(100, "COMPLETED", "00:20:01", "00:30:00", "10:30:00", "10:00:00")
    text += job(102, "REQUEUED", "00:06:00", "00:20:00", "01:24:49", "01:04:49")
    text += job(102, "COMPLETED", "01:24:49", "01:30:00", "03:12:02", "01:42:02")
    text += job(102, "COMPLETED", "01:24:49", "01:30:00", "03:12:02", "01:42:02")
    text += "103|REQUEUED|2024-05-01T00:06:00|2024-05-01T00:20:00|Unknown|00:00:00|12:00:00|gres/gpu=4\n"
    log = read_text(text, "jobs.txt")
    assert sorted(zip(log.id.tolist(), log.run_seconds.tolist(), strict=True)) == [
        (100, 600), (100, 10 * HOUR), (102, 3_889), (102, 6_122),
    ]  # fmt: skip
    del log.faults.found["unsorted"]
    assert found(log) == {"duplicate": [6], "again": [3, 5], "unfinished": [7]}


def test_numbers_that_begin_anew_name_other_jobs(read_text):
    rows = [
        job(7, "COMPLETED", "00:00:00", "00:10:00", "01:10:00", "01:00:00", day=day)
        for day in ("2021-03-01", "2024-05-01")
    ]
    assert len(read_text(SACCT + "".join(rows), "jobs.txt", on_error="refuse")) == 2
    table = read_text("id,submit,run,gpus\na,0,5,1\na,9,5,1\na,0,5,1\nb,0,5,1\n")
    assert table.line.tolist() == [2, 5, 3] and found(table)["duplicate"] == [4] and found(table)["again"] == [3]


def test_steps_in_a_table_made_of_sacct_are_no_jobs(read_text):
    text = "JobID,Submit,Start,End,AllocTRES\n"
    text += "".join(
        f"{n},{MAY},{MAY},{MAY + 60},gres/gpu=2\n" for n in ("7", "7.batch", "7.0", "8_[1-3].extern", "8_1")
    )
    log = read_text(text + "9.extern,?,?,?,\n")
    assert log.id.tolist() == ["7", "8_1"] and found(log)["step"] == [3, 4, 5, 7]
    assert len(read_text("job_id,submit,run,gpus\n12.0,0,5,1\n13.0,0,5,1\n")) == 2  # no steps: floats


CLUSTERS = SACCT.replace("\n", "|Cluster\n") + "".join(
    job(n, "COMPLETED", "00:00:00", "00:10:00", "01:10:00", "01:00:00", more=f"|{name}")
    for n, name in ((100, "alpha"), (100, "beta"), (101, "beta"))
)


def test_two_clusters_are_two_machines(read_text):
    with pytest.raises(LogError) as refused:
        read_text(CLUSTERS, "jobs.txt")
    assert refused.value.faults == [
        "holds the jobs of 2 clusters, 'beta' (2) and 'alpha' (1), which are machines of their own: choose one as "
        "--cluster beta, or --cluster all for one machine of them all"
    ]
    log = read_text(CLUSTERS, "jobs.txt", cluster="beta")
    assert log.id.tolist() == [100, 101] and found(log)["cluster"] == [2]
    assert read_text(CLUSTERS, "jobs.txt", cluster="all").id.tolist() == [100, 100, 101]
    assert read_text(CLUSTERS.replace("alpha", "beta"), "jobs.txt").line.tolist() == [2, 4]
    with pytest.raises(LogError, match="--cluster: no cluster 'betta'; did you mean 'beta'"):
        read_text(CLUSTERS, "jobs.txt", cluster="betta")


def test_of_many_clusters_the_largest_are_named(read_text):
    text = "cluster,submit,run,gpus\n" + "".join(f"c{n},0,5,1\n" for n in (*range(9), 8))
    with pytest.raises(
        LogError, match=r"of 9 clusters, 'c8' \(2\), 'c0' \(1\), .*'c4' \(1\), \.\.\., which are machines"
    ):
        read_text(text)


def test_a_cluster_of_a_log_without_any_is_refused(read_text, tmp_path, capsys):
    with pytest.raises(LogError, match="--cluster: the log has no column of clusters"):
        read_text("submit,run,gpus\n0,5,1\n", cluster="alpha")
    assert main(["replay", str(tmp_path / "jobs.csv"), "--gpus", "4", "--cluster", "alpha"]) == 2
    assert "the log has no column of clusters" in capsys.readouterr().err


def test_tables_have_clusters_too(read_text):
    text = "id,cluster,submit,run,gpus\n1,a,0,5,1\n1,b,0,7,1\n"
    assert read_text(text, cluster="b").run_seconds.tolist() == [7]
    assert len(read_text(text, cluster="all")) == 2


# ------------------------------------------------------------------------------------------------------ the log's zone


def test_an_swf_log_that_names_its_zone_has_its_days_there(read_text):
    header = "; UnixStartTime: 1714521600\n; TimeZoneString: Europe/Stockholm\n"
    rows = "".join(f"{n} {n * HOUR} 5 50 1 -1 -1 1 100 -1 1 1 1 -1 -1 -1 -1 -1\n" for n in range(30))
    log = read_text(header + rows, "log.swf", since="2024-05-02")
    assert log.id.tolist() == list(range(22, 30)) and log.time_zone == "Europe/Stockholm"
    assert read_text(header + rows, "log.swf", since="2024-05-02", time_zone="UTC").id.tolist() == list(range(24, 30))
    by_offset = header.replace("String: Europe/Stockholm", ": 7200") + rows
    assert read_text(by_offset, "log.swf", since="2024-05-02").id.tolist() == list(range(22, 30))
    assert read_text(header.replace("Stockholm", "Nowhere") + rows, "log.swf").time_zone == "UTC"


def test_times_that_name_their_offset_have_their_days_there(read_text):
    times = [f"2024-05-0{day}T{hour:02}:00:00+02:00" for day in (1, 2) for hour in (0, 8)]
    text = "submit,run,gpus\n" + "".join(f"{time},60,1\n" for time in times)
    assert read_text(text).time_zone == "+02:00"
    assert read_text(text, since="2024-05-02").line.tolist() == [4, 5]
    assert read_text(text, since="2024-05-02", time_zone="UTC").line.tolist() == [5]
    assert read_text(text.replace("+02:00", "Z")).time_zone == "UTC"


def test_hours_of_the_day_are_those_of_the_zone_in_winter_and_summer(read_text):
    """One job at eight in the morning of every day of a year, by the clocks of Berlin."""
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from sim.scenario.calibration import calibrate

    first = datetime(2024, 1, 1, 8, tzinfo=ZoneInfo("Europe/Berlin"))
    times = [int((first + timedelta(days=day)).timestamp()) for day in range(365)]
    text = "submit,run,gpus\n" + "".join(f"{time},60,1\n" for time in times)
    profiles = {zone: calibrate(read_text(text, time_zone=zone))[0].hour_profile for zone in ("Europe/Berlin", None)}
    assert profiles["Europe/Berlin"] == tuple(24.0 * (hour == 8) for hour in range(24))
    assert [hour for hour, share in enumerate(profiles[None]) if share] == [6, 7]
