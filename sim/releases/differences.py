"""What differs between two editions, change by change, and the edition in which some of the changes were made."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sim.formatting import format_value
from sim.releases.editions import DEFAULT, RANGE, Declaration, Edition, is_same_form
from sim.releases.rows import MOST_ROWS, Table, differing, keys, mixed, table, words

MOST_ENTRIES = 3  # of a scenario that are named
Kind = Literal["data", "parameter", "scenario"]


@dataclass(frozen=True)
class Change:
    """One thing that differs: a row of data or a whole file, the default or the range of a parameter, a scenario."""

    kind: Kind
    name: str  # path of a file in an edition, or of a parameter
    part: str  # key of a row; 'default' or 'range'; empty: the whole file
    how: str  # it differs: 'price 3 -> 3.5'

    @property
    def words(self) -> str:
        """What it is and how it differs: 'data/designs.csv, row H100: price 3 -> 3.5'."""
        part = {"": "", "data": f", row {self.part}"}.get(self.kind if self.part else "", f", {self.part}")
        return f"{self.name}{part}: {self.how}"


def differences(old: Edition, new: Edition) -> list[Change]:
    """All that differs in what two editions compute with: files, row by row where they are tables, and declarations."""
    by = keys(old.files) | keys(new.files)
    names = dict.fromkeys([*old.files, *new.files])
    found = [each for name in names for each in _of_file(name, old, new, by.get(name, ()))]
    return found + [each for path in new.parameters for each in _of_parameter(path, old.parameters, new.parameters)]


def _of_file(name: str, old: Edition, new: Edition, key: tuple[str, ...]) -> Iterator[Change]:
    """The changes in one file; of what is no table, or has other columns or very many other rows, the file."""
    before, after = old.files.get(name), new.files.get(name)
    if before == after:
        return
    kind: Kind = "data" if name.startswith("data/") else "scenario"
    if tables := _tables(name, before, after, key):
        rows = differing(*tables)
        if len(rows) <= MOST_ROWS:
            yield from (Change(kind, name, row, words(*tables, row)) for row in rows)
        else:
            yield Change(kind, name, "", f"{len(rows):,} of {len(tables[1].rows):,} rows are others")
    else:
        yield Change(kind, name, "", _contents(before, after))


def _tables(name: str, before: bytes | None, after: bytes | None, key: tuple[str, ...]) -> tuple[Table, Table] | None:
    """Both sides of a file as tables with the same columns, where they are such."""
    if not name.endswith(".csv") or before is None or after is None:
        return None
    old, new = table(before, key), table(after, key)
    return (old, new) if old and new and old.columns == new.columns else None


def _contents(before: bytes | None, after: bytes | None) -> str:
    """How a file differs, in words: the entries of TOML, else that it does."""
    if before is None or after is None:
        return "a new file" if before is None else "the file is gone"
    try:
        then, now = (dict(_entries(tomllib.loads(each.decode("utf8")))) for each in (before, after))
    except ValueError:
        return "another text"
    found = [_step(path, then, now) for path in dict.fromkeys([*then, *now]) if then.get(path) != now.get(path)]
    more = [f"and {len(found) - MOST_ENTRIES} more"] if len(found) > MOST_ENTRIES else []
    return ", ".join([*found[:MOST_ENTRIES], *more]) or "another layout"


def _step(name: str, then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    """From what to what an entry has changed."""
    return f"{name} {_value(then.get(name))} -> {_value(now.get(name))}"


def _entries(table: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """The values of a table by path; those of a list of tables by their place."""
    if isinstance(table, list) and all(isinstance(each, dict) for each in table):
        table = {str(each.get("instrument", number)): each for number, each in enumerate(table)}
    if isinstance(table, dict):
        for name, value in table.items():
            yield from _entries(value, f"{path}.{name}" if path else name)
    else:
        yield path, table


def _value(value: Any) -> str:
    """A value in words; nothing where there is none."""
    if value is None:
        return "none"
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return f"{value:,.10g}" if is_number else format_value(value)


def _of_parameter(path: str, old: Mapping[str, Declaration], new: Mapping[str, Declaration]) -> Iterator[Change]:
    """The changes in one declaration: none where only one side has it, or in another form, for that is code."""
    then, now = old.get(path), new[path]
    if then is None or not is_same_form(then, now):
        return
    for part, entries in (("default", DEFAULT), ("range", RANGE)):
        if changed := [entry for entry in entries if then[entry] != now[entry]]:
            steps = [_step(entry, then, now).removeprefix("default ") for entry in changed if entry != "median"]
            yield Change("parameter", path, part, ", ".join(steps) or _step("median", then, now))


def form_changes(old: Mapping[str, Declaration], new: Mapping[str, Declaration]) -> list[str]:
    """The parameters that only one side has, or in another form, in words: they came with code."""
    found = [f"the parameter {path} is new" for path in new if path not in old]
    found += [f"the parameter {path} is gone" for path in old if path not in new]
    return found + [
        f"the parameter {path} has another form"
        for path in new
        if path in old and not is_same_form(old[path], new[path])
    ]


def with_changes(old: Edition, new: Edition, chosen: Collection[Change]) -> Edition:
    """The old edition in which the `chosen` of its differences from the new one were made."""
    files = dict(old.files)
    by = keys(old.files) | keys(new.files)
    for name in {change.name for change in chosen if change.kind != "parameter"}:
        rows = {change.part for change in chosen if change.name == name}
        if content := _file(name, old, new, by.get(name, ()), rows):
            files[name] = content
        else:
            files.pop(name, None)
    return Edition(files, {**old.parameters, **dict(_parameters(old, new, chosen))})


def _file(name: str, old: Edition, new: Edition, key: tuple[str, ...], rows: Collection[str]) -> bytes | None:
    """A file with some of its changes; None where it is gone."""
    before, after = old.files.get(name), new.files.get(name)
    tables = _tables(name, before, after, key)
    if tables is None or "" in rows or set(differing(*tables)) <= set(rows):
        return after
    return mixed(*tables, rows).text()


def _parameters(old: Edition, new: Edition, chosen: Iterable[Change]) -> Iterator[tuple[str, Declaration]]:
    """The declarations in which something changes."""
    parts: dict[str, dict[str, Any]] = {}
    for change in chosen:
        if change.kind == "parameter":
            entries = DEFAULT if change.part == "default" else RANGE
            found = parts.setdefault(change.name, dict(old.parameters[change.name]))
            found |= {entry: new.parameters[change.name][entry] for entry in entries}
    yield from parts.items()


def concerns(change: Change, scenario: str, editions: Iterable[Edition]) -> bool:
    """Whether a change can move a shipped scenario: all do but the files of others, and of storylines."""
    return change.kind != "scenario" or any(change.name in chain(scenario, each) for each in editions)


def chain(scenario: str, edition: Edition) -> list[str]:
    """The file of a shipped scenario, and those that it extends, one after the other."""
    found, name = [], f"scenarios/{scenario}.toml"
    while name in edition.files and name not in found:
        found.append(name)
        extended = tomllib.loads(edition.files[name].decode("utf8")).get("extends")
        name = f"scenarios/{extended}" if isinstance(extended, str) else ""
    return found
