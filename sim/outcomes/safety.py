"""Outcomes of safety: costs, added risk, and what one would have to believe."""

from __future__ import annotations

import numpy as np

from sim.mechanisms.finance import present_value
from sim.mechanisms.openness import COMPONENTS, FLAGS, class_shares
from sim.mechanisms.safety import (
    added_misuse,
    averted_misuse,
    break_even_per_year,
    defended_misuse,
    misuse_anyway,
    refused_hours,
    released,
    screening_cost_usd,
)
from sim.outcomes.measures import SAFETY, Measure, Measures, Outcome, flow, in_frontier
from sim.outcomes.money import social_cost
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
    defended = defended_misuse(projects, 1 - np.asarray(world.access.reserve_share), world.safety)
    return _counted(measures, averted_misuse(defended, measures.cached(anyway) + measures.cached(added)))


def anyway(measures: Measures) -> Array:
    """Years of misuse that there would be if all models stayed closed, [draw, month]; NaN where harm is not counted."""
    world = measures.world
    finished = used_fe_hours(measures) / world.openness.hours_per_project
    return _counted(measures, misuse_anyway(finished, world.safety))


def net_misuse(measures: Measures) -> Array:
    """Years of misuse that releases add, less those that defence averts, [draw, month]."""
    return measures.cached(added) - measures.cached(averted)


def break_even(measures: Measures) -> Array:
    """Probability a year of an event by one misused model that makes added misuse as dear as the option, [draw]."""
    safety = measures.world.safety
    if not safety.harm:
        return np.full(len(measures.context.budget), np.nan)
    total = present_value(measures.cached(added), measures.context.grid.discount)
    return break_even_per_year(social_cost(measures), total, safety.event_usd)


def safety_research(measures: Measures) -> Array:
    """Public FE-hours used for research on safety, [draw, month]."""
    return np.asarray(used_fe_hours(measures) * measures.world.safety.research_share)


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
        "net_misuse_years", "Model-years of misuse added, less those that defence averts", "model_year", "lower",
        "added by releases - averted by research on safety; what no one has counted, so a sign and not a score", SAFETY,
        *flow(net_misuse),
    ),
    Outcome(
        "added_misuse_years", "Model-years of misuse that releases add", "model_year", "lower",
        "released models * misuse * (1 - caught) * guardrails * (1 - counterfactual), fading as other open models "
        "catch up and closed weights would have been stolen", SAFETY, *flow(lambda measures: measures.cached(added)),
    ),
    Outcome(
        "averted_misuse_years", "Model-years of misuse that research on safety averts", "model_year", "higher",
        "harm * (1 - exp(-defended / harm)): defended are projects on safety * share averted, after the delay of "
        "defences, fading as attacks adapt; harm is added by releases + there anyway", SAFETY,
        *flow(lambda measures: measures.cached(averted)),
    ),
    Outcome(
        "misuse_anyway_years", "Model-years of misuse if all models stayed closed", "model_year", "lower",
        "models made * misuse * (1 - caught) less what releases would add at once: guards got around, weights stolen, "
        "and others that can do the same", SAFETY, *flow(lambda measures: measures.cached(anyway)),
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
)  # fmt: skip
