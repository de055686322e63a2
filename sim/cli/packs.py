"""The command `export`: a run as one file that can be cited and checked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sim.cli.commands import command
from sim.cli.options import file_path, option
from sim.cli.runs import compared_or_recorded, ran_or_recorded


@command(
    "export",
    "export small_country --draws 32 --no-queue --out pack.zip",
    "export results/run.json --out pack.zip",
)
@compared_or_recorded
@option("--out", type=file_path(), required=True, metavar="FILE", help="zip file to write")
def export(out: Path, **asked: Any) -> None:
    """Write the pack, and print its run and size."""
    from sim.packs import refuse_unless_ours, write

    refuse_unless_ours(out)
    with ran_or_recorded(of={"out"}, **asked) as (comparison, bar):
        bar.say("drawing charts")
        write(comparison, out)
    print(f"{out}: run {comparison.run_id}, {out.stat().st_size / 1e6:.1f} MB")
