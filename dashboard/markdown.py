"""Text and numbers of any origin as Markdown that Streamlit shows letter by letter."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import groupby

NO_BREAK = "\u00a0"
_PUNCTUATION = re.compile(r"([\\`*_\[\]<>#|$~&])|^(?:([-+=])|(\d+)([.)])(?=\s|$))")
# What Streamlit replaces after Markdown was read, where a backslash comes too late: icons, emoji, arrows, dashes.
_REPLACED = re.compile(r"(:(?=[\w+/-])|[<>~](?=[-=])|-(?=[->]))")
# An option of a command, with what is set by it: it is copied, and must not have anything unseen in it.
_OPTION = re.compile(r"(?<![\w-])(--[a-z][\w-]*(?: [\w.]+=[^\s,;()`]*[^\s,;()`.])?)")
_SPACE = re.compile("[ \\t\\n\\r\\f\\v\\x85\\u2028\\u2029]+")  # all but the space that does not break
_ADDRESS = re.compile(r"https?://[\w.:/?#@&'+,;=%-]+")  # without what Markdown would act on
# Between a number and what belongs to it: per cent, a word for millions, a currency, a symbol of a unit.
_UNIT = re.compile(
    r"(?<=\d) (?=(?:%|‰|€|pp\b|Pp\.|Tsd\.|Mio\.|Mrd\.|Bio\.|[A-Z]{3}\b|[kMGT]Wh?\b|W\b|t(?:CO2e)?\b|kg(?:CO2e)?\b))"
    r"|(?<=(?:Tsd|Mio|Mrd|Bio)\.) (?=[A-Z]{3}\b)"
)
_UNSEEN = "\u2060"  # word joiner: keeps two characters from being read as one sign


def bound(text: str) -> str:
    """Text in which no number stands at the end of a line and its unit on the next.

    >>> bound("55 % of 1,2 Mio. EUR in 8 years").split(" ")
    ['55\\xa0%', 'of', '1,2\\xa0Mio.\\xa0EUR', 'in', '8', 'years']
    """
    return _UNIT.sub(NO_BREAK, text)


def literal(text: str) -> str:
    r"""Text that Streamlit shows letter by letter, whatever it means in Markdown; numbers stay beside their units.

    >>> literal("a *b* $c$"), literal("1. x"), literal("- x")
    ('a \\*b\\* \\$c\\$', '1\\. x', '\\- x')

    Options of a command are code, which is copied as it stands.

    >>> literal("2.3 → 3 (--set; moved), --range a.b=1:2.")
    '2.3 → 3 (`--set`; moved), `--range a.b=1:2`.'
    """
    parts = _OPTION.split(bound(_SPACE.sub(" ", text).strip()))
    return "".join(code(part) if place % 2 else _literal(part) for place, part in enumerate(parts))


def _literal(text: str) -> str:
    apart = _REPLACED.sub(rf"\1{_UNSEEN}", text)
    return _PUNCTUATION.sub(lambda found: f"{found[3] or ''}\\{found[1] or found[2] or found[4]}", apart)


def code(text: str) -> str:
    """Text to be copied letter by letter, as code.

    >>> code("--set a=1"), code("a`b")
    ('`--set a=1`', '`` a`b ``')
    """
    fence = "`" * (1 + max(map(len, re.findall("`+", text)), default=0))
    return f"{fence}{text}{fence}" if fence == "`" else f"{fence} {text} {fence}"


def with_links(text: str) -> str:
    """Text shown letter by letter, but for addresses, which stay links.

    >>> with_links("55 % of *all* https://a.org/x_y, --set a=1").replace(NO_BREAK, " ")
    '55 % of \\\\*all\\\\* https://a.org/x_y, `--set a=1`'
    """
    parts = groupby(_SPACE.split(text.strip()), key=lambda word: bool(_ADDRESS.fullmatch(word)))
    return " ".join(" ".join(words) if links else literal(" ".join(words)) for links, words in parts)


def bullets(lines: Iterable[str]) -> str:
    """A list of sentences, each shown letter by letter."""
    return "\n".join(f"- {with_links(line)}" for line in lines)


# --- cells of a table ---


def distinct(heads: Iterable[str]) -> list[str]:
    """Heads of columns that look as given and of which no two are the same, as a table needs them.

    >>> [len(head) for head in distinct(["low", "low", "high"])]
    [3, 4, 4]
    """
    found: list[str] = []
    for head in heads:
        while head in found:
            head += _UNSEEN
        found.append(head)
    return found


def two_lines(above: str, below: str) -> str:
    """Markdown of a cell: a line, and a small one below it. Both must be literal already."""
    return f"{above}  \n:small[{below}]" if below else above


def in_lines(text: str, least: int = 18) -> str:
    """Text whose lines, however narrow its column, are not much shorter than `least` letters.

    >>> in_lines("Public cost, present value", 10).split(NO_BREAK)
    ['Public', 'cost, present', 'value']
    """
    lines = [""]
    for word in text.split(" "):
        if lines[-1] and len(lines[-1]) < least:
            lines[-1] += NO_BREAK + word
        elif lines[-1]:
            lines.append(word)
        else:
            lines[-1] = word
    if len(lines) > 1 and len(lines[-1]) < least / 2:
        lines[-2:] = [NO_BREAK.join(lines[-2:])]
    return " ".join(lines)


def spread(low: str, high: str, words: str = "{low} to {high}") -> str:
    """A range that stays on one line; words: how it is said.

    >>> spread("3.8 %", "76.5 %").split()
    ['3.8', 'to', '76.5', '%']
    """
    if low.endswith(" %") and high.endswith(" %"):
        low = low.removesuffix(" %")
    return words.format(low=low, high=high).replace(" ", NO_BREAK)
