"""Numbers as the language of the page writes them, from the model's own: decimal comma, point for thousands, Mio."""

from __future__ import annotations

import re
from typing import Any

from dashboard import texts
from sim import formatting
from sim.comparison import table
from sim.comparison.answer import percent as share_text
from sim.outcomes import Outcome

# a number as the model writes it, with the letter of thousands or millions behind it; not within a word or a path
_NUMBER = re.compile(r"(?<![\w.])(\d{1,3}(?:,\d{3})+|\d+)(\.\d+)?(k|m|bn|tn)?(?![\w]|\.\d)")
_WORDS = re.compile(r"more than|less than|n/a|\bpp\b")


def is_foreign() -> bool:
    """Whether the page is in another language than the model."""
    return texts.language() != texts.LANGUAGES[0]


def local(text: str) -> str:
    """A number, or several in a text, that the model has written, in the language of the session."""
    if not is_foreign():
        return text
    return _WORDS.sub(lambda found: texts.text(f"words {found[0]}"), _NUMBER.sub(_number, text))


def _number(found: re.Match[str]) -> str:
    """One number."""
    whole, rest, letter = found.groups()
    rest = texts.text("DECIMAL_POINT") + rest[1:] if rest else ""
    return whole.replace(",", texts.text("THOUSANDS_POINT")) + rest + (texts.text(f"letter {letter}") if letter else "")


def cell(outcome: Outcome, value: float) -> str:
    """A value as it stands in a table."""
    return local(table.cell(outcome, value))


def in_unit(value: float, unit: str, signed: bool = False) -> str:
    """A value of an outcome without its unit."""
    return local(formatting.format_in_unit(value, unit, signed=signed))


def short(value: float) -> str:
    """A number of three digits, with a word for millions."""
    return local(formatting.format_short(value))


def percent(share: float) -> str:
    """A share of draws in whole per cent, but never all or none of them where it is not."""
    return local(share_text(share))


def per_cent(share: float, digits: str = ".1f") -> str:
    """A share in per cent, its number written by the format `digits`."""
    return local(formatting.format_percent(share, digits))


def count(number: int) -> str:
    """A whole number."""
    return local(f"{number:,}")


def locale() -> dict[str, Any]:
    """The settings of a live chart, so that its axes have the numbers of the language; none in that of the model."""
    if not is_foreign():
        return {}
    number = {
        "decimal": texts.text("DECIMAL_POINT"), "thousands": texts.text("THOUSANDS_POINT"), "grouping": [3],
        "currency": ["", ""], "percent": texts.text("PERCENT_SIGN"),
    }  # fmt: skip
    return {"config": {"locale": {"number": number}}}
