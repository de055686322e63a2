"""A picture that lost its words is verified by what it shows, however it was saved; one with another digit is not."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
import resvg_py
from PIL import Image, ImageDraw, ImageOps

from sim import charts
from sim.charts.sheet import EDGE, WIDTH
from sim.comparison.results import Comparison
from sim.verification.exhibits import named_in
from sim.verification.findings import ALTERED, FOREIGN, UNCHECKED, VERIFIED, Finding
from sim.verification.pages import NEAR, _pages, _rendered
from sim.verification.pictures import FEWEST_DOTS, LIKE, codes, likeness, opened
from sim.verification.registration import box_of, cut_out, roughly
from tests.verification.conftest import Given, Judge, give
from tests.verification.forgers import Forger
from tests.verification.pasting import jpeg, margined, png, saved, sized

WAYS = ("LANCZOS", "BICUBIC", "BILINEAR", "BOX", "NEAREST")
PLACE = "% from the left and"


def only(found: list[Finding], verdict: str) -> Finding:
    """The one finding, of this verdict."""
    assert [each.verdict for each in found] == [verdict], found
    return found[0]


def holds(judged: Judge, given: Given, content: bytes, forged: bytes) -> None:
    """The picture is verified and named; the same with one digit redrawn is altered, and the place is named."""
    found = only(judged(content), VERIFIED)
    assert (found.figure, found.run) == (given.name, given.run)
    assert found.reasons[0] == "Only its picture survives."
    assert PLACE in " ".join(only(judged(forged), ALTERED).reasons)


# --- saved anew ---


@pytest.mark.parametrize("dpi", [*(pytest.param(dpi, marks=pytest.mark.slow) for dpi in (300, 220, 150)), 96])
def test_a_picture_is_verified_at_any_usual_size(dpi: int, judged: Judge, given: Given) -> None:
    holds(judged, given, png(sized(given.picture, dpi)), png(sized(given.forged, dpi)))


@pytest.mark.slow
@pytest.mark.parametrize("way", WAYS)
def test_a_picture_is_verified_whatever_resized_and_compressed_it(way: str, judged: Judge, given: Given) -> None:
    filtered = Image.Resampling[way]
    holds(judged, given, jpeg(sized(given.picture, 150, filtered)), jpeg(sized(given.forged, 150, filtered)))


@pytest.mark.slow
@pytest.mark.parametrize("form", ["GIF", "WEBP"])
def test_pictures_of_other_formats_are_read(form: str, judged: Judge, given: Given) -> None:
    holds(judged, given, *(saved(sized(each, 150), form) for each in (given.picture, given.forged)))


def test_the_same_pixels_are_said_to_be_the_same(judged: Judge, given: Given) -> None:
    assert "pixel by pixel" in " ".join(only(judged(png(given.picture)), VERIFIED).reasons)
    assert "as far as 150 dots" in " ".join(only(judged(png(sized(given.picture, 150))), VERIFIED).reasons)


def test_a_picture_too_coarse_for_digits_is_not_checked(judged: Judge, given: Given) -> None:
    found = only(judged(png(sized(given.picture, FEWEST_DOTS - 4)), given.run), UNCHECKED)
    assert "too coarse" in " ".join(found.reasons)


@pytest.mark.slow
@pytest.mark.parametrize("quarters", [1, 2])
def test_a_picture_turned_by_quarters_is_verified(quarters: int, judged: Judge, given: Given) -> None:
    turned, forged = (each.rotate(90 * quarters, expand=True) for each in (given.picture, given.forged))
    holds(judged, given, png(margined(sized(turned, 150))), png(margined(sized(forged, 150))))


def test_a_picture_at_an_angle_is_not_checked(judged: Judge, given: Given) -> None:
    content = png(given.picture.rotate(4, expand=True, fillcolor="white"))
    assert "angle" in " ".join(only(judged(content), UNCHECKED).reasons)


def test_inverted_colours_are_seen_through(judged: Judge, given: Given) -> None:
    content, forged = (png(ImageOps.invert(sized(each, 150))) for each in (given.picture, given.forged))
    assert "Its colours are inverted." in only(judged(content), VERIFIED).reasons
    only(judged(forged), ALTERED)


# --- screenshots ---


@pytest.mark.slow
@pytest.mark.parametrize("dpi", [110, 163])
def test_a_screenshot_with_margins_is_verified(dpi: int, judged: Judge, given: Given) -> None:
    content, forged = (png(margined(sized(each, dpi, Image.Resampling.BICUBIC))) for each in
                       (given.picture, given.forged))  # fmt: skip
    holds(judged, given, content, forged)


@pytest.mark.slow
def test_a_few_dots_cut_off_the_margin_change_nothing(judged: Judge, given: Given) -> None:
    few = round(EDGE / WIDTH * given.picture.width / 2)
    inside = (few, few, given.picture.width - few, given.picture.height - few)
    holds(judged, given, png(given.picture.crop(inside)), png(given.forged.crop(inside)))


def test_what_is_cut_off_at_the_foot_is_not_recognised(judged: Judge, given: Given) -> None:
    content = png(given.picture.crop((0, 0, given.picture.width, given.picture.height * 3 // 4)))
    assert "foot was cut off" in " ".join(only(judged(content), FOREIGN).reasons)
    only(judged(content, given.run), ALTERED)  # it says what run it is of, but does not show all of it


def test_what_is_cut_off_at_the_top_is_altered(judged: Judge, given: Given) -> None:
    content = png(given.picture.crop((0, given.picture.height // 4, *given.picture.size)))
    assert "shows no figure as the run gives it" in " ".join(only(judged(content), ALTERED).reasons)


def test_two_figures_in_one_picture_have_a_verdict_each(judged: Judge, comparison: Comparison, given: Given) -> None:
    short = give(comparison, "waits").picture
    both = Image.new("RGB", (given.picture.width, given.forged.height + short.height + 40), "white")
    both.paste(given.forged, (0, 0))
    both.paste(short, (0, given.forged.height + 40))
    found = judged(png(both))
    assert sorted((each.verdict, each.figure) for each in found) == [(ALTERED, ""), (VERIFIED, "waits")]


def test_a_code_pasted_under_another_picture_verifies_nothing(judged: Judge, given: Given) -> None:
    foreign = Image.new("RGB", given.picture.size, "white")
    ImageDraw.Draw(foreign).text((200, 200), "Credits win by 90 %", fill="black", font_size=90)
    foot = (0, given.picture.height - 250, *given.picture.size)
    foreign.paste(given.picture.crop(foot), foot[:2])
    only(judged(png(foreign)), ALTERED)


@pytest.mark.slow
def test_a_colour_as_light_as_the_old_one_is_seen(judged: Judge, comparison: Comparison) -> None:
    lorenz = give(comparison, "lorenz").picture
    dots = np.array(lorenz)
    dots[(np.abs(dots.astype(int) - (18, 67, 109)).max(axis=2) < 30)] = (128, 22, 80)  # as dark in grey
    only(judged(png(Image.fromarray(dots))), ALTERED)


# --- on pages ---


@pytest.mark.slow
def test_on_pages_alterations_are_seen_and_nothing_else(comparison: Comparison) -> None:
    rng = np.random.default_rng(3)
    wrong = []
    for name in charts.CHARTS:
        ours = give(comparison, name).picture
        forger = Forger(charts.CHARTS[name](comparison), ours)
        for _ in range(12):
            forged, what = forger.altered(rng)
            dpi = rng.uniform(110, 300)
            for picture, same in ((forged, False), (ours, True)):
                page = margined(sized(picture, dpi), (int(rng.integers(9, 99)), 20, 30, 40))
                (code,) = codes(page)
                box = box_of(page, code, ours)
                assert box is not None
                held = likeness(cut_out(page, box, ours), ours)
                wrong += [] if held.same == same else [(name, dpi, what, held.worst)]
    assert not wrong, wrong


# --- the formats show one picture ---


@pytest.mark.slow
@pytest.mark.parametrize("name", ["difference", "waits", "lorenz"])
def test_the_drawing_and_the_page_and_the_pixels_show_the_same(name: str, comparison: Comparison) -> None:
    figure = give(comparison, name)
    svg = resvg_py.svg_to_bytes(svg_string=figure.files["svg"].decode("utf8"), dpi=300, background="#ffffff")
    drawing = opened(bytes(svg))
    page = _rendered(next(page for _, page in _pages(figure.files["pdf"])), 300)
    held = likeness(drawing, page, drawn=True)
    assert held.same and abs(drawing.width - figure.picture.width) <= 1
    whole = np.array([0.0, 0.0, *page.size])
    assert roughly(page, whole, figure.picture) < NEAR  # letters on a grid of pixels stand a little apart
    assert roughly(page, whole, give(comparison, "capacity").picture.resize(page.size)) > NEAR


def test_a_code_gives_the_place_of_the_figure_to_a_dot(given: Given) -> None:
    left, top, scale = 211, 57, 0.613
    small = given.picture.resize((round(given.picture.width * scale), round(given.picture.height * scale)))
    page = margined(small, (left, top, 40, 90))
    (code,) = codes(page)
    box = box_of(page, code, given.picture)
    assert box is not None and code.run == given.run
    true = small.crop((0, 0, *small.size))
    held = likeness(cut_out(page, box, given.picture), true)
    assert held.worst < LIKE / 2


# --- the names of runs in texts, and bad pictures ---


def test_the_id_of_a_run_is_found_in_a_text() -> None:
    assert named_in("A chart. Source: Heavy Press 0.2.0, run 0123456789ab, seed 1.") == "0123456789ab"
    assert named_in("A long run of luck") == named_in("run 0123456789") == ""


def huge() -> bytes:
    """A picture that says it has 60,000 x 60,000 dots."""
    content = bytearray(png(Image.new("L", (4, 4))))
    content[16:24] = (60_000).to_bytes(4, "big") * 2
    from zlib import crc32

    content[29:33] = crc32(bytes(content[12:29])).to_bytes(4, "big")
    return bytes(content)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (huge(), "more than 80,000,000 pixels"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 40, "read|damaged|cut short|no PNG"),
        (b"\x01\0\0\0\x6c\0\0\0" + b"\0" * 80 + b" EMF" + b"\0" * 40, "kind"),
        (b"\xd7\xcd\xc6\x9a" + b"\0" * 60, "kind"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "read"),
        (b"GIF89a\x10\0", "read"),
        (b"II*\0\xff\xff\xff\xff", "read"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "no run of ours|kind"),
    ],
)
@pytest.mark.parametrize("named", ["", "0123456789ab"])
def test_a_picture_that_cannot_be_read_gets_one_sentence(
    content: bytes, why: str, named: str, judged: Judge
) -> None:  # fmt: skip
    import re

    (found,) = judged(content, named)
    assert found.verdict in (FOREIGN, UNCHECKED) and len(found.reasons) == 1
    assert re.search(why, found.reasons[0]) and found.reasons[0].endswith(".") and "0x" not in found.reasons[0]


def test_a_transparent_picture_is_seen_on_white() -> None:
    clear = Image.new("RGBA", (4, 4), (0, 0, 0, 0))
    buffer = BytesIO()
    clear.save(buffer, "PNG")
    assert opened(buffer.getvalue()).getpixel((1, 1)) == (255, 255, 255)
