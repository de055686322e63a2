"""When users come back: the sooner, the sooner their job was done.

In seven published logs the chance that a user's next job follows within twenty minutes of the end of the last one falls
from 0.8 after a response of a minute to 0.05 after a day, along the same curve within 0.11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

_ratio = partial(param, unit="ratio", floor=-100, ceiling=100, grade="B", source="sc15_predictsim")


@dataclass(frozen=True, kw_only=True)
class Thinking(Parameters):
    """Think times after a job, by its response time."""

    group: ClassVar[str] = "thinking"
    about: ClassVar[str] = "Think times"

    prompt_share: float = _ratio(0.873, low=0.7, high=1, help="Chance to go on at once after an instant answer.")
    prompt_scale: float = _ratio(0.084, low=0.05, high=0.15, help="Scale of its fall with the response in minutes.")
    prompt_power: float = _ratio(0.713, low=0.5, high=1, help="Power of that fall.")
    prompt_log_mean: float = _ratio(5.0, low=4, high=6, help="Mean of the log of seconds of a prompt user.")
    prompt_limit_minutes: float = param(
        20, "minute", low=10, high=60, floor=0, ceiling=1440, grade="B", source="sc15_predictsim",
        help="Longest think time of a prompt user.",
    )
    later_log_mean: float = param(
        10.4, "ratio", low=9, high=12, floor=-100, ceiling=100, grade="D",
        source="assumption: shape read off the quartiles of think times",
        help="Mean of the log of seconds of a user who comes back later.",
    )
    log_spread: float = _ratio(1.3, low=1, high=2, help="Standard deviation of both logs.")
    opens_hour: float = param(
        9, "hour", low=6, high=11, floor=0, ceiling=24, grade="D", source="assumption: office hours",
        help="Hour at which those who come back later begin their day.",
    )
    closes_hour: float = param(
        18, "hour", low=16, high=24, floor=0, ceiling=24, grade="D", source="assumption: office hours",
        help="Hour at which they end it.",
    )


def prompt_chance(response_minutes: Array | float, thinking: Thinking) -> Array:
    """Chance that the next job follows promptly after so long a response.

    >>> prompt_chance(np.array([0.0, 30.0, 1440.0]), Thinking()).round(2)
    array([0.87, 0.45, 0.05])
    """
    fall = 1 + thinking.prompt_scale * np.asarray(response_minutes, dtype=np.float64) ** thinking.prompt_power
    return np.asarray(thinking.prompt_share / fall)


def think_seconds(response_seconds: float, luck: float, score: float, end_seconds: float, thinking: Thinking) -> float:
    """Time from the end of a job at `end_seconds` (0 = midnight before a Monday) to the user's next one.

    luck: in (0, 1), decides whether the user goes on promptly; score: a standard normal value, how soon.
    Who comes back later does so on a working day between the opening and the closing hour.
    """
    score = thinking.log_spread * score
    if luck < prompt_chance(response_seconds / SECONDS_PER_MINUTE, thinking):
        return float(min(np.exp(thinking.prompt_log_mean + score), thinking.prompt_limit_minutes * SECONDS_PER_MINUTE))
    back = end_seconds + np.exp(thinking.later_log_mean + score)
    return float(at_work(back, thinking) - end_seconds)


WORKING_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
WEEKEND = ("Saturday", "Sunday")


def at_work(seconds: float, thinking: Thinking) -> float:
    """The same moment, or the next opening hour of a working day; 0 = midnight before a Monday.

    >>> at_work(12 * 3600.0, Thinking()) / 3600, at_work(5 * 86400.0, Thinking()) / 3600
    (12.0, 177.0)
    """
    hour = seconds / SECONDS_PER_HOUR
    day, clock = divmod(hour, HOURS_PER_DAY)
    if clock >= thinking.closes_hour:
        day, clock = day + 1, 0.0
    week = len(WORKING_DAYS) + len(WEEKEND)
    weekday = int(day) % week
    if weekday >= len(WORKING_DAYS):
        day, clock = day + week - weekday, 0.0
    return float((day * HOURS_PER_DAY + max(clock, thinking.opens_hour)) * SECONDS_PER_HOUR)
