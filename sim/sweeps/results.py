"""The results of a sweep as data: a frame with a row a run, option and outcome."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from sim.sweeps.parts import DONE, FAILED
from sim.sweeps.plan import Plan


@dataclass(frozen=True)
class SweepResults:
    """A sweep with what is known of it: columns of `frame` as in sim.sweeps.parts.schema."""

    plan: Plan
    frame: pd.DataFrame

    @property
    def done(self) -> pd.DataFrame:
        """The rows of runs that were computed."""
        return self.frame[self.frame["status"] == DONE]

    @property
    def failures(self) -> pd.DataFrame:
        """The runs that failed: number, what the axes set, and the reason."""
        failed = self.frame[self.frame["status"] == FAILED]
        return failed[["number", "replication", "seed", *self.plan.paths, "reason"]].reset_index(drop=True)
