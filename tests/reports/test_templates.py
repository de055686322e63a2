"""An office's own templates: they are followed, and a wrong one gets one sentence before anything is computed."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path

import docx
import pypdf
import pytest

from sim.cli import main
from sim.reports import ReportError, check_template, save_template, writers
from sim.reports.blocks import Brief
from sim.reports.templates import SUFFIXES, shipped
from sim.reports.word import STYLES
from tests.reports.reading import words_of
from tests.reports.template import template


def test_the_shipped_document_is_what_its_script_makes() -> None:
    assert shipped("docx").read_bytes() == template()
    assert {style.name for style in docx.Document(str(shipped("docx"))).styles} >= set(STYLES)


@pytest.mark.parametrize("form", SUFFIXES)
def test_the_template_that_ships_can_be_taken_changed_and_used(form: str, tmp_path: Path) -> None:
    path = tmp_path / f"ours{SUFFIXES[form]}"
    assert main(["report", "--format", form, "--template-out", str(path)]) == 0
    assert path.read_bytes() == shipped(form).read_bytes()
    check_template(form, path)
    with pytest.raises(ReportError, match="is there already"):
        save_template(form, path)


def test_a_document_keeps_the_styles_and_the_pages_of_the_office(short: Brief, tmp_path: Path) -> None:
    document = docx.Document(str(shipped("docx")))
    document.styles["Heading 1"].font.name = "Comic Sans MS"
    document.add_paragraph("Ministry of Examples", "Title")
    document.sections[0].header.paragraphs[0].text = "In confidence"
    document.save(str(tmp_path / "ours.docx"))
    made = docx.Document(BytesIO(writers()["docx"](short, tmp_path / "ours.docx")))
    assert made.styles["Heading 1"].font.name == "Comic Sans MS"
    assert [p.text for p in made.paragraphs[:2]] == ["Ministry of Examples", short.title]
    assert made.sections[0].header.paragraphs[0].text == "In confidence"


def test_a_page_follows_the_template_of_the_office(short: Brief, tmp_path: Path) -> None:
    path = tmp_path / "ours.html"
    kinds = "<title>{{ title }}</title>{% for each in blocks %}{{ each.kind }} {% endfor %}"
    path.write_text(f'{kinds}<pre id="heavypress-record">{{{{ record }}}}</pre>', encoding="utf8")
    check_template("html", path)
    assert words_of("html", writers()["html"](short, path)).startswith("A small countryheading paragraph paragraph ")


def test_a_pdf_follows_the_template_of_the_office_and_reads_its_folder(short: Brief, tmp_path: Path) -> None:
    (tmp_path / "motto.txt").write_text("Per aspera", encoding="utf8")
    path = tmp_path / "ours.typ"
    path.write_text(
        '#let b = json(bytes(sys.inputs.brief))\n#set page(paper: "a5")\n#read("motto.txt"), #b.title\n'
        '#pdf.attach("run.json", bytes(b.record))\n',
        encoding="utf8",
    )
    check_template("pdf", path)
    made = pypdf.PdfReader(BytesIO(writers()["pdf"](short, path)))
    assert "Per aspera, A small country" in made.pages[0].extract_text()
    assert round(made.pages[0].mediabox.width / 72 * 25.4) == 148


WRONG = {
    "html": {
        "{% for %}": r"line 1: Expected",
        "x\n{{ nobody.name }}": r"line 2: 'nobody' is undefined",
        "a\n\n{% if title %}": r"line 3: Unexpected end of template",
        "{{ ''.__class__.__mro__ }}": r"line 1: access to attribute '__class__' of 'str' object is unsafe",
        "{% include 'other.html' %}": r"line 1: no loader",
        "{{ 1 / 0 }}": r"line 1: division by zero",
        "{{ title }}": r"leaves out the record of the run; --template-out FILE writes ours",
    },
    "pdf": {
        "#let x = (": r"line 1: unclosed delimiter",
        "a\n#nobody": r"line 2: unknown variable: nobody",
        '#import "@preview/cetz:0.3.0"': r"imports a package, which would have to be fetched from a network",
        '#read("/etc/passwd")': r"line 1: file not found",
        "text": r"leaves out the record of the run",
    },
    "docx": {"no document": r"is no Word document \(.docx\)"},
}


@pytest.mark.parametrize(("form", "text"), [(form, text) for form, texts in WRONG.items() for text in texts])
def test_a_wrong_template_gets_one_sentence(form: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / f"wrong{SUFFIXES[form]}"
    path.write_text(text, encoding="utf8")
    with pytest.raises(ReportError, match=WRONG[form][text]) as caught:
        check_template(form, path)
    assert "\n" not in str(caught.value) and str(path) in str(caught.value)


def test_a_document_without_our_styles_is_refused_with_their_names(tmp_path: Path) -> None:
    docx.Document().save(str(tmp_path / "bare.docx"))
    with pytest.raises(ReportError, match=r"lacks the styles 'Brief Answer', .* and 'Hyperlink'; --template-out FILE"):
        check_template("docx", tmp_path / "bare.docx")


def test_a_bomb_is_no_template(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "bomb.docx", "w", zipfile.ZIP_DEFLATED) as package:
        for name in "abc":
            package.writestr(name, bytes(80_000_000))
    with pytest.raises(ReportError, match="larger unpacked than any template"):
        check_template("docx", tmp_path / "bomb.docx")


def test_a_template_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "picture.html").write_bytes(b"\xff\xd8\xff")
    with pytest.raises(ReportError, match="is no text in UTF-8"):
        check_template("html", tmp_path / "picture.html")
