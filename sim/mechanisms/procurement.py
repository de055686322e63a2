"""Buying a machine: what a contract covers, how late it is fulfilled, and what one accelerator costs in place.

The system contract is the market price of the design times what server, network and storage add, less what a large
order saves; the building and the running cost come on top and are no part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import ClassVar

import numpy as np

from sim.mechanisms.hardware import Hardware, unit_power_kw
from sim.parameters import Array, Parameters, choice, param
from sim.units import REFERENCE_ORDER_USD

BUILDS = ("existing_hall", "new_machine", "new_hall", "new_chip")
CONTRACTS = ("fixed_price", "cost_plus")
_payment = partial(
    param, unit="fraction", low=0, high=1, floor=0, ceiling=1, grade="D", role="setting",
    source="assumption: payment terms are rarely published; stages at order, delivery and acceptance are usual",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Procurement(Parameters):
    """How late and how dear public machines come."""

    group: ClassVar[str] = "procurement"
    about: ClassVar[str] = "Procurement"

    build: str = choice(
        "new_hall", BUILDS, main=True, role="design", source="assumption: a choice; a hall is built unless one stands",
        label="What is built",
        labels=(
            "a machine in a hall that stands", "a new machine in its centre", "a machine with a new hall",
            "a machine with a new chip",
        ),
        help="A machine in a hall that stands, a new machine in its centre, one with a new hall, or with a new chip.",
    )
    lead_months: float = param(
        9, "month", low=2, high=44, floor=0, ceiling=120, grade="C", main=True, role="design",
        source="builds:new_hall",
        label="Planned time from order to service",
        help="Planned months from order to service; what the kind of build usually plans unless given.",
    )
    slip_months: float = param(
        7.2, "month", low=3.3, high=15.6, floor=-12, ceiling=240, grade="C", main=True, how="fit",
        source="builds:new_hall; fits:slip_spread",
        moves_with=("procurement.overrun_ratio", 0.5),
        label="Delay beyond the plan",
        help="Months later than planned; what the kind of build usually takes unless given.",
    )
    system_ratio: float = param(
        1.42, "ratio", low=0.64, high=3.1, floor=0.01, ceiling=100, grade="C", main=True, how="fit",
        source="fits:system_ratio_2020; fits:system_log_growth_per_year; fits:system_spread; hardware:HW213",
        label="Price of the whole system over the list price of its accelerators",
        help="System contract per accelerator over the list price of one bought by itself, at an order of 100 million "
        "dollars: below 1 where the discount is larger than what the rest of the system costs; what the record gives "
        "for the date unless given.",
    )
    order_exponent: float = param(
        -0.07, "ratio", low=-0.28, high=0.14, floor=-0.9, ceiling=0.9, grade="C", how="fit",
        source="fits:order_exponent",
        label="Change of the system price with the size of the order",
        help="Growth of that ratio per growth of the money of an order: large orders are cheaper.",
    )
    fit_out_share: float = param(
        0.25, "fraction", low=0.05, high=0.6, floor=0, ceiling=1, grade="D",
        source="assumption: power and cooling are renewed in a hall that stands; no procurement record was read",
        help="Cost of making a hall that stands ready, over that of a new one.",
    )
    contract: str = choice(
        "fixed_price", CONTRACTS, role="design", source="programmes:P179",
        help="Who bears a change of cost: the vendor, at a risk of capability, or the buyer, as an overrun.",
    )
    capability_ratio: float = param(
        1.0, "ratio", low=0.75, high=1.33, floor=0.01, ceiling=10, grade="C", role="setting",
        source="programmes:P179; programmes:P170",
        help="Under a fixed price: speed delivered over what was ordered (Horizon 0.75, El Capitan 1.33). Not drawn: "
        "the spread of the system ratio is that of what was delivered, and has it already.",
    )
    overrun_ratio: float = param(
        0.20, "ratio", low=0.05, high=0.82, floor=-0.5, ceiling=2.0, grade="A", source="green_book_optimism",
        label="Overrun of the hardware under a contract at cost",
        help="Under a contract at cost: extra cost of the hardware over the planned one.",
    )
    facility_overrun_ratio: float = param(
        0.20, "ratio", low=0.0, high=1.0, floor=-0.5, ceiling=3, grade="D", source="assumption: as for the hardware",
        help="Capital overrun on the building, power and cooling, under either contract.",
    )
    paid_at_order_share: float = _payment(0.3, help="Part of the price that is paid at the order.")
    paid_at_acceptance_share: float = _payment(
        0.2, help="Part of the price that is paid at acceptance; the rest is paid at delivery."
    )
    acceptance_share: float = param(
        0.10, "fraction", low=0, high=0.3, floor=0, ceiling=0.9, grade="D",
        source="assumption: weeks of acceptance tests at the end of the lead time",
        help="Last part of the time from order to service that passes between delivery and acceptance.",
    )


def months_to_service(procurement: Procurement) -> Array:
    """Months from order to service, slip included."""
    late = np.asarray(procurement.lead_months) + np.asarray(procurement.slip_months)
    return np.asarray(np.maximum(late, 0.0))


def hardware_overrun(procurement: Procurement) -> Array:
    """Extra cost of the hardware over the planned one: none where the price is fixed."""
    return np.asarray(procurement.overrun_ratio) * float(procurement.contract == "cost_plus")


def delivered_ratio(procurement: Procurement) -> Array:
    """Speed delivered over what was ordered: at risk where the price is fixed."""
    fixed = procurement.contract == "fixed_price"
    return np.asarray(procurement.capability_ratio) if fixed else np.ones_like(np.asarray(procurement.capability_ratio))


def system_price_usd(hardware: Hardware, procurement: Procurement, order_usd: Array | float) -> Array:
    """System contract per accelerator: server, network, storage and installation, USD.

    `order_usd` is the money of the order, base-year USD; broadcasts with the parameters. An order of nothing has the
    price of one dollar.

    >>> flat = Procurement(system_ratio=1.5, order_exponent=-0.5)
    >>> float(system_price_usd(Hardware(price_usd=20_000), flat, 400e6))
    15000.0
    """
    size = np.maximum(np.asarray(order_usd, dtype=np.float64), 1.0) / REFERENCE_ORDER_USD
    ratio = np.asarray(procurement.system_ratio) * size ** np.asarray(procurement.order_exponent)
    return np.asarray(hardware.price_usd * ratio)


def facility_cost_usd(
    hardware: Hardware, procurement: Procurement, ordered_years: Array, overrun: Array | float
) -> Array:
    """Building, power and cooling per accelerator ordered at `ordered_years`, with `overrun`, USD.

    A hall that stands takes only a part of what a new one costs.
    """
    kw = unit_power_kw(ordered_years, hardware.power_kw, hardware.power_growth_per_year)
    new = 1.0 if procurement.build == "new_hall" else np.asarray(procurement.fit_out_share)
    built = hardware.facility_usd_per_kw * hardware.facility_headroom_ratio * kw
    return np.asarray(built * new * (1 + np.asarray(overrun)))
