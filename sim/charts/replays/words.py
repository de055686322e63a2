"""What the charts of a what-if say in common: names of policies, times, what does not fit, and where it comes from."""

from __future__ import annotations

from datetime import timedelta

from sim.formatting import format_amount, format_duration, join_words
from sim.queue.logs.log import Log
from sim.queue.logs.report import AGAINST_THE_LOG, OVERLOADED
from sim.queue.logs.values import EPOCH
from sim.units import SECONDS_PER_HOUR
from sim.version import __version__
from sim.what_if.cases import Case, Cases
from sim.what_if.frames import LOG

MOST_NAMED = 6  # replays in a sentence
GROWING = "Waits of", OVERLOADED.removeprefix("Waits marked + ")
NAMES = {
    "easy": "EASY",
    "fcfs": "FCFS",
    "conservative": "conservative backfilling",
    "multifactor": "multifactor priority",
    "sjf": "shortest job first",
    "wfp3": "WFP3",
    "unicef": "UNICEF",
    "f1": "F1",
    LOG: "the log itself",
}


def source(found: Cases) -> str:
    """The line on where a chart comes from: the file and its jobs; no scenario is run, so there is no id of a run."""
    log = found.log
    return f"Source: Heavy Press {__version__}, replay of {found.name}: {format_amount(len(log), 'job')}{_dates(log)}."


def _dates(log: Log) -> str:
    """Days of the first and the last submission, where the log has a calendar."""
    if log.start_epoch is None:
        return ""
    first, last = (
        (EPOCH + timedelta(seconds=log.start_epoch + int(log.submit_seconds[n]))).date().isoformat() for n in (0, -1)
    )
    return f" submitted from {first} to {last}"


def sized(gpus: int) -> str:
    """A machine in words.

    >>> sized(1024)
    '1,024 GPUs'
    """
    return format_amount(gpus, "GPU")


def missing(found: Cases) -> str:
    """What does not fit on which machine, a part of a sentence; empty where everything fits."""
    first = {case.machine_gpus: case.left_out.text() for case in reversed(found.cases)}
    return "; ".join(f"on {sized(gpus)} {first[gpus]}" for gpus in found.sizes if first[gpus])


def notes(found: Cases) -> list[str]:
    """Sentences on the rules in force, on the waits that grow with the log, and on what the log is no measure of."""
    marked = [
        f"{NAMES[case.policy]} on {sized(case.machine_gpus)}" for case in found.cases if case.summary["overloaded"]
    ]
    named = marked if len(marked) <= MOST_NAMED else [*marked[:MOST_NAMED], f"{len(marked) - MOST_NAMED} more"]
    growing = [f"{GROWING[0]} {join_words(named)} {GROWING[1]}"] if marked else []
    return [*_rules(found), *growing] + ([AGAINST_THE_LOG] if (found.log.start_seconds >= 0).any() else [])


def _rules(found: Cases) -> list[str]:
    """A sentence on the rules beside the policies, each group with the policies under which it is in force."""
    groups: dict[str, list[str]] = {}
    for policy in found.policies:
        groups.setdefault(found.rules_of(policy), []).append(NAMES[policy])
    if not any(groups):
        return []
    if len(groups) == 1:
        return [f"Rules in force: {next(iter(groups))}."]
    return [
        "Rules in force: " + "; ".join(f"{text or 'none'} under {join_words(of)}" for text, of in groups.items()) + "."
    ]


def under(found: Cases, case: Case) -> str:
    """A replay among others: its policy, its size, or both where both differ.

    >>> from types import SimpleNamespace as Some
    >>> under(Some(sizes=[8], policies=["easy", "fcfs"]), Some(policy="easy", machine_gpus=8))
    'under EASY'
    """
    parts = [f"under {NAMES[case.policy]}"] if len(found.policies) > 1 else []
    parts += [f"on {sized(case.machine_gpus)}"] if len(found.sizes) > 1 else []
    return " ".join(parts) or f"under {NAMES[case.policy]}"


def within(seconds: float) -> str:
    """When a job starts at the latest.

    >>> within(0), within(30), within(5400)
    ('at once', 'within less than a minute', 'within 1.5 hours')
    """
    return f"within {format_duration(seconds / SECONDS_PER_HOUR)}" if seconds > 0 else "at once"
