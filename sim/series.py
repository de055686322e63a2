"""Dated prices of data/price_series.csv: what was paid or asked in a month, in base-year dollars.

Between two observations the price moves evenly in logarithms; before the first and after the last there is none.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import exp, isfinite, log

from sim import sources
from sim.months import Month
from sim.units import BASE_PRICE_YEAR

TABLE = "price_series"
LONGEST_GAP_MONTHS = 48  # of a series without an observation: what lies between is no longer known


class SeriesError(ValueError):
    """A series of the data that cannot be used, in one sentence."""


@dataclass(frozen=True)
class Observation:
    """A price of one month, and the row that holds it."""

    month: Month
    usd: float  # base-year dollars
    row: str  # price_series:rent:neocloud:2024-10
    basis: str


@dataclass(frozen=True)
class Series:
    """Observations in order of time, at least one."""

    name: str
    observations: tuple[Observation, ...]

    @property
    def first(self) -> Month:
        """Month of the first observation."""
        return self.observations[0].month

    @property
    def last(self) -> Month:
        """Month of the last observation."""
        return self.observations[-1].month

    def around(self, month: Month) -> tuple[Observation, ...]:
        """The observations that a price of that month rests on: its own, or its neighbours in time."""
        before = [each for each in self.observations if each.month <= month][-1:]
        after = [each for each in self.observations if each.month >= month][:1]
        return tuple(dict.fromkeys([*before, *after]))

    def usd(self, month: Month) -> float:
        """The price of a month from the first observation to the last, in base-year dollars."""
        here = self.around(month)
        if not self.first <= month <= self.last:
            raise KeyError(f"{self.name}: {month}")
        if len(here) == 1:
            return here[0].usd
        part = month.months_since(here[0].month) / here[1].month.months_since(here[0].month)
        return exp((1 - part) * log(here[0].usd) + part * log(here[1].usd))

    def known(self, start: Month, stop: Month) -> tuple[float, ...]:
        """Prices of the months from `start` to `stop`, as far as there are observations."""
        months = [start.later(n) for n in range(min(stop, self.last).months_since(start) + 1)]
        return tuple(self.usd(month) for month in months)


@cache
def series(name: str, segment: str) -> Series:
    """A series of the table; KeyError where it has none of that name, SeriesError where it cannot be used."""
    rows = [row for row in sources.rows(f"{TABLE}.csv") if (row["series"], row["segment"]) == (name, segment)]
    if not rows:
        raise KeyError(f"{name} of {segment}")
    return Series(f"{name} of {segment}", checked(rows))


def segments(name: str) -> tuple[str, ...]:
    """The segments of a series, in the order of the table."""
    rows = sources.rows(f"{TABLE}.csv")
    return tuple(dict.fromkeys(row["segment"] for row in rows if row["series"] == name))


def checked(rows: list[dict[str, str]]) -> tuple[Observation, ...]:
    """Rows of one series as observations; SeriesError names the first fault."""
    found: list[Observation] = []
    for row in rows:
        what = f"data/{TABLE}.csv: {row['series']} of {row['segment']}, {row['month'] or 'no month'}"
        month, value = Month.read(row["month"]), _number(row["value"])
        if month is None:
            raise SeriesError(f"{what}: is not a month")
        if value is None:
            raise SeriesError(f"{what}: has no price; leave the row out or fill it")
        if value <= 0:
            raise SeriesError(f"{what}: {row['value']} is not a price; allowed: above 0")
        if found and month == found[-1].month:
            raise SeriesError(f"{what}: has two prices")
        if found and month < found[-1].month:
            raise SeriesError(f"{what}: stands after {found[-1].month}; months must follow one another")
        if found and (gap := month.months_since(found[-1].month)) > LONGEST_GAP_MONTHS:
            raise SeriesError(f"{what}: follows {gap} months without a price; at most {LONGEST_GAP_MONTHS}")
        usd = value * _rate(row["currency"], month.year, what)
        found.append(Observation(month, usd, f"{TABLE}:{row['id']}", row["basis"]))
    return tuple(found)


def _number(text: str) -> float | None:
    """A finite number, or None."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if isfinite(number) else None


def _rate(currency: str, year: int, what: str) -> float:
    """Base-year dollars per unit of the money of a year; a year after the last known price level has that level."""
    known = min(year, BASE_PRICE_YEAR)
    rates = sources.exchange_rates()
    if currency != "USD" and (currency, known) not in rates:
        raise SeriesError(f"{what}: there is no rate of {currency} in {known}")
    rate = 1.0 if currency == "USD" else rates[currency, known]
    return rate * sources.deflator(BASE_PRICE_YEAR) / sources.deflator(known)
