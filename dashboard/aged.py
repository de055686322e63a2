"""An address that was made with another model: what moved since, why, as it was, and on today's model."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import streamlit as st

from dashboard import address, answers, jobs, markdown, runs, selection, session, then, words
from dashboard import names as local_names
from dashboard.runs import Shown
from dashboard.state import Side, State
from dashboard.tracing import Trace, kept
from sim.comparison.results import Comparison
from sim.outcomes import BY_NAME
from sim.releases.attribution import Attribution
from sim.releases.marks import Margin, Mark, is_same, margin
from sim.releases.replay import Asked

LOOK_SECONDS = 0.5  # between looks at the search
_AGED, _EXTRA, _JOB, _OPEN = "aged", "address_extra", "aged_job", "aged_open"


@dataclass(frozen=True)
class Aged:
    """An address of another model, for as long as nothing is changed on the page that it opened."""

    mark: Mark
    found: str  # the number of then as the address has it; empty where it has none
    asked: Side  # its scenario as the address has it
    whole: bool  # all of the address was taken over
    of: tuple[Any, ...]  # the settings that it opened


def look(shown: Shown, state: State) -> None:
    """Hold an address that was just opened against today's model, and forget it once the settings are others."""
    read: address.Read | None = st.session_state.pop("address_read", None)
    if read is not None:
        forget()
        mark = Mark.of(read.model)
        if mark is not None and mark != Mark.present():
            st.session_state[_AGED] = Aged(mark, read.found, read.asked[0], not read.faults, _settings(state))
    aged = current()
    if aged is not None and aged.of != _settings(state):
        forget()
    now, aged = margin(_quick(shown, state)), current()
    text: dict[str, str] | None = {"model": str(Mark.present()), "found": now.text if now else ""}
    if aged is not None and is_moved_since(aged, now, state):
        # what was not taken over stays in the address, or it would name another run than that of its number
        text = {"model": str(aged.mark), "found": aged.found} if aged.whole else None
    st.session_state[_EXTRA] = text


def extra() -> dict[str, str] | None:
    """What stands in the address besides the state: the model and what it found; empty where nothing was computed.

    None: the address stays as it was opened.
    """
    found: dict[str, str] | None = st.session_state.pop(_EXTRA, {})
    return found


def current() -> Aged | None:
    """The address of another model whose settings are still shown."""
    aged: Aged | None = st.session_state.get(_AGED)
    return aged


def forget() -> None:
    """Go on with today's model."""
    for name in (_AGED, _OPEN):
        st.session_state.pop(name, None)
    job: jobs.Job | None = st.session_state.pop(_JOB, None)
    if job is not None:
        job.cancel()


def is_moved_since(aged: Aged, now: Margin | None, state: State) -> bool:
    """Whether there is a number of then, and it is another one today."""
    if not aged.found:
        return False
    return now is None or _is_gone(aged, state) or not is_same(float(aged.found), now.value)


def _is_gone(aged: Aged, state: State) -> bool:
    """Whether another scenario is shown than the address names."""
    return aged.asked.scenario != state.sides[0].scenario


def _settings(state: State) -> tuple[Any, ...]:
    """What decides the numbers; the language, or the pair that is looked at, does not."""
    return (state.sides, state.draws, state.draw, state.queue, state.seed, state.profile)


def _quick(shown: Shown, state: State) -> Comparison:
    """The comparison whose number an address carries: the same for the same settings, whatever is still computed."""
    return runs.quick(shown.scenario, state)


# --- the page ---


def show(shown: Shown, state: State) -> None:
    """Show in small print that the number is the same, or else what moved, why, and the two choices."""
    aged = current()
    if aged is None:
        return
    comparison = _quick(shown, state)
    now, names = margin(comparison), {"model": str(aged.mark), "today": str(Mark.present())}
    if is_moved_since(aged, now, state):
        with st.container(border=True, key="aged"):
            _show_moved(aged, comparison, state, names)
    else:
        text = words.AGED_SAME if aged.found and now else words.AGED_UNKNOWN
        st.caption(markdown.literal(text.format(**names)))


def _show_moved(aged: Aged, comparison: Comparison, state: State, names: dict[str, str]) -> None:
    """Show what moved, why, and the two choices."""
    now, gone = margin(comparison), _is_gone(aged, state)
    said = [f"**{markdown.literal(words.AGED_MADE.format(**names))}**"]
    if gone:
        said.append(markdown.literal(words.AGED_GONE))
    elif now is not None:
        before = replace(now, value=float(aged.found))
        said.append(
            markdown.literal(words.AGED_THEN.format(then=_ahead(before, comparison), now=_ahead(now, comparison)))
        )
    if not aged.whole and not gone:
        said.append(markdown.literal(words.AGED_LEFT_OUT))
    st.markdown(" ".join(said))
    trace = _trace(aged, comparison, state)
    found: Attribution | None = jobs.kept(trace.digest)
    if found is None:
        _search(trace)
    elif not gone and not found.missing:
        then.show_causes(found, comparison)
    elif not gone:
        st.caption(markdown.literal(words.AGED_NO_CAUSE.format(missing=found.missing.rstrip("."))))
    is_open = bool(st.session_state.get(_OPEN))
    with st.container(horizontal=True, gap="small"):
        text = words.AGED_HIDE if is_open else words.AGED_AS_IT_WAS
        st.button(text, key="aged_as_it_was", on_click=_turn, disabled=found is None, icon=":material/history:")
        st.button(words.AGED_ON_TODAYS, key="aged_on_todays", on_click=forget, icon=":material/update:")
    if is_open and found is not None:
        then.show(aged.mark, found, comparison, gone)


def _turn() -> None:
    st.session_state[_OPEN] = not st.session_state.get(_OPEN, False)


def _ahead(found: Margin, comparison: Comparison) -> str:
    """Which option is ahead, and by how much."""
    if not found.ahead:
        return words.AGED_ALIKE
    text = words.AGED_AHEAD if comparison.draws else words.AGED_AHEAD_CENTRAL
    by = answers.amount(abs(found.value), BY_NAME[found.outcome], comparison.scenario)
    return text.format(ahead=local_names.options(comparison)[found.ahead], amount=by)


# --- why ---


def _trace(aged: Aged, comparison: Comparison, state: State) -> Trace:
    """The search for the causes."""
    asked = Asked(
        aged.asked.scenario, selection.settings_of(aged.asked), comparison.draws, state.seed, state.draw, state.queue,
        state.profile,
    )  # fmt: skip
    return Trace(asked, aged.mark, float(aged.found), kept())


def _search(trace: Trace) -> None:
    """Show how far the search is, which starts by itself, or how it ended."""
    job = st.session_state[_JOB] = jobs.follow(st.session_state.get(_JOB), trace)
    if job.under_way:
        _watch()
        return
    text = words.AGED_STOPPED if job.state == "cancelled" else words.AGED_FAILED.format(why=job.why)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.caption(markdown.literal(text))
        st.button(words.START_AGAIN, key="aged_again", on_click=partial(st.session_state.pop, _JOB, None))


@st.fragment(run_every=LOOK_SECONDS)
def _watch() -> None:
    """Look at the search twice a second; the comparison of the page goes first."""
    job: jobs.Job | None = st.session_state.get(_JOB)
    if job is None:
        return
    first = (runs.job_of(place) for place in (0, 1))
    if job.state != "queued" or not any(each is not None and each.under_way for each in first):
        job.poll()
    if not job.under_way:
        session.rerun()
    with st.container(horizontal=True, vertical_alignment="center"):
        text = words.AGED_STEP.format(step=job.step) if job.step else words.AGED_WAITING
        st.caption(markdown.literal(text))
        st.button(words.CANCEL, key="aged_cancel", on_click=job.cancel, type="tertiary")
