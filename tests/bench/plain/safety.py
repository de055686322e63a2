"""Screening and risk of one option in one draw, from the formulas."""

from __future__ import annotations

from math import exp, floor, nan
from typing import TYPE_CHECKING

from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series
from tests.bench.plain.option import Months

if TYPE_CHECKING:
    from tests.bench.plain.outcomes import Outcomes

PUBLISH_WEIGHTS = ("restricted", "open_weights", "open_code", "fully_open")


def count_safety(found: Outcomes, months: Months, draw: Draw) -> None:
    """Everything about misuse."""
    safety = draw.world.safety
    used = [sum(public) / new for public, new in zip(months.public, draw.frontier, strict=True)]
    found.flow("safety_fe_hours", [hours * safety.research_share for hours in used])
    refused = safety.false_reject_share if safety.screening else 0.0
    competed = 1 - draw.world.access.reserve_share
    found.flow("served_need_lost", [sum(public) * competed * refused for public in months.public])
    per_application = safety.screening_usd if safety.screening else 0.0
    found.flow("screening_cost", [number * per_application for number in months.applications])
    part = weights_part(draw)
    per_project = draw.world.openness.hours_per_project
    research = [hours * safety.research_share / per_project for hours in used]
    count_risk(found, [hours / per_project for hours in used], part, research, draw)


def weights_part(draw: Draw) -> float:
    """Part of the projects that publish weights; a mandate makes all that it reaches publish."""
    openness = draw.world.openness
    kinds = ("closed", "api", *PUBLISH_WEIGHTS)
    everything = sum(getattr(openness, f"share_{kind}") for kind in kinds)
    free = sum(getattr(openness, f"share_{kind}") for kind in PUBLISH_WEIGHTS) / everything
    if openness.release != "mixed":
        free = 0.0 if openness.release == "closed_api" else 1.0
    return free + openness.mandate_share * (1 - free)


def count_risk(found: Outcomes, made: Series, part: float, research: Series, draw: Draw) -> None:
    """Misuse added and averted, and the yearly probability of an event at which it would not be worth the cost."""
    safety = draw.world.safety
    if not safety.harm:
        for name in ("net_misuse", "added_misuse", "averted_misuse", "misuse_anyway"):
            found.flow(f"{name}_years", [nan] * draw.months)
        found.totals["break_even_probability"] = nan
        return
    added, anyway = added_by([part * number for number in made], draw), closed_anyway(made, draw)
    averted = [
        (more + there) * (1 - exp(-could / (more + there))) if more + there > 0 else 0.0
        for more, there, could in zip(added, anyway, averted_by(research, draw), strict=True)
    ]
    found.flow("misuse_anyway_years", anyway)
    found.flow("added_misuse_years", added)
    found.flow("averted_misuse_years", averted)
    found.flow("net_misuse_years", [more - less for more, less in zip(added, averted, strict=True)])
    worth = sum(years * factor for years, factor in zip(added, draw.discount, strict=True)) * safety.event_usd
    chance = found.totals["social_cost"] / worth if worth > 0 else nan
    found.totals["break_even_probability"] = chance if chance <= 1 else nan


def delayed(finished: Series, months: float, draw: Draw) -> Series:
    """What comes out of each month, so many months after it was finished."""
    late, rest = floor(months), months % 1
    out = draw.nothing()
    for month, number in enumerate(finished):
        if month + late < draw.months:
            out[month + late] += number * (1 - rest)
        if month + late + 1 < draw.months:
            out[month + late + 1] += number * rest
    return out


def added_by(finished: Series, draw: Draw) -> Series:
    """Every release by itself, in every month from its publication on."""
    safety = draw.world.safety
    slipped = 1 - safety.caught_share if safety.screening else 1.0
    scale = safety.misuse_share * slipped * safety.guardrail_share * (1 - safety.counterfactual_share)
    out = draw.nothing()
    for start, number in enumerate(delayed(finished, safety.release_delay_months, draw)):
        for month in range(start, draw.months):
            age = month - start + safety.release_delay_months
            alone = exp(-age / safety.catch_up_months)
            stolen = 1 - exp(-age * safety.theft_per_year / MONTHS_PER_YEAR)
            out[month] += number * scale * alone * (1 - safety.spread_share * stolen) / MONTHS_PER_YEAR
    return out


def closed_anyway(made: Series, draw: Draw) -> Series:
    """Every model by itself, kept closed: what its guards, others' lack of it and its lock do not keep away."""
    safety = draw.world.safety
    slipped = 1 - safety.caught_share if safety.screening else 1.0
    out = draw.nothing()
    for start, number in enumerate(made):
        for month in range(start, draw.months):
            age = month - start
            only_here = (1 - safety.counterfactual_share) * exp(-age / safety.catch_up_months)
            locked = 1 - safety.spread_share * (1 - exp(-age * safety.theft_per_year / MONTHS_PER_YEAR))
            passes = 1 - safety.guardrail_share * only_here * locked
            out[month] += number * safety.misuse_share * slipped * passes / MONTHS_PER_YEAR
    return out


def averted_by(research: Series, draw: Draw) -> Series:
    """Every project on safety by itself, from its use on, if there were misuse without end."""
    safety = draw.world.safety
    refused = (1 - draw.world.access.reserve_share) * safety.false_reject_share if safety.screening else 0.0
    out = draw.nothing()
    for start, number in enumerate(delayed(research, safety.defence_delay_months, draw)):
        for month in range(start, draw.months):
            left = exp(-(month - start) / safety.defence_life_months)
            out[month] += number * safety.averted_share * (1 - refused) * left / MONTHS_PER_YEAR
    return out
