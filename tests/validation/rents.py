"""The process of rents, fitted to the record.

`python -m tests.validation.rents` prints data, parameters and intervals beside what sim/mechanisms/cloud.py declares.

A two-state autoregression. Each month the market is scarce or calm; the log rent of a segment, less its level and the
decline of the long run, closes part of its distance to the mean of that state and is hit by a normal shock. Months
without an observation are integrated out on a grid, so the likelihood is exact but for the grid; the rents of segments
have levels of their own, the rest in common, and their states are taken as independent.

Three years of rents say little of the decline of the long run: it is set to the model's, which comes from the price of
what machines do, and others are printed beside it. Intervals come from the curvature of the log-likelihood.
"""

from __future__ import annotations

from math import log, log1p

import numpy as np

from sim.mechanisms.cloud import LEVEL_MONTH, Cloud
from sim.parameters import Array
from sim.series import series
from sim.units import MONTHS_PER_YEAR

SEGMENTS = ("neocloud", "spot", "on_demand")
ASKED = ("volatility_half_life_months", "volatility_share", "scarcity_ratio", "scarcity_months", "calm_months")
Z90 = 1.645
GRID = np.linspace(-2.2, 2.2, 111)
STEP = float(GRID[1] - GRID[0])
BURN_IN = 60  # months from anything to the stationary distribution


def observed(segment: str) -> tuple[Array, Array]:
    """Months since `LEVEL_MONTH` and log rents of a segment, without what was only assumed."""
    rows = [row for row in series("rent", segment).observations if row.basis != "assumed"]
    months = np.array([row.month.months_since(LEVEL_MONTH) for row in rows], dtype=np.float64)
    return months, np.log([row.usd for row in rows])


def normal(x: Array, mean: Array | float, sd: float) -> Array:
    """Density of a normal distribution."""
    return np.asarray(np.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * np.sqrt(2 * np.pi)))


def log_likelihood(months: Array, logs: Array, level: float, cloud: Cloud) -> float:
    """Of one segment whose long-run log rent in `LEVEL_MONTH` is `level`."""
    off = logs - log1p(-cloud.decline_per_year) * months / MONTHS_PER_YEAR - level
    leave, enter = 1 / cloud.scarcity_months, 1 / cloud.calm_months
    scarce = enter / (leave + enter)
    turn = np.array([[1 - enter, leave], [enter, 1 - leave]])  # [to, from]: calm, scarce
    keep = 0.5 ** (1 / cloud.volatility_half_life_months)
    sd = cloud.volatility_share * np.sqrt(1 - keep**2)
    pull = (1 - keep) * log(cloud.scarcity_ratio) * (np.array([0.0, 1.0]) - scarce)
    move = np.stack([normal(GRID[None, :], keep * GRID[:, None] + p, sd) * STEP for p in pull])  # [state, from, to]

    def next_month(mass: Array) -> Array:
        return np.asarray(np.einsum("sx,sxy->sy", turn @ mass, move))

    mass = np.outer([1 - scarce, scarce], normal(GRID, 0.0, 0.5) * STEP)
    for _ in range(BURN_IN):
        mass = next_month(mass)
    found = np.array([np.interp(off[0], GRID, each / STEP) for each in mass])
    total = log(found.sum())
    for before, after, gap in zip(off[:-1], off[1:], np.diff(months), strict=True):
        state = turn @ (found / found.sum())
        if gap == 1:
            found = state * normal(after, keep * before + pull, sd)
        else:
            mass = state[:, None] * normal(GRID[None, :], keep * before + pull[:, None], sd) * STEP
            for _ in range(int(gap) - 2):
                mass = next_month(mass)
            mass = turn @ mass
            found = np.array([m @ normal(after, keep * GRID + p, sd) for m, p in zip(mass, pull, strict=True)])
        total += log(found.sum() + np.finfo(float).tiny)
    return total


def objective(logs: Array, decline: float = Cloud.decline_per_year) -> float:
    """Negative log-likelihood of all segments; `logs` are those of ASKED and of a level a segment."""
    values = dict(zip(ASKED, np.exp(logs[: len(ASKED)]).tolist(), strict=True))
    if not (values["scarcity_ratio"] < 50 and all(1 < values[n] < 240 for n in ("scarcity_months", "calm_months"))):
        return 1e3
    cloud = Cloud(**values, decline_per_year=decline)
    levels = zip(SEGMENTS, logs[len(ASKED) :], strict=True)
    return -sum(log_likelihood(*observed(segment), float(level), cloud) for segment, level in levels)


def fitted(decline: float = Cloud.decline_per_year) -> tuple[Array, float]:
    """(logs as in `objective`, log-likelihood) at the maximum."""
    from scipy.optimize import minimize

    start = np.log([2, 0.15, 2.2, 15, 33, 3.7, 4.0, 4.5])
    options = {"maxfev": 1500, "xatol": 1e-3, "fatol": 1e-4}
    found = minimize(objective, start, args=(decline,), method="Nelder-Mead", options=options)
    return np.asarray(found.x), -float(found.fun)


def standard_errors(logs: Array, step: float = 0.05) -> Array:
    """Of the logs, from the curvature of the log-likelihood."""
    size = logs.size
    curvature, unit = np.zeros((size, size)), step * np.eye(size)
    for i in range(size):
        for j in range(i + 1):
            corners = [objective(logs + a * unit[i] + b * unit[j]) for a in (1, -1) for b in (1, -1)]
            curvature[i, j] = curvature[j, i] = (corners[0] - corners[1] - corners[2] + corners[3]) / (4 * step**2)
    return np.asarray(np.sqrt(np.diag(np.linalg.pinv(curvature))))


def main() -> None:
    """Print data, parameters and their 90 % intervals beside what is declared."""
    for segment in SEGMENTS:
        months, logs = observed(segment)
        first, last = (LEVEL_MONTH.later(int(month)) for month in (months[0], months[-1]))
        print(f"{segment}: {logs.size} months from {first} to {last}, USD {np.exp(logs.min()):.2f} to "
              f"{np.exp(logs.max()):.2f}")  # fmt: skip
    logs, best = fitted()
    errors = standard_errors(logs)
    names = [*ASKED, *(f"level of {segment}, USD in {LEVEL_MONTH}" for segment in SEGMENTS)]
    declared = [*(getattr(Cloud, name) for name in ASKED), Cloud.long_run_usd]
    for number, (name, value, error) in enumerate(zip(names, logs, errors, strict=True)):
        low, high = np.exp(value - Z90 * error), np.exp(value + Z90 * error)
        known = f"; declared {declared[number]:g}" if number < len(declared) else ""
        print(f"{name}: {np.exp(value):.3g} [{low:.3g} to {high:.3g}]{known}")
    print(f"log-likelihood {best:.2f}; with other declines a year: "
          + ", ".join(f"{rate:g}: {fitted(rate)[1]:.2f}" for rate in (0.1, 0.3, 0.4)))  # fmt: skip


if __name__ == "__main__":
    main()
