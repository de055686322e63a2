"""What is kept of millions of finished jobs: histograms of the logarithm of their waits, by size class and month."""

from __future__ import annotations

import time

import numpy as np

from sim.queue.jobs import Reals
from sim.queue.schedules import Finished

MONTH_SECONDS = 730 * 3_600
SIZE_CLASSES = 8  # 1, 2 to 3, 4 to 7, ... GPUs, the last without an end
BINS_A_DOUBLING = 4  # a bin is 19 per cent wide
DOUBLINGS = 26  # up to two years
BINS = 1 + BINS_A_DOUBLING * DOUBLINGS  # the first for those that did not wait
MONTHS = 132


class Summary:
    """A sink of a queue: `counts` [month, size class, bin] and `gpu_seconds`, `wait_seconds` [month, size class]."""

    def __init__(self) -> None:
        """Nothing has finished."""
        self.counts = np.zeros((MONTHS, SIZE_CLASSES, BINS), np.int64)
        self.wait_seconds = np.zeros((MONTHS, SIZE_CLASSES))
        self.gpu_seconds = np.zeros((MONTHS, SIZE_CLASSES))
        self.rejected = 0
        self.seconds = 0.0  # spent here

    def __call__(self, finished: Finished) -> None:
        """Count jobs in the month in which they were submitted."""
        begun = time.process_time()
        served = finished[finished["rejected"] == 0]
        self.rejected += len(finished) - len(served)
        wait = served["first_start"] - served["submit"]
        # frexp takes the binary exponent out of the number itself: quicker than a logarithm, and exact.
        size = np.minimum(np.frexp(served["held"].astype(np.float64))[1] - 1, SIZE_CLASSES - 1)
        cell = np.minimum(served["submit"] // MONTH_SECONDS, MONTHS - 1) * SIZE_CLASSES + size
        level = np.log2(np.maximum(wait, 1))
        bin_ = np.where(wait > 0, 1 + np.minimum((level * BINS_A_DOUBLING).astype(np.int64), BINS - 2), 0)
        self.counts += np.bincount(cell * BINS + bin_, minlength=self.counts.size).reshape(self.counts.shape)
        cells = self.wait_seconds.size
        held = served["held"] * (served["end"] - served["start"])
        self.wait_seconds += np.bincount(cell, wait, cells).reshape(self.wait_seconds.shape)
        self.gpu_seconds += np.bincount(cell, held, cells).reshape(self.gpu_seconds.shape)
        self.seconds += time.process_time() - begun

    def jobs(self) -> int:
        """How many have finished or been refused."""
        return int(self.counts.sum()) + self.rejected

    def mean_wait_seconds(self) -> float:
        """From submission to the first start."""
        return float(self.wait_seconds.sum() / max(self.counts.sum(), 1))

    def quantile_seconds(self, share: float) -> Reals:
        """Wait [month, size class] that this share of the jobs does not exceed, to within a bin."""
        reached = np.cumsum(self.counts, axis=2) >= share * self.counts.sum(axis=2, keepdims=True)
        bin_ = reached.argmax(axis=2)
        return np.where(bin_ > 0, 2.0 ** (bin_ / BINS_A_DOUBLING), 0.0)
