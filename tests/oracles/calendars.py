"""The calendar of an option as a whole: all of its instruments, and what happens anyway, in one SimPy environment."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sim.calendar.calendar import EVERYBODY, Calendar, Shocks
from sim.calendar.records import ROW, Kind, Ledger, Pages, Record, Rows
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
    return records_of(calendar.run())


def records_of(rows: Rows) -> list[Record]:
    """The records of a calendar, one by one."""
    return [
        Record(hour, Kind(kind), part, item, value, until) for hour, kind, item, value, until, part in rows.tolist()
    ]


def stacked(runs: Sequence[list[Record]], months: int) -> Ledger:
    """The ledger of many draws, the records of a whole calendar each."""
    rows = [np.array([(r.hour, r.kind, r.item, r.value, r.until, r.part) for r in run], dtype=ROW) for run in runs]
    parts = {EVERYBODY}.union(*(run["part"].tolist() for run in rows))
    return Ledger({part: Pages([run[run["part"] == part] for run in rows]) for part in parts}, months)
