"""Files of a chart, the same to the last byte whenever the same run is drawn again.

Each carries the record of its run, so that `heavypress verify` can run it again.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from matplotlib.figure import Figure

from sim.charts.captions import SUBJECTS, alt, source
from sim.charts.carriers import carry
from sim.charts.code import id_in
from sim.charts.pixels import tight
from sim.charts.sheet import chart_style, printable
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.scenario.changes import changes_note
from sim.version import __version__

DPI = 300
_CREATOR = f"Heavy Press {__version__}"


def save(figure: Figure, path: Path | str, comparison: Comparison, name: str) -> list[Path]:
    """Write a chart as `path`.svg, `path`.png and `path`.pdf; returns the files."""
    written = []
    for suffix, content in FORMATS.items():
        written.append(Path(f"{path}.{suffix}"))
        written[-1].write_bytes(content(figure, comparison, name))
    return written


def png(figure: Figure, comparison: Comparison, name: str) -> bytes:
    """The chart as pixels, with title, source and run in its text chunks."""
    about = {**_about(comparison, name), **_changes(comparison), "Software": _CREATOR}
    return _carrying(_pixels(figure, about), "png", comparison, name)


def svg(figure: Figure, comparison: Comparison, name: str) -> bytes:
    """The chart as a drawing, with the text that a screen reader reads out."""
    about = _about(comparison, name)
    more = {"Identifier": comparison.run_id, "Creator": _CREATOR, "Date": None}
    text = written(figure, "svg", {**about, **more}).decode("utf8")
    drawing = accessible(text, about["Title"], about["Description"], f"{name}-{comparison.run_id}")
    return _carrying(drawing.encode("utf8"), "svg", comparison, name)


def pdf(figure: Figure, comparison: Comparison, name: str) -> bytes:
    """The chart as a page for print, with title, description, source and run in its document information."""
    about = {**_about(comparison, name), **_changes(comparison), "Run": comparison.run_id}
    return _carrying(_paged(figure, about), "pdf", comparison, name)


def _carrying(content: bytes, suffix: str, comparison: Comparison, name: str) -> bytes:
    """The file with the record of the run."""
    return carry(content, suffix, name, comparison.run_id, comparison.cached(record_text))


FORMATS: dict[str, Callable[[Figure, Comparison, str], bytes]] = {"svg": svg, "png": png, "pdf": pdf}


def _pixels(figure: Figure, about: Mapping[str, str]) -> bytes:
    """A figure as PNG; packed once, and well."""
    return tight(written(figure, "png", about, dpi=DPI, pil_kwargs={"compress_level": 0}))


def _paged(figure: Figure, about: Mapping[str, str]) -> bytes:
    """A figure as PDF; what its document information has no entry for are keywords."""
    kept = {"Title": about["Title"], "Subject": about["Description"], "Creator": _CREATOR, "CreationDate": None}
    words = [about["Source"], *([about["Changes"]] if "Changes" in about else [])]
    words += [f"Run: {about['Run']}"] if "Run" in about else []
    return written(figure, "pdf", {**kept, "Keywords": " ".join(words)})


def _about(comparison: Comparison, name: str) -> dict[str, str]:
    """Title, description and source of a chart, for the metadata of its files."""
    return {
        "Title": printable(f"{SUBJECTS[name].title}: {comparison.scenario.title}"),
        "Description": " ".join([alt(comparison, name), *_changes(comparison).values()]),
        "Source": printable(source(comparison, name)),
    }


def _changes(comparison: Comparison) -> dict[str, str]:
    """What was changed in the scenario, where anything was."""
    note = " ".join(changes_note(comparison.scenario))
    return {"Changes": printable(note)} if note else {}


def save_titled(figure: Figure, path: Path, title: str, about: str, source: str, of: str, record: str = "") -> None:
    """Write a chart that has no subject of its own as SVG, PNG and PDF at `path`, see `titled`."""
    for suffix, content in titled(figure, path.name, title, about, source, of, record).items():
        path.with_suffix(f".{suffix}").write_bytes(content)


def titled(
    figure: Figure, name: str, title: str, about: str, source: str, of: str, record: str = "",
    suffixes: Iterable[str] = ("svg", "png", "pdf"),
) -> dict[str, bytes]:  # fmt: skip
    """A chart that has no subject of its own as SVG, PNG and PDF, by suffix; `about` is what is read out.

    of: the command that draws it, before the name of the figure: 'decide'. record: the content of its run.json.
    """
    words = {"Title": printable(title), "Description": printable(about), "Source": printable(source)}

    def content(suffix: str) -> bytes:
        if suffix == "pdf":
            return _paged(figure, words)
        if suffix == "png":
            return _pixels(figure, words)
        drawing = written(figure, "svg", {**words, "Creator": _CREATOR, "Date": None}).decode("utf8")
        return accessible(drawing, words["Title"], words["Description"], name).encode("utf8")

    run = id_in(words["Source"])
    return {suffix: carry(content(suffix), suffix, f"{of}/{name}", run, record) for suffix in suffixes}


def written(figure: Figure, suffix: str, metadata: Mapping[str, str | None], **options: Any) -> bytes:
    """The content of a file of this format."""
    with chart_style():
        buffer = BytesIO()
        figure.savefig(buffer, format=suffix, metadata=metadata, **options)
    return buffer.getvalue()


def accessible(text: str, title: str, description: str, stem: str) -> str:
    """The drawing with a role, and labelled by a title and a description."""
    root = f'<svg role="img" aria-labelledby="{stem}-title" aria-describedby="{stem}-desc" '
    words = f'<title id="{stem}-title">{escape(title)}</title>\n <desc id="{stem}-desc">{escape(description)}</desc>'
    text = re.sub(r"<svg\s", lambda _: root, text, count=1)
    return re.sub(r"<title>.*?</title>", lambda _: words, text, count=1, flags=re.DOTALL)
