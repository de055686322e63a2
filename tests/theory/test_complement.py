"""A complement made cheap: prices, shares, the firm's choice, users' gains, and what it makes of research."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import quad

from sim.instruments import INSTRUMENTS, Instrument
from sim.mechanisms.complement import (
    Complement,
    chosen,
    compare_release,
    consumer_gain_usd,
    margin_share,
    market,
    natural_share,
    price_usd,
    profits,
    public_part,
    research_factors,
    response_needed,
    spending_needed_usd,
    spending_usd,
    spent_share,
    users_gain_usd,
)
from sim.outcomes import BY_NAME, Measures
from tests.conftest import run, total

property_of = settings(max_examples=60, deadline=None, derandomize=True)
shares = st.floats(0, 1)
prices = st.floats(0.01, 10)
ON = {"complement.counted": True}
NAMES = (
    "api_price_index", "consumer_gain", "mu_needed", "release_gain", "complement_needed", "spending_needed",
    "frontier_firms", "entry_deterred",
)  # fmt: skip
MONTHS = 60
STILL = Complement(open_growth_per_year=0, entry_per_year=0)
blocks = st.builds(
    Complement,
    open_share=st.floats(0.05, 0.5),
    open_growth_per_year=st.floats(-0.2, 0.5),
    substitution=st.floats(1.2, 6),
    demand_elasticity=st.floats(0.3, 3),
    lag_months=st.floats(1, 12),
    lag_response=st.floats(0, 1),
    pace_per_year=st.floats(1, 40),
    rivals=st.floats(2, 8),
    entry_per_year=st.floats(0, 2),
    complement_ratio=st.floats(0.5, 6),
    tied_share=st.floats(0, 1),
)
parts = st.floats(0, 2)


def public(part: float, months: int = MONTHS) -> np.ndarray:
    """Public open compute over the rest, the same in each month."""
    return np.full((1, months), part)


def path(block: Complement, part: float = 0.0, released: float = 0.0):
    """The market of one draw."""
    return market(block, public(part), np.array([released]))


# --------------------------------------------------------------------------------------------------------- the start


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


def test_prices_that_fall_without_end_still_leave_every_number_finite():
    """The fastest growth of open models and the least substitution: as good as nothing is paid, not nothing."""
    block = Complement(open_growth_per_year=3.0, substitution=1.01, demand_elasticity=10.0)
    found = market(block, np.zeros((1, 120)), np.zeros(1))
    assert 0 < found.index.min() < 1e-9
    assert np.isfinite(spending_usd(block, found.index)).all()
    assert all(np.isfinite(each).all() for each in research_factors(block, found))


def test_the_natural_share_is_logistic():
    """Its odds grow by a tenth a year: after ten years they are 1.1^10 times the first."""
    share = float(natural_share(Complement(), np.array([10.0]))[0])
    assert share / (1 - share) == pytest.approx(0.25 * 1.1**10)


def test_a_fifth_of_tokens_is_a_thirtieth_of_spending():
    """0.2 * 0.23 of 0.2 * 0.23 + 0.8 * 1.86."""
    assert spent_share(Complement())[0] == pytest.approx(0.046 / 1.534)


def test_public_compute_is_as_much_as_the_worlds_where_a_month_of_it_is_a_twelfth():
    assert float(public_part(np.array(2e9 / 12), Complement(world_open_compute=2e9))) == pytest.approx(1)


# ---------------------------------------------------------------------------------------------------------- margins


def test_margins_of_cournot_by_hand():
    """Four firms, all closed, elasticity 1.5: a sixth; all free: towards these they face 2.5, a tenth; never all."""
    block = Complement()
    assert margin_share(np.zeros(1), np.array([4.0]), block)[0] == pytest.approx(1 / 6)
    assert margin_share(np.ones(1), np.array([4.0]), block)[0] == pytest.approx(1 / 10)
    assert margin_share(np.zeros(1), np.ones(1), Complement(demand_elasticity=0.2))[0] == pytest.approx(1 / 1.1)


@property_of
@given(shares, st.floats(1, 9), st.floats(0, 9), blocks)
def test_a_further_firm_never_raises_the_margin(free, firms, more, block):
    few, many = (margin_share(np.array([free]), np.array([n]), block)[0] for n in (firms, firms + more))
    assert many <= few


@property_of
@given(blocks)
def test_a_market_that_nothing_moves_stays_where_it_starts(block):
    """The limit: no public compute, growth, entry or release."""
    still = path(replace(block, open_growth_per_year=0, entry_per_year=0))
    np.testing.assert_allclose(still.index, 1, rtol=1e-12)
    np.testing.assert_allclose(still.free, spent_share(block)[0], rtol=1e-9)
    assert (still.firms == block.rivals).all()
    on_hours, without = research_factors(block, still)
    np.testing.assert_allclose(on_hours, 1, rtol=1e-12)
    np.testing.assert_allclose(without, 1, rtol=1e-9)


@property_of
@given(blocks, parts, st.sampled_from([0.0, 1.0]))
def test_a_margin_follows_from_the_shares_before_it(block, part, released):
    """Cournot at a mean of the shares so far, in which each month weighs a twelfth and the rest fades."""
    found, seen = path(block, part, released), spent_share(block)[0]
    for month in range(MONTHS):
        expected = margin_share(np.array([seen]), found.firms[:, month], block)[0]
        assert found.margin[0, month] == pytest.approx(expected, rel=1e-12)
        seen += (found.free[0, month] - seen) / 12
    assert ((found.free > 0) & (found.free < 1)).all() and (np.diff(found.firms) >= 0).all()


@property_of
@given(blocks, parts, parts)
def test_more_public_compute_never_leaves_open_models_further_behind(block, one, other):
    low, high = sorted((one, other))
    few, many = path(block, low), path(block, high)
    assert (many.lag_months <= few.lag_months).all()
    assert many.index[0, 0] <= few.index[0, 0]  # later, entrants stay away where margins fall


@property_of
@given(blocks)
def test_a_model_given_away_makes_use_cheaper_at_once(block):
    """In the first month margins are those of the start, and one firm's users pay none."""
    assert path(block, released=1).index[0, 0] < path(block).index[0, 0]


# --------------------------------------------------------------------------------------------------- the firm's choice


@property_of
@given(blocks)
def test_accounts_of_the_market_close(block):
    """What users pay is inference, the firm's margin and its rivals' margins; sales of the complement follow it."""
    block = replace(block, tied_share=0)
    found = path(block)
    model, pulled = profits(block, found)
    spent = spending_usd(block, found.index)
    inference = pulled / block.complement_ratio / block.complement_share
    rivals = model * (found.firms - 1)
    np.testing.assert_allclose(inference + model + rivals, spent, rtol=1e-9)


@property_of
@given(blocks, parts)
def test_without_a_complement_a_firm_never_gives_its_model_away(block, part):
    made = chosen(replace(block, complement_share=0), public(part))
    assert not made.found.released.any()


@property_of
@given(blocks, parts, st.floats(0, 1), st.floats(0, 1))
def test_a_better_kept_complement_never_makes_a_release_pay_less_where_it_pulls_any(block, part, one, other):
    closed, opened = (market(block, public(part), np.array([given])) for given in (0.0, 1.0))
    trade = compare_release(block, closed, opened)
    low, high = (trade.gain(replace(block, complement_margin_share=m)) for m in sorted((one, other)))
    assert (high - low) * trade.pulled >= 0
    needed = (trade.lost + trade.cost) / trade.pulled
    if trade.pulled > 0:
        assert trade.gain(replace(block, complement_margin_share=float(needed[0])))[0] == pytest.approx(
            0, abs=1e-9 * (trade.lost[0] + trade.cost[0])
        )


def test_where_use_hardly_reacts_a_free_model_pulls_nothing_and_stays_closed():
    """The price falls, users pay less in all, and most of what falls is the margin of the firm itself."""
    trade = chosen(replace(STILL, demand_elasticity=0.3), public(0)).trade
    assert trade.lost[0] > 0 and trade.gain(STILL)[0] < 0


def test_the_release_comes_out_either_way():
    """A cloud with a third of the market keeps its model; one that all complements belong to gives it away."""
    assert not chosen(Complement(), public(0)).found.released.any()
    whole = Complement(complement_share=1.0, complement_ratio=4.0)
    assert chosen(whole, public(0)).found.released.all()


def test_entry_that_is_deterred_is_worth_something_only_where_the_complement_is_tied():
    block = Complement(complement_ratio=4)
    gains = [chosen(replace(block, tied_share=tied), public(0)).trade.pulled[0] for tied in (0.0, 0.7)]
    closed, opened = (path(block, released=given) for given in (0.0, 1.0))
    assert opened.firms[0, -1] < closed.firms[0, -1]
    assert gains[0] != gains[1]
    no_entry = [chosen(replace(block, tied_share=t, entry_per_year=0), public(0)).trade.pulled[0] for t in (0.0, 0.7)]
    assert no_entry[0] == no_entry[1]


@property_of
@given(blocks, parts)
def test_nobody_is_deterred_where_nothing_is_released_or_nobody_enters(block, part):
    """Where all firms charge, all enter who would; without entry the rivals of the start are those of the end."""
    kept = chosen(replace(block, release="never"), public(part))
    assert not (kept.trade.deterred * kept.found.released[:, 0]).any()
    closed = chosen(replace(block, release="always", entry_per_year=0), public(part))
    assert closed.trade.deterred[0] == 0 and closed.found.firms[0, -1] == block.rivals


@property_of
@given(blocks, parts)
def test_those_deterred_are_the_firms_of_a_market_that_charges_less_those_of_one_that_does_not(block, part):
    apart = [path(block, part, given).firms[0, -1] for given in (0.0, 1.0)]
    found = chosen(replace(block, release="always"), public(part)).trade.deterred[0]
    assert found == pytest.approx(apart[0] - apart[1], abs=1e-12)
    if block.substitution > block.demand_elasticity:
        assert found >= -1e-12, "a free model sharpens competition, margins fall, and fewer enter"


def test_a_free_model_deters_or_invites_by_what_closed_models_compete_with():
    """Users who turn more readily to free models than from use altogether make closed models' margins fall."""
    turning, leaving = (
        chosen(replace(Complement(), substitution=sub, demand_elasticity=use), public(0)).trade.deterred[0]
        for sub, use in ((4.0, 1.0), (1.2, 3.0))
    )
    assert turning > 0 > leaving


@property_of
@given(blocks, st.floats(1e6, 1e9), st.floats(1e6, 1e9))
def test_at_the_spending_needed_the_complement_pays_for_the_model(block, one, other):
    """In proportion to what a model costs, and put back into the market it breaks even."""
    few, many = (
        spending_needed_usd(b, chosen(b, public(0)).trade)[0]
        for b in (replace(block, model_usd_per_year=usd) for usd in (one, other))
    )
    if np.isfinite(few):
        assert few / one == pytest.approx(many / other, rel=1e-9)
        there = replace(block, model_usd_per_year=one, spend_usd_per_year=float(few))
        trade = chosen(there, public(0)).trade
        assert trade.gain(there)[0] == pytest.approx(0, abs=1e-9 * trade.cost[0])


@property_of
@given(blocks, st.floats(0, 1e9), st.floats(1e9, 1e11))
def test_a_free_model_costs_the_firm_what_making_it_does_and_spending_scales_the_rest(block, usd, spending):
    """One account: nothing is spent, and the cost is all; twice the spending, and the rest is twice as much."""
    block = replace(block, model_usd_per_year=usd)
    none, some, twice = (
        chosen(b, public(0)).trade.gain(b)[0]
        for b in (replace(block, spend_usd_per_year=s) for s in (0.0, spending, 2 * spending))
    )
    years = sum(1.1 ** -((month + 0.5) / 12) / 12 for month in range(MONTHS))
    assert none == pytest.approx(-usd * years, rel=1e-9)
    assert twice - none == pytest.approx(2 * (some - none), rel=1e-6, abs=1e-3)


@property_of
@given(blocks)
def test_where_the_margin_given_up_is_more_than_what_is_kept_no_spending_is_enough(block):
    """However much is spent: both grow with it."""
    enough = spending_needed_usd(block, chosen(block, public(0)).trade)[0]
    most = replace(block, spend_usd_per_year=1e13)
    assert np.isnan(enough) == (chosen(most, public(0)).trade.by_spending(most)[0] <= 0)


@property_of
@given(blocks, parts, shares, shares)
def test_the_firm_sells_to_the_world_and_users_gain_in_the_country(block, part, one, other):
    """What the firm does hangs on no country; the gain of users is the country's part of all."""
    here, there = (replace(block, country_share=share) for share in (one, other))
    assert chosen(here, public(part)).trade.gain(here) == chosen(there, public(part)).trade.gain(there)
    before, after = np.array([1.5]), np.array([1.4])
    world = consumer_gain_usd(before, after, replace(block, country_share=1.0))
    assert consumer_gain_usd(before, after, here) == pytest.approx(one * world)


@pytest.mark.parametrize(("rule", "given"), [("never", False), ("always", True)])
def test_a_rule_overrides_what_pays(rule, given):
    assert (chosen(Complement(release=rule), public(0)).found.released > 0).all() == given


def test_each_draw_is_as_it_is_alone():
    """Arrays [draw, 1], as in a sampled world."""
    values = {"rivals": (3.0, 6.0), "complement_ratio": (1.0, 6.0), "complement_share": (0.2, 0.9)}
    both = Complement(**{name: np.array([[a], [b]]) for name, (a, b) in values.items()})
    together = chosen(both, np.full((2, MONTHS), 0.1))
    for draw in (0, 1):
        alone = chosen(Complement(**{name: pair[draw] for name, pair in values.items()}), public(0.1))
        np.testing.assert_allclose(together.found.index[draw], alone.found.index[0], rtol=1e-12)
        assert together.trade.lost[draw] == pytest.approx(alone.trade.lost[0])


# ------------------------------------------------------------------------------------------------------- users' gains


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
    block = Complement(demand_elasticity=elasticity, spend_usd_per_year=12.0, country_share=1.0)
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


@property_of
@given(st.floats(0.01, 0.3), st.floats(0.01, 0.99))
def test_at_the_needed_response_users_gain_exactly_what_the_option_costs(part, of_all):
    block, discount, growing = Complement(), np.full((1, MONTHS), 0.9), public(part) * np.linspace(0, 1, MONTHS)
    nothing, here = (market(block, p, np.zeros(1)) for p in (public(0), growing))
    least, most = (
        (users_gain_usd(nothing, market(block, growing, np.zeros(1), np.array([r])), block) * discount).sum(axis=-1)
        for r in (0.0, 1e6)
    )
    cost = least + (most - least) * of_all
    response = response_needed(cost, growing, nothing, here, block, discount)
    there = market(replace(block, lag_response=float(response[0])), growing, np.zeros(1))
    np.testing.assert_allclose((users_gain_usd(nothing, there, block) * discount).sum(axis=-1), cost, rtol=1e-9)


def test_where_no_response_is_enough_there_is_none():
    block, discount = Complement(), np.ones((1, MONTHS))
    nothing = path(block)
    assert np.isnan(response_needed(np.array([1e15]), public(0.1), nothing, path(block, 0.1), block, discount)).all()
    assert np.isnan(response_needed(np.ones(1), public(0), nothing, nothing, block, discount)).all()


# ------------------------------------------------------------------------------------------------------ whole options


def test_by_default_nothing_is_counted():
    monthly = run(INSTRUMENTS["public_cluster"]())
    for outcome in NAMES:
        assert np.isnan(total(monthly, outcome)).all()


def test_doing_nothing_gains_nobody_anything():
    monthly = run(INSTRUMENTS["do_nothing"](), ON)
    assert total(monthly, "consumer_gain") == 0
    assert total(monthly, "output_percent") == 0
    assert np.isnan(total(monthly, "mu_needed")).all()


@pytest.mark.parametrize("name", ["public_cluster", "cloud_credits"])
def test_with_the_needed_response_users_gain_the_public_cost(name):
    """The break-even put back into the model breaks even."""
    given = ON | {"complement.spend_usd_per_year": 5e12, "complement.release": "never"}
    response = float(total(run(INSTRUMENTS[name](), given), "mu_needed")[0])
    monthly = run(INSTRUMENTS[name](), given | {"complement.lag_response": response})
    assert total(monthly, "consumer_gain") == pytest.approx(total(monthly, "public_cost"), rel=1e-9)


def test_the_yearly_price_is_the_mean_of_its_months():
    measures = Measures(run(INSTRUMENTS["public_cluster"](), ON, draws=3))
    outcome = BY_NAME["api_price_index"]
    np.testing.assert_allclose(outcome.yearly(measures).mean(axis=-1), outcome.total(measures), rtol=1e-12)


def test_only_projects_that_publish_weights_make_models_better():
    closed = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "closed_api"})
    opened = run(INSTRUMENTS["public_cluster"](), ON | {"openness.release": "open_weights"})
    assert total(closed, "consumer_gain") == 0 < total(opened, "consumer_gain")


def test_where_research_uses_no_models_counting_them_moves_nothing_else():
    """The limit in which research does not notice: all outcomes but those of models are the same to the last bit."""
    unmoved = ON | {"complement.research_share": 0.0}
    plain, counted = (Measures(run(INSTRUMENTS["public_cluster"](), values)) for values in ({}, unmoved))
    for name, outcome in BY_NAME.items():
        if name not in NAMES:
            np.testing.assert_array_equal(outcome.total(counted), outcome.total(plain), err_msg=name)


BETTER = {"complement.lag_months": 12.0, "complement.release_lag_months": 0.0, "complement.demand_elasticity": 0.5}


def shift(option: Instrument, values: dict[str, float]) -> float:
    """How much more an option adds to output where a model is given away, percentage points."""
    never, always = (
        total(run(option, ON | values | {"complement.release": rule}), "output_percent")[0]
        for rule in ("never", "always")
    )
    return always - never


@pytest.mark.parametrize("name", ["public_cluster", "cloud_credits", "research_grants"])
def test_a_free_model_makes_public_hours_worth_more_or_less(name):
    """More where it is much better than the open models before it, less where answers get cheap and use reacts."""
    better = BETTER | {"output.substitution_other": 1.0}
    cheaper = {"complement.pace_per_year": 1.0, "complement.demand_elasticity": 3.0, "complement.rivals": 2.0}

    assert shift(INSTRUMENTS[name](), better) > 0 > shift(INSTRUMENTS[name](), cheaper)


def test_where_compute_and_people_are_complements_better_models_move_the_bottleneck_to_people():
    """Hours that do more are less short: a machine is worth less, and a grant that pays people alone is worth more."""
    hard = BETTER | {"output.substitution_computing": 0.3}  # in computing as well, which weighs most
    assert shift(INSTRUMENTS["public_cluster"](), hard) < 0
    assert shift(INSTRUMENTS["research_grants"](compute_share=0.0), hard) > 0


def test_gains_are_in_proportion_to_what_is_spent():
    before, after = np.array([1.5]), np.array([1.4])
    block = Complement()
    twice = replace(block, spend_usd_per_year=2 * block.spend_usd_per_year)
    assert consumer_gain_usd(before, after, twice) == pytest.approx(2 * consumer_gain_usd(before, after, block))
