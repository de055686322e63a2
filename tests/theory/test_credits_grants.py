"""Where the money of vouchers and grants goes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.calendar.records import spread
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.cloud import Cloud, committed_price_ratio, price_path_usd
from sim.mechanisms.grants import Grants, applications, direct_share
from sim.mechanisms.world import World

property_of = settings(max_examples=50, deadline=None, derandomize=True)
shares = st.floats(0, 1)

NO_LOSSES = {
    "cloud.overhead_share": 0.0,
    "cloud.egress_share": 0.0,
    "cloud.idle_share": 0.0,
    "cloud.spent_share": 1.0,
}
ADDS = {"grants.displaced_share": 0.0}  # a grant takes the place of no other
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
    """M12: the same dollars a year later rent 1 / (1 - g) times the hours."""
    values = NO_LOSSES | {"money.normalisation": "as_entered"}
    first = reckoned(CloudCredits(), values, yearly_usd=(1e6, 0)).supplied.sum()
    second = reckoned(CloudCredits(), values, yearly_usd=(0, 1e6)).supplied.sum()
    assert second / first == pytest.approx(1 / 0.8, rel=1e-9)


def test_shocks_multiply_the_price_down_to_the_floor():
    """M12: p0 (1 - g)^t exp(x), never below what a provider asks at least."""
    cloud = Cloud(price_usd=4.0, decline_per_year=0.2, floor_usd=1.0)
    prices = price_path_usd(cloud, np.array([0.0, 1.0, 1.0]), np.log([[2.0, 0.5, 0.1]]))
    assert prices[0] == pytest.approx([8.0, 2.0 * 0.8, 1.0], rel=1e-12)


# --------------------------------------------------------------------------------------------- saved or bought ahead

ONE_ROUND = {"round_months": 12, "validity_months": 12}
FALLING = NO_LOSSES | {"money.normalisation": "as_entered", "cloud.price_usd": 4.0, "cloud.decline_per_year": 0.3}


def rents(start, stop):
    """Rents of the months from `start` to before `stop`, 4 USD at first and 30 % less a year, at mid-month."""
    return [4.0 * 0.7 ** ((month + 0.5) / 12) for month in range(start, stop)]


def test_vouchers_kept_for_half_a_year_meet_the_rents_of_the_second_half(reckoned):
    """A million for a year, spent evenly in months 7 to 12: 166,667 USD a month at the rents of these months."""
    run = reckoned(CloudCredits(kept_months=6, **ONE_ROUND), FALLING, yearly_usd=MILLION)
    assert (run.supplied[0, :6] == 0).all()
    assert run.supplied[0, 6:12] == pytest.approx([1e6 / 6 / rent for rent in rents(6, 12)], rel=1e-12)
    at_once = reckoned(CloudCredits(**ONE_ROUND), FALLING, yearly_usd=MILLION)
    assert run.supplied.sum() > at_once.supplied.sum()
    np.testing.assert_array_equal(run.outlay, at_once.outlay)  # prepaid either way


def test_hours_bought_ahead_have_the_price_of_their_month_of_issue(reckoned):
    """A million buys its hours in the first month, at that month's rent, and uses a twelfth in each month."""
    run = reckoned(CloudCredits(ahead_share=1.0, prepaid_share=0.0, **ONE_ROUND), FALLING, yearly_usd=MILLION)
    assert run.supplied[0, :12] == pytest.approx([1e6 / 12 / rents(0, 1)[0]] * 12, rel=1e-12)
    assert run.outlay[0, 0] == pytest.approx(1e6)  # at issue, though other vouchers are paid as they are used
    assert run.outlay.sum() == pytest.approx(1e6)


@property_of
@given(ahead=shares, prepaid=shares, spent=shares, kept=st.floats(0, 11))
def test_vouchers_saved_or_used_ahead_still_have_one_use_each(reckoned, outcome, ahead, prepaid, spent, kept):
    """I-10 once more: rent, expired and returned vouchers sum to those issued; the treasury pays the first two."""
    levers = CloudCredits(ahead_share=ahead, prepaid_share=prepaid, kept_months=kept, **ONE_ROUND)
    run = reckoned(levers, STEADY | {"cloud.spent_share": spent, "cloud.overhead_share": 0.0}, yearly_usd=MILLION)
    lost, kept_usd = (outcome(run, name)[0] for name in ("breakage", "returned_vouchers"))
    assert run.trade.rent.sum() + lost + kept_usd == pytest.approx(1e6)
    assert run.outlay.sum() == pytest.approx(1e6 - kept_usd)
    assert kept_usd == pytest.approx((1 - ahead) * (1 - prepaid) * (1 - spent) * 1e6, abs=1e-3)


def test_with_steady_rents_neither_changes_the_hours(reckoned):
    plain = reckoned(CloudCredits(), STEADY, yearly_usd=MILLION).supplied.sum()
    for levers in ({"ahead_share": 0.5}, {"kept_months": 5.0}, {"ahead_share": 0.3, "kept_months": 2.5}):
        assert reckoned(CloudCredits(**levers), STEADY, yearly_usd=MILLION).supplied.sum() == pytest.approx(plain)


def test_a_commitment_keeps_its_discount_beside_hours_bought_ahead(reckoned):
    """Half ahead at the list price, a quarter committed at 45 % off, a quarter on demand: .5 + .25 / .55 + .25."""
    run = reckoned(CloudCredits(ahead_share=0.5, committed_share=0.25), STEADY | NO_LOSSES, yearly_usd=MILLION)
    assert run.supplied.sum() == pytest.approx(1e6 / 3.50 * (0.75 + 0.25 / 0.55), rel=1e-9)


# ------------------------------------------------------------------------------------------------------------ run-off


def test_vouchers_valid_beyond_the_horizon_run_off(reckoned, outcome):
    """A year's vouchers, a horizon of one year, two years valid: the second half buys at the rents of year two."""
    levers = CloudCredits(round_months=12, validity_months=24)
    run = reckoned(levers, FALLING, yearly_usd=MILLION, horizon_years=1)
    later = [1e6 / 24 / rent for rent in rents(12, 24)]
    worth = [hours / 2 ** ((month + 12.5) / 12 / 2.5) for month, hours in enumerate(later)]
    assert outcome(run, "runoff_h100e_hours")[0] == pytest.approx(sum(later), rel=1e-12)
    assert outcome(run, "runoff_fe_hours")[0] == pytest.approx(sum(worth), rel=1e-12)
    longer = reckoned(levers, FALLING, yearly_usd=MILLION, horizon_years=2)
    assert run.supplied.sum() + sum(later) == pytest.approx(longer.supplied.sum(), rel=1e-12)
    assert outcome(longer, "runoff_fe_hours")[0] == 0


@pytest.mark.parametrize("workstation_share", [0.0, 0.5, 1.0])
def test_a_longer_horizon_has_what_ran_off(reckoned, outcome, workstation_share):
    """Hours within five years, run-off and what machines of these years do later make the hours of twenty years."""
    levers = ResearchGrants(workstation_share=workstation_share, compute_share=0.8)
    given = {"money.normalisation": "as_entered", "grants.workstation_life_years": 3.0} | ADDS
    short, long = (reckoned(levers, given, yearly_usd=(1e7,) * 5, horizon_years=years) for years in (5, 20))
    owned = outcome(short, "runoff_h100e_hours")[0] + short.supplied.sum()
    # machines bought before the horizon have a residual value and no run-off
    paid = spread(np.full((1, 10), 5e6), np.arange(10)[None] * 6 + 6.0, np.arange(10)[None] * 6 + 42.0, 60)[0]
    bought = paid / 1.385 * 0.8 * workstation_share / World().grants.workstation_price_usd
    left = [
        number * 2 ** ((month + 0.5) / 30) * 0.25 * 730 * max(month + 1 + 36 - 60, 0.0)
        for month, number in enumerate(bought)
    ]
    assert owned + sum(left) == pytest.approx(long.supplied.sum(), rel=1e-9)


def test_what_is_not_a_commitment_has_no_runoff(reckoned, outcome):
    """A public machine in service at the horizon has a residual value instead; doing nothing has neither."""
    machine = reckoned(PublicCluster(life_years=15), yearly_usd=(1e7,) * 5, horizon_years=5)
    assert outcome(machine, "runoff_fe_hours")[0] == 0 > machine.cash["residual"].sum()
    assert outcome(reckoned(DoNothing()), "runoff_h100e_hours")[0] == 0


# ------------------------------------------------------------------------------------------------------------- grants


def test_of_an_award_seven_tenths_are_direct():
    """I-22: 400 k$ at iota .385 -> 288 808.66 direct; 27.798 % of the total is indirect."""
    assert round(400_000 * float(direct_share(0.385)), 2) == 288_808.66
    assert round(100 * (1 - float(direct_share(0.385))), 3) == 27.798


@pytest.mark.parametrize("life_years", [4.0, 3.3])
def test_direct_costs_are_people_and_compute(reckoned, life_years):
    """I-22 with real flows: wages, machines and rent add up to the direct part of what was paid."""
    run = reckoned(ResearchGrants(), STEADY | ADDS | {"grants.workstation_life_years": life_years}, horizon_years=15)
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
    run = reckoned(ResearchGrants(), STEADY | ADDS | {"grants.workstation_life_years": 40 / 12})
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
    values = NO_LOSSES | ADDS | even | still | one_rule
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
    values = NO_LOSSES | ADDS | {"access.reserve_share": 0.0, "grants.indirect_ratio": 0.0}
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
        assert (run.outlay * run.context.grid.discount).sum() == pytest.approx(run.context.budget_pv[0], rel=1e-9)
    sizes = [next(iter(run.size.values()))[0] for run in (short, long)]
    assert sizes[0] <= sizes[1], "a shorter horizon never makes a programme larger"
    assert short.supplied.sum() < long.supplied.sum()


# ------------------------------------------------------------------------------------------------- laboratory machines


def test_a_laboratorys_machine_is_resold_like_a_public_one(reckoned):
    """An award of 1.385 M$ paid in one month, all for machines of 4 years: 33 % a year off from the middle of it."""
    levers = ResearchGrants(round_months=12, decision_months=1, duration_months=1, compute_share=1, workstation_share=1)
    for years, age in ((3, 36 - 1.5), (10, 48 + 0.5)):  # at the horizon, or when it retires
        run = reckoned(levers, {"money.normalisation": "as_entered"}, yearly_usd=(1.385e6,), horizon_years=years)
        resale = 1e6 * 0.67 ** (age / 12)
        assert -run.cash["residual"].sum() == pytest.approx(resale, rel=1e-9)
        assert run.cash["residual"][0, 35 if years == 3 else 50] == pytest.approx(-resale, rel=1e-9)
        assert run.cost.sum() == pytest.approx(1.385e6 - resale) and run.outlay.sum() == pytest.approx(1.385e6)


def test_dear_machines_fetch_no_more(reckoned):
    """What a feedback of prices adds is not resold, as with a public machine: list prices hold."""
    values = {"money.normalisation": "as_entered", "market.accelerators_usd_per_year": 1e8}
    calm, moved = (reckoned(ResearchGrants(), values | {"market.feedback": on}) for on in (False, True))
    assert 0 < -moved.cash["residual"].sum() < -calm.cash["residual"].sum()
