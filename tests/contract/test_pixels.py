"""Pixels packed tightly are the same pixels, in fewer bytes and with the same words."""

from __future__ import annotations

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from sim.charts.carriers.png import chunks
from sim.charts.pixels import tight


def saved(dots: np.ndarray) -> bytes:
    """A picture as other programs save it, with words and resolution."""
    words = PngImagePlugin.PngInfo()
    words.add_text("Title", "A picture")
    Image.fromarray(dots).save(buffer := BytesIO(), "png", pnginfo=words, dpi=(300, 300))
    return buffer.getvalue()


def of_colours(count: int) -> np.ndarray:
    """An opaque picture [row, column, channel] with as many colours as are asked for, in areas and alone."""
    rng = np.random.default_rng(count)
    numbers = rng.permutation(1 << 16)[:count] * 211 % (1 << 24)
    colours = np.stack([numbers >> 16, numbers >> 8 & 255, numbers & 255, np.full(count, 255)], axis=1)
    places = np.concatenate([np.arange(count), np.sort(rng.integers(count, size=120 * 90 - count))])
    return colours[places].astype(np.uint8).reshape(90, 120, 4)


@pytest.mark.parametrize(("colours", "mode"), [(1, "P"), (2, "P"), (256, "P"), (257, "RGB"), (5_000, "RGB")])
def test_a_palette_is_used_where_it_holds_all_colours_and_none_is_lost(colours: int, mode: str) -> None:
    dots = of_colours(colours)
    content = tight(saved(dots))
    with Image.open(BytesIO(content)) as picture:
        assert picture.mode == mode and picture.info["Title"] == "A picture"
        assert picture.info["dpi"][0] == pytest.approx(300, abs=0.1)
        assert np.array_equal(np.asarray(picture.convert("RGBA")), dots)
    kinds = [kind for kind, _ in chunks(content)]
    assert kinds[0] == b"IHDR" and kinds[-2:] == [b"IDAT", b"IEND"] and (b"PLTE" in kinds) == (mode == "P")


def test_equal_pictures_are_equal_files_however_they_were_packed() -> None:
    dots = of_colours(100)
    content = tight(saved(dots))
    assert tight(content) == content == tight(saved(dots[:, :, :3].copy())) and len(content) < len(saved(dots))
