"""Allocation: who applies, what is reserved for everyone, and the water-filling rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, choice, param
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, HOURS_PER_MONTH, WORKING_DAYS_PER_WEEK

_share = partial(param, unit="fraction", floor=0, ceiling=1, grade="D")
_APPLY = "assumption: small groups are taken to apply less often; no register of non-applicants exists"
_CROWD = "david_2000; programmes:P316"
_ODDS = "programmes:P336"
RULES = ("need", "merit", "lottery", "tier_floor")
_design = partial(param, grade="-", role="design", source="assumption: a choice of the programme's design")


@dataclass(frozen=True, kw_only=True)
class Access(Parameters):
    """How public compute reaches groups, and what it displaces."""

    group: ClassVar[str] = "access"
    about: ClassVar[str] = "Access"

    reserve_share: float = param(
        0.20, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="A", main=True,
        source="alliance_rac; programmes:P127",
        help="Part of public hours allocated per head without competition (Canada reserves 20 %).",
    )
    rule: str = choice(
        "need", RULES, main=True, role="design", source="assumption: a choice of the programme's design",
        help="What decides on hours outside the reserve: need, own compute (merit), a lottery, or need with a floor.",
    )
    merit_exponent: float = _design(
        0.5, "ratio", low=0, high=1.5, floor=0, ceiling=10,
        help="Under the rule of merit: weight of a request grows with own compute to this power; 0 is need.",
    )
    lower_tier_share: float = _design(
        0.3, "fraction", low=0, high=0.8, floor=0, ceiling=0.95,
        help="Under the rule with a floor: part of the competed hours kept for regional groups and start-ups.",
    )
    decision_months: float = param(
        2, "month", low=0.25, high=6, floor=0, ceiling=60, grade="C", source="ukri_airr_call; programmes:P213",
        help="From an application for hours to the answer.",
    )
    idle_share: float = param(
        0, "fraction", low=0, high=0.3, floor=0, ceiling=1, grade="D", role="setting",
        source="assumption: nobody has measured what waiting for an answer costs; off until set",
        help="Part of a researcher's working time that an applying group loses while it waits for the answer.",
    )
    asking_ratio: float = param(
        1.5, "ratio", low=1, high=3, floor=1, ceiling=20, grade="D",
        source="assumption: applicants pad their requests; by how much is not published",
        help="Hours requested over hours needed.",
    )
    effort_days: float = param(
        5, "researcher_day", low=0.5, high=15, floor=0, ceiling=1000, grade="D", source="ukri_airr_call",
        help="Working days to apply for hours, per applying group and year.",
    )
    apply_elite: float = _share(0.9, low=0.6, high=1.0, source=_APPLY, help="Share of elite groups that apply.")
    apply_intensive: float = _share(0.7, low=0.4, high=0.9, source=_APPLY, help="Share of intensive groups that apply.")
    apply_regional: float = _share(0.4, low=0.2, high=0.7, source=_APPLY, help="Share of regional groups that apply.")
    apply_startups: float = _share(0.4, low=0.2, high=0.7, source=_APPLY, help="Share of start-ups that apply.")
    crowd_out_elite: float = _share(0.3, low=0, high=1, source=_CROWD, help="Own hours lost per public hour, elite.")
    crowd_out_intensive: float = _share(0.2, low=0, high=1, source=_CROWD, help="The same for intensive groups.")
    crowd_out_regional: float = _share(0.05, low=0, high=1, source=_CROWD, help="The same for regional groups.")
    crowd_out_startups: float = _share(0.1, low=0, high=1, source=_CROWD, help="The same for start-ups.")
    odds_elite: float = param(
        2.0, "ratio", low=1, high=3, floor=0, ceiling=100, grade="D", source=_ODDS,
        help="Chance of an elite group to win a grant, over the average (assumed; research money is concentrated).",
    )
    odds_intensive: float = param(
        1.2, "ratio", low=0.8, high=1.6, floor=0, ceiling=100, grade="D", source=_ODDS, help="The same, intensive."
    )
    odds_regional: float = param(
        0.7, "ratio", low=0.3, high=1, floor=0, ceiling=100, grade="D", source=_ODDS, help="The same, regional."
    )
    odds_startups: float = param(
        0.5, "ratio", low=0.3, high=1, floor=0, ceiling=100, grade="D", source=_ODDS, help="The same, start-ups."
    )


def days_of(months: Array | float) -> Array:
    """Calendar days in so many months of 730 hours."""
    return np.asarray(np.asarray(months) * (HOURS_PER_MONTH / HOURS_PER_DAY))


def waiting_cost_usd(decision_delay: Array, idle_share: Array | float, day_usd: Array | float) -> Array:
    """What applying groups lose while they wait, USD.

    `decision_delay`: months that applications wait for their answers, one group behind each, [draw, month];
    of every working day in them `idle_share` of one researcher's is lost.
    """
    working = days_of(decision_delay) * (WORKING_DAYS_PER_WEEK / DAYS_PER_WEEK)
    return np.asarray(working * np.asarray(idle_share) * np.asarray(day_usd))


def merit(own: Array, count: Array, exponent: Array | float) -> Array:
    """Weight of each group's request by its own compute over the mean, [..., group]; 1 where nobody has any.

    >>> merit(np.array([1.0, 3.0]), np.ones(2), 2.0).tolist()
    [0.25, 2.25]
    """
    mean = (own * count).sum(axis=-1, keepdims=True) / count.sum(axis=-1, keepdims=True)
    relative = np.divide(own, mean, out=np.ones_like(own), where=mean > 0)
    return np.asarray(relative ** np.asarray(exponent))
