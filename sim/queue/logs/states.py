"""What the state of a record means for a replay, in words of Slurm and of others, or in the numbers of its database."""

from __future__ import annotations

import re

from sim.queue.logs.records import CANCELLED, ENDED, PAUSED, UNFINISHED

_UNFINISHED = {
    *("pending", "running", "suspended", "configuring", "completing", "stage_out", "signaling"),
    *("resv_del_hold", "pd", "r", "s", "cf", "cg", "si", "so"),
    # PBS, LSF, Kubernetes and traces of others
    *(
        "q",
        "h",
        "w",
        "queued",
        "queueing",
        "queuing",
        "waiting",
        "wait",
        "held",
        "hold",
        "idle",
        "submitted",
        "created",
    ),
    *("scheduled", "starting", "started", "launching", "preparing", "active", "in_progress", "not_started", "ready"),
    *("pend", "run", "psusp", "ususp", "ssusp", "unkwn", "exiting", "transit"),
    *("runnable", "provisioning", "initializing", "initialising", "executing", "blocked", "deferred", "allocated"),
    *("terminating", "stopping", "qw", "hqw", "hr", "hrq", "dr"),
}
_PAUSED = {
    "stopped",
    "st",
    "requeued",
    "requeue_hold",
    "requeue_fed",
    "special_exit",
    "resizing",
    "rq",
    "rh",
    "rs",
    "se",
}
_CANCELLED = {"cancelled", "canceled", "ca", "revoked", "rv", "removed", "deleted", "withdrawn", "cancelling"}
_BASE = 0xFF  # of a number: what is above are flags
_NUMBERS = {0: UNFINISHED, 1: UNFINISHED, 2: UNFINISHED, 4: CANCELLED}
_FLAGS = 0x400 | 0x800 | 0x1000 | 0x2000  # requeued, held for it, special exit, resizing
_WHOLE = re.compile(r"\d{1,9}(?:\.0+)?")
_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z][a-z])")  # InProgress
_PREFIX = re.compile(r"\W*job_?(?:status|state)[._]")
_WORD = re.compile(r"[a-z_]+")


def state(text: str) -> int:
    """What a state means; all that ended somehow, and states that are not known, count as ended.

    PAUSED is a run that was stopped or ended and was to be followed by another: it is one where it has an end, else
    unfinished.

    >>> state("CANCELLED by 1000") == CANCELLED, state("RUNNING") == UNFINISHED, state("TIMEOUT") == ENDED
    (True, True, True)
    >>> all(state(text) == UNFINISHED for text in ("InProgress", "JOB_STATE_RUNNING", "JobStatus.RUNNING", "hqw"))
    True
    >>> state('["PENDING"]') == UNFINISHED, state("REQUEUED") == PAUSED, state("Pass") == state("Killed") == ENDED
    (True, True, True)
    """
    words = _WORD.findall(_PREFIX.sub("", _CAMEL.sub("_", text.strip()).casefold()))
    for word in (words[:1], ["_".join(words[:2])]):
        name = "".join(word).removeprefix("job_").strip("_")
        for meaning, names in ((UNFINISHED, _UNFINISHED), (PAUSED, _PAUSED), (CANCELLED, _CANCELLED)):
            if name in names:
                return meaning
    return ENDED


def numbered_state(text: str) -> int:
    """The same where Slurm's database gave it a number, or a word after all.

    >>> [numbered_state(text) == meaning for text, meaning in (("3", ENDED), ("1", UNFINISHED), ("4.0", CANCELLED),
    ...     ("1024", PAUSED), ("32771", ENDED), ("COMPLETED", ENDED))]
    [True, True, True, True, True, True]
    """
    if not _WHOLE.fullmatch(text.strip()):
        return state(text)
    number = int(float(text))
    if number & _FLAGS:
        return PAUSED
    return _NUMBERS.get(number & _BASE, ENDED)
