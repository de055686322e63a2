"""How a run is cited: in a sentence, and as BibTeX, CSL-JSON, RIS and CITATION.cff.

No citation holds the day on which it was made: the same run made again is the same file. Its date is that of the data
of the version that made it; version and run id say which numbers are meant.
"""

from __future__ import annotations

import json
from functools import cache
from importlib.metadata import PackageNotFoundError, metadata

from sim.charts.sheet import printable
from sim.comparison.results import Comparison
from sim.formatting import format_count
from sim.sources import share
from sim.version import __version__

AUTHOR, PROGRAM = "Heavy Press contributors", "Heavy Press"
LICENCE = "CC-BY-4.0"
LICENCE_TITLE = "Creative Commons Attribution 4.0"
LICENCE_URL = "https://creativecommons.org/licenses/by/4.0/"
_LATEX = {
    "\\": r"{\textbackslash}", "{": r"{\textbraceleft}", "}": r"{\textbraceright}", "~": r"{\textasciitilde}",
    "^": r"{\textasciicircum}", "<": r"{\textless}", ">": r"{\textgreater}", '"': r"{\textquotedbl}",
    "|": r"{\textbar}", "@": r"{\char64}", **{letter: f"\\{letter}" for letter in "%&#$_"},
}  # fmt: skip


@cache
def dated() -> str:
    """The day of the data of this version, as year-month-day."""
    return str(json.loads((share("data") / "datapackage.json").read_text(encoding="utf8"))["created"])[:10]


@cache
def project_url() -> str:
    """The address that the project declares; empty where it declares none."""
    try:
        declared = metadata("heavypress").get_all("Project-URL") or [""]
    except PackageNotFoundError:  # run from a checkout that was not installed
        declared = [""]
    return str(declared[0]).rpartition(",")[2].strip()


def short(comparison: Comparison) -> str:
    """What stands below a figure."""
    return f"{PROGRAM} {__version__}, run {comparison.run_id}"


def title(comparison: Comparison) -> str:
    """The title of what is cited, on one line, without what no printer shows."""
    return f"{printable(comparison.scenario.title)}: results of a simulation with {PROGRAM}"


def which(comparison: Comparison) -> str:
    """Version, run, and what it takes to repeat it."""
    changed = len(comparison.scenario.changes)
    changes = f", {format_count(changed, 'setting')} changed from the scenario" if changed else ""
    draws = format_count(comparison.draws, "draw") if comparison.draws else "central case alone"
    return f"Version {__version__}, run {comparison.run_id}, seed {comparison.seed}, {draws}{changes}"


def long(comparison: Comparison) -> str:
    """What stands in a list of references."""
    words = f"{AUTHOR} ({dated()[:4]}). {title(comparison)} [Data set]. {which(comparison)}."
    return f"{words} {project_url()}".strip()


def bibtex(comparison: Comparison) -> str:
    """The entry for BibTeX and biblatex, in ASCII marks that LaTeX prints as they are."""
    entries = {
        "author": f"{{{_latex(AUTHOR)}}}", "title": f"{{{_latex(title(comparison))}}}", "year": dated()[:4],
        "howpublished": "Data set", "version": __version__, "note": _latex(which(comparison)),
    }  # fmt: skip
    if project_url():
        entries["url"] = project_url()
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in entries.items())
    return f"@misc{{{key(comparison)},\n{lines}}}\n"


def key(comparison: Comparison) -> str:
    """The key by which a run is cited."""
    return f"heavypress-{comparison.run_id}"


def _latex(text: str) -> str:
    """Text that LaTeX prints letter by letter, and whose braces are balanced."""
    return "".join(_LATEX.get(letter, letter) for letter in text)


def csl(comparison: Comparison) -> str:
    """The entry for citation processors, as CSL-JSON."""
    year, month, day = map(int, dated().split("-"))
    found = {
        "id": key(comparison), "type": "dataset", "title": title(comparison), "author": [{"literal": AUTHOR}],
        "issued": {"date-parts": [[year, month, day]]}, "version": __version__, "number": comparison.run_id,
        "note": which(comparison), **({"URL": project_url()} if project_url() else {}),
    }  # fmt: skip
    return json.dumps([found], indent=2, ensure_ascii=False) + "\n"


def ris(comparison: Comparison) -> str:
    """The entry for reference managers, a line a field."""
    lines = [
        ("TY", "DATA"), ("ID", key(comparison)), ("AU", AUTHOR), ("TI", title(comparison)), ("PY", dated()[:4]),
        ("DA", dated().replace("-", "/")), ("ET", __version__), ("N1", which(comparison)),
    ]  # fmt: skip
    lines += [("UR", project_url())] if project_url() else []
    return "".join(f"{name}  - {value}\r\n" for name, value in [*lines, ("ER", "")])


def cff(comparison: Comparison) -> str:
    """The entry as a citation file; its texts are quoted as in JSON, which YAML reads."""
    found = {
        "cff-version": "1.2.0", "message": "Please cite the figures and tables of this run as below.",
        "type": "dataset", "title": title(comparison), "version": __version__, "date-released": dated(),
        "license": LICENCE, "abstract": printable(comparison.answer.text),
    }  # fmt: skip
    lines = [f"{name}: {_quoted(value)}" for name, value in found.items()]
    lines += ["authors:", f"  - name: {_quoted(AUTHOR)}", "identifiers:", "  - type: other"]
    lines += [f"    value: {_quoted(comparison.run_id)}", f"    description: {_quoted('Id of the run')}"]
    return "\n".join([*lines, *([f"url: {_quoted(project_url())}"] if project_url() else [])]) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
