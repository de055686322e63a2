"""The commands `sweep ...`: many runs of one scenario along axes, in a ledger."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli import terminal
from sim.cli.commands import RefusedError, Usual, command, family
from sim.cli.options import Decorator, OneOf, argument, file_path, integer, option, stacked, values
from sim.cli.terminal import escape_markup
from sim.formatting import format_count, format_number, short_repr
from sim.sources import share

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from sim.sweeps.ledger import Ledger
    from sim.sweeps.run import Launch

INTERRUPTED, SOME_FAILED = 130, 1
MOST_RUNS = 1_000_000  # without --yes
MOST_WORKERS = 4_096
STYLES = ("auto", "bar", "lines", "json", "none")  # those of sim.sweeps.progress
MOST_COLUMNS = 12  # of a table that a terminal can show
OUTPUTS = ("table", "csv", "json")
FORMATS = ("csv", "xlsx", "iamc")  # those of sim.sweeps.export


def _shipped() -> list[str]:
    """Names of the sweeps that ship; sim.sweeps takes longer to load."""
    return sorted(path.stem for path in share("scenarios").glob("sweeps/*.toml"))


def _names_a_sweep(word: str) -> bool:
    """Whether a word is a sweep file, or the name of a shipped one."""
    return Path(word).suffix == ".toml" or word in _shipped()


sweep = family(
    "sweep",
    "sweep plan rents_life_budget",
    "sweep rents_life_budget --out sweeps/rents",
    "sweep run --help",
    usual=Usual("run", _names_a_sweep, _shipped),
)


# --- what several of them take ---


def _shard(text: str) -> tuple[int, int]:
    """'3/7' as two numbers."""
    first, slash, last = text.partition("/")
    if slash and first.isdecimal() and last.isdecimal() and 1 <= int(first) <= int(last):
        return int(first), int(last)
    raise click.BadParameter(f"{short_repr(text)} is not I/N with I from 1 to N, such as 3/7")


def _address(text: str) -> str:
    """The address of a scheduler."""
    if re.fullmatch(r"(tcp|tls|ucx|wss?)://[^\s/]+:\d+", text):
        return text
    raise click.BadParameter(f"{short_repr(text)} is not the address of a scheduler, such as tcp://host:8786")


def _complete_sweep(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem]:
    """Shipped sweeps that begin so, else files."""
    from click.shell_completion import CompletionItem

    found = [CompletionItem(name) for name in _shipped() if name.startswith(incomplete)]
    return found or [CompletionItem(incomplete, type="file")]


_file = argument("sweep", help="sweep file, or name of a shipped sweep", shell_complete=_complete_sweep)
_folder = argument("folder", type=file_path(), help="folder of the sweep")
_launched: Decorator[Any] = stacked(
    option("--workers", type=integer(1, MOST_WORKERS), metavar="N", help="processes  [default: one a processor]"),
    option("--memory", type=integer(200, 10**6), metavar="MIB", help="after which a process is replaced"),
    option("--shard", type=_shard, metavar="I/N", help="only every N-th part, from the I-th: for batch systems"),
    option("--dask", type=_address, metavar="ADDRESS", help="compute on a Dask cluster: tcp://host:8786"),
    option("--progress", "style", type=OneOf(STYLES), default="auto", help="how progress is reported"),
    option("--wait", is_flag=True, help="wait for another process that is at work on the folder"),
)


def _launch(workers: int | None, memory: int | None, shard: tuple[int, int] | None, dask: str | None) -> Launch:
    """Who computes, and what."""
    from sim.sweeps.run import Launch

    if dask is not None and (workers is not None or memory is not None):
        raise RefusedError("--dask: the cluster has its own workers; leave out --workers and --memory")
    given = {"workers": workers, "most_mib": memory, "shard": shard, "dask": dask}
    return Launch(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]


# --- plan and run ---


@command(
    "plan", "sweep plan rents_life_budget", "sweep plan where_it_turns --format json", of=sweep,
    about="Say how many runs a sweep has, how long they take and how large they become.",
)  # fmt: skip
@_file
@values
@option("--workers", type=integer(1, MOST_WORKERS), metavar="N", help="for how many  [default: one a processor]")
@option("--format", "style", type=OneOf(("table", "json")), default="table", help="what to print")
def plan(sweep: str, settings: dict[str, Any], workers: int | None, style: str) -> None:
    """Print the plan and what a few of its runs say of the rest."""
    from sim.processors import processors
    from sim.sweeps.estimate import estimate
    from sim.sweeps.planning import as_json, lines
    from sim.sweeps.reader import read_sweep

    found = read_sweep(sweep, settings)
    needs, many = estimate(found), workers or processors()
    if style == "json":
        terminal.print_document(as_json(found, needs, many))
    else:
        for line in lines(found, needs, many):
            print(line)


@command(
    "run", "sweep run rents_life_budget --out rents", "sweep run rents_life_budget --out part --shard 1/7",
    "sweep run storylines_nairr --out stories --progress json", of=sweep,
    about="Compute the runs of a sweep that are not in its folder yet.",
)  # fmt: skip
@_file
@option("--out", type=file_path(), required=True, metavar="DIR", help="folder of the sweep, made where there is none")
@values
@option("--yes", is_flag=True, help=f"take more than {format_number(MOST_RUNS)} runs")
@_launched
def run(sweep: str, out: Path, settings: dict[str, Any], yes: bool, **launch: Any) -> int:
    """Begin a sweep, or go on with it."""
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.reader import read_sweep
    from sim.sweeps.run import refuse_many

    found = read_sweep(sweep, settings)
    if not yes:
        refuse_many(found, MOST_RUNS, "give --yes to run them")
    return _filled(lambda: Ledger.created(out, found), out, **launch)


@command(
    "resume", "sweep resume rents", of=sweep, about="Go on with the sweep of a folder, whoever began it.",
)  # fmt: skip
@_folder
@_launched
def resume(folder: Path, **launch: Any) -> int:
    """Compute what is missing in a folder."""
    from sim.sweeps.ledger import Ledger

    return _filled(lambda: Ledger.opened(folder), folder, **launch)


@command(
    "retry-failed", "sweep retry-failed rents", of=sweep, about="Compute the parts anew in which runs failed.",
)  # fmt: skip
@_folder
@_launched
def retry_failed(folder: Path, **launch: Any) -> int:
    """Compute what failed and what is missing in a folder."""
    from sim.sweeps.ledger import Ledger

    return _filled(lambda: Ledger.opened(folder), folder, again=True, **launch)


def _filled(
    opened: Callable[[], Ledger], folder: Path, *, style: str, wait: bool, workers: int | None, memory: int | None,
    shard: tuple[int, int] | None, dask: str | None, again: bool = False,
) -> int:  # fmt: skip
    """Fill a ledger, report how far it is, and say what to do next; the exit code."""
    from sim.sweeps.progress import note, reporter, sentence
    from sim.sweeps.run import Stop, fill, interruptible

    launch, stop, last, broken_off = _launch(workers, memory, shard, dask), Stop(), None, False
    ledger = opened()
    show, end = reporter(style)  # type: ignore[arg-type]
    try:
        with interruptible(stop, lambda: note(style, "finishing the parts in hand; press Ctrl-C again to end now")):
            for last in fill(ledger, launch, stop, wait, again):
                show(last)
    except KeyboardInterrupt:
        broken_off = True
    finally:
        end()
    if broken_off or (stop.asked and last is not None and last.done < last.runs):
        done = sentence(last) if last is not None else "before it began"
        note(style, f"stopped: {done}; go on with: heavypress sweep resume {folder}")
        return INTERRUPTED
    return _finished(ledger, folder, style)


def _finished(ledger: Ledger, folder: Path, style: str = "auto") -> int:
    """Report the state of a sweep of which nothing more was asked; the exit code."""
    from sim.sweeps.progress import note

    status = ledger.status
    print(f"{format_number(status.done_runs)} of {format_count(status.runs, 'run')} done, {status.failed} failed")
    if status.complete:
        print(f"Results are in {folder / 'results.parquet'}; see also: heavypress sweep query, export, plot")
    if status.failed:
        again = f"; sweep retry-failed {folder} tries again" if status.reasons else ""
        note(style, f"heavypress sweep status {folder} says why{again}")
    return SOME_FAILED if status.failed else 0


# --- the ledger ---


@command("status", "sweep status rents", "sweep status rents --format json", of=sweep, about="Say how far a sweep is.")
@_folder
@option("--check", is_flag=True, help="hold every part against its digest first; damaged ones are put aside")
@option("--format", "style", type=OneOf(("table", "json")), default="table", help="what to print")
def status(folder: Path, check: bool, style: str) -> int:
    """Print runs done, failed and left, with the reasons of failures; exit with 1 where parts were damaged."""
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.planning import status_json, status_lines

    ledger = Ledger.opened(folder)
    damaged: list[int] = []
    if check:
        from sim.sweeps.lock import owned

        with owned(folder):
            before = {number for number, _ in ledger.entries()}
            damaged = sorted(before.intersection(ledger.missing()))
    if style == "json":
        terminal.print_document(status_json(ledger))
    else:
        for line in status_lines(ledger):
            print(line)
    if damaged:
        parts = ", ".join(str(number + 1) for number in damaged)
        print(f"damaged and put aside, to be computed anew by resume: part {parts}", file=sys.stderr)
    return SOME_FAILED if damaged else 0


@command(
    "merge", "sweep merge rents_a rents_b --out rents", of=sweep,
    about="Join folders of the same sweep; parts of different versions are refused.",
)  # fmt: skip
@argument("folders", type=file_path(), nargs=-1, required=True, help="folders of parts")
@option("--out", type=file_path(), required=True, metavar="DIR", help="folder of all, new or one of them")
def merge(folders: tuple[Path, ...], out: Path) -> int:
    """Join folders."""
    from sim.sweeps.merging import merge as joined

    return _finished(joined(folders, out), out)


@command(
    "query", "sweep query rents \"select option, avg(median) from results group by option\"", of=sweep,
    about="Ask the results in SQL: tables results, runs and failures.",
)  # fmt: skip
@_folder
@argument("sql", help="what DuckDB understands; columns of axes in quotation marks")
@option("--format", "style", type=OneOf(OUTPUTS), default="table", help="what to print")
def query(folder: Path, sql: str, style: str) -> None:
    """Print what comes back."""
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.queries import query as ask

    found = ask(Ledger.opened(folder), sql)
    if style == "csv":
        terminal.print_document(found.to_csv(index=False))
    elif style == "json":
        terminal.print_document(json.dumps(json.loads(found.to_json(orient="records")), indent=2) + "\n")
    else:
        _print_frame(found)


def _print_frame(frame: Any) -> None:
    """Print a frame as a table, numbers on the right."""
    from rich.table import Table

    if len(frame.columns) > MOST_COLUMNS:  # a table would cut every one of them short
        print(frame.to_string(index=False, na_rep=""))
        return
    table = Table(pad_edge=False)
    for name, kind in frame.dtypes.items():
        table.add_column(escape_markup(str(name)), justify="right" if kind.kind in "if" else "left")
    for row in frame.itertuples(index=False):
        table.add_row(*(escape_markup(_cell(value)) for value in row))
    terminal.console().print(table)


def _cell(value: Any) -> str:
    """A value of a table; nothing for one that is missing."""
    if value is None or value != value:
        return ""
    return f"{value:,.6g}" if isinstance(value, float) else str(value)


@command(
    "export", "sweep export rents rents.csv", "sweep export rents rents.xlsx", of=sweep,
    about="Write the results as CSV, as a workbook, or in the long format of the IAMC.",
)  # fmt: skip
@_folder
@argument("file", type=file_path(), help="file to write")
@option("--format", "form", type=OneOf(FORMATS), help="of the file  [default: by its suffix]")
def export(folder: Path, file: Path, form: str | None) -> None:
    """Write a file."""
    from sim.sweeps.export import export as write
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.queries import read_results

    form = form or file.suffix.removeprefix(".")
    if form not in FORMATS:
        raise RefusedError(f"{file}: end it in .csv or .xlsx, or name a --format: {', '.join(FORMATS)}")
    write(read_results(Ledger.opened(folder)), file, form)
    print(f"Written: {file}")


@command(
    "script", "sweep script rents_life_budget --out rents --shards 20", of=sweep,
    about="Print a job script for Slurm: an array whose tasks are shards.",
)  # fmt: skip
@_file
@option("--out", type=file_path(), required=True, metavar="DIR", help="folder of the sweep, seen by all nodes")
@option("--shards", type=integer(1, 10**6), required=True, metavar="N", help="tasks of the array")
@option("--workers", type=integer(1, MOST_WORKERS), default=1, metavar="N", help="processes of each task")
def script(sweep: str, out: Path, shards: int, workers: int) -> None:
    """Print the script."""
    from sim.sweeps.estimate import estimate
    from sim.sweeps.reader import find_sweep, read_sweep
    from sim.sweeps.scripts import slurm

    found = read_sweep(sweep)
    print(slurm(found, estimate(found), find_sweep(sweep), out, shards, workers), end="")


@command(
    "plot", "sweep plot rents --out charts", of=sweep,
    about="Draw what the axes of a sweep ask for: lines, dots, maps of who wins, parallel coordinates.",
)  # fmt: skip
@_folder
@option("--out", type=file_path(), metavar="DIR", help="folder of the charts  [default: charts/ in that of the sweep]")
@option("--outcome", metavar="NAME", help="of the charts  [default: the scenario's yardstick]")
def plot(folder: Path, out: Path | None, outcome: str | None) -> None:
    """Write charts as SVG, PNG and PDF, and their numbers as CSV."""
    from sim.charts.sweeps import save
    from sim.sweeps.files import writing
    from sim.sweeps.ledger import Ledger
    from sim.sweeps.problems import LedgerError
    from sim.sweeps.queries import read_results

    results = read_results(Ledger.opened(folder))
    out = folder / "charts" if out is None else out
    if out.exists() and not out.is_dir():
        raise RefusedError(f"{out}: is a file; name a folder")
    try:
        with writing(out):
            found = save(results, out, outcome)
    except LedgerError:
        raise
    except ValueError as error:
        raise RefusedError(f"--outcome: {error}") from None
    for path in found:
        print(path)
