"""What is said of deciding later: planted gains give the sentences and marks that theory has for them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.decision.adaptive import Gain
from sim.decision.flexibility import BRIDGE, STOP, bought, flexibility
from sim.decision.observables import RENT
from sim.decision.plans import plans_of
from sim.decision.rules import (
    NOT_DIFFERENT,
    answer,
    bridge_sentence,
    gain_words,
    median_sentences,
    pilot_sentence,
    seen_in_own,
    stop_sentence,
)
from sim.decision.stages_table import MARK, decision_rows, plan_rows
from sim.scenario import load


@pytest.fixture(scope="module")
def found():
    return flexibility(load("isambard_ai_uk"), draws=60)


def planted(found, *gains: Gain):
    """The decisions with these gains of their rules over the best fixed plan."""
    every = [
        replace(each, found=replace(each.found, simple=replace(each.found.simple, gain=gain)))
        for each, gain in zip(found.every, gains, strict=True)
    ]
    return replace(found, decisions=tuple(every[:2]), pilot=replace(found.pilot, decision=every[2]))


GAIN, LOSS, NONE = Gain(5e6, 1e6), Gain(-5e6, 1e6), Gain(1e6, 1e6)


@pytest.mark.parametrize(
    ("gains", "words"),
    [
        ((GAIN, LOSS, LOSS), "Deciding later pays: the second tranche."),
        ((GAIN, NONE, GAIN), "Deciding later pays: the second tranche and a pilot before the purchase."),
        ((LOSS, LOSS, LOSS), "Deciding later costs more than it gains."),
        ((LOSS, NONE, LOSS), "The gain of deciding later is not different from zero"),
    ],
)
def test_the_answer_goes_by_sign_and_error(found, gains, words) -> None:
    text = answer(planted(found, *gains))
    assert text.startswith(words) and text.count(f"({NOT_DIFFERENT})") == gains.count(NONE)


def test_rows_are_marked_where_a_gain_may_be_none(found) -> None:
    cells = [row[3] for row in decision_rows(planted(found, GAIN, NONE, LOSS))]
    assert cells == ["5.00m +- 1.00m", f"1.00m +- 1.00m{MARK}", "-5.00m +- 1.00m"]


def test_a_gain_of_rounding_is_none(found) -> None:
    least = abs(found.values[found.best].mean()) * 1e-12
    assert found.settled(Gain(least, least / 100)) == Gain(0.0, 0.0) and found.settled(GAIN) == GAIN
    assert gain_words(found, Gain(least, least / 100)) == f"0 +- 0 FE-hours ({NOT_DIFFERENT})"


def test_plans_are_listed_from_the_best_to_the_worst(found) -> None:
    rows = plan_rows(found)
    means = [found.values[key].mean() for key in found.ordered]
    assert means == sorted(means, reverse=True) and len(rows) == len(found.values)
    assert [row[0] for row in rows] == [found.label(key) for key in found.ordered]
    assert [row[0] for row in rows if row[4] != "0 %"] == [found.label(STOP)]


def test_of_equal_plans_the_first_is_the_best(found) -> None:
    """The machine itself, and not a plan that comes to the same but for rounding."""
    high = np.full(60, 1e9)
    values = found.values | {found.fixed[0]: high, found.fixed[2]: high * (1 + 1e-13)}
    assert replace(found, values=values).best == found.fixed[0]


def test_another_best_in_the_median_is_stated(found) -> None:
    low, rare = np.full(60, 2e6), np.zeros(60)
    rare[0] = 1e9
    nothing = dict.fromkeys(found.values, np.zeros(60))
    carried = replace(found, values=nothing | {found.fixed[0]: low, found.fixed[1]: rare})
    assert carried.best == found.fixed[1]
    assert f"the best fixed plan is {found.label(found.fixed[0])}" in median_sentences(carried)[0]
    assert not median_sentences(replace(found, values=nothing | {found.fixed[0]: low}))


def test_money_left_and_the_bridge_are_stated(found) -> None:
    assert "leaves 50 % of the money unspent, which counts for nothing" in stop_sentence(found)
    worth = stop_sentence(replace(found, unspent_worth=0.2))
    assert "of which one GBP counts for 0.2 FE-hours" in worth
    machine = found.values[found.plans.machine.key]
    better = replace(found, values=found.values | {BRIDGE: machine + 1.5e6})
    assert "1.50m +- 0 FE-hours against Isambard-AI without a bridge" in bridge_sentence(better)


def test_a_pilot_costs_what_it_loses_and_gains_what_its_delay_brings(found) -> None:
    dear = replace(found, pilot=replace(found.pilot, costs=GAIN))
    assert "and costs 5.00m +- 1.00m FE-hours by its money and its delay" in pilot_sentence(dear)
    late = replace(found, pilot=replace(found.pilot, costs=LOSS))
    assert "and gains 5.00m +- 1.00m FE-hours by its delay" in pilot_sentence(late)


def test_rents_are_in_the_scenarios_own_money(found) -> None:
    value, unit = seen_in_own(found, RENT, 1.0)
    assert value == pytest.approx(1 / found.scenario.usd_per_currency) and unit == "GBP/H100e_hour"


@pytest.mark.parametrize(
    ("named", "words"),
    [
        ({"second_share": 0.0}, "the second tranche takes 0 of the money"),
        ({"second_share": 1.0}, "must be between 0 and 1"),
        ({"pilot_share": 1.5}, "a pilot takes 1.5 of the money"),
        ({"decision_month": 0.0}, "the decision is at month 0, must be within the horizon"),
    ],
)
def test_plans_that_cannot_be_are_refused_in_a_sentence(found, named, words) -> None:
    with pytest.raises(KeyError, match=words):
        plans_of(found.scenario, **named)


def test_a_yardstick_of_money_is_refused(found) -> None:
    with pytest.raises(KeyError, match="is about money"):
        bought(found.scenario, "public_cost")
    assert bought(found.scenario, None) == found.scenario.yardstick
