"""Records on their way from a file to a log: a chunk of them as arrays, whatever format they come from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Flags, Integers

MISSING = int(np.iinfo(np.int64).min)
"""A value that the log does not give."""

# What a value or a record turned out to be: 0 is good, the others are names of problems.KINDS.
CODES = ("", "number", "not_finite", "huge", "time", "duration", "resources", "part_gpu", "ambiguous")
CODE = {name: code for code, name in enumerate(CODES)}

ENDED, CANCELLED, UNFINISHED, PART, STEP, NO_GPUS, PAUSED = range(7)
"""States of a record. CANCELLED only matters where it never ran; PAUSED is no longer one when a reader is done."""

LATEST_SECONDS = 100_000_000_000  # the year 5138; a clock of milliseconds is beyond it
LONGEST_SECONDS = 4_000_000_000  # 126 years: no job runs so long
MOST_GPUS = 1_000_000_000


@dataclass(frozen=True)
class Reading:
    """What the user chose about the reading of a log; `read_log` explains the choices."""

    format: str
    gpus: int | None
    count: str
    over_request: str
    no_request: str
    on_error: str
    partitions: Sequence[str]
    since: str | None
    until: str | None
    time_zone: str | None
    columns: Mapping[str, str]
    delimiter: str
    cluster: str | None = None
    eligible: str = "use"


@dataclass
class Header:
    """What a log says about itself before its records."""

    machine_gpus: int = 0
    start_epoch: int | None = None
    has_request: bool = True  # False where no record can have a time limit
    user_names: list[str] = field(default_factory=list)
    group_names: list[str] = field(default_factory=list)
    cluster_names: list[str] = field(default_factory=list)
    partitions: set[str] = field(default_factory=set)  # all that there are; filled where some are wanted
    time_zone: str | None = None  # in which the machine stands
    local: bool = False  # True where a time names no zone
    zones: set[bool] = field(default_factory=set)  # whether times say their zone: some do, some do not
    at: Mapping[str, str] = field(default_factory=dict)  # our name of a column -> the table's
    columns: Mapping[str, str] = field(default_factory=dict)  # the same as a user writes it, where the names differ

    def zone_name(self, chosen: Reading) -> str:
        """The time zone that was chosen, else that of the machine, else UTC."""
        return chosen.time_zone or self.time_zone or "UTC"


@dataclass
class Records:
    """A chunk of a log; every array is [record], in the order of the file; MISSING where the log does not say.

    line: where the record stands. id: int64 or strings. fault: index in CODES. state: one of the states above.
    elsewhere: belongs to a partition that is not wanted. notes: for a kind of change, the records it was made to.
    apart: for a kind of fault or of what is no job, its records. eligible: earliest start, where it is not the
    submission. cluster: number of its machine. counts: for a question about the whole log, the records that say yes.
    """

    line: Integers
    id: NDArray[Any]
    submit: Integers
    run: Integers
    request: Integers
    gpus: Integers
    user: Integers
    group: Integers
    start: Integers
    state: NDArray[np.int8]
    fault: NDArray[np.int8]
    elsewhere: Flags
    notes: dict[str, Flags] = field(default_factory=dict)
    apart: dict[str, Flags] = field(default_factory=dict)
    eligible: Integers | None = None
    cluster: Integers | None = None
    counts: dict[str, int] = field(default_factory=dict)

    def __len__(self) -> int:
        """Number of records."""
        return len(self.line)


def first_fault(*faults: NDArray[np.int8]) -> NDArray[np.int8]:
    """For each record the first fault among those of its values.

    >>> first_fault(np.array([0, 0, 2], np.int8), np.array([0, 3, 1], np.int8)).tolist()
    [0, 3, 2]
    """
    found = faults[0].copy()
    for other in faults[1:]:
        np.copyto(found, other, where=found == 0)
    return found


def plausible(values: Integers, most: int, fault: NDArray[np.int8]) -> Integers:
    """The values, MISSING where they are beyond `most`, which is noted in `fault`."""
    beyond = (values > most) | ((values < -most) & (values != MISSING))
    if beyond.any():
        fault[beyond & (fault == 0)] = CODE["huge"]
        return np.where(beyond, MISSING, values)
    return values
