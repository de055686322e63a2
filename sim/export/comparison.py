"""A comparison as files: tables, documents and charts, all or nothing."""

from __future__ import annotations

import json
from pathlib import Path

from sim import __version__, charts
from sim.comparison.document import as_json
from sim.comparison.results import Comparison
from sim.comparison.table import markdown, pairs
from sim.export.output_dir import RECORD, atomic_dir


def write(comparison: Comparison, folder: Path) -> list[Path]:
    """Write every table and chart of a comparison; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    with atomic_dir(folder) as output:
        (output / "headline.md").write_text(markdown(comparison), encoding="utf8")
        (output / "comparison.json").write_text(as_json(comparison), encoding="utf8")
        comparison.tidy.to_csv(output / "comparison.csv", index=False)
        if len(ratios := pairs(comparison)):
            ratios.to_csv(output / "paired_waits.csv", index=False)
        for name, figure in charts.figures(comparison).items():
            charts.save(figure, output / name, comparison, name)
        (output / RECORD).write_text(json.dumps(record(comparison), indent=2, default=str) + "\n", encoding="utf8")
    return sorted(folder.iterdir())


def record(comparison: Comparison) -> dict[str, object]:
    """Everything that the comparison can be repeated from."""
    return {
        "run": comparison.run_id,
        "version": __version__,
        "seed": comparison.seed,
        "draws": comparison.draws,
        **({"fidelity": comparison.fidelity} if comparison.fidelity else {}),
        "scenario": comparison.scenario.text,
    }
