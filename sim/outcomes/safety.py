"""Outcomes of safety, and of open models as a complement: costs, added risk, and what one would have to believe."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.complement import (
    consumer_gain_usd,
    natural_share,
    price_usd,
    public_part,
    pull_needed,
    pulled_share,
)
from sim.mechanisms.finance import present_value
from sim.mechanisms.openness import COMPONENTS, FLAGS, class_shares
from sim.mechanisms.safety import marginal_risk, refused_hours, released, screening_cost_usd
from sim.outcomes.base import SAFETY, Outcome
from sim.outcomes.measures import Measure, View, by_year, flow, in_frontier
from sim.outcomes.money import public_cost, social_cost
from sim.parameters import Array

used_fe_hours: Measure = in_frontier(lambda monthly: monthly.public_hours)


def open_fe_hours(view: View) -> Array:
    """Public FE-hours used by projects that publish the weights of their models, [draw, month]."""
    shares = class_shares(view.monthly.scene.world.openness) @ FLAGS[:, COMPONENTS.index("weights")]
    return np.asarray(used_fe_hours(view) * shares[:, None])


def releases(view: View) -> Array:
    """Models whose weights are published in each month, after any delay, [draw, month]."""
    world = view.monthly.scene.world
    finished = open_fe_hours(view) / world.openness.hours_per_project
    return released(finished, world.safety.release_delay_months)


def screening_cost(view: View) -> Array:
    """What screening of applications costs, USD, [draw, month]."""
    return screening_cost_usd(view.monthly.applications, view.monthly.scene.world.safety)


def served_need_lost(view: View) -> Array:
    """Hours, asked for by honest groups, that screening gave to others, H100e-hours, [draw, month]."""
    world = view.monthly.scene.world
    competed = view.monthly.public_hours * (1 - np.asarray(world.access.reserve_share))
    return refused_hours(competed, world.safety)


def risk(view: View) -> Array:
    """Misused releases that would not have been possible otherwise, [draw, month]; NaN where harm is not counted."""
    scene = view.monthly.scene
    if not scene.world.safety.harm:
        return np.full(scene.budget.shape, np.nan)
    return marginal_risk(releases(view), scene.world.safety)


def break_even_harm(view: View) -> Array:
    """Harm of one misused release at which all harm is as much as the option's social cost, USD, [draw]."""
    total = view.years(risk).sum(axis=-1)
    return np.asarray(np.divide(social_cost(view), total, out=np.full_like(total, np.nan), where=total > 0))


def safety_research(view: View) -> Array:
    """Public FE-hours used for research on safety, [draw, month]."""
    return np.asarray(used_fe_hours(view) * view.monthly.scene.world.safety.research_share)


# --- open models as a complement ---


def _natural(view: View) -> Array:
    """Open part of tokens without public help, [draw, month]."""
    scene = view.monthly.scene
    return np.broadcast_to(natural_share(scene.world.complement, scene.grid.t_years), scene.budget.shape)


def token_price(view: View) -> Array:
    """Mean price of a million tokens of all models, USD, [draw, month]; NaN where the block is off."""
    scene = view.monthly.scene
    block = scene.world.complement
    if not block.counted:
        return np.full(scene.budget.shape, np.nan)
    part = public_part(open_fe_hours(view), block)
    return price_usd(pulled_share(_natural(view), part, block.pull_ratio), block)


def mean_token_price(view: View) -> Array:
    """Its mean over the horizon, [draw]."""
    return np.asarray(token_price(view).mean(axis=-1))


def yearly_token_price(view: View) -> Array:
    """Its mean in each year, [draw, year]."""
    price = token_price(view)
    return np.asarray(by_year(price) / by_year(np.ones_like(price)))


def consumer_gain(view: View) -> Array:
    """Present value of what users gain from the fall of that price, USD, [draw]; NaN where the block is off."""
    scene = view.monthly.scene
    block = scene.world.complement
    if not block.counted:
        return np.full(len(scene.budget), np.nan)
    gain = consumer_gain_usd(price_usd(_natural(view), block), token_price(view), block)
    return present_value(gain, scene.grid.discount)


def pull_to_pay(view: View) -> Array:
    """The pull at which users gain what the treasury pays, [draw]; NaN where none does or the block is off."""
    scene = view.monthly.scene
    block, cost = scene.world.complement, public_cost(view)
    if not block.counted:
        return np.full_like(cost, np.nan)
    return pull_needed(cost, _natural(view), public_part(open_fe_hours(view), block), block, scene.grid.discount)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "screening_cost", "Cost of screening applicants", "USD", "lower",
        "applications * cost of screening one; it is part of the social cost", SAFETY, *flow(screening_cost),
    ),
    Outcome(
        "served_need_lost", "Hours that screening took from honest groups", "H100e_hour", "lower",
        "wrongly refused share * public hours used outside the reserve; others get them where hours are short", SAFETY,
        *flow(served_need_lost),
    ),
    Outcome(
        "marginal_risk_index", "Misused releases that add a risk", "ratio", "lower",
        "sum of released models * misuse share * (1 - counterfactual share) * (1 - caught share); an index, not a "
        "forecast", SAFETY, *flow(risk),
    ),
    Outcome(
        "break_even_harm", "Harm of one misused release that outweighs the cost", "USD", "neither",
        "social cost / marginal-risk index: what would you have to believe?", SAFETY, break_even_harm,
    ),
    Outcome(
        "safety_fe_hours", "FE-hours of safety research", "FE_hour", "higher",
        "public FE-hours used * their share in research on safety", SAFETY, *flow(safety_research),
    ),
    Outcome(
        "api_price_index", "Price of using models", "USD/Mtoken", "lower",
        "mean over months of s * open price + (1 - s) * closed price, s logistic, raised by pull * public open "
        "FE-hours / the world's", SAFETY, mean_token_price, yearly_token_price,
    ),
    Outcome(
        "consumer_gain", "Users' gain from cheaper models, present value", "USD", "higher",
        "sum D * spending / 12 * (1 - P/P0) * (1 + (P/P0)^-elasticity) / 2, P0 without public models", SAFETY,
        consumer_gain,
    ),
    Outcome(
        "mu_needed", "Pull at which users gain the public cost", "ratio", "neither",
        "root of users' gain = public cost: what would you have to believe? Nothing where no pull is enough", SAFETY,
        pull_to_pay,
    ),
)  # fmt: skip
