"""Which choices have an effect: what of a log each format reads, and which rules each policy of the queue reads.

A choice that would change nothing is refused, for whoever makes it believes that it does. One that is given at its
default asks for nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, replace
from typing import Any

from sim.formatting import join_words, unknown_name
from sim.queue.disciplines.rules import Rules
from sim.queue.logs.problems import LogError
from sim.queue.logs.records import Reading, Records
from sim.queue.logs.values import moment

# --- the reading of a log ---

READERS_OF = {
    "columns": ("--column", ("csv", "parquet")),
    "delimiter": ("--delimiter", ("csv",)),
    "count": ("--count", ("sacct", "sacct-json")),
    "eligible": ("--eligible", ("sacct", "sacct-json", "csv", "parquet")),
    "cluster": ("--cluster", ("sacct", "sacct-json", "csv", "parquet")),
}
"""Choice -> its option, and the formats that have something for it."""

UNCHOSEN: dict[str, Any] = {"columns": {}, "delimiter": ",", "count": "gpus", "eligible": "use", "cluster": None}
NO_ZONE = ("UTC", None)
AWAY = ("Pacific/Kiritimati", "Etc/GMT+12")  # no clock of one shows the same time as one of the other
IN_SECONDS = ("swf", "sacct-json")  # whatever the log
NAMES = {"swf": "SWF", "sacct-json": "sacct --json", "csv": "CSV", "parquet": "Parquet"}


def refuse_unread(origin: str, file_format: str, chosen: Reading) -> None:
    """LogError for every choice of reading that says nothing about a log of this format."""
    faults = []
    for name, (option, formats) in READERS_OF.items():
        if file_format not in formats and getattr(chosen, name) != UNCHOSEN[name]:
            those = join_words([NAMES.get(one, one) for one in formats])
            faults.append(f"{option} is for {those}; this log is {NAMES.get(file_format, file_format)}")
    if faults:
        raise LogError(origin, faults)


def refuse_idle_zone(
    origin: str, file_format: str, chosen: Reading, read: Callable[[Reading], Iterable[Records]]
) -> None:
    """LogError for a time zone that neither a time of the log nor a date of the choice needs.

    read: the records of the log under a choice. They are read in two zones until a time differs, as a rule in the first
    chunk; only of a log that needs no zone is all of it read.
    """
    dates = (bound is not None and moment(bound).local for bound in (chosen.since, chosen.until))
    if chosen.time_zone in NO_ZONE or any(dates):
        return
    if file_format in IN_SECONDS:
        why = f"{NAMES[file_format]} has seconds, and no date is given without a zone"
        raise LogError(origin, [f"--time-zone does nothing: {why}"])
    pairs = zip(*(read(replace(chosen, time_zone=zone)) for zone in AWAY), strict=False)
    if all(_same(one, two) for one, two in pairs):
        raise LogError(origin, ["--time-zone does nothing: every time of this log says its zone, or is in seconds"])


def _same(one: Records, other: Records) -> bool:
    """Whether all that comes of times is the same in two readings of the same records."""
    if one.eligible is not None and other.eligible is not None and (one.eligible != other.eligible).any():
        return False
    pairs = ((one.submit, other.submit), (one.start, other.start), (one.run, other.run))
    return all(bool((left == right).all()) for left, right in pairs)


# --- the rules of the queue ---

OPTIONS = {
    "discipline": "--policy",
    "backfill_scan": "--scan",
    "backfill_depth": "--depth",
    "node_gpus": "--node-gpus",
    **{name: f"--{name}" for name in ("order", "estimates", "placement", "priority", "engine")},
}
"""Keyword of `replay` -> the option of the command."""

_DEFAULTS = {field.name: field.default for field in fields(Rules)}


def unknown_rules(names: Iterable[str]) -> list[str]:
    """Sentences on keywords that are none of `replay`, with the nearest that is or the function that takes them.

    >>> unknown_rules(["order", "depth"]), unknown_rules(["time_zone"])
    (["no rule 'depth'; did you mean 'backfill_depth'?"],
     ['time_zone is a choice of reading: replay(read_log(..., time_zone=...))'])
    """
    known, of_options = {*_DEFAULTS, "engine"}, {option[2:]: name for name, option in OPTIONS.items()}
    readings = {field.name for field in fields(Reading)}
    found = []
    for name in names:
        if name in known:
            continue
        if name in readings:
            found.append(f"{name} is a choice of reading: replay(read_log(..., {name}=...))")
        elif name in of_options:
            found.append(f"no rule {name!r}; did you mean {of_options[name]!r}?")
        else:
            found.append(unknown_name("rule", name, known))
    return found


def idle_rules(rules: Mapping[str, Any]) -> dict[str, str]:
    """The rules, of these keywords of `Rules`, that change no schedule of a log beside the others, and why.

    >>> idle_rules({"discipline": "fcfs", "backfill_scan": "sjbf", "order": "per_event"})
    {'backfill_scan': 'fcfs does not backfill'}
    """
    all_of = {**_DEFAULTS, **{name: value for name, value in rules.items() if value is not None}}
    why = {
        "backfill_scan": _no_scan(all_of),
        "backfill_depth": "fcfs does not backfill" if all_of["discipline"] == "fcfs" else "",
        "estimates": _no_estimates(all_of),
        "node_gpus": "jobs take any GPU unless --placement says otherwise" if _scattered(all_of) else "",
        "priority": "" if all_of["discipline"] == "multifactor" else "it needs --policy multifactor",
        "checkpoint_seconds": "nothing fails in a replay",
    }
    return {name: why[name] for name in rules if why.get(name)}


def _no_scan(rules: Mapping[str, Any]) -> str:
    """Why the order of backfilling does not matter; empty where it does."""
    if rules["discipline"] == "conservative":
        return "conservative gives every job its reservation in the order of the queue"
    return _no_backfilling(rules)


def _no_backfilling(rules: Mapping[str, Any]) -> str:
    """Why nothing backfills; empty where something may."""
    if rules["discipline"] == "fcfs":
        return "fcfs does not backfill"
    return "" if rules["backfill_depth"] else "--depth 0 means no backfilling"


def _no_estimates(rules: Mapping[str, Any]) -> str:
    """Why no rule reads an estimate; empty where one does."""
    why = _no_backfilling(rules) if rules["discipline"] in ("fcfs", "easy", "multifactor", "conservative") else ""
    return f"{why}, and nothing else looks at estimates" if why else ""


def _scattered(rules: Mapping[str, Any]) -> bool:
    """Whether jobs take GPUs wherever they are."""
    return bool(rules["placement"] == "any_gpu")


def idle_faults(policies: Iterable[str], rules: Mapping[str, Any]) -> list[str]:
    """What is wrong with rules that are given, not at their default, and change nothing under any of the policies.

    >>> idle_faults(["fcfs", "easy"], {"backfill_scan": "sjbf", "node_gpus": 8})
    []
    >>> idle_faults(["fcfs", "easy"], {"checkpoint_seconds": 60})
    ['checkpoint_seconds does nothing: nothing fails in a replay']
    """
    idle = [idle_rules({"discipline": policy, **rules}) for policy in policies]
    given = [name for name, value in rules.items() if value is not None and value != _DEFAULTS.get(name)]
    reasons = {name: dict.fromkeys(each.get(name, "") for each in idle) for name in given}
    return [
        f"{OPTIONS.get(n, n)} does nothing: {'; '.join(why)}" for n, why in reasons.items() if why and "" not in why
    ]


def refuse_idle(rules: Mapping[str, Any]) -> None:
    """LogError for every rule that is given, not at its default, and changes nothing."""
    others = {name: value for name, value in rules.items() if name != "discipline"}
    if faults := idle_faults([rules.get("discipline") or Rules().discipline], others):
        raise LogError("replay", faults)


def in_force(rules: Mapping[str, Any]) -> dict[str, Any]:
    """Those of the rules that change something.

    >>> in_force({"discipline": "easy", "node_gpus": 8, "order": "per_event"})
    {'discipline': 'easy', 'order': 'per_event'}
    """
    idle = idle_rules(rules)
    return {name: value for name, value in rules.items() if name not in idle}
