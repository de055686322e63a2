"""Numbers, units, lists and table cells as people read them."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as some

from sim.comparison.run import compare
from sim.comparison.table import markdown
from sim.documents import generated, groups
from sim.formatting import (
    format_in_unit,
    format_percent,
    format_short,
    format_tick,
    format_typeset,
    format_value,
    join_first,
    join_words,
    markdown_cell,
    markdown_table,
    plural_unit,
    unit_text,
    with_range,
)
from sim.outcomes import OUTCOMES
from sim.scenario import load

UNITS = sorted({o.unit for o in OUTCOMES} | {s.unit for kind in groups().values() for _, _, s in kind.described()})
LETTERS = {"k": 1e3, "m": 1e6, "bn": 1e9, "tn": 1e12}


def value_of(text: str) -> float:
    """The number that a short text stands for."""
    text = text.replace("−", "-")
    digits = text.rstrip("kmbtn")
    return float(digits) * LETTERS.get(text[len(digits) :], 1.0)


@given(some.floats(-9e14, 9e14))
def test_a_short_number_is_the_number_to_three_digits(value: float) -> None:
    assert value_of(format_short(value)) == pytest.approx(value, rel=0.005)
    assert value_of(format_typeset(value)) == pytest.approx(value, rel=0.005)


@given(some.floats(-1e30, 1e30))
def test_a_tick_is_the_typeset_number_without_zeros_at_its_end(value: float) -> None:
    assert value_of(format_tick(value)) == value_of(format_typeset(value))
    assert not format_tick(value).endswith(".")


@given(some.floats(-1e6, 1e6), some.sampled_from(["fraction", "month", "USD"]))
def test_a_sign_is_all_that_signed_adds(value: float, unit: str) -> None:
    plain, signed = format_in_unit(value, unit), format_in_unit(value, unit, signed=True)
    assert signed == (f"+{plain}" if value > 0 else plain)


def test_zero_has_no_sign() -> None:
    for unit in ("fraction", "month", "USD"):
        assert format_in_unit(-0.0, unit, signed=True)[0] == "0"


@given(some.floats(-1e3, 1e3))
def test_a_value_in_percent_is_its_share(value: float) -> None:
    assert format_percent(value) == f"{format_in_unit(value, 'fraction')} %" or abs(value) < 0.0005
    assert float(format_value(value, in_percent=True).removesuffix(" %")) == pytest.approx(100 * value, rel=1e-3)


def test_what_is_not_finite_has_no_percentage() -> None:
    assert {format_percent(value) for value in (float("nan"), float("inf"), -float("inf"))} == {"n/a"}


@pytest.mark.parametrize("unit", UNITS)
def test_a_plural_differs_from_the_unit_by_one_letter_at_most(unit: str) -> None:
    one, many = unit_text(unit), plural_unit(unit)
    assert many in {one, one.replace(" per ", "s per ", 1), f"{one}s"}
    assert many.count(" per ") == one.count(" per ")
    assert one.count("per ") == unit.count("/")


@given(some.lists(some.text(some.characters(categories=["L"]), min_size=1), min_size=1, max_size=5))
def test_a_list_of_names_begins_with_the_first(names: list[str]) -> None:
    assert join_words(names).startswith(names[0])
    assert join_first(names).startswith(names[0])
    assert len(names) > 2 or join_words(names) == join_first(names)


def test_a_range_stands_beside_a_value_that_it_differs_from() -> None:
    assert with_range("1.00", "1.00", "1.00") == "1.00"
    assert with_range("1.00", "1.00", "1.01") == "1.00 [1.00 to 1.01]"


@given(some.lists(some.lists(some.text(), min_size=3, max_size=3), max_size=4))
def test_a_markdown_table_has_a_line_a_row_and_a_bar_a_border(rows: list[list[str]]) -> None:
    lines = markdown_table(["a", "b", "c"], rows, right=[1])
    assert len(lines) == 2 + len(rows)
    assert all(len(line.splitlines()) == 1 for line in lines)
    assert all(line.replace("\\|", "").count("|") == 4 for line in lines)


def test_a_bar_in_a_cell_can_be_read_back() -> None:
    assert markdown_cell("a | b\nc").replace("\\|", "|") == "a | b c"


def test_a_label_with_a_bar_breaks_no_table() -> None:
    comparison = compare(load("small_country"), queue=False)
    key, first = next(iter(comparison.results.items()))
    renamed = replace(comparison, results=comparison.results | {key: replace(first, label="one | two")})
    table = [line for line in markdown(renamed).splitlines() if line.startswith("|")]
    assert len({line.replace("\\|", "").count("|") for line in table}) == 1


@pytest.mark.parametrize("name", ["parameters.md", "outcomes.md", "arguments.md"])
def test_generated_tables_have_as_many_cells_in_every_row(name: str) -> None:
    lines = generated()[name].splitlines()
    for above, below in pairwise(lines):
        if above.startswith("|") and below.startswith("|"):
            assert above.replace("\\|", "").count("|") == below.replace("\\|", "").count("|"), below
