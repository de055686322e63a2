"""What a mix gains from parts that do not fare alike: its spread over worlds beside that of its parts."""

from __future__ import annotations

import numpy as np

from sim.decision.arrays import finite
from sim.parameters import Array


def spread_ratio(whole: Array, alone: Array) -> float:
    """Standard deviation of the whole [draw] over the sum of those of its parts, each alone [draw, part].

    1 where all parts fare alike, less where they differ, whatever each is worth; NaN where no part ever differs.

    >>> spread_ratio(np.array([3.0, 3.0]), np.array([[1.0, 2.0], [2.0, 1.0]]))
    0.0
    """
    total = finite("alone", alone, 2, 1).std(axis=0).sum()
    return float(finite("whole", whole, 1, 1).std() / total) if total > 0 else float("nan")


def spread_shares(each: Array) -> Array:
    """Part of the variance of the sum that each part carries, [draw, part] -> [part]; they sum to 1.

    Its covariance with the sum over the variance of that: negative for a part that does well where the rest does badly.
    NaN where the sum never differs.

    >>> spread_shares(np.array([[1.0, 1.0], [3.0, 0.0]])).tolist()
    [2.0, -1.0]
    """
    parts = finite("each", each, 2, 1)
    apart = parts - parts.mean(axis=0)
    together = apart.sum(axis=1)
    variance = (together**2).mean()
    return (apart * together[:, None]).mean(axis=0) / variance if variance > 0 else np.full(parts.shape[1], np.nan)


def assured(whole: Array, alone: Array, share: float) -> float:
    """What the whole reaches but in `share` of draws, beyond the sum of what its parts so reach, each in worlds of its
    own that are bad for it: what is gained by not putting all on one. It also holds what parts do to one another.
    """
    ends = np.quantile(finite("alone", alone, 2, 1), share, axis=0).sum()
    return float(np.quantile(finite("whole", whole, 1, 1), share) - ends)
