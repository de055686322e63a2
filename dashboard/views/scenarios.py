"""Scenarios: what ships and what the user has opened, two of them held against one another, and what can be saved."""

from __future__ import annotations

from functools import partial

import streamlit as st

from dashboard import contrast, downloads, library, markdown, names, session, words
from dashboard.runs import Shown
from sim.comparison.record import record_text
from sim.comparison.results import Comparison


def show(sides: tuple[Shown, ...]) -> None:
    """Show the page."""
    st.subheader(words.SCENARIOS, anchor=False)
    shown = sides[min(session.current().active, len(sides) - 1)]
    show_save(shown)
    contrast.show(sides)
    library.show_own()
    library.show_shipped()


def show_save(shown: Shown) -> None:
    """Show the files of the scenario as it stands: as a scenario, and as the record of its run."""
    comparison = shown.kept
    stem = f"{comparison.scenario.key}_{comparison.run_id}"
    st.markdown(f"**{words.SAVE}**")
    st.caption(markdown.literal(words.SAVE_HELP.format(title=names.title(shown.scenario), draws=comparison.draws)))
    command = words.reproduce(f"{stem}.toml", downloads.how(shown))
    toml = partial(downloads.commented_scenario, comparison, command)
    with st.container(horizontal=True):
        downloads.button(words.SAVE_TOML, toml, f"{stem}.toml", "application/toml")
        downloads.button(words.SAVE_RECORD, partial(record, comparison), f"{stem}.json", "application/json")


def record(comparison: Comparison) -> bytes:
    """run.json of a comparison, which `heavypress rerun` takes."""
    return record_text(comparison).encode("utf8")
