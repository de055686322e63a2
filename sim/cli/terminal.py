"""How commands print: tables that are not cut, texts of others as they are, on terminals of whatever characters.

A stream that cannot show a character gets its nearest ASCII characters ('-' for a dash), and one that carries CSV or
JSON gets its escape. Both are error handlers of the stream's encoding, so that nothing else has to know of it.
"""

from __future__ import annotations

import codecs
import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from rich.console import Console

WIDE = 168  # columns of a table that goes to a file or a pipe
READABLE, ESCAPED = "heavypress.readable", "heavypress.escaped"
_BOX_DRAWING = range(0x2500, 0x2580)
_NEAREST = str.maketrans(
    {
        **dict.fromkeys("‐‑‒–—―−─━", "-"),
        **dict.fromkeys("│┃", "|"),
        **dict.fromkeys("‘’‚′", "'"),
        **dict.fromkeys("“”„″«»", '"'),
        **{
            "×": "x",
            "·": ".",
            "•": "*",
            "÷": "/",
            "±": "+/-",
            "≤": "<=",
            "≥": ">=",
            "≠": "!=",
            "≈": "~",
            "→": "->",
            "†": "(+)",
            "←": "<-",
            "↑": "^",
            "↓": "v",
        },
        **{"°": " deg", "µ": "u", "μ": "u", "£": "GBP ", "€": "EUR ", "¥": "JPY ", "ß": "ss", "æ": "ae", "ø": "o"},
    }
)


def console() -> Console:
    """Standard output; wide where it is no terminal, so that tables are not cut."""
    from rich.console import Console

    class Piped(Console):
        """A console that leaves it to `main` what a reader means who has had enough."""

        def on_broken_pipe(self) -> None:
            """Raise the error that rich would turn into an exit code of its own."""
            raise BrokenPipeError

    return Piped() if sys.stdout.isatty() else Piped(width=WIDE)


def escape_markup(text: str) -> str:
    """Text whose square brackets are no markup."""
    return text.replace("[", "\\[")


def print_document(text: str) -> None:
    """Print CSV or JSON; a character that the stream cannot carry is escaped, so that JSON reads back the same."""
    with _errors(sys.stdout, ESCAPED):
        sys.stdout.write(text)


@contextmanager
def readable_output() -> Iterator[None]:
    """Let both standard streams fall back to ASCII, as long as this lasts."""
    with _errors(sys.stdout, READABLE), _errors(sys.stderr, READABLE):
        yield


@contextmanager
def _errors(stream: TextIO, handler: str) -> Iterator[None]:
    """Let a handler choose what a stream writes for characters that its encoding lacks."""
    if not isinstance(stream, io.TextIOWrapper):  # text in memory takes every character
        yield
        return
    usual = stream.errors
    stream.reconfigure(errors=handler)
    try:
        yield
    finally:
        stream.reconfigure(errors=usual)


def nearest_ascii(character: str) -> str:
    """The ASCII characters that stand for one character; its escape where none do.

    >>> "".join(map(nearest_ascii, "10–20 × é …")), nearest_ascii("\\u4e2d")
    ('10-20 x e ...', '\\\\u4e2d')
    """
    from unicodedata import combining, normalize

    nearest = character.translate(_NEAREST)
    if not nearest.isascii():
        nearest = "".join(part for part in normalize("NFKD", character) if not combining(part))
    if not nearest.isascii() and ord(character) in _BOX_DRAWING:
        return "+"
    return nearest if nearest.isascii() and nearest else json_escape(character)


def json_escape(character: str) -> str:
    """A character as JSON and Python escape it.

    >>> json_escape("£"), json_escape("\\U0001f600")
    ('\\\\u00a3', '\\\\ud83d\\\\ude00')
    """
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[n]:02x}{units[n + 1]:02x}" for n in range(0, len(units), 2))


def _register(name: str, replacement: Callable[[str], str]) -> None:
    """Make `replacement` of each character an error handler of encodings."""

    def handle(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        return "".join(map(replacement, error.object[error.start : error.end])), error.end

    codecs.register_error(name, handle)


_register(READABLE, nearest_ascii)
_register(ESCAPED, json_escape)
