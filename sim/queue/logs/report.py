"""What a replay has to report: a few lines for people, a document for machines, and the table of starts."""

from __future__ import annotations

import gzip
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from sim.formatting import escape, join_words
from sim.queue.logs.log import Log
from sim.queue.logs.problems import KINDS, Faults, LogError, Verdict
from sim.queue.logs.replay import Replay
from sim.queue.logs.values import dated
from sim.units import SECONDS_PER_HOUR

_HEADINGS: dict[Verdict, str] = {
    "fault": "Left out, for they are wrong",
    "left_out": "Left out",
    "changed": "Kept, with a change",
    "doubt": "Doubtful",
}

AGAINST_THE_LOG = (
    "Compare replays with one another, not with the log itself: outages, limits, holds and priorities are not in a "
    "log, and real sites waited 1.1 to 5 times an EASY replay of theirs (docs/queue.md)."
)
"""Stands wherever what happened in fact stands beside a replay."""
OVERLOADED = (
    "Waits marked + grow with the length of the log and are no forecast: more work comes than the machine does; users "
    "would submit less."
)

COLUMNS = ("id", "submit", "start", "end", "gpus")
TABLES = (".csv", ".csv.gz")
_ROWS = 1 << 18  # written at once
_FAST = 3  # compression that costs little time


def lines(result: Replay) -> list[str]:
    """The summary, one line an entry."""
    log, summary = result.log, result.summary()
    packed = []
    if "fragmentation" in summary:
        share = _fixed(summary["fragmentation"])
        packed = [f"  {'fragmentation':<24} {share} of the free GPUs stood on partly used nodes"]
    return [
        *about(log),
        "Replay: " + rules_text(result.rules),
        "; ".join(filter(None, [f"  {'jobs, GPUs':<24} {len(log):,} on {result.gpus:,}", result.left_out.text()])),
        f"  {'offered load':<24} {_fixed(summary['offered_load'])}",
        f"  {'utilisation':<24} {_fixed(summary['utilisation'])} from the first submission to the last end",
        *packed,
        *_waits(summary, result.tau_seconds),
        *_observed(result),
        *notes(result),
    ]


def notes(result: Replay) -> list[str]:
    """Sentences on how the figures are to be read."""
    found = [OVERLOADED] if result.summary()["overloaded"] else []
    return found + ([AGAINST_THE_LOG] if result.observed()["jobs"] else [])


def about(log: Log) -> list[str]:
    """What was read of a log: records, jobs, what was left out and changed, and its clock; one line an entry."""
    return [
        f"{escape(log.source)}: {log.format}, {log.records:,} records read, {len(log):,} jobs accepted",
        *_columns(log),
        *_anomalies(log.faults),
        f"Clock: {_clock(log)}",
    ]


def rules_text(rules: dict[str, Any]) -> str:
    """Rules of the queue in one line."""
    return ", ".join(f"{name.replace('_', ' ')} {_rule_text(value)}" for name, value in rules.items())


def _columns(log: Log) -> list[str]:
    """Which column of a table became what, where the names differ."""
    each = ", ".join(f"{ours}={escape(theirs)}" for ours, theirs in log.columns.items())
    return [f"Columns: {each}"] if each else []


def _anomalies(faults: Faults) -> list[str]:
    """What was left out and what was changed."""
    found = []
    for verdict, heading in _HEADINGS.items():
        sentences = faults.sentences(verdict)
        found += [f"{heading}:", *(f"  {sentence}" for sentence in sentences)] if sentences else []
    return found


def _clock(log: Log) -> str:
    """What the log's seconds count from, and its dates in its zone."""
    kept = "seconds as in the log, never shifted"
    if log.start_epoch is None or not len(log):
        return kept
    dates = dated(log.submit_seconds[[0, -1]], log.start_epoch, log.time_zone)
    zoneless = "; times name no zone: read as UTC (--time-zone)" if log.zoneless else ""
    return f"{kept}; submissions {dates[0]} to {dates[1]} {log.time_zone}{zoneless}"


def _rule_text(value: Any) -> str:
    """A rule's value in words; of settings those that differ from what they are unless given.

    >>> _rule_text(8), _rule_text("sjbf")
    ('8', 'sjbf')
    """
    settings = _rule(value)
    if not isinstance(settings, dict):
        return f"{value}"
    own = {f.name: f.default for f in fields(value)}
    changed = [f"{name.replace('_', ' ')} {setting}" for name, setting in settings.items() if setting != own[name]]
    return f"({'; '.join(changed)})" if changed else "as it is by default"


def _rule(value: Any) -> Any:
    """A rule's value for JSON."""
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value) if f.name != "accounts"}
    return value


def _waits(statistics: dict[str, float], tau_seconds: int) -> list[str]:
    """Lines of the waits and the slowdown."""
    waits = " / ".join(_duration(statistics[f"wait_{name}_seconds"]) for name in ("mean", "median", "p95"))
    waits += " +" if statistics.get("overloaded") else ""
    slowdown = _fixed(statistics["bounded_slowdown_mean"])
    return [
        f"  {'wait mean/median/p95':<24} {waits}",
        f"  {'bounded slowdown':<24} {slowdown} (mean; tau {tau_seconds} s)",
    ]


def _observed(result: Replay) -> list[str]:
    """Lines of what happened in fact, by the log."""
    observed = result.observed()
    if not observed["jobs"]:
        return ["The log does not record when its jobs started"]
    jobs = "" if observed["jobs"] == len(result.log) else f" (of {observed['jobs']:,.0f} jobs whose start it records)"
    return [f"In the log itself{jobs}:", *_waits(observed, result.tau_seconds)]


def _duration(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> _duration(12.0), _duration(6836.87)
    ('12 s', '6,837 s (1.9 h)')
    """
    return f"{seconds:,.0f} s" + (f" ({seconds / SECONDS_PER_HOUR:,.1f} h)" if seconds >= SECONDS_PER_HOUR else "")


def _fixed(value: float) -> str:
    """A number with four decimals, or a dash where there is none."""
    return "-" if math.isnan(value) else f"{value:,.4f}"


def as_document(result: Replay) -> dict[str, Any]:
    """The summary for machines; what does not exist is null."""
    return {
        **log_document(result.log),
        "rules": rules_document(result.rules),
        "tau_seconds": result.tau_seconds,
        "replay": numbers(result.summary()),
        "log_itself": numbers(result.observed()),
        "notes": notes(result),
    }


def rules_document(rules: dict[str, Any]) -> dict[str, Any]:
    """Rules of the queue for machines."""
    return {name: _rule(value) for name, value in rules.items()}


def log_document(log: Log) -> dict[str, Any]:
    """What was read of a log for machines."""
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
        "doubts": log.faults.doubts,
    }


def numbers(statistics: dict[str, float]) -> dict[str, float | None]:
    """Numbers as JSON knows them: it has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in statistics.items()}


# --- the table of starts: one row a job, written so that a reader never sees half of it ---


def refuse_unwritable(path: Path, log: str | Path, endings: tuple[str, ...] = TABLES) -> None:
    """LogError where a file cannot go, whose name has one of these endings: before the work is done, not after."""
    if not path.name.endswith(endings) or path.name in endings:
        raise LogError(str(path), [f"--out: the name must end in {join_words(endings, 'or')}"])
    try:
        wrong = _wrong_place(path, Path(log))
    except OSError as error:
        wrong = f"cannot be written: {(error.strerror or 'unknown').lower()}"
    if wrong:
        raise LogError(str(path), [f"--out: {wrong}"])


def _wrong_place(path: Path, log: Path) -> str:
    """Why no file can be written there; empty where one can."""
    if not path.absolute().parent.is_dir():
        return "the folder does not exist"
    if path.exists() and not path.is_file():
        return "is no file; name one"
    if path.exists() and log.exists() and path.samefile(log):  # a link to the log is the log
        return "is the log itself"
    return "" if os.access(path.absolute().parent, os.W_OK) else "cannot be written: nothing may be put in the folder"


def write_starts(result: Replay, path: Path) -> None:
    """Write `id, submit, start, end, gpus` in order of submission, in the log's own names and seconds."""
    import pyarrow as pa
    from pyarrow import csv

    log, plain = result.log, csv.WriteOptions(include_header=False)
    with atomic(path) as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        for begin in range(0, len(log), _ROWS):
            rows = slice(begin, begin + _ROWS)
            ids = log.id[rows]
            columns: list[Any] = [pa.array(ids if ids.dtype.kind == "i" else ids.tolist())]
            for values in (log.submit_seconds, result.start_seconds, result.end_seconds, log.gpus):
                columns.append(pa.array(values[rows]))
            csv.write_csv(pa.table(columns, names=list(COLUMNS)), file, plain)


@contextmanager
def atomic(path: Path) -> Iterator[BinaryIO]:
    """A file that takes the place of `path` when everything in it is written, packed where the name says so."""
    target = path.absolute()
    temporary: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            if target.name.endswith(".gz"):
                # no name and no date inside: the same schedule gives the same bytes
                with gzip.GzipFile("", "wb", _FAST, file, mtime=0) as packed:
                    yield cast(BinaryIO, packed)
            else:
                yield file
        umask = os.umask(0)
        os.umask(umask)
        temporary.chmod(0o666 & ~umask)
        temporary.replace(target)
    except OSError as error:
        raise LogError(str(path), [f"--out: cannot be written: {(error.strerror or 'unknown').lower()}"]) from None
    finally:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
