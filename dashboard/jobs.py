"""Runs outside the script thread: one killable process per session, the latest settings win.

A script that computes for seconds goes on computing after its page was left or its
sliders were moved. Here a run is a process of its own: superseded, cancelled or
forgotten, it is killed at once. Results are cached by run id and shared by all sessions.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
import weakref
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from threading import Event, RLock, Thread
from typing import Any, Literal

import streamlit as st

from dashboard import leash, session, worker
from dashboard.limits import GIB, TOO_LONG, TOO_MUCH_MEMORY, limit
from dashboard.worker import Found, Request, Work
from sim.comparison.results import Comparison
from sim.mechanisms.appraisal import profile
from sim.scenario import Scenario
from sim.waits.statistics import Waits

State = Literal["queued", "running", "done", "cancelled", "failed"]

MOST_RUNNING = limit("RUNS")  # over all sessions
MOST_KEPT = 8  # runs, ten megabytes each at 256 draws, forty at 1,024
MOST_OTHERS = 200  # results of other work, half a megabyte each
LOOK_SECONDS = 0.5  # between looks at the memory of a worker
LONGEST_SECONDS = float(limit("RUN_SECONDS"))

# A server that forks workers from a clean process with everything imported: neither the threads of the web server
# are forked, nor does a worker spend its first second on imports.
_context = multiprocessing.get_context("forkserver")
_lock = RLock()
_running: list[_Run] = []
_first = Event()  # set when the first worker of this server has been started


def warm() -> None:
    """Start the fork server, which takes about two seconds, before it is needed."""
    _context.set_forkserver_preload(["dashboard.worker", *worker.PRELOADED])
    from multiprocessing import resource_tracker
    from multiprocessing.forkserver import ensure_running

    resource_tracker.ensure_running()  # which lets Ctrl+C through again when it has started
    # Ctrl+C reaches every process of a terminal; the fork server heeds it only until it is ready
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


# --- results ---


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _runs(digest: str, _found: Found | None) -> Found:
    """What a run found, from the cache, or else what is given; LookupError, which is not cached, without either."""
    if _found is None:
        raise LookupError(digest)
    return _found


@st.cache_resource(max_entries=MOST_OTHERS, show_spinner=False)
def _others(digest: str, _found: Any) -> Any:
    """The same of all other work, whose results are small."""
    if _found is None:
        raise LookupError(digest)
    return _found


def keep(digest: str, found: Any) -> None:
    """Cache what work found; what was asked for least recently is dropped."""
    (_runs if isinstance(found, Found) else _others)(digest, found)


def kept(digest: str) -> Any:
    """What work found, None where that is not cached. It is read only: sessions share it."""
    for cached in (_runs, _others):
        try:
            return cached(digest, None)
        except LookupError:
            continue
    return None


def result(request: Request, scenario: Scenario) -> Comparison | None:
    """The comparison that a request led to, if it is cached."""
    found = kept(request.digest)
    if found is None:
        return None
    by = profile(request.profile) if request.profile else None
    return Comparison(
        scenario, request.seed, found.draws, found.results, found.run_id, draw=request.draw, queue=request.queue,
        profile=by,
    )  # fmt: skip


# --- the run ---


@dataclass(eq=False)
class _Run:
    """A worker process and what it has sent. The thread that listens to it holds no reference to the session."""

    process: ForkServerProcess
    digest: str = ""  # of what it computes
    session: str = ""  # that wants it
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)
    state: State = "running"
    share: float = 0.0
    step: str = ""
    why: str = ""
    waits: dict[str, Waits] = field(default_factory=dict)  # of the options whose queues are done

    def stop(self, state: State, why: str = "") -> None:
        """Kill the worker; the first reason to end is the one that counts."""
        with _lock:
            if self.state == "running":
                self.state, self.why = state, why
        self.process.kill()


def begun(task: Callable[..., None], *given: Any) -> tuple[ForkServerProcess, Connection]:
    """A process that does a task, which has its end of a link and what else is given; and our end of that link."""
    ours, theirs = _context.Pipe()
    process = _context.Process(target=task, args=(theirs, *given), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def has_run() -> bool:
    """Whether this server has computed anything yet; the first page that it shows should not wait for a worker."""
    return _first.is_set()


def _stop_overdue() -> None:
    """Kill what has run for too long."""
    with _lock:
        for run in _running:
            if time.monotonic() > run.until:
                run.stop("failed", TOO_LONG.format(most=LONGEST_SECONDS))


def stop_all() -> None:
    """Kill every worker: the server ends."""
    with _lock:
        for run in _running:
            run.stop("cancelled")


def _stop_greedy(run: _Run) -> None:
    """Kill a worker that has more memory than it may; where the system does not say, its own bound holds alone."""
    most = limit("RUN_GIB")
    if leash.resident_bytes(run.process.pid) > most * GIB:
        run.stop("failed", TOO_MUCH_MEMORY.format(most=most))


def _leave(run: _Run, session_id: str) -> None:
    """Kill a worker that its session does not want any more, unless another one does by now."""
    with _lock:
        if run.session == session_id:
            run.stop("cancelled")


def _taken_over(work: Work, session_id: str) -> _Run | None:
    """A run of the same that its browser has left, as by loading the page again; without one they make room."""
    left = [run for run in _running if run.state == "running" and session.is_left(run.session)]
    for run in left:
        if run.digest == work.digest:
            run.session = session_id
            return run
    if sum(run.state == "running" for run in _running) >= MOST_RUNNING:
        for run in left:
            run.stop("queued")  # should they come back
    return None


def _start(work: Work, session_id: str) -> _Run | None:
    """A worker and a thread that listens to it; None while as many run as may."""
    with _lock:
        _stop_overdue()
        if (found := _taken_over(work, session_id)) is not None:
            return found
        # a killed run takes no processor, though its process may not have been joined yet
        if sum(run.state == "running" for run in _running) >= MOST_RUNNING:
            return None
        process, ours = begun(worker.run, work)
        _first.set()
        run = _Run(process, work.digest, session_id)
        _running.append(run)
    Thread(target=_listen, args=(run, ours, work.digest), daemon=True).start()
    return run


def _listen(run: _Run, link: Connection, digest: str) -> None:
    """Receive what the worker sends until it ends; results are cached even where no session waits any more."""
    try:
        while True:
            sent = link.poll(LOOK_SECONDS)
            _stop_greedy(run)
            if not sent:
                continue
            kind, content = link.recv()
            if kind == "progress":
                run.share = content
            elif kind == "step":
                run.step = content
            elif kind == "waits":
                # a new mapping, for the pages may be reading the old one
                run.waits = run.waits | dict([content])
            elif kind == "found":
                keep(*content)  # on the way, and of use to others
            elif kind == "done":
                keep(digest, content)
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

    def __init__(self, work: Work) -> None:
        """A queued job; `poll` starts it as soon as it may run."""
        self.work = work
        self._run: _Run | None = None
        self._session = ""  # that wants it
        self._cancelled = False
        self._refused = work.extent.refused() if isinstance(work, Request) else ""

    def poll(self) -> State:
        """The state of the job, which is started where it may run."""
        _stop_overdue()
        if self.state == "queued":
            self._session = session.own_id()
            self._run = _start(self.work, self._session)
            if self._run is not None:
                # a session that ends takes its run with it
                weakref.finalize(self, _leave, self._run, self._session)
        return self.state

    @property
    def state(self) -> State:
        """The state at the last message of the worker."""
        if self._refused:
            return "failed"
        state = "queued" if self._run is None else self._run.state
        return "cancelled" if self._cancelled and state == "queued" else state

    @property
    def under_way(self) -> bool:
        """True until it has ended in one way or another."""
        return self.state in ("queued", "running")

    @property
    def share(self) -> float:
        """The share of the run that is done."""
        return self._run.share if self._run else 0.0

    @property
    def step(self) -> str:
        """What the run is at, in words, where it says so."""
        return self._run.step if self._run else ""

    @property
    def waits(self) -> dict[str, Waits]:
        """Waits of the options that are done, before the run is."""
        return self._run.waits if self._run else {}

    @property
    def why(self) -> str:
        """The reason why there is no result."""
        return self._run.why if self._run else self._refused

    def cancel(self) -> None:
        """Kill the worker; nothing is lost, for it writes nothing."""
        self._cancelled = True
        if self._run is not None:
            _leave(self._run, self._session)


def follow(job: Job | None, work: Work) -> Job:
    """The job for these settings: the present one, or a new one that supersedes it.

    A job that is done but whose result is asked for again has lost it to newer ones: it is done anew.
    """
    if job is not None and job.work.digest == work.digest and job.state != "done":
        return job
    if job is not None:
        job.cancel()
    return Job(work)
