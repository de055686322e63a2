"""Money over time: what discounting, capital recovery and levelised costs must do."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from sim.mechanisms.finance import (
    Money,
    affordable_size,
    capital_recovery,
    cash_peak,
    discount_factor,
    levelised_cost,
    month_middles_years,
    present_value,
    sinking_fund,
)
from tests.oracles.formulas import break_even_price_ratio

# Derandomised: a build must not pass or fail by luck.
property_of = settings(max_examples=200, deadline=None, derandomize=True)
rates = st.floats(1e-12, 0.3)
lives = st.floats(0.5, 200)
FLAT = Money(declining=False)

# ------------------------------------------------------------------------------------------------------- discounting


@pytest.mark.parametrize(("years", "expected"), [(30, 0.356278), (31, 0.345901), (75, 0.094214), (76, 0.091916)])
def test_a_dollar_is_worth_what_the_green_book_schedule_says(years, expected):
    """I-1: the rate steps down after 30 and 75 years, and applies from the year after."""
    assert float(discount_factor(years, Money())) == pytest.approx(expected, abs=5e-7)


@pytest.mark.parametrize("declining", [True, False])
def test_at_rate_zero_a_dollar_stays_a_dollar(declining):
    """I-1: D with r = 0 is 1, exactly."""
    money = Money(discount_rate=0, later_rate=0, last_rate=0, declining=declining)
    assert discount_factor(np.linspace(0, 200, 401), money).tolist() == [1.0] * 401


def test_ten_yearly_dollars_are_worth_eight_and_a_third():
    """I-4: PV of 1 $/y for 10 y at 3.5 % = 8.316605, year-end; the reciprocal of the capital recovery factor."""
    worth = present_value(np.ones(10), discount_factor(np.arange(1, 11), Money()))
    assert round(float(worth), 6) == 8.316605
    assert worth * capital_recovery(0.035, 10) == pytest.approx(1, rel=1e-12)


def test_months_are_discounted_from_their_middle():
    """The first month's flow waits half a month, the last one of a year eleven and a half."""
    assert month_middles_years(12)[[0, -1]] * 12 == pytest.approx([0.5, 11.5])


@property_of
@given(rates, rates, rates, st.booleans())
def test_discount_factors_fall_from_one(first, later, last, declining):
    """I-1, for every schedule: between 0 and 1, strictly falling, without a jump where the rate changes."""
    money = Money(discount_rate=first, later_rate=later, last_rate=last, declining=declining)
    factors = discount_factor(np.linspace(0, 100, 801), money)
    assert factors[0] == 1
    assert np.all(np.diff(factors) <= 0)
    assert np.all(factors > 0)
    assert np.all(factors[1:] >= factors[:-1] * 1.3**-0.125 * (1 - 1e-12))


@property_of
@given(rates, st.floats(0, 29), st.floats(0.01, 1))
def test_within_a_period_a_year_costs_the_rate(rate, start, span):
    """D(t + s) = D(t) (1 + r)^-s while one rate holds."""
    money = Money(discount_rate=rate)
    late = discount_factor(start + span, money)
    assert late == pytest.approx(float(discount_factor(start, money)) * (1 + rate) ** -span, rel=1e-12)


def test_rates_of_many_draws_meet_all_months():
    """Rates [draw, 1] and times [month] give [draw, month], each row as if alone."""
    both = discount_factor(month_middles_years(24), replace(FLAT, discount_rate=np.array([[0.02], [0.07]])))
    alone = [discount_factor(month_middles_years(24), replace(FLAT, discount_rate=rate)) for rate in (0.02, 0.07)]
    assert np.array_equal(both, alone)


# --------------------------------------------------------------------------------------------------- capital recovery


@pytest.mark.parametrize(
    ("rate", "years", "expected"),
    [(0.035, 5, 0.221481), (0.07, 5, 0.243891), (0.035, 50, 0.0426337)],
)
def test_the_capital_recovery_factor_is_the_textbooks(rate, years, expected):
    """I-2."""
    assert capital_recovery(rate, years) == pytest.approx(expected, rel=2e-6)


def test_a_press_that_lasts_fifty_years_charges_a_fifth_a_year():
    """I-2: 5.19 times lower annual charge than a machine that lasts five."""
    assert round(capital_recovery(0.035, 5) / capital_recovery(0.035, 50), 2) == 5.19


def test_the_sinking_fund_factor_is_the_textbooks():
    """I-2."""
    assert round(sinking_fund(0.035, 5), 6) == 0.186481


@property_of
@given(rates, lives)
def test_recovery_less_the_sinking_fund_is_the_rate(rate, years):
    """I-2: CRF - SFF = r exactly: interest is paid on what is owed, and the debt is gone at the end."""
    recovery = capital_recovery(rate, years)
    assert recovery - sinking_fund(rate, years) == pytest.approx(rate, abs=4 * np.finfo(float).eps * recovery)


@pytest.mark.parametrize("rate", [0.0, 1e-300, 1e-15, 1e-12])
@pytest.mark.parametrize("years", [1, 5, 37.5])
def test_without_interest_the_debt_is_split_evenly(rate, years):
    """I-3: CRF(r -> 0, n) = 1/n; the textbook form gives 0.199982 at r = 1e-12, n = 5."""
    assert capital_recovery(rate, years) == pytest.approx(1 / years, rel=1e-10)
    assert sinking_fund(rate, years) == pytest.approx(1 / years, rel=1e-10)


def test_the_trap_of_the_textbook_form_is_real():
    """I-3: a check that can fail, so that nobody simplifies the formula."""
    assert round(1e-12 / (1 - (1 + 1e-12) ** -5), 6) == 0.199982
    assert round(capital_recovery(1e-12, 5), 6) == 0.2


@property_of
@given(rates, lives, st.floats(1.01, 3))
def test_a_yearly_charge_lies_above_interest_and_above_the_even_split(rate, years, longer):
    """CRF > r and CRF > 1/n; it falls with a longer life and, for a very long one, is interest alone."""
    recovery = capital_recovery(rate, years)
    assert recovery >= rate
    assert recovery >= 1 / years
    assert capital_recovery(rate, years * longer) <= recovery
    assert capital_recovery(rate, 800 / rate) == pytest.approx(rate, rel=1e-12)


# ------------------------------------------------------------------------------------------- levelised, dynamic costs


def test_falling_prices_let_the_owner_break_even_only_well_above_cost():
    """I-12: gL / (1 - e^-gL) = 1.581977 at g = 0.2, L = 5, where a price falls by 1 - e^-g of itself each year."""
    assert round(break_even_price_ratio(1 - np.exp(-0.2), 5), 6) == 1.581977


def test_with_steady_prices_today_is_all_that_counts():
    """I-12: g = 0 -> 1, exactly, and so in the limit."""
    assert break_even_price_ratio(0, 5) == 1
    assert break_even_price_ratio(1e-9, 5) == pytest.approx(1, abs=1e-8)


@property_of
@given(st.floats(0.001, 0.85), st.floats(0.1, 50))
def test_the_break_even_price_is_the_one_whose_mean_over_life_is_the_cost(decline, life):
    """I-12: a price that starts at the ratio and falls averages one over the machine's life."""
    steps = 20_000
    t = (np.arange(steps) + 0.5) / steps * life
    mean = break_even_price_ratio(decline, life) * ((1 - decline) ** t).mean()
    assert mean == pytest.approx(1, rel=1e-5)


monthly = arrays(np.float64, (3, 30), elements=st.just(0) | st.floats(1e-3, 1e9))


@property_of
@given(monthly, monthly)
def test_a_levelised_cost_is_the_steady_price_that_pays_the_bill(cost, hours):
    """LCOC times discounted hours = discounted cost; where there are no hours there is no cost of an hour."""
    discount = discount_factor(month_middles_years(30), Money())
    price = levelised_cost(cost, hours, discount)
    busy = hours.any(axis=-1)
    assert np.array_equal(np.isnan(price), ~busy)
    paid = (price[:, None] * hours * discount).sum(axis=-1)
    assert paid[busy] == pytest.approx(present_value(cost, discount)[busy], rel=1e-9)


def test_an_option_without_hours_has_no_cost_of_an_hour():
    """NaN, and no warning of a division by zero."""
    assert np.isnan(levelised_cost(np.ones((1, 3)), np.zeros((1, 3)), np.ones(3))).all()


# ------------------------------------------------------------------------------------------- equal value, cash peaks

sums = arrays(np.float64, 5, elements=st.floats(1, 1e10))


@property_of
@given(sums, sums, sums)
def test_the_affordable_size_spends_the_budget_to_the_cent(budget, unit, fixed):
    """I-9: N x PV per unit + PV fixed = BPV to 1e-9; a budget below the fixed costs buys nothing."""
    size = affordable_size(budget, unit, fixed)
    enough = budget > fixed
    assert (size * unit + fixed)[enough] == pytest.approx(budget[enough], rel=1e-9)
    assert np.all(size[~enough] == 0)


def test_a_unit_that_costs_nothing_is_not_bought_without_end():
    """I-9: no division by zero; nothing is bought of what has no price."""
    assert affordable_size(np.array([1.0]), np.array([0.0]), np.array([0.0])).tolist() == [0.0]


@property_of
@given(arrays(np.float64, (2, 30), elements=st.floats(0, 1e6)), st.integers(1, 40))
def test_the_cash_peak_is_the_dearest_window(outlay, window):
    """Against a plain search over all windows; a window longer than the horizon is the horizon."""
    width = min(window, 30)
    searched = [max(row[m : m + width].sum() for m in range(31 - width)) for row in outlay]
    assert cash_peak(outlay, window) == pytest.approx(searched, rel=1e-9, abs=1e-6)
