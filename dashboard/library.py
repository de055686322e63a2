"""What there is to choose from: the scenarios that ship, as cards, and the user's own."""

from __future__ import annotations

from functools import cache, partial

import streamlit as st

from dashboard import markdown, opening, results, selection, session, words
from dashboard import names as local_names
from dashboard.state import MINE
from sim.scenario import Scenario, load, names
from sim.sources import resolve

COLUMNS, NARROWEST = 2, 340  # of cards, and pixels of one


@cache
def shipped(name: str) -> Scenario:
    """A scenario that ships; its file does not change under a running page."""
    return load(name)


def show_shipped() -> None:
    """Show a card for each scenario that ships."""
    st.markdown(f"**{words.LIBRARY_SHIPPED}**")
    with st.grid(COLUMNS, min_column_width=NARROWEST, gap="small"):
        for name in names():
            _show_card(name, shipped(name))


def show_own() -> None:
    """Show a card for each of the user's own scenarios, and where more are opened."""
    st.markdown(f"**{words.LIBRARY_OWN}**")
    files, folder = st.columns(2)
    with files:
        opening.upload("upload_files")
    with folder:
        opening.upload("upload_folder", folder=True)
    with st.grid(COLUMNS, min_column_width=NARROWEST, gap="small"):
        for key, scenario in selection.own().items():
            _show_card(MINE + key, scenario)


def _show_card(name: str, scenario: Scenario) -> None:
    """Show what a scenario is about, what it covers, where its numbers come from, and a button that opens it."""
    used = any(side.scenario == name for side in session.current().sides)
    with st.container(border=True, key=f"card/{name}"):
        st.markdown(
            f"**{markdown.literal(local_names.title(scenario))}**  \n{markdown.literal(local_names.question(scenario))}"
        )
        st.caption(markdown.literal(" ".join([where(scenario), results.money_line(scenario)]).strip()))
        with st.container(horizontal=True):
            st.button(
                words.LIBRARY_SHOWN if used else words.LIBRARY_OPEN, key=f"open/{name}", disabled=used,
                on_click=partial(opening.choose, name),
            )  # fmt: skip
            if name.startswith(MINE):
                key = name.removeprefix(MINE)
                st.button(words.LIBRARY_CLOSE, key=f"close/{name}", disabled=used, on_click=partial(opening.close, key))
        about = st.expander(words.LIBRARY_ABOUT, key=f"about/{name}", on_change="rerun")
        if about.open:
            with about:
                _show_about(scenario)


def where(scenario: Scenario) -> str:
    """The country of a scenario in words, empty where it names none.

    >>> where(load("isambard_ai_uk")), where(load("small_country"))
    ('United Kingdom.', '')
    """
    country = str(scenario.text.get("country", ""))
    return f"{local_names.country(country)}." if country else ""


def _show_about(scenario: Scenario) -> None:
    """Show what is modelled and what is not, and the sources."""
    for title, lines in (
        (words.LIBRARY_MODELLED, scenario.modelled),
        (words.LIBRARY_NOT_MODELLED, scenario.not_modelled),
        (words.LIBRARY_SOURCES, tuple(text for source in scenario.sources for text in resolve(source))),
        (words.LIBRARY_WARNINGS, scenario.warnings),
    ):
        if lines:
            st.markdown(f"{title}\n\n{markdown.bullets(lines)}")
