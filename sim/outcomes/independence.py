"""Outcomes of independence: whose machines research runs on, and what an embargo leaves."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.mechanisms.independence import LARGEST, Embargo, concentration, provider_shares
from sim.outcomes.base import INDEPENDENCE, Outcome
from sim.outcomes.measures import Measure, View, flow, quotient, ratio
from sim.parameters import Array


def research_hours(view: View) -> Array:
    """Hours that all groups use, [draw, month]."""
    return view.monthly.research_hours


def rented_hours(view: View) -> Array:
    """Rented hours that groups use: with public money, and the rented part of their own compute, [draw, month]."""
    public = view.monthly.shared.used.get("cloud", np.zeros(view.monthly.scene.budget.shape))
    return public + view.monthly.own_hours * view.monthly.scene.world.independence.own_cloud_share


def cluster_hours(view: View) -> Array:
    """Hours that groups use on the public cluster, [draw, month]."""
    return view.monthly.shared.used.get("cluster", np.zeros(view.monthly.scene.budget.shape))


def owned_hours(view: View) -> Array:
    """Hours on machines in the country: groups' own, the public cluster, laboratories, [draw, month]."""
    used = view.monthly.shared.used
    owned = view.monthly.own_hours * (1 - view.monthly.scene.world.independence.own_cloud_share)
    return owned + sum(used[p] for p in ("cluster", "workstation") if p in used)


def domestic_hours(view: View) -> Array:
    """Hours under domestic control: those, and rented ones of the country's own firms, [draw, month]."""
    return owned_hours(view) + rented_hours(view) * view.monthly.scene.world.independence.domestic_cloud_share


def own_hours(view: View) -> Array:
    """Hours on machines of the groups' own: bought by them, or with grants, [draw, month]."""
    return owned_hours(view) - cluster_hours(view)


def small_cloud_hours(view: View) -> Array:
    """Rented hours on all providers but the three largest, [draw, month]."""
    return rented_hours(view) - hyperscaler_hours(view)


def hyperscaler_hours(view: View) -> Array:
    """Rented hours on the three largest providers."""
    return rented_hours(view) * view.monthly.scene.world.cloud.hyperscaler_share


def known_shares(view: View, sums: Callable[[Measure], Array]) -> Array:
    """Shares of the providers known by name: three clouds and the public cluster, [draw, ..., provider].

    `sums` adds up a measure over the time in question, [draw, ...]; NaN where nothing is used at all.
    """
    world = view.monthly.scene.world
    whole, rented, cluster = sums(research_hours), sums(rented_hours), sums(cluster_hours)
    largest = provider_shares(world.cloud.hyperscaler_share, world.independence)
    largest = largest.reshape(len(largest), *(1,) * (whole.ndim - 1), len(LARGEST))
    hours = np.concatenate([rented[..., None] * largest, cluster[..., None]], axis=-1)
    return quotient(hours, np.broadcast_to(whole[..., None], hours.shape))


def of_shares(pick: Callable[[Array], Array]) -> tuple[Measure, Measure]:
    """Total and yearly measures of something that provider shares say."""

    def total(view: View) -> Array:
        return pick(known_shares(view, lambda measure: np.asarray(view.years(measure).sum(axis=-1))))

    def yearly(view: View) -> Array:
        return pick(known_shares(view, view.years))

    return total, yearly


def embargo_of(view: View) -> Embargo | None:
    """The supply shock, where the option was run under it as well."""
    return None if view.shocked is None else view.shocked.scene.grid.embargo


def shocked_fe_hours(view: View) -> Array:
    """FE-hours that groups use under the embargo, [draw, month]; NaN where there is none."""
    if view.shocked is None:
        return np.full(view.monthly.scene.budget.shape, np.nan)
    return view.shocked.research_hours / view.monthly.scene.grid.frontier


def fe_hours(view: View) -> Array:
    """FE-hours that groups use, [draw, month]."""
    return view.monthly.research_hours / view.monthly.scene.grid.frontier


def retained_share(view: View) -> Array:
    """Part of the FE-hours left in the year of the embargo, or in all of its time if it is longer, [draw]."""
    embargo = embargo_of(view)
    if embargo is None:
        return np.full(len(view.monthly.scene.budget), np.nan)
    window = slice(*embargo.window())
    return quotient(shocked_fe_hours(view)[:, window].sum(axis=-1), fe_hours(view)[:, window].sum(axis=-1))


def lost_fe_hours(view: View) -> Array:
    """FE-hours that the embargo costs over the horizon times its chance a year, in the month of the loss."""
    chance = view.monthly.scene.world.independence.chance_per_year
    return np.asarray(chance * (fe_hours(view) - shocked_fe_hours(view)))


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "domestic_share", "Compute under domestic control", "fraction", "higher",
        "(own less rented + cluster + laboratory hours + domestic share of rented hours) / all hours that groups use",
        INDEPENDENCE,
        *ratio(domestic_hours, research_hours), headline=True,
    ),
    Outcome(
        "hyperscaler_share", "Compute from the three largest clouds", "fraction", "lower",
        "rented hours * their market share / all hours that groups use", INDEPENDENCE,
        *ratio(hyperscaler_hours, research_hours),
    ),
    Outcome(
        "small_clouds_share", "Compute from all other clouds", "fraction", "neither",
        "rented hours * (1 - share of the three largest) / all hours that groups use", INDEPENDENCE,
        *ratio(small_cloud_hours, research_hours),
    ),
    Outcome(
        "own_machines_share", "Compute on groups' own machines", "fraction", "neither",
        "(own less rented + laboratory hours) / all hours that groups use", INDEPENDENCE,
        *ratio(own_hours, research_hours),
    ),
    Outcome(
        "public_machine_share", "Compute on the public machine", "fraction", "neither",
        "cluster hours / all hours that groups use", INDEPENDENCE, *ratio(cluster_hours, research_hours),
    ),
    Outcome(
        "largest_provider_share", "Compute from the largest provider", "fraction", "lower",
        "largest of three clouds and the public cluster, share of all hours that groups use", INDEPENDENCE,
        *of_shares(lambda shares: np.asarray(shares.max(axis=-1))),
    ),
    Outcome(
        "provider_hhi", "Concentration of providers (HHI)", "ratio", "lower",
        "sum of squared shares of three clouds and the public cluster; own and small providers count as many",
        INDEPENDENCE, *of_shares(concentration),
    ),
    Outcome(
        "retained_share", "Compute retained under the embargo", "fraction", "higher",
        "FE-hours that groups use with the embargo / without, over its months and at least a year", INDEPENDENCE,
        retained_share,
    ),
    Outcome(
        "lost_fe_hours_per_year", "Expected FE-hours lost to embargoes, a year", "FE_hour/year", "lower",
        "chance a year * (FE-hours that groups use without the embargo less those with it, over the horizon)",
        INDEPENDENCE, flow(lost_fe_hours)[0],
    ),
)  # fmt: skip
