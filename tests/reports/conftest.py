"""One comparison of few draws, and its reports in every format with a single figure, for all tests of reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.reports import writers
from sim.reports.blocks import Brief, Figure
from sim.reports.columns import sheets
from sim.reports.contents import contents
from sim.reports.templates import shipped
from sim.reports.workbook import workbook
from sim.scenario import load

FIGURE = "need_met"
SETTINGS = {"cloud.decline_per_year": 0.15, "public_cluster.life_years": 6}


@pytest.fixture(scope="session")
def comparison() -> Comparison:
    """A run with changes from outside."""
    return compare(load("small_country", SETTINGS), draws=24, queue=False)


@pytest.fixture(scope="session")
def brief(comparison: Comparison) -> Brief:
    """The whole brief of it."""
    return contents(comparison)


@pytest.fixture(scope="session")
def short(brief: Brief) -> Brief:
    """The brief with one of its figures, for figures take most of the time."""
    kept = [block for block in brief.blocks if not isinstance(block, Figure) or block.name == FIGURE]
    return replace(brief, blocks=tuple(kept))


@pytest.fixture(scope="session")
def reports(comparison: Comparison, short: Brief) -> dict[str, bytes]:
    """The content of each format."""
    made = {form: writer(short, shipped(form)) for form, writer in writers().items()}
    return made | {"xlsx": workbook(short, sheets(comparison, short.record))}


@pytest.fixture(scope="session")
def files(reports: dict[str, bytes], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The same as files."""
    folder = tmp_path_factory.mktemp("reports")
    for form, content in reports.items():
        (folder / f"brief.{form}").write_bytes(content)
    return {form: folder / f"brief.{form}" for form in reports}
