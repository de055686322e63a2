"""The plan of a sweep: its runs by number, and the parts that they are computed in.

Runs are numbered point by point, the last axis running fastest, and replication by replication within a point. A part
is so many runs in a row: it is computed as a whole, so that its numbers do not depend on who computes it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from math import prod
from typing import Any, Literal, NamedTuple, get_args

from sim.comparison.identity import canonical, code_digest, data_digest, digest, resolved
from sim.mechanisms.sampling import Drawn, Sequence
from sim.scenario import Scenario, pinned
from sim.scenario.overrides import FIXED
from sim.sweeps.axes import Axis, over

Waiting = Literal["none", "instant", "windows", "full"]
"""Where waits come from: nowhere, the response surface, windows of the queue, every job of it."""
WAITS: tuple[Waiting, ...] = get_args(Waiting)
SIMULATED = ("windows", "full")  # seconds a run, where the others take milliseconds
ROWS_PER_PART = 2_048  # rows of worlds: about a second of work, so that an interruption loses no more
MOST_RUNS_PER_PART = 512
FEWEST_PARTS = 16  # where a sweep has so many runs: enough to share among workers


class Run(NamedTuple):
    """One run: a point of the axes in one replication."""

    number: int
    point: tuple[int, ...]  # by axis
    replication: int
    seed: int


@dataclass(frozen=True)
class Plan:
    """A sweep that has been read and checked."""

    key: str
    title: str
    question: str
    base: Scenario
    axes: tuple[Axis, ...]
    outcomes: tuple[str, ...]
    draws: int = 128  # beside the central case
    draw: Drawn = "headline"
    sequence: Sequence = "random"
    seed: int = 1
    replications: int = 1
    waits: Waiting = "instant"
    size: int | None = None  # runs of a part, where the file names it
    table: dict[str, Any] = field(default_factory=dict)  # the file

    @cached_property
    def points(self) -> int:
        """Combinations of the points of all axes."""
        return prod(len(axis.points) for axis in self.axes)

    @property
    def runs(self) -> int:
        """Points times replications."""
        return self.points * self.replications

    @cached_property
    def runs_per_part(self) -> int:
        """Runs of every part but the last, which may have fewer."""
        if self.size is not None:
            return self.size
        if self.waits in SIMULATED:
            return 1
        most = min(MOST_RUNS_PER_PART, max(ROWS_PER_PART // (1 + self.draws), 1))
        return max(min(most, -(-self.runs // FEWEST_PARTS)), 1)

    @property
    def parts(self) -> int:
        """How many parts there are."""
        return -(-self.runs // self.runs_per_part)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """What the axes set, in their order: the columns of a result beside the option and the outcome."""
        return tuple(path for axis in self.axes for path in axis.paths)

    @cached_property
    def digest(self) -> str:
        """Digest of what decides the numbers of the whole sweep, the code and the data included."""
        settings = [self.draws, self.draw, self.sequence, self.seed, self.replications, self.waits, self.outcomes]
        axes = [[axis.paths, axis.points, axis.drawn] for axis in self.axes]
        about = canonical([settings, axes, self.runs_per_part])
        return digest(about, resolved(self.base), canonical(self.base.text), code_digest(), data_digest())

    def runs_of(self, part: int) -> list[Run]:
        """The runs of a part, numbered from 0."""
        start = part * self.runs_per_part
        return [self.run(number) for number in range(start, min(start + self.runs_per_part, self.runs))]

    def run(self, number: int) -> Run:
        """The run of a number from 0."""
        left, replication = divmod(number, self.replications)
        point: list[int] = []
        for axis in reversed(self.axes):
            left, at = divmod(left, len(axis.points))
            point.insert(0, at)
        return Run(number, tuple(point), replication, self.seed + replication)

    def values(self, run: Run) -> dict[str, Any]:
        """What a run sets along the axes, by path."""
        chosen = zip(self.axes, run.point, strict=True)
        return {path: value for axis, at in chosen for path, value in axis.settings(at).items()}

    def scenario(self, run: Run) -> Scenario:
        """The scenario of a run; ScenarioError where it cannot take the values of its point.

        What is uncertain is known at the value of its axis, unless the axis says that it is drawn.
        """
        return over(self.base, self.axes, run.point, self._fixed)

    @cached_property
    def _fixed(self) -> frozenset[str]:
        """The uncertain numbers that are known at the values of their axes."""
        paths = {path: None for axis in self.axes if not axis.drawn for path in axis.paths}
        return frozenset(pinned(paths).get(FIXED, []))

    def run_key(self, scenario: Scenario, seed: int) -> str:
        """Digest of everything that the numbers of one run depend on: the same wherever it stands in a sweep."""
        settings = canonical([seed, self.draws, self.draw, self.sequence, self.waits])
        return digest(resolved(scenario), settings, code_digest(), data_digest())
