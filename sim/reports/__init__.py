"""Reports of a comparison: a brief as HTML, Word document or PDF, and the numbers as a workbook.

The brief is made once, of blocks of plain text (`contents`), and each format writes those blocks in its own way. The
same run gives the same bytes, and the record of the run (run.json) travels in every file.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from sim.reports.files import FORMATS, form_of, replace, writable
from sim.reports.problems import ReportError
from sim.reports.templates import chosen, shipped

if TYPE_CHECKING:
    from sim.comparison.results import Comparison
    from sim.reports.blocks import Brief

__all__ = ["FORMATS", "ReportError", "check_template", "form_of", "render", "save_template", "writable", "write"]


def render(comparison: Comparison, form: str, template: Path | None = None) -> bytes:
    """The content of a report in one of FORMATS; raises ReportError for a template that cannot be followed."""
    # loaded by those who write: a command that only refuses a file needs none of it
    from sim.reports.contents import contents

    brief = contents(comparison)
    if form in writers():
        return writers()[form](brief, chosen(form, template))
    from sim.reports.columns import sheets
    from sim.reports.workbook import workbook

    return workbook(brief, sheets(comparison, brief.record))


def write(comparison: Comparison, path: Path, form: str, template: Path | None = None) -> None:
    """Write a report as a whole or not at all; raises ReportError where it would destroy something else."""
    writable(path, form)
    check_template(form, template)
    replace(path, render(comparison, form, template))


def check_template(form: str, template: Path | None) -> None:
    """Raise ReportError for a template that cannot be followed, before anything is computed."""
    if template is None:
        return
    from sim.reports.blocks import Brief
    from sim.reports.carried import record_in

    path, record = chosen(form, template), "{}\n"
    made = writers()[form](Brief("Title", "Question?", "About.", "0" * 12, "0.0.0", (), record), path)
    if record_in(made, f".{form}") != record:
        raise ReportError(f"--template {template}: leaves out the record of the run; --template-out FILE writes ours")


def save_template(form: str, path: Path) -> None:
    """Write the template that ships, to start from; raises ReportError where a file is there already."""
    ours = shipped(form)
    if path.suffix.lower() != ours.suffix:
        raise ReportError(f"--template-out {path}: the template of a report in {form} ends in {ours.suffix}")
    if path.exists():
        raise ReportError(f"--template-out {path}: is there already; name another file")
    replace(path, ours.read_bytes())


def writers() -> dict[str, Callable[[Brief, Path], bytes]]:
    """Who writes the brief in each format that has a template; loaded when one is asked for."""
    from sim.reports.typeset import pdf
    from sim.reports.web import html
    from sim.reports.word import word

    return {"html": html, "docx": word, "pdf": pdf}
