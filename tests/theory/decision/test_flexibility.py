"""Deciding later, in a scenario: plans of the same money, nothing of the future is seen, gains within their bounds."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sim.comparison.evaluation import evaluate
from sim.comparison.memory import CalendarMemory
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.costs.fullness import MACHINE
from sim.costs.queueing import used_share
from sim.decision.flexibility import PILOT, SECOND, WAIT, flexibility
from sim.decision.observables import Run, pilot_signals, seen_at
from sim.decision.plans import mixed, plans_of
from sim.decision.rules import NOT_DIFFERENT, sentences
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.finance import present_value
from sim.scenario import load

DRAWS = 64


@pytest.fixture(scope="module")
def scenario():
    return load("isambard_ai_uk")


@pytest.fixture(scope="module")
def plans(scenario):
    return plans_of(scenario)


@pytest.fixture(scope="module")
def found(scenario):
    return flexibility(scenario, draws=DRAWS)


def run_of(scenario, draws: int = 8) -> Run:
    """A few draws of a scenario."""
    world = draw_worlds(scenario, 1, draws).between(1, 1 + draws)
    return Run(scenario, world, np.arange(1, 1 + draws), 1, CalendarMemory())


# ------------------------------------------------------------------------------------------------------------ plans


def test_every_plan_spends_the_same_money_less_what_it_says_is_not_spent() -> None:
    """In present value, where the budget covers all that a machine costs; a pilot's cost comes off its plans."""
    plans = plans_of(load("nairr_us"))
    results = compare(plans.scenario, queue=False).results
    for plan in plans.plans:
        left = plans.pilot_share if plan.key in PILOT else plan.unspent_share
        context = results[plan.key].central.context
        spent = present_value(results[plan.key].central.outlay, context.grid.discount)
        np.testing.assert_allclose(spent, (1 - left) * context.budget_pv, rtol=1e-6, err_msg=plan.key)
    assert plans.plan("plan_stop").unspent_share == pytest.approx(2 / 3)  # of three tranches the later two


def test_no_plan_changes_an_option_of_the_scenario(scenario, plans) -> None:
    own, derived = (compare(each, queue=False).results for each in (scenario, plans.scenario))
    for option in scenario.options:
        for outcome, total in own[option.key].totals.items():
            np.testing.assert_array_equal(derived[option.key].totals[outcome], total, err_msg=outcome)


def test_plans_of_a_second_tranche_are_one_until_the_decision(plans) -> None:
    """Until it serves the second tranche gives nothing: the hours of the first are the same in both plans."""
    results = compare(plans.scenario, queue=False).results
    month = int(plans.decision_month)
    both, stop = (results[key].central.h100e_hours[MACHINE][0, :month] for key in ("plan_both", "plan_stop"))
    np.testing.assert_allclose(both, stop, rtol=0.02)
    credits = results["plan_then_credits"].central.h100e_hours["cloud"][0]
    assert not credits[:month].any() and credits[month:].sum() > 0


def test_the_bridge_rents_until_the_machine_serves_and_the_machine_is_smaller(plans) -> None:
    result = compare(plans.scenario, queue=False).results
    bridge, machine = (result[key].central for key in ("plan_bridge", plans.machine.key))
    rented, owned = bridge.h100e_hours["cloud"][0] > 0, bridge.h100e_hours[MACHINE][0] > 0
    assert rented[0] and not owned[0] and owned.any()
    first = int(owned.argmax())
    assert not rented[first + int(CloudCredits().validity_months) + 6 :].any()
    assert bridge.size["public_cluster"][0] < machine.size["public_cluster"][0]


def test_a_machine_of_two_tranches_is_decided_on_at_its_own_second(scenario) -> None:
    machine = scenario.option("public_cluster").instrument
    staged = replace(machine, tranche_months=(0.0, 30.0), tranche_shares=(0.7, 0.3))
    options = tuple(
        replace(each, instrument=staged) if each.key == "public_cluster" else each for each in scenario.options
    )
    plans = plans_of(replace(scenario, options=options))
    assert plans.decision_month == 30 and plans.plan("plan_stop").unspent_share == pytest.approx(0.3)
    both = plans.plan("plan_both").instrument
    assert isinstance(both, PublicCluster) and both.tranche_months == (0.0, 30.0)
    assert sum(both.tranche_shares) == pytest.approx(1)


def test_a_scenario_without_a_machine_and_dates_beyond_it_are_refused_in_a_sentence(scenario) -> None:
    without = tuple(each for each in scenario.options if each.instrument.name != "public_cluster")
    with pytest.raises(KeyError, match="no public_cluster among its options"):
        plans_of(replace(scenario, options=without))
    with pytest.raises(KeyError, match="the decision is at month 900, must be within the horizon"):
        plans_of(scenario, decision_month=900)


def test_shares_of_a_mixture_that_leave_money_leave_it_unspent(scenario) -> None:
    assert dict((each.name, share) for each, share in mixed(CloudCredits(), cloud_credits=0.4).parts()) == {
        "cloud_credits": 0.4
    }


# ---------------------------------------------------------------------------------------------------- what is seen


def test_what_is_seen_at_a_month_is_the_same_whatever_happens_after(plans) -> None:
    """A horizon that ends with the decision, and all that would come after it, change nothing."""
    years, key = 3, "plan_stop"
    run = run_of(plans.scenario)
    cut = replace(run, scenario=replace(plans.scenario, horizon_years=years), memory=CalendarMemory())
    seen, early = seen_at(run, key, 12 * years), seen_at(cut, key, 12 * years)
    np.testing.assert_allclose(early.values, seen.values, rtol=1e-9)
    assert [name.key for name in seen.names] == ["rent", "delay", "utilisation", "applying"]


def test_what_is_seen_is_what_a_comparison_has_in_its_months() -> None:
    """In the central case the rent of the month before, and the use of the year before."""
    scenario, month, key = load("small_country"), 60, "public_cluster"
    world = draw_worlds(scenario, 1, 1).rows(slice(0, 1))
    seen = seen_at(Run(scenario, world, np.zeros(1, dtype=np.int64), 1, CalendarMemory()), key, month).values[0]
    central = compare(scenario, queue=False).results[key].central
    used = used_share(central)[0]
    assert seen[0] == pytest.approx(central.context.grid.rent_usd[0, month - 1])
    assert seen[0] != pytest.approx(central.context.grid.rent_usd[0, month])
    assert seen[2] == pytest.approx(used[month - 12 : month].mean())
    assert seen[2] != pytest.approx(used[central.h100e_hours[MACHINE][0] > 0].mean())


def test_no_delay_is_known_before_it_happens(plans) -> None:
    """What is seen of the delay grows month by month, from none to all of it."""
    run = run_of(plans.scenario)
    delays = np.array([seen_at(run, "plan_stop", month).values[:, 1] for month in (0, 12, 24, 48, 84)])
    assert not delays[0].any() and (np.diff(delays, axis=0) >= 0).all() and delays[-1].any()


def test_a_larger_pilot_is_less_noisy_and_the_noise_is_the_same_for_every_subset_of_draws(plans) -> None:
    run = run_of(plans.scenario)
    truth = pilot_signals(run, plans.machine.key, 10**12).values
    small, large = (pilot_signals(run, plans.machine.key, sample).values for sample in (10, 1000))
    for column in range(truth.shape[1]):
        assert np.abs(large - truth)[:, column].mean() < 0.3 * np.abs(small - truth)[:, column].mean()
    part = replace(run, world=run.world.rows(slice(3, 8)), draws=run.draws[3:8])
    np.testing.assert_allclose(pilot_signals(part, plans.machine.key, 10).values, small[3:8], rtol=1e-9)


# ------------------------------------------------------------------------------------------------------------ value


def test_values_are_those_of_the_options_in_the_same_draws(scenario, found) -> None:
    world = draw_worlds(scenario, 1, DRAWS).between(1, 1 + DRAWS)
    totals = evaluate(scenario, world, np.arange(1, 1 + DRAWS), seed=1, outcomes=(found.yardstick,))
    for key in ("public_cluster", "cloud_credits"):
        np.testing.assert_allclose(found.values[key], totals[key][found.yardstick], rtol=1e-9)


def test_gains_lie_between_the_worst_of_the_plans_and_foresight(found) -> None:
    for decision, keys in zip((*found.decisions, found.pilot.decision), (SECOND, WAIT, PILOT), strict=True):
        assert decision.plans == keys
        values = np.stack([found.values[key] for key in keys], axis=-1)
        for rule in (decision.found.smooth, decision.found.simple):
            assert values.min(axis=1).mean() <= rule.value <= values.max(axis=1).mean()
            assert rule.gain.mean <= decision.found.foresight + 1e-6 and rule.shares.sum() == pytest.approx(1)
            best = max(found.values[key].mean() for key in {*found.fixed, *keys})
            assert rule.gain.mean == pytest.approx(rule.value - best)


def test_a_pilot_is_not_worth_more_than_it_reveals_less_what_it_costs_where_it_reveals_nothing(found) -> None:
    """It costs its money and its delay in any case; information is never worth less than none."""
    assert found.pilot.reveals.mean >= 0
    if found.pilot.reveals.mean == 0 and found.pilot.costs.sign > 0:
        assert found.pilot.decision.found.smooth.gain.mean < 0


def test_money_not_spent_counts_as_much_as_it_is_said_to(scenario, found) -> None:
    unspent = found.plans.plan("plan_stop").unspent_share * scenario.budget.total
    worthy = flexibility(scenario, draws=DRAWS, unspent_worth=0.25)
    np.testing.assert_allclose(worthy.values["plan_stop"], found.values["plan_stop"] + 0.25 * unspent)
    np.testing.assert_allclose(worthy.values["plan_both"], found.values["plan_both"])


def test_the_words_say_what_is_chosen_when_and_whether_it_differs_from_zero(found) -> None:
    text = " ".join(sentences(found))
    assert "The second tranche: " in text and "at month 24" in text and "A pilot of 2 % of the money" in text
    unsure = [d for d in found.decisions if not d.found.simple.gain.sign]
    assert not unsure or NOT_DIFFERENT in text
