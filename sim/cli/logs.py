"""The commands on the log of a real machine: `replay` and `calibrate`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.commands import RefusedError, command, refuse_unwritable
from sim.cli.options import OneOf, argument, file_path, integer, option, stacked
from sim.cli.terminal import print_document
from sim.cli.waits import report_compilation
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.queue.disciplines.priority import Priority
    from sim.queue.logs import Replay

MOST_GPUS = 1_000_000_000
MOST_SECONDS = 1_000_000
MOST_JOBS = 2**62
SCHEMA = "heavypress/replay/1"
# The words that the queue and its readers take. They stand here as well because loading those takes longer than --help.
WORDS = {
    "discipline": ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"),
    "order": ("per_instant", "per_event"),
    "backfill_scan": ("queue", "fcfs", "sjbf"),
    "placement": ("any_gpu", "whole_nodes", "best_fit"),
    "engine": ("auto", "compiled", "plain"),
    "format": ("auto", "swf", "sacct", "csv", "parquet"),
    "on_error": ("report", "refuse"),
    "over_request": ("kill", "extend"),
    "no_request": ("reject", "run"),
    "count": ("gpus", "nodes", "cpus"),
}
_rule = partial(option, section="Rules of the queue")
_reading = partial(option, section="Reading of the log")
_gpus = integer(1, MOST_GPUS)


def pairs(option: str, texts: Sequence[str]) -> dict[str, str]:
    """`name=value` texts as a mapping.

    >>> pairs("--column", ["submit=time_submit"])
    {'submit': 'time_submit'}
    """
    found = {}
    for text in texts:
        name, equals, value = (part.strip() for part in text.partition("="))
        if not (name and equals and value):
            raise RefusedError(f"{option} {text}: write it as name=value")
        found[name] = value
    return found


def _priority(ctx: click.Context, param: click.Parameter, texts: Sequence[str]) -> Priority | None:
    """The settings of `multifactor`; None where none is given."""
    given = pairs("--priority", texts)
    if not given:
        return None
    from sim.queue.disciplines.priority import Priority

    known = sorted(set(Priority.__dataclass_fields__) - {"accounts", "largest_gpus"})
    for name, text in given.items():
        if name not in known:
            raise RefusedError(f"--priority {name}: {unknown_name('setting', name, known)}")
        if not text.isascii() or not text.isdigit():
            raise RefusedError(f"--priority {name}={text}: must be a whole number")
    settings: dict[str, Any] = {name: int(text) for name, text in given.items()}
    try:
        return Priority(**settings)
    except ValueError as error:
        raise RefusedError(f"--priority: {error}") from None


# Options are named after the keywords of `simulate` and `read_log`, which get them as they are.
_rules = stacked(
    _rule("--policy", "discipline", type=OneOf(WORDS["discipline"]), default="easy",
          help="who is first, who backfills"),
    _rule("--order", type=OneOf(WORDS["order"]), help="of events of one instant  [default: per_instant]"),
    _rule("--scan", "backfill_scan", type=OneOf(WORDS["backfill_scan"]), help="order of backfilling"),
    _rule("--depth", "backfill_depth", type=integer(0, MOST_JOBS), metavar="D",
          help="jobs behind the head that may backfill"),
    _rule("--estimates", metavar="E", help="requested, actual, or a multiple such as 2x  [default: requested]"),
    _rule("--node-gpus", type=_gpus, metavar="N", help="GPUs in a node"),
    _rule("--placement", type=OneOf(WORDS["placement"]), help="of jobs on nodes  [default: any_gpu]"),
    _rule("--engine", type=OneOf(WORDS["engine"]), help="another speed, no other result  [default: auto]"),
    _rule("--priority", multiple=True, metavar="NAME=N", callback=_priority,
          help="setting of --policy multifactor: age_weight=2000, half_life_seconds=1209600 (repeat)"),
)  # fmt: skip
RULES = ("discipline", "order", "backfill_scan", "backfill_depth", "estimates", "node_gpus", "placement", "engine")

_readings = stacked(
    _reading("--format", type=OneOf(WORDS["format"]), default="auto", help="of the file"),
    _reading("--on-error", type=OneOf(WORDS["on_error"]), default="report", help="what faulty records lead to"),
    _reading("--over-request", type=OneOf(WORDS["over_request"]), default="kill",
             help="runs beyond their time limit: kill there, or extend the limit"),
    _reading("--no-request", type=OneOf(WORDS["no_request"]), default="reject",
             help="jobs without a time limit: reject, or take the run time (run)"),
    _reading("--count", type=OneOf(WORDS["count"]), default="gpus", help="what sacct's jobs hold"),
    _reading("--partition", "partitions", multiple=True, metavar="NAME", help="only this one (repeat)"),
    _reading("--from", "since", metavar="T", help="first submission: date, or seconds of the log"),
    _reading("--until", metavar="T", help="end of submissions, not included"),
    _reading("--time-zone", default="UTC", metavar="Z", help="of times without one, as Europe/Berlin"),
    _reading("--column", "columns", multiple=True, metavar="OURS=THEIRS",
             callback=lambda ctx, param, texts: pairs("--column", texts),
             help="a column of CSV or Parquet: submit=time_submit (repeat)"),
    _reading("--delimiter", default=",", metavar="C", help="of CSV"),
)  # fmt: skip


@command(
    "replay",
    "replay docs/example.swf",
    "replay docs/example.swf --policy easy --order per_event --out starts.csv",
    "replay docs/example.swf --policy multifactor --priority age_weight=2000 --estimates 2x --json",
)
@argument("log", type=file_path(), help="SWF, sacct --parsable2, CSV or Parquet; .gz too")
@option("--gpus", type=_gpus, metavar="N", help="size of the machine  [default: MaxProcs of an SWF header]")
@option("--tau", type=integer(1, MOST_SECONDS), default=10, metavar="S",
        help="shorter runs count as S seconds in the bounded slowdown")  # fmt: skip
@option("--out", type=file_path(), metavar="FILE", help="write id, submit, start, end, gpus (.csv or .csv.gz)")
@option("--json", "as_json", is_flag=True, help="print the summary as JSON")
@_rules
@_readings
def replay(
    log: Path, gpus: int | None, tau: int, out: Path | None, as_json: bool, priority: Priority | None, **chosen: Any
) -> None:
    """Print the summary, and write the starts where `out` is given."""
    from sim.progress import Bar
    from sim.queue.logs import read_log
    from sim.queue.logs import replay as run
    from sim.queue.logs.replay import checked_rules
    from sim.queue.logs.report import refuse_unwritable, write_starts

    rules = checked_rules(priority=priority, **{name: chosen.pop(name) for name in RULES})
    if out is not None:
        refuse_unwritable(out, log)
    with Bar() as bar:
        jobs = read_log(log, gpus=gpus, progress=bar.show, **chosen)
        if rules.get("engine") != "plain":
            report_compilation(len(jobs))
        bar.say(f"replaying {len(jobs):,} jobs")
        result = run(jobs, gpus, tau_seconds=tau, **rules)
        if out is not None:
            bar.say(f"writing {out.name}")
            write_starts(result, out)
    _print_summary(result, out, as_json)


def _print_summary(result: Replay, out: Path | None, as_json: bool) -> None:
    """Print what a replay found."""
    from sim.queue.logs.report import as_document, lines

    if as_json:
        print_document(json.dumps({"schema": SCHEMA, **as_document(result)}, indent=2, allow_nan=False) + "\n")
        return
    for line in lines(result):
        print(line)
    if out is not None:
        print(f"Starts are in {out}")


@command(
    "calibrate", "calibrate jobs.swf.gz --out my_cluster.toml", "calibrate jobs.txt --gpus 512 --out my_cluster.toml"
)
@argument("log", type=file_path(), help="as for replay")
@option("--out", type=file_path(), required=True, metavar="FILE", help="scenario to write (.toml)")
@option("--gpus", type=_gpus, metavar="N", help="as for replay")
def calibrate(log: Path, out: Path, gpus: int | None) -> None:
    """Print the fit, and write it as a part of a scenario."""
    from sim.queue.logs import read_log
    from sim.scenario.calibration import write_calibration

    with refuse_unwritable(out):
        lines = write_calibration(read_log(log), out, gpus)
    for line in lines:  # outside: a reader who leaves early is no file that cannot be written
        print(line)
