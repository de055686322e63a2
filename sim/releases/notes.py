"""The [RESULTS] lines of CHANGELOG.md: which numbers a release says that it moves."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from sim.outcomes import BY_NAME
from sim.releases.kept import order

CHANGELOG = "CHANGELOG.md"
MARK = "[RESULTS]"
ALL_SCENARIOS, ALL_OUTCOMES = "all scenarios", "all outcomes"
_UNRELEASED = "(unreleased)"


@dataclass(frozen=True)
class Note:
    """One [RESULTS] line, on one line and in small letters."""

    text: str

    def names(self, scenario: str, outcome: str) -> bool:
        """Whether it names a scenario, or all, and an outcome by name or label, or all."""
        label = BY_NAME[outcome].label.lower() if outcome in BY_NAME else outcome
        return self._has(scenario.lower(), ALL_SCENARIOS) and self._has(outcome.lower(), label, ALL_OUTCOMES)

    def _has(self, *words: str) -> bool:
        """Whether one of these stands in it, as whole words."""
        return any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", self.text) for word in words)


def notes_since(version: str, changelog: Path) -> list[Note]:
    """The [RESULTS] lines above the section of a version, and its own while it is headed as unreleased.

    None where there is no such file.
    """
    try:
        text = changelog.read_text(encoding="utf8")
    except OSError:
        return []
    found = []
    for head, body in _sections(text):
        number = head.split()[0] if head else ""
        if number and order(number) <= order(version) and not (number == version and _UNRELEASED in head):
            break
        found += [Note(line.lower()) for line in _items(body) if line.startswith(MARK)]
    return found


def _sections(text: str) -> Iterator[tuple[str, str]]:
    """Heading and text of each version, the newest first."""
    for part in re.split(r"^## ", text, flags=re.MULTILINE)[1:]:
        head, _, body = part.partition("\n")
        yield head.strip(), body


def _items(body: str) -> Iterator[str]:
    """The items of the lists of a section, each on one line."""
    for item in re.split(r"^- ", body, flags=re.MULTILINE)[1:]:
        yield " ".join(item.partition("\n\n")[0].split())
