"""Where things lie: figures on pages, exhibits in files, words in chunks; and runs that a command is told of."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path
from zlib import compress, crc32

import numpy as np
import pytest
from PIL import Image, ImageDraw

from sim.charts.carriers import DamagedError, png, words
from sim.cli import main
from sim.packs.archive import ArchiveError, archive_bytes
from sim.scenario.records import FORM
from sim.verification.exhibits import MOST_DEEP, Room, UnreadableError, exhibits, named_in, read
from sim.verification.pictures import Code, grey
from sim.verification.registration import at, box_of, cut_out, roughly, upright
from sim.verification.runs import Runs

# ------------------------------------------------------------------------------------------------------- registration


def drawing(seed: int = 1, size: tuple[int, int] = (500, 300)) -> Image.Image:
    """Bars and lines on white, as figures have."""
    rng, picture = np.random.default_rng(seed), Image.new("RGB", size, "white")
    draw = ImageDraw.Draw(picture)
    for x, y, wide in zip(rng.integers(20, 250, 12), range(20, 260, 20), rng.integers(30, 220, 12), strict=True):
        draw.rectangle((int(x), y, int(x + wide), y + 11), fill=(20, int(x) % 200, 90))
    draw.line((12, 10, 12, 290, 488, 290), fill="black", width=3)
    return picture


def on_page(ours: Image.Image, left: float, top: float, scale: float) -> tuple[Image.Image, np.ndarray]:
    """A page with a figure at this place in this scale, and the true box."""
    box = np.array([left, top, left + ours.width * scale, top + ours.height * scale])
    back = (1 / scale, 0, -left / scale, 0, 1 / scale, -top / scale)
    how = Image.Resampling.BICUBIC
    return ours.transform((900, 700), Image.Transform.AFFINE, back, resample=how, fillcolor="white"), box


def apart(one: Image.Image, other: Image.Image) -> float:
    """The mean difference in grey."""
    return float(np.abs(grey(one) - grey(other)).mean())


@pytest.mark.parametrize(("left", "top", "scale"), [(100.0, 80.0, 1.0), (130.4, 60.7, 1.13), (33.3, 200.5, 0.87)])
def test_a_figure_is_cut_out_where_it_lies(left: float, top: float, scale: float) -> None:
    ours = drawing()
    page, true = on_page(ours, left, top, scale)
    started = true + np.array([3.0, -2.0, -2.5, 3.0])
    found = cut_out(page, started, ours)
    assert np.abs(np.array(found.size) - (ours.width * scale, ours.height * scale)).max() <= 1
    size = ours.size
    assert apart(found.resize(size), ours) < 0.3 * apart(at(page, started, size), ours)


def test_a_picture_that_is_the_figure_is_left_as_it_is() -> None:
    ours = drawing()
    assert cut_out(ours, box_of(ours, None, ours), ours) is ours  # type: ignore[arg-type]


def test_from_afar_a_figure_is_like_itself_and_not_like_another() -> None:
    page, true = on_page(drawing(), 100.5, 80.5, 1.1)
    assert roughly(page, true + 2.0, drawing()) < 0.5 * roughly(page, true + 2.0, drawing(seed=2))


def test_beyond_a_page_there_is_white() -> None:
    ours = Image.new("RGB", (10, 10), "black")
    seen = grey(at(ours, np.array([-10.0, 0.0, 10.0, 10.0]), (20, 10)))
    assert (seen[:, :9] == 255).all() and (seen[:, 11:19] == 0).all()


CORNERS = np.array([[700.0, 600.0], [750.0, 600.0], [750.0, 650.0], [700.0, 650.0]])


def turned(page: Image.Image, corners: np.ndarray, quarters: int) -> tuple[Image.Image, np.ndarray]:
    """A page and corners on it, turned against the clock."""
    for _ in range(quarters):
        corners = np.stack([corners[:, 1], page.width - corners[:, 0]], axis=1)
        page = page.transpose(Image.Transpose.ROTATE_90)
    return page, corners


@pytest.mark.parametrize("quarters", range(4))
def test_a_page_is_turned_until_its_code_stands_upright(quarters: int) -> None:
    page, _ = on_page(drawing(), 100, 80, 1.0)
    way, corners = turned(page, CORNERS, quarters)
    found = upright(way, Code("r", corners))
    assert found is not None and found[0].size == page.size and apart(found[0], page) == 0
    assert np.allclose(found[1].corners, CORNERS) and found[1].run == "r"


@pytest.mark.parametrize(("degrees", "stands"), [(0, True), (1, True), (10, False), (45, False), (100, False)])
def test_a_code_at_an_angle_stands_nowhere(degrees: float, stands: bool) -> None:
    turn, middle = np.radians(degrees), CORNERS.mean(axis=0)
    around = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    code = Code("r", (CORNERS - middle) @ around + middle)
    assert (upright(Image.new("L", (900, 700)), code) is not None) is stands


def test_a_figure_lies_left_of_and_above_its_code_or_nowhere() -> None:
    ours, page = drawing(), Image.new("RGB", (900, 700))
    box = box_of(page, Code("r", CORNERS), ours)
    assert box is not None and box[0] < 700 < 750 < box[2] and box[1] < 600 < 650 < box[3]
    assert np.isclose((box[2] - box[0]) / (box[3] - box[1]), ours.width / ours.height)
    assert box_of(page, Code("r", CORNERS - (650, 0)), ours) is None  # it would begin beyond the left edge
    assert box_of(page, None, ours).tolist() == [0, 0, 900, 700]  # type: ignore[union-attr]


# ----------------------------------------------------------------------------------------------- exhibits


def zipped(**files: bytes) -> bytes:
    """An archive of these files, whose names have a point for a double line."""
    return archive_bytes({name.replace("__", "."): content for name, content in files.items()})


def forms(content: bytes, named: str = "") -> list[tuple[str, str]]:
    """Place and form of each exhibit."""
    return [(each.where, each.form) for each in exhibits("it", content, Runs(), named)]


def dots(words: dict[str, str] | None = None) -> bytes:
    """A small PNG with these words."""
    Image.new("RGB", (4, 3), "red").save(written := BytesIO(), "PNG")
    return png.write(written.getvalue(), words or {})


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (dots({"Figure": "stages"}), "png"),
        (dots({"Seal": "0"}), "png"),
        (dots({"Software": "another"}), "picture"),
        (dots()[:-5], "foreign"),
        (dots({"Software": "Heavy Press"})[:-5], "damaged"),
        (b"\xff\xd8\xff\xe0", "picture"),
        (b"GIF89a", "picture"),
        (b"<svg/>", "foreign"),
        (b"<!doctype html><p><svg></svg>", "foreign"),
        (b"run,table,x\n", "table"),
        (b"a letter", "table"),  # a text, until its columns are read
        (f'{{"schema": "{FORM}1", "run": "a"}}'.encode(), "record"),
        (f'{{"schema": "{FORM}1", "run": '.encode(), "damaged"),
        (b'{"schema": "other"}', "table"),
        (b"\0\1\2", "foreign"),
        (b"\0\1\2heavypress", "damaged"),
        (b"PK\x03\x04 cut off", "foreign"),
    ],
)
def test_a_file_is_what_it_begins_with(content: bytes, form: str) -> None:
    assert [kind for _, kind in forms(content)] == [form]


def test_what_is_named_beside_a_picture_makes_unknown_bytes_a_picture() -> None:
    assert forms(b"\0\1\2", named="0123456789ab") == [("it", "picture")]


def test_files_of_an_archive_have_their_places() -> None:
    inner = zipped(b__csv=b"run,table,x\n")
    assert forms(zipped(a__png=dots(), z__zip=inner)) == [("it: a.png", "picture"), ("it: z.zip: b.csv", "table")]


def test_archives_in_each_other_have_a_depth_and_a_room() -> None:
    content = b"run,table,x\n"
    for _ in range(MOST_DEEP):
        content = zipped(a=content)
    assert [form for _, form in forms(content)] == ["table"]
    (deep,) = exhibits("it", zipped(a=content), Runs())
    assert deep.form == "foreign" and f"deeper than {MOST_DEEP} archives" in deep.why
    room = Room(left=250)
    assert room.unpacked(zipped(a=bytes(100)), "it") == {"a": bytes(100)} and room.left == 150
    with pytest.raises(ArchiveError, match="holds more than"):
        room.unpacked(zipped(a=bytes(151)), "it")


@pytest.mark.parametrize(
    ("text", "run"),
    [
        ("Figure of run 0123456789ab, drawn", "0123456789ab"),
        ("run 0123456789ab-treasury_uk.", "0123456789ab-treasury_uk"),
        ("run 0123456789ab and run ba9876543210", "0123456789ab"),
        ("run 0123456789abc", ""),
        ("run 0123456789AB", ""),
        ("rerun 0123456789ab", ""),
        ("", ""),
    ],
)
def test_a_text_names_a_run_by_its_whole_id(text: str, run: str) -> None:
    assert named_in(text) == run


def test_records_are_learned_once_and_found_by_their_id() -> None:
    runs, text = Runs(), json.dumps({"schema": f"{FORM}1", "run": "0123456789ab-by"})
    assert runs.learn(text) == runs.learn(text) == "0123456789ab-by"
    assert runs.texts_of("0123456789ab") == runs.texts_of("0123456789ab-by") == [text]
    assert not runs.texts_of("0123456789ab-other") and [runs.learn(no) for no in ("", "[]", "{}", "{")] == [""] * 4


def test_what_is_empty_missing_or_too_large_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (path := tmp_path / "a.zip").write_bytes(zipped())
    assert [each.why for each in read(path, Runs())] == ["It holds no figure and no table."]
    with pytest.raises(UnreadableError, match=r"none\.png: cannot be read: no such file"):
        read(tmp_path / "none.png", Runs())
    monkeypatch.setattr("sim.verification.exhibits.MOST_BYTES", 4)
    with pytest.raises(UnreadableError, match="too much to be checked"):
        read(path, Runs())


# ------------------------------------------------------------------------------------------------- words in chunks


def chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk."""
    return len(data).to_bytes(4, "big") + kind + data + crc32(kind + data).to_bytes(4, "big")


END = chunk(b"IEND", b"")


def texts(*parts: bytes) -> dict[str, str]:
    """The words of a file of these chunks."""
    return png.words(png.SIGNATURE + b"".join(parts) + END)


def test_each_kind_of_text_is_read() -> None:
    assert texts(
        chunk(b"tEXt", b"a\0caf\xe9"),
        chunk(b"zTXt", b"b\0\0" + compress(b"packed")),
        chunk(b"iTXt", b"c\0\0\0en\0c\0" + "中".encode()),
        chunk(b"iTXt", b"d\0\1\0\0\0" + compress("é".encode())),
        chunk(b"tIME", b"e\0no text"),
    ) == {"a": "café", "b": "packed", "c": "中", "d": "é"}


def test_a_word_of_ours_stands_once_and_one_of_others_as_often_as_they_like() -> None:
    twice = chunk(b"tEXt", b"Run\0a"), chunk(b"tEXt", b"Run\0b")
    assert texts(twice[0], twice[0]) == {"Run": "a"}
    with pytest.raises(DamagedError, match="holds the word Run twice, and not the same"):
        texts(*twice)
    assert texts(chunk(b"tEXt", b"Software\0a"), chunk(b"tEXt", b"Software\0b")) == {"Software": "b"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "does not begin as a PNG file does"),
        (png.SIGNATURE, "is cut off: it ends after 8 bytes"),
        (png.SIGNATURE + END[:-1], "is cut off: it ends after 19 bytes"),
        (png.SIGNATURE + END[:-1] + b"\0", "is damaged between the bytes 8 and 20"),
        (png.SIGNATURE + END + b"more", "goes on for 4 bytes after the end"),
        (png.SIGNATURE + b"\xff\xff\xff\xff" + END[4:], "is cut off"),
        (png.SIGNATURE + chunk(b"zTXt", b"a\0\0no") + END, "holds a packed text that cannot be unpacked"),
        (png.SIGNATURE + chunk(b"iTXt", b"a\0\1\0\0\0" + compress(b"\xff")) + END, "cannot be unpacked"),
    ],
)
def test_chunks_that_are_not_whole_get_one_sentence(content: bytes, sentence: str) -> None:
    with pytest.raises(DamagedError, match=sentence):
        png.words(content)


def test_words_are_written_before_the_dots_and_change_none_of_them() -> None:
    given = {"Title": "short", "Description": "é", "Record": "long " * 100}
    content = dots(given)
    kinds = [kind for kind, _ in png.chunks(content)]
    assert png.words(content) == given and png.picture(content) == png.picture(dots())
    assert kinds == [b"IHDR", b"tEXt", b"iTXt", b"iTXt", b"IDAT", b"IEND"]
    assert len(content) < len(dots()) + len(given["Record"])
    assert png.words(png.swap(content, "short", "other"))["Title"] == "other"
    with Image.open(BytesIO(content)) as opened:  # as another reader has them
        assert {name: opened.info[name] for name in given} == given


def test_an_animation_is_no_figure() -> None:
    content = dots()
    with pytest.raises(DamagedError, match="is animated"):
        png.picture(content[: -len(END)] + chunk(b"acTL", bytes(8)) + END)


def test_letters_hold_a_text_or_say_that_they_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "é中 " * 500
    folded = "\n".join(words.lettered(text)[at : at + 20] for at in range(0, 200, 20))
    assert words.unlettered(folded) == text and len(folded) < len(text)
    for wrong, sentence in (("!", "letters that are no text"), ("AAAA", "cannot be unpacked")):
        with pytest.raises(DamagedError, match=sentence):
            words.unlettered(wrong)
    monkeypatch.setattr(words, "MOST_BYTES", 100)
    with pytest.raises(DamagedError, match="holds a text of more than"):
        words.unpacked(words.packed(text))


# ------------------------------------------------------------------------------------------- runs a command is told of


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ("export it.zip --out a.zip", "it.zip: is a zip file; unpack it, and name its run.json"),
        (
            "export it.json --out a.zip --seed 3 --draws 9",
            "is a run with settings of its own; leave out --seed and --draws",
        ),
        ("export it.json --out a.zip", "it.json"),
        ("export none/run.json --out a.zip", "none/run.json"),
        ("export folder --out a.zip", "folder/run.json"),
        ("export small_country --out a.zip --profile treasury", "--profile: "),
        ("export small_country --out a.zip --sequence latin", "say how many --draws"),
    ],
)
def test_a_run_that_cannot_be_meant_gets_one_sentence(
    asked: str, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "it.json").write_text("{}")
    assert main(asked.split()) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.startswith("heavypress: ") and err.count("\n") == 1 and sentence in err
    assert not (tmp_path / "a.zip").exists()
