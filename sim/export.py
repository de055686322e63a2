"""A comparison as files: tables, documents and charts, all or nothing; never over other work, never half written."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.version import __version__

if TYPE_CHECKING:
    from sim.comparison.results import Comparison
    from sim.decision.contributions import MixContributions
    from sim.decision.decision import Decision

RECORD = "run.json"  # marks a folder as an earlier comparison


class UnwritableError(ValueError):
    """A folder that results cannot be written to; the message says why."""


def refuse_unless_ours(folder: Path) -> None:
    """Raise UnwritableError where writing to `folder` would destroy something else."""
    if folder.exists() and not folder.is_dir():
        raise UnwritableError(f"{folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / RECORD).is_file():
        raise UnwritableError(f"{folder}: is not empty and holds no earlier comparison; name another folder")
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise UnwritableError(f"{folder}: {parent} is not a folder")


@contextmanager
def atomic_dir(folder: Path) -> Iterator[Path]:
    """A folder beside the target that takes its place when everything in it is written.

    An interruption or an error leaves the target as it was.
    """
    refuse_unless_ours(folder)
    target = folder.absolute()
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        written = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as error:
        raise UnwritableError(f"{folder}: cannot be written: {error.strerror}") from None
    old = written.with_name(written.name + ".old")
    try:
        yield written
        written.chmod(0o755)
        if target.exists():
            target.rename(old)
        written.rename(target)
    finally:
        # broken off between the two renames, the earlier results go back to where they were
        if old.exists() and not target.exists():
            old.rename(target)
        for left in (written, old):
            shutil.rmtree(left, ignore_errors=True)


def write(comparison: Comparison, folder: Path, keep_draws: bool = False) -> list[Path]:
    """Write every table and chart of a comparison, and its draws where they are to be kept; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    # Loaded by those who write: a command that only refuses a folder needs none of it.
    from sim import charts
    from sim.comparison.record import record
    from sim.comparison.spreadsheets import outcomes_table, save_draws, save_table, yearly_table
    from sim.comparison.table import as_json, markdown, pairs

    with atomic_dir(folder) as output:
        (output / "headline.md").write_text(markdown(comparison), encoding="utf8")
        (output / "comparison.json").write_text(as_json(comparison), encoding="utf8")
        save_table(outcomes_table(comparison), output / "outcomes.csv")
        save_table(yearly_table(comparison), output / "yearly.csv")
        if keep_draws:
            save_draws(comparison, output / "draws.parquet")
        if len(ratios := pairs(comparison)):
            save_table(ratios, output / "paired_waits.csv")
        for name, figure in charts.figures(comparison).items():
            charts.save(figure, output / name, comparison, name)
        (output / RECORD).write_text(json.dumps(record(comparison), indent=2, default=str) + "\n", encoding="utf8")
    return sorted(folder.iterdir())


def write_immediacy(comparison: Comparison, folder: Path) -> list[Path]:
    """Write the price of immediacy alone, as a table, documents and a chart; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim import charts
    from sim.comparison.immediacy import immediacy_of
    from sim.comparison.immediacy_table import as_json, markdown
    from sim.comparison.record import record

    found, name = immediacy_of(comparison), "price_of_immediacy"
    with atomic_dir(folder) as output:
        (output / f"{name}.md").write_text(markdown(found, comparison.scenario), encoding="utf8")
        (output / f"{name}.json").write_text(as_json(found, comparison.scenario), encoding="utf8")
        found.points.to_csv(output / f"{name}.csv", index=False)
        charts.save(charts.CHARTS[name](comparison), output / name, comparison, name)
        (output / RECORD).write_text(json.dumps(record(comparison), indent=2, default=str) + "\n", encoding="utf8")
    return sorted(folder.iterdir())


def write_decision(decision: Decision, folder: Path) -> list[Path]:
    """Write every analysis of a decision, as documents and charts; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim.charts import decisions
    from sim.comparison.record import record
    from sim.decision.document import as_json, markdown

    with atomic_dir(folder) as output:
        (output / "decision.md").write_text(markdown(decision), encoding="utf8")
        (output / "decision.json").write_text(as_json(decision), encoding="utf8")
        decisions.save(decision, output)
        kept = record(decision.case.comparison)
        (output / RECORD).write_text(json.dumps(kept, indent=2, default=str) + "\n", encoding="utf8")
    return sorted(folder.iterdir())


def write_mix(found: MixContributions, folder: Path) -> list[Path]:
    """Write what each instrument of a mix contributes, as a table, documents and a chart; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim.charts.mix import NAME, save
    from sim.decision.mix_document import as_csv, as_json, markdown

    with atomic_dir(folder) as output:
        (output / f"{NAME}.md").write_text(markdown(found), encoding="utf8")
        (output / f"{NAME}.json").write_text(as_json(found), encoding="utf8")
        (output / f"{NAME}.csv").write_text(as_csv(found), encoding="utf8")
        save(found, output)
        kept = {"run": found.run, "version": __version__, "seed": found.seed, "draws": len(found.values)}
        kept |= {"draw": found.draw, "option": found.option, "rest": found.rest, "scenario": found.scenario.text}
        (output / RECORD).write_text(json.dumps(kept, indent=2, default=str) + "\n", encoding="utf8")
    return sorted(folder.iterdir())
