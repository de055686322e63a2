"""The bar that is there while something long runs: an interruption is never lost, and the old habits come back."""

from __future__ import annotations

import gc
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from sim.progress import Bar


def test_an_interruption_that_python_drops_is_raised_at_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that is cleared away swallows whatever is raised while it closes."""

    def process() -> Iterator[None]:
        try:
            yield
        finally:
            os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(sys, "unraisablehook", lambda dropped: None)  # keeps it off the log
    with Bar() as bar:
        running = process()
        next(running)
        del running
        gc.collect()
        with pytest.raises(KeyboardInterrupt):
            bar.show(1, 2, "a step")


def test_without_an_interruption_nothing_is_raised_and_the_old_handler_returns() -> None:
    usual = signal.getsignal(signal.SIGINT)
    with Bar() as bar:
        assert signal.getsignal(signal.SIGINT) != usual
        bar.show(1, 1, "a step")
    assert signal.getsignal(signal.SIGINT) == usual
