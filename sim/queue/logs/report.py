"""What a replay has to report: a few lines for people, a document for machines, and the table of starts."""

from __future__ import annotations

import gzip
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, BinaryIO, cast

from sim.formatting import escape
from sim.queue.logs.problems import KINDS, Faults, LogError, Verdict
from sim.queue.logs.replay import Replay
from sim.queue.logs.values import EPOCH
from sim.units import SECONDS_PER_HOUR

_HEADINGS: dict[Verdict, str] = {
    "fault": "Left out, for they are wrong",
    "left_out": "Left out",
    "changed": "Kept, with a change",
}

COLUMNS = ("id", "submit", "start", "end", "gpus")
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
        f"{escape(log.source)}: {log.format}, {log.records:,} records read, {len(log):,} jobs accepted",
        *_anomalies(log.faults),
        f"Clock: {_clock(result)}",
        "Replay: " + ", ".join(f"{name.replace('_', ' ')} {_rule(value)}" for name, value in result.rules.items()),
        f"  {'jobs, GPUs':<24} {len(log):,} on {result.gpus:,}",
        f"  {'offered load':<24} {_fixed(summary['offered_load'])}",
        f"  {'utilisation':<24} {_fixed(summary['utilisation'])} from the first submission to the last end",
        *packed,
        *_waits(summary, result.tau_seconds),
        *_observed(result),
    ]


def _anomalies(faults: Faults) -> list[str]:
    """What was left out and what was changed."""
    found = []
    for verdict, heading in _HEADINGS.items():
        sentences = faults.sentences(verdict)
        found += [f"{heading}:", *(f"  {sentence}" for sentence in sentences)] if sentences else []
    return found


def _clock(result: Replay) -> str:
    """What the log's seconds count from."""
    log = result.log
    kept = "seconds as in the log, never shifted"
    if log.start_epoch is None or not len(log):
        return kept
    first, last = (log.start_epoch + int(log.submit_seconds[n]) for n in (0, -1))
    dates = [(EPOCH + timedelta(seconds=moment)).isoformat(sep=" ") for moment in (first, last)]
    return f"{kept}; submissions {dates[0]} to {dates[1]} UTC"


def _rule(value: Any) -> Any:
    """A rule's value in one line, and for JSON."""
    if is_dataclass(value):
        return {f.name: getattr(value, f.name) for f in fields(value) if f.name != "accounts"}
    return value


def _waits(statistics: dict[str, float], tau_seconds: int) -> list[str]:
    """Lines of the waits and the slowdown."""
    waits = " / ".join(_duration(statistics[f"wait_{name}_seconds"]) for name in ("mean", "median", "p95"))
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
        "rules": {name: _rule(value) for name, value in result.rules.items()},
        "tau_seconds": result.tau_seconds,
        "replay": _numbers(result.summary()),
        "log_itself": _numbers(result.observed()),
    }


def _numbers(statistics: dict[str, float]) -> dict[str, float | None]:
    """Numbers as JSON knows them: it has no NaN."""
    return {name: None if math.isnan(value) else value for name, value in statistics.items()}


# --- the table of starts: one row a job, written so that a reader never sees half of it ---


def refuse_unwritable(path: Path, log: str | Path) -> None:
    """LogError where the table cannot go: before the work is done, not after."""
    if not path.name.endswith((".csv", ".csv.gz")):
        raise LogError(str(path), ["--out: the name must end in .csv or .csv.gz"])
    if path.exists() and not path.is_file():
        raise LogError(str(path), ["--out: is no file; name one"])
    if path.exists() and Path(log).exists() and path.samefile(log):
        raise LogError(str(path), ["--out: is the log itself"])
    if not path.absolute().parent.is_dir():
        raise LogError(str(path), ["--out: the folder does not exist"])


def write_starts(result: Replay, path: Path) -> None:
    """Write `id, submit, start, end, gpus` in order of submission, in the log's own names and seconds."""
    import pyarrow as pa
    from pyarrow import csv

    log, plain = result.log, csv.WriteOptions(include_header=False)
    with _atomic(path) as file:
        file.write(",".join(COLUMNS).encode() + b"\n")
        for begin in range(0, len(log), _ROWS):
            rows = slice(begin, begin + _ROWS)
            ids = log.id[rows]
            columns: list[Any] = [pa.array(ids if ids.dtype.kind == "i" else ids.tolist())]
            for values in (log.submit_seconds, result.start_seconds, result.end_seconds, log.gpus):
                columns.append(pa.array(values[rows]))
            csv.write_csv(pa.table(columns, names=list(COLUMNS)), file, plain)


@contextmanager
def _atomic(path: Path) -> Iterator[BinaryIO]:
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
