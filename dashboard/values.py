"""Any value of a scenario on the page, typed or chosen; what the model refuses is said with its reason."""

from __future__ import annotations

from functools import partial
from typing import Any

import streamlit as st

from dashboard import handles, markdown, names, refusals, session, steps, widgets, words
from dashboard.controls import Control
from sim.formatting import short_repr


def show(control: Control, at: str) -> None:
    """Show the value of a parameter, to be changed. at: the place of the widget, before its key."""
    spec = control.spec
    key = f"{at}value/{control.path}"
    take = steps.unless_stale(key, partial(_set, control, key))
    common: dict[str, Any] = {"label": words.VALUE, "key": key, "on_change": take}
    if spec.kind == "series":
        steps.follow(key, words.value_text_of(list(control.value)).strip("[]"))
        st.text_input(help=words.VALUE_SERIES_HELP, **common)
    elif spec.kind == "choice":
        steps.follow(key, control.value)
        steps.select(options=spec.choices, format_func=lambda word: names.choice(word, spec), **common)
    elif spec.kind == "switch":
        steps.follow(key, control.value)
        st.toggle(**common)
    else:
        steps.follow(key, float(control.value))
        possible = refusals.range_text(spec.floor, spec.ceiling, spec.unit)
        allowed = words.VALUE_ALLOWED.format(range=possible)
        st.number_input(format="%.6g", step=None, help=markdown.literal(allowed), **common)
    if not control.free:  # else the handle of its range shows them
        handles.show_faults(control)


def _set(control: Control, key: str) -> None:
    """Take a value over if the model accepts it."""
    given = st.session_state[key]
    value = _series(given) if control.spec.kind == "series" else given
    if value is None:
        return
    handles.attempt(control.path, widgets.with_value(control, session.current().side, value))


def _series(text: str) -> list[Any]:
    """Numbers in a text between commas or spaces; what is no number stays as it is, for the model to refuse."""
    return [_number(word) for word in text.replace(",", " ").split()]


def _number(word: str) -> Any:
    try:
        return float(word)
    except ValueError:
        return short_repr(word)
