"""A comparison as files: tables, documents and charts, all or nothing; never over other work, never half written."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.comparison.results import Comparison
    from sim.decision.contributions import MixContributions
    from sim.decision.decision import Decision
    from sim.what_if.results import WhatIf

RECORD = "run.json"  # marks a folder as an earlier comparison
WHAT_IF = "what_if.json"  # and one as an earlier what-if, which runs no scenario


class UnwritableError(ValueError):
    """A folder that results cannot be written to; the message says why."""


def refuse_unless_ours(folder: Path, mark: str = RECORD) -> None:
    """Raise UnwritableError where writing to `folder` would destroy something else; `mark`: a file that ours have."""
    if folder.exists() and not folder.is_dir():
        raise UnwritableError(f"{folder}: is a file; name a folder")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / mark).is_file():
        raise UnwritableError(f"{folder}: is not empty and holds no earlier comparison; name another folder")
    parent = folder.absolute().parent
    while not parent.exists():
        parent = parent.parent
    if not parent.is_dir():
        raise UnwritableError(f"{folder}: {parent} is not a folder")


@contextmanager
def atomic_dir(folder: Path, mark: str = RECORD) -> Iterator[Path]:
    """A folder beside the target that takes its place when everything in it is written; see `refuse_unless_ours`.

    An interruption or an error leaves the target as it was.
    """
    refuse_unless_ours(folder, mark)
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
    from sim.comparison.record import record_text
    from sim.comparison.spreadsheets import csv_of, save_draws
    from sim.comparison.table import as_json, markdown, pairs

    with atomic_dir(folder) as output:
        (output / "headline.md").write_text(markdown(comparison), encoding="utf8")
        (output / "comparison.json").write_text(as_json(comparison), encoding="utf8")
        for table in ("outcomes", "yearly"):
            (output / f"{table}.csv").write_bytes(csv_of(comparison, table))
        if keep_draws:
            save_draws(comparison, output / "draws.parquet")
        if len(pairs(comparison)):
            (output / "paired_waits.csv").write_bytes(csv_of(comparison, "paired_waits"))
        for name, figure in charts.figures(comparison).items():
            charts.save(figure, output / name, comparison, name)
        (output / RECORD).write_text(record_text(comparison), encoding="utf8")
    return sorted(folder.iterdir())


def write_immediacy(comparison: Comparison, folder: Path) -> list[Path]:
    """Write the price of immediacy alone, as a table, documents and a chart; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim import charts
    from sim.comparison.immediacy import immediacy_of
    from sim.comparison.immediacy_table import as_json, markdown
    from sim.comparison.record import record_text
    from sim.comparison.spreadsheets import csv_of

    found, name = immediacy_of(comparison), "price_of_immediacy"
    with atomic_dir(folder) as output:
        (output / f"{name}.md").write_text(markdown(found, comparison.scenario), encoding="utf8")
        (output / f"{name}.json").write_text(as_json(found, comparison.scenario), encoding="utf8")
        (output / f"{name}.csv").write_bytes(csv_of(comparison, name))
        charts.save(charts.CHARTS[name](comparison), output / name, comparison, name)
        (output / RECORD).write_text(record_text(comparison), encoding="utf8")
    return sorted(folder.iterdir())


def write_decision(decision: Decision, folder: Path) -> list[Path]:
    """Write every analysis of a decision, as documents and charts; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim.charts import decisions
    from sim.comparison.record import record_text
    from sim.decision.document import as_json, markdown

    with atomic_dir(folder) as output:
        (output / "decision.md").write_text(markdown(decision), encoding="utf8")
        (output / "decision.json").write_text(as_json(decision), encoding="utf8")
        decisions.save(decision, output)
        (output / RECORD).write_text(record_text(decision.case.comparison), encoding="utf8")
    return sorted(folder.iterdir())


def write_mix(found: MixContributions, folder: Path) -> list[Path]:
    """Write what each instrument of a mix contributes, as a table, documents and a chart; returns the files.

    Raises UnwritableError where the folder holds something that is not an earlier comparison.
    """
    from sim.charts.mix import save
    from sim.comparison.analyses import analysis_text
    from sim.decision.mix_document import NAME, as_csv, as_json, markdown, numbers_text

    with atomic_dir(folder) as output:
        (output / f"{NAME}.md").write_text(markdown(found), encoding="utf8")
        (output / f"{NAME}.json").write_text(as_json(found), encoding="utf8")
        (output / f"{NAME}.csv").write_text(as_csv(found), encoding="utf8")
        options = {"option": found.option, "yardstick": found.yardstick, "rest": found.rest, "seed": found.seed}
        options |= {"draws": len(found.values), "draw": found.draw}
        kept = analysis_text("mix", found.scenario, options, numbers_text(found), found.run)
        save(found, output, kept)
        (output / RECORD).write_text(kept, encoding="utf8")
    return sorted(folder.iterdir())


def write_what_if(found: WhatIf, folder: Path) -> list[Path]:
    """Write what a log would have become under other policies and sizes: tables, a document and charts; the files.

    Raises UnwritableError where the folder holds something that is not an earlier what-if.
    """
    from sim.charts.replays import save
    from sim.comparison.spreadsheets import save_table
    from sim.what_if.document import as_json

    with atomic_dir(folder, WHAT_IF) as output:
        for name, frame in (("replays", found.table), ("waits_by_size", found.waits), ("job_map", found.cells)):
            save_table(frame, output / f"{name}.csv")
        save(found, output)
        (output / WHAT_IF).write_text(as_json(found), encoding="utf8")
    return sorted(folder.iterdir())
