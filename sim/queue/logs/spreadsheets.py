"""What spreadsheets make of times: days with fractions, numbers of few digits; and dates without marks."""

from __future__ import annotations

from typing import Any

import numpy as np

from sim.queue.jobs import Integers
from sim.queue.logs.records import MISSING
from sim.queue.logs.values import Moments, Numbers

_DAYS = (20_000, 80_000)  # 1954 to 2119, counted from 1900
_YEARS = (1980, 2099)
_LATEST_PLAIN = 100_000_000_000  # a longer number is no second
_EXPONENT = r"^\s*\d(\.\d{1,5})?[eE]\+?\d+\s*$"
_LOOKED_AT = 64


def are_compact(values: Integers) -> bool:
    """True where numbers [record] are dates with the time of day, 202405010800 or 20240501080000.

    >>> are_compact(np.array([20240501080000])), are_compact(np.array([1714550400000])), are_compact(np.array([7]))
    (True, False, False)
    """
    if not len(values) or values.max() < _LATEST_PLAIN:
        return False
    long = values[values >= _LATEST_PLAIN]
    dates = np.where(long >= 10**13, long // 10**6, long // 10**4)
    return bool((_is_date(dates) & ((long < 10**12) | (long >= 10**13)) & (long < 10**14)).all())


def _is_date(values: Integers) -> Any:
    """Which numbers [record] are a year, a month and a day in eight digits."""
    year, month, day = values // 10_000, values // 100 % 100, values % 100
    between = (year >= _YEARS[0]) & (year <= _YEARS[1])
    return between & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)


def spreadsheet_counts(submit: Moments, run: Numbers | None, column: Any) -> dict[str, int]:
    """How many submissions there are, and are days with fractions, dates in eight digits, or numbers of few digits.

    column: the submissions as they stand in the table. Of `run` the same: how many, and how many with fractions.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    seconds = submit.seconds
    days = (seconds >= _DAYS[0]) & (seconds <= _DAYS[1]) & submit.rounded
    counts = {"submissions": int((seconds != MISSING).sum()), "days": int(days.sum())}
    counts["compact"] = int(_is_date(seconds).sum())
    if pa.types.is_string(column.type) and "e+" in " ".join(map(str, column[:_LOOKED_AT].to_pylist())).casefold():
        counts["exponents"] = int(pc.sum(pc.match_substring_regex(column, _EXPONENT)).as_py() or 0)
    if run is not None:
        counts |= {"runs": int((run[0] != MISSING).sum()), "parts of run": int(run[2].sum())}
    return counts
