"""The first text of a kind that cannot be read, to be shown beside the forms that can: never one that may be a name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from sim.queue.logs.problems import Faults
from sim.queue.logs.records import CODE, Records
from sim.queue.logs.values import duration, moment

_LONGEST = 40  # characters
# Two numbers with something between them, and no more than one word: a column that is mapped wrongly may hold names.
_HARMLESS = re.compile(
    r"(?=.*\d[ :/.,T+-]+(?:[A-Za-z]{3,9}[ :/.,+-]+)?\d)[\d :/.,+-]*[A-Za-z]{0,9}[\d :/.,+-]*[A-Za-z]{0,3}"
)
# Kind of fault -> our and Slurm's names of the columns it may stand in, and what says that a text has it.
_KINDS: dict[str, tuple[frozenset[str], Callable[[str], int]]] = {
    "time": (frozenset(("submit", "eligible", "start", "end")), lambda text: moment(text).fault),
    "duration": (frozenset(("run", "request", "elapsed", "suspended", "timelimit")), lambda text: duration(text)[1]),
}


def with_samples(records: Records, columns: Any, at: Mapping[str, str], faults: Faults) -> Records:
    """The same records; the first text of each kind that could not be read is put down in `faults.samples`.

    columns: the chunk as it was read. at: our or Slurm's name of a column -> its name in the chunk, if it was read.
    """
    for kind, (names, fault) in _KINDS.items():
        rows = np.flatnonzero(records.fault == CODE[kind])
        if len(rows) and kind not in faults.samples:
            there = [theirs for ours, theirs in at.items() if ours.casefold() in names]
            cells = [str(columns[name][int(rows[0])]) for name in there if name in columns.column_names]
            found = next((text.strip() for text in cells if fault(text) == CODE[kind]), "")
            faults.samples[kind] = found if harmless(found) else ""
    return records


def harmless(text: str) -> bool:
    """True for a text that is an attempt at a time, and no name of a user.

    >>> [harmless(text) for text in ("31.02.2024 12:00", "1 Brumaire 2024", "ann", "s1234567", "ann.2.b.3", "1 hour")]
    [True, True, False, False, False, False]
    """
    return len(text) <= _LONGEST and _HARMLESS.fullmatch(text) is not None
