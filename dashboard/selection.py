"""Which scenario: one that ships with the package, or one of the user's own files."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from dashboard import names as local_names
from dashboard import words
from dashboard.state import MINE, Side
from sim.formatting import short_repr, unknown_name
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from sim.scenario.overrides import FIXED, Settings
from sim.scenario.ranges import RANGES

_REFUSED = "refused"  # its place in the state of a session


def choices() -> dict[str, str]:
    """Titles of all that can be chosen, by name: shipped scenarios first, then the user's own."""
    return {name: title(name) for name in [*names(), *(MINE + key for key in own())]}


def opened(chosen: str) -> Scenario:
    """The chosen scenario as its file has it; ScenarioError with every fault."""
    if not chosen.startswith(MINE):
        return _shipped(chosen) or load(chosen) if chosen in names() else _absent(chosen)
    found = own().get(chosen.removeprefix(MINE))
    if found is None:
        raise ScenarioError(chosen, [words.NOT_MINE.format(name=short_repr(chosen.removeprefix(MINE)))])
    return found


def _absent(chosen: str) -> Scenario:
    """No scenario: an address names one that ships, and opens no file of the server's."""
    why = unknown_name("scenario", chosen, names())
    raise ScenarioError(chosen, [f"scenario: {why}" if why.endswith("?") else f"scenario: {why}."])


def changed(base: Scenario, side: Side) -> Scenario:
    """A scenario with what a side changes in it; ScenarioError with every fault."""
    return with_settings(base, Settings(settings_of(side), "--set", "--fix", "--range")) if side.changed else base


def settings_of(side: Side) -> dict[str, Any]:
    """What a side changes, as settings by path."""
    known = {FIXED: sorted(side.known)} if side.known else {}
    ranges = {RANGES: {path: list(limits) for path, limits in side.ranges.items()}} if side.ranges else {}
    return {**side.settings, **known, **ranges}


def refused() -> tuple[str, list[str]] | None:
    """Name and faults of the file that was uploaded last, unless it was accepted or the message was dismissed."""
    found: tuple[str, list[str]] | None = st.session_state.get(_REFUSED)
    return found


def refuse(name: str, faults: list[str]) -> None:
    """Keep why a file was not accepted, until that is dismissed or another one is opened."""
    st.session_state[_REFUSED] = (name, faults)


def dismiss() -> None:
    """Drop the message on the refused file."""
    st.session_state.pop(_REFUSED, None)


def own() -> dict[str, Scenario]:
    """The user's own scenarios by key, as they were accepted."""
    own: dict[str, Scenario] = st.session_state.setdefault("mine", {})
    return own


def title(chosen: str) -> str:
    """The title of a scenario in the list; with its key where two of the user's own have the same."""
    if chosen.startswith(MINE):
        key = chosen.removeprefix(MINE)
        mine = own()[key].title
        alone = sum(each.title == mine for each in own().values()) == 1
        return f"{mine} ({words.OWN if alone else f'{words.OWN}: {key}'})"
    return _shipped_title(chosen)


def _shipped_title(name: str) -> str:
    """The title of a shipped scenario, its name where it cannot be read."""
    found = _shipped(name)
    return local_names.title(found) if found else name


@cache
def _shipped(name: str) -> Scenario | None:
    """A shipped scenario, read once, for its file is part of the program; None where it cannot be read."""
    try:
        return load(name)
    except ScenarioError:
        return None
