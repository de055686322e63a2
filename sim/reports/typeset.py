"""The brief as PDF, set by Typst: tagged, with the record attached, the same bytes on every machine."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import typst
from matplotlib import get_data_path

from sim.charts.sheet import drawable
from sim.formatting import escape
from sim.reports.blocks import Brief, plain
from sim.reports.problems import ReportError
from sim.reports.templates import shipped, template_text

FONTS = "fonts"  # the folder beside a template whose fonts it may use
_PACKAGE = re.compile(r"""["']@[\w-]+/""")
_PLACE = re.compile(r"\.typ:(\d+):\d+")
_KEPT = re.compile("([\n\u00a0])")  # what `line` and the ranges of tables put between letters
_VERBATIM = {"record", "picture", "url", "kind", "style", "name"}  # entries that are no text in a font


def pdf(brief: Brief, template: Path) -> bytes:
    """The file, by a Typst template, which may read what lies in its folder; ReportError where it cannot be followed.

    Letters that DejaVu Sans lacks become replacement marks in print, as on charts, unless the template brings fonts.
    """
    if _PACKAGE.search(template_text(template)):
        raise ReportError(f"--template {template}: imports a package, which would have to be fetched from a network")
    fonts, about = template.parent / FONTS, plain(brief, "svg")
    about = about | {"name": about["title"]}
    words = json.dumps(about if fonts.is_dir() else _drawable(about), default=_text)
    try:
        found = typst.compile(
            str(template), root=str(template.parent), format="pdf", ignore_system_fonts=True,
            font_paths=_fonts(fonts if fonts.is_dir() else None), sys_inputs={"brief": words},
            pdf_standards=["ua-1"] if template == shipped("pdf") else [],
        )  # fmt: skip
    except typst.TypstError as error:
        raise ReportError(f"{template}: {_sentence(error)}") from None
    return bytes(found)


def _text(content: bytes) -> str:
    """A drawing as text, for JSON has no bytes."""
    return content.decode("utf8")


def _drawable(value: Any, name: str = "") -> Any:
    """The brief in the letters of the font."""
    if isinstance(value, dict):
        return {key: _drawable(each, key) for key, each in value.items()}
    if isinstance(value, list):
        return [_drawable(each, name) for each in value]
    if not isinstance(value, str) or name in _VERBATIM:
        return value
    return "".join(each if _KEPT.match(each) else drawable(each) for each in _KEPT.split(value))


@cache
def _fonts(folder: Path | None) -> typst.Fonts:
    """The fonts of charts, and those of a folder; none of the machine."""
    paths = [str(Path(get_data_path()) / "fonts" / "ttf"), *([str(folder)] if folder else [])]
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=paths)


def _sentence(error: typst.TypstError) -> str:
    """What Typst objects to, with the line of the template where it is known."""
    place = _PLACE.search(error.diagnostic)
    return (f"line {place.group(1)}: " if place else "") + escape(error.message)
