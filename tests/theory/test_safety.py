"""Safety: what screening costs, what a release adds to a risk that is there anyway, and the break-even harm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments import INSTRUMENTS
from sim.mechanisms.safety import Safety, marginal_risk, refused_hours, released, screening_cost_usd
from sim.outcomes import BY_NAME, Measures
from tests.conftest import run, total

property_of = settings(max_examples=100, deadline=None, derandomize=True)
shares = st.floats(0, 1)
flows = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)
ON = {"safety.harm": True, "safety.screening": True}
BUYING = ["public_cluster", "cloud_credits", "research_grants"]


def risk(releases=1e4, **values) -> float:
    """The index of a number of releases."""
    return float(marginal_risk(np.array(releases), replace(Safety(screening=True), **values)))


# ------------------------------------------------------------------------------------------------------- identities


def test_the_default_index_is_worked_out_by_hand():
    """A thousand releases, five attempts in a thousand, a tenth of them not possible otherwise, half of it caught."""
    assert risk(1000, screening=False) == pytest.approx(1000 * 0.005 * 0.1)
    assert risk(1000, screening=True) == pytest.approx(1000 * 0.005 * 0.1 * 0.5)


@property_of
@given(st.floats(0, 1e9), shares, shares)
def test_where_all_could_be_had_anyway_no_release_adds_any_risk(releases, misuse, caught):
    """I-59: a counterfactual share of one gives zero, whatever else holds: 'stolen anyway'."""
    assert risk(releases, counterfactual_share=1, misuse_share=misuse, caught_share=caught) == 0


@property_of
@given(shares, shares, shares)
def test_without_a_release_there_is_no_risk(misuse, counterfactual, caught):
    """I-59: nothing released, nothing added."""
    assert risk(0, counterfactual_share=counterfactual, misuse_share=misuse, caught_share=caught) == 0


@property_of
@given(st.floats(1, 1e6), shares, shares)
def test_screening_only_costs_money_where_nobody_attempts_misuse(applications, caught, refused):
    """I-59: with no attempts the index is zero with and without screening, and screening is paid for."""
    nobody = Safety(misuse_share=0, caught_share=caught, false_reject_share=refused)
    screened = replace(nobody, screening=True)
    assert marginal_risk(np.array(1e4), nobody) == marginal_risk(np.array(1e4), screened) == 0
    assert screening_cost_usd(np.array(applications), nobody) == 0
    assert screening_cost_usd(np.array(applications), screened) == pytest.approx(applications * 300)


@property_of
@given(flows)
def test_without_a_delay_releases_are_the_finished_projects(finished):
    """Bit for bit."""
    series = np.array([finished])
    assert (released(series, 0) == series).all()


@property_of
@given(flows, st.integers(0, 60))
def test_a_whole_delay_shifts_releases_and_loses_those_beyond_the_horizon(finished, months):
    series = np.array([finished])
    expected = np.concatenate([np.zeros(min(months, len(finished))), finished[: max(len(finished) - months, 0)]])
    np.testing.assert_allclose(released(series, months)[0], expected, rtol=1e-12)


@property_of
@given(flows, st.floats(0, 24), st.floats(0, 24))
def test_a_longer_delay_never_releases_more_by_any_month(finished, delay, more):
    series = np.array([finished])
    early, late = (np.cumsum(released(series, months)[0]) for months in (delay, delay + more))
    assert (late <= early * (1 + 1e-9) + 1e-9).all()


def test_draws_are_delayed_each_by_its_own_months():
    series = np.arange(1.0, 7.0)[None].repeat(2, axis=0)
    both = released(series, np.array([[0.0], [2.0]]))
    assert both.tolist() == [[1, 2, 3, 4, 5, 6], [0, 0, 1, 2, 3, 4]]


# ----------------------------------------------------------------------------------------------- which way each moves


@property_of
@given(shares, shares)
def test_a_higher_counterfactual_availability_never_raises_the_marginal_risk(one, other):
    low, high = sorted((one, other))
    assert risk(counterfactual_share=high) <= risk(counterfactual_share=low)


@property_of
@given(shares, shares)
def test_catching_more_never_raises_the_marginal_risk(one, other):
    low, high = sorted((one, other))
    assert risk(caught_share=high) <= risk(caught_share=low)


@property_of
@given(shares, shares)
def test_more_attempts_never_lower_the_marginal_risk(one, other):
    low, high = sorted((one, other))
    assert risk(misuse_share=high) >= risk(misuse_share=low)


@property_of
@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_releases_never_lower_the_marginal_risk(one, other):
    low, high = sorted((one, other))
    assert risk(high) >= risk(low)


@property_of
@given(shares, shares, st.floats(0, 1e9))
def test_refusing_more_honest_groups_never_gives_them_more_hours(one, other, hours):
    low, high = sorted((one, other))
    kept = [refused_hours(np.array(hours), Safety(screening=True, false_reject_share=s)) for s in (low, high)]
    assert kept[1] >= kept[0]
    assert refused_hours(np.array(hours), Safety(false_reject_share=high)) == 0


@property_of
@given(st.floats(0, 2_000), st.floats(0, 2_000), st.floats(0, 1e6))
def test_dearer_screening_never_costs_less(one, other, applications):
    low, high = sorted((one, other))
    paid = [screening_cost_usd(np.array(applications), Safety(screening=True, screening_usd=u)) for u in (low, high)]
    assert paid[1] >= paid[0]


# ------------------------------------------------------------------------------------------------------- whole options


def test_by_default_nothing_is_screened_and_no_harm_is_counted():
    """The switches are off: no cost, no hours lost, and no number for a risk."""
    monthly = run(INSTRUMENTS["public_cluster"]())
    assert total(monthly, "screening_cost") == total(monthly, "served_need_lost") == 0
    assert np.isnan(total(monthly, "marginal_risk_index")) and np.isnan(total(monthly, "break_even_harm"))
    assert "screening" not in monthly.private


@pytest.mark.parametrize("name", BUYING)
def test_screening_is_paid_by_society_and_moves_no_hour(name):
    """Its cost is in the social cost, at the discount of its month; public cost and hours stay bit for bit."""
    plain, screened = (run(INSTRUMENTS[name](), values) for values in ({}, {"safety.screening": True}))
    assert total(screened, "screening_cost") > 0
    assert total(screened, "screening_cost") == pytest.approx(screened.applications.sum() * 300)
    more = (screened.private["screening"] * screened.context.grid.discount).sum()
    assert total(screened, "social_cost") - total(plain, "social_cost") == pytest.approx(more)
    for outcome in ("public_cost", "fe_hours", "additional_fe_hours", "lower_tiers_share"):
        assert total(screened, outcome) == total(plain, outcome)


@pytest.mark.parametrize("reserve", [0.0, 0.2, 1.0])
def test_only_hours_that_are_competed_for_can_be_refused(reserve):
    """By hand: two of a hundred honest applicants are turned away; the reserve asks nobody."""
    monthly = run(INSTRUMENTS["cloud_credits"](), {"safety.screening": True, "access.reserve_share": reserve})
    lost = total(monthly, "served_need_lost")
    assert lost == pytest.approx(0.02 * (1 - reserve) * monthly.public_hours.sum())


def test_the_applications_of_grants_are_what_their_days_come_from():
    monthly = run(INSTRUMENTS["research_grants"]())
    days = monthly.context.world.grants.effort_days
    np.testing.assert_allclose(monthly.applications * days, monthly.researcher_days, rtol=1e-12)


@pytest.mark.parametrize("name", ["public_cluster", "cloud_credits"])
def test_groups_apply_for_hours_once_a_year(name):
    monthly = run(INSTRUMENTS[name]())
    days = monthly.context.world.access.effort_days
    np.testing.assert_allclose(monthly.applications * days, monthly.researcher_days, rtol=1e-12)


@pytest.mark.parametrize("name", BUYING)
def test_the_break_even_harm_of_all_misused_releases_is_the_social_cost(name):
    """What you would have to believe: harm * index = cost."""
    monthly = run(INSTRUMENTS[name](), ON)
    cost = total(monthly, "break_even_harm") * total(monthly, "marginal_risk_index")
    assert cost == pytest.approx(total(monthly, "social_cost"))


def test_doing_nothing_adds_no_risk_and_has_no_break_even():
    monthly = run(INSTRUMENTS["do_nothing"](), ON)
    assert total(monthly, "marginal_risk_index") == 0
    assert np.isnan(total(monthly, "break_even_harm"))


def test_interfaces_only_release_no_weights():
    """Models behind an interface can be watched and shut off: nothing is counted as released."""
    monthly = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "closed_api"})
    assert total(monthly, "marginal_risk_index") == 0


def test_releases_are_the_projects_that_publish_weights():
    """By hand: hours used / frontier / hours of a project * the four classes with weights."""
    monthly = run(INSTRUMENTS["cloud_credits"](), {"safety.harm": True})
    used = (monthly.public_hours / monthly.context.grid.frontier).sum()
    open_part = 0.15 + 0.30 + 0.15 + 0.05
    assert total(monthly, "marginal_risk_index") == pytest.approx(used / 10_000 * open_part * 0.005 * 0.1)


def test_years_of_the_index_sum_to_its_total():
    measures = Measures(run(INSTRUMENTS["public_cluster"](), ON, draws=3))
    outcome = BY_NAME["marginal_risk_index"]
    np.testing.assert_allclose(outcome.yearly(measures).sum(axis=-1), outcome.total(measures), rtol=1e-12)


@property_of
@given(shares, shares)
def test_a_larger_part_of_safety_research_never_means_fewer_of_its_hours(one, other):
    low, high = sorted((one, other))
    few, many = (total(_small({"safety.research_share": share}), "safety_fe_hours") for share in (low, high))
    assert many >= few


def _small(values):
    return run(INSTRUMENTS["cloud_credits"](), values, yearly_usd=(1e7,), horizon_years=2)
