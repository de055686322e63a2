"""The command `verify`: whether figures, tables and documents show what their runs give."""

from __future__ import annotations

from pathlib import Path

from sim.cli import terminal
from sim.cli.commands import RefusedError, command
from sim.cli.options import OneOf, argument, file_path, option


@command(
    "verify", "verify chart.png", "verify report.docx slides.pptx", "verify paper.pdf --record results --format json"
)
@argument(
    "files",
    nargs=-1,
    required=True,
    type=file_path(),
    help="PNG, SVG, PDF, CSV, XLSX, ZIP, DOCX, PPTX, HTML or run.json",
)
@option(
    "--record", "records", multiple=True, type=file_path(), metavar="PATH", help="a file or folder with records of runs"
)
@option("--format", "style", type=OneOf(("text", "json")), default="text", help="what to print")
@option("--trust", type=file_path(), metavar="FILE", help="PEM file with the certificates of those who may sign")
def verify(files: tuple[Path, ...], records: tuple[Path, ...], style: str, trust: Path | None) -> int:
    """Print a verdict on each figure, table and document; the exit code is that of the gravest."""
    from sim.cli.records import written_again
    from sim.progress import Bar
    from sim.signatures import certificates
    from sim.verification import UnreadableError
    from sim.verification import verify as examine
    from sim.verification.findings import code, document, sentences

    anchors = certificates(trust) if trust else ""
    try:
        with Bar() as bar:
            found = examine(files, records, bar.show, anchors, written_again)
    except UnreadableError as error:
        raise RefusedError(str(error)) from None
    if style == "json":
        terminal.print_document(document(found))
    else:
        for line in sentences(found):
            print(line)
    return code(found)
