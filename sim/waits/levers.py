"""What would halve the p95: the same jobs through the queue once more, with one lever moved at a time.

Nothing is extrapolated. The jobs are the same to the second, but for those of another wall limit: the same campaigns
then come in shorter pieces, and each piece waits for itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from copy import copy
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from sim.costs.result import OptionResult
from sim.formatting import format_percent
from sim.mechanisms.demand import TIERS
from sim.queue.analysis.replications import Ratio, paired_ratio
from sim.units import MINUTES_PER_HOUR
from sim.waits.machine import rules
from sim.waits.shared import Shared
from sim.waits.statistics import CONFIDENCE, Row, Waits
from sim.waits.tally import no_jobs
from sim.waits.windows import Windows, window_months

MORE_GPUS = (0.10, 0.25, 0.50, 1.00)  # over those of the machine
WALL_LIMITS_HOURS = (12.0, 8.0, 4.0)
DISCIPLINES = {
    "easy": "EASY backfilling (easy)",
    "fcfs": "no backfilling (fcfs)",
    "conservative": "conservative backfilling (conservative)",
    "multifactor": "fair share (multifactor)",
    "sjf": "shortest job first (sjf)",
}
QOS_TIERS = ("regional", "startups")  # whose quality of service is raised: those with the least compute of their own
QOS_LABEL = "fair share, regional groups and start-ups first (QOS)"
RULES = ("discipline", "qos", "reserve")  # kinds of levers that decide who waits, not how much there is
RESERVES = (0.05, 0.10, 0.20)  # of the nodes
MOST_PLANNED_JOBS = 200_000  # of all windows: conservative backfilling plans every job anew, and takes the square
HALF = 0.5
YES, CLOSE, NO = "yes", "too close to call", ""  # whether a lever halves the p95
TOO_MANY = f"it takes minutes for more than {MOST_PLANNED_JOBS:,} jobs"
Progress = Callable[[int, int, str], None]  # done, of, what


class Lever(NamedTuple):
    """One change of the machine, its rules or its jobs; levers of a kind stand in order, the gentlest first."""

    kind: str  # gpus, wall_limit, discipline, qos or reserve; "" where nothing changes
    value: float | str
    label: str

    def moved(self, windows: Windows) -> Windows:
        """The windows with this lever moved; their jobs, months and measured time stay."""
        other, world, machine = copy(windows), windows.world, windows.machine
        other.faults = []
        if self.kind == "gpus":
            machine = machine.enlarged(float(self.value))
        elif self.kind == "reserve":
            machine = machine.with_reserve(float(self.value))
        elif self.kind == "discipline":
            world = replace(world, queue=replace(world.queue, discipline=str(self.value)))
        elif self.kind == "qos":
            points = tuple(world.queue.fair_share_weight * (tier in QOS_TIERS) for tier in TIERS)
            world = replace(world, queue=replace(world.queue, discipline="multifactor", qos_points=points))
        elif self.kind == "wall_limit":
            world = replace(world, workload=replace(world.workload, wall_limit_hours=float(self.value)))
            # a preset has filled in the model, and would fill in this number too
            other.model = replace(windows.model, wall_limit_hours=float(self.value))
        other.machine, other.world = replace(machine, world=world), world
        other.offered_share = windows.offered_share * windows.machine.total_gpus / np.maximum(machine.total_gpus, 1)
        other.rules = rules(world, other.machine)
        return other


PRESENT = Lever("", "", "as it is")


@dataclass(frozen=True)
class Trial:
    """The waits with one lever moved; a row of `waits` is a window."""

    lever: Lever
    waits: Waits

    @property
    def p95(self) -> float:
        """The 95th percentile of the waits, hours, mean over the windows."""
        return self.waits.mean_of("p95")


@dataclass(frozen=True)
class Levers:
    """The waits of one option as it is, and with each lever moved; `remark` says what was left out, and why."""

    present: Trial
    trials: tuple[Trial, ...]
    remark: str = ""

    def ratio(self, trial: Trial) -> Ratio:
        """The p95 over the present one, window by window of the same jobs; a wait below a minute counts as a minute."""
        ours, theirs = (np.maximum(np.nan_to_num(t.waits.p95), 1 / MINUTES_PER_HOUR) for t in (trial, self.present))
        return paired_ratio(ours, theirs, CONFIDENCE)

    def used(self, trial: Trial) -> Ratio:
        """The utilisation over the present one, window by window of the same jobs."""
        ours, theirs = (np.nan_to_num(each.waits.used) for each in (trial, self.present))
        return paired_ratio(ours, theirs, CONFIDENCE)

    def verdict(self, trial: Trial) -> str:
        """Whether a lever halves the p95, surely, perhaps or not; a wait below a minute cannot be halved."""
        if self.present.p95 <= 1 / MINUTES_PER_HOUR:
            return NO
        found = self.ratio(trial)
        return YES if found.high <= HALF else CLOSE if found.low <= HALF else NO

    def halves(self, trial: Trial) -> bool:
        """Whether a lever halves the p95, or more, by its whole interval."""
        return self.verdict(trial) == YES

    def halving(self) -> list[Trial]:
        """The gentlest lever of each kind that halves the p95, and all disciplines that do."""
        found: dict[Any, Trial] = {}
        for trial in self.trials:
            if self.halves(trial):
                lever = trial.lever
                found.setdefault(lever if lever.kind in ("discipline", "qos") else lever.kind, trial)
        return list(found.values())

    def by_rule(self) -> list[Trial]:
        """The trials of other rules on the same machine, see RULES; the present ones first."""
        return [self.present, *(trial for trial in self.trials if trial.lever.kind in RULES)]


def levers_of(windows: Windows, months: list[int]) -> list[Lever]:
    """The levers that can be moved from where an option stands; a reserve has to be a node in one of the months."""
    queue, model = windows.world.queue, windows.model
    kept = {share: windows.machine.with_reserve(share) for share in RESERVES}
    limits = WALL_LIMITS_HOURS if model.beyond_limit == "pieces" else ()  # else longer runs would disappear
    return [
        *(Lever("gpus", more, f"{format_percent(more, '.0f')} more GPUs") for more in MORE_GPUS),
        *(Lever("wall_limit", at, f"wall limit of {at:g} h") for at in limits if at < model.wall_limit_hours),
        *(Lever("discipline", name, label) for name, label in DISCIPLINES.items() if name != queue.discipline),
        Lever("qos", "qos", QOS_LABEL),
        *(
            Lever("reserve", share, f"{format_percent(share, '.0f')} of the nodes for short jobs")
            for share in RESERVES
            if share != queue.interactive_share and kept[share].gpus[months][:, kept[share].short > 0].any()
        ),
    ]


def months_of(result: OptionResult) -> list[int]:
    """The months of the windows: as many as a comparison has at least."""
    return window_months(result, int(result.context.world.at(0).queue.windows))


def what_would_halve(
    result: OptionResult,
    seed: int,
    *,
    progress: Progress = lambda done, of, what: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> Levers | None:
    """The central case of one option through the queue once for each lever; None where it has no machine."""
    months = months_of(result)
    if not months:
        return None
    windows = Windows(result, seed, cancelled)
    present = try_lever(windows, months, PRESENT)
    levers = levers_of(windows, months)
    kept = [lever for lever in levers if lever.value != "conservative" or present.waits.jobs.sum() <= MOST_PLANNED_JOBS]
    remark = "" if kept == levers else f"Conservative backfilling was not tried: {TOO_MANY}."
    trials = []
    for done, trial in enumerate(_tried(windows, months, kept), 1):
        progress(done, len(kept), trial.lever.label)
        trials.append(trial)
    return Levers(present, tuple(trials), remark)


def _tried(windows: Windows, months: list[int], levers: list[Lever]) -> Iterator[Trial]:
    """A trial for each lever, several side by side."""
    with Shared() as shared:
        pending = [shared.ask(partial(try_lever, windows, months, lever)) for lever in levers]
        yield from (each.result() for each in pending)


def try_lever(windows: Windows, months: list[int], lever: Lever) -> Trial:
    """The waits in windows that begin in these months, with one lever moved."""
    moved = lever.moved(windows)
    rows = [moved.row(month, number) or no_jobs(month) for number, month in enumerate(months)]
    if moved.cancelled():
        raise CancelledError
    return Trial(lever, _waits(rows, "; ".join(moved.faults)))


def _waits(rows: list[Row], fault: str) -> Waits:
    """The waits of windows; along each of them they are not kept."""
    columns: dict[str, Any] = {name: np.array([row[name] for row in rows]) for name in rows[0] if name != "course"}
    columns["course"] = np.zeros((len(rows), 0))
    return Waits(**columns, verdict=f"{len(rows)} windows", fault=fault)
