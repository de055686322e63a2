"""What a reader of a pack reads first: the answer, what each file is, how to cite and how to check it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from sim.charts.sheet import printable
from sim.comparison.record import command
from sim.comparison.results import Comparison
from sim.formatting import markdown_table
from sim.packs.citations import AUTHOR, LICENCE_TITLE, LICENCE_URL, long, short
from sim.packs.dictionary import APOSTROPHE
from sim.packs.files import RECORD, SCENARIO, File
from sim.scenario.changes import changes_note

NAME = "README.md"
_MARKS = re.compile(r"([\\`*_{}\[\]<>#|~$&])")
_DATES = (
    "No file here bears the day on which it was made: the same run made again by the same releases of the program and "
    "its libraries is the same pack, byte for byte. The year in the citation is that of the data of the version; "
    "version and run say which numbers are meant."
)
_LIMITS = (
    "That the numbers can be computed again shows that the program gives them, not that its assumptions are right, nor "
    "that the scenario fits your case, nor who made this pack. Ranges are those of the draws: what the model leaves "
    "out is in none of them."
)


def readme(comparison: Comparison, files: Sequence[File]) -> bytes:
    """The text, in Markdown in which nothing that a scenario says means anything."""
    scenario = comparison.scenario
    lines = [
        f"# {literal(scenario.title)}", literal(scenario.question), literal(comparison.answer.text),
        *map(literal, changes_note(scenario)),
        "## Files", "\n".join(_table(files)), APOSTROPHE,
        "## To cite", f"Below a figure: {literal(short(comparison))}.",
        f"In a list of references: {literal(long(comparison))}",
        "`citation.bib`, `citation.csl.json`, `citation.ris` and `CITATION.cff` hold the same for programs.", _DATES,
        "## To check", "\n".join(f"    heavypress {words}" for words in ("verify pack.zip", f"rerun {RECORD}")),
        "The first holds every file here against its record, the second runs the record again. The same run from its "
        "scenario:", f"    {command(comparison, SCENARIO)}", "## What this does not establish", _LIMITS,
        "## Licence", f"[{LICENCE_TITLE}]({LICENCE_URL}), {AUTHOR}. The words of the scenario are those of its author.",
    ]  # fmt: skip
    return ("\n\n".join(lines) + "\n").encode("utf8")


def literal(text: str) -> str:
    """Text that Markdown shows letter by letter, on one line.

    >>> literal("a *b* <c>")
    'a \\\\*b\\\\* \\\\<c\\\\>'
    """
    return _MARKS.sub(r"\\\1", printable(text))


def _table(files: Sequence[File]) -> list[str]:
    """A row a file; the formats of a chart in one."""
    kinds: dict[tuple[str, str], list[str]] = {}
    for file in files:
        kinds.setdefault((file.name.rpartition(".")[0], file.about), []).append(file.suffix)
    rows = [(f"`{stem}.{'`, `.'.join(suffixes)}`", literal(words)) for (stem, words), suffixes in kinds.items()]
    return markdown_table(("file", "what it is"), rows)
