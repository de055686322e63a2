"""Awards of the public machine's hours: over-booked, partly left idle, partly taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.mechanisms.forfeiture import RULES
from tests.bench.plain.draw import Draw
from tests.bench.plain.unit import OLD_REQUEST, REQUEST, Supply

if TYPE_CHECKING:
    from tests.bench.plain.option import Months


def idle_part(draw: Draw) -> float:
    """Part of what is awarded that its holders leave idle and nobody takes back."""
    access = draw.world.access
    return access.unused_share * (1 - taken_back(access.forfeiture, access.unused_share))


def taken_back(rule: str, unused: float) -> float:
    """Part of the unused hours that a rule takes back; use over plan v has the density k v^(k - 1)."""
    if unused <= 0 or rule == "none":
        return 0.0
    k = (1 - unused) / unused
    total, lower = 0.0, 0.0
    for upper, part in zip(RULES[rule].below, RULES[rule].taken, strict=True):
        total += part * ((upper**k - lower**k) - k / (k + 1) * (upper ** (k + 1) - lower ** (k + 1)))
        lower = upper
    return total / unused


def busy_part(draw: Draw) -> float:
    """Part of the public machine's hours that awards keep busy."""
    return min(draw.world.access.overbooking_ratio * (1 - idle_part(draw)), 1.0)


def award(months: Months, supply: Supply, size: float, draw: Draw) -> None:
    """Hours awarded in competition, more than there are where machines are over-booked, and those left idle."""
    access = draw.world.access
    part = 1.0
    if supply.pot in (OLD_REQUEST, REQUEST):
        part = 1 - access.reserve_share
        if supply.provider == "cluster":
            part *= access.overbooking_ratio
    for month, hours in enumerate(supply.h100e_hours):
        months.awarded[month] += hours * size * part
        if supply.provider == "cluster":
            months.unused_awards[month] += hours * size * part * idle_part(draw)
