"""What a grant displaces and what groups do with own money that public hours free: limits, signs, accounts."""

from __future__ import annotations

import numpy as np
import pytest

from sim.costs.respending import accounts, freed_usd, hired_years
from sim.instruments import INSTRUMENTS
from sim.mechanisms.finance import present_value
from tests.conftest import run, total

KINDS = ("public_cluster", "cloud_credits", "research_grants")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_freed_is_spent_on_people_or_kept(kind):
    """Accounts close: saved = on people + kept, in every month and draw; hours bought again cost what they save."""
    found = run(INSTRUMENTS[kind](), draws=12)
    output = found.context.world.output
    freed = freed_usd(found.allocation, found.context.grid.rent_usd)
    saved, people = found.private["own compute saved"], found.private["own money on people"]
    kept = freed.sum(axis=-1) * (1 - output.rehired_share)
    np.testing.assert_allclose(-saved, people + kept, rtol=1e-9)
    hired = hired_years(freed, output, found.context.world.grants).sum(axis=(1, 2))
    cost = np.reshape(found.context.world.grants.researcher_usd_per_year, -1)
    np.testing.assert_allclose(hired * cost, people.sum(axis=-1), rtol=1e-9)


@pytest.mark.parametrize("kind", KINDS)
def test_what_society_pays_falls_by_what_is_kept(kind):
    kept, spent = (run(INSTRUMENTS[kind](), {"output.rehired_share": share}) for share in (0.0, 1.0))
    saved = -present_value(kept.private["own compute saved"], kept.context.grid.discount)
    assert total(spent, "social_cost") - total(kept, "social_cost") == pytest.approx(saved, rel=1e-9)


def test_money_spent_on_hours_again_gives_up_no_hours():
    """The limit: all of it buys hours again, and crowding out is gone; none, and it is what it was."""
    values = [{"output.rebought_share": share} for share in (0.0, 0.4, 1.0)]
    none, part, whole = (run(INSTRUMENTS["public_cluster"](), each).allocation.displaced.sum() for each in values)
    assert part == pytest.approx(0.6 * none, rel=1e-9)
    assert whole == 0
    assert not accounts(np.zeros((1, 3, 4)), run(INSTRUMENTS["do_nothing"]()).context.world.output)


@pytest.mark.parametrize("path", ["output.rebought_share", "output.rehired_share"])
def test_money_that_is_spent_never_makes_less_research_than_money_that_is_kept(path):
    """Hours bought again may do less than people would have: they are held against money that is kept."""
    unpaid = {"output.rehired_share": 0.0} if path == "output.rebought_share" else {}
    kept, spent = (
        total(run(INSTRUMENTS["public_cluster"](), unpaid | {path: x}, draws=20), "output_percent") for x in (0, 1)
    )
    assert (spent > kept).all()


def test_where_nothing_is_crowded_out_there_is_nothing_to_spend():
    none = {f"access.crowd_out_{tier}": 0.0 for tier in ("elite", "intensive", "regional", "startups")}
    found = [run(INSTRUMENTS["public_cluster"](), none | {"output.rehired_share": x}) for x in (0.0, 1.0)]
    assert "own compute saved" not in found[0].private
    assert total(found[0], "output_percent") == total(found[1], "output_percent")


def test_a_grant_adds_only_what_it_does_not_displace():
    """People, purchases and hours used are in proportion to it; what others save is what the treasury pays for it."""
    whole, half = (run(INSTRUMENTS["research_grants"](), {"grants.displaced_share": x}) for x in (0.0, 0.5))
    assert half.added_labour.sum() == pytest.approx(0.5 * whole.added_labour.sum())
    assert half.public_hours.sum() == pytest.approx(0.5 * whole.public_hours.sum())
    assert half.trade.rent == pytest.approx(0.5 * whole.trade.rent)
    assert half.cost == pytest.approx(whole.cost)
    assert half.private["other funders"] == pytest.approx(-0.5 * half.cost)
    assert half.applications == pytest.approx(whole.applications)


def test_grants_that_only_displace_add_nothing_and_cost_society_the_applications():
    found = run(INSTRUMENTS["research_grants"](), {"grants.displaced_share": 1.0})
    assert total(found, "output_percent") == pytest.approx(0, abs=1e-9)
    applying = present_value(found.private["applicants"], found.context.grid.discount)
    assert total(found, "social_cost") == pytest.approx(applying)


def test_what_a_grant_pays_for_is_the_same_whatever_it_displaces():
    """Gross beside net: its hours and people are those of the public money, as of every other instrument."""
    whole, half = (run(INSTRUMENTS["research_grants"](), {"grants.displaced_share": x}) for x in (0.0, 0.5))
    for name in ("fe_hours", "labour", "cost_per_fe_hour", "energy_mwh"):
        np.testing.assert_allclose(total(half, name), total(whole, name), rtol=1e-9)
    assert total(half, "additional_fe_hours")[0] < total(whole, "additional_fe_hours")[0]
    assert (whole.added_labour == whole.labour).all()


def test_more_displacement_never_makes_more_research():
    found = [
        total(run(INSTRUMENTS["research_grants"](), {"grants.displaced_share": x}, draws=20), "output_percent")
        for x in (0.0, 0.2, 0.4)
    ]
    assert (found[0] > found[1]).all() and (found[1] > found[2]).all()
