"""The counterfactual: no new public money, through the same code as everything else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from sim.calendar.calendar import Calendar
from sim.calendar.records import Ledger
from sim.instruments.base import Flows, Grid, Instrument
from sim.mechanisms.world import World


@dataclass(frozen=True, kw_only=True)
class DoNothing(Instrument):
    """Groups keep what they have; it grows as their own funds let it."""

    name: ClassVar[str] = "do_nothing"
    label: ClassVar[str] = "Do nothing"
    size_unit: ClassVar[str] = "nothing"

    def schedule(self, calendar: Calendar, part: int) -> None:
        """Nothing happens beyond what happens anyway."""

    def flows(self, ledger: Ledger, part: int, world: World, grid: Grid) -> Flows:
        """No cost, no yield."""
        return Flows(unit_cash={})
