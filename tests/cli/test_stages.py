"""`heavypress stages`: what each decision gains is what its plans are worth, in every format; nonsense is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import sim
from sim.cli import main
from sim.cli.stages import LEAST_DRAWS
from sim.decision import adaptive

QUICK = ("isambard_ai_uk", "--draws", "60")


def printed(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """What the command prints."""
    assert main(["stages", *QUICK, *words]) == 0
    return capsys.readouterr().out


@pytest.fixture(scope="module")
def found():
    return sim.stages("isambard_ai_uk", draws=60)


def test_gains_are_what_a_rule_is_worth_less_the_best_fixed_plan(found, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--format", "json"))
    assert document["schema"] == "heavypress/stages/1" and document["run"] == found.run
    means = {each["key"]: each["mean"] for each in document["plans"]}
    fixed = {each["key"]: each["mean"] for each in document["plans"] if each["fixed"]}
    best = max(fixed.values())
    assert fixed[document["best_fixed"]] == best and set(means) == set(found.values)
    assert [each["key"] for each in document["decisions"]] == ["second", "wait", "pilot"]
    for decision in document["decisions"]:
        for rule in (decision["by_rule"], decision["by_all_seen"]):
            assert rule["against_best_fixed"]["mean"] == pytest.approx(rule["mean"] - best)
            own = max(means[key] for key in decision["plans"])
            assert rule["against_own_best"]["mean"] == pytest.approx(rule["mean"] - own, abs=1e-3)
            assert sum(rule["chosen_shares"].values()) == pytest.approx(1)
            assert rule["against_best_fixed"]["mean"] <= decision["foresight"]
    for plan in document["plans"]:
        assert plan["against_best"]["mean"] == pytest.approx(plan["mean"] - best, abs=1e-3)


def test_a_gain_that_is_not_different_from_zero_is_marked_in_every_format(
    found, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(printed(capsys, "--format", "json"))
    rows = {
        each.split(" | ")[0].removeprefix("| "): each for each in printed(capsys, "--format", "markdown").split("\n")
    }
    for decision in document["decisions"]:
        cells = rows[decision["label"]].removesuffix(" |").split(" | ")
        gains = [decision["by_rule"]["against_best_fixed"], decision["by_rule"]["against_own_best"]]
        gains.append(decision["by_all_seen"]["against_best_fixed"])
        assert [cell.endswith("*") for cell in cells[3:6]] == [not gain["different_from_zero"] for gain in gains]


def test_the_table_begins_with_the_answer_and_says_every_rule(found, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--format", "json"))
    text = " ".join(printed(capsys).split())
    assert text.startswith("Isambard-AI, United Kingdom " + document["notes"][0])
    assert all(decision["rule"]["words"] in text for decision in document["decisions"])
    assert "Credits as a bridge until delivery" in text and "To cancel after the first tranche" in text


def test_what_is_asked_for_is_what_is_decided(capsys: pytest.CaptureFixture[str]) -> None:
    words = ("--decision-month", "36", "--second-share", "0.3", "--wait-months", "18", "--pilot-share", "0.05")
    document = json.loads(printed(capsys, *words, "--pilot-groups", "12", "--format", "json"))
    assert [document[name] for name in ("decision_month", "second_share", "wait_months")] == [36, 0.3, 18]
    assert document["pilot"]["share"] == 0.05 and document["pilot"]["groups"] == 12
    stop = next(each for each in document["plans"] if each["key"] == "plan_stop")
    assert stop["unspent_share"] == pytest.approx(0.3)
    assert [each["month"] for each in document["decisions"]] == [36, 18, 18]


def test_money_that_is_worth_enough_unspent_is_not_spent(found, capsys: pytest.CaptureFixture[str]) -> None:
    document = json.loads(printed(capsys, "--unspent-worth", "10", "--format", "json"))
    stop = next(each for each in document["plans"] if each["key"] == "plan_stop")
    left = stop["unspent_share"] * found.scenario.budget.total
    assert stop["mean"] == pytest.approx(found.values["plan_stop"].mean() + 10 * left)
    assert document["best_fixed"] == "plan_stop"
    assert document["decisions"][0]["by_rule"]["chosen_shares"]["plan_stop"] == 1


def test_the_command_asks_for_as_many_draws_as_a_rule_needs() -> None:
    assert LEAST_DRAWS == adaptive.LEAST_DRAWS


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        ("isambard_ai_uk --decision-month 84", "--decision-month: 84 is not within the horizon, month 1 to 83"),
        ("isambard_ai_uk --wait-months 84", "--wait-months: 84 is not within the horizon, month 1 to 83"),
        ("isambard_ai_uk --second-share 1", "--second-share: '1' is not a number between 0 and 1, ends left out"),
        ("isambard_ai_uk --pilot-share half", "--pilot-share: 'half' is not a number between 0 and 1, ends left out"),
        ("isambard_ai_uk --draws 49", "--draws: '49' is not a whole number from 50 to 20000"),
        ("isambard_ai_uk --yardstick fe_hour", "--yardstick: no outcome 'fe_hour'; did you mean 'fe_hours'?"),
        (
            "isambard_ai_uk --yardstick public_cost",
            "--yardstick: 'public_cost' is about money, and no outlay includes a pilot; choose what is bought: "
            "fe_hours",
        ),
    ],
)
def test_what_cannot_be_decided_is_refused_in_a_sentence(
    words: str, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["stages", *words.split()]) == 2
    assert capsys.readouterr().err == f"heavypress: {sentence}\n"


def test_a_scenario_without_a_machine_is_refused_in_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = 'title = "Alone"\nquestion = "?"\nstart = "2027-01"\nhorizon_years = 5\nbudget.total = 4e7\n'
    (tmp_path / "alone.toml").write_text(text + '[[option]]\ninstrument = "cloud_credits"\n', encoding="utf8")
    assert main(["stages", str(tmp_path / "alone.toml")]) == 2
    sentence = "alone has no public_cluster among its options: there is nothing to buy in parts"
    assert capsys.readouterr().err == f"heavypress: {sentence}\n"
