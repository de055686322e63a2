"""A progress bar for what takes longer than two seconds; silent otherwise."""

from __future__ import annotations

import signal
import sys
import time
from threading import current_thread, main_thread
from types import FrameType, TracebackType
from typing import TYPE_CHECKING, Any, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE_SECONDS = 2.0


class Bar:
    """Shows on standard error, so that what is printed can be piped. An interruption is not lost while it is there.

    Python drops an exception that is raised while it clears up after a finished calendar, so that one Ctrl-C in
    thousands would be ignored: an interruption is raised again at the next step.
    """

    def __init__(self) -> None:
        """Nothing is shown before the patience runs out."""
        self._progress: Progress | None = None
        self._task: TaskID | None = None
        self._begun = 0.0
        self._interrupted = False
        self._usual: Any = None  # the handler of interruptions before

    def __enter__(self) -> Self:
        """Start the clock."""
        self._begun = time.monotonic()
        if current_thread() is main_thread():  # no other gets signals
            self._usual = signal.signal(signal.SIGINT, self._interrupt)
        return self

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Ctrl-C."""
        self._interrupted = True
        raise KeyboardInterrupt

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Clear the bar, whatever happened."""
        if self._usual is not None:
            signal.signal(signal.SIGINT, self._usual)
        if self._progress is not None:
            self._progress.stop()

    def show(self, done: int, of: int, what: str, at_once: bool = False) -> None:
        """`done` steps of `of`, the last one being `what`; KeyboardInterrupt where an earlier one was dropped.

        at_once: without patience, for a step that may be long and is the last one shown before its end.
        """
        if self._interrupted:
            raise KeyboardInterrupt
        late = at_once or time.monotonic() - self._begun > PATIENCE_SECONDS
        if self._progress is None and sys.stderr.isatty() and late:
            self._progress = _started()
            self._task = self._progress.add_task(what, total=of)
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, completed=done, total=of, description=what)

    def wait(self, what: str) -> None:
        """A step of a number of steps that nobody knows."""
        self.show(0, 1, what)

    def say(self, what: str) -> None:
        """A step without a count."""
        if self._progress is not None and self._task is not None:
            self._progress.update(self._task, description=what)


def _started() -> Progress:
    """A bar that is shown. What draws it is loaded here: most commands end before there is one."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:3.0f} %"),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=Console(stderr=True), transient=True)
    progress.start()
    return progress
