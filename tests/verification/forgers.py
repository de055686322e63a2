"""What a forger does to a picture of ours: a digit redrawn, a bar made longer, a mark moved, a dot set."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont
from matplotlib.patches import Rectangle
from matplotlib.text import Text
from PIL import Image, ImageDraw, ImageFont, ImageOps

from sim.charts.files import DPI
from sim.charts.sheet import FAMILY

POINTS = 72  # per inch
Box = tuple[int, int, int, int]


@dataclass
class Forger:
    """A chart and its picture; each alteration gives a new picture, and what was done to it."""

    figure: Figure
    picture: Image.Image

    def altered(self, rng: np.random.Generator) -> tuple[Image.Image, str]:
        """One alteration by chance."""
        ways = [self.digit, self.digit, self.digit, self.bar, self.mark, self.swap, self.dot]
        while True:
            made = ways[rng.integers(len(ways))](rng)
            if made is not None and made[0].tobytes() != self.picture.tobytes():
                return made

    def digit(self, rng: np.random.Generator) -> tuple[Image.Image, str] | None:
        """A digit is redrawn as another, in its font and size."""
        text, box = self.letters[rng.integers(len(self.letters))]
        places = [at for at, letter in enumerate(text.get_text()) if letter.isdigit()]
        if not places:
            return None
        at = places[rng.integers(len(places))]
        old = text.get_text()[at]
        new = str((int(old) + rng.integers(1, 10)) % 10)
        font = _font(text)
        left = box[0] + font.getlength(text.get_text()[:at])
        cell = (round(left), box[1] - 2, round(left + font.getlength(old)), box[3] + 2)
        if self._empty(cell):
            return None
        ink = ImageOps.invert(self.picture.crop(cell).convert("L")).point(lambda grey: 255 * (grey > 100)).getbbox()
        if ink is None:
            return None
        baseline = cell[1] + ink[3] - font.getbbox(old, anchor="ls")[3]
        picture = self.picture.copy()
        draw = ImageDraw.Draw(picture)
        draw.rectangle(cell, fill="white")
        draw.text((left, baseline), new, fill=text.get_color(), font=font, anchor="ls")
        return picture, f"{old} -> {new} in {text.get_text()[:30]!r}"

    def bar(self, rng: np.random.Generator) -> tuple[Image.Image, str] | None:
        """A bar ends elsewhere, by 0.03 to 0.15 inch."""
        if not self.bars:
            return None
        left, top, right, bottom = self.bars[rng.integers(len(self.bars))]
        more = round(rng.uniform(0.03, 0.15) * DPI)
        picture = self.picture.copy()
        colour = self.picture.getpixel(((left + right) // 2, top + (bottom - top) // 4))
        ImageDraw.Draw(picture).rectangle((right - 2, top, right + more, bottom), fill=colour)
        return picture, f"a bar longer by {more} dots"

    def mark(self, rng: np.random.Generator) -> tuple[Image.Image, str] | None:
        """A whisker is moved, by 0.03 to 0.1 inch."""
        if not self.bars:
            return None
        _, top, right, bottom = self.bars[rng.integers(len(self.bars))]
        high, more = (bottom - top) // 3, round(rng.uniform(0.03, 0.1) * DPI)
        part = (right, (top + bottom) // 2 - high, right + round(0.3 * DPI), (top + bottom) // 2 + high)
        if self._empty(part):
            return None
        picture = self.picture.copy()
        picture.paste(self.picture.crop(part), (part[0] + more, part[1]))
        return picture, f"a whisker moved by {more} dots"

    def swap(self, rng: np.random.Generator) -> tuple[Image.Image, str] | None:
        """Two labels of one size change places."""
        (one, first), (other, second) = (self.letters[rng.integers(len(self.letters))] for _ in range(2))
        if one.get_text() == other.get_text() or one.get_fontsize() != other.get_fontsize():
            return None
        if abs((first[2] - first[0]) - (second[2] - second[0])) > 60 or self._empty(first) or self._empty(second):
            return None
        picture = self.picture.copy()
        for source, goal in ((first, second), (second, first)):
            ImageDraw.Draw(picture).rectangle(goal, fill="white")
            picture.paste(self.picture.crop(source), goal[:2])
        return picture, f"{one.get_text()[:20]!r} and {other.get_text()[:20]!r} swapped"

    def dot(self, rng: np.random.Generator) -> tuple[Image.Image, str] | None:
        """A dot of 0.02 to 0.04 inch, as of a decimal, a mark or an outlier."""
        x, y = (rng.integers(60, side - 60) for side in self.picture.size)
        half = rng.uniform(0.01, 0.02) * DPI
        cell = (round(x - half), round(y - half), round(x + half), round(y + half))
        if not self._empty(cell):
            return None
        picture = self.picture.copy()
        ImageDraw.Draw(picture).ellipse(cell, fill="black")
        return picture, f"a dot of {cell[2] - cell[0] + 1} dots at {x}, {y}"

    @cached_property
    def letters(self) -> list[tuple[Text, Box]]:
        """Texts of one line that stand upright, with the boxes that they fill."""
        return list(self._letters())

    def _letters(self) -> Iterator[tuple[Text, Box]]:
        renderer = self._renderer
        for text in self.figure.findobj(Text):
            inside = text.get_text().strip()
            if inside and "\n" not in inside and text.get_visible() and text.get_rotation() == 0:
                box = self._dots(text.get_window_extent(renderer).extents)
                if 0 <= box[0] < box[2] <= self.picture.width and 0 <= box[1] < box[3] <= self.picture.height:
                    yield text, box

    @cached_property
    def bars(self) -> list[Box]:
        """Bars of some size."""
        found = [
            self._dots(bar.get_window_extent(self._renderer).extents)
            for axes in self.figure.axes
            for bar in axes.patches
            if isinstance(bar, Rectangle) and bar.get_visible()
        ]
        return [box for box in found if box[2] - box[0] > 20 and box[3] - box[1] > 20]

    @cached_property
    def _renderer(self) -> object:
        self.figure.set_dpi(DPI)
        canvas = FigureCanvasAgg(self.figure)
        canvas.draw()
        return canvas.get_renderer()

    def _dots(self, extents: np.ndarray) -> Box:
        left, low, right, high = extents
        return round(left), round(self.picture.height - high), round(right), round(self.picture.height - low)

    def _empty(self, box: Box) -> bool:
        """Whether a part of the picture is white."""
        lowest, _ = self.picture.crop(box).convert("L").getextrema()
        return bool(lowest > 200)


def _font(text: Text) -> ImageFont.FreeTypeFont:
    """The font of a text, in the size it has on the picture."""
    weight = text.get_fontweight()
    path = findfont(FontProperties(family=FAMILY, weight=weight))
    return ImageFont.truetype(path, text.get_fontsize() * DPI / POINTS)
