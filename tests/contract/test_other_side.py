"""What would have to be true for the other side: each value named turns the sign when it is run, and is said so."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from dashboard import other_side as page
from dashboard import texts
from sim.arguments import ARGUMENTS, BY_KEY, weigh
from sim.arguments.other_side import cells, distance_words, opening, remaining, turning
from sim.arguments.report import Debate, as_json, markdown
from sim.arguments.reversal import searched
from sim.cli import main
from sim.comparison.run import compare
from sim.mechanisms.sampling import uncertain
from sim.scenario import load, names, pinned, with_settings

REFERENCE = "nairr_us"
ASIDE_SHARE = 0.02  # of the way from today's value to the turning value, at which both sides of it are run
every_argument = pytest.mark.parametrize("argument", ARGUMENTS, ids=list(BY_KEY))


@pytest.fixture(scope="module")
def answers():
    """All arguments in the reference scenario, in the central case."""
    return {answer.argument.key: answer for answer in weigh(load(REFERENCE), ARGUMENTS, draws=0)}


def _gap(answer, path, value):
    """The first reading, on less off, where a number has a value: two comparisons, each on its own."""
    reading, read = answer.weighed[0].reading, []
    for settings, name in zip(answer.switches, reading.options, strict=True):
        known = {name: given for name, given in settings.items() if name not in answer.argument.around}
        scenario = with_settings(answer.scenario, pinned({**answer.argument.around, path: value, **known}))
        options = tuple(o for o in scenario.options if o.instrument.name in (name, "do_nothing", "public_cluster"))
        totals = compare(replace(scenario, options=options), queue=False).results
        read.append(totals[scenario.by_instrument[name].key].totals[reading.outcome][0])
    return read[1] - read[0]


@every_argument
def test_the_sign_is_another_beyond_the_value_and_the_same_before_it(answers, argument):
    answer = answers[argument.key]
    today = np.sign(answer.weighed[0].difference)
    for each in turning(answer):
        step = ASIDE_SHARE * (each.value - each.centre)
        before, beyond = each.value - step, each.value + step
        assert np.sign(_gap(answer, each.path, before)) == today, each.path
        if each.spec.floor <= beyond <= each.spec.ceiling:
            assert np.sign(_gap(answer, each.path, beyond)) == -today, each.path


@every_argument
def test_every_number_that_it_rests_on_is_searched_or_is_a_choice(answers, argument):
    answer = answers[argument.key]
    paths = {each.path for each in answer.reversals}
    assert paths == set(searched(argument, answer.switches))
    assert set(argument.around) <= paths
    for path in set(argument.rests_on) - paths:
        assert path not in uncertain() or all(path in side for side in answer.switches)


@every_argument
def test_the_nearest_comes_first_and_the_distance_is_that_to_the_end_of_the_range(answers, argument):
    found = answers[argument.key].reversals
    assert [each.distance for each in found] == sorted(each.distance for each in found)
    for each in found:
        if each.value is not None:
            assert each.plausible == (each.low <= each.value <= each.high)
            assert ("within" in distance_words(each)) == each.plausible
            assert each.spec.floor <= each.value <= each.spec.ceiling
        else:
            assert not each.plausible and np.isnan(each.factor)


@every_argument
def test_every_argument_ends_with_it_in_every_form(answers, argument, capsys):
    answer = answers[argument.key]
    assert opening(answer).endswith(".")
    debate = Debate(load(REFERENCE), (answer,), 1, 0)
    entry = json.loads(as_json(debate))["arguments"][0]["other_side"]
    assert opening(answer) in entry["sentence"] and len(entry["numbers"]) == len(answer.reversals)
    assert opening(answer) in markdown(debate) and remaining(answer) in markdown(debate)
    assert main(["argue", REFERENCE, "--only", argument.key, "--draws", "0"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    for each in turning(answer):
        assert each.path in markdown(debate) and cells(each)[2] in printed and distance_words(each) in printed
    for each in answer.reversals:
        assert each.path in printed


def test_a_claim_that_needs_rents_to_fall_faster_says_how_fast(answers):
    (first, *_) = turning(answers["cluster"])
    assert first.path == "cloud.decline_per_year" and first.value > first.centre
    assert "within the plausible range" in distance_words(first)


def test_a_number_without_effect_is_named_as_such(answers):
    """Where rents have a record, the price at the start is idle."""
    assert "Without effect on it in this scenario: cloud.price_usd." in remaining(answers["cluster"])


def test_where_there_is_no_difference_nothing_turns():
    (answer,) = weigh(
        load(REFERENCE, {"market.feedback": False}), [replace(BY_KEY["market_distortion"], on={})], draws=0
    )
    assert not answer.reversals
    assert opening(answer) == "In the central case there is no difference whose sign could turn."


def test_an_argument_that_cannot_be_asked_has_no_other_side(answers):
    answer = replace(answers["fab"], weighed=(), reversals=())
    text = markdown(Debate(load(REFERENCE), (answer,), 1, 0))
    assert opening(answer) == "" and "What would have to be true for" not in text


@pytest.mark.parametrize("name", names())
def test_every_shipped_scenario_has_one(name):
    for answer in weigh(load(name), [BY_KEY[key] for key in ("cluster", "obsolescence")], draws=0):
        assert bool(answer.weighed) == bool(opening(answer))


@pytest.mark.parametrize("language", texts.LANGUAGES)
def test_the_page_says_the_same_in_every_language(answers, language, monkeypatch):
    monkeypatch.setattr(texts, "language", lambda: language)
    for answer in answers.values():
        assert page.opening(answer) and "{" not in page.opening(answer)
        assert len(page.without(answer)) == sum(
            any(each.value is None and each.moves == moves for each in answer.reversals) for moves in (True, False)
        )
        for each in turning(answer):
            assert all(page.cells(each))
    german = language == "de"
    assert ("plausiblen Bereich" in page.cells(turning(answers["cluster"])[0])[-1]) == german
    assert ("müsste" in page.opening(answers["cluster"])) == german
