"""The state of a session: what it is, how it is changed, undone and done again, and how it follows the address."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from dashboard import address, refusals, selection, texts, words
from dashboard.state import Side, State
from sim.formatting import short_repr
from sim.mechanisms.world import World
from sim.scenario import Scenario, ScenarioError

MOST_STEPS = 200  # that can be undone
ONE_MOVE_SECONDS = 1.5  # moves of one control within this time are undone together


@dataclass(frozen=True)
class History:
    """States before the present one, and those that were undone; the nearest last in both."""

    past: tuple[State, ...] = ()
    future: tuple[State, ...] = ()
    what: str = ""  # was changed last
    at: float = 0.0  # on the monotonic clock


def current() -> State:
    """The state of this session."""
    state: State = st.session_state.setdefault("state", State())
    return state


def change(state: State, what: str = "") -> None:
    """Make this the state; moves of the same control in one go are one step to undo."""
    before, history = current(), _history()
    if state == before and is_part():  # a timer has brought what is known, and what comes next can be a step back
        return
    note_move()
    if state == before:
        return
    now = time.monotonic()
    same = bool(what) and what == history.what and now - history.at < ONE_MOVE_SECONDS
    past = history.past if same else (*history.past, before)[-MOST_STEPS:]
    if past and past[-1] == state:  # moved there and back in one go: there is nothing to undo
        past = past[:-1]
    st.session_state["history"] = History(past, (), what, now)
    _set(state)


def note_move() -> None:
    """Note that the state counts more than the address that comes with the next run, which can be one of before."""
    st.session_state["moved"] = True


def rerun() -> None:
    """Run the whole page again out of a part of it, whose address can be one of before as well."""
    note_move()
    st.rerun()


def own_id() -> str:
    """The id of this session; empty where there is none, as in a thread of its own."""
    context = get_script_run_ctx(suppress_warning=True)
    return "" if context is None else context.session_id


def is_left(session_id: str) -> bool:
    """Whether the browser of a session has gone; it may come back, so that the session is kept for a while."""
    return bool(session_id) and runtime.exists() and not runtime.get_instance().is_active_session(session_id)


def is_part() -> bool:
    """Whether only a part of the page is run again, as by its timer: what the whole page shows is asked for besides."""
    context = get_script_run_ctx(suppress_warning=True)
    return context is not None and bool(context.fragment_ids_this_run)


def change_side(side: Side, what: str = "") -> None:
    """Make this the active side."""
    change(current().with_side(side), what)


def undo() -> None:
    """Go back to the state before the last change."""
    history = _history()
    if history.past:
        st.session_state["history"] = History(history.past[:-1], (*history.future, current()))
        _set(history.past[-1])
        note_move()


def redo() -> None:
    """Do again what was undone last."""
    history = _history()
    if history.future:
        st.session_state["history"] = History((*history.past, current()), history.future[:-1])
        _set(history.future[-1])
        note_move()


def steps() -> tuple[int, int]:
    """How many changes can be undone, and done again."""
    history = _history()
    return len(history.past), len(history.future)


def _history() -> History:
    history: History = st.session_state.get("history", History())
    return history


def _set(state: State) -> None:
    st.session_state["state"] = state
    texts.speak(state.language)


def keep_open(key: str) -> None:
    """Keep open what is open, before it is made: with another title it would be another one, and folded."""
    if st.session_state.get(key):
        st.session_state[key] = True


# --- the address ---


def follow_address() -> None:
    """Take the state from the address where it was opened, or changed by the browser and not by this page.

    An address without parameters keeps the state: a link to another page of ours has none, nor has what the browser
    asks for before it has received the address of that page. Who opens a bare address has a new session. An address
    that comes with a move is no news either: the browser may not have received the one of the move before.
    """
    shown: address.Query = {name: st.query_params.get_all(name) for name in st.query_params}
    written, moved = st.session_state.get("address"), st.session_state.pop("moved", False)
    if shown == written or (written is not None and (moved or not shown)):
        return
    texts.speak(address.language(shown))  # in which its faults are said
    found = address.read(shown, accepted)
    st.session_state["address_faults"] = (*found.faults, *_unknown_options(found.state))
    st.session_state["address_read"] = found
    if written is None:
        _set(found.state)
    else:
        change(found.state)
        st.session_state.pop("moved", None)
    st.session_state["address"] = shown


def _unknown_options(state: State) -> list[str]:
    """A sentence on each option to look at that the scenario does not have: another is shown in its place."""
    keys = [option.key for option in selection.opened(state.sides[0].scenario).options]
    return [
        words.NO_SUCH_OPTION.format(text=short_repr(key), options=", ".join(keys))
        for key in (state.pair.first, state.pair.second)
        if key and key not in keys
    ]


def write_address(extra: Mapping[str, str] | None) -> None:
    """Write the state and what stands besides into the address, if it is not there; None leaves it as it was opened."""
    wanted: address.Query = st.session_state["address"]
    if extra is not None:
        wanted = address.query(current()) | {name: [text] for name, text in extra.items() if text}
    if wanted != st.session_state.get("address") or dict(st.query_params) == {}:
        st.query_params.from_dict(wanted)
        st.session_state["address"] = wanted
    st.session_state.pop("moved", None)


def accepted(side: Side) -> tuple[Side, list[str]]:
    """What a scenario accepts of a side, and a sentence on all else."""
    try:
        base = selection.opened(side.scenario)
    except ScenarioError as error:
        left = f" {words.GONE_SETTINGS.format(paths=', '.join(side.paths))}" if side.paths else ""
        return Side(), [f"{words.GONE.format(fault=fault)}{left}" for fault in error.faults]
    try:
        return without_idle(side, selection.changed(base, side)), []
    except ScenarioError as error:
        whole = error.faults
    kept, faults = Side(side.scenario), []
    for path in side.paths:
        more = kept
        if path in side.settings:
            more = more.with_values({path: side.settings[path]})
        if path in side.known:
            more = more.with_known(path, True)
        if path in side.ranges:
            more = more.with_range(path, side.ranges[path])
        try:
            selection.changed(base, more)
            kept = more
        except ScenarioError as error:
            faults += [_said(fault, path) for fault in error.faults]
    return without_idle(kept, selection.changed(base, kept)), faults or whole


def _said(fault: str, path: str) -> str:
    """What the model says of a number of the world, in the language of the page where it can be."""
    group, _, name = path.partition(".")
    kind = World.kinds().get(group)
    return refusals.reason(fault, kind.spec(name)) if kind is not None and name in kind.names() else fault


def without_idle(side: Side, scenario: Scenario) -> Side:
    """The side without settings that change nothing."""
    moved = {change.path for change in scenario.changes}
    idle = [path for path in side.settings if path not in moved and path.partition(".")[0] in scenario.world.groups()]
    return replace(side, settings={path: value for path, value in side.settings.items() if path not in idle})


def value(side: Side, path: str, usual: Any) -> Any:
    """The value of a path on a side, `usual` where it is as the file has it."""
    return side.settings.get(path, usual)
