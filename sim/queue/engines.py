"""Two queues with one meaning: the plain one that a reader can check, and the compiled one for millions of jobs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, get_args

from simpy import Environment

from sim.queue.disciplines.rules import Rules, unknown_name
from sim.queue.pools import Pool
from sim.queue.scheduler.plain import JobQueue

if TYPE_CHECKING:
    from sim.queue.scheduler.compiled import CompiledQueue

Engine = Literal["auto", "compiled", "plain"]
"""`auto` takes the compiled queue where it pays and can do what the rules ask, else the plain one."""

FEWEST_JOBS = 1 << 11  # below this the plain queue has done its work before compiled code is loaded


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
    faults = unknown_name("engine", engine, get_args(Engine))
    reason = "" if engine == "plain" else why_not_compiled(rules)
    if engine == "compiled" and reason:
        faults.append(f"engine = 'compiled': {reason}; use 'auto'")
    if faults:
        raise ValueError("; ".join(faults))
    if engine == "plain" or reason or (engine == "auto" and jobs < FEWEST_JOBS):
        return JobQueue(env, rules=rules, pools=pools, largest_gpus=largest_gpus)
    from sim.queue.scheduler.compiled import CompiledQueue

    return CompiledQueue(env, rules=rules, pools=pools, largest_gpus=largest_gpus)
