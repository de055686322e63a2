"""Every JSON form has what docs/json.md promises, promises all that it has, and holds numbers that exist or null."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from sim import sources
from sim.comparison import table
from sim.comparison.run import compare
from sim.decision import document, mix_document, stages_document, steelman_report
from sim.decision.contributions import mix_contributions
from sim.decision.decision import SECTIONS, Decision
from sim.decision.flexibility import flexibility
from sim.decision.steelman import Move, Steelman
from sim.mechanisms.sampling import uncertain
from sim.scenario import load
from sim.sweeps import planning
from sim.sweeps.estimate import Estimate
from sim.sweeps.ledger import Ledger
from sim.sweeps.progress import json_text
from sim.sweeps.reader import read_sweep
from sim.sweeps.run import Launch, fill
from sim.verification.findings import CODES, Finding
from sim.verification.findings import document as document_of
from tests.theory.decision.planted import planted_case

CHEAP = ("answer", "tornado", "regret", "dominance")  # sections that evaluate no other worlds, or few
NAMED = re.compile(r"`([^`]+)`")
TITLES = {
    "comparison": "The JSON document", "decision": "Decision", "mix": "Mix", "stages": "Stages", "steelman": "Steelman",
}  # fmt: skip
WORDS = {"null", "higher", "lower", "unspent", "pro_rata", "second", "wait"}  # what promised entries may hold
MOVE = Move("cloud.price_usd", "USD/H100e_hour", 3.0, 3.5, 2.0, 4.0)


def steel(**changed: Any) -> Steelman:
    """A steelman of credits: one number moves by a quarter of its range, and credits have twice what machines have."""
    scenario, values = load("isambard_ai_uk"), {"public_cluster": 1e6, "cloud_credits": 2e6}
    found = Steelman(
        scenario=scenario, option="cloud_credits", yardstick="additional_fe_hours", world=scenario.world, wins=True,
        moves=(MOVE,), distance=0.5, values=values, medians=values, rival="public_cluster", won_share=0.25, worlds=128,
    )  # fmt: skip
    return replace(found, **changed)


def strict(text: str) -> Any:
    """What a reader of strict JSON reads: NaN and infinity are no numbers there."""

    def refuse(word: str) -> None:
        raise AssertionError(f"{word} in JSON")

    return json.loads(text, parse_constant=refuse)


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    """A document of each form, of as few draws as each takes."""
    scenario, few = load("isambard_ai_uk"), load("small_country", {"cloud.decline_per_year": 0.11})
    return {
        "comparison": strict(table.as_json(compare(few, draws=20, queue=False))),
        "decision": strict(document.as_json(Decision(planted_case(24)), CHEAP)),
        "mix": strict(mix_document.as_json(mix_contributions(scenario, draws=2))),
        "stages": strict(stages_document.as_json(flexibility(scenario, draws=50))),
        "steelman": strict(steelman_report.as_json(steel())),
    }


def described(title: str) -> list[list[str]]:
    """The cells of each row of the table under a heading: paths, and what they hold."""
    parts = re.split(r"^#+ ", sources.share("docs").joinpath("json.md").read_text(encoding="utf8"), flags=re.MULTILINE)
    (text,) = [part for part in parts if part.startswith(f"{title}\n")]
    return [line.split("|")[1:3] for line in text.splitlines() if line.startswith("| `")]


def promised(title: str) -> tuple[set[str], set[str]]:
    """(paths in the first column of the table under a heading, every name in both)."""
    paths, rows = set(), described(title)
    for cell, _ in rows:
        first, *others = NAMED.findall(cell)
        stem = first.rpartition(".")[0]
        paths |= {first, *(f"{stem}.{name}" if stem and "." not in name else name for name in others)}
    return paths, {word for row in rows for name in NAMED.findall(" ".join(row)) for word in re.split(r"\W+", name)}


def keys(node: Any) -> set[str]:
    """Every key in a document, at any depth."""
    inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
    return {key for each in inner for key in keys(each)} | (set(node) if isinstance(node, dict) else set())


def reached(node: Any, path: list[str]) -> list[Any]:
    """The values at a path, of every entry of a list (`[]`) or of a table by names (`NAME`) on the way."""
    if not path:
        return [node]
    head, rest = path[0].removesuffix("[]"), path[1:]
    found = list(node.values()) if head.isupper() else [node[head]]
    if path[0].endswith("[]"):
        found = [each for entries in found for each in entries]
    return [value for each in found for value in reached(each, rest)]


@pytest.mark.parametrize("form", TITLES)
def test_every_promised_path_is_there_in_every_entry(documents: dict[str, Any], form: str) -> None:
    paths, _ = promised(TITLES[form])
    assert len(paths) > 5
    for path in sorted(paths):
        assert reached(documents[form], path.split(".")), path


@pytest.mark.parametrize("form", TITLES)
def test_every_entry_of_a_document_is_promised(documents: dict[str, Any], form: str) -> None:
    _, names = promised(TITLES[form])
    assert set(documents[form]) - {"schema"} <= names
    assert documents[form]["schema"].startswith(f"heavypress/{form}/")


@pytest.mark.parametrize("form", ["mix", "stages", "steelman"])
def test_every_entry_that_a_description_names_is_there(documents: dict[str, Any], form: str) -> None:
    """But for the words that entries may hold."""
    named = {name for _, text in described(TITLES[form]) for name in NAMED.findall(text)}
    assert named - keys(documents[form]) <= WORDS


def test_the_sections_of_a_decision_are_those_that_are_promised() -> None:
    assert set(SECTIONS) <= promised("Decision")[1]


@pytest.mark.parametrize(
    ("form", "lists"),
    [
        ("comparison", ("answer.pairs[]", "options[].outcomes.NAME", "outcomes[]")),
        ("mix", ("instruments[]", "mix", "instruments[].alone", "subsets[]")),
        ("stages", ("plans[]", "decisions[]", "decisions[].rule", "decisions[].by_rule", "pilot", "pilot.reveals")),
        ("steelman", ("moves[]",)),
    ],
)
def test_entries_of_a_list_are_alike(documents: dict[str, Any], form: str, lists: tuple[str, ...]) -> None:
    """A reader may rely on it: what one entry has all have, whether or not there is a number to it."""
    for path in lists:
        assert len({tuple(sorted(each)) for each in reached(documents[form], path.split("."))}) == 1, path


@pytest.mark.parametrize("form", TITLES)
def test_sentences_for_the_reader_are_whole(documents: dict[str, Any], form: str) -> None:
    for note in (each for each in documents[form]["notes"] if not each.startswith("Warning: ")):
        assert note[0] in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789" and note.endswith((".", "!", "?"))
        assert "nan" not in note.lower().split() and "None" not in note


# --- numbers of documents hold together ---


def test_contributions_of_a_document_sum_to_the_mix_and_its_last_subset_is_the_whole(documents: dict[str, Any]) -> None:
    mix = documents["mix"]
    parts = [each["contributes"]["mean"] for each in mix["instruments"]]
    assert sum(parts) == pytest.approx(mix["mix"]["mean"]) and mix["sum"] == pytest.approx(mix["mix"]["mean"])
    assert len(mix["subsets"]) == 2 ** len(mix["instruments"])
    assert [each["instrument"] for each in mix["instruments"]] == mix["subsets"][-1]["instruments"]
    assert mix["subsets"][-1]["mean"] - mix["subsets"][0]["mean"] == pytest.approx(mix["mix"]["mean"])
    assert sum(each["share"] for each in mix["instruments"]) == pytest.approx(1)


def test_the_error_of_a_mean_of_one_draw_is_null_in_the_document() -> None:
    one = strict(mix_document.as_json(mix_contributions(load("isambard_ai_uk"), draws=1)))
    assert one["mix"]["mean_error"] is None and one["mix"]["mean"] is not None
    assert any("not different from" in note and "+- n/a" in note for note in one["notes"])


def test_plans_of_a_document_are_best_first_and_the_best_fixed_differs_from_itself_by_nothing(
    documents: dict[str, Any],
) -> None:
    stages = documents["stages"]
    means = [plan["mean"] for plan in stages["plans"]]
    assert means == sorted(means, reverse=stages["better"] == "higher")
    (best,) = [plan for plan in stages["plans"] if plan["key"] == stages["best_fixed"]]
    assert best["fixed"] and best["against_best"] == {"mean": 0, "standard_error": 0, "different_from_zero": False}
    assert all(plan["low"] <= plan["high"] for plan in stages["plans"])
    assert all(plan["mean"] <= best["mean"] for plan in stages["plans"] if plan["fixed"])


def test_no_rule_gains_more_than_foresight_and_each_draw_has_one_plan(documents: dict[str, Any]) -> None:
    for decision in documents["stages"]["decisions"]:
        for rule in (decision["by_rule"], decision["by_all_seen"]):
            assert rule["against_best_fixed"]["mean"] <= decision["foresight"] + 1e-6
            assert sum(rule["chosen_shares"].values()) == pytest.approx(1)
            assert list(rule["chosen_shares"]) == decision["plans"]
        chosen = {decision["rule"]["from_threshold"], decision["rule"]["below"]}
        assert chosen <= set(decision["plans"])
        assert (decision["rule"]["seen"] is None) == (decision["rule"]["threshold"] is None)


def test_regret_of_a_document_is_zero_where_an_option_is_the_best_in_every_world(documents: dict[str, Any]) -> None:
    regret = documents["decision"]["sections"]["regret"]["data"]
    assert sum(each["first_share"] for each in regret.values()) == pytest.approx(1)
    assert all(each["largest_regret"] >= each["p90_regret"] >= 0 for each in regret.values())


# --- a steelman in words ---


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({}, "would be the best where 1 number moves, 1 by more than 10 % of the plausible range, which is hardly"),
        ({"distance": 1.0}, "which is somewhat contrived: 2.00m FE-hours against 1.00m of Isambard-AI."),
        ({"distance": 2.0}, "which is contrived: "),
        ({"distance": 4.0}, "which is far-fetched: "),
        ({"moves": (replace(MOVE, value=3.02),) * 2}, "where 2 numbers move, none by more than 10 %"),
        ({"moves": ()}, "would be the best with every number at its median already: 2.00m"),
        ({"wins": False}, "in none of 128 worlds within the plausible ranges and comes closest: 2.00m"),
        ({"wins": False, "moves": ()}, "and comes no closer than at the medians: 2.00m"),
        (
            {"yardstick": "cost_per_fe_hour", "values": {"public_cluster": np.inf, "cloud_credits": 2.0}},
            "against no value of Isambard-AI.",
        ),
    ],
)
def test_a_verdict_says_how_contrived_its_world_is(changed: dict[str, Any], words: str) -> None:
    """By the normal distribution: half a deviation has 31 % of worlds beyond it, 1 has 16 %, 2 have 2.3 %."""
    found = steel(**changed)
    assert words in steelman_report.verdict(found)
    written = strict(steelman_report.as_json(found))
    assert written["verdict"] == steelman_report.verdict(found) and (written["degree"] is None) == (not found.wins)


def test_what_has_no_value_is_null_and_money_is_the_scenarios_own() -> None:
    values = {"public_cluster": np.inf, "cloud_credits": 2.0}
    written = strict(steelman_report.as_json(steel(yardstick="cost_per_fe_hour", values=values)))
    rate = load("isambard_ai_uk").usd_per_currency
    assert written["values"] == {"public_cluster": None, "cloud_credits": pytest.approx(2 / rate)}
    assert written["unit"] == "GBP/FE_hour"


def test_only_the_largest_moves_are_listed_and_how_many_are_not_is_said() -> None:
    paths = list(uncertain())[: steelman_report.MOST_ROWS + 3]
    many = steel(moves=tuple(replace(MOVE, path=path) for path in paths))
    listed = [row[0] for row in steelman_report.rows(many)]
    assert all(label.endswith(f"({path})") for label, path in zip(listed, paths, strict=False))
    assert len(listed) == steelman_report.MOST_ROWS
    assert "Not listed: 3 smaller moves." in steelman_report.notes(many)
    assert len(strict(steelman_report.as_json(many))["moves"]) == steelman_report.MOST_ROWS + 3
    assert steelman_report.rows(steel()) == [
        ("Rent at the start (cloud.price_usd)", "3", "3.5", "USD per H100e-hour", "+25 %", "2 to 4"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("share", "words"),
    [(0.0, "0 %"), (0.0004, "fewer than 0.1 %"), (0.031, "3.1 %"), (0.254, "25 %"), (0.9996, "more than 99.9 %")],
)
def test_shares_close_to_nothing_and_all_are_not_rounded_to_them(share: float, words: str) -> None:
    assert f"it would be the best in {words}; 128 worlds were looked at." in steelman_report.notes(
        steel(won_share=share)
    )[-1]  # fmt: skip


# --- sweeps ---

SWEEPS = {
    "sweep_plan": "The plan of a sweep", "sweep_status": "The state of a sweep", "progress": "The progress of a sweep",
}  # fmt: skip
SWEEP = """
title = "A small sweep"
question = "What fails?"
scenario = "small_country"
draws = 0
outcomes = ["additional_fe_hours"]
runs_per_part = 1
[[axis]]
path = "horizon_years"
values = [2, 8]
"""


@pytest.fixture(scope="module")
def of_a_sweep(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A document of each form: a run fails, for its horizon ends before the machine comes."""
    folder = tmp_path_factory.mktemp("sweeps")
    (folder / "small.toml").write_text(SWEEP, encoding="utf8")
    plan = read_sweep(folder / "small.toml")
    ledger = Ledger.created(folder / "small", plan)
    last = list(fill(ledger, Launch(workers=0)))[-1]
    texts = (planning.as_json(plan, Estimate(2, 1, 3.0, 0.5), 2), planning.status_json(ledger), json_text(last))
    return dict(zip(SWEEPS, map(strict, texts), strict=True))


@pytest.mark.parametrize("form", SWEEPS)
def test_a_sweep_has_the_entries_that_are_promised_and_no_other(of_a_sweep: dict[str, Any], form: str) -> None:
    paths, names = promised(SWEEPS[form])
    assert len(paths) > 5 and all(reached(of_a_sweep[form], path.split(".")) for path in paths)
    assert keys(of_a_sweep[form]) - {"schema"} <= names
    assert {path.partition("[")[0] for path in paths} == set(of_a_sweep[form]) - {"schema"}


def test_documents_of_a_sweep_name_their_format(of_a_sweep: dict[str, Any]) -> None:
    assert all(of_a_sweep[form]["schema"] == f"heavypress/{form}/1" for form in ("sweep_plan", "sweep_status"))


def test_a_failure_of_a_sweep_is_counted_with_its_reason(of_a_sweep: dict[str, Any]) -> None:
    found = of_a_sweep["sweep_status"]
    assert (found["runs"], found["done"], found["failed"], found["complete"]) == (2, 2, 1, True)
    assert [each["runs"] for each in found["reasons"]] == [1] and "horizon" in found["reasons"][0]["reason"]


# --- verification ---


def test_a_verification_has_what_is_promised_and_nothing_else() -> None:
    found = [Finding(f"{verdict}.png", verdict, "waits", "0" * 12, ("Because.",)) for verdict in CODES]
    about = strict(document_of(found))
    paths, names = promised("Verification")
    assert about["schema"] == "heavypress/verification/1" and set(about) - {"schema"} <= names
    assert {key for each in about["findings"] for key in each} <= names
    assert all(reached(about, path.removesuffix("[]").split(".")) for path in paths)
    text = " ".join(cell for row in described("Verification") for cell in row)
    assert all(f"{number} {verdict}" in text and f"`{verdict}`" in text for verdict, number in CODES.items())
