"""The files that a reader takes away, and the command that gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

import pandas as pd
import streamlit as st

from dashboard import markdown, words
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import outcomes_table, save_draws, save_table, yearly_table
from sim.comparison.table import as_json
from sim.scenario.files import as_toml
from sim.version import __version__


def show_downloads(comparison: Comparison, queue: bool, pending: bool, asked: str = "") -> None:
    """Show the buttons for tables, draws, document and the scenario as it stands, and the command of the run.

    `asked`: what the command compares, where that is not the file of the scenario as it stands.
    """
    st.subheader(words.DOWNLOADS, anchor=False)
    key, run = comparison.scenario.key, comparison.run_id
    stem = f"{key}_{run}"
    estimated = comparison.fidelity == "instant"
    how = (comparison.seed, comparison.draws, queue, estimated, comparison.draw)
    with st.container(horizontal=True):
        button(words.OUTCOMES_CSV, lambda: csv(outcomes_table(comparison)), f"{key}_outcomes_{run}.csv", "text/csv")
        button(words.YEARS_CSV, lambda: csv(yearly_table(comparison)), f"{key}_yearly_{run}.csv", "text/csv")
        button(words.DRAWS_PARQUET, partial(draws, comparison), f"{stem}.parquet", "application/vnd.apache.parquet")
        button(words.JSON, lambda: as_json(comparison).encode("utf8"), f"{stem}.json", "application/json")
        toml = partial(commented_scenario, comparison, words.reproduce(f"{stem}.toml", *how))
        button(words.SCENARIO_FILE, toml, f"{stem}.toml", "application/toml")
    st.caption(markdown.literal(words.SAME_NUMBERS if asked else words.SAME_NUMBERS_OF_FILE))
    st.code(words.reproduce(asked or f"{stem}.toml", *how), language=None, wrap_lines=True)
    record = words.RECORD.format(
        run=comparison.run_id, seed=comparison.seed, draws=comparison.draws, version=__version__
    )
    st.caption(record + (words.RECORD_ESTIMATED if estimated else "" if queue else words.RECORD_NO_QUEUE))
    if pending:
        st.caption(words.NOT_YET)


def commented_scenario(comparison: Comparison, command: str) -> bytes:
    """The scenario as it stands, with the run and its command in comments; comparing it gives the same run."""
    comments = (f"Written by the dashboard of heavypress {__version__}, run {comparison.run_id}.", command)
    return as_toml(comparison.scenario, comments).encode("utf8")


def csv(frame: pd.DataFrame) -> bytes:
    """A table as the content of a CSV file."""
    save_table(frame, content := BytesIO())
    return content.getvalue()


def draws(comparison: Comparison) -> bytes:
    """Every draw, year and outcome as the content of a Parquet file."""
    save_draws(comparison, content := BytesIO())
    return content.getvalue()


def button(label: str, data: Callable[[], bytes], file_name: str, mime: str) -> None:
    """Show a download whose content is made when it is asked for."""
    st.download_button(
        label,
        data,
        file_name,
        mime,
        key=f"download/{file_name.rpartition('_')[0]}/{label}",
        on_click="ignore",
        icon=":material/download:",
    )
