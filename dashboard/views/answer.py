"""The first page: the question, the answer with its odds, the live difference of two options, figures per option."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import amounts, answers, charts, downloads, live, markdown, names, results, runs, session, steps, words
from dashboard.runs import Shown
from dashboard.state import Pair
from sim.comparison.results import Comparison, middle
from sim.outcomes import BY_NAME
from sim.packs import citations

NARROWEST = 340  # pixels of a column: beside one another where there is room, else below
DIFFERENCE = "difference"  # of the figures of a run, the one that the question is about
LEADING = ("cost_per_fe_hour", "first_month", "lower_tiers_share")


def show(sides: tuple[Shown, ...]) -> None:
    """Show the answer of a scenario, or of two side by side."""
    if len(sides) == 1:
        _show_question(sides[0])
        _show_answer(sides[0])
        pair = _choose(sides[0])
        with st.grid(2, min_column_width=NARROWEST, gap="medium"):
            with st.container():
                _show_pair(sides[0], pair)
            with st.container():
                _show_figures(sides[0])
        _show_files(sides[0], pair)
        return
    wanted = session.current().pair
    within = live.reach((shown.comparison, live.pair_of(shown.comparison, wanted)) for shown in sides)
    if len({(each.scenario.start, each.scenario.currency, each.scenario.price_year) for each in sides}) > 1:
        st.caption(f":material/balance: {words.OTHER_UNITS}")
    with st.grid(len(sides), min_column_width=NARROWEST, gap="medium"):
        for place, shown in enumerate(sides):
            with st.container():
                st.caption(
                    f"**{words.title(('SIDE_A', 'SIDE_B')[place])}** · {markdown.literal(names.title(shown.scenario))}"
                )
                if changes := words.changes(shown.scenario):
                    st.caption(f":material/edit: {changes}")
                _show_question(shown)
                _show_answer(shown)
                pair = live.pair_of(shown.comparison, wanted) if place else _choose(shown)
                _show_pair(shown, pair, within)
                _show_figures(shown)
        active = sides[min(session.current().active, len(sides) - 1)]
    _show_files(active, live.pair_of(active.comparison, wanted))


def _show_files(shown: Shown, pair: Pair | None) -> None:
    """Show, where it is asked for, the chart as it is exported with its files, and how to get the same numbers."""
    found = st.expander(words.CITE_AND_TAKE, key="take", on_change="rerun")
    if found.open:
        with found:
            if pair is not None:
                _show_figure(shown.kept, pair)
            st.markdown(markdown.literal(words.CITE_AS.format(text=citations.short(shown.kept))))
            st.markdown(words.CHECK_FILE)
            downloads.show_same_numbers(shown, f"{shown.kept.scenario.key}_{shown.kept.run_id}.toml")


def _show_figure(comparison: Comparison, pair: Pair) -> None:
    """Show the chart as it is exported; that of the question is a figure of every run, with its files."""
    if ((pair.first, pair.second), pair.outcome) == (comparison.answer.between, comparison.scenario.yardstick):
        charts.show_figure(comparison, DIFFERENCE)
    else:
        charts.show_pair(comparison, pair)


def _show_question(shown: Shown) -> None:
    """Show the question, with the money and the time."""
    st.subheader(markdown.literal(names.question(shown.scenario)), anchor=False)
    said = (results.money_line(shown.scenario), results.other_budget(shown.base, shown.scenario))
    st.caption(markdown.literal(" ".join(filter(None, said))))


def _show_answer(shown: Shown) -> None:
    """Show the answer, its verdict in bold."""
    said = (*answers.sentences(shown.comparison), answers.by_mean(shown.comparison))
    verdict, *more = map(markdown.literal, filter(None, said))
    st.markdown(" ".join([f"**{verdict}**", *more]))
    runs.show_progress(shown, session.current())


# --- the difference of two options ---


def _show_pair(shown: Shown, pair: Pair | None, within: live.Reach | None = None) -> None:
    """Show the live chart of two options, if there are two; `within`: axes that it shares with another one."""
    if pair is not None:
        live.show(shown.comparison, pair, within)


def _choose(shown: Shown) -> Pair | None:
    """Show the choice of two options and of an outcome; what is chosen, None where there are no two options."""
    comparison = shown.comparison
    pair = live.pair_of(comparison, session.current().pair)
    if pair is None:
        return None
    options = names.options(comparison)
    outcomes = {name: names.outcome(BY_NAME[name]) for name in (*results.offered(shown), pair.outcome)}
    with st.container(horizontal=True, gap="small"):
        for name, value, texts in (
            ("first", pair.first, options),
            ("second", pair.second, {key: text for key, text in options.items() if key != pair.first}),
            ("outcome", pair.outcome, outcomes),
        ):
            key = f"pair/{name}"
            steps.follow(key, value)
            steps.select(
                words.title(f"PAIR_{name.upper()}"), list(texts), index=list(texts).index(value), key=key,
                format_func=texts.__getitem__, label_visibility="collapsed", on_change=partial(_set, name, pair),
            )  # fmt: skip
    return pair


def _set(name: str, pair: Pair) -> None:
    """Take over one of the three; the same option twice turns the two round."""
    value, other = st.session_state[f"pair/{name}"], {"first": pair.second, "second": pair.first}.get(name)
    new = replace(pair, **{name: value})
    if value == other:
        new = replace(pair, first=pair.second, second=pair.first)
    session.change(replace(session.current(), pair=new), "pair")


# --- figures ---


def figures(comparison: Comparison) -> pd.DataFrame:
    """Three or four figures per option as Markdown cells: an option a row; medians of the draws."""
    shown = tuple(dict.fromkeys((comparison.scenario.yardstick, *LEADING)))
    heads = {name: markdown.literal(words.figure_head(name, comparison.scenario)) for name in shown}
    rows = {
        markdown.literal(label): {
            heads[name]: markdown.literal(amounts.cell(BY_NAME[name], middle(comparison.own_totals(key, name))))
            for name in shown
        }
        for key, label in names.options(comparison).items()
    }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis(words.OPTION)


def _show_figures(shown: Shown) -> None:
    """Show a few figures of every option."""
    st.table(figures(shown.comparison), border="horizontal", alt=words.FIGURES)
    results.show_gloss(shown.scenario, [shown.scenario.yardstick, *LEADING])
