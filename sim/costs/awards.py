"""Awards of public hours: what is granted in competition, and what of it keeps machines busy."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.instruments.base import Supply
from sim.mechanisms.access import Access
from sim.mechanisms.forfeiture import filled_share, returned_share
from sim.parameters import Array

OVERBOOKED = (
    "cluster"  # the provider whose hours are awarded a year ahead: vouchers and grants expire by rules of theirs
)


@dataclass(frozen=True)
class Awards:
    """Hours of an option that are awarded, and those of them that are used, H100e-hours [draw, month]."""

    busy: list[tuple[Supply, Array]]  # supplies, with the hours that can be used of each
    awarded: Array  # in competition, more than a machine has where it is over-booked
    unused: Array  # part of what is awarded that holders do not use and nobody takes back

    @staticmethod
    def of(supplies: list[tuple[Supply, Array]], access: Access, shape: tuple[int, ...]) -> Awards:
        """Hours competed for, a machine's over-booked; of these, what holders leave idle is lost unless taken back."""
        competed, overbooking = 1 - np.asarray(access.reserve_share), np.asarray(access.overbooking_ratio)
        returned = returned_share(access.forfeiture, access.unused_share)
        filled = filled_share(overbooking, access.unused_share, returned)
        idle = np.asarray(access.unused_share) * (1 - returned)
        busy, awarded, unused = [], np.zeros(shape), np.zeros(shape)
        for supply, hours in supplies:
            machine = supply.provider == OVERBOOKED
            awards = hours * competed * (overbooking if machine else 1.0) if supply.rule == "request" else hours
            awarded += awards
            if machine:
                unused += awards * idle
            busy.append((supply, hours * filled if machine else hours))
        return Awards(busy, awarded, unused)
