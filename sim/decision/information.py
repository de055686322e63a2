"""The value of information: what it is worth to know all, some, or a sign of the parameters before choosing.

Values are [draw, option], more is better. Without knowledge one chooses the option with the best mean. What partial
knowledge is worth (EVPPI) is the gain of choosing by a regression of the values on what is known (Strong, Oakley and
Brennan 2014). The best of several fitted means is too high by their own errors; here each draw is therefore chosen for
by a fit to other draws, and credited with its own value. So a parameter that does nothing is not taken for one that
does, the standard error is that of a mean of draws, and no partial knowledge is worth more than all of it. What bias
is left is downwards: where a fit chooses wrongly, and by up to 0.4 standard errors where two options are equal in the
mean. Where no draw speaks for another choice the standard error is 0: what would matter more rarely is not seen.
The value of a sample (EVSI) is the same function of a simulated summary of the sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from sim.decision.arrays import CONFIDENCE, finite, same_draws
from sim.decision.splines import basis, fitted_out_of_fold
from sim.parameters import Array

FOLDS = 10
LEAST_DRAWS = 50


@dataclass(frozen=True)
class Worth:
    """A value of information in the unit of the values, its standard error, and whether it is more than nothing."""

    value: float
    standard_error: float
    different_from_zero: bool  # by a one-sided test at 95 %


@dataclass(frozen=True)
class Knowing:
    """What it is worth to know something before choosing, and the share of the draws in which it changes the choice."""

    worth: Worth
    changed_share: float


def perfect_information(values: Array) -> Worth:
    """What it is worth to know every parameter (EVPI): the mean of the best of each draw less the best mean."""
    return _worth(_gain(finite("values", values, 2)).max(axis=1))


def partial_information(values: Array, known: Array) -> Worth:
    """What it is worth to know some parameters, or a summary of a sample: `known` is [draw] or [draw, parameter]."""
    return knowing(values, known).worth


def knowing(values: Array, known: Array) -> Knowing:
    """`partial_information`, and in what share of the draws the choice is another one with this knowledge."""
    gain = _gain(finite("values", values, 2, LEAST_DRAWS))
    given = finite("known", np.reshape(known, (len(known), -1)), 2, LEAST_DRAWS)
    same_draws(gain, given)
    # without regard to their place: a Sobol' sequence has patterns in it
    folds = np.random.default_rng(len(gain)).permutation(len(gain)) % FOLDS
    chosen = fitted_out_of_fold(basis(given), gain, folds).argmax(axis=1)
    credited = gain[np.arange(len(gain)), chosen]
    # an option whose values are those of the usual choice is no other choice
    return Knowing(_worth(credited), float(np.mean(np.atleast_1d(np.any(gain != 0, axis=0))[chosen])))


def information_of_each(values: Array, x: Array) -> list[Worth]:
    """`partial_information` of every parameter alone, values [draw, option] and x [draw, parameter]."""
    return [partial_information(values, column) for column in finite("x", x, 2, LEAST_DRAWS).T]


def _gain(values: Array) -> Array:
    """Values less those of the option that is best in the mean, [draw, option]."""
    return np.asarray(values - values[:, [values.mean(axis=0).argmax()]])


def _worth(gain: Array) -> Worth:
    """Mean gain of the draws; knowledge can be ignored, so that its worth is never negative."""
    mean, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(gain.size))
    return Worth(max(mean, 0.0), error, mean > float(ndtri(CONFIDENCE)) * error)
