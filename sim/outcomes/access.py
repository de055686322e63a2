"""Outcomes of access: who is served, who asks, and what asking costs."""

from __future__ import annotations

import numpy as np

from sim.costs.context import Context
from sim.costs.groups import LOWER, over_tiers
from sim.mechanisms.access import apply_shares
from sim.mechanisms.demand import TIER_LABELS, TIERS
from sim.outcomes.measures import ACCESS, Measure, Measures, Outcome, flow, ratio
from sim.parameters import Array


def asked_for(context: Context) -> Array:
    """Hours that groups would ask for if there were public ones: what they lack, padded, where they apply."""
    apply, asking = apply_shares(context.world.access), np.asarray(context.world.access.asking_ratio)
    lacking = (context.need - context.own) * apply[:, None, :]
    return np.asarray(over_tiers(lacking) * asking)


def requested_hours(measures: Measures) -> Array:
    """Hours that groups ask for, which they do while there are some to be awarded."""
    return np.asarray(measures.context.cached(asked_for) * (measures.result.awards.awarded > 0))


def granted_hours(measures: Measures) -> Array:
    """Hours awarded in competition, never more than groups ask for, [draw, month]."""
    return np.asarray(np.minimum(measures.result.awards.awarded, requested_hours(measures)))


def need_met_in(tier: int) -> tuple[Measure, Measure]:
    """Need met in one tier."""
    return ratio(lambda each: each.result.tier_hours[..., tier], lambda each: each.context.need[..., tier])


def lower_tier_hours(measures: Measures) -> Array:
    """Additional hours of regional groups and start-ups, [draw, month]."""
    public, displaced = measures.result.allocation.public, measures.result.allocation.displaced
    return np.asarray(sum(public[..., tier] - displaced[..., tier] for tier in map(TIERS.index, LOWER)))


OUTCOMES: tuple[Outcome, ...] = (
    *(
        Outcome(
            f"need_met_{tier}", f"Need met: {TIER_LABELS[tier].lower()}", "fraction", "higher",
            "hours used / hours needed in the tier", ACCESS, *need_met_in(index),
        )
        for index, tier in enumerate(TIERS)
    ),
    Outcome(
        "lower_tiers_share", "Additional compute to regional groups and start-ups", "fraction", "higher",
        "additional H100e-hours of regional groups and start-ups / all additional H100e-hours", ACCESS,
        *ratio(lower_tier_hours, lambda measures: measures.result.additional_hours), headline=True,
    ),
    Outcome(
        "award_share", "Hours awarded of those asked for", "fraction", "higher",
        "hours competed for * over-booking, no more than asked for / (asking ratio * sum over tiers of apply rate * "
        "hours lacking), months with awards", ACCESS, *ratio(granted_hours, requested_hours),
    ),
    Outcome(
        "unused_awards", "Hours awarded but unused", "H100e_hour", "lower",
        "hours of the public machine competed for * over-booking * unused share not taken back", ACCESS,
        *flow(lambda measures: measures.result.awards.unused),
    ),
    Outcome(
        "applicant_days", "Researcher-days spent applying", "researcher_day", "lower",
        "applications * days each (grants); applying groups * days a year (hours, vouchers)", ACCESS,
        *flow(lambda measures: measures.result.researcher_days),
    ),
    Outcome(
        "labour", "Research labour paid for", "person*year", "higher", "(1 - compute share) * direct costs / wage",
        ACCESS, *flow(lambda measures: measures.result.labour),
    ),
)  # fmt: skip
