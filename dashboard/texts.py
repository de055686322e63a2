"""The fixed texts of the page in every language: one table, kept in strings/, a file for each page."""

from __future__ import annotations

import tomllib
from contextvars import ContextVar
from functools import cache
from pathlib import Path

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

LANGUAGES = ("en", "de")
LANGUAGE = "language"  # its place in the state of a session
_spoken: ContextVar[str] = ContextVar(LANGUAGE, default="")


@cache
def table() -> dict[str, dict[str, str]]:
    """Every text by its name and language."""
    files = sorted((Path(__file__).parent / "strings").glob("*.toml"))
    parts = [tomllib.loads(path.read_text(encoding="utf8")) for path in files]
    return {name: row for part in parts for name, row in part.items()}


def language() -> str:
    """The language of the session; English where there is none, as in a test of a sentence.

    It is asked for by every number on a page: the thread of a run, which is of one session, keeps it.
    """
    if found := _spoken.get():
        return found
    if get_script_run_ctx(suppress_warning=True) is None:
        return LANGUAGES[0]
    found = str(st.session_state.get(LANGUAGE, LANGUAGES[0]))
    _spoken.set(found)
    return found


def speak(language: str) -> None:
    """Take a language for the session."""
    st.session_state[LANGUAGE] = language
    _spoken.set(language)


def has(name: str) -> bool:
    """Whether there is a text of a name."""
    return name in table()


def text(name: str) -> str:
    """A fixed text in the language of the session."""
    row = table().get(name)
    if row is None:
        raise AttributeError(f"no text {name!r} in strings/")
    return row.get(language()) or row[LANGUAGES[0]]
