"""The bar that is there while something long runs: an interruption is never lost, and the old habits come back."""

from __future__ import annotations

import gc
import io
import os
import signal
import sys
from collections.abc import Iterator

import pytest

from sim import progress
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


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        """True."""
        return True


@pytest.mark.parametrize("terminal", [True, False])
def test_a_bar_is_drawn_on_a_terminal_alone(terminal: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = Terminal() if terminal else io.StringIO()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", -1.0)
    with Bar() as bar:
        bar.show(1, 4, "a step")
        bar.say("another")
        bar.show(3, 4, "a third")
    assert ("a step" in stream.getvalue() and "a third" in stream.getvalue()) == terminal
    assert bool(stream.getvalue()) == terminal


@pytest.mark.parametrize("at_once", [True, False])
def test_a_long_step_is_drawn_before_patience_runs_out(at_once: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", 1e9)
    with Bar() as bar:
        bar.show(0, 4, "conservative on 512 GPUs", at_once=at_once)
    assert ("conservative on 512 GPUs" in stream.getvalue()) == at_once


def test_a_step_of_how_many_nobody_knows_is_drawn_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    monkeypatch.setattr(progress, "PATIENCE_SECONDS", -1.0)
    with Bar() as bar:
        bar.wait("one of some")
    assert "one of some" in stream.getvalue() and "100 %" not in stream.getvalue()


def test_nothing_is_drawn_before_the_patience_runs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stderr", stream := Terminal())
    with Bar() as bar:
        bar.show(1, 4, "a step")
    assert stream.getvalue() == ""
