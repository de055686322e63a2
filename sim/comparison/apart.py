"""The draws of a comparison in a process of their own, beside the threads that simulate its queues.

Draws are made of thousands of short calls, and queues come back from compiled code hundreds of times a second: in one
process each waits for the other's lock on the interpreter. The process is forked, so that it begins with all that is
loaded and remembered here. That takes a process whose other threads hold nothing that draws need, which only its caller
can know; and Linux, where the libraries of linear algebra stand it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from threading import current_thread, main_thread
from typing import NoReturn

from sim.comparison.sample import Sample, Steps

PR_SET_PDEATHSIG = 1  # linux/prctl.h


@contextmanager
def aside(sample: Sample, wanted: bool) -> Iterator[Sample | Apart]:
    """The sample itself, or where `wanted` and possible one whose draws are computed by another process until then."""
    # the process ends with the thread that has forked it
    possible = wanted and sys.platform == "linux" and current_thread() is main_thread()
    apart = _begun(sample) if possible else None
    if apart is None:
        yield sample
        return
    try:
        yield apart
    finally:
        apart.stop()


def _begun(sample: Sample) -> Apart | None:
    """A sample in another process; None where the system gives no more of them, or too little memory."""
    try:
        return Apart(sample)
    except OSError:
        return None


def end_with_parent() -> None:
    """Let the kernel end this process with the thread that has begun it, where the kernel is Linux."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


class Apart:
    """A sample that another process computes; what discounting anew reads stays there."""

    def __init__(self, sample: Sample) -> None:
        """Begin."""
        self._sample = sample
        self._link, theirs = Pipe()
        parent = os.getpid()
        self._process = os.fork()
        if not self._process:
            self._link.close()
            _compute(sample, theirs, parent)
        theirs.close()

    def further(self) -> bool:
        """There is nothing to do here."""
        return False

    def foretell(self, attained: Mapping[str, float]) -> None:
        """Have the other process do as `Sample.foretell`, when it has computed what is needed so far."""
        if attained:
            with suppress(OSError):
                self._link.send((attained, False))

    def complete(self, attained: Mapping[str, float]) -> Sample:
        """As `Sample.complete`, with what it raises; where the process has ended without a word, it is done here."""
        try:
            with suppress(BrokenPipeError):  # it has failed before, and says so
                self._link.send((attained, True))
            while isinstance(found := self._link.recv(), int):
                self._sample.steps.advance("draws", found)
        except (EOFError, OSError):
            return self._sample.complete(attained)
        if isinstance(found, BaseException):
            raise found
        self._sample.steps.finish()
        return replace(self._sample, blocks=found)

    def stop(self) -> None:
        """End the process, whatever it does."""
        self._link.close()
        with suppress(ProcessLookupError):
            os.kill(self._process, signal.SIGKILL)
        with suppress(ChildProcessError):  # whoever has started this one wants to hear of no child
            os.waitpid(self._process, 0)


def _compute(sample: Sample, link: Connection, parent: int) -> NoReturn:
    """All that is needed of a sample as far as it is known, then what else is asked for; this process ends with it."""
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl+C reaches every process of a terminal; the parent decides
        end_with_parent()
        if os.getppid() == parent:
            _serve(sample, link)
    finally:
        os._exit(0)  # nothing of the parent's is flushed or closed twice


def _serve(sample: Sample, link: Connection) -> None:
    """Compute and answer."""
    try:
        counted = Steps(of=sample.steps.of)
        sample, before = replace(sample, steps=counted, keeps=False), 0
        while sample.further():
            link.send(counted.done - before)
            before = counted.done
        while not (asked := link.recv())[1]:
            with suppress(Exception):  # it may never be needed; where it is, it goes wrong again
                sample.foretell(asked[0])
        link.send(sample.complete(asked[0]).blocks)
    except Exception as error:
        link.send(error)
