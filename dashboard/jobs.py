"""Runs outside the script thread: one killable process per session, the latest settings win.

A script that computes for seconds goes on computing after its page was left or its
sliders were moved. Here a run is a process of its own: superseded, cancelled or
forgotten, it is killed at once. Results are kept by run id and shared by all sessions.
"""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import traceback
import weakref
from collections import OrderedDict
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from threading import RLock, Thread
from typing import Literal

from sim.comparison.results import Comparison, Fidelity, Result
from sim.comparison.run import compare
from sim.scenario import Scenario, ScenarioError, load
from sim.waits.statistics import Waits

State = Literal["queued", "running", "done", "cancelled", "failed"]
Results = dict[str, Result]

MOST_RUNNING = max((os.cpu_count() or 1) - 1, 1)  # over all sessions; one processor is left for the pages
MOST_KEPT = 12  # results, ten megabytes each at most
LONGEST_SECONDS = 600.0

# A server that forks workers from a clean process with everything imported: neither the threads of the web server
# are forked, nor does a worker spend its first second on imports.
_context = multiprocessing.get_context("forkserver")
_lock = RLock()
_running: list[_Run] = []
_kept: OrderedDict[str, Results] = OrderedDict()


@dataclass(frozen=True)
class Request:
    """One run, decided by its id."""

    run_id: str
    key: str
    text: str  # the scenario as TOML
    seed: int
    draws: int
    queue: bool
    fidelity: Fidelity | None = None


def warm() -> None:
    """Start the fork server, which takes about two seconds, before it is needed."""
    _context.set_forkserver_preload(["dashboard.jobs"])
    from multiprocessing.forkserver import ensure_running

    ensure_running()


# --- results ---


def keep(run_id: str, results: Results) -> None:
    """Keep a result; the one not asked for the longest makes room."""
    with _lock:
        _kept[run_id] = results
        _kept.move_to_end(run_id)
        while len(_kept) > MOST_KEPT:
            _kept.popitem(last=False)


def kept(run_id: str) -> Results | None:
    """A result by its run id, if it is still kept. Nobody writes to it: sessions share it."""
    with _lock:
        if run_id in _kept:
            _kept.move_to_end(run_id)
        return _kept.get(run_id)


def forget() -> None:
    """Drop every kept result."""
    with _lock:
        _kept.clear()


def result(request: Request, scenario: Scenario) -> Comparison | None:
    """The comparison that a request led to, if it is kept."""
    found = kept(request.run_id)
    if found is None:
        return None
    return Comparison(scenario, request.seed, request.draws, found, request.run_id, request.fidelity)


# --- the worker ---


def work(link: Connection, path: Path, request: Request) -> None:
    """Run in the worker: load, compare, send. Messages are (kind, what)."""
    try:
        scenario = load(path)
        comparison = compare(
            scenario,
            seed=request.seed,
            draws=request.draws,
            queue=request.queue,
            progress=lambda done, of, what: link.send(("progress", (done / of, what))),
            on_update=lambda news: link.send(("waits", (news.option, news.waits))) if news.last else None,
        )
        if comparison.run_id != request.run_id:
            raise RuntimeError(f"run {request.run_id} came back as {comparison.run_id}")
        link.send(("done", comparison.results))
    except ScenarioError as error:
        link.send(("failed", "; ".join(error.faults)))
    except Exception as error:
        traceback.print_exc()  # for the operator; the page names the kind only
        link.send(("failed", type(error).__name__))


@dataclass(eq=False)
class _Run:
    """A worker at work. The thread that listens to it knows nothing of the session that waits."""

    process: ForkServerProcess
    folder: tempfile.TemporaryDirectory[str]
    until: float = field(default_factory=lambda: time.monotonic() + LONGEST_SECONDS)
    state: State = "running"
    share: float = 0.0
    what: str = ""
    why: str = ""
    waits: dict[str, Waits] = field(default_factory=dict)  # of the options whose queues have come to their end

    def stop(self, state: State, why: str = "") -> None:
        """The first reason to end is the one that counts; whatever it is, the worker is killed."""
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


def _begin(request: Request) -> _Run | None:
    """Start a worker and a thread that listens to it; None while there is no room."""
    with _lock:
        _stop_overdue()
        # one that was told to stop takes no processor, though it may not have been buried yet
        if sum(run.state == "running" for run in _running) >= MOST_RUNNING:
            return None
        folder = tempfile.TemporaryDirectory(prefix="heavypress-")
        path = Path(folder.name) / f"{request.key}.toml"
        path.write_text(request.text, encoding="utf8")
        ours, theirs = _context.Pipe(duplex=False)
        process = _context.Process(target=work, args=(theirs, path, request), daemon=True)
        process.start()
        theirs.close()
        run = _Run(process, folder)
        _running.append(run)
    Thread(target=_listen, args=(run, ours, request.run_id), daemon=True).start()
    return run


def _listen(run: _Run, link: Connection, run_id: str) -> None:
    """Take in what the worker sends until it ends, and clean up after it.

    The result is kept even where nobody waits for it any more.
    """
    try:
        while True:
            kind, what = link.recv()
            if kind == "progress":
                run.share, run.what = what
                continue
            if kind == "waits":
                # a new mapping, for the pages may be reading the old one
                run.waits = run.waits | dict([what])
                continue
            if kind == "done":
                keep(run_id, what)
            return run.stop(kind, what if kind == "failed" else "")
    except (EOFError, OSError):
        run.process.join(1)
        run.stop("failed", f"exit code {run.process.exitcode}")
    finally:
        link.close()
        run.process.join()
        run.folder.cleanup()
        with _lock:
            _running.remove(run)


# --- the job ---


class Job:
    """One request on its way to a result, as its session sees it."""

    def __init__(self, request: Request) -> None:
        """Queued at first; `poll` starts it when there is room."""
        self.request = request
        self._run: _Run | None = None
        self._cancelled = False

    def poll(self) -> State:
        """Start where there is room, and say how things stand."""
        _stop_overdue()
        if self._run is None and not self._cancelled:
            self._run = _begin(self.request)
            if self._run is not None:
                # a session that ends takes its run with it
                weakref.finalize(self, self._run.stop, "cancelled")
        return self.state

    @property
    def state(self) -> State:
        """How things stood at the last look."""
        if self._run is None:
            return "cancelled" if self._cancelled else "queued"
        return self._run.state

    @property
    def under_way(self) -> bool:
        """True until it has ended in one way or another."""
        return self.state in ("queued", "running")

    @property
    def progress(self) -> tuple[float, str]:
        """Share done, and what was done last."""
        return (self._run.share, self._run.what) if self._run else (0.0, "")

    @property
    def waits(self) -> dict[str, Waits]:
        """Waits of the options that are done, before the run is."""
        return self._run.waits if self._run else {}

    @property
    def why(self) -> str:
        """Why there is no result."""
        return self._run.why if self._run else ""

    @property
    def pid(self) -> int | None:
        """Process id of the worker."""
        return self._run.process.pid if self._run else None

    def cancel(self) -> None:
        """Kill the worker; nothing is lost, for it writes nothing."""
        self._cancelled = True
        if self._run is not None:
            self._run.stop("cancelled")


def follow(job: Job | None, request: Request) -> Job:
    """The job for these settings: the one there is, or a new one in the place of what it supersedes.

    A job that is done but whose result is asked for again has lost it to newer ones: it is done anew.
    """
    if job is not None and job.request.run_id == request.run_id and job.state != "done":
        return job
    if job is not None:
        job.cancel()
    return Job(request)


def stop_all() -> None:
    """Kill every worker, as at the end of the server."""
    with _lock:
        for run in _running:
            run.stop("cancelled")
