"""The Standard Workload Format: what is read of it, on which line, and that no chunk ends where it matters."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim.queue.logs.source
from sim.queue.logs import Log, LogError, read_log

COLUMNS = ("id", "submit_seconds", "run_seconds", "request_seconds", "gpus", "user", "group", "start_seconds", "line")


def row(number, submit=0, wait=5, run=50, used=-1, asked=4, request=100, status=1, user=3, group=7, queue=-1, part=-1):
    """One line of 18 fields."""
    known = (number, submit, wait, run, used, -1, -1, asked, request, -1, status, user, group, -1, queue, part, -1, -1)
    return " ".join(map(str, known)) + "\n"


@pytest.fixture
def log_of(tmp_path):
    """A function that reads a log of this text."""

    def read(text: str | bytes, name: str = "log.swf", **options) -> Log:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return read_log(path, **options)

    return read


def same(one: Log, other: Log) -> None:
    """Both logs hold the same jobs and the same anomalies."""
    for name in COLUMNS:
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name
    assert one.faults == other.faults
    assert one.records == other.records


def test_the_columns_are_those_of_the_format(log_of):
    log = log_of("; MaxProcs: 8\n; UnixStartTime: 1000\n" + row(11, 100, 20, 30, 2, 4, 60, user=5, group=6))
    assert [getattr(log, name).tolist() for name in COLUMNS] == [[11], [100], [30], [60], [4], [5], [6], [120], [3]]
    assert (log.machine_gpus, log.start_epoch, log.format) == (8, 1000, "swf")
    assert log.wait_seconds.tolist() == [20]


def test_processors_are_those_requested_else_those_used(log_of):
    log = log_of(row(1, used=2, asked=4) + row(2, used=2, asked=-1) + row(3, used=2, asked=0))
    assert log.gpus.tolist() == [4, 2, 2]
    assert log.faults.found["gpus_from_used"].lines == [2, 3]


def test_the_machine_given_goes_before_the_headers(log_of):
    text = "; MaxProcs: 4\n" + row(1, asked=4) + row(2, asked=6)
    assert log_of(text).id.tolist() == [1]
    assert log_of(text, gpus=6).id.tolist() == [1, 2]
    assert log_of(text, gpus=6).machine_gpus == 6


def test_a_run_beyond_its_request_is_cut_or_the_request_extended(log_of):
    text = row(1, run=150, request=100)
    killed, extended = log_of(text), log_of(text, over_request="extend")
    assert (killed.run_seconds.tolist(), killed.request_seconds.tolist()) == ([100], [100])
    assert (extended.run_seconds.tolist(), extended.request_seconds.tolist()) == ([150], [150])
    assert list(killed.faults.found) == ["killed"]
    assert list(extended.faults.found) == ["extended"]


def test_the_run_time_may_stand_in_for_a_request(log_of):
    text = row(1) + row(2, request=-1, run=70)
    assert log_of(text).id.tolist() == [1]
    log = log_of(text, no_request="run")
    assert log.request_seconds.tolist() == [100, 70]
    assert log.faults.found["request_from_run"].lines == [2]


def test_partitions_and_queues_are_numbers(log_of):
    text = row(1, queue=2) + row(2, part=2) + row(3, part=3)
    assert log_of(text, partitions=["2"]).id.tolist() == [1, 2]
    assert log_of(text, partitions=["2"]).faults.found["partition"].lines == [3]


def test_dates_count_from_the_second_that_the_header_tells(log_of):
    day = 86_400
    text = "; UnixStartTime: 1714521600\n" + "".join(row(n, submit=n * day) for n in range(4))
    assert log_of(text, since="2024-05-02", until="2024-05-04").id.tolist() == [1, 2]
    assert log_of(text, since="2024-05-02T00:00:01", until=f"{3 * day}").id.tolist() == [2]
    assert log_of(text, since="2024-05-02", time_zone="America/New_York").id.tolist() == [2, 3]


def test_seconds_are_never_shifted(log_of):
    log = log_of(row(1, submit=1_600_000_007) + row(2, submit=1_600_000_009))
    assert log.submit_seconds.tolist() == [1_600_000_007, 1_600_000_009]


def test_equal_submissions_keep_the_order_of_the_log(log_of):
    log = log_of(row(5, submit=9) + row(4, submit=3) + row(3, submit=9) + row(2, submit=3))
    assert log.id.tolist() == [4, 2, 5, 3]
    assert log.line.tolist() == [2, 4, 1, 3]
    assert log.faults.found["unsorted"].count == 2


def test_the_first_of_two_equal_numbers_is_kept_also_where_the_log_is_out_of_order(log_of):
    log = log_of(row(1, submit=9) + row(2, submit=5) + row(1, submit=3))
    assert (log.id.tolist(), log.submit_seconds.tolist()) == ([2, 1], [5, 9])
    assert log.faults.found["duplicate"].lines == [3]


def test_a_packed_log_is_the_same_log(log_of):
    text = ("; MaxProcs: 8\n" + "".join(row(n, submit=n) for n in range(1, 50))).encode()
    same(log_of(text), log_of(gzip.compress(text), "packed"))


MESS = [
    *(row(1, n) for n in range(3)),
    row(2, submit="7.5"),
    row(3, run="0.2"),
    row(4, run="nan"),
    row(5, submit="1e30"),
    row(6, submit="99999999999999999999"),
    row(7, run=-1),
    row(8, status=2),
    row(9, submit=-4),
    row(10, asked=99),
    row(11, request=20),
    "; a comment\n",
    "\n",
    "   \t \n",
    "1 2 3\n",
    "text\n",
    row(12).replace(" ", "\t  "),
    "  " + row(13),
    row(14).replace("\n", "  \r\n"),
    row(15).replace("-1", "-1.0"),
    row(17, run="5-5"),
    row(18, run="1_0"),
    row(19, submit="000000000000000000000000000000000007"),
    row(20, submit="+4"),
    "\xff" + row(16),
]


@given(st.lists(st.sampled_from(MESS), max_size=60), st.integers(20, 400))
@settings(max_examples=60, deadline=None)
def test_where_a_chunk_ends_and_which_way_it_is_parsed_makes_no_difference(tmp_path_factory, lines, chunk):
    path: Path = tmp_path_factory.mktemp("mess") / "log.swf"
    path.write_text("; MaxProcs: 8\n" + row(100) + "".join(lines) + row(200, submit=10), encoding="latin1")

    def read() -> Log | list[str]:
        try:
            return read_log(path)
        except LogError as error:
            return error.faults

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("sim.queue.logs.swf._fast", lambda text, lines: None)
        by_line = read()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sim.queue.logs.source, "CHUNK_BYTES", chunk)
        in_chunks = read()
    at_once = read()
    if isinstance(at_once, list):
        assert by_line == in_chunks == at_once
    else:
        same(by_line, at_once)
        same(in_chunks, at_once)


def test_every_kind_of_number_is_read_the_same_way_at_once_and_one_by_one(log_of, monkeypatch):
    text = "".join(row(n, submit=f"{n}.{n % 7}", run=f"{n / 8:.3f}") for n in range(1, 900))
    at_once = log_of(text)
    monkeypatch.setattr("sim.queue.logs.swf._fast", lambda text, lines: None)
    same(log_of(text), at_once)
    assert at_once.run_seconds.min() == 1


def test_a_large_log_comes_in_narrow_columns_and_seconds_in_wide_ones(log_of):
    log = log_of("".join(row(n, submit=n) for n in range(1, 300)))
    assert log.id.dtype == np.int16
    assert log.submit_seconds.dtype == log.run_seconds.dtype == log.gpus.dtype == np.int64
    assert not log.submit_seconds.flags.writeable
    assert len(log.jobs()) == 299
