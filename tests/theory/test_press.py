"""The Heavy Press Program through the model's own code, and which assumption carries the analogy with it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.arguments import analogy as press
from sim.arguments.analogy import ASSUMPTIONS, Margin, analogy, margin
from sim.comparison.run import compare
from sim.instruments.public_cluster import PublicCluster
from sim.scenario import load
from tests.conftest import run, total

PRESS = 1_000  # the scenario counts in thousandths of a press
PLAN = {"budget.total": 389e6, "procurement.overrun_ratio": 0.0}
AGEING = {
    "hardware.doubling_years": 2.5,
    "hardware.age_gate_per_year": 0.05,
    "hardware.resale_decay_per_year": 0.40,
    "public_cluster.retirement": "fixed_life",
}


def built(values=None):
    """The cluster of the historical scenario, which stands for the presses."""
    return compare(load("heavy_press_1950", values or {}), queue=False).results["public_cluster"]


def presses(values=None) -> float:
    """Presses bought."""
    return float(built(values).central.size["public_cluster"][0]) / PRESS


def test_the_plan_buys_seventeen_presses_and_the_money_spent_buys_ten():
    """389 M$ at the planned cost buy 17; 279 M$ with the unit overrun of 22 % that the facts give to two digits, 10."""
    assert presses(PLAN) == pytest.approx(17, rel=1e-6)
    digit = 0.005 / 1.22  # what 22 % may be off by in its last digit
    assert presses() == pytest.approx(10, rel=digit)


def test_the_overrun_alone_takes_three_presses_and_the_smaller_budget_the_rest():
    with_overrun = presses(PLAN | {"procurement.overrun_ratio": 0.22})
    assert with_overrun == pytest.approx(17 / 1.22, rel=1e-6)
    assert presses() == pytest.approx(with_overrun * 279 / 389, rel=1e-6)


def test_ten_presses_serve_from_1953_to_the_horizon():
    central = built().central
    serving = central.in_service[0].sum(axis=0) / PRESS
    assert serving[:36].max() == 0 and serving[36] > 0
    assert (np.diff(serving) >= 0).all()
    assert serving[-1] == pytest.approx(presses(), rel=1e-9)


def test_half_of_the_hours_are_let_to_firms():
    totals = built().totals
    assert totals["leased_fe_hours"][0] == pytest.approx(totals["fe_hours"][0], rel=1e-12)


def life(values) -> float:
    """Frontier-equivalent hours of one press by the formula: service, fall behind the frontier, jobs that still fit."""
    levers = {"hardware.doubling_years": 30.0, "hardware.age_gate_per_year": 0.0, "service": 30.0} | values
    total = 0.0
    for ordered, share in ((0, 0.1), (24, 0.5), (48, 0.4)):
        begin, end = ordered + 36, ordered + 36 + 12 * levers["service"]
        for month in range(360):
            age = (month + 0.5 - ordered) / 12
            inside = min(max(min(end, month + 1) - max(begin, month), 0.0), 1.0)
            fits = max(1 - levers["hardware.age_gate_per_year"] * age, 0.0)
            total += share * inside * fits * 2 ** (-age / levers["hardware.doubling_years"])
    return total


def test_presses_that_aged_like_accelerators_would_have_lost_nineteen_twentieths_of_their_work():
    """The same ten presses: five years of service, behind the frontier by half every 2.5 years."""
    aged, kept = built(AGEING), built()
    lost = 1 - aged.totals["fe_hours"][0] / kept.totals["fe_hours"][0]
    expected = 1 - life({k: v for k, v in AGEING.items() if "hardware" in k} | {"service": 5.0}) / life({})
    assert lost == pytest.approx(expected, rel=1e-9)
    assert aged.central.size["public_cluster"] == pytest.approx(kept.central.size["public_cluster"], rel=1e-12)
    assert round(lost, 2) == 0.95


# --- which assumption carries the analogy ---


@pytest.fixture(scope="module")
def small():
    """The analogy for a small country, in the central case."""
    return analogy("small_country")


def test_every_assumption_of_the_preset_is_one_row_and_no_other_is(small):
    """What press_world.toml changes of its base is what the rows put in and leave out."""
    base, preset = load("nairr_us"), load(press.PRESET)
    changed = {
        f"{group}.{name}"
        for group, values in preset.world.groups().items()
        for name in values.names()
        if getattr(values, name) != getattr(base.world.groups()[group], name)
    }
    cluster, usual = preset.option("public_cluster").instrument, base.option("public_cluster").instrument
    changed |= {name for name in cluster.names() if getattr(cluster, name) != getattr(usual, name)}
    assert {row.assumption.path for row in small.rows} == changed
    assert len(small.rows) == len(changed) == len(ASSUMPTIONS)


def test_changes_are_signed_differences_of_the_margins(small):
    for row in small.rows:
        assert row.put_in.central == pytest.approx(row.alone.central - small.scenario.central)
        assert row.left_out.central == pytest.approx(row.without.central - small.preset.central)
        assert np.isnan(row.alone.low) and np.isnan(row.left_out.high)


def test_all_assumptions_together_are_the_preset_itself():
    """On its own base, the preset put together from its assumptions is the scenario that ships."""
    assert analogy("nairr_us").preset.central == pytest.approx(float(margin(load(press.PRESET))[0]), rel=1e-12)


def test_an_assumption_that_the_scenario_makes_already_changes_nothing():
    row = next(
        row for row in analogy("small_country", {"cloud.decline_per_year": 0.02}).rows if row.assumption.key == "rent"
    )
    assert row.usual == row.value
    assert row.put_in.central == row.left_out.central == 0


def test_no_assumption_is_left_out_at_a_gain(small):
    """Each of the five favours owning in the company of the others, so the carrier is the one that costs most."""
    assert all(row.left_out.central <= 0 for row in small.rows)
    assert small.carrier is not None
    assert small.carrier.left_out.central == min(row.left_out.central for row in small.rows)
    assert small.carrier.assumption.key == "frontier"


def test_a_frontier_that_stands_still_alone_helps_the_renter():
    """While rents keep falling, hours that do not age are bought best later: alone, it lowers the margin."""
    row = next(row for row in analogy("nairr_us").rows if row.assumption.key == "frontier")
    assert row.put_in.central < 0 < -row.left_out.central


def test_intervals_hold_ten_and_ninety_per_cent_of_common_draws():
    found = analogy("small_country", draws=12)
    base = margin(load("small_country"), draws=12)
    assert found.scenario == Margin.of(base)
    assert (found.scenario.low, found.scenario.high) == tuple(np.percentile(base[1:], (10, 90)))
    changed = margin(load("small_country", {"cloud.decline_per_year": 0.02}), draws=12)
    row = next(row for row in found.rows if row.assumption.key == "rent")
    assert row.put_in == Margin.of(changed - base)


def test_a_scenario_without_a_cluster_or_without_credits_is_told_so(tmp_path):
    file = tmp_path / "bare.toml"
    top = 'title = "T"\nquestion = "Q?"\nstart_year = 2027\nbudget = { total = 5e7, years = 5 }\n'
    file.write_text(top + '[[option]]\ninstrument = "public_cluster"\n', encoding="utf8")
    with pytest.raises(LookupError, match="cloud_credits"):
        analogy(file)


def test_progress_is_told_twelve_times(tmp_path):
    steps = []
    analogy("small_country", progress=lambda done, of, what: steps.append((done, of)))
    assert steps == [(n, 12) for n in range(1, 13)]


@settings(max_examples=15, deadline=None)
@given(st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_a_bigger_overrun_never_builds_more_presses(one, other):
    low, high = sorted((one, other))
    assert presses({"procurement.overrun_ratio": low}) >= presses({"procurement.overrun_ratio": high})


# --- leasing, as the presses were ---


def leased(**levers):
    """A public cluster over ten years with part of its hours let."""
    return run(PublicCluster(**levers), {})


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 6), st.floats(0, 6), st.floats(0, 1))
def test_a_higher_fee_never_buys_fewer_accelerators(one, other, share):
    """Fees come back into the same budget."""
    low, high = sorted((one, other))
    sizes = [float(leased(leased_share=share, lease_usd=fee).size["public_cluster"][0]) for fee in (low, high)]
    assert sizes[0] <= sizes[1] * (1 + 1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 1), st.floats(0, 6))
def test_a_larger_leased_share_never_lowers_the_hours_of_firms(one, other, fee):
    low, high = sorted((one, other))
    let = [float(total(leased(leased_share=share, lease_usd=fee), "leased_fe_hours")[0]) for share in (low, high)]
    assert let[0] <= let[1] * (1 + 1e-12)


@settings(max_examples=20, deadline=None, derandomize=True)
@given(st.floats(0, 1), st.floats(0, 1))
def test_hours_let_for_nothing_are_research_hours_lost(one, other):
    low, high = sorted((one, other))
    kept = [float(total(leased(leased_share=share, lease_usd=0.0), "fe_hours")[0]) for share in (low, high)]
    assert kept[0] >= kept[1] * (1 - 1e-12)
