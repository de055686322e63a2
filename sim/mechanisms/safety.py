"""Screening of applicants, and what a release adds to a risk that is there anyway.

Costs can be switched on; of harm only a break-even is ever shown. The counter-argument that everything released could
be had elsewhere, or stolen, is the counterfactual share: at one, no release adds any risk. After a release nothing is
caught: guardrails of open weights come off for less than 200 dollars [badllama].
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param, switch


@dataclass(frozen=True, kw_only=True)
class Safety(Parameters):
    """Misuse of what public compute makes, and what keeping it out costs."""

    group: ClassVar[str] = "safety"
    about: ClassVar[str] = "Safety"

    screening: bool = switch(
        False, role="design", source="assumption: a choice", main=True,
        label="Screen applications for misuse",
        help="Screen every application for misuse before it is granted.",
    )
    screening_usd: float = param(
        300, "USD", low=0, high=2_000, floor=0, ceiling=1e6, grade="D",
        source="assumption: half a day of a reviewer; no operator publishes the cost",
        help="Cost of screening one application, borne by the host.",
    )
    screening_delay: float = param(
        3, "day", low=0, high=30, floor=0, ceiling=3650, grade="D",
        source="assumption: a few days where nothing is found, weeks where experts are asked",
        help="Days by which screening delays a decision.",
    )
    caught_share: float = param(
        0.5, "fraction", low=0, high=0.95, floor=0, ceiling=1, grade="D",
        source="assumption: attempts that were not caught are not counted anywhere",
        help="Part of the attempts at misuse that screening of applicants stops.",
    )
    false_reject_share: float = param(
        0.02, "fraction", low=0, high=0.1, floor=0, ceiling=1, grade="D",
        source="assumption: no operator publishes its errors",
        help="Part of the honest applicants that screening rejects.",
    )
    harm: bool = switch(
        False, main=True, role="setting",
        source="assumption: no evidence puts a number on harm; only break-even values are shown",
        label="Work out the risk of misuse",
        help="Work out the risk that releases add, and the harm at which it would outweigh the cost.",
    )
    misuse_share: float = param(
        0.005, "fraction", low=0, high=0.05, floor=0, ceiling=1, grade="D",
        source="assumption: five attempts among a thousand projects; unknown",
        help="Part of the projects that end in a release used with intent to harm, were nobody screened.",
    )
    counterfactual_share: float = param(
        0.9, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D", main=True,
        source="assumption: other open models and theft offer much the same; how much is the heart of the dispute",
        label="Capability that could be had anyway",
        help="Part of a release's capability that could be had anyway: from other open models, or stolen.",
    )
    release_delay_months: float = param(
        0, "month", low=0, high=12, floor=0, ceiling=120, grade="-", role="design",
        source="assumption: off; staged access holds a release back",
        help="Months between the end of a project and its release.",
    )
    research_share: float = param(
        0.05, "fraction", low=0, high=0.3, floor=0, ceiling=1, grade="D",
        source="assumption: part of public projects that study robustness and safety; programmes do not report it",
        help="Part of public hours that goes into research on safety.",
    )


def screening_cost_usd(applications: Array, safety: Safety) -> Array:
    """What screening these applications costs, USD, [draw, month]."""
    return np.asarray(applications * (safety.screening_usd if safety.screening else 0.0))


def refused_hours(competed_hours: Array, safety: Safety) -> Array:
    """Hours that honest applicants would have had and screening kept from them, [draw, month].

    Where hours are short, others get them.
    """
    return np.asarray(competed_hours * (safety.false_reject_share if safety.screening else 0.0))


def released(finished: Array, delay_months: Array | float) -> Array:
    """Releases of each month, from projects finished `delay_months` before, [draw, month].

    A part of a month delays that part of a month's projects by one month more.
    """
    months = finished.shape[-1]
    delay = np.broadcast_to(np.asarray(delay_months, dtype=np.float64), (finished.shape[0], 1))
    whole = np.minimum(np.floor(delay), months).astype(np.int64)
    part = delay - np.floor(delay)
    padded = np.concatenate([np.zeros((finished.shape[0], months + 1)), finished], axis=-1)
    at = np.arange(months) - whole + months + 1
    draw = np.arange(finished.shape[0])[:, None]
    return np.asarray((1 - part) * padded[draw, at] + part * padded[draw, at - 1])


def marginal_risk(releases: Array, safety: Safety) -> Array:
    """Misused releases that would not have been possible otherwise, [draw, month].

    Releases * misuse attempts * (1 - counterfactual) * (1 - caught).

    >>> float(marginal_risk(np.array(1000.0), Safety()))
    0.5
    """
    passed = 1 - np.asarray(safety.caught_share if safety.screening else 0.0)
    return np.asarray(releases * safety.misuse_share * (1 - np.asarray(safety.counterfactual_share)) * passed)
