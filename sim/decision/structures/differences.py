"""Two options held against each other over draws: their difference in its unit, and as a part of the mean of both."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sim.comparison.verdict import Better, Pair, interval_of
from sim.outcomes import Outcome
from sim.parameters import Array
from sim.scenario import Scenario

NOISE, PARAMETERS, BOTH, STRUCTURE = "noise", "parameters", "both", "structure"
MOST = 2.0  # an advantage where the other option has nothing


@dataclass(frozen=True)
class Row:
    """The first option less the second over draws: of one kind of uncertainty, or under one alternative.

    advantage [draw]: above 0 where the first is better, as a part of the mean of both.
    """

    kind: str
    subject: str
    label: str
    outcome: Outcome
    pair: Pair
    advantage: Array
    settings: Mapping[str, Any] = field(default_factory=dict)
    same: bool = False  # of an alternative: as without it in every draw

    @property
    def middle(self) -> float:
        """Median advantage."""
        return float(np.median(self.advantage))

    @property
    def interval(self) -> tuple[float, float]:
        """10th and 90th percentile of the advantage."""
        return interval_of(self.advantage)

    @property
    def deviation(self) -> float:
        """Standard deviation of the advantage."""
        return float(self.advantage.std(ddof=1))

    def alike(self, other: Row) -> bool:
        """Whether the difference is the same in every draw."""
        return bool(np.array_equal(self.advantage, other.advantage))

    @property
    def winner(self) -> str | None:
        """Key of the option that is better; None where neither is, or that is not known."""
        return {"better": self.pair.first, "worse": self.pair.second}.get(self.pair.verdict)


@dataclass(frozen=True)
class Structures:
    """What chance, unknown numbers and structural choices do to a difference; `left_out`: (subject, label, why)."""

    scenario: Scenario
    seed: int
    draws: int
    rows: tuple[Row, ...]
    left_out: tuple[tuple[str, str, str], ...]

    def of(self, kind: str) -> Row:
        """The row of chance, of parameters, or of both."""
        return next(row for row in self.rows if row.kind == kind)

    @property
    def structural(self) -> tuple[Row, ...]:
        """The rows of the alternatives."""
        return tuple(row for row in self.rows if row.kind == STRUCTURE)

    @property
    def reach(self) -> tuple[float, float]:
        """Lowest and highest median advantage under any structure, the scenario's own included."""
        middles = [row.middle for row in (self.of(BOTH), *self.structural)]
        return min(middles), max(middles)


def advantage(first: Array, second: Array, better: Better) -> Array:
    """By how much the first option is better in each draw, as a part of the mean of both: from -2 to 2, 0 where alike.

    An option without a value is infinitely far behind one that has a value.

    >>> advantage(np.array([3.0, 1.0, np.nan]), np.array([1.0, 1.0, 4.0]), "lower").tolist()
    [-1.0, 0.0, -2.0]
    """
    known = np.isfinite(first), np.isfinite(second)
    one, other = np.nan_to_num(first), np.nan_to_num(second)
    mean = (np.abs(one) + np.abs(other)) / 2
    share = np.divide(one - other, mean, out=np.zeros(len(mean)), where=mean > 0) * (-1.0 if better == "lower" else 1.0)
    return np.where(known[0] & known[1], share, MOST * (known[0].astype(np.float64) - known[1]))
