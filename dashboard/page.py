"""The page: question, controls, results. Long work happens in other processes; see `jobs`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import charts, debate, downloads, jobs, markdown, panel, results, selection, words
from dashboard.worker import Request
from sim.comparison.results import Comparison, Fidelity, run_id
from sim.comparison.run import DEFAULT_SEED, compare
from sim.mechanisms.sampling import Drawn
from sim.scenario import Scenario, ScenarioError

DRAWS = (0, 64, 256, 1024)
USUAL_DRAWS = 256  # a second of computing, after which most questions have their answer
LARGEST_SEED = 2**31 - 1
PANEL_WIDTH = 360  # pixels
LOOK_SECONDS = 0.5  # between looks at a run


@dataclass(frozen=True)
class Effort:
    """How much is computed."""

    draws: int
    queue: bool
    seed: int
    draw: Drawn = "headline"

    @property
    def instant(self) -> bool:
        """True where the script thread may do it."""
        return not self.draws and not self.queue


@dataclass(frozen=True)
class Shown:
    """What the parts of the page are given to show."""

    comparison: Comparison  # with every wait that is known by now
    kept: Comparison  # of charts and files: its run has an id, and later waits do not change it
    queue: bool  # waits are wanted
    pending: bool  # and some are still being simulated
    asked: str = ""  # the scenario and what was changed, as the command line has them; empty for a file of the user's


# From the leaders to the downloads. Each part has its place, whatever the others hold.
PARTS: tuple[Callable[[Shown], None], ...] = (
    lambda shown: results.show_leaders(shown.comparison),
    lambda shown: results.show_tables(shown.comparison, shown.pending),
    lambda shown: results.show_notes(shown.comparison),
    lambda shown: charts.show_charts(shown.kept),
    lambda shown: debate.show_debate(shown.kept.scenario, shown.kept.seed),
    lambda shown: downloads.show_downloads(shown.kept, shown.queue, shown.pending, shown.asked),
)


def page() -> None:
    """Compose the page of a session."""
    st.set_page_config(page_title=words.TITLE, layout="wide", initial_sidebar_state=PANEL_WIDTH)
    jobs.warm()
    with st.sidebar:
        st.title(words.TITLE, anchor=False)
        st.caption(words.SUBTITLE)
        chosen = selection.choose()
        effort = _choose_effort()
    _show_refused()
    try:
        base = selection.opened(chosen)
    except ScenarioError as error:
        _show_faults(words.UNREADABLE_SCENARIO, error.faults)
        return
    controls = panel.Panel.of(base)
    with st.sidebar:
        panel.show(controls)
    try:
        scenario = selection.opened(chosen, controls.settings())
    except ScenarioError as error:
        results.show_question(base)
        _show_faults(words.BROKEN_SETTINGS, error.faults)
        return
    asked = " ".join([chosen, *controls.options()]) if selection.shipped(chosen) else ""
    _show_result(scenario, controls, effort, asked)


def _choose_effort() -> Effort:
    """How much the user wants computed: draws, queue and seed."""
    with st.expander(words.EFFORT, key="effort"):
        st.session_state.setdefault("draws", USUAL_DRAWS)
        st.session_state.setdefault("queue", True)
        st.session_state.setdefault("seed", DEFAULT_SEED)
        draws = st.segmented_control(
            words.DRAWS, DRAWS, key="draws", required=True, help=words.DRAWS_HELP, format_func=words.draws_text
        )
        everything = st.checkbox(words.DRAW_ALL, key="draw_all", help=words.DRAW_ALL_HELP, disabled=not draws)
        queue = st.toggle(words.QUEUE, key="queue", help=words.QUEUE_HELP)
        seed = st.number_input(words.SEED, 0, LARGEST_SEED, step=1, key="seed", help=words.SEED_HELP)
    return Effort(int(draws or 0), bool(queue), int(seed), "all" if everything and draws else "headline")


# --- what cannot be run ---


def _show_refused() -> None:
    """Show an uploaded file that was not accepted, with every fault."""
    if found := selection.refused():
        name, faults = found
        _show_faults(words.NOT_ACCEPTED.format(name=name), faults)
        st.button(words.DISMISS, key="dismiss", on_click=selection.dismiss)


def _show_faults(head: str, faults: list[str]) -> None:
    """Show the faults, a sentence each."""
    st.error(f"{markdown.literal(head)}\n\n{markdown.bullets(faults)}", icon=":material/error:")


# --- the result ---


def _show_result(scenario: Scenario, controls: panel.Panel, effort: Effort, asked: str) -> None:
    """Show the comparison as far as it is known: never numbers of other settings than those on the panel."""
    # every part has its place, whatever the parts above it hold: what a rerun replaces does not move
    question, answer, changes, status, *places = (st.container() for _ in range(4 + len(PARTS)))
    with question:
        results.show_question(scenario)
    with changes:
        _show_changes(controls)
    with status:
        comparison = _full(scenario, effort)
    if comparison is None:
        job = st.session_state["job"]
        central = _central(scenario, effort.seed, effort.queue)
        shown = Shown(_with_known_waits(central, job), central, effort.queue, job.under_way, asked)
    else:
        shown = Shown(comparison, comparison, effort.queue, False, asked)
    with answer:
        results.show_answer(shown.comparison)
    for place, part in zip(places, PARTS, strict=True):
        with place:
            part(shown)


def _with_known_waits(comparison: Comparison, job: jobs.Job) -> Comparison:
    """The comparison with simulated waits in the place of estimates, where the run has come so far."""
    known = {key: comparison.results[key].with_queue(waits) for key, waits in job.waits.items()}
    return replace(comparison, results=comparison.results | known)


def _full(scenario: Scenario, effort: Effort) -> Comparison | None:
    """The whole comparison, None where its run is not done or has failed; shows the state of the run."""
    if effort.instant:
        _drop_job()
        return _central(scenario, effort.seed, False)
    request = Request.of(scenario, effort.seed, effort.draws, effort.queue, effort.draw)
    found = jobs.result(request, scenario)
    if found is not None:
        _drop_job()
        return found
    job = jobs.follow(st.session_state.get("job"), request)
    st.session_state["job"] = job
    job.poll()
    if job.under_way:
        _watch(effort, len(job.waits))
    elif job.state == "done":
        return jobs.result(request, scenario)
    else:
        _show_ended(job)
    return None


def _central(scenario: Scenario, seed: int, queue: bool) -> Comparison:
    """The central case at once, with estimates of the waits where waits are wanted."""
    fidelity: Fidelity | None = "instant" if queue else None
    run = run_id(scenario, seed, 0, queue, fidelity)
    return Comparison(scenario, seed, 0, _central_results(run, scenario, seed, queue, fidelity), run, fidelity)


@st.cache_resource(max_entries=jobs.MOST_KEPT, show_spinner=False)
def _central_results(
    run: str, _scenario: Scenario, _seed: int, _queue: bool, _fidelity: Fidelity | None
) -> jobs.Results:
    """The results of the central case; cached by the run."""
    return compare(_scenario, seed=_seed, draws=0, queue=_queue, fidelity=_fidelity).results


def _drop_job() -> None:
    """Cancel what the session was computing."""
    job = st.session_state.pop("job", None)
    if job is not None:
        job.cancel()


@st.fragment(run_every=LOOK_SECONDS)
def _watch(effort: Effort, known: int) -> None:
    """Show the progress of the run twice a second; rerun the page once it has ended or more waits are known."""
    job = st.session_state.get("job")
    if job is None:
        return
    job.poll()
    if not job.under_way or len(job.waits) > known:
        st.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.state == "queued":
            st.info(words.QUEUED.format(most=jobs.MOST_RUNNING), icon=":material/hourglass:")
        else:
            st.progress(min(job.share, 1.0), text=words.computing(job.share, effort.draws, effort.queue))
        st.button(words.CANCEL, key="cancel", on_click=job.cancel)


def _show_ended(job: jobs.Job) -> None:
    """Show that a run was cancelled or failed, and a button to start it again."""
    if job.state == "cancelled":
        st.info(words.CANCELLED, icon=":material/info:")
    else:
        st.error(markdown.literal(words.failed(job.why)), icon=":material/error:")
    st.button(words.START_AGAIN, key="again", on_click=lambda: st.session_state.pop("job", None))


def _show_changes(controls: panel.Panel) -> None:
    """Show what differs from the scenario, before any number."""
    changes = controls.changes()
    if changes:
        st.info(f"{words.changes(len(changes))}\n\n{markdown.bullets(changes)}", icon=":material/tune:")
