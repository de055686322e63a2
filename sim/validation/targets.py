"""What the model is held against: cases of the record, declared in scenarios/validation/targets.toml.

A case is a scenario, one of the record's own or one that ships, and what it is compared on. A target names a measure
and the row of facts that holds the published value, so the value itself stands in one place only. Where the model's own
value takes minutes, or logs that do not travel with the package, that row holds it too, and there is no scenario.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

from sim import sources

FOLDER = "validation"  # of the shipped scenarios
# columns of a table's published value, where it is not `value`, and of the model's, where it is stored; {}: the measure
_COLUMNS = {"lead_times": "lead_months", "foretold_waits": "real_{}"}
_OURS = {"foretold_waits": "foretold_{}", "queue_record": "ours"}
_UNITS = {"lead_times": "months", "foretold_waits": "hours"}  # of tables without a column for it


@dataclass(frozen=True)
class Target:
    """A published value, and how far from it the model may be."""

    name: str  # 'case.measure', unless the case compares a measure twice
    kind: str  # that of its case, unless the target names another
    measure: str
    source: str  # the row of facts, as 'programmes:P013'
    # relative; 'range': within the published one; 'interval': the model's holds the value; 'factor': twice or half
    tolerance: float | str
    scale: float = 1.0  # units of the row in one of the measure's
    of: dict[str, Any] = field(default_factory=dict)  # what the measure asks for besides

    @property
    def row(self) -> dict[str, str]:
        """The row of facts, as text."""
        table, _, row_id = self.source.partition(":")
        return sources.facts(table)[row_id]

    @property
    def published(self) -> float:
        """The value of the row, in its unit."""
        return float(self.row[_COLUMNS.get(self._table, "value").format(self.measure)])

    @property
    def stored(self) -> tuple[float, float, float]:
        """What the model gave when the table was made, with its interval; NaN where it gives nothing."""
        title = _OURS[self._table].format(self.measure)
        ours, low, high = (float(self.row[title + end] or "nan") for end in ("", "_low", "_high"))
        return ours, low, high

    @property
    def ratio(self) -> float:
        """The stored ratio of the model's value and the published one, for waits: those near zero do not differ."""
        return float(self.row[f"{self.measure}_ratio"])

    @property
    def published_range(self) -> tuple[float, float]:
        """The range that the row gives for it."""
        return float(self.row["low"]), float(self.row["high"])

    @property
    def unit(self) -> str:
        """The unit of the published value."""
        return self.row.get("unit") or _UNITS[self._table]

    @property
    def _table(self) -> str:
        """The table of the row."""
        return self.source.partition(":")[0]


@dataclass(frozen=True)
class Case:
    """One setting of the record, and what is compared in it."""

    scenario: str  # or a name, where the model's values are stored
    shows: str  # and what it cannot show, in one sentence
    targets: tuple[Target, ...]
    option: str = ""  # that is measured, by its key; the last one of the scenario where none is named
    title: str = ""  # of a case without a scenario

    @property
    def stored(self) -> bool:
        """Whether the model's values lie in a table."""
        return bool(self.title)

    @property
    def ships(self) -> bool:
        """Whether the scenario is one that ships and not one of the record's own."""
        return not self.stored and not (sources.share("scenarios") / FOLDER / f"{self.scenario}.toml").is_file()

    @property
    def path(self) -> Path:
        """The scenario file."""
        return sources.share("scenarios") / ("" if self.ships else FOLDER) / f"{self.scenario}.toml"


@cache
def _table() -> dict[str, Any]:
    """The declarations as the file has them."""
    return tomllib.loads((sources.share("scenarios") / FOLDER / "targets.toml").read_text(encoding="utf8"))


@cache
def cases() -> tuple[Case, ...]:
    """Every case, in the order of the file."""
    return tuple(_case(row, _table()["tolerance"]) for row in _table()["case"])


def abouts() -> dict[str, str]:
    """What cases of a kind have in common, and how far they test the model, by kind."""
    return dict(_table()["about"])


def _case(row: dict[str, Any], tolerances: dict[str, float | str]) -> Case:
    """A case as the file has it; a target without a tolerance has that of its measure."""
    targets = tuple(
        Target(
            name=f"{row['scenario']}.{each.get('name', each['measure'])}",
            kind=each.get("kind", row["kind"]),
            tolerance=each.get("tolerance", tolerances.get(each["measure"])),
            **{word: each[word] for word in ("measure", "source", "scale", "of") if word in each},
        )
        for each in row["targets"]
    )
    return Case(row["scenario"], row["shows"], targets, row.get("option", ""), row.get("title", ""))


def names() -> list[str]:
    """What can be asked for: every case, and every target."""
    return [case.scenario for case in cases()] + [target.name for case in cases() for target in case.targets]


def chosen(only: Iterable[str] = ()) -> tuple[Case, ...]:
    """The cases with the targets asked for, by the names of cases or targets; all where none is.

    Raises KeyError with a name that does not exist.
    """
    asked = set(only)
    for name in asked:
        if name not in names():
            raise KeyError(name)
    found = []
    for case in cases():
        whole = not asked or case.scenario in asked
        targets = tuple(target for target in case.targets if whole or target.name in asked)
        if targets:
            found.append(replace(case, targets=targets))
    return tuple(found)
