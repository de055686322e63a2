"""The response surface of each discipline, and where it says nothing: other jobs, other rules."""

from __future__ import annotations

from dataclasses import fields
from functools import cache

import numpy as np

from sim.mechanisms.workload import Queueing, Workload
from sim.mechanisms.world import World
from sim.queue.surface import AXES, TABLE, Surface
from sim.sources import rows

USUAL = "easy"  # discipline whose surface stands in for one that the table does not hold
# what the surface spans; all else is as declared
FREE = {*AXES, "shorter_share", "interruptions_per_gpu_hour", "repair_hours"}
STEADY = "poisson"  # the pattern without bursts
# what only other rules ask for, or how much is simulated: it does not matter here
ELSEWHERE = {"discipline", "attained", "fidelity", "windows", "most_windows", "most_runs", "most_gpus"}
ELSEWHERE |= {"converged_share"}
ELSEWHERE |= {"window_weeks", "warm_up_weeks", "interactive_hours", "interactive_gpus", "age_weight", "size_weight"}
ELSEWHERE |= {"fair_share_weight", "qos_points", "longest_age_hours", "half_life_hours", "recount_minutes"}
CLOCK = {"pattern", "hour_profile", "weekday_profile"}  # without a meaning where jobs come at a steady rate


@cache
def disciplines() -> tuple[str, ...]:
    """The disciplines that the table holds."""
    return tuple(dict.fromkeys(row["discipline"] for row in rows(TABLE)))


@cache
def surface(discipline: str) -> Surface:
    """The surface of a discipline that the table holds."""
    return Surface([row for row in rows(TABLE) if row["discipline"] == discipline])


def silence(world: World) -> str:
    """Why the surface says nothing of a world, or an empty string."""
    workload, queue = world.workload, world.queue
    if queue.discipline not in disciplines():
        return f"the surface holds {', '.join(disciplines())}, not {queue.discipline}"
    aside = FREE | (CLOCK if workload.pattern == STEADY else set())
    other = [f.name for f in fields(workload) if f.name not in aside and _differs(workload, f.name)]
    other += [f.name for f in fields(queue) if f.name not in ELSEWHERE and _differs(queue, f.name)]
    return f"the surface was made with another {', '.join(other)}" if other else ""


def _differs(group: Workload | Queueing, name: str) -> bool:
    """True where a parameter differs from its declared default, which the surface was made with."""
    return bool(np.any(np.asarray(getattr(group, name) != getattr(type(group)(), name))))
