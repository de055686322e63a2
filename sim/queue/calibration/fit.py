"""The job model fitted to a log, its jobs grouped in campaigns: distributions by counting or maximum likelihood."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import rankdata

from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.logs.fitting import fitting
from sim.queue.logs.log import UNKNOWN, Log
from sim.queue.logs.problems import LogError
from sim.queue.logs.values import offsets

HOUR, DAY = 3_600, 86_400
GAP_SECONDS = 1_200  # longest gap inside a campaign
TRIMMED = 0.002  # of the jobs at either end: logs begin and end with stragglers

LEAST_JOBS = 50
LEAST_SECONDS = 3_600
WEEK_DAYS, DAY_HOURS = 7, 24
FIRST_DAY = 3  # 1970-01-01 was a Thursday
EXPECTED_OF_EXTREME = 0.2  # a campaign's expected work over the 99.9th percentile of real campaigns
MOST_SIZES, MOST_REQUESTS = 100, 60  # a scenario's lists hold a hundred numbers
LIMIT_SHARE = 0.9995  # of the jobs end before what is taken for the wall limit
HIT = 0.99  # of the request
COMPONENTS = 3  # of a mixture
STARTS = (0.15, 0.5, 0.85)  # quantiles at which the components begin
ROUNDS = 400
MOST_POINTS = 50_000
NARROWEST = 0.05  # standard deviation: a component must not shrink to one value
CONVERGED = 1e-9  # gain in mean log-likelihood


@dataclass
class Sample:
    """The trimmed log: columns [job] and the first job of each campaign [campaign]."""

    submit: Integers
    run: Integers
    request: Integers
    gpus: Integers
    user: Integers
    campaign: Integers
    first: Integers  # position of each campaign's first job
    one: Integers  # position of one job of each campaign, drawn at random
    known_users: bool
    machine: int
    day: int  # in which the log begins, from 1970-01-01
    shift: Integers  # seconds by which the clocks on the wall are ahead of those at its beginning

    @property
    def days(self) -> float:
        """Days from the first to the last submission."""
        return float(self.submit[-1] - self.submit[0]) / DAY

    @property
    def lengths(self) -> Integers:
        """Number of jobs [campaign]."""
        return np.bincount(self.campaign)


def core(jobs: Jobs) -> Jobs:
    """The jobs between the stragglers at either end."""
    low, high = np.quantile(jobs.submit_seconds, [TRIMMED, 1 - TRIMMED])
    kept = (jobs.submit_seconds >= low) & (jobs.submit_seconds <= high)
    columns = (jobs.submit_seconds, jobs.work_seconds, jobs.request_seconds, jobs.gpus, jobs.tier, jobs.user)
    return Jobs(*(column[kept] for column in columns))


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


def sample_of(jobs: Jobs, machine: int, clock: int, known_users: bool, time_zone: str = "UTC") -> Sample:
    """The core of a log from the midnight before it; `clock` is what the log's second 0 is on 1970's clock.

    time_zone: whose midnight that is, and whose hours of the day.
    """
    part = core(jobs)
    begin = int(part.submit_seconds[0])
    ahead = offsets(part.submit_seconds + clock, time_zone)
    day, second = divmod(begin + clock + int(ahead[0]), DAY)
    campaign = campaign_of(part, GAP_SECONDS) if known_users else np.arange(len(part))
    _, first = np.unique(campaign, return_index=True)
    shuffled = np.random.default_rng(1).permutation(len(part))
    _, place = np.unique(campaign[shuffled], return_index=True)
    one = shuffled[place]
    columns = (part.submit_seconds - begin + second, part.run_seconds, part.request_seconds, part.gpus, part.user)
    return Sample(*columns, campaign, first, one, known_users, machine, day, ahead - ahead[0])


@dataclass
class Fit:
    """Numbers of a job model by name, how each was got, and what had to be assumed; for a machine of so many GPUs.

    errors: standard errors of some of them, as if campaigns did not depend on one another.
    """

    machine_gpus: int
    values: dict[str, Any] = field(default_factory=dict)
    how: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    errors: dict[str, float] = field(default_factory=dict)

    def put(self, name: str, value: Any, how: str, error: float | None = None) -> None:
        """Enter one number, word or list, with its standard error where the estimate has a simple one."""
        if error is not None:
            self.errors[name] = error
        self.values[name] = tuple(float(v) for v in value) if isinstance(value, list | np.ndarray) else value
        self.how[name] = how


def fit_log(log: Log, gpus: int | None = None) -> Fit:
    """The numbers of a job model that can be read off a log, and how each was got.

    gpus: size of the machine; None takes the log's own, else that of its largest job. Larger jobs are left out. Raises
    LogError, in one sentence, for a log that is too short.
    """
    log = that_fit(log, gpus)
    _refuse_short(log)
    machine = gpus or log.machine_gpus or int(log.gpus.max())
    fit, known_users = Fit(machine), bool((log.user != UNKNOWN).any())
    if not (gpus or log.machine_gpus):
        fit.notes.append(f"the log does not give the size of the machine: taken for its largest job, {machine:,} GPUs")
    if log.start_epoch is None:
        fit.notes.append("the log does not give the weekday on which it begins: its first day is taken for a Monday")
    zone_name = log.time_zone if log.start_epoch is not None else "UTC"  # a clock of its own has no zone
    sample = sample_of(log.jobs(), machine, log.start_epoch or 0, known_users, zone_name)
    _profiles(sample, (sample.day + FIRST_DAY) % WEEK_DAYS if log.start_epoch is not None else 0, fit)
    if known_users:
        _bursts(sample, fit)
        _batches(sample, fit)
        _users(sample, int(np.unique(log.group).size), fit)
    else:
        fit.notes.append("the log has no users: how jobs come in campaigns is left at the defaults")
    _sizes(sample, fit)
    _runs(sample, fit)
    _requests(sample, fit)
    fit.put("pattern", "campaigns" if known_users else "poisson", "campaigns are known where users are")
    return fit


def that_fit(log: Log, gpus: int | None) -> Log:
    """The jobs that fit on a machine of `gpus` GPUs, or as large as the log says; the faults count the others."""
    size = gpus or log.machine_gpus
    return fitting(log, size)[0] if size else log


def _refuse_short(log: Log) -> None:
    """LogError for a log from which nothing can be fitted."""
    origin = log.source or "the log"
    if len(log) < LEAST_JOBS:
        held = "1 job" if len(log) == 1 else f"{len(log)} jobs"
        raise LogError(origin, [f"it holds {held}: a calibration needs at least {LEAST_JOBS}"])
    if log.span_seconds < LEAST_SECONDS:
        span = f"spans {log.span_seconds} s from the first to the last submission"
        raise LogError(origin, [f"it {span}: a calibration needs at least {LEAST_SECONDS} s"])


def _profiles(sample: Sample, first_day: int, fit: Fit) -> None:
    """Hour and weekday."""
    start = (sample.submit + sample.shift)[sample.first]
    hour = np.bincount(start // HOUR % DAY_HOURS, minlength=DAY_HOURS) / start.size * DAY_HOURS
    day = np.bincount((start // DAY + first_day) % WEEK_DAYS, minlength=WEEK_DAYS) / start.size * WEEK_DAYS
    if sample.days < WEEK_DAYS:
        fit.notes.append(f"the log spans {sample.days:.2g} days, less than a week: weekdays are left at the defaults")
    else:
        fit.put("weekday_profile", day, "campaigns begun by weekday from Monday over their mean")
    if sample.days < 1:
        fit.notes.append("the log spans less than a day: hours are left at the defaults")
    else:
        fit.put("hour_profile", hour, "campaigns begun by hour of the log's clock over their mean")


def _bursts(sample: Sample, fit: Fit) -> None:
    """What is left of the variance of counts when clock, calendar and Poisson noise are taken off."""
    start = sample.submit[sample.first]
    hours, days = np.bincount(start // HOUR)[start[0] // HOUR :], np.bincount(start // DAY)[1:-1]
    if days.size < 2 * WEEK_DAYS:
        fit.notes.append("the log spans less than a fortnight: bursts from day to day are left at the defaults")
        return
    hour, day = (np.array(fit.values[name]) for name in ("hour_profile", "weekday_profile"))
    clock = (np.tile(hour, WEEK_DAYS) * np.repeat(day, DAY_HOURS)).var()
    daily = max((1 + _excess(days)) / (1 + (day / day.mean()).var()) - 1, 1e-3)
    hourly = max((1 + _excess(hours)) / ((1 + clock) * (1 + daily)) - 1, 0.0)
    fit.put("hourly_spread", float(np.sqrt(np.log1p(hourly))), "variance of hourly counts beyond clock and days")
    fit.put("daily_spread", float(np.sqrt(np.log1p(daily))), "variance of daily counts beyond the weekday")
    level = np.log(days + 0.5)
    weekday = np.arange(days.size) % WEEK_DAYS
    level = level - np.array([level[weekday == d].mean() for d in range(WEEK_DAYS)])[weekday]
    lag = np.corrcoef(level[:-1], level[1:])[0, 1] if level.std() > 0 else 0.0
    fit.put("daily_persistence", float(np.clip(lag, 0, 0.95)), "autocorrelation of log daily counts at one day")


def _excess(counts: Integers) -> float:
    """Squared coefficient of variation of counts beyond a Poisson process."""
    mean = counts.mean()
    return float(max((counts.var() / mean - 1) / mean, 1e-3))


def _batches(sample: Sample, fit: Fit) -> None:
    """Lengths of campaigns, gaps inside them, and their work."""
    length = sample.lengths
    many = length[length > 1]
    _put_share(fit, "batch_single_share", length == 1, "campaigns of one job")
    if many.size:
        tail = float(np.clip(1 + many.size / np.log(many / 1.5).sum(), 1.05, 10))
        how = "maximum likelihood of a Pareto distribution above 1.5 jobs"
        fit.put("batch_tail", tail, how, (tail - 1) / many.size**0.5)
        fit.put("batch_longest", float(length.max()), "longest campaign")
    order = np.lexsort((sample.submit, sample.campaign))
    gap = np.diff(sample.submit[order])[np.diff(sample.campaign[order]) == 0]
    if gap.size > 1:
        _put_share(fit, "gap_zero_share", gap == 0, "jobs in the second of the one before")
        if (gap > 0).sum() > 1:
            logs = np.log(gap[gap > 0])
            spread = float(logs.std())
            fit.put("gap_log_mean", float(logs.mean()), "gaps above zero", spread / logs.size**0.5)
            fit.put("gap_log_spread", spread, "gaps above zero", spread / (2 * logs.size) ** 0.5)
    work = np.bincount(sample.campaign, sample.run * sample.gpus.astype(float))
    extreme = float(np.quantile(work, 0.999)) / (sample.machine * DAY)
    how = "a fifth of the 99.9th percentile of campaigns, for it bounds the work expected, not the work that comes"
    fit.put("batch_machine_days", max(EXPECTED_OF_EXTREME * extreme, 1e-6), how)
    fit.put(
        "batch_size_correlation", float(np.clip(_correlation(rankdata, length, sample.gpus[sample.first]), -0.8, 0.8)),
        "rank correlation of a campaign's length and size",
    )  # fmt: skip


def _users(sample: Sample, accounts: int, fit: Fit) -> None:
    """How unequal users are."""
    count = np.bincount(sample.user[sample.first])
    count = count[count > 0]
    fit.put("users", float(count.size), "users in the log")
    fit.put("accounts", float(max(accounts, 1)), "accounts or groups in the log")
    if count.size > 1:
        spread = float(np.log(count).std())
        fit.put("user_spread", spread, "standard deviation of log campaigns by user", spread / (2 * count.size) ** 0.5)
    else:
        fit.notes.append("the log has one user: how unequal users are is left at the default")


def _sizes(sample: Sample, fit: Fit) -> None:
    """The table of sizes, one job of each campaign."""
    sizes, count = np.unique(sample.gpus[sample.one], return_counts=True)
    while sizes.size > MOST_SIZES:  # the rarest size joins its neighbour
        rare = int(np.argmin(count))
        near = rare - 1 if rare and (rare + 1 == sizes.size or count[rare - 1] <= count[rare + 1]) else rare + 1
        count[near] += count[rare]
        sizes, count = np.delete(sizes, rare), np.delete(count, rare)
    fit.put("size_law", "table", "every size in the log")
    fit.put("size_gpus", sizes.astype(float), "sizes of campaigns")
    fit.put("size_shares", count / count.sum(), "part of the campaigns of each size")


def _runs(sample: Sample, fit: Fit) -> None:
    """Run times of campaigns, and how alike the jobs of one campaign are."""
    logs = np.log(sample.run[sample.one])
    if logs.std() < 1e-9:
        fit.notes.append(f"every run time is {sample.run[0]:,} s: one distribution without spread")
        fit.put("run_law", "lognormal", "one run time")
        fit.put("run_log_mean", float(logs[0]), "the run time")
        fit.put("run_log_spread", 0.0, "the run time")
        fit.put("size_run_correlation", 0.0, "one run time")
        return
    share, mean, spread = mixture(logs)
    fit.put("run_law", "mixture", "three lognormal distributions by expectation maximisation, one job of each campaign")
    fit.put("mixture_shares", share, "as above")
    fit.put("mixture_log_means", mean, "as above, log of seconds")
    fit.put("mixture_log_spreads", spread, "as above")
    inside = _within(sample) if sample.known_users else None
    if inside is not None:
        fit.put("within_share", inside, "variance of the normal scores of run time inside campaigns over all")
    between = np.sqrt(1 - (inside if inside is not None else 0.0))
    together = _correlation(_normal_scores, sample.run[sample.one], sample.gpus[sample.one]) / between
    how = "normal scores of size and run time, one job of each campaign"
    fit.put("size_run_correlation", float(np.clip(together, -0.95, 0.95)), how)


def _within(sample: Sample) -> float | None:
    """Part of the variance of the scores of run time that lies inside campaigns; None when all have one job."""
    free = sample.run.size - sample.lengths.size
    if free < 2:
        return None
    score = _normal_scores(np.log(sample.run))
    mean = np.bincount(sample.campaign, score) / sample.lengths
    return float(min(((score - mean[sample.campaign]) ** 2).sum() / free / score.var(), 0.6))


def _requests(sample: Sample, fit: Fit) -> None:
    """What users ask for: a regression, a menu, the limit, and how many jobs run into it."""
    run, request = sample.run[sample.one], sample.request[sample.one]
    limit = float(max(np.quantile(sample.request, LIMIT_SHARE), np.quantile(sample.run, LIMIT_SHARE), 360.0))
    asks = bool((sample.request != sample.run).mean() > 0.01)
    fit.put("wall_limit_hours", min(limit / HOUR, 8_760.0), "99.95th percentile of requests and run times")
    fit.put("beyond_limit", "none", "the runs of a log have been cut by its own limit")
    if not asks:
        fit.put("hit_limit_share", 0.0, "the log has no requests of its own: run times are taken as they are")
        fit.notes.append("requests say no more than run times: what users ask for is left at the defaults")
        return
    x, y = np.log(run), np.log(request)
    slope = float(np.clip(np.cov(x, y)[0, 1] / x.var(ddof=1), 0, 1)) if x.std() > 1e-9 else 0.0
    fit.put("request_log_slope", slope, "least squares of log request on log run time, one job of each campaign")
    fit.put("request_log_mean", float(y.mean() - slope * x.mean()), "its intercept")
    fit.put("request_log_spread", float((y - slope * x).std()), "its residuals")
    typed, count = np.unique(sample.request, return_counts=True)
    menu = np.sort(typed[np.argsort(-count, kind="stable")][:MOST_REQUESTS])
    fit.put("request_menu_hours", np.unique(np.minimum(menu / HOUR, 8_760.0)), "the most frequent requests")
    _put_share(fit, "hit_limit_share", run >= HIT * request, "campaigns that run into their request")


def _put_share(fit: Fit, name: str, which: NDArray[np.bool_], how: str) -> None:
    """Enter the share of those for which something holds, with the standard error of a share."""
    share = float(which.mean())
    fit.put(name, share, how, (share * (1 - share) / which.size) ** 0.5)


def _normal_scores(values: NDArray[Any]) -> Reals:
    """Normal scores [value]: the quantiles that belong to the ranks."""
    return np.asarray(ndtri((rankdata(values) - 0.5) / values.size))


def _correlation(of: Callable[[NDArray[Any]], Reals], one: NDArray[Any], other: NDArray[Any]) -> float:
    """Correlation of the ranks or scores of two columns; 0 where one of them does not vary."""
    if np.unique(one).size < 2 or np.unique(other).size < 2:
        return 0.0
    return float(np.corrcoef(of(one), of(other))[0, 1])


def mixture(values: Reals) -> tuple[Reals, Reals, Reals]:
    """Shares, means and standard deviations of three normal distributions, by increasing mean [component].

    Expectation maximisation (Dempster, Laird and Rubin 1977). More points than `MOST_POINTS` are thinned evenly over
    their order; fewer than three give components that coincide.
    """
    points = np.sort(np.asarray(values, dtype=np.float64))
    if points.size > MOST_POINTS:
        points = points[np.linspace(0, points.size - 1, MOST_POINTS).astype(np.int64)]
    share, mean = np.full(COMPONENTS, 1 / COMPONENTS), np.quantile(points, STARTS)
    spread = np.full(COMPONENTS, max(points.std() / 2, NARROWEST))
    before = -np.inf
    for _ in range(ROUNDS):
        density = share / spread * np.exp(-(((points[:, None] - mean) / spread) ** 2) / 2) + np.finfo(float).tiny
        total = density.sum(axis=1, keepdims=True)
        belongs = density / total
        now = float(np.log(total).mean())
        if now - before < CONVERGED:
            break
        before = now
        weight = np.maximum(belongs.sum(axis=0), np.finfo(float).tiny)
        share = weight / weight.sum()
        mean = (belongs * points[:, None]).sum(axis=0) / weight
        spread = np.sqrt((belongs * (points[:, None] - mean) ** 2).sum(axis=0) / weight)
        spread = np.maximum(spread, NARROWEST)
    order = np.argsort(mean)
    return share[order], mean[order], spread[order]
