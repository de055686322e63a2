"""A log replayed: the same jobs, submitted at the same seconds, on a machine with rules of your choice."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, format_number, short_repr
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Estimates, Rules, choice_faults
from sim.queue.jobs import Jobs
from sim.queue.logs.log import Log
from sim.queue.logs.problems import MOST_LINES, LogError
from sim.queue.schedules import Schedule, bounded_slowdown
from sim.queue.simulate import Engine, simulate

TAU_SECONDS = 10
"""Run times below it count as that long in the bounded slowdown: the 10 s of Feitelson and Rudolph (1998, JSSPP)."""

MOST_TIMES = 1_000  # the request
_TIMES = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*x", re.IGNORECASE)


@dataclass(frozen=True, eq=False)
class Replay:
    """What became of the jobs of a log.

    jobs, schedule: as the queue took them and what it made of them; entry [job] of every array is that of the log.
    rules: what was asked for, as keywords of `simulate`. tau_seconds: of the bounded slowdown.
    """

    log: Log
    gpus: int
    jobs: Jobs
    schedule: Schedule
    rules: dict[str, Any]
    tau_seconds: int = TAU_SECONDS

    @property
    def start_seconds(self) -> NDArray[np.int64]:
        """Start [job] on the log's clock."""
        return self.schedule.first_start_seconds

    @property
    def end_seconds(self) -> NDArray[np.int64]:
        """End [job] on the log's clock."""
        return self.schedule.end_seconds

    @property
    def utilisation(self) -> float:
        """GPU-seconds that jobs held, over those there are from the first submission to the last end."""
        # in floats, for GPU-seconds of a long log of a large machine are beyond int64
        seconds = (self.end_seconds - self.start_seconds).astype(np.float64)
        return float(np.dot(seconds, self.schedule.held_gpus)) / (self.gpus * self.makespan_seconds)

    @property
    def makespan_seconds(self) -> int:
        """Seconds from the first submission to the last end."""
        return int(self.end_seconds.max() - self.log.submit_seconds[0])

    def summary(self) -> dict[str, float]:
        """Jobs, GPUs, offered load, waits, bounded slowdown and utilisation; fragmentation where jobs are packed."""
        wait, packed = self.schedule.wait_seconds, self.rules.get("placement") == "best_fit"
        return {
            "jobs": len(self.log),
            "gpus": self.gpus,
            "span_seconds": self.log.span_seconds,
            "makespan_seconds": self.makespan_seconds,
            "offered_load": self.log.offered_load(self.gpus),
            **_of_waits(wait, self.jobs.run_seconds, self.tau_seconds),
            "utilisation": self.utilisation,
            **({"fragmentation": self.schedule.fragmentation} if packed else {}),
        }

    def observed(self) -> dict[str, float]:
        """The same of what happened in fact, over the jobs whose start the log gives; `jobs` is their number."""
        known = self.log.start_seconds >= 0
        if not known.any():
            return {"jobs": 0}
        wait, run = self.log.wait_seconds[known], self.log.run_seconds[known]
        return {"jobs": int(known.sum()), **_of_waits(wait, run, self.tau_seconds)}


def _of_waits(wait: NDArray[np.int64], run: NDArray[np.int64], tau_seconds: int) -> dict[str, float]:
    """Statistics of waits."""
    median, p95 = np.quantile(wait, (0.5, 0.95))
    return {
        "wait_mean_seconds": float(wait.mean()),
        "wait_median_seconds": float(median),
        "wait_p95_seconds": float(p95),
        "bounded_slowdown_mean": float(bounded_slowdown(wait, run, tau_seconds).mean()),
    }


def times_requested(estimates: str) -> tuple[str, Fraction]:
    """(estimates as the queue knows them, multiple of the request) out of `requested`, `actual`, or `2x`.

    >>> times_requested("actual"), times_requested("2x"), times_requested("1.5X")
    (('actual', Fraction(1, 1)), ('requested', Fraction(2, 1)), ('requested', Fraction(3, 2)))
    """
    found = _TIMES.fullmatch(estimates.strip())
    if not found and estimates not in get_args(Estimates):
        allowed = "must be requested, actual, or a multiple of the request such as 2x"
        raise LogError("--estimates", [f"{short_repr(estimates)}: {allowed}"])
    if not found:
        return estimates, Fraction(1)
    times = Fraction(found[1])
    if not 1 <= times <= MOST_TIMES:
        raise LogError(
            "--estimates", [f"{short_repr(estimates)}: must be 1x to {format_number(MOST_TIMES)}x the request"]
        )
    return "requested", times


def checked_rules(**rules: Any) -> dict[str, Any]:
    """The keywords of `simulate` that are given (not None), with `estimates` as the queue knows them; else LogError."""
    given = {name: value for name, value in rules.items() if value is not None}
    known = {name: value for name, value in given.items() if name != "engine"}
    faults = choice_faults("engine", given["engine"], get_args(Engine)) if "engine" in given else []
    if "estimates" in given:
        known["estimates"] = times_requested(given["estimates"])[0]
    try:
        Rules(**known)
    except ValueError as error:
        raise LogError("replay", [*faults, str(error).removeprefix("queue rules refused: ")]) from None
    if faults:
        raise LogError("replay", faults)
    return given


def replay(log: Log, gpus: int | None = None, *, tau_seconds: int = TAU_SECONDS, **rules: Any) -> Replay:
    """Run the jobs of a log through the queue.

    gpus: size of the machine; None takes the log's own. rules: `discipline` and the other keywords of `Rules`, and the
    `engine` of `simulate`; `estimates` may also be a multiple of the request, such as `2x`. LogError where a name is
    unknown, or the machine too small for a job.
    """
    given = checked_rules(**rules)
    size = gpus or log.machine_gpus
    largest = int(log.gpus.max(initial=0))
    if not size:
        held = f"its largest job holds {format_number(largest)} GPUs"
        raise LogError(log.source, [f"--gpus: the log does not give the size of the machine; {held}"])
    if largest > size:
        many = int((log.gpus > size).sum())
        raise LogError(
            log.source,
            [f"{format_number(many)} jobs hold more than {format_number(size)} GPUs, up to {format_number(largest)}"],
        )
    if tau_seconds < 1:
        raise LogError("--tau", [f"{tau_seconds}: must be at least 1 second"])
    if not len(log):
        raise LogError(log.source, ["no job is left to replay"])
    jobs, keywords = log.jobs(), dict(given)
    if "estimates" in given:
        keywords["estimates"], times = times_requested(given["estimates"])
        if times > 1:
            # in whole numbers, rounded up: 1.1 times 10 seconds are 11, and no float says so
            request = -(-jobs.request_seconds * times.numerator // times.denominator)
            jobs = Jobs(jobs.submit_seconds, jobs.run_seconds, request, jobs.gpus, user=jobs.user)
    if given.get("discipline") == "multifactor":
        priority = keywords.get("priority") or Priority()
        keywords["priority"] = dataclasses.replace(priority, accounts=tuple(log.users()[1].tolist()), largest_gpus=size)
    try:
        schedule = simulate(jobs, size, **keywords)
    except ValueError as error:
        raise LogError("replay", [str(error)]) from None
    if not schedule.ended.all():
        never = log.id[~schedule.ended]
        first = ", ".join(escape(str(name)) for name in never[:MOST_LINES])
        fault = f"{format_number(len(never))} jobs fit nowhere on {format_number(size)} GPUs with these rules: {first}"
        raise LogError(log.source, [fault + (", ..." if len(never) > MOST_LINES else "")])
    return Replay(log, size, jobs, schedule, given, tau_seconds)
