"""The scenario as the rest of the program meets it: checked, frozen, in base-year dollars."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.instruments import Instrument
from sim.mechanisms.coverage import COMPLETE, Coverage
from sim.mechanisms.world import World
from sim.months import Month
from sim.parameters import Array, Parameters
from sim.units import MONTHS_PER_YEAR

HORIZON_YEARS = (1, 30)


@dataclass(frozen=True)
class Budget:
    """Appropriations by year, in the scenario's own currency and price year, and what of a machine they pay for."""

    yearly: tuple[float, ...]
    coverage: Coverage = COMPLETE

    @property
    def total(self) -> float:
        """Sum over the years, undiscounted."""
        return sum(self.yearly)


@dataclass(frozen=True)
class Option:
    """An instrument with its levers, as one line of the comparison."""

    key: str
    label: str
    instrument: Instrument


@dataclass(frozen=True)
class Change:
    """One value that was set from outside the file."""

    path: str
    old: Any
    new: Any
    by: str  # who set it: a flag of the command, the page, a storyline
    known: bool | None  # True: draws leave it alone; False: they vary it around the new value; None: it is never drawn
    who: str = ""  # the person, where one signs
    why: str = ""
    date: str = ""  # as 2026-11-29; only one that was given: equal commands make equal records


@dataclass(frozen=True)
class Scenario:
    """One world, one budget, several options."""

    key: str
    title: str
    question: str
    yardstick: str  # name of the outcome that answers it
    between: tuple[str, ...]  # keys of the two options that it is about; empty where there are no two
    start: Month  # month 0
    horizon_years: int
    currency: str
    price_year: int
    usd_per_currency: float  # base-year dollars per unit of the scenario's money
    budget: Budget
    world: World
    options: tuple[Option, ...]
    fixed: frozenset[str]  # paths of world parameters that draws leave alone
    ranges: dict[str, tuple[float, float]] = field(
        default_factory=dict
    )  # low and high of what is drawn, where not declared
    modelled: tuple[str, ...] = ()
    not_modelled: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    waivers: tuple[dict[str, Any], ...] = ()
    changes: tuple[Change, ...] = ()  # what was set from outside
    dated: dict[str, str] = field(default_factory=dict)  # rows behind prices that are those of the start, by path
    text: dict[str, Any] = field(default_factory=dict)  # the merged file, for the record of a run

    @property
    def months(self) -> int:
        """Length of the horizon."""
        return self.horizon_years * MONTHS_PER_YEAR

    @property
    def years(self) -> list[int]:
        """The calendar year in which each year of the programme begins: they count from month 0, not from January."""
        return [self.start.year + n for n in range(self.horizon_years)]

    @property
    def own(self) -> frozenset[str]:
        """Paths of world parameters to which the scenario gives a value of its own, or somebody from outside."""
        return frozenset(f"{group}.{name}" for group, values in self.text.get("world", {}).items() for name in values)

    @property
    def fitted(self) -> dict[str, tuple[float, float]]:
        """Low and high of what was read off a log, by path: plausible beside the declared range."""
        return {path: (low, high) for path, (low, high) in self.text.get("fitted", {}).items()}

    @property
    def changed(self) -> frozenset[str]:
        """Paths that were set from outside."""
        return frozenset(change.path for change in self.changes)

    @property
    def budget_usd(self) -> Array:
        """Appropriations by year in base-year dollars, [year]."""
        return np.array(self.budget.yearly) * self.usd_per_currency

    @property
    def by_instrument(self) -> dict[str, Option]:
        """The first option of each instrument, by the instrument's name."""
        return {option.instrument.name: option for option in reversed(self.options)}

    @property
    def holders(self) -> dict[str, Parameters]:
        """What holds its parameters: the groups of the world, and the first option of each instrument, by name."""
        return {**self.world.groups(), **{name: each.instrument for name, each in self.by_instrument.items()}}

    def option(self, key: str) -> Option:
        """One option by its key; KeyError where there is none."""
        return {option.key: option for option in self.options}[key]
