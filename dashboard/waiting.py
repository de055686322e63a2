"""Who waits and why, on the page: behind a button, in a worker, kept for all who ask the same."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from dashboard import charts, downloads, english, markdown, session, tasks, words
from dashboard.runs import Shown
from dashboard.waits_task import FIGURE, FoundWaits, OptionWaits, WaitsRequest

_MEDIA = {
    "svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "md": "text/markdown",
    "json": "application/json",
}  # fmt: skip


def show(shown: Shown) -> None:
    """Show who waits and why, where that is known; else how far it is, or the button that computes it."""
    found = st.expander(words.WHO_WAITS, key="who_waits", on_change="rerun")
    if not found.open:
        return
    with found:
        st.caption(markdown.literal(words.WHO_WAITS_HELP))
        known: FoundWaits | None = tasks.show(
            "waits", WaitsRequest.of(shown.scenario, session.current().seed), words.COMPUTE
        )
        if known is not None:
            _show_found(shown, known)


# --- what was found ---


def _show_found(shown: Shown, found: FoundWaits) -> None:
    """Show the sentences, the chart with its files, and the tables."""
    if not found.options:
        st.markdown(markdown.literal(words.NO_MACHINE))
        return
    english.show(words.MODEL_IS_ENGLISH)
    for option in found.options:
        st.markdown(markdown.literal(option.sentence))
    st.image(found.files[FIGURE].decode("utf8"), width=charts.WIDTH, alt=found.alt)
    with st.container(horizontal=True, gap="small"):
        for name, content in found.files.items():
            suffix = name.rpartition(".")[2]
            if suffix in _MEDIA:
                file_name = f"{shown.scenario.key}_{name}"
                downloads.button(name, lambda content=content: content, file_name, _MEDIA[suffix], "/waits")  # type: ignore[misc]
    for option in found.options:
        for place, table in enumerate(option.tables):
            st.markdown(f"**{markdown.literal(f'{option.label}: {table.title}')}**")
            st.table(_cells(option, place), border="horizontal", alt=table.title)
    st.markdown(markdown.bullets(found.notes))


def _cells(option: OptionWaits, place: int) -> pd.DataFrame:
    """A table as Markdown cells; its first column has no heading, and gets one, for tables are read out by them."""
    table = option.tables[place]
    heads = [markdown.literal(head) for head in (table.heads[0] or words.WHO_OR_WHAT, *table.heads[1:])]
    rows = [[markdown.literal(text) for text in row] for row in table.rows]
    return pd.DataFrame(rows, columns=heads).set_index(heads[0])
