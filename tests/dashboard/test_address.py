"""The address is the state: there and back again, and what it may say wrong."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from dashboard import address
from dashboard.session import accepted
from dashboard.state import Pair, Side, State
from sim.scenario import load

paths = some.sampled_from(["cloud.price_usd", "demand.groups", "public_cluster.life_years", "budget.total"])
numbers = some.floats(0.001, 1e12, allow_nan=False).map(lambda value: float(f"{value:.12g}"))
values = numbers | some.booleans() | some.sampled_from(["need", "lottery"]) | some.lists(numbers, max_size=3)
ranges = some.tuples(numbers, numbers)
sides = some.builds(
    Side,
    scenario=some.sampled_from(["nairr_us", "mine:my_plan"]),
    settings=some.dictionaries(paths, values),
    known=some.frozensets(paths),
    ranges=some.dictionaries(paths, ranges, max_size=2),
)
states = some.builds(
    State,
    sides=some.tuples(sides) | some.tuples(sides, sides),
    draws=some.none() | some.integers(0, 20_000),
    draw=some.sampled_from(["headline", "arguments", "all"]),
    queue=some.booleans(),
    seed=some.integers(0, 2**31 - 1),
    profile=some.sampled_from(["", "green_book_2022"]),
    pair=some.builds(Pair, some.sampled_from(["", "a"]), some.just("b"), some.sampled_from(["", "public_cost"])),
    language=some.sampled_from(["en", "de"]),
)


def as_it_is(side: Side) -> tuple[Side, list[str]]:
    """Whatever there is, accepted."""
    return side, []


def back(state: State, **more: Any) -> address.Read:
    """The state as its address gives it again."""
    return address.read(address.query(state) | more, as_it_is)


@given(states)
def test_every_state_comes_back_from_its_address(state: State) -> None:
    if state.pair.first == "" and state.pair.second:
        state = replace(state, pair=Pair(outcome=state.pair.outcome))
    found = back(state)
    assert found.faults == ()
    assert found.state == replace(state, active=0)
    if len(state.sides) > 1:
        assert back(replace(state, active=1)).state.active == 1


def test_the_usual_state_is_its_scenario_alone() -> None:
    assert address.query(State()) == {"scenario": ["nairr_us"]}
    assert address.read({}, as_it_is).state == State()


def test_an_address_reads_like_the_command_line() -> None:
    side = Side("glut", {"cloud.price_usd": 3.0, "demand.groups": 900}, frozenset({"demand.groups"}))
    found = address.query(State(sides=(side,), draws=256, seed=7, queue=False))
    assert found == {
        "scenario": ["glut"], "set": ["cloud.price_usd=3"], "fix": ["demand.groups=900"], "draws": ["256"],
        "queue": ["off"], "seed": ["7"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("given", "fault"),
    [
        ({"sceanrio": ["glut"]}, "'sceanrio', which there is not; did you mean scenario?"),
        ({"draws": ["many"]}, "draws: 'many' is not a whole number from 0 to 20000"),
        ({"draws": ["-3"]}, "draws: '-3' is not a whole number"),
        ({"seed": ["9" * 400]}, "is not a whole number"),
        ({"seed": ["²"]}, "is not a whole number"),
        ({"lang": ["fr"]}, "lang: 'fr' is none of en, de"),
        ({"draw": ["al"]}, "did you mean all?"),
        ({"outcome": ["pubic_cost"]}, "'pubic_cost' is no outcome; did you mean public_cost?"),
        ({"outcome": ["<b>x"]}, "outcome: '<b>x' is no outcome"),
        ({"set": ["cloud.price_usd"]}, "is not a path and a value"),
        ({"set": ["=3"]}, "is not a path and a value"),
        ({"range": ["cloud.price_usd=2"]}, "is no range; write it as 2:4"),
        ({"set": ["x=" + "9" * 9_999]}, "is not a path and a value"),
        ({"set": ["cloud.price_usd=3"] * 201}, "201 of them, at most 200 are taken"),
        ({"set": ["cloud.price_usd=3"] * 1_000_000}, "1,000,000 of them"),
    ],
)
def test_what_an_address_says_wrong_is_said_in_one_sentence(given: dict[str, list[str]], fault: str) -> None:
    found = address.read(given, as_it_is)
    assert len(found.faults) == 1 and fault in found.faults[0]
    assert "\n" not in found.faults[0] and len(found.faults[0]) < 300
    assert found.state == State()


@pytest.mark.parametrize("text", ["1_000", "inf", "nan", "1e999", "1979-05-27", "{a=1}", '"""', "[[[[", "a\nb=1", ""])
def test_any_text_is_a_value_or_a_word(text: str) -> None:
    """What is no TOML is a word; whether a parameter takes it is for the scenario to say."""
    side = Side("nairr_us", {"cloud.price_usd": address.parsed(text)})
    kept, faults = accepted(side)
    assert "cloud.price_usd" not in kept.settings or kept.settings["cloud.price_usd"] == 1_000
    assert len(faults) == (0 if "cloud.price_usd" in kept.settings else 1)


def test_a_side_is_accepted_as_far_as_its_scenario_can_have_it() -> None:
    good = {"access.rule": "lottery", "budget.total": 1e9}
    side = Side(
        "nairr_us",
        {"cloud.price_usd": 3.0, "cloud.prise_usd": 3.0, "demand.groups": -5} | good,
        frozenset({"cloud.price_usd", "nothing.there"}),
    )
    kept, faults = accepted(side)
    assert kept.settings == {"cloud.price_usd": 3.0} | good
    assert kept.known == {"cloud.price_usd"}
    assert len(faults) == 3 and "did you mean 'price_usd'?" in " ".join(faults)
    assert load("nairr_us").world.access.rule != "lottery"


def test_what_is_wrong_with_the_second_scenario_is_said_of_it() -> None:
    gone = address.read({"versus": ["nair_us"]}, accepted).faults
    assert gone == (
        "versus: no scenario 'nair_us'; did you mean 'nairr_us'? The first scenario is shown in its place.",
    )
    (wrong,) = address.read({"versus": ["nairr_us"], "versus-set": ["cloud.price_usd=99999"]}, accepted).faults
    assert wrong.startswith("versus: ") and "cloud.price_usd" in wrong


def test_what_changes_nothing_is_no_setting() -> None:
    same = load("nairr_us").world.cloud.decline_per_year
    assert accepted(Side("nairr_us", {"cloud.decline_per_year": same})) == (Side("nairr_us"), [])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("nair_us", "did you mean 'nairr_us'?"),
        ("/etc/passwd", "no scenario '/etc/passwd'"),
        ("../../secret", "no scenario"),
        ("<script>alert(1)</script>", "no scenario"),
        ("mine:plan", "Open the file again"),
    ],
)
def test_a_scenario_that_is_gone_is_said_and_no_file_is_opened(name: str, words: str) -> None:
    kept, faults = accepted(Side(name, {"cloud.price_usd": 3.0}))
    assert kept == Side() and len(faults) == 1 and words in faults[0]
    assert faults[0].endswith("What the address sets in it was left out: cloud.price_usd.")
