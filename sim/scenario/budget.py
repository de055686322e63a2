"""The money of a scenario: amounts by year, and what they are worth in base-year dollars."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import takewhile
from typing import Any

from sim import sources
from sim.formatting import entry_path, format_number, format_range, join_words, nearest_name, short_repr, unknown_name
from sim.mechanisms.coverage import PARTS, Coverage
from sim.scenario.entries import whole_number
from sim.scenario.model import Budget
from sim.scenario.problems import Problems
from sim.scenario.values import finite
from sim.units import BASE_PRICE_YEAR

WORDS = ("total", "years", "path", "covers", "operations_years")
LEAST, MOST = 1, 1e15  # units of the currency in all; a budget of nothing compares nothing
MOST_YEARS = 30
USUAL_YEARS = 6  # of a total, unless the file says otherwise
PLAUSIBLE_USD = (1e6, 1e11)
RATES = (1e-7, 100.0)  # dollars per unit of a currency


def joined(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """A budget with entries of another. It is either a total over years or a path: naming one drops the other.

    >>> joined({"path": [1, 2]}, {"total": 5}), joined({"total": 5, "years": 2}, {"years": 3})
    ({'total': 5}, {'total': 5, 'years': 3})
    """
    dropped = {"total", "years"} if "path" in over else {"path"} if {"total", "years"} & set(over) else set()
    return {name: value for name, value in base.items() if name not in dropped} | over


def read_budget(table: Any, horizon: int | None, problems: Problems) -> Budget | None:
    """Either `total` over `years`, or `path`, one amount a year; None after a fault."""
    how = "give total and years, or path, one amount a year"
    if table is None:
        problems.fault("budget", f"is missing; {how}")
    elif not isinstance(table, dict):
        problems.fault("budget", f"{short_repr(table)} is not a table; write [budget] and {how}")
    else:
        for name in table:
            if name not in WORDS:
                problems.fault(entry_path("budget", name), unknown_name("entry", name, WORDS))
        coverage, budget = _coverage(table, horizon, problems), _amounts(table, horizon, problems)
        return None if budget is None or coverage is None else replace(budget, coverage=coverage)
    return None


def _amounts(table: dict[str, Any], horizon: int | None, problems: Problems) -> Budget | None:
    """The amounts by year; None after a fault."""
    if "path" not in table and ("total" in table or set(table) <= set(WORDS)):
        return _even(table, horizon, problems)
    if "path" not in table:
        return None  # the total is there, under a name of its own
    if {"total", "years"} & set(table):
        problems.fault("budget", "has both a total and a path; give total and years, or path, not both")
        return None
    return _by_year(table["path"], horizon, problems)


def _coverage(table: dict[str, Any], horizon: int | None, problems: Problems) -> Coverage | None:
    """What of a machine the money pays for; None after a fault."""
    parts, before = table.get("covers", list(PARTS)), len(problems.faults)
    allowed = f"allowed: a list of {join_words([repr(part) for part in PARTS], 'and')}"
    if not isinstance(parts, list | tuple) or not parts:
        nothing = "covers nothing" if parts in ([], ()) else f"{short_repr(parts)} is not a list{_as_list(parts)}"
        problems.fault("budget.covers", f"{nothing}; {allowed}")
        return None
    for number, part in enumerate(parts, 1):
        if part not in PARTS:
            problems.fault(entry_path("budget.covers", number), unknown_name("part", str(part), PARTS))
        elif part in parts[: number - 1]:
            problems.fault(entry_path("budget.covers", number), f"{part!r} is named twice")
    if len(problems.faults) == before and "hardware" not in parts:
        problems.fault("budget.covers", "must include 'hardware': the price of the machine decides its size")
    years = _operations_years(table, horizon, problems) if "operations_years" in table else None
    if years is not None and "operations" not in parts:
        problems.fault("budget.operations_years", "there are none where budget.covers lacks 'operations'")
    return Coverage(tuple(part for part in PARTS if part in parts), years) if len(problems.faults) == before else None


def _as_list(part: Any) -> str:
    """How to write a part as a list, in a file and on the command line; empty where it is no part."""
    return f'; write covers = ["{part}"], or --set \'budget.covers=["{part}"]\'' if part in PARTS else ""


def _operations_years(table: dict[str, Any], horizon: int | None, problems: Problems) -> float | None:
    """Years of operation that the money pays for; None after a fault."""
    path, given, most = "budget.operations_years", table["operations_years"], horizon or MOST_YEARS
    years, of = finite(given), " (the horizon)" if horizon else ""
    allowed = f"allowed: above 0 to {most}{of} (year)"
    if years is None:
        problems.fault(path, f"{short_repr(given)} is not a number; {allowed}")
    elif years <= 0:
        problems.fault(path, f"{short_repr(given)} is not possible; {allowed}")
    elif years > most:
        beyond = f"the {most} of the horizon" if horizon else f"the longest horizon has, {most}"
        problems.fault(path, f"{short_repr(given)} years are more than {beyond}")
    else:
        return years
    return None


def _even(table: dict[str, Any], horizon: int | None, problems: Problems) -> Budget | None:
    """A total in equal parts."""
    most = horizon or MOST_YEARS
    usual = min(most, USUAL_YEARS)
    named = {"budget.years": table["years"]} if "years" in table else {}
    of = " (the horizon)" if horizon else ""
    years = whole_number(named, "budget.years", 1, most, problems, default=usual, of=of)
    if "total" not in table:
        problems.fault("budget.total", f"is missing; {_allowed(LEAST)}")
        return None
    total = _amount("budget.total", table["total"], LEAST, problems)
    return Budget((total / years,) * years) if total is not None and years else None


def _by_year(path: Any, horizon: int | None, problems: Problems) -> Budget | None:
    """Amounts one by one."""
    if not isinstance(path, list | tuple) or not path:
        problems.fault("budget.path", f"{short_repr(path)} is not a list of amounts, one a year")
        return None
    if len(path) > (most := horizon or MOST_YEARS):
        problems.fault(
            "budget.path", f"has {format_number(len(path))} amounts; at most one for each year of the horizon, {most}"
        )
        return None
    amounts = [_amount(entry_path("budget.path", number), amount, 0, problems) for number, amount in enumerate(path, 1)]
    good = tuple(amount for amount in amounts if amount is not None)
    if len(good) < len(amounts):
        return None
    if not LEAST <= sum(good) <= MOST:
        problems.fault("budget.path", f"sums to {sum(good):g}; {_allowed(LEAST)} in all")
        return None
    return Budget(good)


def _allowed(low: float) -> str:
    """Text of the range of an amount."""
    return f"allowed: {format_range(low, MOST)} (units of the currency)"


def _amount(path: str, value: Any, low: float, problems: Problems) -> float | None:
    """One sum of money; None after a fault."""
    number = finite(value)
    if number is None:
        problems.fault(path, f"{short_repr(value)} is not an amount of money; {_allowed(low)}")
    elif not low <= number <= MOST:
        problems.fault(path, f"{short_repr(value)} is not possible; {_allowed(low)}")
    else:
        return number
    return None


def read_rate(table: dict[str, Any], problems: Problems) -> tuple[str, int, float] | None:
    """Currency, price year, and base-year dollars per unit of that money; None after a fault."""
    currency = _currency(table, problems)
    inflation = _inflation(table, problems)
    rate = _given_rate(table, currency, problems)
    if currency is None or inflation is None or rate is None:
        return None
    year, factor = inflation
    if rate == 0:
        known = {y: usd for (name, y), usd in sources.exchange_rates().items() if name == currency}
        if year not in known:
            years = f"known are {min(known)} to {max(known)}"
            problems.fault("price_year", f"there is no rate of {currency} in {year}; {years}, or give usd_per_currency")
            return None
        rate = known[year]
    return currency, year, rate * factor


def _currency(table: dict[str, Any], problems: Problems) -> str | None:
    """The currency: one in the data, or one whose rate the file gives; None after a fault."""
    value = table.get("currency", "USD")
    known = sorted({"USD", *(name for name, _ in sources.exchange_rates())})
    code = isinstance(value, str) and re.fullmatch("[A-Z]{3}", value)
    if isinstance(value, str) and (value in known or (code and "usd_per_currency" in table)):
        return value
    if not isinstance(value, str):
        problems.fault("currency", f"{short_repr(value)} is not a text; allowed: {join_words(known, 'or')}")
    elif code:
        add = f"add usd_per_currency, the dollars that one {value} buys"
        problems.fault("currency", f"no rate of {value} is known: {add} (known are {join_words(known)})")
    elif near := nearest_name(value, known):
        problems.fault("currency", f"no currency {short_repr(value)}; did you mean {near!r}?")
    else:
        rest = "or three capital letters and their rate as usd_per_currency"
        problems.fault("currency", f"no currency {short_repr(value)}; there are: {', '.join(known)}, {rest}")
    return None


@cache
def price_years() -> tuple[int, ...]:
    """Years whose price level is in the data, without a gap."""

    def known(year: int) -> bool:
        try:
            return sources.deflator(year) > 0
        except KeyError:
            return False

    return tuple(takewhile(known, range(BASE_PRICE_YEAR, 0, -1)))[::-1]


def _inflation(table: dict[str, Any], problems: Problems) -> tuple[int, float] | None:
    """Price year, and base-year dollars per dollar of it."""
    years = price_years()
    year = whole_number(table, "price_year", years[0], years[-1], problems, default=BASE_PRICE_YEAR)
    return None if year is None else (year, sources.deflator(BASE_PRICE_YEAR) / sources.deflator(year))


def _given_rate(table: dict[str, Any], currency: str | None, problems: Problems) -> float | None:
    """The file's own rate, 1 for the dollar, 0 where the data decide; None after a fault."""
    if "usd_per_currency" not in table:
        return 1.0 if currency == "USD" else 0.0
    value, number = table["usd_per_currency"], finite(table["usd_per_currency"])
    allowed = f"allowed: {format_range(*RATES)} (USD of the price year per unit)"
    if number is None:
        problems.fault("usd_per_currency", f"{short_repr(value)} is not a rate; {allowed}")
    elif not RATES[0] <= number <= RATES[1]:
        problems.fault("usd_per_currency", f"{short_repr(value)} is not possible; {allowed}")
    elif currency == "USD" and number != 1:
        problems.fault(
            "usd_per_currency", f"{short_repr(value)} dollars per dollar; leave it out, or name another currency"
        )
    else:
        return number
    return None


def advise(budget: Budget, rate: float, problems: Problems) -> None:
    """Warn of an amount that was probably meant in millions, or in another currency."""
    low, high = PLAUSIBLE_USD
    if not low <= round(budget.total * rate) <= high:  # a total that was split and summed is off by a rounding
        plausible = f"outside the plausible range, {format_range(low, high, 'USD')}"
        problems.warn("budget", f"{budget.total * rate:,.0f} USD in all is {plausible}; amounts are in whole units")
