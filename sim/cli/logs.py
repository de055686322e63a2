"""The commands on the log of a real machine: `replay` and `calibrate`."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.cli.refusals import RefusedError, integer
from sim.cli.waits import announce
from sim.progress import Bar

if TYPE_CHECKING:
    from sim.queue.logs import Replay

MOST_GPUS = 1_000_000_000
MOST_SECONDS = 1_000_000
ALL_JOBS = 2**62
SCHEMA = "heavypress/replay/1"
Command = Callable[[str, Any, str], argparse.ArgumentParser]


def add(command: Command) -> None:
    """Add the commands to the parser."""
    replay = command("replay", _replay, "Replay the log of a machine under the rules of your choice.")
    replay.add_argument("log", type=Path, metavar="LOG", help="SWF, sacct --parsable2, CSV or Parquet; .gz too")
    replay.add_argument(
        "--gpus",
        type=integer(1, MOST_GPUS),
        metavar="N",
        help="size of the machine (default: MaxProcs of an SWF header)",
    )
    _add_rules(replay)
    _add_reading(replay)
    replay.add_argument("--tau", type=integer(1, MOST_SECONDS), default=10, metavar="S",
                        help="shorter runs count as S seconds in the bounded slowdown (default 10)")  # fmt: skip
    replay.add_argument("--out", type=Path, metavar="FILE", help="write id, submit, start, end, gpus (.csv or .csv.gz)")
    replay.add_argument("--json", action="store_true", help="print the summary as JSON")
    calibrate = command("calibrate", _calibrate, "Fit the workload model to the log of a machine.")
    calibrate.add_argument("log", type=Path, metavar="LOG", help="as for replay")
    calibrate.add_argument("--out", type=Path, required=True, metavar="FILE", help="scenario to write (.toml)")
    calibrate.add_argument("--gpus", type=integer(1, MOST_GPUS), metavar="N", help="as for replay")


def _add_rules(parser: argparse.ArgumentParser) -> None:
    """How the machine treats its queue; names are checked by the queue, which tells the nearest."""
    rules = parser.add_argument_group("rules of the queue")
    rules.add_argument("--policy", default="easy", metavar="NAME", help="easy (default), fcfs, conservative, ...")
    rules.add_argument("--order", metavar="ORDER", help="per_instant (default) or per_event")
    rules.add_argument("--scan", metavar="SCAN", help="order of backfilling: queue, fcfs or sjbf")
    rules.add_argument("--depth", type=integer(0, ALL_JOBS), metavar="D", help="jobs behind the head that may backfill")
    rules.add_argument("--estimates", metavar="E", help="requested (default), actual, or a multiple such as 2x")
    rules.add_argument("--node-gpus", type=integer(1, MOST_GPUS), metavar="N", help="GPUs in a node")
    rules.add_argument("--placement", metavar="P", help="any_gpu (default), whole_nodes or best_fit")
    rules.add_argument(
        "--engine", metavar="E", help="auto (default), compiled or plain: another speed, no other result"
    )
    rules.add_argument("--priority", action="append", default=[], metavar="NAME=N",
                       help="setting of --policy multifactor: age_weight=2000, half_life_seconds=1209600")  # fmt: skip


def _add_reading(parser: argparse.ArgumentParser) -> None:
    """How the log is read."""
    reading = parser.add_argument_group("reading of the log")
    reading.add_argument("--format", default="auto", metavar="F", help="auto (default), swf, sacct, csv or parquet")
    reading.add_argument("--on-error", default="report", metavar="X", help="report (default) or refuse")
    reading.add_argument("--over-request", default="kill", metavar="X",
                         help="runs beyond their time limit: kill there (default) or extend the limit")  # fmt: skip
    reading.add_argument("--no-request", default="reject", metavar="X",
                         help="jobs without a time limit: reject (default) or take the run time (run)")  # fmt: skip
    reading.add_argument("--count", default="gpus", metavar="X", help="what sacct's jobs hold: gpus, nodes or cpus")
    reading.add_argument("--partition", action="append", default=[], metavar="NAME", help="only this one (repeat)")
    reading.add_argument("--from", dest="since", metavar="T", help="first submission: date, or seconds of the log")
    reading.add_argument("--until", metavar="T", help="end of submissions, not included")
    reading.add_argument("--time-zone", default="UTC", metavar="Z", help="of times without one, as Europe/Berlin")
    reading.add_argument("--column", action="append", default=[], metavar="OURS=THEIRS",
                         help="a column of CSV or Parquet: submit=time_submit (repeat)")  # fmt: skip
    reading.add_argument("--delimiter", default=",", metavar="C", help="of CSV (default ,)")


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


def _priority(chosen: argparse.Namespace) -> Any:
    """The settings of `multifactor`, or None where none is given."""
    given = pairs("--priority", chosen.priority)
    if not given:
        return None
    from sim.formatting import unknown_name
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


def _replay(chosen: argparse.Namespace) -> int:
    from sim.queue.logs import read_log, replay
    from sim.queue.logs.replay import checked_rules
    from sim.queue.logs.starts import refuse_unwritable, write_starts

    rules = checked_rules(
        discipline=chosen.policy,
        backfill_scan=chosen.scan,
        backfill_depth=chosen.depth,
        order=chosen.order,
        estimates=chosen.estimates,
        node_gpus=chosen.node_gpus,
        placement=chosen.placement,
        priority=_priority(chosen),
        engine=chosen.engine,
    )
    if chosen.out is not None:
        refuse_unwritable(chosen.out, chosen.log)
    with Bar() as bar:
        log = read_log(
            chosen.log,
            format=chosen.format,
            gpus=chosen.gpus,
            count=chosen.count,
            over_request=chosen.over_request,
            no_request=chosen.no_request,
            on_error=chosen.on_error,
            partitions=chosen.partition,
            since=chosen.since,
            until=chosen.until,
            time_zone=chosen.time_zone,
            columns=pairs("--column", chosen.column),
            delimiter=chosen.delimiter,
            progress=bar.show,
        )
        if chosen.engine != "plain":
            announce(len(log))
        bar.say(f"replaying {len(log):,} jobs")
        result = replay(log, chosen.gpus, tau_seconds=chosen.tau, **rules)
        if chosen.out is not None:
            bar.say(f"writing {chosen.out.name}")
            write_starts(result, chosen.out)
    _tell(result, chosen)
    return 0


def _tell(result: Replay, chosen: argparse.Namespace) -> None:
    """Print the summary."""
    from sim.queue.logs.summary import as_document, lines

    if chosen.json:
        json.dump({"schema": SCHEMA, **as_document(result)}, sys.stdout, indent=2, allow_nan=False)
        print()
        return
    for line in lines(result):
        print(line)
    if chosen.out is not None:
        print(f"Starts are in {chosen.out}")


def _calibrate(chosen: argparse.Namespace) -> int:
    from sim.queue.logs import read_log
    from sim.scenario.calibration import write_calibration

    for line in write_calibration(read_log(chosen.log), chosen.out, chosen.gpus):
        print(line)
    return 0
