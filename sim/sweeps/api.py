"""Sweeps from Python: read one, run it, and get its rows as they come or all of them as a frame."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import Any
from weakref import finalize

import pandas as pd

from sim.sweeps.compaction import rows_of
from sim.sweeps.ledger import Ledger
from sim.sweeps.plan import Plan
from sim.sweeps.progress import reporter
from sim.sweeps.queries import query, read_results
from sim.sweeps.results import SweepResults
from sim.sweeps.run import MOST_RUNS, Launch, Progress, fill, refuse_many


class Sweep:
    """A sweep that has been read: its `plan`, and how to run it."""

    def __init__(self, plan: Plan) -> None:
        """Nothing is computed yet."""
        self.plan = plan

    def run(
        self, out: str | Path | None = None, *, workers: int | None = None, dask: str | None = None,
        progress: bool | Callable[[Progress], None] = False, most_runs: int = MOST_RUNS,
    ) -> SweepRun:  # fmt: skip
        """Begin the sweep in the folder `out`, or go on with it; without one it is kept as long as the result is.

        `workers` are processes, one a processor by default, 0 to compute in this one; `dask` is the address of a
        scheduler. `progress`: True reports on standard error, a function gets a Progress after each part. Nothing is
        computed before the result is looked at. More than `most_runs` are
        refused, for they may be a slip. Raises LedgerError for a folder that holds something else.
        """
        refuse_many(self.plan, most_runs)
        given = {"workers": workers, "dask": dask}
        launch = Launch(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
        return SweepRun(self.plan, out, launch, progress)


class SweepRun:
    """A sweep on its way. To iterate gives its rows, those of earlier runs first; `frame` is all of them."""

    def __init__(
        self, plan: Plan, out: str | Path | None, launch: Launch, progress: bool | Callable[[Progress], None]
    ) -> None:
        """The folder is made, or opened."""
        self.folder = Path(mkdtemp(prefix="heavypress-") if out is None else out)
        if out is None:
            finalize(self, rmtree, self.folder, ignore_errors=True)
        self.ledger = Ledger.created(self.folder, plan)
        self._launch, self._progress = launch, progress

    def __repr__(self) -> str:
        """Title, folder, and how far it is."""
        status = self.ledger.status
        return f"<sweep {self.ledger.plan.title!r} in {self.folder}: {status.done_runs} of {status.runs} runs>"

    def __iter__(self) -> Iterator[dict[str, Any]]:
        """The rows, part by part as they are done, a mapping each: columns as in `frame`."""
        for progress in self._filled():
            there = [number for number, _ in self.ledger.entries()] if progress.part is None else [progress.part]
            for number in there:
                yield from rows_of(self.ledger, number).to_pylist()

    def _filled(self) -> Iterator[Progress]:
        """Compute what is missing. Ctrl-C ends it at once: only the parts in hand are lost.

        A handler of its own would outlive it where several sweeps are iterated side by side.
        """
        show, end = reporter("auto" if self._progress else "none")
        if callable(self._progress):
            show = self._progress
        try:
            for progress in fill(self.ledger, self._launch):
                show(progress)
                yield progress
        finally:
            end()

    @property
    def results(self) -> SweepResults:
        """Plan and frame, once everything is computed."""
        self._complete()
        return read_results(self.ledger)

    def _complete(self) -> None:
        """Compute what is missing."""
        if not self.ledger.status.complete:
            for _ in self._filled():
                pass

    @property
    def frame(self) -> pd.DataFrame:
        """A row a run, option and outcome; what is missing is computed first."""
        return self.results.frame

    def query(self, sql: str) -> pd.DataFrame:
        """What DuckDB answers to SQL on `results`, `runs` and `failures`; what is missing is computed first."""
        self._complete()
        return query(self.ledger, sql)
