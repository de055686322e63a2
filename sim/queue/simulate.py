"""One machine from its first job to its last: the queue on a clock of its own, with its deliveries and failures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np
from simpy import Environment

from sim.queue.disciplines.rules import Rules
from sim.queue.engines import Engine, open_queue
from sim.queue.jobs import Failures, Jobs
from sim.queue.pools import Pool
from sim.queue.scheduler.events import schedule_action
from sim.queue.schedules import Schedule

Step = tuple[int, int] | tuple[int, int, int]
"""(second, GPUs delivered or, if negative, retired) in pool 0, or the same and the pool."""


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
    engine: see `engines`; it changes how long this takes and nothing else.

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
