"""The parts that verdicts are made of, each alone: damage, findings, cells of tables, and pictures in documents."""

from __future__ import annotations

import json
from base64 import b64encode
from itertools import product

import pytest

from sim.signatures import Signature
from sim.verification.damage import FEW_BYTES, damage
from sim.verification.documents import drawings, elsewhere, pictures
from sim.verification.findings import (
    ALTERED,
    CODES,
    DRIFTED,
    FOREIGN,
    LIMITS,
    LONGEST,
    OWN,
    SIGNED,
    UNCHECKED,
    VERIFIED,
    Finding,
    code,
    document,
    sentences,
)
from sim.verification.tables import differences, read, same, unknown

# ------------------------------------------------------------------------------------------------------------- damage

OURS, MANY = bytes(range(33, 127)) * 20, b"\xff" * FEW_BYTES


def changed(content: bytes, *places: int) -> bytes:
    """The same with a bit flipped in each of these bytes."""
    flipped = bytearray(content)
    for place in places:
        flipped[place] ^= 0x80
    return bytes(flipped)


@pytest.mark.parametrize(
    ("found", "sentence"),
    [
        (changed(OURS, 7), "It is damaged: 1 byte is another, the first at byte 7."),
        (changed(OURS, 0), "It is damaged: 1 byte is another, the first at byte 0."),
        (changed(OURS, len(OURS) - 1), "It is damaged: 1 byte is another, the first at byte 1,879."),
        (changed(OURS, 1500, 1003), "It is damaged: 2 bytes are others, the first at byte 1,003."),
        (changed(OURS, *range(FEW_BYTES)), "It is damaged: 64 bytes are others, the first at byte 0."),
        (OURS[:50] + b"\xff\xff" + OURS[50:], "It is damaged at byte 50: it has 2 bytes where ours has 0 bytes."),
        (OURS[:50] + OURS[51:], "It is damaged at byte 50: it has 0 bytes where ours has 1 byte."),
        (OURS[:50] + b"\xff" + OURS[53:], "It is damaged at byte 50: it has 1 byte where ours has 3 bytes."),
        (OURS[:-3], "It is damaged at byte 1,877: it has 0 bytes where ours has 3 bytes."),
        (b"\xff" + OURS, "It is damaged at byte 0: it has 1 byte where ours has 0 bytes."),
        (OURS[:9] + MANY + OURS[9:], "It is damaged at byte 9: it has 64 bytes where ours has 0 bytes."),
    ],
)  # fmt: skip
def test_few_bytes_that_differ_are_damage_with_their_place(found: bytes, sentence: str) -> None:
    assert damage(found, OURS) == sentence


@pytest.mark.parametrize(
    "found",
    [
        OURS,
        OURS + b"\r\n",
        b"\n \t" + OURS,
        changed(OURS, *range(FEW_BYTES + 1)),  # as another program leaves it
        OURS[:9] + MANY + b"\xff" + OURS[9:],
        OURS[FEW_BYTES + 1 :],
        OURS[1:] + OURS[:1] + b"\xff" * 70,
        b"",
    ],
)
def test_what_is_the_same_or_another_throughout_is_no_damage(found: bytes) -> None:
    assert damage(found, OURS) == ""


def test_a_repeated_byte_is_counted_once_though_it_could_be_either() -> None:
    """What both files begin and end with may overlap; no byte may be counted from both sides."""
    assert damage(b"aaaaa", b"aaaa") == "It is damaged at byte 4: it has 1 byte where ours has 0 bytes."
    assert damage(b"abab", b"ababab") == "It is damaged at byte 4: it has 0 bytes where ours has 2 bytes."


# ----------------------------------------------------------------------------------------------------------- findings

# By how grave: one that was altered outweighs all, one that drifted all but that.
GRAVITY = [VERIFIED, OWN, FOREIGN, UNCHECKED, DRIFTED, ALTERED]


@pytest.mark.parametrize(("one", "other"), list(product(GRAVITY, GRAVITY)))
def test_of_two_verdicts_the_graver_gives_the_code(one: str, other: str) -> None:
    graver = max(one, other, key=GRAVITY.index)
    assert code([Finding("a", one), Finding("b", other)]) == CODES[graver]


def test_every_verdict_has_a_code_of_its_own_and_none_that_a_refusal_has() -> None:
    assert set(CODES) == set(GRAVITY) and len(set(CODES.values())) == len(CODES)
    assert CODES[VERIFIED] == 0 and CODES[ALTERED] == 1 and 2 not in CODES.values()


def test_findings_are_told_with_what_they_mean_and_do_not() -> None:
    signed = Signature("valid", "valid, by Someone")
    told = sentences([
        Finding("a.png", VERIFIED, "difference", "0123456789ab", ("The same to the last byte.",), signed),
        Finding("b.png", FOREIGN),
        Finding("c.csv", VERIFIED, "table runs"),
    ])  # fmt: skip
    assert told[:5] == [
        "a.png: verified (difference, run 0123456789ab)",
        "  The same to the last byte.",
        "  Signature: valid, by Someone.",
        "b.png: not ours",
        "c.csv: verified (table runs)",
    ]
    assert [line.partition(":")[0] for line in told[5:7]] == ["Verified", "Not ours"]  # once each, and no other
    assert told[7:] == [SIGNED, LIMITS]


def test_without_a_signature_nothing_is_said_of_signatures() -> None:
    assert SIGNED not in sentences([Finding("a", VERIFIED)])


@pytest.mark.parametrize("wild", ["\n", "\r", "\x1b[2J", "\u202e", "\u2028", "\x85", "\0"])
def test_a_name_in_a_file_can_neither_break_a_line_nor_turn_it(wild: str) -> None:
    told = sentences([Finding(f"a{wild}b", ALTERED, f"f{wild}", f"r{wild}", (f"Why{wild}?",))])
    assert len(told) == 4 and all(line.isprintable() for line in told)


def test_a_long_name_is_cut() -> None:
    first = sentences([Finding("x" * 5 * LONGEST, FOREIGN)])[0]
    assert len(first) == LONGEST and first.endswith("...")


def test_programs_get_the_same_findings() -> None:
    signed = Signature("broken", "broken", figure="stages")
    told = json.loads(
        document([Finding("é", DRIFTED, "f", "r", ("One.", "Two.")), Finding("b", OWN, signature=signed)])
    )
    assert (told["schema"], told["code"], told["limits"]) == ("heavypress/verification/1", CODES[DRIFTED], LIMITS)
    first, second = told["findings"]
    assert first["where"] == "é" and first["reasons"] == ["One.", "Two."] and first["signature"] is None
    assert second["signature"]["figure"] == "stages" and second["verdict"] == OWN


# ------------------------------------------------------------------------------------------------------------- tables


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("run,table,x\nr,t,1\n", [["run", "table", "x"], ["r", "t", "1"]]),
        ("\ufeffrun;table;x\r\nr;t;1,5\r\n", [["run", "table", "x"], ["r", "t", "1.5"]]),
        ("run;table;x\nr;t;-1,5E-7\n", [["run", "table", "x"], ["r", "t", "-1.5E-7"]]),
        ("run;table;x\nr;t;a, b\n", [["run", "table", "x"], ["r", "t", "a, b"]]),  # a text keeps its comma
        ("run;table;x\nr;t;1,000,000\n", [["run", "table", "x"], ["r", "t", "1,000,000"]]),  # and so do thousands
        ("run\ttable\tx\nr\tt\t1,5\n", [["run", "table", "x"], ["r", "t", "1,5"]]),
        ('"run","table","x"\n"r","t","a ""b"", c"\n', [["run", "table", "x"], ["r", "t", 'a "b", c']]),
        ('run,table,x\nr,t,"two\nlines"\n', [["run", "table", "x"], ["r", "t", "two\nlines"]]),
        ("run,table,x\n\nr,t,\n\n", [["run", "table", "x"], ["r", "t", ""]]),
        ("run,table,x\n", [["run", "table", "x"]]),
        ("run,table", []),  # no table of ours has these alone
        ("table,run,x\nt,r,1\n", []),
        ("run table x\nr t 1\n", []),
        ("run|table|x\nr|t|1\n", []),
        ("", []),
        ("\ufeff", []),
    ],
)  # fmt: skip
def test_a_table_is_read_whatever_separates_its_cells(text: str, rows: list[list[str]]) -> None:
    assert read(text.encode("utf8")) == rows


def test_a_table_that_would_fill_the_memory_is_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    content = b"run,table,x\nr,t,1\n"
    monkeypatch.setattr("sim.verification.tables.MOST_BYTES", len(content))
    assert read(content) and not read(content + b"\n")


@pytest.mark.parametrize(
    ("cell", "wanted", "alike"),
    [
        ("-1.5", "1.5", False),
        ("1.5e0", "1.5", True),
        ("+1.5", "1.5", True),
        ("inf", "inf", True),
        ("inf", "-inf", False),
        ("Infinity", "inf", False),
        ("inf", "1e308", False),
        ("true", "True", True),
        ("False", "True", False),
        ("yes", "Yes", False),  # a text is the same to the letter
        ("0", "1e-300", False),
        ("1e-300", "0", False),
        ("0.123457", "0.1234567", True),
        ("0.123456", "0.1234567", False),  # cut off, not rounded
        ("0.12346", "0.1234567", False),  # five digits are too few
        ("1.000000", "0.9999996", True),
        ("9.99999", "10.000004", False),
    ],
)
def test_a_cell_is_the_same_to_its_sign_its_size_and_its_letters(cell: str, wanted: str, alike: bool) -> None:
    assert same(cell, wanted) is alike


def test_no_table_is_known_by_infinity_on_another_processor() -> None:
    assert not same("inf", "1e308", exact=False) and not same("nan", "1", exact=False)


TABLE = [["run", "table", "x", "y"], ["r", "t", "1.0", "a"], ["r", "t", "2.0", "b"]]


def with_cell(row: int, column: int, cell: str) -> list[list[str]]:
    """The table with another cell."""
    return [[cell if (r, c) == (row, column) else old for c, old in enumerate(cells)] for r, cells in enumerate(TABLE)]


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        (TABLE, []),
        (with_cell(1, 2, "1"), []),
        (with_cell(2, 2, "2.5"), ["Row 3, x: '2.5', where the run gives '2.0'."]),
        (with_cell(1, 3, "A"), ["Row 2, y: 'A', where the run gives 'a'."]),
        (with_cell(0, 2, "z"), ["Row 1, head of column 3: 'z', where the run gives 'x'."]),
        (TABLE[:2], ["It has 2 rows of 4 cells, the run gives 3 of 4.", "The first row that is another is 3."]),
        (TABLE[::2], ["It has 2 rows of 4 cells, the run gives 3 of 4.", "The first row that is another is 2."]),
        (TABLE + TABLE[:1], ["It has 4 rows of 4 cells, the run gives 3 of 4.", "The first row that is another is 4."]),
        (
            [*TABLE[:2], [*TABLE[2], ""]],
            ["It has 3 rows of 4 or 5 cells, the run gives 3 of 4.", "The first row that is another is 3."],
        ),
        ([], ["It has 0 rows of no cells, the run gives 3 of 4.", "The first row that is another is 1."]),
    ],
)  # fmt: skip
def test_what_is_another_in_a_table_has_its_place(cells: list[list[str]], told: list[str]) -> None:
    assert list(differences(cells, TABLE, exact=True)) == told


def test_a_run_without_record_is_asked_for_by_its_id() -> None:
    assert "run 0123456789ab," in unknown("0123456789ab") and "--record" in unknown("0123456789ab")


# ---------------------------------------------------------------------------------------------------------- documents

R = 'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'


def frame(tag: str, id_: str, words: str = "", inner: str = "") -> str:
    """A frame of this kind around one picture."""
    return f'<{tag}><docPr {words}/><blip r:embed="{id_}"/>{inner}</{tag}>'


def office(body: str, *links: tuple[str, str], part: str = "word/document.xml", more: str = "") -> dict[str, bytes]:
    """A document with this body, whose relations lead from these ids to these files."""
    folder, _, name = part.rpartition("/")
    rows = "".join(f'<Relationship Id="{id_}" Type="x/image" Target="{target}"/>' for id_, target in links)
    made = {
        part: f"<doc {R}>{body}</doc>",
        f"{folder}/_rels/{name}.rels": f"<Relationships>{rows}{more}</Relationships>",
    }
    return {name: text.encode() for name, text in made.items()}


def named(files: dict[str, bytes], *media: str) -> dict[str, str]:
    """The alternative texts of these pictures in a document, by name."""
    return {name: text for name, _, text in pictures({**files, **dict.fromkeys(media, b"dots")})}


@pytest.mark.parametrize("tag", ["inline", "anchor", "pic", "graphicFrame"])
@pytest.mark.parametrize("words", ['descr="run a"', 'title="run a"', 'descr="run a" title="other"'])
def test_a_picture_has_the_text_of_its_frame(tag: str, words: str) -> None:
    assert named(office(frame(tag, "i1", words), ("i1", "media/1.png")), "word/media/1.png") == {
        "word/media/1.png": "run a"
    }


@pytest.mark.parametrize(
    ("part", "target", "place"),
    [
        ("word/header1.xml", "media/1.png", "word/media/1.png"),
        ("ppt/slides/slide1.xml", "../media/1.png", "ppt/media/1.png"),
        ("ppt/slides/slide1.xml", "../../ppt/media/1.png", "ppt/media/1.png"),
        ("xl/drawings/drawing1.xml", "/xl/../xl/drawings/media/1.png", "xl/drawings/media/1.png"),
    ],
)
def test_relations_lead_from_the_folder_of_their_part(part: str, target: str, place: str) -> None:
    files = office(frame("pic", "i1", 'descr="ours"'), ("i1", target), part=part)
    assert named(files, place, "elsewhere/media/1.png") == {place: "ours", "elsewhere/media/1.png": ""}


def test_pictures_in_a_group_keep_their_own_texts() -> None:
    one, two = frame("pic", "i1", 'descr="one"'), frame("pic", "i2", 'descr="two"')
    body = f"<grp>{one}<grp>{two}</grp></grp>"
    found = named(office(body, ("i1", "media/1.png"), ("i2", "media/2.png")), "word/media/1.png", "word/media/2.png")
    assert found == {"word/media/1.png": "one", "word/media/2.png": "two"}


def test_a_picture_without_text_takes_none_of_its_neighbour() -> None:
    body = frame("pic", "i1") + frame("pic", "i2", 'descr="two"') + '<p descr="no frame"><blip r:embed="i3"/></p>'
    links = [(f"i{n}", f"media/{n}.png") for n in (1, 2, 3)]
    found = named(office(body, *links), *(f"word/media/{n}.png" for n in (1, 2, 3)))
    assert list(found.values()) == ["", "two", ""]


def test_a_link_to_elsewhere_names_no_picture_of_the_document() -> None:
    link = '<Relationship Id="i1" Type="x/image" Target="media/1.png" TargetMode="External"/>'
    files = office(frame("pic", "i1", 'descr="ours"'), more=link)
    assert named(files, "word/media/1.png") == {"word/media/1.png": ""}
    assert elsewhere(files)


@pytest.mark.parametrize(
    ("link", "away"),
    [
        ('<Relationship TargetMode="External" Type="x/image" Target="http://a/b.png"/>', True),
        ('<Relationship Type="x/image" Target="http://a/b.png" TargetMode="External"/>', True),
        ('<Relationship Type="x/hyperlink" Target="http://a/b.png" TargetMode="External"/>', False),
        ('<Relationship Type="x/image" Target="media/1.png"/>', False),
        ('<Relationship Type="x/image" Target="m"/><Relationship Type="x/link" TargetMode="External"/>', False),
    ],
)
def test_only_pictures_that_are_linked_are_elsewhere(link: str, away: bool) -> None:
    assert elsewhere({"word/_rels/document.xml.rels": link.encode()}) is away
    assert not elsewhere({"word/document.xml": link.encode()})


@pytest.mark.parametrize("broken", [b"", b"<a", b"\xff\xfe\0", b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'])
@pytest.mark.parametrize("part", ["word/document.xml", "word/_rels/document.xml.rels"])
def test_a_picture_beside_broken_xml_is_found_without_text(part: str, broken: bytes) -> None:
    files = office(frame("pic", "i1", 'descr="ours"'), ("i1", "media/1.png"))
    assert named({**files, part: broken}, "word/media/1.png") == {"word/media/1.png": ""}


def test_pictures_are_what_lies_in_a_folder_of_pictures() -> None:
    names = ["Pictures/a.png", "media/b", "ppt/media/c.svg", "word/media/d/e.png", "word/mymedia/f.png", "g.png"]
    assert list(named({}, *names)) == ["Pictures/a.png", "media/b", "ppt/media/c.svg"]


def test_drawings_and_coded_pictures_of_a_page_are_counted_apart() -> None:
    coded = b64encode(b"dots").decode()
    page = (
        f'<svg id="1"></svg><p><svg id="é"/></svg><img src="data:image/png;base64,{coded[:3]}\n {coded[3:]}">'
        f'<img src="data:image/png;base64,A"><img src="http://a/b.png">'
        f'<img src="data:image/svg+xml;base64,{coded}"><svg>'
    )
    assert list(drawings(page)) == [
        ("drawing 1", b'<svg id="1"></svg>'),
        ("drawing 2", '<svg id="é"/></svg>'.encode()),
        ("picture 1", b"dots"),
        ("picture 3", b"dots"),  # the second is no code of anything
    ]
