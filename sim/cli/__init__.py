"""The command `heavypress`."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from rich.table import Table

from sim import __version__
from sim.cli import argue
from sim.cli import console as printing
from sim.cli import logs as queue_commands
from sim.cli import waits as waits_commands
from sim.cli.console import escape_markup
from sim.cli.options import add_format, add_sampling, add_scenario, settings_of
from sim.cli.refusals import RefusedError, integer
from sim.export.output_dir import UnwritableError
from sim.formatting import nearest_name, unknown_name
from sim.progress import Bar
from sim.queue.logs import LogError
from sim.scenario import ScenarioError, find, load, names
from sim.sources import resolve, share


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code: 0 done, 1 stale documents, 2 refused, 130 interrupted."""
    parser = _parser()
    chosen = parser.parse_args(arguments)
    try:
        return int(chosen.run(chosen))
    except (ScenarioError, LogError, RefusedError, UnwritableError) as error:
        print(f"heavypress: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("heavypress: interrupted; nothing was written", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # the reader of a pipe has had enough; keep Python from complaining when it closes stdout
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


class _Parser(argparse.ArgumentParser):
    """A parser that knows what was meant."""

    def error(self, message: str) -> NoReturn:
        """The usual words, and for a misspelt command or option the nearest one."""
        found = re.search(r"unrecognized arguments: (--[\w-]+)|invalid choice: '([^']*)'", message)
        wrong = next(filter(None, found.groups()), "") if found else ""
        known = [word for action in self._every_action() for word in (*action.option_strings, *(action.choices or ()))]
        near = nearest_name(wrong, map(str, known))
        super().error(message + (f"; did you mean {near!r}?" if near else ""))

    def _every_action(self) -> list[argparse.Action]:
        """Options and commands, those of the commands included: argparse tells of them at the top."""
        commands = [a for a in self._actions if isinstance(a, argparse._SubParsersAction)]
        return self._actions + [a for action in commands for inner in action.choices.values() for a in inner._actions]


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="heavypress", description="Public compute policy, simulated.")
    parser.add_argument("--version", action="version", version=f"heavypress {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, about: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=about, description=about)
        added.set_defaults(run=run)
        return added

    compare = command("compare", _compare, "Compare the options of a scenario.")
    add_scenario(compare, optional=True)
    add_sampling(compare)
    add_format(compare)
    compare.add_argument(
        "--section", metavar="PART", help="the outcomes of one part instead of the headline: equity, market, ..."
    )
    compare.add_argument("--out", type=Path, metavar="DIR", help="also write tables and charts into this folder")
    waits_commands.add_words(compare)

    timeline = command("timeline", _timeline, "Tell what happens under one option, event by event.")
    add_scenario(timeline)
    timeline.add_argument("--option", default="public_cluster", metavar="KEY", help="default public_cluster")
    timeline.add_argument("--all", action="store_true", help="also what happens every month")

    queue_commands.add(command)
    waits_commands.add(command, add_scenario, lambda chosen: load(chosen.scenario, settings_of(chosen.settings)))
    argue.add(command)
    add_scenario(command("check", _check, "Check a scenario file and tell every fault at once."))
    params = command("params", _params, "Show the parameters: default, range, evidence, source.")
    params.add_argument("group", nargs="?", metavar="GROUP", help="only this group")
    params.add_argument("--sources", action="store_true", help="spell the sources out")
    command("scenarios", _scenarios, "List the scenarios that ship with the package.")
    command("schema", _schema, "Print the JSON schema of scenario files, for editors.")
    docs = command("docs", _docs, "Write the generated documents.")
    docs.add_argument("--out", type=Path, default=Path("docs"), metavar="DIR", help="default docs")
    docs.add_argument("--check", action="store_true", help="write nothing, fail if they are stale")
    dashboard = command("dashboard", _dashboard, "Open the dashboard in a browser.")
    dashboard.add_argument("--port", type=integer(1, 65_535), default=8501, metavar="P", help="default 8501")
    return parser


# --- the commands ---


def _compare(chosen: argparse.Namespace) -> int:
    from sim.comparison.document import as_json
    from sim.comparison.run import compare
    from sim.comparison.table import markdown
    from sim.export.output_dir import refuse_unless_ours

    shown = _section(chosen.section)
    scenario = load(chosen.scenario, settings_of(chosen.settings))
    if chosen.out is not None:
        refuse_unless_ours(chosen.out)
    if not chosen.no_queue and chosen.fidelity != "instant":
        full = "full" in (chosen.fidelity, scenario.world.queue.fidelity)
        waits_commands.announce(waits_commands.ALL_JOBS if full else scenario.world.queue.window_jobs)
    with Bar() as bar:
        comparison = compare(
            scenario,
            seed=chosen.seed,
            draws=chosen.draws,
            queue=not chosen.no_queue,
            fidelity=chosen.fidelity,
            progress=bar.show,
            store=waits_commands.cache_of(chosen),
        )
        if chosen.out is not None:
            from sim.export.comparison import write

            bar.say("writing tables and charts")
            write(comparison, chosen.out)
    if chosen.format == "json":
        sys.stdout.write(as_json(comparison))
    elif chosen.format == "csv":
        sys.stdout.write(comparison.tidy.to_csv(index=False))
    elif chosen.format == "markdown":
        sys.stdout.write(markdown(comparison, shown))
    else:
        _print_headline(comparison, shown)
        if chosen.out is not None:
            print(f"Tables and charts are in {chosen.out}{os.sep}")
    return 0


def _section(name: str | None) -> tuple[str, ...]:
    """The outcomes of a part of them by its name, of whatever case; the headline without one."""
    from sim.outcomes import HEADLINE, SECTIONS

    if name is None:
        return HEADLINE
    known = {section.casefold(): outcomes for section, outcomes in SECTIONS.items()}
    if name.casefold() not in known:
        raise RefusedError(f"--section: {unknown_name('part of the outcomes', name, known)}")
    return known[name.casefold()]


def _print_headline(comparison: Any, outcomes: tuple[str, ...]) -> None:
    """Outcomes and their differences, for a terminal."""
    from sim.comparison.table import notes, texts

    console = printing.console()
    console.print(f"[bold]{escape_markup(comparison.scenario.title)}[/bold]")
    console.print(f"[italic]{escape_markup(comparison.scenario.question)}[/italic]", highlight=False)
    labels = [escape_markup(result.label) for result in comparison.results.values()]
    for title, difference in ((None, False), ("Difference from doing nothing, where that is not nothing", True)):
        table = Table("", *labels, title=title, title_justify="left", pad_edge=False)
        for column in table.columns[1:]:
            column.justify = "right"
        for row in texts(comparison, difference, outcomes):
            table.add_row(*(cell.replace(" [", "\n\\[", 1) if n else cell for n, cell in enumerate(row)))
        console.print(table)
    for line in notes(comparison):
        console.print(escape_markup(line), highlight=False)


def _timeline(chosen: argparse.Namespace) -> int:
    from sim.comparison.run import compare
    from sim.comparison.timeline import timeline

    scenario = load(chosen.scenario, settings_of(chosen.settings))
    keys = [option.key for option in scenario.options]
    if chosen.option not in keys:
        raise RefusedError(f"--option: {unknown_name('option', chosen.option, keys)}")
    comparison = compare(scenario, queue=False)
    for entry in timeline(scenario, comparison.results[chosen.option], chosen.all):
        print(f"{entry.date}  {entry.kind:<14} {entry.text}")
    return 0


def _check(chosen: argparse.Namespace) -> int:
    scenario = load(chosen.scenario, settings_of(chosen.settings))
    for warning in scenario.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    print(f"{find(chosen.scenario)}: good; {len(scenario.options)} options, {len(scenario.warnings)} warnings")
    return 0


def _params(chosen: argparse.Namespace) -> int:
    from sim.documents import groups, range_text, value_text
    from sim.formatting import unit_text

    known = groups()
    if chosen.group is not None and chosen.group not in known:
        raise RefusedError(unknown_name("group", chosen.group, known))
    console = printing.console()
    for name in [chosen.group] if chosen.group else known:
        table = Table(
            "name", "default", "unit", "plausible", "grade", "meaning", "source", title=name, title_justify="left"
        )
        for parameter, default, spec in known[name].described():
            source = "\n".join(resolve(spec.source)) if chosen.sources else spec.source
            unit = unit_text(spec.unit) if spec.kind in ("number", "series") else ""
            cells = [parameter, value_text(default, spec), unit, range_text(spec), spec.grade, spec.help, source]
            table.add_row(*map(escape_markup, cells))
        console.print(table)
    return 0


def _scenarios(chosen: argparse.Namespace) -> int:
    for name in names():
        scenario = load(name)
        print(f"{name:<28} {scenario.title}\n{'':<28} {scenario.question}")
    return 0


def _schema(chosen: argparse.Namespace) -> int:
    from sim.documents import generated

    sys.stdout.write(generated()["scenario.schema.json"])
    return 0


def _docs(chosen: argparse.Namespace) -> int:
    from sim.documents import generated, stale

    if chosen.check:
        old = stale(chosen.out)
        if old:
            print(f"stale in {chosen.out}: {', '.join(old)}; run heavypress docs", file=sys.stderr)
        return 1 if old else 0
    try:
        chosen.out.mkdir(parents=True, exist_ok=True)
        for name, text in generated().items():
            (chosen.out / name).write_text(text, encoding="utf8")
    except OSError as error:
        raise RefusedError(f"{chosen.out}: cannot be written: {error.strerror}") from None
    return 0


def _dashboard(chosen: argparse.Namespace) -> int:
    folder = share("dashboard")
    paths = os.pathsep.join(filter(None, [str(folder.parent), os.environ.get("PYTHONPATH", "")]))
    command = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(chosen.port)]
    return subprocess.call(command, env={**os.environ, "PYTHONPATH": paths})
