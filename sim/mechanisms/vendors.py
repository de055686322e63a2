"""Vendors of accelerators: what a second source costs, saves and delivers while code is being ported.

A machine of two vendors pays less for the alternative part and gets less from it: only
ported code runs there, and at first more slowly. Bargaining and a legal lump sum are off.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param


@dataclass(frozen=True, kw_only=True)
class Vendors(Parameters):
    """The incumbent vendor, its software, and the alternative."""

    group: ClassVar[str] = "vendors"
    about: ClassVar[str] = "Vendors"

    top_share: float = param(
        0.87, "fraction", low=0.80, high=0.92, how="published", floor=0, ceiling=1, grade="C",
        source="programmes:P346; hardware:HW309",
        help="Part of accelerators from the largest vendor where the policy does not decide (of revenue; of compute "
        "some 60 %).",
    )
    discount_share: float = param(
        0.25, "fraction", low=0, high=0.5, floor=0, ceiling=0.99, grade="D",
        source="assumption: prices of alternatives are negotiated and not published",
        label="Discount of the alternative vendor",
        help="How much cheaper the alternative vendor's accelerator of the same peak performance is.",
    )
    retained_at_start_share: float = param(
        0.8, "fraction", low=0.5, high=1, floor=0, ceiling=1, grade="D", source="programmes:P352",
        help="Performance that ported code keeps on the alternative at the start, of that on its peer.",
    )
    half_life_years: float = param(
        2, "year", low=1, high=5, floor=0.05, ceiling=100, grade="D",
        source="assumption: compilers and libraries catch up in a few years; no series was found",
        label="Half-life of the performance that ported code lacks",
        help="Years in which half of what is missing of that performance is made up.",
    )
    codes: float = param(
        200, "code", low=34, high=1_200, floor=1, ceiling=1e6, grade="D", source="programmes:P348",
        help="Research codes that carry the load and would have to be ported (62 in the Exascale Computing Project).",
    )
    port_usd: float = param(
        60_000, "USD/code", low=3_000, high=1.2e6, floor=1, ceiling=1e9, grade="D",
        source="programmes:P349; programmes:P350; programmes:P351",
        help="Cost of porting one code (all recalled: tools convert 95 % of calls; two person-months; an extreme 10 M "
        "USD).",
    )
    portable_at_start_share: float = param(
        0.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D", role="setting", source="programmes:P351",
        help="Part of the load that runs on either vendor from the start (code above the level of frameworks does).",
    )
    bargaining_share: float = param(
        0.0, "fraction", low=0, high=0.3, floor=0, ceiling=0.99, grade="D", role="setting",
        source="assumption: off; that a credible second source lowers the first one's price was not measured",
        help="Discount of the incumbent per part of the machine that could credibly run elsewhere.",
    )
    legal_usd: float = param(
        0.0, "USD", low=0, high=50e6, floor=0, ceiling=1e11, grade="D", role="setting",
        source="assumption: off; no licence or patent dispute of a public buyer is known",
        help="Lump sum for licences and disputes over software, once, if an alternative vendor is used.",
    )


def portable_share(spent_usd: Array | float, vendors: Vendors) -> Array:
    """Part of the load that runs on either vendor after `spent_usd` on porting: each code costs the same.

    >>> float(portable_share(6e6, Vendors())), float(portable_share(50e6, Vendors()))
    (0.5, 1.0)
    """
    ported = np.asarray(spent_usd) / (np.asarray(vendors.codes) * vendors.port_usd)
    return np.asarray(np.minimum(vendors.portable_at_start_share + ported, 1.0))


def performance_retained(t_years: Array | float, vendors: Vendors) -> Array:
    """Performance of ported code on the alternative over that on its peer, `t_years` after the start.

    >>> float(performance_retained(0.0, Vendors())), float(performance_retained(2.0, Vendors()))
    (0.8, 0.9)
    """
    missing = 1 - np.asarray(vendors.retained_at_start_share)
    return np.asarray(1 - missing * np.exp2(-np.asarray(t_years) / vendors.half_life_years))


def price_ratio(alternative_share: float, portable: Array, vendors: Vendors) -> Array:
    """Price of a machine of two vendors over that of the incumbent alone, where `portable` of the load could move.

    >>> float(price_ratio(0.4, np.array(1.0), Vendors())), float(price_ratio(0.0, np.array(1.0), Vendors()))
    (0.9, 1.0)
    """
    incumbent = 1 - vendors.bargaining_share * np.minimum(alternative_share, portable)
    alternative = 1 - np.asarray(vendors.discount_share)
    return np.asarray((1 - alternative_share) * incumbent + alternative_share * alternative)
