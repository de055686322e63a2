"""One control on the page: its label, which opens all that is known of it, and what one moves."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from math import ceil, floor, log10
from typing import Any

import streamlit as st

from dashboard import details, markdown, names, session, words
from dashboard.controls import Control, same
from dashboard.state import Side
from dashboard.steps import STALE_SECONDS, select, unless_stale
from dashboard.steps import decimals as decimals
from dashboard.steps import follow as follow
from dashboard.steps import slider_format as slider_format
from dashboard.steps import step_of as step_of

ROOM = 0.2  # of the plausible range, beyond a scenario's value that lies outside of it
Moved = Callable[[Control, Any], None]


def key_of(control: Control) -> str:
    """Key of the widget of a control; a slider with other ends or steps is another widget."""
    if control.spec.kind != "number":
        return f"control/{control.path}"
    low, high = bounds(control)
    return f"control/{control.path}/{low:g}/{high:g}/{step_of(low, high, control.scenario):g}"


def bounds(control: Control) -> tuple[float, float]:
    """The plausible range, made wider where a value is outside; beyond the scenario's own there is room."""
    spec, values = control.spec, (control.scenario, control.value)
    low, high = min(spec.low, *values), max(spec.high, *values)
    room = round_up(ROOM * (spec.high - spec.low))
    if control.scenario > spec.high:
        high = max(high, min(spec.ceiling, control.scenario + room))
    if control.scenario < spec.low:
        low = min(low, max(spec.floor, control.scenario - room))
    return float(low), float(high)


def round_up(value: float) -> float:
    """A number of one digit that is at least as much.

    >>> round_up(1_400), round_up(0.05)
    (2000.0, 0.05)
    """
    if value <= 0:
        return 0.0
    unit = 10.0 ** floor(log10(value))
    return float(f"{ceil(value / unit - 1e-9) * unit:.6g}")


# --- controls ---


def show(control: Control, moved: Moved | None = None) -> None:
    """Show one control; `moved` is called with it and its new value, by default it changes the state."""
    fixed = control.spec.kind == "number" and control.spec.low == control.spec.high == control.scenario
    with st.container(gap="xxsmall"):
        details.show_label(control)
        if fixed or control.spec.kind == "series":
            st.caption(markdown.literal(words.value_text(control.value, control.spec)))
        else:
            follow(key_of(control), control.value)
            # who balances shares remembers what they were, and knows which of them a user has moved
            seconds = 0.0 if moved else STALE_SECONDS
            take = unless_stale(key_of(control), partial(_move, control, moved or set_value), seconds)
            _WIDGETS[control.spec.kind](control, take)


def _move(control: Control, moved: Moved) -> None:
    """Pass on what the user has set."""
    moved(control, st.session_state[key_of(control)])


def set_value(control: Control, value: Any) -> None:
    """Set a value of the active side."""
    session.change_side(with_value(control, session.current().side, value), control.path)


def with_value(control: Control, side: Side, value: Any) -> Side:
    """A side with a value; the scenario's own is no change. An own range is widened until it holds the value."""
    own = same(value, control.scenario) and not control.follows
    side = side.with_values({control.path: None if own else value})
    limits = control.limits or control.of_file
    if limits and not control.known and not limits[0] <= value <= limits[1]:
        return side.with_range(control.path, (min(limits[0], value), max(limits[1], value)))
    return side


def _common(control: Control, on_change: Callable[[], None]) -> dict[str, Any]:
    """What every widget is given; its visible label is the one that opens the details."""
    return {
        "label": markdown.literal(control.label),
        "key": key_of(control),
        "on_change": on_change,
        "label_visibility": "collapsed",
    }


def _slider(control: Control, on_change: Callable[[], None]) -> None:
    low, high = bounds(control)
    step = step_of(low, high, control.scenario)
    text = slider_format(control.spec, step, float(control.scenario))
    value = float(control.value)
    st.slider(min_value=low, max_value=high, value=value, step=step, format=text, **_common(control, on_change))


def _selectbox(control: Control, on_change: Callable[[], None]) -> None:
    labels = {word: names.choice(word, control.spec) for word in control.spec.choices}
    place = control.spec.choices.index(control.value)
    select(options=control.spec.choices, index=place, format_func=labels.__getitem__, **_common(control, on_change))


def _toggle(control: Control, on_change: Callable[[], None]) -> None:
    st.toggle(value=bool(control.value), **_common(control, on_change))


_WIDGETS: dict[str, Callable[[Control, Callable[[], None]], None]] = {
    "number": _slider,
    "choice": _selectbox,
    "switch": _toggle,
}
