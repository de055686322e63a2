"""How people submit jobs: in campaigns, by the hour and the weekday.

A campaign is a run of jobs of one user and one size with less than twenty minutes between them. The defaults are the
means over five published logs of research clusters; ranges are their smallest and largest values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from sim.parameters import Parameters, choice, param, series

_LOGS = "sc15_predictsim"
_ratio = partial(param, unit="ratio", grade="B", source=_LOGS)
_share = partial(param, unit="fraction", floor=0, ceiling=1, grade="B", source=_LOGS)


@dataclass(frozen=True, kw_only=True)
class Campaigns(Parameters):
    """Arrivals: when campaigns begin, how long they are, and whose they are."""

    group: ClassVar[str] = "workload"
    about: ClassVar[str] = "Jobs"

    pattern: str = choice(
        "poisson", ("poisson", "campaigns"), source=_LOGS,
        help="Jobs that arrive one by one at a steady rate, or campaigns that follow the hour and the weekday.",
    )
    preset: str = choice(
        "own", ("own", "helios", "philly", "seren", "kalos", "pai", "hpc"), source="acmetrace; sc15_predictsim",
        help="Run times and sizes of a published cluster (hpc: mean of five research logs), or the numbers given here.",
    )
    hour_profile: tuple[float, ...] = series(
        (0.582, 0.489, 0.402, 0.302, 0.304, 0.357, 0.47, 0.606, 0.905, 1.316, 1.537, 1.64,
         1.501, 1.617, 1.784, 1.775, 1.69, 1.461, 1.226, 0.959, 0.867, 0.864, 0.733, 0.613),
        "ratio", low=0.02, high=3.5, floor=0, ceiling=100, source=_LOGS,
        help="Campaigns begun in each hour of the day from midnight, over their mean.",
    )
    weekday_profile: tuple[float, ...] = series(
        (1.128, 1.182, 1.276, 1.264, 1.085, 0.529, 0.538), "ratio", low=0.1, high=2.5, floor=0, ceiling=100,
        source=_LOGS, help="Campaigns begun on each day of the week from Monday, over their mean.",
    )
    hourly_spread: float = _ratio(
        0.574, low=0.398, high=0.708, floor=0, ceiling=3,
        help="Standard deviation of the log of the rate of campaigns from hour to hour.",
    )
    hourly_persistence: float = param(
        0.5, "ratio", low=0.2, high=0.8, floor=0, ceiling=0.999, grade="D",
        source="assumption: between the hourly autocorrelations of the logs, 0.2 to 0.7",
        help="Correlation of that log from one hour to the next.",
    )
    deadline_days: tuple[float, ...] = series(
        (0,), "day", low=0, high=365, floor=0, ceiling=365,
        source="assumption: dates of conferences; no log shows the effect",
        help="Days of the year on which many papers are due; the rise before them is `deadline_rise`.",
    )
    deadline_rise: float = param(
        0, "ratio", low=0, high=1, floor=0, ceiling=10, grade="D",
        source="assumption: no log shows a deadline signal that could be distinguished",
        help="Rise of the rate of campaigns on the eve of a deadline, over the usual rate; 0 is none.",
    )
    deadline_ramp_days: float = param(
        14, "day", low=7, high=30, floor=0.1, ceiling=365, grade="D",
        source="assumption: a fortnight of last experiments",
        help="Days before a deadline at which the rise is down to 37 %.",
    )
    batch_single_share: float = _share(
        0.686, low=0.5, high=0.75, help="Campaigns of a single job.",
    )
    batch_tail: float = _ratio(
        2.309, low=1.59, high=2.6, floor=1.05, ceiling=10,
        help="Exponent of the discrete Pareto distribution of jobs in longer campaigns (throughput sites 1.6 to 2).",
    )
    batch_longest: float = _ratio(
        360, low=40, high=920, floor=1, ceiling=100_000, help="Most jobs in one campaign.",
    )
    batch_size_correlation: float = _ratio(
        -0.219, low=-0.234, high=-0.186, floor=-0.95, ceiling=0.95,
        help="Correlation of a campaign's length with the size of its jobs: long campaigns are made of small jobs.",
    )
    batch_machine_days: float = param(
        0.119, "day", low=0.067, high=0.151, floor=1e-6, ceiling=1000, grade="B", source=_LOGS,
        help="Expected work of one campaign at most, in days of the whole machine.",
    )
    daily_spread: float = _ratio(
        0.422, low=0.336, high=0.684, floor=0, ceiling=3,
        help="Standard deviation of the log of campaigns from day to day: on busy days campaigns are longer.",
    )
    daily_persistence: float = _ratio(
        0.46, low=0.188, high=0.674, floor=0, ceiling=0.999, help="Correlation of that from one day to the next.",
    )
    gap_zero_share: float = _share(0.036, low=0.002, high=0.57, help="Jobs submitted in the second of the one before.")
    gap_log_mean: float = _ratio(
        4.177, low=3.576, high=4.843, floor=-5, ceiling=10,
        help="Mean of the log of the seconds between jobs of a campaign.",
    )
    gap_log_spread: float = _ratio(
        1.929, low=1.61, high=2.18, floor=0, ceiling=5, help="Standard deviation of that log.",
    )
    gap_minutes: float = param(
        20, "minute", low=10, high=60, floor=0.1, ceiling=1440, grade="B", source=_LOGS,
        help="Longest gap inside a campaign; a longer one begins the next.",
    )
    within_share: float = _share(
        0.211, low=0.182, high=0.253, help="Part of the variance of log run time that lies inside campaigns.",
    )
    size_run_correlation: float = _ratio(
        0.12, low=-0.036, high=0.49, floor=-0.95, ceiling=0.95,
        help="Correlation of size and run time (normal scores of campaigns).",
    )
    hit_limit_share: float = _share(
        0.131, low=0.107, high=0.172, help="Jobs that run into the wall time they asked for.",
    )
    users: float = param(
        320, "person", low=100, high=700, floor=1, ceiling=1e6, grade="B", source=_LOGS,
        help="Users in each tier of access.",
    )
    user_spread: float = _ratio(
        1.754, low=1.553, high=1.944, floor=0, ceiling=5,
        help="Standard deviation of the log of campaigns by user.",
    )
    accounts: float = param(
        40, "group", low=3, high=300, floor=1, ceiling=1e6, grade="D",
        source="assumption: eight users share a project",
        help="Accounts among which the users of a tier are spread evenly.",
    )
