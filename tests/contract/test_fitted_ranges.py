"""Ranges of a fit: what was read off a log warns of nothing, and what is set on top of it is still looked at."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.files import as_toml
from sim.scenario.ranges import spec_in
from sim.scenario.records import FORM

HEAD = 'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 5e7, years = 4 }\n'
VALUES = "[world.workload]\nusers = 8\nhour_profile = [0, 4.5" + ", 1" * 22 + "]\n"
FIT = VALUES + '[fitted]\n"workload.users" = [6, 9]\n"workload.hour_profile" = [0, 4.5]\n'


@pytest.fixture
def extending(tmp_path: Path):
    """Loads a scenario of a text that extends a fitted workload."""

    def loaded(text: str = "", fit: str = FIT) -> Scenario:
        (tmp_path / "fit.toml").write_text(fit)
        (tmp_path / "mine.toml").write_text('extends = "fit.toml"\n' + HEAD + text)
        return load(tmp_path / "mine.toml")

    return loaded


def test_without_its_range_a_fitted_value_warns_and_with_it_none_does(extending) -> None:
    assert [line.partition(":")[0] for line in extending(fit=VALUES).warnings] == [
        "world.workload.users", "world.workload.hour_profile[1]", "world.workload.hour_profile[2]",
    ]  # fmt: skip
    assert extending().warnings == ()


@pytest.mark.parametrize(("users", "warned"), [(5, True), (6, False), (100, False), (700, False), (701, True)])
def test_a_value_is_plausible_where_the_fit_or_the_declaration_says_so(extending, users: int, warned: bool) -> None:
    """The fit says 6 to 9, the declaration 100 to 700; between them is one range."""
    found = extending(f"[world.workload]\nusers = {users}\n").warnings
    assert found == (
        (f"world.workload.users: {users} is outside the plausible range, 6 to 700 (person); taken as it is",) * warned
    )


def test_the_range_stands_wherever_the_range_of_a_parameter_is_asked_for(extending) -> None:
    spec = spec_in(extending(), "workload.users")
    assert (spec.low, spec.high, spec.floor) == (6, 700, 1)
    assert spec_in(extending(fit=VALUES), "workload.users").low == 100


def test_an_extending_file_adds_to_the_ranges_and_replaces_them_by_path(extending) -> None:
    found = extending('[fitted]\n"workload.users" = [1, 2]\n"workload.accounts" = [3, 3]\n')
    assert found.fitted == {
        "workload.users": (1, 2), "workload.accounts": (3, 3), "workload.hour_profile": (0, 4.5),
    }  # fmt: skip


def test_the_range_goes_with_the_scenario_as_text_and_as_a_record(extending, tmp_path: Path) -> None:
    scenario = extending()
    (tmp_path / "whole.toml").write_text(as_toml(scenario))
    (tmp_path / "run.json").write_text(json.dumps({"schema": FORM, "scenario": scenario.text}))
    for path in (tmp_path / "whole.toml", tmp_path / "run.json"):
        assert load(path).fitted == scenario.fitted
        assert load(path).warnings == ()


def test_no_draw_and_no_value_depends_on_the_ranges(extending) -> None:
    assert extending().world == extending(fit=VALUES).world
    assert extending().ranges == {}


def test_they_cannot_be_set_from_outside(extending) -> None:
    with pytest.raises(ScenarioError, match="fitted: belongs to the file and cannot be set from outside"):
        load(extending(), {"fitted": {"workload.users": [1, 2]}})


# ----------------------------------------------------------------------------------------- options of an extending file


TWO = '[[option]]\ninstrument = "public_cluster"\n[[option]]\ninstrument = "cloud_credits"\n'
TAKEN = ["do_nothing", "public_cluster", "cloud_credits"]


@pytest.mark.parametrize("part", [FIT, "", 'title = "Part"\n' + FIT, "budget = { total = 5e7, years = 4 }\n" + FIT])
def test_two_options_stay_two_where_the_other_file_is_no_scenario_by_itself(extending, part: str) -> None:
    assert [option.key for option in extending(TWO, part).options] == TAKEN


def test_of_a_part_without_options_all_instruments_are_compared_where_none_is_named(extending) -> None:
    assert len(extending().options) == 6


def test_options_of_a_part_stay(extending) -> None:
    third = '[[option]]\ninstrument = "research_grants"\n'
    assert [option.key for option in extending(TWO, third + FIT).options] == [
        "do_nothing",
        "research_grants",
        *TAKEN[1:],
    ]


def test_an_option_of_a_part_without_any_needs_an_instrument(extending) -> None:
    with pytest.raises(ScenarioError, match="a new option needs an instrument"):
        extending('[[option]]\nkey = "cloud_credits"\nvalidity_months = 24\n')


def test_a_part_between_two_files_takes_nothing_away(extending, tmp_path: Path) -> None:
    shipped = load("small_country")
    (tmp_path / "fit.toml").write_text('extends = "small_country.toml"\n' + FIT)
    (tmp_path / "mine.toml").write_text('extends = "fit.toml"\n')
    found = load(tmp_path / "mine.toml")
    assert found.options == shipped.options
    assert found.world.workload.users == 8
