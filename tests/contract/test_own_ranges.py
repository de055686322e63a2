"""A range of one's own: in a file, in one that extends it, on the command line, in Python, in a record, in a sweep."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.arguments.text import switch_words
from sim.cli import main
from sim.comparison.record import record_text
from sim.comparison.run import compare
from sim.comparison.table import document, notes
from sim.reports.assumptions import differences
from sim.reports.inputs import inputs
from sim.scenario import Scenario, ScenarioError, Settings, load, pinned, with_settings
from sim.scenario.changes import changes_note, settings_from
from sim.scenario.files import as_toml
from sim.scenario.storylines import laid_over, load_under
from sim.sweeps.reader import read_sweep

DECLINE = "cloud.decline_per_year"
BASE = load("small_country")
MINE = {"ranges": {DECLINE: (0.1, 0.3)}}


def given(settings: dict[str, Any], scenario: Scenario = BASE) -> Scenario:
    """The scenario with these settings, as the command has them."""
    return with_settings(scenario, Settings(settings, "--set", "--fix", "--range"))


def listed(scenario: Scenario) -> list[tuple[Any, ...]]:
    """The changes of a scenario."""
    return [(each.path, each.old, each.new, each.by, each.known) for each in scenario.changes]


def extending(folder: Path, text: str, base: str = "") -> Scenario:
    """A scenario of this text that extends a file, which has this text besides what small_country has."""
    (folder / "base.toml").write_text(f'extends = "small_country.toml"\n{base}', encoding="utf8")
    (folder / "mine.toml").write_text(f'extends = "base.toml"\n{text}', encoding="utf8")
    return load(folder / "mine.toml")


# --- who has the last word ---


def test_ranges_of_both_files_are_joined_and_those_of_the_extending_one_count(tmp_path: Path) -> None:
    base = f'[ranges]\n"{DECLINE}" = [0.1, 0.3]\n"access.effort_days" = [1, 40]\n'
    found = extending(tmp_path, f'[ranges]\n"{DECLINE}" = [0.15, 0.25]\n', base)
    assert found.ranges == {"access.effort_days": (1.0, 40.0), DECLINE: (0.15, 0.25)}


def test_what_an_extending_file_says_is_known_has_no_range_and_the_reverse(tmp_path: Path) -> None:
    own, known = f'[ranges]\n"{DECLINE}" = [0.1, 0.3]\n', f'fixed = ["{DECLINE}"]\n'
    assert not extending(tmp_path, known, own).ranges and DECLINE in extending(tmp_path, known, own).fixed
    assert extending(tmp_path, own, known).ranges and DECLINE not in extending(tmp_path, own, known).fixed


def test_the_last_settings_count_from_what_the_file_had() -> None:
    own = given(MINE)
    assert listed(own) == [(f"ranges.{DECLINE}", [0.05, 0.4], [0.1, 0.3], "--range", None)]
    assert listed(given({"ranges": {DECLINE: [0.1, 0.25]}}, own))[0][1:3] == ([0.05, 0.4], [0.1, 0.25])
    known = given(pinned({DECLINE: 0.15}), own)
    assert listed(known) == [(DECLINE, 0.2, 0.15, "--fix", True)] and not known.ranges
    again = given(MINE, known)
    assert DECLINE not in again.fixed
    assert [each[:1] + each[4:] for each in listed(again)] == [(DECLINE, False), (f"ranges.{DECLINE}", None)]
    assert listed(given(MINE, given({"fixed": [DECLINE]})))[0][0] == f"ranges.{DECLINE}"
    assert not given({"ranges": {DECLINE: [0.05, 0.4]}}).changes, "set to what it is"


def test_a_value_and_its_range_are_set_at_once() -> None:
    found = given({DECLINE: 0.5, "ranges": {DECLINE: (0.45, 0.6)}})
    (note,) = changes_note(found)
    assert f"{DECLINE} 0.2 → 0.5 (--set; its range stays)" in note
    assert f"range of {DECLINE} 0.05 to 0.4 → 0.45 to 0.6 (--range)" in note
    with pytest.raises(ScenarioError, match=r"0\.1 to 0\.3 does not hold the value of the scenario, 0\.5"):
        given({DECLINE: 0.5}, given(MINE))


def test_a_storyline_that_sets_the_number_takes_its_range_and_settings_have_the_last_word() -> None:
    own = given(MINE)
    story = laid_over(own, "scarcity")
    assert not story.ranges and story.world.cloud.decline_per_year == 0.05
    assert (f"ranges.{DECLINE}", "storyline scarcity") in [(path, by) for path, _, _, by, _ in listed(story)]
    settings = Settings({DECLINE: 0.2, **MINE}, "--set", ranged_by="--range")
    assert load_under("small_country", settings, "scarcity").ranges == {DECLINE: (0.1, 0.3)}


def test_changes_make_the_scenario_again() -> None:
    found = given({DECLINE: 0.25, **MINE})
    again = with_settings(BASE, settings_from(found.changes))
    assert again.text == found.text and again.ranges == found.ranges


def test_a_rent_that_followed_the_date_was_known_before() -> None:
    own = given({"cloud.price_usd": 3.0, "ranges": {"cloud.price_usd": (1.0, 9.0)}})
    assert "range of cloud.price_usd none, taken as known → 1 to 9 (--range)" in changes_note(own)[0]


# --- where it goes in and comes out ---


def test_python_and_the_command_give_the_same_numbers_and_records_bring_them_back(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = sim.compare("small_country", ranges=MINE["ranges"], draws=4, queue=False)
    plain = sim.compare("small_country", draws=4, queue=False)
    assert found.run_id != plain.run_id
    words = [
        "compare",
        "small_country",
        "--range",
        f"{DECLINE}=0.1:0.3",
        "--draws",
        "4",
        "--no-queue",
        "--format",
        "json",
    ]
    assert main(words) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["options"] == json.loads(json.dumps(document(found)))["options"]
    path = tmp_path / "run.json"
    path.write_text(record_text(found), encoding="utf8")
    again = load(path)
    assert again.ranges == {DECLINE: (0.1, 0.3)} and listed(again) == listed(found.scenario)
    assert main(["rerun", str(path)]) == 0
    assert "the same to the last digit" in " ".join(capsys.readouterr().out.split())


def test_a_scenario_is_written_with_its_ranges(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(as_toml(given(MINE)), encoding="utf8")
    assert load(path).ranges == given(MINE).ranges and as_toml(load(path)) == path.read_text(encoding="utf8")


def test_tables_and_reports_name_it() -> None:
    found = compare(given(MINE), draws=4, queue=False)
    words = f"range of {DECLINE} 0.05 to 0.4 → 0.1 to 0.3 (--range)"
    assert any(words in note for note in notes(found))
    cells = next(row for block in differences(found) for row in getattr(block, "rows", []) if "range of" in row[0])
    assert list(cells) == [
        words.partition(" 0")[0],
        "0.05 to 0.4",
        "0.1 to 0.3",
        "--range",
        "drawn within a range of its own",
    ]
    assert next(one.ends for one in inputs(found.scenario) if one.path == DECLINE) == (0.1, 0.3)


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--range", DECLINE), f"--range {DECLINE}: write it as group.name=low:high"),
        (("--range", f"{DECLINE}=0.1"), f"--range {DECLINE}=0.1: write it as group.name=low:high"),
        (("--range", f"{DECLINE}=0.1:x"), f"--range {DECLINE}=0.1:x: write it as group.name=low:high"),
        (("--range", f"{DECLINE}=0.3:0.4"), "0.3 to 0.4 does not hold the value of the scenario, 0.2"),
        (("--range", f"{DECLINE}=0.1:0.3", "--fix", DECLINE), f"ranges.{DECLINE}: is also fixed"),
        (("--range", f"{DECLINE}=0.1:0.3", "--range", f"{DECLINE}=0.1:0.4"), f"--range {DECLINE} is given twice"),
        (("--range", "cloud.decline=0.1:0.3"), "did you mean 'cloud.decline_per_year'?"),
        (
            ("--range", f"{DECLINE}=0.05:0.4", "--why", "x"),
            "a reason, a name or a day is given, and nothing is changed",
        ),
    ],
)
def test_what_is_no_range_is_refused_in_a_sentence(
    words: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["check", "small_country", *words]) == 2
    out, err = capsys.readouterr()
    assert not out and sentence in err and err.count("\n") == 1


@pytest.mark.parametrize(
    "command", ["compare", "decide", "mix", "stages", "argue", "report", "waits", "immediacy", "export"]
)
def test_every_command_that_takes_values_takes_it(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "--help"]) == 0
    assert "--range" in capsys.readouterr().out


def test_an_argument_that_takes_the_number_as_known_has_the_last_word() -> None:
    """Machines that age like presses double in a thousand years, whatever range somebody gives to the doubling time."""
    debate = sim.argue("small_country", ranges={"hardware.doubling_years": (2.4, 2.7)}, only=("obsolescence",), draws=0)
    assert debate.answers[0].weighed and "--range hardware.doubling_years=2.4:2.7" in switch_words(debate.settings)


# --- sweeps ---


def test_a_sweep_gives_ranges_to_all_of_its_runs_but_what_an_axis_takes_as_known(tmp_path: Path) -> None:
    text = (
        'title = "A sweep"\nquestion = "Does it count?"\nscenario = "small_country"\ndraws = 4\n'
        f'[ranges]\n"{DECLINE}" = [0.1, 0.3]\n"access.effort_days" = [1, 40]\n'
        f'[[axis]]\npath = "{DECLINE}"\nvalues = [0.15, 0.5]\n'
    )
    path = tmp_path / "mine.toml"
    path.write_text(text, encoding="utf8")
    plan = read_sweep(path)
    known = plan.scenario(plan.run(1))
    assert known.ranges == {"access.effort_days": (1.0, 40.0)} and DECLINE in known.fixed
    path.write_text(text + "drawn = true\n", encoding="utf8")
    plan = read_sweep(path)
    assert plan.scenario(plan.run(0)).ranges[DECLINE] == (0.1, 0.3)
    with pytest.raises(ScenarioError, match="does not hold the value"):
        plan.scenario(plan.run(1))
    assert read_sweep("rents_life_budget", {"ranges": {"hardware.doubling_years": (2.4, 2.6)}}).base.ranges


def test_a_value_within_a_range_of_its_own_is_not_said_to_be_implausible(tmp_path: Path) -> None:
    """The scenario's own range stands in the place of the declared one, which others are held against."""
    path = "independence.domestic_cloud_share"
    alone = extending(tmp_path, "[world.independence]\ndomestic_cloud_share = 0.95\n")
    assert [warning for warning in alone.warnings if path in warning]
    own = extending(tmp_path, f'[world.independence]\ndomestic_cloud_share = 0.95\n[ranges]\n"{path}" = [0.85, 1.0]\n')
    assert not [warning for warning in own.warnings if path in warning] and own.ranges[path] == (0.85, 1.0)
