"""The commands on the options of a scenario: `compare` and `timeline`."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import (
    appraisal,
    as_needed,
    file_path,
    option,
    optional_scenario,
    output_format,
    overlaid,
    scenario,
    varied,
)
from sim.cli.terminal import escape_markup
from sim.cli.waits import ALL_JOBS, cache_of, report_compilation, simulated_waits
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.comparison.results import Comparison, Fidelity
    from sim.mechanisms.appraisal import Profile
    from sim.mechanisms.sampling import Drawn, Sequence


@command(
    "compare",
    "compare isambard_ai_uk --draws 0 --no-queue",
    "compare nairr_us --set cloud.decline_per_year=0.1 --section equity --no-queue",
    "compare nairr_us --fidelity instant --format json",
    "compare nairr_us --profile omb_a94_1992 --no-queue",
    "compare isambard_ai_uk --storyline scarcity --no-queue",
    "compare small_country --seed 7 --draws 512 --out results --keep-draws",
)
@optional_scenario
@as_needed
@varied("headline")
@overlaid
@appraisal
@output_format
@option("--section", metavar="PART", help="the outcomes of one part instead of the short table: equity, market, ...")
@option("--all", "everything", is_flag=True, help="every outcome instead of the short table")
@option("--out", type=file_path(), metavar="DIR", help="also write tables and charts into this folder")
@option("--keep-draws", is_flag=True, help="with --out: write every draw as well, into draws.parquet")
@simulated_waits
def compare(
    scenario: str,
    settings: dict[str, Any],
    seed: int,
    draws: int | None,
    sequence: Sequence,
    draw: Drawn,
    storyline: str | None,
    profile: str | None,
    style: str,
    section: str | None,
    everything: bool,
    out: Path | None,
    keep_draws: bool,
    fidelity: Fidelity | None,
    no_queue: bool,
    no_cache: bool,
) -> None:
    """Print the comparison, and write it where `out` is given."""
    from sim.comparison.run import compare as run
    from sim.export import refuse_unless_ours
    from sim.progress import Bar
    from sim.scenario.storylines import load_under

    outcomes, by = _outcomes(section, everything), _profile(profile)
    if sequence == "latin" and draws is None:
        raise RefusedError("--sequence latin: say how many --draws, for none can be added to a Latin hypercube")
    if keep_draws and out is None:
        raise RefusedError("--keep-draws: name a folder to keep them in, as --out DIR")
    loaded = load_under(scenario, settings, storyline)
    if out is not None:
        refuse_unless_ours(out)
    if not no_queue and fidelity != "instant":
        report_compilation(ALL_JOBS)
    with Bar() as bar:
        store = cache_of(no_cache)
        comparison = run(
            loaded, seed=seed, draws=draws, draw=draw, sequence=sequence, queue=not no_queue, fidelity=fidelity,
            profile=by,
            progress=bar.show, store=store,
        )  # fmt: skip
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


def _profile(name: str | None) -> Profile | None:
    """The appraisal profile of a name; None without one."""
    from sim.mechanisms.appraisal import profile, profiles

    if name is not None and name not in profiles():
        raise RefusedError(f"--profile: {unknown_name('appraisal profile', name, profiles())}")
    return None if name is None else profile(name)


def _print_comparison(comparison: Comparison, outcomes: tuple[str, ...] | None, style: str) -> None:
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
