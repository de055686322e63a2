"""Inequality over groups: what the indices must give where the answer is known."""

from math import erf, exp

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.special import ndtri

from sim.costs.allocation import allocate
from sim.costs.groups import Groups
from sim.instruments.base import Supply
from sim.mechanisms.access import Access
from sim.mechanisms.demand import Demand
from sim.mechanisms.inequality import atkinson, equally_distributed, theil
from tests.oracles import allocation as oracle
from tests.oracles.formulas import gini

INDICES = {"gini": gini, "theil": theil, "atkinson half": lambda x, n: atkinson(x, n, 0.5)}
INDICES["atkinson one"] = lambda x, n: atkinson(x, n, 1)
every_index = pytest.mark.parametrize("index", INDICES.values(), ids=list(INDICES))
levels = arrays(np.float64, st.integers(2, 12), elements=st.floats(0.01, 1e6))
some = settings(max_examples=200, deadline=None, derandomize=True)

IDENTICAL = {"spread": 0.0}
IDENTICAL |= {f"need_{tier}": 9_000.0 for tier in ("elite", "intensive", "regional", "startups")}
IDENTICAL |= {f"own_{tier}": 500.0 for tier in ("elite", "intensive", "regional", "startups")}
EQUAL_RULE = {f"apply_{tier}": 0.5 for tier in ("elite", "intensive", "regional", "startups")}


@every_index
@pytest.mark.parametrize("hours", [0.0, 1e5, 1e9])
def test_identical_groups_under_an_equal_rule_end_up_equal(index, hours):
    """I-26: Gini = Theil = Atkinson = 0, after a real allocation by the model's own rule."""
    groups = Groups.of(Demand(**IDENTICAL), Access(**EQUAL_RULE), np.array([0.5]))
    need, own = oracle.need_of(groups)[0, 0], oracle.own_of(groups)[0, 0]
    gap = need - own
    got = oracle.waterfill(np.array(hours), oracle.asked_of(groups)[0, 0], gap, groups.count[0])
    assert index(own + got, groups.count[0]) == pytest.approx(0, abs=1e-12)
    supply = Supply("cluster", np.full((1, 1), hours), np.full((1, 1), hours))
    tiers = allocate(groups, [(supply, supply.h100e_hours)]).public[0, 0]
    assert tiers.sum() == pytest.approx((got * groups.count[0]).sum())


@pytest.mark.parametrize("aversion", [0.0, 0.5, 1.0, 2.0])
def test_the_equivalent_of_a_common_level_is_that_level(aversion):
    """I-26: EDE = mean."""
    assert equally_distributed(np.full(5, 7.0), np.arange(1.0, 6.0), aversion) == pytest.approx(7)


@pytest.mark.parametrize("spread", [0.5, 1.0])
def test_lognormal_levels_have_their_known_indices(spread):
    """I-28 to I-30: Gini erf(s/2), Theil s^2/2, Atkinson(1) 1 - exp(-s^2/2), on a fine grid of quantiles."""
    levels = np.exp(spread * ndtri((np.arange(400_000) + 0.5) / 400_000))
    ones = np.ones_like(levels)
    assert gini(levels, ones) == pytest.approx(erf(spread / 2), abs=2e-5)
    assert theil(levels, ones) == pytest.approx(spread**2 / 2, abs=2e-4)
    assert atkinson(levels, ones, 1) == pytest.approx(1 - exp(-(spread**2) / 2), abs=2e-5)


@every_index
@some
@given(levels, st.floats(0.01, 1e3))
def test_the_scale_does_not_matter(index, level, factor):
    """I-31: scale invariance."""
    ones = np.ones_like(level)
    assert index(factor * level, ones) == pytest.approx(float(index(level, ones)), abs=1e-9)


@every_index
@some
@given(levels, st.integers(2, 5))
def test_many_alike_are_as_unequal_as_one_of_each(index, level, copies):
    """I-31: replication invariance; a count of n is n entries of one."""
    cached, weighted = index(level, np.ones_like(level)), index(level, np.full_like(level, copies))
    repeated = index(np.repeat(level, copies), np.ones(level.size * copies))
    assert weighted == pytest.approx(float(cached), abs=1e-9)
    assert repeated == pytest.approx(float(cached), abs=1e-9)


@every_index
@some
@given(levels)
def test_giving_from_the_richest_to_the_poorest_never_widens_the_gap(index, level):
    """I-31: the transfer principle."""
    poor, rich = level.argmin(), level.argmax()
    fairer = level.copy()
    step = (level[rich] - level[poor]) / 4
    fairer[poor] += step
    fairer[rich] -= step
    ones = np.ones_like(level)
    assert index(fairer, ones) <= index(level, ones) + 1e-9
