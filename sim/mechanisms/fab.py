"""A domestic fab: what a stake brings of wafers, packaging and memory, when, at what premium, and how much is new.

An accelerator needs dies, a place on a packaging line and memory: the scarcest of the three is what comes out. A part
of it would have been made elsewhere. A stake too small to decide whether a plant is built buys its share of one that
others fund as well.
"""

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
        source="programmes:P265; programmes:P266; programmes:P278", label="Capital cost of a whole fab",
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
        source="programmes:P281; exyte_build; programmes:P271", label="Planned time to build a fab",
        help="Planned months from decision to first output.",
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
    dies_per_accelerator: float = param(
        2, "die/accelerator", low=1, high=4, floor=1, ceiling=64, grade="C",
        source="hardware:HW329; programmes:P287; programmes:P288",
        help="Dies of the largest size in one accelerator (one in an H100, two in a B200, four announced for 2027).",
    )
    accelerator_share: float = param(
        0.10, "fraction", low=0.02, high=0.5, floor=0, ceiling=1, grade="D",
        source="assumption: most wafers of a new fab go to phones and cars",
        help="Part of the wafers that carries accelerators.",
    )
    packaging_per_month: float = param(
        0.76e6, "accelerator/month", low=0.6e6, high=1.1e6, floor=0, ceiling=1e9, grade="C",
        source="programmes:P932; programmes:P933; programmes:P934; programmes:P935",
        help="Accelerators a month that the world's advanced packaging can take (in 2026 a million wafers or more, 9 "
        "accelerators of the newest kinds on each; 16 of an older, smaller one fitted at best).",
    )
    packaging_share: float = param(
        0.03, "fraction", low=0.005, high=0.08, floor=0, ceiling=1, grade="D", source="programmes:P421; hardware:HW295",
        help="Part of that packaging that the fab's output obtains; most of it is booked in advance.",
    )
    memory_per_month: float = param(
        1.09e6, "accelerator/month", low=0.8e6, high=1.63e6, floor=0, ceiling=1e9, grade="C",
        source="programmes:P420; programmes:P424",
        help="Accelerators a month that the world's high-bandwidth memory can equip (in 2026 30 billion Gb, 288 GB "
        "each; 384 and 192 GB at the ends).",
    )
    memory_share: float = param(
        0.03, "fraction", low=0.005, high=0.08, floor=0, ceiling=1, grade="D", source="programmes:P292",
        help="Part of that memory that the fab's output obtains; three firms make it.",
    )
    relocated_share: float = param(
        0.6, "fraction", low=0.2, high=0.95, floor=0, ceiling=1, grade="D", source="programmes:P292; hardware:HW295",
        help="Part of the output that would have been made elsewhere: packaging and memory that the fab obtains are "
        "missing there, and makers move what they would have built at home.",
    )
    inputs_at_home_share: float = param(
        0.25, "fraction", low=0, high=0.8, floor=0, ceiling=1, grade="D", source="programmes:P421; programmes:P425",
        help="Part of the packaging and memory of its output that an embargo does not reach.",
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
        source="assumption: whoever brings less than a quarter of the public share does not decide on a plant",
        help="Part of the public share from which a stake decides that a plant is built; a smaller one joins others.",
    )
    accelerator_price_usd: float = param(
        30_000, "USD/accelerator", low=20_000, high=45_000, how="published", floor=100, ceiling=1e6, grade="C",
        source="hardware:HW022; hardware:HW024; hardware:HW025; hardware:HW027",
        help="Price of a bare accelerator, to set output against the world market.",
    )
    node_lag_years: float = param(
        2.0, "year", low=0, high=5, floor=0, ceiling=30, grade="C", source="programmes:P267; programmes:P422",
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


def stake_output_share(stake_share: Array | float, least: Array | float, public_share: Array | float) -> Array:
    """Part of a fab's output that a stake of `stake_share` of the public share brings, [...].

    x (theta + (1 - theta) min(1, x / least)): with its own share of the capital comes what that capital makes; the
    private money beside it comes in as far as the stake decides whether the plant is built. Linear from `least` on,
    and everywhere where `least` is 0.

    >>> stake_output_share(np.array([0.1, 0.25, 0.5]), 0.25, 0.5).round(3).tolist()
    [0.07, 0.25, 0.5]
    """
    share, scale = np.asarray(stake_share, dtype=np.float64), np.asarray(least, dtype=np.float64)
    deciding = np.divide(share, scale, out=np.ones(np.broadcast_shapes(share.shape, scale.shape)), where=share < scale)
    return np.asarray(share * (public_share + (1 - np.asarray(public_share)) * deciding))


def full_output_per_month(fab: Fab, cut_share: float = 0.0) -> Array:
    """Accelerators a month of the whole fab at full volume: the least of dies, packaging and memory.

    An embargo cuts `cut_share` of the packaging and memory that come from abroad.

    >>> round(float(full_output_per_month(Fab()))), round(float(full_output_per_month(Fab(), cut_share=1.0)))
    (22800, 5700)
    """
    kept = 1 - cut_share * (1 - np.asarray(fab.inputs_at_home_share))
    packaged = np.asarray(fab.packaging_per_month) * fab.packaging_share
    equipped = np.asarray(fab.memory_per_month) * fab.memory_share
    return np.asarray(np.minimum(dies_per_month(fab), kept * np.minimum(packaged, equipped)))


def dies_per_month(fab: Fab) -> Array:
    """Accelerators for which the whole fab makes good dies in a month at full volume."""
    return np.asarray(
        fab.wafers_per_month * np.asarray(fab.dies_per_wafer) * fab.accelerator_share / fab.dies_per_accelerator
    )


def packaged_share(fab: Fab) -> Array:
    """Part of the good dies that packaging and memory let through: 1 where wafers bind, less where these do.

    >>> round(float(packaged_share(Fab(packaging_share=0.015))), 3)
    0.253
    """
    dies, made = np.broadcast_arrays(dies_per_month(fab), full_output_per_month(fab))
    return np.asarray(np.divide(made, dies, out=np.ones(dies.shape), where=dies > made))


def kept_output_share(fab: Fab, cut_share: float) -> Array:
    """Part of a fab's output that goes on under an embargo, which its packaging and memory meet as well."""
    usual, left = np.broadcast_arrays(full_output_per_month(fab), full_output_per_month(fab, cut_share))
    return np.asarray(np.divide(left, usual, out=np.ones(usual.shape), where=usual > 0))


def added_output(fab: Fab, made: Array) -> Array:
    """Accelerators that the world has more, of `made` at home: what is not moved from elsewhere."""
    return np.asarray(made * (1 - np.asarray(fab.relocated_share)))


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
