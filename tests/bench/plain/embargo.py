"""An embargo, as the calendar records it: what of machines, spare parts and rented hours still gets through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor

from sim.calendar.records import Kind, Record
from sim.mechanisms.world import World
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR


@dataclass
class Siege:
    """From when until when (months), how much of supply is cut, and what a year without spare parts takes."""

    start: float = 0.0
    stop: float = 0.0
    cut: float = 0.0
    wear: float = 0.0
    at_home: float = 0.0  # part of rented hours from the country's own firms
    yearly: float = 1.0  # what these would do a year later over what they do
    give_way: float = 1.0  # fall of hours rented as rents rise

    def holds(self, moment: float) -> bool:
        """Whether it is on."""
        return self.start <= moment < self.stop

    def rented(self, month: int) -> float:
        """Part of the rented hours of a month that a given sum still pays for."""
        return 1 / self.dearer(month) if self.capacity(month) > 0 else 0.0

    def dearer(self, month: int) -> float:
        """Rent of a month over the usual: so much that demand falls to what is there."""
        return self.capacity(month) ** (-1 / max(self.give_way, 1e-6))

    def capacity(self, month: int) -> float:
        """What of the clouds of a month there is: those abroad cut off, those at home as old as the embargo."""
        shut = min(month + 1, self.stop) - max(month, self.start)
        middle = month + 0.5
        missed = self.yearly ** ((middle - self.come_by(middle)) / MONTHS_PER_YEAR)
        here = self.at_home * self.running(middle) / missed
        return here + (1 - self.at_home) * (1 - self.cut * max(shut, 0.0))

    def running(self, moment: float) -> float:
        """Part of the machines that still run."""
        if not self.holds(moment):
            return 1.0
        years = (moment - self.start) / MONTHS_PER_YEAR
        return max(1 - years * self.wear * self.cut, 0.0)

    def come_by(self, moment: float) -> float:
        """What was due by then has come by `moment`: searched for, not solved for."""
        if not self.holds(moment):
            return moment
        low, high = self.start, moment
        for _ in range(200):
            due = (low + high) / 2
            if due + self.cut * (self.stop - due) > moment:
                high = due
            else:
                low = due
        return low

    def delayed(self, bought: Sequence[float]) -> list[float]:
        """Monthly purchases, moved to the month in which they come; each is due in the middle of its month."""
        come = [0.0] * len(bought)
        for month, amount in enumerate(bought):
            due = month + 0.5
            there = due + self.cut * (self.stop - due) if self.holds(due) else due
            if there < len(bought):
                come[floor(there)] += amount
        return come


def siege(records: Sequence[Record], world: World) -> Siege:
    """The embargo in these records; one that cuts nothing where there is none."""
    for record in records:
        if record.kind == Kind.EMBARGO:
            start, stop = record.hour / HOURS_PER_MONTH, record.until / HOURS_PER_MONTH
            return Siege(
                start,
                stop,
                record.value,
                world.independence.parts_share_per_year,
                world.independence.domestic_cloud_share,
                (1 + world.independence.cloud_growth_per_year) * 2 ** (1 / world.hardware.doubling_years),
                world.market.rental_demand_elasticity,
            )
    return Siege()
