"""What cannot be checked: one sentence each, nothing written, no more memory than the file deserves."""

from __future__ import annotations

import struct
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from PIL import Image
from pypdf import PdfWriter

from sim import charts
from sim.charts.carriers import png
from sim.cli import main
from sim.verification.findings import LIMITS
from tests.verification.alterations import CHART, CHARTS, materials

MOST_MB = 1_500  # of memory, of which the program itself takes a third


@pytest.fixture(autouse=True)
def _few_charts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Packs have few charts, for speed."""
    monkeypatch.setattr(charts, "CHARTS", CHARTS)


def archive(**files: bytes) -> bytes:
    """A zip, packed."""
    with ZipFile(buffer := BytesIO(), "w", ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
    return buffer.getvalue()


def climbing() -> bytes:
    """A zip that would write beside its folder."""
    return archive(**{"../../run.json": b"{}"})


def bomb() -> bytes:
    """A zip of 300 MB of nothing."""
    packed = ZipFile(buffer := BytesIO(), "w", ZIP_DEFLATED)
    with packed, packed.open("data/yearly.csv", "w", force_zip64=True) as file:
        for _ in range(300):
            file.write(b"\0" * 1_000_000)
    return buffer.getvalue()


def nested(depth: int = 500) -> bytes:
    """A zip in a zip in a zip."""
    content = b"run,table\n"
    for _ in range(depth):
        content = archive(inner=content)
    return content


def locked() -> bytes:
    """A page that needs a password."""
    writer = PdfWriter(clone_from=BytesIO(materials().figure("pdf")))
    writer.encrypt("secret", algorithm="RC4-128")
    writer.write(buffer := BytesIO())
    return buffer.getvalue()


def huge_header() -> bytes:
    """A picture that says it has 60,000 times 60,000 pixels."""
    content = materials().figure("png")
    head = struct.pack(">II", 60_000, 60_000) + content[24:29]
    return png.SIGNATURE + png.chunk(b"IHDR", head) + content[33:]


def huge_picture() -> bytes:
    """A picture of nothing, whose pixels would take 2 GB, of few bytes."""
    Image.new("1", (22_000, 22_000)).save(buffer := BytesIO(), "png")
    return buffer.getvalue()


def entities() -> bytes:
    """A drawing that grows without end when it is read."""
    laughs = "".join(f'<!ENTITY l{at} "{f"&l{at - 1};" * 10}">' for at in range(1, 10))
    return f'<!DOCTYPE svg [<!ENTITY l0 "lol">{laughs}]><svg xmlns="http://www.w3.org/2000/svg">&l9;</svg>'.encode()


def deep_drawing() -> bytes:
    """A drawing of a hundred thousand groups in one another, with words of ours."""
    word = f'<metadata><word xmlns="urn:heavypress:figure" name="Seal">{"0" * 48}</word></metadata>'
    inner = "<g>" * 100_000 + "</g>" * 100_000
    return f'<svg xmlns="http://www.w3.org/2000/svg">{word}{inner}</svg>'.encode()


CASES: dict[str, tuple[Callable[[], bytes], int, str]] = {
    "empty.png": (lambda: b"", 4, "names no run of ours"),
    "climbs.zip": (climbing, 4, "could lead out of the archive's folder"),
    "bomb.zip": (bomb, 4, "holds more than 256.0 MB"),
    "nested.zip": (nested, 4, "deeper than 3 archives"),
    "cut.zip": (lambda: materials().zip[:-200], 1, "damaged or cut short"),
    "locked.pdf": (locked, 4, "needs a password"),
    "cut.png": (lambda: materials().figure("png")[:5_000], 1, "is cut off"),
    "huge.png": (huge_header, 1, "pixels"),
    "huge_picture.png": (huge_picture, 4, "pixels"),
    "entities.svg": (entities, 4, "uses entities"),
    "deep.svg": (deep_drawing, 1, "too deep in one another"),
    "deep.json": (lambda: b'{"schema": "heavypress/run/1", "a": ' + b"[" * 200_000, 1, "cannot be read"),
    "junk.png": (lambda: png.SIGNATURE + bytes(range(256)) * 9, 4, "is cut off"),
    "junk.pdf": (lambda: b"%PDF-1.7\n" + bytes(range(256)) * 9, 4, "no PDF that can be read"),
    "junk.zip": (lambda: b"PK\x03\x04" + bytes(range(256)) * 9, 4, "damaged or cut short"),
    "junk.csv": (lambda: b"run,table,option\n" + bytes(range(256)), 1, "or damaged"),
    "names.csv": (lambda: b"run,table,option\n0123456789ab,waits,x\n", 5, "whose record is not here"),
    "future.json": (
        lambda: b'{"schema": "heavypress/run/2", "version": "7", "scenario": {}}', 5, "made by heavypress 7",
    ),
    "of_mix.json": (
        lambda: b'{"schema": "heavypress/run/1", "kind": "mix", "scenario": {}}', 5, "it is no whole record",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_checked_gets_one_sentence(name: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """With a line of verdict, one reason, the meaning of the verdict and the limits; and nothing else anywhere."""
    make, code, sentence = CASES[name]
    path = tmp_path / name
    path.write_bytes(content := make())
    assert main(["verify", str(path)]) == code
    out, err = capfd.readouterr()
    head, *reasons, _, limits = out.splitlines()
    assert head.startswith(f"{path}") and limits == LIMITS and err == ""
    assert len(reasons) == 1 and sentence in reasons[0] and "Traceback" not in out
    assert list(tmp_path.iterdir()) == [path] and path.read_bytes() == content


def test_what_cannot_be_read_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    large = tmp_path / "large.png"
    with large.open("wb") as file:
        file.truncate(300_000_000)
    for path, sentence in (
        (tmp_path / "gone.png", "cannot be read: no such file or directory"),
        (large, "is larger than 256 MB, too much to be checked"),
    ):
        assert main(["verify", str(path)]) == 2
        out, err = capsys.readouterr()
        assert out == "" and err == f"heavypress: {path}: {sentence}\n"


def test_of_a_folder_what_may_be_ours_is_judged(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "inside").mkdir()
    (tmp_path / "inside" / "chart.svg").write_bytes(materials().figure("svg"))
    (tmp_path / "notes.txt").write_text("Nobody asks for these.", encoding="utf8")
    (tmp_path / "other.json").write_text("[1]", encoding="utf8")
    assert main(["verify", str(tmp_path)]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if line.startswith(str(tmp_path))]
    assert lines == [f"{tmp_path}/inside/chart.svg: verified ({CHART}, run {materials().ran.now.run_id})"]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["bomb.zip", "huge.png", "huge_picture.png", "nested.zip", "entities.svg", "wide.csv"])
def test_the_memory_is_bounded(name: str, tmp_path: Path) -> None:
    wide = (lambda: b"run,table,x\n" + b"a,b,c\n" * 20_000_000, 5, "")
    make, code, _ = CASES.get(name, wide)
    (tmp_path / name).write_bytes(make())
    # VmHWM, for `resource` counts what the process that started this one had before
    program = (
        "import sys; from sim.cli import main; code = main(sys.argv[1:]);"
        "print(code, next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
    )
    run = subprocess.run(
        [sys.executable, "-c", program, "verify", str(tmp_path / name)], capture_output=True, text=True, check=True
    )
    ended, kilobytes = map(int, run.stdout.split()[-2:])
    assert ended == code and kilobytes < MOST_MB * 1_000
