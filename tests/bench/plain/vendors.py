"""Vendors: codes ported month by month, what the mix of two vendors costs and does, and whose hours are used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.world import World
from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series
from tests.bench.plain.unit import overlap, pay

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes


def portable(levers: PublicCluster, moment: float, world: World) -> float:
    """Part of the load that runs on either vendor, so many months after the start."""
    if levers.porting_months > moment:
        spent = levers.porting_usd * moment / levers.porting_months
    else:
        spent = levers.porting_usd
    codes_ported = spent / world.vendors.port_usd
    return min(world.vendors.portable_at_start_share + codes_ported / world.vendors.codes, 1.0)


def speed(t_years: float, world: World) -> float:
    """Performance of ported code on the alternative, of that on its peer."""
    vendors = world.vendors
    return 1 - (1 - vendors.retained_at_start_share) * 0.5 ** (t_years / vendors.half_life_years)


def mix_price(levers: PublicCluster, ordered: float, world: World) -> float:
    """Price of a machine of the mix for each dollar of the incumbent's list price."""
    other = levers.alternative_share
    if other == 0:
        return 1.0
    threat = min(other, portable(levers, ordered, world))
    return other * (1 - world.vendors.discount_share) + (1 - other) * (1 - world.vendors.bargaining_share * threat)


def whole_costs(levers: PublicCluster, first_order: float, draw: Draw) -> dict[str, Series]:
    """Accounts that do not depend on the size."""
    found: dict[str, Series] = {}
    if levers.porting_usd > 0:
        rate = levers.porting_usd / levers.porting_months
        found["porting"] = [rate * overlap(0.0, levers.porting_months, month) for month in range(draw.months)]
    if levers.alternative_share > 0 and draw.world.vendors.legal_usd > 0:
        found["legal"] = draw.nothing()
        pay(found["legal"], first_order, draw.world.vendors.legal_usd)
    return found


def count_vendors(found: Outcomes, months: Months, draw: Draw) -> None:
    """Whose accelerators the hours are on, what is portable, and what that cost."""
    vendors, levers = draw.world.vendors, months.cluster
    cluster = months.used.get("cluster", draw.nothing())
    top, everything, peers, alternative = (draw.nothing() for _ in range(4))
    ported = [vendors.portable_at_start_share] * draw.months
    for month, t in enumerate(draw.t_years):
        public, lost = sum(months.public[month]), sum(months.displaced[month])
        everything[month] = sum(draw.tier_own[month]) - lost + public
        others = everything[month] - cluster[month]
        top[month] = others * vendors.top_share
        if levers is None:
            continue
        share_now = portable(levers, t * MONTHS_PER_YEAR, draw.world)
        theirs = levers.alternative_share * share_now * speed(t, draw.world)
        ours = 1 - levers.alternative_share
        if cluster[month] > 0:
            top[month] += cluster[month] * ours / (ours + theirs)
        if months.size["public_cluster"] > 0:
            ported[month] = share_now
        peers[month] = months.peers[month]
        alternative[month] = peers[month] * share_now * speed(t, draw.world)
    found.ratio("top_vendor_share", top, everything)
    found.ratio("alternative_work_share", alternative, peers)
    found.totals["portable_share"] = ported[-1]
    ends = [*range(MONTHS_PER_YEAR, draw.months, MONTHS_PER_YEAR), draw.months]
    found.yearly["portable_share"] = [ported[end - 1] for end in ends]
    spent = [months.cash.get(account, draw.nothing()) for account in ("porting", "legal")]
    found.flow("porting_cost", [a + b for a, b in zip(*spent, strict=True)])
