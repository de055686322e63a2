"""A choice that would change nothing is refused; what each policy reads is held against the queue itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import get_args

import numpy as np
import pytest

from sim.cli import main
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Discipline, Rules
from sim.queue.jobs import Jobs
from sim.queue.logs import LogError, read_log, replay
from sim.queue.logs.effects import OPTIONS, READERS_OF, idle_rules, in_force, refuse_idle
from sim.queue.logs.reader import READERS
from sim.queue.logs.source import CHUNK_BYTES
from sim.queue.simulate import simulate

EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "example.swf"
SACCT = """JobID|User|Account|Partition|State|Submit|Start|End|Elapsed|Timelimit|AllocTRES
100|u1|a1|gpu|COMPLETED|{0}00:00:00{1}|{0}00:10:00{1}|{0}01:10:00{1}|01:00:00|02:00:00|cpu=8,gres/gpu=2,node=1
101|u2|a1|gpu|COMPLETED|{0}00:05:00{1}|{0}00:20:00{1}|{0}02:20:00{1}|02:00:00|04:00:00|cpu=8,gres/gpu=4,node=1
"""
LOCAL, ZONED = SACCT.format("2024-05-01T", ""), SACCT.format("2024-05-01T", "+02:00")
TABLE = "id,submit,run,gpus\n1,0,5,1\n2,3,5,1\n"
DATED = "id,submit,run,gpus\n1,2024-05-01T00:00:00{0},5,1\n2,2024-05-01 00:10:00{0},5,1\n"
JSON = """{"jobs": [{"job_id": 1, "state": {"current": ["COMPLETED"]}, "association": {"user": "u", "account": "a"},
 "time": {"submission": 1714521600, "start": 1714522200, "end": 1714525800, "elapsed": 3600, "limit": {"number": 120}},
 "tres": {"allocated": [{"type": "gres", "name": "gpu", "count": 2}]}}]}"""


@pytest.fixture
def file(tmp_path):
    """Writes a log."""

    def written(text: str, name: str = "log.txt") -> Path:
        (tmp_path / name).write_text(text)
        return tmp_path / name

    return written


def parquet(tmp_path: Path, zone: str | None) -> Path:
    """Two jobs whose submissions are timestamps."""
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    submit = pa.array([datetime(2024, 5, 1, hour) for hour in (0, 1)], pa.timestamp("s", zone))
    pq.write_table(pa.table({"submit": submit, "run": [5, 5], "gpus": [1, 1]}), tmp_path / "log.parquet")
    return tmp_path / "log.parquet"


# ------------------------------------------------------------------------------------------------ reading of the log


@pytest.mark.parametrize(
    ("text", "words", "fault"),
    [
        (LOCAL, ["--column", "submit=Nonsense"], "--column is for CSV and Parquet; this log is sacct"),
        (LOCAL, ["--delimiter", ";"], "--delimiter is for CSV; this log is sacct"),
        (TABLE, ["--count", "nodes"], "--count is for sacct and sacct --json; this log is CSV"),
        ("swf", ["--column", "submit=Nonsense"], "--column is for CSV and Parquet; this log is SWF"),
        ("swf", ["--delimiter", ";"], "--delimiter is for CSV; this log is SWF"),
        ("swf", ["--count", "nodes"], "--count is for sacct and sacct --json; this log is SWF"),
        ("swf", ["--time-zone", "Europe/Berlin"], "--time-zone does nothing: SWF has seconds"),
        ("swf", ["--time-zone", "Europe/Berlin", "--from", "600"], "--time-zone does nothing"),
        ("swf", ["--time-zone", "Europe/Berlin", "--from", "2024-04-30T02:00:00Z"], "--time-zone does nothing"),
        (TABLE, ["--time-zone", "Europe/Berlin"], "--time-zone does nothing: every time of this log says its zone, or"),
        (ZONED, ["--time-zone", "Europe/Berlin"], "--time-zone does nothing"),
        (ZONED, ["--time-zone", "Pacific/Kiritimati"], "--time-zone does nothing"),
        (DATED.format("Z"), ["--time-zone", "Europe/Berlin"], "--time-zone does nothing"),
        (JSON, ["--time-zone", "Europe/Berlin"], "--time-zone does nothing: sacct --json has seconds"),
        (JSON, ["--column", "gpus=tres"], "--column is for CSV and Parquet; this log is sacct --json"),
    ],
)
def test_a_choice_of_reading_that_says_nothing_about_the_format_is_refused(text, words, fault, file, capsys):
    log = EXAMPLE if text == "swf" else file(text)
    commands = [["replay", str(log)], ["calibrate", str(log), "--out", str(log.parent / "c.toml")]]
    for command in commands[: 1 if "--time-zone" in words else 2]:
        assert main([*command, "--gpus", "8", *words]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert err.count("\n") == 1 and fault in err and str(log) in err


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        (LOCAL, {"count": "cpus"}),
        (JSON.replace('"gres", "name": "gpu"', '"cpu", "name": ""'), {"count": "cpus"}),
        (LOCAL, {"time_zone": "Europe/Berlin"}),
        (LOCAL, {"time_zone": "Pacific/Kiritimati"}),
        (LOCAL, {"time_zone": "Etc/GMT+12"}),
        (ZONED, {"time_zone": "Europe/Berlin", "since": "2024-04-30"}),
        (DATED.format(""), {"time_zone": "Europe/London"}),
        (TABLE, {"columns": {"gpus": "gpus"}}),
        (TABLE.replace(",", ";"), {"delimiter": ";", "format": "csv"}),
        ("swf", {"time_zone": "Europe/Berlin", "since": "2024-05-01"}),
        ("swf", {"time_zone": "UTC", "delimiter": ",", "count": "gpus", "columns": {}}),
        (ZONED, {"time_zone": "UTC"}),
    ],
)
def test_a_choice_that_says_something_or_is_the_default_is_taken(text, choices, file):
    assert len(read_log(EXAMPLE if text == "swf" else file(text), gpus=8, zone_must_matter=True, **choices)) >= 1


def test_a_log_that_is_only_read_may_have_a_zone_that_no_time_of_it_needs(file):
    assert len(read_log(file(ZONED), time_zone="Europe/Berlin")) == 2


def test_a_single_time_without_a_zone_needs_one_however_late_it_comes(file):
    """Zoned times of more than one chunk, then one of the clock on the wall."""
    zoned = "".join(f"{n},2024-05-01T00:00:00Z,5,1{' ' * 1_000}\n" for n in range(5_000))
    head = "id,submit,run,gpus\n"
    assert len(zoned) > CHUNK_BYTES
    choices = {"time_zone": "Europe/Berlin", "zone_must_matter": True}
    with pytest.raises(LogError, match="--time-zone does nothing"):
        read_log(file(head + zoned), **choices)
    log = read_log(file(head + zoned + "x,2024-05-02T00:00:00,5,1\n"), **choices)
    assert log.submit_seconds[-1] == datetime(2024, 5, 1, 22, tzinfo=UTC).timestamp()


def test_a_zone_is_for_timestamps_without_one(tmp_path):
    choices = {"time_zone": "Europe/Berlin", "zone_must_matter": True}
    assert len(read_log(parquet(tmp_path, None), **choices)) == 2
    with pytest.raises(LogError, match="every time of this log says its zone"):
        read_log(parquet(tmp_path, "UTC"), **choices)


def test_the_document_says_of_every_such_option_where_it_has_an_effect():
    text = (EXAMPLE.parent / "logs.md").read_text(encoding="utf8")
    idle = idle_rules({"discipline": "fcfs", **vars(Rules(discipline="fcfs", backfill_depth=0))}).keys()
    named = [option for option, _ in READERS_OF.values()] + [OPTIONS[name] for name in idle - {"checkpoint_seconds"}]
    assert len(named) == 10
    for option in [*named, "--time-zone"]:
        assert f"\n| `{option}` | " in text, option


def test_a_delimiter_tells_a_table_from_the_comments_of_an_swf_log(file):
    """A table whose first column has no name begins with its semicolon, as a comment does."""
    unnamed = file(";submit;run;gpus\n0;0;5;1\n1;3;5;1\n")
    assert read_log(unnamed, delimiter=";").format == "csv"
    commas = file("; Note: one, two, three and, at last, four\n" + EXAMPLE.read_text())
    assert read_log(commas).format == "swf"
    with pytest.raises(LogError, match="--delimiter is for CSV; this log is SWF"):
        read_log(commas, delimiter=";")


def test_formats_that_are_named_exist():
    for option, formats in READERS_OF.values():
        assert option.startswith("--") and set(formats) <= set(READERS)


# ------------------------------------------------------------------------------------------------ rules of the queue


@pytest.mark.parametrize(
    ("words", "faults"),
    [
        (["--policy", "easy", "--priority", "age_weight=2000"], ["--priority does nothing: it needs --policy multif"]),
        (["--policy", "fcfs", "--scan", "sjbf", "--depth", "5"], ["--scan does nothing: fcfs does not backfill",
          "--depth does nothing: fcfs does not backfill"]),
        (["--policy", "conservative", "--scan", "sjbf"], ["--scan does nothing: conservative gives every job its"]),
        (["--scan", "sjbf", "--depth", "0"], ["--scan does nothing: --depth 0 means no backfilling"]),
        (["--policy", "fcfs", "--estimates", "2x"], ["--estimates does nothing: fcfs does not backfill, and nothing"]),
        (["--depth", "0", "--estimates", "actual"], ["--estimates does nothing: --depth 0 means no backfilling, and"]),
        (["--node-gpus", "4"], ["--node-gpus does nothing: jobs take any GPU unless --placement says otherwise"]),
        (["--node-gpus", "4", "--placement", "any_gpu"], ["--node-gpus does nothing"]),
    ],
)  # fmt: skip
def test_a_rule_that_would_change_nothing_is_refused(words, faults, capsys):
    assert main(["replay", str(EXAMPLE), *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    for fault in faults:
        assert fault in err


@pytest.mark.parametrize(
    ("rules", "kept"),
    [
        ({"discipline": "fcfs", "backfill_scan": "queue", "estimates": "requested"}, {"discipline": "fcfs"}),
        ({"discipline": "easy", "node_gpus": 8, "priority": None}, {"discipline": "easy"}),
        ({"discipline": "easy", "checkpoint_seconds": 0, "engine": "plain"}, {"discipline": "easy", "engine": "plain"}),
        ({"discipline": "sjf", "backfill_depth": 0, "estimates": "actual"}, None),
        ({"discipline": "conservative", "backfill_depth": 3}, None),
        ({"placement": "whole_nodes", "node_gpus": 4}, None),
        ({"discipline": "multifactor", "priority": Priority(age_weight=1)}, None),
    ],
)
def test_from_python_a_default_is_no_choice_and_only_rules_in_force_are_named(rules, kept):
    assert replay(read_log(EXAMPLE), **rules).rules == (rules if kept is None else kept)


def test_from_python_a_rule_that_would_change_nothing_is_refused():
    log = read_log(EXAMPLE)
    for rules in ({"priority": Priority(age_weight=1)}, {"checkpoint_seconds": 60}, {"node_gpus": 4}):
        with pytest.raises(LogError, match="does nothing"):
            replay(log, **rules)


def test_a_rule_is_named_as_in_force_only_where_it_is(capsys):
    assert main(["replay", str(EXAMPLE), "--policy", "fcfs", "--scan", "queue", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["rules"] == {"discipline": "fcfs"}
    assert main(["replay", str(EXAMPLE), "--policy", "easy", "--scan", "queue"]) == 0
    assert "Replay: discipline easy, backfill scan queue\n" in capsys.readouterr().out


def crowd(rng: np.random.Generator) -> Jobs:
    """Jobs that come faster than six GPUs serve them, some with requests beyond their run time."""
    n = 16
    run = rng.integers(1, 20, n)
    request = run + rng.integers(0, 20, n) * rng.integers(0, 2, n)
    return Jobs(np.sort(rng.integers(0, 12, n)), run, request, rng.integers(1, 5, n))


OTHERS = {"backfill_scan": ["fcfs", "sjbf"], "backfill_depth": [1], "estimates": ["actual"], "node_gpus": [2]}
SETTINGS = [{}, {"backfill_depth": 0}, {"order": "per_event"}, {"placement": "whole_nodes", "node_gpus": 2}]


@pytest.mark.parametrize("discipline", get_args(Discipline))
def test_what_a_policy_is_said_to_read_is_what_the_queue_reads(discipline):
    """On these crowds an idle rule moves no start, one in force moves some."""
    rng = np.random.default_rng(1)
    crowds = [crowd(rng) for _ in range(16)]
    for setting in SETTINGS:
        before = [simulate(jobs, 6, discipline=discipline, **setting).start_seconds.tolist() for jobs in crowds]
        for name in OTHERS.keys() - setting.keys():
            moved = sum(
                simulate(jobs, 6, discipline=discipline, **setting, **{name: value}).start_seconds.tolist() != starts
                for value in OTHERS[name]
                for jobs, starts in zip(crowds, before, strict=True)
            )
            idle = name in idle_rules({"discipline": discipline, **setting, name: OTHERS[name][0]})
            assert (moved == 0) == idle, (discipline, setting, name)


@pytest.mark.parametrize("name", [field for field in Rules.__dataclass_fields__ if field != "discipline"])
def test_the_default_of_a_rule_is_never_refused(name):
    for discipline in get_args(Discipline):
        refuse_idle({"discipline": discipline, name: getattr(Rules(), name)})
        assert "discipline" in in_force({"discipline": discipline, name: getattr(Rules(), name)})


@pytest.mark.parametrize(
    "words",
    [
        "--column submit=a --column submit=b", "--delimiter ; --delimiter ,", "--time-zone UTC --time-zone UTC",
        "--gpus 4 --gpus=8", "--count cpus --count nodes", "--from 0 --from 1", "--no-request run --no-request run",
    ],
)  # fmt: skip
def test_an_option_that_is_given_twice_is_refused_by_both_commands(words, file, capsys):
    log = str(file(TABLE, "log.csv"))
    for command in (["replay", log], ["calibrate", log, "--out", "c.toml"]):
        assert main([*command, *words.split()]) == 2
        assert "is given twice" in capsys.readouterr().err
