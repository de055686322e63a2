"""How the generator's functions are compiled: the library that they are.

Without counting references: with it, every look into one of the many tables costs two atomic operations, and a job four
times as much. All is embedded in the entries: a call would hand on the distributions, some two hundred numbers.
"""

from __future__ import annotations

from pathlib import Path

from sim.queue.compiler.library import Library

LIBRARY = Library(
    "workload",
    sorted(Path(__file__).parent.glob("*.py")),
    {"nogil": True, "error_model": "numpy", "_nrt": False},
)
entry, inlined = LIBRARY.entry, LIBRARY.embedded
