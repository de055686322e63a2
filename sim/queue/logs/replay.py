"""A log replayed: the same jobs, submitted at the same seconds, on a machine with rules of your choice."""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, format_amount, format_number, short_repr
from sim.queue.disciplines.priority import Priority
from sim.queue.disciplines.rules import Estimates, Rules, choice_faults
from sim.queue.jobs import Jobs
from sim.queue.logs.effects import in_force, refuse_idle, unknown_rules
from sim.queue.logs.fitting import NOTHING, LeftOut, fitting, machine_size
from sim.queue.logs.log import Log
from sim.queue.logs.problems import MOST_LINES, LogError
from sim.queue.logs.users import noting_users
from sim.queue.schedules import Schedule, bounded_slowdown
from sim.queue.simulate import Engine, simulate

TAU_SECONDS = 10
"""Run times below it count as that long in the bounded slowdown: the 10 s of Feitelson and Rudolph (1998, JSSPP)."""

HALVES, GROWTH, GROWN_SECONDS = 100, 2, 3_600  # jobs from which halves are compared; by how much the later one waits
SPAN_SHARE, LONG_SECONDS = 0.05, 86_400  # of the log that a mean wait may be, and from how long on it is looked at
MOST_TIMES = 1_000  # the request
_TIMES = re.compile(r"(\d{1,4}(?:\.\d{1,4})?)\s*x", re.IGNORECASE)


@dataclass(frozen=True, eq=False, repr=False)
class Replay:
    """What became of the jobs of a log.

    log: the jobs that fit on the machine. jobs, schedule: as the queue took them and what it made of them; entry [job]
    of every array is that of the log. rules: what was asked for and is in force, as keywords of `simulate`.
    tau_seconds: of the bounded slowdown. left_out: what the machine is too small for.
    """

    log: Log
    gpus: int
    jobs: Jobs
    schedule: Schedule
    rules: dict[str, Any]
    tau_seconds: int = TAU_SECONDS
    left_out: LeftOut = NOTHING

    def __repr__(self) -> str:
        """The replay in a short line."""
        return f"<Replay on {format_amount(self.gpus, 'GPU')}: {self.log!r}>"

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
        """Jobs, GPUs, offered load, waits, bounded slowdown, utilisation, and what does not fit on the machine.

        Fragmentation where jobs are packed.
        """
        wait, packed = self.schedule.wait_seconds, self.rules.get("placement") == "best_fit"
        load = self.log.offered_load(self.gpus)
        return {
            "jobs": len(self.log),
            "gpus": self.gpus,
            "span_seconds": self.log.span_seconds,
            "makespan_seconds": self.makespan_seconds,
            "offered_load": load,
            "overloaded": overloaded(load, wait, self.log.span_seconds),
            **of_waits(wait, self.jobs.run_seconds, self.tau_seconds),
            "utilisation": self.utilisation,
            **self.left_out.numbers(),
            **({"fragmentation": self.schedule.fragmentation} if packed else {}),
        }

    def observed(self) -> dict[str, float]:
        """The same of what happened in fact, see `observed`."""
        return observed(self.log, self.tau_seconds)


def observed(log: Log, tau_seconds: int = TAU_SECONDS) -> dict[str, float]:
    """Waits and slowdown by the log itself, over the jobs whose start it records; `jobs` is their number."""
    known = log.start_seconds >= 0
    if not known.any():
        return {"jobs": 0}
    return {"jobs": int(known.sum()), **of_waits(log.wait_seconds[known], log.run_seconds[known], tau_seconds)}


def overloaded(offered_load: float, wait: NDArray[np.int64], span_seconds: int) -> bool:
    """Whether work comes faster than a machine does it, by the waits [job] in order of submission.

    Then waits grow for as long as the log is. One sign is an offered load of at least 1. A policy that leaves GPUs idle
    is behind before: the later half of (100 or more) jobs waits over an hour in the mean, and more than twice as long
    as the earlier; or all wait more than a day in the mean, and than a twentieth of the time of all submissions.

    >>> overloaded(0.7, np.arange(200) * 60, 10**6), overloaded(0.7, np.full(200, 7_200), 10**6)
    (True, False)
    """
    earlier, later = (float(half.mean()) for half in np.array_split(wait, 2)) if len(wait) >= HALVES else (0.0, 0.0)
    growing = later > max(GROWTH * earlier, GROWN_SECONDS)
    return offered_load >= 1 or growing or float(wait.mean()) > max(SPAN_SHARE * span_seconds, LONG_SECONDS)


def of_waits(wait: NDArray[np.int64], run: NDArray[np.int64], tau_seconds: int) -> dict[str, float]:
    """Mean, median and 95th percentile of waits [job], and the mean bounded slowdown; at least one job."""
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
    """The keywords of `simulate` that are given (not None); LogError where one is unknown or would change nothing."""
    if wrong := unknown_rules(rules):
        raise LogError("replay", wrong)
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
    refuse_idle(given)
    return given


def replay(log: Log, gpus: int | None = None, *, tau_seconds: int = TAU_SECONDS, **rules: Any) -> Replay:
    """Run the jobs of a log through the queue.

    gpus: size of the machine; larger jobs are left out. None takes the log's own. rules: `discipline` and the other
    keywords of `Rules`, and the `engine` of `simulate`; `estimates` may also be a multiple of the request, such as
    `2x`. LogError where a name is unknown, where a rule that is no default would change nothing (see `effects`), or the
    machine is too small for every job.
    """
    given = checked_rules(**rules)
    size = machine_size(log, gpus)
    if tau_seconds < 1:
        raise LogError("--tau", [f"{tau_seconds}: must be at least 1 second"])
    if not len(log):
        raise LogError(log.source, ["no job is left to replay"])
    log = noting_users(log, [given.get("discipline", "")], given.get("priority"))
    log, left_out = fitting(log, size)
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
        fault = f"{len(never):,} jobs fit nowhere on {size:,} GPUs with these rules: {first}"
        raise LogError(log.source, [fault + (", ..." if len(never) > MOST_LINES else "")])
    return Replay(log, size, jobs, schedule, in_force(given), tau_seconds, left_out)
