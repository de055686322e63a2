"""Waits on the command line: how exactly `compare` simulates them, and the commands `waits` and `surface`."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from math import inf
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command, refuse_unwritable
from sim.cli.options import OneOf, file_path, option, optional_scenario, seed, stacked
from sim.cli.terminal import escape_markup
from sim.formatting import markdown_table, unknown_name

if TYPE_CHECKING:
    from sim.comparison.results import Result
    from sim.scenario import Scenario
    from sim.waits.cache import Cache
    from sim.waits.report import Explained

FIDELITIES = ("instant", "windows", "full")
SIZES = ("small", "coarse", "fine")
ALL_JOBS = inf  # of a horizon: however many there will be
WAITS_SCHEMA = "heavypress/waits/1"
NO_MACHINE = "No option of this scenario has a public machine in service, so no job waits in a queue."
COMPILING = "Compiling the queue, once for this version of the program (about 15 s) ..."

simulated_waits = stacked(
    option("--fidelity", type=OneOf(FIDELITIES),
           help="waits from the surface (instant), from windows of the horizon, or from every job of it (full)  "
                "[default: queue.fidelity of the scenario]"),
    option("--no-queue", is_flag=True, help="leave out the waits, the slowest part"),
    option("--no-cache", is_flag=True, help="compute all anew and keep nothing (HEAVYPRESS_CACHE moves the cache)"),
)  # fmt: skip


def cache_of(no_cache: bool) -> Cache | None:
    """A cache that keeps nothing with `--no-cache`; None stands for the usual one."""
    from sim.waits.cache import Cache

    return Cache.off() if no_cache else None


def report_compilation(jobs: float) -> None:
    """Print a line where a queue for so many jobs will be compiled first: 15 s of silence look like a fault."""
    from sim.queue.simulate import FEWEST_JOBS

    if jobs < FEWEST_JOBS:
        return
    from sim.queue.kernel.compiler import LIBRARY

    if not LIBRARY.cache.filled():
        print(COMPILING, file=sys.stderr, flush=True)


@command(
    "waits", "waits small_country --set queue.discipline=multifactor", "waits small_country --out results/waits",
)  # fmt: skip
@optional_scenario
@option("--option", "key", metavar="KEY", help="of which option  [default: all that have a machine]")
@seed
@option("--format", "style", type=OneOf(("table", "markdown", "json")), default="table", help="what to print")
@option("--out", type=file_path(), metavar="DIR", help="also write tables and a chart into this folder")
def waits(scenario: str, settings: dict[str, Any], key: str | None, seed: int, style: str, out: Path | None) -> None:
    """Print how long jobs wait, why, what would halve it, and who waits under other rules."""
    from sim.comparison.run import compare
    from sim.export import refuse_unless_ours
    from sim.progress import Bar
    from sim.scenario import load

    loaded = load(scenario, settings)
    keys = [each.key for each in loaded.options]
    if key is not None and key not in keys:
        raise RefusedError(f"--option: {unknown_name('option', key, keys)}")
    if out is not None:
        refuse_unless_ours(out)
    results = compare(loaded, seed=seed, queue=False).results
    report_compilation(ALL_JOBS)
    with Bar() as bar:
        found = explained_options(loaded, [results[each] for each in keys if key in (None, each)], seed, bar.show)
    if not found and key is not None:
        raise RefusedError(f"--option {key}: has no public machine in service, so no job waits in a queue")
    if out is not None and found:
        write_waits(loaded, found, seed, out)
    _print_explained(loaded, found, seed, style)
    if out is not None and found and style == "table":
        print(f"Tables and a chart are in {out}{os.sep}")


def explained_options(
    scenario: Scenario, results: list[Result], seed: int, show: Callable[[int, int, str], None]
) -> list[Explained]:
    """The waits of the options that have a machine."""
    from sim.waits.report import explained

    options = [explained(each.key, each.label, scenario.start, each.central, seed, show) for each in results]
    return [each for each in options if each is not None]


def write_waits(scenario: Scenario, found: list[Explained], seed: int, out: Path) -> None:
    """Write the waits as Markdown, JSON and a chart, with what they can be repeated from."""
    from sim.charts.rules import save
    from sim.comparison.analyses import analysis_id, analysis_text
    from sim.export import RECORD, atomic_dir
    from sim.waits.report import document

    with atomic_dir(out) as folder:
        (folder / "waits.md").write_text(_markdown(scenario, found), encoding="utf8")
        (folder / "waits.json").write_text(_json(scenario, found, seed), encoding="utf8")
        results = json.dumps([document(each) for each in found], allow_nan=False)
        options = {"option": found[0].key if len(found) == 1 else None, "seed": seed}
        run = analysis_id("waits", scenario, options)
        kept = analysis_text("waits", scenario, options, results, run)
        save(folder, scenario, seed, found, run, kept)
        (folder / RECORD).write_text(kept, encoding="utf8")


def _print_explained(scenario: Scenario, found: list[Explained], seed: int, style: str) -> None:
    """Print the waits as JSON, Markdown or tables for a terminal."""
    if style == "json":
        terminal.print_document(_json(scenario, found, seed))
    elif style == "markdown":
        sys.stdout.write(_markdown(scenario, found))
    else:
        _print_tables(scenario, found)


def _json(scenario: Scenario, found: list[Explained], seed: int) -> str:
    """The document of the waits of some options."""
    from sim.version import __version__
    from sim.waits.report import CAVEAT, document

    about = {"schema": WAITS_SCHEMA, "version": __version__, "scenario": scenario.title, "seed": seed}
    options = [document(each) for each in found]
    return json.dumps({**about, "options": options, "note": CAVEAT}, indent=2, allow_nan=False) + "\n"


def _markdown(scenario: Scenario, found: list[Explained]) -> str:
    """The waits of some options in Markdown."""
    from sim.waits.report import sentence, tables

    lines = [f"# {scenario.title}", ""]
    for each in found:
        lines += [f"## {each.label}", "", sentence(each), ""]
        for title, heads, rows in tables(each):
            lines += [f"### {title}", "", *markdown_table(heads, rows, range(1, len(heads))), ""]
    return "\n\n".join(["\n".join(lines).rstrip(), *_notes(scenario, found)]) + "\n"


def _print_tables(scenario: Scenario, found: list[Explained]) -> None:
    """Print the waits of some options as tables."""
    from rich.table import Table

    from sim.waits.report import sentence, tables

    console = terminal.console()
    console.print(f"[bold]{escape_markup(scenario.title)}[/bold]")
    for each in found:
        console.print(f"\n{escape_markup(sentence(each))}", highlight=False)
        for title, heads, rows in tables(each):
            table = Table(*heads, title=title, title_justify="left", pad_edge=False)
            for column in table.columns[1:]:
                column.justify = "right"
            for row in rows:
                table.add_row(*map(escape_markup, row))
            console.print(table)
    for line in _notes(scenario, found):
        console.print(escape_markup(line), highlight=False)


def _notes(scenario: Scenario, found: list[Explained]) -> list[str]:
    """What stands below the tables, or instead of them."""
    from sim.scenario.changes import changes_note
    from sim.waits.report import notes

    return [*(notes(found) if found else [NO_MACHINE]), *changes_note(scenario)]


@command("surface", "surface --size small --out surface.csv", "surface")
@option("--size", type=OneOf(SIZES), default="coarse", help="number of points")
@option("--out", type=file_path(), metavar="FILE", help="where the table goes  [default: where it is read]")
def surface(size: str, out: Path | None) -> None:
    """Simulate the response surface of the queue anew; a run that was broken off goes on where it stopped."""
    from sim.progress import Bar
    from sim.waits.regeneration import regenerate

    report_compilation(ALL_JOBS)
    with refuse_unwritable(out), Bar() as bar:
        path = regenerate(size, out, progress=lambda done, of: bar.show(done, of, "rows of the response surface"))
    print(f"The table is in {path}")
