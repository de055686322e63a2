"""A mixture of normal laws by expectation maximisation (Dempster, Laird and Rubin 1977)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Reals = NDArray[np.float64]

LAWS = 3
STARTS = (0.15, 0.5, 0.85)  # quantiles at which the laws begin
ROUNDS = 400
MOST_POINTS = 50_000
NARROWEST = 0.05  # standard deviation: a law must not shrink to one value
CONVERGED = 1e-9  # gain in mean log-likelihood


def mixture(values: Reals) -> tuple[Reals, Reals, Reals]:
    """Shares, means and standard deviations of three normal laws, by increasing mean.

    More points than `MOST_POINTS` are thinned evenly over their order; fewer than three give laws that coincide.
    """
    points = np.sort(np.asarray(values, dtype=np.float64))
    if points.size > MOST_POINTS:
        points = points[np.linspace(0, points.size - 1, MOST_POINTS).astype(np.int64)]
    share, mean = np.full(LAWS, 1 / LAWS), np.quantile(points, STARTS)
    spread = np.full(LAWS, max(points.std() / 2, NARROWEST))
    before = -np.inf
    for _ in range(ROUNDS):
        density = share / spread * np.exp(-(((points[:, None] - mean) / spread) ** 2) / 2) + np.finfo(float).tiny
        whole = density.sum(axis=1, keepdims=True)
        belongs = density / whole
        now = float(np.log(whole).mean())
        if now - before < CONVERGED:
            break
        before = now
        weight = np.maximum(belongs.sum(axis=0), np.finfo(float).tiny)
        share = weight / weight.sum()
        mean = (belongs * points[:, None]).sum(axis=0) / weight
        spread = np.sqrt((belongs * (points[:, None] - mean) ** 2).sum(axis=0) / weight)
        spread = np.maximum(spread, NARROWEST)
    order = np.argsort(mean)
    return share[order], mean[order], spread[order]
