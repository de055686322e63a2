"""The commands on the log of a real machine: `replay` and `calibrate`."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from sim.cli.commands import RefusedError, command
from sim.cli.options import OneOf, SomeOf, argument, file_path, integer, option, several, stacked
from sim.cli.terminal import print_document
from sim.cli.waits import report_compilation
from sim.formatting import unknown_name

if TYPE_CHECKING:
    from sim.queue.disciplines.priority import Priority
    from sim.queue.logs import Replay

MOST_GPUS = 1_000_000_000
MOST_SECONDS = 1_000_000
MOST_JOBS = 2**62
MANY_JOBS = 50_000  # whose replay may take a while
SCHEMA = "heavypress/replay/1"
# The words that the queue and its readers take. They stand here as well because loading those takes longer than --help.
WORDS = {
    "discipline": ("easy", "fcfs", "conservative", "multifactor", "sjf", "wfp3", "unicef", "f1"),
    "order": ("per_instant", "per_event"),
    "backfill_scan": ("queue", "fcfs", "sjbf"),
    "placement": ("any_gpu", "whole_nodes", "best_fit"),
    "engine": ("auto", "compiled", "plain"),
    "format": ("auto", "swf", "sacct", "sacct-json", "csv", "parquet"),
    "on_error": ("report", "refuse"),
    "over_request": ("kill", "extend"),
    "no_request": ("reject", "run"),
    "count": ("gpus", "nodes", "cpus"),
    "eligible": ("use", "ignore"),
}
# What others call a policy or a format.
ALSO = {
    **{
        "backfill": "easy",
        "backfilling": "easy",
        "builtin": "fcfs",
        "fifo": "fcfs",
        "priority/multifactor": "multifactor",
    },
    **{"slurm": "sacct", "slurm-json": "sacct-json", "json": "sacct-json", "tsv": "csv", "swf.gz": "swf"},
}
# Names of Slurm's file slurm.conf, in small letters, and what they are called here.
SLURM_CONF = {
    "priorityweightage": "age_weight",
    "priorityweightfairshare": "fair_share_weight",
    "priorityweightjobsize": "size_weight",
    "prioritymaxage": "longest_age_seconds",
    "prioritydecayhalflife": "half_life_seconds",
    "prioritycalcperiod": "period_seconds",
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

    known = sorted(SLURM_CONF.values())
    for name, text in given.items():
        if ours := SLURM_CONF.get(name.casefold()):
            raise RefusedError(f"--priority {name}: here it is {ours}{', in seconds' if 'seconds' in ours else ''}")
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
    _rule("--policy", "policies", type=SomeOf(WORDS["discipline"], ALSO), default="easy",
          help="who is first, who backfills; several with commas are compared"),
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
RULES = ("order", "backfill_scan", "backfill_depth", "estimates", "node_gpus", "placement", "engine")

_readings = stacked(
    _reading("--format", type=OneOf(WORDS["format"], ALSO), default="auto", help="of the file"),
    _reading("--on-error", type=OneOf(WORDS["on_error"]), default="report", help="what faulty records lead to"),
    _reading("--over-request", type=OneOf(WORDS["over_request"]), default="kill",
             help="runs beyond their time limit: kill there, or extend the limit"),
    _reading("--no-request", type=OneOf(WORDS["no_request"]), default="reject",
             help="jobs without a time limit: reject, or take the run time (run)"),
    _reading("--count", type=OneOf(WORDS["count"]), default="gpus", help="what sacct's jobs hold"),
    _reading("--partition", "partitions", multiple=True, metavar="NAME", help="only this one (repeat)"),
    _reading("--cluster", metavar="NAME", help="only this one of a log of several, or all as one machine"),
    _reading("--eligible", type=OneOf(WORDS["eligible"]), default="use",
             help="jobs that had to await another or a date: submit them then (use), or when they were submitted"),
    _reading("--from", "since", metavar="T", help="first submission: date, or seconds of the log"),
    _reading("--until", metavar="T", help="end of submissions, not included"),
    _reading("--time-zone", metavar="Z", help="of times without one, as Europe/Berlin  [default: the log's, else UTC]"),
    _reading("--column", "columns", multiple=True, metavar="OURS=THEIRS",
             callback=lambda ctx, param, texts: pairs("--column", texts),
             help="a column of CSV or Parquet: submit=time_submit, request=limit:minutes, gpus=nodes*4 (repeat)"),
    _reading("--delimiter", default=",", metavar="C", help="of CSV: a character, or tab"),
)  # fmt: skip


@command(
    "replay",
    "replay docs/example.swf",
    "replay docs/example.swf --policy easy --order per_event --out starts.csv",
    "replay docs/example.swf --policy multifactor --priority age_weight=2000 --estimates 2x --json",
    "replay docs/example.swf --policy fcfs,easy,conservative --gpus 6,8 --out what_if",
)
@argument("log", type=file_path(), help="SWF, sacct --parsable2 or --json, CSV or Parquet; .gz too")
@option("--gpus", "sizes", type=several(_gpus), metavar="N[,N...]",
        help="size of the machine, or sizes to compare  [default: MaxProcs of an SWF header]")  # fmt: skip
@option("--tau", type=integer(1, MOST_SECONDS), default=10, metavar="S",
        help="shorter runs count as S seconds in the bounded slowdown")  # fmt: skip
@option("--out", type=file_path(), metavar="PATH",
        help="write id, submit, start, end, gpus (.csv or .csv.gz); of several replays tables and charts, into "
             "a folder")  # fmt: skip
@option("--json", "as_json", is_flag=True, help="print the summary as JSON")
@_rules
@_readings
def replay(
    log: Path, policies: tuple[str, ...], sizes: tuple[int, ...] | None, tau: int, out: Path | None, as_json: bool,
    priority: Priority | None, **chosen: Any,
) -> None:  # fmt: skip
    """Print the summary of one replay, or the table of several; write what belongs to it where `out` is given."""
    rules = {"priority": priority, **{name: chosen.pop(name) for name in RULES}}
    chosen["zone_must_matter"] = True
    if len(policies) > 1 or len(sizes or ()) > 1:
        _compare(log, policies, sizes or (), tau, out, as_json, rules, chosen)
    else:
        _replay(log, next(iter(sizes or ()), None), tau, out, as_json, {"discipline": policies[0], **rules}, chosen)


def _replay(
    log: Path, gpus: int | None, tau: int, out: Path | None, as_json: bool, asked: dict[str, Any],
    chosen: dict[str, Any],
) -> None:  # fmt: skip
    """Print the summary, and write the starts where `out` is given; `chosen` are keywords of `read_log`."""
    from sim.progress import Bar
    from sim.queue.logs import read_log
    from sim.queue.logs import replay as run
    from sim.queue.logs.replay import checked_rules
    from sim.queue.logs.report import refuse_unwritable, write_starts

    rules = checked_rules(**asked)
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


def _compare(
    log: Path, policies: tuple[str, ...], sizes: tuple[int, ...], tau: int, out: Path | None, as_json: bool,
    rules: dict[str, Any], chosen: dict[str, Any],
) -> None:  # fmt: skip
    """Print the table of several replays of one reading, and write tables and charts where `out` is given."""
    from sim.export import write_what_if
    from sim.progress import Bar
    from sim.queue.logs import read_log
    from sim.queue.logs.users import noting_users
    from sim.what_if.cases import refuse_choice
    from sim.what_if.document import as_json as document
    from sim.what_if.document import lines
    from sim.what_if.results import what_if

    refuse_choice(policies, sizes, rules)
    if out is not None:
        _refuse_folder(out, log)
    with Bar() as bar:
        jobs = read_log(log, gpus=max(sizes, default=None), progress=bar.show, **chosen)
        if rules.get("engine") != "plain":
            report_compilation(len(jobs))
        jobs = noting_users(jobs, policies, rules["priority"])
        steps = partial(bar.show, at_once=len(jobs) > MANY_JOBS)
        found = what_if(jobs, policies, sizes, tau_seconds=tau, progress=steps, **rules)
        if out is not None:
            bar.say(f"writing {out.name}")
            write_what_if(found, out)
    if as_json:
        print_document(document(found))
        return
    for line in lines(found):
        print(line)
    if out is not None:
        print(f"Tables and charts are in {out}{os.sep}")


def _refuse_folder(out: Path, log: Path) -> None:
    """Refuse a folder that is none, holds other work, or the log itself."""
    from sim.export import WHAT_IF, refuse_unless_ours

    if out.is_file() or out.name.endswith((".csv", ".csv.gz")):
        raise RefusedError(f"--out {out}: several replays are compared: name a folder, not a file")
    refuse_unless_ours(out, WHAT_IF)
    if out.exists() and log.exists() and out.resolve() in log.resolve().parents:
        raise RefusedError(f"--out {out}: holds the log itself; name another folder")


@command(
    "calibrate",
    "calibrate jobs.swf.gz --gpus 512 --out my_cluster.toml",
    "calibrate jobs.txt --gpus 512 --time-zone Europe/Berlin --out my_cluster.toml",
)
@argument("log", type=file_path(), help="as for replay")
@option("--out", type=file_path(), required=True, metavar="FILE", help="scenario to write (.toml)")
@option("--gpus", type=_gpus, metavar="N", help="as for replay")
@_readings
def calibrate(log: Path, out: Path, gpus: int | None, **chosen: Any) -> None:
    """Print what was read and the fit, and write it as a part of a scenario."""
    from sim.progress import Bar
    from sim.queue.logs import read_log
    from sim.queue.logs.report import refuse_unwritable
    from sim.scenario.calibration import ENDINGS, write_calibration

    refuse_unwritable(out, log, ENDINGS)
    with Bar() as bar:
        jobs = read_log(log, gpus=gpus, progress=bar.show, **chosen)
        bar.say(f"fitting {len(jobs):,} jobs")
        found = write_calibration(jobs, out, gpus)
    for line in found:
        print(line)
