"""The command `argue`: every argument of the debate switched off and on in one scenario."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table

from sim.cli.console import console, escape_markup
from sim.cli.options import add_format, add_sampling, add_scenario, settings_of
from sim.cli.refusals import RefusedError
from sim.progress import Bar
from sim.scenario import load

if TYPE_CHECKING:
    from sim.arguments import Answer, Argument
    from sim.arguments.report import Debate

Command = Callable[[str, Any, str], argparse.ArgumentParser]


def add(command: Command) -> None:
    """Add the command."""
    argue = command("argue", _argue, "Switch each argument of the debate off and on, and say what it moves.")
    add_scenario(argue, optional=True)
    argue.add_argument(
        "--only", action="append", default=[], metavar="KEY", help="only this argument; may be given several times"
    )
    add_sampling(argue)
    add_format(argue)
    argue.add_argument("--out", type=Path, metavar="DIR", help="also write the answers into this folder")


def _argue(chosen: argparse.Namespace) -> int:
    from sim.arguments import weigh
    from sim.arguments.report import Debate, as_csv, as_json, markdown, write
    from sim.export.output_dir import refuse_unless_ours

    arguments = _chosen(chosen.only)
    settings = settings_of(chosen.settings)
    scenario = load(chosen.scenario, settings)
    if chosen.out is not None:
        refuse_unless_ours(chosen.out)
    with Bar() as bar:
        answers = weigh(scenario, arguments, seed=chosen.seed, draws=chosen.draws, progress=bar.show)
    debate = Debate(scenario, tuple(answers), chosen.seed, chosen.draws, settings)
    if chosen.out is not None:
        write(debate, chosen.out)
    if chosen.format == "table":
        _print(debate)
        if chosen.out is not None:
            print(f"The answers are in {chosen.out}{os.sep}")
    else:
        sys.stdout.write({"json": as_json, "csv": as_csv, "markdown": markdown}[chosen.format](debate))
    return 0


def _chosen(keys: list[str]) -> list[Argument]:
    """The arguments asked for, in the order of the registry; all where none is named."""
    from sim.arguments import ARGUMENTS, BY_KEY
    from sim.formatting import unknown_name

    for key in keys:
        if key not in BY_KEY:
            raise RefusedError(f"--only: {unknown_name('argument', key, BY_KEY)}")
    return [argument for argument in ARGUMENTS if not keys or argument.key in keys]


def _print(debate: Debate) -> None:
    """Each answer as a heading, its switch, its readings and its sentence."""
    from sim.arguments.report import notes

    paper = console()
    paper.print(f"[bold]{escape_markup(debate.scenario.title)}[/bold]")
    paper.print(f"[italic]{escape_markup(debate.scenario.question)}[/italic]", highlight=False)
    for answer in debate.answers:
        _print_answer(answer, paper)
    paper.print()
    for line in notes(debate):
        paper.print(escape_markup(line), highlight=False)


def _print_answer(answer: Answer, paper: Console) -> None:
    from sim.arguments.report import grade_text, reading_cells
    from sim.arguments.text import sentence, sides

    argument = answer.argument
    off, on = sides(answer)
    paper.print(
        f"\n[bold]{escape_markup(argument.title)}[/bold] ({argument.key}), evidence {escape_markup(grade_text(answer))}"
    )
    paper.print(f"  off: {escape_markup(off)}", highlight=False, soft_wrap=True)
    paper.print(f"  on:  {escape_markup(on)}", highlight=False, soft_wrap=True)
    if answer.weighed:
        table = Table("outcome", "off", "on", "difference", pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for weighed in answer.weighed:
            table.add_row(*map(escape_markup, reading_cells(weighed, answer.scenario)))
        paper.print(table)
    paper.print(escape_markup(sentence(answer)), highlight=False)
