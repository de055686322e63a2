"""Windows of the queue: the machine and the allocations of one month, simulated for a fixed number of jobs.

Each window is one replication with its own jobs, so the error of a statistic is the spread over windows, which
correlation within a window cannot shrink. A window begins as a machine without a queue would stand, and so forgets the
backlog of the months before it. Its jobs come from the groups' allocations, one by one or in campaigns. Random numbers
are drawn by name and in order of the job, so job number i has the same size, run time and need under every option; a
larger allocation only brings it sooner.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.random import Generator

from sim.costs.result import OptionResult
from sim.mechanisms.demand import TIERS
from sim.mechanisms.workload import Workload, job_model
from sim.parameters import Array
from sim.queue.analysis.little import check_little
from sim.queue.jobs import Integers, Jobs, Reals
from sim.queue.schedules import Schedule, bounded_slowdown, used_gpu_seconds, utilisation
from sim.queue.simulate import simulate
from sim.queue.workload.model import (
    JOB_SIZES,
    JobModel,
    mean_run_hours,
    requested_seconds,
    run_seconds,
    size_probabilities,
)
from sim.streams import stream
from sim.units import HOURS_PER_DAY, MONTHS_PER_YEAR, SECONDS_PER_HOUR
from sim.waits.machine import PROVIDER, Work, window_failures
from sim.waits.statistics import SLOWDOWN_BOUND_SECONDS, Row

if TYPE_CHECKING:
    from sim.queue.workload.generator import Arrivals

SEGMENTS = 500  # of a window, whose mean waits are looked at for a trend
GOLDEN = (np.sqrt(5) - 1) / 2  # steps of it spread any number of points evenly
COLUMNS = ("submit_seconds", "run_seconds", "request_seconds", "gpus", "tier", "user")
NEED = "jobs.need"  # the stream of `Window.uniform`, the one from which the generator takes a campaign's need


@dataclass(frozen=True)
class Offer:
    """What the groups bring to the machine in one window.

    gpu_hours_per_hour: mean GPUs of the base speed that it keeps busy.
    tier_share [tier]: parts of those hours.
    jobs: submitted after the start of the window.
    gpus: the most that a job can have, for sizes and campaigns that are parts of it; 0: as many as the load keeps busy.
    speed_ratio: mean speed of the machine over the base's, at which the jobs that are running have come on.
    by_user: whether somebody asks whose the jobs are; campaigns always have users.
    alike: the jobs submitted in the window are the same whatever the load, for those before it have streams of their
        own; else they follow those before it, whose number changes with the load. Campaigns only come sooner.
    """

    gpu_hours_per_hour: float
    tier_share: Array
    jobs: int
    gpus: int = 0
    speed_ratio: float = 1.0
    by_user: bool = False
    alike: bool = False


@dataclass(frozen=True, eq=False)
class Window:
    """The jobs of one window.

    jobs: in order of submission; those already running come first, at second 0 with what is left of them.
    running: how many these are.
    uniform [job]: in (0, 1]: where a share g of the jobs is lost with every year of a machine's age, a job needs a
        design no older than uniform / g years.
    """

    jobs: Jobs
    running: int
    uniform: Reals


def arrivals_per_hour(offer: Offer, model: JobModel) -> float:
    """Jobs an hour that make up the offered GPU-hours."""
    sizes = size_probabilities(model.mean_gpus)
    return offer.gpu_hours_per_hour / float((sizes * _sizes(offer)).sum()) / mean_run_hours(model)


def _sizes(offer: Offer) -> Array:
    """Sizes in GPUs, none larger than the machine where that is known."""
    return np.minimum(JOB_SIZES, offer.gpus) if offer.gpus else JOB_SIZES


def window_arrivals(offer: Offer, workload: Workload, seed: int, window: int) -> Window:
    """The window's jobs.

    Jobs submitted in the wall limit before the window and still running at its start come
    first, at second 0 with what is left of them: the equilibrium of a machine without a queue.
    """
    model = job_model(workload)
    if model.pattern == "campaigns" or model.run_law != "lognormal" or model.size_law != "doublings":
        return _window_campaigns(offer, model, seed, window)
    rate = arrivals_per_hour(offer, model) / SECONDS_PER_HOUR
    before = int(np.ceil(rate * model.wall_limit_hours * SECONDS_PER_HOUR))
    draws = _Draws(seed, window, before, before + offer.jobs, offer.alike)
    gap = draws("arrivals", Generator.standard_exponential) / rate
    submit = np.cumsum(gap) - gap[:before].sum()
    run = np.maximum(run_seconds(model, draws("run times")), 1.0)
    score = draws("requests", Generator.standard_normal)
    request = np.maximum(requested_seconds(model, run, score), 1.0)
    bounds = np.cumsum(size_probabilities(model.mean_gpus))[:-1]
    gpus = _sizes(offer)[np.searchsorted(bounds, draws("sizes"), side="right")]
    tier = np.searchsorted(np.cumsum(offer.tier_share)[:-1], draws("tiers"), side="right")
    passed = np.maximum(-submit, 0.0)
    done = passed * offer.speed_ratio
    kept = (submit >= 0) | (run > done + 1)
    left = np.maximum(run - done, 1.0)
    jobs = Jobs(
        np.floor(np.maximum(submit, 0.0))[kept],
        np.ceil(left)[kept],
        np.ceil(np.maximum(np.maximum(request, run) - passed, left))[kept],
        gpus[kept],
        tier[kept],
        _users(model, tier, draws)[kept] if offer.by_user else np.zeros(0, np.int64),
    )
    return Window(jobs, int(np.count_nonzero(submit[kept] < 0)), (1 - draws("needs"))[kept])


@dataclass(frozen=True)
class _Draws:
    """Random numbers of the jobs of a window by name: `before` of them submitted before it, `total` in all."""

    seed: int
    window: int
    before: int
    total: int
    alike: bool

    def __call__(self, name: str, draw: Callable[[Generator, int], Array] = Generator.random) -> Array:
        """One number a job [job], in the order of submission."""
        inside = stream(self.seed, 0, name, self.window)
        if not self.alike:
            return draw(inside, self.total)
        # counted back from the beginning of the window, so that a larger load only adds to the jobs of long ago
        past = draw(stream(self.seed, 0, f"{name} before", self.window), self.before)[::-1]
        return np.concatenate([past, draw(inside, self.total - self.before)])


def _users(model: JobModel, tier: Integers, draws: _Draws) -> Integers:
    """The user of each job [job], by the same weights as in campaigns."""
    from sim.queue.workload.generator import user_bounds

    bounds = user_bounds(model, draws.seed)
    return np.asarray(tier * bounds.size + np.searchsorted(bounds[:-1], draws("users"), side="right"))


def _window_campaigns(offer: Offer, model: JobModel, seed: int, window: int) -> Window:
    """The same from the generator of whole horizons; the window begins at the midnight after the wall limit.

    Windows begin on different weekdays, so that together they see the whole week.
    """
    # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
    from sim.queue.workload.counter import stream_key, uniforms_at

    opens = int(np.ceil(model.wall_limit_hours / HOURS_PER_DAY) * HOURS_PER_DAY * SECONDS_PER_HOUR)
    chunks = _campaigns(offer, model, seed, window, opens) if offer.gpu_hours_per_hour else []
    if not chunks:
        none = np.zeros(0, np.int64)
        return Window(Jobs(none, none, none, none), 0, np.zeros(0))
    submit, run, request, size, tier, user = (np.concatenate([getattr(c.jobs, n) for c in chunks]) for n in COLUMNS)
    last = np.count_nonzero(submit < opens) + offer.jobs
    passed = np.maximum(opens - submit, 0)
    done = (passed * offer.speed_ratio).astype(np.int64)
    kept = np.flatnonzero((passed == 0) | ((run > done + 1) & (request > passed + 1)))
    kept = kept[kept < last]
    jobs = Jobs(
        np.maximum(submit - opens, 0)[kept],
        np.maximum(run - done, 1)[kept],
        np.maximum(request - passed, 1)[kept],
        size[kept],
        tier[kept],
        user[kept],
    )
    uniform = 1 - uniforms_at(stream_key(seed, NEED, window), np.concatenate([c.campaign for c in chunks])[kept])
    return Window(jobs, int(np.count_nonzero(submit[kept] < opens)), uniform)


def _campaigns(offer: Offer, model: JobModel, seed: int, window: int, opens: int) -> list[Arrivals]:
    """Chunks of jobs of a horizon that is long enough for the offer's jobs after second `opens`."""
    from sim.queue.workload.generator import generate
    from sim.queue.workload.rates import Demand

    gpus = offer.gpus or max(int(np.ceil(offer.gpu_hours_per_hour)), 1)
    hours = int(np.ceil(np.float64(offer.jobs) / arrivals_per_hour(offer, model)))
    while True:
        hours = 2 * hours + opens // int(SECONDS_PER_HOUR)
        demand = Demand(gpus, hours, np.array([offer.gpu_hours_per_hour]), offer.tier_share, first_day=2 * window)
        chunks = _until(generate(demand, model, seed, window), opens, offer.jobs)
        if sum(int(np.count_nonzero(chunk.jobs.submit_seconds >= opens)) for chunk in chunks) >= offer.jobs:
            return chunks


def _until(chunks: Iterator[Arrivals], opens: int, jobs: int) -> list[Arrivals]:
    """Chunks until `jobs` jobs have been submitted from second `opens` on."""
    taken = []
    for chunk in chunks:
        taken.append(chunk)
        jobs -= int(np.count_nonzero(chunk.jobs.submit_seconds >= opens))
        if jobs <= 0:
            break
    return taken


def window_months(result: OptionResult, windows: int) -> list[int]:
    """Months in which windows begin: spread evenly over the months in which the machine serves.

    Further windows leave the months of the first ones as they are.
    """
    used = result.allocation.used.get(PROVIDER)
    serving = np.flatnonzero(used[0] > 0) if used is not None else np.array([], dtype=np.int64)
    if serving.size == 0:
        return []
    places = (0.5 + GOLDEN * np.arange(windows)) % 1 * serving.size
    return [int(serving[int(place)]) for place in places]


class Windows(Work):
    """The windows of one option."""

    def __init__(self, result: OptionResult, seed: int) -> None:
        """Without faults so far."""
        super().__init__(result, seed)
        self.faults: list[str] = []

    def row(self, month: int, number: int) -> Row:
        """Statistics of one window: the machine and the allocations of that month, as the money left them."""
        world, machine = self.world, self.machine.in_month(month)
        gpus, speed = int(machine.total_gpus[0]), float(machine.speed_ratio[0])
        offer = Offer(
            float(self.load[month]),
            self.tiers[month],
            int(world.queue.window_jobs * (1 + world.queue.warm_up_share)),
            self.machine.largest_pool,
            speed,
            by_user=world.queue.discipline == "multifactor",
            alike=True,
        )
        window = window_arrivals(offer, world.workload, self.seed, number)
        jobs = replace(window.jobs, pools=machine.allowed(window.jobs, self._needs(window, month), 0))
        last = int(jobs.submit_seconds[-1]) if len(jobs) else 0
        hours = last / SECONDS_PER_HOUR + world.workload.wall_limit_hours
        rate, repair = world.reliability.interruptions_per_gpu_hour, world.reliability.repair_hours
        failures = machine.split(window_failures(gpus, hours, rate, repair, self.seed, number))
        schedule = simulate(jobs, pools=machine.pools(), rules=self.rules, failures=failures)
        self._check(schedule, month)
        first = window.running + int(world.queue.window_jobs * world.queue.warm_up_share)
        share = self.load[month] / (gpus * speed)
        row: Row = {"month": month, "gpus": gpus, "offered_share": share, **statistics(jobs, schedule, first)}
        return row | {"course": course(schedule, window.running)}

    def _needs(self, window: Window, month: int) -> Integers:
        """The oldest design month that each job accepts [job]."""
        gate = float(self.world.demand.new_only_share_per_year)
        if gate <= 0:
            return np.zeros(len(window.jobs), np.int64)
        oldest = np.minimum(window.uniform * (MONTHS_PER_YEAR / gate), float(np.iinfo(np.int32).max))
        return np.asarray(np.maximum(np.ceil(month - oldest), 0), np.int64)

    def _check(self, schedule: Schedule, month: int) -> None:
        """Note a fault where Little's law does not hold to the second."""
        try:
            check_little(schedule, 0, max(int(schedule.submit_seconds[-1]) if len(schedule.submit_seconds) else 1, 1))
        except ValueError as fault:
            self.faults.append(f"{fault} (window of month {month})")


def statistics(jobs: Jobs, schedule: Schedule, first: int) -> Row:
    """Statistics of the measured jobs: those submitted after the warm-up that the machine could hold."""
    measured = np.flatnonzero(schedule.started)
    measured = measured[measured >= first]
    wait = schedule.wait_seconds[measured]
    hours = wait / SECONDS_PER_HOUR
    tier = jobs.tier[measured]
    until = int(jobs.submit_seconds[-1]) if len(jobs) else 0
    held = used_gpu_seconds(schedule, int(schedule.end_seconds.max()) + 1) if len(jobs) else 0
    lost = float((schedule.lost_seconds * schedule.held_gpus).sum())

    def by_tier(share: float) -> Array:
        tiers = (hours[tier == number] for number in range(len(TIERS)))
        return np.array([np.quantile(waits, share) if waits.size else np.nan for waits in tiers])

    ran = schedule.end_seconds[measured] - schedule.start_seconds[measured]
    return {
        "jobs": float(measured.size),
        "median": float(np.median(hours)) if hours.size else np.nan,
        "p95": float(np.quantile(hours, 0.95)) if hours.size else np.nan,
        "mean": float(hours.mean()) if hours.size else np.nan,
        "slowdown": float(bounded_slowdown(wait, ran, SLOWDOWN_BOUND_SECONDS).mean()) if hours.size else np.nan,
        "used": utilisation(schedule, until),
        "kept": 1 - lost / held if held else np.nan,
        "refused": float(schedule.rejected[first:].mean()) if len(jobs) > first else 0.0,
        "tier_median": by_tier(0.5),
        "tier_p95": by_tier(0.95),
    }


def course(schedule: Schedule, running: int) -> Array:
    """Mean wait in each of equal segments of a window, warm-up and all [segment], seconds; 0 where no job started."""
    started = schedule.started[running:]
    wait = np.where(started, schedule.wait_seconds[running:], 0)
    segment = np.arange(wait.size) * SEGMENTS // max(wait.size, 1)
    jobs = np.bincount(segment, started, SEGMENTS)
    return np.asarray(np.bincount(segment, wait, SEGMENTS) / np.maximum(jobs, 1))
