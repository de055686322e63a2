"""The templates that ship, one a format that has one, and how another one is read in their place."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from sim.formatting import join_words
from sim.reports.problems import ReportError

SUFFIXES = {"html": ".html", "docx": ".docx", "pdf": ".typ"}
LARGEST_BYTES = 20_000_000


def shipped(form: str) -> Path:
    """The template of a format; ReportError for one that has none."""
    if form not in SUFFIXES:
        raise ReportError(f"--format {form}: has no template; {join_words(list(SUFFIXES))} have one")
    return Path(str(files("sim.reports"))) / "templates" / f"brief{SUFFIXES[form]}"


def chosen(form: str, given: Path | None) -> Path:
    """The template that is given, or the one that ships; ReportError for one of another kind or size."""
    ours = shipped(form)
    if given is None:
        return ours
    if given.suffix.lower() != ours.suffix:
        raise ReportError(f"--template {given}: the template of a report in {form} ends in {ours.suffix}")
    try:
        size = given.stat().st_size
    except OSError as error:
        raise ReportError(f"--template {given}: cannot be read: {error.strerror}") from None
    if given.is_dir() or size > LARGEST_BYTES:
        what = "is a folder" if given.is_dir() else f"is larger than {LARGEST_BYTES / 1e6:g} MB"
        raise ReportError(f"--template {given}: {what}; name a template of a report")
    return given


def template_text(template: Path) -> str:
    """A template that is text."""
    try:
        return template.read_text(encoding="utf8")
    except OSError as error:
        raise ReportError(f"--template {template}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise ReportError(f"--template {template}: is no text in UTF-8") from None
