"""How unequally something is spread over groups, each entry standing for `count` of them.

Formulas for weighted groups along the last axis, [..., group] -> [...]; what is shared is
not negative. A common level gives 0 in all three indices; the equally distributed
equivalent then is the mean, and it is the one that cannot reward levelling down.
"""

from __future__ import annotations

import numpy as np

from sim.parameters import Array


def _mean(amount: Array, count: Array) -> Array:
    """Weighted mean, keeping the group axis."""
    return np.asarray((amount * count).sum(axis=-1, keepdims=True) / count.sum(axis=-1, keepdims=True))


def gini(amount: Array, count: Array) -> Array:
    """Gini coefficient: twice the area between the Lorenz curve and the diagonal.

    >>> float(gini(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4)))
    0.25
    """
    amounts, counts = np.broadcast_arrays(np.asarray(amount, dtype=np.float64), np.asarray(count, dtype=np.float64))
    order = np.argsort(amounts, axis=-1)
    heads = np.take_along_axis(counts, order, axis=-1)
    shares = np.take_along_axis(amounts, order, axis=-1) * heads
    people, wealth = heads / heads.sum(axis=-1, keepdims=True), np.cumsum(shares, axis=-1)
    curve = wealth / np.maximum(wealth[..., -1:], np.finfo(float).tiny)
    below = curve - shares / np.maximum(wealth[..., -1:], np.finfo(float).tiny) / 2
    return np.asarray(1 - 2 * (people * below).sum(axis=-1))


def theil(amount: Array, count: Array) -> Array:
    """Theil's T: mean of (x / mean) log(x / mean); groups with nothing add nothing.

    >>> round(float(theil(np.array([1.0, 3.0]), np.ones(2))), 6)
    0.130812
    """
    relative = amount / np.maximum(_mean(amount, count), np.finfo(float).tiny)
    terms = np.where(relative > 0, relative * np.log(np.maximum(relative, np.finfo(float).tiny)), 0.0)
    return np.asarray(_mean(terms, count)[..., 0])


def equally_distributed(amount: Array, count: Array, aversion: float) -> Array:
    """The level that, given to everybody, would be as good as what they have (Atkinson).

    `aversion` 0 gives the mean, 1 the geometric mean; the larger, the more the poorest count.
    """
    amounts = np.asarray(amount, dtype=np.float64)
    if aversion == 1:
        logs = np.log(np.maximum(amounts, np.finfo(float).tiny))
        return np.asarray(np.exp(_mean(logs, count)[..., 0]))
    power = 1 - aversion
    if power < 0:
        amounts = np.maximum(amounts, np.finfo(float).tiny)
    return np.asarray(_mean(amounts**power, count)[..., 0] ** (1 / power))


def atkinson(amount: Array, count: Array, aversion: float) -> Array:
    """Atkinson's index: the share of the total that inequality wastes.

    >>> round(float(atkinson(np.array([1.0, 4.0]), np.ones(2), 1)), 6)
    0.2
    """
    mean = _mean(amount, count)[..., 0]
    level = equally_distributed(amount, count, aversion)
    return np.asarray(1 - np.divide(level, mean, out=np.ones_like(mean), where=mean > 0))
