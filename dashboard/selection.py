"""Which scenario: one that ships with the package, or a file of the user's own."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from dashboard import markdown, uploads, words
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from sim.scenario.files import LARGEST_BYTES

FIRST = "nairr_us"  # as on the command line, where none is named
UPLOAD_MB = 1  # the smallest limit that Streamlit knows; that of scenario files is lower
_MINE = "mine:"


def choose() -> str:
    """The chosen scenario as `opened` knows it; shows the choice."""
    options = [*names(), *(_MINE + key for key in _own())]
    st.session_state.setdefault("scenario", FIRST if FIRST in options else options[0])
    titles = {option: _title(option) for option in options}
    chosen = st.selectbox(words.SCENARIO, options, key="scenario", format_func=titles.__getitem__, on_change=dismiss)
    with st.popover(words.OWN_FILE, icon=":material/upload_file:", width="stretch"):
        st.file_uploader(
            words.OWN_FILE,
            type=["toml"],
            key="upload",
            help=words.OWN_FILE_HELP,
            max_upload_size=UPLOAD_MB,
            on_change=_accept,
        )
        st.caption(markdown.literal(words.LARGEST_FILE.format(kilobytes=LARGEST_BYTES / words.THOUSAND)))
    return str(chosen)


def opened(chosen: str, settings: dict[str, Any] | None = None) -> Scenario:
    """The chosen scenario with these settings; ScenarioError with every fault."""
    found = _own()[chosen.removeprefix(_MINE)] if chosen.startswith(_MINE) else load(chosen)
    return with_settings(found, settings) if settings else found


def refused() -> tuple[str, list[str]] | None:
    """Name and faults of the file that was uploaded last, unless it was accepted or the message was dismissed."""
    found: tuple[str, list[str]] | None = st.session_state.get("refused")
    return found


def dismiss() -> None:
    """Drop the message on the refused file."""
    st.session_state.pop("refused", None)


def _own() -> dict[str, Scenario]:
    """The user's own scenarios by key, as they were accepted."""
    own: dict[str, Scenario] = st.session_state.setdefault("mine", {})
    return own


def _accept() -> None:
    """Choose an uploaded scenario; one with faults changes nothing but the list of them."""
    file = st.session_state.get("upload")
    dismiss()
    if file is None:
        return
    key = uploads.safe_name(file.name)
    try:
        if file.size > LARGEST_BYTES:
            raise ScenarioError(key, [words.TOO_LARGE.format(kilobytes=file.size / words.THOUSAND)])
        _own()[key] = uploads.read_text(file.getvalue(), key)
    except ScenarioError as error:
        st.session_state["refused"] = (file.name, error.faults)
        return
    st.session_state["scenario"] = _MINE + key


def _title(chosen: str) -> str:
    """The title of a scenario in the list."""
    if chosen.startswith(_MINE):
        return f"{_own()[chosen.removeprefix(_MINE)].title} ({words.OWN})"
    return _shipped_title(chosen)


@cache
def _shipped_title(name: str) -> str:
    """The title of a shipped scenario, its name where it cannot be read."""
    try:
        return load(name).title
    except ScenarioError:
        return name
