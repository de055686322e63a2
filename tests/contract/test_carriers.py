"""Every file of a figure carries its record, its name and a seal, and a code that survives what offices do to it."""

from __future__ import annotations

import struct
from io import BytesIO
from xml.etree import ElementTree
from zlib import compress

import numpy as np
import pytest
import zxingcpp
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DictionaryObject, NameObject

from sim import charts
from sim.charts import carriers
from sim.charts.carriers import CARRIERS, DamagedError, broken, carry, svg
from sim.charts.carriers.png import chunks
from sim.charts.code import PREFIX, id_in, squares
from sim.charts.files import written
from sim.comparison.record import record_text
from sim.comparison.results import Comparison
from sim.comparison.run import compare
from sim.scenario import load

NAME = "delivered"
every_format = pytest.mark.parametrize("suffix", CARRIERS)


@pytest.fixture(scope="module")
def comparison() -> Comparison:
    return compare(load("small_country"), draws=4, queue=False)


@pytest.fixture(scope="module")
def files(comparison: Comparison) -> dict[str, bytes]:
    figure = charts.CHARTS[NAME](comparison)
    return {suffix: make(figure, comparison, NAME) for suffix, make in charts.FORMATS.items()}


@every_format
def test_a_figure_carries_its_record_its_name_and_a_whole_seal(files, comparison, suffix) -> None:
    words = CARRIERS[suffix].words(files[suffix])
    assert words["Record"] == record_text(comparison)
    assert (words["Figure"], words["Run"]) == (NAME, comparison.run_id)
    assert broken(files[suffix], suffix) == ()
    assert len(words["Seal"]) == 48 and len(set(words["Seal"])) > 4


@every_format
def test_a_byte_of_a_word_breaks_the_seal_of_words(files, suffix) -> None:
    content = CARRIERS[suffix].swap(files[suffix], NAME, NAME[::-1])
    assert content != files[suffix]
    assert "words" in broken(content, suffix) and "file" in broken(content, suffix)


@every_format
def test_a_figure_of_no_run_has_a_seal_as_well(comparison, suffix) -> None:
    plain = written(charts.CHARTS[NAME](comparison), suffix, {"Title": "Rules"})
    content = carry(plain, suffix, "waits/rules", "", "")
    assert broken(content, suffix) == () and CARRIERS[suffix].words(content)["Figure"] == "waits/rules"


@every_format
def test_a_word_that_stands_there_twice_is_refused(files, suffix) -> None:
    name = "Record" if suffix == "pdf" else "Figure"
    with pytest.raises(DamagedError, match=f"holds the word {name} twice"):
        CARRIERS[suffix].words(CARRIERS[suffix].write(files[suffix], {name: "another"}))


def test_words_of_other_programs_break_no_seal(files) -> None:
    assert broken(CARRIERS["png"].write(files["png"], {"Comment": "Reviewed."}), "png") == ("file",)


@pytest.mark.parametrize(
    "added",
    ["<style>text{display:none}</style>", '<html:script xmlns:html="http://www.w3.org/1999/xhtml">1</html:script>'],
)
@pytest.mark.parametrize("place", ["</metadata>", "</desc>", "</title>"])
def test_what_works_from_among_the_words_is_part_of_the_picture(files, added, place) -> None:
    assert "picture" in broken(files["svg"].replace(place.encode(), (added + place).encode(), 1), "svg")


def test_a_style_sheet_beside_a_drawing_is_part_of_the_picture(files) -> None:
    content = files["svg"].replace(b"?>", b'?><?xml-stylesheet type="text/css" href="a.css"?>', 1)
    assert "picture" in broken(content, "svg")


def test_what_a_document_does_when_it_is_opened_is_part_of_the_picture(files) -> None:
    writer = PdfWriter(clone_from=BytesIO(files["pdf"]))
    writer.root_object[NameObject("/OpenAction")] = DictionaryObject({NameObject("/S"): NameObject("/JavaScript")})
    writer.write(buffer := BytesIO())
    assert "picture" in broken(buffer.getvalue(), "pdf")


def test_a_picture_saved_anew_keeps_picture_and_words(files) -> None:
    with Image.open(BytesIO(files["png"])) as opened:
        opened.load()
        texts = PngImagePlugin.PngInfo()
        for name, text in opened.info.items():
            if isinstance(text, str):
                texts.add_itxt(name, text)
        opened.save(buffer := BytesIO(), "png", compress_level=1, pnginfo=texts)
    assert buffer.getvalue() != files["png"] and broken(buffer.getvalue(), "png") == ("file",)


def test_a_pixel_breaks_the_seal_of_the_picture(files) -> None:
    with Image.open(BytesIO(files["png"])) as opened:
        opened.load()
        texts = PngImagePlugin.PngInfo()
        for name, text in opened.info.items():
            if isinstance(text, str):
                texts.add_itxt(name, text)
        changed = opened.convert("RGB")
        red, *others = changed.getpixel((700, 500))
        changed.putpixel((700, 500), (red ^ 1, *others))
        changed.save(buffer := BytesIO(), "png", pnginfo=texts)
    assert broken(buffer.getvalue(), "png") == ("file", "picture")


def test_a_drawing_laid_out_anew_keeps_its_picture_and_a_moved_bar_does_not(files) -> None:
    root = ElementTree.fromstring(files["svg"])
    again = ElementTree.tostring(root)
    assert broken(again, "svg") == ("file",)
    bars = [node for node in root.iter("{http://www.w3.org/2000/svg}path") if "6bace6" in node.get("style", "")]
    bars[1].set("d", bars[1].attrib["d"].replace("M ", "M 1", 1))
    assert broken(ElementTree.tostring(root), "svg") == ("file", "picture")


def test_a_page_saved_anew_keeps_its_picture_and_a_changed_one_does_not(files) -> None:
    writer = PdfWriter(clone_from=BytesIO(files["pdf"]))
    writer.add_metadata({})
    writer.write(buffer := BytesIO())
    assert set(broken(buffer.getvalue(), "pdf")) <= {"file"}
    writer.pages[0].rotate(90)
    writer.write(buffer := BytesIO())
    assert "picture" in broken(buffer.getvalue(), "pdf")


def test_the_attached_record_opens_in_any_reader(files, comparison) -> None:
    attached = PdfReader(BytesIO(files["pdf"])).attachments
    assert [content.decode("utf8") for content in attached["run.json"]] == [record_text(comparison)]


@pytest.mark.parametrize(
    ("suffix", "content", "sentence"),
    [
        ("png", lambda whole: whole[:-40], "cut off"),
        ("png", lambda whole: whole + b"x", "goes on for 1 bytes"),
        ("png", lambda whole: whole[:60] + b"?" + whole[61:], "damaged between the bytes"),
        ("png", lambda whole: b"GIF89a", "does not begin"),
        ("svg", lambda whole: whole[:-40], "no drawing that can be read"),
        ("svg", lambda whole: b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "entities"),
        ("svg", lambda whole: b"<html/>", "is no drawing"),
        ("pdf", lambda whole: whole[:9], "no PDF that can be read"),
    ],
)
def test_a_damaged_file_gets_one_sentence(files, suffix, content, sentence) -> None:
    with pytest.raises(DamagedError, match=sentence):
        CARRIERS[suffix].picture(content(files[suffix]))


def test_a_page_with_a_password_gets_one_sentence(files) -> None:
    writer = PdfWriter(clone_from=BytesIO(files["pdf"]))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(buffer := BytesIO())
    with pytest.raises(DamagedError, match="password"):
        CARRIERS["pdf"].words(buffer.getvalue())


def test_a_text_that_would_fill_the_memory_is_not_unpacked(files) -> None:
    bomb = b"Record\0\1\0\0\0" + compress(b"0" * 30_000_000)
    content = carriers.png.SIGNATURE + carriers.png.chunk(b"iTXt", bomb) + files["png"][8:]
    with pytest.raises(DamagedError, match="more than 20 MB"):
        CARRIERS["png"].words(content)
    with pytest.raises(DamagedError, match="letters that are no text"):
        CARRIERS["svg"].words(files["svg"].replace(b'packed="zlib">', b'packed="zlib">!'))


def test_a_picture_too_large_for_the_memory_is_not_opened(files) -> None:
    data = bytearray(next(data for kind, data in chunks(files["png"]) if kind == b"IHDR"))
    data[:8] = struct.pack(">II", 60_000, 60_000)
    content = carriers.png.SIGNATURE + carriers.png.chunk(b"IHDR", bytes(data)) + files["png"][33:]
    with pytest.raises(DamagedError, match="cannot be read"):
        CARRIERS["png"].picture(content)


def test_the_code_holds_the_id_of_the_source_line() -> None:
    source = "Source: Heavy Press 0.2.0, sweep 0123456789abcdef, 12 runs."
    assert id_in(source) == "0123456789abcdef" and squares(source) is not None
    assert squares("Source: Heavy Press 0.2.0, seed 1. Scenario: run 0123456789ab.") is None


@pytest.mark.parametrize("dpi", [300, 220, 150, 96])
@pytest.mark.parametrize("quality", [None, 60])
def test_the_code_survives_what_offices_do_to_pictures(files, comparison, dpi, quality) -> None:
    with Image.open(BytesIO(files["png"])) as opened:
        small = opened.convert("RGB").resize((opened.width * dpi // 300, opened.height * dpi // 300))
    if quality:
        small.save(buffer := BytesIO(), "jpeg", quality=quality)
        small = Image.open(buffer)
    codes = [code.text for code in zxingcpp.read_barcodes(np.asarray(small))]
    assert codes == [PREFIX + comparison.run_id.upper()]


def test_no_drawing_needs_anything_from_elsewhere(files) -> None:
    links = [value for node in ElementTree.fromstring(files["svg"]).iter() for name, value in node.attrib.items()
             if name.rpartition("}")[2] in ("href", "src") and not value.startswith("#")]  # fmt: skip
    allowed = ("http://purl.org/", "http://matplotlib.org", "https://matplotlib.org")
    assert not [link for link in links if not link.startswith(allowed)]
    assert svg.words(files["svg"])["dc:identifier"]
