"""Outcomes of an option: each declared once, in the module of its section or of the one before it."""

from __future__ import annotations

from sim.outcomes import (
    access,
    complement,
    compute,
    environment,
    equity,
    independence,
    industry,
    market,
    money,
    openness,
    output,
    safety,
    waiting,
)
from sim.outcomes.measures import WAITING, Measures, Outcome

__all__ = [
    "BY_NAME",
    "DISCOUNTED",
    "HEADLINE",
    "OF_THE_EMBARGO",
    "OF_THE_QUEUE",
    "OUTCOMES",
    "SECTIONS",
    "Measures",
    "Outcome",
]

# in the order of tables
_SECTIONS = (
    money, compute, waiting, access, equity, output, market, independence, industry, openness, safety, complement,
    environment,
)  # fmt: skip
OUTCOMES: tuple[Outcome, ...] = tuple(outcome for module in _SECTIONS for outcome in module.OUTCOMES)
BY_NAME = {outcome.name: outcome for outcome in OUTCOMES}
OF_THE_QUEUE = tuple(outcome for outcome in OUTCOMES if outcome.section == WAITING)
DISCOUNTED = tuple(outcome for outcome in OUTCOMES if outcome.discounted)
OF_THE_EMBARGO = tuple(BY_NAME[name] for name in independence.OF_THE_EMBARGO)
SECTIONS = {
    section: tuple(outcome.name for outcome in OUTCOMES if outcome.section == section)
    for section in dict.fromkeys(outcome.section for outcome in OUTCOMES)
}
HEADLINE = tuple(outcome.name for outcome in OUTCOMES if outcome.headline)
