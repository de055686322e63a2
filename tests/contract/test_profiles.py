"""Appraisal profiles are sourced and dated, and every output names the one by which it is discounted."""

from __future__ import annotations

import json

import pytest

from sim import sources
from sim.charts.captions import source
from sim.cli import main
from sim.comparison.discounting import rediscount
from sim.comparison.record import record
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import as_json, markdown
from sim.mechanisms.appraisal import profile, profiles
from sim.scenario import load

STATUS = {"adopted", "superseded", "withdrawn", "sensitivity test", "proposed, not adopted"}
PROPOSED = "green_book_2026_proposed"


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    """A central case without waits, discounted by the scenario's own rates."""
    return compare(load("small_country"), queue=False)


@pytest.mark.parametrize("name", profiles())
def test_a_profile_names_document_year_and_sources(name: str) -> None:
    found = profile(name)
    assert str(found.year) in found.document and found.status in STATUS
    assert found.basis in {"read", "recalled"} and found.note.endswith(".")
    keys = [key.strip() for key in found.source.split(";")]
    known = [sources.sources()[key] for key in keys]
    assert found.grade >= min(each["grade"] for each in known)
    assert found.grade >= "C" or found.basis == "read"
    if found.basis == "read":
        assert any(each["basis"] != "recalled" for each in known)


def test_rates_fall_and_are_plausible() -> None:
    for found in profiles().values():
        years, rates = [0.0, *(year for year, _ in found.later)], [found.rate, *(rate for _, rate in found.later)]
        assert years == sorted(set(years)) and rates == sorted(rates, reverse=True)
        assert min(rates) > 0 and max(rates) <= 0.1 and 0 <= found.excess_burden_ratio <= 0.5


def test_no_profile_is_called_current() -> None:
    assert not any("current" in f"{each.name} {each.title} {each.status}".lower() for each in profiles().values())


def test_what_is_proposed_is_marked_so_everywhere(comparison: Comparison) -> None:
    found = rediscount(comparison, PROPOSED)
    for text in (markdown(found), as_json(found), source(found, "cash_flow")):
        assert "not adopted" in text


def test_every_output_names_its_profile(comparison: Comparison) -> None:
    anew, title = rediscount(comparison, "omb_a94_1992"), "US A-94 (1992)"
    assert f"Discounted anew by {title}, 7 % a year, excess burden 25 %. Sizes and hours stay" in markdown(anew)
    assert "Discounted by the scenario's own, 3.5 % a year." in markdown(comparison)
    assert f"Discounting: {title}" in source(anew, "cash_flow")
    assert "Discounting: the scenario's own, 3.5 % a year" in source(comparison, "cash_flow")
    assert record(anew)["profile"] == "omb_a94_1992" and record(comparison)["profile"] is None
    found = json.loads(as_json(anew))["appraisal"]
    assert (found["profile"], found["sized_by"], found["discount_rate"]) == ("omb_a94_1992", "own", 0.07)
    assert json.loads(as_json(comparison))["appraisal"]["profile"] == "own"


def test_a_scenario_may_name_one() -> None:
    found = compare(load("small_country", {"money.profile": "france_2021"}), queue=False)
    assert "Discounted by France 2021, 3.2 % a year, excess burden 20 % (recalled)." in markdown(found)
    assert json.loads(as_json(found))["appraisal"]["sized_by"] == "france_2021"


def test_rates_within_the_horizon_are_named() -> None:
    found = load("small_country", {"money.later_from_years": 5, "money.later_rate": 0.02})
    note = markdown(compare(found, queue=False))
    assert "Discounted by the scenario's own, 3.5 % a year, 2 % after 5 years." in note


def test_the_command_refuses_a_name_that_does_not_exist(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "small_country", "--profile", "omb_a94"]) == 2
    said = "heavypress: --profile: no appraisal profile 'omb_a94'; did you mean 'omb_a94_2023'?"
    assert capsys.readouterr().err.strip() == said


def test_the_command_discounts_anew(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("compare", "small_country", "--no-queue", "--draws", "2", "--profile", "canada_2007", "--format", "json")
    assert main(list(words)) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["appraisal"]["profile"] == "canada_2007" and found["run"].endswith("-canada_2007")
