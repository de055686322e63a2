"""How the generator's functions are compiled: the library that they are.

Without counting references: with it, every look into one of the many tables costs two atomic operations, and a job four
times as much.
"""

from __future__ import annotations

from pathlib import Path

from sim.queue.compiler.library import Library

LIBRARY = Library(
    "workload",
    sorted(Path(__file__).parent.glob("*.py")),
    {"nogil": True, "error_model": "numpy", "_nrt": False},
)
entry, part, inlined = LIBRARY.entry, LIBRARY.part, LIBRARY.inlined
