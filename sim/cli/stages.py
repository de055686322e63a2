"""The command `stages`: what it is worth to decide later, in stages, instead of once at the start."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command, refused_as
from sim.cli.options import MOST_DRAWS, OneOf, between, integer, option, scenario, seed, varied

if TYPE_CHECKING:
    from rich.console import Console

    from sim.decision.flexibility import Flexibility
    from sim.mechanisms.sampling import Drawn

LEAST_DRAWS = 50  # that a rule can be fitted to, as in sim.decision.adaptive
MOST_MONTHS, MOST_GROUPS, MOST_WORTH = 360, 1_000_000, 1e12
_share = between(0.0, 1.0)


@command(
    "stages",
    "stages isambard_ai_uk --draws 128",
    "stages nairr_us --decision-month 36 --second-share 0.4 --draws 128 --format markdown",
    "stages isambard_ai_uk --unspent-worth 0.2 --draws 128 --format json",
)
@scenario
@option(
    "--decision-month",
    type=integer(1, MOST_MONTHS),
    metavar="N",
    help="month of the second tranche  [default: the machine's own, else 24]",
)
@option(
    "--second-share", type=_share, metavar="X", help="its share of the money  [default: the machine's own, else 0.5]"
)
@option("--wait-months", type=integer(1, MOST_MONTHS), default=12, metavar="N", help="months of waiting, or a pilot")
@option("--pilot-share", type=_share, default=0.02, metavar="X", help="share of the money that a pilot takes")
@option("--pilot-groups", type=integer(1, MOST_GROUPS), default=30, metavar="N", help="research groups in a pilot")
@option(
    "--unspent-worth",
    type=between(-MOST_WORTH, MOST_WORTH),
    default=0.0,
    metavar="X",
    help="what a unit of money that is not spent is worth by the yardstick",
)
@option("--yardstick", metavar="OUTCOME", help="what plans are judged by  [default: the scenario's]")
@option("--draws", type=integer(LEAST_DRAWS, MOST_DRAWS), default=512, metavar="N", help="states of the world")
@seed
@varied("headline")
@option("--format", "style", type=OneOf(("table", "markdown", "json")), default="table", help="what to print")
def stages(
    scenario: str, settings: dict[str, Any], decision_month: int | None, second_share: float | None, wait_months: int,
    pilot_share: float, pilot_groups: int, unspent_worth: float, yardstick: str | None, draws: int, seed: int,
    draw: Drawn, style: str,
) -> None:  # fmt: skip
    """Print what deciding later gains, the plans that are compared, and the rules."""
    from sim.decision.flexibility import bought, flexibility
    from sim.decision.plans import plans_of
    from sim.decision.stages_document import as_json
    from sim.decision.stages_table import markdown
    from sim.scenario import load

    loaded = load(scenario, settings)
    for flag, month in (("--decision-month", decision_month), ("--wait-months", wait_months)):
        if month is not None and month >= loaded.months:
            raise RefusedError(f"{flag}: {month} is not within the horizon, month 1 to {loaded.months - 1}")
    with refused_as("--yardstick: "):
        bought(loaded, yardstick)
    with refused_as(""):
        plans_of(loaded)
    with refused_as("--yardstick: "):
        found = flexibility(
            loaded, yardstick, seed, draws, draw=draw, decision_month=decision_month, second_share=second_share,
            wait_months=wait_months, pilot_share=pilot_share, unspent_worth=unspent_worth, pilot_groups=pilot_groups,
        )  # fmt: skip
    if style == "json":
        terminal.print_document(as_json(found))
    elif style == "markdown":
        sys.stdout.write(markdown(found))
    else:
        _print_tables(found)


def _print_tables(found: Flexibility) -> None:
    """Print the answer, a row a decision, a row a plan, and the sentences."""
    from sim.decision.rules import sentences
    from sim.decision.stages_table import DECISIONS, MARKED, PLANS, decision_rows, plan_rows

    console = terminal.console()
    console.print(f"[bold]{terminal.escape_markup(found.scenario.title)}[/bold]")
    first, *others = map(terminal.escape_markup, sentences(found))
    console.print(first, highlight=False)
    _print_table(console, DECISIONS, decision_rows(found))
    _print_table(console, PLANS, plan_rows(found))
    for line in (MARKED, *others):
        console.print(line, highlight=False)


def _print_table(console: Console, heads: tuple[str, ...], rows: list[list[str]]) -> None:
    """Print one table, numbers to the right."""
    from rich.table import Table

    table = Table(*heads, pad_edge=False)
    for column in table.columns[1:]:
        column.justify = "right"
    for row in rows:
        table.add_row(*map(terminal.escape_markup, row))
    console.print(table)
