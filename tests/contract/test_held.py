"""A claim about what a machine costs does not contradict what the model prints for it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sim.arguments import ARGUMENTS
from sim.arguments.held import evidence_text, hour_costs
from sim.comparison.run import compare
from sim.scenario import load, names
from sim.sources import facts

COST_OF_AN_HOUR = "implied public cost per delivered GPU-hour"
EVERY = [each for argument in ARGUMENTS for each in (*argument.supports, *argument.opposes)]
HELD = [each for each in EVERY if each.held]


def agree(found):
    """Whether the model's cost of what the row counts lies within the row's own range."""
    return found.low <= found.alike <= found.high


def test_every_cost_of_an_hour_of_a_machine_with_a_scenario_is_held_against_the_model():
    with_scenario = {load(name).title.partition(",")[0] for name in names()}
    for evidence in EVERY:
        for key in evidence.source.split(";"):
            table, _, row = key.strip().partition(":")
            about = facts("programmes").get(row) if table == "programmes" else None
            if about and about["quantity"] == COST_OF_AN_HOUR and about["programme"] in with_scenario:
                assert evidence.held and evidence.held.row == key.strip(), evidence.text


@pytest.mark.parametrize("evidence", HELD, ids=lambda each: each.held.row)
def test_the_model_agrees_with_the_row_on_what_both_count(evidence):
    """Undiscounted money of the accounts that the row counts, over its hours: within the row's own range of use."""
    found = hour_costs(evidence.held)
    assert found.low <= found.published <= found.high
    assert agree(found), f"{evidence.held.row}: {found}"


@pytest.mark.parametrize("evidence", HELD, ids=lambda each: each.held.row)
def test_the_text_holds_the_numbers_of_the_row_and_those_that_the_tool_prints(evidence):
    text, found = evidence_text(evidence), hour_costs(evidence.held)
    scenario = load(evidence.held.scenario)
    key = scenario.by_instrument["public_cluster"].key
    printed = compare(scenario, queue=False).own_totals(key, "cost_per_h100e_hour")[0]
    assert found.model == pytest.approx(printed)
    assert f"{found.alike:.2f} {scenario.currency}" in text and "{" not in text
    assert ("{model}" not in evidence.text) or f"{printed:.2f} {scenario.currency}" in text


def test_a_contradiction_is_noticed():
    """A row that counted nothing but the hardware of Isambard-AI would disagree with its own number."""
    held = next(each.held for each in HELD if each.held.scenario == "isambard_ai_uk")
    assert not agree(hour_costs(replace(held, accounts=("hardware",))))
