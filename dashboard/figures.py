"""The charts on the page, drawn once a run, and the files that a reader takes away."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from threading import RLock

import streamlit as st

from dashboard import downloads, words
from sim import __version__, charts
from sim.comparison.document import as_json
from sim.comparison.results import Comparison
from sim.scenario.toml import as_toml

MOST_KEPT = 60  # drawings, a few hundred kilobytes each
WIDTH = 780  # pixels: charts are made for a printed page, and grow no clearer beyond this

_lock = RLock()
_drawn: OrderedDict[tuple[str, str, str], bytes] = OrderedDict()
_WAYS: dict[str, Callable[..., bytes]] = {"svg": charts.svg, "png": charts.png}


def drawing(comparison: Comparison, name: str, suffix: str) -> bytes:
    """A chart of a run as SVG or PNG. Kept, since the same is asked for again and again."""
    key = (f"{comparison.scenario.key}/{comparison.run_id}", name, suffix)
    with _lock:
        if key not in _drawn:
            _drawn[key] = _WAYS[suffix](charts.CHARTS[name](comparison), comparison, name)
            while len(_drawn) > MOST_KEPT:
                _drawn.popitem(last=False)
        _drawn.move_to_end(key)
        return _drawn[key]


@st.fragment
def show_charts(comparison: Comparison) -> None:
    """One chart at a time: only what is looked at is drawn."""
    st.subheader(words.CHARTS, anchor=False)
    names = list(charts.CHARTS)
    name = st.segmented_control(
        words.CHART,
        names,
        default=names[0],
        required=True,
        key="chart",
        format_func=words.name_words,
        label_visibility="collapsed",
        persist_state="session",
    )
    if name is not None:
        show_chart(comparison, name)


def show_chart(comparison: Comparison, name: str) -> None:
    """One chart with its alternative text and its files."""
    stem = f"{comparison.scenario.key}_{name}_{comparison.run_id}"
    svg, png = (partial(drawing, comparison, name, suffix) for suffix in ("svg", "png"))
    spoken = charts.alt(comparison, name)
    try:
        st.image(svg().decode("utf8"), width=WIDTH, alt=spoken)
    except Exception as error:  # a chart that fails must not take the tables with it
        st.error(downloads.literal(words.DRAWING_FAILED.format(kind=type(error).__name__)))
        return
    with st.expander(words.SPOKEN):
        st.markdown(downloads.literal(spoken))
        st.dataframe(charts.data(comparison, name), hide_index=True, alt=downloads.literal(words.CHART_NUMBERS))
    with st.container(horizontal=True):
        _button("PNG", png, f"{stem}.png", "image/png")
        _button("SVG", svg, f"{stem}.svg", "image/svg+xml")
        _button("CSV", lambda: _csv(charts.data(comparison, name)), f"{stem}.csv", "text/csv")


def show_downloads(comparison: Comparison, queue: bool, pending: bool) -> None:
    """The tables, the document and the scenario as it stands, with the command that gives the same numbers."""
    st.subheader(words.DOWNLOADS, anchor=False)
    stem = f"{comparison.scenario.key}_{comparison.run_id}"
    scenario_name = f"{comparison.scenario.key}_{comparison.run_id}.toml"
    estimated = comparison.fidelity == "instant"
    command = words.reproduce(scenario_name, comparison.seed, comparison.draws, queue, estimated)
    with st.container(horizontal=True):
        _button(words.TIDY_CSV, lambda: _csv(comparison.tidy), f"{stem}.csv", "text/csv")
        _button(words.JSON, lambda: as_json(comparison).encode("utf8"), f"{stem}.json", "application/json")
        toml = partial(scenario_file, comparison, command)
        _button(words.SCENARIO_FILE, toml, scenario_name, "application/toml")
    st.caption(downloads.literal(words.SAME_NUMBERS))
    st.code(command, language=None, wrap_lines=True)
    record = words.RECORD.format(
        run=comparison.run_id, seed=comparison.seed, draws=comparison.draws, version=__version__
    )
    st.caption(record + (words.RECORD_ESTIMATED if estimated else "" if queue else words.RECORD_NO_QUEUE))
    if pending:
        st.caption(words.NOT_YET)


def scenario_file(comparison: Comparison, command: str) -> bytes:
    """The scenario as it stands; comparing it gives the same run."""
    comments = (f"Written by the dashboard of heavypress {__version__}, run {comparison.run_id}.", command)
    return as_toml(comparison.scenario, comments).encode("utf8")


def _csv(frame: object) -> bytes:
    return bytes(frame.to_csv(index=False).encode("utf8"))  # type: ignore[attr-defined]


def _button(label: str, data: Callable[[], bytes], file_name: str, mime: str) -> None:
    """A download whose content is made when it is asked for."""
    st.download_button(
        label,
        data,
        file_name,
        mime,
        key=f"download/{file_name.rpartition('_')[0]}/{label}",
        on_click="ignore",
        icon=":material/download:",
    )
