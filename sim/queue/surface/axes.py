"""The axes of the response surface, its answers, and the scales on which it interpolates."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from sim.queue.jobs import Flags, Reals

TABLE = "wait_surface.csv"
DESIGN = "design"  # role of the rows that the surface is made of
SHORT_HOURS = 0.1  # waits below it hardly differ
LEAST_SHARE = 1e-3  # shares of work below this do not differ


class Axis(NamedTuple):
    """Where an axis begins and ends, the power or (0) the logarithm on which it is even, and how much it matters."""

    low: float
    high: float
    power: float
    stretch: float  # over the others: near the least cross-validated error

    def part(self, value: Reals | float) -> Reals:
        """Where a value lies, 0 at the beginning and 1 at the end."""
        low, high, at = (self._scaled(each) for each in (self.low, self.high, value))
        return np.asarray((at - low) / (high - low))

    def misses(self, value: Reals) -> Flags:
        """Values that lie outside."""
        part = self.part(value)
        return np.asarray((part < -LEAST_SHARE) | (part > 1 + LEAST_SHARE), np.bool_)

    def value(self, part: float) -> float:
        """The inverse of `part`."""
        low, high = (float(self._scaled(each)) for each in (self.low, self.high))
        at = low + part * (high - low)
        return float(np.exp(at) if self.power == 0 else at ** (1 / self.power))

    def _scaled(self, value: Reals | float) -> Reals:
        number = np.asarray(value, dtype=np.float64)
        return np.log(np.maximum(number, np.finfo(float).tiny)) if self.power == 0 else number**self.power


LOAD = "load_ratio"
AXES = {
    LOAD: Axis(0.3, 2.0, 0.5, 4.0),  # GPU-hours brought, those withdrawn included, over GPU-hours up
    "machine_jobs": Axis(15, 3000, 0, 1.6),  # GPUs over the mean GPUs of a job
    "burstiness_ratio": Axis(0, 1.5, 1, 1.2),
    "mean_gpus": Axis(1, 27, 0, 1.6),
    "wall_limit_hours": Axis(4, 168, 0, 1.0),
    "broken_share": Axis(0, 0.1, 0.5, 0.4),  # nodes under repair over nodes in service
    "backlog_hours": Axis(4, 200, 0, 0.5),  # at which every other campaign is withdrawn
}
AXIS_WORDS = {
    LOAD: "work brought over what the machine can do",
    "machine_jobs": "machine, in jobs of the usual size,",
    "burstiness_ratio": "burstiness of arrivals",
    "mean_gpus": "usual size of a job, GPUs,",
    "wall_limit_hours": "longest run allowed, hours,",
    "broken_share": "share of nodes under repair",
    "backlog_hours": "backlog at which users withdraw, hours,",
}
SETTINGS = tuple(AXES)[1:]
BY_JOBS = ("mean_gpus", "wall_limit_hours")  # what no draw changes
# nodes of what draws change
LATTICE = {"machine_jobs": 8, "burstiness_ratio": 4, "broken_share": 4, "backlog_hours": 8}
LOADS = np.array([AXES[LOAD].value(part) for part in np.linspace(0, 1, 16)])
SHARES = ("used", "withdrawn")
ANSWERS = (*SHARES, "median", "p95", "mean", "slowdown")
STATISTICS = ("brought", *ANSWERS)
WAITS = ("median", "p95", "mean")


def transformed(answer: str, values: Reals | float) -> Reals:
    """Values on the scale on which they are interpolated: waits as logs from six minutes up, shares as odds."""
    number = np.asarray(values, np.float64)
    if answer in SHARES:
        share = np.clip(number, LEAST_SHARE, 1 - LEAST_SHARE)
        return np.asarray(np.log(share / (1 - share)))
    return np.asarray(np.log(number) if answer == "slowdown" else np.log1p(number / SHORT_HOURS))


def inverse_transformed(answer: str, scaled: Reals | float) -> Reals:
    """The inverse of `transformed`; nothing waits less than zero, or is faster than undisturbed.

    >>> float(inverse_transformed("mean", transformed("mean", 2.0)).round(9))
    2.0
    """
    at = np.asarray(scaled, np.float64)
    if answer in SHARES:
        return np.asarray(1 / (1 + np.exp(-at)))
    floor = np.maximum(at, 0.0)
    return np.asarray(np.exp(floor) if answer == "slowdown" else np.expm1(floor) * SHORT_HOURS)
