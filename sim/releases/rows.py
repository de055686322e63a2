"""Tables row by row: which rows of a data file differ, what is in them, and the old table with some rows of the new."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache

PACKAGE = "data/datapackage.json"
MOST_ROWS = 40  # of one file that are told apart: more are a table that was made anew


@dataclass(frozen=True)
class Table:
    """A CSV file: its columns, and its rows by key, in their order."""

    columns: tuple[str, ...]
    rows: Mapping[str, tuple[str, ...]]

    def text(self) -> bytes:
        """As a file again."""
        out = io.StringIO()
        csv.writer(out, lineterminator="\n").writerows([self.columns, *self.rows.values()])
        return out.getvalue().encode("utf8")


@lru_cache(maxsize=64)
def table(content: bytes, key: tuple[str, ...]) -> Table | None:
    """A file as rows by the columns of its key, the first without any; None where two rows share a key."""
    try:
        columns, *rows = (tuple(row) for row in csv.reader(io.StringIO(content.decode("utf8"), newline="")) if row)
        places = [columns.index(name) for name in key] or [0]
        found = {" ".join(row[place] for place in places): row for row in rows}
    except (ValueError, IndexError, csv.Error):
        return None
    return Table(columns, found) if len(found) == len(rows) and columns else None


def keys(files: Mapping[str, bytes]) -> dict[str, tuple[str, ...]]:
    """The columns that are the key of each table, as the data package of an edition declares them."""
    try:
        package = json.loads(files.get(PACKAGE, b"{}"))
        resources = package.get("resources", [])
        return {f"data/{each['path']}": tuple(each["schema"].get("primaryKey", ())) for each in resources}
    except (ValueError, KeyError, TypeError, AttributeError):
        return {}


def differing(old: Table, new: Table) -> list[str]:
    """Keys of the rows that differ, or that only one of two tables with the same columns has."""
    both = dict.fromkeys([*old.rows, *new.rows])
    return [key for key in both if old.rows.get(key) != new.rows.get(key)]


def words(old: Table, new: Table, key: str) -> str:
    """How a row differs: 'price 3.5 -> 4, year 2024 -> 2025'."""
    then, now = old.rows.get(key), new.rows.get(key)
    if then is None or now is None:
        return "a new row" if then is None else "the row is gone"
    cells = zip(old.columns, then, now, strict=False)
    return ", ".join(
        f"{column} {was or 'empty'} -> {is_now or 'empty'}" for column, was, is_now in cells if was != is_now
    )


def mixed(old: Table, new: Table, chosen: Collection[str]) -> Table:
    """The old table with the `chosen` rows as the new one has them: changed, added where they stand there, or gone."""
    rows, before = dict(old.rows), None
    for key, row in new.rows.items():
        if key in chosen and key not in rows:
            rows = _placed(rows, before, key, row)
        elif key in chosen:
            rows[key] = row
        before = key if key in rows else before
    return Table(old.columns, {key: row for key, row in rows.items() if key in new.rows or key not in chosen})


def _placed(
    rows: dict[str, tuple[str, ...]], before: str | None, key: str, row: tuple[str, ...]
) -> dict[str, tuple[str, ...]]:
    """Rows with one more, after that of the key `before`, or first of all."""
    items = list(rows.items())
    place = 1 + list(rows).index(before) if before is not None else 0
    return dict([*items[:place], (key, row), *items[place:]])
