"""The log of a machine, read: one entry for each job that can be replayed, in order of submission."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sim.queue.jobs import Jobs
from sim.queue.logs.problems import Faults

Integers = NDArray[np.int64]
UNKNOWN = -1
"""In `start_seconds`, `user` and `group`: the log does not say."""


@dataclass(frozen=True, eq=False)
class Log:
    """The accepted jobs of a log; every array is [job], by submission, equal submissions as they stand in the log.

    Seconds and GPUs are int64; numbers that only name something (id, user, group, line) are in the narrowest type that
    holds them, for a log may be large.

    id: the job's name in the log: whole numbers where all are, else NumPy strings.
    submit_seconds: on the log's own clock, never shifted; at least 0. Times with a date count from 1970-01-01 UTC.
    run_seconds: how long the job ran, at least 1 (cut to the request where over_request is `kill`).
    request_seconds: its wall limit, at least 1.
    gpus: GPUs it holds (processors or nodes, where these are counted), at least 1.
    user, group: number of the user, and of the account or group, -1 where the log does not say. An SWF log has these
        numbers; elsewhere they are positions in `user_names` and `group_names`, as the names first appear.
    start_seconds: when it started in reality, -1 where the log does not say.
    line: line of the file (of a Parquet file: row) on which it stands, from 1.

    source, format: where it came from, and `swf`, `sacct`, `csv` or `parquet`.
    machine_gpus: size of the machine, as given or as the log's header says; 0 where neither does.
    records: records met, accepted or not.
    start_epoch: second of 1970's clock at which the log's clock stands at 0, where the header says so, else None;
        0 where the times are dates.
    faults: what was left out or changed, with line numbers.
    """

    id: NDArray[Any]
    submit_seconds: Integers
    run_seconds: Integers
    request_seconds: Integers
    gpus: Integers
    user: NDArray[Any]
    group: NDArray[Any]
    start_seconds: Integers
    line: NDArray[Any]
    source: str = ""
    format: str = ""
    machine_gpus: int = 0
    records: int = 0
    start_epoch: int | None = None
    user_names: tuple[str, ...] = ()
    group_names: tuple[str, ...] = ()
    faults: Faults = field(default_factory=Faults)

    def __len__(self) -> int:
        """Number of accepted jobs."""
        return len(self.submit_seconds)

    @property
    def wait_seconds(self) -> Integers:
        """Seconds [job] that the job waited in reality, -1 where the log does not say."""
        return np.where(self.start_seconds < 0, UNKNOWN, self.start_seconds - self.submit_seconds)

    @property
    def span_seconds(self) -> int:
        """Seconds between the first and the last submission."""
        return int(self.submit_seconds[-1] - self.submit_seconds[0]) if len(self) else 0

    def offered_load(self, gpus: int) -> float:
        """GPU-seconds of all jobs over those that `gpus` GPUs have in `span_seconds`; NaN without a span."""
        work = float(np.dot(self.run_seconds.astype(np.float64), self.gpus))
        return work / (gpus * self.span_seconds) if gpus and self.span_seconds else float("nan")

    def jobs(self) -> Jobs:
        """The jobs as the queue takes them; `users` says how the users are numbered."""
        return Jobs(self.submit_seconds, self.run_seconds, self.request_seconds, self.gpus, user=self.users()[0])

    def users(self) -> tuple[Integers, Integers]:
        """User [job] and account [user], from 0 without gaps; the account is the group of a user's first job."""
        _, first, user = np.unique(self.user, return_index=True, return_inverse=True)
        _, account = np.unique(self.group[first], return_inverse=True)
        return user.astype(np.int64), account.astype(np.int64)
