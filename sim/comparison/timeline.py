"""The timeline of one option in the central case, as sentences: how a reader understands a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import isfinite

from sim.calendar.calendar import EVERYBODY
from sim.calendar.records import Kind, Record
from sim.comparison.results import Result
from sim.formatting import format_percent, format_short
from sim.instruments.domestic_fab import STAGES
from sim.months import Month
from sim.scenario import Scenario
from sim.units import HOURS_PER_MONTH

ROUTINE = frozenset({Kind.CAPACITY, Kind.PRICE, Kind.CLOSE})  # monthly entries, shown on request alone


@dataclass(frozen=True)
class Entry:
    """One line of the timeline."""

    date: str  # year-month
    kind: str
    text: str


@dataclass(frozen=True)
class _Formatter:
    """Scenario and size that the sentences of one instrument refer to."""

    scenario: Scenario
    size: float

    def money(self, usd: float) -> str:
        """Base-year dollars in the scenario's money."""
        return f"{self.scenario.currency} {format_short(usd / self.scenario.usd_per_currency)}"

    def machine(self, record: Record) -> str:
        """A tranche and its accelerators."""
        return f"machine {record.item + 1} ({format_short(record.value * self.size)} accelerators)"

    def until(self, record: Record) -> str:
        """The month in which something ends; a record need not have an end."""
        return date(self.scenario.start, record.until) if isfinite(record.until) else "the end"


_SENTENCES: dict[Kind, Callable[[_Formatter, Record], str]] = {
    Kind.APPROPRIATION: lambda f, r: f"{f.money(r.value)} appropriated for the year",
    Kind.CUT: lambda f, r: f"cut: {f.money(r.value)} a year taken from this and later appropriations",
    Kind.TENDER: lambda f, r: f"tender for {f.machine(r)}",
    Kind.ORDER: lambda f, r: f"order of {f.machine(r)}",
    Kind.REFRESH: lambda f, r: f"machine {r.item + 1} is to replace machine {r.value + 1:.0f}",
    Kind.DELIVERY: lambda f, r: f"delivery of {f.machine(r)}",
    Kind.ACCEPTANCE: lambda f, r: f"{f.machine(r)} accepted and in service",
    Kind.CAPACITY: lambda f, r: f"machine {r.item + 1}: {format_percent(r.value)} of its nodes are up this month",
    Kind.RETIREMENT: lambda f, r: f"{f.machine(r)} retired",
    Kind.CREDIT_ROUND: lambda f, r: f"credits of {f.money(r.value * f.size)} issued, valid until {f.until(r)}",
    Kind.CREDIT_EXPIRY: lambda f, r: f"credits of round {r.item + 1} expire",
    Kind.GRANT_ROUND: lambda f, r: f"call {r.item + 1} closes, {f.money(r.value * f.size)} on offer",
    Kind.AWARD: lambda f, r: f"awards of {f.money(r.value * f.size)}, projects run until {f.until(r)}",
    Kind.FAB_STAGE: lambda f, r: f"fab, {STAGES[r.item]}: {f.money(r.value * f.size)} of the stake paid",
    Kind.FAB_OUTPUT: lambda f, r: "fab: first output",
    Kind.PRICE: lambda f, r: f"rental price of the month, {format_percent(r.value, '+.1f')} (log) off its trend",
    Kind.CLOSE: lambda f, r: "books of the month closed",
    Kind.EMBARGO: lambda f, r: (
        f"embargo: {format_percent(r.value, '.0f')} of machines, spare parts and rented hours from abroad cut until "
        f"{f.until(r)}"
    ),
    Kind.EMBARGO_END: lambda f, r: "end of the embargo: what was held back arrives",
}


def date(start: Month, hour: float) -> str:
    """Year and month of an hour of the calendar.

    >>> date(Month(2023, 11), 13 * 730.0)
    '2024-12'
    """
    return str(start.later(int(hour / HOURS_PER_MONTH + 1e-9)))


def timeline(scenario: Scenario, result: Result, routine: bool = False) -> Iterator[Entry]:
    """Entries in order of time; `routine` adds what happens every month.

    Where the option was run under an embargo too, what that changes stands beside what would happen without it.
    """
    members = [member.name for member, _ in scenario.option(result.key).instrument.parts()]
    for record, changed in _merged(result):
        if record.kind in ROUTINE and not routine:
            continue
        size = 0.0 if record.part == EVERYBODY else float(result.central.size[members[record.part]][0])
        text = _SENTENCES[record.kind](_Formatter(scenario, size), record)
        text = f"under the embargo: {text}" if changed else text
        yield Entry(date(scenario.start, record.hour), record.kind.name.lower(), text)


def _merged(result: Result) -> list[tuple[Record, bool]]:
    """Records in order of time, each with whether only the run under the embargo has it."""
    usual = [(record, False) for record in result.records]
    if result.under_embargo is None:
        return usual
    known, about = set(result.records), (Kind.EMBARGO, Kind.EMBARGO_END)
    other = [(record, record.kind not in about) for record in result.under_embargo if record not in known]
    return sorted([*usual, *other], key=lambda entry: entry[0].hour)
