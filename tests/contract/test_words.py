"""Things go by the names that the field has for them, in identifiers, messages, comments and documents alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
READ = (
    "*.md",
    "docs/*.md",
    "data/*.md",
    "notebooks/*.ipynb",
    "scenarios/**/*.toml",
    "sim/**/*.py",
    "dashboard/**/*.py",
)
PATHS = sorted({path.relative_to(ROOT).as_posix() for pattern in READ for path in ROOT.glob(pattern)})

# What we do not write, and what the field says. An underscore counts as a space, a capital as the start of a word.
WORDS = {
    r"reckon\w*": "compute, calculate, cost",
    r"tell(s|ing|er)?|told(?! apart)": "report, message, state",  # two options may be hard to tell apart
    r"chronicles?": "timeline",
    r"scenes?": "context",
    r"weather|sky|skies": "shocks",
    r"lots": "lottery, random allocation",
    r"(?<!\")luck|lucky": "uniform draw",  # in quotes it names a random stream, whose name decides its numbers
    r"(lognormal|pareto|weibull|gamma|exponential|zipf) laws?": "distribution",
    r"shar(e|es|ed|ing)[ -]out": "allocate",
    r"pots?": "pool, round",
    r"hungry|hungriest|sated": "capped, uncapped",
    r"(?<!excess )burdens?": "private cost, external cost",
    r"overtakes?|overtaking": "backfill",
    r"gives? way|giving way": "preempt",
    r"close[sd]? ranks": "compact",
    r"thrown out|throws? out": "requeued",
    r"turn(s|ed|ing)? away": "rejected",
    r"mend(s|ed|ing)?": "repair, correct",
    r"spel(t|ls?|led) out": "expanded",
    r"(ladder|rung)s?": "progressive estimate, stage",
    r"decrees?": "action",
    r"less than nothing": "negative",
    r"lost patience": "cancelled",
    r"nobody's home": "no home directory",
    r"(in|of) (\w+) of (ten|\d+) (draws|worlds)": "in N % of draws",
}
PATTERN = re.compile("|".join(rf"(?P<w{n}>\b(?:{word})\b)" for n, word in enumerate(WORDS)), re.IGNORECASE)
INSTEAD = tuple(WORDS.values())
# Names of modules are nouns of the field: these were none.
MODULES = {
    *("place", "aside", "intake", "verdicts", "pressing", "showing", "weighing", "wording", "declaring", "producing"),
    *("joining", "helpers", "utils", "common", "misc"),
}
AMERICAN = re.compile(
    r"\b(behavior|color|favor|labor|center|analyz|model(ed|ing)\b|cancel(ed|ing)\b"
    r"|(organ|real|optim|normal|util|summar|general)iz)\w*",
    re.IGNORECASE,
)


def spaced(text: str) -> str:
    """Text with the words of identifiers apart, of the same length: `ShareOut` and `share_out` become ` share out`.

    >>> spaced("share_out, ShareOut")
    'share out, Share Out'
    """
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text.replace("_", " "))


def found(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, word, what to write instead) of every word that the field does not use."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in PATTERN.finditer(spaced(line)):
            yield number, match.group(), INSTEAD[int(str(match.lastgroup)[1:])]


def complain(faults: list[str]) -> None:
    """Fail with all faults at once."""
    assert not faults, "\n" + "\n".join(faults)


@pytest.mark.parametrize("path", PATHS)
def test_the_words_are_those_of_the_field(path: str) -> None:
    text = (ROOT / path).read_text(encoding="utf8")
    complain([f"{path}:{line}: {word!r}: write {instead}" for line, word, instead in found(text)])


def test_modules_are_nouns() -> None:
    complain([path for path in PATHS if path.endswith(".py") and Path(path).stem in MODULES])


@pytest.mark.parametrize("path", [path for path in PATHS if path.endswith(".md") and "/" not in path])
def test_documents_are_in_british_spelling(path: str) -> None:
    lines = enumerate((ROOT / path).read_text(encoding="utf8").splitlines(), 1)
    complain([f"{path}:{number}: {match.group()!r}" for number, line in lines for match in AMERICAN.finditer(line)])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("def share_out(pot): ...", ["share out", "pot"]),
        ("class SharedPot: ...", ["Pot"]),
        ("# by lots, as was told", ["lots", "told"]),
        ("excess_burden_ratio, the burden", ["burden"]),
        ("by power laws, by law, run_law", []),
        ("A Pareto law", ["Pareto law"]),
        ("a spot for the plots of tellurium, mended", ["mended"]),
        ("overtaken by newer hardware", []),
        ("in eight of ten draws", ["in eight of ten draws"]),
    ],
)
def test_a_word_is_found_in_names_and_in_prose(text: str, words: list[str]) -> None:
    assert [word for _, word, _ in found(text)] == words
