"""Which scenario: one that ships with the package, or a file of the user's own."""

from __future__ import annotations

import re
import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import streamlit as st

from dashboard import markdown, words
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from sim.scenario.files import LARGEST_BYTES
from sim.scenario.overrides import Settings

FIRST = "nairr_us"  # as on the command line, where none is named
UPLOAD_MB = 1  # the smallest limit that Streamlit knows; that of scenario files is lower
_MINE = "mine:"
_LONGEST_NAME = 60


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
    return with_settings(found, Settings(settings, words.PAGE)) if settings else found


def shipped(chosen: str) -> bool:
    """True for a scenario that the command line knows by its name."""
    return not chosen.startswith(_MINE)


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
    key = safe_name(file.name)
    try:
        if file.size > LARGEST_BYTES:
            raise ScenarioError(key, [words.TOO_LARGE.format(kilobytes=file.size / words.THOUSAND)])
        _own()[key] = read_text(file.getvalue(), key)
    except ScenarioError as error:
        st.session_state["refused"] = (file.name, error.faults)
        return
    st.session_state["scenario"] = _MINE + key


def safe_name(file_name: str) -> str:
    """The name of a file without its ending and without anything that a path or a spreadsheet would act on.

    >>> safe_name("../my plan.toml"), safe_name("=1+2.toml"), safe_name(".toml")
    ('my_plan', '1_2', 'scenario')
    """
    stem = Path(file_name.replace("\\", "/")).name.removesuffix(".toml")
    return re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")[:_LONGEST_NAME] or "scenario"


def read_text(text: bytes, key: str) -> Scenario:
    """The scenario in a text; ScenarioError with every fault. Nothing of it stays on the disk."""
    with tempfile.TemporaryDirectory(prefix="heavypress-") as folder:
        path = Path(folder) / f"{key}.toml"
        path.write_bytes(text)
        return load(path)


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
