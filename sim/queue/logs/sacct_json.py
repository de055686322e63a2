"""Slurm's accounting as `sacct --json` prints it, rewritten in the columns of `sacct --parsable2`, one job a line.

Written for the data parsers v0.0.39 to v0.0.43 of Slurm: a number is a number, or an object that says whether it is
set. The text is kept whole, the jobs are taken out of it one by one.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from sim.queue.logs.problems import Faults, LogError
from sim.queue.logs.records import Header, Reading, Records
from sim.queue.logs.sacct import read_sacct
from sim.queue.logs.source import BYTE_ORDER_MARK, Source

NAMES = (
    *("JobID", "Cluster", "User", "Account", "Partition", "State", "Submit", "Eligible", "Start", "End"),
    *("ElapsedRaw", "Suspended", "TimelimitRaw", "AllocNodes", "ReqCPUS", "AllocTRES", "ReqTRES"),
)
_BLOCK_JOBS = 10_000
_BETWEEN = re.compile(r"[\s,]*")
_NO_JOBS = re.compile(rb'"jobs"\s*:\s*\[\s*\]')
_NOT_SET = {"0", "4294967294", "4294967295", "18446744073709551614", "18446744073709551615"}  # as times
_MARKS = dict.fromkeys((*range(32), ord("|")), " ")  # have a meaning in the text that is made
_DECODER = json.JSONDecoder()


def looks_like_sacct_json(head: bytes) -> bool:
    """True for the beginning of what `sacct --json` prints."""
    return (
        head.removeprefix(BYTE_ORDER_MARK).lstrip().startswith(b"{")
        and b'"jobs"' in head
        and (b'"submission"' in head or bool(_NO_JOBS.search(head)))
    )


def read_sacct_json(source: Source, chosen: Reading, header: Header, faults: Faults) -> Iterator[Records]:
    """The records of `sacct --json`; the line of a record is its place in the list of jobs, from 1."""
    yield from read_sacct(source.rewritten("|".join(NAMES), _blocks(source)), chosen, header, faults)


def _blocks(source: Source) -> Iterator[bytes]:
    """Lines of `sacct --parsable2` without the header, many at a time; LogError where the JSON is broken."""
    text = source.whole().decode("utf8", "replace")
    try:
        lines = map(_line, _jobs(text, source.origin))
        while block := "".join(f"{line}\n" for line in islice(lines, _BLOCK_JOBS)):
            yield block.encode("utf8", "replace")
    except LogError:
        raise
    except json.JSONDecodeError as error:
        raise LogError(source.origin, [f"is broken JSON from line {error.lineno} on; was it cut short?"]) from None
    except (ValueError, RecursionError):
        raise LogError(source.origin, ["is broken JSON: a number or a nesting without end"]) from None


def _jobs(text: str, origin: str) -> Iterator[Any]:
    """The entries of the lists `jobs` of one object, or of several one after the other."""
    at, lists = _skip(text, 0), 0
    while at < len(text):
        at = _after(text, at, "{")
        while text[at : at + 1] != "}":
            key, at = _DECODER.raw_decode(text, at)
            at = _after(text, _skip(text, at), ":")
            if key == "jobs" and text[at : at + 1] == "[":
                lists, at = lists + 1, _after(text, at, "[")
                while text[at : at + 1] != "]":
                    job, at = _DECODER.raw_decode(text, at)
                    yield job
                    at = _skip(text, at)
                at += 1
            else:
                _, at = _DECODER.raw_decode(text, at)
            at = _skip(text, at)
        at = _after(text, at, "}")
    if not lists:
        raise LogError(origin, ['has no list "jobs"; make the log with sacct --allusers --json'])


def _skip(text: str, at: int) -> int:
    """The next place that is neither blank nor a comma."""
    found = _BETWEEN.match(text, at)
    return found.end() if found else at


def _after(text: str, at: int, mark: str) -> int:
    """The next place behind a mark that must stand here."""
    if text[at : at + 1] != mark:
        raise json.JSONDecodeError(f"no {mark}", text, at)
    return _skip(text, at + 1)


# --- one job ---


def _line(job: Any) -> str:
    """A job in the order of NAMES; what is no job becomes a line that is none either."""
    if not isinstance(job, dict):
        return "-"
    time, owner, held = _part(job, "time"), _part(job, "association"), _part(job, "tres")
    cells = (
        _name(job),
        _text(job.get("cluster") or owner.get("cluster")),
        _text(owner.get("user") or job.get("user")),
        _text(job.get("account") or owner.get("account")),
        _text(job.get("partition")),
        _words(_part(job, "state").get("current", job.get("state"))),
        *(_time(time.get(name)) for name in ("submission", "eligible", "start", "end")),
        *(_text(time.get(name)) for name in ("elapsed", "suspended", "limit")),
        _text(job.get("allocation_nodes")),
        _text(_part(job, "required").get("CPUs")),
        *(_resources(held.get(name)) for name in ("allocated", "requested")),
    )
    return "|".join(cell.translate(_MARKS) for cell in cells)


def _part(of: dict[str, Any], name: str) -> dict[str, Any]:
    """An object within an object; an empty one where there is none."""
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    """A number or a text, plain or within an object that says whether it is set.

    >>> _text({"set": True, "infinite": False, "number": 60}), _text({"set": False, "number": 0}), _text(None), _text(7)
    ('60', '', '', '7')
    >>> _text({"set": True, "infinite": True, "number": 0})
    'UNLIMITED'
    """
    if isinstance(value, dict):
        if value.get("infinite"):
            return "UNLIMITED"
        value = value.get("number") if value.get("set", True) else None
    return "" if value is None else "UNLIMITED" if str(value) in ("Infinity", "inf") else str(value)


def _time(value: Any) -> str:
    """Seconds since 1970; nothing where it never came."""
    text = _text(value)
    return "" if text in _NOT_SET else text


def _words(value: Any) -> str:
    """A state that is a text, or a list of which the first is the state and the others are flags."""
    return " ".join(map(str, value)) if isinstance(value, list) else _text(value)


def _name(job: dict[str, Any]) -> str:
    """The job's name as sacct writes it: 12, 12_3 for a task of an array, 12+1 for a component of another job.

    >>> _name({"job_id": 15, "array": {"job_id": 12, "task_id": {"set": True, "number": 3}}})
    '12_3'
    """
    array, mixed = _part(job, "array"), _part(job, "het")
    task, offset = _text(array.get("task_id")), _text(mixed.get("job_offset"))
    if task and _time(array.get("job_id")):
        return f"{_text(array['job_id'])}_{task}"
    if offset and _time(mixed.get("job_id")):
        return f"{_text(mixed['job_id'])}+{offset}"
    return _text(job.get("job_id"))


def _resources(value: Any) -> str:
    """A list of resources as sacct writes it.

    >>> _resources([{"type": "cpu", "name": "", "count": 8}, {"type": "gres", "name": "gpu:a100", "count": 2}])
    'cpu=8,gres/gpu:a100=2'
    """
    if not isinstance(value, list):
        return _text(value)
    return ",".join(_resource(each) if isinstance(each, dict) else _text(each) for each in value)


def _resource(of: dict[str, Any]) -> str:
    """One of them."""
    names = (_text(of.get(name)) for name in ("type", "name"))
    return f"{'/'.join(name for name in names if name)}={_text(of.get('count'))}"
