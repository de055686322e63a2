"""Screening of applicants, the misuse that open weights add to what is there anyway, and what defence averts.

Open weights add what a closed model with guardrails would not have allowed: guardrails of open weights come off for
less than 200 dollars [badllama]. That fades: other open models catch up with a release, and had its weights been kept
closed, somebody might have stolen them meanwhile. On the other side, research on robustness that access enables averts
misuse of what these models can do, open or closed, after a delay and until attacks adapt: the more of it there is, the
more is left to avert, and never more than all. Both are counted in years in which a model is misused; of harm only a
break-even probability is ever shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param, switch
from sim.units import MONTHS_PER_YEAR


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
        help="Work out the misuse that releases add and research averts, and the break-even probability of an event.",
    )
    misuse_share: float = param(
        0.005, "fraction", low=0, high=0.05, floor=0, ceiling=1, grade="D",
        source="assumption: five attempts among a thousand projects; unknown",
        help="Part of the projects that end in a release used with intent to harm, were nobody screened.",
    )
    guardrail_share: float = param(
        0.8, "fraction", low=0.3, high=0.98, floor=0, ceiling=1, grade="D",
        source="assumption: part of misuse that guardrails of closed models stop; the others get around them",
        help="Part of the misuse of a closed model that its guardrails stop; those of open weights come off.",
    )
    counterfactual_share: float = param(
        0.9, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D", main=True,
        source="assumption: other open models offer much the same; how much is the heart of the dispute",
        label="Capability that could be had anyway",
        help="Part of a release's capability that other open models have when its project ends.",
    )
    catch_up_months: float = param(
        8, "month", low=3, high=24, floor=0.1, ceiling=600, grade="C", source="programmes:P359",
        help="Months in which what no other open model can do falls to 37 %; a gap from 8 to 1.7 % in a year is 8.",
    )
    theft_per_year: float = param(
        0.05, "1/year", low=0.005, high=0.3, floor=0, ceiling=1, grade="D",
        source="assumption: no count of thefts of weights is public",
        help="Hazard a year that weights kept closed are stolen.",
    )
    spread_share: float = param(
        0.5, "fraction", low=0.1, high=0.9, floor=0, ceiling=1, grade="D",
        source="assumption: some thieves keep what they steal to themselves; unknown",
        help="Part of the misuse of an open release that would have been possible with stolen weights as well.",
    )
    event_usd: float = param(
        1e9, "USD", low=1e7, high=1e12, floor=1, ceiling=1e15, grade="D", role="setting",
        source="assumption: the scale of the break-even probability, not an estimate of any harm",
        help="Harm of the event whose break-even probability is shown.",
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
    averted_share: float = param(
        0.005, "fraction", low=0, high=0.05, floor=0, ceiling=1, grade="D",
        source="assumption: as rare as misuse, for neither has been counted",
        help="Part of the projects on safety whose result ends the misuse of one model, while few models are defended.",
    )
    defence_delay_months: float = param(
        24, "month", low=6, high=60, floor=0, ceiling=600, grade="D",
        source="assumption: from a result to its use in most models; not measured",
        help="Months from the end of a project on safety to its use.",
    )
    defence_life_months: float = param(
        36, "month", low=12, high=120, floor=0.1, ceiling=1200, grade="D",
        source="assumption: attacks adapt to defences; how fast is not measured",
        help="Months in which what a defence averts falls to 37 %, for attacks adapt.",
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


def fading(entering: Array, rate_per_month: Array | float) -> Array:
    """What is left in each month of all that has entered by then, [draw, month], where it fades at this rate.

    What enters a month is whole in it. At an infinite rate only that is left, at none everything.
    """
    kept = np.exp(-np.asarray(rate_per_month, dtype=np.float64)).reshape(-1)
    left, stock = np.empty_like(entering), np.zeros(entering.shape[0])
    for month in range(entering.shape[-1]):
        stock = stock * kept + entering[:, month]
        left[:, month] = stock
    return left


def added_misuse(releases: Array, safety: Safety) -> Array:
    """Years of misuse that open releases add to what would be there anyway, [draw, month].

    releases * misuse * (1 - caught) * guardrails * (1 - counterfactual), fading as others catch up; the part that
    would have been misused with stolen weights as well fades by the hazard of theft besides. A delayed release has
    faded from the end of its project on.
    """
    passed = 1 - np.asarray(safety.caught_share if safety.screening else 0.0)
    scale = safety.misuse_share * passed * safety.guardrail_share * (1 - np.asarray(safety.counterfactual_share))
    delay = np.asarray(safety.release_delay_months)
    catching_up = 1 / np.asarray(safety.catch_up_months)
    either = catching_up + np.asarray(safety.theft_per_year) / MONTHS_PER_YEAR
    spread = np.asarray(safety.spread_share)
    kept = (1 - spread) * np.exp(-catching_up * delay) * fading(releases, catching_up)
    stolen = spread * np.exp(-either * delay) * fading(releases, either)
    return np.asarray(scale * (kept + stolen) / MONTHS_PER_YEAR)


def misuse_anyway(finished: Array, safety: Safety) -> Array:
    """Years of misuse of the models of `finished` projects [draw, month] were all kept closed, [draw, month].

    misuse * (1 - caught) for each model so far, less what `added_misuse` says that openness would add at once: guards
    are got around, weights are stolen, and in the end others can do the same.
    """
    passed = 1 - np.asarray(safety.caught_share if safety.screening else 0.0)
    everything = safety.misuse_share * passed * np.cumsum(finished, axis=-1) / MONTHS_PER_YEAR
    return np.asarray(everything - added_misuse(finished, replace(safety, release_delay_months=0.0)))


def defended_misuse(projects: Array, competed_share: Array | float, safety: Safety) -> Array:
    """Years of misuse that research on safety could avert if there were harm without end, [draw, month].

    projects [draw, month] * share averted, after the delay, fading as attacks adapt. Screening keeps some of those out
    that compete for hours: who studies misuse looks like who intends it.
    """
    refused = np.asarray(competed_share) * (safety.false_reject_share if safety.screening else 0.0)
    used = released(projects * safety.averted_share * (1 - refused), safety.defence_delay_months)
    return np.asarray(fading(used, 1 / np.asarray(safety.defence_life_months)) / MONTHS_PER_YEAR)


def averted_misuse(defended: Array, harm: Array) -> Array:
    """Years of misuse averted, [draw, month]: never more than the `harm` there is.

    harm * (1 - exp(-defended / harm)): each defence takes its part of what the others have left, as independent
    barriers do; where defences are few beside the harm it is `defended`.

    >>> averted_misuse(np.array([0.001, 1.0, 1e6, 5.0]), np.array([1e3, 1.0, 2.0, 0.0])).round(3).tolist()
    [0.001, 0.632, 2.0, 0.0]
    """
    with np.errstate(over="ignore"):  # next to no harm: all of it
        each = np.divide(defended, harm, out=np.zeros(np.shape(defended)), where=harm > 0)
    return np.asarray(-harm * np.expm1(-each))


def break_even_per_year(cost_usd: Array, added: Array, event_usd: Array | float) -> Array:
    """Probability a year that one misused model causes the event at which added misuse costs as much as `cost_usd`.

    `added`: years of misuse, discounted, [draw]. NaN where no probability is enough.

    >>> break_even_per_year(np.array([1e8, 1e8]), np.array([2.0, 0.05]), 1e9).tolist()
    [0.05, nan]
    """
    harm = np.asarray(added) * np.asarray(event_usd).reshape(-1)
    found = np.divide(cost_usd, harm, out=np.full_like(harm, np.inf), where=harm > 0)
    return np.where(found <= 1, found, np.nan)
