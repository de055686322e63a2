"""The command `decide`: what would change the answer to a scenario's question, and what it is worth to know more."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import MOST_DRAWS, OneOf, file_path, integer, option, optional_scenario, overlaid, seed, varied
from sim.cli.terminal import escape_markup
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.decision.decision import Decision
    from sim.decision.sections.section import Section
    from sim.mechanisms.sampling import Drawn


@command(
    "decide",
    "decide nairr_us --draws 128 --section switching",
    "decide small_country --draws 64 --section regret --section boxes --format markdown",
    "decide isambard_ai_uk --draws 4096 --out decision",
)
@optional_scenario
@seed
@option("--draws", type=integer(0, MOST_DRAWS), metavar="N", help="states of the world, 20 or more  [default: 1,024]")
@varied("headline")
@overlaid
@option("--section", "names", multiple=True, metavar="NAME", help="only this section: switching, maps, ... (repeat)")
@option("--format", "style", type=OneOf(("table", "markdown", "json")), default="table", help="what to print")
@option("--out", type=file_path(), metavar="DIR", help="also write all sections and charts into this folder")
def decide(
    scenario: str, settings: dict[str, Any], seed: int, draws: int | None, draw: Drawn,
    storyline: str | None, names: tuple[str, ...], style: str, out: Path | None,
) -> None:  # fmt: skip
    """Print the sections, and write them all where `out` is given."""
    from sim.decision.case import Case
    from sim.decision.decision import SECTIONS, Decision, make
    from sim.export import refuse_unless_ours, write_decision
    from sim.progress import Bar
    from sim.scenario.storylines import load_under

    for name in names:
        if name not in SECTIONS:
            raise RefusedError(f"--section: {unknown_name('section', name, SECTIONS)}")
    loaded = load_under(scenario, settings, storyline)
    if out is not None:
        refuse_unless_ours(out)
    with Bar() as bar:
        decision = Decision(Case.of(loaded, seed, draws, draw, bar.show))
        make(decision, () if out is not None else names, bar.show)
        if out is not None:
            bar.say("writing documents and charts")
            write_decision(decision, out)
    _print(decision, names, style)
    if out is not None and style == "table":
        print(f"Documents and charts are in {out}{os.sep}")


def _print(decision: Decision, names: tuple[str, ...], style: str) -> None:
    """Print sections as JSON, Markdown or tables for a terminal."""
    from sim.decision.document import as_json, markdown

    if style == "json":
        terminal.print_document(as_json(decision, names))
    elif style == "markdown":
        sys.stdout.write(markdown(decision, names))
    else:
        _print_tables(decision, names)


def _print_tables(decision: Decision, names: tuple[str, ...]) -> None:
    """Print title and question, then every section, then the notes."""
    console, scenario = terminal.console(), decision.case.scenario
    console.print(f"[bold]{escape_markup(scenario.title)}[/bold]")
    console.print(f"[italic]{escape_markup(scenario.question)}[/italic]", highlight=False)
    for section in decision.sections(names):
        _print_section(section)
    console.print()
    for note in decision.notes:
        console.print(escape_markup(note), highlight=False)


def _print_section(section: Section) -> None:
    """Print title, sentences and tables of a section."""
    from rich.table import Table

    console = terminal.console()
    console.print(f"\n[bold]{escape_markup(section.title)}[/bold] ({section.name})")
    for line in section.sentences:
        console.print(escape_markup(line), highlight=False)
    for each in section.tables:
        table = Table(*map(escape_markup, each.heads), pad_edge=False)
        for column in table.columns[each.words :]:
            column.justify = "right"
        for row in each.rows:
            table.add_row(*map(escape_markup, row))
        console.print(table)
