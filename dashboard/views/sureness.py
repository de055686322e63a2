"""How sure: what is unknown, what could turn the answer, how each option stands, and what it is worth to know more."""

from __future__ import annotations

import streamlit as st

from dashboard import amounts, analyses, answers, english, markdown, names, sections, session, words
from dashboard.analyses import STEELMAN
from dashboard.runs import Shown
from dashboard.sections import Ask
from dashboard.views import parts

DRAWS = (256, 1024)  # worlds that sections are made from
OPEN_FIRST = "structures"
# Sections under their headings; the best cases for the options follow.
GROUPS = {
    "SURE_UNKNOWN": ("structures", "evidence"),
    "SURE_TURNS": ("tornado", "switching", "maps", "boxes", "sensitivity"),
    "SURE_STANDING": ("regret", "dominance", "storylines"),
    "SURE_KNOWING": ("information",),
}


def show(shown: Shown) -> None:
    """Show the page: every section folded, made when it is opened."""
    parts.show_title(shown, "SURENESS")
    if not shown.scenario.between:
        st.info(words.SURE_ONE_OPTION)
        return
    st.markdown(markdown.literal(" ".join(answers.sentences(shown.comparison))))
    draws = _draws()
    if session.current().profile:
        st.caption(words.SURE_PROFILE)
    ask = Ask(shown, draws, session.current().draw, parts.asked(shown))
    english.show(words.MODEL_IS_ENGLISH)
    with sections.working():
        for heading, subjects in GROUPS.items():
            st.markdown(f"**{words.title(heading)}**")
            for name in subjects:
                title = words.title(f"SURE_{name}")
                sections.show(ask, name, title, words.title(f"SURE_{name}_ABOUT"), name == OPEN_FIRST)
        st.markdown(f"**{words.SURE_STEELMAN}**")
        st.caption(words.SURE_STEELMAN_ABOUT)
        for subject in analyses.subjects(shown.scenario):
            kind, _, key = subject.partition("/")
            if kind == STEELMAN:
                sections.show(ask, subject, names.option(shown.scenario, shown.scenario.option(key)), "")


def _draws() -> int:
    """Show how many worlds the sections are made from."""
    chosen = st.segmented_control(
        words.SURE_DRAWS, DRAWS, default=DRAWS[0], required=True, key="sure_draws", help=words.SURE_DRAWS_HELP,
        format_func=amounts.count, persist_state="session",
    )  # fmt: skip
    return int(chosen or DRAWS[0])
