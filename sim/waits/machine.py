"""The public machine as the queue meets it: a pool for each generation in service, who may use it, its rules, failures.

A later generation is as many times faster as the cost core says that its accelerators do more. Run times are those on
the slowest generation in service: run times of published logs from 1996 to 2023 show no fall while machines became a
thousand times faster, for people bring larger jobs. `workload.shorter_share` of the speed makes jobs shorter instead.

Node failures are Poisson in time and anywhere on a machine, each node away until it is repaired. All of them are known
before the queue runs, so that they are the same under every option.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from math import inf

import numpy as np
from numpy.random import Generator

from sim.costs.queueing import used_share
from sim.costs.result import OptionResult
from sim.mechanisms.demand import TIERS, runnable_share
from sim.mechanisms.hardware import performance
from sim.mechanisms.reliability import Reliability, checkpoint_interval_hours, mean_hours_between_interruptions
from sim.mechanisms.workload import Workload, gpu_hours_by_size, job_model
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Failures, Integers, Jobs, Reals
from sim.queue.pools import ANY, BASE_SPEED, NEVER, Admission, Pool, allowed_pools
from sim.streams import stream
from sim.units import GPUS_PER_NODE, HOURS_PER_MONTH, MINUTES_PER_HOUR, MONTHS_PER_YEAR, SECONDS_PER_HOUR

MONTH_SECONDS = int(HOURS_PER_MONTH * SECONDS_PER_HOUR)
PROVIDER = "cluster"
NOBODY_HOURS = 1e6  # of backlog, from which on nobody is put off; as in `queue.workload.patience`


@dataclass(frozen=True, eq=False)
class Machine:
    """The generations of a machine over the horizon, oldest design first, as the central case has them.

    gpus [month, pool]: whole nodes in service, planned outages taken off; reserves for short jobs follow the others.
    speed [pool]: thousandths of the base generation's.
    design_month [pool]: month in which the design was frozen; a job that needs a later one is rejected.
    short [pool]: whether the pool is a reserve for short and small jobs.
    """

    gpus: Integers
    speed: Integers
    design_month: Integers
    short: Array
    world: World

    @staticmethod
    def of(result: OptionResult) -> Machine:
        """The machine that the money of the central case buys."""
        world = result.context.world.at(0)
        if result.in_service is None or result.vintage_years is None or not result.in_service[0].any():
            none = np.zeros(0, np.int64)
            return Machine(np.zeros((0, 0), np.int64), none, none, np.zeros(0), world)
        years = np.asarray(result.vintage_years[0], dtype=np.float64)
        serving = np.asarray(result.in_service[0], dtype=np.float64)
        if result.vendors is not None:
            serving = serving * result.vendors.busy[0]  # a second vendor's machines that no code runs on take no job
        order = [cohort for cohort in np.argsort(years, kind="stable") if serving[cohort].any()]
        up = np.cumsum(serving[order].T * (1 - world.reliability.planned_outage_share), axis=1)
        total = (up / GPUS_PER_NODE).astype(np.int64)  # rounded once for the whole machine, which has a node at least
        total[:, -1] = np.where(up[:, -1] > 0, np.maximum(total[:, -1], 1), 0)
        nodes = np.asarray(np.diff(total, axis=1, prepend=0), np.int64)
        speed = np.round(BASE_SPEED * performance(years[order], world.hardware.doubling_years)).astype(np.int64)
        design = np.floor(years[order] * MONTHS_PER_YEAR + np.finfo(np.float32).eps).astype(np.int64)
        machine = Machine(GPUS_PER_NODE * nodes, speed, design, np.zeros(len(order)), world)
        return machine.with_reserve(float(world.queue.interactive_share))

    def with_reserve(self, share: float) -> Machine:
        """The same machine with this part of the nodes of each generation kept for short and small jobs."""
        count = int((self.short == 0).sum())
        nodes = self.gpus.reshape(len(self.gpus), -1, count).sum(axis=1) // GPUS_PER_NODE
        kept = np.round(nodes * share).astype(np.int64)
        gpus, times = GPUS_PER_NODE * (nodes - kept), 1
        if kept.any():
            gpus, times = np.concatenate([gpus, GPUS_PER_NODE * kept], axis=1), 2
        speed, design = (np.tile(column[:count], times) for column in (self.speed, self.design_month))
        return Machine(gpus, speed, design, np.repeat([0.0, 1.0][:times], count), self.world)

    def enlarged(self, more: float) -> Machine:
        """The machine with `more` times its GPUs added to every pool, whole nodes that are rounded up."""
        nodes = np.cumsum(self.gpus, axis=1) // GPUS_PER_NODE * (1 + more)
        # a product such as 1.1 x 10 is a hair above the whole number
        whole = np.ceil(np.round(nodes, 6)).astype(np.int64)
        return replace(self, gpus=GPUS_PER_NODE * np.diff(whole, axis=1, prepend=0))

    def at_most(self, most_gpus: float) -> Machine:
        """The machine, or a part of it: every pool smaller by one ratio, so that it never has more GPUs."""
        ratio = most_gpus / max(float(self.total_gpus.max(initial=0)), 1.0)
        if ratio >= 1:
            return self
        nodes = np.maximum(np.round(self.gpus * ratio / GPUS_PER_NODE), 1) * (self.gpus > 0)
        return replace(self, gpus=GPUS_PER_NODE * nodes.astype(np.int64))

    def in_month(self, month: int) -> Machine:
        """The machine of one month: its pools in service and no others."""
        used = np.flatnonzero(self.gpus[month])
        gpus = self.gpus[month : month + 1, used]
        return Machine(gpus, self.speed[used], self.design_month[used], self.short[used], self.world)

    @cached_property
    def total_gpus(self) -> Integers:
        """GPUs in service [month]."""
        return np.asarray(self.gpus.sum(axis=1))

    @cached_property
    def speed_ratio(self) -> Array:
        """Mean speed of the GPUs in service over the base's [month]; 1 where there are none."""
        total = np.maximum(self.total_gpus, 1)
        return np.asarray(np.where(self.total_gpus > 0, self.gpus @ self.speed / (total * BASE_SPEED), 1.0))

    @cached_property
    def reference(self) -> Array:
        """Speed of a GPU on which jobs run as long as the workload says, over the base's [month]; 1 without GPUs."""
        slowest = np.where(self.gpus > 0, self.speed, NEVER).min(axis=1, initial=NEVER)
        kept = 1 - float(self.world.workload.shorter_share)
        return np.asarray(np.where(slowest < NEVER, slowest / BASE_SPEED, 1.0) ** kept)

    @cached_property
    def runnable(self) -> Array:
        """Share of the jobs that the newest design in service can run [month]."""
        month = np.arange(len(self.gpus))
        newest = np.where(self.gpus > 0, self.design_month, -1).max(axis=1, initial=-1)
        age_years = np.where(newest >= 0, month - newest, 0) / MONTHS_PER_YEAR
        return runnable_share(age_years, self.world.demand.new_only_share_per_year)

    @cached_property
    def largest_pool(self) -> int:
        """GPUs of the largest pool that it ever has."""
        return int(self.gpus.max(initial=0))

    def pools(self) -> list[Pool]:
        """The pools of the first month as the queue knows them, in service for good; speeds over the reference."""
        speeds = np.maximum(np.round(self.speed / self.reference[0]), 1).astype(np.int64)
        return [Pool(gpus, speed) for gpus, speed in zip(self.gpus[0].tolist(), speeds.tolist(), strict=True)]

    def allowed(self, jobs: Jobs, least_design_month: Integers, month: int) -> Integers:
        """Bit mask [job] of the pools in service that jobs of a month may use; 0 where all are too old or too small."""
        queue, gpus = self.world.queue, self.gpus[month]
        longest, most = int(queue.interactive_hours * SECONDS_PER_HOUR), int(queue.interactive_gpus)
        admissions = [
            Admission(int(design), ANY, longest if short else NEVER, min(most, int(size)) if short else int(size))
            for design, size, short in zip(self.design_month, gpus, self.short, strict=True)
        ]
        anywhere = np.full(len(jobs), ANY)
        return allowed_pools(jobs.gpus, jobs.request_seconds, least_design_month, anywhere, admissions)

    def split(self, failures: Failures) -> Failures:
        """Failures anywhere on the machine of the first month as failures of its pools: place counts GPUs."""
        ends = np.cumsum(self.gpus[0])
        place = failures.uniform * ends[-1]
        pool = np.searchsorted(ends[:-1], place, side="right")
        size = np.maximum(self.gpus[0][pool], 1)
        within = np.clip((place - (ends[pool] - size)) / size, 0, 1 - np.finfo(float).epsneg)
        if len(ends) == 1:
            within = failures.uniform
        return Failures(failures.at_seconds, within, failures.repair_seconds, pool)


class Work:
    """A machine with what is asked of it, which all replications of an option have in common."""

    def __init__(self, result: OptionResult, seed: int, most_gpus: float = inf) -> None:
        """The machine of the central case, its rules, the load offered [month] and the tiers' parts of it.

        most_gpus: a larger machine is taken as a part of it, with its part of the jobs.
        """
        self.seed = seed
        self.machine = Machine.of(result).at_most(most_gpus)
        self.world = self.machine.world
        self.offered_share = offered_share(result, self.machine)
        # GPU-hours at the reference speed that groups bring in each hour [month]
        self.load = self.offered_share * self.machine.total_gpus * self.machine.speed_ratio / self.machine.reference
        self.tiers = tier_shares(result)
        self.rules = rules(self.world, self.machine)


def offered_share(result: OptionResult, machine: Machine) -> Array:
    """GPU-hours that groups bring over those in service [month], so that the machine is as full as it is used.

    What a backlog puts off comes on top, by the response surface; so do jobs that no design in service can run.
    """
    assert result.fullness is not None
    packed = result.fullness.packed
    held = used_share(result)[:1] / packed
    patient = float(machine.world.workload.backlog_hours) >= NOBODY_HOURS
    load = packed * (held if patient else result.fullness.first().curves.load_for(held))
    kept = machine.runnable
    return np.asarray(np.divide(load[0], kept, out=np.zeros_like(kept), where=kept > 0))


def tier_shares(result: OptionResult) -> Array:
    """Parts of the hours that go to each tier [month, tier]; even where there are none."""
    tiers = np.asarray(result.allocation.public[0], dtype=np.float64)
    total = tiers.sum(axis=1, keepdims=True)
    even = np.full_like(tiers, 1 / len(TIERS))
    return np.asarray(np.divide(tiers, total, out=even, where=total > 0))


def rules(world: World, machine: Machine) -> Rules:
    """The queue's rules in a world."""
    queue = world.queue
    return Rules(
        discipline=queue.discipline,  # type: ignore[arg-type]
        backfill_scan=queue.backfill_scan,  # type: ignore[arg-type]
        order=queue.event_order,  # type: ignore[arg-type]
        placement=queue.placement,  # type: ignore[arg-type]
        backfill_depth=int(queue.backfill_depth),
        checkpoint_seconds=checkpoint_seconds(world.workload, world.reliability),
        priority=_priority(world, machine) if queue.discipline == "multifactor" else None,
    )


def _priority(world: World, machine: Machine) -> Priority:
    """Weights and times of a scenario, with the accounts of the workload's users."""
    from sim.queue.workload.generator import accounts_of

    queue = world.queue
    return Priority(
        age_weight=int(queue.age_weight),
        fair_share_weight=int(queue.fair_share_weight),
        size_weight=int(queue.size_weight),
        longest_age_seconds=max(int(queue.longest_age_hours * SECONDS_PER_HOUR), 1),
        half_life_seconds=max(int(queue.half_life_hours * SECONDS_PER_HOUR), 1),
        period_seconds=max(int(queue.recount_minutes * SECONDS_PER_HOUR / MINUTES_PER_HOUR), 1),
        largest_gpus=max(int(machine.total_gpus.max()), 1),
        qos_points=tuple(int(points) for points in queue.qos_points),
        accounts=tuple(accounts_of(job_model(world.workload), len(TIERS)).tolist()),
    )


def checkpoint_seconds(workload: Workload, reliability: Reliability) -> int:
    """Young's interval for a job of the GPU-hour-weighted mean size, whole seconds."""
    sizes, weights = gpu_hours_by_size(workload)
    mean_gpus = float((weights * sizes).sum())
    mtbf = mean_hours_between_interruptions(mean_gpus, reliability.interruptions_per_gpu_hour)
    interval = float(checkpoint_interval_hours(mtbf, reliability.checkpoint_seconds / SECONDS_PER_HOUR))
    return max(int(min(interval, workload.wall_limit_hours) * SECONDS_PER_HOUR), 1)


def window_failures(
    gpus: int, hours: float, rate_per_gpu_hour: float, repair_hours: float, seed: int, window: int
) -> Failures:
    """Node failures of a machine of `gpus` over a window, in order of time."""
    mean = gpus * hours * rate_per_gpu_hour
    gaps = _exponentials(stream(seed, 0, "node failures", window), mean)
    at_seconds = _within(np.cumsum(gaps) * (hours / mean) if mean > 0 else gaps[:0], hours)
    uniform = stream(seed, 0, "failed nodes", window).random(at_seconds.size)
    return Failures(at_seconds, uniform, np.full(at_seconds.size, round(repair_hours * SECONDS_PER_HOUR)))


def pool_failures(
    gpus: int, hours: float, rate_per_gpu_hour: float, repair_hours: float, pool: int, seed: int, replication: int = 0
) -> Failures:
    """Node failures of pool number `pool` over `hours`, in order of time.

    The n-th failure hits the same place under every option; a larger pool or rate brings it sooner.
    """
    # The compiler takes longer to load than most commands take to run: it is loaded by those who need it.
    from sim.queue.workload.counter import stream_key, uniforms_at

    per_hour = gpus * rate_per_gpu_hour
    gaps = _exponentials(stream(seed, 0, f"pool {pool}.replacements", replication), per_hour * hours)
    at_seconds = _within(np.cumsum(gaps) / per_hour if per_hour > 0 else gaps[:0], hours)
    number = np.arange(at_seconds.size)
    uniform = uniforms_at(stream_key(seed, f"pool {pool}.broken", replication), number)
    repair_seconds = max(round(repair_hours * SECONDS_PER_HOUR), 1)
    return Failures(at_seconds, uniform, np.full(number.size, repair_seconds), np.full(number.size, pool))


def _exponentials(generator: Generator, mean: float) -> Reals:
    """Exponential variates of mean 1, enough of them for a Poisson process with so many events on average."""
    return generator.standard_exponential(int(mean + 10 * np.sqrt(mean) + 10))


def _within(at_hours: Reals, hours: float) -> Integers:
    """The whole seconds of the times before the end."""
    return np.floor(at_hours[at_hours < hours] * SECONDS_PER_HOUR).astype(np.int64)
