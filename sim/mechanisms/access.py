"""Allocation: who applies, what is reserved for everyone, and the water-filling rule."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.mechanisms import forfeiture
from sim.mechanisms.demand import by_tier
from sim.parameters import Array, Parameters, choice, param, switch
from sim.units import DAYS_PER_WEEK, HOURS_PER_DAY, HOURS_PER_MONTH, WORKING_DAYS_PER_WEEK

_share = partial(param, unit="fraction", floor=0, ceiling=1, grade="D")
_APPLY = "programmes:N006; programmes:N007; programmes:P123"  # their level; that the larger apply more is assumed
_rate = partial(param, unit="fraction", floor=0, ceiling=1, grade="C", source=_APPLY)
_CROWD = "david_2000; programmes:P316"
_ODDS = "programmes:P336"
_odds = partial(param, unit="ratio", floor=0, ceiling=100, grade="D", source=_ODDS)
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
        label="Hours given to all without competition",
        help="Part of public hours allocated per head without competition (Canada reserves 20 %).",
    )
    rule: str = choice(
        "need", RULES, main=True, role="design", source="assumption: a choice of the programme's design",
        label="Who gets the other hours",
        labels=("need", "merit: own compute", "lottery", "need, with a floor for smaller groups"),
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
    cut_exponent: float = param(
        0.8, "ratio", low=0, high=1, floor=0, ceiling=3, grade="C", role="design",
        source="programmes:N001; programmes:N002",
        help="Awards grow with requests to this power where hours are cut: 1 cuts all alike, 0 gives all the same.",
    )
    open_rest: bool = switch(
        True, role="design", source="programmes:P127",
        help="What applicants cannot use is open to all groups without competition; off, it stays idle.",
    )
    overbooking_ratio: float = param(
        1.11, "ratio", low=1, high=1.2, floor=1, ceiling=5, grade="C", role="design",
        source="programmes:N003; programmes:N004", help="Hours of a public machine awarded over those that it has.",
    )
    unused_share: float = param(
        0.10, "fraction", low=0.03, high=0.20, floor=0, ceiling=0.99, grade="D",
        source="assumption: under-use is routine enough to need rules (programmes:P191); its level is not published",
        help="Part of what is awarded on a public machine that its holders do not use.",
    )
    forfeiture: str = choice(
        forfeiture.NOBODY, (forfeiture.NOBODY, *forfeiture.RULES), role="design",
        source="programmes:N009; programmes:N010; programmes:N011; programmes:P191",
        help="Whose rule takes back what holders do not use, for others to use: nobody's, or that of a programme.",
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
    queue_idle_share: float = param(
        0, "fraction", low=0, high=0.3, floor=0, ceiling=1, grade="D", role="setting",
        source="assumption: nobody has measured what waiting in a queue costs; off until set",
        help="Part of a researcher's working time that is lost while the jobs of a campaign wait in the queue.",
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
    apply_elite: float = _rate(0.72, low=0.5, high=1, help="Share of elite groups that apply.")
    apply_intensive: float = _rate(0.21, low=0.12, high=0.4, help="Share of intensive groups that apply.")
    apply_regional: float = _rate(0.045, low=0.02, high=0.15, help="Share of regional groups that apply.")
    apply_startups: float = _rate(0.12, low=0.05, high=0.3, help="Share of start-ups that apply.")
    help_share: float = _design(
        0, "fraction", low=0, high=0.5, floor=0, ceiling=1,
        help="Part of the groups that do not apply which help desks and training reach each year.",
    )
    help_usd: float = param(
        2_000, "USD", low=500, high=8_000, floor=0, ceiling=1e6, grade="D",
        source="assumption: a week of a facilitator; no programme publishes the cost of a group helped",
        help="Cost of help for each group reached in a year, borne by the host.",
    )
    ineligible_share: float = _share(
        0.3, low=0.1, high=0.6, source="assumption: no register of non-applicants exists",
        label="Groups without an application that may not apply or need nothing",
        help="Part of the groups that do not apply which may not, or need nothing: no help changes that.",
    )
    uninformed_share: float = _share(
        0.4, low=0.1, high=0.8, source="assumption: no register of non-applicants exists",
        help="Part of the other groups that do not apply which do not know of the programme; the rest lacks the time.",
    )
    saved_share: float = _share(
        0.4, low=0.1, high=0.8, source="assumption: a request was 350 words at one programme (programmes:P205) and 80 "
        "pages at another; what help takes off is not measured",
        help="Part of the work of applying that help takes off, and of those short of time who then apply.",
    )
    crowd_out_elite: float = _share(
        0.3, low=0, high=1, source=_CROWD, help="Own hours lost by elite groups per public hour."
    )
    crowd_out_intensive: float = _share(0.2, low=0, high=1, source=_CROWD, help="Own hours lost by intensive groups.")
    crowd_out_regional: float = _share(0.05, low=0, high=1, source=_CROWD, help="Own hours lost by regional groups.")
    crowd_out_startups: float = _share(0.1, low=0, high=1, source=_CROWD, help="Own hours lost by start-ups.")
    odds_elite: float = _odds(
        3.75, low=1.9, high=5.6, help="Awards of an elite group over those of the average group, who applies included."
    )
    odds_intensive: float = _odds(1.75, low=1.2, high=2.3, help="Awards of intensive groups over the average.")
    odds_regional: float = _odds(0.58, low=0.25, high=0.85, help="Awards of regional groups over the average.")
    odds_startups: float = _odds(0.42, low=0.25, high=0.85, help="Awards of start-ups over the average.")


def apply_shares(access: Access) -> Array:
    """Part of the groups of each tier that apply, [tier] or [draw, tier], with those whom help brings in.

    Of the groups reached that did not apply, those not eligible still do not; those not informed do, once they are; of
    those short of time only so many as help takes the work off. Without help the rates are those observed.
    """
    rates = by_tier(access, "apply")
    eligible = 1 - np.asarray(access.ineligible_share)
    lacking_time = (1 - np.asarray(access.uninformed_share)) * (1 - np.asarray(access.saved_share))
    brought = np.asarray(access.help_share) * eligible * (1 - lacking_time)
    return np.asarray(rates + (1 - rates) * brought.reshape(-1, 1))


def help_cost_usd(count: Array, access: Access) -> Array:
    """What help costs in a year, USD, [draw, 1]: its price for each group reached; `count` [draw, tier]."""
    reached = (count * (1 - by_tier(access, "apply"))).sum(axis=-1, keepdims=True) * np.asarray(access.help_share)
    return np.asarray(reached * access.help_usd)


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


def queueing_cost_usd(waiting_hours: Array, idle_share: Array | float, day_usd: Array | float) -> Array:
    """What researchers lose while their jobs wait in the queue, USD.

    `waiting_hours`: hours by the clock that campaigns wait, one researcher behind each, [draw, month]; of the working
    days in them `idle_share` is lost.

    >>> round(float(queueing_cost_usd(np.array(168.0), 0.1, 600.0)), 9)  # five working days a week
    300.0
    """
    working = waiting_hours / HOURS_PER_DAY * (WORKING_DAYS_PER_WEEK / DAYS_PER_WEEK)
    return np.asarray(working * np.asarray(idle_share) * np.asarray(day_usd))


def merit(own: Array, count: Array, exponent: Array | float) -> Array:
    """Weight of each group's request by its own compute over the mean, [..., group]; 1 where nobody has any.

    >>> merit(np.array([1.0, 3.0]), np.ones(2), 2.0).tolist()
    [0.25, 2.25]
    """
    mean = (own * count).sum(axis=-1, keepdims=True) / count.sum(axis=-1, keepdims=True)
    relative = np.divide(own, mean, out=np.ones_like(own), where=mean > 0)
    return np.asarray(relative ** np.asarray(exponent))
