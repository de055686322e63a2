"""The arguments of the debate on the page: what is said, what is known, and what the model answers in this scenario."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import RLock

import streamlit as st

from dashboard import debate_words as words
from dashboard import downloads
from dashboard.words import OUTCOME
from sim.arguments import ARGUMENTS, BY_KEY, Answer, Argument, Evidence, Weighed, weigh
from sim.arguments.text import quantity, sentence, sides, verdict_text
from sim.scenario import Scenario
from sim.scenario.toml import as_toml
from sim.sources import resolve

MOST_KEPT = 200  # answers, a few kilobytes each

_lock = RLock()
_known: OrderedDict[tuple[str, int, str], Answer] = OrderedDict()


def answer(scenario: Scenario, seed: int, key: str) -> Answer:
    """What the central case of a scenario answers to an argument. Kept, since readers go back and forth."""
    text = as_toml(scenario)
    place = (hashlib.sha256(text.encode()).hexdigest(), seed, key)
    with _lock:
        if place in _known:
            _known.move_to_end(place)
            return _known[place]
    (found,) = weigh(scenario, [BY_KEY[key]], seed=seed, draws=0)
    with _lock:
        _known[place] = found
        while len(_known) > MOST_KEPT:
            _known.popitem(last=False)
    return found


@st.fragment
def show_debate(scenario: Scenario, seed: int) -> None:
    """One argument at a time: claim and counter-claim, the model's answer, the evidence, the switch."""
    st.subheader(words.DEBATE, anchor=False)
    key = st.selectbox(
        words.ARGUMENT,
        [argument.key for argument in ARGUMENTS],
        index=None,
        key="argument",
        format_func=lambda each: BY_KEY[each].title,
        placeholder=words.CHOOSE_ARGUMENT,
        help=words.DEBATE_HELP,
        persist_state="session",
    )
    if key is None:
        return
    argument = BY_KEY[key]
    claim, counter = st.columns(2)
    claim.markdown(f"**{words.CLAIM}**\n\n{downloads.literal(argument.claim)}")
    counter.markdown(f"**{words.COUNTER}**\n\n{downloads.literal(argument.counter)}")
    with st.spinner(words.WEIGHING):
        found = answer(scenario, seed, key)
    st.info(downloads.literal(sentence(found)), icon=":material/balance:")
    if found.weighed:
        st.table(_readings(found), border="horizontal", alt=words.READINGS)
    st.caption(downloads.literal(words.grade_of_argument(argument.grade)))
    with st.expander(words.EVIDENCE):
        st.markdown(_evidence(argument))
    with st.expander(words.SWITCH):
        off, on = sides(found)
        st.markdown(downloads.bullets([f"{words.OFF}: {off}", f"{words.ON}: {on}"]))
        st.caption(words.AGAIN)
        st.code(words.argue(scenario.key, key), language=None, wrap_lines=True)


def _readings(found: Answer) -> dict[str, list[str]]:
    """Every outcome that the argument is read in, with the switch off and on."""
    rows = found.weighed
    return {
        OUTCOME: [downloads.literal(_name(row)) for row in rows],
        words.OFF: [downloads.literal(quantity(row.outcome, row.off, found.scenario)) for row in rows],
        words.ON: [downloads.literal(quantity(row.outcome, row.on, found.scenario)) for row in rows],
        words.CHANGE: [downloads.literal(verdict_text(row, found.scenario)) for row in rows],
    }


def _name(row: Weighed) -> str:
    """An outcome and the options in which it is read."""
    before, after = row.labels
    return f"{row.outcome.label}: {after}" + (f" against {before}" if before != after else "")


def _evidence(argument: Argument) -> str:
    """What speaks for the claim and what against it, each with its source."""

    def told(items: tuple[Evidence, ...]) -> str:
        return downloads.bullets(f"{item.text} {words.SOURCE} {' ; '.join(resolve(item.source))}" for item in items)

    return f"**{words.FOR}**\n\n{told(argument.supports)}\n\n**{words.AGAINST}**\n\n{told(argument.opposes)}"
