"""A gallery of logs with something wrong: what is kept, and the sentences that say what was not.

The logs lie in `logs/`; what cannot lie in a folder of small files is made here. A log that is refused keeps no job. No
reading ends in a traceback, and none in a schedule that nobody was warned of.
"""

from __future__ import annotations

import gzip
import os
from pathlib import Path

import pytest

from sim.cli import main
from sim.queue.logs import LogError, read_log
from sim.queue.logs.problems import FORMS
from sim.queue.logs.sacct import EXAMPLE
from sim.queue.logs.source import LONGEST_LINE

HERE = Path(__file__).parent / "logs"
ZONE = "Europe/Berlin"
NO_LIMIT = "no time limit: the run time stands in: the scheduler then knows run times exactly"

UNKNOWN = "line 1 begins like no format that is known; --format names it: swf, sacct, sacct-json, csv, parquet"

# file: jobs that are kept (none: the log is refused), and what is reported
GALLERY: dict[str, tuple[str, list[str]]] = {
    "binary.swf": ("", ["is binary, no log in SWF, sacct, CSV or Parquet"]),
    "byte_order_mark.csv": (
        "1",
        [f"{NO_LIMIT}: 1 record (line 2)"],
    ),
    "cancelled_before_it_ran.swf": ("1 3", ["cancelled before it ran: 2 records (lines 4, 5)"]),
    "column_misspelt.csv": ("", ["no column 'submit'; did you mean --column submit=submitt?"]),
    "columns_missing.csv": (
        "",
        ["no column 'gpus'; name it: --column gpus=NAME; there are: number, submit_time, runtime"],
    ),
    "columns_missing.sacct": (
        "",
        [
            "line 1 names no column Submit, End and AllocTRES or AllocGRES or ReqTRES or ReqGRES; "
            f"make the log with {EXAMPLE}"
        ],
    ),
    "cpu_log.sacct": (
        "",
        [
            "no job is left to replay",
            "uses no GPUs (--count nodes or cpus counts these in a sacct log): 1 record (line 2)",
        ],
    ),
    "empty.swf": ("", ["is empty"]),
    "empty_lines_and_comments.swf": ("1 2", []),
    "ends_before_it_starts.csv": (
        "1",
        [
            "end before start: 1 record (line 3)",
            f"{NO_LIMIT}: 1 record (line 2)",
        ],
    ),
    "fields_missing.csv": (
        "1 4 5",
        [
            "not the columns of this format: 2 records (lines 3, 4)",
            f"{NO_LIMIT}: 3 records (lines 2, 5, 6)",
        ],
    ),
    "fractions.swf": ("1 2 3", ["fractions, rounded to whole seconds: 1 record (line 4)"]),
    "fractions_everywhere.swf": ("1 2 3 4", ["fractions, rounded to whole seconds: 4 records (lines 3, 4, 5, 6)"]),
    "good.csv": ("a b", []),
    "good.sacct": (
        "1 2_4 3+0 3+1",
        [
            "step of a job, counted with the job: 2 records (lines 3, 4)",
            "ran longer than requested: run time cut to the request: 1 record (line 5)",
        ],
    ),
    "good.swf": ("1 2 3", []),
    "header_only.csv": ("", ["holds no record (csv)"]),
    "header_only.sacct": ("", ["holds no record (sacct)"]),
    "header_only.swf": ("", ["holds no record (swf)"]),
    "larger_by_request.swf": (
        "1 3",
        [
            "more GPUs than the machine has: 1 record (line 4)",
            "size asked for is missing: size used stands in: 2 records (lines 3, 5)",
        ],
    ),
    "larger_than_the_machine.swf": (
        "1 2 4",
        [
            "more GPUs than the machine has: 1 record (line 5)",
            "size asked for is missing: size used stands in: 3 records (lines 3, 4, 6)",
        ],
    ),
    "milliseconds.swf": (
        "",
        ["no job is left to replay", "a number too large for seconds or GPUs (milliseconds?): 2 records (lines 2, 3)"],
    ),
    "mostly_rubbish.swf": (
        "",
        ["more lines are broken than good: is it swf?", "not the columns of this format: 3 records (lines 4, 5, 6)"],
    ),
    "negative_submission.swf": ("1 3", ["submission before second 0: 1 record (line 4)"]),
    "no_last_newline.swf": ("1 2", []),
    "no_processors.swf": (
        "1 3",
        [
            "no GPUs asked for: 2 records (lines 4, 5)",
            "size asked for is missing: size used stands in: 2 records (lines 3, 6)",
        ],
    ),
    "not_a_number.swf": ("1 6 3", ["NaN or infinity where a number belongs: 2 records (lines 4, 5)"]),
    "not_utf8.csv": (
        "1 3",
        [
            "bytes that are no UTF-8 text (iconv -f latin1 -t utf-8 FILE makes it): 1 record (line 3)",
            f"{NO_LIMIT}: 2 records (lines 2, 4)",
        ],
    ),
    "number_twice.swf": ("1 2 3", ["the number of an earlier job again: 1 record (line 5)"]),
    "numbers_beyond_any_clock.swf": (
        "1 6 7 8",
        ["a number too large for seconds or GPUs (milliseconds?): 3 records (lines 4, 5, 6)"],
    ),
    "parts_of_a_job.swf": (
        "1 3",
        ["part of a job recorded elsewhere (status 2, 3, 4): 2 records (lines 4, 5)"],
    ),
    "processors_negative.swf": (
        "1 3",
        [
            "a negative number of GPUs: 1 record (line 4)",
            "size asked for is missing: size used stands in: 2 records (lines 3, 5)",
        ],
    ),
    "processors_requested.swf": ("1 2 3", ["size asked for is missing: size used stands in: 1 record (line 5)"]),
    "prose.txt": ("", [UNKNOWN]),
    "quotation_mark_left_open.csv": (
        "1 3 4",
        [
            "a quotation mark left open: 1 record (line 3)",
            f"{NO_LIMIT}: 3 records (lines 2, 4, 5)",
        ],
    ),
    "request_missing.swf": ("1 3", ["no time limit (--no-request run takes the run time): 1 record (line 4)"]),
    "run_beyond_request.swf": ("1 2 3", ["ran longer than requested: run time cut to the request: 1 record (line 4)"]),
    "run_time_missing.swf": ("1 3", ["no run time: 1 record (line 4)"]),
    "run_time_negative.swf": ("1 3", ["end before start: 1 record (line 4)"]),
    "run_time_of_nothing.swf": ("1 3", ["run time of 0 seconds: 1 record (line 4)"]),
    "semicolons.csv": ("", ["line 1 has no ',' between names of columns; did you mean --delimiter ';'?"]),
    "size_unknown.swf": ("1 2", []),
    "summer_time_ends.sacct": (
        "2 1",
        [
            f"{NO_LIMIT}: 2 records (lines 2, 3)",
            "hour that the end of summer time repeats: taken as the earlier that is possible: 1 record (line 2)",
            "hour that the beginning of summer time leaves out: 1 record (line 3)",
            "submitted before a record above it: sorted by submission: 1 record (line 3)",
        ],
    ),
    "text_for_a_number.swf": ("1 5 3", ["a text where a number belongs: 1 record (line 4)"]),
    "too_few_columns.swf": ("1 5 3", ["not the columns of this format: 1 record (line 4)"]),
    "too_many_columns.swf": ("1 5 3", ["not the columns of this format: 1 record (line 4)"]),
    "unfinished.sacct": (
        "1 5",
        [
            "not ended: 2 records (lines 3, 4)",
            "cancelled before it ran: 1 record (line 5)",
            "uses no GPUs (--count nodes or cpus counts these in a sacct log): 1 record (line 9)",
            "no time limit (--no-request run takes the run time): 2 records (lines 7, 8)",
        ],
    ),
    "unsorted.swf": (
        "1 2 4 3",
        ["submitted before a record above it: sorted by submission: 3 records (lines 4, 5, 6)"],
    ),
    "utf16.csv": ("", ["is saved as UTF-16; save it as plain UTF-8"]),
    "windows_lines.swf": ("1 2 3", []),
    "words.txt": ("", [UNKNOWN]),
    "wrong_values.csv": (
        "1 8 10 11 12 13 14",
        [
            "a text where a number belongs: 1 record (line 7)",
            "NaN or infinity where a number belongs: 1 record (line 6)",
            "a number too large for seconds or GPUs (milliseconds?): 1 record (line 10)",
            "no time of submission: 1 record (line 8)",
            "a negative number of GPUs: 1 record (line 4)",
            "uses no GPUs (--count nodes or cpus counts these in a sacct log): 1 record (line 3)",
            "no run time: 1 record (line 5)",
            f"{NO_LIMIT}: 7 records (lines 2, 9, 11, 12, 13, ...)",
        ],
    ),
    "wrong_values.sacct": (
        "1 9 10 11 12 13",
        [
            "not the columns of this format: 1 record (line 9)",
            f"a text that is no time: 2 records (lines 3, 4); {FORMS['time']}",
            f"a text that is no duration: 1 record (line 5); {FORMS['duration']}",
            f"a text that lists no resources: 1 record (line 6); {FORMS['resources']}",
            "no time of submission: 1 record (line 8)",
            "end before start: 1 record (line 7)",
            "start before submission: start left out, run time kept: 1 record (line 10)",
        ],
    ),
}
FAULTY = {
    name
    for name, (_, found) in GALLERY.items()
    if any(
        sentence.startswith(
            (
                *("not the columns", "bytes that", "a quotation mark", "a text", "NaN", "a number", "no job number"),
                *(
                    "no time of",
                    "submission before",
                    "a negative",
                    "no GPUs asked",
                    "end before",
                    "more GPUs",
                    "the number",
                ),
            )
        )
        for sentence in found
    )
}


def read(path: Path, **options: object) -> tuple[str, list[str]]:
    """The jobs that are kept, and what is reported, each sentence a single printable line."""
    try:
        log = read_log(path, time_zone=ZONE, **options)
    except LogError as error:
        jobs, found = "", error.faults
    else:
        jobs = " ".join(str(name) for name in log.id.tolist())
        found = [sentence for verdict in ("fault", "left_out", "changed") for sentence in log.faults.sentences(verdict)]
    assert all(sentence.isprintable() and len(sentence) < 1000 for sentence in found)
    return jobs, found


@pytest.mark.parametrize("name", GALLERY)
def test_each_log_keeps_its_sound_jobs_and_reports_the_rest(name: str) -> None:
    assert read(HERE / name) == GALLERY[name]


def test_every_log_of_the_gallery_is_in_the_table() -> None:
    assert {path.name for path in HERE.iterdir()} == set(GALLERY)


@pytest.mark.parametrize("name", sorted(FAULTY))
def test_on_error_refuse_refuses_what_has_a_fault(name: str) -> None:
    jobs, found = read(HERE / name, on_error="refuse")
    assert jobs == ""
    assert set(found) <= set(GALLERY[name][1])


@pytest.mark.parametrize("name", sorted(set(GALLERY) - FAULTY))
def test_on_error_refuse_takes_what_has_none(name: str) -> None:
    assert read(HERE / name, on_error="refuse")[0] == GALLERY[name][0]


@pytest.mark.parametrize("name", GALLERY)
def test_the_command_refuses_with_a_sentence_and_a_code(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    zone = ["--time-zone", ZONE] if name.endswith(".sacct") else []  # the others have seconds
    code = main(["replay", str(HERE / name), "--gpus", "8", *zone])
    out, err = capsys.readouterr()
    assert code == (0 if GALLERY[name][0] else 2)
    assert "Traceback" not in out + err
    assert bool(err) == bool(code)
    for sentence in GALLERY[name][1]:
        assert sentence in out + err


# ------------------------------------------------------------------------------- what no folder of small files can hold

GOOD = (HERE / "good.swf").read_bytes()


def faults_of(path: Path) -> list[str]:
    """The sentences of a log that must be refused."""
    jobs, found = read(path)
    assert jobs == ""
    return found


def written(folder: Path, content: bytes, name: str = "log.swf") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content)
    return path


def test_a_missing_file_a_folder_a_device_and_no_name(tmp_path: Path) -> None:
    assert faults_of(tmp_path / "nothing.swf") == ["no such file"]
    assert faults_of(tmp_path) == ["is a folder; name a file (SWF, sacct, CSV or Parquet)"]
    assert faults_of(Path("/dev/zero")) == ["is a device; name a file (SWF, sacct, CSV or Parquet)"]
    with pytest.raises(LogError, match="no file is named"):
        read_log("")
    with pytest.raises(LogError, match="no path can hold these characters"):
        read_log("a\0b")


def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert faults_of(tmp_path / "pipe") == ["is a pipe; name a file (SWF, sacct, CSV or Parquet)"]


def test_a_packed_log_that_breaks_off_keeps_what_there_is_and_says_so(tmp_path: Path) -> None:
    row = GOOD.splitlines()[-1].decode().split()
    many = b"".join(" ".join([str(n), *row[1:]]).encode() + b"\n" for n in range(1, 9_000))
    path = written(tmp_path, gzip.compress(b"; MaxProcs: 8\n" + many)[:-2_000], "log.swf.gz")
    log = read_log(path)
    [early, cut] = log.faults.sentences("fault")
    assert early == "the gzip file ends early"
    assert cut == f"cut off where the file breaks off: 1 record (line {log.line[-1] + 1})"
    assert 0 < len(log) < 9_000
    assert faults_of_refusing(path) == [early, cut]


def faults_of_refusing(path: Path) -> list[str]:
    """The sentences where every fault refuses the log."""
    jobs, found = read(path, on_error="refuse")
    assert jobs == ""
    return found


def test_a_packed_log_whose_bytes_were_changed_is_not_believed(tmp_path: Path) -> None:
    packed = bytearray(gzip.compress(GOOD))
    packed[-6] ^= 1  # of the check sum
    assert faults_of(written(tmp_path, bytes(packed), "log.swf.gz")) == ["is a damaged gzip file"]


def test_a_packed_log_of_several_members_with_padding(tmp_path: Path) -> None:
    head, tail = GOOD[:60], GOOD[60:]
    path = written(tmp_path, gzip.compress(head) + gzip.compress(tail) + bytes(512), "log.swf.gz")
    assert read(path) == ("1 2 3", [])


@pytest.mark.parametrize(
    ("start", "packing"), [(b"BZh9", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"PK\3\4", "zip")]
)
def test_other_packings_are_named(start: bytes, packing: str, tmp_path: Path) -> None:
    assert faults_of(written(tmp_path, start + b"abc")) == [
        f"is packed with {packing}; unpack it, or pack it with gzip"
    ]


def test_a_line_without_end(tmp_path: Path) -> None:
    [fault] = faults_of(written(tmp_path, b"; MaxProcs: 8\n" + b"1 " * 5 * LONGEST_LINE))
    assert fault == "line 2 has more than 1,000,000 bytes: no log"


def test_random_bytes_are_no_log_of_any_format(tmp_path: Path) -> None:
    for seed in range(20):
        noise = bytes((seed * 97 + n * n * 31 + n // 7) % 256 for n in range(999))
        path = written(tmp_path, noise)
        for form in ("auto", "swf", "sacct", "sacct-json", "csv", "parquet"):
            assert read(path, format=form)[0] == ""


def test_a_parquet_file_that_breaks_off(tmp_path: Path) -> None:
    [fault] = faults_of(written(tmp_path, b"PAR1" + bytes(300)))
    assert fault.startswith("is no sound Parquet file: ")


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        (
            {"format": "sxf"},
            "format = 'sxf': must be one of 'auto', 'swf', 'sacct', 'sacct-json', 'csv', 'parquet'; "
            "did you mean 'swf'?",
        ),
        ({"on_error": "refuze"}, "on_error = 'refuze': must be one of 'report', 'refuse'; did you mean 'refuse'?"),
        ({"gpus": 0}, "gpus = 0: must be at least 1 GPU"),
        ({"since": "May"}, "since = 'May': write a date as 2024-05-01 (or with T12:00:00), or seconds"),
        ({"until": "2024-05-01"}, "until = '2024-05-01': the log does not date its second 0; write seconds"),
        ({"partitions": ["gpu"]}, "an SWF log numbers its partitions and queues; write a whole number"),
    ],
)
def test_choices_that_make_no_sense(options: dict[str, object], fault: str) -> None:
    assert read(HERE / "good.swf", **options) == ("", [fault])


def test_a_time_zone_that_is_none_gets_the_nearest() -> None:
    with pytest.raises(LogError, match="no time zone 'Europe/Belrin'; did you mean 'Europe/Berlin'"):
        read_log(HERE / "good.sacct", time_zone="Europe/Belrin")
