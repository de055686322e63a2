"""What several pages are composed of: a heading with its result, live charts, exported figures, tables."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import streamlit as st

from dashboard import bars, charts, leads, markdown, results, runs, session, words
from dashboard import names as local_names
from dashboard.runs import Shown
from sim.outcomes import BY_NAME, SECTIONS


def show_title(shown: Shown, title: str, rests_on: str = "") -> None:
    """Show the title of a page, which scenario it is about, and what its numbers rest on: usually the run."""
    st.subheader(markdown.literal(words.title(title)), anchor=False)
    st.caption(markdown.literal(local_names.title(shown.scenario)))
    if rests_on:
        st.caption(rests_on)
    else:
        runs.show_progress(shown, session.current())


def show_result(sentences: Iterable[str]) -> None:
    """Show what a page finds, before any chart: the first sentence in bold."""
    first, *more = map(markdown.literal, sentences)
    st.markdown(" ".join([f"**{first}**", *more]))


def found(shown: Shown, *names: str) -> list[str]:
    """The results of some outcomes, a sentence each; of those that any option has, else of the first."""
    known = [name for name in names if results.known(shown.comparison, name)]
    return [leads.sentence(shown.comparison, name) for name in known or names[:1]]


def show_bars(shown: Shown, place: str, names: Sequence[str]) -> None:
    """Show a live chart of one of some outcomes, those that any option has; nothing where no option has any."""
    known = [name for name in names if results.known(shown.comparison, name)]
    if not known:
        return
    key = f"bars/{place}"
    if st.session_state.get(key) not in known:
        st.session_state.pop(key, None)
    with st.container(key=f"live/{place}"):
        name = st.selectbox(
            words.OUTCOME_SHOWN,
            known,
            key=key,
            format_func=lambda each: local_names.outcome(BY_NAME[each]),
            persist_state="session",
        )
        bars.show(shown.comparison, name)


def show_figures(shown: Shown, *names: str) -> None:
    """Show figures as they are exported, with their words, numbers and files."""
    charts.show_figures(shown.kept, names)


def show_outcomes(shown: Shown, *sections: str) -> None:
    """Show every outcome of some parts, folded: an outcome a row, an option a column."""
    for section in sections:
        found = st.expander(words.outcomes_of(section), key=f"outcomes/{section}", on_change="rerun")
        if found.open:
            with found:
                results.show_section(shown, SECTIONS[section])


def asked(shown: Shown) -> str:
    """The scenario and what was changed in it, as the command line has them; an own file as it is saved from here."""
    return (
        f"{shown.kept.scenario.key}_{shown.kept.run_id}.toml" if shown.mine else " ".join([shown.name, *shown.options])
    )
