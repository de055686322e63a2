"""How the compiled queue is compiled: the library that it is."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from sim.queue.compiler.library import Library
from sim.queue.compiler.primitives import fetch, move, numbers, rows

__all__ = ["LIBRARY", "embedded", "entry", "fetch", "move", "numbers", "part", "rows"]

_FOLDER = Path(__file__).parent
_SHARED = ("disciplines/rules.py", "disciplines/priority.py", "../units.py")  # with the plain queue

# Nothing in the kernel allocates, so nothing needs its references counted: without the counts it is 1.4 times as
# fast. The option is not documented; where a later numba drops it, HEAVYPRESS_COUNT_REFERENCES=1 gives the same starts.
_COUNT_REFERENCES = os.environ.get("HEAVYPRESS_COUNT_REFERENCES", "") == "1"
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}

LIBRARY = Library(
    "kernel",
    [*sorted(_FOLDER.glob("*.py")), *((_FOLDER.parent / name).resolve() for name in _SHARED)],
    _OPTIONS if _COUNT_REFERENCES else _OPTIONS | {"_nrt": False},
)
# What happens to every job is embedded in its callers: as calls it would take a tenth longer.
part, embedded, entry = LIBRARY.part, LIBRARY.embedded, LIBRARY.entry
