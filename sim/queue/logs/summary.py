"""A replay in a few lines for people, and as a document for machines."""

from __future__ import annotations

import math
from dataclasses import fields, is_dataclass
from datetime import timedelta
from typing import Any

from sim.formatting import escape
from sim.queue.logs.problems import KINDS, Faults, Verdict
from sim.queue.logs.replay import Replay
from sim.queue.logs.times import EPOCH
from sim.units import SECONDS_PER_HOUR

_HEADINGS: dict[Verdict, str] = {
    "fault": "Left out, for they are wrong",
    "left_out": "Left out",
    "changed": "Kept, with a change",
}
_SOUND = {"gpus": "GPUs", "nodes": "nodes", "cpus": "processors"}


def lines(result: Replay) -> list[str]:
    """The summary, one line an entry."""
    log, told = result.log, result.summary()
    return [
        f"{escape(log.source)}: {log.format}, {log.records:,} records read, {len(log):,} jobs accepted",
        *_anomalies(log.faults),
        f"Clock: {_clock(result)}",
        f"Replay: {_rules(result.rules)}",
        f"  {'jobs, GPUs':<24} {len(log):,} on {result.gpus:,}",
        f"  {'offered load':<24} {_figure(told['offered_load'], 4)}",
        f"  {'utilisation':<24} {_figure(told['utilisation'], 4)} from the first submission to the last end",
        *_waits("", told, result.tau_seconds),
        *_really(result),
    ]


def _anomalies(faults: Faults) -> list[str]:
    """What was left out and what was changed."""
    told = []
    for verdict, heading in _HEADINGS.items():
        sentences = faults.sentences(verdict)
        told += [f"{heading}:", *(f"  {sentence}" for sentence in sentences)] if sentences else []
    return told


def _clock(result: Replay) -> str:
    """What the log's seconds count from."""
    log = result.log
    kept = "seconds as in the log, never shifted"
    if log.start_epoch is None or not len(log):
        return kept
    first, last = (log.start_epoch + int(log.submit_seconds[n]) for n in (0, -1))
    dates = [(EPOCH + timedelta(seconds=moment)).isoformat(sep=" ") for moment in (first, last)]
    return f"{kept}; submissions {dates[0]} to {dates[1]} UTC"


def _rules(rules: dict[str, Any]) -> str:
    """The rules that were asked for."""
    return ", ".join(f"{name.replace('_', ' ')} {_shown(value)}" for name, value in rules.items())


def _shown(value: Any) -> Any:
    """A rule's value in one line, and for JSON."""
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value) if f.name != "accounts"}
    return value


def _waits(of: str, told: dict[str, float], tau_seconds: int) -> list[str]:
    """Lines of the waits and the slowdown."""
    waits = " / ".join(_duration(told[f"wait_{name}_seconds"]) for name in ("mean", "median", "p95"))
    slowdown = _figure(told["bounded_slowdown_mean"], 4)
    return [
        f"  {of + 'wait mean/median/p95':<24} {waits}",
        f"  {of + 'bounded slowdown':<24} {slowdown} (mean; tau {tau_seconds} s)",
    ]


def _really(result: Replay) -> list[str]:
    """The same of what the log says that happened."""
    seen = result.observed()
    if not seen["jobs"]:
        return ["The log does not tell when its jobs started in reality"]
    jobs = "" if seen["jobs"] == len(result.log) else f" (of {seen['jobs']:,.0f} jobs whose start it tells)"
    return [f"In the log itself{jobs}:", *_waits("", seen, result.tau_seconds)]


def _duration(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> _duration(12.0), _duration(6836.87)
    ('12 s', '6,837 s (1.9 h)')
    """
    return f"{seconds:,.0f} s" + (f" ({seconds / SECONDS_PER_HOUR:,.1f} h)" if seconds >= SECONDS_PER_HOUR else "")


def _figure(value: float, places: int) -> str:
    """A number, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:,.{places}f}"


def as_document(result: Replay) -> dict[str, Any]:
    """The summary for machines; what does not exist is null."""
    log = result.log
    anomalies = [
        {
            "kind": kind,
            "verdict": KINDS[kind].verdict,
            "count": f.count,
            "first_lines": f.lines,
            "words": KINDS[kind].words,
        }
        for verdict in _HEADINGS
        for kind, f in log.faults.of(verdict).items()
    ]
    return {
        "log": log.source,
        "format": log.format,
        "records": log.records,
        "accepted": len(log),
        "complete": not log.faults.broken,
        "start_epoch": log.start_epoch,
        "anomalies": anomalies,
        "rules": {name: _shown(value) for name, value in result.rules.items()},
        "tau_seconds": result.tau_seconds,
        "replay": _numbers(result.summary()),
        "log_itself": _numbers(result.observed()),
    }


def _numbers(told: dict[str, float]) -> dict[str, float | None]:
    """Numbers as JSON knows them: it has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in told.items()}
