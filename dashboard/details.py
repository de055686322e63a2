"""What is known of one number: unit, plausible range, evidence, source, whether draws vary it, what it matters here."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import english, handles, importance, markdown, names, session, words
from dashboard.controls import Control


def show_label(control: Control) -> None:
    """Show the label of a control, with the grade of its evidence and how much it matters; it opens the details."""
    text = markdown.literal(control.label)
    if control.moved:
        text = f":material/edit: **{text}**"
    known = [control.spec.grade.replace("-", ""), importance.mark(control.path)]
    marks = f"{markdown.NO_BREAK}·{markdown.NO_BREAK}".join(filter(None, known))
    label = f"{text} :gray[{marks}]" if marks else text
    session.keep_open(f"details/{control.path}")
    popover = st.popover(label, type="tertiary", key=f"details/{control.path}", on_change="rerun", width="stretch")
    if popover.open:
        with popover:
            show(control)


def show(control: Control, at: str = "") -> None:
    """Show the details. at: the place on the page, before the keys of what can be moved in them."""
    st.caption(markdown.literal(control.path))
    st.markdown(words.help_text(control.declared, control.spec, control.default))
    if control.free and not control.spec.low <= control.scenario <= control.spec.high:
        st.caption(markdown.literal(words.own_outside(control.scenario, control.spec)))
    if not names.is_explained(control.declared, control.spec):
        english.show(words.HELP_IS_ENGLISH)
    if found := importance.lines(control.path, control.free and not control.known):
        st.markdown(markdown.bullets(found))
    if control.free:
        handles.show(control, at)
    if control.moved:
        if control.changed:
            st.caption(markdown.literal(words.changed(control.value, control.scenario, control.spec)))
        st.button(words.RESET, key=f"{at}reset/{control.path}", on_click=partial(_reset, control.path))


def _reset(path: str) -> None:
    session.change_side(session.current().side.without(path), path)
