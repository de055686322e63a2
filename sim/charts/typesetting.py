"""Text that fits: without what no font or file can hold, measured, and wrapped."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.textpath import text_to_path

FAMILY = "DejaVu Sans"
SIZE = 7.5  # points, the smallest text
LINE = 0.14  # inches, the height of a line of that size
POINTS_PER_INCH = 72
_HINTED = 1.03  # letters are a little wider on a grid of pixels than in outline


def printable(text: str) -> str:
    """One line without control characters, fit for XML and for the metadata of a file.

    >>> printable("A\\tplan\\u202e  for\\x00 2030 ")
    'A plan for 2030'
    """
    visible = (" " if unicodedata.category(letter)[0] in "CZ" else letter for letter in text)
    return " ".join("".join(visible).split())


@cache
def _letters() -> frozenset[int]:
    """Code points that both weights of the font can draw."""
    weights = (get_font(findfont(FontProperties(family=FAMILY, weight=weight))) for weight in ("normal", "bold"))
    regular, bold = (set(font.get_charmap()) for font in weights)
    return frozenset(regular & bold)


def drawable(text: str) -> str:
    """The text with a replacement mark for each letter that the font lacks."""
    return "".join(letter if ord(letter) in _letters() else "\ufffd" for letter in printable(text))


@lru_cache(maxsize=8192)
def width_of(text: str, size: float = SIZE, bold: bool = False) -> float:
    """Width of a piece of text, inches."""
    font = FontProperties(family=FAMILY, size=size, weight="bold" if bold else "normal")
    points = text_to_path.get_text_width_height_descent(text, font, False)[0]
    return float(points) / POINTS_PER_INCH * _HINTED


def widest(lines: list[str], size: float = SIZE, bold: bool = False) -> float:
    """Width of the longest of some lines, inches."""
    return max((width_of(line, size, bold) for line in lines), default=0.0)


def wrap(text: str, width: float, size: float = SIZE, bold: bool = False) -> list[str]:
    """Lines no wider than `width` inches; a word that alone is wider is cut into pieces.

    Words are measured one by one and remembered, so that a chart of known words costs nothing.
    """
    space = width_of("n n", size, bold) - width_of("nn", size, bold)
    lines: list[list[str]] = []
    used = width
    for word in drawable(text).split():
        for number, piece in enumerate(_pieces(word, width, size, bold)):
            needed = space + width_of(piece, size, bold)
            if number or used + needed > width:
                lines.append([piece])
                used = needed - space
            else:
                lines[-1].append(piece)
                used += needed
    return [" ".join(line) for line in lines]


def _pieces(word: str, width: float, size: float, bold: bool) -> list[str]:
    """A word cut so that each piece fits: behind its hyphens where that is enough."""
    if width_of(word, size, bold) <= width:
        return [word]
    parts = re.findall("[^-]*-+|[^-]+", word)
    parts = parts if all(width_of(part, size, bold) <= width for part in parts) else list(word)
    pieces = [""]
    for part in parts:
        if pieces[-1] and width_of(pieces[-1] + part, size, bold) > width:
            pieces.append("")
        pieces[-1] += part
    return pieces


def clip(text: str, letters: int) -> str:
    """A word cut short, for a place where it must not wrap and that has the whole word elsewhere.

    >>> clip("dirham of the Emirates", 8)
    'dirham …'
    """
    text = printable(text)
    return text if len(text) <= letters else text[: letters - 1] + "…"
