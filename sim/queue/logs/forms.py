"""Times and durations as other programs write them: pandas, Excel, Python, BigQuery, mail and C, ISO 8601."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from fractions import Fraction

AMBIGUOUS = "ambiguous"

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_CLOCK = (
    r"(?:(?:\s*[T,]\s*|\s+)(?P<hour>\d{1,2}):(?P<minute>\d\d)(?::(?P<second>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?)?(?:\s*(?P<zone>Z|UTC|GMT|[+-]\d\d(?::?\d\d)?))?"
)
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*,?\s+)?"
_DATES = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"(?P<year>\d{{4}})(?P<mark>[-/.])(?P<month>\d{{1,2}})(?P=mark)(?P<day>\d{{1,2}}){_CLOCK}",
        rf"(?P<day>\d{{1,2}})\.(?P<month>\d{{1,2}})\.(?P<year>\d{{4}}){_CLOCK}",
        rf"(?P<first>\d{{1,2}})/(?P<other>\d{{1,2}})/(?P<year>\d{{4}}|\d\d){_CLOCK}",
        rf"{_WEEKDAY}(?P<day>\d{{1,2}})[-\s](?P<name>[a-z]{{3,9}})[-\s](?P<year>\d{{4}}){_CLOCK}",
        rf"{_WEEKDAY}(?P<name>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}}),?\s+(?P<year>\d{{4}}){_CLOCK}",
        # as C's ctime and `date` write it
        rf"{_WEEKDAY}(?P<name>[a-z]{{3,9}})\s+(?P<day>\d{{1,2}}){_CLOCK}\s+(?P<year>\d{{4}})",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)T(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?(?P<zone>Z)?",
        r"(?P<year>\d{4})(?P<month>\d\d)(?P<day>\d\d)(?P<hour>\d\d)(?P<minute>\d\d)(?P<second>\d\d)?",
        rf"(?P<year>\d{{4}})(?P<month>\d\d)(?P<day>\d\d)(?=\s){_CLOCK}",
    )
)
_SLASHES = re.compile(r"\s*(\d{1,2})/(\d{1,2})/(?:\d{4}|\d\d)\b")
_LONGEST = 64  # characters: no date and no duration is longer
_NOON = 12
_MONTHS_A_YEAR = 12


def day_first(texts: Iterable[str]) -> bool | None:
    """Whether dates between strokes begin with the day; None where no date shows it, or one shows the contrary.

    >>> day_first(["5/1/2024", "5/13/2024"]), day_first(["31/1/2024"]), day_first(["5/1/2024"])
    (False, True, None)
    """
    found = [(int(m[1]), int(m[2])) for text in texts if "/" in text and (m := _SLASHES.match(text))]
    day, month = (any(pair[place] > _MONTHS_A_YEAR for pair in found) for place in (0, 1))
    return None if day == month else day


def date_of(text: str, first_is_day: bool | None = None) -> datetime | str | None:
    """The date in a text, with a zone where it names one; AMBIGUOUS where day and month may change places; else None.

    >>> date_of("01.05.2024 12:00"), date_of("Wed May  1 12:00:00 2024"), date_of("5/1/2024 1:00 PM", False)
    (datetime.datetime(2024, 5, 1, 12, 0), ..., datetime.datetime(2024, 5, 1, 13, 0))
    >>> date_of("2024-05-01 12:00:00.123456789 UTC"), date_of("5/1/2024"), date_of("31.02.2024")
    (datetime.datetime(2024, 5, 1, 12, 0, 0, 123456, tzinfo=datetime.timezone.utc), 'ambiguous', None)
    """
    if len(text) > _LONGEST or not text.isascii():
        return None
    found = next((m.groupdict() for form in _DATES if (m := form.fullmatch(text))), None)
    if found is None:
        return None
    if "first" in found:
        one, other = int(found["first"]), int(found["other"])
        if first_is_day is None and max(one, other) <= _MONTHS_A_YEAR and one != other:
            return AMBIGUOUS
        is_day = one > _MONTHS_A_YEAR if max(one, other) > _MONTHS_A_YEAR else bool(first_is_day)
        found["day"], found["month"] = (one, other) if is_day else (other, one)
    if "name" in found:
        name = found["name"][:3].casefold()
        found["month"] = _MONTHS.index(name) + 1 if name in _MONTHS else 0
    return _date(found)


def _date(found: dict[str, str | None]) -> datetime | None:
    """The date of these parts, or None where there is no such day."""
    year, month, day, hour, minute, second = (
        int(found.get(name) or 0) for name in ("year", "month", "day", "hour", "minute", "second")
    )
    if half := found.get("half"):
        if not 1 <= hour <= _NOON:
            return None
        hour = hour % _NOON + (_NOON if half in "pP" else 0)
    micro = int(((found.get("part") or "") + "000000")[:6])
    try:
        year += 2000 if len(found["year"] or "") == 2 else 0
        return datetime(year, month, day, hour, minute, second, micro, tzinfo=_zone(found.get("zone")))
    except ValueError:
        return None


def _zone(text: str | None) -> timezone | None:
    """The zone of `Z`, `UTC`, `+02`, `+0200` or `+02:00`; ValueError beyond a day."""
    if not text:
        return None
    digits = text[1:].replace(":", "")
    if not digits.isdigit():
        return UTC
    minutes = int(digits[:2]) * 60 + int(digits[2:] or 0)
    return timezone(timedelta(minutes=-minutes if text[0] == "-" else minutes))


# --- durations ---

_SECONDS: dict[str, int | Fraction] = {
    **dict.fromkeys(("w", "week", "weeks"), 604_800),
    **dict.fromkeys(("d", "day", "days"), 86_400),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), 3_600),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), 60),
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), 1),
    **dict.fromkeys(("ms", "millisecond", "milliseconds"), Fraction(1, 1_000)),
    **dict.fromkeys(("us", "µs", "microsecond", "microseconds"), Fraction(1, 1_000_000)),
    **dict.fromkeys(("ns", "nanosecond", "nanoseconds"), Fraction(1, 1_000_000_000)),
}
_DAYS = re.compile(r"(?:(\d{1,6})(?:\s*days?,?\s*\+?|\+))?(\d{1,9}):(\d\d):(\d\d)(\.\d{1,9})?", re.IGNORECASE)
_INTERVAL = re.compile(r"0-0 (\d{1,6}) (\d{1,9}):(\d{1,2}):(\d{1,2})(\.\d{1,9})?")  # of BigQuery
_ISO = re.compile(
    r"P(?:(\d{1,6}(?:\.\d{1,9})?)W)?(?:(\d{1,6}(?:\.\d{1,9})?)D)?"
    r"(?:T(?=[\d.])(?:(\d{1,9}(?:\.\d{1,9})?)H)?(?:(\d{1,9}(?:\.\d{1,9})?)M)?(?:(\d{1,12}(?:\.\d{1,9})?)S)?)?",
    re.IGNORECASE,
)
_WORDS = re.compile(r"(?:\d{1,12}(?:\.\d{1,9})?\s*[a-zµ]+(?:\s*,\s*|\s+|$|(?=\d)))+", re.IGNORECASE)
_WORD = re.compile(r"(\d{1,12}(?:\.\d{1,9})?)\s*([a-zµ]+)", re.IGNORECASE)


def seconds_of(text: str) -> Fraction | None:
    """Seconds of a duration with days in words, in ISO 8601, or with letters for units; None where it is none.

    >>> [int(seconds_of(text)) for text in ("0 days 02:00:00", "1 day, 2:00:00", "PT2H30M", "P1DT2H", "2h30m")]
    [7200, 93600, 9000, 93600, 9000]
    >>> seconds_of("00:00:10.500000") * 2, seconds_of("0-0 0 2:30:0"), seconds_of("P"), seconds_of("2 fortnights")
    (Fraction(21, 1), Fraction(9000, 1), None, None)
    """
    if len(text) > _LONGEST:
        return None
    if found := _DAYS.fullmatch(text) or _INTERVAL.fullmatch(text):
        days, hours, minutes, seconds, part = found.groups()
        whole = int(days or 0) * 86_400 + int(hours) * 3_600 + int(minutes) * 60 + int(seconds)
        return whole + Fraction(part or 0)
    if (found := _ISO.fullmatch(text)) and any(found.groups()):
        each = zip(found.groups(), (604_800, 86_400, 3_600, 60, 1), strict=True)
        return sum((Fraction(number) * unit for number, unit in each if number), Fraction(0))
    if not _WORDS.fullmatch(text):
        return None
    total = Fraction(0)
    for number, unit in _WORD.findall(text):
        if unit.casefold() not in _SECONDS:
            return None
        total += Fraction(number) * _SECONDS[unit.casefold()]
    return total
