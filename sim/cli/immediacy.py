"""The command `immediacy`: what a useful hour costs, and how long jobs wait for it, as a machine is run fuller."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import command
from sim.cli.options import file_path, option, optional_scenario, output_format

if TYPE_CHECKING:
    from sim.comparison.results import Comparison


@command(
    "immediacy",
    "immediacy isambard_ai_uk",
    "immediacy nairr_us --set queue.discipline=fcfs --format csv",
    "immediacy isambard_ai_uk --out price",
)
@optional_scenario
@output_format
@option("--out", type=file_path(), metavar="DIR", help="also write the table and the chart into this folder")
def immediacy(scenario: str, settings: dict[str, Any], style: str, out: Path | None) -> None:
    """Print cost and wait by discipline and target, and what waiting must be worth for credits to win."""
    from sim.comparison.run import compare
    from sim.export import refuse_unless_ours, write_immediacy
    from sim.scenario import load

    loaded = load(scenario, settings)
    if out is not None:
        refuse_unless_ours(out)
    comparison = compare(loaded, queue=False)
    if out is not None:
        write_immediacy(comparison, out)
    _print(comparison, style)
    if out is not None and style == "table":
        print(f"Table and chart are in {out}{os.sep}")


def _print(comparison: Comparison, style: str) -> None:
    """Print the points as JSON, CSV, Markdown or a table for a terminal."""
    from sim.comparison.immediacy import immediacy_of
    from sim.comparison.immediacy_table import as_json, markdown

    found, scenario = immediacy_of(comparison), comparison.scenario
    if style == "json":
        terminal.print_document(as_json(found, scenario))
    elif style == "csv":
        from sim.comparison.spreadsheets import csv_of

        terminal.print_document(csv_of(comparison, "price_of_immediacy").decode("utf8"))
    elif style == "markdown":
        sys.stdout.write(markdown(found, scenario))
    else:
        _print_table(comparison)


def _print_table(comparison: Comparison) -> None:
    """Print a row a point, then the sentences."""
    from rich.table import Table

    from sim.comparison.immediacy import immediacy_of
    from sim.comparison.immediacy_table import cells, heads, price_lines

    found, scenario = immediacy_of(comparison), comparison.scenario
    console = terminal.console()
    table = Table(*map(terminal.escape_markup, heads(scenario)), pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    last = None
    for row in cells(found):
        if row[0] != last:
            table.add_section()
        last = row[0]
        table.add_row(*map(terminal.escape_markup, row))
    console.print(f"[bold]{terminal.escape_markup(scenario.title)}[/bold]")
    console.print(table)
    for line in price_lines(found, scenario):
        console.print(terminal.escape_markup(line), highlight=False)
