"""What a programme does to markets: its weight, prices, who gains and who pays, and paying what it drives up itself."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.costs.markets import a_month_later
from sim.instruments.cloud_credits import CloudCredits
from sim.instruments.do_nothing import DoNothing
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.instruments.research_grants import ResearchGrants
from sim.mechanisms.market import (
    Market,
    market_path,
    over_a_year,
    price_index,
    supply_elasticity_after,
    surplus_lost,
    wage_share,
)

property_of = settings(max_examples=60, deadline=None, derandomize=True)
mechanism = settings(max_examples=200, deadline=None, derandomize=True)
elasticities = st.floats(0.05, 5)
shares = st.floats(0, 1)
BUYERS = (PublicCluster(), CloudCredits(), ResearchGrants(compute_share=0.8))
each_buyer = pytest.mark.parametrize("option", BUYERS, ids=lambda option: option.name)
HOURS = "h100e_hours"


def rise(monthly, market):
    """Largest log price of a market."""
    return float(getattr(monthly.markets, market).log_price.max())


# ------------------------------------------------------------------------------------------------- size beside effect


def test_a_national_programme_is_small_in_the_world_and_large_in_its_region():
    """433 M$ a year are 0.2 % of 194 G$, +0.28 %; they are 22 % of a regional market of 2 G$, +10.4 %."""
    spent = np.full((1, 12), 433e6 / 12)
    nothing, steady = np.zeros((1, 12)), (1.0, 18.0)
    world = market_path(spent, nothing, 194e9, (0.3, 0.5), steady)
    region = market_path(spent, nothing, 2e9, (1.0, 1.2), steady)
    assert round(100 * float(world.demand_share.max()), 1) == 0.2
    assert round(100 * (float(world.price.max()) - 1), 2) == 0.28
    assert round(100 * float(region.demand_share.max())) == 22
    assert round(100 * (float(region.price.max()) - 1), 1) == 10.4


def test_an_order_weighs_on_the_market_for_a_year():
    """Bought in one month, it counts in that month and the eleven after it, and in none before or later."""
    cached = np.zeros((1, 30))
    cached[0, 5] = 7.0
    assert over_a_year(cached)[0].tolist() == [0.0] * 5 + [7.0] * 12 + [0.0] * 13


@mechanism
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=40))
def test_a_year_of_months_is_their_sum(flow):
    """However short the horizon."""
    sums = over_a_year(np.array([flow]))[0]
    assert sums == pytest.approx([sum(flow[max(month - 11, 0) : month + 1]) for month in range(len(flow))])


# ------------------------------------------------------------------------------------------------ from short to long


def test_supply_goes_half_the_way_in_each_half_life():
    """0.3 now, 1.2 in the end: 0.75 after 18 months, 0.975 after 36."""
    found = supply_elasticity_after(np.array([0.0, 18.0, 36.0, 1e5]), 0.3, 4.0, 18.0)
    assert found == pytest.approx([0.3, 0.75, 0.975, 1.2], rel=1e-12)


@mechanism
@given(st.floats(0, 200), elasticities, st.floats(1, 10), st.floats(1, 100), st.floats(1, 5))
def test_supply_only_becomes_more_elastic(months, short, ratio, half_life, longer):
    """It never falls with time, never rises with the half-life, and stays between short and long run."""
    found = float(supply_elasticity_after(np.array(months), short, ratio, half_life))
    assert short <= found * (1 + 1e-12) and found <= short * ratio * (1 + 1e-12)
    assert float(supply_elasticity_after(np.array(2 * months), short, ratio, half_life)) >= found * (1 - 1e-12)
    assert float(supply_elasticity_after(np.array(months), short, ratio, half_life * longer)) <= found * (1 + 1e-12)


def test_the_clock_of_supply_starts_with_the_first_purchase():
    """The same purchases three years later meet the same prices three years later."""
    early = np.zeros((1, 100))
    early[0, :20] = 1e8
    late = np.roll(early, 36, axis=1)
    paths = [market_path(b, np.zeros((1, 100)), 1e9, (0.3, 0.5), (4.0, 18.0)) for b in (early, late)]
    assert paths[1].log_price[0, 36:] == pytest.approx(paths[0].log_price[0, :64], rel=1e-12)
    assert not paths[1].log_price[0, :36].any()


@mechanism
@given(st.lists(st.floats(0, 3e8), min_size=1, max_size=60), elasticities, elasticities, st.floats(1, 8))
def test_a_perfectly_elastic_supply_has_no_price_effect_and_leaves_sellers_nothing(flow, supply, demand, ratio):
    """es -> infinity: the price stays, all of a subsidy stays with buyers; the more elastic, the smaller the rise."""
    bought, none = np.array([flow]), np.zeros((1, len(flow)))
    limit = market_path(bought, none, 1e9, (1e12, demand), (1.0, 18.0))
    assert limit.log_price == pytest.approx(0, abs=1e-8)
    assert limit.seller_share == pytest.approx(0, abs=1e-10)
    stiff, supple = (market_path(bought, none, 1e9, (es, demand), (ratio, 18.0)) for es in (supply, 2 * supply))
    assert np.all(supple.log_price <= stiff.log_price + 1e-12)


def test_a_supply_that_cannot_grow_gives_sellers_everything():
    """es = 0: buyers' share 0, P = (1 - G)^(-1 / ed); as much as the market is bought at no price."""
    bought = np.array([[0.5e9, 0.0, 0.5e9]])
    path = market_path(bought, np.zeros((1, 3)), 1e9, (0.0, 0.5), (4.0, 18.0))
    assert path.seller_share.tolist() == [[1.0] * 3]
    assert path.price[0, 0] == pytest.approx(0.5**-2, rel=1e-12)
    assert path.price[0, 2] == np.inf


@mechanism
@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=30), elasticities, elasticities)
def test_what_is_made_at_home_cancels_what_is_bought(flow, supply, demand):
    """I-37, month by month: demand and supply of the same size leave every price where it was."""
    path = market_path(np.array([flow]), np.array([flow]), 1e9, (supply, demand), (4.0, 18.0))
    assert not path.log_price.any()


@pytest.mark.parametrize("size", [1e-12, 1e-6, 1e-2])
def test_the_root_is_exact_however_small_the_programme(size):
    """First order G / (es + ed): a millionth of a millionth of the market is not lost to rounding."""
    path = market_path(np.array([[size]]), np.zeros((1, 1)), 1.0, (0.3, 0.5), (1.0, 18.0))
    expected = size / 0.8 + (0.5**2 - 0.3**2) / (2 * 0.8**3) * size**2
    assert float(path.log_price[0, 0]) == pytest.approx(expected, rel=max(1e-9, 2 * size**2))


# --------------------------------------------------------------------------------------------------------- the levers


@each_buyer
@pytest.mark.parametrize("market", ["accelerators", "rental"])
@property_of
@given(bigger=st.floats(1, 50))
def test_a_larger_market_never_feels_a_purchase_more(reckoned, option, market, bigger):
    sales = {"accelerators": "accelerators_usd_per_year", "rental": "rental_usd_per_year"}[market]
    usual = getattr(Market(), sales)
    small, large = (reckoned(option, {f"market.{sales}": usual * factor}) for factor in (1.0, bigger))
    assert rise(large, market) <= rise(small, market)
    share = float(getattr(large.markets, market).demand_share.max())
    assert share == pytest.approx(float(getattr(small.markets, market).demand_share.max()) / bigger)


@each_buyer
@property_of
@given(longer=st.floats(1, 10))
def test_a_longer_half_life_never_lowers_the_price_rise(reckoned, option, longer):
    fast, slow = (reckoned(option, {"market.half_life_months": 18.0 * factor}) for factor in (1.0, longer))
    for market in ("accelerators", "rental"):
        path = getattr(slow.markets, market).log_price
        assert np.all(path >= getattr(fast.markets, market).log_price - 1e-15)


@each_buyer
@property_of
@given(more=st.floats(1, 10))
def test_more_supply_in_the_long_run_never_raises_a_price(reckoned, option, more):
    """Nor what sellers keep of the money."""
    stems = ("market.long_run_ratio", "market.rental_long_run_ratio")
    stiff, supple = (reckoned(option, dict.fromkeys(stems, factor)) for factor in (1.0, more))
    for market in ("accelerators", "rental"):
        assert rise(supple, market) <= rise(stiff, market) + 1e-15
        assert np.all(getattr(supple.markets, market).seller_share <= getattr(stiff.markets, market).seller_share)


@property_of
@given(share=shares)
def test_the_region_feels_its_part_of_the_rent_and_no_more(reckoned, share):
    """A share of nothing leaves the region alone; the size of the shock is linear in it."""
    whole, part = (reckoned(CloudCredits(), {"market.rental_segment_share": s}) for s in (1.0, share))
    assert part.markets.rental.demand_share == pytest.approx(share * whole.markets.rental.demand_share)
    assert rise(part, "rental") <= rise(whole, "rental")
    assert not reckoned(CloudCredits(), {"market.rental_segment_share": 0.0}).markets.rental.log_price.any()


@property_of
@given(st.floats(0, 2), elasticities)
def test_a_dearer_market_costs_buyers_less_than_what_they_bought_before(log_price, demand):
    """Surplus lost lies between nothing and the price rise on unchanged purchases, as demand gives way."""
    lost = float(surplus_lost(np.array(log_price), demand))
    assert 0 <= lost <= np.expm1(log_price) * (1 + 1e-12)
    assert float(surplus_lost(np.array(-log_price), demand)) <= 0


def test_a_unit_elastic_demand_loses_the_logarithm_of_the_price():
    """The limit of (P^(1 - ed) - 1) / (1 - ed) at ed = 1, from both sides."""
    log_price = np.array([-0.3, 0.0, 0.7])
    assert surplus_lost(log_price, 1.0).tolist() == log_price.tolist()
    for near in (1 - 1e-9, 1 + 1e-9):
        assert surplus_lost(log_price, near) == pytest.approx(log_price, rel=1e-8)


@each_buyer
@property_of
@given(more=st.floats(1, 8))
def test_a_country_that_buys_more_of_the_world_pays_more_of_the_rise(reckoned, outcome, option, more):
    little, much = (reckoned(option, {"market.domestic_share": 0.05 * factor}) for factor in (1.0, more))
    assert outcome(much, "cost_to_other_buyers")[0] >= outcome(little, "cost_to_other_buyers")[0]


@each_buyer
@property_of
@given(first=shares, second=shares)
def test_imports_take_spending_abroad(reckoned, outcome, option, first, second):
    """The more of machines and rent is imported, the more leaves; none does where nothing is, all cannot where people
    and buildings are paid."""
    low, high = sorted((first, second))
    stems = ("market.hardware_abroad_share", "market.rent_abroad_share")
    less, more, none = (
        outcome(reckoned(option, dict.fromkeys(stems, share)), "spend_abroad_share")[0] for share in (low, high, 0.0)
    )
    assert none == 0 <= less <= more <= 1


@each_buyer
@property_of
@given(supply=elasticities, demand=elasticities, more=st.floats(1, 10))
def test_whoever_reacts_more_to_prices_moves_them_less(reckoned, option, supply, demand, more):
    """More elastic supply or demand never raises a price that the option drives up."""

    def peaks(es, ed):
        both = ("supply_elasticity", es), ("demand_elasticity", ed)
        run = reckoned(option, {f"market.{stem}{name}": value for stem in ("", "rental_") for name, value in both})
        return np.array([rise(run, "accelerators"), rise(run, "rental")])

    usual = peaks(supply, demand)
    assert np.all(peaks(supply * more, demand) <= usual + 1e-15)
    assert np.all(peaks(supply, demand * more) <= usual + 1e-15)


@each_buyer
@property_of
@given(more=st.floats(1, 5))
def test_a_larger_programme_never_moves_a_market_less(reckoned, option, more):
    small, large = (reckoned(option, yearly_usd=(80e6 * factor,) * 6) for factor in (1.0, more))
    for market in ("accelerators", "rental"):
        path = getattr(large.markets, market).log_price
        assert np.all(path >= getattr(small.markets, market).log_price - 1e-15)


@property_of
@given(first=shares, second=shares)
def test_imported_tools_take_the_stake_abroad(reckoned, outcome, first, second):
    """A fab's stake leaves as far as its tools are imported, and no further."""
    for share in sorted((first, second)):
        run = reckoned(DomesticFab(), {"fab.tools_abroad_share": share})
        assert outcome(run, "spend_abroad_share")[0] == pytest.approx(share, abs=1e-12)


# --------------------------------------------------------------------------------------------------------- incidence


def test_sellers_keep_five_eighths_where_supply_does_not_learn(reckoned, outcome):
    """I-36: 1 - .3 / .8 of machines; 1 - 1 / 2.2 of rent."""
    steady = {"market.long_run_ratio": 1.0, "market.rental_long_run_ratio": 1.0}
    assert outcome(reckoned(PublicCluster(), steady), "seller_share")[0] == pytest.approx(0.625, rel=1e-12)
    assert outcome(reckoned(CloudCredits(), steady), "seller_share")[0] == pytest.approx(1.2 / 2.2, rel=1e-12)


def test_doing_nothing_touches_no_market(reckoned, outcome):
    """I-35: G = S = 0 -> P = 1, and nobody gains or pays."""
    idle = reckoned(DoNothing())
    for name in ("accelerator_shock_share", "accelerator_price_rise_percent", "rental_price_rise_percent"):
        assert outcome(idle, name)[0] == 0
    for name in ("cost_to_other_buyers", "displaced_spend", "breakage", "returned_vouchers", "wages_bid_up"):
        assert outcome(idle, name)[0] == 0
    assert np.isnan(outcome(idle, "seller_share")[0]) and np.isnan(outcome(idle, "spend_abroad_share")[0])


# ---------------------------------------------------------------------------------------------------------- vouchers


@property_of
@given(prepaid=shares, spent=shares)
def test_every_voucher_is_used_or_lost_or_returned(reckoned, outcome, prepaid, spent):
    """I-10: uses, breakage and what the treasury keeps sum to what was issued."""
    run = reckoned(CloudCredits(prepaid_share=prepaid), {"cloud.spent_share": spent, "cloud.overhead_share": 0.0})
    issued = float(run.context.budget.sum()) * run.size["cloud_credits"][0]
    lost, kept = outcome(run, "breakage")[0], outcome(run, "returned_vouchers")[0]
    assert run.trade.rent.sum() + lost + kept == pytest.approx(issued, rel=1e-9)
    assert lost == pytest.approx(prepaid * (1 - spent) * issued, rel=1e-9, abs=1e-6)
    assert kept == pytest.approx((1 - prepaid) * (1 - spent) * issued, rel=1e-9, abs=1e-6)


def test_nothing_expires_that_is_spent_or_not_prepaid(reckoned, outcome):
    """I-10: prepaid share 0, or all vouchers spent: no breakage."""
    assert outcome(reckoned(CloudCredits(prepaid_share=0.0)), "breakage")[0] == 0
    assert outcome(reckoned(CloudCredits(), {"cloud.spent_share": 1.0}), "breakage")[0] == 0


@property_of
@given(first=shares, second=shares)
def test_prepaying_never_lowers_the_breakage(reckoned, outcome, first, second):
    low, high = sorted((first, second))
    less, more = (outcome(reckoned(CloudCredits(prepaid_share=s)), "breakage")[0] for s in (low, high))
    assert less <= more * (1 + 1e-12)


def test_displaced_compute_is_worth_its_rent(reckoned, outcome):
    """No crowd-out displaces no spending; a full one displaces an own hour for each public one, while there are any."""
    tiers = ("elite", "intensive", "regional", "startups")
    none, usual, all_of_it = (
        reckoned(CloudCredits(), {f"access.crowd_out_{tier}": share for tier in tiers} if share is not None else {})
        for share in (0.0, None, 1.0)
    )
    assert outcome(none, "displaced_spend")[0] == 0
    assert 0 < outcome(usual, "displaced_spend")[0] < outcome(all_of_it, "displaced_spend")[0]
    one_dollar = reckoned(CloudCredits(), {"cloud.price_usd": 1.0, "cloud.decline_per_year": 0.0})
    assert outcome(one_dollar, "displaced_spend")[0] == pytest.approx(one_dollar.allocation.displaced.sum())


# ------------------------------------------------------------------------------------------------------------- wages


def test_money_for_people_loses_a_third_to_a_half_to_wages():
    """Goolsbee: 30 to 50 % smaller; 0.4 / (0.6 + 0.4); nothing where the switch is off."""
    assert float(wage_share(Market(wage_incidence=True))) == pytest.approx(0.4)
    low = Market(wage_incidence=True, labour_supply_elasticity=1.0)
    high = Market(wage_incidence=True, labour_supply_elasticity=0.4)
    assert 0.25 < float(wage_share(low)) < 0.3
    assert float(wage_share(high)) == 0.5
    assert float(wage_share(Market())[0]) == 0


@property_of
@given(supply=elasticities, more=st.floats(1, 10))
def test_scarcer_researchers_never_mean_more_labour(reckoned, outcome, supply, more):
    """Labour paid for and money in wages add up to what they were, whatever the elasticity."""
    plain = reckoned(ResearchGrants())
    scarce, plenty = (
        reckoned(ResearchGrants(), {"market.wage_incidence": True, "market.labour_supply_elasticity": es})
        for es in (supply, supply * more)
    )
    assert outcome(scarce, "labour")[0] <= outcome(plenty, "labour")[0] <= outcome(plain, "labour")[0]
    wage = 120_000  # bid up by those whom no other grant would have paid for
    kept = scarce.added_labour[0].sum() * wage + outcome(scarce, "wages_bid_up")[0]
    assert kept == pytest.approx(plain.added_labour[0].sum() * wage, rel=1e-9)


# ---------------------------------------------------------------------------------------------------------- feedback


def narrow(factor, **other):
    """Markets so small that the programme is felt."""
    return {"market.accelerators_usd_per_year": 1e9 * factor, "market.rental_usd_per_year": 2e8 * factor, **other}


@each_buyer
@property_of
@given(size=st.floats(0.2, 50))
def test_feedback_never_buys_more_hours_with_the_same_money(reckoned, outcome, option, size):
    """In every month, not only in sum; and the money is the same."""
    calm, moved = (reckoned(option, narrow(size, **{"market.feedback": on})) for on in (False, True))
    assert np.all(moved.supplied <= calm.supplied * (1 + 1e-12))
    assert outcome(moved, HOURS)[0] < outcome(calm, HOURS)[0]
    spent = [(run.outlay * run.context.grid.discount).sum() for run in (calm, moved)]
    assert spent[1] == pytest.approx(spent[0], rel=1e-9)


@pytest.mark.parametrize("option", [DoNothing(), DomesticFab()], ids=lambda option: option.name)
def test_feedback_changes_nothing_where_nothing_is_bought(reckoned, option):
    """Whoever buys neither machines nor hours does not feel the market."""
    calm, moved = (reckoned(option, narrow(1.0, **{"market.feedback": on})) for on in (False, True))
    assert np.array_equal(calm.cost, moved.cost)
    assert np.array_equal(calm.supplied, moved.supplied)


@each_buyer
def test_feedback_in_an_endless_market_is_none(reckoned, option):
    """Bit for bit: a market that does not move gives back the prices that were there."""
    endless = dict.fromkeys(("market.accelerators_usd_per_year", "market.rental_usd_per_year"), 1e30)
    calm, moved = (reckoned(option, {**endless, "market.feedback": on}) for on in (False, True))
    assert moved.supplied == pytest.approx(calm.supplied, rel=1e-12)


def test_prices_come_a_month_late(reckoned):
    """The first purchases still meet the old prices; hours fall by exactly the index of the month before."""
    values = narrow(1.0)
    calm, moved = (reckoned(CloudCredits(), {**values, "market.feedback": on}) for on in (False, True))
    index = a_month_later(calm.markets.rental.price)
    assert index[0, 0] == 1
    sold = calm.supplied > 0
    assert (calm.supplied / index)[sold] == pytest.approx(moved.supplied[sold], rel=1e-12)


def test_a_machine_pays_the_price_that_its_own_order_makes(reckoned):
    """That of the month after the order: a first tranche is not cheap for being the first."""
    cluster = PublicCluster(tranche_months=(0.0, 6.0), tranche_shares=(0.5, 0.5), overrun_treatment="top_up")
    values = narrow(
        2.0,
        **{
            "money.normalisation": "as_entered",
            "procurement.paid_at_order_share": 1.0,
            "procurement.paid_at_acceptance_share": 0.0,
        },
    )
    calm, moved = (reckoned(cluster, {**values, "market.feedback": on}) for on in (False, True))
    paid = moved.cash["hardware"][0] / np.where(calm.cash["hardware"][0] > 0, calm.cash["hardware"][0], 1)
    for month in (0, 6):
        assert paid[month] == pytest.approx(float(calm.markets.accelerators.price[0, month]), rel=1e-12)
    assert moved.cash["residual"] == pytest.approx(calm.cash["residual"])


# ------------------------------------------------------------------------------------------------- what a reader sees


def test_the_table_of_the_page_is_what_the_code_finds():
    """Exact root and straight line, to the digits that stand there."""
    page = (Path(__file__).parents[2] / "docs" / "markets.md").read_text(encoding="utf8")
    rows = re.findall(r"^\| ([\d.]+), ([\d.]+) \| ([\d.]+) % \| \+([\d.]+) % \| \+([\d.]+) % \|$", page, re.MULTILINE)
    assert len(rows) == 4
    for supply, demand, share, exact, straight in rows:
        es, ed, shock = float(supply), float(demand), float(share) / 100
        assert f"{100 * (float(price_index(shock, 0.0, es, ed)) - 1):.4f}" == exact
        assert float(straight) == pytest.approx(100 * shock / (es + ed), abs=5e-5)


def test_what_the_page_says_of_feedback_is_what_the_scenario_finds():
    """Credits of the national programme lose so much, its machines so much."""
    from sim.comparison.run import compare
    from sim.scenario import load

    page = (Path(__file__).parents[2] / "docs" / "markets.md").read_text(encoding="utf8")
    calm, moved = (compare(load("nairr_us", {"market.feedback": on}), queue=False).results for on in (False, True))
    credits, cluster = (
        100 * (1 - moved[key].totals["fe_hours"][0] / calm[key].totals["fe_hours"][0])
        for key in ("cloud_credits", "public_cluster")
    )
    said = f"credits lose {credits:.1f} % of their FE-hours to this effect, the cluster {cluster:.2f} %."
    assert said in " ".join(page.split())


def test_the_size_of_the_shock_stands_beside_its_price(tiny_scenario):
    """A note an option that buys, with the numbers of its outcomes; none for one that does not."""
    from sim.comparison.run import compare
    from sim.comparison.table import market_note

    results = compare(tiny_scenario, queue=False).results
    for result in results.values():
        told = market_note(result)
        bought = result.totals["accelerator_shock_share"][0] + result.totals["rental_shock_share"][0]
        assert bool(told) is bool(bought > 0)
        if result.totals["rental_shock_share"][0] > 0:
            share = f"{100 * result.totals['rental_shock_share'][0]:.2g} % of regional rental"
            assert share in told[0]
            assert f"{result.totals['rental_price_rise_percent'][0]:+.3g} %" in told[0]
        if result.totals["accelerator_shock_share"][0] > 0:
            assert f"{result.totals['accelerator_price_rise_percent'][0]:+.3g} % price" in told[0]


def test_a_market_moved_out_of_all_proportion_has_an_infinite_price():
    """And no warning: a reader gets a sentence at the door."""
    assert float(price_index(2.0, 0.0, 1e-4, 0.5)) == np.inf
