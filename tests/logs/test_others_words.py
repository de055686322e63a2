"""What other schedulers and other programs write: states, steps, raw columns, zones beside none."""

from __future__ import annotations

import pytest

from sim.queue.logs import LogError

HEADER = "id,submit,run,gpus,status\n"
NAMES = "jobid,submit,start,end,gpus\n"


@pytest.mark.parametrize(
    "state",
    [
        *("InProgress", "NotStarted", "RUNNABLE", "JOB_STATE_RUNNING", "JobStatus.RUNNING", "qw", "hqw"),
        *("Provisioning", "Initializing", "Executing", "Blocked"),
    ],
)
def test_states_of_others_that_have_not_ended(read_text, state):
    log = read_text(f"{HEADER}1,0,60,2,{state}\n2,9,60,2,Succeeded\n")
    assert log.id.tolist() == [2] and log.faults.found["unfinished"].count == 1


def test_a_stopped_job_with_an_end_has_ended(read_text):
    text = "id,submit,start,end,gpus,status\n1,0,5,65,2,STOPPED\n2,9,9,,2,STOPPED\n3,10,10,20,2,Stopped\n"
    assert read_text(text).id.tolist() == [1, 3]


def test_numbered_steps_are_no_jobs_where_their_job_is_there(read_text):
    rows = ",0,5,65,2\n"
    log = read_text(NAMES + "".join(f"{name}{rows}" for name in ("101", "101.0", "101.1", "102", "102.0")))
    assert log.id.tolist() == ["101", "102"] and log.faults.found["step"].count == 3
    assert len(read_text(NAMES + "".join(f"{name}{rows}" for name in ("101.0", "102.0")))) == 2  # floats


def test_steps_are_known_where_a_chunk_begins_with_them(read_text, monkeypatch):
    monkeypatch.setattr("sim.queue.logs.source.CHUNK_BYTES", 64)
    text = NAMES + "".join(f"{100 + k // 3}{('', '.0', '.1')[k % 3]},0,5,65,2\n" for k in range(60))
    assert read_text(text).faults.found["step"].count == 40


def test_raw_columns_of_sacct(read_text):
    log = read_text("jobid,submit,elapsedraw,gpus,TimelimitRaw\n1,0,3600,2,120\n2,9,7000,2,120\n")
    assert log.run_seconds.tolist() == [3_600, 7_000] and log.request_seconds.tolist() == [7_200] * 2
    assert log.faults.found["minutes"].count == 2


def test_a_column_that_the_user_named_and_cannot_be_read_is_a_fault(read_text):
    text = "id,submit,start,end,gpus,took\n1,0,0,60,2,soon\n2,0,0,60,2,50\n3,0,0,60,2,50\n"
    log = read_text(text, columns={"run": "took"})
    assert log.id.tolist() == [2, 3] and log.faults.found["duration"].lines == [2]


def test_some_times_with_a_zone_and_some_without_are_a_doubt(read_text):
    text = NAMES + "1,2024-05-01T08:00:00+02:00,2024-05-01T08:10:00,2024-05-01T09:10:00\n".replace("\n", ",2\n")
    [doubt] = read_text(text).faults.doubts
    assert doubt.startswith("some times say their time zone and some do not: are those in UTC?")
    assert not read_text(text.replace(":00,", ":00Z,").replace("+02:00Z", "Z")).faults.doubts


def test_a_zone_that_changes_run_times_alone_is_not_idle(read_text):
    header, row = "id,submit,end,eligible,run,gpus\n", "1,1714550400,1714557600,2024-05-01 09:00:00,60,2\n"
    assert len(read_text(header + row, time_zone="Europe/Berlin", zone_must_matter=True)) == 1
    with pytest.raises(LogError, match="does nothing"):
        read_text("id,submit,run,gpus\n1,5,60,2\n", time_zone="Europe/Berlin", zone_must_matter=True)
