"""The parts of reports, one by one: blocks as plain texts, sources as citations, endings of files, pages."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sim.reports.blocks import Brief, Bullets, Figure, Heading, Paragraph, Table, divided, line, plain
from sim.reports.columns import ASSUMPTIONS, SUMMARY, YEARLY
from sim.reports.files import FORMATS, form_of
from sim.reports.files import replace as write
from sim.reports.inputs import citations_of, cited, inputs
from sim.reports.problems import ReportError
from sim.reports.web import csp_hash, html
from sim.scenario import load

BLOCKS = (
    Heading("One\u202e part", 2),
    Paragraph("It is 5 % of\nall.", "answer"),
    Bullets(["A report. https://example.org/a", "No address"], "note"),
    Table("Caption", ("a", "b"), [["1 %", "2\n3"]], (2.0, 1.0), (1,)),
    Figure("need_met", "Need", "A chart", draw=lambda suffix: f"<{suffix}>".encode()),
)
BRIEF = Brief("A <title>", "Why?", "A run", "0123456789ab", "0.0.0", BLOCKS, "{}\n")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A template to write."""
    return tmp_path / "ours.html"


# ------------------------------------------------------------------------------------------------------------ blocks


def test_a_brief_as_plain_texts_has_all_its_blocks_in_their_order() -> None:
    heading, paragraph, bullets, table, figure = plain(BRIEF, "svg")["blocks"]
    assert heading == {"kind": "heading", "text": "One part", "level": 2}
    assert paragraph == {"kind": "paragraph", "text": "It is 5\u00a0% of all.", "style": "answer"}
    assert bullets["items"] == [
        {"text": "A report.", "url": "https://example.org/a"}, {"text": "No address", "url": ""},
    ]  # fmt: skip
    assert (table["rows"], table["widths"], table["right"]) == ([["1\u00a0%", "2\n3"]], [2.0, 1.0], [1])
    assert (figure["kind"], figure["picture"], figure["alt"]) == ("figure", b"<svg>", "A chart")


def test_the_record_is_left_as_it_is() -> None:
    record = '{"a":  "5 %\u202e"}\n'
    assert plain(replace(BRIEF, record=record), "png")["record"] == record


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("A report. https://example.org/a?b=c%20d&e#f", "https://example.org/a?b=c%20d&e#f"),
        ("https://example.org/a", ""),  # there is no text that it could stand behind
        ("A report https://example.org/a and more", ""),
        ("A report ftp://example.org/a", ""),
        ("A report javascript:alert(1)", ""),
        ("A report https://example.org/<script>", ""),
        ('A report https://example.org/"onclick=x', ""),
    ],
)
def test_only_a_clean_address_at_the_end_becomes_a_link(text: str, address: str) -> None:
    words, found = divided(text)
    assert found == address and " ".join(filter(None, (words, found))) == text


def test_a_line_keeps_a_per_cent_sign_with_its_number_and_drops_what_no_file_holds() -> None:
    assert line("a\x00b\u200d 80 %\n of  all") == "a b 80\u00a0% of all"


# ------------------------------------------------------------------------------------------------ sources and inputs


def test_a_remark_that_names_no_source_stands_for_itself() -> None:
    assert cited("a remark; another one") == ("a remark", "another one")


def test_an_assumption_is_one_text_whatever_stands_in_it() -> None:
    text = "assumption: one thing; and another"
    assert cited(text) == (text,) and citations_of([(text,)]) == []


def test_citations_are_listed_once_and_without_regard_to_capitals() -> None:
    found = citations_of(
        [("b. https://b.org", "A. https://a.org"), ("b. https://b.org", "C. [P9, read] https://c.org")]
    )
    assert found == ["A. https://a.org", "b. https://b.org", "C. [P9; read] https://c.org"]
    rows = citations_of([("A. [P1, read] https://a.org", "A. [P2, derived] https://a.org")])
    assert len(rows) == 2  # two ways of knowing are two citations


def test_every_input_says_who_set_it_and_only_a_graded_value_has_a_grade_and_a_source() -> None:
    asked = {"cloud.decline_per_year": 0.15, "public_cluster.life_years": 6}
    scenario = load("small_country", asked)
    found = {one.path: one for one in inputs(scenario)}
    assert {path for path, one in found.items() if one.set_by == "outside"} == set(asked)
    assert {path: found[path].value for path in asked} == asked
    for one in found.values():
        if one.set_by in ("scenario", "outside"):
            assert (one.grade, one.source, one.citations, one.url) == ("", "", (), ""), one.path
        if one.set_by == "default":
            assert one.value == one.default and one.source, one.path
        assert not one.url or one.url.startswith("http"), one.path
        assert not (one.drawn and one.spec.kind != "number"), one.path
    assert not any(found[path].drawn for path in scenario.fixed if path in found)
    assert any(one.drawn for one in found.values())


# ----------------------------------------------------------------------------------------------------------- columns


@pytest.mark.parametrize("columns", [SUMMARY, YEARLY, ASSUMPTIONS])
def test_a_sheet_has_no_head_twice_and_every_number_has_a_unit(columns: tuple) -> None:
    heads = [each.head for each in columns]
    assert len(set(heads)) == len(heads)
    assert [each.head for each in columns if each.kind in ("number", "share") and not each.unit] == []
    assert all(each.meaning and each.width > 0 for each in columns)


# ------------------------------------------------------------------------------------------------------------- files


@pytest.mark.parametrize(
    ("name", "form", "said"),
    [
        ("a.odt", None, "--out a.odt: no format 'odt'"),
        ("a.htm", None, "--out a.htm: no format 'htm'; did you mean 'html'?"),
        ("a", None, "--out a: a report ends in .html, .docx, .xlsx, .pdf"),
        ("a.html", "pdf", "--out a.html: a report in pdf ends in .pdf"),
    ],
)
def test_an_ending_that_is_no_format_is_refused(name: str, form: str | None, said: str) -> None:
    with pytest.raises(ReportError) as refused:
        form_of(Path(name), form)
    assert str(refused.value).startswith(said)


def test_endings_are_read_in_either_case() -> None:
    assert [form_of(Path(f"A.{form.upper()}"), form) for form in FORMATS] == list(FORMATS)


def test_a_file_is_replaced_as_a_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_bytes(b"a much longer text than the new one")
    write(path, b"new")
    assert path.read_bytes() == b"new" and list(tmp_path.iterdir()) == [path]
    with pytest.raises(ReportError, match="cannot be written: "):
        write(tmp_path / "nowhere" / "a.html", b"new")


# --------------------------------------------------------------------------------------------------------------- pages


def test_a_page_shows_every_text_letter_by_letter(home: Path) -> None:
    home.write_text(
        "{{ title }}|{% for each in blocks if each.kind == 'figure' %}{{ each.picture | base64 }}{% endfor %}\n"
    )
    assert html(BRIEF, home) == b"A &lt;title&gt;|PHN2Zz4="


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("\n{% if %}", "line 2: "),
        ("\n\n{{ nothing_of_that_name }}", "line 3: 'nothing_of_that_name' is undefined"),
        ("{{ 1 / 0 }}", "line 1: division by zero"),
        ("{{ title.__class__.__mro__ }}", "line 1: access to attribute"),
        ("{% include 'other.html' %}", "line 1: no loader"),
    ],
)
def test_a_template_that_cannot_be_followed_is_refused_with_its_line(text: str, said: str, home: Path) -> None:
    home.write_text(text)
    with pytest.raises(ReportError) as refused:
        html(BRIEF, home)
    assert str(refused.value).startswith(f"{home}: {said}") and "\n" not in str(refused.value)


def test_a_style_that_differs_in_one_letter_is_not_allowed() -> None:
    assert csp_hash("a { b: c }") != csp_hash("a { b: d }")
