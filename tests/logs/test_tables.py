"""CSV and Parquet: the same jobs whatever the columns are called and however they are typed."""

from __future__ import annotations

import io
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.queue.logs import LogError, read_log

MAY = 1_714_521_600


@pytest.fixture
def csv_of(tmp_path):
    """A function that reads a CSV log of this text."""

    def read(text: str, **options):
        path = tmp_path / "jobs.csv"
        path.write_bytes(text.encode())
        return read_log(path, **options)

    return read


@pytest.fixture
def parquet_of(tmp_path):
    """A function that reads a Parquet log of these columns."""

    def read(columns: dict, **options):
        path = tmp_path / "jobs.parquet"
        parquet.write_table(pa.table(columns), path)
        return read_log(path, **options)

    return read


def columns(log) -> list[list]:
    """What the readers must agree about."""
    names = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "start_seconds")
    return [getattr(log, name).tolist() for name in names]


WANTED = [[MAY, MAY + 60], [50, 70], [100, 200], [4, 2], [MAY + 5, MAY + 65]]


@pytest.mark.parametrize(
    "text",
    [
        "id,submit,start,end,gpus,request\n"
        f"1,{MAY},{MAY + 5},{MAY + 55},4,100\n2,{MAY + 60},{MAY + 65},{MAY + 135},2,200\n",
        "Job-ID,Submit Time,Start Time,END_TIME,num_gpus,timelimit\n"
        "1,2024-05-01T00:00:00,2024-05-01 00:00:05,2024-05-01T00:00:55,4,00:01:40\n"
        '2,"2024-05-01T00:01:00Z",2024-05-01T02:01:05+02:00,2024-05-01T00:02:15,"2",3:20\n',
        "note,id,submit,start,run,gpus,request\n"
        f'"a, b",1,{MAY}.0,{MAY + 5},50,4,100\n,2,{MAY + 60},{MAY + 65},70.0,2,200\n',
    ],
)
def test_a_csv_log_in_several_dresses(csv_of, text):
    assert columns(csv_of(text)) == WANTED


def test_windows_and_a_byte_order_mark_make_no_difference(csv_of):
    text = f"id,submit,start,run,gpus,request\n1,{MAY},{MAY + 5},50,4,100\n2,{MAY + 60},{MAY + 65},70,2,200\n"
    assert columns(csv_of("\ufeff" + text.replace("\n", "\r\n"))) == WANTED
    assert columns(csv_of(text.replace(",", ";"), delimiter=";", format="csv")) == WANTED
    assert columns(csv_of(text.rstrip("\n"))) == WANTED


def test_a_parquet_log_in_every_type(parquet_of):
    at = [datetime.fromtimestamp(MAY + n, UTC) for n in (0, 60, 5, 65, 55, 135)]
    plain = {"id": [1, 2], "gpus": pa.array([4.0, 2.0]), "request": pa.array([100, 200], pa.duration("s"))}
    for kind in (pa.timestamp("us"), pa.timestamp("ns", "Europe/Berlin"), pa.timestamp("s", "UTC")):
        times = {name: pa.array(pair, kind) for name, pair in (("submit", at[:2]), ("start", at[2:4]), ("end", at[4:]))}
        assert columns(parquet_of({**plain, **times})) == WANTED
    seconds = {"submit": pa.array([MAY, MAY + 60], pa.float64()), "start": pa.array([MAY + 5, MAY + 65], pa.uint32())}
    assert columns(parquet_of({**plain, **seconds, "run": pa.array(["50", "00:01:10"])})) == WANTED


def test_nulls_in_parquet_are_values_that_are_not_there(parquet_of):
    log = parquet_of(
        {"submit": [0, 1, None, 3], "run": [5, None, 5, 5], "gpus": [1, 1, 1, None], "request": [9, 9, 9, 9]}
    )
    found = {kind: finding.lines for kind, finding in log.faults.found.items()}
    assert found == {"no_submit": [3], "zero_gpus": [4], "no_run": [2]}
    assert log.id.tolist() == [1]  # the row


def test_columns_are_mapped(csv_of):
    text = "when,long,many,who\n0,5,1,ann\n"
    mapped = {"submit": "when", "run": "long", "gpus": "many", "user": "who"}
    log = csv_of(text, columns=mapped)
    assert (log.gpus.tolist(), log.user_names) == ([1], ("ann",))
    with pytest.raises(LogError) as refused:
        csv_of(text, columns={**mapped, "submit": "wehn", "gps": "many"})
    assert refused.value.faults == [
        "--column gps: no column 'gps'; did you mean 'gpus'?",
        "--column submit=wehn: no column 'wehn'; did you mean 'when'?",
    ]


def test_a_column_that_is_needed_gets_the_nearest_that_there_is(csv_of):
    with pytest.raises(LogError) as refused:
        csv_of("id,submited_at,run,gpu_total\n1,0,5,1\n")
    assert refused.value.faults == [
        "no column 'submit'; did you mean --column submit=submited_at?",
        "no column 'gpus'; did you mean --column gpus=gpu_total?",
    ]


def test_a_log_without_requests_takes_the_run_times_and_says_so(csv_of):
    log = csv_of("submit,run,gpus\n0,5,1\n7,9,1\n")
    assert log.request_seconds.tolist() == [5, 9]
    assert log.faults.found["request_from_run"].count == 2


def test_names_of_jobs_stay_as_they_are(csv_of):
    text = "id,submit,run,gpus\n{},0,5,1\n{},0,5,1\n"
    assert csv_of(text.format("7", "8")).id.tolist() == [7, 8]
    assert csv_of(text.format("007", "8")).id.tolist() == ["007", "8"]
    assert csv_of(text.format("a-b_3", "größer")).id.tolist() == ["a-b_3", "größer"]


def test_names_that_are_numbers_first_and_texts_later(csv_of, monkeypatch):
    monkeypatch.setattr("sim.queue.logs.source.CHUNK_BYTES", 64)
    text = "id,submit,run,gpus\n" + "".join(f"{n},0,5,1\n" for n in range(20)) + "x1,0,5,1\n5,0,5,1\n"
    log = csv_of(text)
    assert log.id.tolist() == [*map(str, range(20)), "x1"]
    assert log.faults.found["duplicate"].lines == [23]


def test_a_line_number_is_that_of_the_file(csv_of, monkeypatch):
    lines = [f"{n},{n},5,1" for n in range(500)]
    lines[100], lines[300], lines[450] = "broken", "", '"x,1,5,1'
    text = "id,submit,run,gpus\n" + "\n".join(lines) + "\n"
    for size in (64, 1_000, 1 << 22):
        monkeypatch.setattr("sim.queue.logs.source.CHUNK_BYTES", size)
        log = csv_of(text)
        assert log.faults.found["columns"].lines == [102]
        assert log.faults.found["quote"].lines == [452]
        assert (log.line == log.id + 2).all()
        assert len(log) == 497


def test_many_rows_in_parquet_keep_their_numbers(parquet_of):
    n = 300_000
    log = parquet_of({"submit": np.arange(n), "run": np.full(n, 5), "gpus": np.where(np.arange(n) == 200_000, -1, 1)})
    assert len(log) == n - 1
    assert log.faults.found["negative_gpus"].lines == [200_001]


def test_a_file_that_is_no_parquet_inside(tmp_path):
    path = tmp_path / "x.parquet"
    whole = io.BytesIO()
    parquet.write_table(pa.table({"submit": [1], "run": [1], "gpus": [1]}), whole)
    path.write_bytes(whole.getvalue()[:-20])
    with pytest.raises(LogError, match="is no sound Parquet file"):
        read_log(path)


def test_a_parquet_column_of_a_type_that_means_nothing(parquet_of):
    with pytest.raises(LogError):
        parquet_of({"submit": [[1]], "run": [1], "gpus": [1]})


def test_half_a_gpu_is_no_gpu(csv_of, parquet_of):
    assert csv_of("submit,run,gpus\n0,5,0.5\n0,5,2.0\n").faults.found["part_gpu"].lines == [2]
    assert parquet_of({"submit": [0, 0], "run": [5, 5], "gpus": [0.5, 2.0]}).gpus.tolist() == [2]
