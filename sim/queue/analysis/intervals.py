"""What simulated numbers are worth: warm-up, batches, and intervals of means and quantiles.

Pure array functions; nothing here knows what was simulated. A share, a confidence or a batch size has no default: it is
a judgement, and the caller has to make it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.special import bdtr, ndtri, stdtrit

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

    Student (1908, Biometrika 6:1). The values must be independent: replications or uncorrelated batches, never jobs.

    >>> round(student_half_width(np.array([1.0, 2.0, 3.0]), 0.95), 3)
    2.484
    """
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
    Only truncations in the first half count, for a short rest has a small error by luck; where the error still falls at
    the half, the run is too short and nothing is found.

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


def lag_one_correlation(values: Reals) -> float:
    """Correlation of a series [n] with itself one step later; 0 where it does not vary.

    >>> lag_one_correlation(np.array([1.0, -1.0, 1.0, -1.0]))
    -0.75
    """
    centred = np.asarray(values, np.float64) - np.mean(values)
    variation = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / variation if variation > 0 else 0.0


class BatchMeans(NamedTuple):
    """A mean of one long run, from `batches` means of `batch` observations each; the unit is that of the series."""

    estimate: float
    half_width: float
    batch: int
    batches: int
    lag_one: float
    uncorrelated: bool
    note: str


def batch_means(values: Reals, batch: int, confidence: float, least: int = 10) -> BatchMeans:
    """Interval of the mean of a correlated stationary series [n], by batches that grow until they are uncorrelated.

    Fishman (1978, Management Science 24:510): while the lag-1 correlation of the batch means is larger than chance
    allows in independent ones, at most normal(confidence) / sqrt(batches), the batch is doubled. With fewer than
    `least` batches to come the half-width is reported as it is and said to be too small. What does not fill a batch is
    left out at the start.

    >>> batch_means(np.array([0.0, 2.0] * 40), batch=4, confidence=0.95).note
    '20 uncorrelated batches of 4 observations'
    >>> batch_means(np.arange(80.0), batch=4, confidence=0.95).note
    'not converged: means of 10 batches of 8 observations have correlation 0.70, the half-width is too small'
    """
    series = np.asarray(values, np.float64)
    if batch < 1 or len(series) < batch * least:
        raise ValueError(f"{len(series)} observations: must be at least {least} batches of batch = {batch}")
    while True:
        batches = len(series) // batch
        means = series[len(series) - batches * batch :].reshape(batches, batch).mean(axis=1)
        lag_one = lag_one_correlation(means)
        uncorrelated = lag_one <= ndtri(confidence) / np.sqrt(batches)
        if uncorrelated or batches // 2 < least:
            break
        batch *= 2
    note = f"{batches} uncorrelated batches of {batch} observations"
    if not uncorrelated:
        note = (
            f"not converged: means of {batches} batches of {batch} observations have correlation {lag_one:.2f}, "
            "the half-width is too small"
        )
    half_width = student_half_width(means, confidence)
    return BatchMeans(float(means.mean()), half_width, batch, batches, lag_one, bool(uncorrelated), note)


def quantile_of_replications(replications: Sequence[Reals], share: float, confidence: float) -> Estimate:
    """Quantile at `share`, as the mean over replications [replication][job] of each one's quantile.

    The interval is Student's: it allows for any correlation within a replication. The bias of a sample quantile falls
    with the jobs in a replication, not with the number of replications (Law 2015, Simulation Modeling, 9.5).

    >>> quantile_of_replications([np.array([1.0, 2.0, 9.0]), np.array([2.0, 4.0, 5.0])], 0.5, 0.95).estimate
    3.0
    """
    return mean_of_replications(np.array([np.quantile(values, share) for values in replications]), confidence)


def quantile_of_batches(values: Reals, share: float, batches: int, confidence: float) -> Estimate:
    """Quantile at `share` of one long stationary series [n], cut into `batches` that are taken for replications.

    >>> quantile_of_batches(np.tile(np.arange(11.0), 10), 0.5, batches=10, confidence=0.95)
    Estimate(estimate=5.0, half_width=0.0, n=10)
    """
    if len(values) < batches:
        raise ValueError(f"{len(values)} observations: must be at least batches = {batches}")
    length = len(values) // batches
    rows = np.asarray(values, np.float64)[len(values) - length * batches :].reshape(batches, length)
    return quantile_of_replications(list(rows), share, confidence)


def quantile_by_order(values: Reals, share: float, confidence: float) -> tuple[float, float]:
    """Interval of a quantile of *independent* values [n] between two of them, whatever their distribution.

    The number of values below the quantile is binomial (Thompson 1936, Annals of Mathematical Statistics 7:122), so the
    coverage is at least `confidence`. Too few values leave a side open. Waits of one run are not independent: for them
    this interval is far too short.

    >>> quantile_by_order(np.arange(1.0, 101.0), 0.5, 0.95)
    (40.0, 61.0)
    >>> quantile_by_order(np.arange(1.0, 11.0), 0.95, 0.95)
    (8.0, inf)
    """
    n, tail = len(values), (1 - confidence) / 2
    ordered = np.concatenate([[-np.inf], np.sort(values), [np.inf]])
    at_most = bdtr(np.arange(n + 1.0), n, share)
    low = int(np.searchsorted(at_most, tail))
    high = int(np.searchsorted(at_most, 1 - tail)) + 1
    return float(ordered[low]), float(ordered[min(high, n + 1)])
