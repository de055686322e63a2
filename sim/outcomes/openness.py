"""Outcomes of openness: what supported projects release, who may use it, what can be run again."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from sim.mechanisms.openness import Openness, class_shares, index_of, rerun_shares, reuse_of, useful_share
from sim.outcomes.measures import OPENNESS, Measure, Measures, Outcome, flow, quotient
from sim.parameters import Array


def projects(measures: Measures) -> Array:
    """Projects supported: frontier-equivalent public hours used over those of one, [draw, month]."""
    hours = measures.result.public_hours / measures.context.grid.frontier
    return np.asarray(hours / measures.world.openness.hours_per_project)


def reuse(measures: Measures) -> Array:
    """Uses by others of what projects release, those that licences exclude taken off, [draw, month]."""
    openness = measures.world.openness
    wanted, excluded = reuse_of(class_shares(openness), openness)
    return np.asarray(projects(measures) * (wanted - excluded)[:, None])


def of_projects(share: Callable[[Openness], Array]) -> Measure:
    """A share of the projects [draw or 1], by the parameters of openness; NaN where no project is supported."""
    return lambda measures: np.where(measures.years(projects).sum(axis=-1) > 0, share(measures.world.openness), np.nan)


def excluded_share(openness: Openness) -> Array:
    """Uses that a licence excludes over all that others would make; NaN where there would be none."""
    wanted, excluded = reuse_of(class_shares(openness), openness)
    return quotient(*np.broadcast_arrays(excluded, wanted))


OUTCOMES: tuple[Outcome, ...] = (
    Outcome(
        "projects", "Projects supported", "project", "higher", "public FE-hours used / FE-hours of one project",
        OPENNESS, *flow(projects),
    ),
    Outcome(
        "openness_index", "Openness of what is released", "fraction", "higher",
        "sum over classes of share * weighted mean of documentation, weights, free use, code, data", OPENNESS,
        of_projects(lambda openness: index_of(class_shares(openness), openness)),
    ),
    Outcome(
        "reuse_outputs", "Uses by others", "ratio", "higher",
        "projects * sum over classes of share * reuse * part of the uses that the licence allows", OPENNESS,
        *flow(reuse),
    ),
    Outcome(
        "excluded_use_share", "Uses that licences exclude", "fraction", "lower",
        "restricted share * reuse * (users over 700 million + prohibited fields) / all reuse", OPENNESS,
        of_projects(excluded_share),
    ),
    Outcome(
        "bitwise_reproducible_share", "Projects that run again to the bit", "fraction", "higher",
        "share with code and data * deterministic share", OPENNESS,
        of_projects(lambda openness: rerun_shares(class_shares(openness), openness)[0]),
    ),
    Outcome(
        "statistically_reproducible_share", "Projects that run again within a known spread", "fraction", "higher",
        "share with code and data * (deterministic + the rest * replicated share)", OPENNESS,
        of_projects(lambda openness: rerun_shares(class_shares(openness), openness)[1]),
    ),
    Outcome(
        "openness_overhead_share", "Public hours that openness takes", "fraction", "lower",
        "1 - 1 / ((1 + release) * (1 + determinism) * (1 + further seeds))", OPENNESS,
        of_projects(lambda openness: 1 - useful_share(openness)),
    ),
)  # fmt: skip
