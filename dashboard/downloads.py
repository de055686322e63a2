"""The files that a reader takes away, and the command that gives the same numbers."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from io import BytesIO

import pandas as pd
import streamlit as st

from dashboard import later, markdown, session, words
from dashboard.runs import Shown
from dashboard.state import Side
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import csv_of, save_draws, save_table
from sim.comparison.table import as_json
from sim.packs import pack
from sim.scenario.files import as_toml
from sim.version import __version__


def show_downloads(shown: Shown) -> None:
    """Show the buttons for the pack, tables, draws, document and scenario as it stands, and what gives the same run."""
    comparison = shown.kept
    st.subheader(words.DOWNLOADS, anchor=False)
    key, run = comparison.scenario.key, comparison.run_id
    stem = f"{key}_{run}"
    with st.container(horizontal=True):
        button(words.PACK, partial(packed, comparison), f"{stem}.zip", "application/zip")
        button(words.OUTCOMES_CSV, partial(csv_of, comparison, "outcomes"), f"{key}_outcomes_{run}.csv", "text/csv")
        button(words.YEARS_CSV, partial(csv_of, comparison, "yearly"), f"{key}_yearly_{run}.csv", "text/csv")
        button(words.DRAWS_PARQUET, partial(draws, comparison), f"{stem}.parquet", "application/vnd.apache.parquet")
        button(words.JSON, lambda: as_json(comparison).encode("utf8"), f"{stem}.json", "application/json")
        toml = partial(commented_scenario, comparison, words.reproduce(f"{stem}.toml", how(shown)))
        button(words.SCENARIO_FILE, toml, f"{stem}.toml", "application/toml")
    show_same_numbers(shown, f"{stem}.toml")
    record = words.RECORD.format(run=run, seed=comparison.seed, draws=comparison.draws, version=__version__)
    estimated = comparison.fidelity == "instant"
    st.caption(record + (words.RECORD_ESTIMATED if estimated else "" if shown.queue else words.RECORD_NO_QUEUE))
    if shown.pending:
        st.caption(words.NOT_YET)


def show_same_numbers(shown: Shown, file: str) -> None:
    """Show the command and the call of Python that give the same numbers, of a user's own scenario from its file."""
    st.caption(markdown.literal(words.SAME_NUMBERS_OF_FILE if shown.mine else words.SAME_NUMBERS))
    asked = file if shown.mine else " ".join([shown.name, *shown.options])
    st.code(words.reproduce(asked, how(shown)), language=None, wrap_lines=True)
    st.caption(markdown.literal(words.SAME_IN_PYTHON))
    side = Side(file) if shown.mine else session.current().sides[shown.place]
    st.code(words.python_call(side, how(shown)), language=None, wrap_lines=True)


def how(shown: Shown) -> words.How:
    """How the run was computed that files are of."""
    kept = shown.kept
    waits = "off" if not shown.queue else "instant" if kept.fidelity == "instant" else ""
    return words.How(kept.seed, kept.draws, kept.draw, waits, kept.profile.name if kept.profile else "")


def packed(comparison: Comparison) -> bytes:
    """The run as one file: every figure, its data, a citation; drawn in the thread of all figures."""
    return later.now(later.key_of(comparison, "pack"), partial(pack, comparison))


def commented_scenario(comparison: Comparison, command: str) -> bytes:
    """The scenario as it stands, with the run and its command in comments; comparing it gives the same run."""
    comments = (f"Written by the dashboard of heavypress {__version__}, run {comparison.run_id}.", command)
    return as_toml(comparison.scenario, comments).encode("utf8")


def draws(comparison: Comparison) -> bytes:
    """Every draw, year and outcome as the content of a Parquet file."""
    save_draws(comparison, content := BytesIO())
    return content.getvalue()


def csv(frame: pd.DataFrame) -> bytes:
    """A table that is of no run as the content of a CSV file; what is of a run goes through `csv_of`."""
    save_table(frame, content := BytesIO())
    return content.getvalue()


def button(label: str, data: Callable[[], bytes], file_name: str, mime: str, place: str = "") -> None:
    """Show a download whose content is made when it is asked for; `place`: where it stands, if in several places."""
    st.download_button(
        label,
        data,
        file_name,
        mime,
        key=f"download/{file_name.rpartition('_')[0]}/{label}{place}",
        on_click="ignore",
        icon=":material/download:",
    )
