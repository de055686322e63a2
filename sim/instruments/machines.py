"""Machines in the records: cohorts, what they cost to buy, what they are worth at the end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.calendar.records import Kind, Ledger, month_index, placed
from sim.mechanisms.hardware import resale_share, straight_line_share
from sim.mechanisms.procurement import facility_cost_usd, hardware_cost_usd
from sim.mechanisms.world import World
from sim.parameters import Array
from sim.units import HOURS_PER_MONTH, MONTHS_PER_YEAR


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


def agreed_index(path: Array, ordered: Array) -> Array:
    """Price index at which orders are settled, [draw, month] and [draw, cohort] -> [draw, cohort]; 1 without an order.

    That of the month after the order, the first in which the market has felt it: a large order does not get
    the price of a small one.
    """
    known = np.isfinite(ordered) & (ordered < path.shape[-1])
    after = month_index(np.where(known, ordered, 0.0) * HOURS_PER_MONTH) + 1
    return np.where(known, np.take_along_axis(path, np.minimum(after, path.shape[-1] - 1), axis=-1), 1.0)


def capital_usd(
    cohorts: Cohorts, world: World, months: int, overruns: tuple[Array | float, Array | float],
    price_ratio: Array | float = 1.0, market_index: Array | None = None,
) -> dict[str, Array]:
    """Purchase of hardware and facility, and what they are worth at the end, USD of one accelerator.

    `overruns` are those of hardware and facility; zero for the costs as planned. `price_ratio` [draw, cohort]
    is the price of a machine of two vendors over that of the incumbent alone, `market_index` [draw, month]
    the price of what is ordered in a month over what it would be without the programme (None: 1).
    """
    share = np.where(np.isfinite(cohorts.ordered), cohorts.share, 0.0)
    # a refresh moves into the building of the machine it replaces and pays only for more power
    housed = share * _new_power_share(cohorts, world)
    ordered_years = years_of(cohorts.ordered)
    hardware_usd = share * hardware_cost_usd(world.hardware, overruns[0]) * price_ratio
    if market_index is not None:
        hardware_usd = hardware_usd * agreed_index(market_index, cohorts.ordered)
    facility_usd = housed * facility_cost_usd(world.hardware, ordered_years, overruns[1])
    deposit = np.asarray(world.procurement.deposit_share)
    paid = {
        "hardware": placed(deposit * hardware_usd, cohorts.ordered, months)
        + placed((1 - deposit) * hardware_usd, cohorts.delivered, months),
        "facility": placed(deposit * facility_usd, cohorts.ordered, months)
        + placed((1 - deposit) * facility_usd, cohorts.delivered, months),
    }
    # overruns buy nothing that a later owner would pay for, and what was never paid for is not ours to sell:
    # what is left is valued at list prices, a machine not delivered by the horizon at its deposit's share of them
    owned = np.where(np.isfinite(cohorts.delivered), 1.0, deposit)
    listed_usd = owned * share * np.asarray(world.hardware.price_usd) * price_ratio
    built_usd = owned * housed * facility_cost_usd(world.hardware, ordered_years, 0.0)
    return paid | {"residual": -_residual(cohorts, listed_usd, built_usd, world, months)}


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
