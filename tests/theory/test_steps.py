"""What each part of the switch of access does by itself, in the same draws."""

from __future__ import annotations

import re

from sim.arguments.steps import access_sentence
from sim.scenario import load


def parts(**values: float) -> tuple[float, float, float, int]:
    """Percentage points by the rule, by help and by both, and the draws in which help moves more."""
    told = access_sentence(load("small_country", {path.replace("__", "."): v for path, v in values.items()}), 1)
    moved = r"(\S+) percentage points?"
    found = re.fullmatch(
        rf"By itself the part reserved moves it by {moved}, help by itself by {moved}, both by {moved}; "
        r"help moves it more than the part reserved in (\d+) of 32 draws\. No published shares of .* \(grade D\)\.",
        told,
    )
    assert found, told
    rule, desks, both, more = found.groups()
    return float(rule), float(desks), float(both), int(more)


def test_the_rule_and_help_are_each_by_themselves_and_do_not_add_up():
    """Under merit help also brings in those with much compute of their own, who then get most: it can do harm."""
    rule, desks, both, more = parts()
    assert rule > 0 > desks
    assert both > rule + desks and 0 < more <= 32


def test_where_no_reason_yields_to_help_only_the_rule_is_left():
    """The limit: nobody is eligible whom help could bring in."""
    rule, desks, both, _ = parts(access__ineligible_share=1.0)
    assert desks == 0 and both == rule
