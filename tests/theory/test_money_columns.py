"""Who pays: public money, the burden of raising it and what others spend add up to the social cost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.costs.affordable import INCOME
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.finance import advance, interest_pv, present_value

property_of = settings(max_examples=30, deadline=None, derandomize=True)
OPTIONS = (
    DoNothing(),
    PublicCluster(leased_share=0.2),
    CloudCredits(prepaid_share=0.5),
    ResearchGrants(compute_share=0.6),
    DomesticFab(minimum_scale=False),
)
each_option = pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
FREE = {
    "grants.displaced_share": 0.0,
    "output.rehired_share": 1.0,  # what public hours free is spent to the last dollar
    "access.effort_days": 0.0,
    "grants.effort_days": 0.0,
    "grants.hosting_usd_per_year": 0.0,
}
COLUMNS = ("public_cost", "excess_burden", "private_cost")


@each_option
@property_of
@given(private_cost=st.floats(0, 2), rate=st.floats(0, 0.3))
def test_the_columns_sum_to_the_social_cost(reckoned, outcome, option, private_cost, rate):
    """Public + excess burden + private = social, to one part in a milliard, in the central case and in drawn ones."""
    values = {"money.excess_burden_ratio": private_cost, "money.discount_rate": rate}
    run = reckoned(option, values, draws=3)
    parts = sum(outcome(run, name) for name in COLUMNS)
    assert parts == pytest.approx(outcome(run, "social_cost"), rel=1e-9)


@each_option
def test_the_accounts_sum_to_their_columns(reckoned, outcome, option):
    """Every account's present value, public and private; the outlay is what is left without residual values."""
    run = reckoned(option, draws=4)
    worth = run.context.grid.discount
    for accounts, column in ((run.cash, "public_cost"), (run.private, "private_cost")):
        total = sum((present_value(flow, worth) for flow in accounts.values()), start=np.zeros(4))
        assert total == pytest.approx(outcome(run, column), rel=1e-9)
    spent = sum((flow.sum(axis=-1) for name, flow in run.cash.items() if name not in INCOME), start=np.zeros(4))
    assert spent == pytest.approx(outcome(run, "outlay"), rel=1e-9)


def test_the_columns_of_a_mix_sum_too(reckoned, mix, outcome):
    """With a reserved quota's account among them, and prices that feed back."""
    values = {
        "money.excess_burden_ratio": 0.25,
        "market.feedback": True,
        "fab.build_months": 36.0,
        "fab.delay_ratio": 0.0,
    }
    cluster = PublicCluster(tranche_months=(0.0, 60.0))
    option = mix(cluster, DomesticFab(reserved_share=0.5), public_cluster=0.5, cloud_credits=0.1, domestic_fab=0.4)
    run = reckoned(option, values, yearly_usd=(2e9,) * 6)
    assert run.cash["reserved quota"].any()
    assert sum(outcome(run, name) for name in COLUMNS) == pytest.approx(outcome(run, "social_cost"), rel=1e-9)
    worth = run.context.grid.discount
    assert sum(present_value(f, worth) for f in run.cash.values()) == pytest.approx(
        outcome(run, "public_cost"), rel=1e-9
    )


@each_option
def test_without_effort_hosting_and_burden_society_pays_what_the_treasury_pays(reckoned, outcome, option):
    """I-11: what is left of the private column is the electricity of laboratories, and nothing where that is free."""
    run = reckoned(option, FREE)
    assert outcome(run, "excess_burden")[0] == 0
    assert outcome(run, "social_cost")[0] == outcome(run, "public_cost")[0] + outcome(run, "private_cost")[0]
    if not isinstance(option, ResearchGrants):
        assert outcome(run, "private_cost")[0] == 0
    else:
        assert outcome(run, "private_cost")[0] > 0
        dark = reckoned(option, FREE | {"operations.electricity_usd_per_kwh": 0.0})
        assert outcome(dark, "social_cost")[0] == outcome(dark, "public_cost")[0]


@each_option
@property_of
@given(base=st.floats(0, 1), more=st.floats(0, 1))
def test_a_dearer_tax_costs_its_part_of_the_public_money(reckoned, outcome, option, base, more):
    """I-11: raising the ratio by x raises the social cost by x times the public cost, and nothing else moves."""
    low, high = (reckoned(option, {"money.excess_burden_ratio": ratio}) for ratio in (base, base + more))
    public = outcome(low, "public_cost")[0]
    raised = outcome(high, "social_cost")[0] - outcome(low, "social_cost")[0]
    assert raised == pytest.approx(more * public, rel=1e-9, abs=1e-9 * (1 + public))
    private_cost = outcome(high, "excess_burden")[0] - outcome(low, "excess_burden")[0]
    assert private_cost == pytest.approx(raised, rel=1e-9, abs=1e-9 * (1 + public))
    for column in ("public_cost", "private_cost", "outlay"):
        assert outcome(high, column)[0] == outcome(low, column)[0]


# ---------------------------------------------------------------------------------------------- ahead of the money


def test_a_machine_paid_at_once_needs_five_of_six_years_ahead(reckoned, outcome, hardware_only):
    """60 M$ of machines ordered in the first month, 10 M$ voted a year: 50 M$ ahead, and less by 10 with each year."""
    machine = PublicCluster(tranche_months=(0.0,), tranche_shares=(1.0,))
    run = reckoned(machine, hardware_only, yearly_usd=(10e6,) * 6)
    assert outcome(run, "advance_authority")[0] == pytest.approx(50e6, rel=1e-9)
    assert outcome(run, "advance_interest")[0] == 0  # at a rate of nothing


def test_interest_on_the_advance_by_hand():
    """100 ahead for a year, 40 for a second, at 5 % a year: 5 and 2, due half a month late as all flows are."""
    outlay, granted = np.zeros((1, 24)), np.zeros((1, 24))
    outlay[0, 0], granted[0, 12] = 100.0, 60.0
    discount = 1.05 ** -((np.arange(25) + 0.5) / 12)[None]
    ahead = advance(outlay, granted)
    assert ahead[0] == pytest.approx([100.0] * 12 + [40.0] * 12)
    late = 1.05 ** (-0.5 / 12)
    assert interest_pv(ahead, discount)[0] == pytest.approx((5 / 1.05 + 2 / 1.05**2) * late, rel=1e-12)


@property_of
@given(rate=st.floats(0, 0.3), paid=st.lists(st.floats(0, 1), min_size=12, max_size=12))
def test_interest_on_the_advance_is_what_present_value_already_counts(rate, paid):
    """Money spent before it is granted: the present value of both differs by exactly this interest."""
    outlay = np.array([paid])
    granted = np.zeros((1, 12))
    granted[0, -1] = outlay.sum()
    discount = (1 + rate) ** -((np.arange(13) + 0.5) / 12)[None]
    dearer = present_value(outlay, discount[:, :-1]) - present_value(granted, discount[:, :-1])
    assert interest_pv(advance(outlay, granted), discount) == pytest.approx(dearer, abs=1e-9)


def test_who_spends_nothing_early_needs_no_advance(reckoned, outcome):
    """Doing nothing, and vouchers issued out of the money of their year."""
    vouchers = reckoned(CloudCredits(), {"money.normalisation": "as_entered"})
    for run in (reckoned(DoNothing()), vouchers):
        assert outcome(run, "advance_authority")[0] == outcome(run, "advance_interest")[0] == 0
