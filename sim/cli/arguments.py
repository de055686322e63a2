"""The command `argue`: every argument of the debate switched off and on in one scenario."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import file_path, option, optional_scenario, output_format, sampling, varied
from sim.cli.terminal import escape_markup
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from rich.console import Console

    from sim.arguments import Answer, Argument
    from sim.arguments.report import Debate
    from sim.mechanisms.sampling import Drawn


@command(
    "argue",
    "argue isambard_ai_uk --only access --draws 0",
    "argue nairr_us --only safety --only obsolescence --set safety.misuse_share=0.01 --draws 4",
    "argue nairr_us --format markdown --out results/arguments",
)
@optional_scenario
@option("--only", multiple=True, metavar="KEY", help="only this argument (repeat)")
@sampling
@varied("arguments")
@output_format
@option("--out", type=file_path(), metavar="DIR", help="also write the answers into this folder")
def argue(
    scenario: str, settings: dict[str, Any], only: tuple[str, ...], seed: int, draws: int, draw: Drawn, style: str,
    out: Path | None,
) -> None:  # fmt: skip
    """Print the answers, and write them where `out` is given."""
    from sim.arguments import weigh
    from sim.arguments.report import Debate, write
    from sim.export import refuse_unless_ours
    from sim.progress import Bar
    from sim.scenario import load

    arguments = _chosen(only)
    loaded = load(scenario, settings)
    if out is not None:
        refuse_unless_ours(out)
    with Bar() as bar:
        answers = weigh(loaded, arguments, seed=seed, draws=draws, draw=draw, progress=bar.show)
    debate = Debate(loaded, tuple(answers), seed, draws, settings, draw)
    if out is not None:
        write(debate, out)
    _print_debate(debate, style)
    if out is not None and style == "table":
        print(f"The answers are in {out}{os.sep}")


def _chosen(keys: tuple[str, ...]) -> list[Argument]:
    """The arguments named, in the order of the registry; all where none is."""
    from sim.arguments import ARGUMENTS, BY_KEY

    for key in keys:
        if key not in BY_KEY:
            raise RefusedError(f"--only: {unknown_name('argument', key, BY_KEY)}")
    return [argument for argument in ARGUMENTS if not keys or argument.key in keys]


def _print_debate(debate: Debate, style: str) -> None:
    """Print the answers as JSON, CSV, Markdown or tables for a terminal."""
    from sim.arguments.report import as_csv, as_json, markdown

    if style == "table":
        _print_tables(debate)
    elif style == "markdown":
        sys.stdout.write(markdown(debate))
    else:
        terminal.print_document({"json": as_json, "csv": as_csv}[style](debate))


def _print_tables(debate: Debate) -> None:
    """Print title, question, every answer and the notes."""
    from sim.arguments.report import notes

    console = terminal.console()
    console.print(f"[bold]{escape_markup(debate.scenario.title)}[/bold]")
    console.print(f"[italic]{escape_markup(debate.scenario.question)}[/italic]", highlight=False)
    for answer in debate.answers:
        _print_answer(answer, console)
    console.print()
    for line in notes(debate):
        console.print(escape_markup(line), highlight=False)


def _print_answer(answer: Answer, console: Console) -> None:
    """Print heading, switch, readings and sentence of an answer."""
    from rich.table import Table

    from sim.arguments.report import grade_text, reading_cells
    from sim.arguments.text import sentence, sides

    argument = answer.argument
    off, on = sides(answer)
    title, grade = escape_markup(argument.title), escape_markup(grade_text(answer))
    console.print(f"\n[bold]{title}[/bold] ({argument.key}), evidence {grade}")
    console.print(f"  off: {escape_markup(off)}", highlight=False, soft_wrap=True)
    console.print(f"  on:  {escape_markup(on)}", highlight=False, soft_wrap=True)
    if answer.weighed:
        table = Table("outcome", "off", "on", "difference", pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for weighed in answer.weighed:
            table.add_row(*map(escape_markup, reading_cells(weighed, answer.scenario)))
        console.print(table)
    console.print(escape_markup(sentence(answer)), highlight=False)
    _print_other_side(answer, console)


def _print_other_side(answer: Answer, console: Console) -> None:
    """Print what would have to be true for the other side."""
    from sim.arguments.other_side import HEADING, cells, opening, remaining, turning

    if not answer.weighed:
        return
    console.print(f"[italic]{HEADING}[/italic]: {escape_markup(opening(answer))}", highlight=False)
    for reversal in turning(answer):
        about, today, wanted, plausible, distance = map(escape_markup, cells(reversal))
        console.print(f"  - {about}: {wanted}, today {today} ({plausible}); {distance}", highlight=False)
    if rest := remaining(answer):
        console.print(f"  - {escape_markup(rest)}", highlight=False)
