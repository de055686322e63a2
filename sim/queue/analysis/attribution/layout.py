"""What the sweep keeps in memory, and how its functions are compiled: the library that they are."""

from __future__ import annotations

from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from sim.queue.compiler.library import Library
from sim.queue.pools import MOST_POOLS

Machine: TypeAlias = Any
"""A record of MACHINE."""
Class: TypeAlias = Any
"""A record of CLASS."""
Classes: TypeAlias = Any
"""Records of CLASS [class]."""
Waiters: TypeAlias = Any
"""Records of WAITER [job]."""
Events: TypeAlias = Any
"""Records of EVENT, or of CHANGE, in order of time [event]; the last never comes."""
Store: TypeAlias = Any
"""int64: the numbers of the classes that wait, then the segments that begin at `earlier_at` and `tree_at`."""

LIBRARY = Library(
    "causes",
    sorted(Path(__file__).parent.glob("*.py")),
    {"nogil": True, "error_model": "numpy", "boundscheck": False, "_nrt": False},
    constants=(MOST_POOLS,),
)
part, entry = LIBRARY.part, LIBRARY.entry

NONE = -1
BLOCK_BITS = 2  # to look through a block of so many jobs takes as long as a level or two of the tree

# What holds a class; `spare`: were there no failed nodes, some pool would have enough GPUs unused.
STATE_NAMES = ("fits", "drain", "spare_shape", "shape", "spare_blocked", "blocked")
STATES = len(STATE_NAMES)
FITS, DRAIN, SPARE_SHAPE, SHAPE, SPARE_BLOCKED, BLOCKED = range(STATES)
# Columns beside those of the states: seconds of a state in which a job was before an edge.
EARLY_NAMES = ("outage_shape", "outage_blocked", "early")
COLUMNS = STATES + len(EARLY_NAMES)
OUTAGE_SHAPE, OUTAGE_BLOCKED, EARLY = range(STATES, COLUMNS)
OUTAGE, ORDER = 0, 1  # the edges: to which job failed nodes would leave room, and to which the jobs before it would
EDGES = 2
BEFORE, EDGE = 0, 1  # the last job of a class before an edge, and the next one
SIDES = 2


def _integers(*names: str) -> list[tuple[str, type]]:
    """Fields of a record that are int64."""
    return [(name, np.int64) for name in names]


EVENT = np.dtype([("second", np.int64), ("job", np.int32), ("of", np.int32)])
"""A job enters or leaves a class, or starts or ends in a pool; `of` is the class or the pool."""

CHANGE = np.dtype(_integers("second", "pool", "service", "installed"))
"""GPUs of a pool that come (+) or go (-): of those in service, and of those installed."""

WAITER = np.dtype(
    [(name, np.int32) for name in ("pool", "line", "next", "previous")]
    + [("early", np.int32, (EDGES,))]
    + _integers("held")
    + [("seconds", np.int64, (COLUMNS,))]
)
"""A job: the pool where it runs or the line where it waits, its neighbours in its class and whether it is before each
edge, its GPUs, its wait. A line is all jobs that may use the same pools.
"""

CLASS = np.dtype(
    [
        *_integers("held", "allowed", "open", "line", "first", "last", "state", "since", "place"),
        ("before", np.int64, (EDGES,)),
        ("edge", np.int64, (EDGES,)),
        ("clock", np.int64, (STATES,)),
    ]
)
"""Jobs that hold as many GPUs and may use the same pools; `open` are those that do not retire too soon for them."""

MACHINE = np.dtype(
    _integers("pools", "columns", "blocks", "earlier_at", "tree_at", "active")
    + _integers("changed", "ended", "started", "left", "entered")
    + [(name, np.int64, (MOST_POOLS,)) for name in ("free", "used", "installed")]
)
"""The pools, the columns of the tree (the pools, then the lines), how many classes have jobs that wait, and how far the
sweep has come in each list of events.
"""
