"""Sizes of institutions by rank: a Zipf-Mandelbrot distribution, fitted to what is published of the largest ones.

    size(rank) = c / (rank + q)^s,  rank = 1 .. number of institutions

Statistics of research money name the largest institutions and the sum; the distribution fills in the rest.
`q` flattens the top, where sizes fall slower than a pure power of the rank (Mandelbrot 1953).
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from sim.parameters import Array
from tests.oracles.formulas import gini


def sizes(exponent: float, offset: float, institutions: int) -> Array:
    """Shares of the whole by rank, largest first, [rank].

    >>> sizes(1.0, 0.0, 2).round(6).tolist()
    [0.666667, 0.333333]
    """
    raw = (np.arange(1, institutions + 1) + offset) ** -exponent
    return np.asarray(raw / raw.sum())


def share_of_top(share: Array, ranks: int) -> float:
    """What the `ranks` largest have together."""
    return float(share[:ranks].sum())


def gini_of(share: Array) -> float:
    """Gini coefficient over institutions."""
    return float(gini(share, np.ones(share.size)))


def fitted(top: Mapping[int, float], inequality: float, institutions: int) -> tuple[float, float]:
    """Exponent and offset that come closest to the shares of the `top` ranks and to a Gini coefficient.

    Least squares of the logs of what the distribution gives over what is published, all alike. The offset is
    searched by its log, so that it stays above zero.
    """
    from scipy.optimize import least_squares

    published = np.log([*top.values(), inequality])

    def misses(guess: Array) -> Array:
        share = sizes(guess[0], np.exp(guess[1]), institutions)
        return np.log([*(share_of_top(share, ranks) for ranks in top), gini_of(share)]) - published

    within = ([0.0, -10.0], [10.0, 10.0])  # far beyond what sizes of institutions show
    found = least_squares(misses, [1.0, 1.0], bounds=within, xtol=1e-12, ftol=1e-12, gtol=1e-12).x
    return float(found[0]), float(np.exp(found[1]))


def classes(share: Array, cuts: tuple[int, ...]) -> list[tuple[int, float]]:
    """Institutions cut into classes by rank: (institutions, mean share) of each, largest first.

    >>> classes(np.array([0.5, 0.3, 0.2]), (1, 3))
    [(1, 0.5), (2, 0.25)]
    """
    edges = (0, *cuts)
    return [(b - a, float(share[a:b].mean())) for a, b in pairwise(edges)]
