"""The verdict on pictures that lost their words, alone or on a page: found by their codes, held against their run."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from PIL import ImageOps
from PIL.Image import Image

from sim import charts
from sim.charts.carriers import DamagedError
from sim.charts.sheet import WIDTH
from sim.formatting import join_words
from sim.scenario import ScenarioError
from sim.verification import numbers
from sim.verification.exhibits import Exhibit
from sim.verification.findings import ALTERED, FOREIGN, UNCHECKED, VERIFIED, Finding
from sim.verification.pictures import FINE_DOTS, LOOSE, Code, Likeness, codes, grey, likeness, opened
from sim.verification.registration import box_of, cut_out, roughly, upright
from sim.verification.runs import Ran, Runs, why_not
from sim.verification.tables import unknown

MOST_PAGES = 500
LOOK_DOTS, FULL_DOTS = 150, 300  # per inch, to find codes on a page, and of a figure to hold it against ours
NEAR = 0.6  # of the ink of a figure, by which a part of a page may differ from afar and yet be that figure: ours did by
# at most 0.34, others by at least 0.86
MOST_TRIED = 2  # figures that it is held against where none is near
DARK = 128  # grey levels, of the middle dot of a picture whose colours are inverted
_POINTS = 72  # per inch
_NAMED = re.compile(r"\brun\s+([0-9a-f]{12})(?![0-9a-f])")


def judge_picture(exhibit: Exhibit, runs: Runs) -> list[Finding]:
    """The verdicts on a picture without words: one for each code in it, or for the id in the text beside it."""
    try:
        picture = opened(exhibit.content)
    except DamagedError as error:
        return [Finding(exhibit.where, UNCHECKED if exhibit.named else FOREIGN, reasons=(f"It {error}.",))]
    found = codes(picture)
    if found:
        return [_judged(exhibit.where, picture, code, code.run, runs) for code in found]
    if exhibit.named:
        return [_judged(exhibit.where, picture, None, exhibit.named, runs)]
    why = "It has neither words nor a code of ours. A figure of ours whose foot was cut off cannot be recognised."
    return [Finding(exhibit.where, FOREIGN, reasons=(why,))]


def judge_pages(exhibit: Exhibit, runs: Runs) -> list[Finding]:
    """The verdicts on a document in PDF: one for each code on its pages, and for each run that its text names alone."""
    found: list[Finding] = []
    named: dict[str, list[int]] = {}
    try:
        for number, page in _pages(exhibit.content):
            seen = _rendered(page, LOOK_DOTS)
            for code in codes(seen):
                found.append(_judged_on(page, seen.width, f"{exhibit.where}: page {number}", code, runs))
            for run in dict.fromkeys(_NAMED.findall(page.get_textpage().get_text_range())):
                named.setdefault(run, []).append(number)
    except DamagedError as error:
        return [*found, Finding(exhibit.where, UNCHECKED, reasons=(f"It {error}.",))]
    for run in named.keys() - {each.run for each in found}:
        pages = f"page {join_words([str(number) for number in named[run]])}"
        about = f"Its text names run {run}, but no figure with the code of that run is in it."
        found.append(Finding(f"{exhibit.where}: {pages}", UNCHECKED, run=run, reasons=(about,)))
    return found or [Finding(exhibit.where, FOREIGN, reasons=("No page of it has a code of ours or names a run.",))]


def _pages(content: bytes) -> Iterator[tuple[int, Any]]:
    """Number and page of a document; DamagedError where it cannot be read, or is too long."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(content)
        if len(document) > MOST_PAGES:
            raise DamagedError(f"has {len(document)} pages, more than {MOST_PAGES}; give the pages that matter")
        for at in range(len(document)):
            yield at + 1, document[at]
    except pypdfium2.PdfiumError as error:
        raise DamagedError(f"is no PDF that can be read: {error}") from None


def _rendered(page: Any, dots: float) -> Image:
    """A page as pixels, so many to the inch; fewer where it would be too large."""
    width, height = (float(points) / _POINTS for points in page.get_size())
    picture: Image = page.render(scale=min(dots, 8_000 / max(width, height)) / _POINTS).to_pil().convert("RGB")
    return picture


def _judged_on(page: Any, across: int, where: str, code: Code, runs: Runs) -> Finding:
    """The verdict on a figure of a page, seen as closely as our own; its code was found where it was `across` dots."""
    closer = min(across / page.get_width() * _POINTS * FULL_DOTS / code.per_inch, 4 * FULL_DOTS)
    picture = _rendered(page, closer)
    there = [each for each in codes(picture) if each.run == code.run]
    if not there:
        return Finding(where, UNCHECKED, run=code.run, reasons=("Its code cannot be read from nearby.",))
    centre = code.centre * picture.width / across
    return _judged(where, picture, min(there, key=lambda each: float(abs(each.centre - centre).sum())), code.run, runs)


def _judged(where: str, picture: Image, code: Code | None, run: str, runs: Runs) -> Finding:
    """The verdict on a picture of a run; where the code lies says which part of it is the figure."""
    try:
        ran = runs.of_id(run, "its record")
    except ScenarioError as error:
        return Finding(where, UNCHECKED, run=run, reasons=(f"Its record cannot be run: {why_not(error)}.",))
    if ran is None:
        return Finding(where, UNCHECKED, run=run, reasons=("Only its picture survives.", unknown(run)))
    verdict, reasons = numbers.held(ran)

    def found(verdict: str, *reasons: str, name: str = "") -> Finding:
        return Finding(where, verdict, name, run, ("Only its picture survives.", *reasons))

    if verdict != VERIFIED:
        return found(verdict, *reasons)
    turned = upright(picture, code) if code else (picture, None)
    if turned is None:
        return found(UNCHECKED, "It stands at an angle, as on a photograph, and cannot be held against ours.")
    picture, code = turned
    if _inverted(picture, code):
        picture, reasons = ImageOps.invert(picture), ["Its colours are inverted.", *reasons]
    name, held = _closest(picture, code, ran)
    if not held.same:
        like = f"it is most like {name}, and differs most {held.place}" if held.worst < 255 else "it is like none"
        return found(ALTERED, f"It shows no figure as the run gives it: {like}.", *reasons)
    dots = f"{held.dots:.0f} dots per inch"
    if not held.fine:
        return found(UNCHECKED, f"It is too coarse to see whether a digit was changed: {dots}.", name=name)
    how = "pixel by pixel" if held.exact else f"as far as {dots} show"
    return found(VERIFIED, f"It shows what the run gives, {how}.", *reasons, name=name)


def _inverted(picture: Image, code: Code | None) -> bool:
    """Whether a figure stands dark on white no longer, but white on dark."""
    box = code.around if code else (0, 0, *picture.size)
    return float(np.median(grey(picture.crop(box)))) < DARK


def _closest(picture: Image, code: Code | None, ran: Ran) -> tuple[str, Likeness]:
    """The figure of a run that a picture, or the part of it round a code, is most like; and how like.

    The figures are drawn one after the other, until one that is like it from afar is the same.
    """
    tried: list[tuple[float, str, Likeness]] = []
    waiting: list[tuple[float, str]] = []
    for name in charts.CHARTS:
        ours = _ours(ran, name, "png")
        box = None if ours is None else box_of(picture, code, ours)
        if ours is None or box is None:
            continue
        far = roughly(picture, box, ours)
        if far < NEAR:
            tried.append((far, name, _held(picture, code, ran, name, near=True)))
            if tried[-1][2].same:
                return tried[-1][1:]
        else:
            waiting.append((far, name))
    for far, name in sorted(waiting)[: 0 if tried else MOST_TRIED]:
        tried.append((far, name, _held(picture, code, ran, name, near=False)))
        if tried[-1][2].same:
            return tried[-1][1:]
    return min(tried)[1:] if tried else ("", Likeness(False, 255.0, (0.5, 0.5), picture.width / WIDTH))


def _held(picture: Image, code: Code | None, ran: Ran, name: str, near: bool) -> Likeness:
    """How like one figure a picture is, or the part of it round a code, as it is written or as it looks on a page.

    near: whether it is that figure from afar. Letters stand a little otherwise in pixels than in a drawing.
    """
    found: list[Likeness] = []
    for suffix in ("png", "pdf"):
        ours = _ours(ran, name, suffix)
        box = None if ours is None else box_of(picture, code, ours)
        if ours is not None and box is not None:
            part = picture if code is None else cut_out(picture, box, ours)
            found.append(likeness(part, ours))
            if not found[-1].same and found[-1].dots >= FINE_DOTS:
                found.append(likeness(part, ours, drawn=True))
            if found[-1].same:
                return found[-1]
    if near and len(found) == 2 and found[1].mean < found[0].mean:  # a drawing, with too few dots to be compared
        return replace(found[1], worst=LOOSE, drawn=True)
    return min(found, key=lambda each: each.worst)


def _ours(ran: Ran, name: str, suffix: str) -> Image | None:
    """A figure of a run as pixels: as written, or as its drawing looks on a page; None where there is none."""
    if (name, suffix) not in ran.seen:
        content = ran.figure(name, suffix)
        if content is None:
            return None
        drawn = suffix == "pdf"
        page = _rendered(next(page for _, page in _pages(content)), FULL_DOTS) if drawn else opened(content)
        ran.seen[name, suffix] = page
    picture: Image = ran.seen[name, suffix]
    return picture
