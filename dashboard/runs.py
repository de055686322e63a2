"""The comparison of a side: ranges and odds at once, from few draws and estimates; then all of it from a worker."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import beside, jobs, markdown, session, words
from dashboard import quick as quicker
from dashboard.quick import Quick
from dashboard.state import MINE, State
from dashboard.worker import Request
from sim.comparison.results import Comparison
from sim.scenario import Scenario

QUICK_DRAWS = 64  # less than a tenth of a second of computing
SETTLED_SECONDS = 0.8  # without a move, after which the worker starts
LOOK_SECONDS = 0.5  # between looks at a run
MOST_KEPT = 10  # quick comparisons, some forty megabytes each where all of it was read
_READ = "read"  # its place in the state of a session: what the page has read of the last quick comparison


@dataclass(frozen=True)
class Shown:
    """What the views are given to show of one side."""

    comparison: Comparison  # with every wait that is known by now
    kept: Comparison  # of charts and files: its run has an id, and later waits do not change it
    whole: Callable[[], Comparison]  # with all outcomes and months of its draws at hand, which takes a while
    queue: bool  # waits are wanted
    pending: bool  # and draws or waits are still being computed
    options: tuple[str, ...]  # of the command line, after the scenario's name or file
    name: str  # of the scenario as the address has it
    base: Scenario  # the scenario as its file has it
    place: int = 0  # first or second of two

    @property
    def scenario(self) -> Scenario:
        """The scenario with what was changed in it."""
        return self.comparison.scenario

    @property
    def mine(self) -> bool:
        """Whether it is a file of the user's own."""
        return self.name.startswith(MINE)


def quick(scenario: Scenario, state: State) -> Comparison:
    """Few draws, with estimates of the waits where waits are wanted: what the script thread may wait for."""
    return _quick(scenario, state).comparison


def whole(scenario: Scenario, state: State) -> Callable[[], Comparison]:
    """What gives the same with all outcomes and months of its draws at hand; any thread may call it."""
    return _quick(scenario, state).whole


def prepare(scenario: Scenario, state: State) -> None:
    """Compute it before any session is there."""
    request = _request(scenario, state)
    _kept(request.digest, request, scenario, frozenset())


def _quick(scenario: Scenario, state: State) -> Quick:
    """The same, as this session reads it."""
    request = _request(scenario, state)
    found = _kept(request.digest, request, scenario, frozenset(st.session_state.get(_READ, ())))
    st.session_state[_READ] = found.read
    # titles and sources move no number, so that another scenario can have the same run
    own = found.comparison.scenario is scenario
    return found if own else found._replace(comparison=replace(found.comparison, scenario=scenario))


def _request(scenario: Scenario, state: State) -> Request:
    """What is asked for."""
    draws = QUICK_DRAWS if state.draws is None else min(state.draws, QUICK_DRAWS)
    return Request.of(scenario, state.seed, draws, state.queue, state.draw, state.profile)


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _kept(digest: str, _request: Request, _scenario: Scenario, _read: frozenset[str]) -> Quick:
    """The comparison by the digest of the run; `_read`: what the session has read of the one before."""
    return quicker.quick(_request, _scenario, _read, beside.ask)


# --- the whole of it ---


def full(scenario: Scenario, state: State, place: int) -> Comparison | None:
    """The whole comparison, None while it is under way or where it failed; each side has its worker."""
    request = Request.of(scenario, state.seed, state.draws, state.queue, state.draw, state.profile)
    found = jobs.result(request, scenario)
    if found is not None:
        drop(place)
        return found
    key = _key(place)
    job = jobs.follow(st.session_state.get(key), request)
    if job is not st.session_state.get(key):
        # who has just opened the page is moving nothing; but a server that has just started is busy
        hurries = f"{key}/since" not in st.session_state and jobs.has_run()
        st.session_state[key] = job
        st.session_state[f"{key}/since"] = time.monotonic() - (SETTLED_SECONDS if hurries else 0.0)
    job = st.session_state[key]
    if _settled(place) or job.state != "queued":
        job.poll()
    return jobs.result(request, scenario) if job.state == "done" else None


def _key(place: int) -> str:
    return f"job/{place}"


def _settled(place: int) -> bool:
    """Whether nothing has moved for so long that a worker is worth its start."""
    since: float = st.session_state.get(f"{_key(place)}/since", 0.0)
    return time.monotonic() - since >= SETTLED_SECONDS


def drop(place: int) -> None:
    """Cancel what is being computed for a side."""
    job = st.session_state.pop(_key(place), None)
    if job is not None:
        job.cancel()


def job_of(place: int) -> jobs.Job | None:
    """What is being computed for a side."""
    job: jobs.Job | None = st.session_state.get(_key(place))
    return job


def _with_known_waits(found: Quick, job: jobs.Job | None) -> Comparison:
    """The comparison with simulated waits in the place of estimates, where the run has come so far."""
    waits = job.waits if job else {}
    if not waits:  # what has been found of this one stays found
        return found.comparison
    known = {key: found.whole().results[key].with_queue(each) for key, each in waits.items()}
    return replace(found.comparison, results=found.comparison.results | known)


def shown(name: str, base: Scenario, scenario: Scenario, state: State, place: int, options: tuple[str, ...]) -> Shown:
    """What there is to show of a side by now."""
    is_all = state.draws is not None and state.draws <= QUICK_DRAWS and not state.queue  # that there is to compute
    if is_all:
        drop(place)
    elif (found := full(scenario, state, place)) is not None:
        return Shown(found, found, lambda: found, state.queue, False, options, name, base, place)
    now, job = _quick(scenario, state), job_of(place)
    pending = job is not None and job.under_way
    known = _with_known_waits(now, job)
    return Shown(known, now.comparison, now.whole, state.queue, pending, options, name, base, place)


# --- how far it is ---


def show_progress(shown: Shown, state: State) -> None:
    """Show what the numbers rest on, and how far the worker of a side is or how it ended; one line in every case."""
    job = job_of(shown.place)
    if shown.pending and job is not None:
        _watch(shown.place, len(job.waits), shown.comparison.draws, words.draws_asked(state.draws), state.queue)
    elif job is not None and job.state != "done":
        _show_ended(shown.place, job, words.worlds_note(shown.comparison.draws))
    else:
        st.caption(markdown.literal(words.worlds_note(shown.comparison.draws)))


@st.fragment(run_every=LOOK_SECONDS)
def _watch(place: int, known: int, draws: int, asked: str, queue: bool) -> None:
    """Look at the run twice a second, start it once nothing moves; rerun the page when it ended or waits are known."""
    job = job_of(place)
    if job is None:
        return
    if _settled(place) or job.state != "queued":
        job.poll()
    if not job.under_way or len(job.waits) > known:
        session.rerun()
    waiting = job.state == "queued" and _settled(place)
    text = words.QUEUED.format(most=jobs.MOST_RUNNING) if waiting else words.refining(job.share, asked, queue)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"{markdown.literal(words.worlds_note(draws))} {markdown.literal(text)}", width="content")
        st.button(words.CANCEL, key=f"cancel/{place}", on_click=job.cancel, type="tertiary")


def _show_ended(place: int, job: jobs.Job, note: str) -> None:
    """Show that a run was cancelled or failed, what the numbers rest on, and a button to start it again."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if job.state == "cancelled":
            st.caption(f"{markdown.literal(note)} {markdown.literal(words.CANCELLED)}", width="content")
        else:
            st.error(markdown.literal(words.failed(job.why)), icon=":material/error:")
        start = lambda: st.session_state.pop(_key(place), None)  # noqa: E731
        st.button(words.START_AGAIN, key=f"again/{place}", on_click=start, type="tertiary")
