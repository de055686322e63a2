"""What of a public machine a budget pays for: its hardware, its building, its operation, or some of them.

A published sum seldom covers everything. What it leaves out is paid by another purse, a host or a later appropriation;
it is public money all the same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

PARTS = ("hardware", "building", "operations")
_PART_OF = {
    "hardware": "hardware",
    "porting": "hardware",
    "legal": "hardware",
    "facility": "building",
    "energy": "operations",
    "maintenance": "operations",
    "staff": "operations",
    "lease fees": "operations",
}
"""Part to which an account of a public machine belongs; what a machine is sold for belongs to none."""


@dataclass(frozen=True)
class Coverage:
    """The parts that a budget pays for, and how many years of operation."""

    parts: tuple[str, ...] = PARTS
    operations_years: float | None = None  # from the first service; None: all

    @property
    def complete(self) -> bool:
        """Whether nothing is left to another purse."""
        return set(self.parts) == set(PARTS) and self.operations_years is None

    def uncovered_share(self, account: str, in_service: Array) -> Array | float:
        """Part of an account that another purse pays, 0 to 1, scalar or [draw, month].

        `in_service` [draw, month]: what of the machine serves, to know when its operation began.
        """
        part = _PART_OF.get(account)
        if part is None:
            return 0.0
        if part not in self.parts:
            return 1.0
        if part != "operations" or self.operations_years is None:
            return 0.0
        begun = np.where(in_service.any(axis=-1), (in_service > 0).argmax(axis=-1), 0)[:, None]
        paid = begun + self.operations_years * MONTHS_PER_YEAR - np.arange(in_service.shape[-1])
        return np.asarray(1 - np.clip(paid, 0, 1))


COMPLETE = Coverage()
