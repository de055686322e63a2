"""Every figure of ours in a document is found and judged, and a hostile document gets one sentence."""

from __future__ import annotations

import re
import zipfile
from base64 import b64encode
from collections.abc import Callable
from html import escape
from io import BytesIO
from pathlib import Path

import docx
import pypdf
import pytest
import typst
from PIL import Image

from sim.comparison.results import Comparison
from sim.reports import render, save_template
from sim.reports.contents import IN_BRIEF
from sim.verification import verify
from sim.verification.documents import drawings, pictures
from sim.verification.exhibits import MOST_DEEP
from sim.verification.findings import ALTERED, FOREIGN, UNCHECKED, VERIFIED, Finding
from sim.verification.pages import MOST_PAGES
from sim.verification.reports import different, passages
from tests.verification.conftest import Given, Judge, give
from tests.verification.pasting import (
    as_page,
    jpeg,
    paper,
    paper_turned,
    png,
    sized,
    slides,
    word,
    word_header,
)  # fmt: skip


def verdicts(found: list[Finding]) -> list[str]:
    """Verdicts in their order."""
    return [each.verdict for each in found]


# --- Word and PowerPoint ---


@pytest.mark.parametrize("document", [word, slides])
def test_a_figure_pasted_unchanged_keeps_its_words(document: Callable[..., bytes], judged: Judge, given: Given) -> None:
    (found,) = judged(document(given.files["png"]))
    assert (found.verdict, found.figure, found.run) == (VERIFIED, given.name, given.run)
    assert "Only its picture survives." not in found.reasons


@pytest.mark.slow
@pytest.mark.parametrize("document", [word, slides])
def test_a_figure_saved_anew_is_verified_by_its_picture(
    document: Callable[..., bytes], judged: Judge, given: Given
) -> None:
    same, other = (document(jpeg(sized(each, 150))) for each in (given.picture, given.forged))
    assert verdicts(judged(same)) == [VERIFIED]
    (found,) = judged(other)
    assert found.verdict == ALTERED and "from the left" in " ".join(found.reasons)


def test_a_picture_without_code_is_known_by_its_alternative_text(judged: Judge, given: Given) -> None:
    small = sized(given.picture, 150)
    small.paste("white", (small.width - 90, small.height - 90, *small.size))  # the code is painted over
    assert verdicts(judged(word(png(small)))) == [FOREIGN]
    (found,) = judged(word(png(small), alt=f"A chart. Source: Heavy Press, run {given.run}, seed 1."))
    assert (found.verdict, found.run) == (ALTERED, given.run)  # the code is part of the picture


@pytest.mark.parametrize("alone", ["alternative text", "metadata", "footer"])
def test_the_id_survives_in_each_place_alone(alone: str, judged: Judge, given: Given) -> None:
    coarse, bare = png(sized(given.picture, 80)), png(sized(given.picture, 150))
    content = {
        "alternative text": word(coarse[:4000] + coarse[4000:], alt=f"run {given.run}"),
        "metadata": word(given.files["png"]),
        "footer": word(bare),
    }[alone]
    (found,) = judged(content)
    assert found.run == given.run and found.verdict == (UNCHECKED if alone == "alternative text" else VERIFIED)


def test_figures_in_headers_groups_and_masters_are_found(judged: Judge, given: Given) -> None:
    content = given.files["png"]
    for document in (word_header(content), slides(content, group=True), slides(content, master=True)):
        assert verdicts(judged(document)) == [VERIFIED]


def test_a_figure_cropped_by_the_program_is_whole_in_the_file(judged: Judge, given: Given) -> None:
    assert verdicts(judged(slides(given.files["png"], crop=0.4))) == [VERIFIED]


def test_each_picture_has_a_verdict_of_its_own(judged: Judge, given: Given, comparison: Comparison) -> None:
    other = give(comparison, "waits").files["png"]
    foreign = png(Image.linear_gradient("L"))
    found = judged(word(given.files["png"], foreign, png(sized(given.forged, 150)), other))
    assert verdicts(found) == [VERIFIED, FOREIGN, ALTERED, VERIFIED]
    assert len({each.where for each in found}) == 4


def test_a_drawing_in_a_document_is_judged_as_a_drawing(judged: Judge, given: Given) -> None:
    package = BytesIO(word(given.files["png"]))
    with zipfile.ZipFile(package, "a") as files:
        files.writestr("word/media/image2.svg", given.files["svg"])
    assert verdicts(judged(package.getvalue())) == [VERIFIED, VERIFIED]


def test_documents_without_pictures_are_not_ours(judged: Judge, tmp_path: Path) -> None:
    assert judged(word()) == []
    path = tmp_path / "letter.docx"
    path.write_bytes(word())
    (found,) = verify([path])
    assert found.verdict == FOREIGN and "no figure" in found.reasons[0]


def test_a_run_that_nobody_knows_is_asked_for(given: Given, tmp_path: Path) -> None:
    path = tmp_path / "slides.pptx"
    path.write_bytes(slides(png(sized(given.picture, 150))))
    (found,) = verify([path])
    assert found.verdict == UNCHECKED and "--record" in " ".join(found.reasons)
    record = tmp_path / "run.json"
    record.write_bytes(given.files["svg"])  # any file that carries it will do
    assert verdicts(verify([path], [record])) == [VERIFIED]


# --- PDF ---


@pytest.mark.slow
def test_two_figures_on_a_page_each_have_a_verdict(judged: Judge, given: Given, comparison: Comparison) -> None:
    short = give(comparison, "waits")
    page = paper((given.files["pdf"], 0.83, 61.3, 400.7), (as_page(short.picture), 0.91, 70.1, 90.2))
    assert [(each.verdict, each.figure) for each in judged(page)] == [(VERIFIED, given.name), (VERIFIED, "waits")]
    page = paper((as_page(given.forged), 0.83, 61.3, 400.7), (short.files["pdf"], 0.91, 70.1, 90.2))
    assert verdicts(judged(page)) == [ALTERED, VERIFIED]


@pytest.mark.slow
@pytest.mark.parametrize(("scale", "angle"), [(0.77, 180), (0.55, 0), (1.03, 90), (0.9, 270)])
def test_figures_at_odd_scales_and_turned_by_quarters(scale: float, angle: float, judged: Judge, given: Given) -> None:
    for figure in (as_page(given.picture), given.files["pdf"]):
        (found,) = judged(paper_turned(figure, angle, scale))
        assert (found.verdict, found.figure) == (VERIFIED, given.name), found
    (found,) = judged(paper_turned(as_page(given.forged), angle, scale))
    assert found.verdict == ALTERED


def test_a_turned_page_is_read(judged: Judge, given: Given) -> None:
    page = paper((given.files["pdf"], 0.8, 40, 300), turned=90)
    assert verdicts(judged(page)) == [VERIFIED]


@pytest.mark.slow
@pytest.mark.parametrize(("dpi", "verdict"), [(120, UNCHECKED), (220, VERIFIED)])
def test_a_screenshot_of_a_page_with_a_drawing(dpi: int, verdict: str, judged: Judge, given: Given) -> None:
    import pypdfium2

    page = pypdfium2.PdfDocument(paper((given.files["pdf"], 0.95, 50, 300)))[0]
    (found,) = judged(png(page.render(scale=dpi / 72).to_pil()))
    assert found.verdict in {verdict, VERIFIED}, found


def test_a_text_that_names_a_run_without_its_figure(judged: Judge, tmp_path: Path) -> None:
    source = tmp_path / "text.typ"
    source.write_text("As run 0123456789ab shows, machines are better.", encoding="utf8")
    (found,) = judged(typst.compile(source))
    assert (found.verdict, found.run) == (UNCHECKED, "0123456789ab") and "no figure" in found.reasons[0]


# --- reports ---


@pytest.mark.slow
@pytest.mark.parametrize("form", ["html", "docx", "pdf"])
def test_a_report_is_verified_as_a_whole(form: str, judged: Judge, comparison: Comparison) -> None:
    assert verdicts(judged(render(comparison, form))) == [VERIFIED]


@pytest.mark.slow
def test_a_report_with_another_text_is_verified_figure_by_figure(
    judged: Judge, comparison: Comparison, tmp_path: Path
) -> None:
    other = render(comparison, "html").replace(b"32 worlds", b"99 worlds", 1)
    template = tmp_path / "ours.html"
    save_template("html", template)
    template.write_text(template.read_text(encoding="utf8").replace("</style>", "h1 { color: red }</style>"))
    for content, verdict in ((other, ALTERED), (render(comparison, "html", template), VERIFIED)):
        whole, *figures = judged(content)
        assert whole.verdict == verdict and "text" in whole.reasons[0]
        assert len(figures) == len(IN_BRIEF) and set(verdicts(figures)) == {VERIFIED}
    whole, *_ = judged(other)
    assert "99 worlds" in whole.reasons[0] and "where the report says" in whole.reasons[0]


def test_passages_that_are_others_added_or_missing_are_quoted() -> None:
    wanted = ["One.", "Two.", "Three."]
    assert different(["One.", "2.", "Three."], wanted) == ["Its text says '2.', where the report says 'Two.'."]
    assert different([*wanted, "Four."], wanted) == ["Its text says 'Four.' besides."]
    assert different(wanted[1:], wanted) == ["Its text lacks 'One.'."]
    long = "The answer is given here at some length, before it comes to the number that matters, which is "
    (sentence,) = different([f"{long}99."], [f"{long}52."])
    assert "which is 99." in sentence and "which is 52." in sentence and "The answer" not in sentence
    many = [f"{number}" for number in range(20)]
    assert different([*many[::2]], many)[-1] == "5 further passages are others."


def test_a_word_document_is_read_by_paragraphs() -> None:
    document = docx.Document()
    document.add_paragraph("Cloud credits are better in 52 % of worlds.")
    document.add_table(1, 1).cell(0, 0).text = "7.1"
    document.save(buffer := BytesIO())
    assert passages(buffer.getvalue(), ".docx") == ["Cloud credits are better in 52 % of worlds.", "7.1"]
    page = b"<html><style>p {}</style><p>Seen &amp; read</p><pre>not</pre><td>8</td></html>"
    assert passages(page, ".html") == ["Seen & read", "8"] and passages(b"%PDF-", ".pdf") == []


@pytest.mark.slow
def test_every_figure_of_a_report_is_verified_without_its_words(judged: Judge, comparison: Comparison) -> None:
    bare = pypdf.PdfWriter()
    for page in pypdf.PdfReader(BytesIO(render(comparison, "pdf"))).pages:
        bare.add_page(page)
    buffer = BytesIO()
    bare.write(buffer)
    found = judged(buffer.getvalue())
    assert [each.figure for each in found] == list(IN_BRIEF) and set(verdicts(found)) == {VERIFIED}


# --- hostile files ---


def zipped(files: dict[str, bytes]) -> bytes:
    """A document of these parts."""
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def nested(depth: int, content: bytes) -> bytes:
    """A document in a zip in a zip and so on."""
    for _ in range(depth):
        buffer = BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr("inside.zip", content)
        content = buffer.getvalue()
    return content


def pages(count: int, password: str = "") -> bytes:
    """A document of empty pages."""
    writer = pypdf.PdfWriter()
    for _ in range(count):
        writer.add_blank_page(200, 200)
    if password:
        writer.encrypt(password)
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (zipped({"../../word/media/image1.png": b"x"}), "could lead out"),
        (zipped({"word/media/image1.png": bytes(300_000_000)}), "larger|too large|more than"),
        (nested(MOST_DEEP + 1, zipped({})), "deeper"),
        (zipped({})[:60], "damaged|cut short"),
        (pages(MOST_PAGES + 100), f"more than {MOST_PAGES}"),
        (pages(1, "secret"), "password|PDF"),
        (pages(2)[:300], "PDF|damaged"),
        (b"%PDF-1.7\n%%EOF", "PDF"),
    ],
    ids=["climbs", "bomb", "nested", "cut", "600 pages", "password", "no xref", "empty"],
)
def test_a_hostile_document_gets_one_sentence(content: bytes, why: str, judged: Judge) -> None:
    (found,) = judged(content)
    assert found.verdict in (FOREIGN, UNCHECKED) and len(found.reasons) == 1
    assert re.search(why, found.reasons[0]) and found.reasons[0].endswith("."), found
    assert len(found.reasons[0]) < 250 and "\n" not in found.reasons[0]


LINK = (
    '<Relationships><Relationship Id="a" Type="x/image" Target="http://192.0.2.1/a.png" TargetMode="External"/>'
    "</Relationships>"
)
ENTITIES = '<!DOCTYPE a [<!ENTITY b "cccccccccc"><!ENTITY d "&b;&b;&b;&b;&b;&b;&b;&b;">]><a>&d;</a>'


def test_a_picture_elsewhere_is_not_fetched(judged: Judge, monkeypatch: pytest.MonkeyPatch) -> None:
    import socket

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    monkeypatch.setattr(socket, "socket", refuse)
    (found,) = judged(zipped({"word/document.xml": b"<a/>", "word/_rels/document.xml.rels": LINK.encode()}))
    assert found.verdict == FOREIGN and "not fetched" in found.reasons[0]


@pytest.mark.parametrize("xml", ["<broken", ENTITIES, "<a>" * 5000, ""])
def test_broken_xml_beside_a_picture_harms_nothing(xml: str, judged: Judge, given: Given) -> None:
    links = '<Relationships><Relationship Id="a" Type="x/image" Target="media/image1.png"/></Relationships>'
    parts = {"word/document.xml": xml.encode(), "word/_rels/document.xml.rels": links.encode()}
    assert verdicts(judged(zipped({**parts, "word/media/image1.png": given.files["png"]}))) == [VERIFIED]
    parts["word/_rels/document.xml.rels"] = xml.encode()
    assert verdicts(judged(zipped({**parts, "word/media/image1.png": given.files["png"]}))) == [VERIFIED]


def test_alternative_texts_belong_to_their_pictures(given: Given) -> None:
    first, second = png(Image.new("L", (8, 8), 9)), png(Image.new("L", (8, 8), 99))
    show = slides(first, second, alt="run 0123456789ab")
    with zipfile.ZipFile(BytesIO(show)) as archive:
        found = list(pictures({name: archive.read(name) for name in archive.namelist()}))
    ours = [(content, text) for _, content, text in found if content in (first, second)]
    assert ours == [(first, "run 0123456789ab"), (second, "run 0123456789ab")]


def test_pictures_in_a_page_of_the_web_are_found(judged: Judge, given: Given) -> None:
    coded = b64encode(given.files["png"]).decode()
    drawing = given.files["svg"].decode("utf8").partition("?>")[2]
    page = f'<!doctype html><p>{escape("<svg")}</p>{drawing}<img src="data:image/png;base64,{coded}">'
    found = judged(page.encode())
    assert VERIFIED in verdicts(found) and len(found) == 2
    assert len(list(drawings("<svg " * 200_000))) == 0  # at once, however many begin and do not end
