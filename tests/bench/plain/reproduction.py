"""What can be run again, what it takes and what it finds, one kind of study at a time."""

from __future__ import annotations

from dataclasses import replace
from math import ceil, nan, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from sim.mechanisms.reproduction import Reproduction
from sim.mechanisms.world import World
from tests.bench.plain.draw import Draw
from tests.bench.plain.openness import hours_with_release, releases

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

NORMAL = NormalDist()


def runs(terms: Reproduction) -> int:
    """Seeds on each side of a comparison."""
    both = NORMAL.inv_cdf(1 - terms.false_alarm_share / 2) + NORMAL.inv_cdf(terms.power_share)
    return max(2, ceil(2 * both * both / terms.effect_ratio**2 - 1e-9))


def power(number: float, terms: Reproduction) -> float:
    """Chance that so many seeds show what does not hold."""
    return NORMAL.cdf(terms.effect_ratio / sqrt(2 / number) - NORMAL.inv_cdf(1 - terms.false_alarm_share / 2))


def hours_to_rerun(terms: Reproduction) -> float:
    """Hours for each hour of plain work."""
    hours = 1 + terms.deterministic_share * terms.determinism_overhead_ratio
    return hours + hours * terms.replicated_share * (runs(terms) - 1)


def left_for_research(world: World) -> float:
    """Part of public hours that releasing, determinism and further seeds leave."""
    return 1 / hours_with_release(world.openness) / hours_to_rerun(world.reproduction)


def errors(open_share: float, terms: Reproduction) -> float:
    """Errors found for each study."""
    total = 0.0
    for seeded, weight in ((True, terms.replicated_share), (False, 1 - terms.replicated_share)):
        shows = power(runs(terms) if seeded else 1, terms)
        hidden = terms.chance_share
        if seeded:
            total += weight * hidden * shows
            hidden -= hidden * shows
        for fixed, part in ((True, terms.deterministic_share), (False, 1 - terms.deterministic_share)):
            by_seeds = shows * (terms.mistake_share + hidden)
            best = max(by_seeds, terms.mistake_share) if fixed else by_seeds
            total += weight * part * open_share * terms.checked_share * best
    return total


def count_reproduction(found: Outcomes, months: Months, draw: Draw) -> None:
    """Every outcome of reproduction."""
    terms, world = draw.world.reproduction, draw.world
    to_check = releases(world.openness)["fully_open"]  # the only class with both code and data
    each = errors(to_check, terms)
    used = [sum(tiers) for tiers in months.public]
    fresh = [hours / new for hours, new in zip(used, draw.frontier, strict=True)]
    more = hours_to_rerun(terms) - 1
    found.flow("reproduction_hours", [hours * more for hours in used])
    found.flow("reproduction_cost", [hours * more * rent for hours, rent in zip(used, draw.rent_usd, strict=True)])
    lost = 1 / left_for_research(world) - 1
    found.flow("reproduction_gain", [hours * (each * terms.followed_ratio - lost) for hours in fresh])
    second_run = terms.replicated_share
    known = terms.deterministic_share + (1 - terms.deterministic_share) * second_run
    unchecked = replace(terms, deterministic_share=0.0, replicated_share=0.0)
    studies = sum(fresh) / world.openness.hours_per_project
    for name, value in {
        "bitwise_reproducible_share": to_check * terms.deterministic_share,
        "statistically_reproducible_share": to_check * known,
        "openness_overhead_share": 1 - left_for_research(world),
        "seeds_needed": float(runs(terms)),
        "errors_per_study": each,
        "spared_per_rerun": (each - errors(to_check, unchecked)) * terms.followed_ratio / more if more > 0 else nan,
    }.items():
        found.totals[name] = value if studies > 0 else nan
    total = studies * each
    found.totals["cost_per_error"] = found.totals["reproduction_cost"] / total if total > 0 else nan
