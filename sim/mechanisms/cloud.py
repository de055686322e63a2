"""Renting: the price path of an H100e-hour and what is lost between a voucher and an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param


@dataclass(frozen=True, kw_only=True)
class Cloud(Parameters):
    """The rental market for accelerators, and how vouchers are used up."""

    group: ClassVar[str] = "cloud"
    about: ClassVar[str] = "Cloud market"

    price_usd: float = param(
        3.50, "USD/H100e_hour", low=2.0, high=7.0, floor=0.01, ceiling=1000, grade="C", main=True,
        source="programmes:P233; programmes:P231; lenovo_lp2225",
        help="Rental price of an H100e-hour at the start (37 sellers' median 2.95, hyperscaler 4.25).",
        moves_with=("hardware.price_usd", 0.5),
    )
    decline_per_year: float = param(
        0.20, "1/year", low=0.05, high=0.40, floor=-1, ceiling=3, grade="C", main=True,
        source="wu_hedonic; p5_comment; h100_rental_note",
        help="Rate at which that price falls, continuously compounded.",
        moves_with=("hardware.doubling_years", -0.6),
    )
    volatility_share: float = param(
        0.25, "fraction", low=0, high=0.5, floor=0, ceiling=3, grade="C", source="h100_rental_note",
        help="Standard deviation of the log price around its path (drawn worlds only; the central case is smooth).",
    )
    volatility_half_life_months: float = param(
        12, "month", low=6, high=24, floor=0.1, ceiling=240, grade="D",
        source="assumption: the 2023-2026 swing of H100 rents took about two years",
        help="Months in which a price shock halves.",
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
        help="Part of the vouchers redeemed before they expire (0.80 recalled).",
    )
    idle_share: float = param(
        0.10, "fraction", low=0, high=0.27, floor=0, ceiling=1, grade="C", source="flexera_2025",
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


def price_path_usd(cloud: Cloud, t_years: Array, shock: Array) -> Array:
    """Rental price of an H100e-hour in each month, [draw, month], USD.

    `shock` is the log deviation in force in that month, [draw, month].
    """
    smooth = cloud.price_usd * np.exp(-np.asarray(cloud.decline_per_year) * t_years)
    return np.asarray(np.maximum(smooth * np.exp(shock), cloud.floor_usd))


def shock_persistence(half_life_months: float) -> float:
    """Part of a price shock that is left after one month."""
    return float(0.5 ** (1 / half_life_months))


def committed_price_ratio(cloud: Cloud, commit_share: float) -> Array:
    """Hours bought per on-demand hour's money when part of the money is committed in advance.

    A committed dollar buys 1 / (1 - discount) hours, whether or not they are then used.
    """
    return np.asarray(1 - commit_share + commit_share / (1 - np.asarray(cloud.commit_discount_share)))
