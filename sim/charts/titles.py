"""The title of a chart is its result, in one short sentence; what the chart is about stands below it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from sim.charts.sheet import EDGE, TITLE, WIDTH, clip, printable, wrap
from sim.formatting import upper_first

_LINES = 2  # that a title may have
_CUTS = (40, 30, 24, 18, 14, 10)  # letters that are left of a name


class Finding(NamedTuple):
    """What a chart finds, as parts of sentences: its result for the title, and more for the line below."""

    result: str
    more: str = ""
    brief: str = ""  # in the place of a result that is too long for a title

    @property
    def whole(self) -> str:
        """Result and more as one part of a sentence."""
        return "; ".join(filter(None, (self.result, self.more)))

    def above(self, topic: str, names: Iterable[str] = ()) -> tuple[str, str]:
        """(title, the line below it): the result, then the topic, a sentence, and more.

        A result that does not fit a title has its `names` cut there, and stands whole below the topic.
        """
        result = upper_first(self.result)
        title = fitted([result, *filter(None, [upper_first(self.brief)])], names)
        more = self.more if title == result else self.whole
        return title, f"{topic} {upper_first(more)}." if more else topic


def _fits(text: str) -> bool:
    """Whether a text fits the lines that a title may have."""
    return len(wrap(text, WIDTH - 2 * EDGE, TITLE, bold=True)) <= _LINES


def fitted(texts: Sequence[str], names: Iterable[str] = ()) -> str:
    """The first of some texts that fits a title; else the last, with the names in it cut until it does."""
    if found := next((text for text in texts if _fits(text)), ""):
        return found
    text, longest = texts[-1], sorted({printable(name) for name in names}, key=len, reverse=True)
    for letters in _CUTS:
        text = printable(texts[-1])
        for name in longest:
            text = text.replace(name, clip(name, letters))
        if _fits(text):
            break
    return text
