"""Prices under extra demand and supply, who gains from a subsidy, and crowding out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms.market import price_index
from tests.oracles.formulas import buyer_share

property_of = settings(max_examples=200, deadline=None, derandomize=True)
elasticities = st.floats(0.05, 5)
shocks = st.floats(0, 0.9)


@pytest.mark.parametrize(("demand", "percent"), [(0.002, 0.250375), (0.02, 2.53790), (0.2, 29.1799)])
def test_the_price_rise_is_the_exact_root(demand, percent):
    """I-35: es = .3, ed = .5."""
    rise = 100 * (float(price_index(demand, 0.0, 0.3, 0.5)) - 1)
    assert rise == pytest.approx(percent, rel=2e-6)


def test_a_large_shock_moves_the_price_beyond_the_straight_line():
    """M14: +29.2 % at a fifth of the market, against 25 % by the linear form."""
    assert float(price_index(0.2, 0.0, 0.3, 0.5)) - 1 > 0.2 / 0.8


@property_of
@given(elasticities, elasticities)
def test_without_a_policy_the_price_stays(supply, demand):
    """I-35: G = S = 0 -> P = 1, exactly."""
    assert float(price_index(0.0, 0.0, supply, demand)) == 1


@property_of
@given(shocks, elasticities, elasticities)
def test_new_supply_cancels_as_much_new_demand(shock, supply, demand):
    """I-37: exactly."""
    assert float(price_index(shock, shock, supply, demand)) == 1


@property_of
@given(shocks, shocks, elasticities, elasticities)
def test_the_price_clears_the_market(extra_demand, extra_supply, supply, demand):
    """I-35: P^es = P^-ed + G/Q - S/Q."""
    price = float(price_index(extra_demand, extra_supply, supply, demand))
    assert price**supply == pytest.approx(price**-demand + extra_demand - extra_supply, rel=1e-9, abs=1e-9)


@property_of
@given(shocks, st.floats(0.001, 0.5), elasticities, elasticities)
def test_demand_raises_the_price_and_supply_lowers_it(shock, more, supply, demand):
    """I-35: strictly, whatever the elasticities."""
    start, dearer, cheaper = (
        float(price_index(g, s, supply, demand)) for g, s in ((shock, 0.1), (shock + more, 0.1), (shock, 0.1 + more))
    )
    assert cheaper < start < dearer


def test_a_market_that_cannot_answer_has_no_price():
    """Refused rather than infinite: no elasticity at all, or a shock beyond what one side alone can answer."""
    with pytest.raises(ValueError, match="no price clears"):
        price_index(0.1, 0.0, 0.0, 0.0)
    with pytest.raises(ValueError, match="demand of 1 of a market whose supply cannot grow"):
        price_index(1.0, 0.0, 0.0, 0.5)
    with pytest.raises(ValueError, match="supply of 1 of a market whose demand cannot grow"):
        price_index(0.0, 1.0, 0.3, 0.0)


@pytest.mark.parametrize(("extra_demand", "extra_supply"), [(1e4, 0.0), (0.0, 1e4), (1e8, 0.0), (0.0, 1e8)])
@pytest.mark.parametrize(("supply", "demand"), [(0.3, 0.5), (0.1, 5.0), (5.0, 0.1), (100.0, 0.2), (0.2, 100.0)])
def test_a_shock_beyond_any_market_still_has_a_price(extra_demand, extra_supply, supply, demand):
    """I-35 at ten thousand times the market and more: no overflow on the way to the root."""
    price = float(price_index(extra_demand, extra_supply, supply, demand))
    assert price**supply + extra_supply == pytest.approx(price**-demand + extra_demand, rel=1e-9)


def test_many_shocks_are_priced_one_by_one():
    """Arrays go through as their elements do."""
    demand = np.array([[0.0, 0.002], [0.02, 0.2]])
    alone = [[float(price_index(g, 0.01, 0.3, 0.5)) for g in row] for row in demand]
    assert price_index(demand, 0.01, 0.3, 0.5) == pytest.approx(np.array(alone), rel=1e-14)


# ---------------------------------------------------------------------------------------------------------- incidence


def test_buyers_keep_three_eighths_of_a_subsidy():
    """I-36: es / (es + ed) = .375; all of it where supply is infinitely elastic, none where it is fixed."""
    assert round(buyer_share(0.3, 0.5), 12) == 0.375
    assert buyer_share(1e15, 0.5) == pytest.approx(1)
    assert buyer_share(0, 0.5) == 0


@property_of
@given(elasticities, elasticities)
def test_the_seller_keeps_what_raises_the_price(supply, demand):
    """I-36: a small subsidy is as much demand as its size times ed; the price rises by the seller's part of it."""
    subsidy = 1e-6
    rise = float(price_index(demand * subsidy, 0.0, supply, demand)) - 1
    assert rise / subsidy == pytest.approx(1 - buyer_share(supply, demand), rel=1e-4)
