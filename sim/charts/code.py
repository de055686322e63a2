"""The square code at the foot of a chart: the id of its source line, for a camera, or a picture without its words.

A QR code (ISO/IEC 18004) of 25 by 25 squares, of which a quarter may be unreadable.
"""

from __future__ import annotations

import re
from functools import lru_cache

import numpy as np
from matplotlib.path import Path

CODE = 0.5  # inches, its side
PREFIX = "HEAVYPRESS "
_LEVEL, _SIZE = "q", 2  # of error correction, and of the code: 29 letters
_NAMED = re.compile(r"^Source: Heavy Press \S+, (?:run|sweep) ([0-9a-f]{12,16})\b")


def id_in(source: str) -> str:
    """The id that a source line begins with, without the appraisal profile; empty where it has none.

    >>> id_in("Source: Heavy Press 0.2.0, run 0123456789ab-omb_a94_1992, seed 1.")
    '0123456789ab'
    """
    found = _NAMED.match(source)
    return found[1] if found else ""


@lru_cache(maxsize=64)
def squares(source: str) -> Path | None:
    """The dark squares of the code of a source line, in a unit square whose y goes up; None where it names no id."""
    import segno

    if not id_in(source):
        return None
    code = segno.make_qr(PREFIX + id_in(source).upper(), error=_LEVEL, version=_SIZE, boost_error=False)
    dark = np.array([list(row) for row in code.matrix], dtype=int)[::-1]
    edges = np.diff(np.pad(dark, ((0, 0), (1, 1))), axis=1)  # 1 where a bar of dark squares begins, -1 behind its end
    (rows, starts), (_, ends) = np.argwhere(edges == 1).T, np.argwhere(edges == -1).T
    corners = [(starts, rows), (ends, rows), (ends, rows + 1), (starts, rows + 1), (starts, rows)]
    places = np.array(corners).transpose(2, 0, 1).reshape(-1, 2) / len(dark)  # [corner of a bar, (x, y)]
    kinds = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY]
    return Path(places, np.tile(kinds, len(rows)))
