"""The commands on kept releases: `changelog` and `release`."""

from __future__ import annotations

import sys
from pathlib import Path

from sim.cli import terminal
from sim.cli.commands import RefusedError, command, refuse_unwritable
from sim.cli.options import OneOf, argument, file_path, option

FORMATS = ("text", "markdown", "csv", "json")


@command(
    "changelog",
    "changelog --scenario small_country",
    "changelog 0.2.0 now --scenario small_country --format csv",
    "changelog --scenario small_country --saved results/run.json",
    "changelog --check",
)
@argument("old", required=False, help="a kept release  [default: the newest]")
@argument("new", required=False, help="another, or now: the program as it stands  [default: now]")
@option("--scenario", "only", multiple=True, metavar="NAME", help="only this shipped scenario (repeat)")
@option(
    "--saved", multiple=True, type=file_path(), metavar="PATH",
    help="name the saved figures and records in this folder or file whose scenario moved (repeat)",
)  # fmt: skip
@option("--format", "style", type=OneOf(FORMATS), default="text", help="what to print")
@option("--notes", type=file_path(), default=Path("CHANGELOG.md"), metavar="FILE", help="the [RESULTS] lines")
@option("--publish", is_flag=True, help="write results.md and results.csv")
@option("--check", is_flag=True, help="fail where they are stale, or a headline moved for no named cause")
@option("--out", type=file_path(), default=Path("docs"), metavar="DIR", help="the folder of both")
def changelog(
    old: str | None, new: str | None, only: tuple[str, ...], saved: tuple[Path, ...], style: str, notes: Path,
    publish: bool, check: bool, out: Path,
) -> int:  # fmt: skip
    """Print what moved and why; the exit code is 1 where a check fails."""
    from sim.progress import Bar
    from sim.releases.changelog import NOW
    from sim.releases.changelog import changelog as compared
    from sim.releases.document import as_csv, as_json, document
    from sim.releases.kept import read, versions
    from sim.releases.notes import notes_since
    from sim.releases.published import published, stale
    from sim.releases.report import lines, markdown_text
    from sim.releases.saved import affected

    if (publish or check) and (old or new or only):
        raise RefusedError("--publish and --check are of all scenarios, from the newest release to now: name none")
    if lost := [str(path) for path in saved if not path.exists()]:
        raise RefusedError(f"--saved: no file and no folder {lost[0]}")
    with Bar() as bar:
        found = compared(old or "", new or NOW, only, progress=bar.wait)
    files = affected(saved, found.moved, map(read, versions()))
    about = document(found, notes_since(found.old.version, notes), files)
    if publish:
        with refuse_unwritable(out):
            for name, text in published(found).items():
                (out / name).write_text(text, encoding="utf8")
    if style == "text":
        for line in lines(about):
            print(line)
    else:
        written = {"json": as_json, "csv": as_csv, "markdown": markdown_text}
        terminal.print_document(written[style](about))
    if not check:
        return 0
    late = stale(out, published(found))
    if late:
        print(f"stale in {out}: {', '.join(late)}; run heavypress changelog --publish", file=sys.stderr)
    return 1 if late or about["unnamed"] else 0


@command("release", "release --out kept", "release --replace")
@option("--out", type=file_path(), metavar="DIR", help="the folder of the kept releases  [default: releases/]")
@option("--replace", is_flag=True, help="take the place of what is kept under this version and nobody has had yet")
def release(out: Path | None, replace: bool) -> None:
    """Print the folder that was written."""
    from sim.progress import Bar
    from sim.releases.cut import cut

    with Bar() as bar, refuse_unwritable(out):
        print(cut(out, replace, bar.wait))
