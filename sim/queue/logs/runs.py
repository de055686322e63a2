"""How long each record ran and when it started, out of times that may be none: 0, 1970, or before the submission."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Flags, Integers
from sim.queue.logs.records import MISSING
from sim.queue.logs.values import Moments, Numbers, sound

DATED_SECONDS = 315_532_800  # 1980 on the clock that counts from 1970: smaller numbers count from a second of their own
CLOCK_SECONDS = 300  # by which the clocks of two machines may differ
_YEAR_SECONDS, _DAY_SECONDS, _MINUTE_SECONDS = 366 * 86_400, 86_400, 60
_LAST_YEAR = (253_370_764_800, 253_402_387_200)  # 9999, which databases write for "never"
LAST_SECONDS = (2**31 - 1, 2**32 - 2, 2**32 - 1)  # ends of clocks, which Slurm writes for "none" and "for ever"
# by which a run time has to be multiplied to be end less start, and the unit that it is then in
UNITS = {"minutes": 60.0, "hours": 3_600.0, "days": 86_400.0, "milliseconds": 1e-3}
_ABOUT = 0.02  # share by which end less start may differ from the run time and be it still


@dataclass
class Runs:
    """What became of the times of records: every array is [record]; MISSING where nothing is known.

    notes, apart, counts: as in `Records`.
    """

    submit: Integers
    run: Integers
    start: Integers
    fault: NDArray[np.int8]
    rounded: Flags
    notes: dict[str, Flags] = field(default_factory=dict)
    apart: dict[str, Flags] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)


def dated(times: dict[str, Moments]) -> tuple[dict[str, Moments], dict[str, Flags]]:
    """The times without those that stand for none, 0 or in 1970 beside one of decades later; and which these are.

    >>> one = Moments(np.array([0, 1_714_521_600]), *(np.zeros(2, kind) for kind in (np.int8, np.bool_, int, np.bool_)))
    >>> kept, which = dated({"submit": one._replace(seconds=one.seconds[[1, 1]]), "end": one})
    >>> bool(kept["end"].seconds[0] == MISSING), which["end"].tolist()
    (True, [True, False])
    """
    columns = [each.seconds for each in times.values()]
    late = np.any([seconds >= DATED_SECONDS for seconds in columns], axis=0)
    kept, none = dict(times), {}
    for name, each in times.items():
        zero = late & (each.seconds >= -_DAY_SECONDS) & (each.seconds < _YEAR_SECONDS)
        zero |= np.isin(each.seconds, LAST_SECONDS)
        zero |= (each.seconds >= _LAST_YEAR[0]) & (each.seconds <= _LAST_YEAR[1])
        none[name] = zero
        if zero.any():
            kept[name] = each._replace(seconds=np.where(zero, MISSING, each.seconds))
    return kept, none


def runs_of(
    times: dict[str, Moments], elapsed: Numbers | None, suspended: Numbers | None = None, *, own_first: bool = False
) -> Runs:
    """The run times of records with a `submit`, and perhaps a `start` and an `end`.

    The run time is end less start where both are known, `elapsed` where that is shorter, for a job may have been
    suspended, where one of them is not known, or where the end of summer time makes them uncertain. own_first: it is
    `elapsed` wherever that is known.
    """
    kept, zero = dated(times)
    submit, n = kept["submit"].seconds, len(kept["submit"].seconds)
    run, fault, rounded = elapsed if elapsed is not None else sound(np.full(n, MISSING))
    between = _between(kept)
    stopped = _known(suspended[0]) if suspended is not None else np.zeros(n, np.int64)
    shorter = (between != MISSING) & (run == MISSING) & (stopped > 0) & (stopped <= between)
    between = np.where(shorter, between - stopped, between)
    own = (run != MISSING) & ~((run < 0) & (between >= 0))  # -1 stands for none
    blurred = _blurred(kept)
    taken = (between != MISSING) & ~(own & (own_first | ((run >= 0) & (run <= between)) | blurred))
    shorter |= own & (between != MISSING) & (run >= 0) & (run < between - own_first) & ~blurred
    found = Runs(submit, np.where(taken, between, run), np.full(n, MISSING), np.where(taken, 0, fault).astype(np.int8),
                 rounded & ~taken, counts=_in_units(run, between))  # fmt: skip
    found.notes["suspended"] = shorter
    _place(found, kept, zero, taken)
    return found


def _place(found: Runs, kept: dict[str, Moments], zero: dict[str, Flags], spanned: Flags) -> None:
    """The starts, and which run times are not to be believed; `spanned` are those that are end less start."""
    nothing = np.zeros(len(spanned), np.bool_)
    no_start, no_end = zero.get("start", nothing), zero.get("end", nothing)
    start, end = (kept[name].seconds if name in kept else None for name in ("start", "end"))
    if start is not None:
        found.start = start
        early = (start != MISSING) & (found.submit != MISSING) & (start < found.submit - CLOCK_SECONDS)
        found.counts["early"] = int(early.sum())
        found.apart["start_first"] = early & spanned
    elif end is not None:
        known = (end != MISSING) & (found.run > 0)
        found.start = np.where(known, end - np.where(known, found.run, 0), MISSING)
        early = (end != MISSING) & (found.submit != MISSING) & (end < found.submit - CLOCK_SECONDS)
        found.counts["early"] = int(early.sum())
    found.apart["no_time"] = (no_start | no_end) & (found.run == MISSING)
    found.notes["zero_start"] = no_start & (found.run != MISSING)


def _between(times: dict[str, Moments]) -> Integers:
    """Seconds from start to end where both are known."""
    if "start" not in times or "end" not in times:
        return np.full(len(times["submit"].seconds), MISSING)
    start, end = times["start"].seconds, times["end"].seconds
    known = (start != MISSING) & (end != MISSING)
    return np.where(known, np.where(known, end, 0) - np.where(known, start, 0), MISSING)


def _blurred(times: dict[str, Moments]) -> Flags:
    """Records whose start or end the clocks of a zone show twice, or never."""
    each = [(times[name].fold > 0) | times[name].gap for name in ("start", "end") if name in times]
    return np.any(each, axis=0) if each else np.zeros(len(times["submit"].seconds), np.bool_)


def _known(values: Integers) -> Integers:
    """The values, 0 where nothing is known."""
    return np.where(values == MISSING, 0, values)


def _in_units(run: Integers, between: Integers) -> dict[str, int]:
    """How many records have both times, and how many would agree if the run time were in another unit."""
    both = (run > 0) & (between > 0)
    if not both.any():
        return {}
    one, other = run[both].astype(np.float64), between[both].astype(np.float64)
    counts = {"both": int(both.sum()), "longer": int((one > other * (1 + _ABOUT) + _MINUTE_SECONDS).sum())}
    for unit, factor in UNITS.items():
        # half a unit, for such a run time is rounded; a second for one in fractions of it
        near = np.maximum(_ABOUT * other, max(factor / 2, 1))
        agree = np.abs(one * factor - other) <= near
        counts[f"run in {unit}"] = int(
            (agree & (np.abs(one - other) > np.maximum(_ABOUT * other, _MINUTE_SECONDS))).sum()
        )
    return counts
