"""Numbers and files: who leads, every outcome in tables, notes, what may be taken away, and the command for it."""

from __future__ import annotations

import streamlit as st

from dashboard import answers, charts, downloads, live, results, session, words
from dashboard.runs import Shown
from dashboard.views import parts
from sim.charts import CHARTS


def show(shown: Shown) -> None:
    """Show the page."""
    parts.show_title(shown, "NUMBERS")
    parts.show_result(answers.sentences(shown.comparison))
    results.show_leaders(shown.comparison)
    results.show_tables(shown.comparison, shown.pending)
    results.show_notes(shown.comparison)
    downloads.show_downloads(shown)
    parts.show_figures(shown, *CHARTS)
    _show_chosen_pair(shown)


def _show_chosen_pair(shown: Shown) -> None:
    """Show the difference of the two options chosen on the first page, where they are not those of the question."""
    comparison = shown.kept
    pair = live.pair_of(comparison, session.current().pair)
    if pair is None or (pair.first, pair.second, pair.outcome) == (
        *comparison.answer.between,
        comparison.scenario.yardstick,
    ):
        return
    found = st.expander(words.CHOSEN_DIFFERENCE, key="chosen_pair", on_change="rerun")
    if found.open:
        with found:
            charts.show_pair(comparison, pair)
