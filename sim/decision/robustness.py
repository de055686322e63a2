"""How options stand over the draws: regret, the worst draws, thresholds kept, and dominance over outcomes.

Values are [draw, option], and more is better; the caller changes the sign of what should be low.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.arrays import finite, within
from sim.parameters import Array

WORST_SHARE = 0.1  # of the draws: the worst decile
REGRET_SHARE = 0.9  # of the draws, whose regret is no higher


@dataclass(frozen=True)
class Robustness:
    """An option's standing over the draws, each [option]."""

    largest_regret: Array
    p90_regret: Array
    worst_decile_mean: Array
    satisficing_share: Array  # of the draws, NaN without a threshold
    first_share: Array  # of the draws in which it is the best; ties are divided


def regret(values: Array) -> Array:
    """The best of each draw less what an option has in it, [draw, option].

    >>> regret(np.array([[3.0, 1.0], [2.0, 5.0]])).tolist()
    [[0.0, 2.0], [3.0, 0.0]]
    """
    found = finite("values", values, 2, 1)
    return np.asarray(found.max(axis=1, keepdims=True) - found)


def worst_mean(values: Array, share: float = WORST_SHARE) -> Array:
    """Mean over the worst `share` of an option's draws, [option]; a draw at the edge counts in part.

    >>> worst_mean(np.arange(20.0)[:, None], 0.1).tolist()
    [0.5]
    """
    found = np.sort(finite("values", values, 2, 1), axis=0)
    within("share", share, 0, 1)
    weight = np.clip(share * len(found) - np.arange(len(found)), 0, 1)
    return np.asarray(weight @ found / weight.sum())


def satisficing_share(values: Array, threshold: float) -> Array:
    """Share of the draws in which an option has at least `threshold`, [option]."""
    return np.asarray((finite("values", values, 2, 1) >= threshold).mean(axis=0))


def first_share(values: Array) -> Array:
    """Share of the draws in which an option is the best, [option]; equal options divide a draw, so the sum is 1."""
    first = regret(values) == 0
    return np.asarray((first / first.sum(axis=1, keepdims=True)).mean(axis=0))


def robustness(values: Array, threshold: float | None = None) -> Robustness:
    """All of these for every option."""
    lost = regret(values)
    return Robustness(
        largest_regret=lost.max(axis=0),
        p90_regret=np.quantile(lost, REGRET_SHARE, axis=0),
        worst_decile_mean=worst_mean(values),
        satisficing_share=np.full(lost.shape[1], np.nan) if threshold is None else satisficing_share(values, threshold),
        first_share=first_share(values),
    )


def dominance(values: Array) -> Array:
    """Share of the draws in which the row's option dominates the column's, [option, option].

    It dominates where it is at least as good in every outcome and better in one; values are [draw, option, outcome].

    >>> dominance(np.array([[[2.0, 1.0], [1.0, 1.0]], [[2.0, 0.0], [1.0, 1.0]]])).tolist()
    [[0.0, 0.5], [0.0, 0.0]]
    """
    found = finite("values", values, 3, 1)
    more = [(option[:, None] - found) for option in np.moveaxis(found, 1, 0)]  # a row of pairs at a time
    return np.array([((by >= 0).all(axis=-1) & (by > 0).any(axis=-1)).mean(axis=0) for by in more])
