"""The command `rerun`: whether a recorded run still gives its numbers, and if not, why."""

from __future__ import annotations

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from sim.cli import terminal
from sim.cli.commands import RefusedError, command, load_command, usage_sentence
from sim.cli.options import OneOf, argument, file_path, option

MOVED = 1  # exit code


@command(
    "rerun", "rerun results/run.json", "rerun results/run.json --format json", "rerun results/run.json --as-then"
)  # fmt: skip
@argument(
    "file", type=file_path(), help="run.json, as --out of compare, decide, immediacy, mix, argue or waits writes it"
)
@option("--as-then", is_flag=True, help="run it on the data and the defaults of its own release")
@option("--format", "style", type=OneOf(("text", "json")), default="text", help="what to print")
def rerun(file: Path, as_then: bool, style: str) -> int:
    """Print whether the numbers are the same; if not, which moved, what is different from then, and what it moved."""
    from sim.comparison.analyses import read_analysis
    from sim.comparison.record import document, sentences
    from sim.comparison.record import rerun as again
    from sim.progress import Bar
    from sim.releases.document import of_scenario
    from sim.releases.replay import attribute
    from sim.releases.report import sentences as reasons

    if as_then:
        return _as_then(file, style)
    analysis = read_analysis(file)
    if analysis is not None:
        return _analysed_again(analysis, file, style)
    with Bar() as bar:
        found = again(file, bar.show)
        why = attribute(found.kept, found.now, progress=bar.wait) if found.verdict == "moved" else None
    if style == "json":
        terminal.print_document(document(found, of_scenario(found.now.scenario.key, why) if why else None))
    else:
        for line in sentences(found, reasons(why) if why else ()):
            print(line)
    return MOVED if found.moved else 0


def _analysed_again(kept: dict[str, Any], file: Path, style: str) -> int:
    """Run the command of a record again, print whether all of its results are the same; they have a digest alone."""
    from sim.comparison.analyses import words_of
    from sim.comparison.record import LIMIT, causes, different

    kind, words = kept["kind"], words_of(kept)
    now = json.loads(_written(kept, file)["run.json"])
    same = now["digests"]["results"] == kept["digests"].get("results")
    verdict, why = "the same to the last digit" if same else "moved", causes(kept)
    if style == "json":
        about = {"schema": "heavypress/rerun/1", "kind": kind, "run": kept.get("run"), "now": now.get("run")}
        terminal.print_document(json.dumps({**about, "verdict": verdict, "moved": [], "causes": why}, indent=2) + "\n")
        return 0 if same else MOVED
    print(f"heavypress {kind} {file} {' '.join(words)} (heavypress {kept['version']}), run again: {verdict}.")
    if not same:
        print("Which numbers moved, the record does not say: it holds the digest of all of them.")
    for line in (*different(why), LIMIT):
        print(line)
    return 0 if same else MOVED


def _written(kept: dict[str, Any], file: Path) -> dict[str, bytes]:
    """The files that the command of a record writes, by name."""
    from sim.comparison.analyses import words_of

    with TemporaryDirectory() as place, redirect_stdout(StringIO()):
        out = Path(place) / "out"
        load_command(kept["kind"]).main([str(file), *words_of(kept), "--out", str(out)], standalone_mode=False)
        if not out.is_dir():
            raise RefusedError(f"heavypress {kept['kind']} has nothing to write of its scenario")
        return {path.name: path.read_bytes() for path in out.iterdir()}


def written_again(text: str) -> dict[str, bytes]:
    """The same of the text of a record, for `heavypress verify`; ScenarioError for what the command refuses."""
    from sim.comparison.analyses import read_analysis
    from sim.scenario import ScenarioError

    with TemporaryDirectory() as place:
        (file := Path(place) / "run.json").write_text(text, encoding="utf8")
        kept = read_analysis(file)
        assert kept is not None
        try:
            return _written(kept, file)
        except click.UsageError as error:
            raise ScenarioError("its record", [usage_sentence(error)]) from None
        except RefusedError as error:
            raise ScenarioError("its record", [str(error)]) from None


def _as_then(file: Path, style: str) -> int:
    """Print whether a run gives its numbers on its own data and defaults, and what is missing where it does not."""
    import json
    from dataclasses import asdict

    from sim.comparison.record import checked
    from sim.formatting import upper_first
    from sim.releases.replay import replay
    from sim.scenario.records import read_record

    kept = checked(read_record(file), str(file))
    found = replay(kept)
    if style == "json":
        about = {"schema": "heavypress/as-then/1", "run": kept["run"], "verdict": found.verdict, **asdict(found)}
        terminal.print_document(json.dumps(about, indent=2) + "\n")
    else:
        with_what = f"with data and defaults of {found.release} and the code of now" if found.release else "not run"
        print(f"Run {kept['run']} (heavypress {kept['version']}), {with_what}: {found.verdict}.")
        if found.missing:
            print(f"{upper_first(found.missing)}.")
    return 0 if found.verdict.startswith("the same") else MOVED
