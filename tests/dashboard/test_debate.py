"""The arguments on the page: every one can be chosen, says what the model answers, and cites what is known."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from dashboard import debate, markdown, words
from sim.arguments import ARGUMENTS, BY_KEY, weigh
from sim.arguments.text import sentence
from sim.scenario import load
from sim.sources import resolve
from tests.dashboard.conftest import Page

Open = Callable[..., Page]
FIRST = ARGUMENTS[0].key


@pytest.mark.parametrize("key", BY_KEY)
def test_every_argument_is_answered_on_the_page(open_page: Open, key: str) -> None:
    text = open_page(scenario="isambard_ai_uk", argument=key).text()
    argument = BY_KEY[key]
    assert markdown.literal(argument.claim) in text
    assert markdown.literal(argument.counter) in text
    assert markdown.literal(sentence(debate.answer(load("isambard_ai_uk"), 1, key))) in text
    for item in (*argument.supports, *argument.opposes):
        assert all(markdown.with_links(citation) in text for citation in resolve(item.source))
    assert words.argue("isambard_ai_uk", key) in text


def test_nothing_is_computed_before_an_argument_is_chosen(open_page: Open) -> None:
    shown = open_page(scenario="isambard_ai_uk")
    assert words.CLAIM not in shown.text()
    assert shown.at.selectbox(key="argument").value is None


def test_an_argument_is_evaluated_in_the_scenario_as_it_stands(open_page: Open) -> None:
    """What was moved on the panel is in force with the switch off and on."""
    moved = open_page(scenario="isambard_ai_uk", argument=FIRST).move("cloud.price_usd", 6.0)
    (expected,) = weigh(load("isambard_ai_uk", {"cloud.price_usd": 6.0}), [BY_KEY[FIRST]], draws=0)
    assert markdown.literal(sentence(expected)) in moved.text()
