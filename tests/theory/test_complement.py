"""Open models as a complement: prices, shares, users' gains, and the effect that one would have to believe in."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.instruments import INSTRUMENTS
from sim.mechanisms.complement import (
    Complement,
    consumer_gain_usd,
    gain_at,
    natural_share,
    price_usd,
    public_part,
    pull_needed,
    pulled_share,
)
from sim.outcomes import BY_NAME, Measures
from tests.conftest import run, total

property_of = settings(max_examples=100, deadline=None, derandomize=True)
shares = st.floats(0, 1)
prices = st.floats(0.01, 10)
YEARS = (np.arange(24) + 0.5) / 12
ON = {"complement.counted": True}


@pytest.mark.parametrize(("share", "price"), [(0.0, 1.86), (0.2, 1.534), (1.0, 0.23)])
def test_the_price_is_the_mix_of_both(share, price):
    """I-59: published prices of open and closed models."""
    assert float(price_usd(share, Complement())) == pytest.approx(price, abs=1e-12)


def test_the_published_saving_needs_most_users_to_switch():
    """V-13: to save 70 % of what closed models cost, four fifths of their use would have to move (82 to 83 %)."""
    saved = 0.70 * 1.86 / (1.86 - 0.23)
    assert 0.79 < saved < 0.83
    assert float(price_usd(saved, Complement())) == pytest.approx(0.30 * 1.86)


@property_of
@given(shares, st.floats(-0.95, 3), st.floats(0, 30))
def test_the_natural_share_stays_a_share_and_starts_where_it_is(start, growth, years):
    block = Complement(open_share=start, open_growth_per_year=growth)
    later = float(natural_share(block, np.array([years]))[0])
    assert 0 <= later <= 1
    assert float(natural_share(block, np.array([0.0]))[0]) == pytest.approx(start)


def test_the_natural_share_is_logistic():
    """Its odds grow by a tenth a year: after ten years they are 1.1^10 times the first."""
    share = float(natural_share(Complement(), np.array([10.0]))[0])
    assert share / (1 - share) == pytest.approx(0.25 * 1.1**10)


@property_of
@given(shares, shares, st.floats(0, 1e3), st.floats(0, 1e3))
def test_a_stronger_pull_never_raises_the_price(natural, part, one, other):
    low, high = sorted((one, other))
    pulled = [pulled_share(np.array([natural]), np.array([part]), pull) for pull in (low, high)]
    assert natural <= pulled[0][0] <= pulled[1][0] <= 1
    assert price_usd(pulled[1], Complement()) <= price_usd(pulled[0], Complement())


@property_of
@given(shares, shares)
def test_a_larger_open_part_never_raises_the_price(one, other):
    low, high = sorted((one, other))
    assert price_usd(high, Complement()) <= price_usd(low, Complement())


def test_public_compute_is_as_much_as_the_worlds_where_a_month_of_it_is_a_twelfth():
    assert float(public_part(np.array(2e9 / 12), Complement(world_open_compute=2e9))) == pytest.approx(1)


@property_of
@given(st.floats(0, 1e9), st.floats(1, 1e12), st.floats(1, 1e12))
def test_public_compute_weighs_less_in_a_larger_world(hours, one, other):
    low, high = sorted((one, other))
    parts = [public_part(np.array(hours), Complement(world_open_compute=world)) for world in (low, high)]
    assert parts[1] <= parts[0]


@property_of
@given(prices, st.floats(0.5, 3))
def test_an_unchanged_price_gains_nobody_anything(price, elasticity):
    assert consumer_gain_usd(np.array(price), np.array(price), Complement(demand_elasticity=elasticity)) == 0


@property_of
@given(prices, st.floats(0.5, 1), st.floats(0.5, 1), st.floats(0, 3))
def test_a_larger_fall_of_the_price_never_gains_users_less(price, one, other, elasticity):
    low, high = sorted((one, other))
    block = Complement(demand_elasticity=elasticity)
    gains = [float(consumer_gain_usd(np.array(price), np.array(price * ratio), block)) for ratio in (high, low)]
    assert gains[1] >= gains[0] >= 0


@property_of
@given(st.floats(0.6, 1), st.floats(0, 3))
def test_the_trapezoid_lies_above_the_area_by_no_more_than_its_known_error(ratio, elasticity):
    """A convex demand lies below its chord, by at most width^3 / 12 times the largest second derivative."""
    block = Complement(demand_elasticity=elasticity, spend_usd_per_year=12.0)
    area, _ = quad(lambda price: price**-elasticity, ratio, 1)
    found = float(consumer_gain_usd(np.array(1.0), np.array(ratio), block))
    error = (1 - ratio) ** 3 / 12 * elasticity * (elasticity + 1) * ratio ** (-elasticity - 2)
    assert area * (1 - 1e-9) <= found <= (area + error) * (1 + 1e-9)


@property_of
@given(st.floats(0.5, 1), st.floats(0.5, 3), st.floats(0.5, 3))
def test_more_elastic_users_never_gain_less(ratio, one, other):
    low, high = sorted((one, other))
    gains = [
        float(consumer_gain_usd(np.array(1.0), np.array(ratio), Complement(demand_elasticity=e))) for e in (low, high)
    ]
    assert gains[1] >= gains[0]


def _series(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    natural = np.broadcast_to(natural_share(Complement(), YEARS), (3, YEARS.size))
    return natural, rng.uniform(0, 0.2, (3, YEARS.size)), np.full((3, YEARS.size), 0.9)


@property_of
@given(st.integers(0, 10_000), st.floats(0.001, 0.999))
def test_at_the_needed_pull_users_gain_exactly_what_the_option_costs(seed, part_of_all):
    natural, part, discount = _series(seed)
    block = Complement()
    most = gain_at(np.full((3, 1), 1e9), natural, part, block, discount)
    cost = most * part_of_all
    pull = pull_needed(cost, natural, part, block, discount)
    np.testing.assert_allclose(gain_at(pull[:, None], natural, part, block, discount), cost, rtol=1e-9)


def test_where_no_pull_is_enough_there_is_none():
    natural, part, discount = _series(1)
    assert np.isnan(pull_needed(np.full(3, 1e15), natural, part, Complement(), discount)).all()
    assert np.isnan(pull_needed(np.ones(3), natural, np.zeros_like(part), Complement(), discount)).all()


@property_of
@given(st.floats(1e6, 1e8), st.floats(1e6, 1e8))
def test_a_dearer_option_never_needs_a_weaker_pull(one, other):
    natural, part, discount = _series(2)
    low, high = sorted((one, other))
    weak, strong = (pull_needed(np.full(3, cost), natural, part, Complement(), discount) for cost in (low, high))
    assert (strong >= weak * (1 - 1e-12)).all()


# ------------------------------------------------------------------------------------------------------ whole options


def test_by_default_nothing_is_counted():
    monthly = run(INSTRUMENTS["public_cluster"]())
    for outcome in ("api_price_index", "consumer_gain", "mu_needed"):
        assert np.isnan(total(monthly, outcome)).all()


def test_doing_nothing_gains_nobody_anything_and_leaves_the_natural_price():
    monthly = run(INSTRUMENTS["do_nothing"](), ON)
    assert total(monthly, "consumer_gain") == 0
    natural = natural_share(Complement(), monthly.context.grid.t_years)
    assert total(monthly, "api_price_index") == pytest.approx(price_usd(natural, Complement()).mean())
    assert np.isnan(total(monthly, "mu_needed")).all()


@pytest.mark.parametrize("name", ["public_cluster", "cloud_credits"])
def test_with_the_needed_pull_users_gain_the_public_cost(name):
    """The break-even put back into the model breaks even."""
    pull = float(total(run(INSTRUMENTS[name](), ON), "mu_needed")[0])
    monthly = run(INSTRUMENTS[name](), ON | {"complement.pull_ratio": pull})
    assert total(monthly, "consumer_gain") == pytest.approx(total(monthly, "public_cost"), rel=1e-9)


def test_the_yearly_price_is_the_mean_of_its_months():
    measures = Measures(run(INSTRUMENTS["public_cluster"](), ON, draws=3))
    outcome = BY_NAME["api_price_index"]
    np.testing.assert_allclose(outcome.yearly(measures).mean(axis=-1), outcome.total(measures), rtol=1e-12)


def test_only_projects_that_publish_weights_pull():
    closed = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "closed_api"})
    opened = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "open_weights"})
    assert total(closed, "consumer_gain") == 0 < total(opened, "consumer_gain")


def test_a_block_that_is_off_moves_nothing_else():
    """Counting the complement changes no other outcome: it only adds what users gain."""
    plain, counted = (Measures(run(INSTRUMENTS["public_cluster"](), values)) for values in ({}, ON))
    for name, outcome in BY_NAME.items():
        if name not in ("api_price_index", "consumer_gain", "mu_needed"):
            np.testing.assert_array_equal(outcome.total(counted), outcome.total(plain), err_msg=name)


def test_gains_are_in_proportion_to_what_is_spent():
    before, after = np.array([1.5]), np.array([1.4])
    block = Complement()
    twice = replace(block, spend_usd_per_year=2 * block.spend_usd_per_year)
    assert consumer_gain_usd(before, after, twice) == pytest.approx(2 * consumer_gain_usd(before, after, block))
