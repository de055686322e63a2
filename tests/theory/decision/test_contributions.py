"""What each instrument of a mix contributes: it sums in every draw, and one that supplies nothing has none."""

from __future__ import annotations

import numpy as np
import pytest

from sim.comparison.run import compare
from sim.decision.contributions import mix_contributions
from sim.decision.shapley import shapley
from sim.scenario import load

DRAWS = 12


@pytest.fixture(scope="module")
def scenario():
    """A mix of three, of which the fab is too small to supply anything."""
    shares = {"public_cluster_share": 0.5, "cloud_credits_share": 0.3, "domestic_fab_share": 0.2}
    return load("isambard_ai_uk", {f"portfolio.{name}": share for name, share in shares.items()})


@pytest.fixture(scope="module")
def found(scenario):
    return mix_contributions(scenario, "portfolio", draws=DRAWS)


def test_contributions_sum_in_every_draw_to_the_mix_less_nothing(found) -> None:
    each = shapley(found.values)
    np.testing.assert_allclose(each.sum(axis=1), found.values[:, -1] - found.values[:, 0], rtol=1e-12)
    assert found.found.mean.sum() == pytest.approx((found.values[:, -1] - found.values[:, 0]).mean())


def test_the_whole_and_nothing_are_those_of_a_comparison(scenario, found) -> None:
    results = compare(scenario, draws=DRAWS, queue=False).results
    baseline = next(each.key for each in scenario.options if each.instrument.name == "do_nothing")
    for key, column in (("portfolio", -1), (baseline, 0)):
        np.testing.assert_allclose(found.values[:, column], results[key].totals[found.yardstick][1:])


def test_an_instrument_that_supplies_nothing_contributes_nothing(found) -> None:
    idle = found.parts.index("domestic_fab")
    assert found.found.mean[idle] == pytest.approx(0, abs=1e-6 * found.values.max())
    assert (np.delete(found.found.mean, idle) > 0).all()


def test_money_left_is_not_spent_or_goes_to_those_that_stay(scenario, found) -> None:
    """Alone with all of the money an instrument gives at least what it gives with its share."""
    spent = mix_contributions(scenario, "portfolio", draws=DRAWS, rest="pro_rata")
    np.testing.assert_allclose(spent.values[:, [0, -1]], found.values[:, [0, -1]])
    for part, name in enumerate(found.parts):
        if name != "domestic_fab":
            assert (spent.values[:, 1 << part] > found.values[:, 1 << part]).all()


def test_what_is_no_mix_is_refused_in_a_sentence(scenario) -> None:
    with pytest.raises(KeyError, match="no portfolio, but one instrument: cloud_credits"):
        mix_contributions(scenario, "cloud_credits")
    with pytest.raises(KeyError, match="did you mean 'portfolio'"):
        mix_contributions(scenario, "portfolo")
    with pytest.raises(KeyError, match="choose a sum"):
        mix_contributions(scenario, "portfolio", "first_month", draws=4)
