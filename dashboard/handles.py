"""One's own uncertainty of a number: a slider with two ends, whether draws vary it at all, and resets of both."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import english, markdown, refusals, selection, session, steps, words
from dashboard.controls import Control
from dashboard.state import Range, Side
from sim.scenario import ScenarioError

WIDER = 1.0  # times the plausible zone: how far an own range may reach beyond either end
FACTOR = 3.0  # the same where a range is one of factors
FAULTS = "refused/"  # before the path, in the state of a session: why a change was not taken


def show(control: Control, at: str) -> None:
    """Show whether draws vary a number, and within which range. at: the place of the widgets, before their keys."""
    key = f"{at}known/{control.path}"
    steps.follow(key, control.known)
    known = steps.unless_stale(key, partial(_know, control.path, key))
    st.checkbox(words.KNOWN, control.known, key=key, help=words.KNOWN_HELP, on_change=known)
    st.caption(words.PINNED if control.known else words.RECENTRED)
    if not control.known and reach(control) is not None:
        _show_range(control, at)
    show_faults(control)


def _show_range(control: Control, at: str) -> None:
    """Show the two ends, and the way back to the declared zone."""
    low, high = reach(control) or control.zone
    step = steps.step_of(low, high, *control.zone, float(control.value))
    key = f"{at}range/{control.path}/{low:g}/{high:g}/{step:g}"
    ends = (min(max(control.zone[0], low), high), min(max(control.zone[1], low), high))
    steps.follow(key, ends)
    st.slider(
        words.OWN_RANGE, low, high, ends, step=step, key=key, format=steps.slider_format(control.spec, step),
        help=words.OWN_RANGE_HELP, on_change=steps.unless_stale(key, partial(_set_range, control, key)),
    )  # fmt: skip
    if control.limits is not None:
        st.button(
            words.OWN_RANGE_RESET, key=f"{at}unrange/{control.path}", type="tertiary",
            on_click=lambda: session.change_side(session.current().side.with_range(control.path, None), control.path),
        )  # fmt: skip


def reach(control: Control) -> Range | None:
    """From where to where an own range may be moved: beyond the plausible zone, within what is possible.

    None where nothing can be moved.
    """
    spec, value = control.spec, float(control.value)
    zones = [control.zone, spec.interval(value)]
    low, high = min(end for end, _ in zones), max(end for _, end in zones)
    if spec.multiplies and low > 0:
        wide = low / FACTOR, high * FACTOR
    else:
        wide = low - WIDER * (high - low), high + WIDER * (high - low)
    low, high = (float(f"{end:.3g}") for end in wide)
    low, high = max(low, spec.floor), min(high, spec.ceiling)
    return (float(min(low, value)), float(max(high, value))) if low < high else None


def _set_range(control: Control, key: str) -> None:
    """Take both ends; the range holds the value, which is the median of what is drawn."""
    low, high = st.session_state[key]
    value = float(control.value)
    attempt(control.path, session.current().side.with_range(control.path, (min(low, value), max(high, value))))


def _know(path: str, key: str) -> None:
    attempt(path, session.current().side.with_known(path, bool(st.session_state[key])))


# --- changes that may be refused ---


def attempt(path: str, side: Side) -> None:
    """Make this the active side if the model accepts it; else keep what it says, for `show_faults`."""
    st.session_state.pop(FAULTS + path, None)
    try:
        selection.changed(selection.opened(side.scenario), side)
    except ScenarioError as error:
        st.session_state[FAULTS + path] = error.faults
        return
    session.change_side(side, path)


def show_faults(control: Control) -> None:
    """Show why the last change of a number was not taken."""
    if faults := st.session_state.get(FAULTS + control.path):
        said = [refusals.reason(fault, control.spec) for fault in faults]
        st.error(markdown.bullets(said), icon=":material/error:")
        if set(said) & set(faults):
            english.show(words.REFUSAL_IS_ENGLISH)
