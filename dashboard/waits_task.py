"""Why jobs wait and what would halve that, as `heavypress waits` computes it: minutes, so in a worker."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from dashboard.worker import Send, scenario_of
from sim.charts.rules import NAME, TITLE, finding
from sim.cli.waits import explained_options, write_waits
from sim.comparison.analyses import analysis_id
from sim.comparison.run import compare
from sim.scenario import Scenario
from sim.waits.report import Explained, Table, notes, sentence, tables

FIGURE = f"{NAME}.svg"


@dataclass(frozen=True)
class OptionWaits:
    """The waits of one option: what a reader should remember, and the tables."""

    label: str
    sentence: str
    tables: tuple[Table, ...]


@dataclass(frozen=True)
class FoundWaits:
    """The waits of every option that has a machine, and the files that the command writes; without options no files."""

    options: tuple[OptionWaits, ...]
    notes: tuple[str, ...]
    alt: str  # of the chart
    files: dict[str, bytes]


@dataclass(frozen=True)
class WaitsRequest:
    """One run of `heavypress waits`, identified by a digest of all that decides its numbers."""

    digest: str
    key: str
    table: dict[str, Any]
    seed: int

    @staticmethod
    def of(scenario: Scenario, seed: int) -> WaitsRequest:
        """The request for the waits of all options of a scenario."""
        digest = analysis_id("waits", scenario, {"option": None, "seed": seed})
        return WaitsRequest(f"waits/{digest}", scenario.key, scenario.text, seed)

    def compute(self, send: Send) -> FoundWaits:
        """The waits, as the command computes them."""
        scenario = scenario_of(self.table, self.key)
        results = list(compare(scenario, seed=self.seed, queue=False).results.values())
        found = explained_options(scenario, results, self.seed, lambda done, of, what: send("progress", done / of))
        if not found:
            return FoundWaits((), (), "", {})
        with TemporaryDirectory(prefix="heavypress-") as place:
            write_waits(scenario, found, self.seed, Path(place) / "waits")
            files = {path.name: path.read_bytes() for path in sorted((Path(place) / "waits").iterdir())}
        options = tuple(OptionWaits(each.label, sentence(each), tuple(tables(each))) for each in found)
        return FoundWaits(options, tuple(notes(found)), _alt(found), files)


def _alt(found: list[Explained]) -> str:
    """What the chart shows, in words."""
    return f"{TITLE}: {finding(found[0]).whole}."
