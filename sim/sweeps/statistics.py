"""The row of a result: what the draws of one run say of one option by one outcome."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from sim.comparison.results import interval, middle
from sim.comparison.verdict import Better, first_shares, paired, worths
from sim.outcomes import Outcome
from sim.parameters import Array

STATISTICS = (
    "central", "median", "mean", "low", "high", "gain", "gain_low", "gain_high", "versus", "versus_low", "versus_high",
    "ahead_share", "first_share", "best", "close",
)  # fmt: skip
DIRECTION: dict[str, Better] = {"neither": "higher"}  # a difference has a sign whether or not more is better
_ROUNDING = 1e-12  # of a value: sums taken in another order differ so
Totals = Mapping[str, Array]  # by option, [run, draw], the first draw the central case


def statistics(totals: Totals, outcome: Outcome, baseline: str, first: str | None) -> dict[str, dict[str, Array]]:
    """By option, an array [run] of each of STATISTICS.

    `baseline` is the option that does nothing, from which gains are taken within each draw; `first` the option of the
    question from which `versus` is. `best` is 1 where an option is the best in most worlds, `close` where the sign
    test does not distinguish the best from the next; without draws only the central case says who is the best, and
    nothing says how surely.
    """
    runs = len(next(iter(totals.values())))
    found = {
        key: spread(values) | prefixed("gain", spread(_gap(values, totals[baseline]))) for key, values in totals.items()
    }
    for key in totals:
        found[key] |= {name: np.full(runs, np.nan) for name in STATISTICS if name not in found[key]}
    if next(iter(totals.values())).shape[1] == 1:
        _judge_alone(found, totals, outcome, first)
        return found
    for run in range(runs):
        _judge(found, {key: values[run] for key, values in totals.items()}, outcome, first, run)
    return found


def spread(values: Array) -> dict[str, Array]:
    """Central case, median, mean and the ends of the range of values [run, draw], each [run]."""
    central = values[:, 0]
    if values.shape[1] == 1:
        empty = np.full(len(values), np.nan)
        return {"central": central, "median": central, "mean": central, "low": empty, "high": empty}
    ranges = np.array([interval(row) for row in values]).reshape(-1, 2)
    with np.errstate(invalid="ignore"):
        means = [float(row[np.isfinite(row)].mean()) if np.isfinite(row).any() else np.nan for row in values[:, 1:]]
    medians = [middle(row) if np.isfinite(row[1:]).any() else np.nan for row in values]
    return {
        "central": central, "median": np.array(medians), "mean": np.array(means),
        "low": ranges[:, 0], "high": ranges[:, 1],
    }  # fmt: skip


def prefixed(name: str, found: Mapping[str, Array]) -> dict[str, Array]:
    """Median and range of a difference under a name of its own."""
    return {name: found["median"], f"{name}_low": found["low"], f"{name}_high": found["high"]}


def _gap(values: Array, others: Array) -> Array:
    """Differences [run, draw], zero where they are no more than rounding."""
    gap = values - others
    return np.where(np.abs(gap) <= _ROUNDING * np.abs(values), 0.0, gap)


def _judge(
    found: dict[str, dict[str, Array]], totals: Mapping[str, Array], outcome: Outcome, first: str | None, run: int
) -> None:
    """Fill in who is ahead of whom in one run, totals [draw] by option."""
    draws = {key: values[1:] for key, values in totals.items()}
    for key in draws:
        if first is not None and key != first:
            pair = paired(draws[key], draws[first], DIRECTION.get(outcome.better, outcome.better))
            mine = found[key]
            mine["versus"][run], (mine["versus_low"][run], mine["versus_high"][run]) = pair.median, pair.interval
            mine["ahead_share"][run] = np.nan if outcome.better == "neither" else pair.share
    if outcome.better == "neither" or not any(np.isfinite(values).any() for values in draws.values()):
        return
    shares = first_shares(draws, outcome.better)
    best, *others = sorted(draws, key=lambda key: -shares[key])
    near = bool(others) and paired(draws[best], draws[others[0]], outcome.better).verdict != "better"
    for key in draws:
        found[key]["first_share"][run] = shares[key]
        found[key]["best"][run] = key == best
        found[key]["close"][run] = near


def _judge_alone(found: dict[str, dict[str, Array]], totals: Totals, outcome: Outcome, first: str | None) -> None:
    """The same for all runs at once where each has the central case alone, totals [run, 1] by option."""
    central = {key: values[:, 0] for key, values in totals.items()}
    if first is not None:
        for key in central:
            if key != first:
                found[key]["versus"] = _gap(central[key], central[first])
    if outcome.better == "neither":
        return
    worth = np.array([worths(values, outcome.better) for values in central.values()])
    top = worth.max(axis=0)
    alike = worth >= top - _ROUNDING * np.abs(np.where(np.isfinite(top), top, 0.0))
    known = np.isfinite(top)
    for number, key in enumerate(central):
        found[key]["first_share"] = np.where(known, alike[number] / alike.sum(axis=0), np.nan)
        found[key]["best"] = np.where(known, alike.argmax(axis=0) == number, np.nan)
