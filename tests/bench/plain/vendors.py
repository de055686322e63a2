"""Vendors: codes ported month by month, what the mix of two vendors costs and does, and whose hours are used."""

from __future__ import annotations

from dataclasses import replace
from math import exp, inf, log
from statistics import NormalDist
from typing import TYPE_CHECKING

from sim.instruments.public_cluster import PublicCluster
from sim.mechanisms.world import World
from sim.units import MONTHS_PER_YEAR
from tests.bench.plain.draw import Draw, Series
from tests.bench.plain.reproduction import left_for_research
from tests.bench.plain.unit import Unit, overlap, pay

if TYPE_CHECKING:
    from tests.bench.plain.option import Months
    from tests.bench.plain.outcomes import Outcomes

NORMAL = NormalDist()


def paying(levers: PublicCluster, money_usd: float, draw: Draw) -> PublicCluster:
    """The cluster with money for those ports that pay, code by code from the best on, as if it had been given."""
    if levers.porting_rule != "where_it_pays" or levers.alternative_share == 0:
        return replace(levers, porting_rule="as_paid")
    vendors, rot = draw.world.vendors, draw.world.vendors.rot_per_year
    years, over = draw.months / MONTHS_PER_YEAR, levers.porting_months / MONTHS_PER_YEAR
    native = 1 - (1 - vendors.retained_at_start_share) * 0.5 ** (years / 2 / vendors.half_life_years)
    idle = money_usd * max(native * levers.alternative_share - vendors.portable_at_start_share, 0.0)
    if levers.compatibility_layer:
        risk = vendors.layer_hazard_per_year * years
        alive = (1 - exp(-risk)) / risk if risk > 0 else 1.0
        idle *= 1 - vendors.layer_coverage_share * vendors.layer_retained_share * alive
    again = rot * over / (1 - exp(-rot * over)) if rot > 0 else 1.0  # what is done in all for what is left
    everything = vendors.codes * vendors.port_usd
    cost = everything * (again + rot * max(years - over, 0.0))
    spread = vendors.effort_spread
    if idle <= 0:
        done = 0.0
    elif spread > 0:
        done = NORMAL.cdf(log(idle / cost) / spread - spread / 2)
    else:
        done = float(idle >= cost)
    usd = everything * done
    return replace(
        levers, porting_rule="as_paid", porting_usd=usd * again, upkeep_usd_per_year=usd * rot,
    )  # fmt: skip


def effort(levers: PublicCluster, moment: float, world: World) -> float:
    """Effort of porting that is left so many months after the start, over all that there is to spend."""
    everything, rot = world.vendors.codes * world.vendors.port_usd, world.vendors.rot_per_year
    first = min(moment, levers.porting_months) / MONTHS_PER_YEAR
    later = max(moment - levers.porting_months, 0.0) / MONTHS_PER_YEAR
    stock = 0.0
    yearly = levers.porting_usd * MONTHS_PER_YEAR / levers.porting_months
    for usd, years in ((yearly, first), (levers.upkeep_usd_per_year, later)):
        level = usd / everything
        if rot > 0:
            resting = level / rot
            stock = resting + (stock - resting) * exp(-rot * years)
        else:
            stock += level * years
        stock = min(stock, 1.0)
    return stock


def ported(levers: PublicCluster, moment: float, world: World) -> float:
    """Part of the load that runs on either vendor without a layer: the codes of most load for their effort first."""
    done, ready = effort(levers, moment, world), world.vendors.portable_at_start_share
    if done <= 0:
        return ready
    carried = 1.0 if done >= 1 else NORMAL.cdf(NORMAL.inv_cdf(done) + world.vendors.effort_spread)
    return ready + carried - ready * carried


def layered(levers: PublicCluster, moment: float, world: World) -> float:
    """Part of the load that runs by way of a layer, as long as there is one."""
    vendors = world.vendors
    if not levers.compatibility_layer:
        return 0.0
    if vendors.layer_hazard_per_year > 0:
        end = log(1 / NORMAL.cdf(-vendors.layer_score)) / vendors.layer_hazard_per_year
        if moment / MONTHS_PER_YEAR >= end:
            return 0.0
    return vendors.layer_coverage_share * (1 - ported(levers, moment, world))


def portable(levers: PublicCluster, moment: float, world: World) -> float:
    """Part of the load that runs on either vendor, so many months after the start."""
    return ported(levers, moment, world) + layered(levers, moment, world)


def speed(levers: PublicCluster, moment: float, world: World) -> float:
    """Performance of what runs on the alternative, of that on its peer."""
    vendors = world.vendors
    native = 1 - (1 - vendors.retained_at_start_share) * 0.5 ** (moment / MONTHS_PER_YEAR / vendors.half_life_years)
    plain, through = ported(levers, moment, world), layered(levers, moment, world)
    if plain + through <= 0:
        return native
    return native * (plain + through * vendors.layer_retained_share) / (plain + through)


def second(levers: PublicCluster, moment: float, world: World, pressure: float = 1.0) -> tuple[float, float]:
    """Hours in use of the second vendor's machines over theirs, and work done over that of the first vendor's.

    `pressure` times what the machine would do waits; ported code is served first, then what the layer runs.
    """
    vendors = world.vendors
    fast = 1 - (1 - vendors.retained_at_start_share) * 0.5 ** (moment / MONTHS_PER_YEAR / vendors.half_life_years)
    free, work = 1.0, 0.0
    kinds = ((ported(levers, moment, world), fast),
             (layered(levers, moment, world), fast * vendors.layer_retained_share))  # fmt: skip
    for share, pace in kinds:
        room = levers.alternative_share * pace
        waits = share * pressure
        hours = (waits / room if room > 0 else 1.0) if waits > 0 else 0.0
        hours = hours if hours < free else free
        free -= hours
        work += hours * pace
    return 1 - free, work


def fill_second(months: Months, levers: PublicCluster, unit: Unit, size: float, draw: Draw) -> None:
    """What of the second vendor's machines works once it is known how much waits for a machine of this size."""
    other, needing = levers.alternative_share, draw.nothing()
    months.second_work = draw.nothing()
    left = left_for_research(draw.world)
    for month, t in enumerate(draw.t_years):
        for n, o, apply, count in zip(draw.need[month], draw.own[month], draw.apply, draw.count, strict=True):
            needing[month] += max(n - o, 0.0) * apply * count
        moment = t * MONTHS_PER_YEAR
        whole = unit.peers[month] / draw.filled / other * size * left if other > 0 else 0.0
        pressure = max(needing[month] / whole, 1.0) if whole > 0 else 1.0
        before, now = (second(levers, moment, draw.world, waits) for waits in (1.0, pressure))
        months.second_work[month] = now[1]
        for supply in unit.supplies:
            for table, kind in ((supply.gpu_hours, 0), (supply.h100e_hours, 1)):
                was, becomes = (1 - other + other * each[kind] for each in (before, now))
                table[month] *= becomes / was if was > 0 else 1.0


def mix_price(levers: PublicCluster, ordered: float, world: World) -> float:
    """Price of a machine of the mix for each dollar of the incumbent's list price."""
    other, vendors = levers.alternative_share, world.vendors
    threat = portable(levers, ordered, world) - vendors.portable_at_start_share
    price_of_work = (1 - vendors.discount_share) / max(speed(levers, ordered, world), 1e-300)
    list_price = 1 + vendors.rebate_share * other
    if price_of_work < 1:
        list_price -= vendors.bargaining_share * threat * (1 - price_of_work)
    return other * (1 - vendors.discount_share) + (1 - other) * list_price


def whole_costs(levers: PublicCluster, first_order: float, draw: Draw) -> dict[str, Series]:
    """Accounts that do not depend on the size."""
    found: dict[str, Series] = {}
    if levers.porting_usd > 0 or levers.upkeep_usd_per_year > 0:
        rate, upkeep = levers.porting_usd / levers.porting_months, levers.upkeep_usd_per_year / MONTHS_PER_YEAR
        found["porting"] = [
            rate * overlap(0.0, levers.porting_months, month) + upkeep * overlap(levers.porting_months, inf, month)
            for month in range(draw.months)
        ]
    if levers.alternative_share > 0 and draw.world.vendors.legal_usd > 0:
        found["legal"] = draw.nothing()
        pay(found["legal"], first_order, draw.world.vendors.legal_usd)
    return found


def count_vendors(found: Outcomes, months: Months, draw: Draw) -> None:
    """Whose accelerators the hours are on, what is portable, and what that cost."""
    vendors, levers = draw.world.vendors, months.cluster
    cluster = months.used.get("cluster", draw.nothing())
    top, everything, peers, alternative = (draw.nothing() for _ in range(4))
    shown = [vendors.portable_at_start_share] * draw.months
    for month, t in enumerate(draw.t_years):
        public, lost = sum(months.public[month]), sum(months.displaced[month])
        everything[month] = sum(draw.tier_own[month]) - lost + public
        others = everything[month] - cluster[month]
        top[month] = others * vendors.top_share
        if levers is None:
            continue
        share_now = portable(levers, t * MONTHS_PER_YEAR, draw.world)
        theirs = levers.alternative_share * months.second_work[month]
        ours = 1 - levers.alternative_share
        if cluster[month] > 0:
            top[month] += cluster[month] * ours / (ours + theirs)
        if months.size["public_cluster"] > 0:
            shown[month] = share_now
        peers[month] = months.peers[month]
        alternative[month] = peers[month] * months.second_work[month]
    found.ratio("top_vendor_share", top, everything)
    found.ratio("alternative_work_share", alternative, peers)
    found.totals["portable_share"] = shown[-1]
    ends = [*range(MONTHS_PER_YEAR, draw.months, MONTHS_PER_YEAR), draw.months]
    found.yearly["portable_share"] = [shown[end - 1] for end in ends]
    found.flow("porting_cost", months.cash.get("porting", draw.nothing()))
    found.flow("legal_cost", months.cash.get("legal", draw.nothing()))
