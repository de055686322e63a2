"""Further sentences of arguments: they say what the mechanisms give, and turn with the numbers of the scenario."""

from __future__ import annotations

import re

import numpy as np
import pytest

from sim.arguments.remarks import permitted_sentence, seeds_sentence, spending_sentence
from sim.mechanisms.complement import chosen
from sim.scenario import load
from sim.sources import deflator


def scenario(**values):
    """The small country with other numbers; two underscores stand for the dot."""
    return load("small_country", {path.replace("__", "."): value for path, value in values.items()})


def test_licences_are_named_by_what_they_permit_the_least_first():
    """Of .35 + .05 + .04 behind an interface, .95 less clauses for weights, .98 with code and data information."""
    assert permitted_sentence(scenario(), 1) == (
        "Permitted of the uses demanded: 44 % by an interface, 74 % by Llama 2 and Llama 3, 78 % by Llama 3.2 and "
        "Llama 4, 82 % by Llama 3.1 and Llama 3.3, 92 % by OpenRAIL-M, 95 % by free weights, 98 % by the open-source "
        "definition."
    )


def test_where_nobody_trains_others_the_licences_of_2023_and_2024_are_alike():
    told = permitted_sentence(scenario(openness__demand_distil=0.0), 1)
    assert "by Llama 2, Llama 3, Llama 3.1 and Llama 3.3," in told


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"reproduction__chance_share": 0.4, "reproduction__checked_share": 0.01}, "seeds find more"),
        ({"reproduction__chance_share": 0.0}, "the same bits find more"),
        ({"reproduction__determinism_overhead_ratio": 0.0}, "the same bits find more"),
    ],
)
def test_seeds_and_bits_can_each_find_more_for_their_compute(values, told):
    assert f"for the same compute, {told}." in seeds_sentence(scenario(**values), 1)


WIDE = {"complement__complement_share": 0.9, "complement__complement_ratio": 1.5}
WIDER = {"complement__complement_share": 1.0, "complement__complement_ratio": 5.0}


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({}, "No spending on models makes it pay, for the margin given up grows with it"),
        ({}, "It does so at no plausible margin on further sales, up to 0.62. Firms spent"),
        ({"complement__complement_share": 0.0}, "the firm keeps 0 USD, the margin"),
        (WIDE, "a year of spending on models worldwide on. At the upper end of the plausible margin"),
        (WIDE | {"complement__model_usd_per_year": 1e7}, "which is more."),
        (WIDE | {"complement__model_usd_per_year": 1e9}, "which is less."),
        (WIDER, "Over the plausible margins on further sales it does so from"),
    ],
)
def test_a_free_model_pays_from_a_spending_on_or_at_none(values, told):
    """Beside the 8.4 billion dollars of the row, which stand in the money of the scenario."""
    said = spending_sentence(scenario(**values), 1)
    assert told in said and " a year on interfaces to models in 2025" in said


@pytest.mark.parametrize("values", [{}, WIDE, WIDER])
def test_what_pays_by_its_parts_is_said_to_pay(values):
    """Kept less given up less made is more than nothing where published spending is enough, and never where none is."""
    said = spending_sentence(scenario(**values), 1)
    pays = chosen(scenario(**values).world.complement, np.zeros((1, 120))).found.released.all()
    assert pays == ("which is more." in said)


def test_published_spending_is_that_of_the_row_in_money_of_the_scenario():
    """8.4 billion dollars of 2025, which are fewer of 2023 by what prices rose."""
    said = spending_sentence(load("nairr_us"), 1)
    assert f"Firms spent {8.4 * deflator(2023) / deflator(2025):.2f}bn USD a year" in said


def joint(**values):
    """The part of the way, the overhead, and the shares checked and hanging on chance, at which the lead turns."""
    found = re.search(
        r"together (\d+) % of .*: the same bits take (\S+) times .*, (\d+) % of .* is, and (\d+) %",
        seeds_sentence(scenario(**values), 1),
    )
    assert found
    return tuple(float(each) for each in found.groups())


def test_the_joint_turn_lies_on_the_way_to_the_ends_and_turns_the_lead():
    """Put in as the scenario's own numbers, those named let the same bits find more; a step before, seeds do."""
    way, overhead, checked, chance = joint()
    assert (overhead, checked, chance) == pytest.approx(
        (0.3 - 0.25 * way / 100, 5 + 0.25 * way, 20 - 0.15 * way), rel=0.03
    )
    names = ("determinism_overhead_ratio", "checked_share", "chance_share")

    def lead(part):
        ends = zip(names, (0.3, 0.05, 0.2), (0.05, 0.3, 0.05), strict=True)
        told = seeds_sentence(scenario(**{f"reproduction__{n}": a + part * (b - a) for n, a, b in ends}), 1)
        return "the same bits find more" in told

    assert lead(way / 100) and not lead(way / 100 - 0.02)


def test_where_the_ends_are_not_enough_that_is_said():
    told = seeds_sentence(scenario(reproduction__mistake_share=0.0), 1)
    assert told.endswith("No three ends of the plausible ranges of overhead, checks and chance together turn that.")
