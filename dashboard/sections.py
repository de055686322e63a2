"""Sections of a decision on the page: each is made by a worker when it is opened, one after the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import downloads, jobs, markdown, session, words
from dashboard.analyses import STEELMAN, Analysed, Analysis
from dashboard.runs import LOOK_SECONDS, SETTLED_SECONDS, Shown
from sim.decision.sections.section import Section, Table
from sim.mechanisms.sampling import Drawn

WIDTH = 780  # pixels of a chart, which is drawn for a printed page
JOB, SINCE, ENDED, WANTED = "section_job", "section_since", "sections_ended", "sections_wanted"  # in a session
_MEDIA = {"png": "image/png", "svg": "image/svg+xml", "pdf": "application/pdf"}


@dataclass(frozen=True)
class Ask:
    """What sections are about."""

    shown: Shown
    draws: int
    draw: Drawn
    asked: str  # the scenario and what was changed in it, as the command line has them

    def request(self, subject: str) -> Analysis:
        """The request for one of them."""
        return Analysis.of(self.shown.scenario, self.shown.comparison.seed, self.draws, self.draw, subject)

    def command(self, subject: str) -> str:
        """The command that prints the same."""
        kind, _, option = subject.partition("/")
        varied = "" if self.draw == "headline" else f" --draw {self.draw}"
        what = f" --for {option}" if kind == STEELMAN else f" --draws {self.draws} --section {subject}"
        name = STEELMAN if kind == STEELMAN else "decide"
        return f"heavypress {name} {self.asked}{what} --seed {self.shown.comparison.seed}{varied}"


Wanted = list[tuple[DeltaGenerator, Analysis]]


@contextmanager
def working() -> Iterator[None]:
    """Within it sections are shown; at its end those that are open and not known are worked on, one at a time."""
    wanted: Wanted = []
    st.session_state[WANTED] = wanted
    try:
        yield
    finally:
        st.session_state.pop(WANTED, None)
    _work(wanted)


def show(ask: Ask, subject: str, title: str, about: str, opened: bool = False) -> None:
    """Show a section, folded; where it is open and known all of it, else how far it is."""
    found = st.expander(markdown.literal(title), opened, key=f"section_of/{subject}", on_change="rerun")
    if not found.open:
        return
    request = ask.request(subject)
    known = jobs.kept(request.digest)
    with found:
        if about:
            st.caption(markdown.literal(about))
        if known is None:
            st.session_state[WANTED].append((st.container(), request))
            return
        _show(known, f"{ask.shown.scenario.key}_{subject.replace('/', '_')}_{request.run}", ask.command(subject))


# --- what is worked on ---


def _ended() -> dict[str, str]:
    """Why sections have no result, by digest of their requests; empty text where they were cancelled."""
    ended: dict[str, str] = st.session_state.setdefault(ENDED, {})
    return ended


def _work(wanted: Wanted) -> None:
    """Work on the present one as long as it is wanted, else on the next; say of the others that they wait."""
    job: jobs.Job | None = st.session_state.get(JOB)
    ended = _ended()
    if job is not None and job.state in ("cancelled", "failed"):
        ended[job.work.digest] = job.why if job.state == "failed" else ""
    due = [request for _, request in wanted if request.digest not in ended]
    if not due:
        drop()
    elif job is None or not job.under_way or job.work.digest not in {request.digest for request in due}:
        drop()
        job = jobs.Job(replace(due[0], base=jobs.kept(due[0].of_base)))
        st.session_state[JOB], st.session_state[SINCE] = job, time.monotonic()
    for place, request in wanted:
        with place:
            if request.digest in ended:
                _show_ended(request.digest, ended[request.digest])
            elif job is not None and job.work.digest == request.digest:
                _watch(request.digest)
            else:
                st.caption(words.SURE_WAITS)


def drop() -> None:
    """Cancel what is being worked on."""
    job: jobs.Job | None = st.session_state.pop(JOB, None)
    if job is not None and job.under_way:
        job.cancel()


@st.fragment(run_every=LOOK_SECONDS)
def _watch(digest: str) -> None:
    """Look at the section that is worked on twice a second, start it once nothing moves; rerun when it ended."""
    job: jobs.Job | None = st.session_state.get(JOB)
    if job is None or job.work.digest != digest:
        return
    if job.state != "queued" or time.monotonic() - st.session_state[SINCE] >= SETTLED_SECONDS:
        job.poll()
    if not job.under_way:
        session.rerun()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        queued = job.state == "queued"
        text = words.QUEUED.format(most=jobs.MOST_RUNNING) if queued else words.SURE_WORKING
        st.progress(min(job.share, 1.0), text=text)
        st.button(words.CANCEL, key="cancel_section", on_click=job.cancel, type="tertiary")


def _show_ended(digest: str, why: str) -> None:
    """Show that a section was cancelled or failed, and a button to start it again."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if why:
            st.error(markdown.literal(words.SURE_FAILED.format(why=why)), icon=":material/error:")
        else:
            st.caption(words.SURE_CANCELLED, width="content")
        st.button(words.START_AGAIN, key=f"again/{digest}", on_click=partial(_again, digest), type="tertiary")


def _again(digest: str) -> None:
    _ended().pop(digest, None)
    drop()


# --- what is shown ---


def _show(found: Analysed, stem: str, command: str) -> None:
    """Show sentences, chart, tables, files, and the command for the same."""
    section = found.section
    for sentence in section.sentences:
        st.markdown(markdown.literal(sentence))
    if found.chart:
        st.image(found.files["svg"].decode("utf8"), width=WIDTH, alt=found.alt)
        with st.expander(words.CHART_TEXT):
            st.markdown(markdown.literal(found.alt))
            _show_tables(section)
    else:
        _show_tables(section)
    with st.container(horizontal=True):
        for suffix, media in _MEDIA.items() if found.chart else ():
            downloads.button(suffix.upper(), partial(_content, found, suffix), f"{stem}.{suffix}", media)
        text = partial(_text, section)
        downloads.button(words.SURE_TEXT, text, f"{stem}.md", "text/markdown")
    st.caption(f"{words.SAME_NUMBERS} {markdown.literal(command)}")
    for note in found.notes:
        st.caption(markdown.literal(note))


def _show_tables(section: Section) -> None:
    """Show its tables."""
    for table in section.tables:
        st.table(_frame(table), border="horizontal", alt=markdown.literal(section.title))


def _content(found: Analysed, suffix: str) -> bytes:
    return found.files[suffix]


def _text(section: Section) -> bytes:
    return section.markdown().encode("utf8")


def _frame(table: Table) -> pd.DataFrame:
    """A table as Markdown cells; its first column names the rows."""
    first, *heads = markdown.distinct(map(markdown.literal, table.heads))
    cells = [[markdown.literal(cell) for cell in row] for row in table.rows]
    index = pd.Index([row[0] for row in cells], name=first)
    return pd.DataFrame([row[1:] for row in cells], index=index, columns=heads)
