"""Beside every page: which scenario, undo and redo, the controls, and how much is computed."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from dashboard import markdown, opening, selection, session, shares, steps, widgets, words
from dashboard.amounts import local
from dashboard.controls import BUDGET, Panel, Section, budget_of, same, with_budget
from dashboard.state import DRAWS, LARGEST_SEED, Side, State
from dashboard.texts import LANGUAGES
from sim.formatting import format_value
from sim.mechanisms.appraisal import profiles

COLUMNS = 2  # of controls
NARROWEST = 150  # pixels of one


def show_scenario() -> None:
    """Show which scenario, which second one, and undo and redo."""
    state, titles = session.current(), selection.choices()
    widgets.follow("scenario", state.sides[0].scenario)
    steps.select(
        words.SCENARIO, titles, index=list(titles).index(state.sides[0].scenario), key="scenario",
        format_func=titles.__getitem__, on_change=partial(_choose, 0),
        label_visibility="collapsed",
    )  # fmt: skip
    past, future = session.steps()
    with st.container(horizontal=True, gap="xsmall"):
        st.button(words.UNDO, key="undo", icon=":material/undo:", on_click=session.undo, disabled=not past)
        st.button(words.REDO, key="redo", icon=":material/redo:", on_click=session.redo, disabled=not future)
        st.button(
            words.RESET, key="reset_all", on_click=_reset_side, disabled=not state.side.changed, help=words.RESET_ALL
        )
    if len(state.sides) > 1:
        _show_moving(state)


def _show_moving(state: State) -> None:
    """Show which of two scenarios the controls move."""
    names = (words.SIDE_A, words.SIDE_B)
    widgets.follow("moving", names[state.active])
    st.segmented_control(
        words.MOVING, names, default=names[state.active], key="moving", required=True,
        on_change=steps.unless_stale("moving", partial(_move_side, names), 0.0),  # clicks are fast
    )  # fmt: skip


def _move_side(names: tuple[str, ...]) -> None:
    session.change(replace(session.current(), active=names.index(st.session_state["moving"])))


def _choose(place: int) -> None:
    """Open another scenario as its file has it; what the question is about is the scenario's own again."""
    state, name = session.current(), st.session_state["scenario" if place == 0 else "versus"]
    sides = list(state.sides)
    sides[place] = Side(name)
    session.change(replace(state, sides=tuple(sides), pair=State().pair))


def _reset_side() -> None:
    session.change_side(Side(session.current().side.scenario))


# --- controls ---


def show_controls(panel: Panel) -> None:
    """Show the controls: those that come first in full view, all others under their headings."""
    with st.grid(COLUMNS, min_column_width=NARROWEST, gap="small"):
        _show_budget(panel)
        for control in panel.main:
            widgets.show(control)
    for section in panel.rest:
        _show_section(panel, section)


def _show_section(panel: Panel, section: Section) -> None:
    """Show one heading, and its controls where it is open."""
    count = words.count_changed(section.changed)
    title = markdown.literal(section.title + (f" ({count})" if count else ""))
    # the key is the same in every scenario: what was opened stays open
    key = f"section/{section.group}"
    session.keep_open(key)
    found = st.expander(title, key=key, on_change="rerun")
    if not found.open:
        return
    with found, st.grid(COLUMNS, min_column_width=NARROWEST, gap="small"):
        for control in section.controls:
            widgets.show(control, partial(_balance, section) if section.shares else None)
    if section.shares and section.changed:
        with found:
            st.caption(markdown.literal(words.SHARES_SUM))


def _balance(section: Section, moved: object, value: float) -> None:
    """Set the shares of a portfolio so that all sum to one; those that the user has not moved follow."""
    state = session.current()
    last = {control.path: float(control.value) for control in section.controls}
    now = {control.path: float(st.session_state[widgets.key_of(control)]) for control in section.controls}
    memory = st.session_state.get("shares", shares.Memory())
    usual = {control.path: float(control.scenario) for control in section.controls}
    found, memory = shares.rebalanced(now, last, usual, memory)
    st.session_state["shares"] = memory
    own = all(same(found[path], usual[path]) for path in found)
    values = {path: None if own else share for path, share in found.items()}
    session.change_side(state.side.with_values(values), section.group)


def _show_budget(panel: Panel) -> None:
    """Show the control of the budget, the one number that is no parameter."""
    scenario, side = panel.scenario, panel.side
    millions = budget_of(scenario, side) / words.MILLION
    usual = scenario.budget.total / words.MILLION
    widgets.follow(BUDGET, millions)
    label = markdown.literal(words.title("label budget").format(currency=scenario.currency))
    st.number_input(
        label, min_value=0.0, value=millions, step=widgets.step_of(0.0, usual, usual) or None, format="%.6g",
        key=BUDGET,
        help=markdown.literal(f"{words.BUDGET_HELP} {words.BUDGET_OF_FILE.format(value=local(format_value(usual)))}"),
        on_change=steps.unless_stale(BUDGET, partial(_set_budget, panel)),
    )  # fmt: skip


def _set_budget(panel: Panel) -> None:
    millions = st.session_state[BUDGET]
    if millions is not None:
        session.change_side(with_budget(panel.scenario, panel.side, millions * words.MILLION), BUDGET)


# --- how much is computed ---


def show_settings() -> None:
    """Show how much is computed, how it is appraised, a second scenario, a file of the user's own, and the language."""
    with st.expander(words.TWO_SCENARIOS, key="two"):
        _show_versus()
    with st.expander(words.OWN_FILE, key="own"):
        opening.upload()
    with st.expander(words.EFFORT, key="effort"):
        _show_effort()
    state = session.current()
    widgets.follow("lang", state.language)
    st.segmented_control(
        words.LANGUAGE, LANGUAGES, default=state.language, key="lang", required=True, format_func=words.language_name,
        on_change=steps.unless_stale("lang", partial(_set, "lang", "language")),
    )  # fmt: skip


def _show_versus() -> None:
    """Show the choice of a second scenario."""
    state, titles = session.current(), {"": words.NO_OTHER, **selection.choices()}
    other = state.sides[1].scenario if len(state.sides) > 1 else ""
    widgets.follow("versus", other)
    place = list(titles).index(other)
    steps.select(
        words.VERSUS, titles, index=place, key="versus", format_func=titles.__getitem__, on_change=_set_versus,
        stale_seconds=0.0,  # who has just kept a scenario as the second may want none again at once
    )  # fmt: skip
    if len(state.sides) == 1:
        st.button(words.KEEP_AS_B, key="keep", on_click=_keep, help=words.KEEP_AS_B_HELP)


def _set_versus() -> None:
    """Take another scenario as the second, or none."""
    state, name = session.current(), st.session_state["versus"]
    sides = (state.sides[0], Side(name)) if name else state.sides[:1]
    session.change(replace(state, sides=sides, active=0))


def _keep() -> None:
    """Take the first scenario as it stands as the second, too: what is moved next is seen against it."""
    state = session.current()
    session.change(replace(state, sides=(state.sides[0], state.sides[0]), active=0))


def _show_effort() -> None:
    """Show draws, what they vary, the queue, the seed and the appraisal profile."""
    state = session.current()
    for key, value in (
        ("draws", state.draws), ("draw_all", state.draw == "all"), ("queue", state.queue), ("seed", state.seed),
        ("profile", state.profile),
    ):  # fmt: skip
        widgets.follow(key, value)
    draws = {choice: words.draws_text(choice) for choice in dict.fromkeys([None, *DRAWS, state.draws])}
    rules = {name: words.profile_name(name) for name in ("", *profiles())}
    steps.select(
        words.DRAWS, list(draws), index=list(draws).index(state.draws), key="draws",
        help=words.DRAWS_HELP, format_func=draws.__getitem__,
        on_change=partial(_set, "draws", "draws"),
    )  # fmt: skip
    everything = state.draw == "all"
    st.checkbox(
        words.DRAW_ALL, everything, key="draw_all", help=words.DRAW_ALL_HELP,
        on_change=steps.unless_stale("draw_all", _set_draw),
    )  # fmt: skip
    st.toggle(
        words.QUEUE, state.queue, key="queue", help=words.QUEUE_HELP,
        on_change=steps.unless_stale("queue", partial(_set, "queue", "queue")),
    )  # fmt: skip
    st.number_input(
        words.SEED,
        0,
        LARGEST_SEED,
        state.seed,
        step=1,
        key="seed",
        help=words.SEED_HELP,
        on_change=steps.unless_stale("seed", partial(_set, "seed", "seed")),
    )
    steps.select(
        words.PROFILE, list(rules), index=list(rules).index(state.profile), key="profile",
        format_func=rules.__getitem__, help=words.PROFILE_HELP,
        on_change=partial(_set, "profile", "profile"),
    )  # fmt: skip


def _set_draw() -> None:
    session.change(replace(session.current(), draw="all" if st.session_state["draw_all"] else "headline"))


def _set(key: str, name: str) -> None:
    """Take over one value of the state from its widget."""
    session.change(replace(session.current(), **{name: st.session_state[key]}))
