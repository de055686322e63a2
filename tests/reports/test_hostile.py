"""Texts of others are harmless and legible in every format: markup, scripts, formulas, any script of the world."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from sim import charts
from sim.cli import main
from sim.reports import writers
from sim.reports.blocks import Brief, Paragraph, plain
from sim.reports.carried import carried
from sim.reports.templates import shipped
from tests.reports.conftest import FIGURE
from tests.reports.reading import Page, book, words_of

TITLE = (
    '=HYPERLINK("http://evil.example") <script>alert(1)</script> #set page(width: 1cm) $x^2$ \\ *b* _i_ `c` שלום عربي '
    "中文 \U0001f600 {{ 7*7 }} {# no #} ]]> --> &amp; \"q' [x](javascript:1) //no /*no*/ @ref <label>"
)
QUESTION = '+1 -2 @a <img src=x onerror=alert(1)> #import "@preview/a:1.0.0": b #panic("x")?'
LABEL = "-1+cmd|' /C calc'!A0 <b>#label</b> 中文"
NEVER = "</pre></details><script>alert(2)</script> https://example.org/?a=1&b=<script>"
WHO = "@SUM(A1) <i>x</i>"
SCENARIO = f"""
extends = "small_country.toml"
title = '''{TITLE}'''
question = '''{QUESTION}'''
not_modelled = ['''{NEVER}''', '''=1+1''']
world.cloud.price_usd = 45
[[waiver]]
path = "cloud.price_usd"
who = "{WHO}"
why = '''#let a = panic("x"); {{% raw %}}'''
date = 2026-11-24
[[option]]
instrument = "do_nothing"
[[option]]
instrument = "cloud_credits"
label = '''{LABEL}'''
[[option]]
instrument = "public_cluster"
"""
TEXTS = {"title": TITLE, "question": QUESTION, "label": LABEL, "limit": NEVER, "who": WHO}
BROKEN = "\ufffd"  # stands for a letter that the font of the PDF lacks


@pytest.fixture(scope="module", params=["html", "docx", "pdf", "xlsx"])
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The report of the scenario, by the command, with one of the charts."""
    folder = tmp_path_factory.mktemp("hostile")
    (folder / "evil.toml").write_text(SCENARIO, encoding="utf8")
    out = folder / f"evil.{request.param}"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(charts, "CHARTS", {FIGURE: charts.CHARTS[FIGURE]})
        assert main(["report", str(folder / "evil.toml"), "--draws", "0", "--no-queue", "--out", str(out)]) == 0
    return out


def bare(text: str) -> str:
    """A text without its spaces, and without what stands between the letters of another direction."""
    return re.sub(r"[\s\u2066-\u2069]", "", text)


def test_every_letter_stands_there_as_a_letter(written: Path) -> None:
    words = bare(words_of(written.suffix[1:], written.read_bytes()))
    for what, text in TEXTS.items():
        if written.suffix == ".pdf":  # whose lines run both ways, so that brackets turn and neighbours change places
            pieces = re.findall(r"[A-Za-z0-9]{3,}", text)
            assert pieces and all(piece in words for piece in pieces), what
        else:
            assert bare(text) in words, what


def test_the_record_of_such_a_run_travels_too(written: Path) -> None:
    kept = carried(written)
    assert kept is not None and '"title": "=HYPERLINK(' in kept and "\\u4e2d\\u6587" in kept


def test_nothing_of_it_runs(written: Path) -> None:
    content = written.read_bytes()
    if written.suffix == ".html":
        page = Page(content)
        assert not page.of("script") and len(page.of("img")) == 1 and len(page.of("pre")) == 1
        assert not [about for _, about in page.elements if any(name.startswith("on") for name in about)]
        assert not [about for about in page.of("a") if not about["href"].startswith("http")]
    elif written.suffix == ".pdf":
        assert not re.search(rb"/JavaScript|/JS\b|/Launch|/OpenAction|/URI \(javascript", content)
    elif written.suffix == ".docx":
        assert b"fldChar" not in content and 'w:instr="HYPERLINK' not in words_of("docx", content)
    else:
        cells = [cell for sheet in book(content) for row in sheet.iter_rows() for cell in row]
        assert not [cell.coordinate for cell in cells if cell.data_type == "f" or cell.hyperlink]
        risky = [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "@", "\t", "\r"))]
        risky += [cell for cell in cells if cell.data_type == "s" and str(cell.value).startswith("-")]
        assert len(risky) > 3 and all(cell.quotePrefix for cell in risky)
        assert not [cell for cell in cells if cell.quotePrefix and cell.data_type != "s"]


def test_letters_that_the_font_lacks_are_marked(written: Path) -> None:
    if written.suffix != ".pdf":
        return
    assert BROKEN in words_of("pdf", written.read_bytes())


@pytest.mark.parametrize("letters", ["\x00\x1b[31m", "a\u202eb", "\ud800"])
def test_what_no_file_can_hold_is_left_out(letters: str) -> None:
    brief = Brief(f"Title{letters}", "?", "about", "0" * 12, "0", (Paragraph(f"x{letters}y"),), "{}\n")
    assert all(letter.isprintable() for letter in plain(brief, "svg")["title"])
    for form, writer in writers().items():
        assert "Title" in words_of(form, writer(brief, shipped(form)))
