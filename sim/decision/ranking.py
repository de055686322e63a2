"""Which parameters drive a value: standardised rank regression, and the few that hold most of what it explains."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sim.decision.arrays import finite, same_draws, within
from sim.parameters import Array

HELD_SHARE = 0.9  # of what the parameters explain together
RESAMPLES = 100


@dataclass(frozen=True)
class Drivers:
    """Standardised rank regression coefficients and the shares of the variance of ranks they stand for, [parameter].

    The shares are those of Pratt (1987), the coefficient times the correlation, less what chance alone gives
    a parameter: they sum to the adjusted R2, and one that does nothing has about zero, above or below.
    """

    coefficient: Array
    standard_error: Array
    share: Array
    r2: float
    adjusted_r2: float

    def holding(self, share: float = HELD_SHARE) -> tuple[int, ...]:
        """The fewest parameters, the largest first, whose shares sum to `share` of all that is explained."""
        within("share", share, 0, 1)
        order = np.argsort(-self.share, kind="stable")
        held = np.cumsum(np.maximum(self.share[order], 0))
        wanted = share * max(self.adjusted_r2, 0)
        return tuple(order[: int(np.searchsorted(held, wanted * (1 - 1e-12))) + 1].tolist()) if wanted > 0 else ()


def drivers(x: Array, values: Array) -> Drivers:
    """Rank regression of values [draw] on parameters [draw, parameter]; a constant parameter has coefficient 0."""
    x, values = finite("x", x, 2), finite("values", values, 1)
    same_draws(x, values)
    spare = len(x) - x.shape[1] - 1
    if spare < 1:
        raise ValueError(f"{len(x)} draws for {x.shape[1]} parameters: must be at least {x.shape[1] + 2}")
    ranks, rank = _standardised(x), _standardised(values[:, None])[:, 0]
    coefficient, *_ = np.linalg.lstsq(ranks, rank, rcond=None)
    pratt = coefficient * (ranks.T @ rank) / len(x)
    r2 = min(float(pratt.sum()), 1.0)
    chance = (1 - r2) / spare
    error = np.sqrt(chance * np.diag(np.linalg.pinv(ranks.T @ ranks / len(x), hermitian=True)))
    return Drivers(np.asarray(coefficient, dtype=np.float64), error, pratt - chance, r2, r2 - x.shape[1] * chance)


def share_error(x: Array, values: Array, chosen: NDArray[np.bool_], seed: int) -> float:
    """Standard error of the part of what is explained that falls to some parameters, by resampling the draws.

    Ranks are those of the whole; a pass is a product of matrices and no regression anew.
    """
    both, rng = _standardised(np.column_stack([x, values])), np.random.default_rng(seed)
    parts = []
    for _ in range(RESAMPLES):
        again = both[rng.integers(len(both), size=len(both))]
        moments = np.cov(again.T, bias=True)
        pratt = np.linalg.lstsq(moments[:-1, :-1], moments[:-1, -1], rcond=None)[0] * moments[:-1, -1]
        explained, chance = pratt.sum(), (moments[-1, -1] - pratt.sum()) / (len(x) - x.shape[1] - 1)
        part = pratt[chosen].sum() - chosen.sum() * chance
        parts.append(part / (explained - chosen.size * chance))
    return float(np.std(parts, ddof=1))


def _standardised(columns: Array) -> Array:
    """Ranks of each column with mean 0 and variance 1; a constant column stays 0."""
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import rankdata

    ranks = rankdata(columns, axis=0)
    ranks = ranks - ranks.mean(axis=0)
    spread = ranks.std(axis=0)
    return np.asarray(np.divide(ranks, spread, out=np.zeros_like(ranks), where=spread > 0))
