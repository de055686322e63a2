"""How Slurm writes resources, states and job numbers; https://slurm.schedmd.com/sacct.html."""

from __future__ import annotations

import re

from sim.queue.logs.records import CANCELLED, CODE, ENDED, MISSING, UNFINISHED
from sim.queue.logs.times import NOTHING

_GPU = re.compile(r"(?:gres[/:])?gpu(?::[^:=,()]+)?", re.IGNORECASE)
_UNTYPED = re.compile(r"(?:gres[/:])?gpu", re.IGNORECASE)
_COUNT = re.compile(r"\d{1,12}")
_INDEX = re.compile(r"\([^)]*\)")  # which of a node's GPUs, as in gpu:tesla:2(S:0-1)
_UNFINISHED = frozenset(
    (
        *("PENDING", "RUNNING", "SUSPENDED", "REQUEUED", "REQUEUE_HOLD", "REQUEUE_FED", "RESIZING", "CONFIGURING"),
        *("COMPLETING", "STAGE_OUT", "SIGNALING", "SPECIAL_EXIT", "STOPPED", "RESV_DEL_HOLD"),
        *("PD", "R", "S", "RQ", "CF", "CG", "RS", "RH", "SE", "SI", "SO", "ST"),
    )
)
_CANCELLED = frozenset(("CANCELLED", "CA"))

Count = tuple[int, int, bool]
"""Value, fault, False: a number as columns of numbers take it."""


def state(text: str) -> int:
    """What a state means for a replay; all that ended somehow, and states that are not known, count as ended.

    >>> state("CANCELLED by 1000") == CANCELLED, state("RUNNING") == UNFINISHED, state("TIMEOUT") == ENDED
    (True, True, True)
    """
    first = text.upper().split()[:1]
    word = first[0].rstrip("+") if first else ""
    return UNFINISHED if word in _UNFINISHED else CANCELLED if word in _CANCELLED else ENDED


def is_step(job: str) -> bool:
    """True for a step of a job.

    >>> [is_step(job) for job in ("123", "123_4", "123_[0-5]", "123+1", "123.batch", "123_4.0", "123.extern")]
    [False, False, False, False, True, True, True]
    """
    return "." in job


def resource(text: str, name: str) -> Count:
    """How much of `node`, `cpu` or `gpus` a list of resources holds, MISSING where there is no list.

    Trackable resources as in AllocTRES, generic ones as in AllocGRES. Where GPUs are listed with and without a type,
    the line without one is their sum.

    >>> [resource(text, "gpus")[0] for text in ("billing=8,cpu=4,gres/gpu:a100=4,gres/gpu=4,node=1", "gres:gpu:a100:2",
    ...     "gres/gpu:a100=1,gres/gpu:h100=2", "gpu:2(S:0-1)", "cpu=4,gres/gpumem=80G", "gpu")]
    [4, 2, 3, 2, 0, 1]
    >>> resource("billing=8,cpu=4,node=2", "node"), resource("", "gpus")[0] == MISSING, resource("hello", "gpus")[1] > 0
    ((2, 0, False), True, True)
    """
    if text.strip().casefold() in NOTHING:
        return MISSING, 0, False
    total, untyped, sound = 0, -1, True
    for item in _INDEX.sub("", text).split(","):
        key, count = _split(item.strip())
        if key is None:
            sound = False
        elif name != "gpus":
            total += count if key == name else 0
        elif _UNTYPED.fullmatch(key):
            untyped = max(untyped, 0) + count
        elif _GPU.fullmatch(key):
            total += count
    if not sound:
        return MISSING, CODE["resources"], False
    return (untyped if untyped >= 0 else total), 0, False


def _split(item: str) -> tuple[str | None, int]:
    """(name, count) of one resource; None for what is none, and a count of 0 for what is not counted in ones."""
    key, equals, value = item.partition("=")
    if not equals:
        # generic resources: name[:type][:count]
        if not _GPU.match(item) and ":" not in item and not item.isidentifier():
            return None, 0
        head, _, last = item.rpartition(":")
        known = _COUNT.fullmatch(last) and head
        key, value = (head, last) if known else (item, "1")
        if not _GPU.fullmatch(key):
            return (key, 0) if known or ":" in item else (None, 0)
    if not key or not value:
        return None, 0
    if _COUNT.fullmatch(value):
        return key, int(value)
    return (None, 0) if _GPU.fullmatch(key) or key in {"node", "cpu"} else (key, 0)


def of_column(name: str) -> object:
    """A reader of one kind of resource for a column of lists."""
    return lambda text: resource(text, name)
