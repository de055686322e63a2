"""What every lever does, in words: moved up within its possible range, an outcome never goes the other way.

One row a lever for those whose mechanism has no finer test of its own. Which way is right was written down
before it was tried; where the truth is not monotone no row stands here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sim.documents import groups
from sim.instruments import INSTRUMENTS

UP, DOWN = 1, -1
ROUNDING = 1e-9
BILLIONS = (2e9,) * 6  # enough for a whole fab


@dataclass(frozen=True)
class Lever:
    """`path` moved up never moves `outcome` of `option` against `way`."""

    words: str
    path: str
    option: str
    outcome: str
    way: int
    given: dict[str, Any] = field(default_factory=dict)
    yearly_usd: tuple[float, ...] = (80e6,) * 6


LEVERS = (
    Lever("a more elastic rental supply never raises rents more", "market.rental_supply_elasticity",
          "cloud_credits", "rental_price_rise_percent", DOWN),
    Lever("renters who give way more never see rents rise more", "market.rental_demand_elasticity",
          "cloud_credits", "rental_price_rise_percent", DOWN),
    Lever("a more elastic rental supply never leaves sellers more", "market.rental_supply_elasticity",
          "cloud_credits", "seller_share", DOWN),
    Lever("more demand for researchers never bids wages up less", "market.labour_demand_elasticity",
          "research_grants", "wages_bid_up", UP, {"market.wage_incidence": True}),
    Lever("more wafers never make fewer accelerators", "fab.wafers_per_month",
          "domestic_fab", "accelerators_made", UP, {"fab.capex_usd": 1e9}, BILLIONS),
    Lever("more dies a wafer never make fewer accelerators", "fab.dies_per_wafer",
          "domestic_fab", "accelerators_made", UP,
          {"fab.capex_usd": 1e9, "fab.packaging_share": 1.0, "fab.memory_share": 1.0}, BILLIONS),
    Lever("a slower ramp never makes more accelerators", "fab.ramp_months",
          "domestic_fab", "accelerators_made", DOWN, {"fab.capex_usd": 1e9}, BILLIONS),
    Lever("a dearer fab never makes more accelerators", "fab.capex_usd",
          "domestic_fab", "accelerators_made", DOWN, {}, BILLIONS),
    Lever("a larger public share of its cost never makes more accelerators", "fab.public_share",
          "domestic_fab", "accelerators_made", DOWN, {}, BILLIONS),
    Lever("a dearer fab never needs a smaller budget", "fab.capex_usd",
          "domestic_fab", "fab_budget_needed", UP),
    Lever("a higher least stake never needs a smaller budget", "fab.minimum_stake_share",
          "domestic_fab", "fab_budget_needed", UP),
    Lever("more elite people never make a given grant matter more to the elite", "output.people_elite",
          "research_grants", "output_percent_elite", DOWN),
    Lever("more people in regional groups never make a given grant matter more there", "output.people_regional",
          "research_grants", "output_percent_regional", DOWN),
    Lever("screening that takes longer never lets anybody in sooner", "safety.screening_delay",
          "public_cluster", "access_days", UP, {"safety.screening": True}),
    Lever("a model that costs more never pays for itself at less spending", "complement.model_usd_per_year",
          "do_nothing", "spending_needed", UP, {"complement.counted": True, "complement.complement_share": 0.9}),
    Lever("a better kept complement never makes what is given away gain less", "complement.complement_margin_share",
          "do_nothing", "release_gain", UP, {"complement.counted": True, "complement.release": "always",
                                             "complement.demand_elasticity": 2.0}),
    Lever("open models that follow compute more closely never make using models dearer", "complement.lag_response",
          "public_cluster", "api_price_index", DOWN, {"complement.counted": True, "complement.release": "never",
                                                      "complement.entry_per_year": 0.0}),
    Lever("a larger part of the tiers that apply never lowers the requests met there", "access.apply_regional",
          "public_cluster", "need_met_regional", UP),
    Lever("the more start-ups apply, the more of their need is met", "access.apply_startups",
          "public_cluster", "need_met_startups", UP),
    Lever("better odds for the elite never give it less", "access.odds_elite",
          "research_grants", "need_met_elite", UP),
    Lever("better odds for regional groups never give them less", "access.odds_regional",
          "research_grants", "need_met_regional", UP),
    Lever("more crowding out never adds compute", "access.crowd_out_intensive",
          "public_cluster", "additional_fe_hours", DOWN),
    Lever("more crowding out never displaces less private spending", "access.crowd_out_elite",
          "public_cluster", "displaced_spend", UP),
    Lever("a higher excess burden never lowers what society pays", "money.excess_burden_ratio",
          "public_cluster", "social_cost", UP),
    Lever("more days of effort never cost applicants less", "access.effort_days",
          "cloud_credits", "private_cost", UP),
    Lever("a longer wait for a decision never costs applicants less", "access.decision_months",
          "public_cluster", "private_cost", UP, {"access.idle_share": 0.5}),
    Lever("the more of researchers' time is lost in the queue, the higher the private cost", "access.queue_idle_share",
          "public_cluster", "private_cost", UP),
    Lever("a fuller machine never costs those who wait less", "public_cluster.target_utilisation",
          "public_cluster", "private_cost", UP, {"access.queue_idle_share": 0.3}),
    Lever("a higher fee never costs the treasury more for what is let to firms", "public_cluster.lease_usd",
          "public_cluster", "cost_per_gpu_hour", DOWN,
          {"public_cluster.leased_share": 0.3, "money.normalisation": "as_entered"}),
    Lever("more hours let to firms never give research more", "public_cluster.leased_share",
          "public_cluster", "gpu_hours", DOWN, {"public_cluster.lease_usd": 0.0}),
    Lever("embodied carbon never lowers the whole", "carbon.embodied_kg",
          "public_cluster", "carbon_per_fe_hour_kg", UP),
    Lever("a higher floor never has more groups above it", "equity.floor_hours",
          "public_cluster", "above_floor_share", DOWN),
    Lever("more aversion to inequality never finds a better level", "equity.aversion",
          "public_cluster", "ede", DOWN),
)  # fmt: skip


def spec_of(path: str) -> Any:
    """The declaration of a path."""
    group, name = path.split(".")
    return groups()[group].spec(name)


def moved(lever: Lever, value: float, reckoned: Callable[..., Any], outcome: Callable[..., Any]) -> float:
    """The outcome with the lever at a value."""
    values = {**lever.given, lever.path: value}
    ours = {path.split(".")[1]: v for path, v in values.items() if path.startswith(f"{lever.option}.")}
    world = {path: v for path, v in values.items() if not path.startswith(f"{lever.option}.")}
    monthly = reckoned(INSTRUMENTS[lever.option](**ours), world, yearly_usd=lever.yearly_usd)
    return float(outcome(monthly, lever.outcome)[0])


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.words)
@settings(max_examples=8, deadline=None)
@given(shares=st.tuples(st.floats(0, 1), st.floats(0, 1)))
def test_a_lever_does_what_is_said_of_it(reckoned, outcome, lever, shares):
    spec = spec_of(lever.path)
    low, high = (spec.low + share * (spec.high - spec.low) for share in sorted(shares))
    before, after = (moved(lever, value, reckoned, outcome) for value in (low, high))
    assert lever.way * (after - before) >= -ROUNDING * max(abs(before), abs(after)), lever.words


@pytest.mark.parametrize("lever", LEVERS, ids=lambda lever: lever.words)
def test_it_does_something_at_all(reckoned, outcome, lever):
    """From one end of its plausible range to the other; otherwise the row above could not fail."""
    spec = spec_of(lever.path)
    before, after = (moved(lever, value, reckoned, outcome) for value in (spec.low, spec.high))
    assert np.isfinite([before, after]).all()
    assert lever.way * (after - before) > 0


def test_no_row_stands_twice():
    assert len({(lever.path, lever.option, lever.outcome) for lever in LEVERS}) == len(LEVERS)
