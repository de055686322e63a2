"""The functions of Python take a scenario by path, by name or loaded already, and give the same numbers for each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import sim
from sim.arguments.report import as_json as argued_json
from sim.decision.mix_document import as_json as mix_json
from sim.decision.stages_document import as_json as stages_json
from sim.scenario import Scenario, ScenarioError, load, with_settings
from sim.scenario.storylines import laid_over, load_under

SET = {"cloud.price_usd": 2.5, "public_cluster.life_years": 6}
OWN = """
extends = "small_country.toml"
title = "A country of its own"
budget.total = 60e6
fixed = ["hardware.doubling_years"]
world.cloud.decline_per_year = 0.1
"""


def compared(scenario: Any, **how: Any) -> tuple[str, str]:
    found = sim.compare(scenario, draws=4, queue=False, **how)
    return found.run_id, found.summary.to_csv()


def decided(scenario: Any, **how: Any) -> tuple[str, str]:
    found = sim.decide(scenario, draws=24, **how)
    return found.case.comparison.run_id, found.case.comparison.answer.text


def mixed(scenario: Any, **how: Any) -> tuple[str, str]:
    found = sim.mix(scenario, draws=2, **how)
    return found.run, mix_json(found)


def staged(scenario: Any, **how: Any) -> tuple[str, str]:
    found = sim.stages(scenario, draws=50, **how)
    return found.run, stages_json(found)


def argued(scenario: Any, **how: Any) -> tuple[str, str]:
    found = sim.argue(scenario, only=("access",), draws=2, **how)
    return str(found.draws), argued_json(found)


TAKE_A_SCENARIO: list[Callable[..., tuple[str, str]]] = [compared, decided, mixed, staged, argued]


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that extends a shipped scenario, so that the table of what is loaded is not that of the file."""
    path = tmp_path_factory.mktemp("own") / "own.toml"
    path.write_text(OWN, encoding="utf8")
    return path


@pytest.mark.parametrize("function", TAKE_A_SCENARIO)
def test_a_loaded_scenario_gives_the_numbers_of_its_path(function: Callable[..., Any], own: Path) -> None:
    by_path = function(own)
    assert function(load(own)) == by_path == function(str(own))


@pytest.mark.parametrize("function", TAKE_A_SCENARIO)
def test_settings_apply_on_top_of_a_loaded_scenario(function: Callable[..., Any], own: Path) -> None:
    by_path = function(own, settings=SET)
    assert function(load(own), settings=SET) == by_path != function(own)


@pytest.mark.parametrize("function", [compared, decided])
def test_a_storyline_is_laid_over_a_loaded_scenario(function: Callable[..., Any], own: Path) -> None:
    how = {"storyline": "scarcity", "settings": SET}
    by_path = function(own, **how)
    assert function(load(own), **how) == by_path != function(own, settings=SET)


def test_settings_and_storylines_leave_what_was_loaded_as_it_was(own: Path) -> None:
    loaded, untouched = load(own), load(own)
    assert load(loaded) is loaded and load_under(loaded, {}, None) is loaded
    changed = load_under(loaded, SET, "scarcity")
    assert isinstance(changed, Scenario) and changed != loaded == untouched
    assert changed == with_settings(laid_over(load(loaded, SET), "scarcity"), SET)


@pytest.mark.parametrize("function", TAKE_A_SCENARIO)
@pytest.mark.parametrize(
    ("given", "shown"),
    [(None, "None"), (7, "7"), ({"title": "no file"}, "a table"), (["nairr_us"], "['nairr_us']"), (b"nairr_us", "b'")],
)
def test_what_is_no_scenario_is_refused_in_a_sentence(function: Callable[..., Any], given: Any, shown: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        function(given)
    (fault,) = caught.value.faults
    assert fault.startswith(shown) and "is no scenario; give a path, the name of a shipped one" in fault


def test_a_fault_in_settings_of_a_loaded_scenario_names_the_scenario_and_the_nearest_parameter(own: Path) -> None:
    with pytest.raises(ScenarioError, match="did you mean 'price_usd'") as caught:
        sim.compare(load(own), settings={"cloud.prise_usd": 2})
    assert caught.value.origin == "own"
