"""Whether a figure, a table or a document shows what its run gives: found, run again, and held against it.

Nothing is looked up elsewhere: figures carry the record of their run, and records can be given beside them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

from sim.comparison.record import causes, record_text
from sim.comparison.sample import Progress
from sim.export import RECORD
from sim.scenario import ScenarioError
from sim.signatures import read_signature
from sim.verification import analyses, books, figures, numbers, packs, pages, reports, tables
from sim.verification.analyses import Again, Analysed
from sim.verification.damage import damage
from sim.verification.exhibits import NOTHING, Exhibit, UnreadableError, read
from sim.verification.exhibits import exhibits as exhibits_in
from sim.verification.findings import ALTERED, FOREIGN, UNCHECKED, VERIFIED, Finding
from sim.verification.runs import Runs, why_not

__all__ = ["Finding", "UnreadableError", "examine", "verify"]

RECORDS = (".json", ".png", ".svg", ".pdf", ".zip", ".docx", ".pptx", ".xlsx", ".html")  # that a folder may hold


def verify(
    files: Sequence[Path],
    records: Sequence[Path] = (),
    progress: Progress = lambda done, of, what: None,
    anchors: str = "",
    again: Again | None = None,
) -> list[Finding]:
    """The findings on every figure, table and document of ours in some files, in their order.

    files and records may be folders; in records no more is looked for than the records of runs. anchors: whose
    signatures are trusted, from `sim.signatures.certificates`. again: who runs the records of other commands than
    `compare`; without it they are not checked. Raises UnreadableError for a file that cannot be read.
    """
    runs = Runs(progress, again)
    found = [exhibit for path in files for exhibit in _inside(path, runs, (*RECORDS, ".csv"))]
    for path in records:
        _inside(path, runs)
    return [finding for exhibit in found for finding in judge(exhibit, runs, anchors)]


def examine(name: str, content: bytes, progress: Progress = lambda done, of, what: None) -> list[Finding]:
    """The findings on what is in the content of one file, which sentences call `name`; nothing is written."""
    runs = Runs(progress)
    found = list(exhibits_in(name, content, runs)) or [Exhibit(name, "foreign", why=NOTHING)]
    return [finding for exhibit in found for finding in judge(exhibit, runs)]


def _inside(path: Path, runs: Runs, kinds: Sequence[str] = RECORDS) -> list[Exhibit]:
    """What is in a file, or in the files of these kinds in a folder; what is not ours there is nobody's question."""
    if not path.is_dir():
        return read(path, runs)
    inside = sorted(each for each in path.rglob("*") if each.suffix in kinds)
    found = [exhibit for each in inside for exhibit in read(each, runs)]
    return [each for each in found if each.form != "foreign" and (each.form != "table" or tables.begun(each.content))]


def judge(exhibit: Exhibit, runs: Runs, anchors: str = "") -> list[Finding]:
    """The verdicts on one exhibit, and beside them what its signature says; neither enters the other."""
    found = _judge(exhibit, runs, partial(judge, anchors=anchors))
    signature = read_signature(exhibit.content, anchors)
    return [replace(each, signature=signature) for each in found] if signature else found


def _judge(exhibit: Exhibit, runs: Runs, each: Callable[[Exhibit, Runs], list[Finding]]) -> list[Finding]:
    """The verdicts on one exhibit, and by `each` on what is in it."""
    if exhibit.form in ("damaged", "foreign"):
        verdict = ALTERED if exhibit.form == "damaged" else FOREIGN
        return [Finding(exhibit.where, verdict, reasons=(exhibit.why,))]
    if exhibit.form == "pack":
        return packs.judge(exhibit, runs, each)
    if exhibit.form == "report":
        return reports.judge(exhibit, runs, each)
    if exhibit.form == "pages":
        return pages.judge_pages(exhibit, runs)
    if exhibit.form == "picture":
        return pages.judge_picture(exhibit, runs)
    one = {"table": tables.judge, "book": books.judge, "record": _judge_record}.get(exhibit.form, figures.judge)
    return [one(exhibit, runs)]


def _judge_record(exhibit: Exhibit, runs: Runs) -> Finding:
    """The verdict on run.json itself."""
    text = exhibit.content.decode("utf8", "replace")
    run = runs.learn(text)

    def found(verdict: str, *reasons: str) -> Finding:
        return Finding(exhibit.where, verdict, "record", run, reasons)

    try:
        ran = runs.analysis(text, "it") or runs.of_record(text, "it")
    except ScenarioError as error:
        return found(UNCHECKED, f"It cannot be run: {why_not(error)}.")
    if isinstance(ran, Analysed):
        (verdict, reasons), ours = analyses.held(ran), ran.files[RECORD]
    else:
        (verdict, reasons), ours = numbers.held(ran), ran.now.cached(record_text).encode("utf8")
    if verdict != VERIFIED or causes(json.loads(text)):
        return found(verdict, *reasons)
    if ours == exhibit.content:
        return found(verdict, "The same to the last byte.", *reasons)
    if damaged := damage(exhibit.content, ours):
        return found(ALTERED, damaged)
    return found(verdict, "Its entries are the same, its bytes are not: another program has saved it anew.", *reasons)
