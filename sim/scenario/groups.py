"""`groups = "file.csv"`: research groups from a table, a row a tier or many, put where [world] has them.

Columns: tier, groups (how many there are), need and own (H100e-hours of one of them a year), and where
wanted apply, large, crowd_out and odds, one value for every row. Rows of a tier are size classes or
institutions: their sums and means become the tier's values, and their needs its sizes. What the
scenario itself sets in [world] stays. The file lies beside the scenario, or is a shipped one.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from io import StringIO
from pathlib import Path
from typing import Any

from sim.formatting import (
    escape,
    folded_name,
    format_number,
    format_range,
    join_words,
    nearest_name,
    short_repr,
    unknown_name,
)
from sim.mechanisms.access import Access
from sim.mechanisms.demand import TIERS, Demand, quantile_means
from sim.parameters import Spec
from sim.scenario.files import find_beside, stems_beside, text_of
from sim.scenario.problems import Problems, ScenarioError
from sim.scenario.values import PERCENT, finite
from sim.sources import share

KEY = "groups"
SHIPPED = "groups_"  # what the names of shipped tables begin with
# column: (group of parameters, its stem, what a row weighs in the mean of its tier)
WEIGHED: dict[str, tuple[str, Callable[[Row], float]]] = {
    "need": ("demand", lambda row: row["groups"]),
    "own": ("demand", lambda row: row["groups"]),
    "large": ("demand", lambda row: row["groups"] * row["need"]),
    "apply": ("access", lambda row: row["groups"]),
    "crowd_out": ("access", lambda row: row["groups"] * row["own"]),
    "odds": ("access", lambda row: row["groups"]),
}
SPECS: dict[str, Spec] = {
    column: (Demand if group == "demand" else Access).spec(f"{column}_elite") for column, (group, _) in WEIGHED.items()
} | {"groups": Demand.spec("groups")}
NEEDED = ("tier", "groups", "need", "own")
TEXTS = ("name", "source", "basis")  # columns for readers, not for the model
MOST_ROWS = 10_000


def filled(table: dict[str, Any], path: Path, problems: Problems) -> dict[str, Any]:
    """The table of the scenario at `path` with the groups of the file that it names under [world]; that name is gone.

    The values say everything: a record of the run needs no other file.
    """
    if KEY not in table:
        return table
    rest = {name: value for name, value in table.items() if name != KEY}
    world = rest.get("world", {})
    where = "a CSV file in the same folder or of a shipped table"
    try:
        found = find_beside(path, table[KEY], "", where, partial(_places, path), partial(_nearest, path))
    except ScenarioError as error:
        problems.fault(KEY, error.faults[0])
        return rest
    if not isinstance(world, dict):
        return rest
    try:
        text = text_of(found, str(path), "a table of groups")
    except ScenarioError as error:
        problems.fault(KEY, f"{short_repr(table[KEY])} {error.faults[0]}")
        return rest
    before = len(problems.faults)
    rows = read_rows(text, str(table[KEY]), problems)
    if len(problems.faults) > before:
        return rest
    merged = dict(world)
    for group, values in merged_values(rows).items():
        own = world.get(group, {})
        merged[group] = values | own if isinstance(own, dict) else own
    return rest | {"world": merged}


def merged_values(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """Values of each tier by group of parameters, as the scenario's own tables would give them."""
    values: dict[str, dict[str, Any]] = {"demand": {}, "access": {}}
    every = sum(row["groups"] for row in rows)
    values["demand"]["groups"] = every
    for tier in TIERS:
        here = [row for row in rows if row.tier == tier]
        values["demand"][f"share_{tier}"] = sum(row["groups"] for row in here) / every
        for column, (group, weight) in WEIGHED.items():
            if column in here[0].values:
                values[group][f"{column}_{tier}"] = _mean(here, column, weight)
        values["demand"][f"size_{tier}"] = _sizes(here)
    return {group: found for group, found in values.items() if found}


def _mean(rows: list[Row], column: str, weight: Callable[[Row], float]) -> float:
    """Weighted mean of a column; the plain one where nothing weighs."""
    weights = [weight(row) for row in rows]
    if not sum(weights):
        weights = [1.0] * len(rows)
    return sum(w * row[column] for w, row in zip(weights, rows, strict=True)) / sum(weights)


def _sizes(rows: list[Row]) -> list[float]:
    """Relative sizes within a tier; none where one row, or rows of no need, leave them lognormal."""
    some = sorted((row["need"], row["groups"]) for row in rows if row["groups"] > 0)
    if len(some) < 2 or not any(need for need, _ in some):
        return []
    return [float(size) for size in quantile_means(*zip(*some, strict=True))]


def _places(path: Path, named: str) -> list[Path]:
    """Where the table may lie."""
    shipped_as = share("data") / f"{SHIPPED}{named.removesuffix('.csv')}.csv"
    return [place for place in (path.parent / named, shipped_as) if place.suffix == ".csv"]


def shipped() -> list[str]:
    """Names of the tables of groups that ship with the package."""
    return sorted(path.stem.removeprefix(SHIPPED) for path in share("data").glob(f"{SHIPPED}*.csv"))


def _nearest(path: Path, named: str) -> str:
    """'; did you mean ...?' where a file of a like name could be read."""
    stem = Path(named.replace("\\", "/")).stem
    if near := nearest_name(stem, stems_beside(path, ".csv")):
        return f"; did you mean {near + '.csv'!r}?"
    near = nearest_name(stem, shipped())
    return f"; did you mean {near!r}?" if near else f"; shipped are: {', '.join(shipped()) or 'none'}"


# --- rows: what people get wrong in a spreadsheet, reported with file, line and column ---


@dataclass(frozen=True)
class Row:
    """Groups of one kind: their tier, and a number for each column that the table has."""

    line: int
    tier: str
    values: dict[str, float]

    def __getitem__(self, column: str) -> float:
        """The number in a column."""
        return self.values[column]


@dataclass(frozen=True)
class _Reporter:
    """Reports where in the table something is wrong."""

    name: str
    problems: Problems

    def fault(self, text: str, line: int | None = None, column: str = "") -> None:
        """One sentence."""
        where = escape(self.name, 60) + (f", line {line}" if line else "") + (f", {column}" if column else "")
        self.problems.fault(KEY, f"{where}: {text}")

    def warn(self, text: str, line: int) -> None:
        """One sentence."""
        self.problems.warn(KEY, f"{escape(self.name, 60)}, line {line}: {text}")


def read_rows(text: str, name: str, problems: Problems) -> list[Row]:
    """Every row of the table `name`; after faults, those that can be used."""
    reporter = _Reporter(name, problems)
    before = len(problems.faults)
    lines = _lines(text, reporter)
    if not lines:
        if len(problems.faults) == before:
            reporter.fault(f"is empty; write a line with the columns {join_words(NEEDED)}, then a row for every tier")
        return []
    header = _header(*lines[0], reporter)
    if header is None:
        return []
    rows = [row for line, cells in lines[1:] if (row := _row(line, cells, header, reporter)) is not None]
    if len(problems.faults) == before:
        _whole(rows, reporter)
    return rows


def _lines(text: str, reporter: _Reporter) -> list[tuple[int, list[str]]]:
    """Cells of each line with its number; empty lines and those that begin with # are left out."""
    reader = csv.reader(StringIO(text, newline=""), strict=True)
    found: list[tuple[int, list[str]]] = []
    try:
        for cells in reader:
            trimmed = [cell.strip() for cell in cells]
            if any(trimmed) and not trimmed[0].startswith("#"):
                found.append((reader.line_num, trimmed))
    except csv.Error as error:
        what = "a quotation mark is left open" if "end of data" in str(error) else escape(str(error))
        reporter.fault(f"is not CSV: {what}", reader.line_num)
        return []
    if len(found) > MOST_ROWS + 1:
        rows = f"has {format_number(len(found) - 1)} rows; at most {format_number(MOST_ROWS)}"
        reporter.fault(f"{rows}, so join institutions of like size")
        return []
    return found


def _header(line: int, cells: list[str], reporter: _Reporter) -> list[str] | None:
    """Names of the columns as the model knows them; None after a fault."""
    if len(cells) == 1 and any(mark in cells[0] for mark in ";\t"):
        mark = "semicolons" if ";" in cells[0] else "tabs"
        reporter.fault(f"the columns are separated by {mark}; write commas, and decimal points in numbers", line)
        return None
    known = {folded_name(name): name for name in ("tier", *SPECS, *TEXTS)}
    good = True
    for cell in cells:
        if folded_name(cell) not in known:
            reporter.fault(unknown_name("column", cell, known.values()), line)
            good = False
    header = [known.get(folded_name(cell), "") for cell in cells]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    missing = [name for name in NEEDED if name not in header]
    if twice:
        reporter.fault(f"the column {join_words([repr(n) for n in twice])} appears twice", line)
    if missing and good:
        what = "column" if len(missing) == 1 else "columns"
        reporter.fault(
            f"the {what} {join_words([*map(repr, missing)])} {'is' if len(missing) == 1 else 'are'} missing", line
        )
    return header if good and not twice and not missing else None


def _row(line: int, cells: list[str], header: list[str], reporter: _Reporter) -> Row | None:
    """One row; None after a fault."""
    if len(cells) != len(header):
        reporter.fault(f"has {len(cells)} cells, and the header {len(header)}; a number must have no comma", line)
        return None
    by_name = dict(zip(header, cells, strict=True))
    tier = folded_name(by_name["tier"])
    if tier not in TIERS:
        reporter.fault(_no_tier(by_name["tier"]), line, "tier")
    numbers = {column: _number(line, column, by_name[column], reporter) for column in by_name if column in SPECS}
    good = {column: number for column, number in numbers.items() if number is not None}
    return Row(line, tier, good) if tier in TIERS and len(good) == len(numbers) else None


def _no_tier(cell: str) -> str:
    """Sentence for a tier that does not exist."""
    near = nearest_name(cell.replace("-", ""), TIERS)
    allowed = f"allowed: {join_words(TIERS, 'or')}"
    return f"no tier {short_repr(cell)}; " + (f"did you mean {near!r}? ({allowed})" if near else allowed)


def _number(line: int, column: str, cell: str, reporter: _Reporter) -> float | None:
    """A number of the table in its possible range; None after a fault. A class may hold no group at all."""
    spec = SPECS[column]
    floor = 0.0 if column == "groups" else spec.floor
    allowed = f"allowed: {format_range(floor, spec.ceiling, spec.unit)}"
    try:
        number = finite(float(cell)) if "_" not in cell else None
    except ValueError:
        number = None
    if number is None:
        hint = f" (write {meant})" if (meant := _meant(cell)) else ""
        reporter.fault(
            f"{short_repr(cell)} is not a number{hint}; {allowed}" if cell else f"is empty; {allowed}", line, column
        )
        return None
    if not floor <= number <= spec.ceiling:
        reporter.fault(f"{cell} is not possible; {allowed}", line, column)
        return None
    return number


def _meant(cell: str) -> str:
    """The number that a cell with separators, a decimal comma or a per cent sign stands for, if it stands for one.

    >>> [_meant(cell) for cell in ("60,000", "1,5", "30 %", "60 000", "1'000.5", "many")]
    ['60000', '1.5', '0.3', '60000', '1000.5', '']
    """
    bare = re.sub(r"[\s']", "", cell)
    if re.fullmatch(r"\d+([.,]\d+)?%", bare):
        return f"{float(bare[:-1].replace(',', '.')) / PERCENT:g}"
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", bare):
        return bare.replace(",", "")
    if re.fullmatch(r"\d+,\d+", bare):
        return bare.replace(",", ".")
    return bare if bare != cell and re.fullmatch(r"\d+(\.\d+)?", bare) else ""


def _whole(rows: list[Row], reporter: _Reporter) -> None:
    """The table as a whole: every tier is there, somebody is counted, and needs are not mistaken for own hours."""
    missing = [tier for tier in TIERS if all(row.tier != tier for row in rows)]
    for tier in missing:
        reporter.fault(f"has no row for the tier {tier!r}; where a country has none, write it with 0 groups")
    every, spec = sum(row["groups"] for row in rows), SPECS["groups"]
    if not missing and not spec.floor <= every <= spec.ceiling:
        reporter.fault(
            f"the groups of all rows sum to {every:,g}; allowed: {format_range(spec.floor, spec.ceiling, spec.unit)}"
        )
    for row in [row for row in rows if row["own"] > row["need"]][:1]:
        more = f"own, {row['own']:,g}, is above need, {row['need']:,g}"
        reporter.warn(f"{more}; hours beyond need count as idle", row.line)
