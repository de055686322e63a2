"""Where files of the user's own are opened, and how one of their scenarios becomes that of the page."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import markdown, session, uploads, words
from dashboard.selection import dismiss, own, refuse, title
from dashboard.state import MINE, Side, State
from sim.scenario import Scenario, ScenarioError
from sim.scenario.files import LARGEST_BYTES

MOST_OWN = 40  # scenarios of a session
_ASKED, _HOW = "asked", "recorded"  # places in the state of a session


def upload(place: str = "upload", folder: bool = False) -> None:
    """Show where files of the user's own are opened: single ones and zips, or where `folder` is given a whole one.

    place: the key of the widget, and what distinguishes it from another on the same page.
    """
    st.file_uploader(
        words.UPLOAD_FOLDER if folder else words.UPLOAD,
        type=None if folder else [kind.removeprefix(".") for kind in (*uploads.KINDS, uploads.ZIP)],
        accept_multiple_files="directory" if folder else True,
        key=place,
        help=words.UPLOAD_HELP,
        max_upload_size=largest_mb(uploads.MOST_BYTES),
        on_change=partial(_accept, place),
    )
    if not folder:
        most = {"most": largest_mb(uploads.MOST_BYTES), "files": uploads.MOST_FILES}
        st.caption(markdown.literal(words.UPLOAD_LARGEST.format(kilobytes=LARGEST_BYTES / words.THOUSAND, **most)))
    asked: Asked | None = st.session_state.get(_ASKED)
    if asked is not None and asked.place == place:
        _ask(asked)


def largest_mb(most_bytes: int) -> int:
    """Megabytes of a file that is uploaded: what a page takes, unless the operator lets the server take less."""
    return max(min(most_bytes // words.MILLION, int(st.get_option("server.maxUploadSize"))), 1)


def _ask(asked: Asked) -> None:
    """Show which of several scenarios could be opened, and what was wrong with other files."""
    if asked.faults:
        st.warning(f"{words.UPLOAD_SOME_REFUSED}\n\n{markdown.bullets(asked.faults)}", icon=":material/error:")
    titles = {key: title(MINE + key) for key in asked.keys if key in own()}
    if len(titles) > 1:
        key = f"{asked.place}/which"
        st.selectbox(
            words.UPLOAD_WHICH.format(count=len(titles)), titles, index=None, key=key, on_change=partial(_answer, key),
            format_func=titles.__getitem__,
        )  # fmt: skip


def _answer(key: str) -> None:
    """Open the scenario that was asked for."""
    if (chosen := st.session_state.get(key)) is not None:
        choose(MINE + chosen)


@dataclass(frozen=True)
class Asked:
    """Scenarios that were opened together at one place, of which one is to be chosen."""

    place: str
    keys: tuple[str, ...]
    faults: list[str]


def _accept(place: str) -> None:
    """Take in what was uploaded and open its scenario; what has faults changes nothing but the list of them."""
    files = st.session_state.get(place) or []
    dismiss()
    st.session_state.pop(_ASKED, None)
    if not files:
        return
    try:
        found = uploads.opened([(file.name, file.getvalue()) for file in files])
        keys = {key: _keep(key, scenario) for key, scenario in found.scenarios.items()}
    except ScenarioError as error:
        refuse(uploads.together([file.name for file in files]), error.faults)
        return
    recorded: dict[str, dict[str, Any]] = st.session_state.setdefault(_HOW, {})
    recorded |= {keys[key]: how for key, how in found.how.items()}
    tops = tuple(keys[key] for key in found.tops)
    if len(tops) > 1 or found.faults:
        st.session_state[_ASKED] = Asked(place, tops, found.faults)
    if len(tops) == 1:
        choose(MINE + tops[0])


def _keep(key: str, scenario: Scenario) -> str:
    """Keep a scenario of the user's own and return its key; another of the same name gets another key."""
    mine = own()
    for known, there in mine.items():
        if re.fullmatch(rf"{re.escape(key)}(_\d+)?", known) and _same(there, scenario):
            return known
    if len(mine) >= MOST_OWN:
        raise ScenarioError(key, [words.UPLOAD_KEPT.format(count=len(mine), most=MOST_OWN)])
    new = uploads.unused(key, set(mine))
    mine[new] = replace(scenario, key=new)
    return new


def _same(one: Scenario, other: Scenario) -> bool:
    """Whether two scenarios say the same."""
    return one.text == other.text and one.changes == other.changes


def close(key: str) -> None:
    """Forget a scenario of the user's own."""
    own().pop(key, None)
    st.session_state.get(_HOW, {}).pop(key, None)


def choose(name: str) -> None:
    """Make a scenario that of the active side, as its file has it; the record of a run is computed as it was."""
    how: dict[str, Any] = st.session_state.get(_HOW, {}).get(name.removeprefix(MINE), {})
    state = session.current().with_side(Side(name))
    session.change(replace(state, pair=State().pair, **(how if name.startswith(MINE) else {})))
