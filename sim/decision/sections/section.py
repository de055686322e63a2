"""A section of a decision: its sentences, its tables, and the same numbers as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from sim.decision.case import Case
from sim.formatting import NO_VALUE, format_in_unit, markdown_table, plural_unit


@dataclass(frozen=True)
class Table:
    """A table for people. words: how many of its columns, from the left, hold words."""

    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    words: int = 1

    def markdown(self) -> list[str]:
        """Its lines in Markdown."""
        return markdown_table(self.heads, self.rows, right=range(self.words, len(self.heads)))


@dataclass(frozen=True)
class Section:
    """What one analysis found; `data` is what JSON can hold, null where a number does not exist."""

    name: str
    title: str
    sentences: tuple[str, ...]
    tables: tuple[Table, ...] = ()
    data: Any = None

    def markdown(self) -> str:
        """Title, sentences and tables in Markdown."""
        tables = (line for table in self.tables for line in ("", *table.markdown()))
        return "\n".join([f"## {self.title}", "", *(f"{line}\n" for line in self.sentences), *tables]) + "\n"

    def as_dict(self) -> dict[str, Any]:
        """Sentences and data."""
        return {"sentences": list(self.sentences), "data": known(self.data)}


def known(value: Any) -> Any:
    """The value with nothing that JSON lacks: null for a number that does not exist.

    >>> known({"a": [float("nan"), np.float64(1)], "b": (True, "x")})
    {'a': [None, 1.0], 'b': [True, 'x']}
    """
    if isinstance(value, Mapping):
        return {str(name): known(each) for name, each in value.items()}
    if isinstance(value, np.ndarray | np.generic):
        return known(value.tolist())
    if isinstance(value, list | tuple):
        return [known(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value


def number(case: Case, value: float) -> str:
    """A value of the yardstick in a cell, without its unit."""
    return format_in_unit(value, case.outcome.unit) if np.isfinite(value) else NO_VALUE


def signed(case: Case, value: float) -> str:
    """A difference of the yardstick in a cell."""
    return format_in_unit(value, case.outcome.unit, signed=True) if np.isfinite(value) else NO_VALUE


def unit(case: Case) -> str:
    """The unit of differences, for the head of a table."""
    name = case.outcome.unit
    if name in ("fraction", "ratio"):
        return {"fraction": "percentage points", "ratio": "no unit"}[name]
    return plural_unit(name.replace("USD", case.scenario.currency))
