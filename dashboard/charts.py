"""The figures as they are exported: drawn once a run, with words, numbers and files; one at a time on a page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import downloads, english, later, markdown, words
from dashboard.state import Pair
from sim import charts
from sim.charts.differences import difference_of, subject, table_name
from sim.charts.files import written
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import csv_of
from sim.outcomes import BY_NAME

WIDTH = 780  # pixels: charts are made for a printed page, and grow no clearer beyond this
HEIGHT = 420  # of what stands in the place of one that is being drawn

_FORMATS: dict[str, Callable[..., bytes]] = {**charts.FORMATS}
_MEDIA = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


@dataclass(frozen=True)
class Drawn:
    """A figure as it is exported, what it shows in words, and its numbers."""

    svg: str
    alt: str
    numbers: pd.DataFrame


def drawn(comparison: Comparison, name: str) -> Drawn:
    """A figure with its words and numbers; half a second of computing."""
    svg = _written(comparison, name, "svg").decode("utf8")
    return Drawn(svg, charts.alt(comparison, name), charts.data(comparison, name))


def _written(comparison: Comparison, name: str, suffix: str) -> bytes:
    return _FORMATS[suffix](charts.CHARTS[name](comparison), comparison, name)


def drawing(comparison: Comparison, name: str, suffix: str) -> bytes:
    """A figure of a run as SVG, PNG or PDF, with its record: `heavypress verify` finds it again."""
    return later.now(later.key_of(comparison, name, suffix), partial(_written, comparison, name, suffix))


def show_figures(comparison: Comparison, names: Sequence[str]) -> None:
    """Show several figures as tabs, of which only the open one is drawn."""
    st.markdown(f"**{markdown.literal(words.FIGURES_TO_EXPORT)}**")
    english.show(words.FIGURES_ARE_ENGLISH)
    if len(names) == 1:
        show_figure(comparison, names[0])
        return
    titles = [words.title(f"figure {name}") for name in names]
    tabs = st.tabs(titles, key=f"figures/{names[0]}", on_change="rerun")
    for tab, name in zip(tabs, names, strict=True):
        if tab.open:
            with tab:
                show_figure(comparison, name)


def show_figure(comparison: Comparison, name: str) -> None:
    """Show one figure, as soon as it is drawn; until then a mark in its place."""
    with st.container(key=f"chart/{name}"):
        make, view = partial(drawn, comparison, name), partial(_show, comparison, name)
        later.show(f"chart/{name}", later.key_of(comparison, name), make, view, HEIGHT)


def _show(comparison: Comparison, name: str, figure: Drawn) -> None:
    """Show a figure with its text, its numbers and its files."""
    st.image(figure.svg, width=WIDTH, alt=figure.alt)
    stem = f"{comparison.scenario.key}_{name}_{comparison.run_id}"
    with st.container(horizontal=True, gap="small"):
        for suffix, media in _MEDIA.items():
            content = partial(drawing, comparison, name, suffix)
            downloads.button(suffix.upper(), content, f"{stem}.{suffix}", media)
        downloads.button("CSV", partial(csv_of, comparison, name, figure.numbers), f"{stem}.csv", "text/csv")
        pack_name = f"{comparison.scenario.key}_{comparison.run_id}.zip"
        downloads.button(words.PACK, partial(downloads.packed, comparison), pack_name, "application/zip", f"/{name}")
    found = st.expander(words.CHART_TEXT, key=f"chart/{name}/text", on_change="rerun")
    if found.open:
        with found:
            st.markdown(markdown.literal(figure.alt))
            st.dataframe(figure.numbers, hide_index=True, alt=markdown.literal(words.CHART_NUMBERS))


# --- two options that were chosen ---


def show_pair(comparison: Comparison, pair: Pair) -> None:
    """Show the difference of two options that the question is not about.

    There is its table alone to take away: a file of a figure is one that its run draws again.
    """
    key = later.key_of(comparison, "pair", pair.first, pair.second, pair.outcome)
    with st.container(key="chart/pair"):
        later.show(
            "chart/pair", key, partial(drawn_pair, comparison, pair), partial(_show_pair, comparison, pair), HEIGHT
        )


def drawn_pair(comparison: Comparison, pair: Pair) -> Drawn:
    """The difference of two options on an outcome, in the look of the figures."""
    about = subject(pair.first, pair.second, pair.outcome)
    title = f"{BY_NAME[pair.outcome].label}: {comparison.scenario.title}"
    figure = difference_of(comparison, pair.first, pair.second, pair.outcome)
    svg = written(figure, "svg", {"Title": title, "Date": None}).decode("utf8")
    return Drawn(svg, charts.alt(comparison, about), about.numbers(comparison))


def _show_pair(comparison: Comparison, pair: Pair, figure: Drawn) -> None:
    """Show that figure and the button of its table."""
    st.image(figure.svg, width=WIDTH, alt=figure.alt)
    chosen = (pair.first, pair.second, pair.outcome)
    stem = "_".join([comparison.scenario.key, "difference", *chosen, comparison.run_id])
    content = partial(csv_of, comparison, table_name(*chosen), figure.numbers)
    downloads.button("CSV", content, f"{stem}.csv", "text/csv", "/pair")
