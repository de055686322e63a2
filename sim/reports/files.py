"""The file of a report: which format it is, never over other work, never half written."""

from __future__ import annotations

import os
from pathlib import Path

from sim.formatting import unknown_name
from sim.reports.problems import ReportError
from sim.sweeps.files import write

FORMATS = ("html", "docx", "xlsx", "pdf")


def form_of(path: Path, form: str | None = None) -> str:
    """The format of a report by the ending of its file; ReportError where it is none, or not the one asked for."""
    ending = path.suffix.lower().removeprefix(".")
    if form is not None and ending != form:
        raise ReportError(f"--out {path}: a report in {form} ends in .{form}")
    if ending not in FORMATS:
        known = f"a report ends in {', '.join(f'.{each}' for each in FORMATS)}"
        raise ReportError(f"--out {path}: {known}" if not ending else
                          f"--out {path}: {unknown_name('format', ending, FORMATS)}")  # fmt: skip
    return ending


def writable(path: Path, form: str) -> None:
    """Raise ReportError where a report cannot be written to `path`, or would destroy something else."""
    from sim.reports.carried import carried

    form_of(path, form)
    if path.is_dir():
        raise ReportError(f"{path}: is a folder; name a file")
    if not path.parent.is_dir():
        raise ReportError(f"{path}: its folder does not exist")
    if not os.access(path.parent, os.W_OK):
        raise ReportError(f"{path}: its folder cannot be written to")
    if path.exists() and path.stat().st_size and carried(path) is None:
        raise ReportError(f"{path}: is no report of Heavy Press; name another file")


def replace(path: Path, content: bytes) -> None:
    """Write a file as a whole or not at all."""
    try:
        write(path, content)
    except OSError as error:
        raise ReportError(f"{path}: cannot be written: {error.strerror or error}") from None
