"""What stands in a field: whole numbers, times and durations as logs write them, one by one or a column at a time."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo, available_timezones

import numpy as np
from numpy.typing import NDArray

from sim.formatting import short_repr
from sim.queue.logs.forms import AMBIGUOUS, date_of, seconds_of
from sim.queue.logs.problems import LogError
from sim.queue.logs.records import CODE, LATEST_SECONDS, MISSING

EXACT = 2.0**53  # from here on a float64 has no fractions, and no longer every whole number
MOST_DIGITS = 18  # of a whole number that surely fits into int64
INTEGER = re.compile(rb"[+-]?\d+")

Numbers = tuple[NDArray[np.int64], NDArray[np.int8], NDArray[np.bool_]]
"""Values, index of the fault in CODES, whether a fraction was rounded; each [record]."""
EPOCH = datetime(1970, 1, 1)
NOTHING = frozenset(
    (
        "",
        "unknown",
        "none",
        "null",
        "n/a",
        "na",
        "nan",
        "nat",
        "unlimited",
        "partition_limit",
        "infinite",
        "not_set",
        "invalid",
        "(null)",
        "<na>",
        "\\n",  # of MySQL, in small letters
        "0000-00-00",
        "0000-00-00 00:00:00",
        "-",
    )
)
"""Texts, in small letters, by which logs say that there is no value."""

_OFFSET = re.compile(r"([+-])(0\d|1[0-4]):?([0-5]\d)?")
_BUCKET_SECONDS = 900  # zones change their offset on the quarter of an hour
_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?")
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_COMPACT = re.compile(r"(?:19[89]|20\d)\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{4}(?:\d\d)?")
"""A date with the time of day, without marks between them."""
_DURATION = re.compile(r"(?:(\d{1,6})-)?(\d{1,9})(?::(\d{1,9}))?(?::(\d{1,9}))?(\.\d+)?")


def number(field: bytes) -> tuple[int, int, bool]:
    """(value, fault, had a fraction) of one field; a fraction is rounded, but never down to nothing.

    >>> number(b"12"), number(b"0.2"), number(b"1.50"), number(b"2.0"), number(b"-1.0")
    ((12, 0, False), (1, 0, True), (2, 0, True), (2, 0, False), (-1, 0, False))
    >>> number(b"nan")[1] == CODE["not_finite"], number(b"1e30")[1] == CODE["huge"], number(b"1_0")[1] > 0
    (True, True, True)
    """
    if len(field) <= MOST_DIGITS and INTEGER.fullmatch(field):
        return int(field), 0, False
    try:
        value = float(field) if b"_" not in field else None
    except ValueError:
        value = None
    if value is None:
        return MISSING, CODE["number"], False
    if not math.isfinite(value):
        return MISSING, CODE["not_finite"], False
    if abs(value) >= EXACT:
        return MISSING, CODE["huge"], False
    return nearest_integer(value), 0, not value.is_integer()


def nearest_integer(value: float) -> int:
    """The nearest whole number, halves upwards; what is more than nothing stays at least 1.

    >>> nearest_integer(0.4), nearest_integer(1.5), nearest_integer(2.5), nearest_integer(-0.4)
    (1, 2, 3, 0)
    """
    nearest = math.floor(value + 0.5)
    return max(nearest, 1) if value > 0 else nearest


def nearest_integers(values: NDArray[np.float64]) -> NDArray[np.int64]:
    """`nearest_integer` of finite numbers [any shape].

    >>> nearest_integers(np.array([0.4, 1.5, 2.5, -0.4]))
    array([1, 2, 3, 0])
    """
    nearest = np.floor(values + 0.5)
    return np.where((values > 0) & (nearest < 1), 1, nearest).astype(np.int64)


def sound(values: NDArray[np.int64]) -> Numbers:
    """Numbers without a fault, none of them rounded."""
    return values, np.zeros(len(values), np.int8), np.zeros(len(values), np.bool_)


def from_floats(values: NDArray[Any]) -> Numbers:
    """Numbers out of floating ones, of which NaN is taken for no value.

    >>> from_floats(np.array([1.5, np.nan, np.inf]))[0].tolist() == [2, MISSING, MISSING]
    True
    """
    values = values.astype(np.float64)
    fault = np.zeros(len(values), np.int8)
    fault[np.isinf(values)] = CODE["not_finite"]
    fault[(np.abs(values) >= EXACT) & (fault == 0)] = CODE["huge"]
    good = (fault == 0) & ~np.isnan(values)
    clean = np.where(good, values, 0.0)
    found = np.where(good, nearest_integers(clean), MISSING)
    return found, fault, good & (clean != np.floor(clean))


# --- times and durations ---


class Moment(NamedTuple):
    """One time as it was read."""

    seconds: int
    local: bool = False  # by the clock on the wall of some zone
    fault: int = 0
    rounded: bool = False


class Moments(NamedTuple):
    """A column of times; every array is [record].

    fold: seconds to the second reading of a time that the clocks of its zone show twice, else 0.
    gap: the clocks of its zone never show this time.
    """

    seconds: NDArray[np.int64]
    fault: NDArray[np.int8]
    rounded: NDArray[np.bool_]
    fold: NDArray[np.int64]
    gap: NDArray[np.bool_]

    def not_before(self, earlier: Moments) -> Moments:
        """The same times; one that may be read in two ways is read so that it does not come before the `earlier`."""
        later = (self.fold > 0) & (earlier.seconds != MISSING) & (self.seconds < earlier.seconds)
        return self._replace(seconds=self.seconds + np.where(later, self.fold, 0))


@lru_cache(maxsize=8)
def zone(name: str) -> tzinfo:
    """The time zone of an IANA name, or of an offset such as +02:00; LogError with the nearest one where there is none.

    >>> zone("+05:30").utcoffset(None)
    datetime.timedelta(seconds=19800)
    """
    if name.upper() == "UTC":
        return UTC
    if found := _OFFSET.fullmatch(name):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return timezone(timedelta(minutes=-minutes if found[1] == "-" else minutes))
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        near = get_close_matches(name, sorted(available_timezones()), n=1)
        hint = f"did you mean {near[0]!r}?" if near else "write it as Europe/Berlin or UTC"
        raise LogError("--time-zone", [f"no time zone {short_repr(name)}; {hint}"]) from None


def known_zone(name: str) -> bool:
    """True where there is such a time zone.

    >>> known_zone("Europe/Stockholm"), known_zone("+01:00"), known_zone("Nowhere")
    (True, True, False)
    """
    try:
        zone(name)
    except LogError:
        return False
    return True


def moment(text: str, day_first: bool | None = None) -> Moment:
    """A time out of its text: a date and time of day, or seconds; `day_first` in dates between strokes, if it is known.

    >>> moment("1970-01-02T00:00:01"), moment("1970-01-01T00:00:00+01:00").seconds, moment("12.5")
    (Moment(seconds=86401, local=True, fault=0, rounded=False), -3600, Moment(seconds=13, ..., rounded=True))
    >>> moment("Unknown").seconds == MISSING, moment("yesterday").fault == CODE["time"]
    (True, True)
    >>> moment("2/1/1970 00:00", True).seconds, moment("2/1/1970").fault == CODE["ambiguous"]
    (86400, True)
    """
    text = text.strip()
    if text.casefold() in NOTHING:
        return Moment(MISSING)
    if _NUMBER.fullmatch(text) and not _COMPACT.fullmatch(text):
        seconds, fault, rounded = number(text.encode())
        return Moment(seconds, fault=fault, rounded=rounded)
    try:
        date = datetime.fromisoformat(text) if _DATE.fullmatch(text) else date_of(text, day_first)
    except ValueError:
        date = None
    if date is None or isinstance(date, str):
        return Moment(MISSING, fault=CODE["ambiguous" if date == AMBIGUOUS else "time"])
    local = date.tzinfo is None
    try:
        since = (date if local else date.astimezone(UTC).replace(tzinfo=None)) - EPOCH
    except OverflowError:  # in the first or the last year there is
        return Moment(MISSING, fault=CODE["time"])
    return Moment(nearest_integer(since.total_seconds()), local, rounded=bool(date.microsecond))


def located(
    seconds: NDArray[np.int64], where: tzinfo
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Times of the clocks of a zone in UTC, with `fold` and `gap` of `Moments`; each [time].

    >>> autumn, spring = moment("2024-10-27T02:30:00").seconds, moment("2024-03-31T02:30:00").seconds
    >>> utc, fold, gap = located(np.array([autumn, spring]), ZoneInfo("Europe/Berlin"))
    >>> int(autumn - utc[0]) // 3600, fold.tolist(), gap.tolist()
    (2, [3600, 0], [False, True])
    """
    dated = (seconds >= 0) & (seconds <= LATEST_SECONDS)  # what is outside gets its fault elsewhere
    if where is UTC or not dated.any():
        return seconds, np.zeros(len(seconds), np.int64), np.zeros(len(seconds), np.bool_)
    buckets, position = np.unique(np.where(dated, seconds, 0) // _BUCKET_SECONDS, return_inverse=True)
    offsets = np.array([_offsets(int(bucket) * _BUCKET_SECONDS, where) for bucket in buckets], np.int64)[position]
    first, second = offsets[:, 0], offsets[:, 1]
    fold = np.where(dated & (first > second), first - second, 0)
    return np.where(dated, seconds - first, seconds), fold, dated & (first < second)


def offsets(seconds: NDArray[np.int64], time_zone: str) -> NDArray[np.int64]:
    """Seconds by which the clocks of a zone are ahead of UTC at times in UTC; each [time].

    >>> offsets(np.array([moment("2024-03-31T00:59:59").seconds, moment("2024-03-31T01:00").seconds]), "Europe/Berlin")
    array([3600, 7200])
    """
    where = zone(time_zone)
    dated = np.clip(seconds, 0, LATEST_SECONDS)
    if where is UTC or not len(seconds):
        return np.zeros(len(seconds), np.int64)
    buckets, position = np.unique(dated // _BUCKET_SECONDS, return_inverse=True)
    times = (datetime.fromtimestamp(int(bucket) * _BUCKET_SECONDS, where) for bucket in buckets)
    each = [int((time.utcoffset() or timedelta()).total_seconds()) for time in times]
    return np.array(each, np.int64)[position]


def dated(seconds: NDArray[np.int64], start_epoch: int | None, time_zone: str) -> list[str]:
    """Seconds of a log's clock as dates in a zone; as seconds where nothing dates its second 0.

    >>> dated(np.array([3600]), 0, "+02:00"), dated(np.array([3600]), None, "UTC")
    (['1970-01-01 03:00:00'], ['second 3600'])
    """
    if start_epoch is None:
        return [f"second {int(each)}" for each in seconds]
    utc = seconds + start_epoch
    return [str(EPOCH + timedelta(seconds=int(each))) for each in utc + offsets(utc, time_zone)]


def in_order(times: dict[str, Moments]) -> dict[str, Moments]:
    """Times of the same records that follow one another, each read so that it does not come before the one before."""
    ordered: dict[str, Moments] = {}
    before: Moments | None = None
    for name, each in times.items():
        ordered[name] = before = each if before is None else each.not_before(before)
    return ordered


def clock_changes(times: Iterable[Moments]) -> dict[str, NDArray[np.bool_]]:
    """Records [record] with a time that the clocks of its zone show twice, `fold`, or never, `gap`."""
    folds, gaps = zip(*((each.fold > 0, each.gap) for each in times), strict=True)
    return {"fold": np.any(folds, axis=0), "gap": np.any(gaps, axis=0)}


def _offsets(seconds: int, where: tzinfo) -> tuple[int, int]:
    """The zone's offset from UTC at a time of its clocks, by its first and by its second reading."""
    naive = EPOCH + timedelta(seconds=seconds)
    readings = (where.utcoffset(naive.replace(fold=fold)) or timedelta() for fold in (0, 1))
    first, second = (int(offset.total_seconds()) for offset in readings)
    return first, second


def clock_seconds(origin: str, option: str, text: str, start_epoch: int | None, time_zone: str) -> int:
    """A bound that the user gave, a date or seconds, on the log's clock."""
    found = moment(text)
    if found.fault or found.seconds == MISSING:
        raise LogError(
            origin, [f"{option} = {short_repr(text)}: write a date as 2024-05-01 (or with T12:00:00), or seconds"]
        )
    if _NUMBER.fullmatch(text.strip()):
        return found.seconds
    if start_epoch is None:
        raise LogError(origin, [f"{option} = {short_repr(text)}: the log does not date its second 0; write seconds"])
    seconds = np.array([found.seconds])
    return int((located(seconds, zone(time_zone))[0] if found.local else seconds)[0]) - start_epoch


@lru_cache(maxsize=1 << 16)
def duration(text: str) -> tuple[int, int, bool]:
    """(seconds, fault, rounded) of days-hours:minutes:seconds with parts left out, or of plain seconds.

    As Slurm writes them: with days the first part counts hours, without days the last one seconds.

    >>> [duration(text)[0] for text in ("1-00:00:00", "1-12", "02:30:00", "30:00", "90", "00:10.7")]
    [86400, 129600, 9000, 1800, 90, 11]
    >>> duration("UNLIMITED")[0] == MISSING, duration("soon")[1] == CODE["duration"]
    (True, True)
    """
    text = text.strip()
    if text.casefold() in NOTHING and text.casefold() != "invalid":
        return MISSING, 0, False
    if ":" not in text and (INTEGER.fullmatch(text.encode()) or _NUMBER.fullmatch(text)):
        return number(text.encode())
    found = _DURATION.fullmatch(text)
    if found is None:
        exact = seconds_of(text)
        if exact is None:
            return MISSING, CODE["duration"], False
        return nearest_integer(float(exact)), 0, exact.denominator > 1
    days, *parts, fraction = found.groups()
    values = [int(part) for part in parts if part is not None]
    if days is None and len(values) < len(parts):
        values = [0] * (len(parts) - len(values)) + values
    hours, minutes, seconds = [*values, 0, 0][: len(parts)]
    total = timedelta(days=int(days or 0), hours=hours, minutes=minutes, seconds=seconds).total_seconds()
    return nearest_integer(total + float(fraction or 0)), 0, bool(fraction and float(fraction))


def gathered(moments: Iterable[Moment], position: NDArray[np.int64], where: tzinfo) -> Moments:
    """The column [record] made of different times [position] that were read one by one."""
    each = list(moments)
    seconds = np.array([m.seconds for m in each], np.int64)
    local = np.array([m.local for m in each], np.bool_)
    placed, fold, gap = located(seconds, where)
    return Moments(
        np.where(local, placed, seconds)[position],
        np.array([m.fault for m in each], np.int8)[position],
        np.array([m.rounded for m in each], np.bool_)[position],
        np.where(local, fold, 0)[position],
        (gap & local)[position],
    )
