"""What is wrong with a log, and what a reader did about it: counted, with the first line numbers of each kind."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.formatting import escape, list_faults, short_repr

MOST_LINES = 5  # line numbers that are kept of each kind

Verdict = Literal["fault", "left_out", "changed", "doubt"]
"""fault: the record is wrong and left out; left_out: it is sound and no job to replay; changed: kept, corrected.
doubt: the log as a whole is not plausible."""


class LogError(ValueError):
    """Everything that keeps a log from being replayed. `faults` holds one sentence each."""

    def __init__(self, origin: str, faults: list[str]) -> None:
        """`origin` is the file or the option the faults were found in."""
        self.origin, self.faults = escape(origin), faults
        super().__init__(list_faults(self.origin, faults))


class Kind(NamedTuple):
    """One kind of anomaly: what becomes of the record, and what a person reads."""

    verdict: Verdict
    words: str


KINDS = {
    # what cannot be read
    "columns": Kind("fault", "not the columns of this format"),
    "text": Kind("fault", "bytes that are no UTF-8 text (iconv -f latin1 -t utf-8 FILE makes it)"),
    "quote": Kind("fault", "a quotation mark left open"),
    "number": Kind("fault", "a text where a number belongs"),
    "not_finite": Kind("fault", "NaN or infinity where a number belongs"),
    "huge": Kind("fault", "a number too large for seconds or GPUs (milliseconds?)"),
    "time": Kind("fault", "a text that is no time"),
    "ambiguous": Kind(
        "fault",
        "a date whose day and month may change places (2024-05-01 is safe; in tables --column submit=NAME:day/month)",
    ),
    "duration": Kind("fault", "a text that is no duration"),
    "resources": Kind("fault", "a text that lists no resources"),
    # what can be read and cannot be
    "part_gpu": Kind("fault", "a fraction of a GPU"),
    "no_id": Kind("fault", "no job number"),
    "no_submit": Kind("fault", "no time of submission"),
    "negative_submit": Kind("fault", "submission before second 0"),
    "negative_gpus": Kind("fault", "a negative number of GPUs"),
    "zero_gpus": Kind("fault", "no GPUs asked for"),
    "backwards": Kind("fault", "end before start"),
    "start_first": Kind("fault", "start more than 5 minutes before submission: end less start is no run time"),
    "too_large": Kind("fault", "more GPUs than the machine has"),
    "duplicate": Kind("fault", "the number of an earlier job again"),
    "cut_short": Kind("fault", "cut off where the file breaks off"),
    # what is no job to replay
    "step": Kind("left_out", "step of a job, counted with the job"),
    "part": Kind("left_out", "part of a job recorded elsewhere (status 2, 3, 4)"),
    "partition": Kind("left_out", "another partition"),
    "cluster": Kind("left_out", "another cluster"),
    "outside": Kind("left_out", "submission outside the dates"),
    "does_not_fit": Kind("left_out", "larger than the machine of --gpus"),
    "unfinished": Kind("left_out", "not ended"),
    "cancelled": Kind("left_out", "cancelled before it ran"),
    "no_gpus": Kind("left_out", "uses no GPUs (--count nodes or cpus counts these in a sacct log)"),
    "no_time": Kind("left_out", "no run time: its start or end stands for none (0, 1970)"),
    "no_run": Kind("left_out", "no run time"),
    "zero_run": Kind("left_out", "run time of 0 seconds"),
    "no_request": Kind("left_out", "no time limit (--no-request run takes the run time)"),
    # what was changed
    "rounded": Kind("changed", "fractions, rounded to whole seconds"),
    "killed": Kind("changed", "ran longer than requested: run time cut to the request"),
    "extended": Kind("changed", "ran longer than requested: request extended to the run time"),
    "request_from_run": Kind(
        "changed", "no time limit: the run time stands in: the scheduler then knows run times exactly"
    ),
    "gpus_from_used": Kind("changed", "size asked for is missing: size used stands in"),
    "minutes": Kind("changed", "whole numbers of a time limit beside Slurm's names: read as minutes"),
    "suspended": Kind("changed", "ran for less than end less start, for it was suspended: time elapsed taken"),
    "eligible": Kind("changed", "could not start at its submission: submission set to the time from which it could"),
    "again": Kind("changed", "number of an earlier job, submitted or started at another time: a run of its own"),
    "zero_start": Kind("changed", "a start that stands for none (0, 1970): start left out, run time kept"),
    "early_start": Kind("changed", "start before submission: start left out, run time kept"),
    "fold": Kind("changed", "hour that the end of summer time repeats: taken as the earlier that is possible"),
    "gap": Kind("changed", "hour that the beginning of summer time leaves out"),
    "unsorted": Kind("changed", "submitted before a record above it: sorted by submission"),
}

# What should have been written.
FORMS = {
    "time": "times are written 2024-05-01 12:00:00, 2024-05-01T12:00:00+02:00, 01.05.2024 12:00, 1 May 2024 12:00, "
    "or in seconds",
    "duration": "durations are written 1-12:00:00, 36:00:00, 1 day 12:00:00, P1DT12H, 36h, or in seconds",
    "resources": "resources are written cpu=8,gres/gpu=4, gres/gpu:a100=4 or gpu:a100:4",
}


@dataclass
class Finding:
    """How often one kind of anomaly was met, and on which lines first."""

    count: int = 0
    lines: list[int] = field(default_factory=list)  # ascending, at most MOST_LINES
    sample: str = ""  # the first text that could not be read, where it may be shown


@dataclass
class Faults:
    """Everything that a reader met in a log, by kind; the keys are those of KINDS.

    broken: why the file ends before its end, or nothing. doubts: sentences on what is not plausible.
    samples: kind -> the first text of it that may be shown.
    """

    found: dict[str, Finding] = field(default_factory=dict)
    broken: str = ""
    doubts: list[str] = field(default_factory=list)
    samples: dict[str, str] = field(default_factory=dict)

    def add(self, kind: str, lines: NDArray[Any] | Iterable[int]) -> None:
        """Count one record a line; nothing happens where there are no lines."""
        numbers = np.asarray(lines if isinstance(lines, np.ndarray) else list(lines), np.int64)
        if not len(numbers):
            return
        finding = self.found.setdefault(kind, Finding())
        finding.count += len(numbers)
        finding.sample = self.samples.get(kind, "")
        # records are read in order, but what is found after sorting may lead back
        finding.lines = sorted([*finding.lines, *np.sort(numbers)[:MOST_LINES].tolist()])[:MOST_LINES]

    def copy(self) -> Faults:
        """The same, to be counted on without this one."""
        found = {kind: Finding(f.count, list(f.lines)) for kind, f in self.found.items()}
        return replace(self, found=found, doubts=list(self.doubts))

    def count(self, verdict: Verdict | None = None) -> int:
        """Records with this verdict; all anomalies where none is given."""
        return sum(f.count for kind, f in self.found.items() if verdict in (None, KINDS[kind].verdict))

    def of(self, verdict: Verdict) -> dict[str, Finding]:
        """The findings with this verdict, in the order of KINDS."""
        return {kind: self.found[kind] for kind, (v, _) in KINDS.items() if v == verdict and kind in self.found}

    def sentences(self, verdict: Verdict) -> list[str]:
        """One sentence for each kind, and for a file that breaks off, which is a fault.

        >>> faults = Faults()
        >>> faults.add("zero_run", [7, 9])
        >>> faults.sentences("left_out")
        ['run time of 0 seconds: 2 records (lines 7, 9)']
        """
        if verdict == "doubt":
            return self.doubts
        broken = [self.broken] if self.broken and verdict == "fault" else []
        return broken + [sentence(kind, finding) for kind, finding in self.of(verdict).items()]


def sentence(kind: str, finding: Finding) -> str:
    """What was met, how often and where, and what should have stood there.

    >>> sentence("duplicate", Finding(1, [3]))
    'the number of an earlier job again: 1 record (line 3)'
    """
    plural, more = "s" if finding.count > 1 else "", ", ..." if finding.count > len(finding.lines) else ""
    lines = ", ".join(map(str, finding.lines)) + more
    sample = f", such as {short_repr(finding.sample)}" if finding.sample else ""
    form = sample + (f"; {FORMS[kind]}" if kind in FORMS else "")
    return f"{KINDS[kind].words}: {finding.count:,} record{plural} (line{plural} {lines}){form}"
