"""The column that a table lacks is asked for with one that holds such values; `--delimiter` says what is a table."""

from __future__ import annotations

import pyarrow as pa
import pytest
from pyarrow import parquet

from sim.cli import main
from sim.queue.logs import LogError, read_log
from sim.queue.logs.problems import FORMS, Faults
from sim.queue.logs.reader import _recognised
from sim.queue.logs.source import Source


@pytest.fixture
def faults_of(tmp_path):
    """A function that gives the sentences by which a text is refused."""

    def faults(text: str, name: str = "jobs.csv", **options) -> list[str]:
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(LogError) as refused:
            read_log(path, **options)
        return refused.value.faults

    return faults


@pytest.mark.parametrize(
    ("names", "first", "near"),
    [
        ("gpu_type,gpu_total", "V100,8", "gpu_total"),
        ("gpus_used,my_devices", "x,8", "my_devices"),
        ("gpu_util,gpu_amount", "60.8,8", "gpu_amount"),
        ("accelerators", "8", "accelerators"),
    ],
)
def test_a_proposed_column_of_gpus_holds_whole_numbers(names, first, near, faults_of):
    assert faults_of(f"id,submit,run,{names}\n1,0,5,{first}\n2,0,5,{first}\n") == [
        f"no column 'gpus'; did you mean --column gpus={near}?"
    ]


@pytest.mark.parametrize("cell", ["V100", "", "0.5", "none"])
def test_a_column_that_does_not_is_only_listed(cell, faults_of):
    assert faults_of(f"id,submit,run,gpu_kind\n1,0,5,{cell}\n2,0,5,{cell}\n") == [
        "no column 'gpus'; name it: --column gpus=NAME; there are: id, submit, run, gpu_kind"
    ]


@pytest.mark.parametrize(
    ("names", "first", "near"),
    [
        ("submitted_by,creation_time", "ann,2024-05-01", "creation_time"),
        ("queued_by,queued_at", "ann,2024-05-01T00:00:00Z", "queued_at"),
        ("submit_host,submit_ts", "n1,1714521600", "submit_ts"),
    ],
)
def test_a_proposed_time_is_a_time(names, first, near, faults_of):
    assert faults_of(f"run,gpus,{names}\n5,1,{first}\n") == [
        f"no column 'submit'; did you mean --column submit={near}?"
    ]


def test_start_end_and_run_are_proposed_likewise(faults_of):
    text = "submit,gpus,start,completed_by,completion\n0,1,5,ann,2024-05-01\n"
    assert faults_of(text) == ["no column 'end'; did you mean --column end=completion?"]
    text = "submit,gpus,running_on,run_h\n0,1,n1,1:00:00\n"
    assert faults_of(text) == ["no column 'run' (or start and end); did you mean --column run=run_h?"]


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        ("start_ts,end_ts", "did you mean --column start=start_ts --column end=end_ts?"),
        ("began,running_gpu_num,begin_ts,finish_ts", "did you mean --column start=begin_ts --column end=finish_ts?"),
        ("end_ts,run_count,run_s", "did you mean --column run=run_s?"),
        (
            "running_gpu_num,nodes_run",
            "name it: --column run=NAME; there are: submit, gpus, running_gpu_num, nodes_run",
        ),
    ],
)
def test_a_run_time_is_a_start_and_an_end_and_no_count(names, hint, faults_of):
    row = ",".join(["0", "1", *("7" for _ in names.split(","))])
    assert faults_of(f"submit,gpus,{names}\n{row}\n") == [f"no column 'run' (or start and end); {hint}"]


def test_the_first_values_of_parquet_count_as_well(tmp_path):
    path = tmp_path / "jobs.parquet"
    times = pa.array([0, None], pa.timestamp("ms"))
    columns = {
        "run": [5, 6],
        "gpu_name": ["V100", None],
        "gpu_amount": [None, 8],
        "created": times,
        "create_host": ["n", "n"],
    }
    parquet.write_table(pa.table(columns), path)
    with pytest.raises(LogError) as refused:
        read_log(path)
    assert refused.value.faults == [
        "no column 'submit'; did you mean --column submit=created?",
        "no column 'gpus'; did you mean --column gpus=gpu_amount?",
    ]


def test_a_parquet_table_without_rows_lists_its_columns(tmp_path):
    path = tmp_path / "jobs.parquet"
    parquet.write_table(pa.table({"submit": [0], "run": [1], "gpu_amount": [2]}).slice(0, 0), path)
    with pytest.raises(LogError) as refused:
        read_log(path)
    assert refused.value.faults == ["no column 'gpus'; name it: --column gpus=NAME; there are: submit, run, gpu_amount"]


@pytest.mark.parametrize(
    ("mark", "given"),
    [(";", ";"), ("|", "|"), ("\t", "\\t"), ("\t", "tab"), ("\t", "\t"), (":", ":"), ("^", "^"), (" ", " ")],
)
@pytest.mark.parametrize("name", ["jobs.txt", "jobs", "jobs.log", "jobs.csv"])
def test_a_delimiter_makes_a_text_a_csv_file(mark, given, name, tmp_path):
    path = tmp_path / name
    path.write_text("jobid,submit,run,gpus\n7,0,5,2\n8,9,5,1\n".replace(",", mark))
    log = read_log(path, delimiter=given)
    assert (log.format, log.id.tolist(), log.gpus.tolist()) == ("csv", [7, 8], [2, 1])


def test_a_delimiter_leaves_sacct_and_parquet_what_they_are(tmp_path):
    text, table = tmp_path / "jobs.txt", tmp_path / "jobs"
    text.write_text("JobID|Submit|Start|End|Timelimit|AllocTRES\n1|5|6|9|01:00|gres/gpu=2\n")
    parquet.write_table(pa.table({"submit": [0], "run": [1], "gpus": [2]}), table)
    for path, form in ((text, "sacct"), (table, "parquet")):
        source = Source(path, Faults())
        assert _recognised(source, "|") == form
        source.close()


@pytest.mark.parametrize("mark", ["", "ab", '"', "\n", "é"])
def test_a_delimiter_that_is_none(mark, faults_of):
    [fault] = faults_of("submit,run,gpus\n0,5,1\n", delimiter=mark, format="csv")
    assert fault.endswith("must be a single character, or tab")


@pytest.mark.parametrize(("mark", "shown"), [(";", "';'"), ("\t", "tab"), ("|", "'|'")])
def test_a_table_with_another_mark_gets_it(mark, shown, faults_of):
    text = "id,submit,run,gpus\n7,0,5,2\n".replace(",", mark)
    for name in ("jobs.csv", "jobs.txt", "jobs"):
        assert faults_of(text, name) == [
            f"line 1 has no ',' between names of columns; did you mean --delimiter {shown}?"
        ]


def test_the_command_takes_tab(tmp_path, capsys):
    path = tmp_path / "jobs"
    path.write_text("submit\trun\tgpus\n0\t5\t1\n")
    assert main(["replay", str(path), "--gpus", "4", "--delimiter", "tab"]) == 0
    assert "csv, 1 records read, 1 jobs accepted" in capsys.readouterr().out


GOOD = "0,6,1\n0,7,1\n0,8,1\n0,9,1\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("31.02.2024 12:00", ", such as '31.02.2024 12:00'"),
        ("2024-13-01T00:00:00", ", such as '2024-13-01T00:00:00'"),
        ("1 Brumaire 2024", ", such as '1 Brumaire 2024'"),
        # may be somebody's name, where another column is mapped
        ("ann", ""),
        ("s1234567", ""),
        ("ann.2.b.3", ""),
        ("a" * 50, ""),
    ],
)
def test_a_text_that_is_no_time_is_shown_with_the_forms_of_one(text, shown, tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(f"submit,run,gpus\n0,5,1\n{text},5,1\nnoon,5,1\n{GOOD}")
    assert read_log(path).faults.sentences("fault") == [
        f"a text that is no time: 2 records (lines 3, 4){shown}; {FORMS['time']}"
    ]


def test_a_text_that_is_no_duration_is_shown_likewise(tmp_path):
    path = tmp_path / "jobs.csv"
    path.write_text(f"submit,run,gpus\n0,2:30:00:00:1,1\n{GOOD}")
    assert read_log(path).faults.sentences("fault") == [
        f"a text that is no duration: 1 record (line 2), such as '2:30:00:00:1'; {FORMS['duration']}"
    ]


def test_sacct_and_parquet_show_them_as_well(tmp_path):
    text = tmp_path / "jobs.txt"
    row = "{}|5|{}|9|01:00|gres/gpu=2\n"
    text.write_text(
        "JobID|Submit|Start|End|Timelimit|AllocTRES\n" + row.format(1, "99.99.2024 7h") + row.format(2, 6) * 1
    )
    assert ", such as '99.99.2024 7h'; " in read_log(text).faults.sentences("fault")[0]
    table = tmp_path / "jobs.parquet"
    parquet.write_table(pa.table({"submit": ["0", "99.99.2024 7h", "1"], "run": [5, 5, 5], "gpus": [1, 1, 1]}), table)
    assert ", such as '99.99.2024 7h'; " in read_log(table).faults.sentences("fault")[0]
