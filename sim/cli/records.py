"""The command `rerun`: whether a recorded run still gives its numbers."""

from __future__ import annotations

from pathlib import Path

from sim.cli import terminal
from sim.cli.commands import command
from sim.cli.options import OneOf, argument, file_path, option

MOVED = 1  # exit code


@command("rerun", "rerun results/run.json", "rerun results/run.json --format json")
@argument("file", type=file_path(), help="run.json, as compare --out writes it")
@option("--format", "style", type=OneOf(("text", "json")), default="text", help="what to print")
def rerun(file: Path, style: str) -> int:
    """Print whether the numbers are the same; if not, which moved, and what is different from then."""
    from sim.comparison.record import document, sentences
    from sim.comparison.record import rerun as again
    from sim.progress import Bar

    with Bar() as bar:
        found = again(file, bar.show)
    if style == "json":
        terminal.print_document(document(found))
    else:
        for line in sentences(found):
            print(line)
    return MOVED if found.moved else 0
