"""A progress bar for what takes longer than two seconds; silent otherwise."""

from __future__ import annotations

import time
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

PATIENCE_SECONDS = 2.0


class Bar:
    """Shows on standard error, so that what is printed can be piped."""

    def __init__(self) -> None:
        """Nothing is shown before the patience runs out."""
        self._console = Console(stderr=True)
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(),
        )
        self._progress = Progress(*columns, console=self._console, transient=True)
        self._task: TaskID | None = None
        self._begun = 0.0

    def __enter__(self) -> Self:
        """Start the clock."""
        self._begun = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar, whatever happened."""
        if self._task is not None:
            self._progress.stop()

    def show(self, done: int, of: int, what: str) -> None:
        """`done` steps of `of`, the last one being `what`."""
        if not self._console.is_terminal:
            return
        if self._task is None and time.monotonic() - self._begun > PATIENCE_SECONDS:
            self._progress.start()
            self._task = self._progress.add_task(what, total=of)
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=of, description=what)

    def say(self, what: str) -> None:
        """A step without a count."""
        if self._task is not None:
            self._progress.update(self._task, description=what)
