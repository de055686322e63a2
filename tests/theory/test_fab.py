"""A fab: learning, stakes, and what comes too late."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.comparison.run import compare
from sim.costs.markets import filled
from sim.formatting import format_short
from sim.instruments.base import Flows
from sim.instruments.do_nothing import DoNothing
from sim.instruments.domestic_fab import DomesticFab
from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.fab import (
    Fab,
    dies_per_month,
    full_output_per_month,
    full_stake_usd,
    kept_output_share,
    months_to_output,
    packaged_share,
    ramp_share,
    stake_output_share,
    unit_premium,
    worth_share,
)
from sim.mechanisms.finance import present_value
from sim.mechanisms.independence import Embargo
from sim.mechanisms.market import Market
from sim.mechanisms.world import World
from sim.outcomes import Measures
from sim.outcomes.industry import price_gain_hours
from sim.scenario import load
from sim.sources import facts
from tests.oracles.formulas import learning_exponent

property_of = settings(max_examples=100, deadline=None, derandomize=True)
BILLIONS = (1e9,) * 6  # six years: a good half of the public share of 8.4 milliard dollars
PRO_RATA = DomesticFab(minimum_scale=False)
FULL = 0.03 * 0.76e6  # accelerators a month: what packaging lets through

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


def test_the_scarcest_of_dies_packaging_and_memory_binds():
    """20 000 wafers x 45 dies x a tenth make 45 000 accelerators of two dies; either of the others may allow less."""
    assert (
        float(dies_per_month(Fab())) == float(full_output_per_month(Fab(packaging_share=1, memory_share=1))) == 45_000
    )
    assert float(full_output_per_month(Fab())) == pytest.approx(0.03 * 0.76e6)
    assert float(full_output_per_month(Fab(memory_share=0.01))) == pytest.approx(0.01 * 1.09e6)
    assert float(full_output_per_month(Fab(packaging_share=0.0))) == 0


def test_a_whole_plant_is_a_few_hundredths_of_the_worlds_accelerators():
    """A quarter of a million a year, where packaging takes nine million: what 20 000 wafers a month can be."""
    yearly = 12 * float(full_output_per_month(Fab()))
    assert 0.02 < yearly / (12 * Fab().packaging_per_month) < 0.04


def test_what_the_world_can_make_is_what_its_market_buys():
    """Packaged and equipped, at the price of one: within the range of what is sold in a year, and no multiple of it."""
    fab, market = Fab(), Market()
    made = 12 * min(fab.packaging_per_month, fab.memory_per_month)
    sold = Market.spec("accelerators_usd_per_year")
    assert sold.low < made * fab.accelerator_price_usd < sold.high
    assert 0.5 < made * fab.accelerator_price_usd / market.accelerators_usd_per_year < 2
    rows = facts("programmes")
    assert fab.packaging_per_month == 1e6 * float(rows["P935"]["value"])
    per_wafer = 5.4e6 / 595_000  # what one firm gets for its wafers
    assert float(rows["P934"]["value"]) == pytest.approx(per_wafer, rel=0.01)
    assert float(rows["P932"]["value"]) * per_wafer / 12 == pytest.approx(float(rows["P935"]["value"]), rel=0.01)
    assert fab.memory_per_month == pytest.approx(1e9 * float(rows["P420"]["value"]) / 8 / 288 / 12, rel=0.01)


@property_of
@given(st.floats(0, 1), st.floats(1, 10), st.floats(0.001, 1), st.sampled_from(["packaging", "memory"]))
def test_more_packaging_or_memory_never_lowers_output(part, more, carried, what):
    """Nor the part of the dies that they let through; above the dies they change nothing."""
    few, many = (Fab(accelerator_share=carried, **{f"{what}_share": p}) for p in (part, min(part * more, 1.0)))
    assert float(full_output_per_month(few)) <= float(full_output_per_month(many))
    assert 0 <= float(packaged_share(few)) <= float(packaged_share(many)) <= 1
    dies = float(dies_per_month(few))
    assert float(packaged_share(few)) * dies == pytest.approx(float(full_output_per_month(few)))


def test_which_of_the_two_binds_is_seen_in_the_outcome(reckoned, outcome):
    """1 where wafers bind, 4/9 where packaging for 20 000 meets dies for 45 000, nothing to say without a fab."""
    loose = reckoned(PRO_RATA, {"fab.packaging_share": 0.08, "fab.memory_share": 0.08})
    assert outcome(loose, "packaged_share")[0] == 1
    tight = reckoned(PRO_RATA, {"fab.packaging_share": 20_000 / 0.76e6})
    assert outcome(tight, "packaged_share")[0] == pytest.approx(4 / 9, rel=1e-12)
    assert np.isnan(outcome(reckoned(DoNothing()), "packaged_share")[0])


@property_of
@given(st.floats(0, 10), st.floats(0, 10), st.floats(0.5, 5))
def test_an_older_node_is_never_worth_more(lag, more, doubling):
    """One doubling time behind halves it; none behind changes nothing, exactly."""
    newest, older, oldest = (float(worth_share(Fab(node_lag_years=years), doubling)) for years in (0, lag, lag + more))
    assert newest == 1 >= older >= oldest > 0
    assert float(worth_share(Fab(node_lag_years=doubling), doubling)) == pytest.approx(0.5, rel=1e-12)


@property_of
@given(st.floats(0, 6), st.floats(0, 6))
def test_a_longer_lag_never_moves_the_price_more(reckoned, outcome, lag, more):
    """The chips are as many; the market takes them for fewer."""
    runs = [reckoned(PRO_RATA, {"fab.node_lag_years": years}, yearly_usd=BILLIONS) for years in (lag, lag + more)]
    assert np.array_equal(runs[0].fab_output, runs[1].fab_output)
    falls = [outcome(run, "accelerator_price_percent")[0] for run in runs]
    assert falls[0] <= falls[1] <= 0
    assert np.all(runs[0].markets.accelerators.log_price <= runs[1].markets.accelerators.log_price + 1e-15)


# ------------------------------------------------------------------------------------------------------------- stakes


@pytest.mark.parametrize(("build", "delay"), [(120.0, 0.0), (60.0, 1.0), (100.0, 0.5)])
def test_a_fab_that_opens_after_the_horizon_changes_nothing_but_the_bill(reckoned, outcome, build, delay):
    """I-39: D_f (1 + o) >= H: no effect, full cost."""
    values = {"fab.build_months": build, "fab.delay_ratio": delay}
    late, nothing = (reckoned(option, values, yearly_usd=BILLIONS) for option in (PRO_RATA, DoNothing()))
    assert np.all(late.fab_output == 0)
    assert outcome(late, "accelerator_price_percent") == 0
    assert np.array_equal(late.allocation.public, nothing.allocation.public)
    assert outcome(late, "research_fe_hours") == outcome(nothing, "research_fe_hours")
    assert outcome(late, "public_cost") == pytest.approx(late.context.budget_pv, rel=1e-9)


def test_a_fab_that_opens_just_in_time_does_something(reckoned):
    """I-39, a check that can fail: 119 months are in time."""
    made = reckoned(PRO_RATA, {"fab.build_months": 119.0, "fab.delay_ratio": 0.0}, yearly_usd=BILLIONS).fab_output[0]
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
    assert np.array_equal(fab.fab_output, np.zeros((1, 120)))
    assert np.array_equal(fab.allocation.public, without.allocation.public)
    assert outcome(fab, "accelerator_price_percent") == 0


@property_of
@given(st.floats(1e6, 1e9), st.floats(0.01, 1))
def test_a_stake_makes_its_share_of_the_whole_output(reckoned, yearly, part):
    """I-39: linear below the whole stake."""
    whole, less = (reckoned(PRO_RATA, yearly_usd=(usd,) * 6) for usd in (yearly, part * yearly))
    assert less.fab_output == pytest.approx(part * whole.fab_output, rel=1e-9)
    assert whole.fab_output.sum() > 0
    stake_share = whole.size["domestic_fab"][0] / 8.4e9
    # first output after 48 x 1.3 months, at full volume 24 months later
    assert whole.fab_output[0, -1] == pytest.approx(FULL * stake_share)
    assert whole.fab_output[0, 62:63].sum() == pytest.approx(FULL * stake_share * 0.1 / 24)


def test_more_than_the_whole_stake_is_not_spent(reckoned, outcome):
    """I-39: x <= 1: the fab makes its volume, and the rest of the money stays where it was."""
    rich = reckoned(DomesticFab(), yearly_usd=(20e9,) * 6)
    assert rich.size["domestic_fab"][0] == pytest.approx(float(full_stake_usd(Fab())))
    assert rich.outlay.sum() == pytest.approx(0.35 * 20e9 * 1.2)
    assert rich.fab_output[0, -1] == pytest.approx(FULL)
    assert outcome(rich, "public_cost") < rich.context.budget_pv


def test_a_stake_below_scale_joins_others_instead_of_falling_off_a_cliff(reckoned, outcome):
    """Half of the least stake brings its own capital's part and half of the private money beside it, and is spent."""
    run = reckoned(DomesticFab(), {"money.normalisation": "as_entered"}, yearly_usd=BILLIONS)
    share = 500e6 / 8.4e9
    assert run.fab_output[0, -1] == pytest.approx(FULL * share * (0.35 + 0.65 * share / 0.25))
    small = reckoned(DomesticFab(), yearly_usd=(0.3e9,) * 6)
    assert small.size["domestic_fab"][0] < small.least_size["domestic_fab"][0]
    assert small.fab_output.any()
    assert outcome(small, "public_cost") == pytest.approx(small.context.budget_pv, rel=1e-9)


@property_of
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_what_a_stake_brings_lies_between_its_part_of_the_capital_and_of_the_public_money(one, other, least, public):
    """Never falling, without a jump at the scale, and linear where there is none or the public pays for everything."""
    low, high = sorted((one, other))
    few, many = stake_output_share(np.array([low, high]), least, public)
    assert few <= many * (1 + 1e-12)
    assert low * public * (1 - 1e-12) <= few <= low * (1 + 1e-12)
    assert float(stake_output_share(np.array(least), least, public)) == pytest.approx(least)
    near = least * (1 - 1e-9)
    assert float(stake_output_share(np.array(near), least, public)) == pytest.approx(least, rel=1e-6)
    assert float(stake_output_share(np.array(low), 0.0, public)) == pytest.approx(low)
    assert float(stake_output_share(np.array(low), least, 1.0)) == pytest.approx(low)


@property_of
@given(st.floats(0, 1), st.floats(0, 1), st.floats(1e8, 2e9))
def test_a_larger_scale_never_lets_a_smaller_stake_make_more(reckoned, first, second, yearly):
    """The scale never adds output, and takes at most the private part of it."""
    low, high = sorted((first, second))
    free = reckoned(PRO_RATA, yearly_usd=(yearly,) * 6).fab_output
    lower, higher = (
        reckoned(DomesticFab(), {"fab.minimum_stake_share": least}, yearly_usd=(yearly,) * 6).fab_output
        for least in (low, high)
    )
    slack = 1 + 1e-12
    assert np.all(higher <= lower * slack) and np.all(lower <= free * slack) and np.all(higher >= 0.35 * free / slack)


# -------------------------------------------------------------------------------------- what is new to the world


@property_of
@given(st.floats(0, 1), st.floats(0, 1))
def test_what_moves_from_elsewhere_lowers_no_price(reckoned, outcome, one, other):
    """All of it moved: the price stays, exactly; the accelerators at home are as many."""
    low, high = sorted((one, other))
    runs = [reckoned(PRO_RATA, {"fab.relocated_share": part}, yearly_usd=BILLIONS) for part in (low, high, 1.0)]
    added = [outcome(run, "accelerators_added")[0] for run in runs]
    falls = [outcome(run, "accelerator_price_percent")[0] for run in runs]
    assert added[0] >= added[1] >= added[2] == 0
    assert falls[0] <= falls[1] <= falls[2] == 0
    assert len({outcome(run, "accelerators_made")[0] for run in runs}) == 1
    assert outcome(runs[0], "accelerators_added")[0] == pytest.approx((1 - low) * runs[0].fab_output.sum())


def test_the_price_falls_less_the_longer_others_have_to_respond(reckoned, outcome):
    """At the horizon supply has become more elastic; where it never does, the fall is the larger one."""
    values = {"fab.build_months": 36.0, "fab.delay_ratio": 0.0}
    grown, rigid = (
        outcome(reckoned(PRO_RATA, values | {"market.long_run_ratio": ratio}, yearly_usd=BILLIONS),
                "accelerator_price_percent")[0] for ratio in (4.0, 1.0)
    )  # fmt: skip
    assert rigid < grown < 0
    assert rigid / grown == pytest.approx((0.3 * (4 - 3 * 2 ** (-83 / 18)) + 0.5) / 0.8, rel=0.02)


def test_every_buyer_pays_the_price_that_a_fab_makes(reckoned, mix, outcome):
    """The machine of the same option, laboratories of groups, and all others; a fab of nothing new helps none."""
    half = {"public_cluster": 0.5, "domestic_fab": 0.5}
    values = {"market.accelerators_usd_per_year": 20e9}
    with_fab, moved = (
        reckoned(mix(LATE_MACHINE, PRO_RATA, **half), values | {"fab.relocated_share": part}, yearly_usd=BILLIONS)
        for part in (0.2, 1.0)
    )
    assert with_fab.size["public_cluster"][0] > moved.size["public_cluster"][0]
    assert outcome(with_fab, "cost_to_other_buyers")[0] < outcome(moved, "cost_to_other_buyers")[0]
    assert outcome(with_fab, "price_gain_fe_hours")[0] > 0 == outcome(moved, "price_gain_fe_hours")[0]


def test_own_money_buys_more_once_machines_bought_before_the_fab_are_gone(reckoned):
    """Nothing for as long as they are old on average; then what the lower price gives."""
    run = reckoned(PRO_RATA, {"fab.build_months": 36.0, "fab.delay_ratio": 0.0}, yearly_usd=BILLIONS)
    gained = price_gain_hours(Measures(run))[0]
    assert np.all(gained[: 36 + 30] == 0)
    fall = run.markets.accelerators.log_price[0, -1 - 30]
    assert gained[-1] == pytest.approx(run.own_hours[0, -1] * np.expm1(-fall), rel=1e-9)


# ------------------------------------------------------------------------------------------------- under an embargo

SHOCK = {"independence.shock": True, "independence.shock_start_months": 90.0, "budget.total": 20e9}


def retained(values):
    """What the option of a fab and doing nothing retain of a long scenario's compute."""
    results = compare(load("nairr_us", SHOCK | values), draws=0, queue=False).results
    return {key: results[key].totals["retained_share"][0] for key in ("domestic_fab", "do_nothing")}


def test_orders_of_research_make_up_for_what_an_embargo_takes():
    """More of them never retain less, a fab without any saves nobody, and none that is not yet at work."""
    none, some, more = (retained({"domestic_fab.priority_share": part}) for part in (0.0, 0.01, 0.5))
    assert none["domestic_fab"] == none["do_nothing"] == some["do_nothing"]
    assert none["domestic_fab"] < some["domestic_fab"] < more["domestic_fab"] <= 1 + 1e-12
    early = retained({"independence.shock_start_months": 12.0})
    assert early["domestic_fab"] == early["do_nothing"]


def test_research_orders_first_only_while_the_embargo_lasts(reckoned):
    """A hundred a month, of which inputs from abroad leave some; a fiftieth of these, in what the newest are worth."""
    usual = reckoned(DoNothing())
    grid = replace(usual.context.grid, embargo=Embargo(48.0, 60.0, 1.0))
    flows = Flows(unit_cash={}, whole_output=np.full((1, 120), 100.0))
    made = DomesticFab().private_costs(flows, np.full((1, 1), 8.4e9), World(), grid)
    left = 100 * float(kept_output_share(Fab(), 1.0))
    inside = np.arange(48, 60)
    assert made.fab_output[0, inside] == pytest.approx(np.full(12, left))
    assert np.delete(made.fab_output[0], inside) == pytest.approx(np.full(108, 100.0))
    assert made.accelerators_first[0, inside] == pytest.approx(np.full(12, 0.02 * left * 2 ** (-2 / 2.5)))
    assert not np.delete(made.accelerators_first[0], inside).any()


def test_a_fab_needs_packaging_and_memory_from_abroad_too():
    """None at home and a whole cut: it stops as well."""
    stopped, home = (retained({"fab.inputs_at_home_share": part}) for part in (0.0, 0.8))
    assert stopped["domestic_fab"] == stopped["do_nothing"] < home["domestic_fab"]
    assert float(kept_output_share(Fab(inputs_at_home_share=0.0), 1.0)) == 0
    assert float(kept_output_share(Fab(inputs_at_home_share=0.0), 0.0)) == 1
    assert float(kept_output_share(Fab(inputs_at_home_share=1.0), 1.0)) == 1


@property_of
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 1))
def test_a_deeper_cut_never_leaves_a_fab_more(at_home, one, other):
    low, high = sorted((one, other))
    fab = Fab(inputs_at_home_share=at_home)
    assert 0 <= kept_output_share(fab, high) <= kept_output_share(fab, low) <= 1


# ------------------------------------------------------------------------------------------------------------ budget


@pytest.mark.parametrize("rule", ["equal_pv", "equal_cash"])
@pytest.mark.parametrize("share", [1.0, 0.4])
@pytest.mark.parametrize("yearly_usd", [1e6, 0.3e9, 5e9])
def test_the_budget_needed_is_the_one_at_which_a_fab_comes(reckoned, mix, outcome, rule, share, yearly_usd):
    """The verdict can be tried out: a thousandth less is below the scale, a thousandth more is not; from any budget."""
    option = DomesticFab() if share == 1 else mix(domestic_fab=share, cloud_credits=1 - share)
    values = {"money.normalisation": rule}
    needed = outcome(reckoned(option, values, yearly_usd=(yearly_usd,) * 6), "fab_budget_needed")[0]
    below, above = (reckoned(option, values, yearly_usd=(needed / 6 * part,) * 6) for part in (0.999, 1.001))
    assert below.size["domestic_fab"][0] < below.least_size["domestic_fab"][0]
    assert above.size["domestic_fab"][0] > above.least_size["domestic_fab"][0]


def test_no_budget_is_needed_where_no_scale_is(reckoned, outcome):
    """0 without a minimum, no number without a fab, the smallest stake itself where options are taken as entered."""
    assert outcome(reckoned(PRO_RATA), "fab_budget_needed")[0] == 0
    assert np.isnan(outcome(reckoned(DoNothing()), "fab_budget_needed")[0])
    entered = reckoned(DomesticFab(), {"money.normalisation": "as_entered"})
    assert outcome(entered, "fab_budget_needed")[0] == pytest.approx(0.25 * 8.4e9)


def test_the_note_names_the_budget_in_the_scenarios_money(tiny_scenario):
    """Below scale is not the end of the sentence."""
    from sim.comparison.table import fab_verdict

    result = compare(tiny_scenario, queue=False).results["domestic_fab"]
    needed = format_short(result.totals["fab_budget_needed"][0] / tiny_scenario.usd_per_currency)
    told = fab_verdict(result, tiny_scenario)
    assert told.startswith("below scale: ")
    assert "it joins a plant that others fund as well and brings" in told
    assert told.endswith(f"; a budget of {needed} {tiny_scenario.currency} would decide on one.")


# -------------------------------------------------------------------------------------------------- reserved output

LATE_MACHINE = PublicCluster(tranche_months=(0.0, 80.0), tranche_shares=(0.6, 0.4))


def reserving(mix, share):
    """Half a fab, half a machine whose second tranche comes when the fab works."""
    return mix(LATE_MACHINE, DomesticFab(reserved_share=share), public_cluster=0.5, domestic_fab=0.5)


@property_of
@given(st.lists(st.tuples(st.floats(0, 100), st.floats(0, 20)), min_size=1, max_size=60))
def test_orders_never_take_more_than_was_reserved(months):
    """Not in any month, not in sum, and never older output than a year's."""
    ordered, offered = (np.array([flow], dtype=float) for flow in zip(*months, strict=True))
    taken = filled(ordered, offered)[0]
    assert np.all(taken >= 0) and np.all(taken <= ordered[0])
    assert np.all(np.cumsum(taken) <= np.cumsum(offered[0]) + 1e-9)
    year = [offered[0, max(month - 11, 0) : month + 1].sum() for month in range(len(months))]
    assert np.all(taken <= np.array(year) + 1e-9)


def test_orders_take_the_output_of_a_year_and_no_older():
    """Three a month are 36 for a first order and 3 for one a month later; what a small one leaves is for the next."""
    ordered, offered = np.zeros((1, 30)), np.full((1, 30), 3.0)
    ordered[0, [20, 21]] = 100.0, 100.0
    assert filled(ordered, offered)[0, [20, 21]].tolist() == [36.0, 3.0]
    ordered[0, 20] = 10.0
    assert filled(ordered, offered)[0, [20, 21]].tolist() == [10.0, 29.0]


@property_of
@given(share=st.floats(0.001, 1), more=st.floats(1, 5), margin=st.floats(0, 0.9))
def test_reserved_output_costs_what_its_premium_says(reckoned, mix, outcome, share, more, margin):
    """Dearer by the premium, cheaper by the margin given up; more reserved is never less taken; hours stay."""
    values = {"fab.margin_given_up_share": margin}
    none, some, most = (
        reckoned(reserving(mix, part), values, yearly_usd=BILLIONS) for part in (0.0, share, min(share * more, 1.0))
    )
    taken = [outcome(run, "reserved_accelerators")[0] for run in (none, some, most)]
    assert taken[0] == 0 < taken[1] <= taken[2]
    ordered = (some.trade.ordered)[0]
    assert np.all(some.quota.taken[0] <= ordered * (1 + 1e-12))
    premium = outcome(some, "reserved_extra_cost")[0] / taken[1] / 30_000
    assert premium == pytest.approx((1 - margin) * (1 + learned(some)) - 1, rel=1e-6, abs=1e-9)
    # nobody gets free accelerators: the machine, its hours and the market are as they were, the bill is not
    assert np.array_equal(none.supplied, some.supplied)
    assert np.array_equal(none.markets.accelerators.log_price, some.markets.accelerators.log_price)
    assert some.cost.sum() - none.cost.sum() == pytest.approx(outcome(some, "reserved_extra_cost")[0], rel=1e-3, abs=1)


def learned(run):
    """Premium in month 80, after what the fab made by then."""
    made = run.fab_output[0]
    first = made[np.flatnonzero(made)[0] :][:12].sum()
    return 0.12 * max(made[:81].sum() / first, 1) ** -learning_exponent(0.15)


def test_nothing_is_reserved_for_nobody(reckoned, mix, outcome):
    """A fab alone and a machine bought before the fab works take nothing, at no cost; a small stake takes little."""
    alone = reckoned(DomesticFab(reserved_share=0.5), yearly_usd=BILLIONS)
    early = mix(PublicCluster(), DomesticFab(reserved_share=0.5), public_cluster=0.5, domestic_fab=0.5)
    for run in (alone, reckoned(early, yearly_usd=BILLIONS)):
        assert outcome(run, "reserved_accelerators")[0] == outcome(run, "reserved_extra_cost")[0] == 0
    assert np.array_equal(alone.cost, reckoned(DomesticFab(), yearly_usd=BILLIONS).cost)


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
