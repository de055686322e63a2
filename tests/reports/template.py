"""The shipped Word template, made anew: python -m tests.reports.template

An office changes its styles in Word; this is how ours came to look as they do.
"""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import docx
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

from sim.reports.templates import shipped
from sim.reports.word import CREATED, timeless

INK, QUIET, ACCENT = RGBColor(0x1A, 0x1A, 0x1A), RGBColor(0x40, 0x40, 0x40), RGBColor(0x12, 0x43, 0x6D)
FONT = "Arial"
# name, its base, points, colour, bold, points above and below, kept with the next
PARAGRAPHS = (
    ("Title", None, 20, ACCENT, True, 0, 4, True),
    ("Subtitle", None, 13, INK, False, 0, 4, False),
    ("Heading 1", None, 14, ACCENT, True, 18, 4, True),
    ("Heading 2", None, 11, ACCENT, True, 10, 3, True),
    ("List Bullet", None, 10, INK, False, 0, 3, False),
    ("Caption", None, 8.5, QUIET, False, 4, 4, False),
    ("Footer", None, 8, QUIET, False, 0, 0, False),
    ("Brief About", "Normal", 8.5, QUIET, False, 0, 6, False),
    ("Brief Answer", "Normal", 11, INK, True, 0, 6, False),
    ("Brief Note", "Normal", 8, QUIET, False, 0, 4, False),
    ("Brief Note List", "List Bullet", 7.5, QUIET, False, 0, 1, False),
    ("Brief Cell", "Normal", 7.5, INK, False, 1, 1, False),
    ("Brief Figure", "Normal", 10, INK, False, 8, 0, True),
)
TABLE = (
    '<w:tblPr {0}><w:tblBorders><w:top w:val="single" w:sz="8" w:color="12436D"/>'
    '<w:bottom w:val="single" w:sz="4" w:color="BFBFBF"/><w:insideH w:val="single" w:sz="4" w:color="BFBFBF"/>'
    '</w:tblBorders><w:tblCellMar><w:left w:w="60" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar>'
    "</w:tblPr>"
)
FIRST_ROW = (
    '<w:tblStylePr {0} w:type="firstRow"><w:rPr><w:b/></w:rPr><w:tcPr><w:tcBorders>'
    '<w:bottom w:val="single" w:sz="8" w:color="12436D"/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr>'
    "</w:tblStylePr>"
)


def template() -> bytes:
    """The content of the file."""
    document = docx.Document()
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(18)
    _font(document.styles["Normal"], 10, INK, False, 0, 6, False)
    for name, base, *look in PARAGRAPHS:
        known = name in {style.name for style in document.styles}
        style = document.styles[name] if known else document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        if base:
            style.base_style = document.styles[base]
        _font(style, *look)
        for border in style.element.iter(qn("w:pBdr")):
            border.getparent().remove(border)
    document.styles["Brief Figure"].paragraph_format.alignment = WD_ALIGN_PARAGRAPH.CENTER
    link = document.styles.add_style("Hyperlink", WD_STYLE_TYPE.CHARACTER)
    link.font.color.rgb, link.font.underline = ACCENT, True
    page = section.footer.paragraphs[0]._p
    page.append(parse_xml(f'<w:fldSimple {nsdecls("w")} w:instr="PAGE"><w:r><w:t>1</w:t></w:r></w:fldSimple>'))
    table = document.styles.add_style("Brief Table", WD_STYLE_TYPE.TABLE)
    for piece in (TABLE, FIRST_ROW):
        table.element.append(parse_xml(piece.format(nsdecls("w"))))
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), "en-GB")
    kept = document.core_properties
    kept.title, kept.author, kept.comments, kept.last_modified_by = (
        "Brief of a run of Heavy Press",
        "Heavy Press",
        "",
        "",
    )
    kept.created = kept.modified = CREATED
    for part in (document.part, document.part.package):  # what the library's own template brings along
        for key, link in list(part.rels.items()):
            if link.reltype.endswith(("/customXml", "/thumbnail")):
                del part.rels[key]
    buffer = BytesIO()
    document.save(buffer)
    return timeless(buffer.getvalue())


def _font(style, size, colour, bold, above, below, kept) -> None:
    """Give a style its letters and its distances."""
    fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
    for name in list(fonts.attrib):
        del fonts.attrib[name]
    for script in ("ascii", "hAnsi", "cs", "eastAsia"):
        fonts.set(qn(f"w:{script}"), FONT)
    style.font.size, style.font.bold, style.font.italic, style.font.color.rgb = Pt(size), bold, False, colour
    layout = style.paragraph_format
    layout.space_before, layout.space_after, layout.keep_with_next = Pt(above), Pt(below), kept


if __name__ == "__main__":
    Path(shipped("docx")).write_bytes(template())
