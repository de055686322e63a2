"""How commands print: tables that are not cut, and texts of others as they are."""

from __future__ import annotations

import sys

from rich.console import Console

WIDE = 168  # columns of a table that goes to a file or a pipe


def console() -> Console:
    """Standard output; wide where it is no terminal, so that tables are not cut."""
    return Console() if sys.stdout.isatty() else Console(width=WIDE)


def escape_markup(text: str) -> str:
    """Text whose square brackets are no markup."""
    return text.replace("[", "\\[")
