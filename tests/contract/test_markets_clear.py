"""Markets at the door: what leaves no price is refused in one sentence, what is only useless is warned of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from sim.comparison.run import compare
from sim.scenario import ScenarioError, load

HEAD = 'title = "T"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 400e6, years = 4 }\n'


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """A programme of 400 million dollars."""
    path = tmp_path / "programme.toml"
    path.write_text(HEAD, encoding="utf8")
    return path


@pytest.mark.parametrize("stem", ["", "rental_"])
def test_a_market_that_cannot_grow_takes_what_is_less_than_itself(scenario, stem):
    """An elasticity of 0 is a limit, not a fault, while all of the money in one year is less than the market."""
    sales = "market.accelerators_usd_per_year" if not stem else "market.rental_usd_per_year"
    stiff = {f"market.{stem}supply_elasticity": 0, sales: 401e6}
    results = compare(load(scenario, stiff), queue=False).results
    rises = [result.totals["accelerator_price_rise_percent"][0] for result in results.values()]
    assert np.isfinite(rises).all()
    with pytest.raises(ScenarioError) as caught:
        load(scenario, stiff | {sales: 400e6})
    [fault] = caught.value.faults
    assert fault.startswith(
        f"world.market.{stem}supply_elasticity: 0 leaves no price at which a programme of 400,000,000"
    )


def test_an_elasticity_next_to_nothing_is_as_good_as_none(scenario):
    """A price beyond all numbers is no price."""
    with pytest.raises(ScenarioError, match=r"rental_supply_elasticity: 0\.0001 leaves no price"):
        load(scenario, {"market.rental_supply_elasticity": 1e-4, "market.rental_usd_per_year": 100e6})


@pytest.mark.parametrize("value", [1e3, float("inf"), float("nan"), -1.0])
@pytest.mark.parametrize("name", ["supply_elasticity", "demand_elasticity", "rental_supply_elasticity"])
def test_an_elasticity_is_a_number_between_nothing_and_a_hundred(scenario, name, value):
    with pytest.raises(ScenarioError) as caught:
        load(scenario, {f"market.{name}": value})
    [fault] = caught.value.faults
    assert fault.startswith(f"world.market.{name}: ") and "allowed: 0 to 100 (ratio)" in fault


def test_a_very_elastic_market_is_a_limit(scenario):
    """At the largest elasticity that is possible, a programme moves the price a tenth of a per cent at most."""
    supple = {f"market.{stem}supply_elasticity": 100 for stem in ("", "rental_")}
    for result in compare(load(scenario, supple), queue=False).results.values():
        for market in ("accelerator", "rental"):
            share = result.totals[f"{market}_shock_share"][0]
            assert 0 <= result.totals[f"{market}_price_rise_percent"][0] <= 1.01 * share


def test_output_reserved_for_nobody_is_warned_of(scenario):
    """A warning, not a fault: the fab works without a customer in its own portfolio."""
    mixed = {
        "portfolio.public_cluster_share": 0.5,
        "portfolio.cloud_credits_share": 0.0,
        "portfolio.research_grants_share": 0.0,
        "portfolio.domestic_fab_share": 0.5,
    }
    lever = {"domestic_fab.reserved_share": 0.2}
    warned, silent = (load(scenario, lever | more).warnings for more in ({}, mixed))
    assert any("nobody takes it" in warning for warning in warned)
    assert not any("nobody takes it" in warning for warning in silent)
    assert not any("nobody takes it" in warning for warning in load(scenario, mixed).warnings)
