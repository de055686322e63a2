"""The calendar of an option as a whole: all of its instruments, and what happens anyway, in one SimPy environment."""

from __future__ import annotations

from sim.calendar.calendar import EVERYBODY, Calendar, Shocks
from sim.calendar.records import Ledger, Pages, Record, rows_of
from sim.instruments import Instrument
from sim.mechanisms.independence import Embargo
from sim.mechanisms.world import World
from sim.scenario import Scenario


def simulate_calendar(
    instrument: Instrument, world: World, shocks: Shocks, scenario: Scenario, embargo: Embargo | None = None
) -> list[Record]:
    """The records of one option in one draw."""
    calendar = Calendar(world, shocks, scenario.budget_usd, scenario.months, embargo)
    for part, (member, _) in enumerate(instrument.parts()):
        member.schedule(calendar, part)
    return calendar.run()


def stacked(runs: list[list[Record]], months: int) -> Ledger:
    """The ledger of many draws, a list of records each."""
    parts = {EVERYBODY} | {record.part for run in runs for record in run}
    return Ledger(
        {part: Pages([rows_of([r for r in run if r.part == part]) for run in runs]) for part in parts}, months
    )
