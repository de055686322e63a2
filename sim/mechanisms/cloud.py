"""Renting: the price path of an H100e-hour and what is lost between a voucher and an hour.

The log rent is a trend, a decline of the long run, and a deviation from it that reverts. The deviation is pulled to one
of two levels, of a calm and of a scarce market, between which chance turns. Where a record of prices is known, the path
is the record, and the process goes on from its last month.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, log, log1p, sqrt
from typing import ClassVar

import numpy as np

from sim.mechanisms.finance import month_middles_years
from sim.months import Month
from sim.parameters import Array, Parameters, choice, param
from sim.units import BASE_PRICE_YEAR, MONTHS_PER_YEAR

LEVEL_MONTH = Month(BASE_PRICE_YEAR, 1)  # of which `long_run_usd` is said: amid the record that it was fitted to
SEGMENTS = ("neocloud", "reserved", "list")
# what tests/validation/rents.py fits the process to
FIT = "price_notes; silicon_data_notes; cyclenerd_gcp; cherielilili_prices; full_stack_cloud_gpus"


@dataclass(frozen=True)
class Record:
    """Rents that are known, month by month from `first`, counted from the start; the last may lie before it."""

    first: int
    usd: tuple[float, ...]  # base-year dollars per H100e-hour, at least one
    years: float  # from LEVEL_MONTH to the start

    @property
    def last(self) -> int:
        """The last month that is known."""
        return self.first + len(self.usd) - 1


@dataclass(frozen=True, kw_only=True)
class Cloud(Parameters):
    """The rental market for accelerators, and how vouchers are used up."""

    group: ClassVar[str] = "cloud"
    about: ClassVar[str] = "Cloud market"

    segment: str = choice(
        "neocloud", SEGMENTS, source="h100_rental_note", main=True, role="setting",
        label="Whose rent is paid",
        labels=("new clouds, by the hour", "new clouds, by the year", "a large provider's list price"),
        help="Whose price is paid: new clouds' going rate, their one-year contracts, or a large provider's list price, "
        "which steps.",
    )
    hindsight: str = choice(
        "record", ("record", "start"), source="assumption: a question asked today may use what is known today",
        role="setting",
        help="Whether rents follow what is recorded after the start, or only what was known then; idle where the rent "
        "at the start is set.",
    )
    price_usd: float = param(
        3.50, "USD/H100e_hour", low=2.0, high=7.0, floor=0.01, ceiling=1000, grade="C", main=True,
        source="programmes:P233; programmes:P231; lenovo_lp2225",
        label="Rent at the start",
        help="Rental price of an H100e-hour at the start. Where a scenario sets none it is the segment's at its start "
        "(data/price_series.csv); one that is set is the level that rents revert to, and falls from there.",
        moves_with=("hardware.price_usd", 0.5),
    )
    long_run_usd: float = param(
        3.75, "USD/H100e_hour", low=2.9, high=4.9, floor=0.01, ceiling=1000, grade="C",
        source=FIT,
        label="Long-run level of rents",
        help="Level to which rents revert, in January 2025; idle where the rent at the start is set, and for list "
        "prices.",
    )
    decline_per_year: float = param(
        0.20, "1/year", low=0.05, high=0.40, floor=-1, ceiling=0.95, grade="C", main=True,
        source="wu_hedonic; p5_comment; h100_rental_note",
        label="Fall of rents",
        help="Part of its level by which the rent falls each year: 0.15 makes 1.00 into 0.85 a year later.",
        moves_with=("hardware.doubling_years", -0.6),
    )
    volatility_share: float = param(
        0.153, "fraction", low=0.12, high=0.196, floor=0, ceiling=3, grade="C", source=FIT,
        help="Standard deviation of the log rent around what the state of the market draws it to (drawn worlds only).",
    )
    volatility_half_life_months: float = param(
        2, "month", low=1, high=4, floor=0.1, ceiling=240, grade="C", source=FIT,
        help="Months in which rents go half the way to what the state of the market draws them to.",
    )
    scarcity_ratio: float = param(
        2.25, "ratio", low=1.8, high=2.8, floor=1, ceiling=50, grade="C", source=FIT,
        help="Rents of a scarce market, as in 2023 and 2026, over those of a calm one; 1: there is no scarcity.",
    )
    scarcity_months: float = param(
        14, "month", low=3, high=60, floor=1, ceiling=600, grade="C", source=FIT,
        help="Mean length of a scarcity.",
    )
    calm_months: float = param(
        31, "month", low=10, high=97, floor=1, ceiling=600, grade="C", source=FIT,
        help="Mean time from one scarcity to the next.",
    )
    list_step_share: float = param(
        0.35, "fraction", low=0.25, high=0.45, floor=0, ceiling=0.95, grade="B",
        source="amorton_aws_prices; vantage_ec2",
        help="Part by which a list price is cut when the trend has fallen as far (AWS 33 and 44 % in 2025).",
    )
    floor_usd: float = param(
        0.0, "USD/H100e_hour", low=0, high=3, floor=0, ceiling=1000, grade="D", role="setting",
        source="assumption: off; set it to a provider's own cost to forbid renting below it",
        help="Price below which no provider rents (0: no floor).",
    )
    overhead_share: float = param(
        0.05, "fraction", low=0.02, high=0.15, floor=0, ceiling=1, grade="C", source="programmes:P205",
        help="Part of the money spent on running the voucher scheme.",
    )
    spent_share: float = param(
        0.85, "fraction", low=0.70, high=0.98, floor=0, ceiling=1, grade="D", main=True, source="programmes:P219",
        label="Vouchers redeemed before they expire",
        help="Part of the vouchers redeemed before they expire (0.80 recalled).",
    )
    idle_share: float = param(
        0.10, "fraction", low=0, high=0.27, floor=0, ceiling=1, grade="C", source="flexera_2025",
        label="Rented hours that do no work",
        help="Part of rented hours that does no work (27 % is the self-reported waste of enterprises).",
    )
    egress_share: float = param(
        0.03, "fraction", low=0, high=0.10, floor=0, ceiling=1, grade="C", source="programmes:P214",
        help="Part of the vouchers spent on moving data out (waivers stop at 15 % of the bill).",
    )
    commit_discount_share: float = param(
        0.45, "fraction", low=0.2, high=0.56, floor=0, ceiling=0.99, grade="C", source="p5_comment",
        help="Discount for committing in advance (1 year 0.41, 3 years 0.56 off on-demand).",
    )
    hyperscaler_share: float = param(
        0.64, "fraction", low=0.4, high=0.9, floor=0, ceiling=1, grade="B", source="synergy_q4_2025",
        help="Part of rented hours bought from the three largest providers.",
    )
    record: Record | None = None  # no parameter: what the scenario's reader found in data/price_series.csv


def trend_usd(cloud: Cloud, t_years: Array) -> Array:
    """Level of rents at `t_years` from the start, USD per H100e-hour, [draw or 1, month]."""
    kept, record = 1 - np.asarray(cloud.decline_per_year), cloud.record
    if record is None:
        return np.asarray(cloud.price_usd * kept**t_years)
    if cloud.segment == "list":  # steps down from the last price that is known
        return np.asarray(record.usd[-1] * kept ** (t_years - middle_years(record.last)))
    return np.asarray(cloud.long_run_usd * kept ** (t_years + record.years))


def middle_years(month: int) -> float:
    """The middle of a month, in years from the start."""
    return (month + 0.5) / MONTHS_PER_YEAR


def price_path_usd(cloud: Cloud, t_years: Array, deviation: Array) -> Array:
    """Rental price of an H100e-hour in each month, [draw, month], USD.

    `deviation` is the log distance from the trend in that month, [draw, month].
    """
    rent = trend_usd(cloud, t_years) * np.exp(deviation)
    return np.asarray(np.maximum(rent, cloud.floor_usd))


def first_month(cloud: Cloud) -> int:
    """The month with which `deviations` begins: the first that is known, or the start."""
    return 0 if cloud.record is None else cloud.record.first


def deviations(cloud: Cloud, months: int, normal: Array | None = None, uniform: Array | None = None) -> Array:
    """Log distance of the rent from its trend in one state of the world, [month] from the start on.

    `normal` and `uniform` hold a number a month from `first_month` on; without them no shock comes, and the market is
    as scarce as is expected of it.
    """
    first = first_month(cloud)
    known = [0.0]
    if cloud.record is not None:
        t_years = month_middles_years(len(cloud.record.usd)) + first / MONTHS_PER_YEAR
        known = np.log(cloud.record.usd / trend_usd(cloud, t_years)).tolist()
    follow = _steps if cloud.segment == "list" else _pulled
    return np.array([*known, *follow(cloud, known[-1], len(known), months - first, normal, uniform)])[-first:][:months]


def _pulled(
    cloud: Cloud, last: float, begin: int, stop: int, normal: Array | None, uniform: Array | None
) -> list[float]:
    """Deviations of months `begin` to `stop`, after one of `last`."""
    keep, height = 0.5 ** (1 / cloud.volatility_half_life_months), log(cloud.scarcity_ratio)
    usual = cloud.scarcity_months / (cloud.scarcity_months + cloud.calm_months)
    spread = cloud.volatility_share * sqrt(1 - keep**2)
    pull, stays, calm_months = (1 - keep) * height, 1 - 1 / cloud.scarcity_months, cloud.calm_months
    chance = None if uniform is None else uniform.tolist()
    shock = None if normal is None else (spread * normal).tolist()
    # of a scarce market at the last known price: the chance at which that price is what one would expect
    scarce = min(max(usual + last / height, 0.0), 1.0) if height else usual
    found = []
    for month in range(begin - 1, stop):
        if month >= begin:
            scarce = scarce * stays + (1 - scarce) / calm_months
        if chance is not None:
            scarce = float(chance[month] < scarce)
        if month >= begin:
            last = keep * last + pull * (scarce - usual)
            last += 0.0 if shock is None else shock[month]
            found.append(last)
    return found


def _steps(
    cloud: Cloud, last: float, begin: int, stop: int, normal: Array | None, uniform: Array | None
) -> list[float]:
    """Deviations of a list price that is cut by a step whenever the trend has fallen by one, at a phase of its own."""
    height = -log(1 - cloud.list_step_share)
    phase = 0.5 if uniform is None else float(uniform[0])
    slope = -log1p(-cloud.decline_per_year) / MONTHS_PER_YEAR
    fallen = [slope * months for months in range(1, stop - begin + 1)]
    return [last + (each - height * floor(each / height + phase) if height else 0.0) for each in fallen]


def committed_price_ratio(cloud: Cloud, commit_share: float) -> Array:
    """Hours bought per on-demand hour's money when part of the money is committed in advance.

    A committed dollar buys 1 / (1 - discount) hours, whether or not they are then used.
    """
    return np.asarray(1 - commit_share + commit_share / (1 - np.asarray(cloud.commit_discount_share)))
