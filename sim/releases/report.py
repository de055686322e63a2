"""The changelog of results in words: for a terminal, and as Markdown."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf, nan
from typing import Any

from sim.formatting import format_count, format_percent, format_short, join_words, markdown_table
from sim.outcomes import BY_NAME
from sim.releases.attribution import Attribution
from sim.releases.changelog import NOW
from sim.releases.document import Document, of_scenario
from sim.releases.numbers import Place

MOST_ROWS = 8  # of a scenario: those that moved by the largest part; the rest is in the CSV
LEAST = 0.005  # of a movement: a smaller share is left to the CSV
CODE = "code and libraries"  # in tables, where its digest would say nothing
WORDS = {"value": "median", "central": "central case", "low": "10th percentile", "high": "90th percentile"}
HEADS = ("option", "outcome", "number", "then", "now", "because (share of the movement)")
LIMITS = (
    "Each share is what the change moves when it alone is made in the older edition; what changes move only together "
    "stands apart, and what is left is the code. Shares may be above 100 % or below 0 %."
)


def lines(about: Document) -> Iterator[str]:
    """The report for a terminal, a line each."""
    yield opening(about)
    for each in about["scenarios"]:
        yield ""
        yield f"{each['scenario']}: {format_count(len(each['moved']), 'headline number')} moved."
        yield from (f"  {line}" for line in _why(each))
    if about["scenarios"]:
        yield ""
        yield LIMITS
    yield from _unnamed(about)
    yield from _saved(about)


def sentences(found: Attribution) -> list[str]:
    """Why a run gives other numbers now: what moved most, then and now, and the causes with their shares."""
    if not found.moved:
        return []
    about = of_scenario("", found)
    own = [] if found.missing or found.by_code() else ["On its own data and declarations it gives the same numbers."]
    return [*_why(about), *own, *([LIMITS] if found.causes else [])]


def _why(scenario: Document) -> Iterator[str]:
    """What moved most in one scenario, then what the causes are, a line each."""
    for option, outcome, column, then, now, why in _rows(scenario):
        yield f"{option}, {outcome} ({column}): then {then}, now {now}; {why}"
    yield from (f"{cause['kind']}: {cause['what']}" for cause in scenario["causes"])
    if scenario["missing"]:
        yield f"No cause is known: {scenario['missing']}."


def opening(about: Document) -> str:
    """What was compared, and how much of it moved."""
    side = "the program as it stands" if about["new"]["version"] == NOW else about["new"]["version"]
    moved, of = len(about["scenarios"]), len(about["compared"])
    what = f"the headline of {moved} of {format_count(of, 'scenario')} moved" if moved else "no headline moved"
    how = f"{about['draws']} draws, seed {about['seed']}, waits from the table"
    more = [f" New: {join_words(about['appeared'])}."] if about["appeared"] else []
    more += [f" Gone: {join_words(about['gone'])}."] if about["gone"] else []
    return f"From {about['old']['version']} to {side}: {what} ({how}).{''.join(more)}"


def _unnamed(about: Document) -> Iterator[str]:
    """What moved for no named cause."""
    if about["unnamed"]:
        yield ""
        yield "Moved by code, or for no known cause, and named in no [RESULTS] line of CHANGELOG.md (docs/releases.md):"
        yield from (f"  {each['scenario']}, {each['outcome']}" for each in about["unnamed"])


def _saved(about: Document) -> Iterator[str]:
    """Which saved figures and records are of a scenario that moved."""
    if about["saved"]:
        yield ""
        yield "Saved figures and records; heavypress rerun says of a record whether its own numbers moved:"
        yield from (f"  {each['file']}: {each['verdict']}" for each in about["saved"])


def markdown(about: Document) -> list[str]:
    """The report as Markdown, scenario by scenario."""
    text = [opening(about), ""]
    for each in about["scenarios"]:
        text += [f"### {each['scenario']}", "", f"{format_count(len(each['moved']), 'headline number')} moved.", ""]
        text += [*markdown_table(HEADS, list(_rows(each))), ""]
        text += [f"- {cause['kind']}: {cause['what']}" for cause in each["causes"] if cause["kind"] != "code"]
        text += [f"- No cause is known: {each['missing']}."] if each["missing"] else []
        text += [] if text[-1] == "" else [""]
    return [*text, LIMITS, ""] if about["scenarios"] else text


def markdown_text(about: Document) -> str:
    """The report as a Markdown document."""
    return "\n".join(markdown(about))


def _rows(scenario: Document) -> Iterator[list[str]]:
    """Of each option and outcome one number, those that moved by the largest part of themselves, with their causes."""
    largest: dict[tuple[str, str], Document] = {}
    for each in sorted(scenario["moved"], key=lambda each: list(WORDS).index(each["column"])):
        largest.setdefault((each["option"], each["outcome"]), each)
    for each in sorted(largest.values(), key=_part, reverse=True)[:MOST_ROWS]:
        then, now = (format_short(nan if each[side] is None else each[side], 4) for side in ("then", "now"))
        yield [each["option"], _label(each["outcome"]), WORDS[each["column"]], then, now, _because(scenario, each)]


def _part(moved: Document) -> float:
    """By which part of itself a number moved; one that appears or goes comes first."""
    then, now = moved["then"], moved["now"]
    if then is None or now is None or not then:
        return inf
    return abs(float(now / then) - 1)


def _label(outcome: str) -> str:
    """An outcome as people read it."""
    return BY_NAME[outcome].label if outcome in BY_NAME else outcome


def _because(scenario: Document, moved: Document) -> str:
    """The causes of one movement, the largest first, with their shares."""
    found: list[tuple[float, str]] = []
    for cause in scenario["causes"]:
        for effect in cause["effects"]:
            if all(effect[name] == moved[name] for name in Place._fields):
                found.append((nan if effect["share"] is None else effect["share"], _short(cause)))
    found.sort(key=lambda each: -abs(each[0]) if each[0] == each[0] else -inf)
    much = [each for each in found if not abs(each[0]) < LEAST] or found
    named = (f"{words} ({format_percent(share, '.0f')})" if share == share else words for share, words in much)
    return "; ".join(named) or "no known cause"


def _short(cause: dict[str, Any]) -> str:
    """A cause without what it was and is."""
    if cause["kind"] == "code":
        return CODE
    return f"together: {cause['what']}" if cause["kind"] == "together" else str(cause["what"]).partition(": ")[0]
