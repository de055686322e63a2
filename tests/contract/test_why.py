"""Why jobs wait: causes that add up to the waits, levers that are runs of the queue, and the command `waits`."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim.charts import rules
from sim.cli import main
from sim.comparison.run import compare
from sim.costs.result import OptionResult
from sim.mechanisms.demand import TIERS
from sim.queue.analysis.causes import CAUSES
from sim.scenario import load
from sim.units import SECONDS_PER_HOUR
from sim.waits import report
from sim.waits.levers import DISCIPLINES, PRESENT, Lever, Levers, Trial, levers_of, try_lever, what_would_halve
from sim.waits.machine import Machine
from sim.waits.reasons import reasons
from sim.waits.statistics import SIZE_CLASSES
from sim.waits.windows import Windows, window_months

SHORT = {"queue.window_weeks": 0.3, "queue.warm_up_weeks": 0.1}
SET = [word for name, value in SHORT.items() for word in ("--set", f"{name}={value}")]
MACHINE = "public_cluster"


def central(**more: Any) -> OptionResult:
    """The machine of a small country, in the central case."""
    settings = SHORT | {name.replace("__", "."): value for name, value in more.items()}
    return compare(load("small_country", settings), queue=False).results[MACHINE].central


@pytest.fixture(scope="module")
def result() -> OptionResult:
    """The machine as the scenario has it."""
    return central()


@pytest.fixture(scope="module")
def windows(result: OptionResult) -> Windows:
    """Its windows."""
    return Windows(result, 1)


@pytest.fixture(scope="module")
def levers(result: OptionResult) -> Levers:
    """All levers, each moved."""
    found = what_would_halve(result, 1)
    assert found is not None
    return found


def output(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `waits`."""
    code = main(["waits", *words])
    return code, *capsys.readouterr()


# ----------------------------------------------------------------------------------------------------------- causes


def test_the_causes_add_up_to_the_waits_to_the_second(result, windows):
    months = window_months(result, 2)
    found = reasons(windows, months)
    assert found.waited.sum() > 0
    assert (found.by_window.sum(axis=1) == found.waited).all()
    assert (found.by_tier.sum(axis=0) == found.total).all()
    assert (found.by_size.sum(axis=0) == found.total).all()
    assert found.by_tier.shape == (len(TIERS), len(CAUSES)) and found.by_size.shape == (len(SIZE_CLASSES), len(CAUSES))


def test_the_jobs_whose_causes_are_known_are_those_that_a_window_counts(result, windows):
    """One run keeps every job, the other a tally: they count as many jobs, and as many hours of waiting."""
    months = window_months(result, 2)
    found = reasons(windows, months)
    for number, month in enumerate(months):
        row = windows.row(month, number)
        assert row is not None and row["jobs"] == found.jobs[number]
        assert row["mean"] * row["jobs"] * SECONDS_PER_HOUR == pytest.approx(found.waited[number], rel=1e-12)


def test_without_backfilling_nobody_waits_for_a_reservation():
    found = central(queue__discipline="fcfs")
    total = dict(zip(CAUSES, reasons(Windows(found, 1), window_months(found, 1)).total.tolist(), strict=True))
    assert total["reservation"] == 0 < total["order"]


# ----------------------------------------------------------------------------------------------------------- levers


@pytest.mark.parametrize("share", [0.0, 0.05, 0.2])
def test_a_reserve_is_the_one_of_a_scenario_that_has_it(result, share):
    ours, theirs = Machine.of(result).with_reserve(share), Machine.of(central(queue__interactive_share=share))
    for name in ("gpus", "speed", "design_month", "short"):
        assert (getattr(ours, name) == getattr(theirs, name)).all()


def test_a_reserve_takes_the_place_of_another(result):
    machine = Machine.of(result)
    again = machine.with_reserve(0.2).with_reserve(0.0)
    assert (again.gpus == machine.gpus).all() and not again.short.any()


@pytest.mark.parametrize("more", [0.1, 0.25, 1.0])
def test_a_larger_machine_has_whole_nodes_more_in_every_pool(result, more):
    machine = Machine.of(result)
    larger = machine.enlarged(more)
    wanted = machine.total_gpus * (1 + more)
    assert (larger.gpus >= machine.gpus).all() and (larger.gpus % 8 == 0).all()
    assert (larger.total_gpus >= wanted).all() and (larger.total_gpus < wanted + 8).all()


def test_the_jobs_are_the_same_whatever_lever_is_moved(result, windows):
    """But for a wall limit, which cuts runs into other pieces."""
    month = window_months(result, 1)[0]
    for lever in (lever for lever in levers_of(windows, [month]) if lever.kind != "wall_limit"):
        moved = lever.moved(windows)
        theirs, ours = (list(each.jobs(each.setting(month, 0)[0], month, 0)) for each in (windows, moved))
        for one, other in zip(theirs, ours, strict=True):
            for column in ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user"):
                assert (getattr(one, column) == getattr(other, column)).all(), lever.label


@pytest.mark.parametrize(
    ("lever", "setting"),
    [
        (Lever("discipline", "sjf", ""), {"queue__discipline": "sjf"}),
        (Lever("discipline", "multifactor", ""), {"queue__discipline": "multifactor"}),
        (Lever("", "", ""), {}),
    ],
)
def test_a_lever_gives_what_a_scenario_with_that_setting_gives(result, windows, lever, setting):
    """On the same load: a scenario may bring more where its rules make the machine attain more."""
    months, scenario = window_months(result, 2), Windows(central(**setting), 1)
    scenario.load = windows.load
    ours, theirs = try_lever(windows, months, lever), try_lever(scenario, months, PRESENT)
    for name in ("median", "p95", "mean", "used", "withdrawn", "tier_p95"):
        np.testing.assert_array_equal(getattr(ours.waits, name), getattr(theirs.waits, name))


def test_a_lever_leaves_the_windows_as_they_are(result, windows):
    months = window_months(result, 1)
    before = try_lever(windows, months, PRESENT).waits.p95
    try_lever(windows, months, Lever("gpus", 1.0, ""))
    assert try_lever(windows, months, PRESENT).waits.p95 == before


@pytest.mark.slow
def test_every_kind_of_lever_is_tried_and_the_present_discipline_is_not(levers):
    kinds = [trial.lever.kind for trial in levers.trials]
    assert (kinds.count("gpus"), kinds.count("wall_limit"), kinds.count("discipline")) == (4, 3, len(DISCIPLINES) - 1)
    assert "easy" not in [trial.lever.value for trial in levers.trials]


def test_a_quality_of_service_is_that_of_two_tiers(windows):
    moved = Lever("qos", "qos", "").moved(windows)
    priority = moved.rules.priority
    assert priority is not None and moved.rules.discipline == "multifactor"
    assert priority.qos_points == (0, 0, priority.fair_share_weight, priority.fair_share_weight)


def test_of_a_kind_the_gentlest_lever_that_halves_the_p95_is_named(levers):
    """By its whole interval: one whose mean is below half may still be too close to call."""
    halving = levers.halving()
    for kind in ("gpus", "wall_limit", "reserve"):
        able = [t for t in levers.trials if t.lever.kind == kind and levers.halves(t)]
        assert [t.lever for t in halving if t.lever.kind == kind] == [t.lever for t in able[:1]]
        assert all(t.p95 <= levers.present.p95 / 2 for t in able)
    assert any(t.p95 <= levers.present.p95 / 2 for t in levers.trials)
    assert not levers.halves(levers.present)


def test_rules_under_which_the_machine_is_used_less_say_so(levers):
    present = levers.present.waits
    rule = Trial(Lever("discipline", "multifactor", "fair share"), replace(present, used=present.used * 0.9))
    larger = Trial(Lever("gpus", 0.5, "more GPUs"), replace(present, used=present.used * 0.9))
    used = [f"{each.mean_of('used'):.0%}".replace("%", " %") for each in (present, rule.waits)]
    assert report._price(levers, rule) == f" (but utilisation falls from {used[0]} to {used[1]})"
    assert report._price(levers, larger) == "" == report._price(levers, levers.present)


def test_where_nobody_waits_nothing_halves_the_wait(levers):
    idle = replace(levers.present.waits, p95=np.zeros(2))
    none = replace(levers, present=replace(levers.present, waits=idle))
    assert none.halving() == []


def test_conservative_backfilling_is_left_out_where_it_would_take_minutes(result, monkeypatch):
    monkeypatch.setattr("sim.waits.levers.MOST_PLANNED_JOBS", 10)
    monkeypatch.setattr("sim.waits.levers.levers_of", lambda *_: [Lever("discipline", "conservative", "")])
    found = what_would_halve(result, 1)
    assert found is not None and found.trials == () and "Conservative backfilling was not tried" in found.remark


def test_twice_the_gpus_halve_the_p95(levers):
    twice = next(trial for trial in levers.trials if trial.lever == ("gpus", 1.0, "100 % more GPUs"))
    assert levers.halves(twice)


# ---------------------------------------------------------------------------------------------------------- command


@pytest.mark.slow
def test_the_command_answers_in_a_sentence_and_four_tables(capsys):
    code, out, _ = output(capsys, "small_country", "--option", MACHINE, "--format", "markdown", *SET)
    assert code == 0
    assert "Public cluster: half of the jobs start" in out and "of the waiting is: " in out
    titles = [line.removeprefix("### ") for line in out.splitlines() if line.startswith("### ")]
    assert [title.split(":")[0].split(",")[0] for title in titles] == [
        "How long jobs wait", "Why they wait", "What would halve the p95", "Who waits",
    ]  # fmt: skip
    assert "Jobs of more than 64 GPUs" in out and "1.1 to 5 times" in out


@pytest.mark.slow
def test_the_table_for_a_terminal_has_every_option_with_a_machine(capsys):
    code, out, _ = output(capsys, "small_country", *SET)
    assert code == 0 and out.count("Who waits: p95 in hours under other rules") == 2


@pytest.mark.slow
def test_the_json_document_reads_back_and_adds_up(capsys):
    code, out, _ = output(capsys, "small_country", "--option", MACHINE, "--format", "json", *SET)
    found = json.loads(out)
    (option,) = found["options"]
    assert code == 0 and found["schema"] == "heavypress/waits/1" and option["key"] == MACHINE
    hours = sum(window["hours_waited"] for window in option["windows"])
    assert sum(option["causes"]["all"].values()) == pytest.approx(hours)
    assert set(option["causes"]["all"]) == set(CAUSES) == set(report.CAUSES)
    assert option["levers"][0]["lever"] is None and not option["levers"][0]["halves"]
    assert {lever["label"] for lever in option["levers"] if lever["halves"]} >= set(option["halved_by"])


# ------------------------------------------------------------------------------------------------------------ chart

RUN = "0123456789ab"


@pytest.fixture(scope="module")
def found(result, windows, levers) -> list[report.Explained]:
    """The waits of the machine, explained."""
    months = window_months(result, 2)
    scenario = load("small_country", SHORT)
    return [report.Explained(MACHINE, "Public cluster", scenario.start, reasons(windows, months), levers)]


def test_the_chart_marks_every_rule_in_every_row_at_its_value(found, levers):
    figure = rules.waits_by_tier(load("small_country", SHORT), 1, found, RUN)
    (axes,) = [axes for axes in figure.axes if axes.get_label() != "key"]
    marks = {line.get_label(): line for line in axes.lines if line.get_marker() not in (None, "None", "")}
    assert set(marks) == {trial.lever.label for trial in levers.by_rule()}
    for trial in levers.by_rule():
        drawn = np.asarray(marks[trial.lever.label].get_xdata(), dtype=float)
        np.testing.assert_allclose(drawn, np.maximum(report.who_p95(trial), rules.FLOOR))
    assert len({(line.get_marker(), line.get_markerfacecolor()) for line in marks.values()}) == len(marks)
    heights = [np.asarray(line.get_ydata(), dtype=float)[0] for line in marks.values()]
    assert min(np.diff(sorted(heights))) > 0


def test_the_chart_has_a_row_for_large_jobs_and_says_where_it_comes_from(found):
    figure = rules.waits_by_tier(load("small_country", SHORT), 1, found, RUN)
    words = " ".join(text.get_text().replace("\n", " ") for text in figure.texts)
    assert "Jobs of more than 64 GPUs" in words and f"run {RUN}, seed 1" in words and "A small country" in words


@pytest.mark.slow
def test_a_folder_gets_tables_and_the_same_chart_every_time(tmp_path, capsys):
    for name in ("one", "two"):
        words = ("small_country", "--option", MACHINE, "--format", "json", *SET, "--out", str(tmp_path / name))
        assert output(capsys, *words)[0] == 0
    one, two = (sorted((tmp_path / name).iterdir()) for name in ("one", "two"))
    names = ["run.json", "waits.json", "waits.md", "waits_by_tier.pdf", "waits_by_tier.png", "waits_by_tier.svg"]
    assert [path.name for path in one] == names
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in two]


# --------------------------------------------------------------------------------------------------------- refusals


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--option", "publik_cluster"), "no option 'publik_cluster'; did you mean 'public_cluster'?"),
        (("--option", "do_nothing"), "do_nothing: has no public machine in service"),
        (("--format", "jsn"), "did you mean 'json'?"),
    ],
)
def test_what_it_cannot_do_is_refused_in_a_sentence(capsys, words, said):
    code, out, err = output(capsys, "small_country", *words)
    assert (code, out) == (2, "") and said in err and err.count("\n") == 1


def test_a_scenario_without_a_machine_says_so(tmp_path, capsys):
    path = tmp_path / "none.toml"
    path.write_text(
        'title = "None"\nquestion = "?"\nstart = "2027-01"\nhorizon_years = 2\nbudget = { total = 40e6, years = 2 }\n'
        '[[option]]\ninstrument = "do_nothing"\n',
        encoding="utf8",
    )
    code, out, _ = output(capsys, str(path))
    assert code == 0 and "no job waits in a queue" in out
