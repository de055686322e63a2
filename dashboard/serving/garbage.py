"""Garbage, collected once in a while and not, as Streamlit does it by itself, after every run of a script.

Every full collection walks through all that lives, a fifth of a second and more during which no session gets the
interpreter: with five tabs that move, it took half of the server's time.
"""

from __future__ import annotations

import gc
from threading import Event

EVERY_SECONDS = 30.0


def keep_loaded() -> None:
    """Take what has been loaded by now, none of which will ever be garbage, out of all later collections."""
    gc.collect()
    gc.freeze()


def collect(end: Event, every_seconds: float = EVERY_SECONDS) -> None:
    """Collect garbage now and then until the end: memory of sessions that are over is given back."""
    before = _young()
    while not end.wait(every_seconds):
        if _young() != before:  # on a server that is idle nothing is made, and nothing can have become garbage
            gc.collect()
        before = _young()


def _young() -> int:
    """How often the youngest objects were collected."""
    return int(gc.get_stats()[0]["collections"])
