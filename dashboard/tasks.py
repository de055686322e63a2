"""Work of some seconds that a reader asks for with a button: in a killable process, with progress and cancel."""

from __future__ import annotations

from typing import Any

import streamlit as st

from dashboard import jobs, markdown, session, words
from dashboard.jobs import Job
from dashboard.worker import Work
from sim.formatting import format_percent

LOOK_SECONDS = 0.5  # between looks at it


def show(name: str, task: Work, label: str) -> Any:
    """Show the button that starts a task, how far it is, or how it ended; what it found once that is known, else None.

    name: of the place on the page; another task there supersedes the one before. What was found is shared by sessions.
    """
    if (found := jobs.kept(task.digest)) is not None:
        drop(name)
        return found
    job = _job(name)
    if job is not None and job.work.digest != task.digest:
        drop(name)
        job = None
    if job is not None and job.under_way:
        _watch(name)
        return None
    if job is not None and job.state == "failed":
        st.error(markdown.literal(words.TASK_FAILED.format(why=job.why)), icon=":material/error:")
    st.button(label, key=f"start/{name}", on_click=_start, args=(name, task))
    return None


def drop(name: str) -> None:
    """Cancel the task of a place."""
    job = st.session_state.pop(_key(name), None)
    if job is not None:
        job.cancel()


def _key(name: str) -> str:
    return f"task/{name}"


def _job(name: str) -> Job | None:
    """The task of a place."""
    job: Job | None = st.session_state.get(_key(name))
    return job


def _start(name: str, task: Work) -> None:
    """Start a task, or queue it where as many run as may."""
    drop(name)
    st.session_state[_key(name)] = job = Job(task)
    job.poll()


@st.fragment(run_every=LOOK_SECONDS)
def _watch(name: str) -> None:
    """Look at a task twice a second, and rerun the page when it ended."""
    job = _job(name)
    if job is None:
        return
    if job.poll() not in ("queued", "running"):
        session.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        waiting = words.QUEUED.format(most=jobs.MOST_RUNNING)
        text = waiting if job.state == "queued" else format_percent(job.share, ".0f")
        st.progress(min(job.share, 1.0), text=text)
        st.button(words.CANCEL, key=f"cancel/{name}", on_click=drop, args=(name,), type="tertiary")
