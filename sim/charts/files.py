"""Files of a chart, the same to the last byte whenever the same run is drawn again."""

from __future__ import annotations

import re
from io import BytesIO
from pathlib import Path
from xml.sax.saxutils import escape

from matplotlib.figure import Figure

from sim import __version__
from sim.charts.captions import alt, source
from sim.charts.readings import SUBJECTS
from sim.charts.sheet import house_style
from sim.charts.typesetting import printable
from sim.comparison.results import Comparison

DPI = 300
_CREATOR = f"Heavy Press {__version__}"


def save(figure: Figure, path: Path | str, comparison: Comparison, name: str) -> list[Path]:
    """Write a chart as `path`.svg and `path`.png; returns the two files."""
    written = []
    for suffix, content in (("svg", svg(figure, comparison, name)), ("png", png(figure, comparison, name))):
        written.append(Path(f"{path}.{suffix}"))
        written[-1].write_bytes(content)
    return written


def png(figure: Figure, comparison: Comparison, name: str) -> bytes:
    """The chart as pixels, with title, source and run in its text chunks."""
    said = {
        "Title": f"{SUBJECTS[name].title}: {comparison.scenario.title}",
        "Description": alt(comparison, name),
        "Source": source(comparison, name),
        "Run": comparison.run_id,
        "Software": _CREATOR,
    }
    with house_style():
        buffer = BytesIO()
        figure.savefig(buffer, format="png", dpi=DPI, metadata={key: printable(text) for key, text in said.items()})
    return buffer.getvalue()


def svg(figure: Figure, comparison: Comparison, name: str) -> bytes:
    """The chart as a drawing, with the words that a screen reader speaks."""
    title = printable(f"{SUBJECTS[name].title}: {comparison.scenario.title}")
    spoken = alt(comparison, name)
    about = {
        "Title": title,
        "Description": spoken,
        "Source": printable(source(comparison, name)),
        "Identifier": comparison.run_id,
        "Creator": _CREATOR,
        "Date": None,
    }
    with house_style():
        buffer = BytesIO()
        figure.savefig(buffer, format="svg", metadata=about)
    return _accessible(buffer.getvalue().decode("utf8"), title, spoken, f"{name}-{comparison.run_id}").encode("utf8")


def _accessible(text: str, title: str, spoken: str, stem: str) -> str:
    """The drawing with a role, and with title and description that it is labelled by."""
    root = f'<svg role="img" aria-labelledby="{stem}-title" aria-describedby="{stem}-desc" '
    words = f'<title id="{stem}-title">{escape(title)}</title>\n <desc id="{stem}-desc">{escape(spoken)}</desc>'
    text = re.sub(r"<svg\s", lambda _: root, text, count=1)
    return re.sub(r"<title>.*?</title>", lambda _: words, text, count=1, flags=re.DOTALL)
