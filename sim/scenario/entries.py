"""The plain entries of a file: whole numbers, sentences, lists of sentences, citations."""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import Any

from sim import sources
from sim.formatting import entry_path, format_number, short_repr, unknown_name
from sim.scenario.problems import Problems

LONGEST_SENTENCE = 500
MOST_SENTENCES = 100


def whole_number(
    table: dict[str, Any], name: str, low: int, high: int, problems: Problems, *,
    default: int | None = None, of: str = "",
) -> int | None:  # fmt: skip
    """A whole number of the table, or of `default` where it is left out; None after a fault."""
    allowed = f"allowed: a whole number from {low} to {high}{of}"
    if name not in table:
        if default is None:
            problems.fault(name, f"is missing; {allowed}")
        return default
    value = table[name]
    if isinstance(value, bool) or not isinstance(value, int):
        problems.fault(name, f"{short_repr(value)} is not a whole number; {allowed}")
        return None
    if not low <= value <= high:
        problems.fault(name, f"{short_repr(value)} is not possible; {allowed}")
        return None
    return value


def sentence(
    table: dict[str, Any], name: str, path: str, problems: Problems, *, like: str = "a sentence",
    longest: int = LONGEST_SENTENCE, default: str | None = None,
) -> str:  # fmt: skip
    """A text of the table on one line; empty after a fault."""
    if name not in table:
        if default is None:
            problems.fault(path, f"is missing; write {like}")
        return default or ""
    if wrong := not_a_sentence(table[name], longest):
        problems.fault(path, f"{wrong}; write {like}")
        return ""
    return " ".join(table[name].split())


def not_a_sentence(value: Any, longest: int = LONGEST_SENTENCE) -> str:
    """Reason why a value is not a sentence; empty where it is one.

    >>> not_a_sentence(3), not_a_sentence(" "), not_a_sentence("Why not?")
    ('3 is not a text', 'is empty', '')
    """
    if not isinstance(value, str):
        return f"{short_repr(value)} is not a text"
    if not value.strip():
        return "is empty"
    if len(value) > longest:
        return f"is {format_number(len(value))} characters long, more than {longest}"
    wild = _control_character(value)
    return f"holds the control character {wild!a}" if wild else ""


@lru_cache(maxsize=1024)
def _control_character(text: str) -> str:
    """The first character that no line of text has; remembered, for a sweep reads the same texts again and again."""
    return next((c for c in text if unicodedata.category(c) in ("Cc", "Cs") and not c.isspace()), "")


def sentences(table: dict[str, Any], name: str, problems: Problems) -> tuple[str, ...]:
    """A list of texts; those that can be used after a fault."""
    value = table.get(name, [])
    if not isinstance(value, list):
        problems.fault(name, f"{short_repr(value)} is not a list of texts; write [ and ] around them")
        return ()
    if len(value) > MOST_SENTENCES:
        problems.fault(name, f"has {format_number(len(value))} entries; at most {MOST_SENTENCES}")
        return ()
    good = []
    for number, item in enumerate(value, 1):
        if wrong := not_a_sentence(item):
            problems.fault(entry_path(name, number), wrong)
        else:
            good.append(" ".join(item.split()))
    return tuple(good)


def cited(table: dict[str, Any], problems: Problems) -> tuple[str, ...]:
    """The sources of a scenario; every key must lead somewhere."""
    keys = sentences(table, "sources", problems)
    for number, key in enumerate(keys, 1):
        try:
            sources.resolve(key)
        except KeyError as error:
            problems.fault(entry_path("sources", number), _no_source(str(error.args[0])))
    return keys


def _no_source(key: str) -> str:
    """Sentence for a citation that leads nowhere."""
    table, _, row = key.partition(":")
    if not row:
        return unknown_name("source", key, sources.sources())
    if table not in sources.FACT_TABLES:
        return unknown_name("table of facts", table, sources.FACT_TABLES)
    return unknown_name("fact", key, [f"{table}:{known}" for known in sources.facts(table)])
