"""The world: every group of uncertain parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from sim.mechanisms.access import Access
from sim.mechanisms.carbon import Carbon
from sim.mechanisms.cloud import Cloud
from sim.mechanisms.complement import Complement
from sim.mechanisms.demand import Demand
from sim.mechanisms.fab import Fab
from sim.mechanisms.finance import Money
from sim.mechanisms.grants import Grants
from sim.mechanisms.hardware import Hardware
from sim.mechanisms.independence import Independence
from sim.mechanisms.inequality import Equity
from sim.mechanisms.market import Market
from sim.mechanisms.openness import Openness
from sim.mechanisms.operations import Operations
from sim.mechanisms.procurement import Procurement
from sim.mechanisms.reliability import Reliability
from sim.mechanisms.reproduction import Reproduction
from sim.mechanisms.research import Output
from sim.mechanisms.safety import Safety
from sim.mechanisms.vendors import Vendors
from sim.mechanisms.workload import Queueing, Workload
from sim.parameters import Parameters, Rows


@dataclass(frozen=True, kw_only=True)
class World:
    """Nature and markets, as scalars (one state) or arrays [draw, 1] (many)."""

    money: Money = field(default_factory=Money)
    hardware: Hardware = field(default_factory=Hardware)
    procurement: Procurement = field(default_factory=Procurement)
    operations: Operations = field(default_factory=Operations)
    reliability: Reliability = field(default_factory=Reliability)
    cloud: Cloud = field(default_factory=Cloud)
    grants: Grants = field(default_factory=Grants)
    fab: Fab = field(default_factory=Fab)
    market: Market = field(default_factory=Market)
    demand: Demand = field(default_factory=Demand)
    access: Access = field(default_factory=Access)
    independence: Independence = field(default_factory=Independence)
    vendors: Vendors = field(default_factory=Vendors)
    equity: Equity = field(default_factory=Equity)
    output: Output = field(default_factory=Output)
    openness: Openness = field(default_factory=Openness)
    reproduction: Reproduction = field(default_factory=Reproduction)
    complement: Complement = field(default_factory=Complement)
    safety: Safety = field(default_factory=Safety)
    carbon: Carbon = field(default_factory=Carbon)
    workload: Workload = field(default_factory=Workload)
    queue: Queueing = field(default_factory=Queueing)

    @classmethod
    def kinds(cls) -> dict[str, type[Parameters]]:
        """The groups by name, in order of declaration."""
        return {item.name: item.default_factory for item in fields(cls)}  # type: ignore[misc]

    def groups(self) -> dict[str, Parameters]:
        """The groups of this world by name."""
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def value(self, path: str) -> Any:
        """The value of one parameter, by a path such as 'cloud.price_usd'."""
        group, name = path.split(".")
        return getattr(getattr(self, group), name)

    def at(self, draw: int) -> Self:
        """The world of one draw, all scalars."""
        return self.having({name: group.at(draw) for name, group in self.groups().items()})

    def between(self, start: int, stop: int) -> Self:
        """The worlds of draws `start` to `stop` - 1."""
        return self.rows(slice(start, stop))

    def rows(self, index: Rows) -> Self:
        """The worlds of the draws `index`, in that order; a draw may come more than once."""
        return self.having({name: group.rows(index) for name, group in self.groups().items()})

    def having(self, groups: Mapping[str, Any]) -> Self:
        """This world with some of its groups replaced."""
        return replace(self, **groups)
