"""Jobs drawn from a real log: whole weeks of campaigns, put together anew (a block bootstrap).

Weeks keep what no fitted law has: the bursts, habits and identical jobs of real users. Campaigns are copied whole, and
copied more than once or left out where the load asks for more or less than the log held.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from sim.mechanisms.workload import Workload
from sim.queue.jobs import Integers, Jobs, refuse
from sim.queue.workload.counter import branch_key, stream_key, uniforms_at
from sim.queue.workload.generator import Arrivals
from sim.queue.workload.rates import Demand, months_of
from sim.units import HOURS_PER_DAY, SECONDS_PER_HOUR, SECONDS_PER_MINUTE

DAYS = len(Workload().weekday_profile)
WEEK_HOURS = int(DAYS * HOURS_PER_DAY)
WEEK = int(WEEK_HOURS * SECONDS_PER_HOUR)
GAP_SECONDS = Workload().gap_minutes * SECONDS_PER_MINUTE
COLUMNS = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")
SUBMIT, TIER, USER = COLUMNS.index("submit_seconds"), COLUMNS.index("tier"), COLUMNS.index("user")
CAMPAIGN, PLACE = len(COLUMNS), len(COLUMNS) + 1


def campaign_of(jobs: Jobs, gap_seconds: float) -> Integers:
    """Number of the campaign [job]: jobs of one user and size with gaps of at most `gap_seconds`, by their beginning.

    >>> campaign_of(Jobs([0, 10, 20, 5000], [1] * 4, [1] * 4, [1, 2, 1, 1], user=[0, 1, 0, 0]), 1200)
    array([0, 1, 0, 2])
    """
    order = np.lexsort((jobs.submit_seconds, jobs.user))
    user, gpus, submit = jobs.user[order], jobs.gpus[order], jobs.submit_seconds[order]
    begins = (np.diff(user) != 0) | (np.diff(gpus) != 0) | (np.diff(submit) > gap_seconds)
    number = np.empty(len(jobs), np.int64)
    number[order] = np.concatenate([[0], np.cumsum(begins)])[: len(jobs)]
    _, first, number = np.unique(number, return_index=True, return_inverse=True)
    rank = np.empty(first.size, np.int64)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    return np.asarray(rank[number])


def resample(
    log: Jobs, demand: Demand, seed: int, replication: int = 0, gap_seconds: float = GAP_SECONDS
) -> Iterator[Arrivals]:  # fmt: skip
    """A week of jobs at a time, as long as the horizon of `demand`, at its load.

    Needs a log of at least one full week. Users, sizes, run times and requests are the log's; tiers are given to users
    by the shares of `demand`. A larger load adds campaigns to those of a smaller one and takes none away.
    """
    weeks = int((log.submit_seconds[-1] - log.submit_seconds[0]) // WEEK) if len(log) else 0
    refuse("resampling", [] if weeks else [f"the log of {len(log)} jobs spans no full week: must span at least one"])
    table, week = _past(log, gap_seconds, weeks)
    held = float(np.dot(log.gpus[week < weeks], log.work_seconds[week < weeks])) / (weeks * WEEK)
    key = stream_key(seed, "weeks", replication)
    load = demand.gpu_hours_per_hour[months_of(demand.hours, demand.gpu_hours_per_hour.size)]
    waiting, campaigns = np.zeros((PLACE + 1, 0), np.int64), 0
    for number in range(-(-demand.hours // WEEK_HOURS)):
        source = int(uniforms_at(key, np.array([number]))[0] * weeks)
        wanted = float(load[number * WEEK_HOURS : (number + 1) * WEEK_HOURS].mean()) / held if held else 0.0
        block = _copied(table[:, week == source], wanted, branch_key(key, number), (number - source) * WEEK)
        block[CAMPAIGN] += campaigns
        campaigns = int(block[CAMPAIGN].max()) + 1 if block.size else campaigns
        waiting = np.concatenate([waiting, block], axis=1)
        waiting = waiting[:, np.argsort(waiting[SUBMIT], kind="stable")]
        end = min((number + 1) * WEEK, demand.hours * int(SECONDS_PER_HOUR))
        due = int(np.searchsorted(waiting[SUBMIT], end))
        if due:
            yield _arrivals(waiting[:, :due], demand, seed)
        waiting = waiting[:, due:]


def _past(log: Jobs, gap_seconds: float, weeks: int) -> tuple[Integers, Integers]:
    """Columns [column, job] of a log with campaign and place, and the week in which each job's campaign begins."""
    campaign = campaign_of(log, gap_seconds)
    submit = log.submit_seconds - log.submit_seconds[0]
    first = np.full(int(campaign.max()) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, campaign, submit)
    order = np.argsort(campaign, kind="stable")
    place = np.empty(len(log), np.int64)
    place[order] = np.arange(len(log)) - np.searchsorted(campaign[order], campaign[order])
    columns = [submit, *(getattr(log, name) for name in COLUMNS[1:]), campaign, place]
    return np.array(columns), first[campaign] // WEEK


def _copied(block: Integers, wanted: float, key: np.uint64, shift: int) -> Integers:
    """The campaigns of a week, each as often as the load wants it; second copies begin up to an hour later."""
    if not block.size:
        return block
    names, inverse = np.unique(block[CAMPAIGN], return_inverse=True)
    uniform = uniforms_at(key, np.arange(names.size))
    copies = np.floor(wanted) + (uniform < wanted % 1)
    taken = []
    for copy in range(int(copies.max())):
        late = uniforms_at(branch_key(key, copy), np.arange(names.size)) * (SECONDS_PER_HOUR if copy else 0)
        chosen = copies[inverse] > copy
        part = block[:, chosen].copy()
        part[SUBMIT] += shift + late.astype(np.int64)[inverse[chosen]]
        part[CAMPAIGN] = inverse[chosen] + copy * names.size
        taken.append(part)
    return np.concatenate(taken, axis=1) if taken else block[:, :0]


def _arrivals(rows: Integers, demand: Demand, seed: int) -> Arrivals:
    """Rows as jobs, with the tier of their user."""
    key = stream_key(seed, "tiers of users")
    people, inverse = np.unique(rows[USER], return_inverse=True)
    bounds = np.cumsum(demand.tier_share[0]) / demand.tier_share[0].sum()
    tier = np.searchsorted(bounds[:-1], uniforms_at(key, people), side="right")
    rows[TIER] = tier[inverse]
    return Arrivals(
        Jobs(*(rows[name] for name in range(CAMPAIGN))), rows[CAMPAIGN].copy(), rows[PLACE].copy(),
        np.zeros(rows.shape[1], np.int64),
    )  # fmt: skip
