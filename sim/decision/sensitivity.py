"""Which parameters move a value: Morris' elementary effects, and Sobol' indices where they have converged.

Both are taken with the samplers and analysers of SALib, on points of the unit cube that the caller turns into values of
parameters: Morris (1991) with the mean of absolute effects of Campolongo et al. (2007), and the estimators of Saltelli
et al. (2010) on scrambled Sobol' points. Resampling ignores that such points are spread more evenly than independent
ones, so that the intervals of the indices are rather too wide than too narrow.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.decision.arrays import finite, within
from sim.parameters import HIGH_SHARE, LOW_SHARE, Array

LEVELS = 4  # of Morris' grid
RESAMPLES = 400
WIDEST = 0.1  # 95 % interval of a total index, unless the caller asks for another


@dataclass(frozen=True)
class Effects:
    """Morris' effects of a parameter over its range, each [parameter], in the unit of the value."""

    mean: Array
    mean_absolute: Array  # mu*
    half_width: Array  # of the 95 % interval of mu*
    spread: Array  # sigma: of interactions, and of effects that are not linear


@dataclass(frozen=True)
class Indices:
    """Sobol' indices, each [parameter], and the half-widths of their 95 % intervals."""

    first: Array
    first_half_width: Array
    total: Array
    total_half_width: Array
    widest: float  # 95 % interval of a total index
    limit: float


@dataclass(frozen=True)
class NotConverged:
    """Indices that are not shown: what was asked for, and what was reached."""

    widest: float  # 95 % interval of a total index
    limit: float
    points: int

    def __str__(self) -> str:
        """One sentence on what was reached."""
        return (
            f"not converged: after {self.points:,} points the widest 95 % interval of a total index is "
            f"{self.widest:.2g} wide, and must be under {self.limit:g}"
        )


def morris_points(parameters: int, trajectories: int, seed: int) -> Array:
    """Trajectories through a grid, [trajectory * (parameter + 1), parameter], as shares of the draws.

    A point lies between the 5 % and the 95 % value of each parameter, so that an effect is that of its whole range.
    """
    from SALib.sample import morris

    within("trajectories", trajectories, 1, np.inf)
    problem = _problem(parameters, LOW_SHARE, HIGH_SHARE)
    return np.asarray(morris.sample(problem, trajectories, num_levels=LEVELS, seed=seed))


def morris_effects(points: Array, values: Array, seed: int) -> Effects:
    """Elementary effects from the values [point] at the points of `morris_points`."""
    from SALib.analyze import morris

    found, parameters = finite("values", values, 1), np.shape(points)[-1]
    if found.size != len(points) or found.size % (parameters + 1):
        raise ValueError(f"{found.size} values for {len(points)} points of Morris' trajectories: must be as many")
    settings: dict[str, Any] = {"num_levels": LEVELS, "num_resamples": RESAMPLES, "seed": seed}
    effects = morris.analyze(_problem(parameters, 0, 1), np.asarray(points), found, **settings)
    names = ("mu", "mu_star", "mu_star_conf", "sigma")
    return Effects(*(np.asarray(effects[name], dtype=np.float64) for name in names))


def sobol_points(parameters: int, base: int, seed: int) -> Array:
    """Saltelli's points from `base` (a power of two) scrambled ones, [base * (parameter + 2), parameter], in (0, 1)."""
    from SALib.sample import sobol

    if base < 2 or base & (base - 1):
        raise ValueError(f"base = {base}: must be a power of two, the nearest is {_power_of_two(base)}")
    points = np.asarray(sobol.sample(_problem(parameters, 0, 1), base, calc_second_order=False, seed=seed))
    smallest = np.finfo(float).eps
    return np.asarray(np.clip(points, smallest, 1 - smallest))


def sobol_indices(values: Array, parameters: int, seed: int, widest: float = WIDEST) -> Indices | NotConverged:
    """First and total indices from the values [point] at the points of `sobol_points`.

    Only where the 95 % interval of every total index is narrower than `widest`.
    """
    from SALib.analyze import sobol

    found = finite("values", values, 1)
    within("widest", widest, 0, np.inf)
    if found.size % (parameters + 2):
        raise ValueError(f"{found.size} values: must be a multiple of {parameters + 2}, the parameters and two")
    if np.ptp(found) == 0:
        raise ValueError("values do not differ: nothing can be attributed to a parameter")
    settings: dict[str, Any] = {
        "calc_second_order": False,
        "num_resamples": RESAMPLES,
        "seed": seed + 1,
    }  # 0 is no seed
    indices = sobol.analyze(_problem(parameters, 0, 1), found, **settings)
    reached = 2 * float(indices["ST_conf"].max())
    if not reached < widest:
        return NotConverged(reached, widest, found.size)
    first, first_conf, total, total_conf = (np.asarray(indices[name]) for name in ("S1", "S1_conf", "ST", "ST_conf"))
    return Indices(first, first_conf, total, total_conf, reached, widest)


def _power_of_two(number: int) -> int:
    """The power of two that is nearest on the scale of logarithms, at least 2."""
    return int(2 ** max(round(np.log2(max(number, 2))), 1))


def _problem(parameters: int, low: float, high: float) -> dict[str, Any]:
    """What SALib calls a problem: so many parameters, all with the same ends."""
    within("parameters", parameters, 0, np.inf)
    return {"num_vars": parameters, "names": [f"{n}" for n in range(parameters)], "bounds": [[low, high]] * parameters}
