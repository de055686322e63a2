"""Outcomes of openness: what supported projects release, what others may do with it, what can be run again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.mechanisms.openness import (
    Openness,
    class_shares,
    excluded_of,
    flat,
    index_of,
    reuse_of,
    spread_over_months,
)
from sim.mechanisms.reproduction import (
    errors_per_rerun,
    errors_per_study,
    rerun_ratio,
    rerun_shares,
    seeds_needed,
    useful_share,
)
from sim.mechanisms.world import World
from sim.outcomes.measures import OPENNESS, Measure, Measures, Outcome, flow, quotient
from sim.parameters import Array


def used_fe_hours(measures: Measures) -> Array:
    """Frontier-equivalent public hours used, [draw, month]."""
    return np.asarray(measures.result.public_hours / measures.context.grid.frontier)


def projects(measures: Measures) -> Array:
    """Projects supported: frontier-equivalent public hours used over those of one, [draw, month]."""
    return np.asarray(used_fe_hours(measures) / measures.world.openness.hours_per_project)


def reuse(measures: Measures) -> Array:
    """Uses by others of what projects have released by then, as far as licences permit them, [draw, month]."""
    openness = measures.world.openness
    models, lasting = reuse_of(class_shares(openness), openness)
    released = projects(measures)
    return np.asarray(
        spread_over_months(released * models[:, None], openness.superseded_years)
        + spread_over_months(released * lasting[:, None], openness.lasting_years)
    )


def of_projects(share: Callable[[World], Array]) -> Measure:
    """A share of the projects [draw or 1], by the parameters of the world; NaN where no project is supported."""
    return lambda measures: np.where(measures.years(projects).sum(axis=-1) > 0, share(measures.world), np.nan)


def _of_openness(share: Callable[[Array, Openness], Array]) -> Measure:
    """The same, by the shares of the classes and the parameters of openness."""
    return of_projects(lambda world: share(class_shares(world.openness), world.openness))


def excluded_share(world: World) -> Array:
    """Uses that a licence excludes over all whose components are released; NaN where there is none."""
    wanted, excluded = excluded_of(class_shares(world.openness), world.openness)
    return quotient(*np.broadcast_arrays(excluded, wanted))


def errors(world: World) -> Array:
    """Errors found for each study, [draw or 1]."""
    return errors_per_study(class_shares(world.openness), world.reproduction)


def spared_per_rerun(world: World) -> Array:
    """Work that others are spared over the compute that determinism and seeds take, [draw or 1]; NaN where none."""
    return errors_per_rerun(class_shares(world.openness), world.reproduction) * flat(world.reproduction.followed_ratio)


def reproduction_hours(measures: Measures) -> Array:
    """What determinism and further seeds take beside the public hours used, H100e-hours, [draw, month]."""
    more = rerun_ratio(measures.world.reproduction) - 1
    return np.asarray(measures.result.public_hours * more[:, None])


def reproduction_usd(measures: Measures) -> Array:
    """The same at the rent of the month, USD, [draw, month]."""
    return np.asarray(reproduction_hours(measures) * measures.context.grid.rent_usd)


def reproduction_gain(measures: Measures) -> Array:
    """FE-hours that others are spared by errors found, less those that openness and re-running take, [draw, month]."""
    world = measures.world
    spared = errors(world)[:, None] * world.reproduction.followed_ratio
    taken = 1 / measures.context.useful_share - 1
    return np.asarray(used_fe_hours(measures) * (spared - taken))


def cost_of_an_error(measures: Measures) -> Array:
    """Cost of determinism and seeds for each error found, USD, [draw]; NaN where none is found."""
    found = measures.years(projects).sum(axis=-1) * errors(measures.world)
    return quotient(measures.years(reproduction_usd).sum(axis=-1), found)


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "projects", "Projects supported", "project", "higher", "public FE-hours used / FE-hours of one project",
        OPENNESS, *flow(projects),
    ),
    Outcome(
        "openness_index", "Openness of what is released", "fraction", "higher",
        "sum over classes and uses of share * demand, where components and licence permit the use", OPENNESS,
        _of_openness(index_of),
    ),
    Outcome(
        "reuse_outputs", "Uses by others, in projects open to all uses", "ratio", "higher",
        "projects * sum over classes and permitted uses of share * demand * generations of derived models, spread over "
        "the months after release", OPENNESS, *flow(reuse),
    ),
    Outcome(
        "excluded_use_share", "Uses that licences exclude", "fraction", "lower",
        "demanded uses whose components are released and that a term forbids / those whose components are released",
        OPENNESS, of_projects(excluded_share),
    ),
    Outcome(
        "bitwise_reproducible_share", "Projects that run again to the bit", "fraction", "higher",
        "share with code and data * deterministic share", OPENNESS,
        of_projects(lambda world: rerun_shares(class_shares(world.openness), world.reproduction)[0]),
    ),
    Outcome(
        "statistically_reproducible_share", "Projects that run again within a known spread", "fraction", "higher",
        "share with code and data * (deterministic + the rest * replicated share)", OPENNESS,
        of_projects(lambda world: rerun_shares(class_shares(world.openness), world.reproduction)[1]),
    ),
    Outcome(
        "openness_overhead_share", "Public hours that openness takes", "fraction", "lower",
        "1 - 1 / ((1 + release) * (1 + determinism) * (1 + further seeds))", OPENNESS,
        of_projects(lambda world: 1 - useful_share(world.openness, world.reproduction)),
    ),
    Outcome(
        "seeds_needed", "Runs that a claim needs", "ratio", "lower",
        "2 * ((z(1 - alarm / 2) + z(power)) / effect)^2, rounded up, two at least", OPENNESS,
        of_projects(lambda world: seeds_needed(world.reproduction)),
    ),
    Outcome(
        "errors_per_study", "Errors found for each study", "ratio", "higher",
        "replicated * chance * power + checkable * checked * errors left * power, or all mistakes where bits are "
        "repeated", OPENNESS, of_projects(errors),
    ),
    Outcome(
        "spared_per_rerun", "Work spared for each hour that finding errors takes", "ratio", "higher",
        "(errors per study - those without determinism and seeds) * work built on one / (determinism * seeds - 1): at "
        "1 as much is spared as is taken", OPENNESS, of_projects(spared_per_rerun),
    ),
    Outcome(
        "reproduction_hours", "Hours that determinism and further seeds take", "H100e_hour", "lower",
        "public hours used * (determinism * seeds - 1)", OPENNESS, *flow(reproduction_hours),
    ),
    Outcome(
        "reproduction_cost", "Cost of determinism and of further seeds", "USD", "lower",
        "public hours used * (determinism * seeds - 1) * rent", OPENNESS, *flow(reproduction_usd),
    ),
    Outcome(
        "cost_per_error", "Cost of an error found", "USD", "lower",
        "cost of determinism and of further seeds / (projects * errors found for each)", OPENNESS, cost_of_an_error,
    ),
    Outcome(
        "reproduction_gain", "Work spared by errors found, less what finding them takes", "FE_hour", "higher",
        "public FE-hours used * (errors per study * work built on one - (1 / useful share - 1))", OPENNESS,
        *flow(reproduction_gain),
    ),
)  # fmt: skip
