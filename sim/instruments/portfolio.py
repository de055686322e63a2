"""A mix: the money split over other instruments, each run at its share.

Thresholds and fixed costs make a mix more than the weighted sum of its parts; the
parts meet the same needs of the groups. The shares are declared from the registry, so
a new instrument can be mixed in without touching this file. Where a scenario names any
share, those that it does not name are nothing: a new instrument changes no portfolio.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, make_dataclass
from typing import Any, ClassVar, Self

from sim.calendar.calendar import Calendar
from sim.calendar.records import Ledger
from sim.instruments.base import Flows, Grid, Instrument
from sim.mechanisms.world import World
from sim.parameters import param

_ROUNDING = 1e-9  # what a sum of shares may be off by


@dataclass(frozen=True, kw_only=True)
class Portfolio(Instrument):
    """Base of the mix; `mix_of` adds one share for each instrument."""

    name: ClassVar[str] = "portfolio"
    label: ClassVar[str] = "Portfolio"
    size_unit: ClassVar[str] = "mix"

    members: tuple[Instrument, ...] = field(default=())  # with the levers they have in the scenario

    @classmethod
    def of(cls, levers: dict[str, Any]) -> Self:
        """The portfolio with these shares and no others; with equal shares where none is named."""
        unnamed = dict.fromkeys(cls.names(), 0.0) if levers else {}
        return cls(**unnamed | levers)

    def shares(self) -> dict[str, float]:
        """Share of the money by instrument."""
        return {name.removesuffix("_share"): getattr(self, name) for name in self.names()}

    def parts(self) -> Iterator[tuple[Instrument, float]]:
        """Members with a share above nothing."""
        shares = self.shares()
        for member in self.members:
            if shares[member.name] > 0:
                yield member, shares[member.name]

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Nothing of its own: its parts are scheduled one by one."""

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """Nothing of its own: its parts are costed one by one."""
        return Flows(unit_cash={})

    def faults(self, horizon_months: int) -> Iterable[tuple[str, str]]:
        """Shares must sum to one."""
        total = sum(self.shares().values())
        if abs(total - 1) > _ROUNDING:
            yield self.names()[0], f"the shares of the portfolio sum to {total:g}, must sum to 1"


def mix_of(kinds: tuple[type[Instrument], ...]) -> type[Portfolio]:
    """The portfolio over `kinds`; by default the money is split evenly over those that buy compute."""
    even = 1 / sum(kind.buys_compute for kind in kinds)
    shares: list[Any] = [
        (
            f"{kind.name}_share",
            float,
            param(
                even if kind.buys_compute else 0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="-", main=True,
                source="assumption: a choice",
                help=f"Part of the money for: {kind.label.lower()}; 0 where a scenario names other shares only.",
            ),
        )
        for kind in kinds
    ]  # fmt: skip
    mixed = make_dataclass(
        "Mix", shares, bases=(Portfolio,), frozen=True, kw_only=True, namespace={"__doc__": Portfolio.__doc__}
    )
    mixed.__module__ = __name__
    return mixed
