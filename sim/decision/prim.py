"""Boxes in which a case is common, by the patient rule induction method (PRIM) of Friedman and Fisher (1999).

A box begins as the whole and is peeled, a few draws at a time, where the rest gains most; of the boxes on that way the
one is taken in which cases are most over-represented. Pasting then moves each end to where it is best. As in Bryant and
Lempert (2010), an end that cases could lack by chance (a binomial test, the quasi-p-value) is dropped; chance has as
many tries here as there are ends. A search among many boxes finds something in pure noise, too: a box is therefore only
reported where boxes from one half of the draws hold more cases of the other half than chance allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.arrays import finite, same_draws, within
from sim.decision.peeling import Ends, inside, peeled, quasi_p, significant
from sim.parameters import Array

SIGNIFICANCE = 0.05
Cases = NDArray[np.bool_]


@dataclass(frozen=True)
class Limit:
    """A parameter's part of a box: its ends, None where it has none, and the quasi-p-values of those."""

    parameter: str
    low: float | None
    high: float | None
    low_p: float | None
    high_p: float | None


@dataclass(frozen=True)
class Box:
    """A box and how well it describes the cases, over all draws, whatever boxes were found before it."""

    limits: tuple[Limit, ...]
    coverage: float  # share of the cases that are in it
    density: float  # share of its draws that are cases
    mass_share: float  # share of the draws that are in it
    held_out_density: float  # the same of draws that the box was not made from: what to expect of new ones


def inside_box(box: Box, x: Array, names: Sequence[str]) -> Cases:
    """Which draws [draw, parameter] are in a box, [draw]; its ends belong to it."""
    held = np.ones(len(x), dtype=bool)
    for limit in box.limits:
        column = x[:, names.index(limit.parameter)]
        held &= column >= (-np.inf if limit.low is None else limit.low)
        held &= column <= (np.inf if limit.high is None else limit.high)
    return held


def boxes(
    x: Array, cases: Cases, names: Sequence[str], most: int = 3, least_density: float = 0.8, least_mass: float = 0.05
) -> tuple[Box, ...]:
    """At most so many boxes of x [draw, parameter] for cases [draw], in the order in which they were found; or none.

    Each is sought among the draws that are in none before it. It reaches `least_density` where any box does, and holds
    `least_mass` of the draws. Refused where every draw is a case or none is.
    """
    x, cases = finite("x", x, 2, 4), np.asarray(cases, dtype=bool)
    same_draws(x, cases)
    within("number of cases", int(cases.sum()), 0, len(cases))
    within("least_density", least_density, 0, 1)
    within("least_mass", least_mass, 0, 1)
    if len(names) != x.shape[1]:
        raise ValueError(f"{len(names)} names for {x.shape[1]} parameters: must be as many")
    found: list[Box] = []
    left = np.ones(len(cases), dtype=bool)
    least = max(int(np.ceil(least_mass * len(cases))), 2)
    while len(found) < most and 0 < cases[left].sum() < left.sum():
        density = _held_out_density(x[left], cases[left], least_density, least)
        ends = _fit(x[left], cases[left], least_density, least)
        if density is None or not np.isfinite(ends).any():
            break
        found.append(_described(x, cases, left, ends, names, density))
        left &= ~inside(x, ends)
    return tuple(found)


def _fit(x: Array, cases: Cases, least_density: float, least: int) -> Ends:
    """The ends of one box [2, parameter], infinite where it has none."""
    return significant(x, cases, peeled(x, cases, least_density, least), SIGNIFICANCE / (2 * x.shape[1]))


def _held_out_density(x: Array, cases: Cases, least_density: float, least: int) -> float | None:
    """Density of the boxes of either half in the other one; None where chance could have put as many cases there.

    Without any relation the number of cases in a box of the other half is hypergeometric; both halves have a try.
    """
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import hypergeom

    half = np.random.default_rng(len(x)).permutation(len(x)) % 2 == 0
    held, total, chance = 0, 0, 1.0
    for own in (half, ~half):
        if not 0 < cases[own].sum() < own.sum():
            continue
        within_box = inside(x[~own], _fit(x[own], cases[own], least_density, max(least // 2, 2)))
        hits, draws = int(cases[~own][within_box].sum()), int(within_box.sum())
        chance = min(chance, float(hypergeom.sf(hits - 1, (~own).sum(), cases[~own].sum(), draws)))
        held, total = held + hits, total + draws
    return held / total if total and chance <= SIGNIFICANCE / 2 else None


def _described(x: Array, cases: Cases, left: Cases, ends: Ends, names: Sequence[str], held_out: float) -> Box:
    """A box of found ends, by the names of its parameters."""
    held, p = inside(x, ends), quasi_p(x[left], cases[left], ends)

    def end(side: int, n: int) -> tuple[float | None, float | None]:
        """One end and its quasi-p-value, if it is one."""
        return (float(ends[side, n]), float(p[side, n])) if np.isfinite(ends[side, n]) else (None, None)

    limits = []
    for n in np.flatnonzero(np.isfinite(ends).any(axis=0)).tolist():
        (low, low_p), (high, high_p) = end(0, n), end(1, n)
        limits.append(Limit(names[n], low, high, low_p, high_p))
    hits = cases[held].sum()
    return Box(tuple(limits), float(hits / cases.sum()), float(hits / held.sum()), float(held.mean()), held_out)
