"""What the compiled queue hands on when jobs finish, and the sink that keeps all of it for a schedule."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from sim.engine.jobs import Integers

Finished = NDArray[np.void]
"""Records of `kernel.layout.FINISHED` [job]: jobs that have ended or been refused, in the order in which they did."""


class Collector:
    """Keeps everything: the columns of a Schedule, filled in as jobs finish."""

    COLUMNS = ("submit", "held", "first_start", "start", "end", "restarts", "lost", "pool", "refused")

    def __init__(self) -> None:
        """Begin with no jobs."""
        self._columns = {name: np.zeros(0, np.int64) for name in self.COLUMNS}

    def __call__(self, finished: Finished) -> None:
        """Take over jobs that have finished."""
        rank = finished["rank"]
        if not rank.size:
            return
        self._make_room(int(rank.max()) + 1)
        for name, column in self._columns.items():
            column[rank] = finished[name]

    def _make_room(self, jobs: int) -> None:
        """Hold columns of at least so many jobs."""
        if len(self._columns["submit"]) < jobs:
            for name, column in self._columns.items():
                self._columns[name] = np.concatenate(
                    [column, np.zeros(max(jobs, 2 * len(column)) - len(column), np.int64)]
                )

    def columns(self, jobs: int) -> dict[str, Integers]:
        """The columns of the first `jobs` jobs."""
        self._make_room(jobs)
        return {name: column[:jobs].copy() for name, column in self._columns.items()}
