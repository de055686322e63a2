"""Whatever is altered in a file is found and named: bits, pixels, numbers, words, cells, names of files."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from random import Random

import pytest

from sim import charts
from sim.charts.carriers import CARRIERS, DRAWN, FIGURE, RECORD, RUN
from sim.verification import Finding
from sim.verification.findings import VERIFIED
from tests.verification import alterations as ways
from tests.verification.alterations import BYTES, CHARTS, PICTURES, materials, verdicts

FEW, MANY = 120, 1_080  # a multiple of 120 has every kind in its share
Altered = tuple[str, bytes, str, str]  # what was done, the file, the words that name it, a record beside it
WORDS = {
    "png": ("Title", "Description", "Source", "Changes", FIGURE, RUN, DRAWN),
    "svg": ("Title", "Description", "dc:source", FIGURE, RUN, DRAWN),
    "pdf": ("Title", "Subject", "Keywords", FIGURE, RUN, DRAWN),
}
ENTRIES = ("results", "seed", "draws", "scenario", "changes", "sources", "version", "digests", "queue", "key")
# What is said of a bit or a byte: where it is, or the word, the cell, the entry or the file that it belongs to.
DAMAGE = (
    r"damaged|cut (off|short)|goes on|can(not)? be (read|unpacked)|no text|does not begin"
    r"|seal is broken|picture is not the one|Its \w+ is|the word \w+ twice|Row \d+|It has \d+ rows"
    r"|record|not what the run gives|names no run|its bytes are not"
    r"|cannot be run: [\w.]+: |is no drawing"  # a letter of a path or of a value: the path is named
)


@pytest.fixture(autouse=True)
def _few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have few charts, for speed."""
    monkeypatch.setattr(charts, "CHARTS", CHARTS)


# --- at random ---


def some_bytes(rng: Random) -> Altered:
    """A bit or a byte of any file."""
    made, way = materials(), rng.choice(BYTES)
    files = {form: made.figure(form) for form in CARRIERS}
    tables = {name: content for name, content in made.files.items() if name.endswith(".csv") and len(content) < 20_000}
    files |= {"zip": made.zip, "xlsx": made.book, "json": made.ran.text.encode("utf8"), **tables}
    form = rng.choice([*CARRIERS, *CARRIERS, "zip", "xlsx", "json", *tables])
    return f"{way.__name__} {form}", way(files[form], rng), DAMAGE, made.ran.text


def a_picture(rng: Random) -> Altered:
    """A pixel, a path or a page, the seal made anew or not."""
    form, seal = rng.choice([*PICTURES]), rng.random() < 0.7
    named = "picture is not the one" if seal else "the picture changed"
    return f"picture {form} {seal}", PICTURES[form](materials().figure(form), rng, seal), named, ""


def a_word(rng: Random) -> Altered:
    """A word, the seal made anew or not."""
    form, seal = rng.choice([*WORDS]), rng.random() < 0.7
    name = rng.choice(WORDS[form])
    content = materials().figure(form)
    was = CARRIERS[form].words(content)[name]
    gone = rng.random() < 0.2 and name not in ("dc:source", "Title", "Description")
    text = None if gone else was[:-1] + ("0" if was[-1] != "0" else "1")
    return (
        f"word {form} {name} {seal}",
        ways.forged(content, form, {name: text}, seal),
        rf"Its {name} is" if seal else rf"Its {name} is|the words changed",
        "",
    )


def a_record(rng: Random) -> Altered:
    """An entry of a record, in a figure, in a pack or alone."""
    text, place = ways.record_with_another(rng, rng.choice(ENTRIES))
    named = "Its record was changed|The numbers in its record|cannot be run|Its seal is broken: .*words"
    form = rng.choice([*CARRIERS, "json", "zip"])
    if form == "json":
        return f"record {place}", text.encode("utf8"), named, ""
    if form == "zip":
        files = {**materials().files, "run.json": text.encode("utf8")}
        files["datapackage.json"] = ways.corrected(files)
        return f"record in zip {place}", ways.zipped(files), named, ""
    seal = rng.random() < 0.7
    return (
        f"record in {form} {place} {seal}",
        ways.forged(materials().figure(form), form, {RECORD: text}, seal),
        named,
        "",
    )


def a_table(rng: Random) -> Altered:
    """A cell, a row or a column."""
    tables = [name for name in materials().files if name.endswith(".csv")]
    name = rng.choice(tables)
    content, named = ways.table_with_another(materials().files[name], rng)
    return f"table {name}", content, named, materials().ran.text


def a_book(rng: Random) -> Altered:
    """A cell or a sheet."""
    content, named = ways.book_with_another(rng)
    return "workbook", content, named, ""


def a_pack(rng: Random) -> Altered:
    """A name or a file in a pack."""
    content, named = ways.pack_with_another(rng)
    return "pack", content, named, ""


KINDS: tuple[tuple[Callable[[Random], Altered], int], ...] = (
    (some_bytes, 57), (a_picture, 12), (a_word, 14), (a_record, 4), (a_table, 20), (a_book, 1), (a_pack, 12),
)  # fmt: skip


def altered(count: int, seed: int) -> Iterator[Altered]:
    """So many alterations of every kind."""
    rng = Random(seed)
    shares = [kind for kind, share in KINDS for _ in range(share)]
    for number in range(count):
        yield shares[number * 7 % len(shares)](rng)


def missed(done: Altered) -> str:
    """What is wrong with the findings on an alteration; empty where it was found and named."""
    what, content, named, known = done
    found = verdicts(content, known)
    said = " ".join(reason for each in found for reason in (each.where, *each.reasons))
    if all(each.verdict == VERIFIED for each in found) and not harmless(what, content, found):
        return f"{what}: not found ({said})"
    return "" if re.search(named, said) else f"{what}: not named by {named!r} ({said})"


def harmless(what: str, content: bytes, found: list[Finding]) -> bool:
    """Whether nobody can see what differs, and the verdict says that something does.

    In tables a number with a digit less is the same, rounded; blanks at the end of a drawing or a record are none.
    """
    said = any("its bytes are not" in reason for each in found for reason in each.reasons)
    made = materials()
    ours = {"svg": made.figure("svg"), "json": made.ran.text.encode("utf8"), **made.files}.get(what.split()[-1], b"")
    blank = content.strip() == ours.strip()
    return said and (blank or (what.endswith(".csv") and same_numbers(content.decode("utf8"), ours.decode("utf8"))))


def same_numbers(text: str, ours: str) -> bool:
    """Whether two tables hold the same to a millionth, cell by cell: a rounded digit, a quotation mark, a blank row."""
    rows = [[line.replace('"', "").split(",") for line in each.splitlines() if line] for each in (text, ours)]
    cells, others = ([cell for row in each for cell in row] for each in rows)

    def number(cell: str) -> float | str:
        try:
            return float(cell)
        except ValueError:
            return cell

    pairs = [(number(cell), number(other)) for cell, other in zip(cells, others, strict=True)]
    return all(one == other or one == pytest.approx(other, rel=1e-6) for one, other in pairs)


@pytest.mark.slow
def test_no_alteration_is_missed() -> None:
    assert not [fault for fault in map(missed, altered(FEW, 14)) if fault]


@pytest.mark.slow
def test_of_a_thousand_alterations_none_is_missed() -> None:
    assert not [fault for fault in map(missed, altered(MANY, 41)) if fault]
