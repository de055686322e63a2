"""Outcomes of independence: whose machines and accelerators research runs on, and what an embargo leaves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.mechanisms.independence import LARGEST, counted_concentration, provider_shares
from sim.outcomes.measures import INDEPENDENCE, VENDORS, Measure, Measures, Outcome, flow, in_frontier, quotient, ratio
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR

fe_hours: Measure = in_frontier(lambda result: result.research_hours)


def research_hours(measures: Measures) -> Array:
    """Hours that all groups use, [draw, month]."""
    return measures.result.research_hours


def rented_hours(measures: Measures) -> Array:
    """Rented hours that groups use: with public money, and the rented part of their own compute, [draw, month]."""
    public = measures.result.allocation.used.get("cloud", np.zeros(measures.context.budget.shape))
    return public + measures.result.own_hours * measures.world.independence.own_cloud_share


def cluster_hours(measures: Measures) -> Array:
    """Hours that groups use on the public cluster, [draw, month]."""
    return measures.result.allocation.used.get("cluster", np.zeros(measures.context.budget.shape))


def owned_hours(measures: Measures) -> Array:
    """Hours on machines in the country: groups' own, the public cluster, laboratories, [draw, month]."""
    used = measures.result.allocation.used
    owned = measures.result.own_hours * (1 - measures.world.independence.own_cloud_share)
    return owned + sum(used[p] for p in ("cluster", "workstation") if p in used)


def own_machine_hours(measures: Measures) -> Array:
    """Hours on machines of institutions: groups' own and laboratories, [draw, month]."""
    return owned_hours(measures) - cluster_hours(measures)


def domestic_hours(measures: Measures) -> Array:
    """Hours under domestic control: those, and rented ones of the country's own firms, [draw, month]."""
    return owned_hours(measures) + rented_hours(measures) * measures.world.independence.domestic_cloud_share


def hyperscaler_hours(measures: Measures) -> Array:
    """Rented hours on the three largest providers."""
    return rented_hours(measures) * measures.world.cloud.hyperscaler_share


def known_shares(measures: Measures, sums: Callable[[Measure], Array]) -> Array:
    """Shares of three clouds, the public cluster and all institutions with own machines, [draw, ..., provider].

    `sums` adds up a measure over the time in question, [draw, ...]; NaN where nothing is used at all.
    """
    world = measures.world
    whole, rented, cluster = sums(research_hours), sums(rented_hours), sums(cluster_hours)
    largest = provider_shares(world.cloud.hyperscaler_share, world.independence)
    largest = largest.reshape(len(largest), *(1,) * (whole.ndim - 1), len(LARGEST))
    own = sums(own_machine_hours)
    hours = np.concatenate([rented[..., None] * largest, cluster[..., None], own[..., None]], axis=-1)
    return quotient(hours, np.broadcast_to(whole[..., None], hours.shape))


def of_shares(pick: Callable[[Array, Array], Array], by_name: Callable[..., Array]) -> tuple[Measure, Measure]:
    """Total and yearly measures of something that shares `by_name` say, and how many share the last of them."""

    def measured(measures: Measures, sums: Callable[[Measure], Array]) -> Array:
        shares = by_name(measures, sums)
        terms = measures.world.independence
        many = terms.institutions if by_name is known_shares else terms.other_vendors
        return pick(shares, np.reshape(np.asarray(many, dtype=np.float64), (-1, *(1,) * (shares.ndim - 2))))

    return (
        lambda measures: measured(measures, lambda hours: np.asarray(measures.years(hours).sum(axis=-1))),
        lambda measures: measured(measures, measures.years),
    )


def provider_index(shares: Array, institutions: Array) -> Array:
    """Concentration of providers, own machines counted by institution, [draw, ...]."""
    return counted_concentration(shares[..., :-1], shares[..., -1], institutions)


def largest_share(shares: Array, institutions: Array) -> Array:
    """Share of the largest cloud, the public cluster or an institution, [draw, ...]."""
    return np.asarray(np.maximum(shares[..., :-1].max(axis=-1), shares[..., -1] / institutions))


def vendor_shares(measures: Measures, sums: Callable[[Measure], Array]) -> Array:
    """Shares of the largest vendor, of the alternative on the cluster, and of all others, [draw, ..., vendor]."""
    whole, incumbent, alternative = sums(research_hours), sums(incumbent_hours), sums(second_hours)
    hours = np.stack([incumbent, alternative, whole - incumbent - alternative], axis=-1)
    return quotient(hours, np.broadcast_to(whole[..., None], hours.shape))


def vendor_index(shares: Array, others: Array) -> Array:
    """Concentration of vendors; the alternative on the cluster is one of the others, [draw, ...]."""
    second = shares[..., 1] + shares[..., 2] / others
    return np.asarray(shares[..., 0] ** 2 + second**2 + (others - 1) * (shares[..., 2] / others) ** 2)


def disrupted_fe_hours(measures: Measures) -> Array:
    """FE-hours that groups use under the embargo, [draw, month]; NaN where there is none."""
    if measures.disrupted is None:
        return np.full(measures.context.budget.shape, np.nan)
    return measures.disrupted.research_hours / measures.context.grid.frontier


def in_embargo(hours: Measure) -> Measure:
    """The sum of hours [draw, month] over the year of the embargo, or all of its time if that is longer, [draw]."""

    def counted(measures: Measures) -> Array:
        embargo = None if measures.disrupted is None else measures.disrupted.context.grid.embargo
        if embargo is None:
            return np.full(len(measures.context.budget), np.nan)
        return np.asarray((hours(measures) * embargo.counted(measures.context.grid.months)).sum(axis=-1))

    return counted


embargo_fe_hours: Measure = in_embargo(disrupted_fe_hours)


def retained_share(measures: Measures) -> Array:
    """Part of the FE-hours left in the time of the embargo, [draw]."""
    return quotient(embargo_fe_hours(measures), in_embargo(fe_hours)(measures))


def lost_fe_hours(measures: Measures) -> Array:
    """FE-hours that the embargo costs over the horizon times its chance a year, in the month of the loss."""
    chance = measures.world.independence.chance_per_year
    return np.asarray(chance * (fe_hours(measures) - disrupted_fe_hours(measures)))


def rent_rise_percent(measures: Measures) -> Array:
    """Largest rise of rent under the embargo, percent, [draw]; NaN where nothing is left to rent, or no embargo is."""
    embargo = None if measures.disrupted is None else measures.disrupted.context.grid.embargo
    if embargo is None:
        return np.full(len(measures.context.budget), np.nan)
    peak = 100 * (embargo.rent_ratio(measures.context.grid.months).max(axis=-1) - 1)
    return np.broadcast_to(np.where(np.isfinite(peak), peak, np.nan), (len(measures.context.budget),))


OF_THE_EMBARGO = (
    "embargo_fe_hours",
    "retained_share",
    "lost_fe_hours_per_year",
    "embargo_rent_rise_percent",
)  # no value without the result under the embargo


def incumbent_hours(measures: Measures) -> Array:
    """Hours on the largest vendor's accelerators: its part of the cluster, its market share elsewhere."""
    cluster, mix = cluster_hours(measures), measures.result.vendors
    elsewhere = (measures.result.research_hours - cluster) * measures.world.vendors.top_share
    if mix is None:
        return np.asarray(elsewhere)
    part = np.divide(1 - mix.alternative_share, mix.work, out=np.ones_like(mix.work), where=mix.work > 0)
    return np.asarray(elsewhere + cluster * part)


def second_hours(measures: Measures) -> Array:
    """Hours on the alternative's accelerators of the cluster, [draw, month]."""
    elsewhere = (measures.result.research_hours - cluster_hours(measures)) * measures.world.vendors.top_share
    return np.asarray(cluster_hours(measures) - (incumbent_hours(measures) - elsewhere))


def peer_hours(measures: Measures) -> Array:
    """Hours that the alternative's machines would give if they were the incumbent's, [draw, month]."""
    return measures.result.peer_hours


def alternative_hours(measures: Measures) -> Array:
    """Hours that the alternative's machines give, [draw, month]."""
    mix = measures.result.vendors
    return measures.result.peer_hours if mix is None else measures.result.peer_hours * mix.done


def portable_by_month(measures: Measures) -> Array:
    """Part of the load that runs on either vendor, [draw, month]; a machine too dear to buy ports nothing."""
    start = np.full(measures.context.budget.shape, measures.world.vendors.portable_at_start_share)
    mix = measures.result.vendors
    if mix is None:
        return start
    return np.where(measures.result.size["public_cluster"][:, None] > 0, mix.portable, start)


def portable_at_years_ends(measures: Measures) -> Array:
    """The same in the last month of each year, [draw, year]."""
    months = measures.context.grid.months
    last = np.minimum(np.arange(MONTHS_PER_YEAR, months + MONTHS_PER_YEAR, MONTHS_PER_YEAR), months) - 1
    return np.asarray(portable_by_month(measures)[:, last])


def paid_for(account: str) -> Measure:
    """Public money of an account of the cluster, USD, [draw, month]; nothing where there is none."""
    return lambda measures: measures.result.cash.get(account, np.zeros(measures.context.budget.shape))


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "domestic_share", "Compute under domestic control", "fraction", "higher",
        "(own less rented + cluster + laboratory hours + domestic share of rented hours) / all hours that groups use",
        INDEPENDENCE, *ratio(domestic_hours, research_hours), headline=True,
    ),
    Outcome(
        "hyperscaler_share", "Compute from the three largest clouds", "fraction", "lower",
        "rented hours * their market share / all hours that groups use", INDEPENDENCE,
        *ratio(hyperscaler_hours, research_hours),
    ),
    Outcome(
        "small_clouds_share", "Compute from all other clouds", "fraction", "neither",
        "rented hours * (1 - share of the three largest) / all hours that groups use", INDEPENDENCE,
        *ratio(lambda measures: rented_hours(measures) - hyperscaler_hours(measures), research_hours),
    ),
    Outcome(
        "own_machines_share", "Compute on groups' own machines", "fraction", "neither",
        "(own less rented + laboratory hours) / all hours that groups use", INDEPENDENCE,
        *ratio(own_machine_hours, research_hours),
    ),
    Outcome(
        "public_machine_share", "Compute on the public machine", "fraction", "neither",
        "cluster hours / all hours that groups use", INDEPENDENCE, *ratio(cluster_hours, research_hours),
    ),
    Outcome(
        "largest_provider_share", "Compute from the largest provider", "fraction", "lower",
        "largest of three clouds, the public cluster and an institution, share of all hours that groups use",
        INDEPENDENCE, *of_shares(largest_share, known_shares),
    ),
    Outcome(
        "provider_hhi", "Concentration of providers (HHI, 1 is a single one)", "ratio", "lower",
        "sum of squared shares of three clouds, the public cluster and equal institutions with own machines; small "
        "clouds count as many", INDEPENDENCE, *of_shares(provider_index, known_shares),
    ),
    Outcome(
        "embargo_fe_hours", "Compute in the embargo", "FE_hour", "higher",
        "sum of FE-hours that groups use with the embargo, over its months and at least a year", INDEPENDENCE,
        embargo_fe_hours,
    ),
    Outcome(
        "retained_share", "Compute retained under the embargo", "fraction", "higher",
        "FE-hours that groups use with the embargo / without, over its months and at least a year", INDEPENDENCE,
        retained_share,
    ),
    Outcome(
        "embargo_rent_rise_percent", "Largest rise of rent under the embargo", "percent", "lower",
        "100 * (max over months of k^(-1 / ed) - 1), k = what can still be rented over what it would be: foreign hours "
        "not cut, and domestic ones without growth and parts", INDEPENDENCE, rent_rise_percent,
    ),
    Outcome(
        "lost_fe_hours_per_year", "Expected FE-hours lost to embargoes, a year", "FE_hour/year", "lower",
        "chance a year * (FE-hours that groups use without the embargo less those with it, over the horizon)",
        INDEPENDENCE, flow(lost_fe_hours)[0],
    ),
    Outcome(
        "top_vendor_share", "Compute on the largest vendor's accelerators", "fraction", "lower",
        "(cluster hours * (1 - a) / (1 - a + a * h * pi) + other hours * its market share) / all hours that groups use",
        VENDORS, *ratio(incumbent_hours, research_hours),
    ),
    Outcome(
        "vendor_hhi", "Concentration of vendors (HHI, 1 is a single one)", "ratio", "lower",
        "sum of squared shares of the largest vendor and of equal others, one of which is the cluster's alternative",
        VENDORS, *of_shares(vendor_index, vendor_shares),
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
        "porting_cost", "Cost of porting codes and of keeping ports up", "USD", "lower",
        "account porting: as given, or codes * cost of porting one * effort of those for which it pays, with what rots "
        "done again", VENDORS, *flow(paid_for("porting")),
    ),
    Outcome(
        "legal_cost", "Cost of licences and disputes over software", "USD", "lower", "account legal", VENDORS,
        *flow(paid_for("legal")),
    ),
)  # fmt: skip
