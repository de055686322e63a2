"""What a scenario asks, and the labels of what it speaks of: usual choices, refusals, and terms that are explained."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from sim.comparison.leftover import ENTERED, NO_MORE, UNPAID, reasons
from sim.instruments import INSTRUMENTS
from sim.labels import choice_label, gloss, glosses, parameter_label
from sim.outcomes import BY_NAME
from sim.parameters import GRADES, Spec
from sim.scenario import Option, load
from sim.scenario.problems import Problems
from sim.scenario.question import USUAL_YARDSTICK, YARDSTICKS, read_between, read_yardstick, usual_pair


def options(*names: str) -> list[Option]:
    """Options of these instruments; the second of a kind has a key of its own."""
    return [
        Option(f"{name}_{n}" if name in names[:n] else name, name, INSTRUMENTS[name]()) for n, name in enumerate(names)
    ]


# --- the two options of the question ---


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (("cloud_credits", "public_cluster"), ("public_cluster", "cloud_credits")),
        (("do_nothing", "cloud_credits", "research_grants", "public_cluster"), ("public_cluster", "cloud_credits")),
        (("public_cluster", "public_cluster", "cloud_credits"), ("public_cluster", "cloud_credits")),
        (("do_nothing", "research_grants"), ("research_grants", "do_nothing")),
        (("do_nothing", "research_grants", "domestic_fab"), ("research_grants", "domestic_fab")),
        (("do_nothing",), ()),
        ((), ()),
    ],
)
def test_the_usual_question_is_about_machine_and_credits_and_about_doing_nothing_last(
    names: tuple[str, ...], pair: tuple[str, ...]
) -> None:
    assert usual_pair(options(*names)) == pair


@pytest.mark.parametrize(
    ("between", "sentences"),
    [
        ("public_cluster", ["between: 'public_cluster' does not name two options"]),
        (["cloud_credits"], ["does not name two options; write [\"public_cluster\", \"cloud_credits\"]"]),
        (["cloud_credits", "cloud_credits"], ["does not name two options"]),
        (["cloud_credit", "public_cluster"], ["between[1]: no option 'cloud_credit'; did you mean 'cloud_credits'?"]),
        (["cloud_credit", "public_clusters"], ["between[1]: no option", "between[2]: no option 'public_clusters'"]),
        (["cloud_credits", 7], ["between[2]: no option 7"]),
    ],
)  # fmt: skip
def test_a_question_about_what_is_not_there_has_a_sentence_for_each_and_the_usual_two(
    between: Any, sentences: list[str]
) -> None:
    problems, given = Problems("x.toml"), options("public_cluster", "cloud_credits", "do_nothing")
    assert read_between({"between": between}, given, problems) == ("public_cluster", "cloud_credits")
    assert len(problems.faults) == len(sentences)
    assert all(words in fault for words, fault in zip(sentences, problems.faults, strict=True))


def test_a_question_about_two_that_are_there_is_taken_in_its_order() -> None:
    problems, given = Problems("x.toml"), options("public_cluster", "cloud_credits", "do_nothing")
    asked = ["do_nothing", "public_cluster"]
    assert read_between({"between": asked}, given, problems) == tuple(asked) and not problems.faults


# --- the yardstick ---


def test_every_yardstick_is_an_outcome_with_a_better_and_a_worse() -> None:
    assert len(set(YARDSTICKS)) == len(YARDSTICKS) and YARDSTICKS[0] == USUAL_YARDSTICK
    assert all(BY_NAME[name].better in ("higher", "lower") for name in YARDSTICKS)


@pytest.mark.parametrize("name", ["fe_hour", "utilisation", 3, None, ""])
def test_what_is_no_yardstick_is_refused_with_all_there_are_and_replaced(name: Any) -> None:
    problems = Problems("x.toml")
    assert read_yardstick({"yardstick": name}, problems) == USUAL_YARDSTICK
    (fault,) = problems.faults
    assert fault.startswith("yardstick: no yardstick ") and all(each in fault for each in YARDSTICKS)
    assert read_yardstick({}, Problems("x.toml")) == USUAL_YARDSTICK
    assert read_yardstick({"yardstick": "need_met"}, Problems("x.toml")) == "need_met"


# --- labels ---


def test_terms_are_explained_once_in_the_order_in_which_they_build_on_each_other() -> None:
    lines = ["Cost of an FE-hour", "FE-hours", "12 H100e-hours and 3 GPU-hours"]
    found = glosses(lines)
    assert [clause.partition(":")[0] for clause in found][:3] == ["GPU-hour", "H100e-hour", "FE-hour"]
    assert len(found) == len(set(found)) and glosses([*lines, *lines]) == found
    assert gloss(["Need met"]) == [] and glosses(["3 pp"]) == ["pp: percentage points"]


@pytest.mark.parametrize("line", ["PPP", "H100", "xFE-hours", "gradeD", "upgrade D"])
def test_parts_of_other_words_are_not_explained(line: str) -> None:
    assert glosses([line]) == []


@pytest.mark.parametrize("grade", "ABCD")
def test_a_grade_is_explained_in_either_of_its_forms(grade: str) -> None:
    explained = [f"Evidence of grade {grade}: {GRADES[grade].replace(': ', ', ')}."]
    assert gloss([f"a number of grade {grade}"]) == explained == gloss([f"Assumption-graded inputs ({grade})"])


def test_a_declared_label_has_the_last_word() -> None:
    plain = Spec("ratio", 0, 1, "D", "", "", choices=("a_b", "c"))
    told = replace(plain, label="Rate", choice_labels=("First", "Second"))
    assert (parameter_label("x_usd", plain), parameter_label("x_usd", told)) == ("X", "Rate")
    assert [choice_label(word, told) for word in ("a_b", "c", "d_e")] == ["First", "Second", "d e"]


# --- why money is left over ---


def central(rule: str, **instruments: tuple[float, float]) -> Any:
    """A central case of these instruments: (units bought, units that the money would pay for), and vouchers unpaid."""
    money = load("small_country").world.money
    world = SimpleNamespace(money=replace(money, normalisation=rule))
    return SimpleNamespace(
        context=SimpleNamespace(world=world),
        size={name: np.array([bought]) for name, (bought, _) in instruments.items()},
        afforded={name: np.array([afforded]) for name, (_, afforded) in instruments.items()},
        trade=SimpleNamespace(returned=np.array([[0.0, 5.0]])),
    )


@pytest.mark.parametrize(
    ("rule", "bought", "clauses"),
    [
        ("equal_pv", {"cloud_credits": (1.0, 1.0)}, []),
        ("as_entered", {"cloud_credits": (1.0, 1.0)}, [ENTERED, UNPAID]),
        ("equal_pv", {"domestic_fab": (1.0, 2.0)}, [NO_MORE.format("fab")]),
        ("equal_cash", {"domestic_fab": (0.0, 1.0)}, ["nothing of a domestic fab can be paid for"]),
        ("equal_pv", {"public_cluster": (0.0, 0.0)}, ["the fixed costs of a public cluster, such as"]),
    ],
)  # fmt: skip
def test_each_reason_why_money_is_left_over_is_one_clause(
    rule: str, bought: dict[str, tuple[float, float]], clauses: list[str]
) -> None:
    found = reasons(central(rule, **bought))
    assert len(found) == len(clauses)
    assert all(clause.startswith(words) for clause, words in zip(found, clauses, strict=True))
