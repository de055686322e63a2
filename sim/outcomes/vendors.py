"""Outcomes of vendors: whose accelerators research runs on, and what it costs to have a choice."""

from __future__ import annotations

import numpy as np

from sim.outcomes.base import VENDORS, Outcome
from sim.outcomes.independence import cluster_hours, research_hours
from sim.outcomes.measures import Measures, flow, ratio
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def incumbent_hours(measures: Measures) -> Array:
    """Hours on the largest vendor's accelerators: its part of the cluster, its market share elsewhere."""
    cluster, mix = cluster_hours(measures), measures.result.vendors
    elsewhere = (measures.result.research_hours - cluster) * measures.result.context.world.vendors.top_share
    if mix is None:
        return np.asarray(elsewhere)
    part = np.divide(1 - mix.alternative_share, mix.work, out=np.ones_like(mix.work), where=mix.work > 0)
    return np.asarray(elsewhere + cluster * part)


def peer_hours(measures: Measures) -> Array:
    """Hours that the alternative's machines would give if they were the incumbent's, [draw, month]."""
    return measures.result.peer_hours


def alternative_hours(measures: Measures) -> Array:
    """Hours that the alternative's machines give, [draw, month]."""
    mix = measures.result.vendors
    return measures.result.peer_hours if mix is None else measures.result.peer_hours * mix.retained * mix.portable


def portable_by_month(measures: Measures) -> Array:
    """Part of the load that runs on either vendor, [draw, month]; a machine too dear to buy ports nothing."""
    start = np.full(measures.result.context.budget.shape, measures.result.context.world.vendors.portable_at_start_share)
    mix = measures.result.vendors
    if mix is None:
        return start
    return np.where(measures.result.size["public_cluster"][:, None] > 0, mix.portable, start)


def portable_at_years_ends(measures: Measures) -> Array:
    """The same in the last month of each year, [draw, year]."""
    by_month = portable_by_month(measures)
    last = np.minimum(
        np.arange(MONTHS_PER_YEAR, by_month.shape[-1] + MONTHS_PER_YEAR, MONTHS_PER_YEAR), by_month.shape[-1]
    )
    return np.asarray(by_month[:, last - 1])


def porting_usd(measures: Measures) -> Array:
    """Public money for porting and for lawyers, USD, [draw, month]."""
    nothing = np.zeros(measures.result.context.budget.shape)
    return nothing + sum(measures.result.cash.get(account, nothing) for account in ("porting", "legal"))


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "top_vendor_share", "Compute on the largest vendor's accelerators", "fraction", "lower",
        "(cluster hours * (1 - a) / (1 - a + a * h * pi) + other hours * its market share) / all hours that groups use",
        VENDORS, *ratio(incumbent_hours, research_hours),
    ),
    Outcome(
        "portable_share", "Load that runs on either vendor", "fraction", "higher",
        "pi = min(1, portable at the start + spent on porting / (codes * cost of porting one)), at the horizon",
        VENDORS, lambda measures: portable_by_month(measures)[:, -1], portable_at_years_ends,
    ),
    Outcome(
        "alternative_work_share", "Work of alternative accelerators over their peers'", "fraction", "higher",
        "sum of hours * h * pi / sum of hours, h = 1 - (1 - h0) * 2^(-t / half-life)", VENDORS,
        *ratio(alternative_hours, peer_hours),
    ),
    Outcome(
        "porting_cost", "Cost of porting, and of lawyers", "USD", "lower", "sum of the accounts porting and legal",
        VENDORS, *flow(porting_usd),
    ),
)  # fmt: skip
