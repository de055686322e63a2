"""Own money that public hours free: what groups do with it, and the accounts of that."""

from __future__ import annotations

from sim.costs.allocation import Allocation
from sim.costs.groups import in_years, over_tiers
from sim.mechanisms.grants import Grants
from sim.mechanisms.research import Output, column
from sim.parameters import Array


def freed_usd(allocation: Allocation, rent_usd: Array) -> Array:
    """What groups no longer spend on compute of their own, at its rent, USD, [draw, month, tier]."""
    return allocation.displaced * rent_usd[..., None]


def hired_years(freed: Array, output: Output, grants: Grants) -> Array:
    """Person-years that groups of each tier hire for that money, [draw, year, tier]."""
    return in_years(freed * column(output.rehired_share) / column(grants.researcher_usd_per_year))


def accounts(freed: Array, output: Output) -> dict[str, Array]:
    """Others' money, USD by account, [draw, month]: what is saved, and what of it pays people; the rest is kept."""
    if not freed.any():
        return {}
    total = over_tiers(freed)
    return {"own compute saved": -total, "own money on people": total * output.rehired_share}
