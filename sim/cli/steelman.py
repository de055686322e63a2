"""The command `steelman`: the best case for an option."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import OneOf, option, scenario, seed, varied

if TYPE_CHECKING:
    from sim.decision.steelman import Steelman
    from sim.mechanisms.sampling import Drawn


@command(
    "steelman",
    "steelman isambard_ai_uk --for cloud_credits",
    "steelman small_country --for public_cluster --yardstick need_met --format json",
)
@scenario
@option("--for", "key", required=True, metavar="OPTION", help="the option to make the best case for")
@option("--yardstick", metavar="OUTCOME", help="what is best by: an outcome  [default: the scenario's]")
@seed
@varied("headline")
@option("--format", "style", type=OneOf(("table", "json")), default="table", help="what to print")
def steelman(
    scenario: str, settings: dict[str, Any], key: str, yardstick: str | None, seed: int, draw: Drawn, style: str
) -> None:
    """Print what would have to be so, how contrived that is, and the verdict."""
    from sim.decision.steelman import steelman as find
    from sim.decision.steelman_report import as_json
    from sim.scenario import load

    loaded = load(scenario, settings)
    try:
        found = find(loaded, key, yardstick, seed, draw=draw)
    except KeyError as error:
        flag = "--for" if key not in {each.key for each in loaded.options} else "--yardstick"
        raise RefusedError(f"{flag}: {error.args[0]}") from None
    if style == "json":
        terminal.print_document(as_json(found))
    else:
        _print_table(found)


def _print_table(found: Steelman) -> None:
    """Print a row a move, the verdict above and the notes below."""
    from rich.table import Table

    from sim.decision.steelman_report import HEADS, notes, rows, verdict

    console = terminal.console()
    console.print(f"[bold]{terminal.escape_markup(found.scenario.title)}[/bold]")
    console.print(terminal.escape_markup(verdict(found)), highlight=False)
    if found.moves:
        table = Table(*HEADS, pad_edge=False)
        for column in (*table.columns[1:3], table.columns[4]):
            column.justify = "right"
        for row in rows(found):
            table.add_row(*map(terminal.escape_markup, row))
        console.print(table)
    for line in notes(found):
        console.print(terminal.escape_markup(line), highlight=False)
