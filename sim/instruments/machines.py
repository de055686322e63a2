"""Machines in the records: cohorts, from their orders to their retirement."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calendar.records import Kind, Ledger
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True)
class Cohorts:
    """The machines of a run, [draw, cohort]; in months, infinite where something never happened."""

    share: Array
    ordered: Array
    delivered: Array
    accepted: Array
    retired: Array
    replaces: NDArray[np.int64]  # cohort that a refresh replaces, -1 for a new machine
    up: Array  # share of each machine that is up, [draw, cohort, month]

    @staticmethod
    def read(ledger: Ledger, part: int) -> Cohorts:
        """The machines in the records of one instrument."""
        items = max(ledger.items(Kind.ORDER, part), 1)
        return Cohorts(
            share=ledger.values_of(Kind.ORDER, part, items),
            ordered=ledger.months_of(Kind.ORDER, part, items),
            delivered=ledger.months_of(Kind.DELIVERY, part, items),
            accepted=ledger.months_of(Kind.ACCEPTANCE, part, items),
            retired=ledger.months_of(Kind.RETIREMENT, part, items),
            replaces=ledger.values_of(Kind.REFRESH, part, items, missing=-1.0).astype(np.int64),
            up=ledger.monthly_by_item(Kind.CAPACITY, part, items, missing=0.0),
        )


def years_of(month: Array) -> Array:
    """Months as years, 0 where nothing happened."""
    return np.where(np.isfinite(month), month, 0.0) / MONTHS_PER_YEAR
