"""A domestic fab: the stake a budget buys, the delay, the ramp and the premium."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, param
from sim.units import MONTHS_PER_YEAR


@dataclass(frozen=True, kw_only=True)
class Fab(Parameters):
    """What a leading-edge fab costs and yields."""

    group: ClassVar[str] = "fab"
    about: ClassVar[str] = "Fab"

    capex_usd: float = param(
        20e9, "USD", low=12e9, high=30e9, floor=1e6, ceiling=1e12, grade="B",
        source="programmes:P265; programmes:P266; programmes:P278",
        help="Capital cost of a fab of 20,000 wafers a month (TSMC Arizona 12, later 20 bn$; Intel Ohio 28).",
    )
    overrun_ratio: float = param(
        0.20, "ratio", low=0, high=0.8, floor=-0.5, ceiling=5, grade="B",
        source="programmes:P265; programmes:P266; programmes:P278; programmes:P286",
        help="Capital overrun: extra over planned cost (TSMC Arizona 0.67, Intel Ohio 0.40).",
    )
    public_share: float = param(
        0.35, "fraction", low=0.10, high=1.0, floor=0.01, ceiling=1, grade="B",
        source="programmes:P264; programmes:P268; programmes:P269; programmes:P283",
        help="Part of the capital that the public must bring for the fab to be built.",
    )
    build_months: float = param(
        48, "month", low=36, high=72, floor=1, ceiling=240, grade="B",
        source="programmes:P281; exyte_build; programmes:P271", help="Planned months from decision to first output.",
    )
    delay_ratio: float = param(
        0.3, "ratio", low=0, high=1.4, floor=-0.5, ceiling=5, grade="B", source="programmes:P279; programmes:P270",
        help="Months late over months planned (Intel Ohio 60 to 72 months late, a second fab in Arizona 24).",
    )
    ramp_months: float = param(
        24, "month", low=12, high=48, floor=0.1, ceiling=240, grade="D",
        source="assumption: a linear ramp from first output to full volume",
        help="Months from first output to full volume.",
    )
    wafers_per_month: float = param(
        20_000, "wafer/month", low=10_000, high=50_000, floor=1, ceiling=1e6, grade="B", source="programmes:P267",
        help="Volume of the whole fab (the first one in Arizona; the range is assumed).",
    )
    dies_per_wafer: float = param(
        45, "die/wafer", low=30, high=60, floor=1, ceiling=1000, grade="D", source="programmes:P294",
        help="Good accelerator dies per wafer (recalled).",
    )
    accelerator_share: float = param(
        0.10, "fraction", low=0.02, high=0.5, floor=0, ceiling=1, grade="D",
        source="assumption: most wafers of a new fab go to phones and cars",
        help="Part of the wafers that carries accelerators.",
    )
    packages_per_month: float = param(
        110_000, "package/month", low=20_000, high=500_000, floor=0, ceiling=1e8, grade="D",
        source="assumption: a twentieth of 75,000 wafers a month at 29 packages each; it may bind before wafers do",
        help="Advanced packages a month that this fab's output can get.",
    )
    premium_share: float = param(
        0.12, "fraction", low=0.05, high=0.30, floor=0, ceiling=5, grade="B",
        source="trendforce_fab; techpowerup_wafer; programmes:P274",
        help="Extra unit cost of domestic output at first volume (5 to 20 % for chips, under 10 % for wafers; others "
        "to 50 %).",
    )
    learning_share: float = param(
        0.15, "fraction", low=0.10, high=0.25, floor=0, ceiling=0.9, grade="C", source="nagy_2013; wright_1936",
        help="Fall of that premium with every doubling of cumulative output (an analogy: published for whole unit "
        "costs).",
    )
    minimum_stake_share: float = param(
        0.25, "fraction", low=0, high=1, floor=0, ceiling=1, grade="D",
        source="assumption: below a quarter of the public share no maker is thought to come",
        help="Smallest stake that brings a fab; below it the money pays for studies only.",
    )
    accelerator_price_usd: float = param(
        30_000, "USD/accelerator", low=20_000, high=45_000, how="published", floor=100, ceiling=1e6, grade="C",
        source="hardware:HW022; hardware:HW024; hardware:HW025; hardware:HW027",
        help="Price of a bare accelerator, to set output against the world market.",
    )
    node_lag_years: float = param(
        0.0, "year", low=0, high=6, floor=0, ceiling=30, grade="D", role="setting",
        source="assumption: off; a fab abroad opens a generation behind, and a generation is two to three years",
        help="Years that the fab's chips are behind the newest; every doubling time halves what a chip is worth.",
    )
    margin_given_up_share: float = param(
        0.0, "fraction", low=0, high=0.5, floor=0, ceiling=1, grade="D", role="setting",
        source="assumption: off; whoever designs the chips keeps the margin, wherever they are made",
        help="Part of the world price that the reserved part of the output is spared before the premium.",
    )
    tools_abroad_share: float = param(
        0.5, "fraction", low=0.2, high=0.8, floor=0, ceiling=1, grade="D",
        source="assumption: most tools of a fab are imported, its buildings are not",
        help="Part of the stake that leaves the country.",
    )


def full_stake_usd(fab: Fab) -> Array:
    """Public money for the whole fab, overrun included, USD."""
    return np.asarray(fab.public_share * np.asarray(fab.capex_usd) * (1 + np.asarray(fab.overrun_ratio)))


def months_to_output(fab: Fab) -> Array:
    """Months from decision to first output, delay included."""
    return np.asarray(np.asarray(fab.build_months) * (1 + np.asarray(fab.delay_ratio)))


def ramp_share(months_since_output: Array, ramp_months: Array | float) -> Array:
    """Part of full volume reached, linear from first output."""
    return np.asarray(np.clip(np.asarray(months_since_output) / ramp_months, 0, 1))


def full_output_per_month(fab: Fab) -> Array:
    """Accelerators a month of the whole fab at full volume; packaging may bind before wafers."""
    return np.asarray(np.minimum(dies_per_month(fab), fab.packages_per_month))


def dies_per_month(fab: Fab) -> Array:
    """Good accelerator dies a month of the whole fab at full volume."""
    return np.asarray(fab.wafers_per_month * np.asarray(fab.dies_per_wafer) * fab.accelerator_share)


def packaged_share(fab: Fab) -> Array:
    """Part of the good dies that packaging lets through: 1 where wafers bind, less where packages do.

    >>> float(packaged_share(Fab(packages_per_month=45_000)))
    0.5
    """
    dies, packages = np.broadcast_arrays(dies_per_month(fab), np.asarray(fab.packages_per_month, dtype=np.float64))
    return np.asarray(np.divide(packages, dies, out=np.ones(dies.shape), where=dies > packages))


def worth_share(fab: Fab, doubling_years: Array | float) -> Array:
    """What a chip of the fab is worth over one of the newest: 2^(-lag / tau).

    >>> round(float(worth_share(Fab(node_lag_years=2.5), 2.5)), 3)
    0.5
    """
    return np.asarray(2.0 ** (-np.asarray(fab.node_lag_years) / np.asarray(doubling_years)))


def unit_premium(cumulative: Array, reference: Array | float, fab: Fab) -> Array:
    """Premium after `cumulative` output, in multiples of the `reference` output at which it is first measured."""
    exponent = -np.log2(1 - np.asarray(fab.learning_share))
    grown = np.maximum(np.asarray(cumulative) / reference, 1)
    return np.asarray(fab.premium_share * grown ** -exponent)


def premium_after(cumulative: Array, made: Array, fab: Fab) -> Array:
    """Premium after `cumulative` output, [draw, any], learned down from the first year of `made`, [draw, month]."""
    begun = (made > 0).argmax(axis=-1)[:, None]
    first = np.where(np.arange(made.shape[-1]) < begun + MONTHS_PER_YEAR, made, 0.0).sum(axis=-1, keepdims=True)
    return unit_premium(cumulative, np.maximum(first, 1.0), fab)
