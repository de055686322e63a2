"""What each part of the switch of access does by itself, in the same draws."""

from __future__ import annotations

import re

import pytest

from sim.arguments.steps import access_sentence, grants_sentence
from sim.mechanisms.demand import by_tier, group_counts
from sim.scenario import load


def parts(**values: float) -> tuple[float, float, float, float, int, str]:
    """Percentage points by the rule, by help, by both and by help under need; draws in which help moves more; why."""
    told = access_sentence(load("small_country", {path.replace("__", "."): v for path, v in values.items()}), 1)
    moved = r"(\S+) percentage points?"
    found = re.fullmatch(
        rf"By itself the part reserved moves it by {moved}, help by itself by {moved}, both by {moved}; "
        rf"help moves it more than the part reserved in (\d+) of 32 draws\. By need .* move it by {moved}\. "
        r"(Merit .*\. )?(Help costs .* is not)\. No published shares of .* \(grade D\)\.",
        told,
    )
    assert found, told
    rule, desks, both, more, need, why, price = found.groups()
    return float(rule), float(desks), float(both), float(need), int(more), (why or "") + price


def test_the_rule_and_help_are_each_by_themselves_and_do_not_add_up():
    """Under merit help also brings in those with much compute of their own, who then get most: it can do harm."""
    rule, desks, both, need, more, why = parts()
    assert rule > 0 > desks
    assert both > rule + desks and 0 < more <= 32
    assert need > desks and why.startswith("Merit gives most")


def test_where_no_reason_yields_to_help_only_the_rule_is_left():
    """The limit: nobody is eligible whom help could bring in."""
    rule, desks, both, need, _, why = parts(access__ineligible_share=1.0)
    assert desks == need == 0 and both == rule
    assert why.startswith("Help costs")


def test_the_price_of_help_is_that_of_the_groups_it_reaches():
    """By hand: 500 groups, a third of those that do not apply, at 2,000 dollars each."""
    told = access_sentence(load("small_country", {"access.help_usd": 0.0}), 1)
    assert "Help costs 0 " in told
    world = load("small_country").world
    idle = (group_counts(world.demand) * (1 - by_tier(world.access, "apply"))).sum()
    usual = re.search(r"Help costs (\S+)k USD a year", access_sentence(load("small_country"), 1))
    assert usual and float(usual[1]) == pytest.approx(0.3 * idle * 2_000 / 1_000, rel=0.01)


# --- grants ---


def split(**values: float) -> tuple[list[float], str]:
    """People and compute in grants, in machines and in the difference, and what is said of what was published."""
    told = grants_sentence(load("nairr_us", {path.replace("__", "."): value for path, value in values.items()}), 1)
    found = re.fullmatch(
        r".* in '.*' (\S+) by people and (\S+) by compute, in '.*' (\S+) by people and (\S+) by compute; "
        r"the difference is (\S+) by people and (\S+) by compute; compute is .* in \d+ of 32 draws\. "
        r"Published ratios are 4 to 13\.3 \(.*\) and 1\.87 to 3\.24 \(.*\)\. (.*)",
        told,
    )
    assert found, told
    *numbers, said = found.groups()
    return [float(number) for number in numbers], said


def test_people_and_compute_add_up_to_the_ratio_and_its_difference():
    (people, compute, hired, machines, by_people, by_compute), said = split()
    assert people + compute == pytest.approx(1.60, abs=0.01) and compute > people > hired > 0
    assert by_people == pytest.approx(people - hired, abs=0.002)
    assert by_compute == pytest.approx(compute - machines, abs=0.1)
    assert said == "'NAIRR machines' (15.0) lies above all of these, which is implausible."


def test_where_more_compute_adds_nothing_only_people_are_left():
    """The limit, in which the argument turns: grants are ahead by people, and no ratio is implausible."""
    (people, compute, _, machines, by_people, by_compute), said = split(
        output__computing_share=0.0, output__other_ratio=0.0
    )
    assert compute == machines == by_compute == 0 and people > 0 < by_people
    assert said == "No ratio here lies above all of these."


def test_where_compute_and_people_hardly_replace_one_another_compute_alone_adds_less():
    """As the help of both elasticities says."""
    (_, _, _, usual, _, _), _ = split()
    (people, _, _, rigid, _, _), _ = split(output__substitution_computing=0.05, output__substitution_other=0.05)
    assert 0 < rigid < usual / 10 and people > 0


def test_a_ratio_is_held_against_all_that_was_published():
    assert split(output__alpha=0.9)[1].startswith("'NAIRR machines' (")
    assert split(grants__researcher_usd_per_year=1_000_000.0)[1].count("lie") == 1
