"""What has been loaded, kept out of the way of the garbage collector.

Streamlit collects garbage after every run of a script, also of the small ones that look at a worker twice a second.
Every collection walks through all that was ever loaded, a fifth of a second during which no session gets the
interpreter: three tabs that wait for a worker would leave nothing for their pages.
"""

from __future__ import annotations

import gc
import sys
from threading import Lock

_lock = Lock()
_seen = 0  # modules when it was last looked


def freeze() -> None:
    """Take whatever is there out of later collections, once garbage is gone; only where more has been loaded since."""
    global _seen
    with _lock:
        if len(sys.modules) > _seen:
            gc.collect()
            gc.freeze()
            _seen = len(sys.modules)
