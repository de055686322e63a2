"""The notes below a comparison say what the money pays for, and what of the world is assumed or old."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import notes
from sim.scenario import load
from sim.scenario.dated import dated_texts


def compared(name: str, settings: dict[str, Any] | None = None) -> Comparison:
    """The central case alone, without waits."""
    return compare(load(name, settings or {}), draws=0, queue=False)


def test_a_note_says_what_another_purse_pays() -> None:
    comparison = compared("nairr_us", {"budget.covers": ["hardware", "building"]})
    context = comparison.baseline.central.context
    assert context.outside is not None
    amount = float(np.sum(context.outside[0] * context.grid.discount[0])) / comparison.scenario.usd_per_currency
    [line] = [line for line in notes(comparison) if "another purse" in line]
    assert line.startswith("The budget pays for hardware and building; operating the machine (")
    assert f"({amount / 1e6:.0f}m USD, present value)" in line or f"({amount / 1e9:.2f}bn USD, present value)" in line
    assert line.endswith("comes from another purse, and every alternative gets as much.")


def test_years_of_operation_end() -> None:
    [line] = [line for line in notes(compared("nairr_us", {"budget.operations_years": 3})) if "another purse" in line]
    assert "building and 3 years of operation; operating the machine after that (" in line


def test_a_budget_that_pays_for_everything_needs_no_note() -> None:
    assert not any("another purse" in line for line in notes(compared("nairr_us")))


@pytest.mark.parametrize("rule", ["equal_outlay", "equal_pv", "equal_cash", "as_entered"])
def test_the_rule_of_sizing_is_told_in_words(rule: str) -> None:
    first = notes(compared("nairr_us", {"money.normalisation": rule}))[0]
    assert rule not in first and "; options " in first


def test_a_number_of_groups_that_nobody_gave_is_named_as_assumed() -> None:
    told = "5,000 research groups assumed (grade D); set demand.groups."
    assert told in notes(compared("tests/refused/good.toml"))
    assert not any("groups assumed" in line for line in notes(compared("nairr_us")))


def test_a_price_is_told_to_four_digits_with_the_month_from_which_it_is_held() -> None:
    late = dated_texts(load("nairr_us"))
    price = late["hardware.price_usd"].split(" ")[0].replace(",", "")
    assert price == f"{float(price):.4g}" or float(price) == float(f"{float(price):.4g}")
    assert late["hardware.price_usd"].endswith("; held from 2025-07)")
    assert "held" not in dated_texts(load("isambard_ai_uk"))["cloud.price_usd"]
    assert any(
        line.startswith("As in January 2027, prices in dollars of 2025: ") for line in notes(compared("nairr_us"))
    )


def test_the_plausible_range_moves_with_the_value_of_the_start() -> None:
    world = load("nairr_us").world
    spec = type(world.hardware).spec("price_usd")
    around = spec.around(world.hardware.price_usd)
    assert around.low / world.hardware.price_usd == pytest.approx(spec.low / spec.median, rel=1e-3)
    assert type(world.demand).spec("groups").around(9_000.0) == type(world.demand).spec("groups")  # a setting
