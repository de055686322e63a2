"""Why every job waits, second by second and in plain loops: what the compiled sweep of `causes` is checked against."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sim.queue.disciplines.rules import Rules
from sim.queue.jobs import Jobs
from sim.queue.pools import Pool
from sim.queue.schedules import Schedule
from sim.queue.simulate import Step


@dataclass
class Second:
    """The pools in one second: GPUs free, GPUs out of service by failures, and who runs, as (job, GPUs), [pool].

    waiting: who waits for the first start and will have one, as (job, GPUs).
    """

    now: int
    free: list[int]
    away: list[int]
    running: list[list[tuple[int, int]]]
    waiting: list[tuple[int, int]]


def look(now: int, schedule: Schedule, pools: Sequence[Pool], steps: Sequence[Step]) -> Second:
    """The pools after all events of a second."""
    running: list[list[tuple[int, int]]] = [[] for _ in pools]
    job, start, end = (column.tolist() for column in schedule.attempts)
    where = [*schedule.interrupted_pool.tolist(), *(p for p in schedule.pool.tolist() if p >= 0)]
    for one, begins, ends, pool in zip(job, start, end, where, strict=True):
        if begins <= now and (ends < 0 or now < ends):
            running[pool].append((one, int(schedule.held_gpus[one])))
    service = [0 for _ in pools]
    records = (schedule.capacity_seconds, schedule.capacity_gpus, schedule.capacity_pool)
    for at, gpus, pool in zip(*(column.tolist() for column in records), strict=True):
        if at <= now:
            service[pool] = gpus
    installed = [pool.gpus for pool in pools]
    for at, change, *number in steps:
        if at <= now:
            installed[number[0] if number else 0] += change
    free = [gpus - sum(held for _, held in inside) for gpus, inside in zip(service, running, strict=True)]
    away = [all_of_it - gpus for all_of_it, gpus in zip(installed, service, strict=True)]
    wait = schedule.started & ~schedule.rejected & (schedule.submit_seconds <= now)
    waiting = [
        (one, int(schedule.held_gpus[one]))
        for one, yes in enumerate((wait & (schedule.first_start_seconds > now)).tolist())
        if yes
    ]
    return Second(now, free, away, running, waiting)


def estimate_seconds(jobs: Jobs, job: int, pool: Pool, rules: Rules) -> int:
    """How long the scheduler thinks that a job that has never run will run in a pool."""
    request, run = int(jobs.request_seconds[job]), int(jobs.run_seconds[job])
    return request if rules.estimates == "requested" else min(request, -(-run * 1000 // pool.speed))


def cause(second: Second, job: int, held: int, jobs: Jobs, pools: Sequence[Pool], rules: Rules) -> str:
    """What a job that holds so many GPUs waits for in a second."""
    allowed = [p for p in range(len(pools)) if int(jobs.pools[job]) >> p & 1]
    fits = [p for p in allowed if second.free[p] >= held]
    in_time = [p for p in fits if second.now + estimate_seconds(jobs, job, pools[p], rules) <= pools[p].retires_seconds]
    if in_time and rules.placement == "best_fit":
        return "shape"
    if in_time:
        return "reservation" if rules.backfills else "order"
    if fits:
        return "outage"
    everywhere = (1 << len(pools)) - 1
    same = int(jobs.pools[job]) & everywhere
    before = sum(gpus for other, gpus in second.waiting if other <= job and int(jobs.pools[other]) & everywhere == same)
    if would_start(second, allowed, held, before, [0] * len(pools)):
        return "outage"
    if sum(max(second.free[p], 0) for p in allowed) >= held:
        return "shape"
    later = [sum(gpus for other, gpus in running if other > job) for running in second.running]
    return "order" if would_start(second, allowed, held, before, later) else "capacity"


def would_start(second: Second, allowed: list[int], held: int, before: int, later: list[int]) -> bool:
    """Whether a job, and those before it, would have room without failed nodes and with these GPUs [pool] given up."""
    room = {p: second.free[p] + later[p] for p in allowed}
    together = sum(max(room[p], 0) + second.away[p] for p in allowed)
    return before <= together and any(room[p] + second.away[p] >= held for p in allowed)


def wait_causes(
    jobs: Jobs, schedule: Schedule, pools: Sequence[Pool], rules: Rules, steps: Sequence[Step]
) -> list[Counter[str]]:
    """Seconds of the first wait of every job by cause [job]."""
    seconds: dict[int, Second] = {}
    found: list[Counter[str]] = []
    for job in range(len(jobs)):
        causes: Counter[str] = Counter()
        if schedule.first_start_seconds[job] >= 0 and not schedule.rejected[job]:
            for now in range(int(schedule.submit_seconds[job]), int(schedule.first_start_seconds[job])):
                if now not in seconds:
                    seconds[now] = look(now, schedule, pools, steps)
                held = int(schedule.held_gpus[job])
                causes[cause(seconds[now], job, held, jobs, pools, rules)] += 1
        found.append(causes)
    return found
