"""The arguments of the debate: a line each with what the model answers in this scenario, and one of them in full."""

from __future__ import annotations

import time
from functools import partial

import streamlit as st

from dashboard import arguments, english, markdown, names, other_side, session, words
from sim.arguments import ARGUMENTS, BY_KEY, Answer, Argument, weigh
from sim.arguments.text import sentence as own_sentence
from sim.comparison.results import row_label, run_id
from sim.scenario import Scenario

MOST_KEPT = 200  # answers, a few kilobytes each
AT_A_TIME_SECONDS = 0.2  # of computing, before the page is shown with what is known by then
LOOK_SECONDS = 0.2  # between two goes
OPEN, SEEN = "argument", "debate_of"  # places in the state of a session: the argument in full, the run that was shown


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _cached(run: str, key: str, _found: Answer | None) -> Answer:
    """An answer from the cache, or else what is given; LookupError, which is not cached, without either."""
    if _found is None:
        raise LookupError(key)
    return _found


def known(run: str, key: str) -> Answer | None:
    """The answer of a run to an argument, None where it is not computed yet."""
    try:
        return _cached(run, key, None)
    except LookupError:
        return None


def run_of(scenario: Scenario, seed: int) -> str:
    """The run that answers are kept by: the central case without a queue."""
    return run_id(scenario, seed, 0, queue=False)


def answer(scenario: Scenario, seed: int, key: str, run: str = "") -> Answer:
    """What the central case of a scenario answers to an argument."""
    run = run or run_of(scenario, seed)
    found = known(run, key)
    if found is None:
        (found,) = weigh(scenario, [BY_KEY[key]], seed=seed, draws=0)
        _cached(run, key, found)
    return found


# --- the list ---


def show_debate(scenario: Scenario, seed: int, asked: str) -> None:
    """Show every argument; those without an answer get theirs bit by bit, while the page can be used.

    asked: the scenario and what was changed in it, as the command line has them.
    """
    st.caption(markdown.literal(words.DEBATE_HELP))
    if not all(map(arguments.is_translated, ARGUMENTS)):
        english.show(words.MODEL_IS_ENGLISH)
    run = run_of(scenario, seed)
    every = LOOK_SECONDS if _missing(run) else None
    st.fragment(_show_list, run_every=every)(scenario, seed, asked, run, every is not None)


def _missing(run: str) -> list[str]:
    """The arguments without an answer, the one in full first."""
    first = st.session_state.get(OPEN)
    keys = sorted(BY_KEY, key=lambda key: key != first)
    return [key for key in keys if known(run, key) is None]


def _show_list(scenario: Scenario, seed: int, asked: str, run: str, looking: bool) -> None:
    """Answer some arguments and show the list; without looking again once all are answered."""
    if st.session_state.get(SEEN) == run:
        _answer_some(scenario, seed, run)
    st.session_state[SEEN] = run  # the list is shown before anything is computed
    for argument in ARGUMENTS:
        _show_line(argument, known(run, argument.key), asked)
    if looking and not _missing(run):
        session.rerun()


def _answer_some(scenario: Scenario, seed: int, run: str) -> None:
    """Answer as many arguments as a moment allows, one at least."""
    until = time.monotonic() + AT_A_TIME_SECONDS
    for key in _missing(run):
        answer(scenario, seed, key, run)
        if time.monotonic() > until:
            return


def _show_line(argument: Argument, found: Answer | None, asked: str) -> None:
    """Show one argument: title and grade, claim, the model's answer, and all of it where it is open."""
    opened = st.session_state.get(OPEN) == argument.key
    with st.container(border=True, gap="xxsmall", key=f"argument/{argument.key}"):
        st.button(
            f"**{markdown.literal(arguments.said(argument, 'title'))}** :gray[{markdown.literal(argument.grade)}]",
            key=f"open/{argument.key}", type="tertiary", on_click=partial(_open, None if opened else argument.key),
            icon=":material/expand_less:" if opened else ":material/expand_more:",
        )  # fmt: skip
        if not opened:
            st.caption(markdown.literal(arguments.said(argument, "claim")))
        st.markdown(markdown.literal(arguments.sentence(found) if found else words.DEBATE_PENDING))
        if opened and found:
            _show_whole(argument, found, asked)


def _open(key: str | None) -> None:
    st.session_state[OPEN] = key


# --- one in full ---


def _show_whole(argument: Argument, found: Answer, asked: str) -> None:
    """Show claim and counter-claim, the readings, the evidence and the switch."""
    claim, counter = st.columns(2)
    claim.markdown(f"**{words.CLAIM}**\n\n{markdown.literal(arguments.said(argument, 'claim'))}")
    counter.markdown(f"**{words.COUNTER}**\n\n{markdown.literal(arguments.said(argument, 'counter'))}")
    if found.weighed:
        st.table(_readings(found), border="horizontal", alt=words.READINGS)
        said = [own_sentence(found), *(row_label(each.outcome, found.scenario) for each in found.weighed)]
        for line in names.explained(said):
            st.caption(markdown.literal(line))
    other_side.show(found)
    st.caption(markdown.literal(words.grade_of_argument(argument.grade)))
    st.markdown(_evidence(argument))
    off, on = arguments.sides(found)
    st.markdown(f"**{words.SWITCH}**\n\n- {_side(words.OFF, *off)}\n- {_side(words.ON, *on)}")
    st.caption(words.DEBATE_COMMAND)
    st.code(words.argue(asked, argument.key), language=None, wrap_lines=True)  # to be copied letter by letter


def _readings(found: Answer) -> dict[str, list[str]]:
    """Every outcome that the argument is read in, with the switch off and on."""
    rows = (map(markdown.literal, arguments.cells(weighed, found.scenario)) for weighed in found.weighed)
    heads = (words.OUTCOME, words.OFF, words.ON, words.CHANGE)
    return {head: list(column) for head, column in zip(heads, zip(*rows, strict=True), strict=True)}


def _evidence(argument: Argument) -> str:
    """The evidence for the claim and against it, each item with its source."""
    supports, opposes = (markdown.bullets(arguments.evidence(argument, side)) for side in arguments.EVIDENCE)
    return f"**{words.FOR}**\n\n{supports}\n\n**{words.AGAINST}**\n\n{opposes}"


def _side(head: str, option: str, settings: str) -> str:
    """One side of the switch: the option that is read, and the settings to be copied letter by letter."""
    typed = markdown.code(settings) if settings else markdown.literal(words.ARGUMENT_AS_IT_IS)
    return f"{head}: {', '.join(filter(None, [markdown.literal(option), typed]))}"
