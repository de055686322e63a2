"""What each part of a whole contributes: the Shapley value over all subsets of the parts.

A subset is the number of a column: its bit n says whether part n is in it, so that column 0 is nothing and the last
column is the whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import comb

import numpy as np

from sim.decision.arrays import finite, within
from sim.parameters import Array

INTERVAL_SHARE = 0.8  # of the draws


@dataclass(frozen=True)
class Contributions:
    """What the parts contribute, each [part], in the unit of the value; the means sum to the mean of the whole."""

    mean: Array
    mean_error: Array  # standard error of the mean
    median: Array
    low: Array  # of the interval of the draws
    high: Array


def subsets(parts: int) -> list[tuple[int, ...]]:
    """The parts in each subset, in the order of the columns.

    >>> subsets(2)
    [(), (0,), (1,), (0, 1)]
    """
    return [tuple(part for part in range(parts) if number >> part & 1) for number in range(1 << parts)]


def shapley(values: Array) -> Array:
    """Shapley value of each part in each draw, [draw, subset] -> [draw, part].

    A draw's values sum to the whole less nothing. Refused where the columns are not a power of two.

    >>> shapley(np.array([[0.0, 1.0, 3.0, 10.0]])).tolist()
    [[4.0, 6.0]]
    """
    found = finite("values", values, 2, 1)
    parts = found.shape[1].bit_length() - 1
    if parts < 1 or found.shape[1] != 1 << parts:
        raise ValueError(
            f"values has {found.shape[1]} columns: must be a power of two, one for each subset of the parts"
        )
    number = np.arange(1 << parts)
    size = np.array([len(subset) for subset in subsets(parts)])
    gain = np.empty((len(found), parts))
    for part in range(parts):
        without = number[number >> part & 1 == 0]
        weight = 1 / (parts * np.array([comb(parts - 1, n) for n in size[without]]))
        gain[:, part] = (found[:, without | 1 << part] - found[:, without]) @ weight
    return gain


def contributions(values: Array, share: float = INTERVAL_SHARE) -> Contributions:
    """Shapley values of [draw, subset] over the draws: mean, median, and the interval that holds `share` of them."""
    return over_draws(shapley(values), share)


def over_draws(each: Array, share: float = INTERVAL_SHARE) -> Contributions:
    """What parts contribute, or add in another sense, in each draw [draw, part]: mean, median and interval."""
    within("share", share, 0, 1)
    low, median, high = np.quantile(each, [(1 - share) / 2, 0.5, (1 + share) / 2], axis=0)
    error = each.std(axis=0, ddof=1) / np.sqrt(len(each)) if len(each) > 1 else np.full(each.shape[1], np.nan)
    return Contributions(each.mean(axis=0), error, median, low, high)
