"""The arguments of the debate on the page: claim, counter-claim, evidence, and the model's answer in this scenario."""

from __future__ import annotations

import streamlit as st

from dashboard import markdown, words
from sim.arguments import ARGUMENTS, BY_KEY, Answer, Argument, Evidence, weigh
from sim.arguments.report import reading_cells
from sim.arguments.text import sentence, sides
from sim.comparison.results import row_label, run_id
from sim.labels import gloss
from sim.scenario import Scenario
from sim.sources import resolve

MOST_KEPT = 200  # answers, a few kilobytes each


@st.cache_resource(max_entries=MOST_KEPT, show_spinner=False)
def _answer(run: str, key: str, _scenario: Scenario, _seed: int) -> Answer:
    """The answer of a scenario to an argument; cached by the run and the argument."""
    (found,) = weigh(_scenario, [BY_KEY[key]], seed=_seed, draws=0)
    return found


def answer(scenario: Scenario, seed: int, key: str) -> Answer:
    """What the central case of a scenario answers to an argument."""
    return _answer(run_id(scenario, seed, 0, queue=False), key, scenario, seed)


@st.fragment
def show_debate(scenario: Scenario, seed: int) -> None:
    """Show one argument at a time: claim and counter-claim, the model's answer, the evidence, the switch."""
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
    claim.markdown(f"**{words.CLAIM}**\n\n{markdown.literal(argument.claim)}")
    counter.markdown(f"**{words.COUNTER}**\n\n{markdown.literal(argument.counter)}")
    with st.spinner(words.EVALUATING):
        found = answer(scenario, seed, key)
    st.info(markdown.literal(sentence(found)), icon=":material/balance:")
    if found.weighed:
        st.table(_readings(found), border="horizontal", alt=words.READINGS)
        for line in gloss([sentence(found), *(row_label(each.outcome, scenario) for each in found.weighed)]):
            st.caption(markdown.literal(line))
    st.caption(markdown.literal(words.grade_of_argument(argument.grade)))
    with st.expander(words.EVIDENCE):
        st.markdown(_evidence(argument))
    with st.expander(words.SWITCH):
        off, on = sides(found)
        st.markdown(markdown.bullets([f"{words.OFF}: {off}", f"{words.ON}: {on}"]))
        st.caption(words.ARGUE_COMMAND)
        st.code(words.argue(scenario.key, key), language=None, wrap_lines=True)


def _readings(found: Answer) -> dict[str, list[str]]:
    """Every outcome that the argument is read in, with the switch off and on."""
    rows = (map(markdown.literal, reading_cells(weighed, found.scenario)) for weighed in found.weighed)
    heads = (words.OUTCOME, words.OFF, words.ON, words.CHANGE)
    return {head: list(column) for head, column in zip(heads, zip(*rows, strict=True), strict=True)}


def _evidence(argument: Argument) -> str:
    """The evidence for the claim and against it, each item with its source."""

    def cited(items: tuple[Evidence, ...]) -> str:
        return markdown.bullets(f"{item.text} {words.SOURCE} {' ; '.join(resolve(item.source))}" for item in items)

    return f"**{words.FOR}**\n\n{cited(argument.supports)}\n\n**{words.AGAINST}**\n\n{cited(argument.opposes)}"
