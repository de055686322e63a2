"""Sizes of US institutions: the law against what is published, and the shipped table against the law."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.mechanisms.demand import TIERS, Demand
from sim.scenario import load
from sim.sources import facts
from tests.validation import us_groups
from tests.validation.institutions import classes, fitted, gini_of, share_of_top, sizes

PAGE = (Path(__file__).resolve().parents[2] / "docs/groups.md").read_text(encoding="utf8")
HEAD = 'title = "A"\nquestion = "Q?"\nstart = "2027-01"\nbudget = { total = 100e6, years = 4 }\ngroups = "us_rd"\n'


def law() -> np.ndarray:
    """Shares of all institutions by rank."""
    return sizes(*us_groups.fit(), us_groups.INSTITUTIONS)


# --------------------------------------------------------------------------------------------------------- the law


@settings(deadline=None, max_examples=40)
@given(exponent=st.floats(0.5, 2.5), offset=st.floats(0.5, 60))
def test_the_fit_finds_the_law_that_made_the_numbers(exponent, offset):
    """Numbers made by a law, without error, lead back to the same sizes."""
    made = sizes(exponent, offset, 500)
    top = {ranks: share_of_top(made, ranks) for ranks in (5, 10, 20)}
    found = sizes(*fitted(top, gini_of(made), 500), 500)
    assert found == pytest.approx(made, rel=0.02)


def test_equal_institutions_have_no_inequality_and_zipf_of_two_is_two_to_one():
    assert gini_of(sizes(0.0, 5.0, 100)) == pytest.approx(0, abs=1e-12)
    assert sizes(1.0, 0.0, 2) == pytest.approx([2 / 3, 1 / 3])


@given(exponent=st.floats(0, 3), offset=st.floats(0, 100), more=st.floats(0.01, 1))
def test_a_larger_exponent_never_lowers_what_the_largest_have(exponent, offset, more):
    flat, steep = (sizes(each, offset, 200) for each in (exponent, exponent + more))
    assert share_of_top(steep, 20) >= share_of_top(flat, 20) - 1e-12
    assert gini_of(steep) >= gini_of(flat) - 1e-12


def test_classes_lose_nothing():
    share = sizes(1.2, 5.0, 30)
    found = classes(share, (3, 10, 30))
    assert sum(n for n, _ in found) == 30
    assert sum(n * mean for n, mean in found) == pytest.approx(1)


# ------------------------------------------------------------------------------------------------- the United States


def test_the_facts_are_those_of_the_register():
    """What is fitted is what data/programmes.csv says."""
    assert float(facts("programmes")["P336"]["value"]) == us_groups.TOP[20]
    assert float(facts("programmes")["P337"]["value"]) == us_groups.GINI
    note = facts("programmes")["P336"]["note"]
    assert "top 10: 0.18" in note and "top 5: 0.11" in note
    assert str(us_groups.INSTITUTIONS) in facts("programmes")["P336"]["quantity"]


def test_the_law_is_within_five_per_cent_of_every_fact():
    """Shares are published to a hundredth; the Gini coefficient is itself derived."""
    for ranks, share in us_groups.TOP.items():
        assert share_of_top(law(), ranks) == pytest.approx(share, rel=0.05)
    assert gini_of(law()) == pytest.approx(us_groups.GINI, rel=0.05)


def test_the_page_shows_the_fit_beside_the_facts():
    exponent, offset = us_groups.fit()
    assert f"s = {exponent:.2f}" in PAGE and f"q = {offset:.1f}" in PAGE
    for ranks, share in us_groups.TOP.items():
        assert f"| largest {ranks} | {100 * share:.0f} % | {100 * share_of_top(law(), ranks):.1f} % |" in PAGE
    assert f"| Gini coefficient over institutions | {us_groups.GINI:.2f} | {gini_of(law()):.2f} |" in PAGE
    billions = 117 * law()
    assert f"| institutions above 1 billion USD | 37 | {(billions > 1).sum()} |" in PAGE


def test_the_shipped_table_is_what_the_law_gives():
    assert us_groups.FILE.read_text(encoding="utf8") == us_groups.text()


def test_the_table_keeps_the_sums_of_the_defaults(tmp_path):
    """As many groups, as much academic need, and the tiers' own parts of it; only the spread is the law's."""
    (tmp_path / "us.toml").write_text(HEAD, encoding="utf8")
    found, usual = load(tmp_path / "us.toml").world.demand, Demand()
    assert found.groups == pytest.approx(usual.groups, rel=1e-4)

    def need(demand: Demand) -> float:
        return sum(
            demand.groups * getattr(demand, f"share_{t}") * getattr(demand, f"need_{t}") for t in us_groups.ACADEMIC
        )

    assert need(found) == pytest.approx(need(usual), rel=1e-3)
    for tier in TIERS:
        own, usually = (getattr(d, f"own_{tier}") / getattr(d, f"need_{tier}") for d in (found, usual))
        assert own == pytest.approx(usually, rel=0.01)
        assert getattr(found, f"share_{tier}") == pytest.approx(getattr(usual, f"share_{tier}"), abs=0.002)
    assert found.size_startups == () and len(found.size_elite) == 20


def test_tiers_are_cut_by_rank():
    """No institution of a lower tier is larger than one of a higher tier."""
    with us_groups.FILE.open(encoding="utf8", newline="") as file:
        rows = [row for row in csv.DictReader(file) if row["tier"] != "startups"]
    needs = [float(row["need"]) for row in rows]
    assert needs == sorted(needs, reverse=True)
    assert [row["tier"] for row in rows] == sorted((row["tier"] for row in rows), key=us_groups.ACADEMIC.index)
