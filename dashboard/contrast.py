"""Two scenarios held against one another as they are declared: a table of every path in which they differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import downloads, library, markdown, names, selection, words
from dashboard.runs import Shown
from dashboard.state import MINE
from sim.formatting import upper_first
from sim.scenario import Scenario
from sim.scenario.changes import value_words
from sim.scenario.differences import ABSENT, Difference, differences

STANDS = "stands:"  # before the place of a scenario as it stands on the page
_LONGEST = 300  # letters of a value


def choices(sides: tuple[Shown, ...]) -> dict[str, str]:
    """All that can be held against one another, by name: what stands on the page, then every file."""
    stands = {
        f"{STANDS}{place}": words.CONTRAST_STANDS.format(title=names.title(side.scenario))
        for place, side in enumerate(sides)
    }
    return stands | selection.choices()


def chosen(name: str, sides: tuple[Shown, ...]) -> Scenario:
    """One of the choices."""
    if name.startswith(STANDS):
        return sides[int(name.removeprefix(STANDS))].scenario
    return selection.opened(name) if name.startswith(MINE) else library.shipped(name)


def show(sides: tuple[Shown, ...]) -> None:
    """Show which two, and all in which they differ; first the page's scenario as it stands against its file."""
    titles = choices(sides)
    st.markdown(f"**{words.CONTRAST}**")
    one, two = st.columns(2)
    usual = {"one": f"{STANDS}0", "two": f"{STANDS}1" if len(sides) > 1 else sides[0].name}
    for key, name in usual.items():
        if st.session_state.get(f"contrast/{key}") not in titles:
            st.session_state[f"contrast/{key}"] = name
    first = one.selectbox(words.CONTRAST_FIRST, titles, key="contrast/one", format_func=titles.__getitem__)
    second = two.selectbox(words.CONTRAST_SECOND, titles, key="contrast/two", format_func=titles.__getitem__)
    found = differences(chosen(first, sides), chosen(second, sides))
    if not found:
        st.caption(words.CONTRAST_NONE)
        return
    frame = table(found)
    st.caption(words.CONTRAST_COUNT.format(count=len(found)))
    st.dataframe(frame, hide_index=True, alt=markdown.literal(words.CONTRAST_ALT.format(count=len(found))))
    downloads.button("CSV", lambda: downloads.csv(frame), "heavypress_differences.csv", "text/csv")


def table(found: list[Difference]) -> pd.DataFrame:
    """The differences, a row each: what it is, its unit, both values and the path."""
    heads = (words.CONTRAST_WHAT, words.CONTRAST_UNIT, words.CONTRAST_FIRST, words.CONTRAST_SECOND, words.CONTRAST_PATH)
    rows = [
        (label(each), unit(each), value(each, each.first, each.known[0]), value(each, each.second, each.known[1]),
         each.path)
        for each in found
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(heads))


def label(difference: Difference) -> str:
    """What differs, as people read it."""
    group, _, name = difference.path.rpartition(".")
    if difference.spec is not None:
        where = upper_first(group.replace("_", " "))
        return f"{where}: {names.parameter(difference.path.removeprefix('world.'), difference.spec)}"
    known = _entries()
    if difference.path in known:
        return known[difference.path]
    if not group:
        waived = difference.path.removeprefix("waiver ")
        return words.CONTRAST_WAIVER.format(path=waived) if waived != difference.path else words.CONTRAST_OPTION
    return f"{upper_first(group.replace('_', ' '))}: {name}"


def _entries() -> Mapping[str, str]:
    """Entries of a file in words."""
    names = (
        "title", "question", "yardstick", "between", "start", "country", "horizon_years", "currency", "price_year",
        "usd_per_currency", "budget.total", "budget.path", "budget.covers", "budget.operations_years", "modelled",
        "not_modelled", "sources",
    )  # fmt: skip
    return {name: words.title(f"CONTRAST_{name.upper().replace('.', '_')}") for name in names}


def unit(difference: Difference) -> str:
    """The unit of a number, empty where there is none."""
    return words.unit_words(difference.spec.unit) if difference.spec and difference.spec.kind == "number" else ""


def value(difference: Difference, found: Any, known: bool) -> str:
    """A value in a cell; that there is none is said."""
    if found is ABSENT:
        return words.CONTRAST_ABSENT
    spec = difference.spec
    if isinstance(found, tuple) and not (spec and spec.kind == "series"):
        text = "; ".join(str(each) if isinstance(each, str) else value_words(each) for each in found)
    else:
        text = words.value_text(found, spec) if spec and not isinstance(found, tuple) else value_words(found)
    more = f", {words.CONTRAST_KNOWN}" if known else ""
    return f"{text if len(text) <= _LONGEST else text[:_LONGEST] + ' ...'}{more}"
