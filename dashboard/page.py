"""The page: what is asked, what can be moved, what comes out. Long work happens elsewhere; see `jobs`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st

from dashboard import debate, downloads, figures, jobs, panel, results, selection, words
from sim.comparison.results import Comparison, Fidelity, run_id
from sim.comparison.run import DEFAULT_SEED, compare
from sim.scenario import Scenario, ScenarioError
from sim.scenario.toml import as_toml

DRAWS = (0, 64, 256)
USUAL_DRAWS = 64  # as on the command line
LARGEST_SEED = 2**31 - 1
PANEL_WIDTH = 360  # pixels
LOOK_SECONDS = 0.5  # between looks at a run


@dataclass(frozen=True)
class Effort:
    """How much is computed."""

    draws: int
    queue: bool
    seed: int

    @property
    def instant(self) -> bool:
        """True where the script thread may do it."""
        return not self.draws and not self.queue


@dataclass(frozen=True)
class Shown:
    """What the parts of the page show."""

    comparison: Comparison  # with every wait that is known by now
    kept: Comparison  # what can be taken away: it has an id, and is not changed by what comes to be known
    queue: bool  # waits are wanted
    pending: bool  # and some are still being simulated


# From the leaders to the downloads. Each part has its place, whatever the others hold.
PARTS: tuple[Callable[[Shown], None], ...] = (
    lambda shown: results.show_leaders(shown.comparison),
    lambda shown: results.show_tables(shown.comparison, shown.pending),
    lambda shown: results.show_notes(shown.comparison),
    lambda shown: figures.show_charts(shown.kept),
    lambda shown: debate.show_debate(shown.kept.scenario, shown.kept.seed),
    lambda shown: figures.show_downloads(shown.kept, shown.queue, shown.pending),
)


def page() -> None:
    """Compose the page."""
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
    _show_result(scenario, controls, effort)


def _choose_effort() -> Effort:
    """Draws, queue and seed."""
    with st.expander(words.EFFORT, key="effort"):
        st.session_state.setdefault("draws", USUAL_DRAWS)
        st.session_state.setdefault("queue", True)
        st.session_state.setdefault("seed", DEFAULT_SEED)
        draws = st.segmented_control(
            words.DRAWS, DRAWS, key="draws", required=True, help=words.DRAWS_HELP, format_func=words.draws_text
        )
        queue = st.toggle(words.QUEUE, key="queue", help=words.QUEUE_HELP)
        seed = st.number_input(words.SEED, 0, LARGEST_SEED, step=1, key="seed", help=words.SEED_HELP)
    return Effort(int(draws or 0), bool(queue), int(seed))


# --- what cannot be run ---


def _show_refused() -> None:
    """An uploaded file that was not taken, with every fault."""
    if found := selection.refused():
        name, faults = found
        _show_faults(words.NOT_TAKEN.format(name=name), faults)
        st.button(words.DISMISS, key="dismiss", on_click=selection.dismiss)


def _show_faults(head: str, faults: list[str]) -> None:
    """Sentences a person can act on."""
    st.error(f"{downloads.literal(head)}\n\n{downloads.bullets(faults)}", icon=":material/error:")


# --- the result ---


def _show_result(scenario: Scenario, controls: panel.Panel, effort: Effort) -> None:
    """The comparison as far as it is known: never numbers of other settings than those on the panel."""
    request = jobs.Request(
        run_id=run_id(scenario, effort.seed, effort.draws, effort.queue),
        key=scenario.key,
        text=as_toml(scenario),
        seed=effort.seed,
        draws=effort.draws,
        queue=effort.queue,
    )
    # every part has its place, whatever the parts above it hold: what a rerun replaces does not move
    question, changes, status, *places = (st.container() for _ in range(3 + len(PARTS)))
    with question:
        results.show_question(scenario)
    with changes:
        _show_changes(controls)
    with status:
        comparison = _full(request, scenario, effort)
    if comparison is None:
        job = st.session_state["job"]
        at_once = _instant(scenario, effort.seed, effort.queue)
        shown = Shown(_with_known_waits(at_once, job), at_once, effort.queue, job.under_way)
    else:
        shown = Shown(comparison, comparison, effort.queue, False)
    for place, part in zip(places, PARTS, strict=True):
        with place:
            part(shown)


def _with_known_waits(comparison: Comparison, job: jobs.Job) -> Comparison:
    """The comparison with simulated waits in the place of estimates, where the run has come so far."""
    known = {key: comparison.results[key].with_queue(waits) for key, waits in job.waits.items()}
    return replace(comparison, results=comparison.results | known)


def _full(request: jobs.Request, scenario: Scenario, effort: Effort) -> Comparison | None:
    """The whole comparison, or None while, or since, a run for it is not done; draws how the run stands."""
    if effort.instant:
        _drop_job()
        return _instant(scenario, effort.seed, False)
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


def _instant(scenario: Scenario, seed: int, queue: bool) -> Comparison:
    """The central case at once, with estimates of the waits where waits are wanted."""
    fidelity: Fidelity | None = "instant" if queue else None
    request = jobs.Request(run_id(scenario, seed, 0, queue, fidelity), scenario.key, "", seed, 0, queue, fidelity)
    found = jobs.result(request, scenario)
    if found is None:
        found = compare(scenario, seed=seed, draws=0, queue=queue, fidelity=fidelity)
        jobs.keep(request.run_id, found.results)
    return found


def _drop_job() -> None:
    """What the session was computing is no longer wanted."""
    job = st.session_state.pop("job", None)
    if job is not None:
        job.cancel()


@st.fragment(run_every=LOOK_SECONDS)
def _watch(effort: Effort, known: int) -> None:
    """Look at the run twice a second; once it has ended, or knows more waits, the page is drawn anew."""
    job = st.session_state.get("job")
    if job is None:
        return
    job.poll()
    if not job.under_way or len(job.waits) > known:
        st.rerun()
    share, _ = job.progress
    with st.container(horizontal=True, vertical_alignment="center"):
        if job.state == "queued":
            st.info(words.QUEUED.format(most=jobs.MOST_RUNNING), icon=":material/hourglass:")
        else:
            st.progress(min(share, 1.0), text=words.computing(share, effort.draws, effort.queue))
        st.button(words.CANCEL, key="cancel", on_click=job.cancel)


def _show_ended(job: jobs.Job) -> None:
    """A run that was cancelled or failed, and the way to try again."""
    if job.state == "cancelled":
        st.info(words.CANCELLED, icon=":material/info:")
    else:
        st.error(downloads.literal(words.failed(job.why)), icon=":material/error:")
    st.button(words.START_AGAIN, key="again", on_click=lambda: st.session_state.pop("job", None))


def _show_changes(controls: panel.Panel) -> None:
    """What differs from the scenario, before any number."""
    changes = controls.changes()
    if changes:
        st.info(f"{words.changes(len(changes))}\n\n{downloads.bullets(changes)}", icon=":material/tune:")
