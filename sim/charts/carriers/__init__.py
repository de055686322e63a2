"""What the file of a figure carries beside its picture: words, the record of its run, and a seal on all of it.

The seal holds three digests: of the file as it was written, of the picture, and of the words. A file that another
program has saved anew breaks the first alone; whoever changes the picture or a word breaks one of the others. Anybody
can seal anything: a seal shows damage and careless changes, and only running the record again shows the rest.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from sim.charts.carriers import pdf, png, svg
from sim.charts.carriers.words import WORDS, DamagedError
from sim.comparison.identity import LENGTH, digest, drawing_digest

__all__ = [
    "CARRIERS",
    "DRAWN",
    "FIGURE",
    "RECORD",
    "RUN",
    "SEAL",
    "WORDS",
    "Carrier",
    "DamagedError",
    "broken",
    "carry",
]

FIGURE, RUN, RECORD, DRAWN, SEAL = "Figure", "Run", "Record", "Drawn", "Seal"
PARTS = ("file", "picture", "words")  # of a seal
_BLANK = "0" * LENGTH * len(PARTS)


@dataclass(frozen=True)
class Carrier:
    """How a format carries words; each function takes the content of a file, and may raise DamagedError."""

    write: Callable[[bytes, Mapping[str, str]], bytes]  # the file with further words
    words: Callable[[bytes], dict[str, str]]
    picture: Callable[[bytes], bytes]  # what decides how it looks
    swap: Callable[[bytes, str, str], bytes]  # the file with another text, as long, in the place of one


CARRIERS: dict[str, Carrier] = {
    name: Carrier(module.write, module.words, module.picture, module.swap)
    for name, module in (("svg", svg), ("png", png), ("pdf", pdf))
}


def carry(content: bytes, suffix: str, figure: str, run: str, record: str) -> bytes:
    """The file with the name of the figure, the id of its run, the content of run.json and a seal.

    run, record: empty where a figure has none.
    """
    carrier = CARRIERS[suffix]
    about = {FIGURE: figure, RUN: run, RECORD: record, DRAWN: drawing_digest(), SEAL: _BLANK}
    blank = carrier.write(content, {name: text for name, text in about.items() if text})
    return carrier.swap(blank, _BLANK, _seal(blank, carrier))


def broken(content: bytes, suffix: str) -> tuple[str, ...]:
    """The parts of PARTS whose digests are not those of the seal; all where there is none."""
    carrier = CARRIERS[suffix]
    seal = carrier.words(content).get(SEAL, "")
    if len(seal) != len(_BLANK):
        return PARTS
    now = _seal(carrier.swap(content, seal, _BLANK), carrier)
    starts = range(0, len(seal), LENGTH)
    return tuple(part for part, at in zip(PARTS, starts, strict=True) if seal[at:][:LENGTH] != now[at:][:LENGTH])


def _seal(blank: bytes, carrier: Carrier) -> str:
    """The seal of a file that has a blank one; what other programs pack otherwise is still the same word.

    Words of theirs, such as their name or the day, break none.
    """
    words = json.dumps({name: text for name, text in carrier.words(blank).items() if name in WORDS}, sort_keys=True)
    return "".join((digest(blank), digest(carrier.picture(blank)), digest(words)))
