"""Smooth regression of many values on a few parameters: additive penalised cubic splines, and products for pairs.

A parameter has a natural cubic spline with knots at its quantiles, in the basis of Demmler and Reinsch: orthonormal
over the draws, in order of roughness, the straight line first. Coefficients are shrunk in proportion to roughness, all
by one factor that generalised cross-validation chooses for each column of values. Everything is a function of the Gram
matrix, so that leaving a fold out costs no new pass over the draws.
"""

from __future__ import annotations

from itertools import combinations
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from sim.parameters import Array

KNOTS = 12
KNOT_SHARES = (1 - np.cos(np.pi * np.linspace(0, 1, KNOTS))) / 2  # of the draws below each: closer in the tails
ROUNDING, NEAREST = 1e-9, 1e-6  # of the values, and of their range, by which knots are apart at least
STRAIGHT = 1e-2  # roughness of a straight line, that of the first bend being 1: the prior hardly holds it back
STRENGTHS = 10.0 ** np.arange(-4, 5.0, 0.5)  # of the shrinkage, times the number of draws
PRODUCTS = {2: 4, 3: 2, 4: 2, 5: 2, 6: 2}  # functions of each parameter that enter products, by parameters in the group
MOST_PAIRED = 20  # parameters, of whose straight lines products are taken


class Basis(NamedTuple):
    """Functions at the draws, [draw, function], and how rough each is, [function]."""

    functions: Array
    roughness: Array


def basis(known: Array) -> Basis:
    """The functions of all parameters [draw, parameter], and products for pairs; a constant parameter has none."""
    each = [one for column in known.T if (one := _spline(column)).roughness.size]
    count = PRODUCTS.get(len(each), int(len(each) <= MOST_PAIRED))
    pairs = [_product(a, b, count) for a, b in combinations(each, 2) if count]
    if not each:
        return Basis(np.empty((len(known), 0)), np.empty(0))
    return Basis(*(np.concatenate(part, axis=-1) for part in zip(*each, *pairs, strict=True)))


def _product(a: Basis, b: Basis, count: int) -> Basis:
    """Products of the first functions of two parameters, as rough as both together, and a bend more."""
    functions = a.functions[:, :count, None] * b.functions[:, None, :count]
    roughness = a.roughness[:count, None] + b.roughness[:count] + 1
    return Basis(functions.reshape(len(functions), -1), roughness.ravel())


def _spline(column: Array) -> Basis:
    """The functions of one parameter, [draw]: none of a constant, the straight line alone of two values."""
    knots = np.unique(np.quantile(column, KNOT_SHARES, method="inverted_cdf"))
    rounding = max(ROUNDING * np.abs(knots).max(), NEAREST * np.ptp(knots))
    knots = knots[np.append(True, np.diff(knots) > rounding)]
    if knots.size < 2:
        return Basis(np.empty((column.size, 0)), np.empty(0))
    scaled, knots = (column - knots[0]) / np.ptp(knots), (knots - knots[0]) / np.ptp(knots)
    functions, penalty = _natural(scaled, knots)
    functions -= functions.mean(axis=0)
    gram = functions.T @ functions / column.size
    # the straight line has no penalty and so comes first; a little of the Gram matrix keeps the problem definite
    rough, axes = eigh(penalty, gram + np.eye(len(gram)) * np.trace(gram) * 1e-12)
    rough = np.maximum(rough, 0)
    first = rough[1] if rough.size > 1 else 1.0
    return Basis(functions @ axes, np.maximum(rough / first, STRAIGHT))


def _natural(x: Array, knots: Array) -> tuple[Array, Array]:
    """Natural cubic spline by its values at the knots but the first, [draw, knot], and its penalty of bending."""
    step = np.diff(knots)
    inner = np.arange(knots.size - 2)
    second, weight = np.zeros((inner.size, knots.size)), np.zeros((inner.size, inner.size))
    second[inner, inner], second[inner, inner + 2] = 1 / step[:-1], 1 / step[1:]
    second[inner, inner + 1] = -1 / step[:-1] - 1 / step[1:]
    weight[inner, inner] = (step[:-1] + step[1:]) / 3
    weight[inner[1:], inner[:-1]] = weight[inner[:-1], inner[1:]] = step[1:-1] / 6
    bend = np.zeros((knots.size, knots.size))  # second derivatives at the knots by the values there
    bend[1:-1] = np.linalg.solve(weight, second)
    left = np.clip(np.searchsorted(knots, x, side="right") - 1, 0, step.size - 1)
    b = (x - knots[left]) / step[left]
    a, square = 1 - b, (step[left] ** 2 / 6)[:, None]
    unit = np.eye(knots.size)
    values = a[:, None] * unit[left] + b[:, None] * unit[left + 1]
    values += square * ((a**3 - a)[:, None] * bend[left] + (b**3 - b)[:, None] * bend[left + 1])
    return values[:, 1:], (second.T @ bend[1:-1])[1:, 1:]


def fitted_out_of_fold(functions: Basis, values: Array, folds: NDArray[np.int64]) -> Array:
    """Values [draw, column] as a smooth function of the parameters, each draw by a fit to the folds it is not in."""
    found = np.empty_like(values)
    design = np.column_stack([np.ones(len(values)), functions.functions / np.sqrt(functions.roughness)])
    gram, moment, square = design.T @ design, design.T @ values, (values**2).sum(axis=0)
    for fold in np.unique(folds):
        own = folds == fold
        x, y = design[own], values[own]
        rest = len(values) - len(y)
        weights = _shrunk(gram - x.T @ x, moment - x.T @ y, square - (y**2).sum(axis=0), rest)
        found[own] = x @ weights
    return found


def _shrunk(gram: Array, moment: Array, square: Array, draws: int) -> Array:
    """Coefficients [function, column] by ridge regression; the constant, function 0, is not held back."""
    mean, level = gram[0, 1:] / draws, moment[0] / draws
    spread, axes = np.linalg.eigh(gram[1:, 1:] - draws * np.outer(mean, mean))
    spread = np.maximum(spread, 0)
    turned = axes.T @ (moment[1:] - draws * np.outer(mean, level))
    kept = spread / (spread + draws * STRENGTHS[:, None])  # [strength, function]
    solved = np.divide(1, spread + draws * STRENGTHS[:, None])
    residual = (square - draws * level**2) - ((kept + 2 * (1 - kept)) * solved) @ turned**2  # [strength, column]
    score = residual / (draws - 1 - kept.sum(axis=1))[:, None] ** 2
    best = score.argmin(axis=0)
    slopes = axes @ (turned * solved[best].T)
    return np.vstack([level - mean @ slopes, slopes])
