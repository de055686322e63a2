"""Two editions are told apart row by row, and one is made of the other with some of its changes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from sim.releases.differences import Change, chain, concerns, differences, form_changes, with_changes
from sim.releases.editions import Edition, declarations, otherwise
from sim.releases.rows import MOST_ROWS, table, words

PACKAGE = {"resources": [{"path": "designs.csv", "schema": {"primaryKey": ["maker", "name"]}}]}
OLD_TABLE = "maker,name,price,note\nA,one,1,\nA,two,2,old\nB,one,3,\n"
NEW_TABLE = "maker,name,price,note\nA,one,1,\nA,half,9,\nA,two,2.5,new\n"
NUMBER = {
    "default": 1.0, "median": 1.0, "low": 0.0, "high": 2.0, "floor": None, "ceiling": None, "role": "uncertainty",
    "moves_with": None, "unit": "USD", "kind": "number", "choices": [],
}  # fmt: skip


def edition(tables: Mapping[str, str], parameters: Mapping[str, Mapping[str, Any]] | None = None) -> Edition:
    """A small edition."""
    files = {name: text.encode() for name, text in tables.items()}
    return Edition({"data/datapackage.json": json.dumps(PACKAGE).encode(), **files}, parameters or {})


OLD = edition({"data/designs.csv": OLD_TABLE, "data/gone.csv": "a\n1\n", "data/note.md": "then"}, {"a.b": NUMBER})
NEW = edition(
    {"data/designs.csv": NEW_TABLE, "data/note.md": "now", "scenarios/x.toml": 'title = "x"'},
    {"a.b": {**NUMBER, "default": 1.5, "median": 1.5, "high": 3.0}},
)
FOUND = {(each.name, each.part): each for each in differences(OLD, NEW)}


def test_every_change_is_found_once() -> None:
    assert set(FOUND) == {
        ("data/designs.csv", "A half"), ("data/designs.csv", "A two"), ("data/designs.csv", "B one"),
        ("data/gone.csv", ""), ("data/note.md", ""), ("scenarios/x.toml", ""), ("a.b", "default"), ("a.b", "range"),
    }  # fmt: skip
    assert not differences(OLD, OLD)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("data/designs.csv", "A two"), "data/designs.csv, row A two: price 2 -> 2.5, note old -> new"),
        (("data/designs.csv", "A half"), "data/designs.csv, row A half: a new row"),
        (("data/designs.csv", "B one"), "data/designs.csv, row B one: the row is gone"),
        (("data/gone.csv", ""), "data/gone.csv: the file is gone"),
        (("data/note.md", ""), "data/note.md: another text"),
        (("a.b", "default"), "a.b, default: 1 -> 1.5"),
        (("a.b", "range"), "a.b, range: high 2 -> 3"),
    ],
)
def test_a_change_says_what_was_and_is(change: tuple[str, str], said: str) -> None:
    assert FOUND[change].words == said


def test_all_changes_make_the_new_edition_of_the_old_one_and_none_leave_it() -> None:
    assert with_changes(OLD, NEW, FOUND.values()) == NEW
    assert with_changes(OLD, NEW, ()) == OLD


@pytest.mark.parametrize("change", FOUND.values(), ids=lambda change: f"{change.name} {change.part}")
def test_one_change_made_is_no_difference_any_more_and_all_others_are(change: Change) -> None:
    mixed = with_changes(OLD, NEW, [change])
    left = {(each.name, each.part) for each in differences(mixed, NEW)}
    assert left == FOUND.keys() - {(change.name, change.part)}
    assert [each.part for each in differences(OLD, mixed)] == [change.part]


def test_a_row_that_is_new_stands_where_it_stands_in_the_new_table() -> None:
    mixed = with_changes(OLD, NEW, [FOUND["data/designs.csv", "A half"]]).files["data/designs.csv"].decode()
    assert [line[:6] for line in mixed.splitlines()] == ["maker,", "A,one,", "A,half", "A,two,", "B,one,"]


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ("a,b\n1,2\n", "a,b,c\n1,2,3\n"),  # another column
        ("a,b\n1,2\n1,3\n", "a,b\n1,2\n1,4\n"),  # keys that name two rows
        ("a\n" + "".join(f"{n}\n" for n in range(MOST_ROWS + 2)), "a\n0\n"),  # made anew
    ],
)
def test_a_table_that_has_no_comparable_rows_is_one_change(then: str, now: str) -> None:
    before, after = (edition({"data/other.csv": text}) for text in (then, now))
    (change,) = differences(before, after)
    assert (change.name, change.part) == ("data/other.csv", "")
    assert with_changes(before, after, [change]).files["data/other.csv"] == now.encode()


def test_cells_with_commas_and_quotation_marks_come_through() -> None:
    text = 'id,note\n1,"a, ""b"""\n2,"c\nd"\n'
    read = table(text.encode(), ("id",))
    assert read and read.text().decode() == text and not words(read, read, "1")


def test_toml_is_told_by_the_entries_that_differ() -> None:
    texts = ("[budget]\ntotal = 5_000\n[[option]]\ninstrument = 'x'\nlife = 5\n", "[budget]\ntotal = 6_000\n")
    (change,) = differences(*(edition({"scenarios/y.toml": text}) for text in texts))
    assert change.how == "budget.total 5,000 -> 6,000, option.x.instrument x -> none, option.x.life 5 -> none"
    many = "".join(f"v{n} = 1\n" for n in range(5))
    (change,) = differences(edition({"scenarios/y.toml": ""}), edition({"scenarios/y.toml": many}))
    assert change.how == "v0 none -> 1, v1 none -> 1, v2 none -> 1, and 2 more"


def test_a_parameter_of_another_form_is_code() -> None:
    other = {"a.b": {**NUMBER, "unit": "GBP"}, "a.c": NUMBER}
    assert not differences(edition({}, {"a.b": NUMBER, "a.d": NUMBER}), edition({}, other))
    assert form_changes({"a.b": NUMBER, "a.d": NUMBER}, other) == [
        "the parameter a.c is new", "the parameter a.d is gone", "the parameter a.b has another form",
    ]  # fmt: skip


def test_what_is_declared_as_in_the_code_is_not_declared_again() -> None:
    ours = declarations()
    assert not otherwise(json.loads(json.dumps(ours)))
    path = "cloud.decline_per_year"
    assert otherwise({path: {**ours[path], "ceiling": None}, "a.b": NUMBER}) == {path: {"ceiling": float("inf")}}
    assert not otherwise({path: {**ours[path], "unit": "USD", "high": 9.0}})


def test_a_scenario_is_concerned_by_its_own_file_and_by_those_that_it_extends() -> None:
    found = edition({"scenarios/a.toml": 'extends = "b.toml"', "scenarios/b.toml": "", "scenarios/c.toml": ""})
    assert chain("a", found) == ["scenarios/a.toml", "scenarios/b.toml"]
    changes = {name: Change("scenario", f"scenarios/{name}.toml", "", "") for name in "abc"}
    assert {name: concerns(change, "a", [found]) for name, change in changes.items()} == dict(a=True, b=True, c=False)
    assert concerns(Change("data", "data/x.csv", "", ""), "c", [found])
