"""How people submit jobs, what the jobs look like, and by which rules a shared GPU machine serves them.

A campaign is a run of jobs of one user and one size with less than twenty minutes between them. The defaults are the
means over five published logs of research clusters; ranges are their smallest and largest values.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from functools import cache, partial
from typing import ClassVar

import numpy as np

from sim.mechanisms.presets import BEYOND_KINDS, PRESETS, RUN_KINDS, SIZE_KINDS
from sim.parameters import Array, Parameters, Role, choice, param, series
from sim.queue.workload.model import JOB_SIZES, JobModel, size_probabilities
from sim.units import GPUS_PER_NODE

_LOGS = "sc15_predictsim"
_ratio = partial(param, unit="ratio", grade="B", how="fit", source=_LOGS)
_share = partial(param, unit="fraction", floor=0, ceiling=1, grade="B", how="fit", source=_LOGS)
_points = partial(
    param, unit="ratio", low=0, high=100_000, floor=0, ceiling=1e9, grade="-", role="design", source="slurm_multifactor"
)  # the weights of the example in its documentation


@dataclass(frozen=True, kw_only=True)
class Workload(Parameters):
    """Jobs as the queue meets them; the defaults of size and run time follow the Helios summary."""

    group: ClassVar[str] = "workload"
    about: ClassVar[str] = "Jobs"
    role: ClassVar[Role] = "setting"  # jobs are simulated in the central case only

    # --- arrivals: when campaigns begin, how long they are, and whose they are ---

    pattern: str = choice(
        "campaigns", ("poisson", "campaigns"), source=_LOGS,
        help="Jobs that arrive one by one at a steady rate, or campaigns that follow the hour and the weekday.",
    )
    preset: str = choice(
        "own", ("own", *PRESETS), source="acmetrace; sc15_predictsim",
        help="Run times and sizes of a published cluster (hpc: mean of five research logs), or the numbers given here.",
    )
    burstiness_ratio: float = param(
        1, "ratio", low=0.5, high=1.5, floor=0, ceiling=3, grade="D", role="uncertainty",
        source="assumption: 1 is that of the logs, 0 none at all",
        label="Burstiness of campaigns",
        help="Scales all that makes campaigns come in bursts: clock, weekday, fluctuation, deadlines and batches.",
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
    batch_single_share: float = _share(0.686, low=0.5, high=0.75, help="Campaigns of a single job.")
    batch_tail: float = _ratio(
        2.309, low=1.59, high=2.6, floor=1.05, ceiling=10,
        help="Exponent of the discrete Pareto distribution of jobs in longer campaigns (throughput sites 1.6 to 2).",
    )
    batch_longest: float = _ratio(360, low=40, high=920, floor=1, ceiling=100_000, help="Most jobs in one campaign.")
    batch_size_correlation: float = _ratio(
        -0.219, low=-0.234, high=-0.186, floor=-0.95, ceiling=0.95,
        help="Correlation of a campaign's length with the size of its jobs: long campaigns are made of small jobs.",
    )
    batch_machine_days: float = param(
        0.119, "day", low=0.067, high=0.151, floor=1e-6, ceiling=1000, grade="B", how="fit", source=_LOGS,
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
        20, "minute", low=10, high=60, floor=0.1, ceiling=1440, grade="B", how="fit", source=_LOGS,
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
        0.131, low=0.107, high=0.172,
        help="Of jobs longer than the shortest wall time typed: those that run into theirs.",
    )
    backlog_hours: float = param(
        24, "hour", low=8, high=100, floor=0.01, ceiling=1e6, grade="C", how="fit", role="uncertainty", source=_LOGS,
        help="Backlog of the whole machine's work at which every other campaign is withdrawn; 1e6: nobody is put off. "
        "Matching the mean waits of five logs gave 8 to 100.",
    )
    backlog_power: float = param(
        1, "ratio", low=0.5, high=2, floor=0.1, ceiling=10, grade="D",
        source="assumption: no log shows how users decide", help="How sharply users hold back around that backlog.",
    )
    users: float = param(
        320, "person", low=100, high=700, floor=1, ceiling=1e6, grade="B", how="fit", source=_LOGS,
        help="Users in each tier of access.",
    )
    user_spread: float = _ratio(
        1.754, low=1.553, high=1.944, floor=0, ceiling=5, help="Standard deviation of the log of campaigns by user.",
    )
    accounts: float = param(
        40, "group", low=3, high=300, floor=1, ceiling=1e6, grade="D", source="assumption: eight users share a project",
        help="Accounts among which the users of a tier are spread evenly.",
    )

    # --- jobs: run times, sizes, wall times ---

    run_law: str = choice(
        "lognormal", RUN_KINDS, source="acmetrace; sc15_predictsim",
        help="Run times follow one lognormal distribution, or a mixture of several.",
    )
    run_log_mean: float = param(
        5.33, "ratio", low=4.8, high=6.9, floor=-5, ceiling=15, grade="A", source="acmetrace",
        help="Mean of the log of run time in seconds (Helios 5.33, Seren 4.80, Philly 6.77).",
    )
    run_log_spread: float = param(
        2.64, "ratio", low=2.1, high=2.9, floor=0, ceiling=5, grade="A", source="acmetrace",
        help="Standard deviation of that log.",
    )
    shorter_share: float = param(
        0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="C", source="sc15_predictsim; acmetrace",
        help="Part of the speed of newer designs by which jobs get shorter; by the rest they get larger (run times of "
        "logs from 1996 to 2023 do not fall).",
    )
    mixture_shares: tuple[float, ...] = series(
        (0.437, 0.298, 0.265), "fraction", low=0, high=1, floor=0, ceiling=1, source="sc15_predictsim",
        help="Part of the campaigns in each lognormal distribution of the mixture.",
    )
    mixture_log_means: tuple[float, ...] = series(
        (4.287, 7.51, 10.129), "ratio", low=-2, high=14, floor=-10, ceiling=20, source="sc15_predictsim",
        help="Means of the log of seconds of these distributions.",
    )
    mixture_log_spreads: tuple[float, ...] = series(
        (1.388, 1.144, 0.817), "ratio", low=0.05, high=4, floor=0, ceiling=10, source="sc15_predictsim",
        help="Standard deviations of these logs.",
    )
    size_law: str = choice(
        "doublings", SIZE_KINDS, source="acmetrace; sc15_predictsim",
        help="Sizes 1 to 128 with the mean below, a table of sizes, or parts of the machine.",
    )
    mean_gpus: float = param(
        3.72, "GPU", low=1.9, high=27, floor=1, ceiling=100, grade="A", source="acmetrace",
        help="Mean GPUs of a job (Helios 3.72, Philly 1.93, Kalos 26.8).",
    )
    size_gpus: tuple[float, ...] = series(
        (1, 2, 4, 8, 16, 32), "GPU", low=1, high=100_000, floor=1, ceiling=1e7, source="sc15_predictsim",
        help="Sizes of a table.",
    )
    size_shares: tuple[float, ...] = series(
        (0.872, 0.023, 0.048, 0.049, 0.006, 0.002), "fraction", low=0, high=1, floor=0, ceiling=1,
        source="sc15_predictsim", help="Part of the campaigns of each of these sizes.",
    )
    fraction_quantiles: tuple[float, ...] = series(
        (0, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1), "fraction", low=0, high=1, floor=0, ceiling=1,
        source="sc15_predictsim", help="Part of the campaigns whose jobs are no larger than each of the next series.",
    )
    machine_fractions: tuple[float, ...] = series(
        (0.001, 0.00417, 0.00833, 0.02778, 0.08, 0.17969, 0.29167, 0.64, 0.9375, 1), "fraction", low=0, high=1,
        floor=0, ceiling=1, source="sc15_predictsim", help="Sizes as parts of the machine.",
    )
    doubling_share: float = param(
        0.85, "fraction", low=0.73, high=1, floor=0, ceiling=1, grade="B", how="fit", source="sc15_predictsim",
        help="Jobs whose part of the machine is rounded to a power of two; the others to whole GPUs.",
    )
    wall_limit_hours: float = param(
        24, "hour", low=4, high=168, floor=0.1, ceiling=8760, grade="D",
        source="assumption: a common limit of shared machines; longer runs are cut into pieces",
        help="Longest time a job may hold its GPUs.",
    )
    beyond_limit: str = choice(
        "pieces", BEYOND_KINDS, source="acmetrace; sc15_predictsim",
        help="Longer runs are cut into pieces of the wall limit and a remainder, or there are none (as in a log, whose "
        "runs have already been cut).",
    )
    request_log_mean: float = param(
        5.39, "ratio", low=4.80, high=5.99, floor=-5, ceiling=15, grade="B", how="fit", source="sc15_predictsim",
        help="Intercept of the log of requested time on the log of run time (five logs).",
    )
    request_log_slope: float = param(
        0.48, "ratio", low=0.42, high=0.53, floor=0, ceiling=1, grade="B", how="fit", source="sc15_predictsim",
        help="Slope of that regression.",
    )
    request_log_spread: float = param(
        1.35, "ratio", low=1.08, high=1.66, floor=0, ceiling=5, grade="B", how="fit", source="sc15_predictsim",
        help="Spread of that regression.",
    )
    request_menu_hours: tuple[float, ...] = series(
        (1 / 12, 1 / 6, 0.25, 0.5, 1, 2, 3, 4, 6, 12, 18, 24, 72, 168), "hour", low=0, high=168, floor=0, ceiling=8760,
        source="sc15_predictsim", help="Wall times that users type; requests are rounded up to one of them.",
    )


@dataclass(frozen=True, kw_only=True)
class Queueing(Parameters):
    """The rules of the queue, and how much of the decade is simulated job by job."""

    group: ClassVar[str] = "queue"
    about: ClassVar[str] = "Queue"
    role: ClassVar[Role] = "setting"  # the rules of service are choices of the design

    discipline: str = choice(
        "easy", ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"),
        role="design", source="mualem_feitelson_2001",
        help="Order of service: by submission with EASY, conservative or no backfilling (fcfs), or by multifactor "
        "priority, shortest job (sjf) or a formula (wfp3, unicef, f1) with EASY backfilling.",
    )
    backfill_scan: str = choice(
        "queue", ("queue", "fcfs", "sjbf"), role="design", source="sc15_predictsim",
        help="Which job may be backfilled first: the next in the queue, the oldest, or the shortest by its request.",
    )
    backfill_depth: float = param(
        1_000_000, "ratio", low=0, high=1_000_000, floor=0, ceiling=1e9, grade="-", role="design",
        source="assumption: every waiting job; 0 is no backfilling, and Slurm's default_queue_depth is 100",
        help="Waiting jobs behind the first that backfilling looks at. A policy lever: at a load of 0.95 the mean "
        "wait went from 23 h without a limit over 75 h with 500 to 110 h with 100 in a trial of an 8-year synthetic "
        "machine.",
    )
    event_order: str = choice(
        "per_instant", ("per_instant", "per_event"), source="sc15_predictsim",
        help="Schedule once after all events of an instant, or after each of them.",
    )
    placement: str = choice(
        "any_gpu", ("any_gpu", "whole_nodes", "best_fit"),
        role="design", source="assumption: small jobs share nodes on the machines whose logs are used",
        help="Any free GPU will do, every job holds whole nodes of 8 GPUs, or jobs are packed on nodes where they fit "
        "best.",
    )
    attained: str = choice(
        "by_queue", ("by_queue", "as_wanted"), source="assumption: a choice",
        help="A machine is as full as its queue can make it, or as its operator wants, as published tables take it.",
    )
    fidelity: str = choice(
        "windows", ("windows", "full"), source="assumption: a choice",
        help="Simulate windows of the horizon, seconds an option, or every job of it (full), which may take hours.",
    )
    windows: float = param(
        4, "ratio", low=2, high=20, floor=2, ceiling=200, grade="-",
        source="assumption: the fewest from which an error is worth printing",
        help="Windows of the horizon in which the queue is simulated at least; each is one replication.",
    )
    most_windows: float = param(
        8, "ratio", low=4, high=100, floor=2, ceiling=1000, grade="-",
        source="assumption: so that a comparison takes seconds; the error is printed",
        help="Windows at most: more are added until median and 95th percentile have converged.",
    )
    most_gpus: float = param(
        10_000, "GPU", low=5_000, high=50_000, floor=100, ceiling=1e7, grade="-",
        source="assumption: beyond that many a machine of the same load waits as long, within the error",
        help="A larger machine is simulated as a part of it of this size, with its part of the jobs; not so in `full`.",
    )
    most_runs: float = param(
        4, "ratio", low=2, high=20, floor=1, ceiling=1000, grade="-",
        source="assumption: each run is a whole horizon; the error is printed",
        help="Whole horizons at most, with other jobs each, where `fidelity` is full: at least two, unless this is 1.",
    )
    converged_share: float = param(
        0.10, "fraction", low=0.02, high=0.3, floor=0.001, ceiling=1, grade="-",
        source="assumption: a tenth is less than what options usually differ by",
        help="Half-width of the 95 % interval over the wait, below which median and 95th percentile have converged.",
    )
    window_weeks: float = param(
        4, "week", low=4, high=26, floor=0.01, ceiling=520, grade="-",
        source="assumption: so that a window has several of the busy spells of logs",
        help="Weeks that are measured in each window.",
    )
    warm_up_weeks: float = param(
        1, "week", low=0.5, high=8, floor=0, ceiling=520, grade="-",
        source="assumption: windows begin on an empty machine; MSER-5 doubles it where it is too short",
        help="Weeks before those that are measured; twice the wall limit at least.",
    )
    interactive_share: float = param(
        0, "fraction", low=0, high=0.2, floor=0, ceiling=0.9, grade="D",
        role="design", source="assumption: off, for few published machines have one; 5 % is usual where there is one",
        help="Part of the nodes of each generation kept for short and small jobs, which may use the others too.",
    )
    interactive_hours: float = param(
        4, "hour", low=0.5, high=12, floor=0.01, ceiling=8760, grade="D",
        role="design", source="assumption: a working session", help="Longest wall time that these nodes take.",
    )
    interactive_gpus: float = param(
        8, "GPU", low=1, high=32, floor=1, ceiling=1e6, grade="D",
        role="design", source="assumption: one node", help="Largest job that these nodes take.",
    )
    age_weight: float = _points(1_000, help="Points of a job that has waited the longest age, under multifactor.")
    fair_share_weight: float = _points(
        10_000, help="Points of a job whose user and account have used nothing, under multifactor.",
    )
    size_weight: float = _points(1_000, help="Points of a job that takes the whole machine, under multifactor.")
    qos_points: tuple[float, ...] = series(
        (0, 0, 0, 0), "ratio", low=0, high=100_000, floor=0, ceiling=1e9, source="slurm_multifactor", role="design",
        help="Points for the quality of service of each tier (elite, research-intensive, regional, start-ups), under "
        "multifactor.",
    )
    longest_age_hours: float = param(
        168, "hour", low=24, high=720, floor=0.01, ceiling=1e6, grade="-", role="design", source="slurm_multifactor",
        help="Wait at which a job has all of its points of age (Slurm's default is 7 days).",
    )
    half_life_hours: float = param(
        168, "hour", low=24, high=1440, floor=0.01, ceiling=1e6, grade="-", role="design", source="slurm_multifactor",
        help="Time after which use counts half in fair share (Slurm's default is 7 days).",
    )
    recount_minutes: float = param(
        60, "minute", low=5, high=240, floor=1, ceiling=100_000, grade="-", role="design", source="slurm_multifactor",
        help="Time between two computations of all priorities (Slurm's default is 5 minutes; an hour runs faster).",
    )


def _resolved(workload: Workload) -> Workload:
    """The workload with the numbers of its preset filled in, and no preset left to fill in."""
    if workload.preset == "own":
        return workload
    preset = PRESETS[workload.preset]
    return replace(workload, preset="own", **{name: getattr(preset, name) for name in preset.names()})


def job_model(workload: Workload) -> JobModel:
    """The job model of a workload: its numbers, those of its preset filled in."""
    filled = _resolved(workload)
    return JobModel(**{item.name: getattr(filled, item.name) for item in fields(JobModel)})


def gpu_hour_weights(mean_gpus: Array | float) -> Array:
    """Share of GPU-hours used by jobs of each size when run time does not depend on size, [size] or [draw, size]."""
    weight = size_probabilities(mean_gpus) * JOB_SIZES
    return np.asarray(weight / weight.sum(axis=-1, keepdims=True))


def mean_job_gpus(workload: Workload) -> float:
    """Mean GPUs of a job, preset filled in; where sizes are parts of the machine, that of the doublings stands for it.

    >>> round(mean_job_gpus(Workload(size_law="table")), 2)
    1.66
    """
    workload = _resolved(workload)
    if workload.size_law != "table":
        return workload.mean_gpus
    shares = np.array(workload.size_shares)
    return float((np.array(workload.size_gpus) * shares).sum() / max(float(shares.sum()), np.finfo(float).tiny))


def packed_share(workload: Workload) -> float:
    """Part of the GPU-hours that jobs ask for of those that they hold, where each holds whole nodes.

    >>> round(packed_share(Workload(size_law="table", size_gpus=(4.0,), size_shares=(1.0,))), 6)
    0.5
    """
    sizes, weights = gpu_hours_by_size(workload)
    held = np.ceil(sizes / GPUS_PER_NODE) * GPUS_PER_NODE
    return float(weights.sum() / (weights * held / sizes).sum())


def gpu_hours_by_size(workload: Workload) -> tuple[Array, Array]:
    """Sizes in GPUs and their shares of the GPU-hours [size] when run time does not depend on size.

    Preset filled in. Sizes that are parts of the machine are not known without it: the doublings stand for them.
    """
    workload = _resolved(workload)
    if workload.size_law != "table":
        return JOB_SIZES, _doubling_weights(workload.mean_gpus)
    sizes = np.array(workload.size_gpus)
    weight = sizes * np.array(workload.size_shares)
    return sizes, weight / max(float(weight.sum()), np.finfo(float).tiny)


# sizes and their shares are searched for once: no draw changes them
_doubling_weights = cache(gpu_hour_weights)
