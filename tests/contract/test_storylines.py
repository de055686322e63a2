"""Storylines can be laid over every scenario, and change what they say and nothing else."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache
from typing import Any

import pytest

import sim
from sim import sources
from sim.cli import main
from sim.comparison.run import compare
from sim.instruments import INSTRUMENTS
from sim.mechanisms.sampling import uncertain
from sim.mechanisms.world import World
from sim.scenario import Scenario, ScenarioError, load, names, with_settings
from sim.scenario.storylines import BUDGET, WAYS, Value, laid_over, load_under, storyline, storylines

TWELVE = [
    "base", "scarcity", "glut", "fast_frontier", "plateau", "slow_state", "lean_state", "supply_shock", "press_world",
    "demand_boom", "low_payoff", "small_country",
]  # fmt: skip
VALUES = [(name, value) for name, story in storylines().items() for value in story.values]
LONGEST_LINE = 120
FIFTY_MILLION = 50e6


@cache
def scenario(name: str) -> Scenario:
    """A shipped scenario, read once."""
    return load(name)


def places(read: Scenario) -> dict[str, Any]:
    """Every value of a scenario: of the world, of its options, and what is neither."""
    found = {f"{g}.{n}": getattr(kind, n) for g, kind in read.world.groups().items() for n in kind.names()}
    for option in read.options:
        found |= {f"{option.key}.{name}": getattr(option.instrument, name) for name in option.instrument.names()}
        found[f"{option.key} label"] = option.label
    for name in ("key", "question", "start", "horizon_years", "currency", "price_year", "usd_per_currency", "budget"):
        found[name] = getattr(read, name)
    return found | {"waivers": read.waivers, "sources": read.sources, "not_modelled": read.not_modelled}


def said(read: Scenario, value: Value) -> list[str]:
    """The places of a scenario that a value of a storyline is about."""
    group, _, name = value.path.partition(".")
    if value.path == BUDGET:
        return ["budget"]
    return [value.path] if group in World.kinds() else [
        f"{option.key}.{name}" for option in read.options if option.instrument.name == group
    ]  # fmt: skip


# --------------------------------------------------------------------------------------------------------- what ships


def test_there_are_twelve_in_order() -> None:
    assert list(storylines()) == TWELVE
    assert [each.number for each in storylines().values()] == list(range(1, len(TWELVE) + 1))


@pytest.mark.parametrize("name", TWELVE)
def test_a_storyline_says_what_it_is_in_a_sentence(name: str) -> None:
    found = storyline(name)
    assert (
        found.about.endswith(".") and found.title and len({value.path for value in found.values}) == len(found.values)
    )
    lines = found.path.read_text(encoding="utf8").splitlines()
    assert [line for line in lines if len(line) > LONGEST_LINE] == []


@pytest.mark.parametrize(("name", "value"), VALUES, ids=[f"{name} {value.path}" for name, value in VALUES])
def test_every_value_has_a_place_and_a_source(name: str, value: Value) -> None:
    group, _, parameter = value.path.partition(".")
    kinds = {**World.kinds(), **INSTRUMENTS}
    assert value.path == BUDGET or parameter in kinds[group].names()
    assert value.way in WAYS and sources.resolve(value.source)
    assert value.way == "set" or type(value.amount) in (int, float)
    assert not value.fixed or value.path in uncertain()


# ------------------------------------------------------------------------------------------------- over every scenario


@pytest.mark.parametrize("over", names())
@pytest.mark.parametrize("name", TWELVE)
def test_it_changes_what_it_says_and_nothing_else(name: str, over: str) -> None:
    """What a scenario takes from its date follows what is changed, as it does under --set."""
    before, after = scenario(over), laid_over(scenario(over), name)
    old, new = places(before), places(after)
    told = {place: value for value in storyline(name).values for place in said(before, value)}
    for place, value in told.items():
        if value.path == BUDGET:
            assert after.budget_usd.sum() == pytest.approx(value.amount, rel=1e-12)
            share = [amount / before.budget.total for amount in before.budget.yearly]
            assert [amount / after.budget.total for amount in after.budget.yearly] == pytest.approx(share)
            assert after.budget.coverage == before.budget.coverage
        else:
            assert new[place] == value.over(old[place])
    moved = {place for place in old if old[place] != new[place]}
    assert new.keys() == old.keys() and moved <= told.keys() | after.dated.keys()
    assert after.fixed - before.fixed == {value.path for value in storyline(name).values if value.fixed}
    assert not after.dated.keys() & told.keys() and set(after.dated) <= set(before.dated)


def test_the_base_is_the_scenario_itself() -> None:
    assert laid_over(scenario("nairr_us"), "base") is scenario("nairr_us")


def test_the_press_world_of_a_storyline_is_that_of_the_scenario() -> None:
    ours, theirs = laid_over(scenario("nairr_us"), "press_world"), scenario("press_world")
    assert ours.world == theirs.world and ours.budget == theirs.budget
    assert [option.instrument for option in ours.options] == [option.instrument for option in theirs.options]


@pytest.mark.parametrize("name", ["scarcity", "glut"])
def test_a_scenario_of_the_same_name_differs_in_its_rent(name: str) -> None:
    ours, theirs = places(laid_over(scenario("small_country"), name)), places(scenario(name))
    assert theirs["hardware.price_usd"] == pytest.approx(ours["hardware.price_usd"], rel=1e-3)
    apart = {place for place in theirs if place in ours and ours[place] != theirs[place]}
    assert apart - {"hardware.price_usd"} == {"cloud.price_usd", "key", "question", "sources", "not_modelled"}


def test_appropriations_of_single_years_keep_their_proportions() -> None:
    before = load("small_country", {"budget.path": [10e6, 30e6]})
    assert laid_over(before, "small_country").budget.yearly == pytest.approx((12.5e6, 37.5e6))
    pounds = laid_over(scenario("isambard_ai_uk"), "small_country")
    assert pounds.currency == "GBP" and pounds.budget.total * pounds.usd_per_currency == pytest.approx(FIFTY_MILLION)


def test_a_lever_is_that_of_every_option_with_the_instrument(tmp_path) -> None:
    more = '[[option]]\ninstrument = "public_cluster"\nkey = "second"\n'
    (tmp_path / "two.toml").write_text(f'extends = "nairr_us.toml"\n{more}')
    two = laid_over(load(tmp_path / "two.toml"), "press_world")
    assert [two.option(key).instrument.retirement for key in ("public_cluster", "second")] == ["run_to_fail"] * 2
    without = replace(scenario("nairr_us"), options=scenario("nairr_us").options[:1])
    assert laid_over(without, "press_world").option("public_cluster").instrument.retirement == "fixed_life"


# ---------------------------------------------------------------------------------------------------- what is uncertain


def test_a_value_stays_uncertain_unless_its_file_says_that_it_is_fixed() -> None:
    scarce, flat = (laid_over(scenario("nairr_us"), name) for name in ("scarcity", "low_payoff"))
    assert "cloud.price_usd" in set(uncertain()) - scarce.fixed
    assert {"output.alpha", "output.frontier_weight"} <= flat.fixed


def test_what_was_fixed_stays_so() -> None:
    before = load("nairr_us", {"hardware.doubling_years": 2.2})
    assert laid_over(before, "plateau").fixed >= before.fixed


def test_a_value_from_outside_has_the_last_word() -> None:
    under = load_under("nairr_us", {"cloud.price_usd": 9.0, "budget.total": 1e9}, "scarcity")
    assert (under.world.cloud.price_usd, under.world.cloud.decline_per_year) == (9.0, 0.05)
    assert load_under("nairr_us", {"budget.total": 1e9}, "small_country").budget.total == pytest.approx(1e9)


# ------------------------------------------------------------------------------------------------- names and refusals


def test_the_title_of_a_result_names_the_storyline() -> None:
    under = laid_over(scenario("small_country"), "slow_state")
    assert under.title == "A small country (slow state)" and under.text["title"] == under.title
    long = with_settings(scenario("small_country"), {"title": "T" * 200})
    assert laid_over(long, "slow_state").title.endswith("T (slow state)")


@pytest.mark.parametrize("name", ["glut", "slow_state", "small_country", "press_world"])
def test_laid_over_twice_what_is_set_stays_and_what_is_multiplied_is_so_again(name: str) -> None:
    once = laid_over(scenario("nairr_us"), name)
    twice = laid_over(once, name)
    first, second = places(once), places(twice)
    for value in storyline(name).values:
        if value.path == BUDGET:
            assert twice.budget_usd.sum() == pytest.approx(once.budget_usd.sum(), rel=1e-12)
        for place in said(once, value) if value.path != BUDGET else []:
            assert second[place] == value.over(first[place])
            assert value.way != "set" or second[place] == first[place]
    assert twice.fixed == once.fixed and twice.title.count(f"({storyline(name).title.lower()})") == 2


def test_two_storylines_over_each_other_hold_what_only_one_of_them_says() -> None:
    both = places(laid_over(laid_over(scenario("nairr_us"), "slow_state"), "low_payoff"))
    for name in ("slow_state", "low_payoff"):
        other = {v.path for v in storyline({"slow_state": "low_payoff", "low_payoff": "slow_state"}[name]).values}
        alone = places(laid_over(scenario("nairr_us"), name))
        mine = [p for v in storyline(name).values if v.path not in other for p in said(scenario("nairr_us"), v)]
        assert mine and all(both[place] == alone[place] for place in mine)


@pytest.mark.parametrize(
    ("way", "amount", "old", "new"),
    [
        ("set", "lottery", "merit", "lottery"),
        ("plus", 0.25, 0.5, 0.75),
        ("times", 1.5, 3.5, 5.25),
        ("plus", -6, 18, 12),
    ],
)
def test_a_value_is_laid_over_an_old_one_in_its_way(way: str, amount: Any, old: Any, new: Any) -> None:
    assert Value("a.b", way, amount, "assumption: x").over(old) == new


def test_a_computed_value_has_four_digits() -> None:
    assert Value("a.b", "times", 1 / 3, "assumption: x").over(1.0) == 0.3333
    assert Value("a.b", "plus", 1e-9, "assumption: x").over(2.0) == 2.0


def test_a_name_that_does_not_exist_gets_the_nearest() -> None:
    with pytest.raises(KeyError, match="no storyline 'plateu'; did you mean 'plateau'"):
        laid_over(scenario("glut"), "plateu")


@pytest.mark.parametrize("command", ["compare", "check"])
def test_a_command_refuses_it_in_one_sentence(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([command, "small_country", "--storyline", "scarcty"]) == 2
    said = "heavypress: --storyline: no storyline 'scarcty'; did you mean 'scarcity'?"
    assert capsys.readouterr().err.strip() == said


def test_a_scenario_that_cannot_take_a_value_is_refused_in_the_name_of_the_file() -> None:
    short = load("small_country", {"horizon_years": 3, "budget.years": 2})
    with pytest.raises(ScenarioError, match=r"storylines/supply_shock.toml: .*is after the 36 months of the horizon"):
        laid_over(short, "supply_shock")


def test_commands_know_them(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scenarios"]) == 0
    listed = capsys.readouterr().out.partition("Storylines")[2]
    assert all(f"{story.name:<28} {story.about}" in listed for story in storylines().values())
    assert main(["check", "small_country", "--storyline", "demand_boom"]) == 0
    assert "demand.growth_per_year: 0.6 is outside" in capsys.readouterr().err
    words = ("compare", "small_country", "--storyline", "glut", "--no-queue", "--draws", "0", "--format", "json")
    assert main(words) == 0
    assert json.loads(capsys.readouterr().out)["scenario"]["title"] == "A small country (glut)"


def test_python_and_the_command_run_the_same() -> None:
    ours = sim.compare("small_country", queue=False, storyline="plateau")
    theirs = compare(laid_over(scenario("small_country"), "plateau"), queue=False)
    assert ours.run_id == theirs.run_id != sim.compare("small_country", queue=False).run_id
