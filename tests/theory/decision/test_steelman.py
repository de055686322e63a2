"""The best case for an option, in a scenario: it wins where it is said to, and nothing is moved for nothing."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest

from sim.cli import main
from sim.comparison.run import compare
from sim.decision.steelman import EDGE, MARGIN_SHARE, MOVED_SHARE, Box, lead_shares, steelman
from sim.decision.steelman_report import as_json, verdict
from sim.mechanisms.sampling import held, uncertain
from sim.scenario import load


@pytest.fixture(scope="module")
def scenario():
    return load("isambard_ai_uk")


@pytest.fixture(scope="module")
def credits(scenario):
    return steelman(scenario, "cloud_credits", starts=32)


def test_the_option_is_the_best_in_a_comparison_of_the_world_found(scenario, credits) -> None:
    results = compare(replace(scenario, world=credits.world), queue=False).results
    totals = {key: result.totals[credits.yardstick][0] for key, result in results.items()}
    assert credits.wins and max(totals, key=totals.__getitem__) == "cloud_credits"
    assert totals == pytest.approx(credits.values)
    best = max(compare(scenario, queue=False).results.items(), key=lambda each: each[1].totals[credits.yardstick][0])
    assert best[0] != "cloud_credits" and credits.medians[best[0]] > credits.medians["cloud_credits"]


def test_every_move_is_within_its_plausible_range_and_needed(scenario, credits) -> None:
    """With any one of the numbers back at its median the option no longer wins by the margin."""
    assert credits.moves and credits.far == sum(abs(move.range_share) > MOVED_SHARE for move in credits.moves)
    for move in credits.moves:
        assert move.low - 1e-9 <= move.value <= move.high + 1e-9
        group, name = move.path.split(".")
        back = credits.world.having({group: replace(getattr(credits.world, group), **{name: move.median})})
        results = compare(replace(scenario, world=back), queue=False).results
        totals = {key: result.totals[credits.yardstick] for key, result in results.items()}
        assert lead_shares(totals, "cloud_credits").min() < MARGIN_SHARE, move.path


def test_nothing_that_is_not_told_has_moved(scenario, credits) -> None:
    told = {move.path for move in credits.moves}
    for path in uncertain().keys() - told:
        assert float(credits.world.value(path)) == pytest.approx(float(scenario.world.value(path)), abs=2e-3), path


def test_what_wins_anyway_needs_no_move(scenario) -> None:
    best = steelman(scenario, "public_cluster", starts=4)
    assert best.wins and not best.moves and best.distance == 0 and best.far == 0
    assert best.values == best.medians and "with every number at its median already" in verdict(best)


def test_doing_nothing_wins_in_no_world_and_the_closest_is_told(scenario) -> None:
    """Its additional hours are none by definition; other options have some in every world."""
    found = steelman(scenario, "do_nothing", starts=8)
    assert not found.wins and found.won_share == 0 and found.values["do_nothing"] == 0
    assert "would be the best in none of" in verdict(found) and "comes no closer than at the medians" in verdict(found)
    document = json.loads(as_json(found))
    assert document["wins"] is False and document["degree"] is None and document["rival"] == found.rival


def test_worlds_of_the_box_stay_in_it_whatever_moves_with_what(scenario) -> None:
    box = Box.of(scenario, "headline")
    assert set(box.paths).isdisjoint(held("headline"))
    corners = box.inside(np.random.default_rng(1).choice([-EDGE, EDGE], size=(64, len(box.paths))))
    worlds = box.worlds(corners)
    for path, spec in zip(box.paths, box.specs, strict=True):
        around, values = spec.around(float(scenario.world.value(path))), np.asarray(worlds.value(path))
        room = 1e-3 * (around.high - around.low)
        assert values.min() >= around.low - room and values.max() <= around.high + room, path


def test_no_score_is_the_scenario_itself(scenario) -> None:
    box = Box.of(scenario, "headline")
    world = box.worlds(np.zeros((1, len(box.paths)))).at(0)
    for path in box.paths:
        assert float(world.value(path)) == pytest.approx(float(scenario.world.value(path)), rel=1e-9, abs=1e-12), path
    assert not box.moves(world)


def test_leads_are_shares_of_the_best_other_option_and_no_value_is_as_far_behind_as_nothing() -> None:
    values = {"a": np.array([11.0, -np.inf]), "b": np.array([10.0, 5.0]), "c": np.array([5.0, -np.inf])}
    np.testing.assert_allclose(lead_shares(values, "a"), [[0.1, 0.6], [-1.0, -1.0]])


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert main(["steelman", "isambard_ai_uk", *words]) == 0
    return capsys.readouterr().out


def test_the_command_prints_the_verdict_and_every_move(capsys: pytest.CaptureFixture[str]) -> None:
    words = " ".join(printed(capsys, "--for", "cloud_credits").split())
    document = json.loads(printed(capsys, "--for", "cloud_credits", "--format", "json"))
    assert document["schema"] == "heavypress/steelman/1" and document["wins"]
    assert document["verdict"] in words and all(move["path"] in words for move in document["moves"][:20])
    assert document["moved_far"] == sum(abs(move["range_share"]) > MOVED_SHARE for move in document["moves"])


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--for", "cloud_credit"), "--for: no option 'cloud_credit'; did you mean 'cloud_credits'?"),
        (("--for", "cloud_credits", "--yardstick", "fe_hour"), "--yardstick: no outcome 'fe_hour'; did you mean"),
        ((), "--for is missing"),
    ],
)
def test_what_is_not_there_is_refused_in_a_sentence(words, sentence, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["steelman", "isambard_ai_uk", *words]) == 2
    assert sentence in capsys.readouterr().err
