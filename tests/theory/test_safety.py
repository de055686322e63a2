"""Safety: screening, the misuse that releases add and research averts, and the break-even probability."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments import INSTRUMENTS
from sim.mechanisms.safety import (
    Safety,
    added_misuse,
    averted_misuse,
    break_even_per_year,
    defended_misuse,
    fading,
    misuse_anyway,
    refused_hours,
    released,
    screening_cost_usd,
)
from sim.outcomes import BY_NAME, Measures
from sim.outcomes.safety import added
from tests.conftest import run, total

property_of = settings(max_examples=100, deadline=None, derandomize=True)
shares = st.floats(0, 1)
flows = st.lists(st.floats(0, 1e6), min_size=1, max_size=40)
ON = {"safety.harm": True, "safety.screening": True}
BUYING = ["public_cluster", "cloud_credits", "research_grants"]


MONTHS = 144  # long beside any fading


def risk(releases=1e4, months=MONTHS, **values) -> float:
    """Years of misuse that so many releases of the first month add."""
    series = np.zeros((1, months))
    series[:, 0] = releases
    return float(added_misuse(series, replace(Safety(screening=True), **values)).sum())


def averted(projects=100.0, competed=0.8, **values) -> float:
    """Years of misuse that so many projects of the first month would avert, were there harm without end."""
    series = np.zeros((1, MONTHS))
    series[:, 0] = projects
    return float(defended_misuse(series, competed, replace(Safety(screening=True), **values)).sum())


# ------------------------------------------------------------------------------------------------------- identities


def test_the_default_is_worked_out_by_hand():
    """A thousand releases, five attempts in a thousand, guardrails against four of five, a tenth not had elsewhere.

    Half of the exposure ends when others catch up, at 1/8 a month; half also by theft, at 5 % a year.
    """
    apart, either = (1 / (1 - np.exp(-rate)) / 12 for rate in (1 / 8, 1 / 8 + 0.05 / 12))
    wanted = 1000 * 0.005 * 0.8 * 0.1 * (apart + either) / 2
    assert risk(1000, screening=False) == pytest.approx(wanted, rel=1e-6)
    assert risk(1000, screening=True) == pytest.approx(wanted / 2, rel=1e-6)


def test_what_research_averts_is_worked_out_by_hand():
    """A hundred projects, five in a thousand in use for three years of memory, two of a hundred competitors refused."""
    wanted = 100 * 0.005 / (1 - np.exp(-1 / 36)) / 12
    series = np.zeros((1, 1200))
    series[:, 0] = 100
    assert defended_misuse(series, 0.8, Safety()).sum() == pytest.approx(wanted, rel=1e-6)
    assert defended_misuse(series, 0.8, Safety(screening=True)).sum() == pytest.approx(
        wanted * (1 - 0.8 * 0.02), rel=1e-6
    )


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
    """I-59: with no attempts nothing is added with and without screening, and screening is paid for."""
    nobody = Safety(misuse_share=0, caught_share=caught, false_reject_share=refused)
    screened = replace(nobody, screening=True)
    series = np.full((1, 12), 1e4)
    assert added_misuse(series, nobody).sum() == added_misuse(series, screened).sum() == 0
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
def test_a_higher_counterfactual_availability_never_raises_added_misuse(one, other):
    low, high = sorted((one, other))
    assert risk(counterfactual_share=high) <= risk(counterfactual_share=low)


@property_of
@given(shares, shares)
def test_catching_more_never_raises_added_misuse(one, other):
    low, high = sorted((one, other))
    assert risk(caught_share=high) <= risk(caught_share=low)


@property_of
@given(shares, shares)
def test_more_attempts_never_lower_added_misuse(one, other):
    low, high = sorted((one, other))
    assert risk(misuse_share=high) >= risk(misuse_share=low)


@property_of
@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_more_releases_never_lower_added_misuse(one, other):
    low, high = sorted((one, other))
    assert risk(high) >= risk(low)


@property_of
@given(shares, shares)
def test_guardrails_that_stop_more_make_openness_add_more(one, other):
    """A closed model whose guardrails stop nothing allows all that an open one does."""
    low, high = sorted((one, other))
    assert risk(guardrail_share=high) >= risk(guardrail_share=low)
    assert risk(guardrail_share=0) == 0


@property_of
@given(shares, shares)
def test_what_is_stolen_anyway_is_not_added(one, other):
    """The likelier a theft, the less openness adds, and the less the more thieves spread."""
    low, high = sorted((one, other))
    assert risk(theft_per_year=high) <= risk(theft_per_year=low)
    assert risk(theft_per_year=0.3, spread_share=high) <= risk(theft_per_year=0.3, spread_share=low)
    assert risk(theft_per_year=0, spread_share=high) == pytest.approx(risk(theft_per_year=0, spread_share=low))
    assert risk(spread_share=0, theft_per_year=high) == pytest.approx(risk(spread_share=0, theft_per_year=low))


@property_of
@given(st.floats(0.1, 600), st.floats(0.1, 600))
def test_the_sooner_others_catch_up_the_less_a_release_adds(one, other):
    low, high = sorted((one, other))
    assert risk(catch_up_months=low) <= risk(catch_up_months=high) * (1 + 1e-12)


@property_of
@given(st.floats(0, 60), st.floats(0, 60))
def test_staged_access_adds_less_the_longer_it_waits(one, other):
    low, high = sorted((one, other))
    assert risk(release_delay_months=high) <= risk(release_delay_months=low) * (1 + 1e-12)


@property_of
@given(shares, shares)
def test_research_that_succeeds_more_often_averts_more(one, other):
    low, high = sorted((one, other))
    assert averted(averted_share=high) >= averted(averted_share=low)
    assert averted(averted_share=0) == 0


@property_of
@given(st.floats(0, 200), st.floats(0, 200))
def test_a_defence_that_comes_later_averts_less_within_the_horizon(one, other):
    low, high = sorted((one, other))
    assert averted(defence_delay_months=high) <= averted(defence_delay_months=low) * (1 + 1e-12)


@property_of
@given(st.floats(0.1, 1200), st.floats(0.1, 1200))
def test_a_defence_that_lasts_averts_more(one, other):
    low, high = sorted((one, other))
    assert averted(defence_life_months=low) <= averted(defence_life_months=high) * (1 + 1e-12)


@property_of
@given(shares, shares)
def test_false_refusals_keep_defence_out_too(one, other):
    low, high = sorted((one, other))
    assert averted(false_reject_share=high) <= averted(false_reject_share=low)
    assert averted(competed=0.0, false_reject_share=high) == averted(competed=0.0, false_reject_share=low)


# --------------------------------------------------------------------------- no more is averted than there is to avert

sizes = st.floats(1e-6, 1e9)


@property_of
@given(st.floats(0, 1e12), st.floats(0, 1e9))
def test_no_more_is_averted_than_the_harm_there_is(defended, harm):
    found = float(averted_misuse(np.array(defended), np.array(harm)))
    assert 0 <= found <= harm
    assert found <= defended * (1 + 1e-12)


@property_of
@given(sizes, sizes)
def test_few_defences_avert_what_each_alone_would(harm, defended):
    """The limit of small effects: the linear count, less half of its square over the harm."""
    part = 1e-6 * min(defended / harm, 1.0)
    found = float(averted_misuse(np.array(part * harm), np.array(harm)))
    assert found == pytest.approx(part * harm, rel=1e-6)
    assert found == pytest.approx(part * harm * (1 - part / 2), rel=1e-9)


@property_of
@given(sizes, sizes, sizes)
def test_more_defence_and_more_harm_never_avert_less_and_each_defence_averts_less_than_the_last(harm, one, other):
    def found(defended, there):
        return float(averted_misuse(np.array(defended), np.array(there)))

    low, high = sorted((one, other))
    assert found(low, harm) <= found(high, harm)
    assert found(harm, low) <= found(harm, high) * (1 + 1e-12)
    assert found(one + other, harm) <= (found(one, harm) + found(other, harm)) * (1 + 1e-12)


practices = st.builds(
    Safety, screening=st.booleans(), caught_share=shares, misuse_share=shares, guardrail_share=shares,
    counterfactual_share=shares, theft_per_year=shares, spread_share=shares, catch_up_months=st.floats(0.1, 600),
    release_delay_months=st.integers(0, 30),  # parts of a month are a mean of two
)  # fmt: skip


@property_of
@given(practices, flows, shares)
def test_misuse_of_closed_models_and_what_openness_adds_are_never_more_than_all_of_it(practice, finished, opened):
    """Every model misused that anybody means to misuse and that screening lets through, from its month on."""
    series = np.array([finished])
    caught = practice.caught_share if practice.screening else 0.0
    everything = practice.misuse_share * (1 - caught) * np.cumsum(series, axis=-1) / 12
    anyway = misuse_anyway(series, practice)
    more = added_misuse(released(opened * series, practice.release_delay_months), practice)
    assert (anyway >= -1e-9 * everything).all()
    assert (anyway + more <= everything * (1 + 1e-9) + 1e-12).all()


@property_of
@given(practices, flows)
def test_what_is_released_at_once_is_misused_as_much_as_it_can_be(practice, finished):
    """Closed and added are two parts of one whole."""
    practice, series = replace(practice, release_delay_months=0.0), np.array([finished])
    caught = practice.caught_share if practice.screening else 0.0
    whole = practice.misuse_share * (1 - caught) * np.cumsum(series, axis=-1) / 12
    both = misuse_anyway(series, practice) + added_misuse(series, practice)
    np.testing.assert_allclose(both, whole, rtol=1e-9, atol=1e-12)


def test_closed_models_are_misused_more_the_older_they_are():
    """By hand: at first a fifth gets past guards that none could do without; in the end all can do the same."""
    series = np.zeros((1, 600))
    series[:, 0] = 1200
    found = misuse_anyway(series, Safety(counterfactual_share=0.0, misuse_share=0.01))[0]
    assert found[0] == pytest.approx(0.2) and found[-1] == pytest.approx(1.0)
    assert (np.diff(found) >= 0).all()


@property_of
@given(flows)
def test_what_never_fades_adds_up_and_what_fades_at_once_is_what_entered(entering):
    series = np.array([entering])
    np.testing.assert_allclose(fading(series, 0.0), np.cumsum(series, axis=-1))
    np.testing.assert_array_equal(fading(series, np.inf), series)


def test_draws_fade_each_at_its_own_rate():
    both = fading(np.ones((2, 3)), np.array([[0.0], [np.log(2.0)]]))
    np.testing.assert_allclose(both, [[1, 2, 3], [1, 1.5, 1.75]])


@property_of
@given(st.floats(1, 1e12), st.floats(1e-3, 1e6), st.floats(1, 1e15))
def test_a_break_even_is_a_probability_or_there_is_none(cost, years, event):
    found = float(break_even_per_year(np.array([cost]), np.array([years]), event)[0])
    assert np.isnan(found) == (cost > years * event)
    assert np.isnan(found) or found * years * event == pytest.approx(cost)


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
    names = ("net_misuse_years", "added_misuse_years", "averted_misuse_years", "misuse_anyway_years")
    for name in (*names, "break_even_probability"):
        assert np.isnan(total(monthly, name))
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
def test_at_the_break_even_probability_the_misuse_added_is_as_dear_as_the_option(name):
    """What you would have to believe: probability a year * discounted years * harm of the event = social cost."""
    monthly = run(INSTRUMENTS[name](), ON | {"safety.event_usd": 1e13})
    measures = Measures(monthly)
    years = (added(measures) * monthly.context.grid.discount).sum()
    assert total(monthly, "break_even_probability") * years * 1e13 == pytest.approx(total(monthly, "social_cost"))
    assert np.isnan(total(run(INSTRUMENTS[name](), ON | {"safety.event_usd": 1.0}), "break_even_probability"))


@pytest.mark.parametrize("name", BUYING)
def test_the_net_is_what_is_added_less_what_is_averted(name):
    monthly = run(INSTRUMENTS[name](), ON)
    parts = total(monthly, "added_misuse_years") - total(monthly, "averted_misuse_years")
    assert total(monthly, "net_misuse_years") == pytest.approx(parts)


@pytest.mark.parametrize("values", [{"safety.averted_share": 1.0}, {"safety.averted_share": 0.5}])
@pytest.mark.parametrize("release", ["closed_api", "restricted"])
def test_an_option_averts_no_more_misuse_than_its_models_meet(values, release):
    """However good its research: the misuse that is left is never negative, and no misuse leaves nothing to avert."""
    given = ON | values | {"openness.release": release}
    monthly = run(INSTRUMENTS["public_cluster"](), given)
    harm = total(monthly, "misuse_anyway_years") + total(monthly, "added_misuse_years")
    assert 0 < total(monthly, "averted_misuse_years") <= harm * (1 + 1e-12)
    peaceful = run(INSTRUMENTS["public_cluster"](), given | {"safety.misuse_share": 0.0})
    assert total(peaceful, "averted_misuse_years") == 0


def test_the_balance_can_come_out_either_way():
    """Nothing to be had elsewhere and no research: more misuse; all to be had elsewhere and research: less."""
    bare = {"safety.counterfactual_share": 0.0, "safety.research_share": 0.0}
    assert total(run(INSTRUMENTS["public_cluster"](), ON | bare), "net_misuse_years") > 0
    assert (
        total(run(INSTRUMENTS["public_cluster"](), ON | {"safety.counterfactual_share": 1.0}), "net_misuse_years") < 0
    )


def test_doing_nothing_adds_no_misuse_and_has_no_break_even():
    monthly = run(INSTRUMENTS["do_nothing"](), ON)
    assert total(monthly, "net_misuse_years") == 0
    assert np.isnan(total(monthly, "break_even_probability"))


def test_interfaces_only_release_no_weights():
    """Models behind an interface can be watched and shut off: nothing is counted as released."""
    monthly = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "closed_api"})
    assert total(monthly, "added_misuse_years") == 0 < total(monthly, "averted_misuse_years")


def test_releases_are_the_projects_that_publish_weights():
    """By hand: hours used / frontier / hours of a project * the four classes with weights, whole in their month."""
    at_once = {"safety.harm": True, "safety.catch_up_months": 0.1, "safety.theft_per_year": 0.0}
    monthly = run(INSTRUMENTS["cloud_credits"](), at_once)
    used = (monthly.public_hours / monthly.context.grid.frontier).sum()
    open_part = 0.15 + 0.30 + 0.15 + 0.05
    wanted = used / 10_000 * open_part * 0.005 * 0.8 * 0.1 / 12
    assert total(monthly, "added_misuse_years") == pytest.approx(wanted, rel=1e-3)


def test_years_of_misuse_sum_to_their_total():
    measures = Measures(run(INSTRUMENTS["public_cluster"](), ON, draws=3))
    outcome = BY_NAME["net_misuse_years"]
    np.testing.assert_allclose(outcome.yearly(measures).sum(axis=-1), outcome.total(measures), rtol=1e-12)


@property_of
@given(shares, shares)
def test_a_larger_part_of_safety_research_never_means_fewer_of_its_hours(one, other):
    low, high = sorted((one, other))
    few, many = (total(_small({"safety.research_share": share}), "safety_fe_hours") for share in (low, high))
    assert many >= few


def _small(values):
    return run(INSTRUMENTS["cloud_credits"](), values, yearly_usd=(1e7,), horizon_years=2)
