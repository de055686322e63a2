"""Running a machine: use, energy, maintenance, staff, and the owner's cost of an hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.mechanisms.finance import capital_recovery, sinking_fund
from sim.parameters import Array, Parameters, param
from sim.units import HOURS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class Operations(Parameters):
    """What it takes to keep a machine busy."""

    group: ClassVar[str] = "operations"
    about: ClassVar[str] = "Operations"

    idle_power_share: float = param(
        0.3, "fraction", low=0.15, high=0.5, floor=0, ceiling=1, grade="C", source="bekman_upgrade",
        help="Power of an idle accelerator over that of a busy one.",
    )
    pue_ratio: float = param(
        1.25, "ratio", low=1.05, high=1.6, floor=1, ceiling=4, grade="C", source="jupiter_press",
        help="Power drawn by the whole facility over power drawn by the IT load.",
    )
    electricity_usd_per_kwh: float = param(
        0.10, "USD/kWh", low=0.05, high=0.30, floor=0, ceiling=5, grade="C", source="programmes:P022",
        label="Price of electricity",
        help="Price of electricity (the Isambard-AI bill implies about 0.27 GBP).",
    )
    maintenance_share_per_year: float = param(
        0.04, "1/year", low=0.02, high=0.08, floor=0, ceiling=1, grade="C",
        source="programmes:P200; programmes:P037; programmes:P049; programmes:P062",
        help="Yearly maintenance over the price of the hardware (6 % of list prices; what JUPITER, LUMI and "
        "MareNostrum 5 leave for it is less).",
    )
    staff_fixed: float = param(
        10, "person", low=8, high=20, floor=0, ceiling=10_000, grade="C", source="hardware:HW227",
        help="Staff that any machine needs (8 to 12 for one large system).",
    )
    staff_per_1000_gpus: float = param(
        1.0, "person", low=0.3, high=6, floor=0, ceiling=1_000, grade="D",
        source="assumption: no survey of staff per accelerator was found; three European budgets leave little room",
        help="Further staff per 1,000 accelerators.",
    )
    wage_usd_per_year: float = param(
        180_000, "USD/person/year", low=120_000, high=250_000, floor=0, ceiling=1e7, grade="D",
        source="assumption: full cost of an operations engineer",
        help="Full yearly cost of one member of the operating staff.",
    )


def energy_kwh(
    kw: Array | float, hours: Array | float, operations: Operations, busy_share: Array | float
) -> Array:
    """Electricity of accelerators of `kw` IT power over `hours`, facility included, kWh.

    `busy_share` is the part of the time they work.
    """
    busy = np.asarray(busy_share)
    load = busy + operations.idle_power_share * (1 - busy)
    return np.asarray(np.asarray(kw) * load * operations.pue_ratio * hours)


def running_cost_per_year(
    kw: float, price_usd: float, gpus: float, operations: Operations, busy_share: float
) -> float:
    """Energy, maintenance and staff of one accelerator for a year, USD; fixed staff is split over `gpus`.

    `busy_share` is the part of the time it works.
    """
    energy = float(energy_kwh(kw, HOURS_PER_YEAR, operations, busy_share)) * operations.electricity_usd_per_kwh
    staff = (operations.staff_fixed / gpus + operations.staff_per_1000_gpus / 1000) * operations.wage_usd_per_year
    return energy + operations.maintenance_share_per_year * price_usd + staff


@dataclass(frozen=True, kw_only=True)
class Ownership:
    """What owning one accelerator of constant performance takes."""

    gpus: float  # in the whole machine; infinite where fixed staff does not matter
    price_usd: float
    life_years: float
    rate: float  # real, per year
    resale_share: float  # of the price, at the end of life
    facility_usd: float
    facility_life_years: float
    kw: float
    busy_share: float  # part of the time it works


def owner_cost_per_year(own: Ownership, operations: Operations) -> float:
    """All-in yearly cost of one accelerator, USD: capital recovery, facility and running costs."""
    recovery, fund = capital_recovery(own.rate, own.life_years), sinking_fund(own.rate, own.life_years)
    capital = own.price_usd * (recovery - own.resale_share * fund)
    facility = own.facility_usd * capital_recovery(own.rate, own.facility_life_years)
    return capital + facility + running_cost_per_year(own.kw, own.price_usd, own.gpus, operations, own.busy_share)
