"""What one unit of size of an instrument costs and yields, and how amounts find their months."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf

from tests.bench.plain.draw import ROUNDING_MONTHS, Series

OLD_REQUEST, REQUEST, SMALL_BY_ODDS, BY_ODDS = range(4)  # pots of hours, in the order in which they are shared out


@dataclass
class Supply:
    """Hours of one provider, by month."""

    provider: str
    pot: int
    gpu_hours: Series
    h100e_hours: Series
    fits: Series = field(default_factory=list)  # part of need that its designs can run; all where none is given


@dataclass
class Unit:
    """One accelerator, one appropriation or one dollar of stake."""

    cash: dict[str, Series] = field(default_factory=dict)  # USD by account
    fixed_cash: dict[str, Series] = field(default_factory=dict)  # USD whatever the size
    planned_cash: dict[str, Series] | None = None  # what the size is reckoned from, where that is not `cash`
    supplies: list[Supply] = field(default_factory=list)
    largest: float = inf
    trade: dict[str, Series] = field(default_factory=dict)  # what is bought on markets, by kind
    labour: Series = field(default_factory=list)  # person-years
    leased: Series = field(default_factory=list)  # H100e-hours let to firms
    peers: Series = field(default_factory=list)  # H100e-hours of a second vendor's machines, were they the first's
    displaced: float = 0.0  # part of what it yields that others would have paid for
    awards_usd: Series = field(default_factory=list)
    workstations: Series = field(default_factory=list)  # accelerators in laboratories
    fab_output: Series = field(default_factory=list)  # accelerators that the whole fab makes
    kwh: dict[str, Series] = field(default_factory=dict)  # electricity by provider
    worn: dict[str, Series] = field(default_factory=dict)  # accelerators whose making falls to the month
    begun: int | None = None  # month in which a public machine first serves; None for everything else
    later: dict[int, float] = field(default_factory=dict)  # useful H100e-hours in months after the horizon


def pay(flow: Series, month: float, amount: float) -> None:
    """Book an amount in the month in which it falls, unless that is beyond the horizon."""
    if month < len(flow) - ROUNDING_MONTHS:
        flow[int(month + ROUNDING_MONTHS)] += amount


def pay_evenly(flow: Series, start: float, stop: float, amount: float) -> None:
    """Book an amount evenly over the time from `start` to `stop`, in months."""
    rate = amount / (stop - start)
    for month in range(int(start), min(int(stop) + 1, len(flow))):
        flow[month] += rate * overlap(start, stop, month)


def settled(flow: Series, due: float) -> Series:
    """The same flow with what is still due at the horizon booked in the last month."""
    return [*flow[:-1], flow[-1] + max(due - sum(flow), 0.0)]


def overlap(start: float, stop: float, month: int) -> float:
    """Part of a month that lies between `start` and `stop`."""
    return min(max(min(stop, month + 1) - max(start, month), 0.0), 1.0)
