"""The commands on scenario files and on what may stand in them: `check`, `scenarios`, `params`, `schema`, `docs`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from sim.cli import terminal
from sim.cli.commands import RefusedError, command, refuse_unwritable
from sim.cli.options import argument, file_path, option, overlaid, scenario
from sim.formatting import unknown_name


@command("check", "check nairr_us", "check isambard_ai_uk --set cloud.price_usd=9", "check nairr_us --storyline glut")
@scenario
@overlaid
def check(scenario: str, settings: dict[str, Any], storyline: str | None) -> None:
    """Print warnings and that the file is valid; ScenarioError where it is not."""
    from sim.formatting import format_count, format_range
    from sim.scenario import find
    from sim.scenario.dated import IN_DOLLARS, dated_texts
    from sim.scenario.ranges import spec_in
    from sim.scenario.storylines import load_under

    loaded = load_under(scenario, settings, storyline)
    for warning in loaded.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if loaded.dated:
        print(f"As in {loaded.start.words}, {IN_DOLLARS}:")
    for path, text in dated_texts(loaded).items():
        about = spec_in(loaded, path)
        print(f"{path}: {text}; plausible {format_range(about.low, about.high, about.unit)}")
    options, warnings = format_count(len(loaded.options), "option"), format_count(len(loaded.warnings), "warning")
    print(f"{find(scenario)}: valid; {options}, {warnings}")


@command("scenarios", "scenarios")
def scenarios() -> None:
    """Print names, titles and questions; then the storylines and the sweeps, each with a sentence."""
    from sim.scenario import load, names
    from sim.scenario.files import parse
    from sim.scenario.storylines import storylines
    from sim.sources import share

    for name in names():
        loaded = load(name)
        print(f"{name:<28} {loaded.title}\n{'':<28} {loaded.question}")
    print("\nStorylines, to be laid over any of them with --storyline:")
    for story in storylines().values():
        print(f"{story.name:<28} {story.about}")
    print("\nSweeps of them along axes, to be run with heavypress sweep:")
    for path in sorted(share("scenarios").glob("sweeps/*.toml")):
        print(f"{path.stem:<28} {parse(path)['question']}")


@command("params", "params cloud", "params procurement --sources", "params cloud --of isambard_ai_uk")
@argument("group", required=False, help="only this group")
@option("--sources", is_flag=True, help="write the sources out")
@option("--of", metavar="SCENARIO", help="show the values of a scenario, and the rows behind its dated prices")
def params(group: str | None, sources: bool, of: str | None) -> None:
    """Print a table for each group."""
    from rich.table import Table

    from sim.documents import HEADS, groups, parameter_cells
    from sim.scenario import load
    from sim.sources import resolve

    known = groups()
    if group is not None and group not in known:
        raise RefusedError(unknown_name("group", group, known))
    console = terminal.console()
    loaded = load(of) if of else None
    for name in [group] if group else known:
        heads = ("value" if loaded and head == "default" else head for head in HEADS)
        table = Table(*heads, "source", title=name, title_justify="left")
        used = loaded.holders.get(name) if loaded else None
        for parameter, default, spec in known[name].described():
            dated = loaded.dated.get(f"{name}.{parameter}") if loaded else None
            value = getattr(used, parameter, default)
            source = "\n".join(resolve(dated or spec.source)) if sources else dated or spec.source
            cells = [*parameter_cells(parameter, value, spec.around(value) if dated else spec), source]
            table.add_row(*map(terminal.escape_markup, cells))
        console.print(table)


@command("schema", "schema > scenario.schema.json")
def schema() -> None:
    """Print the schema."""
    from sim.documents import generated

    terminal.print_document(generated()["scenario.schema.json"])


@command("docs", "docs --check")
@option("--out", type=file_path(), default=Path("docs"), metavar="DIR", help="the folder")
@option("--check", is_flag=True, help="write nothing, fail where they are stale")
def docs(out: Path, check: bool) -> int:
    """The exit code: 1 where documents are stale; they are written unless `check` is given."""
    from sim.documents import generated, stale

    if check:
        old = stale(out)
        if old:
            print(f"stale in {out}: {', '.join(old)}; run heavypress docs", file=sys.stderr)
        return 1 if old else 0
    with refuse_unwritable(out):
        out.mkdir(parents=True, exist_ok=True)
        for name, text in generated().items():
            (out / name).write_text(text, encoding="utf8")
    return 0
