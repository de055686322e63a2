"""The calendars of a block of draws: one of what happens anyway, which all options share, and one of each instrument.

An option's records are theirs together. A portfolio's instruments are those of single options with the same levers:
what each of them has of the money changes nothing in what it does.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np

from sim.calendar.calendar import EVERYBODY, Calendar, Shocks, draw_shocks
from sim.calendar.reads import Block, Later, Seen
from sim.calendar.records import Ledger, Pages, Rows
from sim.comparison.memory import CalendarMemory
from sim.instruments import Instrument
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World
from sim.scenario import Scenario

COMMON = "common"  # the calendar of what happens anyway


@dataclass(frozen=True)
class Draws:
    """A block of draws: its worlds together, and the numbers of the draws whose chance they meet."""

    world: World  # arrays [draw, 1]
    numbers: Sequence[int]  # 0: the central case, in which every month is average
    seed: int
    months: int
    embargoed: bool = False  # each under the embargo of its world
    memory: CalendarMemory = field(default_factory=CalendarMemory)

    @staticmethod
    def of(world: World, seed: int, start: int, months: int, memory: CalendarMemory | None = None) -> Draws:
        """The draws of a block of worlds, the first of which is draw `start`; without an embargo."""
        count = np.size(world.hardware.doubling_years)  # an uncertainty, so that it has a value a draw
        return Draws(world, range(start, start + count), seed, months, memory=memory or CalendarMemory())

    def with_embargo(self) -> Draws:
        """The same draws, each with the embargo of its world."""
        return replace(self, embargoed=True)

    @cached_property
    def shocks(self) -> list[Shocks]:
        """Chance of each draw."""
        block = Block(self.world, len(self.numbers))

        def drawn(row: int, seen: Seen) -> Shocks:
            return draw_shocks(block.world(row, seen), self.seed, self.numbers[row], self.months)

        return [
            self.memory.recall("shocks", (self.seed, number, self.months), block, row, drawn)
            for row, number in enumerate(self.numbers)
        ]


class Calendars:
    """The calendars of a scenario's options in a block of draws, each simulated when it is first asked for."""

    def __init__(self, scenario: Scenario, draws: Draws) -> None:
        """Nothing is simulated yet."""
        self._budget_usd, self._draws = scenario.budget_usd, draws
        self._parts: dict[Instrument, Pages] = {}

    def ledger(self, instrument: Instrument) -> Ledger:
        """The records of an option in every draw."""
        parts = {number: self._of(member) for number, (member, _) in enumerate(instrument.parts())}
        return Ledger({EVERYBODY: self._common} | parts, self._draws.months)

    @cached_property
    def _common(self) -> Pages:
        """What happens whoever governs."""
        return self._pages(COMMON, Block(self._draws.world, len(self._draws.numbers), self._draws.shocks))

    def _of(self, member: Instrument) -> Pages:
        """What one instrument does."""
        if member not in self._parts:
            block = Block(self._draws.world, len(self._draws.numbers), self._draws.shocks, member)
            self._parts[member] = self._pages(member.name, block)
        return self._parts[member]

    def _pages(self, what: str, block: Block) -> Pages:
        """The calendars of a block, remembered or simulated."""
        draws = self._draws
        given = type(block.source), draws.months, self._budget_usd.tobytes(), draws.embargoed
        simulate = self._simulated(block)
        return Pages([draws.memory.recall(what, given, block, row, simulate) for row in range(block.draws)])

    def _simulated(self, block: Block) -> Callable[[int, Seen], Rows]:
        """Simulates a draw of a block."""

        def simulate(row: int, seen: Seen) -> Rows:
            world, common = block.world(row, seen), block.source is None
            months = self._draws.months
            embargo: Any = Later(lambda: Embargo.of(world.independence, months)) if self._draws.embargoed else None
            calendar = Calendar(world, block.shocks(row, seen), self._budget_usd, months, embargo, common=common)
            if not common:
                block.instrument(row, seen).schedule(calendar, 0)
            return calendar.run()

        return simulate
