"""What office programs and people do to a picture: saved anew, resized, put into documents and on pages."""

from __future__ import annotations

from io import BytesIO

import docx
import pptx
from docx.shared import Inches
from PIL import Image
from pptx.util import Inches as SlideInches
from pypdfium2 import PdfDocument, PdfMatrix

A4 = (595, 842)  # points


def png(picture: Image.Image) -> bytes:
    """A picture without any words."""
    return saved(picture, "PNG")


def jpeg(picture: Image.Image, quality: int = 75) -> bytes:
    """A picture compressed with loss."""
    return saved(picture, "JPEG", quality=quality)


def saved(picture: Image.Image, form: str, **options: int) -> bytes:
    """A picture in some format."""
    buffer = BytesIO()
    picture.save(buffer, form, **options)
    return buffer.getvalue()


def sized(picture: Image.Image, dpi: float, way: Image.Resampling = Image.Resampling.LANCZOS) -> Image.Image:
    """A picture of 300 dots per inch at another resolution."""
    return picture.resize((round(picture.width * dpi / 300), round(picture.height * dpi / 300)), way)


def margined(picture: Image.Image, margins: tuple[int, int, int, int] = (83, 41, 127, 66)) -> Image.Image:
    """A picture on a larger white page: its margins left, top, right and bottom."""
    left, top, right, bottom = margins
    page = Image.new("RGB", (picture.width + left + right, picture.height + top + bottom), "white")
    page.paste(picture, (left, top))
    return page


def word(*pictures: bytes, alt: str = "") -> bytes:
    """A text document with pictures, each with this alternative text."""
    document = docx.Document()
    document.add_paragraph("A text of somebody's.")
    for content in pictures:
        shape = document.add_picture(BytesIO(content), width=Inches(5.9))
        if alt:
            shape._inline.docPr.set("descr", alt)
    return _bytes(document)


def word_header(content: bytes) -> bytes:
    """A text document with a picture in its header."""
    document = docx.Document()
    document.sections[0].header.paragraphs[0].add_run().add_picture(BytesIO(content), width=Inches(3))
    return _bytes(document)


def slides(*pictures: bytes, alt: str = "", crop: float = 0.0, group: bool = False, master: bool = False) -> bytes:
    """Slides with pictures, each with this alternative text; `crop`: share hidden on the left."""
    show = pptx.Presentation()
    for content in pictures:
        slide = show.slides.add_slide(show.slide_layouts[6])
        shapes = slide.shapes.add_group_shape().shapes if group else slide.shapes
        picture = shapes.add_picture(BytesIO(content), SlideInches(1), SlideInches(1), width=SlideInches(6))
        picture.crop_left = crop
        if alt:
            picture._element.nvPicPr.cNvPr.set("descr", alt)
        if master:
            part, name = slide.part.get_or_add_image_part(BytesIO(content)), "image"
            show.slide_master.part.relate_to(part[0], f"{_OFFICE}/{name}")
            slide.shapes._spTree.remove(picture._element)
    return _bytes(show)


_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def _bytes(document: object) -> bytes:
    buffer = BytesIO()
    document.save(buffer)  # type: ignore[attr-defined]
    return buffer.getvalue()


def as_page(picture: Image.Image, dpi: float = 300) -> bytes:
    """A picture as a page of its own size."""
    return saved(picture, "PDF", resolution=dpi)  # type: ignore[arg-type]


def paper(*placed: tuple[bytes, float, float, float], turned: int = 0) -> bytes:
    """A page with figures on it, as programs for text place them: each with its scale, and its place in points."""
    return _placed([(content, PdfMatrix().scale(scale, scale).translate(x, y)) for content, scale, x, y in placed],
                   A4, turned)  # fmt: skip


def paper_turned(figure: bytes, angle: float, scale: float = 0.8) -> bytes:
    """A page on which a figure itself is turned by an angle, clockwise."""
    matrix = PdfMatrix().scale(scale, scale).translate(-200, -200).rotate(angle).translate(500, 500)
    return _placed([(figure, matrix)], (1000, 1000))


def _placed(figures: list[tuple[bytes, PdfMatrix]], size: tuple[int, int], turned: int = 0) -> bytes:
    """A page of a new document."""
    document = PdfDocument.new()
    page = document.new_page(*size)
    for content, matrix in figures:
        figure = PdfDocument(content).page_as_xobject(0, document).as_pageobject()
        figure.set_matrix(matrix)
        page.insert_obj(figure)
    page.set_rotation(turned)
    page.gen_content()
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()
