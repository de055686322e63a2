"""The verdict on a figure: its seal, its record run again, and the figure drawn again."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from sim import charts
from sim.charts.carriers import CARRIERS, DRAWN, FIGURE, RECORD, RUN, WORDS, DamagedError, broken
from sim.comparison.identity import digest, drawing_digest
from sim.releases.kept import read, versions
from sim.scenario import ScenarioError
from sim.signatures.library import carries_manifest
from sim.verification import analyses, numbers, pages
from sim.verification.analyses import Analysed
from sim.verification.damage import damage
from sim.verification.exhibits import Exhibit
from sim.verification.findings import ALTERED, OWN, UNCHECKED, VERIFIED, Finding
from sim.verification.pictures import likeness, opened
from sim.verification.runs import Ran, Runs, why_not

LONGEST = 160  # letters of a word that is quoted


def judge(exhibit: Exhibit, runs: Runs) -> Finding:
    """The verdict on a figure that carries its words."""
    words, form = exhibit.words, exhibit.form
    name, run = words.get(FIGURE, ""), words.get(RUN, "")

    def found(verdict: str, *reasons: str) -> Finding:
        return Finding(exhibit.where, verdict, name, run, tuple(reasons))

    try:
        parts = broken(exhibit.content, form)
    except DamagedError as error:
        return found(ALTERED, f"It {error}.")
    if RECORD not in words:
        about = f"It carries no record. The command {name.partition('/')[0] or 'that drew it'} draws it anew."
        return found(ALTERED if _torn(parts) else UNCHECKED, about, *(_torn(parts) or ["Its seal is whole."]))
    try:
        ran = runs.analysis(words[RECORD], "its record") or runs.of_record(words[RECORD], "its record")
    except ScenarioError as error:
        torn = _torn(parts)
        return found(ALTERED if torn else UNCHECKED, f"Its record cannot be run: {why_not(error)}.", *torn)
    verdict, reasons = analyses.held(ran) if isinstance(ran, Analysed) else numbers.held(ran)
    if verdict == VERIFIED and _resized(exhibit, ran, parts):
        (seen,) = pages.judge_picture(exhibit, runs)[:1]
        if seen.verdict == VERIFIED and seen.figure != name:
            return found(ALTERED, f"Its words are those of figure {name}, its picture is figure {seen.figure}.")
        return found(seen.verdict, "Its words are the same, its picture has another size.", *seen.reasons, *reasons)
    faults = [*_other_ids(exhibit, ran), *_torn(parts), *_differences(exhibit, ran)]
    if verdict == ALTERED or faults:
        return found(ALTERED, *faults, *(reasons if verdict == ALTERED else ()))
    if verdict != VERIFIED:
        return found(verdict, *reasons)
    return found(*_as_drawn(exhibit, ran, reasons))


def _resized(exhibit: Exhibit, ran: Ran | Analysed, parts: Sequence[str]) -> bool:
    """Whether all that is broken is the picture, and that because it was made larger or smaller."""
    name = exhibit.words.get(FIGURE, "")
    if exhibit.form != "png" or set(parts) != {"file", "picture"} or name not in charts.CHARTS:
        return False
    ours = ran.figure(name, "png")
    return ours is not None and opened(ours).size != opened(exhibit.content).size


def _as_drawn(exhibit: Exhibit, ran: Ran | Analysed, reasons: Sequence[str]) -> tuple[str, ...]:
    """The verdict where the numbers are the same, by how the figure is drawn."""
    ours = ran.figure(exhibit.words[FIGURE], exhibit.form)
    if ours is None:
        return UNCHECKED, f"This version draws no figure {exhibit.words[FIGURE]!r}; its numbers are the same.", *reasons
    if ours == exhibit.content:
        return VERIFIED, "The same to the last byte.", *reasons
    others = list(_other_words(exhibit.words, CARRIERS[exhibit.form].words(ours)))
    if _unlike(exhibit, ours) or others:
        how = "this version draws it otherwise, so that its picture could not be held against one"
        verdict = OWN if exhibit.words.get(DRAWN) in _kept_drawings() else UNCHECKED
        return verdict, f"Its numbers are the same, and its seal is whole; {how}.", *others, *reasons
    since = "the file was signed" if carries_manifest(exhibit.content) else "another program has saved the file anew"
    return VERIFIED, f"Its picture and its words are the same, its bytes are not: {since}.", *reasons


@cache
def _kept_drawings() -> set[str]:
    """How the releases that are kept drew, as digests; what names another may have been drawn by anybody."""
    return {str(read(version).about["digests"].get("drawing")) for version in versions()}


def _other_ids(exhibit: Exhibit, ran: Ran | Analysed) -> Iterator[str]:
    """Faults where a figure gives no drawing's id, or another id of the run than its record has."""
    if DRAWN not in exhibit.words:
        yield f"Its {DRAWN} is missing, which every version writes."
    if exhibit.words.get(RUN) != ran.run:
        yield f"Its Run is {_quoted(exhibit.words.get(RUN))}, its record is of run {ran.run}."


def _differences(exhibit: Exhibit, ran: Ran | Analysed) -> list[str]:
    """What differs from the figure drawn again, where this version draws as the one that made it."""
    if exhibit.words.get(DRAWN) != drawing_digest() or ran.moved:
        return []
    ours = ran.figure(exhibit.words.get(FIGURE, ""), exhibit.form)
    if ours is None:
        return [f"Its Figure is {_quoted(exhibit.words.get(FIGURE))}, and the run gives none of that name."]
    if ours == exhibit.content:
        return []
    found = list(_other_words(exhibit.words, CARRIERS[exhibit.form].words(ours)))
    if _unlike(exhibit, ours):
        found.append(f"Its picture is not the one that the run gives{_place(exhibit, ours)}.")
    return found or [sentence for sentence in [damage(exhibit.content, ours)] if sentence]


def _unlike(exhibit: Exhibit, ours: bytes) -> bool:
    """Whether the picture in a file is another than in ours."""
    return _picture(exhibit.form, exhibit.content) != _picture(exhibit.form, ours)


@lru_cache(maxsize=4)
def _picture(form: str, content: bytes) -> str:
    """Digest of the picture in a file; ours is asked for as often as there are figures of one run."""
    return digest(CARRIERS[form].picture(content))


def _place(exhibit: Exhibit, ours: bytes) -> str:
    """Where two pictures differ most, where they are pixels."""
    if exhibit.form != "png":
        return ""
    held = likeness(opened(exhibit.content), opened(ours))
    return f"; they differ most {held.place}"


def _other_words(found: dict[str, str], ours: dict[str, str]) -> Iterator[str]:
    """Faults for each word of ours that is another."""
    for name in sorted({*WORDS} - {RECORD}):
        if found.get(name) != ours.get(name):
            yield f"Its {name} is {_quoted(found.get(name))}, where the run gives {_quoted(ours.get(name))}."


def _quoted(text: str | None) -> str:
    """A word in quotation marks, cut short."""
    if text is None:
        return "missing"
    return repr(text if len(text) <= LONGEST else f"{text[:LONGEST]}...")


def _torn(parts: Sequence[str]) -> list[str]:
    """The sentence on a seal that shows more than that the file was saved anew."""
    shown = [part for part in parts if part != "file"]
    return [f"Its seal is broken: the {' and the '.join(shown)} changed since it was written."] if shown else []
