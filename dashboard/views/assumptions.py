"""Assumptions: every parameter of the scenario with value, range, grade, source and influence; any can be changed."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, partial
from math import nan
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import details, downloads, importance, markdown, names, session, values, words
from dashboard.amounts import is_foreign
from dashboard.controls import Control, Panel
from dashboard.runs import Shown
from dashboard.views import parts
from sim.comparison.results import Comparison
from sim.parameters import GRADES, Spec
from sim.sources import is_assumption, resolve, screening

EXACT = (
    "path",
    "label",
    "group",
    "exact",
    "unit",
    "low",
    "high",
    "grade",
    "state",
    "rank",
    "moves",
    "worth",
    "effect",
    "source",
    "url",
    "about",
)  # columns of the file
PER_CENT = 100.0
HEIGHT = 480  # pixels of the table
CHOSEN = "assumption"  # the place of the path that is looked at, in the state of a session
AT = "page/"  # before the keys of what can be moved here
_ADDRESS = re.compile(r"https?://\S+")


def show(shown: Shown) -> None:
    """Show the page: the table of all parameters, and one of them in full."""
    parts.show_title(shown, "ASSUMPTIONS")
    panel = Panel.of(shown.base, session.current().side, every=True)
    controls = {control.path: control for control in panel.controls}
    whole = table(panel)
    frame = _filtered(whole)
    st.caption(words.ASSUMPTIONS_COUNT.format(shown=len(frame), all=len(whole), assumed=int(whole.assumed.sum())))
    empty = {name for name in ("rank", "moves", "worth", "state") if not whole[name].replace("", None).notna().any()}
    columns = [name for name in _columns() if name not in empty]
    st.dataframe(
        frame[columns], placeholder="", hide_index=True, height=HEIGHT, key="assumptions", alt=words.ASSUMPTIONS_TABLE,
        column_config=_columns(), selection_mode="single-row", on_select=partial(_pick, tuple(frame.path)),
    )  # fmt: skip
    name = f"{shown.scenario.key}_assumptions.csv"
    downloads.button(words.ASSUMPTIONS_CSV, partial(_csv, frame), name, "text/csv")
    _show_one(controls, tuple(frame.path))


# --- the table ---


def table(panel: Panel) -> pd.DataFrame:
    """A row a parameter, the most influential first; `assumed`: it has no source."""
    settled = importance.settled()
    found = importance.of(settled) if settled else None
    ranks = importance.ranks(settled) if settled else {}
    rows = [
        _row(control, section.title) | {"rank": ranks.get(control.path), **_worth(found, control.path, settled)}
        for section in panel.sections
        for control in section.controls
    ]
    frame = pd.DataFrame(rows).astype({"rank": "Int64", "moves": "Int64", "effect": "float64"})
    return frame.sort_values(["rank", "effect"], ascending=[True, False], kind="stable", ignore_index=True)


def _row(control: Control, title: str) -> dict[str, object]:
    """What the declaration and the scenario say of one parameter; `from` and `to`: the zone as it is shown."""
    spec = control.spec
    low, high = control.zone if spec.kind == "number" else (nan, nan)
    by = PER_CENT if spec.unit in words.PER_CENT_UNITS else 1.0
    assumed, (source, url) = is_assumption(spec.source), cited(spec.source)
    if assumed:
        source = words.ASSUMPTIONS_ASSUMED.format(why=names.reason(spec.source))
    screened = screening().get(control.path)
    return {
        "label": words.label(control.declared, spec), "group": title, "value": words.value_text(control.value, spec),
        "shown_unit": _unit(spec), "from": by * low, "to": by * high,
        "exact": words.value_text_of(control.value), "unit": spec.unit, "low": low, "high": high,
        "grade": spec.grade, "source": source, "url": url, "effect": float(screened["effect"]) if screened else None,
        "state": _state(control), "path": control.path, "about": names.help(control.declared, spec),
        "assumed": assumed,
    }  # fmt: skip


def _unit(spec: Spec) -> str:
    """The unit of the value and the zone, as they are shown."""
    if spec.kind not in ("number", "series"):
        return ""
    per_cent = {"fraction": "%", "1/year": words.ASSUMPTIONS_PERCENT_A_YEAR}
    return per_cent.get(spec.unit) or words.unit_words(spec.unit)


@cache
def cited(source: str) -> tuple[str, str | None]:
    """The citations behind a source in one text, and the first address in them."""
    text = "; ".join(resolve(source))
    found = _ADDRESS.search(text)
    return text, found.group() if found else None


def _worth(found: importance.Importance | None, path: str, settled: Comparison | None) -> dict[str, object]:
    """In how many of ten worlds the number moves the answer, and what it is worth to know it."""
    if found is None or settled is None or not found.matters(path):
        return {"moves": None, "worth": ""}
    return {"moves": found.tenths(path), "worth": importance.worth_text(found, path, settled)}


def _state(control: Control) -> str:
    """Whether the value was changed or pinned, or has a range of its own."""
    found = [
        text
        for text, holds in (
            (words.ASSUMPTIONS_CHANGED, control.changed),
            (words.ASSUMPTIONS_PINNED, control.known),
            (words.ASSUMPTIONS_RANGED, control.limits is not None or control.of_file is not None),
        )
        if holds
    ]
    return ", ".join(found)


def _columns() -> dict[str, Any]:
    """The columns that are shown, in their order."""
    config, digits = st.column_config, "localized" if is_foreign() else "%.4g"
    return {
        "rank": config.NumberColumn(words.ASSUMPTIONS_RANK, help=words.ASSUMPTIONS_RANK_HELP, width=60),
        "label": config.TextColumn(words.ASSUMPTIONS_LABEL, width="medium", pinned=True),
        "value": config.TextColumn(words.ASSUMPTIONS_VALUE, width="small"),
        "from": config.NumberColumn(words.ASSUMPTIONS_LOW, format=digits, width="small"),
        "to": config.NumberColumn(words.ASSUMPTIONS_HIGH, format=digits, width="small"),
        "shown_unit": config.TextColumn(words.ASSUMPTIONS_UNIT, width="small"),
        "grade": config.TextColumn(words.ASSUMPTIONS_GRADE, help=words.ASSUMPTIONS_GRADE_HELP, width=60),
        "state": config.TextColumn(words.ASSUMPTIONS_STATE, width="small"),
        "moves": config.NumberColumn(words.ASSUMPTIONS_MOVES, help=words.ASSUMPTIONS_MOVES_HELP, width="small"),
        "worth": config.TextColumn(words.ASSUMPTIONS_WORTH_HEAD, help=words.ASSUMPTIONS_WORTH_HELP, width="medium"),
        "effect": config.NumberColumn(
            words.ASSUMPTIONS_EFFECT, help=words.ASSUMPTIONS_EFFECT_HELP, format="percent", width="small"
        ),
        "url": config.LinkColumn(words.ASSUMPTIONS_LINK, display_text=r"https?://(?:www\.)?([^/]+)", width="small"),
        "source": config.TextColumn(words.ASSUMPTIONS_SOURCE, width="medium"),
        "group": config.TextColumn(words.ASSUMPTIONS_GROUP, width="medium"),
        "path": config.TextColumn(words.ASSUMPTIONS_PATH, width="medium"),
    }


def _filtered(frame: pd.DataFrame) -> pd.DataFrame:
    """Show search and filters; the rows that pass."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        text = st.text_input(words.ASSUMPTIONS_SEARCH, key="assumptions_search", persist_state="session")
        groups = st.multiselect(
            words.ASSUMPTIONS_GROUP, list(dict.fromkeys(frame.group.sort_values())), key="assumptions_groups",
            placeholder=words.ASSUMPTIONS_ALL,
            persist_state="session",
        )  # fmt: skip
        grades = st.pills(
            words.ASSUMPTIONS_GRADE, list(GRADES), selection_mode="multi", key="assumptions_grades",
            persist_state="session",
        )  # fmt: skip
    return matching(frame, text or "", groups, grades)


def matching(frame: pd.DataFrame, text: str, groups: Sequence[str], grades: Sequence[str]) -> pd.DataFrame:
    """The rows of these groups and grades, all where none is named, that have every word of a text in any column."""
    kept = pd.Series(True, index=frame.index)
    if groups:
        kept &= frame.group.isin(groups)
    if grades:
        kept &= frame.grade.isin(grades)
    parts_of = ["label", "path", "about", "source", "group", "state", "unit"]
    said = frame[parts_of].agg(" ".join, axis=1).str.casefold()
    for word in text.casefold().split():
        kept &= said.str.contains(word, regex=False)
    return frame[kept].reset_index(drop=True)


def _csv(frame: pd.DataFrame) -> bytes:
    """The rows as a table of exact values and units, for other programs."""
    return downloads.csv(frame[list(EXACT)].rename(columns={"exact": "value", "about": "help"}))


# --- one of them ---


def _pick(paths: tuple[str, ...]) -> None:
    """Look at the parameter whose row was chosen."""
    rows = st.session_state["assumptions"]["selection"]["rows"]
    if rows and rows[0] < len(paths):
        st.session_state[CHOSEN] = paths[rows[0]]


def _show_one(controls: dict[str, Control], paths: tuple[str, ...]) -> None:
    """Show which parameter is looked at, all that is known of it, and where its value is changed."""
    last = st.session_state.get(CHOSEN)
    options = [*paths, *([last] if last in controls and last not in paths else [])]
    if last not in options:
        st.session_state.pop(CHOSEN, None)
    path = st.selectbox(
        words.ASSUMPTIONS_CHOOSE, options, index=None, key=CHOSEN, placeholder=words.ASSUMPTIONS_CHOOSE_ONE,
        format_func=lambda each: f"{controls[each].label} · {each}", persist_state="session",
    )  # fmt: skip
    if path is None:
        return
    control = controls[path]
    with st.container(border=True):
        st.markdown(f"**{markdown.literal(words.label(control.declared, control.spec))}**")
        values.show(control, AT)
        details.show(control, AT)
