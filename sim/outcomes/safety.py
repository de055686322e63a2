"""Outcomes of safety, and of open models as a complement: costs, added risk, and what one would have to believe."""

from __future__ import annotations

import numpy as np

from sim.mechanisms import complement
from sim.mechanisms.finance import present_value
from sim.mechanisms.openness import COMPONENTS, FLAGS, class_shares
from sim.mechanisms.safety import (
    added_misuse,
    averted_misuse,
    break_even_per_year,
    refused_hours,
    released,
    screening_cost_usd,
)
from sim.outcomes.measures import SAFETY, Measure, Measures, Outcome, by_year, flow, in_frontier
from sim.outcomes.money import public_cost, social_cost
from sim.parameters import Array

used_fe_hours: Measure = in_frontier(lambda result: result.public_hours)


def open_fe_hours(measures: Measures) -> Array:
    """Public FE-hours used by projects that publish the weights of their models, [draw, month]."""
    shares = class_shares(measures.world.openness) @ FLAGS[:, COMPONENTS.index("weights")]
    return np.asarray(used_fe_hours(measures) * shares[:, None])


def published(measures: Measures) -> Array:
    """Models whose weights are published, after any delay, in the month of that publication, [draw, month]."""
    world = measures.world
    projects = open_fe_hours(measures) / world.openness.hours_per_project
    return released(projects, world.safety.release_delay_months)


def screening_cost(measures: Measures) -> Array:
    """What screening of applications costs, USD, [draw, month]."""
    return screening_cost_usd(measures.result.applications, measures.world.safety)


def served_need_lost(measures: Measures) -> Array:
    """Hours, asked for by honest groups, that screening gave to others, H100e-hours, [draw, month]."""
    world = measures.world
    competed = measures.result.public_hours * (1 - np.asarray(world.access.reserve_share))
    return refused_hours(competed, world.safety)


def _counted(measures: Measures, misuse: Array) -> Array:
    """Misuse by month; NaN where harm is not counted."""
    return misuse if measures.world.safety.harm else np.full(measures.context.budget.shape, np.nan)


def added(measures: Measures) -> Array:
    """Years of misuse that releases add, [draw, month]; NaN where harm is not counted."""
    return _counted(measures, added_misuse(published(measures), measures.world.safety))


def averted(measures: Measures) -> Array:
    """Years of misuse that research on safety averts, [draw, month]; NaN where harm is not counted."""
    world = measures.world
    projects = safety_research(measures) / world.openness.hours_per_project
    return _counted(measures, averted_misuse(projects, 1 - np.asarray(world.access.reserve_share), world.safety))


def net_misuse(measures: Measures) -> Array:
    """Years of misuse that releases add, less those that defence averts, [draw, month]."""
    return added(measures) - averted(measures)


def break_even(measures: Measures) -> Array:
    """Probability a year of an event by one misused model that makes added misuse as dear as the option, [draw]."""
    safety = measures.world.safety
    if not safety.harm:
        return np.full(len(measures.context.budget), np.nan)
    total = present_value(added(measures), measures.context.grid.discount)
    return break_even_per_year(social_cost(measures), total, safety.event_usd)


def safety_research(measures: Measures) -> Array:
    """Public FE-hours used for research on safety, [draw, month]."""
    return np.asarray(used_fe_hours(measures) * measures.world.safety.research_share)


# --- open models as a complement ---


def _natural(measures: Measures) -> Array:
    """Open part of tokens without public help, [draw, month]."""
    context = measures.context
    return np.broadcast_to(
        complement.natural_share(context.world.complement, context.grid.t_years), context.budget.shape
    )


def token_price(measures: Measures) -> Array:
    """Mean price of a million tokens of all models, USD, [draw, month]; NaN where the block is off."""
    context = measures.context
    block = context.world.complement
    if not block.counted:
        return np.full(context.budget.shape, np.nan)
    part = complement.public_part(open_fe_hours(measures), block)
    return complement.price_usd(complement.pulled_share(_natural(measures), part, block.pull_ratio), block)


def yearly_token_price(measures: Measures) -> Array:
    """Its mean in each year, [draw, year]."""
    price = token_price(measures)
    return np.asarray(by_year(price) / by_year(np.ones_like(price)))


def consumer_gain(measures: Measures) -> Array:
    """Present value of what users gain from the fall of that price, USD, [draw]; NaN where the block is off."""
    context = measures.context
    block = context.world.complement
    if not block.counted:
        return np.full(len(context.budget), np.nan)
    gain = complement.consumer_gain_usd(complement.price_usd(_natural(measures), block), token_price(measures), block)
    return present_value(gain, context.grid.discount)


def pull_to_pay(measures: Measures) -> Array:
    """The pull at which users gain what the treasury pays, [draw]; NaN where none does or the block is off."""
    context = measures.context
    block, cost = context.world.complement, public_cost(measures)
    if not block.counted:
        return np.full_like(cost, np.nan)
    part = complement.public_part(open_fe_hours(measures), block)
    return complement.pull_needed(cost, _natural(measures), part, block, context.grid.discount)


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
        "net_misuse_years", "Years of misuse added, less those that defence averts", "year", "lower",
        "added by releases - averted by research on safety; what no one has counted, so a sign and not a score", SAFETY,
        *flow(net_misuse),
    ),
    Outcome(
        "added_misuse_years", "Years of misuse that releases add", "year", "lower",
        "released models * misuse * (1 - caught) * guardrails * (1 - counterfactual), fading as other open models "
        "catch up and closed weights would have been stolen", SAFETY, *flow(added),
    ),
    Outcome(
        "averted_misuse_years", "Years of misuse that research on safety averts", "year", "higher",
        "projects on safety * share averted, after the delay of defences, fading as attacks adapt", SAFETY,
        *flow(averted),
    ),
    Outcome(
        "break_even_probability", "Break-even probability of an event by a misused model", "1/year", "neither",
        "social cost / (harm of the event * sum D * years of misuse added): what would you have to believe? Nothing "
        "where no probability is enough", SAFETY, break_even, discounted=True,
    ),
    Outcome(
        "safety_fe_hours", "FE-hours of safety research", "FE_hour", "higher",
        "public FE-hours used * their share in research on safety", SAFETY, *flow(safety_research),
    ),
    Outcome(
        "api_price_index", "Price of using models", "USD/Mtoken", "lower",
        "mean over months of s * open price + (1 - s) * closed price, s logistic, raised by pull * public open "
        "FE-hours / the world's", SAFETY, lambda measures: token_price(measures).mean(axis=-1), yearly_token_price,
    ),
    Outcome(
        "consumer_gain", "Users' gain from cheaper models, present value", "USD", "higher",
        "sum D * spending / 12 * (1 - P/P0) * (1 + (P/P0)^-elasticity) / 2, P0 without public models", SAFETY,
        consumer_gain, discounted=True,
    ),
    Outcome(
        "mu_needed", "Pull on open models at which users gain the public cost", "ratio", "neither",
        "root of users' gain = public cost: what would you have to believe? Nothing where no pull is enough", SAFETY,
        pull_to_pay, discounted=True,
    ),
)  # fmt: skip
