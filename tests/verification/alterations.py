"""Real files of one run, and every way in which a test changes them: by accident, by hand, and by a forger."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO, StringIO
from random import Random
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import load_workbook
from PIL import Image, PngImagePlugin
from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject

from sim import charts
from sim.charts import carriers
from sim.charts.carriers import CARRIERS, DRAWN, FIGURE, RECORD, RUN, SEAL
from sim.comparison.record import record_text
from sim.comparison.run import compare
from sim.packs import archive_bytes
from sim.packs.pack import contents
from sim.reports import render
from sim.scenario import load
from sim.verification import Finding, judge
from sim.verification.exhibits import exhibits
from sim.verification.runs import Ran, Runs

CHART = "waits"  # the figure that is altered: a small one
CHARTS = {CHART: charts.CHARTS[CHART]}  # of the pack, for speed
KEPT = (FIGURE, RUN, RECORD, DRAWN)
Words = Mapping[str, str | None]


@dataclass(frozen=True)
class Materials:
    """The files of a run with a changed setting, as a pack has them, its workbook, and the run again."""

    files: dict[str, bytes]
    book: bytes
    ran: Ran

    @property
    def zip(self) -> bytes:
        """The pack."""
        return archive_bytes(self.files)

    @property
    def record(self) -> dict[str, Any]:
        """The record, to be changed."""
        found: dict[str, Any] = json.loads(self.ran.text)
        return found

    def figure(self, form: str) -> bytes:
        """The figure that is altered."""
        return self.files[f"figures/{CHART}.{form}"]


@cache
def materials() -> Materials:
    """The files, with the few charts of CHARTS, which whoever calls has set."""
    assert charts.CHARTS == CHARTS
    made = compare(load("small_country", {"cloud.decline_per_year": 0.15}), draws=16, queue=False)
    ran = Runs().of_record(record_text(made), "it")
    return Materials(contents(made), render(made, "xlsx"), ran)


def verdicts(content: bytes, known: str = "", where: str = "it") -> list[Finding]:
    """The findings on a file, which was run before; known: a record that is there beside it."""
    runs, ran = Runs(), materials().ran
    runs._ran[ran.text] = ran
    runs.learn(known)
    return [finding for exhibit in exhibits(where, content, runs) for finding in judge(exhibit, runs)]


# --- bytes ---


def flipped(content: bytes, rng: Random) -> bytes:
    """One bit is another."""
    at = rng.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << rng.randrange(8)]) + content[at + 1 :]


def shortened(content: bytes, rng: Random) -> bytes:
    """One byte is missing."""
    at = rng.randrange(len(content))
    return content[:at] + content[at + 1 :]


def lengthened(content: bytes, rng: Random) -> bytes:
    """One byte was added."""
    at = rng.randrange(len(content))
    return content[:at] + bytes([rng.randrange(256)]) + content[at:]


def doubled(content: bytes, rng: Random) -> bytes:
    """One byte stands there twice."""
    at = rng.randrange(len(content))
    return content[: at + 1] + content[at:]


def truncated(content: bytes, rng: Random) -> bytes:
    """The end is missing."""
    return content[: rng.randrange(len(content) // 2, len(content) - 40)]


BYTES: tuple[Callable[[bytes, Random], bytes], ...] = (flipped, shortened, lengthened, doubled, truncated)


# --- figures ---


def sealed(content: bytes, form: str, about: Words) -> bytes:
    """A figure with these words and a seal that is whole, as anybody can make it."""
    carrier = CARRIERS[form]
    blank = carrier.write(content, {**{name: text for name, text in about.items() if text}, SEAL: carriers._BLANK})
    return carrier.swap(blank, carriers._BLANK, carriers._seal(blank, carrier))


def forged(content: bytes, form: str, words: Words, seal: bool = True) -> bytes:
    """A figure with other words, None for one that is gone; with the seal made anew, or left as it was."""
    found = CARRIERS[form].words(content)
    about = {**{name: found[name] for name in KEPT}, **{name: text for name, text in words.items() if name in KEPT}}
    bare = _BARE[form](content, {name: text for name, text in words.items() if name not in KEPT})
    if seal:
        return sealed(bare, form, about)
    return CARRIERS[form].write(bare, {**{name: text for name, text in about.items() if text}, SEAL: found[SEAL]})


def _bare_png(content: bytes, words: Words) -> bytes:
    """A picture without the words of a record, and others of these."""
    parts, names = [], {*KEPT, SEAL, *words}
    for kind, data in carriers.png.chunks(content):
        if kind not in (b"tEXt", b"iTXt", b"zTXt") or data.partition(b"\0")[0].decode() not in names:
            parts.append(carriers.png.chunk(kind, data))
    return carriers.png.write(carriers.png.SIGNATURE + b"".join(parts), {n: text for n, text in words.items() if text})


def _bare_svg(content: bytes, words: Words) -> bytes:
    """A drawing without the words of a record, and others of these."""
    text = re.sub(r" *<word xmlns.*?</word>\n", "", content.decode("utf8"))
    for name, tag in (("Title", "title"), ("Description", "desc"), ("dc:source", "dc:source")):
        if name in words:
            text = re.sub(
                rf"(<{tag}[ >][^<]*?>|<{tag}>)[^<]*", lambda m, n=name: m[1] + (words[n] or ""), text, count=1
            )
    return text.encode("utf8")


def _bare_pdf(content: bytes, words: Words) -> bytes:
    """A page without the words of a record, and others of these."""
    reader = PdfReader(BytesIO(content))
    writer = PdfWriter()
    writer.add_page(reader.pages[0])
    kept = {str(name): str(text) for name, text in (reader.metadata or {}).items()}
    about = {**kept, **{f"/{name}": text for name, text in words.items()}}
    writer.add_metadata({name: text for name, text in about.items() if text and name[1:] not in (*KEPT, SEAL)})
    writer.write(buffer := BytesIO())
    return buffer.getvalue()


_BARE = {"png": _bare_png, "svg": _bare_svg, "pdf": _bare_pdf}


def repainted(content: bytes, rng: Random, seal: bool) -> bytes:
    """A picture with one pixel that is another."""
    with Image.open(BytesIO(content)) as picture:
        opened = picture.convert("RGB")
    at = rng.randrange(opened.width), rng.randrange(opened.height)
    pixel: Any = opened.getpixel(at)
    opened.putpixel(at, (pixel[0] ^ 1 << rng.randrange(8), *pixel[1:]))
    painted = resaved_png(opened)
    return forged(painted, "png", {}) if seal else painted


def resaved_png(opened: Image.Image, **options: Any) -> bytes:
    """A picture saved anew with its words."""
    texts = PngImagePlugin.PngInfo()
    for name, text in opened.info.items():
        if isinstance(text, str):
            texts.add_itxt(name, text)
    opened.save(buffer := BytesIO(), "png", pnginfo=texts, **options)
    return buffer.getvalue()


def redrawn(content: bytes, rng: Random, seal: bool) -> bytes:
    """A drawing in which one number of a path is another."""
    start = content.index(b"</metadata>")
    numbers = list(re.finditer(rb"(?<=[ML] )\d+", content[start:]))
    found = rng.choice(numbers)
    at, end = start + found.start(), start + found.end()
    moved = content[:at] + str(int(found[0]) + rng.choice((-1, 1, 10))).encode() + content[end:]
    return forged(moved, "svg", {}) if seal else moved


def reprinted(content: bytes, rng: Random, seal: bool) -> bytes:
    """A page that was turned, or on which one number is another."""
    writer = PdfWriter(clone_from=BytesIO(content))
    page = writer.pages[0]
    if rng.random() < 0.3:
        page.rotate(90)
    else:
        drawn: Any = page["/Contents"].get_object()
        data = drawn.get_data()
        found = rng.choice(list(re.finditer(rb"\b\d+\.\d+ \d+\.\d+ [ml]\b", data)))
        drawn.set_data(data[: found.start()] + b"9" + data[found.start() :])
    writer.write(buffer := BytesIO())
    return forged(buffer.getvalue(), "pdf", {}) if seal else buffer.getvalue()


PICTURES = {"png": repainted, "svg": redrawn, "pdf": reprinted}


# --- records ---


def record_with_another(rng: Random, entry: str) -> tuple[str, str]:
    """A record in which one value of an entry is another; and where that is."""
    kept = materials().record
    path = rng.choice([path for path in _leaves(kept[entry]) if path[-1:] not in _FREE])
    node = kept
    for step in (entry, *path)[:-1]:
        node = node[step]
    last = (entry, *path)[-1]
    node[last] = _another(node[last], rng)
    return json.dumps(kept, indent=2) + "\n", ".".join(map(str, (entry, *path)))


_FREE = (("who",), ("why",), ("date",), ("by",))  # of a change: what the record alone knows


def _leaves(node: Any) -> list[tuple[Any, ...]]:
    """The paths of all values."""
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else None
    return [()] if inner is None else [(key, *path) for key, each in inner for path in _leaves(each)]


def _another(value: Any, rng: Random) -> Any:
    """Another value of the same kind."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, float):
        return value * rng.choice((1.01, 1 + 1e-6, 2)) + (0.01 if value == 0 else 0)
    return f"{value}x" if value else "x" if value is not None else 1.5


# --- tables, workbooks, packs ---


def table_with_another(content: bytes, rng: Random) -> tuple[bytes, str]:
    """A table in which a cell, a row, a column or a head is another; and the words that name it."""
    rows = list(csv.reader(StringIO(content.decode("utf8"))))
    at, column = rng.randrange(1, len(rows)), rng.randrange(2, len(rows[0]))
    numbers = re.compile(r"\.\d{3}")
    places = [(y, x) for y, row in enumerate(rows) for x, cell in enumerate(row) if y and numbers.search(cell)]
    kind = rng.choice(("cell", "row", "twice", "column", "head", "swap", *(["digit"] if places else [])))
    named = rf"[Rr]ow {at + 1}, {re.escape(rows[0][column])}: "
    if kind == "cell":
        rows[at][column] = _other_cell(rows[at][column])
    elif kind == "digit":
        at, column = rng.choice(places)
        cell = rows[at][column]
        digit = cell.index(".") + rng.randrange(1, 4)
        rows[at][column] = cell[:digit] + str((int(cell[digit]) + 1) % 10) + cell[digit + 1 :]
        named = rf"[Rr]ow {at + 1}, {re.escape(rows[0][column])}: "
    elif kind == "row":
        del rows[at]
        named = rf"It has {len(rows)} rows.* the run gives {len(rows) + 1}"
    elif kind == "twice":
        rows.insert(at, rows[at])
        named = rf"It has {len(rows)} rows.* the run gives {len(rows) - 1}"
    elif kind == "column":
        rows = [row[:column] + row[column + 1 :] for row in rows]
        named = rf"of {len(rows[0])} cells, the run gives \d+ of {len(rows[0]) + 1}"
    elif kind == "head":
        rows[0][column] += "x"
        named = rf"Row 1, head of column {column + 1}: "
    else:
        other = next((each for each in range(1, len(rows)) if rows[each] != rows[at]), at)
        rows[at], rows[other] = rows[other], rows[at]
        named = rf"[Rr]ow {min(at, other) + 1}, "
    csv.writer(buffer := StringIO(), lineterminator="\n").writerows(rows)
    return buffer.getvalue().encode("utf8"), named


def _other_cell(cell: str) -> str:
    """A cell that holds another number, or another text."""
    try:
        return repr(float(cell) * 1.001 + 1)
    except ValueError:
        return f"{cell}x"


def book_with_another(rng: Random) -> tuple[bytes, str]:
    """A workbook in which a cell or a sheet is another; and the words that name it."""
    book = load_workbook(BytesIO(materials().book))
    sheet = book[rng.choice([name for name in book.sheetnames if name != "Record"])]
    kind = rng.choice(("cell", "cell", "cell", "rename", "remove", "add", "record"))
    named = rf"[Ss]heet '?{re.escape(sheet.title)}'?"
    if kind == "cell":
        cells = [cell for row in sheet.iter_rows() for cell in row if cell.value not in (None, "")]
        cell = rng.choice(cells)
        cell.value = cell.value + 1 if isinstance(cell.value, int | float) else f"{cell.value}x"
        named = rf"Sheet {re.escape(sheet.title)}: row {cell.row}, "
    elif kind == "rename":
        sheet.title = "Other"
    elif kind == "remove":
        book.remove(sheet)
    elif kind == "add":
        book.create_sheet("Added")["A1"] = 1
        named = "Sheet 'Added' is not one of the run"
    else:
        cell = book["Record"].cell(2, 1)
        cell.value = str(cell.value).replace('"seed": 1', '"seed": 2')
        named = "Record|record|names run|numbers"
    book.save(buffer := BytesIO())
    return buffer.getvalue(), named


def pack_with_another(rng: Random) -> tuple[bytes, str]:
    """A pack in which a name or a file is another, its dictionary corrected or not; and the words that name it."""
    files = dict(materials().files)
    name = rng.choice([name for name in files if name not in ("run.json", "datapackage.json")])
    kind = rng.choice(("rename", "remove", "add", "swap", "content", "content"))
    if kind == "rename":
        files[f"{name}x"] = files.pop(name)
    elif kind == "remove":
        del files[name]
    elif kind == "add":
        name = "more.txt"
        files[name] = b"More."
    elif kind == "swap":
        other = rng.choice([each for each in files if each not in (name, "run.json", "datapackage.json")])
        files[name], files[other] = files[other], files[name]
    else:
        files[name] = rng.choice(BYTES[:4])(files[name], rng)
    if rng.random() < 0.7:
        files["datapackage.json"] = corrected(files)
    return (archive_bytes(files) if rng.random() < 0.5 else zipped(files)), re.escape(name)


def corrected(files: Mapping[str, bytes]) -> bytes:
    """The dictionary of a pack with the digests of these files."""
    about = json.loads(files["datapackage.json"])
    for each in about["resources"]:
        if each["path"] in files:
            each["hash"] = f"sha256:{sha256(files[each['path']]).hexdigest()}"
            each["bytes"] = len(files[each["path"]])
    return (json.dumps(about, indent=2) + "\n").encode("utf8")


def zipped(files: Mapping[str, bytes], level: int = 1) -> bytes:
    """An archive as other programs write it: packed otherwise, with the time of day."""
    with ZipFile(buffer := BytesIO(), "w", ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def resaved_pdf(content: bytes) -> bytes:
    """A page saved anew."""
    writer = PdfWriter(clone_from=BytesIO(content))
    writer.add_metadata({NameObject("/Producer"): "Another program"})
    writer.compress_identical_objects()
    writer.write(buffer := BytesIO())
    return buffer.getvalue()
