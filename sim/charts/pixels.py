"""The pixels of a PNG file, without loss in fewer bytes: each dot one number where a palette holds all of its colours.

Flat areas and sharp letters pack best as they are: the filters of the format, which help photographs, cost a fifth.
"""

from __future__ import annotations

import zlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.charts.carriers.png import SIGNATURE, chunk, chunks

_HEADER, _PALETTE, _PIXELS = b"IHDR", b"PLTE", b"IDAT"
_DEEP, _TRUE_COLOUR, _INDEXED = 8, 2, 3  # bits, and the kinds of colour of ISO/IEC 15948
_MOST_COLOURS, _ALL_COLOURS = 1 << 8, 1 << 24
_LEVEL = 7  # beyond, twice the time gains one byte in thirty


def tight(content: bytes) -> bytes:
    """The same picture, all of whose dots are opaque, with the same other chunks; equal pictures give equal bytes."""
    with Image.open(BytesIO(content)) as opened:
        dots = np.asarray(opened.convert("RGB"))
    kind, palette, rows = _rows(dots)
    height, width = dots.shape[:2]
    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([_DEEP, kind, 0, 0, 0])
    unfiltered = np.pad(rows, ((0, 0), (1, 0)))  # each row begins with the number of its filter: none
    parts = [chunk(name, data) for name, data in chunks(content) if name not in (_HEADER, _PALETTE, _PIXELS)]
    drawn = [chunk(_PALETTE, palette)] if palette else []
    drawn.append(chunk(_PIXELS, zlib.compress(unfiltered.tobytes(), _LEVEL)))
    return b"".join([SIGNATURE, chunk(_HEADER, header), *parts[:-1], *drawn, parts[-1]])


def _rows(dots: NDArray[np.uint8]) -> tuple[int, bytes, NDArray[np.uint8]]:
    """The kind of colour, the palette where it has one, and the bytes of each row, of dots [row, column, channel]."""
    numbers = dots @ np.array([1 << 16, 1 << 8, 1], dtype=np.uint32)
    seen = np.zeros(_ALL_COLOURS, dtype=bool)
    seen[numbers] = True
    colours = np.flatnonzero(seen)
    if len(colours) > _MOST_COLOURS:
        return _TRUE_COLOUR, b"", dots.reshape(len(dots), -1)
    places = np.zeros(_ALL_COLOURS, dtype=np.uint8)
    places[colours] = np.arange(len(colours))
    palette = np.stack([colours >> 16, colours >> 8 & 0xFF, colours & 0xFF], axis=1).astype(np.uint8)
    return _INDEXED, palette.tobytes(), places[numbers]
