"""The commands on the options of a scenario: `compare` and `timeline`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import file_path, option, output_format, scenario
from sim.cli.runs import compared, ran
from sim.cli.terminal import escape_markup
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.comparison.results import Comparison


@command(
    "compare",
    "compare isambard_ai_uk --draws 0 --no-queue",
    "compare nairr_us --set cloud.decline_per_year=0.1 --section equity --no-queue",
    "compare nairr_us --fidelity instant --format json",
    "compare nairr_us --profile omb_a94_1992 --no-queue",
    "compare isambard_ai_uk --storyline scarcity --no-queue",
    "compare small_country --seed 7 --draws 512 --out results --keep-draws",
)
@compared
@output_format
@option("--section", metavar="PART", help="the outcomes of one part instead of the short table: equity, market, ...")
@option("--all", "everything", is_flag=True, help="every outcome instead of the short table")
@option("--out", type=file_path(), metavar="DIR", help="also write tables and charts into this folder")
@option("--keep-draws", is_flag=True, help="with --out: write every draw as well, into draws.parquet")
def compare(
    style: str, section: str | None, everything: bool, out: Path | None, keep_draws: bool, **asked: Any
) -> None:
    """Print the comparison, and write it where `out` is given."""
    from sim.export import refuse_unless_ours

    outcomes = _outcomes(section, everything)
    if keep_draws and out is None:
        raise RefusedError("--keep-draws: name a folder to keep them in, as --out DIR")
    if out is not None:
        refuse_unless_ours(out)
    with ran(**asked) as (comparison, bar):
        if out is not None:
            from sim.export import write

            bar.say("writing tables and charts")
            write(comparison, out, keep_draws)
    _print_comparison(comparison, outcomes, style)
    if out is not None and style == "table":
        print(f"Tables and charts are in {out}{os.sep}")


def _outcomes(section: str | None, everything: bool) -> tuple[str, ...] | None:
    """The outcomes of a part of them by its name, of whatever case, or all of them; None for the short table."""
    from sim.outcomes import BY_NAME, HEADLINE, SECTIONS

    if everything:
        if section is not None:
            raise RefusedError("--all shows every section; leave out --section")
        return tuple(BY_NAME)
    if section is None:
        return None
    known = {"headline": HEADLINE, **{name.casefold(): outcomes for name, outcomes in SECTIONS.items()}}
    if section.casefold() not in known:
        raise RefusedError(f"--section: {unknown_name('part of the outcomes', section, known)}")
    return known[section.casefold()]


def _print_comparison(comparison: Comparison, outcomes: tuple[str, ...] | None, style: str) -> None:
    """Print a comparison as JSON, CSV, Markdown or tables for a terminal."""
    from sim.comparison.table import as_json, markdown

    if style == "json":
        terminal.print_document(as_json(comparison))
    elif style == "csv":
        from sim.comparison.spreadsheets import csv_of

        terminal.print_document(csv_of(comparison, "draws").decode("utf8"))
    elif style == "markdown":
        sys.stdout.write(markdown(comparison, outcomes))
    else:
        _print_tables(comparison, outcomes)


def _print_tables(comparison: Comparison, outcomes: tuple[str, ...] | None) -> None:
    """Print the answer and the short table; or outcomes that were asked for, and their differences."""
    from sim.comparison.table import brief, firsts, notes, texts

    console = terminal.console()
    console.print(f"[bold]{escape_markup(comparison.scenario.title)}[/bold]")
    console.print(f"[italic]{escape_markup(comparison.scenario.question)}[/italic]", highlight=False)
    console.print(escape_markup(comparison.answer.text), highlight=False)
    names = outcomes or brief(comparison)
    _print_table(comparison, [*texts(comparison, outcomes=names), *firsts(comparison)])
    if outcomes and (gaps := texts(comparison, True, names)):
        _print_table(comparison, gaps, "Difference from doing nothing, where it is not zero")
    for line in notes(comparison, names):
        console.print(escape_markup(line), highlight=False)


def _print_table(comparison: Comparison, rows: list[list[str]], title: str | None = None) -> None:
    """Print rows of a label and a cell an option, ranges on a line of their own."""
    from rich.table import Table

    from sim.comparison.leftover import headed

    labels = [escape_markup(headed(result.label, result)) for result in comparison.results.values()]
    table = Table("", *labels, title=title, title_justify="left", pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*(cell.replace(" [", "\n\\[", 1) if n else cell for n, cell in enumerate(row)))
    terminal.console().print(table)


@command("timeline", "timeline isambard_ai_uk", "timeline nairr_us --option cloud_credits --all")
@scenario
@option("--option", "key", default="public_cluster", metavar="KEY", help="of which option")
@option("--all", "everything", is_flag=True, help="also what happens every month")
def timeline(scenario: str, settings: dict[str, Any], key: str, everything: bool) -> None:
    """Print the events, one a line."""
    from sim.comparison.run import compare as run
    from sim.comparison.timeline import timeline as entries
    from sim.scenario import load

    loaded = load(scenario, settings)
    keys = [each.key for each in loaded.options]
    if key not in keys:
        raise RefusedError(f"--option: {unknown_name('option', key, keys)}")
    comparison = run(loaded, queue=False)
    for entry in entries(loaded, comparison.results[key], everything):
        print(f"{entry.date}  {entry.kind:<14} {entry.text}")
