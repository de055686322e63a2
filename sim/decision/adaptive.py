"""The value of deciding later: a rule that chooses among plans by what is seen then, less the best plan fixed before.

The rule is a regression of the plans' values on what is seen, as in least-squares Monte Carlo (Longstaff and Schwartz
2001); each draw is chosen for by a fit to other draws, so that none chooses with its own outcome. Beside the smooth
rule stands one that fits in a sentence: one thing seen, one threshold, a plan on either side. The best fixed plan is
chosen on all draws, which favours it slightly: the value of deciding later is, if anything, too low.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from sim.decision.arrays import CONFIDENCE, finite, same_draws
from sim.decision.splines import basis, fitted_out_of_fold
from sim.parameters import Array

FOLDS = 10
LEAST_DRAWS = 50
SCORE = float(ndtri(CONFIDENCE))
_ROUNDING = 1e-12  # of a mean: a smaller standard error is none
THRESHOLDS = np.linspace(0.05, 0.95, 19)  # quantiles of what is seen at which it may be split


class Split(NamedTuple):
    """One thing seen, by its column, a threshold, and the plans chosen below it and from it up; -1: no split."""

    observable: int
    threshold: float
    below: int
    above: int


class Gain(NamedTuple):
    """A mean over the draws and its standard error."""

    mean: float
    error: float

    @property
    def sign(self) -> int:
        """1 or -1 where the mean is above or below zero, by a one-sided test at 95 % each; else 0."""
        return int(np.sign(self.mean)) if abs(self.mean) > SCORE * self.error else 0


@dataclass(frozen=True)
class Rule:
    """What a rule is worth, in the unit of the values."""

    value: float  # mean of the plan chosen
    gain: Gain  # over the best fixed plan of all; negative where it is not worth deciding so late
    own_gain: Gain  # over the best of the plans that it chooses among: what choosing is worth
    shares: Array  # of the draws in which each plan is chosen, [plan]


@dataclass(frozen=True)
class Adaptive:
    """Both rules, and the bounds of any: the best fixed plan, and knowing the future."""

    fixed: int  # the best fixed plan: a column of the plans, then of the others
    fixed_value: float
    smooth: Rule
    simple: Rule
    split: Split  # of the simple rule, fitted to all draws
    foresight: float  # gain of choosing in each draw with its outcome: no rule gains more


def adaptive_value(values: Array, seen: Array, others: Array | None = None) -> Adaptive:
    """The value of choosing among plans by what is seen, less the best fixed plan on the same draws.

    `values` [draw, plan] of the plans that are chosen among, more is better; `seen` [draw, observable] at the decision;
    `others` [draw, plan] are plans that can only be fixed before. ValueError for fewer than LEAST_DRAWS draws.
    """
    plans = finite("values", values, 2, LEAST_DRAWS)
    known = finite("seen", np.reshape(seen, (len(seen), -1)), 2, LEAST_DRAWS)
    same_draws(plans, known)
    every = plans if others is None else np.column_stack([plans, finite("others", others, 2, LEAST_DRAWS)])
    fixed = int(every.mean(axis=0).argmax())
    folds = np.random.default_rng(len(plans)).permutation(len(plans)) % FOLDS
    static = every[:, fixed]
    return Adaptive(
        fixed,
        float(static.mean()),
        _rule(plans, _smooth(plans, known, folds), static),
        _rule(plans, _simple(plans, known, folds), static),
        best_split(plans, known),
        float((plans.max(axis=1) - static).mean()),
    )


def _rule(values: Array, chosen: NDArray[np.int64], static: Array) -> Rule:
    """What the plans chosen are worth."""
    own = values[np.arange(len(values)), chosen]
    shares = np.bincount(chosen, minlength=values.shape[1]) / len(values)
    among = values[:, values.mean(axis=0).argmax()]
    return Rule(float(own.mean()), gain_of(own - static), gain_of(own - among), shares)


def gain_of(differences: Array) -> Gain:
    """Mean of paired differences [draw] with its standard error, which one draw alone does not have."""
    mean = float(differences.mean())
    if differences.size < 2:
        return Gain(mean, float("nan"))
    error = float(differences.std(ddof=1) / np.sqrt(differences.size))
    return Gain(mean, error if error > _ROUNDING * abs(mean) else 0.0)


def _smooth(values: Array, seen: Array, folds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The plan of each draw by smooth functions of what is seen, fitted to the differences in the other folds."""
    gain = values - values[:, [values.mean(axis=0).argmax()]]
    return np.asarray(fitted_out_of_fold(basis(seen), gain, folds).argmax(axis=1))


def _simple(values: Array, seen: Array, folds: NDArray[np.int64]) -> NDArray[np.int64]:
    """The plan of each draw by one split, fitted in the other folds."""
    chosen = np.empty(len(values), dtype=np.int64)
    for fold in np.unique(folds):
        own = folds == fold
        chosen[own] = applied(best_split(values[~own], seen[~own]), seen[own])
    return chosen


def best_split(values: Array, seen: Array) -> Split:
    """The split with the highest mean value; without one where no split is better than the best plan alone."""
    alone = int(values.mean(axis=0).argmax())
    best, split = float(values.mean(axis=0).max()), Split(-1, np.nan, alone, alone)
    for column in range(seen.shape[1]):
        for threshold in np.unique(np.quantile(seen[:, column], THRESHOLDS)):
            above = seen[:, column] >= threshold
            if above.all() or not above.any():
                continue
            low, high = values[~above].sum(axis=0), values[above].sum(axis=0)
            mean = float(low.max() + high.max()) / len(values)
            if mean > best and low.argmax() != high.argmax():
                best, split = mean, Split(column, float(threshold), int(low.argmax()), int(high.argmax()))
    return split


def applied(split: Split, seen: Array) -> NDArray[np.int64]:
    """The plan that a split chooses in each draw, [draw]."""
    if split.observable < 0:
        return np.full(len(seen), split.below)
    return np.where(seen[:, split.observable] >= split.threshold, split.above, split.below)
