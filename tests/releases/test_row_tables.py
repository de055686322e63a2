"""Tables row by row, headline numbers by place and notes by their words: small ones, made up."""

from __future__ import annotations

import json
from math import inf, nan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.comparison.record import NUMBERS, SAME
from sim.releases.notes import Note, notes_since
from sim.releases.numbers import Place, flat, is_moved, moved, read_table, write_table
from sim.releases.rows import PACKAGE, Table, differing, keys, mixed, table, words

ROWS = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from("123"), max_size=6)
COLUMNS = ("key", "value")


def made(rows: dict[str, str]) -> Table:
    """A table of two columns."""
    return Table(COLUMNS, {key: (key, value) for key, value in rows.items()})


@given(ROWS, ROWS)
def test_the_old_table_with_every_row_of_the_new_holds_what_the_new_one_holds(old: dict, new: dict) -> None:
    then, now = made(old), made(new)
    assert mixed(then, now, differing(then, now)).rows == now.rows
    assert mixed(then, now, []).text() == then.text()


@given(ROWS, ROWS, st.sets(st.sampled_from("abcdef")))
def test_with_some_rows_the_others_stay_as_they_were(old: dict, new: dict, chosen: set[str]) -> None:
    found = mixed(made(old), made(new), chosen).rows
    for key in "abcdef":
        assert found.get(key) == (made(new) if key in chosen else made(old)).rows.get(key)


def test_a_new_row_stands_where_it_stands_in_the_new_table() -> None:
    old, new = made({"b": "1", "d": "1"}), made({"a": "1", "b": "1", "c": "1", "d": "1"})
    assert [*mixed(old, new, ["a"]).rows] == ["a", "b", "d"]
    assert [*mixed(old, new, ["c", "a"]).rows] == ["a", "b", "c", "d"]


def test_a_table_is_read_and_written_to_the_last_letter() -> None:
    content = b'key,value\na,"one, ""two"""\n"b\nc",\n'
    found = table(content, ())
    assert found is not None and found.text() == content and [*found.rows] == ["a", "b\nc"]


@pytest.mark.parametrize(
    ("content", "key"),
    [
        (b"key,value\na,1\na,2\n", ()),  # two rows of one key
        (b"key,value\na,1\n", ("maker",)),  # no such column
        (b"key,value\n\xff,1\n", ()),  # no text
        (b"key,value\na\n", ("value",)),  # a row that ends before its key
        (b"", ()),
    ],
)
def test_what_has_no_rows_by_key_is_no_table(content: bytes, key: tuple[str, ...]) -> None:
    assert table(content, key) is None


def test_a_key_of_several_columns_tells_rows_apart() -> None:
    content = b"maker,name\na,x\nb,x\n"
    assert table(content, ("name",)) is None
    assert (found := table(content, ("maker", "name"))) is not None and [*found.rows] == ["a x", "b x"]


def test_what_was_empty_is_called_so() -> None:
    assert words(made({"a": ""}), made({"a": "2"}), "a") == "value empty -> 2"


@pytest.mark.parametrize("package", ["", "[]", '{"resources": [{}]}', '{"resources": [{"path": "a", "schema": []}]}'])
def test_a_damaged_data_package_declares_no_keys(package: str) -> None:
    assert keys({PACKAGE: package.encode()}) == {}
    resources = [{"path": "a.csv", "schema": {"primaryKey": ["x"]}}, {"path": "b.csv", "schema": {}}]
    assert keys({PACKAGE: json.dumps({"resources": resources}).encode()}) == {"data/a.csv": ("x",), "data/b.csv": ()}


def test_a_number_has_moved_where_it_differs_beyond_rounding_or_appears() -> None:
    assert is_moved(1.0, 1.0 + 10 * SAME) and not is_moved(1.0, 1.0 + SAME / 10)
    assert not is_moved(0.0, SAME / 10, scale=1.0) and is_moved(0.0, SAME / 10)
    assert is_moved(1.0, nan) and is_moved(inf, 1.0) and not is_moved(nan, nan)


def test_places_of_either_side_are_compared_and_no_number_is_none() -> None:
    here, there, gone = (Place("a", name, NUMBERS[0]) for name in ("x", "y", "z"))
    assert moved({here: 1.0, gone: 2.0}, {here: 1.0, there: 3.0}) == [gone, there]
    assert moved({gone: nan}, {}) == []


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=len(NUMBERS), max_size=len(NUMBERS)))
def test_a_table_of_numbers_is_read_back_to_the_last_digit(values: list[float]) -> None:
    numbers = flat({"a,b": {"x": dict(zip(NUMBERS, values, strict=True))}})
    assert read_table(write_table({"one": numbers})) == {"one": numbers}


def test_what_has_no_number_is_an_empty_cell() -> None:
    content = write_table({"one": flat({"a": {"x": dict.fromkeys(NUMBERS)}})}).decode()
    assert content.splitlines()[1] == "one,a,x" + "," * len(NUMBERS)


def test_a_note_names_whole_words_alone() -> None:
    note = Note("[results] small_country, all outcomes: because.")
    assert note.names("small_country", "gini") and not note.names("small", "gini")
    assert not Note("[results] gini of all scenarios_of_ours").names("x", "gini")


def test_versions_are_ordered_as_numbers_and_other_lines_do_not_count(tmp_path: Path) -> None:
    path = tmp_path / "CHANGELOG.md"
    path.write_text("## 0.10.0\n\n- [RESULTS] One\n  thing.\n- Another.\n\n## 0.9.0\n\n- [RESULTS] Old.\n", "utf8")
    assert notes_since("0.9.0", path) == [Note("[results] one thing.")]
