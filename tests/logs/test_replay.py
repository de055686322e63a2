"""A log replayed: the published schedules out of the raw log, the table of starts, and what the command says."""

from __future__ import annotations

import csv
import gzip
import json
import os
from functools import cache
from pathlib import Path

import numpy as np
import pytest

from sim.cli import main
from sim.queue.jobs import Jobs
from sim.queue.logs import Log, LogError, read_log, replay
from sim.queue.logs.report import write_starts
from sim.queue.simulate import simulate

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example.swf"
TRACES = Path(os.environ.get("HEAVYPRESS_TRACES", ROOT / ".." / "shared" / "traces"))

# The published mean bounded slowdowns of tests/validation, here from the raw log to the printed number.
PUBLISHED = [
    ("fcfs", "requested", "92.5765"),
    ("sjbf", "actual", "49.8477"),
    ("sjbf", "2x", "58.9125"),
    ("fcfs", "actual", "71.7224"),
    ("fcfs", "2x", "79.9303"),
    ("sjbf", "requested", "69.4054"),
]


def trace(name: str) -> Path:
    """A real log; skips the test where it is not at hand."""
    path = TRACES / name
    if not path.is_file():
        pytest.skip(f"no {name} in {TRACES.resolve()}: set HEAVYPRESS_TRACES to the folder of the logs")
    return path


@cache
def kth() -> Log:
    """The raw log of KTH-SP2."""
    return read_log(trace("KTH-SP2-log.swf.gz"))


def said(capsys, *arguments):
    """Exit code, standard output and standard error of one command."""
    code = main([str(a) for a in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def rows(path: Path) -> list[dict[str, str]]:
    """The rows of a table, packed or not."""
    with gzip.open(path, "rt") if path.suffix == ".gz" else path.open() as file:
        return list(csv.DictReader(file))


# ------------------------------------------------------------------------------------------------ the published log


def test_the_filter_leaves_exactly_the_published_jobs():
    table = pytest.importorskip("pyarrow.parquet").read_table(trace("sc15_kth_sp2.parquet"))
    log = kth()
    assert (log.records, len(log), log.machine_gpus) == (28_489, 28_481, 100)
    theirs = {"id": "id", "submit_seconds": "submit", "run_seconds": "runtime", "gpus": "procs"}
    for ours, name in {**theirs, "request_seconds": "requested_time", "user": "user"}.items():
        assert (getattr(log, ours) == table[name].to_numpy()).all(), ours
    assert log.faults.count("fault") == 0
    assert log.faults.found["zero_run"].count == 8


@pytest.mark.parametrize("engine", ["plain", "compiled"])
@pytest.mark.parametrize(("scan", "estimates", "published"), PUBLISHED)
def test_the_raw_log_gives_the_published_slowdown(scan, estimates, published, engine):
    rules = {"discipline": "easy", "order": "per_event", "backfill_scan": scan, "estimates": estimates}
    result = replay(kth(), **rules, engine=engine)
    assert f"{result.summary()['bounded_slowdown_mean']:.4f}" == published


def test_the_command_gives_the_published_waits(tmp_path, capsys):
    path = trace("KTH-SP2-log.swf.gz")
    table = pytest.importorskip("pyarrow.parquet").read_table(trace("sc15_kth_sp2.parquet")).to_pydict()
    out = tmp_path / "starts.csv.gz"
    code, told, _ = said(capsys, "replay", path, "--policy", "easy", "--order", "per_event", "--out", out)
    assert code == 0
    assert "92.5765" in told and "28,489 records read, 28,481 jobs accepted" in told
    starts = [(int(row["id"]), int(row["start"]) - int(row["submit"])) for row in rows(out)]
    assert starts == list(zip(table["id"], table["wait_easy"], strict=True))


def repeated(log: Log, times: int, scale: int) -> Jobs:
    """A log over and over on a machine `scale` times as large, with sizes of all kinds instead of a few."""
    jobs, rng = log.jobs(), np.random.default_rng(1)
    submit = jobs.submit_seconds - jobs.submit_seconds[0]
    turn = np.repeat(np.arange(times), len(jobs)) * (submit[-1] + 86_400)
    gpus = np.tile(jobs.gpus, times) * scale - rng.integers(0, scale, times * len(jobs))
    return Jobs(
        np.tile(submit, times) + turn, np.tile(jobs.run_seconds, times), np.tile(jobs.request_seconds, times), gpus
    )


@pytest.mark.slow
@pytest.mark.parametrize("order", ["per_instant", "per_event"])
@pytest.mark.parametrize(
    ("discipline", "scan"), [("easy", "queue"), ("easy", "sjbf"), ("fcfs", "queue"), ("sjf", "sjbf")]
)
def test_three_hundred_thousand_jobs_of_thousands_of_sizes_start_the_same_on_both_engines(discipline, scan, order):
    jobs = repeated(kth(), 11, 40)
    assert len(jobs) > 300_000 and np.unique(jobs.gpus).size > 1_000
    plain, compiled = (
        simulate(jobs, 4_000, discipline=discipline, backfill_scan=scan, order=order, engine=engine)
        for engine in ("plain", "compiled")
    )
    assert (plain.start_seconds == compiled.start_seconds).all()
    assert (plain.end_seconds == compiled.end_seconds).all()


# ------------------------------------------------------------------------------------------------ the shipped example


def test_a_replay_is_the_queue_on_the_jobs_of_the_log():
    log = read_log(EXAMPLE)
    jobs = Jobs(log.submit_seconds, log.run_seconds, log.request_seconds, log.gpus)
    for discipline in ("easy", "fcfs"):
        expected = simulate(jobs, 8, discipline=discipline)
        result = replay(log, discipline=discipline)
        assert result.start_seconds.tolist() == expected.first_start_seconds.tolist()
        assert result.end_seconds.tolist() == expected.end_seconds.tolist()


def test_what_the_summary_says_can_be_worked_out_by_hand():
    log = read_log(EXAMPLE)
    result = replay(log, discipline="fcfs")
    told = result.summary()
    work = int((log.run_seconds * log.gpus).sum())
    assert told["jobs"] == 8 and told["gpus"] == 8
    assert told["offered_load"] == pytest.approx(work / (8 * 3_300))
    assert told["utilisation"] == pytest.approx(work / (8 * told["makespan_seconds"]))
    wait = result.start_seconds - log.submit_seconds
    assert told["wait_mean_seconds"] == wait.mean()
    assert told["wait_median_seconds"] == np.median(wait)
    slowdown = np.maximum(1, (wait + log.run_seconds) / np.maximum(log.run_seconds, 10))
    assert told["bounded_slowdown_mean"] == pytest.approx(slowdown.mean())
    assert result.observed()["wait_mean_seconds"] == log.wait_seconds.mean()


def test_a_clock_of_1970_gives_the_same_waits():
    log = read_log(EXAMPLE)
    later = Log(**{**vars(log), "submit_seconds": log.submit_seconds + 1_714_521_600})
    assert (replay(later).schedule.wait_seconds == replay(log).schedule.wait_seconds).all()
    assert replay(later).start_seconds.min() == 1_714_521_600


def test_every_discipline_of_the_queue_takes_a_log():
    log = read_log(EXAMPLE)
    for discipline in ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"):
        assert (replay(log, discipline=discipline).start_seconds >= log.submit_seconds).all()


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"discipline": "esay"}, "did you mean 'easy'"),
        ({"estimates": "0.5x"}, "must be 1x to 1000x the request"),
        ({"estimates": "twice"}, "must be requested, actual, or a multiple of the request such as 2x"),
        ({"gpus": -1}, "a machine has at least 1 GPU"),
        ({"tau_seconds": 0}, "must be at least 1 second"),
    ],
)
def test_what_cannot_be_replayed_is_refused(options, fault):
    with pytest.raises(LogError, match=fault):
        replay(read_log(EXAMPLE), **options)


def test_a_machine_of_unknown_size_must_be_told(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text("submit,run,gpus\n0,5,3\n")
    with pytest.raises(LogError, match="its largest job holds 3 GPUs"):
        replay(read_log(path))


# ----------------------------------------------------------------------------------------- the table and the command


def test_the_table_has_the_names_and_seconds_of_the_log(tmp_path, capsys):
    out = tmp_path / "starts.csv"
    assert said(capsys, "replay", EXAMPLE, "--policy", "fcfs", "--out", out)[0] == 0
    table = rows(out)
    assert list(table[0]) == ["id", "submit", "start", "end", "gpus"]
    assert [row["id"] for row in table] == ["1", "2", "3", "4", "5", "6", "8", "10"]
    assert table[2] == {"id": "3", "submit": "900", "start": "7800", "end": "13200", "gpus": "8"}


def test_names_that_are_texts_come_back_as_they_are(tmp_path):
    log = tmp_path / "log.csv"
    log.write_text('id,submit,run,gpus\n12_3,0,5,1\n"a, ""b""",1,5,1\nplain,2,5,1\n')
    write_starts(replay(read_log(log), 4), tmp_path / "starts.csv")
    assert [row["id"] for row in rows(tmp_path / "starts.csv")] == ["12_3", 'a, "b"', "plain"]


def test_the_same_replay_gives_the_same_bytes(tmp_path):
    result = replay(read_log(EXAMPLE))
    for name in ("a.csv", "a.csv.gz"):
        write_starts(result, tmp_path / name)
        first = (tmp_path / name).read_bytes()
        write_starts(result, tmp_path / name)
        assert (tmp_path / name).read_bytes() == first
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.csv", "a.csv.gz"]
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == (tmp_path / "a.csv").read_bytes()


def test_a_table_that_is_not_finished_leaves_the_old_one(tmp_path, monkeypatch):
    out = tmp_path / "starts.csv"
    out.write_text("mine\n")
    result = replay(read_log(EXAMPLE))
    monkeypatch.setattr(
        "pyarrow.csv.write_csv", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device"))
    )
    with pytest.raises(LogError, match="cannot be written: no space left on device"):
        write_starts(result, out)
    assert out.read_text() == "mine\n"
    assert list(tmp_path.iterdir()) == [out]


def test_a_place_that_cannot_be_written_is_refused_before_the_work(tmp_path, capsys):
    for out, fault in (
        (tmp_path / "starts.txt", "must end in .csv or .csv.gz"),
        (tmp_path / "no" / "starts.csv", "the folder does not exist"),
        (tmp_path, "must end in .csv"),
    ):
        code, _, err = said(capsys, "replay", "nothing.swf", "--out", out)
        assert code == 2 and fault in err
    log = tmp_path / "log.csv"
    log.write_text("id,submit,run,gpus\n1,0,5,1\n")
    assert "is the log itself" in said(capsys, "replay", log, "--gpus", 4, "--out", log)[2]


def test_the_document_for_machines(capsys):
    code, out, _ = said(capsys, "replay", EXAMPLE, "--json", "--estimates", "1.5x", "--policy", "conservative")
    document = json.loads(out)
    assert code == 0 and document["schema"] == "heavypress/replay/1"
    assert document["rules"] == {"discipline": "conservative", "estimates": "1.5x"}
    assert (document["records"], document["accepted"], document["complete"]) == (10, 8, True)
    assert document["anomalies"][0]["kind"] == "too_large" and document["anomalies"][0]["first_lines"] == [14]
    assert document["replay"]["jobs"] == document["log_itself"]["jobs"] == 8


def test_a_load_that_does_not_exist_is_null_and_a_dash(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text("id,submit,run,gpus\n1,0,5,1\n")
    assert json.loads(said(capsys, "replay", log, "--gpus", 4, "--json")[1])["replay"]["offered_load"] is None
    out = said(capsys, "replay", log, "--gpus", 4)[1]
    assert "offered load             -" in out and "does not record when its jobs started" in out


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--policy", "esay"], "did you mean 'easy'?"),
        (["--order", "per_evnt"], "did you mean 'per_event'?"),
        (["--scan", "sjfb"], "did you mean 'sjbf'?"),
        (["--on-error", "refuse"], "more GPUs than the machine has: 1 record (line 14)"),
        (["--column", "submit"], "write it as name=value"),
        (["--priority", "age=3"], "did you mean 'age_weight'?"),
        (["--priority", "age_weight=much"], "must be a whole number"),
        (["--placement", "best"], "must be one of"),
        (["--engine", "pain"], "did you mean 'plain'?"),
    ],
)
def test_the_command_refuses_with_what_was_meant(words, fault, capsys):
    code, out, err = said(capsys, "replay", EXAMPLE, *words)
    assert (code, out) == (2, "")
    assert fault in err


def test_jobs_that_fit_on_no_node_are_named(tmp_path, capsys):
    log = tmp_path / "log.csv"
    log.write_text("id,submit,run,gpus\n1,0,5,4\n2,0,5,1\n")
    words = ["--gpus", 4, "--placement", "whole_nodes", "--node-gpus", 8]
    code, _, err = said(capsys, "replay", log, *words)
    assert code == 2 and "2 jobs fit nowhere on 4 GPUs with these rules: 1, 2" in err


def test_settings_of_the_priority_reach_the_queue(capsys):
    words = ["--policy", "multifactor", "--priority", "age_weight=1", "--priority", "fair_share_weight=0", "--json"]
    document = json.loads(said(capsys, "replay", EXAMPLE, *words)[1])
    assert document["rules"]["priority"]["age_weight"] == 1


def test_packing_reports_how_fragmented_the_machine_was(tmp_path, capsys):
    """Nothing is free while both jobs run; then three GPUs are, all of them on a node that the longer job uses too."""
    log = tmp_path / "log.csv"
    log.write_text("submit,run,gpus\n0,100,5\n0,50,3\n")
    code, out, _ = said(capsys, "replay", log, "--gpus", "8", "--node-gpus", "4", "--placement", "best_fit")
    assert code == 0
    assert "fragmentation            1.0000 of the free GPUs" in out
    code, out, _ = said(capsys, "replay", log, "--gpus", "8", "--json")
    assert "fragmentation" not in json.loads(out)["replay"]


def test_settings_of_a_priority_are_words_in_the_summary(tmp_path, capsys):
    words = ["replay", str(EXAMPLE), "--policy", "multifactor", "--priority"]
    assert main([*words, "age_weight=2000"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Replay:"))
    assert line == "Replay: discipline multifactor, priority (age weight 2000)"
    assert main([*words, "age_weight=1000"]) == 0
    assert "priority as it is by default" in capsys.readouterr().out
