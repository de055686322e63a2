"""How far a sweep is: a bar on a terminal, a line now and then elsewhere, lines of JSON for programs."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from io import UnsupportedOperation
from typing import Any, Literal, TextIO

from sim.formatting import format_count, format_duration, format_number
from sim.sweeps.run import Progress

Style = Literal["auto", "bar", "lines", "json", "none"]
STYLES: tuple[Style, ...] = ("auto", "bar", "lines", "json", "none")
SECONDS_BETWEEN_LINES = 10.0


def reporter(style: Style, stream: TextIO | None = None) -> tuple[Callable[[Progress], None], Callable[[], None]]:
    """What reports progress in a style, and what ends it."""
    file = stream or sys.stderr
    if style == "bar" or (style == "auto" and file.isatty()):
        bar = _Bar(file)
        return bar.show, bar.stop
    if style == "none":
        return lambda progress: None, lambda: None
    text, pause = (json_text, 0.0) if style == "json" else (sentence, SECONDS_BETWEEN_LINES)
    return _Lines(file, text, pause), lambda: None


def sentence(progress: Progress) -> str:
    """Progress in words.

    >>> sentence(Progress(runs=200, done=50, failed=2, new=50, seconds=10.0))
    '50 of 200 runs, 2 failed, 5 a second, 30 s left'
    """
    words = [f"{format_number(progress.done)} of {format_count(progress.runs, 'run')}"]
    words += [f"{format_number(progress.failed)} failed"] if progress.failed else []
    if progress.rate:
        words.append(f"{progress.rate:.3g} a second" if progress.rate >= 1 else f"{1 / progress.rate:.3g} s a run")
    if (left := progress.seconds_left) and progress.done < progress.runs:
        words.append(f"{duration(left)} left")
    return ", ".join(words)


def duration(seconds: float) -> str:
    """A time that people read: seconds below two minutes, else as waits are written.

    >>> duration(41.6), duration(600)
    ('42 s', '10 minutes')
    """
    return f"{seconds:.0f} s" if seconds < 120 else format_duration(seconds / 3600)


def json_text(progress: Progress) -> str:
    """Progress as a line of JSON."""
    return json.dumps(
        {
            "runs": progress.runs, "done": progress.done, "failed": progress.failed, "new": progress.new,
            "seconds": round(progress.seconds, 3), "runs_per_second": round(progress.rate, 3),
            "seconds_left": None if progress.seconds_left is None else round(progress.seconds_left, 1),
        }
    )  # fmt: skip


def note(style: str, text: str) -> None:
    """Say something beside the progress on standard error, as JSON where that is.

    It goes past the buffer of the stream, which a signal may have come into the middle of.
    """
    line = json.dumps({"note": text}) if style == "json" else text
    with suppress(OSError):
        try:
            os.write(sys.stderr.fileno(), f"{line}\n".encode())
        except UnsupportedOperation:  # no file
            print(line, file=sys.stderr)


class _Lines:
    """A line for the first, the last and now and then one between."""

    def __init__(self, file: TextIO, text: Callable[[Progress], str], pause: float) -> None:
        self._file, self._text, self._pause = file, text, pause
        self._last = -pause

    def __call__(self, progress: Progress) -> None:
        """Print a line where it is time for one."""
        now = time.monotonic()
        if now - self._last >= self._pause or progress.done == progress.runs:
            self._last = now
            with suppress(OSError):  # a reader who has gone is no reason to stop
                print(self._text(progress), file=self._file, flush=True)


class _Bar:
    """A bar with the words beside it."""

    def __init__(self, file: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        self._bar = Bar(BarColumn(), TextColumn("{task.description}"), console=Console(file=file), transient=True)
        self._task: Any = None

    def show(self, progress: Progress) -> None:
        """Draw it anew."""
        if self._task is None:
            self._bar.start()
            self._task = self._bar.add_task("", total=progress.runs)
        self._bar.update(self._task, completed=progress.done, total=progress.runs, description=sentence(progress))

    def stop(self) -> None:
        """Clear it."""
        if self._task is not None:
            self._bar.stop()
