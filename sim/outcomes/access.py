"""Outcomes of access: who is served, who asks, and what asking costs."""

from __future__ import annotations

import numpy as np

from sim.costs.option import Scene, over_tiers
from sim.mechanisms.demand import TIER_LABELS, TIERS, by_tier
from sim.outcomes.base import ACCESS, Outcome
from sim.outcomes.measures import Measure, View, by_year, flow, quotient, ratio
from sim.parameters import Array


def asked_for(scene: Scene) -> Array:
    """Hours that groups would ask for if there were public ones: what they lack, padded, where they apply."""
    apply, asking = by_tier(scene.world.access, "apply"), np.asarray(scene.world.access.asking_ratio)
    lacking = (scene.need - scene.own) * apply[:, None, :]
    return np.asarray(over_tiers(lacking) * asking)


def requested_hours(view: View) -> Array:
    """Hours that groups ask for, which they do while there are public ones."""
    return np.asarray(view.monthly.scene.once(asked_for) * (view.monthly.supplied > 0))


def granted_hours(view: View) -> Array:
    """Public hours that meet a request; where they are plentiful, some go to groups that did not ask, [draw, month]."""
    return np.asarray(np.minimum(view.monthly.public_hours, requested_hours(view)))


def need_met_in(index: int) -> tuple[Measure, Measure]:
    """Need met in one tier."""

    def used(view: View) -> Array:
        return np.asarray(view.monthly.tier_hours[..., index])

    def needed(scene: Scene) -> Array:
        return by_year(scene.need[..., index])  # of all options, so worked out once for them

    def total(view: View) -> Array:
        return quotient(view.years(used).sum(axis=-1), view.monthly.scene.once(needed).sum(axis=-1))

    return total, lambda view: quotient(view.years(used), view.monthly.scene.once(needed))


def lower_tier_hours(view: View) -> Array:
    """Additional hours of regional groups and start-ups, [draw, month]."""
    public, displaced = view.monthly.shared.public, view.monthly.shared.displaced
    lower = (TIERS.index("regional"), TIERS.index("startups"))
    return np.asarray(sum(public[..., tier] - displaced[..., tier] for tier in lower))


OUTCOMES: tuple[Outcome, ...] = (
    *(
        Outcome(
            f"need_met_{tier}", f"Need met: {TIER_LABELS[tier].lower()}", "fraction", "higher",
            "hours used / hours needed in the tier", ACCESS, *need_met_in(index),
        )
        for index, tier in enumerate(TIERS)
    ),
    Outcome(
        "lower_tiers_share", "Additional compute to lower tiers", "fraction", "higher",
        "additional H100e-hours of regional groups and start-ups / all additional H100e-hours", ACCESS,
        *ratio(lower_tier_hours, lambda view: view.monthly.additional_hours), headline=True,
    ),
    Outcome(
        "award_share", "Hours awarded of those asked for", "fraction", "higher",
        "public hours used, no more than asked for / (asking ratio * sum over tiers of apply rate * hours lacking), "
        "months with supply", ACCESS, *ratio(granted_hours, requested_hours),
    ),
    Outcome(
        "applicant_days", "Researcher-days spent applying", "researcher_day", "lower",
        "applications * days each (grants); applying groups * days a year (hours, vouchers)", ACCESS,
        *flow(lambda view: view.monthly.researcher_days),
    ),
    Outcome(
        "labour", "Research labour paid for", "person*year", "higher",
        "(1 - compute share) * direct costs / wage", ACCESS,
        *flow(lambda view: view.monthly.labour),
    ),
)  # fmt: skip
