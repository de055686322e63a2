"""Times, durations, sizes, resources and states as other programs write them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.queue.logs import LogError, read_log
from sim.queue.logs.records import CANCELLED, CODE, ENDED, MISSING, PAUSED, UNFINISHED
from sim.queue.logs.resources import gpus_of, resource, size
from sim.queue.logs.states import numbered_state, state
from sim.queue.logs.values import duration, known_zone, moment, offsets, zone

MAY = 1_714_521_600  # 2024-05-01 UTC
NOON = MAY + 43_200
HOUR = 3_600


@pytest.mark.parametrize(
    "text",
    [
        "2024-05-01 12:00:00.000000000+00:00",
        "2024-05-01 12:00:00 UTC",
        "2024-05-01 12:00:00+00",
        "2024-05-01 12:00:00 +0000",
        "2024-05-01T12:00:00.000Z",
        "2024/05/01 12:00",
        "2024-5-1 12:00:00",
        "20240501T120000Z",
        "01.05.2024 12:00",
        "1.5.2024 12:00:00",
        "1 May 2024 12:00",
        "01-May-2024 12:00:00",
        "May 1, 2024 12:00",
        "Wed May  1 12:00:00 2024",
        "Wed, 01 May 2024 12:00:00 GMT",
        "May 1 2024 12:00 PM",
    ],
)
def test_a_time_in_many_dresses(text):
    assert moment(text).seconds == NOON
    assert not moment(text).fault


def test_fractions_of_a_second_are_rounded_and_said():
    found = moment("2024-05-01 12:00:00.123456789+00:00")
    assert (found.seconds, found.rounded, found.local) == (NOON, True, False)
    assert moment("2024-05-01 11:59:59.600 UTC").seconds == NOON


@pytest.mark.parametrize(
    "text",
    ["2024-02-30", "32 May 2024", "1 Mai 2024", "2024-05-01 25:00", "12:00", "May 2024", "0:00 AM", "13/13/2024",
     "13/1/2024 13:00 PM", "2024-05.01", "2024-05-01 12:00+99:00", "yesterday", "٢٠٢٤-٠٥-٠١", "1/2/3/4"],
)  # fmt: skip
def test_what_is_no_time_is_a_fault(text):
    assert moment(text) == (MISSING, False, CODE["time"], False)


def test_day_and_month_change_places_only_where_the_text_allows_it():
    assert moment("5/1/2024 12:00").fault == CODE["ambiguous"]
    assert moment("13/5/2024").seconds == moment("5/13/2024").seconds == MAY + 12 * 86_400
    assert moment("5/5/2024").seconds == MAY + 4 * 86_400
    assert moment("5/1/24 12:00", False).seconds == moment("1/5/24 12:00", True).seconds == NOON


def test_a_file_in_which_one_date_shows_the_order_has_that_order(read_text):
    header = "submit,run,gpus\n"
    log = read_text(header + "5/1/2024 12:00,60,1\n5/13/2024 1:00 PM,60,1\n")
    assert log.submit_seconds.tolist() == [NOON, NOON + 12 * 86_400 + HOUR]
    assert read_text(header + "5/1/2024 12:00,60,1\n13/1/2024 12:00,60,1\n").submit_seconds[0] == 1_704_456_000
    with pytest.raises(LogError, match=r"day and month may change places .*: 1 record"):
        read_text(header + "5/1/2024 12:00,60,1\n")
    mapped = {"submit": "submit:month/day"}
    both = header.replace("run", "end") + "5/1/2024 12:00,5/1/2024 13:00,1\n"
    assert read_text("start," + both.replace("\n5", "\n5/1/2024 12:00,5"), columns=mapped).run_seconds.tolist() == [
        HOUR
    ]
    assert read_text(header + "5/1/2024 12:00,60,1\n", columns=mapped).submit_seconds.tolist() == [NOON]


def test_dates_of_other_kinds_of_strings_show_their_order_too(tmp_path):
    path = tmp_path / "jobs.parquet"
    times = pa.array(["5/1/2024 12:00", "5/13/2024 12:00"], pa.large_string())
    parquet.write_table(pa.table({"submit": times, "run": [60, 60], "gpus": [1, 1]}), path)
    assert read_log(path).submit_seconds.tolist() == [NOON, NOON + 12 * 86_400]


def test_dates_that_contradict_one_another_show_no_order(read_text):
    log = read_text("submit,run,gpus\n5/13/2024,60,1\n13/5/2024,60,1\n5/1/2024,60,1\n")
    assert log.faults.found["ambiguous"].lines == [4]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("0 days 02:00:00", 7_200),
        ("1 days 02:00:00.500000000", 93_601),
        ("1 day, 2:00:00", 93_600),
        ("2:00:00", 7_200),
        ("PT2H30M", 9_000),
        ("P1DT12H", 129_600),
        ("PT90S", 90),
        ("P2W", 14 * 86_400),
        ("PT0.5H", 1_800),
        ("0-0 1 2:30:0", 95_400),
        ("2h30m", 9_000),
        ("90 min", 5_400),
        ("1 day 2 hours", 93_600),
        ("500ms", 1),
        ("26:00:00", 93_600),
        ("1+02:00:00", 93_600),
        ("1-12", 129_600),
    ],
)
def test_a_duration_in_many_dresses(text, seconds):
    assert duration(text)[:2] == (seconds, 0)


@pytest.mark.parametrize(
    "text", ["UNLIMITED", "INFINITE", "NOT_SET", "Partition_Limit", "<NA>", "NaT", "-", "(null)", ""]
)
def test_texts_that_say_that_there_is_none(text):
    assert duration(text) == (MISSING, 0, False)
    assert moment(text) == (MISSING, False, 0, False) and resource(text, "gpus") == (MISSING, 0, False)


@pytest.mark.parametrize("text", ["P", "PT", "PT2X", "2 fortnights", "-1 day, 2:00:00", "h", "1 day and", "P1Y"])
def test_what_is_no_duration_is_a_fault(text):
    assert duration(text) == (MISSING, CODE["duration"], False)


@pytest.mark.parametrize(
    ("text", "value"),
    [("8", 8), ("1,024", 1_024), ("1'024", 1_024), ("1K", 1_024), ("1.5k", 1_536), ("1,234,567", 1_234_567)],
)
def test_sizes_have_separators_and_suffixes(text, value):
    assert size(text) == (value, 0, False)


@pytest.mark.parametrize("text", ["1,02", "K", "1KK", "8 GPUs", "1_0", ""])
def test_sizes_that_are_none(text):
    value, fault, _ = size(text)
    assert value == MISSING and bool(fault) == bool(text)


@pytest.mark.parametrize(
    ("text", "gpus"),
    [
        ("gres:gpu:a100:2", 2),
        ("gpu:a100=4", 4),
        ("gres/gpu:nvidia_h100=8", 8),
        ("gres/gpu:2080ti=3", 3),
        ("gpu:3090:2", 2),
        ("gpu(2)", 2),
        ("gpu:a100(2)", 2),
        ("gpu:4(IDX:0-3)", 4),
        ("gpu:a100:2(IDX:0,3),gpu:h100:1(IDX:1)", 3),
        ("gpu:a100:2,gpu:h100:1", 3),
        ("gpu:a100:2;gpu:h100:1", 3),
        ("ngpus=4", 4),
        ("cpu=8 mem=4G gres/gpu=2", 2),
        ("cpu=1.5K,gres/gpu=1K,node=128", 1_024),
        ("nvidia.com/gpu=4", 4),
        ('{"gpu": 4}', 4),
        ("select=2:ncpus=8:ngpus=4+1:ngpus=1", 9),
        ("nodes=2:ppn=8:gpus=4", 8),
        ("GRES/GPU=4", 4),
        ("gres/gpu:a100_1g.5gb=2", 2),
        ("gres/gpu=4,gres/gpumem=80G,gres/gpuutil=90", 4),
        ("gpu", 1),
        ("gpu:a100", 1),
        ("gpu:0", 0),
        ("billing=8,cpu=4,mem=80G,node=1", 0),
    ],
)
def test_a_list_of_resources_in_every_spelling(text, gpus):
    assert resource(text, "gpus") == (gpus, 0, False)


@pytest.mark.parametrize(
    "text",
    ["gpu:", "gpu=", "gpu=a100", "gpu:-1", "gpu:1.5", "gpu:4x", "gres/gpu:1:a100:x", "2 gpus", "4xA100", "a100:4",
     "tesla=2", "gpu=1:2", "gres/gpu=,cpu=4", "select=2:ngpus=x", "cpu=4,nvidia=2", "1=4,1001=2"],
)  # fmt: skip
def test_a_text_that_names_a_gpu_and_cannot_be_read_is_a_fault(text):
    assert resource(text, "gpus") == (MISSING, CODE["resources"], False)
    assert gpus_of(text)[1] > 0


def test_resources_of_a_table_are_read(read_text):
    log = read_text('submit,run,tres_alloc_str,cpus\n0,5,"cpu=4,gres/gpu=2",4\n1,5,cpu=4,4\n2,5,gpu:x=y=z,4\n')
    assert log.gpus.tolist() == [2]
    assert log.faults.found["no_gpus"].lines == [3] and log.faults.found["resources"].lines == [4]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        *((word, UNFINISHED) for word in ("RUNNING", "pending", "Queued", "R", "PD", "In Progress", "JOB_PENDING")),
        *((word, CANCELLED) for word in ("CANCELLED by 1000", "CANCELLED+", "Canceled", "CA", "['CANCELLED']")),
        *((word, PAUSED) for word in ("REQUEUED", "RESIZING")),
        *((word, ENDED) for word in ("COMPLETED", "FAILED", "Pass", "Killed", "TIMEOUT", "NODE_FAIL", "", "0", "?")),
    ],
)  # fmt: skip
def test_states_in_words(text, meaning):
    assert state(text) == meaning


@pytest.mark.parametrize(
    ("number", "meaning"),
    [(0, UNFINISHED), (1, UNFINISHED), (2, UNFINISHED), (3, ENDED), (4, CANCELLED), (5, ENDED), (6, ENDED), (7, ENDED),
     (8, ENDED), (11, ENDED), (0x8003, ENDED), (0x4001, UNFINISHED), (0x400, PAUSED), (0x2000, PAUSED)],
)  # fmt: skip
def test_states_in_the_numbers_of_slurms_database(number, meaning):
    assert numbered_state(str(number)) == numbered_state(f"{number}.0") == meaning


def test_zones_may_be_offsets():
    assert known_zone("-05:00") and known_zone("+0530") and not known_zone("+25:00") and not known_zone("../etc/passwd")
    assert offsets(np.array([0, NOON]), "-05:00").tolist() == [-5 * HOUR] * 2
    assert zone("+02:00").utcoffset(None).total_seconds() == 2 * HOUR
