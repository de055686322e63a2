"""What simulated numbers are worth: warm-up, intervals over replications, and ratios of two options.

Pure array functions; nothing here knows what was simulated. A share or a confidence has no default: it is a judgement,
and the caller has to make it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

import numpy as np

from sim.formatting import format_percent
from sim.queue.jobs import Reals


class Estimate(NamedTuple):
    """A mean of `n` independent values and the half-width of its interval, in the unit of the values."""

    estimate: float
    half_width: float
    n: int

    @property
    def share(self) -> float:
        """Half-width over the estimate; 0 where every value is zero, infinite where nothing is known."""
        if self.half_width == 0:
            return 0.0
        return self.half_width / abs(self.estimate) if self.estimate else float("inf")


def student_half_width(values: Reals, confidence: float) -> float:
    """Half-width of the interval of a mean of independent values [n], in their unit; infinite for fewer than two.

    Student (1908, Biometrika 6:1). The values must be independent: replications, never jobs.

    >>> round(student_half_width(np.array([1.0, 2.0, 3.0]), 0.95), 3)
    2.484
    """
    # Here, not above: SciPy takes longer to load than a short log to replay.
    from scipy.special import stdtrit

    n = len(values)
    if n < 2:
        return float("inf")
    return float(stdtrit(n - 1, (1 + confidence) / 2) * np.std(values, ddof=1) / np.sqrt(n))


def mean_of_replications(values: Reals, confidence: float) -> Estimate:
    """Mean of one number a replication [n] with its Student half-width.

    >>> mean_of_replications(np.array([1.0, 2.0, 3.0]), 0.95)
    Estimate(estimate=2.0, half_width=2.48, n=3)
    """
    return Estimate(float(np.mean(values)), student_half_width(np.asarray(values), confidence), len(values))


class WarmUp(NamedTuple):
    """How many observations to leave out at the start, and whether that number could be found."""

    dropped: int
    found: bool
    note: str


def warm_up(values: Reals, batch: int) -> WarmUp:
    """Observations to leave out of a series [n] so that the mean of the rest has the smallest standard error.

    MSER-5 with `batch` = 5: White (1997, Simulation 69:323) on batch means, as in White, Cobb and Spratt (2000, WSC).
    Only truncations in the first half count, for a short rest has a small error by chance; where the error still falls
    at the half, the run is too short and nothing is found.

    >>> warm_up(np.array([9.0] * 10 + [1.0, 2.0, 3.0, 2.0, 1.0] * 6), batch=5)
    WarmUp(dropped=10, found=True, note='warm-up of 10 of 40 observations left out')
    >>> warm_up(np.arange(40.0), batch=5)
    WarmUp(dropped=0, found=False, note='no end of the warm-up found in the first half of 40 observations')
    """
    batches = len(values) // batch
    means = np.asarray(values, np.float64)[: batches * batch].reshape(batches, batch).mean(axis=1)
    half = batches // 2
    missing = WarmUp(0, False, f"no end of the warm-up found in the first half of {len(values)} observations")
    if half < 1:
        return missing
    means = means - means.mean()
    left = batches - np.arange(half + 1)
    sums, squares = (np.cumsum(part[::-1])[::-1][: half + 1] for part in (means, means**2))
    variation = squares - sums**2 / left
    variation[variation < batches * np.finfo(float).eps * squares[0]] = 0.0  # what rounding has left of none
    best = int(np.argmin(variation / left.astype(np.float64) ** 2))
    if best == half:
        return missing
    return WarmUp(best * batch, True, f"warm-up of {best * batch} of {len(values)} observations left out")


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
    widths = " and ".join(f"{format_percent(e.share, '.0f')} of the {name}" for name, e in (blunt or estimates).items())
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

    - a pair that is zero on both sides does not bear on the ratio and is left out; the note counts such pairs;
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
    known = (a > 0) | (b > 0)
    a, b, left_out = a[known], b[known], int(np.count_nonzero(~known))
    note = f"{len(a)} pairs" + (f", {left_out} more without any on either side left out" if left_out else "")
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
    log_ratio = float(np.log(a.sum()) - np.log(b.sum()))
    rest_a, rest_b = a.sum() - a, b.sum() - b
    if np.any(rest_a <= 0) or np.any(rest_b <= 0):
        return log_ratio, float("inf")
    pseudo = len(a) * log_ratio - (len(a) - 1) * (np.log(rest_a) - np.log(rest_b))
    return log_ratio, student_half_width(pseudo, confidence)
