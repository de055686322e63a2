"""The commands on the options of a scenario: `compare` and `timeline`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import file_path, option, optional_scenario, output_format, sampling, scenario, varied
from sim.cli.terminal import escape_markup
from sim.cli.waits import ALL_JOBS, cache_of, report_compilation, simulated_waits
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.comparison.results import Comparison, Fidelity
    from sim.mechanisms.sampling import Drawn


@command(
    "compare",
    "compare isambard_ai_uk --draws 0 --no-queue",
    "compare nairr_us --set cloud.decline_per_year=0.1 --section equity",
    "compare nairr_us --fidelity instant --format json",
    "compare small_country --seed 7 --draws 512 --out results",
)
@optional_scenario
@sampling
@varied("headline")
@output_format
@option("--section", metavar="PART", help="the outcomes of one part instead of the headline: equity, market, ...")
@option("--out", type=file_path(), metavar="DIR", help="also write tables and charts into this folder")
@simulated_waits
def compare(
    scenario: str,
    settings: dict[str, Any],
    seed: int,
    draws: int,
    draw: Drawn,
    style: str,
    section: str | None,
    out: Path | None,
    fidelity: Fidelity | None,
    no_queue: bool,
    no_cache: bool,
) -> None:
    """Print the comparison, and write it where `out` is given."""
    from sim.comparison.run import compare as run
    from sim.export import refuse_unless_ours
    from sim.progress import Bar
    from sim.scenario import load

    outcomes = _section(section)
    loaded = load(scenario, settings)
    if out is not None:
        refuse_unless_ours(out)
    if not no_queue and fidelity != "instant":
        report_compilation(ALL_JOBS)
    with Bar() as bar:
        store = cache_of(no_cache)
        comparison = run(
            loaded, seed=seed, draws=draws, draw=draw, queue=not no_queue, fidelity=fidelity,
            progress=bar.show, store=store,
        )  # fmt: skip
        if out is not None:
            from sim.export import write

            bar.say("writing tables and charts")
            write(comparison, out)
    _print_comparison(comparison, outcomes, style)
    if out is not None and style == "table":
        print(f"Tables and charts are in {out}{os.sep}")


def _section(name: str | None) -> tuple[str, ...]:
    """The outcomes of a part of them by its name, of whatever case; the headline without one."""
    from sim.outcomes import HEADLINE, SECTIONS

    if name is None:
        return HEADLINE
    known = {section.casefold(): outcomes for section, outcomes in SECTIONS.items()}
    if name.casefold() not in known:
        raise RefusedError(f"--section: {unknown_name('part of the outcomes', name, known)}")
    return known[name.casefold()]


def _print_comparison(comparison: Comparison, outcomes: tuple[str, ...], style: str) -> None:
    """Print a comparison as JSON, CSV, Markdown or tables for a terminal."""
    from sim.comparison.table import as_json, markdown

    if style == "json":
        terminal.print_document(as_json(comparison))
    elif style == "csv":
        terminal.print_document(comparison.tidy.to_csv(index=False))
    elif style == "markdown":
        sys.stdout.write(markdown(comparison, outcomes))
    else:
        _print_tables(comparison, outcomes)


def _print_tables(comparison: Comparison, outcomes: tuple[str, ...]) -> None:
    """Print outcomes and their differences as tables."""
    from rich.table import Table

    from sim.comparison.table import notes, texts

    console = terminal.console()
    console.print(f"[bold]{escape_markup(comparison.scenario.title)}[/bold]")
    console.print(f"[italic]{escape_markup(comparison.scenario.question)}[/italic]", highlight=False)
    labels = [escape_markup(result.label) for result in comparison.results.values()]
    for title, difference in ((None, False), ("Difference from doing nothing, where it is not zero", True)):
        table = Table("", *labels, title=title, title_justify="left", pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in texts(comparison, difference, outcomes):
            table.add_row(*(cell.replace(" [", "\n\\[", 1) if n else cell for n, cell in enumerate(row)))
        console.print(table)
    for line in notes(comparison):
        console.print(escape_markup(line), highlight=False)


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
