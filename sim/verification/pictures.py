"""Pictures: opened without harm, the codes in them, and whether two show the same.

Two pictures show the same where no small patch of them differs by more than programs change that resize, compress or
smooth. Measured is the largest mean difference in grey over a patch of PATCH inches, of 255 levels; and that in colour
over one of twice the size. Of nine whole figures, resized by five filters to 96 to 300 dots per inch and compressed by
JPEG down to quality 60, none came above 33, and in colour none above 19. Of 45 alterations of them, at the same sizes,
the least were 62 for a digit redrawn, 50 for a longer bar, 95 for a dot and 36 for a whisker moved. Of 216 pictures cut
out of pages of 110 to 300 dots per inch, none came above 10; of as many alterations the least to 38, whiskers moved by
a tenth of a millimetre: LIKE lies between. Cut out of pages where they were scaled up, they came to 54.

What another program drew again, or scaled up, has lines elsewhere by a dot: it is seen with DRAWN_DOTS and that slack.
Three figures so placed gave at most 27, 8 digits redrawn, at four resolutions each, at least 32: LOOSE lies between.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from sim.charts.carriers import DamagedError
from sim.charts.code import CODE, PREFIX
from sim.charts.sheet import EDGE, WIDTH

PATCH = 0.03  # inches
LIKE, LOOSE = 35.0, 28.0  # grey levels out of 255; the second for a drawing that another program drew
DRAWN_DOTS = 150  # per inch, with which a drawing is seen that another program drew; its lines may lie a dot elsewhere
TINT = 24.0  # levels of colour out of 255
_COLOURLESS = 4.0  # the same, between all dots of a picture in grey
_TINTED = 150  # dots per inch at most, with which colours are compared
FEWEST_DOTS = 90  # per inch, below which a digit is too few dots to be read
FINE_DOTS = 145  # the same in a drawing that another program drew
_SAME_SHAPE = 0.01
MOST_PIXELS = 80_000_000
_KINDS = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP")  # and no other, for some start programs
_TOO_MANY = f"has more than {MOST_PIXELS:,} pixels"
_FILTERS = tuple(Image.Resampling[name] for name in ("LANCZOS", "BICUBIC", "BILINEAR", "BOX", "NEAREST"))
Grey = NDArray[np.float32]


@dataclass(frozen=True)
class Code:
    """A code in a picture: the id that it holds, and its corners from the upper left clockwise [corner, (x, y)]."""

    run: str
    corners: NDArray[np.float64]

    @property
    def centre(self) -> NDArray[np.float64]:
        """Where it lies, dots."""
        return np.asarray(self.corners.mean(axis=0))

    @property
    def per_inch(self) -> float:
        """Dots of the picture to an inch of the figure."""
        sides = np.linalg.norm(self.corners - np.roll(self.corners, 1, axis=0), axis=1)
        return float(sides.mean()) / CODE

    @property
    def across(self) -> float:
        """How wide the figure is, dots."""
        return WIDTH * self.per_inch

    @property
    def around(self) -> tuple[int, int, int, int]:
        """The strip of the figure on the left of the code, as high as it, dots."""
        (left, top), (_, bottom) = self.corners.min(axis=0), self.corners.max(axis=0)
        return round(max(0.0, left - 4 * self.per_inch)), round(top), round(left), round(bottom)

    def box(self, ours: Image.Image) -> NDArray[np.float64]:
        """Left, top, right and bottom of a figure like ours, to a few dots."""
        right, bottom = self.corners.max(axis=0) + EDGE * self.per_inch
        height = self.across * ours.height / ours.width
        return np.array([right - self.across, bottom - height, right, bottom])


@dataclass(frozen=True)
class Likeness:
    """How a picture compares with the one that a run gives; `at`: where they differ most, shares from upper left."""

    exact: bool  # the same size and the same pixels
    worst: float  # grey levels, of the patch that differs most
    at: tuple[float, float]
    dots: float  # per inch, of the picture that was found
    drawn: bool = False  # by another program: lines were allowed to lie elsewhere
    mean: float = 0.0  # grey levels, over all of it

    @property
    def same(self) -> bool:
        """Whether both show the same."""
        return self.worst <= (LOOSE if self.drawn else LIKE)

    @property
    def fine(self) -> bool:
        """Whether the picture has dots enough to see a digit that was changed."""
        return self.dots >= (FINE_DOTS if self.drawn else FEWEST_DOTS)

    @property
    def place(self) -> str:
        """Where they differ most, in words."""
        x, y = self.at
        return f"{100 * x:.0f} % from the left and {100 * y:.0f} % from the top"


def opened(content: bytes) -> Image.Image:
    """A picture in full colour on white; DamagedError with one sentence where it cannot be read, or is too large."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(BytesIO(content), formats=_KINDS) as picture:
                if picture.width * picture.height > MOST_PIXELS:
                    raise DamagedError(_TOO_MANY)
                seen = picture.convert("RGBA")
    except DamagedError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise DamagedError(_TOO_MANY) from None
    except UnidentifiedImageError:
        raise DamagedError("is no picture of a kind that can be read") from None
    except Exception as error:  # a broken picture breaks its reader in any way
        raise DamagedError(f"is no picture that can be read: {' '.join(str(error).split())[:200]}") from None
    flat = Image.new("RGBA", seen.size, "white")
    flat.alpha_composite(seen)
    return flat.convert("RGB")


def codes(picture: Image.Image) -> list[Code]:
    """The codes of this program in a picture."""
    import zxingcpp

    found = []
    for each in zxingcpp.read_barcodes(np.asarray(picture)):
        if each.text.startswith(PREFIX):
            where = each.position
            corners = [(corner.x, corner.y) for corner in
                       (where.top_left, where.top_right, where.bottom_right, where.bottom_left)]  # fmt: skip
            found.append(Code(each.text.removeprefix(PREFIX).lower(), np.array(corners, dtype=float)))
    return found


def likeness(found: Image.Image, ours: Image.Image, drawn: bool = False) -> Likeness:
    """Hold a picture against ours, whatever its size; where its shape is another one it differs everywhere.

    drawn: whether lines may lie elsewhere by a dot of DRAWN_DOTS, for what another program drew.
    """
    exact = found.size == ours.size and found.tobytes() == ours.tobytes()
    dots = found.width / WIDTH
    if exact or abs(found.height / found.width * ours.width / ours.height - 1) > _SAME_SHAPE:
        return Likeness(exact, 0.0 if exact else 255.0, (0.5, 0.5), dots, drawn)
    slack, most = int(drawn), round(DRAWN_DOTS * WIDTH)
    if drawn and found.width > most:
        found = found.resize((most, round(most * ours.height / ours.width)), Image.Resampling.BOX)
    tint, place = _most(_tinted(found, ours), 2 * PATCH)
    best, at, mean = 255.0, place, 255.0
    for pair in _sized(found.convert("L"), ours.convert("L")):
        apart = _apart(*pair, slack)
        best, at = min((best, at), _most(apart, PATCH))
        mean = min(mean, float(apart.mean()))
        if best <= (LOOSE if drawn else LIKE):
            break
    in_colour = tint * LIKE / TINT > best
    return Likeness(False, tint * LIKE / TINT if in_colour else best, place if in_colour else at, dots, drawn, mean)


def _tinted(found: Image.Image, ours: Image.Image) -> Grey:
    """Differences in the two colours beside grey [colour, row, column], in the size of the smaller picture."""
    across = min(found.width, round(_TINTED * WIDTH))
    size = (across, round(across * ours.height / ours.width))
    one, other = (each.resize(size, Image.Resampling.BOX).convert("YCbCr") for each in (found, ours))
    seen = np.asarray(one, dtype=np.float32)[..., 1:]
    if np.ptp(seen) <= _COLOURLESS:  # printed, or saved, in grey: its colours are lost and none is another
        return np.zeros_like(seen).transpose(2, 0, 1)
    return (seen - np.asarray(other, dtype=np.float32)[..., 1:]).transpose(2, 0, 1)


def _sized(found: Image.Image, ours: Image.Image) -> Iterator[tuple[Grey, Grey]]:
    """Both in grey in the size of the smaller one, by each of the usual ways to make a picture smaller."""
    if found.size == ours.size:
        yield grey(found), grey(ours)
    elif found.width > ours.width:
        yield grey(found.resize(ours.size, Image.Resampling.BOX)), grey(ours)
    else:
        for way in _FILTERS:
            yield grey(found), grey(ours.resize(found.size, way))


def _apart(found: Grey, ours: Grey, slack: int) -> Grey:
    """How two pictures of one size differ [1, row, column]."""
    apart = np.maximum(_beyond(found, ours, slack), _beyond(ours, found, slack)) if slack else np.abs(found - ours)
    return np.asarray(apart[None], dtype=np.float32)


def _most(apart: Grey, patch: float) -> tuple[float, tuple[float, float]]:
    """The largest mean difference [kind, row, column] over a patch, inches, and where, shares from the upper left."""
    from scipy.ndimage import uniform_filter

    _, height, width = apart.shape
    dots = max(3, round(patch * width / WIDTH))
    mean = np.abs(uniform_filter(apart, (0, dots, dots)))
    _, y, x = np.unravel_index(int(mean.argmax()), mean.shape)
    return float(mean.max()), (float(x / width), float(y / height))


def _beyond(one: Grey, other: Grey, slack: int) -> Grey:
    """How far each dot of one is beyond all dots of the other that are near it."""
    from scipy.ndimage import maximum_filter, minimum_filter

    near = 2 * slack + 1
    over, under = one - maximum_filter(other, near), minimum_filter(other, near) - one
    return np.asarray(np.maximum(np.maximum(over, under), 0), dtype=np.float32)


def grey(picture: Image.Image) -> Grey:
    """A picture as grey levels [row, column]."""
    return np.asarray(picture.convert("L"), dtype=np.float32)
