"""`sacct --json`: the same jobs as from `sacct --parsable2`, in every shape that Slurm writes."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.cli import main
from sim.cli.logs import WORDS
from sim.queue.logs import LogError, read_log
from sim.queue.logs.reader import CHOICES

MAY = 1_714_521_600  # 2024-05-01 UTC


def number(value: int | None, infinite: bool = False) -> dict[str, Any]:
    """A number as the data parsers of Slurm write one that may be missing."""
    return {"set": value is not None, "infinite": infinite, "number": value or 0}


def job(**changes: Any) -> dict[str, Any]:
    """A job of an hour on two GPUs as the data parser v0.0.40 writes it; a change of None takes an entry away."""
    whole = {
        "account": "physics",
        "allocation_nodes": 1,
        "array": {"job_id": 0, "limits": {"max": {"running": {"tasks": 0}}}, "task_id": number(None), "task": ""},
        "association": {"account": "physics", "cluster": "alpha", "partition": "", "user": "ann", "id": 7},
        "cluster": "alpha",
        "het": {"job_id": 0, "job_offset": number(None)},
        "job_id": 100,
        "partition": "gpu",
        "required": {"CPUs": 8, "memory_per_cpu": number(None), "memory_per_node": number(32_768)},
        "state": {"current": ["COMPLETED"], "reason": "None"},
        "steps": [{"step": {"id": "100.batch"}, "time": {"start": number(MAY), "end": number(MAY)}}],
        "time": time(),
        "tres": {"allocated": tres(cpu=8, gpu=2), "requested": tres(cpu=8, gpu=2)},
        "user": "ann",
    }
    return {name: value for name, value in (whole | changes).items() if value is not None}


def time(**changes: Any) -> dict[str, Any]:
    """Its times: ten minutes of waiting, an hour of running, a limit of two hours."""
    return {
        "elapsed": 3_600, "eligible": MAY, "end": MAY + 4_200, "start": MAY + 600, "submission": MAY, "suspended": 0,
        "limit": number(120),
    } | changes  # fmt: skip


def tres(cpu: int = 0, gpu: int = 0, typed: str = "") -> list[dict[str, Any]]:
    """What a job holds."""
    cards = {"type": "gres", "name": f"gpu:{typed}" if typed else "gpu", "id": 1001, "count": gpu}
    return [
        {"type": "cpu", "name": "", "id": 1, "count": cpu},
        {"type": "node", "name": "", "id": 4, "count": 1},
        cards,
    ]


@pytest.fixture
def log_of(tmp_path):
    """A function that reads a log of these jobs, or of this text."""

    def read(*jobs: Any, text: str | None = None, **options: Any):
        path = tmp_path / "jobs.json"
        meta = {"plugin": {"type": "openapi/slurmdbd", "data_parser": "data_parser/v0.0.40"}, "command": ["sacct"]}
        document = {"meta": meta, "jobs": list(jobs), "errors": [], "warnings": []}
        path.write_text(json.dumps(document, indent=1) if text is None else text)
        return read_log(path, **options)

    return read


def test_a_job_is_read(log_of):
    log = log_of(job())
    assert (log.format, log.start_epoch, log.faults.found) == ("sacct-json", 0, {})
    assert (log.id.tolist(), log.gpus.tolist(), log.line.tolist()) == ([100], [2], [1])
    assert (log.submit_seconds.tolist(), log.start_seconds.tolist()) == ([MAY], [MAY + 600])
    assert (log.run_seconds.tolist(), log.request_seconds.tolist()) == ([3_600], [7_200])
    assert (log.user_names, log.group_names) == (("ann",), ("physics",))


def test_it_is_the_job_that_parsable2_gives(log_of, tmp_path):
    path = tmp_path / "jobs.txt"
    path.write_text(
        "JobID|User|Account|Partition|State|Submit|Start|End|Timelimit|AllocTRES\n"
        "100|ann|physics|gpu|COMPLETED|2024-05-01T00:00:00|2024-05-01T00:10:00|2024-05-01T01:10:00|02:00:00|"
        "cpu=8,gres/gpu=2,node=1\n"
    )
    one, other = log_of(job()), read_log(path)
    for name in ("id", "submit_seconds", "start_seconds", "run_seconds", "request_seconds", "gpus", "user", "group"):
        assert getattr(one, name).tolist() == getattr(other, name).tolist(), name


@pytest.mark.parametrize(
    "changes",
    [
        # v0.0.37 and v0.0.38: plain numbers and null
        {"state": {"current": "COMPLETED"}, "time": time(limit=120), "array": {"job_id": 0, "task_id": None}},
        {"het": {"job_id": 0, "job_offset": None}, "tres": {"allocated": tres(gpu=2)}},
        # with the flag `complex`: the numbers of v0.0.42 are plain, what is infinite is a text
        {"time": time(start=number(MAY + 600), end=number(MAY + 4_200), submission=number(MAY))},
        {"state": "COMPLETED", "cluster": None, "account": None, "user": None},
        {"association": None, "required": None, "array": None, "het": None, "steps": None},
        {"tres": {"allocated": tres(gpu=2, typed="a100")}},
        {"tres": {"allocated": "cpu=8,gres/gpu=2"}},
        {"tres": {"allocated": [*tres(gpu=2), {"type": "gres/gpu", "name": "h100", "count": number(2)}]}},
        {"tres": {"allocated": [], "requested": tres(gpu=2)}},
        {"time": time(elapsed=number(3_600), eligible=4_294_967_294)},
        {"state": {"current": ["COMPLETED", "RECONFIG_FAIL"]}},
        {"comment": {"job": 'a "quoted" | one\nwith lines, [brackets] and {braces}'}, "name": "x|y"},
    ],
)
def test_every_data_parser_gives_the_same_job(log_of, changes):
    log = log_of(job(**changes))
    assert log.faults.found == {}
    assert [log.id[0], log.gpus[0], log.submit_seconds[0], log.run_seconds[0], log.request_seconds[0]] == (
        [100, 2, MAY, 3_600, 7_200]
    )


@pytest.mark.parametrize("limit", [number(None), number(0, infinite=True), None, "Infinity", "UNLIMITED"])
def test_no_time_limit(log_of, limit):
    with pytest.raises(LogError, match="no time limit"):
        log_of(job(time=time(limit=limit)))
    assert log_of(job(time=time(limit=limit)), no_request="run").request_seconds.tolist() == [3_600]


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"array": {"job_id": 90, "task_id": number(3)}}, "90_3"),
        ({"array": {"job_id": 90, "task_id": number(0)}}, "90_0"),
        ({"array": {"job_id": 90, "task_id": 0}}, "90_0"),
        ({"array": {"job_id": 90, "task_id": number(None), "task": "1-5"}}, "100"),
        ({"het": {"job_id": 80, "job_offset": number(1)}}, "80+1"),
        ({"job_id": number(7)}, "7"),
    ],
)
def test_tasks_of_arrays_and_components_have_the_names_that_sacct_gives(log_of, changes, name):
    assert [str(each) for each in log_of(job(**changes)).id] == [name]


def test_what_has_not_ended_never_ran_or_holds_no_gpu_is_left_out(log_of):
    log = log_of(
        job(job_id=1),
        job(job_id=2, state={"current": ["RUNNING"]}, time=time(end=0)),
        job(job_id=3, state={"current": ["PENDING"]}, time=time(start=0, end=0, elapsed=0)),
        job(job_id=4, state={"current": ["CANCELLED"]}, time=time(start=0, end=MAY + 50, elapsed=0)),
        job(job_id=5, tres={"allocated": tres(cpu=8)[:2]}),
        job(job_id=6, time=time(submission=0)),
    )
    found = {kind: finding.lines for kind, finding in log.faults.found.items()}
    assert log.id.tolist() == [1]
    assert found == {"unfinished": [2, 3], "cancelled": [4], "no_gpus": [5], "no_submit": [6]}


@pytest.mark.parametrize(("count", "size"), [("nodes", 3), ("cpus", 24)])
def test_nodes_or_processors_may_be_counted(log_of, count, size):
    held = [{"type": "cpu", "name": "", "count": 24}, {"type": "node", "name": None, "count": 3}]
    assert log_of(job(tres={"allocated": held}, allocation_nodes=3), count=count).gpus.tolist() == [size]


def test_partitions_and_dates_are_chosen_as_elsewhere(log_of):
    jobs = [job(job_id=1), job(job_id=2, partition="big"), job(job_id=3, time=time(submission=MAY + 90))]
    assert log_of(*jobs, partitions=["big"]).id.tolist() == [2]
    assert log_of(*jobs, since="2024-05-01T00:01:00").id.tolist() == [3]


def later(n: int) -> dict[str, Any]:
    """Another sound job."""
    return job(job_id=200 + n)


def test_what_is_no_job_is_a_fault_with_its_place(log_of):
    log = log_of(
        job(), None, 7, "text", [1], {"job_id": 9}, job(job_id=8, time=time(start="soon")), *map(later, range(9))
    )
    found = {kind: finding.lines for kind, finding in log.faults.found.items()}
    assert found == {"columns": [2, 3, 4, 5], "unfinished": [6], "time": [7]}


def test_many_jobs_keep_their_places(log_of, monkeypatch):
    monkeypatch.setattr("sim.queue.logs.sacct_json._BLOCK_JOBS", 7)
    jobs = [job(job_id=n) for n in range(50)]
    jobs[40] = None
    log = log_of(*jobs)
    assert (log.line == log.id + 1).all()
    assert log.faults.found["columns"].lines == [41]


def test_several_documents_in_a_row_packed_and_with_a_byte_order_mark(tmp_path):
    path = tmp_path / "year.json.gz"
    months = "\ufeff" + "\n".join(json.dumps({"jobs": [job(job_id=n)], "meta": {}}) for n in (1, 2, 3))
    path.write_bytes(gzip.compress(months.encode()))
    assert read_log(path).id.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('{"meta": {}, "jobs": [', "is broken JSON from line 1 on; was it cut short?"),
        ('{"jobs": [{"time": {"submission": 1}}\n', "is broken JSON from line 2 on; was it cut short?"),
        ('{"jobs": [{"time":\n {"submission": 1}}] "x" 3}', "is broken JSON from line 2 on; was it cut short?"),
        ('{"jobs": [{"time": {"submission": 1}}]} x', "is broken JSON from line 1 on; was it cut short?"),
        ('{"jobs": ["submission", ' + "[" * 100_000, "is broken JSON: a number or a nesting without end"),
        ('{"jobs": ["submission", ' + "9" * 10_000 + "]}", "is broken JSON: a number or a nesting without end"),
        ('{"jobs": {"submission": 1}}', 'has no list "jobs"; make the log with sacct --allusers --json'),
        ('{"jobs": [], "meta": {}}', "holds no record (sacct-json)"),
        ("\n", 'has no list "jobs"; make the log with sacct --allusers --json'),
    ],
)
def test_a_broken_file_gets_a_sentence(log_of, text, fault):
    with pytest.raises(LogError) as refused:
        log_of(text=text, format="sacct-json")
    assert refused.value.faults == [fault]


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_no_text_ends_in_a_traceback(tmp_path_factory, data):
    whole = json.dumps({"jobs": [job(), job(job_id=101)]})
    at = data.draw(st.integers(0, len(whole)))
    put = data.draw(
        st.sampled_from(["", '"', "}", "]", "NaN", "Infinity", "1e999", "\\ud800", "\\u0000", "\x01", "-7"])
    )
    path = tmp_path_factory.mktemp("json") / "jobs.json"
    path.write_text(whole[:at] + put + whole[at + data.draw(st.integers(0, 3)) :])
    try:
        log = read_log(path, format="sacct-json")
    except LogError:
        return
    assert (log.run_seconds > 0).all()
    assert (log.submit_seconds >= 0).all()


def test_the_command_reads_it(tmp_path, capsys):
    path = tmp_path / "jobs.json"
    path.write_text(json.dumps({"jobs": [job()]}))
    assert main(["replay", str(path), "--gpus", "8", "--format", "sacct-json"]) == 0
    assert "sacct-json, 1 records read, 1 jobs accepted" in capsys.readouterr().out
    assert WORDS["format"] == CHOICES["format"]
