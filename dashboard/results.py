"""The results of a comparison: the answer, leaders, tables, notes, and what the units and outcomes mean."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from dashboard import english, markdown, session, steps, words
from dashboard import names as local_names
from dashboard.amounts import cell, in_unit, local, short
from dashboard.controls import same
from dashboard.runs import Shown
from sim.comparison.centre import OUTSIDE, draw_notes, outside
from sim.comparison.identity import canonical
from sim.comparison.results import Comparison, middle, unit_of
from sim.comparison.table import FIRST, brief, firsts, result_notes
from sim.comparison.verdict import first_shares, share_interval
from sim.outcomes import BY_NAME, HEADLINE, OF_THE_QUEUE, OUTCOMES, SECTIONS, Outcome
from sim.scenario import Scenario
from sim.sources import resolve
from sim.units import UNIT_WORDS, unit_parts
from sim.waits.estimate import ABOUT, estimated

# What a reader wants to know beside the answer: at what price, how soon, and for whom.
LEADING = ("cost_per_fe_hour", "first_month", "lower_tiers_share")


def money_line(scenario: Scenario) -> str:
    """The sentence on the money and the time of a scenario."""
    total, years = scenario.budget.total, len(scenario.budget.yearly)
    start = local_names.month(*scenario.start, scenario.start.words)
    return words.money_line(scenario.currency, short(total), years, start, scenario.horizon_years, scenario.price_year)


def other_budget(base: Scenario, scenario: Scenario) -> str:
    """The sentence on a question that names another budget than its answer; empty where it does not."""
    if same(base.budget.total, scenario.budget.total):
        return ""
    usual, total = short(base.budget.total), short(scenario.budget.total)
    return words.title("OTHER_BUDGET").format(currency=scenario.currency, usual=usual, total=total)


def known(comparison: Comparison, outcome: str) -> bool:
    """Whether any option has a value of an outcome."""
    return any(np.isfinite(result.totals[outcome]).any() for result in comparison.results.values())


def offered(shown: Shown) -> list[str]:
    """Names of the outcomes to choose from: those that any option has.

    They are found once for a scenario, its options and its switches, for that takes every outcome. A number that is
    moved takes none away: a list that changed under a slider would be of no help, and an outcome may do without values.
    A share that leaves zero is a switch: the load of a second vendor is only measured where there is one.
    """
    settings = session.current().sides[shown.place].settings
    switches = {path: value for path, value in settings.items() if isinstance(value, bool | str)}
    from_zero = sorted(change.path for change in shown.scenario.changes if change.old == 0 and change.new != 0)
    key = canonical([shown.base.text, switches, from_zero, shown.queue])
    kept: dict[str, list[str]] = st.session_state.setdefault("offered", {})
    if key not in kept:
        whole = shown.whole()
        kept[key] = [outcome.name for outcome in OUTCOMES if known(whole, outcome.name)]
    return kept[key]


# --- leaders ---


@dataclass(frozen=True)
class Leader:
    """What is first in most draws of the world, or in the central case where there are none."""

    keys: tuple[str, ...]  # more than one where options come to the same in every draw
    value: float  # median of the draws
    share: float  # of the draws in which they are first; those alike share a draw
    in_centre: tuple[str, ...]  # first in the central case


def show_leaders(comparison: Comparison) -> None:
    """Show the best option of a few outcomes, before any table."""
    outcomes = [BY_NAME[name] for name in dict.fromkeys((comparison.scenario.yardstick, *LEADING))]
    shown = [(outcome, found) for outcome in outcomes if (found := leader(comparison, outcome))]
    if not shown:
        return
    with st.grid(len(shown), border=True):
        for outcome, found in shown:
            unit = words.unit_words(unit_of(outcome, comparison.scenario), found.value)
            with st.container(gap="xsmall"):
                heading = words.best(outcome.better, bool(comparison.draws))
                st.caption(markdown.literal(f"{local_names.outcome(outcome)}: {heading}"))
                st.markdown(f"**{markdown.literal(_names(comparison, found.keys))}**")
                st.markdown(markdown.literal(f"{cell(outcome, found.value)} {unit}"))
                st.caption(markdown.literal(_leader_note(comparison, found)))
    show_gloss(comparison.scenario, [outcome.name for outcome, _ in shown])


def _names(comparison: Comparison, keys: tuple[str, ...]) -> str:
    """Labels of options in a tile."""
    labels = {key: local_names.option(comparison.scenario, comparison.results[key]) for key in keys}
    return local_names.first_listed(list(labels.values()))


def _leader_note(comparison: Comparison, found: Leader) -> str:
    """How often the leader is first, how sure that is, and whether the central case names another."""
    if not comparison.draws:
        return words.IN_THE_CENTRE
    ends = share_interval(found.share * comparison.draws, comparison.draws)
    another = not set(found.keys) & set(found.in_centre)
    return words.leader_note(
        found.share, ends, comparison.draws, _names(comparison, found.in_centre) if another else ""
    )


def leader(comparison: Comparison, outcome: Outcome) -> Leader | None:
    """The option that is first in most draws of the world; without draws that of the central case.

    None where no option has the outcome, or none stands out from the others.
    """
    totals = {key: comparison.own_totals(key, outcome.name) for key in comparison.results}
    drawn = {key: values[1:] if comparison.draws else values for key, values in totals.items()}
    shares = first_shares(drawn, outcome.better)
    # options that come to the same in every draw are first together
    alike = {
        key: tuple(each for each in drawn if np.allclose(drawn[each], drawn[key], atol=0, equal_nan=True))
        for key in drawn
    }
    together = {key: sum(shares[each] for each in alike[key]) for key in drawn}
    best = max(together, key=together.__getitem__)
    keys, value = alike[best], middle(totals[best])
    if not np.isfinite(value) or len(keys) == len(totals):
        return None
    centre = first_shares({key: values[:1] for key, values in totals.items()}, outcome.better)
    in_centre = tuple(key for key, share in centre.items() if share)
    return Leader(keys, value, together[best], in_centre)


# --- tables ---


def table(
    comparison: Comparison, difference: bool = False, pending: bool = False, names: tuple[str, ...] = ()
) -> pd.DataFrame:
    """Outcomes as Markdown cells: an outcome a row, an option a column; ranges below the medians.

    Without names the short table. With the yardstick among them the last row says how often each option is the best.
    In the table of differences doing nothing has no column, and what it does not have no row.
    """
    names, awaited = names or _short(comparison, pending), _waits_to_come(comparison, pending)
    columns = ["difference", "difference_low", "difference_high"] if difference else ["value", "low", "high"]
    rows_of = comparison.summary[["outcome", "option", *columns]].itertuples(index=False, name=None)
    known = {(outcome, option): (value, low, high) for outcome, option, value, low, high in rows_of}
    # the keys distinguish options with the same label
    heads = {
        key: markdown.literal(local_names.headed(label, comparison.results[key]))
        for key, label in local_names.options(comparison).items()
    }
    if difference:
        del heads[comparison.baseline.key]
    estimates = {key: comparison.results[key].estimate for key in heads}
    marked = {key: set() if difference else outside(comparison, key) for key in heads}
    rows = []
    for name in names:
        outcome = BY_NAME[name]
        numbers = {key: known[name, key] for key in heads}
        if difference and not any(np.isfinite(value) for value, _, _ in numbers.values()):
            continue
        cells = {
            heads[key]: words.PENDING_CELL
            if (key, name) in awaited
            else _cell(
                outcome,
                three,
                OUTSIDE if name in marked[key] else "",
                difference,
                estimated(estimates[key], name) is not None,
            )
            for key, three in numbers.items()
        }
        rows.append({words.OUTCOME: _row_head(outcome, comparison.scenario, difference), **cells})
    if comparison.scenario.yardstick in names and not difference:
        rows += [
            dict(zip([words.OUTCOME, *heads.values()], map(markdown.literal, row), strict=True))
            for row in _firsts(comparison)
        ]
    return pd.DataFrame(rows, columns=[words.OUTCOME, *heads.values()]).set_index(words.OUTCOME)


def _firsts(comparison: Comparison) -> list[list[str]]:
    """The row that says in how many worlds each option is the best on the yardstick."""
    return [[local_names.of("ROW_FIRST", FIRST), *map(local, cells)] for _, *cells in firsts(comparison)]


def show_gloss(scenario: Scenario, names: Iterable[str]) -> None:
    """Show what the short terms in the labels and units of these outcomes mean."""
    for line in local_names.glossed(names, scenario):
        st.caption(markdown.literal(line))


def _short(comparison: Comparison, pending: bool) -> tuple[str, ...]:
    """The outcomes of the short table, with those that are still to come."""
    return brief(comparison, {name for _, name in _waits_to_come(comparison, pending)})


def _waits_to_come(comparison: Comparison, pending: bool) -> set[tuple[str, str]]:
    """Options and outcomes that only the simulated queue can fill: there is a machine, and no estimate for it."""
    if not pending:
        return set()
    machines = {key: result.estimate for key, result in comparison.results.items() if result.estimate is not None}
    pairs = ((key, found, outcome.name) for key, found in machines.items() for outcome in OF_THE_QUEUE)
    return {(key, name) for key, found, name in pairs if estimated(found, name) is None}


def _row_head(outcome: Outcome, scenario: Scenario, difference: bool) -> str:
    """The label, and below it the unit and which way is better."""
    unit = words.unit_words(unit_of(outcome, scenario))
    if difference and outcome.unit == "fraction":
        unit = words.POINTS
    below = ", ".join(filter(None, [unit, words.better(outcome.better)]))
    return markdown.two_lines(
        markdown.in_lines(markdown.literal(local_names.outcome(outcome))), markdown.literal(below)
    )


def _cell(outcome: Outcome, numbers: tuple[float, float, float], mark: str, difference: bool, about: bool) -> str:
    """The median with its mark and below it the range, unless it is the same in all draws; `about` for an estimate."""
    value, low, high = (_number(outcome, number, difference) for number in numbers)
    if about and np.isfinite(numbers[0]):
        band = words.estimate(words.RANGE.format(low=low, high=high))
        return markdown.two_lines(markdown.literal(ABOUT + value), markdown.literal(band))
    spread = markdown.spread(low, high, words.RANGE) if np.isfinite(numbers[1]) and not low == high == value else ""
    return markdown.two_lines(markdown.literal(value + mark), markdown.literal(spread))


def _number(outcome: Outcome, value: float, difference: bool) -> str:
    """A number in the table; differences carry their sign, unless they are rounded to zero, and shares lose their %."""
    if not difference or not np.isfinite(value):
        return cell(outcome, value)
    text = in_unit(value, outcome.unit, signed=True)
    return text if text.strip("+-0.,") else text.strip("+-")


def show_tables(comparison: Comparison, pending: bool) -> None:
    """Show both tables, of the outcomes that decide, of the headline or of one section."""
    st.subheader(words.OUTCOMES, anchor=False)
    choices = {words.BRIEF: _short(comparison, pending), words.HEADLINE: HEADLINE, **SECTIONS}
    section = steps.select(
        words.SECTION, choices, key="section", help=words.SECTION_HELP, persist_state="session",
        format_func=local_names.section,
    )  # fmt: skip
    names = choices[section]
    st.table(table(comparison, pending=pending, names=names), border="horizontal", alt=words.OUTCOMES)
    st.caption(markdown.literal(words.range_note(comparison.draws, comparison.seed, pending)))
    show_gloss(comparison.scenario, names)
    if any(result.estimate is not None for result in comparison.results.values()):
        st.caption(markdown.literal(words.ESTIMATES_NOTE))
    st.subheader(words.DIFFERENCES, anchor=False)
    _show_gaps(table(comparison, difference=True, pending=pending, names=names))
    st.caption(markdown.literal(words.DIFFERENCES_NOTE))
    if section in SECTIONS:
        with st.expander(words.FORMULAS):
            _show_formulas(names)


def show_section(shown: Shown, names: tuple[str, ...]) -> None:
    """Show the outcomes of one part, their difference from doing nothing, and how they are computed."""
    comparison, pending = shown.comparison, shown.pending
    st.table(table(comparison, pending=pending, names=names), border="horizontal", alt=words.OUTCOMES)
    st.caption(markdown.literal(words.range_note(comparison.draws, comparison.seed, pending)))
    show_gloss(comparison.scenario, names)
    _show_gaps(table(comparison, difference=True, pending=pending, names=names))
    _show_formulas(names)


def _show_gaps(gaps: pd.DataFrame) -> None:
    """Show differences from doing nothing; nothing where there are none, as of outcomes of a switch that is off."""
    if not gaps.empty:
        st.table(gaps, border="horizontal", alt=words.DIFFERENCES)


def _show_formulas(names: Iterable[str]) -> None:
    """Show how outcomes are computed."""
    english.show(words.MODEL_IS_ENGLISH)
    st.markdown(markdown.bullets([local_names.formula(BY_NAME[name]) for name in names]))


def show_table(shown: Shown, names: tuple[str, ...], alt: str) -> None:
    """Show some outcomes, those that any option has: an outcome a row, an option a column."""
    comparison = shown.comparison
    known_names = tuple(name for name in names if known(comparison, name))
    st.table(table(comparison, pending=shown.pending, names=known_names), border="horizontal", alt=alt)
    show_gloss(comparison.scenario, known_names)


# --- notes ---


def show_notes(comparison: Comparison) -> None:
    """Show warnings in full view; sizes, precision, units and limits below."""
    scenario = comparison.scenario
    english.show(words.MODEL_IS_ENGLISH)
    if scenario.warnings:
        st.warning(markdown.bullets(scenario.warnings), icon=":material/warning:")
    lines = draw_notes(comparison)
    lines += [
        f"{local_names.option(scenario, result)}: {note}"
        for result in comparison.results.values()
        for note in result_notes(result, scenario)
    ]
    if lines:
        st.markdown(f"**{words.NOTES}**\n\n{markdown.bullets(lines)}")
    with st.expander(words.UNITS):
        st.markdown(glossary(scenario))
    with st.expander(words.LEFT_OUT):
        st.markdown(coverage(scenario))


def glossary(scenario: Scenario) -> str:
    """Units and formulas of the table."""
    units = {part for name in HEADLINE for part in unit_parts(BY_NAME[name].unit)}
    # months and hours explain themselves; units of more than one word do not
    meanings = [f"{words.unit_words(u)}: {meaning}" for u, meaning in UNIT_WORDS.items() if u in units and "_" in u]
    formulas = [local_names.formula(BY_NAME[name]) for name in HEADLINE]
    money = words.exchange(scenario.currency, scenario.price_year, scenario.usd_per_currency)
    return "\n\n".join([markdown.bullets([*meanings, money]), markdown.bullets(formulas)])


def coverage(scenario: Scenario) -> str:
    """What the scenario covers, what it leaves out, and its sources."""
    cited = [citation for key in scenario.sources for citation in resolve(key)]
    parts = ((words.COVERED, scenario.modelled), (words.NOT_COVERED, scenario.not_modelled), (words.CITED, cited))
    shown = [f"{head}\n\n{markdown.bullets(lines)}" for head, lines in parts if lines]
    return "\n\n".join(shown) or words.NOT_STATED
