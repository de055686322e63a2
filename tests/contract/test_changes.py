"""What was changed from outside stands where results are read: from what to what, by whom, and whether it is drawn."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from typing import Any

import matplotlib.image as images
import pytest

import sim
from sim import charts
from sim.charts.captions import assumed_in, setting
from sim.cli import main
from sim.comparison.record import record
from sim.comparison.run import compare
from sim.comparison.table import document, notes
from sim.scenario import Scenario, ScenarioError, load, pinned, with_settings
from sim.scenario.changes import MOST_SHOWN, change_words, changes_note
from sim.scenario.overrides import Settings
from sim.scenario.storylines import laid_over

DECLINE, LIFE = "cloud.decline_per_year", "public_cluster.life_years"
BASE = load("small_country")


def changed(settings: dict[str, Any], by: str = "--set") -> Scenario:
    """The scenario with these settings."""
    return load("small_country", Settings(settings, by, "--fix"))


def only(scenario: Scenario) -> tuple[Any, ...]:
    """The one change of a scenario."""
    (change,) = scenario.changes
    return change.path, change.old, change.new, change.by, change.known


def test_nothing_is_said_of_a_scenario_as_it_is() -> None:
    assert not BASE.changes and not changes_note(BASE)
    same = changed({DECLINE: BASE.world.cloud.decline_per_year, "title": BASE.title})
    assert not same.changes, "set to what it is"


def test_a_value_says_from_what_to_what_and_whether_its_range_moves() -> None:
    old = BASE.world.cloud.decline_per_year
    assert only(changed({DECLINE: 0.11})) == (DECLINE, old, 0.11, "--set", False)
    assert only(changed({f"world.{DECLINE}": 0.11})) == (DECLINE, old, 0.11, "--set", False)
    assert only(changed(pinned({DECLINE: 0.11}))) == (DECLINE, old, 0.11, "--fix", True)
    life = BASE.option("public_cluster").instrument.life_years
    assert only(changed({LIFE: life + 1})) == (LIFE, life, life + 1, "--set", None)


def test_a_number_that_is_only_taken_as_known_is_a_change() -> None:
    known = changed({"fixed": [DECLINE]})
    old = BASE.world.cloud.decline_per_year
    assert only(known) == (DECLINE, old, old, "--fix", True)
    assert f"{DECLINE} at " in changes_note(known)[0] and "taken as known" in changes_note(known)[0]


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("budget.total", 123e6), ("horizon_years", 9), ("start", "2024-02"), ("question", "Why?"),
        ("public_cluster.label", "The machine"), ("yardstick", "need_met"), ("market.feedback", True),
    ],
)  # fmt: skip
def test_whatever_can_be_set_is_seen(path: str, value: Any) -> None:
    found = changed({path: value})
    assert found.changes and only(found)[0] == path and only(found)[2] == value


def test_the_last_word_counts_from_what_the_file_had() -> None:
    twice = with_settings(changed({DECLINE: 0.11}), Settings({DECLINE: 0.12}, "the page"))
    assert only(twice) == (DECLINE, BASE.world.cloud.decline_per_year, 0.12, "the page", False)
    assert not with_settings(twice, {DECLINE: BASE.world.cloud.decline_per_year}).changes, "set back"


def test_a_storyline_is_who_sets_its_values() -> None:
    story = laid_over(BASE, "scarcity")
    by = {change.path: (change.by, change.new) for change in story.changes}
    assert by[DECLINE] == ("storyline scarcity", 0.05)
    over = with_settings(story, Settings({DECLINE: 0.11}, "--set"))
    assert {change.path: change.by for change in over.changes}[DECLINE] == "--set"


def test_settings_from_python_have_no_other_name() -> None:
    assert only(load("small_country", {DECLINE: 0.11}))[3] == "settings"


# --- where it is read ---


@pytest.fixture(scope="module")
def comparison() -> Any:
    """A comparison in which one number was set and one taken as known."""
    return compare(changed({DECLINE: 0.11, LIFE: 8.0, "fixed": [DECLINE]}), draws=20, queue=False)


def test_every_face_of_a_comparison_names_the_changes(comparison: Any) -> None:
    (note,) = changes_note(comparison.scenario)
    assert f"{DECLINE} 0.2 → 0.11 (--fix; taken as known)" in note and f"{LIFE} 5 → 8 (--set)" in note
    assert note in notes(comparison) and note in setting(comparison)
    assert [each["path"] for each in document(comparison)["changes"]] == [DECLINE, LIFE]
    assert [each["new"] for each in record(comparison)["changes"]] == [0.11, 8.0]


@pytest.mark.slow
def test_every_chart_carries_them_in_its_words_and_its_metadata(comparison: Any) -> None:
    (note,) = changes_note(comparison.scenario)
    for name, figure in charts.figures(comparison).items():
        drawn = " ".join(" ".join(text.get_text().split()) for text in figure.texts)
        assert f"{LIFE} 5 → 8" in drawn, name
        assert f"{LIFE} 5 → 8" in charts.svg(figure, comparison, name).decode("utf8")
    from PIL import Image

    picture = Image.open(BytesIO(charts.png(figure, comparison, name)))
    assert picture.text["Changes"] == note
    assert images.imread(BytesIO(charts.png(figure, comparison, name))).size


def test_the_source_line_counts_them_apart_from_the_scenarios_own() -> None:
    groups = ("cloud", "operations")
    before, after = assumed_in(BASE, groups), assumed_in(changed({DECLINE: 0.11}), groups)
    assert "changed from outside" not in before and "changed from outside: 1" in after
    assert after.partition("set by the scenario itself")[2].partition(";")[0] == before.partition(
        "set by the scenario itself"
    )[2].rstrip(".")


@pytest.mark.parametrize(
    "words",
    [
        ("compare", "--draws", "0", "--no-queue", "--format", "markdown"),
        ("decide", "--draws", "20", "--section", "regret", "--format", "markdown"),
        ("mix", "--draws", "20", "--format", "markdown"),
        ("stages", "--draws", "50", "--format", "markdown"),
        ("argue", "--only", "safety", "--draws", "0", "--format", "markdown"),
        ("immediacy", "--format", "markdown"),
    ],
    ids=lambda words: words[0],
)
def test_every_report_names_them(words: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    command, *more = words
    assert main([command, "small_country", *more, "--set", f"{DECLINE}=0.11"]) == 0
    assert f"{DECLINE} 0.2 → 0.11 (--set; its range moves with it)" in capsys.readouterr().out


@pytest.mark.slow
def test_the_file_of_a_run_lists_them_all(tmp_path: Path) -> None:
    settings = {
        "cloud.decline_per_year": 0.11, "hardware.doubling_years": 2.2, "operations.pue_ratio": 1.3,
        "operations.idle_power_share": 0.31, "reliability.repair_hours": 13, "carbon.price_usd_per_t": 10,
        "public_cluster.life_years": 8,
    }  # fmt: skip
    words = [word for path, value in settings.items() for word in ("--set", f"{path}={value}")]
    assert main(["compare", "small_country", "--draws", "0", "--no-queue", "--out", str(tmp_path / "a"), *words]) == 0
    kept = json.loads((tmp_path / "a" / "run.json").read_text(encoding="utf8"))
    assert [change["path"] for change in kept["changes"]] == list(settings)
    (note,) = changes_note(load("small_country", settings))
    assert note.count("→") == MOST_SHOWN and "and 1 further change" in note


def test_what_a_file_leaves_to_its_default_changes_from_that(tmp_path: Path) -> None:
    (tmp_path / "short.toml").write_text(
        'title = "A"\nquestion = "B?"\nstart = "2026-01"\nbudget = { total = 1e8, years = 4 }\n', encoding="utf8"
    )
    found = load(tmp_path / "short.toml", {"horizon_years": 9, "budget.years": 3})
    assert {change.path: (change.old, change.new) for change in found.changes} == {
        "horizon_years": (10, 9),
        "budget.years": (4, 3),
    }


def test_a_change_is_written_in_few_letters() -> None:
    total = only(changed({"budget.total": 123456789.0}))
    assert total[2] == 123456789.0
    assert "→ 123.5m" in change_words(changed({"budget.total": 123456789.0}).changes[0])
    assert sim.compare("small_country", settings={DECLINE: 0.11}, queue=False).scenario.changes


# --- who, why, when ---

SIGNED = {"who": "A. Analyst", "why": "A tender of this year.", "date": "2026-11-29"}


def test_reason_name_and_day_stand_with_the_change_and_move_nothing() -> None:
    plain, signed = (load("small_country", Settings({DECLINE: 0.11}, "--set", **given)) for given in ({}, SIGNED))
    assert "(--set, A. Analyst: A tender of this year, 2026-11-29; its range moves with it)" in changes_note(signed)[0]
    first, second = (compare(each, draws=0, queue=False) for each in (plain, signed))
    assert first.run_id == second.run_id and first.summary.equals(second.summary)
    entries = {name: record(second)[name] for name in ("changes", "digests")}
    assert {**record(first), **entries} == record(second)
    assert {**entries["digests"], "entries": record(first)["digests"]["entries"]} == record(first)["digests"]
    assert record(second)["changes"][0].items() >= SIGNED.items() and record(first)["changes"][0]["date"] == ""
    assert changes_note(signed)[0] in notes(second)


def test_the_command_signs_what_it_sets_and_a_record_keeps_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = [word for name, text in SIGNED.items() for word in (f"--{name}", text)]
    words = ["compare", "small_country", "--storyline", "scarcity", "--set", f"{DECLINE}=0.11", *flags]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "CHARTS", {})
        assert main([*words, "--draws", "0", "--no-queue", "--out", str(tmp_path / "results")]) == 0
    changes = json.loads((tmp_path / "results" / "run.json").read_text(encoding="utf8"))["changes"]
    assert len(changes) > 1 and all(change.items() >= SIGNED.items() for change in changes)
    assert "A. Analyst: A tender of this year, 2026-11-29" in capsys.readouterr().out
    again = load(tmp_path / "results" / "run.json").changes
    assert [(each.path, each.who, each.why, each.date) for each in again] == [
        (each["path"], *SIGNED.values()) for each in changes
    ]


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--why", "x"), "--why: nothing is changed; it goes with --set, --fix, --range or --storyline"),
        (("--set", "cloud.price_usd=3", "--date", "2026-11-31"), "date: '2026-11-31' is not a day; write it as 2026"),
        (("--set", "cloud.price_usd=3", "--date", "20261129"), "date: '20261129' is not a day"),
        (("--set", "cloud.price_usd=3", "--why", "x" * 201), "why: is 201 characters long, more than 200"),
        (("--set", "cloud.price_usd=3", "--who", "\x1b"), "who: holds the control character"),
        (
            ("--set", "title=A small country", "--why", "x"),
            "a reason, a name or a day is given, and nothing is changed",
        ),
    ],
)
def test_what_signs_nothing_is_refused(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "small_country", *words]) == 2
    out, err = capsys.readouterr()
    assert not out and sentence in err and err.count("\n") == 1


def test_nothing_is_signed_in_python_either() -> None:
    for scenario in ("small_country", BASE):
        with pytest.raises(ScenarioError, match="nothing is changed"):
            load(scenario, Settings({}, "me", why="x"))


def test_a_rent_that_is_set_at_its_recorded_value_leaves_the_record_and_is_a_change() -> None:
    usual = load("nairr_us")
    rent = usual.world.cloud.price_usd
    found = load("nairr_us", {"cloud.price_usd": rent})
    assert usual.world.cloud.record and found.world.cloud.record is None
    assert [(each.path, each.old, each.new) for each in found.changes] == [("cloud.price_usd", rent, rent)]
    again = with_settings(found, {"demand.groups": 900})
    assert [each.path for each in again.changes] == ["cloud.price_usd", "demand.groups"]
    assert not load("glut", {"cloud.price_usd": load("glut").world.cloud.price_usd}).changes
