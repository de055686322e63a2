"""The contract of a policy instrument: what it schedules, and what its records cost and yield.

An instrument speaks of one *unit of size*: an accelerator for a cluster, the whole
appropriation for credits and grants, a dollar of stake for a fab. Costs are linear in
size plus a fixed term, so the size that spends a given present value has a closed form.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Literal, Self

import numpy as np

from sim.calendar.calendar import Calendar
from sim.calendar.records import Ledger
from sim.instruments.second_source import Mix
from sim.mechanisms.access import apply_shares, help_cost_usd
from sim.mechanisms.demand import group_counts
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World
from sim.parameters import Array, Parameters, Role
from sim.units import MONTHS_PER_YEAR

Provider = Literal["cluster", "cloud", "workstation"]


@dataclass(frozen=True)
class Grid:
    """The monthly grid and the prices on it, for a block of draws."""

    months: int
    t_years: Array  # [month], middle of each month
    frontier: Array  # H100e per new accelerator, [draw or 1, month]
    rent_usd: Array  # rental price of an H100e-hour, [draw, month]
    discount: Array  # [draw or 1, month]
    money_usd: Array | None = None  # that the instrument may spend in all, [draw, 1]; None: that of a usual order
    accelerator_index: Array | None = None  # price of accelerators over what it would be, [draw, month]; None: 1
    embargo: Embargo | None = None  # that cuts rented hours, delays machines and lets them wear


@dataclass(frozen=True)
class Supply:
    """Compute that one unit of size brings, [draw, month]."""

    provider: Provider
    gpu_hours: Array
    h100e_hours: Array
    rule: Literal["request", "odds"] = "request"  # weights of the allocation
    small_jobs_only: bool = False  # fits no job that needs several nodes
    runnable: Array | None = None  # share of need that its designs can run, [draw, month]; None: all, they are new


@dataclass(frozen=True)
class Runoff:
    """Compute that money paid by the horizon brings after it, of one unit of size, [draw]."""

    h100e_hours: Array
    fe_hours: Array


@dataclass(frozen=True)
class Trade:
    """Purchases on markets, USD [draw, month]: of one unit of size in `Flows`, of the whole in a result."""

    accelerators: Array | float = 0.0  # spent on machines
    rent: Array | float = 0.0  # spent on rented hours, as they are used
    breakage: Array | float = 0.0  # prepaid vouchers that expire: the provider's gain
    returned: Array | float = 0.0  # vouchers that expire unpaid: the treasury's
    tools: Array | float = 0.0  # stake of a fab
    wages: Array | float = 0.0  # paid to people
    ordered: Array | float = 0.0  # accelerators of a public machine ordered

    def times(self, size: Array) -> Trade:
        """The same at `size` units, [draw, 1]."""
        traded = ((item.name, getattr(self, item.name)) for item in fields(self))
        return Trade(**{name: amount * size for name, amount in traded if np.any(amount)})

    @staticmethod
    def total(trades: Iterable[Trade], shape: tuple[int, ...]) -> Trade:
        """Sum of what several instruments buy; zeros of `shape` where none does."""
        every, nothing = list(trades), np.zeros(shape)  # shared by all that is not bought

        def bought(name: str) -> Array:
            amounts = [amount for trade in every if isinstance(amount := getattr(trade, name), np.ndarray)]
            return np.asarray(sum(amounts[1:], start=amounts[0])) if amounts else nothing

        return Trade(**{item.name: bought(item.name) for item in fields(Trade)})


@dataclass(frozen=True)
class Flows:
    """Costs and yields of one unit of size; all arrays [draw, month] unless stated otherwise."""

    unit_cash: dict[str, Array]  # USD by account; residual values are negative
    fixed_cash: dict[str, Array] = field(default_factory=dict)  # USD whatever the size
    supplies: tuple[Supply, ...] = ()
    planned_unit_cash: dict[str, Array] | None = None  # sizes the option where plans, not costs, decide
    largest_size: Array | float = np.inf  # [draw]
    least_size: Array | None = None  # below it an instrument with a threshold does nothing, [draw]
    trade: Trade = Trade()
    in_service: Array | None = None  # accelerators, [draw, cohort, month]
    vintage_years: Array | None = None  # when each cohort's design was frozen, [draw, cohort]
    whole_output: Array | None = None  # accelerators that a whole fab would make
    awards_usd: Array | None = None  # grants awarded
    labour: Array | None = None  # person-years of research paid for
    displaced_share: Array | float = 0.0  # of all that it yields, what others would have paid for without it
    leased_h100e_hours: Array | None = None  # hours let to firms, not to research
    peer_h100e_hours: Array | None = None  # of an alternative vendor's machines, were they the incumbent's
    vendors: Mix | None = None  # of a machine that may come from two of them
    kwh: dict[Provider, Array] = field(default_factory=dict)  # electricity, facility included
    embodied: dict[Provider, Array] = field(default_factory=dict)  # accelerators whose making falls to the month
    runoff: Runoff | None = None  # what money paid by the horizon brings after it


@dataclass(frozen=True)
class PrivateCosts:
    """Costs of an option of known size to others than the treasury, [draw, month]."""

    private_cash: dict[str, Array] = field(default_factory=dict)  # USD by account
    researcher_days: Array | float = 0.0
    applications: Array | float = 0.0
    fab_output: Array | float = 0.0  # output of a fab
    accelerators_reserved: Array | float = 0.0  # part of it that a public machine may have, in the newest ones' worth
    accelerators_first: Array | float = 0.0  # part of it that research may order first under an embargo, likewise


@dataclass(frozen=True, kw_only=True)
class Instrument(Parameters):
    """A way to turn public money into compute for research. Its parameters are levers."""

    name: ClassVar[str] = ""
    label: ClassVar[str] = ""
    size_unit: ClassVar[str] = ""
    role: ClassVar[Role] = "design"
    buys_compute: ClassVar[bool] = False  # a portfolio that names no share splits its money over these

    @classmethod
    def of(cls, levers: dict[str, Any]) -> Self:
        """The instrument with these levers; those that are not named have their defaults."""
        return cls(**levers)

    @abstractmethod
    def schedule(self, calendar: Calendar, part: int) -> None:
        """Start the SimPy processes that write this instrument's records."""

    @abstractmethod
    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Costs and yields of one unit of size, from the records."""

    def private_costs(self, flows: Flows, size: Array, world: World, grid: Grid) -> PrivateCosts:
        """Costs of the option to others than the treasury, once its size [draw, 1] is known."""
        return PrivateCosts()

    def filled(self, flows: Flows, size: Array, waiting: Array) -> Flows:
        """The flows where this work waits, H100e-hours [draw, month], for `size` [draw, 1] units of full use."""
        return flows

    def months_to_answer(self, world: World) -> Array | float:
        """From an application to its answer: that for hours and vouchers, unless an instrument has its own."""
        return np.asarray(world.access.decision_months)

    def entered_size(self) -> float:
        """Size where options are taken as their levers enter them."""
        return 1.0

    def parts(self) -> Iterator[tuple[Instrument, float]]:
        """The instruments this one consists of, with their shares of the money."""
        yield self, 1.0

    def faults(self, horizon_months: int) -> Iterable[tuple[str, str]]:
        """(lever, what is wrong) for combinations of levers that cannot be."""
        return ()


def applying_for_hours(supplied: Array, world: World) -> PrivateCosts:
    """What groups bear that apply for public hours, one application a year each in months with supply.

    `supplied`: H100e-hours of the option, [draw, month].
    """
    count, access = group_counts(world.demand), world.access
    applying = (count * apply_shares(access)).sum(axis=-1, keepdims=True)
    asked = (supplied > 0) * applying
    days = np.asarray(asked * access.effort_days / MONTHS_PER_YEAR)
    cash = {"applicants": days * world.grants.day_usd}
    if access.help_share:
        cash["help desks"] = (supplied > 0) * help_cost_usd(count, access) / MONTHS_PER_YEAR
    return PrivateCosts(cash, days, np.asarray(asked / MONTHS_PER_YEAR))
