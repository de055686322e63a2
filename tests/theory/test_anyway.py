"""What others can do and what thieves would take: each by itself, from the worlds in which it is absent."""

from __future__ import annotations

import numpy as np
import pytest

from sim.arguments.anyway import anyway_sentence
from sim.comparison.run import compare
from sim.formatting import format_in_unit
from sim.scenario import load

ELSEWHERE, THEFT = "safety.counterfactual_share", "safety.theft_per_year"


def scenario(**values):
    """The small country with other numbers of safety."""
    return load("small_country", {f"safety.{name}": value for name, value in values.items()})


def added(**values) -> float:
    """Model-years that releases add in the central case."""
    found = compare(scenario(harm=True, **values), queue=False).results["public_cluster"]
    return float(found.totals["added_misuse_years"][0])


def test_each_is_what_the_world_without_it_has_more():
    """Four whole comparisons give the four numbers of the sentence."""
    none = {"counterfactual_share": 0.0, "theft_per_year": 0.0}
    whole, had, stolen, both = (
        added(**values) for values in (none, {"theft_per_year": 0.0}, {"counterfactual_share": 0.0}, {})
    )
    numbers = [format_in_unit(each, "model_year") for each in (whole, whole - had, whole - stolen, had - both)]
    assert anyway_sentence(scenario(), 1) == (
        f"Were nothing to be had elsewhere and nothing stolen, releases would add {numbers[0]} model-years in the "
        f"central case: what is to be had takes {numbers[1]} off by itself, theft {numbers[2]} by itself and "
        f"{numbers[3]} after it. Others catch up at a rate of 1.50 a year, thieves come at one of 0.05."
    )


def test_where_others_are_slow_theft_takes_off_more_than_what_is_to_be_had():
    """Either can be the larger: it hangs on who comes first."""
    values = {"counterfactual_share": 0.05, "theft_per_year": 0.9, "catch_up_months": 60.0, "spread_share": 0.9}
    none = added(**values | {"counterfactual_share": 0.0, "theft_per_year": 0.0})
    had, stolen = (added(**values | {name: 0.0}) for name in ("theft_per_year", "counterfactual_share"))
    assert none - stolen > none - had > 0
    assert added() < added(counterfactual_share=0.0)


@pytest.mark.parametrize(("values", "said"), [
    ({"theft_per_year": 0.0}, "theft 0 by itself and 0 after it"),
    ({"counterfactual_share": 0.0}, "what is to be had takes 0 off by itself"),
    ({"misuse_share": 0.0}, "releases would add 0 model-years"),
])  # fmt: skip
def test_what_is_absent_takes_nothing_off(values, said):
    assert said in anyway_sentence(scenario(**values), 1)


def test_the_sentence_is_the_same_whether_misuse_is_worked_out_or_not():
    assert anyway_sentence(scenario(harm=True), 1) == anyway_sentence(scenario(), 1)
    assert np.isfinite(added())
