"""Several replays of one reading: each is the single one, what does not fit is counted, and the files are theirs."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import sim
from sim.cli import main
from sim.export import write_what_if
from sim.queue.logs import LogError, read_log, replay
from sim.queue.logs.fitting import fitting
from sim.queue.logs.replay import overloaded
from sim.queue.logs.report import AGAINST_THE_LOG, OVERLOADED
from sim.waits.statistics import SIZE_CLASSES
from sim.what_if import frames
from sim.what_if.cases import POLICIES, choice_faults
from sim.what_if.document import as_json
from sim.what_if.results import WhatIf, what_if

ROOT = Path(__file__).resolve().parents[2]
EXAMPLE = ROOT / "docs" / "example.swf"
# A job of each class of size, and one more; the machine of 8 is too small for two of them.
JOBS = [
    # id, submit, run, gpus, start
    (1, 0, 3_600, 1, 0),
    (2, 10, 600, 2, 60),
    (3, 20, 7_200, 8, 3_620),
    (4, 30, 60, 64, 30),
    (5, 40, 100_000, 100, 5_000),
    (6, 50, 300, 1, 50),
]
ANY_START = "id,submit,run,gpus,start\n"


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The jobs as CSV."""
    path = tmp_path / "jobs.csv"
    path.write_text(ANY_START + "".join(",".join(map(str, job)) + "\n" for job in JOBS))
    return path


@pytest.fixture
def silent(tmp_path: Path) -> Path:
    """The same without starts, and with texts as names."""
    path = tmp_path / "silent.csv"
    path.write_text("id,submit,run,gpus\n" + "".join(f"job-{n},{s},{r},{g}\n" for n, s, r, g, _ in JOBS))
    return path


def said(capsys: pytest.CaptureFixture[str], *words: Any) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of one command."""
    code = main([str(word) for word in words])
    out, err = capsys.readouterr()
    return code, out, err


# ------------------------------------------------------------------------------------------- each is the single one


@pytest.mark.parametrize("gpus", [4, 6, 8, 12])
def test_every_case_has_the_numbers_and_the_starts_of_a_single_replay(gpus: int) -> None:
    found = what_if(read_log(EXAMPLE, gpus=12), POLICIES, [12, gpus] if gpus != 12 else [12])
    for case in found.on(gpus):
        single = replay(read_log(EXAMPLE, gpus=gpus), discipline=case.policy)
        assert case.summary == pytest.approx(single.summary())
        assert (case.start_seconds == single.start_seconds).all() and (case.end_seconds == single.end_seconds).all()
    assert [case.policy for case in found.on(gpus)] == list(POLICIES)


def test_cases_are_by_size_as_asked_for_and_by_policy_within_a_size(log: Path) -> None:
    found = sim.replay(log, ["sjf", "easy"], [128, 8])
    assert [case.name for case in found.cases] == [
        "sjf on 128 GPUs", "easy on 128 GPUs", "sjf on 8 GPUs", "easy on 8 GPUs",
    ]  # fmt: skip
    assert (found.sizes, found.policies, found.name) == ([128, 8], ["sjf", "easy"], "jobs.csv")


def test_the_log_is_read_once(log: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    opened = []
    monkeypatch.setattr("sim.queue.logs.read_log", lambda *a, **k: opened.append(k) or read_log(*a, **k))
    assert said(capsys, "replay", log, "--policy", "fcfs,easy", "--gpus", "8,128")[0] == 0
    assert [keywords["gpus"] for keywords in opened] == [128]


def test_rules_reach_the_policies_that_look_at_them(log: Path) -> None:
    found = sim.replay(log, ["fcfs", "easy"], 128, order="per_event", backfill_depth=0)
    both = [replay(read_log(log), 128, discipline=name, order="per_event") for name in ("fcfs", "fcfs")]
    for case, single in zip(found.cases, both, strict=True):  # without depth, EASY is FCFS
        assert (case.start_seconds == single.start_seconds).all()
    assert found.rules == {"order": "per_event", "backfill_depth": 0}


def test_progress_names_each_replay_before_it_runs(log: Path) -> None:
    seen: list[tuple[int, int, str]] = []
    what_if(read_log(log), ["easy", "conservative"], [128], progress=lambda *step: seen.append(step))
    assert seen == [(0, 2, "easy on 128 GPUs"), (1, 2, "conservative on 128 GPUs")]


# ------------------------------------------------------------------------------------------------- what does not fit


def test_what_does_not_fit_is_counted_with_its_work(log: Path) -> None:
    kept, left = fitting(read_log(log), 8)
    work = {name: run * gpus for name, _, run, gpus, _ in JOBS}
    assert kept.id.tolist() == [1, 2, 3, 6]
    assert (left.jobs, left.jobs_share) == (2, pytest.approx(2 / 6))
    assert left.gpu_hours == pytest.approx((work[4] + work[5]) / 3_600)
    assert left.gpu_hours_share == pytest.approx((work[4] + work[5]) / sum(work.values()))
    assert left.text() == "2 jobs (33.3 %) with 99.4 % of the GPU-hours do not fit"


def test_the_log_itself_stays_as_it_is(log: Path) -> None:
    whole = read_log(log)
    kept, _ = fitting(whole, 8)
    assert len(whole) == 6 and whole.faults.count("left_out") == 0
    assert kept.faults.sentences("left_out") == ["larger than the machine of --gpus: 2 records (lines 5, 6)"]
    assert fitting(whole, 100)[0] is whole


def test_a_large_job_is_left_out_and_not_wrong(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, err = said(capsys, "replay", log, "--gpus", 8, "--on-error", "refuse")
    assert (code, err) == (0, "") and "wrong" not in out
    assert "larger than the machine of --gpus: 2 records (lines 5, 6)" in out
    assert "jobs, GPUs               4 on 8; 2 jobs (33.3 %) with 99.4 % of the GPU-hours do not fit" in out
    document = json.loads(said(capsys, "replay", log, "--gpus", 8, "--json")[1])
    assert document["replay"]["left_out_jobs"] == 2 and document["anomalies"][0]["verdict"] == "left_out"
    assert "do not fit" not in said(capsys, "replay", log, "--gpus", 128)[1]


def test_a_job_beyond_the_machine_of_the_header_is_wrong_unless_a_larger_one_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "log.swf"
    line = "{} {} 0 60 {} -1 -1 {} 60 -1 1 1 1 -1 1 -1 -1 -1\n"
    path.write_text("; MaxProcs: 8\n" + line.format(1, 0, 8, 8) + line.format(2, 5, 16, 16) + line.format(3, 9, 4, 4))
    for gpus, accepted, wrong in ((None, 2, 1), (4, 2, 1), (8, 2, 1), (16, 3, 0)):
        found = read_log(path, gpus=gpus)
        assert (len(found), found.faults.count("fault")) == (accepted, wrong), gpus
    assert replay(read_log(path, gpus=4)).left_out.jobs == 1


def test_a_machine_that_can_run_no_job_is_refused_before_any_replay(log: Path, tmp_path: Path) -> None:
    path = tmp_path / "large.csv"
    path.write_text("submit,run,gpus\n0,5,3\n1,5,4\n")
    with pytest.raises(LogError, match="no job fits on 2 GPUs: the smallest of 2 jobs holds 3"):
        what_if(read_log(path), ["easy"], [8, 2], progress=lambda *step: pytest.fail("a replay was begun"))
    with pytest.raises(LogError, match="0: a machine has at least 1 GPU"):
        sim.replay(read_log(log), gpus=0)


# ------------------------------------------------------------------------------------------------------------ frames


def test_the_table_has_a_row_a_replay_and_one_of_the_log(log: Path) -> None:
    table = sim.replay(log, ["fcfs", "easy"], [8, 128]).table
    assert tuple(table.columns) == frames.TABLE_COLUMNS
    assert table.policy.tolist() == ["fcfs", "easy", "fcfs", "easy", "log"]
    assert table.jobs.tolist() == [4, 4, 6, 6, 6] and table.left_out_jobs.fillna(-1).tolist() == [2, 2, 0, 0, -1]
    itself = table.iloc[-1]
    wait = [start - submit for _, submit, _, _, start in JOBS]
    assert itself.wait_median_seconds == np.median(wait) and itself.wait_mean_seconds == pytest.approx(np.mean(wait))
    run = sum(run for _, _, run, _, _ in JOBS)
    assert itself.run_share == pytest.approx(run / (run + sum(wait)))
    assert np.isnan(itself.utilisation) and table.machine_gpus.isna().tolist() == [False] * 4 + [True]


def test_numbers_have_no_noise_of_floats(tmp_path: Path) -> None:
    path = tmp_path / "noise.csv"
    path.write_text("submit,run,gpus,start\n" + "".join(f"{n},{7 * n + 1},1,{n + n * n}\n" for n in range(24)))
    found = sim.replay(path, ["fcfs", "easy"], [1, 3])
    single = replay(read_log(path), 3, discipline="easy").summary()
    for frame in (found.table, found.waits, found.cells):
        values = frame.select_dtypes("float").to_numpy().ravel()
        assert all(float(f"{value:.12g}") == value or np.isnan(value) for value in values)
    row = found.table.iloc[3]
    assert all(row[name] == pytest.approx(value, rel=1e-11) for name, value in single.items() if name in row)


def test_the_title_speaks_of_the_machine_of_the_log_or_of_the_first_size(log: Path) -> None:
    assert sim.replay(log, gpus=[8, 128]).own_gpus == 8
    assert [sim.replay(EXAMPLE, gpus=sizes).own_gpus for sizes in ([6, 8, 12], [12, 6], None)] == [8, 12, 8]


def test_a_log_without_starts_has_no_row(silent: Path) -> None:
    found = sim.replay(silent, gpus=128)
    assert found.table.policy.tolist() == ["easy"] and set(found.waits.policy) == {"easy"}
    itself = found.cells[found.cells.policy == frames.LOG]
    assert itself.jobs.sum() == 6 and itself.jobs_with_wait.sum() == 0 and itself.run_share.isna().all()


def test_waits_by_class_of_size_are_those_of_the_jobs_of_the_class(log: Path) -> None:
    found = sim.replay(log, ["fcfs"], [8])
    rows = found.waits[found.waits.policy == "fcfs"].set_index("size_class")
    assert rows.index.tolist() == [frames.ALL_SIZES, *(name for _, name in SIZE_CLASSES)]
    assert rows.jobs.tolist() == [4, 2, 2, 0, 0] and rows.left_out_jobs.tolist() == [2, 0, 0, 1, 1]
    assert rows.left_out_jobs_share.tolist() == [pytest.approx(1 / 3), 0, 0, 1, 1]
    (case,) = found.cases
    wait = case.start_seconds - case.log.submit_seconds
    for name, mine in (("1 GPU", case.log.gpus == 1), ("2 to 8 GPUs", case.log.gpus > 1)):
        assert rows.wait_mean_seconds[name] == wait[mine].mean()
        assert rows.wait_p95_seconds[name] == np.quantile(wait[mine], 0.95)
    assert np.isnan(rows.wait_median_seconds["9 to 64 GPUs"])


def test_the_starts_have_the_names_and_seconds_of_the_log(silent: Path) -> None:
    found = sim.replay(silent, ["fcfs", "easy"], [8, 128])
    starts = found.starts
    assert len(starts) == 2 * 4 + 2 * 6
    single = replay(read_log(silent), 128, discipline="easy")
    mine = starts[(starts.policy == "easy") & (starts.machine_gpus == 128)]
    assert mine.id.tolist() == [f"job-{n}" for n in range(1, 7)]
    assert mine.start_seconds.tolist() == single.start_seconds.tolist()
    assert mine.end_seconds.tolist() == single.end_seconds.tolist()


def test_cells_hold_every_job_and_all_work_once(log: Path) -> None:
    found = sim.replay(log, ["easy"], [8, 128])
    for keys, cells in found.cells.groupby(["policy", "machine_gpus"], dropna=False):
        jobs = found.on(8)[0].log if keys == ("easy", 8) else found.log
        assert cells.jobs.sum() == len(jobs) and cells.gpu_hours_share.sum() == pytest.approx(1)
        assert cells.gpu_hours.sum() == pytest.approx((jobs.run_seconds * jobs.gpus).sum() / 3_600)
        assert (cells.run_share <= 1).all()


def test_a_job_stands_in_the_cell_of_its_size_and_length(log: Path) -> None:
    cells = sim.replay(log, ["easy"], [128]).cells
    itself = cells[cells.policy == frames.LOG]
    places = itself[["least_gpus", "most_gpus", "least_seconds", "most_seconds"]].fillna(-1).to_numpy().tolist()
    assert places == [
        [1, 1, 0, 600], [1, 1, 600, 3_600], [2, 2, 0, 600], [5, 8, 3_600, 10_800], [33, 64, 0, 600],
        [65, 128, 86_400, 259_200],
    ]  # fmt: skip
    assert itself.run_share.iloc[3] == pytest.approx(7_200 / (7_200 + 3_600))


@pytest.mark.parametrize("largest", [1, 2, 3, 4_096, 10**6, 10**9])
def test_classes_of_size_are_few_and_reach_the_largest(largest: int) -> None:
    ends = frames.size_ends(largest)
    assert len(ends) <= frames.MOST_SIZES and ends[0] == 1 and ends[-1] >= largest
    assert len(ends) == 1 or ends[-2] < largest


# ------------------------------------------------------------------------------------------------------- the command


def test_the_command_prints_a_row_a_replay(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, "replay", log, "--policy", "fcfs,easy", "--gpus", "8,128", "--estimates", "2x")
    lines = out.splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("policy"))
    assert code == 0 and lines[head - 1] == "Rules: estimates 2x (easy)"
    assert [line.split()[:3] for line in lines[head + 1 : head + 5]] == [
        ["fcfs", "8", "4"], ["easy", "8", "4"], ["fcfs", "128", "6"], ["easy", "128", "6"],
    ]  # fmt: skip
    assert lines[head + 1].endswith("2 (33.3 %)      2,779 (99.4 %)")
    assert lines[head + 5].split()[:4] == ["the", "log", "itself", "6"]
    assert len({len(line) for line in lines[head : head + 5]}) == 1  # in columns


def test_a_rule_is_named_with_the_policies_under_which_it_is_in_force(
    log: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["--scan", "sjbf", "--order", "per_event", "--priority", "age_weight=3", "--node-gpus", "8"]
    assert said(capsys, "replay", log, "--policy", "fcfs,easy,multifactor", "--gpus", 128, *words)[0] == 0
    assert said(capsys, "replay", log, "--policy", "fcfs,conservative", "--gpus", 128, "--scan", "queue")[0] == 0
    _, out, _ = said(capsys, "replay", log, "--policy", "fcfs,easy,multifactor", "--gpus", 128, *words[:4])
    assert "\nRules: order per_event, backfill scan sjbf (easy, multifactor)\n" in out


def test_what_happened_in_fact_stands_with_a_caution(
    log: Path, silent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for words in (["--gpus", "1000000"], ["--gpus", "1000000,900000"]):
        assert said(capsys, "replay", log, *words)[1].endswith(f"\n{AGAINST_THE_LOG}\n")
        assert "Compare replays" not in said(capsys, "replay", silent, *words)[1]
        for path, notes in ((log, [AGAINST_THE_LOG]), (silent, [])):
            assert json.loads(said(capsys, "replay", path, *words, "--json")[1])["notes"] == notes


@pytest.mark.parametrize(
    ("load", "wait", "span_seconds", "expected"),
    [
        (1.0, [0] * 4, 10**9, True),
        (0.99, [0] * 4, 10**9, False),
        (float("nan"), [0], 0, False),
        (0.5, [1_000] * 50 + [3_601] * 50, 10**9, True),
        (0.5, [1_000] * 50 + [3_600] * 50, 10**9, False),  # not above an hour
        (0.5, [2_000] * 50 + [4_000] * 50, 10**9, False),  # not more than twice
        (0.5, [1_000] * 49 + [9_000] * 50, 10**9, False),  # too few
        (0.5, [86_401] * 4, 1_700_000, True),
        (0.5, [86_401] * 4, 1_730_000, False),  # less than a twentieth
        (0.5, [86_400] * 4, 1, False),  # a day
    ],
)
def test_a_machine_is_overloaded_by_its_load_or_by_waits_that_grow(
    load: float, wait: list[int], span_seconds: int, expected: bool
) -> None:
    assert overloaded(load, np.array(wait), span_seconds) is expected


@pytest.fixture
def slow(tmp_path: Path) -> Path:
    """A job of an hour each half hour, ten of them, which two GPUs do at once and one does not."""
    path = tmp_path / "slow.csv"
    path.write_text(ANY_START + "".join(f"{n},{1_800 * n},3600,1,{1_800 * n}\n" for n in range(10)))
    return path


def test_waits_that_grow_with_the_log_are_marked(slow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    lines = said(capsys, "replay", slow, "--gpus", "1,3")[1].splitlines()
    head = next(n for n, line in enumerate(lines) if line.startswith("policy"))
    one, three, itself = lines[head + 1 : head + 4]
    # waits are 0, 30, 60 minutes and so on; the load is 10 hours of work over 4.5 hours
    assert one.split()[:7] == ["easy", "1", "10", "2.22", "2.25+", "4.28+", "2.25+"]
    assert three.split()[:7] == ["easy", "3", "10", "0.74", "0.00", "0.00", "0.00"]
    assert itself.split()[3:7] == ["10", "0.00", "0.00", "0.00"] and OVERLOADED in lines
    assert OVERLOADED not in said(capsys, "replay", slow, "--gpus", "3,4")[1]
    alone = said(capsys, "replay", slow, "--gpus", "1")[1]
    assert "15,390 s (4.3 h) +\n" in alone and OVERLOADED in alone
    assert OVERLOADED not in said(capsys, "replay", slow, "--gpus", "3")[1]
    document = json.loads(said(capsys, "replay", slow, "--gpus", "1,3", "--json")[1])
    assert [each["overloaded"] for each in document["replays"]] == [True, False]
    assert document["notes"] == [OVERLOADED, AGAINST_THE_LOG] and "overloaded" not in document["log_itself"]
    assert sim.replay(slow, gpus=[1, 3]).table.overloaded.tolist()[:2] == [True, False]


def test_waits_of_less_than_an_hour_are_in_minutes(slow: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "replay", slow, "--gpus", "2,3")[1]
    assert "wait median (min)" in out and "(h)" not in out


def test_the_factor_of_the_caution_is_that_of_the_document_it_names() -> None:
    text = " ".join((ROOT / "docs" / "queue.md").read_text(encoding="utf8").split())
    assert "exceed an EASY replay of the same log by 1.1 to 5 times" in text and "1.1 to 5 times" in AGAINST_THE_LOG


def test_every_row_names_the_rules_in_force_under_its_policy(log: Path) -> None:
    found = sim.replay(log, ["fcfs", "easy"], [128], backfill_scan="sjbf", order="per_event")
    for frame in (found.table, found.waits, found.cells):
        rules = {policy: set(rows.rules.dropna()) for policy, rows in frame.groupby("policy")}
        both = {"order per_event"}, {"backfill scan sjbf, order per_event"}
        assert rules == {"fcfs": both[0], "easy": both[1], "log": set()}
    document = json.loads(as_json(found))
    assert [each["rules"] for each in document["replays"]] == [
        {"order": "per_event"}, {"backfill_scan": "sjbf", "order": "per_event"},
    ]  # fmt: skip
    assert "rules" not in document["log_itself"] and "rules" not in document["replays"][0]["map"][0]
    assert set(sim.replay(log, ["easy"], [128]).table.rules.dropna()) == {""}


def test_fragmentation_stands_where_jobs_are_packed(log: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["replay", log, "--policy", "fcfs,easy", "--gpus", 128, "--node-gpus", 8, "--placement"]
    packed = said(capsys, *words, "best_fit")[1]
    single = replay(read_log(log), 128, discipline="easy", node_gpus=8, placement="best_fit").summary()
    share = single["fragmentation"]
    assert "  fragmentation  " in packed and f" {100 * share:.1f} % " in packed
    assert "  fragmentation  " not in said(capsys, *words, "whole_nodes")[1]
    document = json.loads(said(capsys, *words, "best_fit", "--json")[1])
    assert document["replays"][1]["fragmentation"] == pytest.approx(share, rel=1e-11)
    assert "fragmentation" not in document["log_itself"]
    other = json.loads(said(capsys, *words, "whole_nodes", "--json")[1])
    assert [each["fragmentation"] for each in other["replays"]] == [None, None]


def test_a_log_without_starts_says_so(silent: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = said(capsys, "replay", silent, "--policy", "fcfs,easy", "--gpus", 128)[1]
    assert "The log does not record when its jobs started" in out and "the log itself" not in out
    assert "Left out" not in out


def test_the_document_has_what_the_table_of_the_form_promises(
    log: Path, silent: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    promised = (ROOT / "docs" / "json.md").read_text(encoding="utf8").split("## What-if\n")[1].split("\n## ")[0]
    for path in (log, silent):
        text = said(capsys, "replay", path, "--policy", "fcfs,easy", "--gpus", "8,128", "--json")[1]
        document = json.loads(text, parse_constant=lambda word: pytest.fail(f"{word} in JSON"))
        assert document["schema"] == "heavypress/what-if/1"
        first = document["replays"][0]
        names = {*document, *first, *first["waits"][0], *first["map"][0]} - {"schema"}
        assert not [name for name in names if f"`{name}" not in promised and f".{name}" not in promised]
        assert [(each["policy"], each["machine_gpus"]) for each in document["replays"]] == [
            ("fcfs", 8), ("easy", 8), ("fcfs", 128), ("easy", 128),
        ]  # fmt: skip
        assert first["waits"][-1]["wait_median_seconds"] is None and first["left_out_jobs"] == 2
        itself = document["log_itself"]
        assert itself["machine_gpus"] is None and itself["jobs"] == (6 if path == log else 0)
        assert "utilisation" not in itself and len(itself["waits"]) == (5 if path == log else 0)


TABLES = {"replays.csv", "waits_by_size.csv", "job_map.csv", "what_if.json"}


@pytest.fixture
def without_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Charts take seconds; a slow test has them."""
    monkeypatch.setattr("sim.charts.replays.save", lambda found, folder: None)


@pytest.mark.slow
def test_the_files_of_a_comparison_are_the_same_to_the_last_byte(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["replay", log, "--policy", "fcfs,easy", "--gpus", "8,128", "--out"]
    (first, again) = (tmp_path / "one", tmp_path / "more" / "two")
    assert all(said(capsys, *words, folder)[0] == 0 for folder in (first, again, first))
    charts = {f"{name}.{suffix}" for name in ("waits_by_size", "job_map") for suffix in ("svg", "png", "pdf")}
    assert {path.name for path in first.iterdir()} == charts | TABLES
    assert all(path.read_bytes() == (again / path.name).read_bytes() for path in first.iterdir())


def test_the_tables_in_a_folder_are_the_frames(
    log: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], without_charts: None
) -> None:
    words, first = ["replay", log, "--policy", "fcfs,easy", "--gpus", "8,128", "--out"], tmp_path / "more" / "one"
    assert said(capsys, *words, first)[1].endswith(f"Tables and charts are in {first}{os.sep}\n")
    assert said(capsys, *words, first)[0] == 0  # over the earlier one
    assert {path.name for path in first.iterdir()} == TABLES
    found = sim.replay(log, ["fcfs", "easy"], [8, 128])
    with (first / "replays.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [float(row["wait_p95_seconds"]) for row in rows] == found.table.wait_p95_seconds.tolist()
    assert rows[-1]["machine_gpus"] == "" and rows[0]["left_out_jobs"] == "2"
    document = said(capsys, *words[:-1], "--json")[1]
    assert (first / "what_if.json").read_text(encoding="utf8") == document


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        (["--policy", "fcfs,esay"], "--policy: 'esay' must be one of"),
        (["--policy", "fcfs,esay"], "did you mean 'easy'?"),
        (["--policy", "fcfs,easy,fcfs"], "--policy: fcfs is given twice"),
        (["--policy", "fcfs,"], "--policy: '' must be one of"),
        (["--gpus", "8,0"], "--gpus: '0' is not a whole number from 1 to"),
        (["--gpus", "8,-1"], "--gpus: '-1' is not a whole number from 1 to"),
        (["--gpus", "8,08"], "--gpus: 8 is given twice"),
        (["--gpus", "8,1e3"], "--gpus: '1e3' is not a whole number"),
        (
            ["--policy", "easy,fcfs", "--priority", "age_weight=3"],
            "--priority does nothing: it needs --policy multifactor",
        ),
        (["--policy", "conservative,fcfs", "--scan", "sjbf"], "--scan does nothing: conservative gives every job"),
        (["--policy", "easy,fcfs", "--estimates", "0.5x"], "must be 1x to 1000x the request"),
        (["--gpus", "4,8", "--out", "jobs.csv"], "several replays are compared: name a folder, not a file"),
        (["--gpus", "4,8", "--out", "starts.csv.gz"], "several replays are compared: name a folder, not a file"),
        (["--gpus", "4,8", "--out", "full"], "is not empty and holds no earlier comparison"),
        (["--gpus", "4,8", "--out", "ours"], "holds the log itself"),
    ],
)
def test_what_cannot_be_compared_is_refused_before_the_log_is_read(
    words: list[str], fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("jobs.csv", "full/mine.txt", "ours/what_if.json", "ours/sub/log.csv"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("no log\n")
    before = sorted(tmp_path.rglob("*"))
    code, out, err = said(capsys, "replay", "ours/sub/log.csv", *words)
    assert (code, out) == (2, "") and fault in err and len(err.splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before and (tmp_path / "jobs.csv").read_text() == "no log\n"


def test_faults_of_a_choice_are_sentences() -> None:
    assert choice_faults([], [], {}) == ["no policy is named"]
    assert choice_faults(["easy"], [], {"discipline": "fcfs"}) == ["discipline: is given as one of the policies"]
    assert choice_faults(["easy", "multifactor"], [8], {"priority": object(), "backfill_depth": 3}) == []
    assert choice_faults(["fcfs"], [], {"backfill_depth": 3}) == ["--depth does nothing: fcfs does not backfill"]
    with pytest.raises(LogError, match="no policy 'esay'; did you mean 'easy'"):
        sim.replay(EXAMPLE, ["esay"])


def test_a_machine_of_unknown_size_must_be_told(log: Path) -> None:
    with pytest.raises(LogError, match="its largest job holds 100 GPUs"):
        sim.replay(log, ["easy", "fcfs"])


def test_an_interrupted_comparison_leaves_the_earlier_one(
    log: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_charts: None
) -> None:
    found: WhatIf = sim.replay(log, ["easy"], [128])
    write_what_if(found, folder := tmp_path / "out")
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    monkeypatch.setattr("sim.what_if.document.as_json", lambda found: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        write_what_if(found, folder)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jobs.csv", "out"]


# -------------------------------------------------------------------------------------------------------- from Python


@pytest.mark.parametrize(
    ("keyword", "sentence"),
    [
        ("time_zone", "time_zone is a choice of reading: replay(read_log(..., time_zone=...))"),
        ("columns", "columns is a choice of reading: replay(read_log(..., columns=...))"),
        ("depth", "no rule 'depth'; did you mean 'backfill_depth'?"),
        ("scan", "no rule 'scan'; did you mean 'backfill_scan'?"),
        ("estimate", "no rule 'estimate'; did you mean 'estimates'?"),
        ("policy", "no rule 'policy'; did you mean 'discipline'?"),
        ("xyz", "no rule 'xyz'; there are: "),
    ],
)
def test_an_unknown_keyword_gets_the_nearest_name(log: Path, keyword: str, sentence: str) -> None:
    for run in (
        lambda **given: sim.replay(log, gpus=128, **given),
        lambda **given: replay(read_log(log), 128, **given),
    ):
        with pytest.raises(LogError) as caught:
            run(**{keyword: "Europe/Berlin"})
        assert caught.value.faults[0].startswith(sentence)


def test_a_log_and_its_replays_are_short_lines_without_users(tmp_path: Path) -> None:
    path = tmp_path / "jobs.csv"
    path.write_text("submit,run,gpus,user\n" + "0,60,2,alice\n" * 1_200)
    found = sim.replay(path, ["easy", "fcfs"], [4])
    assert repr(found) == "<WhatIf of 2 replays: <Log jobs.csv: csv, 1,200 jobs>>"
    assert repr(found.cases[0]) == "<Case easy on 4 GPUs>" and repr(found.log) in repr(found)
    assert repr(replay(found.log, 2048)) == "<Replay on 2,048 GPUs: <Log jobs.csv: csv, 1,200 jobs>>"
