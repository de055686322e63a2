"""One machine from its first job to its last, with its deliveries and failures, in either of two queues.

The two have one meaning: the plain one that a reader can check, and the compiled one for millions of jobs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from simpy import Environment

from sim.queue.disciplines.rules import Rules, choice_faults
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import Pool
from sim.queue.scheduler.events import schedule_action
from sim.queue.scheduler.plain import JobQueue
from sim.queue.schedules import Schedule

if TYPE_CHECKING:
    from sim.queue.scheduler.compiled import CompiledQueue

Engine = Literal["auto", "compiled", "plain"]
"""`auto` takes the compiled queue where it pays and can do what the rules ask, else the plain one."""

FEWEST_JOBS = 1 << 11  # below this the plain queue has done its work before compiled code is loaded

Step = tuple[int, int] | tuple[int, int, int]
"""(second, GPUs delivered or, if negative, retired) in pool 0, or the same and the pool."""


def why_not_compiled(rules: Rules) -> str:
    """The reason for which the compiled queue cannot serve, or an empty string.

    >>> why_not_compiled(Rules(placement="best_fit"))
    "placement = 'best_fit' is served by the plain queue only"
    """
    if rules.placement == "best_fit":
        return f"placement = {rules.placement!r} is served by the plain queue only"
    return ""


def open_queue(
    env: Environment,
    rules: Rules,
    pools: Sequence[Pool],
    largest_gpus: Sequence[int] | None = None,
    engine: Engine = "auto",
    jobs: int = FEWEST_JOBS,
) -> JobQueue | CompiledQueue:
    """A queue attached to `env`; `jobs` is how many are to be expected. ValueError where an engine cannot serve."""
    faults = choice_faults("engine", engine, get_args(Engine))
    reason = "" if engine == "plain" else why_not_compiled(rules)
    if engine == "compiled" and reason:
        faults.append(f"engine = 'compiled': {reason}; use 'auto'")
    if faults:
        raise ValueError("; ".join(faults))
    if engine == "plain" or reason or (engine == "auto" and jobs < FEWEST_JOBS):
        return JobQueue(env, rules=rules, pools=pools, largest_gpus=largest_gpus)
    from sim.queue.scheduler.compiled import CompiledQueue

    return CompiledQueue(env, rules=rules, pools=pools, largest_gpus=largest_gpus)


def largest_from_each(gpus: Sequence[int], changes: Sequence[tuple[int, int]]) -> list[list[int]]:
    """Largest size [pool] in GPUs, from the beginning to the end and from each (change, pool) on.

    >>> largest_from_each([8, 4], [(16, 0), (-20, 0), (1, 1)])
    [[24, 5], [24, 5], [4, 5], [4, 5]]
    """
    steps = np.zeros((len(changes) + 1, len(gpus)), np.int64)
    steps[0] = gpus
    for row, (change, pool) in enumerate(changes, start=1):
        if not 0 <= pool < len(gpus):
            raise ValueError(f"pool = {pool}: must be in 0..{len(gpus) - 1}")
        steps[row, pool] = change
    largest: list[list[int]] = np.maximum.accumulate(np.cumsum(steps, axis=0)[::-1])[::-1].tolist()
    return largest


def simulate(
    jobs: Jobs,
    gpus: int | None = None,
    *,
    pools: Sequence[Pool] | None = None,
    rules: Rules | None = None,
    capacity_steps: Sequence[Step] = (),
    failures: Failures | None = None,
    engine: Engine = "auto",
    **options: Any,
) -> Schedule:
    """The schedule of `jobs` on a machine that begins with `gpus` GPUs, or with `pools`.

    rules, options: how the queue is treated; options are fields of `Rules` and take the place of those of `rules`.
    capacity_steps: (seconds, GPUs delivered or, if negative, retired), with the pool as a third entry if it is not 0.
    failures: node failures; within one second they follow the capacity steps, and repairs follow both.
    engine: see `Engine`; it changes how long this takes and nothing else.

    The second job wants the whole node, the third is short enough to backfill:
    >>> simulate(Jobs([0, 10, 20], [100, 50, 30], [120, 60, 30], [4, 8, 4]), gpus=8).wait_seconds
    array([ 0, 90,  0])
    """
    if (gpus is None) == (pools is None):
        raise ValueError(f"gpus = {gpus} and pools = {pools}: exactly one of them must be given")
    rules, env = replace(rules or Rules(), **options), Environment()
    pools = [Pool(gpus or 0)] if pools is None else pools
    steps = sorted(((at, change, pool[0] if pool else 0) for at, change, *pool in capacity_steps), key=lambda s: s[0])
    bounds = largest_from_each([pool.gpus for pool in pools], [(change, pool) for _, change, pool in steps])
    queue = open_queue(env, rules, pools, bounds[0], engine, len(jobs))
    queue.submit(jobs)
    for (at, change, pool), bound in zip(steps, bounds[1:], strict=True):
        schedule_action(env, at, partial(queue.change_capacity, change, pool, largest_gpus=bound))
    for at, uniform, repair_seconds, pool in failures or ():
        schedule_action(env, at, partial(queue.fail_node, uniform, repair_seconds, pool))
    queue.finish()
    return queue.schedule()
