"""How numbers, ranges, units, names, lists and table cells are written for people.

The one place for it: every table, message, chart and page formats its numbers here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from datetime import date, time
from difflib import get_close_matches
from math import inf, isfinite
from typing import Any

from sim.units import HOURS_PER_DAY, MINUTES_PER_HOUR

LONGEST_SHOWN = 60  # characters of a value that a sentence repeats
_MOST_ITEMS = 6  # of a list that a sentence repeats
_COMMAS, _EXPONENTS = 10_000, 1e15  # from where on figures have commas, and up to where
_MOST_LISTED = 20
_LONGEST = 60  # a longer name is no slip of the pen
_CLOSE = 0.6  # similarity of a slip, by difflib's measure
# names that scenarios of earlier versions had
MOVED = {
    "utilisation_share": "the lever public_cluster.target_utilisation",
    "window_jobs": "queue.window_weeks",
    "warm_up_share": "queue.warm_up_weeks",
}
MANY_DAYS = 3  # from which a time is given in days
_STEPS = ((1e12, "tn"), (1e9, "bn"), (1e6, "m"), (1e3, "k"))
_LETTERS_END = 1e15  # beyond it no letter is known to readers
_COUNTED = re.compile(r"(^|-)(?!percent$)[a-z]{3,}$")  # a word has a plural; per cent and symbols such as kWh have none
NO_VALUE = "n/a"


def escape(text: str, longest: int = 200) -> str:
    """A text on one line that no terminal obeys: what cannot be printed is written as a code, the rest cut short.

    >>> escape("a" + chr(27) + "b")
    'a\\\\x1bb'
    """
    if len(text) <= longest and text.isprintable():
        return text
    kept = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: longest + 1])
    return _cut(kept, longest)


def _cut(text: str, longest: int) -> str:
    """The text, its end replaced by three dots where it is longer than `longest`."""
    return text if len(text) <= longest else text[: longest - 3] + "..."


def entry_path(*names: object) -> str:
    """The path of an entry; a whole number counts the entries of a list from 1.

    >>> entry_path("world", "cloud", "price_usd"), entry_path("option", 2, "key"), entry_path("", "a b")
    ('world.cloud.price_usd', 'option[2].key', "''.'a b'")
    """
    path = ""
    for name in names:
        if isinstance(name, int):
            path += f"[{name}]"
        else:
            text = str(name)
            bare = text.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
            path += ("." if path else "") + (escape(text, LONGEST_SHOWN) if bare else short_repr(text))
    return path


def short_repr(value: Any, depth: int = 0) -> str:
    """A value as the user would recognise it, cut short.

    >>> [short_repr(value) for value in (10.0, 45e6, True, [1, "a", [[]]], {}, 10**5000)]
    ['10.0', '45,000,000', 'true', "[1, 'a', [...]]", 'a table', 'a whole number of thousands of digits']
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, dict) for item in value):
            return "a list of tables"
        if depth and any(isinstance(item, list | tuple) for item in value):
            return "[...]"
        items = [short_repr(item, depth + 1) for item in value[:_MOST_ITEMS]]
        return "[" + ", ".join(items + ["..."] * (len(value) > _MOST_ITEMS)) + "]"
    if isinstance(value, str):
        return repr(value) if len(value) <= LONGEST_SHOWN else repr(value[: LONGEST_SHOWN - 3]) + "..."
    try:
        text = format_number(value) if isinstance(value, int | float) else repr(value)
    except ValueError:  # Python prints no whole number of more than 4,300 digits
        return "a whole number of thousands of digits"
    return _cut(text, LONGEST_SHOWN)


def format_number(value: float) -> str:
    """A number as a person writes it; what may be a calendar year has no comma.

    >>> [format_number(value) for value in (2026, 1e7, 0.001, 0.1 + 0.2, 10.0, 1e300)]
    ['2026', '10,000,000', '0.001', '0.30000000000000004', '10.0', '1e+300']
    """
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= _COMMAS else str(value)
    return f"{value:,.0f}" if _COMMAS <= abs(value) <= _EXPONENTS and value.is_integer() else repr(float(value))


def format_range(low: float, high: float, unit: str = "") -> str:
    """A range in words.

    >>> format_range(0, 1, "fraction"), format_range(1, 30)
    ('0 to 1 (share)', '1 to 30')
    """
    of = f" ({unit_text(unit)})" if unit else ""
    if low == -inf and high == inf:
        return "any number" + of
    if high == inf:
        return f"{format_bound(low)} or more{of}"
    return f"{format_bound(high)} or less{of}" if low == -inf else f"{format_bound(low)} to {format_bound(high)}{of}"


def format_bound(value: float) -> str:
    """The end of a range.

    >>> format_bound(1000.0), format_bound(0.05), format_bound(1e-7)
    ('1,000', '0.05', '1e-07')
    """
    return f"{value:,.0f}" if value == int(value) and abs(value) <= _EXPONENTS else f"{value:,g}"


def join_words(names: tuple[str, ...] | list[str], joint: str = "and") -> str:
    """Names as a sentence lists them.

    >>> join_words(["a", "b", "c"]), join_words(["a"])
    ('a, b and c', 'a')
    """
    return f" {joint} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def join_first(names: Sequence[str]) -> str:
    """Names as a short line lists them: the first one and how many more where there are more than two.

    >>> join_first(["a"]), join_first(["a", "b"]), join_first(["a", "b", "c"])
    ('a', 'a and b', 'a and 2 others')
    """
    return f"{names[0]} and {len(names) - 1} others" if len(names) > 2 else " and ".join(names)


def upper_first(text: str) -> str:
    """A text that begins with a capital letter."""
    return text[:1].upper() + text[1:]


def lower_first(text: str) -> str:
    """A text as it goes on within a sentence."""
    return text[:1].lower() + text[1:]


def nearest_name(name: object, known: Iterable[str], cutoff: float = _CLOSE) -> str | None:
    """The known name most like `name`, whatever its capitals and hyphens; None where none is.

    Half a name ('price' for 'price_usd') is taken for the whole where nothing is closer.

    >>> nearest_name("Life-Year", ["life_years", "refresh"]), nearest_name("price", ["price_usd"])
    ('life_years', 'price_usd')
    """
    by_folded = {folded_name(each): each for each in known}
    wanted = folded_name(str(name)[: _LONGEST + 1])
    if not wanted or len(wanted) > _LONGEST:
        return None
    found = get_close_matches(wanted, by_folded, n=1, cutoff=cutoff)
    if not found and cutoff <= _CLOSE:
        halves = [each for each in by_folded if each.startswith(wanted + "_") or wanted.startswith(each + "_")]
        found = sorted(halves, key=len)
    return by_folded[found[0]] if found else None


def folded_name(name: str) -> str:
    """A name without the differences that people overlook."""
    return name.casefold().replace("-", "_").replace(" ", "_")


def unknown_name(kind: str, name: object, known: Iterable[str]) -> str:
    """Sentence for a name that does not exist, with the nearest that does.

    >>> unknown_name("lever", "life_year", ["life_years", "refresh"])
    "no lever 'life_year'; did you mean 'life_years'?"
    """
    names = sorted(known)
    if now := MOVED.get(str(name)):
        return f"no {kind} {short_repr(name)}: it is now {now}"
    if near := nearest_name(name, names):
        return f"no {kind} {short_repr(name)}; did you mean {near!r}?"
    more = ", ..." if len(names) > _MOST_LISTED else ""
    return f"no {kind} {short_repr(name)}; there are: {', '.join(names[:_MOST_LISTED])}{more}"


def unit_text(unit: str) -> str:
    """A unit as it stands on a chart or in a sentence.

    >>> unit_text("USD/H100e_hour"), unit_text("fraction"), unit_text("1/year"), unit_text("USD/person/year")
    ('USD per H100e-hour', 'share', 'per year', 'USD per person per year')
    """
    if unit == "fraction":
        return "share"
    first, *rest = unit.replace("_", "-").replace("*", "-").split("/")
    return " per ".join(["" if first == "1" else first, *rest]).lstrip()


def format_count(number: int, noun: str) -> str:
    """So many of something.

    >>> format_count(1, "warning"), format_count(20_000, "record")
    ('1 warning', '20,000 records')
    """
    return f"{format_number(number)} {noun}{'' if number == 1 else 's'}"


def format_amount(number: int, noun: str) -> str:
    """So many of something in a figure, where thousands have a comma: beside tables, and where no year is meant.

    >>> format_amount(1, "job"), format_amount(1_024, "GPU")
    ('1 job', '1,024 GPUs')
    """
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def plural_unit(unit: str) -> str:
    """A unit as it stands behind any number but one.

    >>> plural_unit("FE_hour"), plural_unit("USD/FE_hour"), plural_unit("MWh"), plural_unit("die/wafer")
    ('FE-hours', 'USD per FE-hour', 'MWh', 'dies per wafer')
    """
    first, per, rest = unit_text(unit).partition(" per ")
    return f"{first}s{per}{rest}" if _COUNTED.search(first) else f"{first}{per}{rest}"


def format_short(value: float, digits: int = 3) -> str:
    """A number as a person writes it, to `digits` significant digits.

    >>> format_short(2.6e9), format_short(0.0349), format_short(-1234567), format_short(0)
    ('2.60bn', '0.0349', '-1.23m', '0')
    """
    if value != value:
        return NO_VALUE
    size = abs(value)
    if size == 0:
        return "0"
    for step, letter in _STEPS:
        # 999.96 would round up to "1.00e+03": the next step takes it
        if size >= step * (1 - 0.5 * 10.0**-digits):
            return f"{_fixed(value / step, digits)}{letter}"
    return _fixed(value, digits)


def _fixed(value: float, digits: int) -> str:
    """`value` with `digits` significant digits and no exponent."""
    if abs(value) < 1:
        return f"{value:.{digits}g}"
    return f"{value:.{max(digits - len(str(int(abs(value)))), 0)}f}"


def format_typeset(value: float, digits: int = 3) -> str:
    """A number as charts print it: short, to `digits` significant digits, with a true minus sign.

    >>> format_typeset(2.6e9), format_typeset(3e20), format_typeset(-76e6)
    ('2.60bn', '3e+20', '−76.0m')
    """
    text = f"{value:.{digits}g}" if abs(value) >= _LETTERS_END else format_short(value, digits)
    return text.replace("-", "−", 1) if text.startswith("-") else text


def format_tick(value: float, _: object = None, digits: int = 3) -> str:
    """A round number on an axis, to at most `digits` significant digits.

    >>> format_tick(5e7), format_tick(2.5e9), format_tick(0), format_tick(-100)
    ('50m', '2.5bn', '0', '−100')
    """
    text = format_typeset(value, digits)
    head = text.rstrip("kmbtn")
    return head.rstrip("0").rstrip(".") + text[len(head) :] if "." in head and "e" not in head else text


def format_duration(hours: float) -> str:
    """A time as people say it: minutes below an hour, days from three of them on.

    >>> [format_duration(hours) for hours in (0, 0.004, 0.235, 9.95, 200)]
    ['no time', 'less than a minute', '14 minutes', '9.9 hours', '8.3 days']
    """
    if not isfinite(hours):
        return NO_VALUE
    minutes = hours * MINUTES_PER_HOUR
    if hours <= 0:
        return "no time"
    if minutes < 1:
        return "less than a minute"
    if hours < 1:
        return f"{minutes:.0f} {'minute' if round(minutes) == 1 else 'minutes'}"
    return f"{hours:.1f} hours" if hours < MANY_DAYS * HOURS_PER_DAY else f"{hours / HOURS_PER_DAY:.1f} days"


def format_percent(share: float, digits: str = ".1f") -> str:
    """A share in per cent, its number written by the format `digits`.

    >>> format_percent(0.285), format_percent(-0.03, "+.2g"), format_percent(float("nan"))
    ('28.5 %', '-3 %', 'n/a')
    """
    return f"{100 * share:{digits}} %" if isfinite(share) else NO_VALUE


def format_in_unit(value: float, unit: str, *, signed: bool = False) -> str:
    """A value of an outcome without its unit: shares in per cent, months whole; `signed` writes a plus too.

    >>> format_in_unit(0.125, "fraction", signed=True), format_in_unit(17.6, "month"), format_in_unit(-2e6, "USD")
    ('+12.5', '18', '-2.00m')
    """
    sign, value = "+" if signed and value > 0 else "", value + 0.0  # which takes the minus off a zero
    if unit == "fraction":
        return f"{sign}{100 * value:.1f}"
    return sign + (f"{value:.0f}" if unit == "month" else format_short(value))


def format_value(value: object, in_percent: bool = False) -> str:
    """The value of a parameter of any kind, without its unit.

    >>> format_value(45e3), format_value(0.035, in_percent=True), format_value(True), format_value((1, 2))
    ('45,000', '3.5 %', 'on', '1, 2')
    """
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, tuple | list):
        return ", ".join(format_value(item, in_percent) for item in value) or "none"
    if not isinstance(value, int | float):
        return str(value)
    return format_percent(value, ".4g") if in_percent else f"{value:,g}"


def format_rounded(value: float, digits: int = 4) -> str:
    """A number to `digits` significant digits, with commas and without letters.

    >>> format_rounded(32987.6), format_rounded(0.0848), format_rounded(1)
    ('32,990', '0.0848', '1')
    """
    rounded = float(f"{value:.{digits}g}")
    return f"{rounded:,.0f}" if abs(rounded) >= _COMMAS else f"{rounded:g}"


def format_ordinal(number: int) -> str:
    """A number as the place in an order.

    >>> [format_ordinal(number) for number in (1, 12, 33, 72)]
    ['1st', '12th', '33rd', '72nd']
    """
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def with_range(text: str, low: str, high: str) -> str:
    """A value with its range, or alone where both ends read the same as it.

    >>> with_range("3", "2", "5"), with_range("3", "3", "3")
    ('3 [2 to 5]', '3')
    """
    return text if low == high == text else f"{text} [{low} to {high}]"


def markdown_cell(text: str) -> str:
    """Markdown fit for a cell of a table: on one line, its bars no borders of cells.

    >>> print(markdown_cell("a | b"))
    a \\| b
    """
    return " ".join(text.splitlines()).replace("|", "\\|")


def markdown_table(heads: Sequence[str], rows: Iterable[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """The lines of a table in Markdown; the columns numbered in `right`, from 0, are aligned to the right.

    >>> markdown_table(["name", "value"], [["a", "1"]], right=[1])
    ['| name | value |', '|---|---:|', '| a | 1 |']
    """
    borders = "".join("---:|" if column in right else "---|" for column in range(len(heads)))
    head, *body = (f"| {' | '.join(map(markdown_cell, cells))} |" for cells in (heads, *rows))
    return [head, f"|{borders}", *body]


def list_faults(origin: str, faults: list[str]) -> str:
    """All faults of one origin: on its line where there is one, else a line each.

    >>> print(list_faults("a.toml", ["no title", "no budget"]))
    a.toml: 2 faults:
      - no title
      - no budget
    """
    one = faults[0] if len(faults) == 1 else "\n".join([f"{len(faults)} faults:", *(f"  - {each}" for each in faults)])
    return f"{origin}: {one}"
