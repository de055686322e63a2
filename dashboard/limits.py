"""What one server grants to all who use it at once: each limit with its default, its variable and its sentence.

An operator changes a limit in the environment of the server. Whoever meets one reads it in a sentence.
"""

from __future__ import annotations

import gc
import os
import weakref
from collections.abc import Iterable, MutableMapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from sim.formatting import nearest_name, short_repr

GIB = 2**30
PREFIX = "HEAVYPRESS_MOST_"


@dataclass(frozen=True)
class Limit:
    """A whole number that an operator may set, within a range."""

    default: int
    low: int
    high: int
    about: str


LIMITS = {
    "SESSIONS": Limit(40, 1, 10_000, "browser tabs that are served at a time"),
    "RUNS": Limit(max((os.cpu_count() or 1) - 1, 1), 1, 1_000, "runs at a time; one processor is left for the pages"),
    "RUN_SECONDS": Limit(600, 1, 86_400, "seconds that a run may take"),
    "RUN_GIB": Limit(4, 1, 1_024, "GiB of memory that a run may take"),
    "RUN_CELLS": Limit(10_000_000, 1, 10**12, "draws x months x options of a run"),
    "UPLOAD_MB": Limit(2, 1, 100, "megabytes of a file that is uploaded"),
}
FULL = "This server shows the page to {most} browser tabs at a time, and all are taken: close one, or come back later."
TOO_LARGE = (
    "{draws:,} draws x {months:,} months x {options:,} options are {cells:,}, and a run on this server may have "
    "{most:,}: choose fewer draws, a shorter horizon or fewer options."
)
TOO_MUCH_MEMORY = "it needed more than the {most} GiB of memory that a run may take"
TOO_LONG = "longer than {most:.0f} seconds"


def limit(name: str) -> int:
    """The limit of this server, in the unit that `LIMITS` states; ValueError, a sentence, for what is none."""
    known, variable = LIMITS[name], PREFIX + name
    text = os.environ.get(variable, "").strip()
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(known.high)) else -1
    if text and not known.low <= value <= known.high:
        raise ValueError(f"{variable}: {short_repr(text)} is not a whole number from {known.low} to {known.high}")
    return value if text else known.default


def check(variables: Iterable[str]) -> None:
    """Refuse with ValueError, a sentence, the first of these variables that is no limit, or no value of one."""
    for variable in sorted(variables):
        if variable.startswith(PREFIX):
            name = variable.removeprefix(PREFIX)
            if name not in LIMITS:
                near = nearest_name(variable, [PREFIX + each for each in LIMITS])
                raise ValueError(f"{variable}: no limit has this name{f'; did you mean {near}?' if near else ''}")
            limit(name)


# --- runs ---


@dataclass(frozen=True)
class Extent:
    """How large a run is."""

    draws: int
    months: int
    options: int

    @property
    def cells(self) -> int:
        """Draws x months x options, the central case among the draws."""
        return (self.draws + 1) * self.months * self.options

    def refused(self) -> str:
        """The sentence for a run that is too large for this server; empty where it is not."""
        most = limit("RUN_CELLS")
        if self.cells <= most:
            return ""
        return TOO_LARGE.format(draws=self.draws, months=self.months, options=self.options, cells=self.cells, most=most)


NO_EXTENT = Extent(0, 0, 0)


# --- sessions ---


class _Seat:
    """The place of a session: it is free again once the state of the session is forgotten."""


_seats: weakref.WeakSet[_Seat] = weakref.WeakSet()
_lock = Lock()
_SEAT = "_seat"  # in the state of the session


def refused_session(state: MutableMapping[Any, Any]) -> str:
    """Give the session a place; the sentence to show instead of the page where none is left, else an empty text.

    `state` is `st.session_state`. A session that has a place keeps it.
    """
    most = limit("SESSIONS")
    with _lock:
        if _SEAT in state:
            return ""
        if len(_seats) >= most:
            gc.collect()  # sessions that have ended may hold themselves
        if len(_seats) >= most:
            return FULL.format(most=most)
        state[_SEAT] = seat = _Seat()
        _seats.add(seat)
    return ""
