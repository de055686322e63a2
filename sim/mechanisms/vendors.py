"""Vendors of accelerators: what a second source costs, saves and delivers.

A machine of two vendors pays less for the alternative part and gets less from it: only portable code runs there, as
far as it waits, at first more slowly. Ports rot unless they are kept up; a compatibility layer runs a part of the rest
until it is withdrawn; what could really move elsewhere bears on the price of the incumbent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from sim.parameters import Array, Parameters, normal_scores, param, probabilities


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
    portable_at_start_share: float = param(
        0.3, "fraction", low=0.05, high=0.8, floor=0, ceiling=1, grade="D", source="programmes:P351",
        label="Load that runs on either vendor from the start",
        help="Part of the load that runs on either vendor from the start, as code above the level of frameworks does; "
        "others keep it up.",
    )
    codes: float = param(
        200, "code", low=34, high=1_200, floor=1, ceiling=1e6, grade="D", source="programmes:P348",
        help="Research codes that carry the rest of the load and would have to be ported (62 in the Exascale Computing "
        "Project).",
    )
    port_usd: float = param(
        60_000, "USD/code", low=3_000, high=10e6, floor=1, ceiling=1e9, grade="D",
        source="programmes:P349; programmes:P350; programmes:P351",
        help="Mean cost of porting one code (all recalled: tools convert 95 % of calls; two person-months; an extreme "
        "10 M USD).",
    )
    effort_spread: float = param(
        1, "ratio", low=0.3, high=2.1, floor=0, ceiling=6, grade="D", source="programmes:P478; programmes:P479",
        label="Spread of load for its effort between codes",
        help="Standard deviation, between codes, of the log of load over effort of porting: 2.1 where all codes take "
        "the same effort, less where large ones take more; 0: all are alike.",
    )
    rot_per_year: float = param(
        0.15, "1/year", low=0.03, high=0.4, floor=0, ceiling=10, grade="D",
        source="assumption: codes and accelerators move on; what part of ports is lost in a year was not measured",
        label="Ported code that stops working a year",
        help="Part of the effort spent on porting that is lost in a year unless it is spent again.",
    )
    layer_coverage_share: float = param(
        0.5, "fraction", low=0.1, high=0.9, floor=0, ceiling=1, grade="D",
        source="assumption: what part of research code a compatibility layer runs unchanged was not measured",
        label="Code that a compatibility layer runs",
        help="Part of the load without a port that runs on the alternative by way of a compatibility layer.",
    )
    layer_retained_share: float = param(
        0.8, "fraction", low=0.4, high=1, floor=0, ceiling=1, grade="D", source="programmes:P483",
        label="Performance through a compatibility layer",
        help="Performance of code that runs through the layer, over that of ported code.",
    )
    layer_hazard_per_year: float = param(
        0.12, "1/year", low=0.02, high=0.4, floor=0, ceiling=1, grade="D",
        source="programmes:P480; programmes:P481; programmes:P482",
        label="Hazard that a compatibility layer is withdrawn",
        help="Chance a year that the layer is withdrawn, by a court or by whoever pays for it.",
    )
    layer_score: float = param(
        0, "ratio", low=-1.645, high=1.645, floor=-6, ceiling=6, grade="D",
        source="assumption: at a constant hazard the date is random; a standard normal number stands for its quantile",
        label="Date of that withdrawal, as a normal score",
        help="When the layer is withdrawn, given its hazard: 0 for the median date, negative for earlier ones.",
    )
    bargaining_share: float = param(
        0.3, "fraction", low=0, high=0.6, floor=0, ceiling=1, grade="D",
        source="assumption: how a buyer and the incumbent split what moving would save was not measured",
        label="Part of what moving would save that the incumbent concedes",
        help="Part of what the buyer would save by moving what could really move that the incumbent gives up in price.",
    )
    rebate_share: float = param(
        0.05, "fraction", low=0, high=0.15, floor=0, ceiling=0.9, grade="D",
        source="assumption: rebates for buying everything from one vendor are confidential",
        label="Rebate lost by buying elsewhere",
        help="Rise in the incumbent's price where everything else is bought elsewhere; in proportion where a part is.",
    )
    legal_usd: float = param(
        0.0, "USD", low=0, high=50e6, floor=0, ceiling=1e11, grade="D", role="setting",
        source="assumption: off; no licence or patent dispute of a public buyer is known",
        help="Lump sum for licences and disputes over software, once, if an alternative vendor is used.",
    )


# --- porting ---


def effort_share(
    t_years: Array | float, spent_usd: Array | float, over_years: float, upkeep_usd: Array | float, vendors: Vendors
) -> Array:
    """Effort spent and not lost over that of porting everything, 0 to 1, at `t_years`.

    `spent_usd` evenly `over_years`, then `upkeep_usd` a year; d effort / dt = spending / all - rot * effort.

    >>> still = Vendors(rot_per_year=0.0)
    >>> float(effort_share(1.0, 12e6, 2.0, 0.0, still)), float(effort_share(9.0, 50e6, 2.0, 0.0, still))
    (0.5, 1.0)
    """
    everything, t = np.asarray(vendors.codes) * vendors.port_usd, np.asarray(t_years)
    ported = _grown(0.0, spent_usd / over_years / everything, np.clip(t, 0, over_years), vendors)
    return _grown(ported, upkeep_usd / everything, np.maximum(t - over_years, 0.0), vendors)


def _grown(start: Array | float, inflow: Array, years: Array, vendors: Vendors) -> Array:
    """A stock after `years` of a constant inflow and of rot, at most 1."""
    rot = np.asarray(vendors.rot_per_year, dtype=np.float64)
    return np.asarray(np.minimum(start * np.exp(-rot * years) + inflow * _lasting(years, rot), 1.0))


def _lasting(years: Array | float, rate_per_year: Array | float) -> Array:
    """Years of a constant flow that are left at their end, where what has flowed is lost at this rate."""
    lost = np.asarray(rate_per_year, dtype=np.float64) * years
    return np.asarray(years * np.where(lost > 0, -np.expm1(-lost) / np.where(lost > 0, lost, 1.0), 1.0))


def porting_usd(effort: Array, over_years: float, vendors: Vendors) -> tuple[Array, Array]:
    """What it takes to have ported an `effort` (0 to 1) after `over_years`, USD, and to keep it so, USD a year.

    Of what is ported early a part has rotted by then and is done again; where nothing rots, effort * all, and nothing.

    >>> [float(usd) for usd in porting_usd(np.array(0.5), 2.0, Vendors(rot_per_year=0.0))]
    [6000000.0, 0.0]
    """
    usd = np.asarray(vendors.codes) * vendors.port_usd * effort
    return np.asarray(usd * over_years / _lasting(over_years, vendors.rot_per_year)), usd * vendors.rot_per_year


def unported_usd(
    machine_usd: Array | float, alternative_share: float, years: float, layer: bool, vendors: Vendors
) -> Array:
    """What porting everything would make of a machine by its end after `years`, USD.

    Without a port the alternative's part stands idle where too little of the machine's own load is portable or, as
    long as there is a layer, runs more slowly: it is worth what the machine costs, times the performance that ported
    code keeps half-way. Whoever ports knows the hazard of a layer and not its date, and counts on no more work than
    one vendor's machine would do.
    """
    part = alternative_share * performance_retained(years / 2, vendors)
    idle = np.maximum(part - vendors.portable_at_start_share, 0.0)
    spared = np.asarray(vendors.layer_coverage_share) * vendors.layer_retained_share
    alive = _lasting(years, vendors.layer_hazard_per_year) / years
    return np.asarray(np.asarray(machine_usd) * idle * (1 - layer * spared * alive))


def worth_porting(value_usd: Array, over_years: float, years: float, vendors: Vendors) -> Array:
    """Effort, over that of all codes, of those whose port pays by the end after `years`, 0 to 1.

    `value_usd`: of all of them. Where load over effort is lognormal with the spread s, the code at an effort E has
    exp(-s z - s^2 / 2) times the mean load for its effort, z = Phi^-1(E): it pays while that, times the value, covers
    its port and its upkeep.

    >>> float(worth_porting(np.array(12e6), 1.0, 1.0, Vendors(rot_per_year=0.0)).round(3))
    0.309
    """
    first, yearly = porting_usd(np.array(1.0), over_years, vendors)
    cost = first + yearly * max(years - over_years, 0.0)
    spread = np.asarray(vendors.effort_spread, dtype=np.float64)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):  # no value: none; no spread: all or none
        surplus = np.log(value_usd / cost) - spread**2 / 2
        return probabilities(np.where(spread > 0, surplus / spread, np.where(surplus >= 0, np.inf, -np.inf)))


def portable_share(effort: Array | float, vendors: Vendors) -> Array:
    """Part of the load that runs on either vendor where the codes of most load for their effort are ported first.

    Where load over effort is lognormal between codes, with the spread s, an effort E of all carries a load of
    Phi(Phi^-1(E) + s), a Lorenz curve [Aitchison and Brown 1957, ch. 11]; E itself where s = 0.

    >>> alike = Vendors(effort_spread=0.0, portable_at_start_share=0.2)
    >>> float(portable_share(0.5, alike).round(12)), float(portable_share(0.5, Vendors()).round(3))
    (0.6, 0.889)
    """
    start = np.asarray(vendors.portable_at_start_share)
    if not np.any(effort):
        return np.asarray(start + np.zeros_like(effort))
    return np.asarray(start + (1 - start) * probabilities(normal_scores(np.asarray(effort)) + vendors.effort_spread))


def performance_retained(t_years: Array | float, vendors: Vendors) -> Array:
    """Performance of ported code on the alternative over that on its peer, `t_years` after the start.

    >>> float(performance_retained(0.0, Vendors())), float(performance_retained(2.0, Vendors()))
    (0.8, 0.9)
    """
    missing = 1 - np.asarray(vendors.retained_at_start_share)
    return np.asarray(1 - missing * np.exp2(-np.asarray(t_years) / vendors.half_life_years))


# --- a compatibility layer ---


def withdrawn_years(vendors: Vendors) -> Array:
    """Years until the layer is withdrawn: an exponential time by its quantile; infinite without a hazard.

    >>> float(withdrawn_years(Vendors(layer_hazard_per_year=0.1)).round(3))
    6.931
    """
    hazard = np.asarray(vendors.layer_hazard_per_year, dtype=np.float64)
    survived = -np.log(probabilities(-np.asarray(vendors.layer_score, dtype=np.float64)))
    with np.errstate(over="ignore", divide="ignore"):  # a hazard of next to nothing: never
        return np.asarray(survived / hazard)


def layer_share(t_years: Array | float, portable: Array, vendors: Vendors) -> Array:
    """Part of the load that runs through the layer at `t_years`, where `portable` of it needs none."""
    works = np.asarray(t_years) < withdrawn_years(vendors)
    return np.asarray(works * np.asarray(vendors.layer_coverage_share) * (1 - portable))


def mean_retained(retained: Array, portable: Array, layered: Array, vendors: Vendors) -> Array:
    """Performance of everything that runs on the alternative, ported or through the layer, over that on its peer."""
    runs = portable + layered
    work = portable + layered * vendors.layer_retained_share
    return np.asarray(retained * np.divide(work, runs, out=np.ones_like(runs), where=runs > 0))


# --- prices ---


def price_ratio(alternative_share: float, movable: Array, retained: Array, vendors: Vendors) -> Array:
    """Price of a machine over the incumbent's list price, where `movable` of the load could go as it could not before.

    A buyer's threat is worth what moving would save: that part of the load, times what the alternative is cheaper for
    the same work. The incumbent concedes a part of it, and takes back rebates where a part of the order is lost.

    >>> float(price_ratio(0.4, np.array(0.0), np.array(0.8), Vendors(rebate_share=0.1)).round(12))
    0.924
    >>> float(price_ratio(0.0, np.array(0.5), np.array(1.0), Vendors()).round(12))
    0.9625
    """
    alternative = 1 - np.asarray(vendors.discount_share)
    cheaper = np.maximum(1 - alternative / np.maximum(retained, np.finfo(float).tiny), 0.0)
    conceded = np.asarray(vendors.bargaining_share) * movable * cheaper
    incumbent = 1 - conceded + np.asarray(vendors.rebate_share) * alternative_share
    return np.asarray((1 - alternative_share) * incumbent + alternative_share * alternative)
