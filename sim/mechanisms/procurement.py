"""Buying a machine: lead time, slip, overruns and what one accelerator costs to put in place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.mechanisms.hardware import Hardware, unit_power_kw
from sim.parameters import Array, Parameters, param


@dataclass(frozen=True, kw_only=True)
class Procurement(Parameters):
    """How late and how dear public machines come."""

    group: ClassVar[str] = "procurement"
    about: ClassVar[str] = "Procurement"

    lead_months: float = param(
        12, "month", low=4, high=24, floor=0, ceiling=120, grade="B", main=True,
        source="omdia_lead; dell_lead; programmes:P007", help="Planned months from order to service.",
    )
    slip_ratio: float = param(
        0.54, "ratio", low=0.19, high=1.5, floor=-0.5, ceiling=5, grade="A", main=True,
        source="green_book_optimism; programmes:P019", help="Schedule overrun: months late over months planned.",
        moves_with=("procurement.overrun_ratio", 0.5),
    )
    overrun_ratio: float = param(
        0.20, "ratio", low=0.05, high=0.82, floor=-0.5, ceiling=2.0, grade="A", source="green_book_optimism",
        help="Capital overrun on hardware: extra cost over planned cost.",
    )
    facility_overrun_ratio: float = param(
        0.20, "ratio", low=0.0, high=1.0, floor=-0.5, ceiling=3, grade="D", source="assumption: as for the hardware",
        help="Capital overrun on the building, power and cooling.",
    )
    deposit_share: float = param(
        1.0, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: payment terms are rarely published; paying all at the order is the cautious case",
        help="Part of the price paid at the order; the rest is paid at delivery.",
    )
    acceptance_share: float = param(
        0.10, "fraction", low=0, high=0.3, floor=0, ceiling=0.9, grade="D",
        source="assumption: weeks of acceptance tests at the end of the lead time",
        help="Last part of the time from order to service that passes between delivery and acceptance.",
    )


def months_to_service(lead_months: Array | float, slip_ratio: Array | float) -> Array:
    """Months from order to service, slip included."""
    return np.asarray(np.asarray(lead_months) * (1 + np.asarray(slip_ratio)))


def hardware_cost_usd(hardware: Hardware, overrun_ratio: Array | float) -> Array:
    """Installed hardware per accelerator, overrun included, USD."""
    return np.asarray(hardware.price_usd * (1 + np.asarray(overrun_ratio)))


def facility_cost_usd(hardware: Hardware, ordered_years: Array, overrun_ratio: Array | float) -> Array:
    """Building, power and cooling per accelerator ordered at `ordered_years`, overrun included, USD."""
    kw = unit_power_kw(ordered_years, hardware.power_kw, hardware.power_growth_per_year)
    built = hardware.facility_usd_per_kw * hardware.facility_headroom_ratio * kw
    return np.asarray(built * (1 + np.asarray(overrun_ratio)))
