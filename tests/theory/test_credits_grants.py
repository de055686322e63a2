"""Where the money of vouchers and grants goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.cloud import Cloud, committed_price_ratio, price_path_usd, shock_persistence
from sim.mechanisms.grants import Grants, applications, direct_share

property_of = settings(max_examples=50, deadline=None, derandomize=True)
shares = st.floats(0, 1)

NO_LOSSES = {
    "cloud.overhead_share": 0.0,
    "cloud.egress_share": 0.0,
    "cloud.idle_share": 0.0,
    "cloud.spent_share": 1.0,
}
STEADY = {"cloud.decline_per_year": 0.0, "money.normalisation": "as_entered"}
MILLION = (1e6,)

# ------------------------------------------------------------------------------------------------------------ credits


def test_a_million_without_losses_rents_the_price_list(reckoned):
    """I-20: 1 M$ at 3.50 = 285 714.29 h, through the calendar."""
    hours = reckoned(CloudCredits(), NO_LOSSES | STEADY, yearly_usd=MILLION).supplied.sum()
    assert round(hours, 2) == 285_714.29


def test_of_a_million_in_vouchers_seven_tenths_compute(reckoned):
    """I-20: .95 x .85 x .97 x .90 = .7049475 -> 201 413.57 h, an effective price of 4.96491."""
    hours = reckoned(CloudCredits(), STEADY, yearly_usd=MILLION).supplied.sum()
    assert round(hours, 2) == 201_413.57
    assert round(1e6 / hours, 5) == 4.96491


@property_of
@given(shares, shares)
def test_every_dollar_of_vouchers_has_one_use(reckoned, spent, prepaid):
    """I-10: overhead, redeemed, kept by providers, returned to the treasury: together V."""
    values = STEADY | {"cloud.spent_share": spent}
    run = reckoned(CloudCredits(prepaid_share=prepaid), values, yearly_usd=MILLION)
    overhead, transfers = run.cash["overhead"].sum(), run.cash["transfers"].sum()
    # what is redeemed follows from the hours, not from the accounts
    redeemed = (run.supplied * run.context.grid.rent_usd).sum() / (0.97 * 0.90)
    breakage, returned = transfers - redeemed, 1e6 - overhead - transfers
    vouchers = 1e6 * 0.95
    assert overhead == pytest.approx(1e6 * 0.05)
    assert redeemed == pytest.approx(spent * vouchers)
    assert breakage == pytest.approx(prepaid * (1 - spent) * vouchers, abs=1e-3)
    assert returned == pytest.approx((1 - prepaid) * (1 - spent) * vouchers, abs=1e-3)


@pytest.mark.parametrize(("spent", "returned"), [(1.0, 0.0), (0.6, 0.4)])
def test_vouchers_paid_as_used_leave_providers_nothing(reckoned, spent, returned):
    """I-10: prepaid share 0: no breakage; (1 - s) V returns to the treasury, nothing at s = 1."""
    values = STEADY | NO_LOSSES | {"cloud.spent_share": spent}
    run = reckoned(CloudCredits(prepaid_share=0.0), values, yearly_usd=MILLION)
    redeemed = (run.supplied * run.context.grid.rent_usd).sum()
    assert run.cash["transfers"].sum() == pytest.approx(redeemed, rel=1e-12)
    assert 1e6 - run.outlay.sum() == pytest.approx(returned * 1e6, abs=1e-6)


@property_of
@given(st.floats(0, 0.9), shares)
def test_a_commitment_never_buys_less(discount, committed):
    """From 1 without commitment to 1 / (1 - d) with all of it, in a straight line."""
    ratio = float(committed_price_ratio(Cloud(commit_discount_share=discount), committed))
    assert ratio == pytest.approx(1 + committed * (1 / (1 - discount) - 1))
    assert ratio >= 1


def test_committed_money_rents_at_the_discount(reckoned):
    """M11 with real flows: half the money committed at 45 % off buys 1.409 times the hours."""
    plain, committed = (
        reckoned(CloudCredits(committed_share=share), STEADY, yearly_usd=MILLION).supplied.sum() for share in (0.0, 0.5)
    )
    assert committed / plain == pytest.approx(0.5 + 0.5 / 0.55, rel=1e-12)


@pytest.mark.parametrize("rounds", [3, 5, 7, 100])
def test_rounds_of_any_length_hand_out_what_is_appropriated(reckoned, rounds):
    """I-10: the last round is shorter, so that rounds add up to the programme."""
    credits = reckoned(CloudCredits(round_months=rounds), STEADY, horizon_years=20)
    grants = reckoned(ResearchGrants(round_months=rounds), STEADY, horizon_years=20)
    assert credits.outlay.sum() == pytest.approx(480e6, rel=1e-9)
    assert grants.outlay.sum() == pytest.approx(480e6, rel=1e-9)


@pytest.mark.parametrize(
    "option", [CloudCredits(round_months=7), ResearchGrants(round_months=7)], ids=["credits", "grants"]
)
def test_rounds_across_years_hand_out_each_years_money(reckoned, option):
    """I-10 with a budget that falls: rounds of seven months, two years, no dollar more than appropriated."""
    assert reckoned(option, STEADY, yearly_usd=(90e6, 10e6)).outlay.sum() == pytest.approx(100e6, rel=1e-9)


def test_a_falling_price_makes_late_money_buy_more(reckoned):
    """M12: the same dollars a year later rent e^g times the hours."""
    values = NO_LOSSES | {"money.normalisation": "as_entered"}
    first = reckoned(CloudCredits(), values, yearly_usd=(1e6, 0)).supplied.sum()
    second = reckoned(CloudCredits(), values, yearly_usd=(0, 1e6)).supplied.sum()
    assert second / first == pytest.approx(np.exp(0.2), rel=1e-9)


def test_shocks_multiply_the_price_down_to_the_floor():
    """M12: p0 e^(-g t) exp(x), never below what a provider asks at least."""
    cloud = Cloud(price_usd=4.0, decline_per_year=0.2, floor_usd=1.0)
    prices = price_path_usd(cloud, np.array([0.0, 1.0, 1.0]), np.log([[2.0, 0.5, 0.1]]))
    assert prices[0] == pytest.approx([8.0, 2.0 * np.exp(-0.2), 1.0], rel=1e-12)


@property_of
@given(st.floats(0.1, 240))
def test_half_of_a_shock_is_left_after_its_half_life(half_life):
    """M12."""
    assert shock_persistence(half_life) ** half_life == pytest.approx(0.5, rel=1e-9)


# ------------------------------------------------------------------------------------------------------------- grants


def test_of_an_award_seven_tenths_are_direct():
    """I-22: 400 k$ at iota .385 -> 288 808.66 direct; 27.798 % of the total is indirect."""
    assert round(400_000 * float(direct_share(0.385)), 2) == 288_808.66
    assert round(100 * (1 - float(direct_share(0.385))), 3) == 27.798


@pytest.mark.parametrize("life_years", [4.0, 3.3])
def test_direct_costs_are_people_and_compute(reckoned, life_years):
    """I-22 with real flows: wages, machines and rent add up to the direct part of what was paid."""
    run = reckoned(ResearchGrants(), STEADY | {"grants.workstation_life_years": life_years}, horizon_years=15)
    wages = run.labour.sum() * 120_000
    rent = (run.h100e_hours["cloud"] * run.context.grid.rent_usd).sum() / (0.97 * 0.90)
    # each machine works a quarter of the time of its life
    machines = run.gpu_hours["workstation"].sum() / (life_years * 8760 * 0.25) * 20_000
    paid = run.cash["transfers"].sum()
    assert wages == pytest.approx(0.85 * paid / 1.385, rel=1e-9)
    assert rent == pytest.approx(0.15 * 0.5 * paid / 1.385, rel=1e-9)
    assert machines == pytest.approx(0.15 * 0.5 * paid / 1.385, rel=1e-9)


def test_laboratory_machines_are_of_the_year_they_were_bought_in(reckoned):
    """M10: bought month by month as the money comes, each as fast as its month's frontier, each for 40 months."""
    run = reckoned(ResearchGrants(), STEADY | {"grants.workstation_life_years": 40 / 12})
    bought = run.cash["transfers"][0] / 1.385 * 0.15 * 0.5 / 20_000
    frontier = 2 ** ((np.arange(120) + 0.5) / 12 / 2.5)
    for month in (0, 6, 7, 50, 119):
        alive = slice(max(month - 40, 0), month)
        machines, work = bought[alive].sum(), (bought * frontier)[alive].sum()
        assert run.gpu_hours["workstation"][0, month] == pytest.approx(machines * 0.25 * 730, rel=1e-9)
        assert run.h100e_hours["workstation"][0, month] == pytest.approx(work * 0.25 * 730, rel=1e-9)


def test_at_the_reference_budget_the_observed_share_wins(reckoned):
    """I-23 with real flows: applicants' time per award at success .2 is 102 000 $."""
    values = STEADY | {"grants.reference_usd_per_year": 80e6, "grants.success_share": 0.2}
    run = reckoned(ResearchGrants(), values)
    awards = 6 * 80e6 / 400_000
    assert run.private["applicants"].sum() / awards == pytest.approx(102_000, rel=1e-9)
    assert run.researcher_days.sum() / awards == pytest.approx(34 / 0.2, rel=1e-9)


@property_of
@given(st.floats(1e3, 1e12), st.floats(0.05, 1), shares)
def test_nobody_wins_twice(spend, success, elasticity):
    """M10: never fewer applications than awards; at elasticity 1 the success share holds at every budget."""
    grants = Grants(success_share=success, crowding_elasticity=elasticity)
    awards = spend / 400_000
    calls = float(applications(np.array(spend), 400_000, grants))
    assert calls >= awards * (1 - 1e-12)
    proportional = float(applications(np.array(spend), 400_000, Grants(success_share=success, crowding_elasticity=1)))
    assert proportional == pytest.approx(awards / success, rel=1e-9)


def test_without_a_call_nobody_applies():
    """No money, no applications; and no division by zero."""
    assert applications(np.zeros(3), 400_000, Grants()).tolist() == [0, 0, 0]


# ------------------------------------------------------------------------------------------------------ the same thing

ONLY_RENT = ResearchGrants(decision_months=0, duration_months=18, compute_share=1.0, workstation_share=0.0)


@pytest.mark.parametrize("rounds", [3, 6])
def test_grants_that_only_rent_are_credits(reckoned, rounds):
    """I-21: iota = 0, chi = 1, no machines, no losses, one rule of sharing: the same hours for every tier.

    One rule: nothing is kept in reserve, odds are even, everybody applies, cuts are in proportion, and need stands
    still, so that a year's round is as good as one each month.
    """
    tiers = ("elite", "intensive", "regional", "startups")
    even = {f"access.{stem}_{tier}": 1.0 for stem in ("odds", "apply") for tier in tiers}
    still = {f"demand.{name}": 0.0 for name in ("growth_per_year", "own_growth_per_year", "rent_elasticity")}
    one_rule = {"access.reserve_share": 0.0, "access.cut_exponent": 1.0, "grants.indirect_ratio": 0.0}
    values = NO_LOSSES | even | still | one_rule
    credits = reckoned(CloudCredits(prepaid_share=0.0, round_months=rounds, validity_months=18), values)
    grants = reckoned(replace(ONLY_RENT, round_months=rounds), values)
    assert credits.supplied.sum() > 0
    for pick in ("supplied", "supplied_gpu", "cost"):
        assert getattr(grants, pick) == pytest.approx(getattr(credits, pick), rel=1e-12)
    assert grants.allocation.public == pytest.approx(credits.allocation.public, rel=1e-12)
    assert grants.allocation.displaced == pytest.approx(credits.allocation.displaced, rel=1e-12)
    assert grants.labour.sum() == 0


def test_odds_tell_grants_from_credits(reckoned):
    """I-21, a check that can fail: with the odds of real grants the elite gets more of the same hours."""
    values = NO_LOSSES | {"access.reserve_share": 0.0, "grants.indirect_ratio": 0.0}
    credits = reckoned(CloudCredits(prepaid_share=0.0, round_months=6, validity_months=18), values)
    grants = reckoned(ONLY_RENT, values)
    assert grants.supplied == pytest.approx(credits.supplied, rel=1e-12)
    assert grants.allocation.public[..., 0].sum() > credits.allocation.public[..., 0].sum()


@pytest.mark.parametrize(
    "option",
    [CloudCredits(prepaid_share=0.0, validity_months=36), ResearchGrants(duration_months=60)],
    ids=["credits", "grants"],
)
def test_commitments_that_outlive_the_horizon_are_still_paid(reckoned, option):
    """No option buys more than its budget by paying late: what is due after the horizon is booked in its last month."""
    short, long = (reckoned(option, yearly_usd=(80e6,) * 5, horizon_years=years) for years in (5, 15))
    for run in (short, long):
        assert (run.cost * run.context.grid.discount).sum() == pytest.approx(run.context.budget_pv[0], rel=1e-9)
    sizes = [next(iter(run.size.values()))[0] for run in (short, long)]
    assert sizes[0] <= sizes[1], "a shorter horizon never makes a programme larger"
    assert short.supplied.sum() < long.supplied.sum()
