"""What a what-if gives: its replays as frames."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import pandas as pd

from sim.queue.logs.log import Log
from sim.queue.logs.replay import TAU_SECONDS
from sim.what_if import frames
from sim.what_if.cases import Cases, Step, replayed


class WhatIf(Cases):
    """The cases of a what-if, and their frames."""

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row a replay and, where it records starts, one of the log itself: waits, utilisation, what does not fit."""
        return frames.table(self)

    @cached_property
    def waits(self) -> pd.DataFrame:
        """A row a replay and class of job size, and of all sizes: jobs, waits, and what does not fit."""
        return frames.waits(self)

    @cached_property
    def cells(self) -> pd.DataFrame:
        """A row a replay, class of job size and of run time with any job: work, and run time over time in the queue."""
        return frames.cells(self)

    @property
    def starts(self) -> pd.DataFrame:
        """A row a replay and job: its name in the log, GPUs, and when it is submitted, starts and ends."""
        return frames.starts(self)


def what_if(
    log: Log,
    policies: Sequence[str] = ("easy",),
    gpus: Sequence[int] = (),
    *,
    tau_seconds: int = TAU_SECONDS,
    progress: Step = lambda done, of, what: None,
    **rules: Any,
) -> WhatIf:
    """Replay a log under each policy on machines of each size, that of the log where none is given.

    rules: as `sim.queue.logs.replay` takes them, `discipline` apart; a policy gets those that it looks at. LogError
    where a name is unknown or given twice, where no policy looks at a rule, and where a machine can run no job.
    """
    cases = replayed(log, policies, gpus, tau_seconds, progress, rules)
    kept = {name: value for name, value in rules.items() if value is not None and name != "engine"}
    return WhatIf(log, cases, kept, tau_seconds)
