"""Sentences of the model, read by the table of texts: what stands in the braces of its English goes into the German."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from dashboard import texts
from dashboard.amounts import local

FURTHER, PHRASES = "further ", "phrase "  # before the names of the texts
_HOLE = re.compile(r"\\{(\w+)\\}")  # what changes, in a text that is escaped for a pattern
_END = r"(?!\S)"  # of a sentence: no point within a number


@cache
def patterns(prefix: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
    """The name of each text, and what it is in the model's language; the longest first."""
    rows = {name: row[texts.LANGUAGES[0]] for name, row in texts.table().items() if name.startswith(prefix)}
    found = {name: re.compile(_HOLE.sub(r"(?P<\1>.+?)", re.escape(rows[name])) + _END) for name in rows}
    return tuple(sorted(found.items(), key=lambda each: -len(rows[each[0]])))


def remark(own: str, labels: Mapping[str, str]) -> str:
    """A remark of the model, sentence by sentence; as the model says it where the table has no such sentence.

    labels: those of options in the model's language, and how the page has them.
    """
    said, rest = [], own
    while rest:
        found = _first(rest)
        if found is None:
            return own
        name, match = found
        holes = {hole: _phrase(text, labels) for hole, text in match.groupdict().items()}
        said.append(texts.text(name).format(**holes))
        rest = rest[match.end() :].lstrip()
    return " ".join(said)


def _first(own: str) -> tuple[str, re.Match[str]] | None:
    """The text that begins a remark, whole sentences of it."""
    found = ((name, pattern.match(own)) for name, pattern in patterns(FURTHER))
    return next(((name, each) for name, each in found if each), None)


def _phrase(own: str, labels: Mapping[str, str]) -> str:
    """What stood in a hole: labels, known phrases and numbers in the language of the page."""
    known = {row[texts.LANGUAGES[0]]: texts.text(name) for name, row in texts.table().items()
             if name.startswith(PHRASES)}  # fmt: skip
    said = {**known, **labels}
    each = "|".join(re.escape(text) for text in sorted(said, key=len, reverse=True))
    parts = re.split(rf"(?<!\w)({each})(?!\w)", own)
    return "".join(said[part] if place % 2 else local(part) for place, part in enumerate(parts))
