"""Things go by the names that the field has for them, in identifiers, messages, comments and documents alike."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from matplotlib.text import Text

from dashboard import results, words
from dashboard.controls import Panel
from dashboard.state import Side
from sim import charts
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.comparison.table import markdown
from sim.labels import gloss
from sim.outcomes import BY_NAME, OUTCOMES
from sim.parameters import GRADES
from sim.scenario import load, names
from tests.every import every

ROOT = Path(__file__).resolve().parents[2]
READ = (
    "*.md",
    "docs/*.md",
    "data/*.md",
    "notebooks/*.ipynb",
    "scenarios/**/*.toml",
    "sim/**/*.py",
    "dashboard/**/*.py",
    "dashboard/strings/*.toml",
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


@every("path", PATHS)
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


# ------------------------------------------------------------------------------------- no internal word before a reader

# a name with underscores; not part of a path that one may `--set` or of a source, which say where to go on reading
RAW = re.compile(r"(?<![\w/`])(?<!\w[.:])[A-Za-z0-9]+(?:_[A-Za-z0-9]+)+(?![\w/`]|[.:]\w)")
# names that say nothing alone
BARE = re.compile(r"^(Alpha|Beta|Harm|Counted|Shock|Rule|Segment|Release|Build)\b(?! of)")
TERMS = re.compile(r"\b(GPU-hour|H100e-hour|FE-hour)s?\b|\bgrade ([A-D])\b|-graded inputs \(([A-D])\)")


@cache
def central() -> Comparison:
    """The central case of a small scenario."""
    return compare(load("small_country"), draws=0, queue=False)


@cache
def chart_texts() -> dict[str, tuple[str, ...]]:
    """Every text on each chart."""
    figures = charts.figures(central())
    return {name: tuple(text.get_text() for text in figure.findobj(Text)) for name, figure in figures.items()}


def internal(texts: Iterator[str]) -> list[str]:
    """Internal words that these texts show."""
    return [f"{word!r} in {text[:80]!r}" for text in texts for word in (*RAW.findall(text), *BARE.findall(text))]


def unexplained(texts: list[str]) -> set[str]:
    """Short terms in these texts that nothing in them explains: neither the term with a colon, nor the grade."""
    text = "\n".join(texts).lower().replace("\n", " ")
    found = TERMS.findall("\n".join(texts))
    terms = {term.lower() for term, *_ in found if term}
    grades = {grade for _, *either in found for grade in either if grade}
    return {term for term in terms if f"{term}: " not in text} | {
        f"grade {grade}" for grade in grades if GRADES[grade].replace(": ", ", ") not in text
    }


def test_no_chart_shows_an_internal_word_or_a_term_that_it_does_not_explain() -> None:
    for name, texts in chart_texts().items():
        complain(internal(iter(texts)))
        assert not unexplained(list(texts)), name


def test_no_table_shows_an_internal_word_or_a_term_that_it_does_not_explain() -> None:
    for outcomes in (None, tuple(BY_NAME)):
        lines = markdown(central(), outcomes).splitlines()
        complain(internal(line for line in lines))
        assert not unexplained(lines)
    page = results.table(central(), names=tuple(BY_NAME))
    texts = [*page.columns, *page.index, *page.to_numpy().ravel()]
    complain(internal(text.replace("\N{NO-BREAK SPACE}", " ") for text in texts))


def test_no_outcome_has_a_label_of_jargon_alone() -> None:
    complain(internal(outcome.label for outcome in OUTCOMES))
    assert len({outcome.label for outcome in OUTCOMES}) == len(OUTCOMES)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("scenario", names())
def test_no_panel_shows_an_internal_word(scenario: str) -> None:
    controls = Panel.of(load(scenario), Side()).controls
    shown = [words.label(each.name, each.spec) for each in controls] + [each.label for each in controls]
    shown += [words.value_text(word, each.spec) for each in controls for word in (*each.spec.choices, each.value)]
    shown += [each.spec.help for each in controls]
    complain(internal(iter(shown)))


def test_the_check_finds_what_it_is_for() -> None:
    assert len(internal(iter(["sized to equal_pv.", "as_entered: all", "Alpha", "Harm (share)"]))) == 4
    assert not internal(iter(["set demand.groups", "Harm of one release", "price_series:rent:neocloud:2026-06"]))
    assert unexplained(["Cost per FE-hour"]) == {"fe-hour"}
    assert unexplained(["assumed (grade D)"]) == {"grade D"}
    assert not unexplained(["Cost per FE-hour (grade D)", *gloss(["Cost per FE-hour (grade D)"])])
