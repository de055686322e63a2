"""Prices of machines: what each cohort costs to buy, and what it is worth at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.calendar.records import month_index, placed
from sim.instruments.base import Grid
from sim.instruments.machines import Cohorts, years_of
from sim.mechanisms.hardware import resale_share, straight_line_share
from sim.mechanisms.procurement import Procurement, facility_cost_usd, system_price_usd
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR, REFERENCE_ORDER_USD


def agreed_index(path: Array, ordered: Array) -> Array:
    """Price index at which orders are settled, [draw, month] and [draw, cohort] -> [draw, cohort]; 1 without an order.

    That of the month after the order, the first in which the market has felt it: a large order does not get
    the price of a small one.
    """
    known = np.isfinite(ordered) & (ordered < path.shape[-1])
    after = month_index(np.where(known, ordered, 0.0) * HOURS_PER_MONTH) + 1
    return np.where(known, np.take_along_axis(path, np.minimum(after, path.shape[-1] - 1), axis=-1), 1.0)


def order_usd(cohorts: Cohorts, money_usd: Array | None) -> Array | float:
    """Money of each order, its share of the option's, [draw, 1] -> [draw, cohort]; a usual order where unknown."""
    if money_usd is None:
        return REFERENCE_ORDER_USD
    share = np.where(np.isfinite(cohorts.ordered), cohorts.share, 0.0)
    return np.asarray(money_usd * share / np.maximum(share.sum(axis=-1, keepdims=True), np.finfo(float).tiny))


@dataclass(frozen=True)
class Prices:
    """What one accelerator of each cohort costs, USD, [draw, cohort]."""

    system: Array  # server, network and storage as planned
    facility: Array  # building, power and cooling as planned, where they are new

    @staticmethod
    def of(cohorts: Cohorts, world: World, grid: Grid, vendor_ratio: Array | float = 1.0) -> Prices:
        """Prices at the money and dates of the orders.

        `vendor_ratio` [draw, cohort] is the price of a machine of two vendors over that of the incumbent alone.
        """
        buying = world.procurement
        system = system_price_usd(world.hardware, buying, order_usd(cohorts, grid.money_usd)) * vendor_ratio
        # a refresh moves into the building of the machine it replaces and pays only for more power
        building = facility_cost_usd(world.hardware, buying, years_of(cohorts.ordered), 0.0)
        shape = cohorts.ordered.shape
        return Prices(np.broadcast_to(system, shape), building * _new_power_share(cohorts, world))


def capital_usd(
    cohorts: Cohorts, prices: Prices, world: World, months: int, overruns: tuple[Array | float, Array | float],
    market_index: Array | None = None,
) -> dict[str, Array]:
    """Purchase of hardware and facility in stages, and what they are worth at the end, USD of one accelerator.

    `overruns` are those of hardware and facility; zero for the costs as planned. `market_index` [draw, month] is
    the price of what is ordered in a month over what it would be without the programme (None: 1).
    """
    share = np.where(np.isfinite(cohorts.ordered), cohorts.share, 0.0)
    hardware_usd = share * prices.system * (1 + np.asarray(overruns[0]))
    if market_index is not None:
        hardware_usd = hardware_usd * agreed_index(market_index, cohorts.ordered)
    facility_usd = share * prices.facility * (1 + np.asarray(overruns[1]))
    stages = _stages(cohorts, world.procurement)
    nothing = np.zeros((len(share), months))
    paid = {
        account: sum((placed(part * usd, month, months) for part, month in stages), start=nothing)
        for account, usd in (("hardware", hardware_usd), ("facility", facility_usd))
    }
    # overruns buy nothing that a later owner would pay for, and what was never paid for is not ours to sell:
    # what is left is valued at planned prices, a machine not accepted by the horizon at what was paid of them
    owned = sum((part * np.isfinite(month) for part, month in stages), start=np.zeros(share.shape))
    return paid | {
        "residual": -_residual(cohorts, owned * share * prices.system, owned * share * prices.facility, world, months)
    }


def _stages(cohorts: Cohorts, buying: Procurement) -> tuple[tuple[Array, Array], ...]:
    """(part of the price, month in which it is paid) of each stage; the month [draw, cohort]."""
    first, last = np.asarray(buying.paid_at_order_share), np.asarray(buying.paid_at_acceptance_share)
    return (first, cohorts.ordered), (1 - first - last, cohorts.delivered), (last, cohorts.accepted)


def _new_power_share(cohorts: Cohorts, world: World) -> Array:
    """Part of a cohort's power that no building stands for yet, [draw, cohort]."""
    old = np.take_along_axis(cohorts.ordered, np.maximum(cohorts.replaces, 0), axis=1)
    between = years_of(cohorts.ordered) - years_of(old)
    more = 1 - (1 + np.asarray(world.hardware.power_growth_per_year)) ** -between
    return np.where(cohorts.replaces >= 0, np.maximum(more, 0.0), 1.0)


def _residual(cohorts: Cohorts, listed_usd: Array, built_usd: Array, world: World, months: int) -> Array:
    """Resale when a machine retires or at the horizon, and the facility at the horizon, [draw, month]."""
    horizon = float(months)
    since = np.where(np.isfinite(cohorts.delivered), cohorts.delivered, cohorts.ordered)
    since = np.where(np.isfinite(since), since, horizon)
    end = np.minimum(cohorts.retired, horizon)
    resale = listed_usd * resale_share((end - since) / MONTHS_PER_YEAR, world.hardware.resale_decay_per_year)
    standing = straight_line_share((horizon - since) / MONTHS_PER_YEAR, world.hardware.facility_life_years)
    last = np.full_like(end, horizon - 1)
    sold = placed(resale, np.minimum(end, last), months)
    return np.asarray(sold + placed(built_usd * standing, last, months))
