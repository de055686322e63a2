"""No false alarm: what other programs do to a file when they save it leaves figures and tables as they are."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO
from xml.etree import ElementTree

import pandas as pd
import pytest
from lxml import etree
from openpyxl import load_workbook
from PIL import Image

from sim import charts
from sim.verification.findings import ALTERED, VERIFIED, Finding
from sim.verification.tables import same
from tests.verification.alterations import CHARTS, materials, resaved_pdf, resaved_png, verdicts, zipped

TABLES = ("outcomes", "yearly", "waits")


@pytest.fixture(autouse=True)
def _few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have few charts, for speed."""
    monkeypatch.setattr(charts, "CHARTS", CHARTS)


def the_one(content: bytes, known: str = "") -> Finding:
    """The finding on a file, which is verified."""
    (found,) = verdicts(content, known)
    assert found.verdict == VERIFIED, found
    return found


def opened(form: str = "png") -> Image.Image:
    """The figure as pixels, with its words."""
    with Image.open(BytesIO(materials().figure(form))) as picture:
        picture.load()
    return picture


# --- figures ---


@pytest.mark.parametrize("options", [{"compress_level": 0}, {"compress_level": 9}, {"optimize": True}])
def test_a_picture_that_was_packed_anew_is_verified(options: dict[str, object]) -> None:
    content = resaved_png(opened(), **options)
    assert content != materials().figure("png")
    assert "saved the file anew" in the_one(content).reasons[0]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_picture_without_its_palette_is_verified(mode: str) -> None:
    picture = opened()
    flat = picture.convert(mode)
    flat.info = dict(picture.info)
    the_one(resaved_png(flat))


@pytest.mark.parametrize("dots", [200, 150, 400])
def test_a_picture_that_was_resized_with_its_words_is_held_by_its_looks(dots: int) -> None:
    picture = opened()
    other = picture.convert("RGB").resize((picture.width * dots // 300, picture.height * dots // 300))
    other.info = dict(picture.info)
    reasons = " ".join(the_one(resaved_png(other)).reasons)
    assert "another size" in reasons and f"as far as {dots} dots per inch show" in reasons


def test_a_resized_picture_in_which_something_was_painted_is_found() -> None:
    picture = opened().convert("RGB")
    picture.paste((0, 0, 0), (700, 500, 760, 560))
    other = picture.resize((picture.width // 2, picture.height // 2))
    other.info = dict(opened().info)
    (found,) = verdicts(resaved_png(other))
    assert found.verdict == ALTERED and "no figure as the run gives it" in " ".join(found.reasons)


def test_a_drawing_that_was_laid_out_anew_is_verified() -> None:
    content = materials().figure("svg")
    for again in (
        ElementTree.tostring(ElementTree.fromstring(content)),
        etree.tostring(etree.fromstring(content, etree.XMLParser(remove_blank_text=True)), pretty_print=True),
        content + b"\n",
        content.replace(b"\n", b"\r\n"),
    ):
        assert again != content
        the_one(again)


def test_a_page_that_was_saved_anew_is_verified() -> None:
    the_one(resaved_pdf(materials().figure("pdf")))


# --- tables ---


def as_excel_writes(cell: str) -> str:
    """A cell as a spreadsheet writes it: at most fifteen digits, its own words for true and false."""
    if cell in ("True", "False"):
        return cell.upper()
    try:
        return f"{float(cell):.15G}"
    except ValueError:
        return cell


@pytest.mark.slow
@pytest.mark.parametrize("name", TABLES)
def test_a_table_that_was_saved_anew_is_verified(name: str) -> None:
    made = materials()
    content, known = made.files[f"data/{name}.csv"], made.ran.text
    text = content.decode("utf8")
    rows = list(csv.reader(StringIO(text)))

    def written(rows: list[list[str]], **options: object) -> str:
        csv.writer(buffer := StringIO(), **options).writerows(rows)  # type: ignore[arg-type]
        return buffer.getvalue()

    excel = [[as_excel_writes(cell) for cell in row] for row in rows]
    german = [[cell.replace(".", ",") if same(cell, cell + "0") else cell for cell in row] for row in excel]
    for again in (
        pd.read_csv(BytesIO(content)).to_csv(index=False),
        pd.read_csv(BytesIO(content), dtype=str, keep_default_na=False).to_csv(index=False, quoting=csv.QUOTE_ALL),
        "\ufeff" + written(rows),
        written(rows, quoting=csv.QUOTE_ALL),
        written(excel, delimiter=";"),
        written(excel, delimiter="\t"),
        written(german, delimiter=";"),
        text.replace("\n", "\r\n"),
        text.rstrip("\n"),
    ):
        found = the_one(again.encode("utf8"), known)
        assert ("The same to the last byte." if again == text else "its bytes are not") in found.reasons[0]


@pytest.mark.parametrize(
    ("cell", "wanted", "alike"),
    [
        ("0.333333333333333", "0.3333333333333333", True),  # fifteen digits, as spreadsheets keep
        ("0.333333333333334", "0.3333333333333333", False),
        ("1.23457E+11", "123456789012.5", True),  # as they show a large number
        ("1.23458E+11", "123456789012.5", False),
        ("2025.0", "2025", True),
        ("2025", "2025.4", False),  # too few digits to be the same number rounded
        ("", "0", False),
        ("nan", "", False),
        ("NaN", "nan", False),
        ("1e400", "1e401", False),
        ("-0.0", "0.0", True),
        ("12,5", "12.5", False),
    ],
)
def test_cells_are_the_same_number_rounded_or_they_are_not(cell: str, wanted: str, alike: bool) -> None:
    assert same(cell, wanted) is alike


def test_a_run_on_another_processor_may_differ_in_the_last_digits() -> None:
    assert same("0.33333333334", "0.3333333333333333", exact=False)
    assert not same("0.3333334", "0.3333333333333333", exact=False)


def test_a_workbook_that_was_saved_anew_is_verified() -> None:
    load_workbook(BytesIO(materials().book)).save(buffer := BytesIO())
    assert "Only its cells were read" in the_one(buffer.getvalue()).reasons[0]


def test_a_pack_that_was_packed_anew_is_verified() -> None:
    for level in (0, 9):
        assert "packed them anew" in the_one(zipped(materials().files, level)).reasons[0]


def test_a_record_that_was_laid_out_anew_is_verified() -> None:
    import json

    again = json.dumps(materials().record, sort_keys=True)
    assert "its bytes are not" in the_one(again.encode("utf8")).reasons[0]
