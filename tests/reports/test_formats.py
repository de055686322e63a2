"""Every format holds the brief: text, alternative texts and record, the same bytes on every build."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import zipfile
from base64 import b64decode, b64encode
from hashlib import sha256
from io import BytesIO
from itertools import pairwise
from pathlib import Path

import docx
import numpy as np
import pypdf
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from PIL import Image

import sim
from sim.charts.files import FORMATS as FIGURES
from sim.comparison.results import Comparison
from sim.outcomes import HEADLINE
from sim.reports import ReportError, writers
from sim.reports.blocks import Brief, Bullets, Figure, Heading, Paragraph, Table
from sim.reports.carried import carried
from sim.reports.columns import ASSUMPTIONS, SUMMARY, YEARLY, Sheet, sheets
from sim.reports.inputs import inputs
from sim.reports.templates import shipped
from sim.reports.workbook import workbook
from tests.reports.conftest import FIGURE
from tests.reports.reading import Page, alts_of_pdf, book, records, words_of

PRINTED = ("html", "docx", "pdf")
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("form", ["html", "docx"])
def test_every_text_of_the_brief_is_printed(form: str, reports: dict[str, bytes], short: Brief) -> None:
    words = re.sub(r"\s", "", words_of(form, reports[form]))
    for block in short.blocks:
        texts = [block.text] if isinstance(block, Heading | Paragraph) else []
        texts += [line.partition(" http")[0] for line in block.items] if isinstance(block, Bullets) else []
        cells = [cell for row in block.rows for cell in row] if isinstance(block, Table) else []
        texts += [block.caption, *block.heads, *cells] if isinstance(block, Table) else []
        texts += [block.caption] if isinstance(block, Figure) else []
        for text in texts:
            assert re.sub(r"\s", "", text) in words
    assert re.sub(r"\s", "", short.question) in words and short.about.replace(" ", "") in words


def test_the_pages_of_the_pdf_hold_the_answer_and_every_heading(reports: dict[str, bytes], short: Brief) -> None:
    words = words_of("pdf", reports["pdf"])
    wanted = [block.text for block in short.blocks if isinstance(block, Heading)]
    assert all(text in words for text in [*wanted, short.title, short.about])
    answer = next(block.text for block in short.blocks if isinstance(block, Paragraph) and block.style == "answer")
    bare = re.sub(r"\s", "", words)
    assert answer.replace(" ", "") in bare
    cells = [cell for block in short.blocks if isinstance(block, Table) for row in block.rows for cell in row]
    assert all(re.sub(r"[_/]$", "", word) in bare for cell in cells for word in re.findall(r"[^\s_/()-]+", cell))


@pytest.mark.parametrize("form", ["html", "docx", "pdf", "xlsx"])
def test_the_record_travels(form: str, files: dict[str, Path], short: Brief) -> None:
    assert carried(files[form]) == short.record


@pytest.mark.parametrize("form", PRINTED)
def test_the_same_brief_gives_the_same_bytes(form: str, reports: dict[str, bytes], short: Brief) -> None:
    assert writers()[form](short, shipped(form)) == reports[form]


def test_the_same_run_gives_the_same_workbook(comparison: Comparison, short: Brief, reports: dict[str, bytes]) -> None:
    assert workbook(short, sheets(comparison, short.record)) == reports["xlsx"]


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "docx", "pdf", "xlsx"])
def test_another_process_writes_the_same_bytes(form: str, tmp_path: Path) -> None:
    digests = []
    for turn in ("1", "2"):
        out = tmp_path / turn / f"small.{form}"
        out.parent.mkdir()
        words = [
            sys.executable,
            "-m",
            "sim",
            "report",
            "small_country",
            "--draws",
            "20",
            "--no-queue",
            "--out",
            str(out),
        ]
        environment = {**os.environ, "PYTHONHASHSEED": turn, "PYTHONPATH": str(ROOT), "TZ": f"UTC-{turn}"}
        subprocess.run(words, check=True, cwd=tmp_path / turn, env=environment, capture_output=True)
        digests.append(hashlib.sha256(out.read_bytes()).hexdigest())
    assert digests[0] == digests[1]


# --- alternative texts and pictures ---


def figure_of(short: Brief) -> Figure:
    """The figure of the short brief."""
    return next(block for block in short.blocks if isinstance(block, Figure))


def test_pages_of_the_web_hold_the_very_file_of_the_chart(reports: dict[str, bytes], short: Brief) -> None:
    (picture,) = Page(reports["html"]).of("img")
    assert picture["alt"] == figure_of(short).alt.replace(" %", "\u00a0%")
    assert b64decode(picture["src"].removeprefix("data:image/svg+xml;base64,")) == figure_of(short).draw("svg")


def test_documents_hold_the_very_file_of_the_chart(reports: dict[str, bytes], short: Brief) -> None:
    document = docx.Document(BytesIO(reports["docx"]))
    (about,) = document.element.body.iter(qn("wp:docPr"))
    assert about.get("descr") == figure_of(short).alt.replace(" %", "\u00a0%") and about.get("name") == FIGURE
    with zipfile.ZipFile(BytesIO(reports["docx"])) as package:
        (content,) = (package.read(name) for name in package.namelist() if name.startswith("word/media/"))
    assert content == figure_of(short).draw("png")
    assert Image.open(BytesIO(content)).info["dpi"][0] == pytest.approx(300, abs=0.1)


def test_the_pdf_reads_out_what_the_chart_shows(reports: dict[str, bytes], short: Brief) -> None:
    assert figure_of(short).alt.replace(" %", "\u00a0%") in alts_of_pdf(reports["pdf"])


# --- HTML ---


def test_the_page_asks_for_nothing_and_runs_nothing(reports: dict[str, bytes]) -> None:
    page, text = Page(reports["html"]), reports["html"].decode("utf8")
    assert not {"script", "link", "iframe", "object", "form", "base"} & {name for name, _ in page.elements}
    assert not [about for _, about in page.elements if any(name.startswith("on") for name in about)]
    assert all(about["src"].startswith("data:image/svg+xml") for _, about in page.elements if "src" in about)
    assert not [about for _, about in page.elements if "style" in about]
    policy = next(about["content"] for about in page.of("meta") if about.get("http-equiv") == "Content-Security-Policy")
    style = re.search("<style>(.*?)</style>", text, re.DOTALL)
    assert style and f"'sha256-{b64encode(sha256(style.group(1).encode()).digest()).decode()}'" in policy
    assert policy.startswith("default-src 'none'") and "url(" not in style.group(1) and "@import" not in style.group(1)
    assert all(re.match("https?://", about["href"]) for about in page.of("a"))


def test_the_page_has_landmarks_headings_in_order_and_tables_with_captions(reports: dict[str, bytes]) -> None:
    page = Page(reports["html"])
    assert page.of("html") == [{"lang": "en-GB"}] and len(page.of("main")) == len(page.of("h1")) == 1
    levels = [int(name[1]) for name, _ in page.elements if re.fullmatch("h[1-6]", name)]
    assert levels[0] == 1 and all(after - before <= 1 for before, after in pairwise(levels))
    assert len(page.of("caption")) == len(page.of("table")) == len(page.of("thead")) > 3
    assert {about["scope"] for about in page.of("th")} == {"col", "row"}
    ids = [about["id"] for _, about in page.elements if "id" in about]
    assert len(ids) == len(set(ids))
    assert "@page { size: A4" in reports["html"].decode("utf8")


# --- Word ---


def test_the_document_has_real_headings_and_heads_that_repeat(reports: dict[str, bytes], short: Brief) -> None:
    document = docx.Document(BytesIO(reports["docx"]))
    found = [p.text for p in document.paragraphs if p.style.name in ("Heading 1", "Heading 2")]
    assert found == [block.text for block in short.blocks if isinstance(block, Heading)]
    assert len(document.tables) == sum(isinstance(block, Table) for block in short.blocks)
    for table in document.tables:
        rows = [row._tr.trPr.find(qn("w:tblHeader")) is not None for row in table.rows]
        assert rows[0] and not any(rows[1:])
        width = sum(column.width for column in table.columns)
        section = document.sections[0]
        assert width <= section.page_width - section.left_margin - section.right_margin + Mm(0.1)  # of rounding
    assert (round(document.sections[0].page_width.mm), round(document.sections[0].page_height.mm)) == (210, 297)


def test_the_document_names_the_run_and_no_machine(reports: dict[str, bytes], short: Brief) -> None:
    document = docx.Document(BytesIO(reports["docx"]))
    kept = document.core_properties
    assert (kept.title, kept.author, kept.last_modified_by) == (short.title, "Heavy Press", "Heavy Press")
    assert kept.created == kept.modified and kept.created.year == 2000 and short.run in kept.subject
    assert document.sections[0].footer.paragraphs[-1].text.endswith(f"run {short.run}")
    with zipfile.ZipFile(BytesIO(reports["docx"])) as package:
        assert {entry.date_time for entry in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


# --- PDF ---


def test_the_pdf_is_tagged_on_a4_in_fonts_of_its_own(reports: dict[str, bytes], short: Brief) -> None:
    reader = pypdf.PdfReader(BytesIO(reports["pdf"]))
    root = reader.trailer["/Root"]
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"]) == ("en-GB", True) and "/StructTreeRoot" in root
    assert reader.metadata["/Title"] == short.title and short.run in reader.metadata["/Keywords"]
    assert not {"/CreationDate", "/ModDate", "/Author"} & set(reader.metadata)
    assert {tuple(round(float(x) / 72 * 25.4) for x in page.mediabox[2:]) for page in reader.pages} == {(210, 297)}
    fonts = {
        str(font.get_object()["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()
    }
    assert fonts and all("DejaVuSans" in font for font in fonts)
    assert b"pdfuaid" in reader.trailer["/Root"]["/Metadata"].get_object().get_data()


# --- the workbook ---


def test_the_workbook_has_its_sheets_and_heads_that_stay(reports: dict[str, bytes]) -> None:
    made = book(reports["xlsx"])
    assert made.sheetnames == ["Read me", "Summary", "Yearly", "Draws", "Assumptions", "Dictionary", "Record"]
    assert {sheet.freeze_panes for sheet in made} == {"A2"}
    assert (made.properties.creator, made.properties.created.year) == ("Heavy Press", 2000)
    assert all(sheet.column_dimensions["A"].width >= 14 for sheet in made)


def test_the_first_sheet_says_what_the_numbers_are(reports: dict[str, bytes], short: Brief) -> None:
    rows = [(row[0].value, row[1].value) for row in book(reports["xlsx"])["Read me"].iter_rows()]
    assert rows[:3] == [("Title", short.title), ("Question", short.question), ("Run", short.about)]
    texts = " ".join(text for _, text in rows)
    assert "Measured by" in texts and "heavypress verify" in texts and "cloud.decline_per_year" in texts


def test_draws_are_the_totals_of_the_comparison(reports: dict[str, bytes], comparison: Comparison) -> None:
    rows = records(reports["xlsx"], "Draws")
    assert len(rows) == len(comparison.results) * (1 + comparison.draws)
    for key in comparison.results:
        mine = [row for row in rows if row["option"] == key]
        assert [row["draw"] for row in mine] == list(range(1 + comparison.draws))
        for name in HEADLINE:
            values = np.array([np.nan if row[name] is None else row[name] for row in mine], dtype=float)
            np.testing.assert_allclose(values, comparison.own_totals(key, name), rtol=1e-14)


def test_the_summary_and_the_years_are_those_of_the_comparison(
    reports: dict[str, bytes], comparison: Comparison
) -> None:
    rows = {(row["option"], row["outcome"]): row for row in records(reports["xlsx"], "Summary")}
    for (key, name), row in rows.items():
        drawn = comparison.own_totals(key, name)[1:]
        known = drawn[np.isfinite(drawn)]
        assert (row["median"] is None) == (known.size == 0)
        assert row["median"] is None or row["median"] == pytest.approx(float(np.median(known)), rel=1e-12)
    years = [row for row in records(reports["xlsx"], "Yearly") if row["outcome"] == "outlay"]
    assert {row["year"] for row in years} == set(comparison.scenario.years)


def test_assumptions_list_every_parameter_with_its_source(reports: dict[str, bytes], comparison: Comparison) -> None:
    rows = {row["path"]: row for row in records(reports["xlsx"], "Assumptions")}
    found = inputs(comparison.scenario)
    assert len(rows) == len(found) == len({one.path for one in found})
    for one in found:
        row = rows[one.path]
        assert bool(row["source"]) == (one.set_by in ("default", "date"))
        assert row["url"] is None or (row["url"].startswith("http") and row["url"] in row["source"])
        if one.spec.kind == "number":
            assert row["value"] == pytest.approx(float(one.value)) and row["low"] <= row["high"]
    row = rows["cloud.decline_per_year"]
    assert (row["value"], row["set_by"], row["changed"], row["grade"]) == (0.15, "outside", "yes", None)


def test_every_column_of_every_sheet_is_in_the_dictionary(reports: dict[str, bytes]) -> None:
    made, explained = book(reports["xlsx"]), records(reports["xlsx"], "Dictionary")
    heads = [(s.title, cell.value) for s in made.worksheets[1:] for cell in s[1]]
    assert sorted(heads) == sorted((row["sheet"], row["column"]) for row in explained)
    assert all(row["meaning"] for row in explained)
    assert all(column.unit for column in (*SUMMARY, *YEARLY, *ASSUMPTIONS) if column.kind in ("number", "share"))


def test_the_record_is_cut_into_cells_that_hold_it(reports: dict[str, bytes], short: Brief) -> None:
    parts = [row["run.json"] for row in records(reports["xlsx"], "Record")]
    assert len(parts) > 1 and "".join(parts) == short.record and max(map(len, parts)) <= 30_000


def test_more_rows_than_a_sheet_holds_are_refused(short: Brief, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.reports.workbook.MOST_ROWS", 3)
    with pytest.raises(ReportError, match=r"^Draws: more than 3 rows"):
        workbook(short, [Sheet("Draws", YEARLY[:1], [["a"]] * 4)])


# --- from Python ---


def test_python_writes_the_same_file(comparison: Comparison, tmp_path: Path, reports: dict[str, bytes]) -> None:
    sim.report(comparison, tmp_path / "numbers.xlsx")
    assert (tmp_path / "numbers.xlsx").read_bytes() == reports["xlsx"]
    with pytest.raises(ReportError, match="no format 'odt'"):
        sim.report(comparison, tmp_path / "brief.odt")


def test_the_file_of_a_figure_is_that_of_the_charts(comparison: Comparison, short: Brief) -> None:
    from sim import charts

    drawn = charts.CHARTS[FIGURE](comparison)
    assert figure_of(short).draw("svg") == FIGURES["svg"](drawn, comparison, FIGURE)
