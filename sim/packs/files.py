"""The files of a run that hold its results: charts, tables, scenario and record, each with what it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from sim import charts
from sim.charts.files import FORMATS
from sim.comparison.record import command, record_text
from sim.comparison.results import Comparison
from sim.comparison.spreadsheets import TABLES, csv_of, traced
from sim.scenario.files import as_toml
from sim.version import __version__

RECORD, SCENARIO = "run.json", "scenario.toml"
MEDIA = {
    "svg": "image/svg+xml", "png": "image/png", "pdf": "application/pdf", "csv": "text/csv", "json": "application/json",
    "toml": "application/toml", "md": "text/markdown", "bib": "application/x-bibtex",
    "ris": "application/x-research-info-systems", "cff": "application/yaml",
}  # fmt: skip
_TABLES = {
    "outcomes": "Every outcome of every option: median, range, differences and shares of worlds",
    "yearly": "Every outcome of every option by year of the programme",
}


@dataclass(frozen=True)
class File:
    """One file of a pack. `frame`: the table that it holds, where it holds one."""

    name: str
    about: str
    content: bytes
    frame: pd.DataFrame | None = None

    @property
    def suffix(self) -> str:
        """What its name ends in, without the point."""
        return self.name.rpartition(".")[2]

    @property
    def stem(self) -> str:
        """Its name without folder and ending."""
        return self.name.rpartition("/")[2].rpartition(".")[0]

    @property
    def media(self) -> str:
        """Its media type."""
        return MEDIA[self.suffix]


def result_files(comparison: Comparison) -> Iterator[File]:
    """Every chart in every format, every table, and what made them."""
    for name, figure in charts.figures(comparison).items():
        about = charts.SUBJECTS[name].title
        for suffix, content in FORMATS.items():
            yield File(f"figures/{name}.{suffix}", about, content(figure, comparison, name))
    yield from table_files(comparison)
    yield File(RECORD, "The record of the run: settings, scenario, digests, changes, sources", _record(comparison))
    comments = (f"Written by heavypress {__version__}, run {comparison.run_id}.", command(comparison, SCENARIO))
    whole = "The scenario as it was run, with all that it extends and all that was set"
    yield File(SCENARIO, whole, as_toml(comparison.scenario, comments).encode("utf8"))


def table_files(comparison: Comparison) -> Iterator[File]:
    """The numbers that each chart shows, then every outcome, and by year."""
    for name in charts.CHARTS:
        about = f"The numbers that {name} shows: {charts.SUBJECTS[name].title}"
        yield _table(comparison, name, about, charts.data(comparison, name))
    for name, about in _TABLES.items():
        yield _table(comparison, name, about, TABLES[name](comparison))


def _record(comparison: Comparison) -> bytes:
    return record_text(comparison).encode("utf8")


def _table(comparison: Comparison, name: str, about: str, frame: pd.DataFrame) -> File:
    """A table as CSV, and with all of its columns for the data dictionary."""
    whole = traced(frame, name, comparison.run_id, comparison.scenario)
    return File(f"data/{name}.csv", about, csv_of(comparison, name, frame), whole)
