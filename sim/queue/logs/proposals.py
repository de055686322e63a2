"""Which column of a table may be the one that is lacking: its name is like it, and its first cells hold such values."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping, Sequence

from sim.formatting import escape, nearest_name, short_repr
from sim.queue.logs.source import BYTE_ORDER_MARK
from sim.queue.logs.values import NOTHING, duration, moment, number

Cells = Callable[[], Mapping[str, Sequence[str]]]
"""Name of a column -> its first values as texts; called only where a column is lacking."""

FIRST_ROWS = 20
_LOOKED_AT = 1 << 16  # bytes of a file's beginning
_MOST_LISTED = 16
# Our name of a column -> parts of words that others have for it.
_LIKE = {
    "submit": ("submit", "creat", "queued", "arriv"),
    "start": ("start", "begin", "launch", "scheduled"),
    "end": ("end", "finish", "complet", "stop", "delet"),
    "run": ("run", "duration", "elapsed", "walltime"),
    "gpus": ("gpu", "device", "accelerator"),
}
# Parts of the names of what is counted, and is no time to run.
_COUNTS = ("gpu", "device", "accelerator", "cpu", "core", "node", "num", "count", "mem", "id")


def no_cells() -> Mapping[str, Sequence[str]]:
    """Nothing is known of the values."""
    return {}


def text_cells(head: bytes, names: Sequence[str], delimiter: str) -> dict[str, list[str]]:
    """The first values of each column of a text with one line of names."""
    text = head[:_LOOKED_AT].removeprefix(BYTE_ORDER_MARK).decode("utf8", "replace")
    lines = [line for line in text.splitlines() if line.strip()][1 : FIRST_ROWS + 1]
    try:
        rows = [row for row in csv.reader(lines, delimiter=delimiter) if len(row) == len(names)]
    except csv.Error:
        rows = []
    return {name: [row[place] for row in rows] for place, name in enumerate(names)}


def holds(ours: str, texts: Sequence[str]) -> bool:
    """True where these values may be those of our column `ours`: times, durations, or whole numbers.

    >>> holds("gpus", ["4", ""]), holds("gpus", ["V100"]), holds("submit", ["2024-05-01T00:00:00"]), holds("run", [""])
    (True, False, True, False)
    """
    known = [text for text in texts if text.strip().casefold() not in NOTHING]
    if not known:
        return False
    if ours in ("submit", "start", "end"):
        return not any(moment(text).fault for text in known)
    if ours == "run":
        return not any(duration(text)[1] for text in known)
    return not any(fault or rounded for _, fault, rounded in (number(text.strip().encode()) for text in known))


def lacking(ours: str, names: Sequence[str], taken: set[str], cells: Mapping[str, Sequence[str]]) -> str:
    """Sentence for a column that is needed and not there, with the one that may be it."""
    also = " (or start and end)" if ours == "run" else ""
    fitting = [name for name in names if name not in taken and holds(ours, cells.get(name, ()))]
    if ours == "run":
        if both := _both_times(names, taken, cells):
            return f"no column 'run' (or start and end); did you mean {both}?"
        fitting = [name for name in fitting if not any(part in name.casefold() for part in _COUNTS)]
    if ours == "gpus":  # one letter apart
        fitting = [name for name in fitting if "cpu" not in name.casefold()]
    near = nearest_name(ours, fitting) or _like(ours, fitting)
    if near:
        hint = f"did you mean --column {ours}={escape(near)}?"
    elif taken:
        there = ", ".join(escape(name) for name in names[:_MOST_LISTED]) + (", ..." if names[_MOST_LISTED:] else "")
        hint = f"name it: --column {ours}=NAME; there are: {there}"
    else:  # who knows whether these are names of columns, and not of people
        hint = f"name it: --column {ours}=NAME, as line 1 has it"
    return f"no column {short_repr(ours)}{also}; {hint}"


def _like(ours: str, names: Sequence[str]) -> str | None:
    """The first of these names that holds a part of a word that others have for our column."""
    return next((name for part in _LIKE.get(ours, ()) for name in names if part in name.casefold()), None)


def _both_times(names: Sequence[str], taken: set[str], cells: Mapping[str, Sequence[str]]) -> str:
    """What names a start and an end, where there are columns of times with such names and none of run times."""
    free = [name for name in names if name not in taken and holds("start", cells.get(name, ()))]
    start = _like("start", free)
    end = _like("end", [name for name in free if name != start])
    named = [f"--column {ours}={escape(theirs)}" for ours, theirs in (("start", start), ("end", end)) if theirs]
    return " ".join(named) if len(named) > 1 else ""
