"""What is hidden, shown from elsewhere, or shown otherwise than it is stored, is not verified."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from zlib import compress

import pytest
from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import DictionaryObject, NameObject, TextStringObject

from sim import charts
from sim.charts.carriers import CARRIERS, DamagedError, png
from sim.verification import documents
from sim.verification.findings import ALTERED, VERIFIED
from sim.verification.tables import same
from tests.verification.alterations import CHARTS, forged, materials, resaved_png, verdicts, zipped


@pytest.fixture(autouse=True, scope="module")
def few_charts() -> Iterator[None]:
    """The charts that the files are of."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "CHARTS", CHARTS)
        yield


def figure() -> Image.Image:
    """The pixels of the figure, with its words."""
    picture = Image.open(BytesIO(materials().figure("png")))
    picture.load()
    return picture


def with_chunk(kind: bytes, data: bytes) -> bytes:
    """The figure, packed anew, with another chunk in the place of those of its kind."""
    parts = [(each, part) for each, part in png.chunks(resaved_png(figure(), compress_level=1)) if each != kind]
    return png.SIGNATURE + b"".join(png.chunk(*each) for each in (parts[0], (kind, data), *parts[1:]))


def painted() -> bytes:
    """The figure with a red block over it, and the seal of a forger."""
    picture = figure().convert("RGB")
    picture.paste((200, 0, 0), (300, 300, 700, 500))
    return forged(resaved_png(picture), "png", {})


@pytest.mark.parametrize("place", ["word/figs/image1.png", "word/Media/image1.png", "word/figs/image1.bin"])
def test_a_picture_is_judged_wherever_it_lies_in_a_document(place: str) -> None:
    files = {"[Content_Types].xml": b"<Types/>", "word/media/true.png": materials().figure("png"), place: painted()}
    found = {each.where: each.verdict for each in verdicts(zipped(files))}
    assert found == {f"it: {place}": ALTERED, "it: word/media/true.png": VERIFIED}


def test_pictures_of_a_page_are_found_in_any_case_and_quotes() -> None:
    page = "<SVG a='1'></SVG><svg></svg><IMG SRC = 'data:image/PNG;base64,QUJD'><img src=data:image/gif;base64,QUI=>"
    assert list(documents.drawings(page)) == [
        ("drawing 1", b"<SVG a='1'></SVG>"), ("drawing 2", b"<svg></svg>"), ("picture 1", b"ABC"), ("picture 2", b"AB"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "data"),
    [(b"gAMA", struct.pack(">I", 1_000_000)), (b"pHYs", struct.pack(">IIB", 11_811, 2_000, 1))],
)
def test_pixels_that_a_viewer_shows_otherwise_are_another_picture(kind: bytes, data: bytes) -> None:
    (found,) = verdicts(with_chunk(kind, data))
    assert found.verdict == ALTERED and "picture" in " ".join(found.reasons)


def test_the_gamma_that_programs_write_by_themselves_changes_nothing() -> None:
    assert [each.verdict for each in verdicts(with_chunk(b"gAMA", struct.pack(">I", 45_455)))] == [VERIFIED]


def test_a_picture_that_is_to_be_turned_is_another_one() -> None:
    exif = Image.Exif()
    exif[0x112] = 3
    assert [each.verdict for each in verdicts(resaved_png(figure(), compress_level=1, exif=exif))] == [ALTERED]


def test_a_page_that_acts_when_it_is_opened_is_another_one() -> None:
    writer = PdfWriter(clone_from=BytesIO(materials().figure("pdf")))
    act = DictionaryObject({NameObject("/S"): NameObject("/JavaScript"), NameObject("/JS"): TextStringObject("1")})
    writer.root_object["/Names"][NameObject("/JavaScript")] = act
    writer.write(content := BytesIO())
    assert [each.verdict for each in verdicts(content.getvalue())] == [ALTERED]


def test_a_number_beyond_all_numbers_is_another_one() -> None:
    assert not same("1e9999999", "1.5") and not same("-1e-9999999", "1.5")


def test_words_that_would_fill_the_memory_are_refused() -> None:
    parts = list(png.chunks(materials().figure("png")))
    text = b"\0\1\0\0\0" + compress(b"0" * 15_000_000)
    many = [(b"iTXt", bytes([65 + number]) + text) for number in range(3)]
    content = png.SIGNATURE + b"".join(png.chunk(*each) for each in (parts[0], *many, *parts[1:]))
    with pytest.raises(DamagedError, match="words of more than 20 MB"):
        CARRIERS["png"].words(content)


def test_a_drawing_with_deep_metadata_gets_an_answer() -> None:
    deep = b"<a>" * 30_000 + b"</a>" * 30_000
    content = materials().figure("svg").replace(b"</metadata>", deep + b"</metadata>", 1)
    assert [each.verdict for each in verdicts(content)] == [ALTERED]
