"""The brief as a Word document in the styles of a template, its record in a part of its own (custom XML)."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape, quoteattr

import docx
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu

from sim.formatting import join_words
from sim.reports.blocks import Brief, plain
from sim.reports.problems import ReportError

NAMESPACE = "urn:heavypress:run"  # of the part with the record
LARGEST_BYTES = 200_000_000  # of a template, unpacked
CREATED = datetime(2000, 1, 1)  # a document carries the time it was made, which is no part of what it says
STYLES = (
    "Title", "Subtitle", "Heading 1", "Heading 2", "Normal", "Brief Answer", "Brief Note", "Brief About", "List Bullet",
    "Brief Note List", "Caption", "Brief Cell", "Brief Table", "Brief Figure", "Footer", "Hyperlink",
)  # fmt: skip
_OF_PARAGRAPHS = {"body": "Normal", "answer": "Brief Answer", "note": "Brief Note"}
_OF_LISTS = {"body": "List Bullet", "note": "Brief Note List"}
_FIGURE: Final = 0.9  # of the width of the text


def word(brief: Brief, template: Path) -> bytes:
    """The file; what stands in the template comes first. ReportError for a template without the styles of ours."""
    document = _opened(template)
    about = plain(brief, "png")
    for text, style in ((about["title"], "Title"), (about["question"], "Subtitle"), (about["about"], "Brief About")):
        document.add_paragraph(text, style)
    for block in about["blocks"]:
        _WRITERS[block["kind"]](document, block)
    _sign(document, about)
    buffer = BytesIO()
    document.save(buffer)
    return timeless(buffer.getvalue())


def _opened(template: Path) -> Any:
    """The template as a document that is to be written on."""
    try:
        with zipfile.ZipFile(template) as package:
            if sum(part.file_size for part in package.infolist()) > LARGEST_BYTES:
                raise ReportError(f"--template {template}: is larger unpacked than any template")
        document = docx.Document(str(template))
    except ReportError:
        raise
    except Exception:  # whatever the library stumbles over in a file that is none of its own
        raise ReportError(f"--template {template}: is no Word document (.docx)") from None
    known = {style.name for style in document.styles}
    if missing := [name for name in STYLES if name not in known]:
        styles = f"the style{'s' if len(missing) > 1 else ''} {join_words([repr(name) for name in missing])}"
        raise ReportError(f"--template {template}: lacks {styles}; --template-out FILE writes a template that has all")
    paragraphs = document.paragraphs
    if len(paragraphs) == 1 and not paragraphs[0].text and not document.tables:
        paragraphs[0]._p.getparent().remove(paragraphs[0]._p)  # an empty page has one paragraph
    return document


# --- blocks ---


def _heading(document: Any, block: dict[str, Any]) -> None:
    """A heading that a reader can jump to."""
    document.add_paragraph(block["text"], f"Heading {block['level']}")


def _paragraph(document: Any, block: dict[str, Any]) -> None:
    """A paragraph in its style."""
    document.add_paragraph(block["text"], _OF_PARAGRAPHS[block["style"]])


def _bullets(document: Any, block: dict[str, Any]) -> None:
    """A list, an item a paragraph, its address a link."""
    for item in block["items"]:
        paragraph = document.add_paragraph(item["text"], _OF_LISTS[block["style"]])
        if item["url"]:
            paragraph.add_run(" ")
            _link(paragraph, item["url"])


def _link(paragraph: Any, url: str) -> None:
    """An address that can be followed, at the end of a paragraph."""
    link = OxmlElement("w:hyperlink")
    link.set(qn("r:id"), paragraph.part.relate_to(url, RELATIONSHIP_TYPE.HYPERLINK, is_external=True))
    link.append(paragraph.add_run(url, "Hyperlink")._r)
    paragraph._p.append(link)


def _table(document: Any, block: dict[str, Any]) -> None:
    """A table below its caption; its first row stands on every page that it reaches."""
    document.add_paragraph(block["caption"], "Caption").paragraph_format.keep_with_next = True
    table = document.add_table(rows=0, cols=len(block["heads"]), style="Brief Table")
    table.autofit = False
    unit = _text_width(document) / sum(block["widths"])
    widths = [Emu(int(unit * width)) for width in block["widths"]]
    for column, width in zip(table.columns, widths, strict=True):
        column.width = width
    for cells in (block["heads"], *block["rows"]):
        row = table.add_row()
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))
        for n, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            _fill(cell, text, widths[n], n in block["right"])
    table.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))
    document.add_paragraph("", "Brief Note")


def _fill(cell: Any, text: str, width: Any, right: bool) -> None:
    """Write a cell."""
    cell.width = width
    paragraph = cell.paragraphs[0]
    paragraph.style, paragraph.text = "Brief Cell", text
    if right:
        paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT


def _figure(document: Any, block: dict[str, Any]) -> None:
    """A chart as pixels above its caption, with what is read out."""
    paragraph = document.add_paragraph("", "Brief Figure")
    picture = paragraph.add_run().add_picture(
        BytesIO(block["picture"]), width=Emu(int(_FIGURE * _text_width(document)))
    )
    about = picture._inline.docPr
    about.set("name", block["name"])
    about.set("descr", block["alt"])
    document.add_paragraph(block["caption"], "Caption")


_WRITERS: dict[str, Callable[[Any, dict[str, Any]], None]] = {
    "heading": _heading, "paragraph": _paragraph, "bullets": _bullets, "table": _table, "figure": _figure,
}  # fmt: skip


def _text_width(document: Any) -> float:
    """Width of the text of the last section, EMU."""
    section = document.sections[-1]
    return float(section.page_width - section.left_margin - section.right_margin)


# --- what stands in no block ---


def _sign(document: Any, about: dict[str, Any]) -> None:
    """Put the run into footer and properties, and the record into a part of its own."""
    name = f"Heavy Press {about['version']}, run {about['run']}"
    document.sections[0].footer.add_paragraph(name, "Footer")
    kept = document.core_properties
    kept.title, kept.subject, kept.author, kept.keywords = about["title"][:255], name, "Heavy Press", about["run"]
    kept.comments, kept.last_modified_by, kept.language, kept.revision = "", "Heavy Press", "en-GB", 1
    kept.created = kept.modified = kept.last_printed = CREATED
    text = f"<run xmlns={quoteattr(NAMESPACE)} id={quoteattr(about['run'])}>{escape(about['record'])}</run>"
    declared = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n{text}'.encode()
    part = Part(_free(document), "application/xml", declared, document.part.package)
    document.part.relate_to(part, RELATIONSHIP_TYPE.CUSTOM_XML)


def _free(document: Any) -> PackURI:
    """The name of a part that the template has not."""
    taken = {str(part.partname) for part in document.part.package.iter_parts()}
    return PackURI(next(name for n in range(1, len(taken) + 2) if (name := f"/customXml/item{n}.xml") not in taken))


def timeless(content: bytes) -> bytes:
    """The same package without the hour at which it was written."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as made, zipfile.ZipFile(buffer, "w") as kept:
        for name in made.namelist():
            entry = zipfile.ZipInfo(name)  # of 1 January 1980
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            kept.writestr(entry, made.read(name))
    return buffer.getvalue()
