"""How many processors there are."""

from __future__ import annotations

import os


def processors() -> int:
    """How many processors this process may use: a batch system may have given it fewer than the machine has."""
    allowed = getattr(os, "sched_getaffinity", None)  # macOS has none
    return len(allowed(0)) if allowed else os.cpu_count() or 1
