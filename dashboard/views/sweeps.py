"""Sweeps: the ledger of one, with its summary, plots, failures and rows; and those that ship, each with its command."""

from __future__ import annotations

import shlex
from functools import cache, partial
from io import BytesIO
from threading import Lock
from typing import Any

import pandas as pd
import streamlit as st

from dashboard import amounts, downloads, ledgers, markdown, names, opening, uploads, words
from dashboard.ledgers import Opened
from dashboard.runs import Shown
from sim.charts import sweeps as charts
from sim.charts.sweeps import Drawn
from sim.formatting import format_count, format_number, unit_text
from sim.outcomes import BY_NAME
from sim.processors import processors
from sim.scenario.changes import changes_note
from sim.sweeps.estimate import Estimate, estimate
from sim.sweeps.plan import Plan
from sim.sweeps.planning import axis_words, warnings
from sim.sweeps.progress import duration
from sim.sweeps.reader import read_sweep, shipped
from sim.sweeps.results import SweepResults

WIDTH = 900  # pixels of a plot
MOST_KEPT = 20  # sets of plots, half a megabyte each
MOST_REASONS = 20
TRY_SECONDS = 1.0  # of runs that an estimate is made from
_OPEN, _REFUSED = "ledger", "ledger_refused"  # places in the state of a session
_MEDIA = {"svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "csv": "text/csv"}
_one_at_a_time = Lock()  # estimates: two at once would each find the machine half as fast


def show(sides: tuple[Shown, ...]) -> None:
    """Show the page."""
    st.subheader(words.SWEEPS, anchor=False)
    st.caption(words.SWEEPS_HELP)
    _show_choice()
    opened: Opened | None = st.session_state.get(_OPEN)
    if opened is not None:
        _show_ledger(opened)
    st.markdown(f"**{words.SWEEPS_SHIPPED}**")
    for name in shipped():
        _show_shipped(name)


# --- which ledger ---


def _show_choice() -> None:
    """Show where a ledger is opened, and why one was not."""
    known = ledgers.names()
    if known:
        st.selectbox(words.SWEEPS_NAMED, known, index=None, key="ledger_name", on_change=_take_named)
    files, folder = st.columns(2)
    limit = opening.largest_mb(ledgers.MOST_BYTES)
    kinds = [kind.removeprefix(".") for kind in (*ledgers.KINDS, uploads.ZIP)]
    files.file_uploader(
        words.SWEEPS_FILES, type=kinds, accept_multiple_files=True, key="ledger_files", max_upload_size=limit,
        on_change=partial(_take, "ledger_files"), help=words.SWEEPS_FILES_HELP,
    )  # fmt: skip
    folder.file_uploader(
        words.SWEEPS_FOLDER, accept_multiple_files="directory", key="ledger_folder", max_upload_size=limit,
        on_change=partial(_take, "ledger_folder"), help=words.SWEEPS_FILES_HELP,
    )  # fmt: skip
    if refused := st.session_state.get(_REFUSED):
        st.error(markdown.literal(words.SWEEPS_REFUSED.format(why=refused)), icon=":material/error:")


def _take(key: str) -> None:
    """Open what was uploaded; what cannot be opened leaves the one that is shown as it is."""
    files = st.session_state.get(key) or []
    if files:
        _open(lambda: ledgers.uploaded([(file.name, file.getvalue()) for file in files]))


def _take_named() -> None:
    """Open a ledger of the operator's folder."""
    if (name := st.session_state.get("ledger_name")) is not None:
        _open(lambda: ledgers.named(name))


def _open(read: Any) -> None:
    st.session_state.pop(_REFUSED, None)
    try:
        st.session_state[_OPEN] = read()
    except uploads.UploadError as error:
        st.session_state[_REFUSED] = str(error)


# --- one ledger ---


def _show_ledger(opened: Opened) -> None:
    """Show a ledger: what it is, its summary and plots of an outcome, its failures and its rows."""
    plan, status = opened.results.plan, opened.status
    with st.container(border=True, key="ledger_shown"):
        st.markdown(f"**{markdown.literal(plan.title)}**  \n{markdown.literal(plan.question)}")
        done = words.SWEEPS_DONE.format(
            done=format_number(status.done_runs), runs=format_number(status.runs), failed=format_number(status.failed)
        )
        st.caption(markdown.literal(f"{opened.name}: {done} {words.SWEEPS_MADE.format(version=opened.version)}"))
        if not opened.current:
            st.warning(words.SWEEPS_OTHER, icon=":material/history:")
        st.markdown(markdown.bullets([*about(plan), *changes_note(plan.base), *warnings(plan)]))
        if len(opened.results.done):
            _show_results(opened)
        if status.failed:
            _show_failures(opened)
        st.button(words.SWEEPS_CLOSE, key="ledger_close", on_click=lambda: st.session_state.pop(_OPEN, None))


def about(plan: Plan) -> list[str]:
    """What a sweep varies, and what each run is, a sentence each."""
    return [
        words.SWEEPS_OF.format(title=names.title(plan.base)),
        *(axis_words(axis) for axis in plan.axes),
        words.SWEEPS_RUNS.format(
            runs=format_number(plan.runs), draws=format_count(plan.draws, "draw"), waits=plan.waits
        ),
    ]


def _show_results(opened: Opened) -> None:
    """Show the summary and the plots of the outcome that is chosen, and every row to take away."""
    plan = opened.results.plan
    usual = plan.base.yardstick if plan.base.yardstick in plan.outcomes else plan.outcomes[0]
    if st.session_state.get("ledger_outcome") not in plan.outcomes:
        st.session_state["ledger_outcome"] = usual
    outcome = st.selectbox(
        words.OUTCOME, plan.outcomes, key="ledger_outcome", format_func=lambda name: names.outcome(BY_NAME[name])
    )
    st.table(summary(opened.results, outcome), border="horizontal", alt=words.SWEEPS_SUMMARY)
    try:
        plots = _plots(opened.digest, outcome, "svg", opened.results)
    except Exception as error:  # a ledger of somebody else's must not take the page with it
        st.error(markdown.literal(words.DRAWING_FAILED.format(kind=type(error).__name__)), icon=":material/error:")
        plots = {}
    for stem, drawn in plots.items():
        st.image(drawn.files["svg"].decode("utf8"), width=WIDTH, alt=drawn.alt)
        with st.expander(words.CHART_TEXT):
            st.markdown(markdown.literal(drawn.alt))
            numbers = pd.read_csv(BytesIO(drawn.files["csv"]))
            st.dataframe(numbers, hide_index=True, alt=words.CHART_NUMBERS)
        with st.container(horizontal=True):
            for suffix, media in _MEDIA.items():
                content = partial(_file, opened, outcome, stem, suffix)
                downloads.button(suffix.upper(), content, f"{stem}.{suffix}", media)
    downloads.button(words.SWEEPS_ROWS, lambda: rows(opened.results), f"{uploads.safe_name(plan.key)}.csv", "text/csv")


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _plots(digest: str, outcome: str, suffix: str, _results: SweepResults) -> dict[str, Drawn]:
    """The plots of a ledger by an outcome, the bytes that `heavypress sweep plot` writes; cached by its digest."""
    return charts.drawn(_results, outcome, (suffix,))


def _file(opened: Opened, outcome: str, stem: str, suffix: str) -> bytes:
    """A plot as a file, drawn in its format when that is asked for; its numbers come with every one."""
    form = "svg" if suffix == "csv" else suffix
    return _plots(opened.digest, outcome, form, opened.results)[stem].files[suffix]


def rows(results: SweepResults) -> bytes:
    """Every row as CSV, the bytes of `heavypress sweep export`."""
    return results.frame.to_csv(index=False).encode("utf8")


def summary(results: SweepResults, outcome: str) -> pd.DataFrame:
    """An option a row, as Markdown cells: where it is best, and the least, the middle and the most of its medians."""
    done = results.done[results.done["outcome"] == outcome]
    labels = names.options_of(results.plan.base)
    units = ", ".join(sorted({unit_text(str(unit)) for unit in done["unit"].dropna()}))
    heads = [words.SWEEPS_BEST, *(f"{head} ({units})" for head in (words.SWEEPS_LEAST, words.SWEEPS_MIDDLE,
                                                                  words.SWEEPS_MOST))]  # fmt: skip
    found = {}
    for key, label in labels.items():
        mine = done[done["option"] == key]
        medians = mine["median"].dropna()
        judged = mine["best"].dropna()
        best = (
            words.SWEEPS_OF_RUNS.format(count=int(judged.astype(bool).sum()), runs=len(judged)) if len(judged) else "-"
        )
        ends = (medians.min(), medians.median(), medians.max()) if len(medians) else ()
        cells = [best, *(amounts.short(float(value)) for value in ends), *(() if ends else ("-",) * 3)]
        found[markdown.literal(label)] = dict(
            zip(map(markdown.literal, heads), map(markdown.literal, cells), strict=True)
        )
    return pd.DataFrame.from_dict(found, orient="index")


def _show_failures(opened: Opened) -> None:
    """Show why runs failed, the most frequent reason first, and which ones."""
    st.markdown(f"**{words.SWEEPS_FAILURES}**")
    lines = [f"{format_count(count, 'run')}: {reason}" for reason, count in opened.reasons[:MOST_REASONS]]
    st.markdown(markdown.bullets(lines))
    st.dataframe(opened.results.failures, hide_index=True, alt=words.SWEEPS_FAILURES)


# --- those that ship ---


@cache
def plan_of(name: str) -> Plan:
    """The plan of a sweep that ships; its file does not change under a running page."""
    return read_sweep(name)


def _show_shipped(name: str) -> None:
    """Show a sweep that ships: its question, what it varies, what it costs and how to run it."""
    plan = plan_of(name)
    with st.container(border=True, key=f"sweep/{name}"):
        st.markdown(f"**{markdown.literal(plan.title)}**  \n{markdown.literal(plan.question)}")
        st.markdown(markdown.bullets(about(plan)))
        st.code(command(name), language=None, wrap_lines=True)
        if st.session_state.get(f"estimated/{name}"):
            with st.spinner(words.SWEEPS_ESTIMATING):
                st.caption(markdown.literal(cost(needs(plan.digest, plan), processors())))
        else:
            st.button(
                words.SWEEPS_ESTIMATE, key=f"estimate/{name}",
                on_click=lambda: st.session_state.update({f"estimated/{name}": True}),
            )  # fmt: skip


def command(name: str) -> str:
    """The command that runs a sweep and keeps its ledger."""
    return f"heavypress sweep run {shlex.quote(name)} --out {shlex.quote(name)}"


@st.cache_resource(show_spinner=False, max_entries=MOST_KEPT)
def needs(digest: str, _plan: Plan) -> Estimate:
    """What a sweep needs, from a few of its runs; cached by its digest."""
    with _one_at_a_time:
        return estimate(_plan, TRY_SECONDS)


def cost(found: Estimate, workers: int) -> str:
    """The sentence on how long a sweep takes on this machine, and how large it becomes."""
    return words.SWEEPS_COST.format(
        time=duration(found.seconds_on(workers)), workers=format_count(workers, "worker"),
        size=f"{found.megabytes:.2g}", tried=format_count(found.tried, "run"),
    )  # fmt: skip
