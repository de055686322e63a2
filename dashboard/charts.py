"""The charts on the page, each drawn once a run."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import streamlit as st

from dashboard import downloads, markdown, words
from sim import charts
from sim.comparison.results import Comparison
from sim.labels import name_words

MOST_KEPT = 60  # drawings, a few hundred kilobytes each
WIDTH = 780  # pixels: charts are made for a printed page, and grow no clearer beyond this

_FORMATS: dict[str, Callable[..., bytes]] = {"svg": charts.svg, "png": charts.png}


@st.cache_data(max_entries=MOST_KEPT, show_spinner=False)
def _drawing(run: str, name: str, suffix: str, _comparison: Comparison) -> bytes:
    """A chart drawn and written; cached by the run, the chart and the format."""
    return _FORMATS[suffix](charts.CHARTS[name](_comparison), _comparison, name)


def drawing(comparison: Comparison, name: str, suffix: str) -> bytes:
    """A chart of a run as SVG or PNG."""
    return _drawing(f"{comparison.scenario.key}/{comparison.run_id}", name, suffix, comparison)


@st.fragment
def show_charts(comparison: Comparison) -> None:
    """Show one chart at a time: only the one that is looked at is drawn."""
    st.subheader(words.CHARTS, anchor=False)
    names = list(charts.CHARTS)
    name = st.segmented_control(
        words.CHART,
        names,
        default=names[0],
        required=True,
        key="chart",
        format_func=name_words,
        label_visibility="collapsed",
        persist_state="session",
    )
    if name is not None:
        show_chart(comparison, name)


def show_chart(comparison: Comparison, name: str) -> None:
    """Show one chart with its alternative text, its numbers and its files."""
    stem = f"{comparison.scenario.key}_{name}_{comparison.run_id}"
    svg, png = (partial(drawing, comparison, name, suffix) for suffix in ("svg", "png"))
    alt = charts.alt(comparison, name)
    try:
        st.image(svg().decode("utf8"), width=WIDTH, alt=alt)
    except Exception as error:  # a chart that fails must not take the tables with it
        st.error(markdown.literal(words.DRAWING_FAILED.format(kind=type(error).__name__)))
        return
    with st.expander(words.CHART_TEXT):
        st.markdown(markdown.literal(alt))
        st.dataframe(charts.data(comparison, name), hide_index=True, alt=markdown.literal(words.CHART_NUMBERS))
    with st.container(horizontal=True):
        downloads.button("PNG", png, f"{stem}.png", "image/png")
        downloads.button("SVG", svg, f"{stem}.svg", "image/svg+xml")
        downloads.button("CSV", lambda: downloads.csv(charts.data(comparison, name)), f"{stem}.csv", "text/csv")
