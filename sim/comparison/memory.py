"""Calendars remembered: one is simulated again only where something that it reads has changed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import fields
from typing import Any, TypeVar

from sim.calendar.calendar import Shocks
from sim.calendar.reads import Block, Names, Seen
from sim.calendar.records import Rows

MOST_MIB = 256
_MIB = 2**20
_ENTRY_BYTES = 600  # of a key and its place, about
Value = TypeVar("Value", Rows, Shocks)


class CalendarMemory:
    """Records of calendars and shocks of draws, by all that they were worked out from.

    Whoever evaluates many worlds that differ in little holds one and gives it to `compare` or `evaluate`: results are
    the same to the last bit with it and without. What has not been asked for the longest is forgotten where it grows
    beyond `most_mib`. It is for one thread.
    """

    def __init__(self, most_mib: float = MOST_MIB) -> None:
        """An empty memory of at most so many MiB, about."""
        self.worked_out: Counter[str] = Counter()  # how often anything was, by what: 'common', 'shocks', instruments
        self._most_mib = most_mib
        self._bytes = 0
        self._kept: dict[Hashable, Any] = {}  # the longest unasked first
        self._reads: dict[str, dict[Names, None]] = {}  # what is known to be read, by what is worked out

    @property
    def mib(self) -> float:
        """How much it holds, about."""
        return self._bytes / _MIB

    def recall(
        self, what: str, given: Hashable, block: Block, row: int, work_out: Callable[[int, Seen], Value]
    ) -> Value:
        """What `work_out` gives for a draw of the block; worked out anew where it is not known.

        `given`: all that decides it besides what is read of the block. `work_out` enters what it reads in its argument:
        where all of that has the same values, it gives the same.
        """
        known = self._reads.setdefault(what, {})
        for names in known:
            key = (what, given, names, block.values(names, row))
            if (kept := self._kept.pop(key, None)) is not None:
                self._kept[key] = kept
                value: Value = kept
                return value
        self.worked_out[what] += 1
        seen: Seen = {}
        found = work_out(row, seen)
        names = tuple(sorted(seen))
        known[names] = None
        self._keep((what, given, names, block.values(names, row)), found)
        return found

    def _keep(self, key: Hashable, value: Rows | Shocks) -> None:
        """Remember a value; forget the longest unasked where there are too many."""
        self._kept[key] = value
        self._bytes += _size(value)
        while self.mib > self._most_mib and self._kept:
            self._bytes -= _size(self._kept.pop(next(iter(self._kept))))


def _size(value: Rows | Shocks) -> int:
    """Bytes of a value and its key, about."""
    arrays = [value] if not isinstance(value, Shocks) else [getattr(value, item.name) for item in fields(value)]
    return _ENTRY_BYTES + 2 * sum(array.nbytes for array in arrays)
