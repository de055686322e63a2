"""The command `mix`: what each instrument of a portfolio contributes to it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import command, refused_as
from sim.cli.options import MOST_DRAWS, OneOf, file_path, integer, option, output_format, scenario, seed, varied

if TYPE_CHECKING:
    from sim.decision.contributions import MixContributions, Rest
    from sim.mechanisms.sampling import Drawn

LEAST_DRAWS = 20  # that say anything of a range


@command(
    "mix",
    "mix nairr_us",
    "mix isambard_ai_uk --set portfolio.public_cluster_share=0.7 --set portfolio.cloud_credits_share=0.3",
    "mix nairr_us --rest pro_rata --yardstick need_met --format json",
    "mix isambard_ai_uk --out contributions",
)
@scenario
@option("--option", "key", metavar="KEY", help="which portfolio  [default: the first]")
@option("--yardstick", metavar="OUTCOME", help="what contributions are measured by  [default: the scenario's]")
@option(
    "--rest",
    type=OneOf(("unspent", "pro_rata")),
    default="unspent",
    help="money of instruments left out: not spent, or spent on those that stay",
)
@option("--draws", type=integer(LEAST_DRAWS, MOST_DRAWS), default=256, metavar="N", help="states of the world")
@seed
@varied("headline")
@output_format
@option("--out", type=file_path(), metavar="DIR", help="also write the table and the chart into this folder")
def mix(
    scenario: str, settings: dict[str, Any], key: str | None, yardstick: str | None, rest: Rest, draws: int, seed: int,
    draw: Drawn, style: str, out: Path | None,
) -> None:  # fmt: skip
    """Print the contributions, and write them where `out` is given."""
    from sim.decision.contributions import mix_contributions, portfolio_of
    from sim.export import refuse_unless_ours, write_mix
    from sim.scenario import load

    loaded = load(scenario, settings)
    with refused_as("--option: " if key else ""):
        portfolio_of(loaded, key)
    if out is not None:
        refuse_unless_ours(out)
    with refused_as("--yardstick: "):
        found = mix_contributions(loaded, key, yardstick, seed, draws, draw=draw, rest=rest)
    if out is not None:
        write_mix(found, out)
    _print(found, style)
    if out is not None and style == "table":
        print(f"Table and chart are in {out}{os.sep}")


def _print(found: MixContributions, style: str) -> None:
    """Print the contributions as JSON, CSV, Markdown or a table for a terminal."""
    from sim.decision.mix_document import as_csv, as_json, markdown

    if style == "markdown":
        sys.stdout.write(markdown(found))
    elif style == "table":
        _print_table(found)
    else:
        terminal.print_document({"json": as_json, "csv": as_csv}[style](found))


def _print_table(found: MixContributions) -> None:
    """Print a row an instrument, the sentence on it above and the notes below."""
    from rich.table import Table

    from sim.decision.mix_document import heads, rows
    from sim.decision.mix_words import lines

    console = terminal.console()
    console.print(f"[bold]{terminal.escape_markup(found.scenario.title)}[/bold]")
    first, *others = map(terminal.escape_markup, lines(found))
    console.print(first, highlight=False)
    table = Table(*map(terminal.escape_markup, heads(found)), pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    *parts, whole = rows(found)
    for row in parts:
        table.add_row(*map(terminal.escape_markup, row))
    table.add_section()
    table.add_row(*map(terminal.escape_markup, whole))
    console.print(table)
    for line in others:
        console.print(line, highlight=False)
