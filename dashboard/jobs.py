"""Runs outside the script thread: one killable process per session, the latest settings win.

A script that computes for seconds goes on computing after its page was left or its
sliders were moved. Here a run is a process of its own: superseded, cancelled or
forgotten, it is killed at once. Results are cached by run id and shared by all sessions.
"""

from __future__ import annotations

import multiprocessing
import os
import time
import weakref
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from threading import RLock, Thread
from typing import Literal

import streamlit as st

from dashboard import worker
from dashboard.worker import Request
from sim.comparison.results import Comparison, Result
from sim.scenario import Scenario
from sim.waits.statistics import Waits

State = Literal["queued", "running", "done", "cancelled", "failed"]
Results = dict[str, Result]

MOST_RUNNING = max((os.cpu_count() or 1) - 1, 1)  # over all sessions; one processor is left for the pages
MOST_KEPT = 8  # results, ten megabytes each at 256 draws, forty at 1,024
LONGEST_SECONDS = 600.0

# A server that forks workers from a clean process with everything imported: neither the threads of the web server
# are forked, nor does a worker spend its first second on imports.
_context = multiprocessing.get_context("forkserver")
_lock = RLock()
_running: list[_Run] = []


def warm() -> None:
    """Start the fork server, which takes about two seconds, before it is needed."""
    _context.set_forkserver_preload(["dashboard.worker"])
    from multiprocessing.forkserver import ensure_running

    ensure_running()


# --- results ---


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _cached(run_id: str, _results: Results | None) -> Results:
    """The results of a run from the cache, or else those given; LookupError, which is not cached, without either."""
    if _results is None:
        raise LookupError(run_id)
    return _results


def keep(run_id: str, results: Results) -> None:
    """Cache the results of a run; those that were asked for least recently are dropped."""
    _cached(run_id, results)


def kept(run_id: str) -> Results | None:
    """The cached results of a run, None where there are none. They are read only: sessions share them."""
    try:
        return _cached(run_id, None)
    except LookupError:
        return None


def result(request: Request, scenario: Scenario) -> Comparison | None:
    """The comparison that a request led to, if it is cached."""
    found = kept(request.run_id)
    if found is None:
        return None
    return Comparison(
        scenario, request.seed, request.draws, found, request.run_id, draw=request.draw, queue=request.queue
    )


# --- the run ---


@dataclass(eq=False)
class _Run:
    """A worker process and what it has sent. The thread that listens to it holds no reference to the session."""

    process: ForkServerProcess
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)
    state: State = "running"
    share: float = 0.0
    why: str = ""
    waits: dict[str, Waits] = field(default_factory=dict)  # of the options whose queues are done

    def stop(self, state: State, why: str = "") -> None:
        """Kill the worker; the first reason to end is the one that counts."""
        with _lock:
            if self.state == "running":
                self.state, self.why = state, why
        self.process.kill()


def _stop_overdue() -> None:
    """Kill what has run for too long."""
    with _lock:
        for run in _running:
            if time.monotonic() > run.until:
                run.stop("failed", f"longer than {LONGEST_SECONDS:.0f} seconds")


def _start(request: Request) -> _Run | None:
    """A worker and a thread that listens to it; None while as many run as may."""
    with _lock:
        _stop_overdue()
        # a killed run takes no processor, though its process may not have been joined yet
        if sum(run.state == "running" for run in _running) >= MOST_RUNNING:
            return None
        ours, theirs = _context.Pipe(duplex=False)
        process = _context.Process(target=worker.run, args=(theirs, request), daemon=True)
        process.start()
        theirs.close()
        run = _Run(process)
        _running.append(run)
    Thread(target=_listen, args=(run, ours, request.run_id), daemon=True).start()
    return run


def _listen(run: _Run, link: Connection, run_id: str) -> None:
    """Receive what the worker sends until it ends; the results are cached even where nobody waits for them any more."""
    try:
        while True:
            kind, content = link.recv()
            if kind == "progress":
                run.share = content
            elif kind == "waits":
                # a new mapping, for the pages may be reading the old one
                run.waits = run.waits | dict([content])
            elif kind == "done":
                keep(run_id, content)
                return run.stop("done")
            else:
                return run.stop("failed", content)
    except (EOFError, OSError):
        run.process.join(1)
        run.stop("failed", f"exit code {run.process.exitcode}")
    finally:
        link.close()
        run.process.join()
        with _lock:
            _running.remove(run)


# --- the job ---


class Job:
    """One request on its way to a result, as its session sees it."""

    def __init__(self, request: Request) -> None:
        """A queued job; `poll` starts it as soon as it may run."""
        self.request = request
        self._run: _Run | None = None
        self._cancelled = False

    def poll(self) -> State:
        """The state of the job, which is started where it may run."""
        _stop_overdue()
        if self._run is None and not self._cancelled:
            self._run = _start(self.request)
            if self._run is not None:
                # a session that ends takes its run with it
                weakref.finalize(self, self._run.stop, "cancelled")
        return self.state

    @property
    def state(self) -> State:
        """The state at the last message of the worker."""
        if self._run is None:
            return "cancelled" if self._cancelled else "queued"
        return self._run.state

    @property
    def under_way(self) -> bool:
        """True until it has ended in one way or another."""
        return self.state in ("queued", "running")

    @property
    def share(self) -> float:
        """The share of the run that is done."""
        return self._run.share if self._run else 0.0

    @property
    def waits(self) -> dict[str, Waits]:
        """Waits of the options that are done, before the run is."""
        return self._run.waits if self._run else {}

    @property
    def why(self) -> str:
        """The reason why there is no result."""
        return self._run.why if self._run else ""

    def cancel(self) -> None:
        """Kill the worker; nothing is lost, for it writes nothing."""
        self._cancelled = True
        if self._run is not None:
            self._run.stop("cancelled")


def follow(job: Job | None, request: Request) -> Job:
    """The job for these settings: the present one, or a new one that supersedes it.

    A job that is done but whose result is asked for again has lost it to newer ones: it is done anew.
    """
    if job is not None and job.request.run_id == request.run_id and job.state != "done":
        return job
    if job is not None:
        job.cancel()
    return Job(request)
