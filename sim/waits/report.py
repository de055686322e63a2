"""What `heavypress waits` has to report on one option: a sentence, four tables, and a document for machines."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from sim.costs.result import OptionResult
from sim.formatting import (
    NO_VALUE,
    format_duration,
    format_percent,
    format_rounded,
    format_short,
    join_words,
    upper_first,
)
from sim.mechanisms.demand import TIER_LABELS
from sim.months import Month
from sim.parameters import Array
from sim.queue.analysis.replications import Ratio
from sim.queue.jobs import Integers
from sim.units import MINUTES_PER_HOUR, SECONDS_PER_HOUR
from sim.waits.foretold import caveat
from sim.waits.levers import CLOSE, RULES, Levers, Progress, Trial, months_of, what_would_halve
from sim.waits.reasons import Reasons, reasons
from sim.waits.statistics import SIZE_CLASSES, half_width
from sim.waits.windows import Windows

LARGE = len(SIZE_CLASSES) - 1  # the class of the largest jobs
CAUSES = {
    "outage": "failed nodes",
    "shape": "GPUs not together",
    "reservation": "kept for jobs ahead",
    "order": "overtaken",
    "capacity": "machine full",
}
MEANINGS = (
    "Machine full: jobs that came before hold the GPUs, or will have the next that come free.",
    "Kept for jobs ahead: GPUs are free, but backfilling keeps them for a job that came before.",
    "Overtaken: jobs that came later were let in first; or, without backfilling, nobody may pass the first in line.",
    "GPUs not together: enough are free, but not in one pool.",
    "Failed nodes: the job would start if nodes under repair, or a pool about to retire, could be used.",
)
CAVEAT = f"{upper_first(caveat('campaigns'))}: read waits as lower bounds."
LONGER = 1.1  # times the p95 of the largest jobs, from which a lever is said to make them wait longer
PIECES = (
    "Each lever is moved alone and the same jobs go through the queue again, of which users withdraw fewer where it is "
    "shorter. Under another wall limit each piece of a run waits for itself. Of a machine above queue.most_gpus a part "
    "of that size is simulated: its GPUs and hours are shown."
)


class Table(NamedTuple):
    """A table for people; all columns but the first are numbers."""

    title: str
    heads: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Explained:
    """The waits of one option: why they are so long, and how long they would be with levers moved."""

    key: str
    label: str
    start: Month  # of the scenario
    reasons: Reasons
    levers: Levers


def explained(
    key: str, label: str, start: Month, result: OptionResult, seed: int, progress: Progress
) -> Explained | None:
    """The waits of one option explained; None where it has no machine."""
    levers = what_would_halve(result, seed, progress=progress)
    if levers is None:
        return None
    found = reasons(Windows(result, seed), months_of(result))
    return Explained(key, label, start, found, levers)


# --- the sentence ---


def sentence(one: Explained) -> str:
    """What a reader should remember of an option."""
    waits, causes = one.levers.present.waits, one.reasons.total
    half, most = waits.mean_of("median"), waits.mean_of("p95")
    if not causes.sum() or most < 1 / MINUTES_PER_HOUR:
        return f"{one.label}: nineteen of twenty jobs start within a minute, so that there is nothing to halve."
    cause = list(CAUSES)[int(causes.argmax())]
    share = format_percent(causes.max() / causes.sum(), ".0f")
    return (
        f"{one.label}: half of the jobs start {_within(half)}, one in twenty waits longer than "
        f"{format_duration(most)}; the reason for {share} of the waiting is: {CAUSES[cause]}. {_halved(one.levers)}."
    )


def _within(hours: float) -> str:
    """How soon jobs start."""
    if hours < 1 / MINUTES_PER_HOUR:
        return "at once" if hours == 0 else "within a minute"
    return f"within {format_duration(hours)}"


def _halved(levers: Levers) -> str:
    """What would halve the wait of one in twenty, and who would pay for it."""
    found = [f"{trial.lever.label}{_price(levers, trial)}" for trial in levers.halving()]
    if not found:
        close = sum(levers.verdict(trial) == CLOSE for trial in levers.trials)
        perhaps = f", {close} of them too close to call" if close else ""
        return f"None of the {len(levers.trials)} changes that were tried is sure to halve that{perhaps}"
    return f"That would be halved by {join_words(found, 'or')}"


def _price(levers: Levers, trial: Trial) -> str:
    """Who pays: the largest jobs where they wait longer, and under other rules whoever wants the machine to be used."""
    before, after = (float(who_p95(each)[-1]) for each in (levers.present, trial))
    found = [f"jobs of {SIZE_CLASSES[LARGE][1]} wait longer"] if after > LONGER * before else []
    used = [format_percent(each.waits.mean_of("used"), ".0f") for each in (levers.present, trial)]
    if trial.lever.kind in RULES and used[0] != used[1] and levers.used(trial).high < 1:
        found.append(f"utilisation falls from {used[0]} to {used[1]}")
    return f" (but {join_words(found, 'and')})" if found else ""


def notes(found: Sequence[Explained]) -> list[str]:
    """What stands below the tables."""
    remarks = dict.fromkeys(each.levers.remark for each in found if each.levers.remark)
    return [*MEANINGS, PIECES, *remarks, CAVEAT]


# --- the tables ---


def tables(one: Explained) -> list[Table]:
    """How long, why, what would halve it, and who waits; how long alone, where next to nobody waits."""
    if one.levers.present.p95 < 1 / MINUTES_PER_HOUR:
        return [_how_long(one.levers.present)]
    return [_how_long(one.levers.present), _why(one), _halving(one.levers), _who(one.levers)]


def _how_long(present: Trial) -> Table:
    """Median and 95th percentile by tier and size."""
    waits = present.waits
    columns = [(waits.median, waits.p95)]
    for medians, tails in ((waits.tier_median, waits.tier_p95), (waits.size_median, waits.size_p95)):
        columns += zip(medians.T, tails.T, strict=True)
    rows = [[name, *map(_with_error, pair)] for name, pair in zip(_who_waits(), columns, strict=True)]
    title = f"How long jobs wait, hours (mean of {len(waits.p95)} windows, and half of its 95 % interval)"
    return Table(title, ["", "median", "p95"], rows)


def _who_waits() -> list[str]:
    """All jobs, the tiers, the size classes."""
    return ["All jobs", *TIER_LABELS.values(), *(f"Jobs of {name}" for _, name in SIZE_CLASSES)]


def _with_error(values: Array) -> str:
    """The mean over the windows where it is known, and half of its 95 % interval."""
    known = values[np.isfinite(values)]
    if not known.size:
        return NO_VALUE
    width = f" +/- {format_short(half_width(known), 2)}" if known.size > 1 else ""
    return f"{format_short(float(known.mean()))}{width}"


def _why(one: Explained) -> Table:
    """Shares of the hours waited by cause, of all jobs, by tier, by size and by window."""
    found = one.reasons
    seconds = np.vstack([found.total, found.by_tier, found.by_size, found.by_window])
    months = [f"Window from {one.start.later(month)}" for month in found.months]
    rows = [
        [name, format_rounded(row.sum() / SECONDS_PER_HOUR), *(_share(part, row.sum()) for part in row)]
        for name, row in zip([*_who_waits(), *months], seconds, strict=True)
    ]
    return Table("Why they wait: shares of the hours waited", ["", "hours", *CAUSES.values()], rows)


def _share(part: int, whole: int) -> str:
    """A part in per cent."""
    return format_percent(part / whole, ".1f") if whole else NO_VALUE


def _halving(levers: Levers) -> Table:
    """The queue with each lever moved."""
    present = levers.present
    rows = [
        [
            trial.lever.label, f"{trial.waits.mean_of('gpus'):,.0f}", format_short(trial.waits.mean_of("median")),
            format_short(trial.waits.mean_of("mean")),
            format_short(trial.p95), "" if trial is present else _ratio(levers.ratio(trial)),
            format_percent(trial.waits.mean_of("used"), ".0f"),
            format_percent(trial.waits.mean_of("withdrawn"), ".1f"), levers.verdict(trial),
        ]
        for trial in (present, *levers.trials)
    ]  # fmt: skip
    heads = [
        "",
        "GPUs",
        "median, h",
        "mean, h",
        "p95, h",
        "of the present p95 [95 %]",
        "utilisation",
        "work withdrawn",
        "halves the p95",
    ]
    return Table("What would halve the p95", heads, rows)


def _ratio(found: Ratio) -> str:
    """A p95 over the present one, with its 95 % interval."""
    if not np.isfinite(found.ratio):
        return NO_VALUE
    high = format_percent(found.high, ".0f") if np.isfinite(found.high) else "any"
    return f"{format_percent(found.ratio, '.0f')} [{100 * found.low:.0f} to {high}]"


def _who(levers: Levers) -> Table:
    """The 95th percentile of each tier and of large jobs under each rule."""
    trials = levers.by_rule()
    rows = [
        [name, *(format_short(float(values[place])) for values in map(who_p95, trials))]
        for place, name in enumerate(WHO)
    ]
    return Table("Who waits: p95 in hours under other rules", ["", *(trial.lever.label for trial in trials)], rows)


WHO = ("All jobs", *TIER_LABELS.values(), f"Jobs of {SIZE_CLASSES[LARGE][1]}")
"""Whose 95th percentile is compared from rule to rule."""


def who_p95(trial: Trial) -> Array:
    """The 95th percentile of each of WHO, hours, mean over the windows; NaN where they had no jobs."""
    waits = trial.waits
    values = np.column_stack([waits.p95, waits.tier_p95, waits.size_p95[:, LARGE]])
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=0)
    return np.where(known.any(axis=0), total / np.maximum(known.sum(axis=0), 1), np.nan)


# --- the document ---


def document(one: Explained) -> dict[str, Any]:
    """The same for machines: hours and shares; what is not known is null."""
    found, levers = one.reasons, one.levers
    return {
        "key": one.key,
        "label": one.label,
        "sentence": sentence(one),
        "windows": [
            {"month": month, "jobs": int(jobs), "hours_waited": waited / SECONDS_PER_HOUR, "causes": _hours(causes)}
            for month, jobs, waited, causes in zip(
                found.months, found.jobs, found.waited.tolist(), found.by_window, strict=True
            )
        ],
        "causes": {
            "all": _hours(found.total),
            "tiers": dict(zip(TIER_LABELS, map(_hours, found.by_tier), strict=True)),
            "sizes": {name: _hours(row) for (_, name), row in zip(SIZE_CLASSES, found.by_size, strict=True)},
        },
        "levers": [_trial(trial, levers) for trial in (levers.present, *levers.trials)],
        "remark": levers.remark,
        "halved_by": [trial.lever.label for trial in levers.halving()],
    }


def _hours(seconds: Integers) -> dict[str, float]:
    """Hours by cause."""
    return {name: part / SECONDS_PER_HOUR for name, part in zip(CAUSES, seconds.tolist(), strict=True)}


def _trial(trial: Trial, levers: Levers) -> dict[str, Any]:
    """The waits with one lever moved."""
    waits, sizes = trial.waits, [name for _, name in SIZE_CLASSES]
    mean: Callable[[Array], list[float | None]] = lambda values: [_known(column) for column in values.T]  # noqa: E731
    return {
        "lever": trial.lever.kind or None,
        "value": trial.lever.value if trial.lever.kind else None,
        "label": trial.lever.label,
        "halves": levers.halves(trial),
        **{name: _known(getattr(waits, name)) for name in ("gpus", "median", "mean", "p95", "used", "withdrawn")},
        "p95_half_width": _number(half_width(waits.p95)),
        "tiers": {
            tier: {"median": median, "p95": p95}
            for tier, median, p95 in zip(TIER_LABELS, mean(waits.tier_median), mean(waits.tier_p95), strict=True)
        },
        "sizes": {
            size: {"median": median, "p95": p95}
            for size, median, p95 in zip(sizes, mean(waits.size_median), mean(waits.size_p95), strict=True)
        },
    }


def _known(values: Sequence[float] | Array) -> float | None:
    """The mean of what is known."""
    known = np.asarray(values)[np.isfinite(values)]
    return float(known.mean()) if known.size else None


def _number(value: float) -> float | None:
    """A number as JSON knows it."""
    return value if np.isfinite(value) else None
