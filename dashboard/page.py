"""The frame of every page: the address, the pages to choose from, what stands beside them, and which one is shown."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import streamlit as st

from dashboard import aged, importance, jobs, markdown, runs, selection, session, sidebar, steps, texts, words
from dashboard.controls import Panel
from dashboard.runs import Shown
from dashboard.state import Side, State
from dashboard.views import (
    access,
    answer,
    assumptions,
    cluster,
    debate,
    independence,
    money,
    numbers,
    openness,
    scenarios,
    sureness,
)
from sim.scenario import Scenario, ScenarioError

PANEL_WIDTH = 430  # pixels
Sides = tuple[Shown, ...]


def _of_active(show: Callable[[Shown], None]) -> Callable[[Sides], None]:
    """A page of one scenario as one of two: it shows the one that the controls move."""
    return lambda sides: show(sides[min(session.current().active, len(sides) - 1)])


def _show_sweeps(sides: Sides) -> None:
    """Show the page of sweeps, which is loaded when it is opened first: most readers never do."""
    from dashboard.views import sweeps

    sweeps.show(sides)


def _show_about(sides: Sides) -> None:
    """Show the page of what this is, which is loaded when it is opened first, with all that releases are read by."""
    from dashboard.views import about

    about.show(sides)


@dataclass(frozen=True)
class View:
    """A page: its path in the address, the name of its title, the heading that it stands under, what it shows."""

    path: str
    title: str
    group: str
    show: Callable[[Sides], None]


VIEWS = (
    View("answer", "ANSWER", "", answer.show),
    View("cluster", "CLUSTER", "RESULTS", _of_active(cluster.show)),
    View("money", "MONEY", "RESULTS", _of_active(money.show)),
    View("access", "ACCESS", "RESULTS", _of_active(access.show)),
    View("independence", "INDEPENDENCE", "RESULTS", _of_active(independence.show)),
    View("openness", "OPENNESS", "RESULTS", _of_active(openness.show)),
    View("numbers", "NUMBERS", "RESULTS", _of_active(numbers.show)),
    View("debate", "DEBATE", "DOUBTS", _of_active(debate.show)),
    View("sureness", "SURENESS", "DOUBTS", _of_active(sureness.show)),
    View("assumptions", "ASSUMPTIONS", "DOUBTS", _of_active(assumptions.show)),
    View("scenarios", "SCENARIOS", "WORK", scenarios.show),
    View("sweeps", "SWEEPS", "WORK", _show_sweeps),
    View("about", "ABOUT", "WORK", _show_about),
)  # fmt: skip


def prepare() -> None:
    """Compute what the page shows at first, before anybody opens it."""
    state = State()
    runs.prepare(selection.opened(state.sides[0].scenario), state)


def page() -> None:
    """Compose the page of a session."""
    st.set_page_config(page_title=words.TITLE, layout="wide", initial_sidebar_state=PANEL_WIDTH)
    jobs.warm()
    shown: list[View] = []
    pages: dict[str, list[st.Page]] = {}
    for view in VIEWS:
        found = st.Page(
            partial(shown.append, view), title=words.title(view.title), url_path=view.path,
            default=view is VIEWS[0],
        )  # fmt: skip
        pages.setdefault(words.title(view.group) if view.group else "", []).append(found)
    st.navigation(pages, position="top").run()
    (view,) = shown
    spoken = texts.language()
    session.follow_address()
    if texts.language() != spoken:  # in which the titles of the pages are
        st.rerun()
    try:
        _compose(view)
    finally:
        steps.note_sent()
    session.write_address(aged.extra())


def _compose(view: View) -> None:
    """Show what stands beside the page, and the page."""
    state = session.current()
    with st.sidebar:
        sidebar.show_scenario()
    _show_faults()
    sides, panels = [], []
    for place, side in enumerate(state.sides):
        try:
            base = selection.opened(side.scenario)
            panels.append(Panel.of(base, side))
            scenario = selection.changed(base, side)
        except ScenarioError as error:
            _show_broken(side, error.faults)
            continue
        sides.append((place, side, base, scenario))
    whole = len(sides) == len(state.sides)
    importance.look(sides[state.active][-1] if whole else None, state)
    try:
        if whole:  # what a move changes comes first: the browser shows it while the controls are still made
            _show(view, state, sides)
    except Exception:
        _show_beside(panels, state)  # to move what was refused, too
        raise
    _show_beside(panels, state)


def _show_beside(panels: list[Panel], state: State) -> None:
    """Show the controls of the active side, where all are sound, and what else can be chosen."""
    with st.sidebar:
        if len(panels) == len(state.sides):
            sidebar.show_controls(panels[state.active])
        sidebar.show_settings()


def _show(view: View, state: State, sides: list[tuple[int, Side, Scenario, Scenario]]) -> None:
    """Show the page, and above it what was changed and how far the workers are."""
    notice = st.container()
    found = tuple(
        runs.shown(side.scenario, base, scenario, state, place, words.command_options(side))
        for place, side, base, scenario in sides
    )
    aged.look(found[0], state)
    with notice:  # what comes and goes has one place, so that nothing below is made anew by the browser
        aged.show(found[0], state)
        if len(found) == 1:
            _show_changes(found[0])
    view.show(found)


def _show_changes(shown: Shown) -> None:
    """Show what differs from the scenario, before any number."""
    changes = words.changes(shown.scenario)
    if changes:
        st.caption(f":material/edit: {changes}")


# --- what cannot be shown ---


def _show_faults() -> None:
    """Show what of the address was left out, and a file that was not accepted, with every fault."""
    if faults := st.session_state.get("address_faults"):
        st.warning(f"{words.ADDRESS_FAULTS}\n\n{markdown.bullets(faults)}", icon=":material/link_off:")
        st.button(words.DISMISS, key="dismiss_address", on_click=lambda: st.session_state.pop("address_faults"))
    if found := selection.refused():
        name, faults = found
        head = markdown.literal(words.NOT_ACCEPTED.format(name=name))
        st.error(f"{head}\n\n{markdown.bullets(faults)}", icon=":material/error:")
        st.button(words.DISMISS, key="dismiss", on_click=selection.dismiss)


def _show_broken(side: Side, faults: list[str]) -> None:
    """Show why a scenario cannot be run as it stands."""
    st.error(f"{words.BROKEN_SETTINGS}\n\n{markdown.bullets(faults)}", icon=":material/error:")
    st.button(words.RESET_ALL, key=f"reset_broken/{side.scenario}", on_click=session.undo)
