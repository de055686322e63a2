"""The command `validate`: the model held against published results."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import OneOf, option
from sim.formatting import nearest_name, short_repr

if TYPE_CHECKING:
    from sim.validation import Case, Report


@command(
    "validate",
    "validate",
    "validate --only isambard_ai --only h100_rent.october_2025",
    "validate --only isambard_ai --format json",
)
@option("--only", multiple=True, metavar="NAME", help="only this case, or this target of one (repeat)")
@option("--format", "style", type=OneOf(("table", "markdown", "json")), default="table", help="what to print")
@option("--strict", is_flag=True, help="exit with 1 where a target fails")
def validate(only: tuple[str, ...], style: str, strict: bool) -> int:
    """Print the verdicts; the exit code: 1 where one fails and `strict` is given."""
    from sim.progress import Bar
    from sim.validation import Report, validate
    from sim.validation.report import as_json, markdown

    cases = _chosen(only)
    with Bar() as bar:
        report = Report(validate(cases, progress=bar.show))
    if style == "table":
        _print_table(report)
    elif style == "markdown":
        sys.stdout.write(markdown(report))
    else:
        terminal.print_document(as_json(report))
    return 1 if strict and not report.passed else 0


def _chosen(only: tuple[str, ...]) -> tuple[Case, ...]:
    """The cases asked for; refused with the nearest name where there is no such case or target."""
    from sim.validation import chosen

    try:
        return chosen(only)
    except KeyError as error:
        raise RefusedError(f"--only: {_unknown(error.args[0])}") from None


def _unknown(name: str) -> str:
    """Sentence for what is no case and no target: how to name several, the nearest name, or every case."""
    from sim.validation import cases, names

    parts = [part.strip() for part in name.split(",") if part.strip()]
    if len(parts) > 1:
        return (
            f"no case or target {short_repr(name)}; repeat the option: {' '.join(f'--only {part}' for part in parts)}"
        )
    if near := nearest_name(name, sorted(names())):
        return f"no case or target {short_repr(name)}; did you mean {near!r}?"
    every = dict.fromkeys(case.scenario for case in cases())
    return f"no case or target {short_repr(name)}; the cases are: {', '.join(every)}"


def _print_table(report: Report) -> None:
    """Print a row a target, what each case can show, and the summary."""
    from rich.table import Table

    from sim.validation.report import HEADS, RIGHT, by_kind, cells, sentences, summary

    console = terminal.console()
    table = Table(*HEADS, pad_edge=False)
    for column in RIGHT:
        table.columns[column].justify = "right"
    for kind, verdicts in by_kind(report).items():
        table.add_section()
        table.add_row(f"[bold]{kind.capitalize()}[/]")
        for verdict in verdicts:
            table.add_row(*map(terminal.escape_markup, cells(verdict)))
    console.print(table)
    for line in [*sentences(report.verdicts), "", *summary(report)]:
        console.print(terminal.escape_markup(line), highlight=False)
