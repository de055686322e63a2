"""How many replications are enough, and what two options that met the same jobs differ by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sim.queue.analysis.intervals import Estimate, mean_of_replications, student_half_width
from sim.queue.jobs import Reals


class Replicated(NamedTuple):
    """Estimates by name over `n` replications, and whether all of them are as sharp as was asked."""

    estimates: dict[str, Estimate]
    n: int
    converged: bool
    note: str


def replicate(
    run: Callable[[int], Mapping[str, float]], share: float, most: int, least: int, confidence: float
) -> Replicated:
    """Replications 0, 1, ... of `run` until the half-width of each of its numbers is below `share` of the estimate.

    run: replication -> numbers by name, as {"median": ..., "p95": ...}; replications must be independent of each other.
    least, most: replications before the first look, and at which to give up. Looking after each one makes the coverage
    a little smaller than `confidence` when `least` is small (Law and Kelton 1982, Operations Research 30:1).

    >>> replicate(lambda k: {"median": 10.0 + k % 2}, share=0.1, most=40, least=4, confidence=0.95).note
    'converged: half-width 9 % of the median after 4 replications'
    >>> replicate(lambda k: {"median": 9.0, "p95": 2.0**k}, share=0.1, most=5, least=4, confidence=0.95).note
    'not converged: half-width 122 % of the p95 after 5 replications'
    """
    if not 2 <= least <= most:
        raise ValueError(f"least = {least}, most = {most}: must be 2 <= least <= most")
    rows: list[Mapping[str, float]] = []
    while True:
        rows.append(run(len(rows)))
        _refuse_unknown(rows[-1], len(rows) - 1)
        if len(rows) < least:
            continue
        columns = {name: np.array([row[name] for row in rows]) for name in rows[0]}
        estimates = {name: mean_of_replications(column, confidence) for name, column in columns.items()}
        converged = all(estimate.share <= share for estimate in estimates.values())
        if converged or len(rows) >= most:
            return Replicated(estimates, len(rows), converged, _verdict(estimates, share, len(rows)))


def _refuse_unknown(row: Mapping[str, float], replication: int) -> None:
    """A number that is none would spoil every estimate in silence."""
    wrong = [f"{name} = {value}" for name, value in row.items() if not np.isfinite(value)]
    if wrong:
        raise ValueError(f"replication {replication}: {', '.join(wrong)}: must be finite")


def _verdict(estimates: Mapping[str, Estimate], share: float, n: int) -> str:
    """One sentence on the precision that was reached; only what is too blunt is named where something is."""
    blunt = {name: estimate for name, estimate in estimates.items() if not estimate.share <= share}
    widths = " and ".join(f"{e.share * 100:.0f} % of the {name}" for name, e in (blunt or estimates).items())
    return f"{'not converged' if blunt else 'converged'}: half-width {widths} after {n} replications"


class Ratio(NamedTuple):
    """A ratio of two options over `n` pairs of replications, and its interval."""

    ratio: float
    low: float
    high: float
    n: int
    note: str


def paired_ratio(ours: Reals, theirs: Reals, confidence: float) -> Ratio:
    """Ratio of a number of two options that met the same jobs, replication by replication [n each].

    The mean of the logs of the ratios with its Student interval, back-transformed: common random numbers cancel in a
    ratio much more than in a difference. Waits may be zero, and zero has no logarithm:

    - a pair that is zero on both sides says nothing of the ratio and is left out; the note counts such pairs;
    - with a zero on one side only, the ratio is that of the two sums, its interval that of the jackknife on its log
      (Miller 1974, Biometrika 61:1); where a whole side is zero there is no ratio, and the note says so.

    >>> paired_ratio(np.array([2.0, 4.0, 6.0]), np.array([1.0, 2.0, 3.0]), 0.95)
    Ratio(ratio=2.0, low=2.0, high=2.0, n=3, note='3 pairs')
    >>> paired_ratio(np.array([2.0, 0.0, 3.0]), np.array([1.0, 0.0, 2.0]), 0.95).note
    '2 pairs, 1 more without any on either side left out'
    >>> paired_ratio(np.array([2.0, 0.0]), np.array([1.0, 1.0]), 0.95)
    Ratio(ratio=1.0, low=0.0, high=inf, n=2, note='2 pairs, ratio of sums because 1 has a zero on one side')
    """
    a, b = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    if a.shape != b.shape or a.ndim != 1:
        raise ValueError(f"ours has shape {a.shape}, theirs {b.shape}: must be two flat arrays of one length")
    if np.any(a < 0) or np.any(b < 0):
        raise ValueError("paired ratio: numbers below zero have no ratio that could be averaged")
    said = (a > 0) | (b > 0)
    a, b, silent = a[said], b[said], int(np.count_nonzero(~said))
    note = f"{len(a)} pairs" + (f", {silent} more without any on either side left out" if silent else "")
    one_sided = int(np.count_nonzero((a == 0) | (b == 0)))
    if not (np.any(a > 0) and np.any(b > 0)):
        return Ratio(float("nan"), 0.0, float("inf"), len(a), f"no ratio: {note}, one side is zero throughout")
    if one_sided:
        note += f", ratio of sums because {one_sided} {'have' if one_sided > 1 else 'has'} a zero on one side"
        centre, width = _log_ratio_of_sums(a, b, confidence)
    else:
        logs = np.log(a) - np.log(b)
        centre, width = float(logs.mean()), student_half_width(logs, confidence)
    return Ratio(float(np.exp(centre)), float(np.exp(centre - width)), float(np.exp(centre + width)), len(a), note)


def _log_ratio_of_sums(a: Reals, b: Reals, confidence: float) -> tuple[float, float]:
    """Log of sum(a) / sum(b) and its half-width by the jackknife; infinite where one pair holds a whole side."""
    whole = float(np.log(a.sum()) - np.log(b.sum()))
    rest_a, rest_b = a.sum() - a, b.sum() - b
    if np.any(rest_a <= 0) or np.any(rest_b <= 0):
        return whole, float("inf")
    pseudo = len(a) * whole - (len(a) - 1) * (np.log(rest_a) - np.log(rest_b))
    return whole, student_half_width(pseudo, confidence)
