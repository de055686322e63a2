"""A fab: learning, stakes, and what comes too late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.instruments.do_nothing import DoNothing
from sim.instruments.domestic_fab import DomesticFab
from sim.mechanisms.fab import (
    Fab,
    full_output_per_month,
    full_stake_usd,
    learning_exponent,
    months_to_output,
    ramp_share,
    unit_premium,
)
from sim.mechanisms.finance import present_value

property_of = settings(max_examples=100, deadline=None, derandomize=True)
BILLIONS = (1e9,) * 6  # six years: a good half of the public share of 8.4 milliard dollars
PRO_RATA = DomesticFab(minimum_scale=False)

# ----------------------------------------------------------------------------------------------------------- learning


def test_three_doublings_halve_a_cost_that_falls_a_fifth_each_time():
    """I-38: b = .321928, and .8^3 = .512."""
    assert round(learning_exponent(0.2), 6) == 0.321928
    fab = Fab(premium_share=1.0, learning_share=0.2)
    assert float(unit_premium(np.array(8.0), 1.0, fab)) == pytest.approx(0.512, rel=1e-12)
    assert 8 ** -learning_exponent(0.2) == pytest.approx(0.512, rel=1e-12)


@property_of
@given(st.floats(0, 1e9), st.floats(1, 1e6))
def test_without_learning_the_premium_stays(cumulative, reference):
    """I-38: LR = 0."""
    assert float(unit_premium(np.array(cumulative), reference, Fab(learning_share=0.0))) == pytest.approx(0.12)


@property_of
@given(st.floats(0, 0.9), st.floats(1, 1e6), st.floats(1, 1e3), st.floats(1, 10))
def test_the_premium_starts_at_first_volume_and_falls(learning, reference, grown, more):
    """I-38: phi_0 at Q_1 (and before), then never rising."""
    fab = Fab(learning_share=learning)
    at = [float(unit_premium(np.array(q * reference), reference, fab)) for q in (0.0, 1.0, grown, grown * more)]
    assert at[0] == at[1] == pytest.approx(0.12)
    assert at[1] >= at[2] >= at[3] > 0


def test_the_ramp_is_a_straight_line_to_full_volume():
    """M13: nothing before first output, half at half the ramp, all after it."""
    assert ramp_share(np.array([-1.0, 0.0, 12.0, 24.0, 60.0]), 24).tolist() == [0, 0, 0.5, 1, 1]


def test_the_scarcer_of_wafers_and_packages_binds():
    """M13: 20 000 wafers x 45 dies x a tenth are 90 000 accelerators; packages may allow less."""
    assert float(full_output_per_month(Fab())) == 90_000
    assert float(full_output_per_month(Fab(packages_per_month=40_000))) == 40_000


# ------------------------------------------------------------------------------------------------------------- stakes


@pytest.mark.parametrize(("build", "delay"), [(120.0, 0.0), (60.0, 1.0), (100.0, 0.5)])
def test_a_fab_that_opens_after_the_horizon_changes_nothing_but_the_bill(reckoned, outcome, build, delay):
    """I-39: D_f (1 + o) >= H: no effect, full cost."""
    values = {"fab.build_months": build, "fab.delay_ratio": delay}
    late, nothing = (reckoned(option, values, yearly_usd=BILLIONS) for option in (PRO_RATA, DoNothing()))
    assert np.all(late.made == 0)
    assert outcome(late, "accelerator_price_percent") == 0
    assert np.array_equal(late.shared.public, nothing.shared.public)
    assert outcome(late, "research_fe_hours") == outcome(nothing, "research_fe_hours")
    assert outcome(late, "public_cost") == pytest.approx(late.scene.budget_pv, rel=1e-9)


def test_a_fab_that_opens_just_in_time_does_something(reckoned):
    """I-39, a check that can fail: 119 months are in time."""
    made = reckoned(PRO_RATA, {"fab.build_months": 119.0, "fab.delay_ratio": 0.0}, yearly_usd=BILLIONS).made[0]
    assert np.all(made[:119] == 0)
    assert made[119] > 0


@pytest.mark.parametrize("option", ["alone", "mixed"])
def test_a_fab_without_money_is_nothing(reckoned, mix, outcome, option):
    """I-39: w_f = 0."""
    alone = option == "alone"
    instrument = PRO_RATA if alone else mix(PRO_RATA, cloud_credits=1.0)
    other = DoNothing() if alone else mix(cloud_credits=1.0)
    yearly = (0.0,) * 6 if alone else BILLIONS
    fab, without = (reckoned(each, yearly_usd=yearly) for each in (instrument, other))
    assert np.array_equal(fab.cost, without.cost)
    assert np.array_equal(fab.made, np.zeros((1, 120)))
    assert np.array_equal(fab.shared.public, without.shared.public)
    assert outcome(fab, "accelerator_price_percent") == 0


@property_of
@given(st.floats(1e6, 1e9), st.floats(0.01, 1))
def test_a_stake_makes_its_share_of_the_whole_output(reckoned, yearly, part):
    """I-39: linear below the whole stake."""
    whole, less = (reckoned(PRO_RATA, yearly_usd=(usd,) * 6) for usd in (yearly, part * yearly))
    assert less.made == pytest.approx(part * whole.made, rel=1e-9)
    assert whole.made.sum() > 0
    stake_share = whole.size["domestic_fab"][0] / 8.4e9
    # first output after 48 x 1.3 months, at full volume 24 months later
    assert whole.made[0, -1] == pytest.approx(90_000 * stake_share)
    assert whole.made[0, 62:63].sum() == pytest.approx(90_000 * stake_share * 0.1 / 24)


def test_more_than_the_whole_stake_is_not_spent(reckoned, outcome):
    """I-39: x <= 1: the fab makes its volume, and the rest of the money stays where it was."""
    rich = reckoned(DomesticFab(), yearly_usd=(20e9,) * 6)
    assert rich.size["domestic_fab"][0] == pytest.approx(float(full_stake_usd(Fab())))
    assert rich.outlay.sum() == pytest.approx(0.35 * 20e9 * 1.2)
    assert rich.made[0, -1] == pytest.approx(90_000)
    assert outcome(rich, "public_cost") < rich.scene.budget_pv


@pytest.mark.parametrize(("yearly_usd", "built"), [(0.3e9, False), (0.5e9, True)])
def test_a_stake_below_the_smallest_useful_one_pays_for_studies(reckoned, outcome, yearly_usd, built):
    """M13: below a quarter of 8.4 milliard dollars no fab comes, and the money is spent all the same."""
    run = reckoned(DomesticFab(), yearly_usd=(yearly_usd,) * 6)
    assert bool(run.made.any()) is built
    assert outcome(run, "public_cost") == pytest.approx(run.scene.budget_pv, rel=1e-9)


def test_output_beyond_the_horizon_waits_for_the_delay():
    """M13: 48 months planned, 30 % late."""
    assert float(months_to_output(Fab())) == pytest.approx(62.4)
    assert float(months_to_output(replace(Fab(), delay_ratio=0.0))) == 48


def test_the_stake_is_paid_by_stages(reckoned):
    """M13: a twentieth at once, the rest at the milestones of the build, a tenth with the first wafers."""
    run = reckoned(replace(PRO_RATA, stake_usd=1.0), {"money.normalisation": "as_entered"})
    paid = run.cash["stake"][0]
    assert {int(m): float(paid[m]) for m in np.flatnonzero(paid)} == {0: 0.05, 9: 0.25, 28: 0.20, 43: 0.40, 62: 0.10}
    assert present_value(run.cost, np.ones(120))[0] == pytest.approx(1)
