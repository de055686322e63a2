"""How a box of PRIM is made: peeled from the whole, its ends pasted, and those dropped that chance explains."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array

PEEL_SHARE = 0.05  # of the draws in the box, at a time
HALVED = 2  # parameters, the halves of which are peeled, too
BINS = 5  # of a parameter, the densities of which are compared
ROUNDS = 20  # of pasting
SURE = 1.64  # standard errors by which a box has to be denser than is asked for
Ends = Array  # [2, parameter]: the low and the high ends of a box, infinite where it has none
Cases = NDArray[np.bool_]


def inside(x: Array, ends: Ends) -> Cases:
    """Which draws [draw, parameter] are in a box, [draw]; its ends belong to it."""
    return np.asarray(((x >= ends[0]) & (x <= ends[1])).all(axis=1))


def score(hits: Array, draws: Array, cases: int, total: int, least_density: float) -> Array:
    """Share of the cases in a box less share of the other draws in it; less 1 where it is not dense enough."""
    over = hits / cases - (draws - hits) / (total - cases)
    sure = hits - SURE * np.sqrt(least_density * (1 - least_density) * draws) >= least_density * draws
    return np.asarray(over - ~sure)


def peeled(x: Array, cases: Cases, least_density: float, least: int) -> Ends:
    """The best box on the ways from the whole, and from some halves of it, to one of `least` draws, its ends pasted."""
    way = [ends for start in _starts(x, cases, least) for ends in _peel(x, cases, start, least)]
    hits, draws = np.array([(cases[held].sum(), held.sum()) for held in (inside(x, ends) for ends in way)]).T
    best = score(hits, draws, int(cases.sum()), len(cases), least_density).argmax()
    return paste(x, cases, way[int(best)], least_density, least)


def _starts(x: Array, cases: Cases, least: int) -> Iterator[Ends]:
    """The whole, and both halves of the parameters along which the density of cases differs most, if large enough.

    Slices come off the ends: a parameter with cases at both ends, and none between, would never be peeled.
    """
    whole = np.full((2, x.shape[1]), [[-np.inf], [np.inf]])
    yield whole
    middle = np.median(x, axis=0)
    differ = np.array([_difference(column, cases) for column in x.T])
    for n in np.argsort(-differ, kind="stable")[:HALVED]:
        for side in (0, 1):
            half = whole.copy()
            half[side, n] = middle[n]
            if inside(x, half).sum() >= least:
                yield half


def _difference(column: Array, cases: Cases) -> float:
    """How much the density of cases differs between the bins of one parameter."""
    edges = np.quantile(column, np.arange(1, BINS) / BINS)
    place = np.searchsorted(edges, column)
    draws, hits = np.bincount(place, minlength=BINS), np.bincount(place, cases, BINS)
    return float((hits**2 / np.maximum(draws, 1)).sum())


def _peel(x: Array, cases: Cases, start: Ends, least: int) -> Iterator[Ends]:
    """The boxes on the way, the first one first: each time that slice goes whose loss raises the density most."""
    ends = start.copy()
    while True:
        yield ends.copy()
        held = inside(x, ends)
        inner, hit = x[held], cases[held]
        if hit.all() or not (cut := _best_cut(inner, hit, least)):
            return
        side, n, at = cut
        ends[side, n] = at


def _best_cut(inner: Array, hit: Cases, least: int) -> tuple[int, int, float] | None:
    """(side, parameter, new end) of the best slice; None where no slice leaves enough."""
    gains, ats = np.full((2, inner.shape[1]), -np.inf), np.zeros((2, inner.shape[1]))
    for side, sign in enumerate((1, -1)):
        signed = sign * inner
        edge = np.quantile(signed, PEEL_SHARE, axis=0, method="inverted_cdf")
        # where many draws have the same value, that value goes as a whole
        above = np.where(signed > edge, signed, np.inf).min(axis=0)
        kept = signed >= above
        count = kept.sum(axis=0)
        fits = (count >= least) & (count < len(inner))
        # Friedman and Fisher's gain, for each draw that is given up: slices of ties are not of one size
        gain = ((kept * hit[:, None]).sum(axis=0) / np.maximum(count, 1) - hit.mean()) / np.maximum(
            len(inner) - count, 1
        )
        gains[side], ats[side] = np.where(fits, gain, -np.inf), sign * above
    best, n = (int(index) for index in np.unravel_index(gains.argmax(), gains.shape))
    return (best, n, float(ats[best, n])) if np.isfinite(gains[best, n]) else None


def paste(x: Array, cases: Cases, ends: Ends, least_density: float, least: int) -> Ends:
    """The box with each end moved to where the score is best, the others as they are, until nothing moves."""
    found = ends.copy()
    for _ in range(ROUNDS):
        before = found.copy()
        for side, n in zip(*np.nonzero(np.isfinite(found)), strict=True):
            found[side, n] = _best_end(x, cases, found, int(side), int(n), least_density, least)
        if np.array_equal(before, found):
            break
    return found


def _best_end(x: Array, cases: Cases, ends: Ends, side: int, n: int, least_density: float, least: int) -> float:
    """Where one end is best: halfway between two neighbouring draws; infinite where it is best left away."""
    open_ends = ends.copy()
    open_ends[side, n] = np.inf if side else -np.inf
    slab = inside(x, open_ends)
    sign = 1 if side else -1
    column = sign * x[slab, n]
    order = np.argsort(column, kind="stable")
    value, hits = column[order], np.cumsum(cases[slab][order], dtype=np.float64)
    last = np.append(value[1:] > value[:-1], True)  # of the draws with a value: an end cannot part them
    draws = np.arange(1, value.size + 1)
    scores = score(hits, draws, int(cases.sum()), len(cases), least_density)
    best = int(np.where(last & (draws >= least), scores, -np.inf).argmax())
    return sign * (float((value[best] + value[best + 1]) / 2) if best + 1 < value.size else np.inf)


def quasi_p(x: Array, cases: Cases, ends: Ends) -> Array:
    """Chance of as many cases in the box if an end did nothing, [2, parameter]; NaN where there is no end.

    The box without that end gives the density that the binomial test is against.
    """
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import binom

    p = np.full(ends.shape, np.nan)
    held = inside(x, ends)
    for side, n in zip(*np.nonzero(np.isfinite(ends)), strict=True):
        open_ends = ends.copy()
        open_ends[side, n] = np.inf if side else -np.inf
        p[side, n] = binom.sf(cases[held].sum() - 1, held.sum(), cases[inside(x, open_ends)].mean())
    return p


def significant(x: Array, cases: Cases, ends: Ends, level: float) -> Ends:
    """The box without the ends whose quasi-p-value is above a level, the highest dropped first."""
    found = ends.copy()
    while np.isfinite(found).any():
        p = np.nan_to_num(quasi_p(x, cases, found), nan=-1)
        side, n = np.unravel_index(p.argmax(), p.shape)
        if p[side, n] <= level:
            break
        found[side, n] = np.inf if side else -np.inf
    return found
