"""What every instrument promises, tested for all that are listed."""

import numpy as np
import pytest

from sim.calendar.calendar import EVERYBODY, draw_shocks
from sim.calendar.records import Kind
from sim.comparison.run import compare
from sim.comparison.worlds import draw_worlds
from sim.costs.context import build_context
from sim.costs.option import compute_option
from sim.instruments import INSTRUMENTS
from sim.mechanisms.finance import present_value
from sim.outcomes import OUTCOMES, Measures
from tests.oracles.calendars import simulate_calendar, stacked


def timeline(scenario, key):
    """Records of one option in the central case."""
    sky = draw_shocks(scenario.world, 1, 0, scenario.months)
    return simulate_calendar(scenario.option(key).instrument, scenario.world, sky, scenario)


every_instrument = pytest.mark.parametrize("name", INSTRUMENTS)


@pytest.fixture(scope="module")
def drawn(tiny_scenario):
    """The tiny scenario in the central case and 12 draws."""
    return compare(tiny_scenario, draws=12, queue=False)


@pytest.mark.parametrize("name", INSTRUMENTS)
def test_says_who_it_is(name):
    kind = INSTRUMENTS[name]
    assert kind.name == name and kind.label and kind.size_unit and kind.__doc__


@every_instrument
def test_spends_the_present_value_it_is_given_or_says_why_not(drawn, name):
    """All but doing nothing spend the budget; a fab stops at the whole stake."""
    result = drawn.results[name]
    budget = result.central.context.budget_pv[0]
    spent = present_value(result.central.outlay, result.central.context.grid.discount)
    if name == "do_nothing":
        assert (spent == 0).all()
    else:
        np.testing.assert_allclose(spent, budget, rtol=1e-9)


@every_instrument
def test_accounts_and_providers_and_tiers_sum(drawn, name):
    monthly = drawn.results[name].central
    np.testing.assert_allclose(sum(monthly.cash.values(), start=np.zeros(monthly.cost.shape)), monthly.cost)
    used = sum(monthly.allocation.used.values(), start=np.zeros(monthly.cost.shape))
    np.testing.assert_allclose(used, monthly.allocation.public.sum(axis=-1), rtol=1e-9, atol=1e-6)
    assert (used <= monthly.supplied * (1 + 1e-9)).all()
    assert (monthly.allocation.displaced <= monthly.context.own * (1 + 1e-9)).all()


@every_instrument
def test_nobody_gets_more_than_is_needed(drawn, name):
    monthly = drawn.results[name].central
    used = monthly.context.own - monthly.allocation.displaced + monthly.allocation.public
    assert (used <= monthly.context.need * (1 + 1e-9)).all()


@every_instrument
def test_yearly_series_add_up_to_the_total(drawn, name):
    result = drawn.results[name]
    for outcome in OUTCOMES:
        if outcome.yearly is not None and outcome.unit not in ("fraction", "ratio", "percent"):
            np.testing.assert_allclose(result.yearly[outcome.name].sum(axis=-1), result.totals[outcome.name], rtol=1e-9)


@every_instrument
def test_every_outcome_is_one_number_a_draw(drawn, name):
    for outcome in OUTCOMES:
        assert drawn.results[name].totals[outcome.name].shape == (13,), outcome.name


def test_doing_nothing_differs_from_itself_by_exactly_nothing(drawn):
    for outcome in OUTCOMES:
        gap = drawn.difference("do_nothing", outcome.name)
        assert np.all((gap == 0) | np.isnan(gap)), outcome.name


def test_all_options_meet_the_same_prices_and_the_same_money(tiny_scenario):
    """Common random numbers: the records that belong to nobody are the same under every option."""
    everything = draw_worlds(tiny_scenario, 5, 3)
    for draw in range(4):
        world = everything.at(draw)
        sky = draw_shocks(world, 5, draw, tiny_scenario.months)
        runs = [simulate_calendar(option.instrument, world, sky, tiny_scenario) for option in tiny_scenario.options]
        common = [[r for r in run if r.part == EVERYBODY] for run in runs]
        assert all(records == common[0] for records in common)


@every_instrument
def test_a_run_repeats_itself_and_stays_before_the_horizon(tiny_scenario, name):
    first, second = timeline(tiny_scenario, name), timeline(tiny_scenario, name)
    assert first == second
    assert all(0 <= record.hour < tiny_scenario.months * 730 for record in first)
    assert [r.hour for r in first] == sorted(r.hour for r in first)


@every_instrument
def test_no_money_changes_nothing(tiny_scenario, name):
    """I-9: with a budget of zero every option is the same as doing nothing, exactly."""
    from dataclasses import replace

    from sim.scenario import Budget

    poor = compare(replace(tiny_scenario, budget=Budget((0.0, 0.0))), queue=False)
    for outcome in OUTCOMES:
        gap = poor.difference(name, outcome.name)
        assert np.all((gap == 0) | np.isnan(gap)), outcome.name


def test_blocks_do_not_show(tiny_scenario, monkeypatch):
    """Draws are reckoned in blocks; their size moves no more than last digits, which NumPy rounds by length."""
    whole = compare(tiny_scenario, draws=9, queue=False)
    monkeypatch.setattr("sim.comparison.sample.BLOCK", 4)
    cut = compare(tiny_scenario, draws=9, queue=False)
    for key, result in whole.results.items():
        for outcome, values in result.totals.items():
            np.testing.assert_allclose(values, cut.results[key].totals[outcome], rtol=1e-12, atol=1e-12)


def test_every_month_is_closed_and_priced(tiny_scenario):
    records = timeline(tiny_scenario, "do_nothing")
    for kind in (Kind.CLOSE, Kind.PRICE):
        assert [r.item for r in records if r.kind == kind] == list(range(tiny_scenario.months))


def test_the_ledger_of_a_draw_alone_gives_its_row(tiny_scenario):
    """Stacking draws mixes nothing: each draw reckoned alone gives its row of the whole."""
    everything = draw_worlds(tiny_scenario, 2, 3)
    option = tiny_scenario.option("portfolio")
    seen = [everything.at(d) for d in range(4)]
    skies = [draw_shocks(w, 2, d, tiny_scenario.months) for d, w in enumerate(seen)]
    runs = [simulate_calendar(option.instrument, w, sky, tiny_scenario) for w, sky in zip(seen, skies, strict=True)]
    ledger = stacked(runs, tiny_scenario.months)
    whole = compute_option(option.instrument, ledger, build_context(everything, ledger))
    for draw in range(4):
        alone = stacked([runs[draw]], tiny_scenario.months)
        one = compute_option(option.instrument, alone, build_context(everything.between(draw, draw + 1), alone))
        for outcome in OUTCOMES:
            np.testing.assert_allclose(
                outcome.total(Measures(one))[0], outcome.total(Measures(whole))[draw], rtol=1e-12
            )
