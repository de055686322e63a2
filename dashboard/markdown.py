"""Text and numbers of any origin as Markdown that Streamlit shows letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable

NO_BREAK = "\u00a0"
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|$~&])|^(?:([-+=])|(\d+)([.)])(?=\s|$))")
# What Streamlit replaces after Markdown was read, where a backslash comes too late: icons, emoji, arrows, dashes.
_REPLACED = re.compile(r"(:(?=[\w+/-])|[<>~](?=[-=])|-(?=[->]))")
_SPACE = re.compile("[ \\t\\n\\r\\f\\v\\x85\\u2028\\u2029]+")  # all but the space that does not break
_ADDRESS = re.compile(r"https?://[\w.:/?#@&'+,;=%-]+")  # without what Markdown would act on
_UNSEEN = "\u2060"  # word joiner: keeps two characters from being read as one sign


def literal(text: str) -> str:
    r"""Text that Streamlit shows letter by letter, whatever it means in Markdown.

    >>> literal("a *b* $c$"), literal("1. x"), literal("- x")
    ('a \\*b\\* \\$c\\$', '1\\. x', '\\- x')
    """
    apart = _REPLACED.sub(rf"\1{_UNSEEN}", _SPACE.sub(" ", text).strip())
    return _PUNCTUATION.sub(lambda found: f"{found[3] or ''}\\{found[1] or found[2] or found[4]}", apart)


def with_links(text: str) -> str:
    """Text shown letter by letter, but for addresses, which stay links."""
    return " ".join(word if _ADDRESS.fullmatch(word) else literal(word) for word in text.split())


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences, each shown letter by letter."""
    return "\n".join(f"- {with_links(line)}" for line in lines)


# --- cells of a table ---


def two_lines(above: str, below: str) -> str:
    """Markdown of a cell: a line, and a small one below it. Both must be literal already."""
    return f"{above}  \n:small[{below}]" if below else above


def spread(low: str, high: str) -> str:
    """A range that stays on one line.

    >>> spread("3.8 %", "76.5 %").split()
    ['3.8', 'to', '76.5', '%']
    """
    if low.endswith(" %") and high.endswith(" %"):
        low = low.removesuffix(" %")
    return f"{low} to {high}".replace(" ", NO_BREAK)
