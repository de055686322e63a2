"""An option that cannot spend its money says how much is left over and why; one with nothing to show says why."""

from __future__ import annotations

import numpy as np
import pytest

from dashboard.results import table
from sim.comparison.leftover import leftover_note, money_usd, remark
from sim.comparison.run import compare
from sim.comparison.table import markdown, notes
from sim.scenario import load

SMALL = {"budget.total": 1e6}
ENTERED = {"money.normalisation": "as_entered"}


@pytest.fixture(scope="module")
def central():
    """The central case of a scenario with some settings, without its queue."""
    return lambda name, values=None, **more: compare(load(name, values or {}), draws=0, queue=False, **more)


@pytest.fixture(scope="module")
def small(central):
    """A million dollars, for which nobody runs a machine."""
    return central("nairr_us", SMALL)


def lines(comparison, key):
    """What one option leaves over."""
    return leftover_note(comparison.results[key], comparison.scenario)


def test_money_that_buys_no_machine_is_left_over(small):
    assert lines(small, "public_cluster")[0].startswith("all of its 904k USD, present value, is left over: the fixed")
    assert any(line.startswith("NAIRR machines: all of its 904k USD") for line in notes(small))
    assert not lines(small, "cloud_credits")
    assert not lines(small, "do_nothing"), "to which no money is given"


def test_a_mix_leaves_over_the_share_of_what_it_cannot_buy(small):
    part = small.scenario.option("portfolio").instrument.shares()["public_cluster"]
    given, spent = money_usd(small.results["portfolio"].central)
    assert spent == pytest.approx((1 - part) * given)
    assert "(60 %) of its 904k USD" in lines(small, "portfolio")[0]


@pytest.mark.parametrize("rule", ["equal_outlay", "equal_pv", "equal_cash"])
def test_nothing_is_left_over_where_options_spend_the_same(central, rule):
    comparison = central("small_country", {"money.normalisation": rule, "procurement.contract": "fixed_price"})
    for key, result in comparison.results.items():
        given, spent = money_usd(result.central)
        if key != "do_nothing":
            assert spent == pytest.approx(given, rel=1e-9), (rule, key)
            assert not lines(comparison, key)


def test_more_than_a_whole_fab_is_not_spent(central):
    rich = central("nairr_us", {"budget.total": 60e9})
    assert lines(rich, "domestic_fab")[0].endswith("more than the whole public share of one fab is not spent.")
    given, spent = money_usd(rich.results["domestic_fab"].central)
    assert 0 < spent < given


def test_vouchers_paid_as_they_are_used_are_left_over_where_taken_as_entered(central):
    entered = central("small_country", ENTERED | {"cloud_credits.prepaid_share": 0.0})
    (line,) = lines(entered, "cloud_credits")
    assert "it is taken as entered and vouchers that expire unpaid stay with the treasury" in line
    given, spent = money_usd(entered.results["cloud_credits"].central)
    unpaid = entered.results["cloud_credits"].central.trade.returned[0].sum()
    assert unpaid > 0
    assert spent < given


def test_an_empty_column_says_why_in_its_head(small, central):
    head = markdown(small).split("\n")[2]
    assert "Domestic fab (below scale: joins a plant of others)" in head
    assert "NAIRR machines (too little money: none is bought)" in head
    assert "Cloud credits |" in head
    assert "Do nothing |" in head
    assert r"Domestic fab (below scale: joins a plant of others)" in table(small).columns
    rich = central("nairr_us", {"budget.total": 60e9}).results["domestic_fab"]
    assert remark(rich) == "makes accelerators, gives no hours"


def test_a_fab_that_comes_in_some_draws_says_in_how_many_it_does_not():
    """Where a plant in time opens just before the horizon, a late one opens after it."""
    late = {"fab.build_months": 88.0, "fab.delay_ratio": 0.7}
    found = compare(load("nairr_us", late), draws=24, draw="all", queue=False).results["domestic_fab"]
    none = 1 - float(np.mean(found.totals["accelerators_made"][1:] > 0))
    assert 0 < none < 1
    assert remark(found) == f"nothing is made within the horizon in {100 * none:.0f} % of draws"
