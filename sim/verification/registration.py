"""A figure on a page: where it lies to a fraction of a dot, by its code and then by all of its edges.

The corners of the code give the place to one dot in a hundred. It is refined by least squares on the differences in
grey (Lucas and Kanade 1981): of place and size of the box the page is moved by what makes the differences least, seen
from afar first and then from ever closer. Places that differ much weigh little, so that what was altered moves nothing.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from sim.verification.pictures import Code, Grey, grey

Box = NDArray[np.float64]  # left, top, right and bottom, dots of a page
FAR = 125  # dots across, the least that a figure is seen with
_CLOSER = (250, 500, 1000)
_MOST_STEPS, _SETTLED = 10, 0.02  # of each, and dots by which the last one may move
_EDGE, _ODD = 10.0, 60.0  # grey levels a dot of an edge, and those of a difference that has half of the weight
_WHOLE = 0.5  # dots by which a figure that fills a picture may seem to be beside it
_MOST_TILT = 0.03  # radians by which a code may seem turned that is upright


def upright(page: Image.Image, code: Code) -> tuple[Image.Image, Code] | None:
    """A page turned by quarters so that a code stands upright, and the code there; None where it stands at an angle."""
    for _ in range(4):
        across, down = np.ptp(code.corners[[0, 1]], axis=0)
        if code.corners[0, 0] < code.corners[1, 0] and down < across:
            return (page, code) if down <= _MOST_TILT * across + 1.5 else None
        corners = np.stack([code.corners[:, 1], page.width - code.corners[:, 0]], axis=1)
        page, code = page.transpose(Image.Transpose.ROTATE_90), replace(code, corners=corners)
    return None


def box_of(page: Image.Image, code: Code | None, ours: Image.Image) -> Box | None:
    """Where a figure like ours would lie, to one dot in a hundred; None where that is beyond the page.

    Without a code the picture is taken for the figure.
    """
    if code is None:
        return np.array([0.0, 0.0, *page.size])
    box, beyond = code.box(ours), 0.03 * code.across
    outside = (box[:2] < -beyond).any() or (box[2:] > np.array(page.size) + beyond).any()
    return None if outside else box


def roughly(page: Image.Image, box: Box, ours: Image.Image) -> float:
    """How unlike ours what lies in a box of a page is, from afar: the mean difference in grey over what ours has."""
    near, scale = _seen(page, box, FAR)
    found = _fitted(near, box * scale, ours, FAR)
    target = _small(ours, FAR)
    apart = np.abs(grey(at(near, found, target.shape[::-1])) - target).mean()
    return float(apart / (np.abs(target - 255).mean() + 1))


def cut_out(page: Image.Image, box: Box, ours: Image.Image) -> Image.Image:
    """The part of a page that a figure of ours fills, found from a box that nearly does; the page, where that is it."""
    for width in (FAR, *_CLOSER):
        near, scale = _seen(page, box, width)
        box = _fitted(near, box * scale, ours, width) / scale
    if np.abs(box - (0, 0, *page.size)).max() < _WHOLE * (1 + (box[2] - box[0]) / ours.width):
        return page
    whole = np.round(box)
    size = (round(whole[2] - whole[0]), round(whole[3] - whole[1]))
    found = [at(page, each, size) for each in (box, whole)]  # on a screen a figure begins and ends with whole dots
    target = grey(ours.resize(size, Image.Resampling.BOX))
    return min(found, key=lambda each: float(np.abs(grey(each) - target).mean()))


def at(page: Image.Image, box: Box, size: tuple[int, ...]) -> Image.Image:
    """A box of a page, its edges between dots, in another size; white beyond the page."""
    left, top, right, bottom = box
    moved = ((right - left) / size[0], 0, left, 0, (bottom - top) / size[1], top)
    way = Image.Resampling.BICUBIC
    return page.transform((size[0], size[1]), Image.Transform.AFFINE, moved, resample=way, fillcolor="white")


def _seen(page: Image.Image, box: Box, width: int) -> tuple[Image.Image, Box]:
    """A page, seen so that a box is about so many dots across, in grey; and the scale that it then has."""
    dot = (box[2] - box[0]) / width
    size = page.size if dot < 1.5 else (max(1, round(page.width / dot)), max(1, round(page.height / dot)))
    near = page.convert("L").resize(size, Image.Resampling.BOX)
    return near, np.array([near.width / page.width, near.height / page.height] * 2)


def _small(ours: Image.Image, width: int) -> Grey:
    """Our figure in grey, so many dots across."""
    return grey(ours.resize((width, round(width * ours.height / ours.width)), Image.Resampling.BOX))


def _fitted(near: Image.Image, box: Box, ours: Image.Image, width: int) -> Box:
    """The box moved and stretched so that what it holds is most like ours at this width."""
    target = _small(ours, width)
    slopes, edges = _slopes(target)
    dot, started = (box[2] - box[0]) / width, box
    for _ in range(_MOST_STEPS):
        apart = (grey(at(near, box, target.shape[::-1])) - target).reshape(-1)[edges]
        weighed = slopes / (1 + (apart / _ODD) ** 2)[:, None]
        x, wide, y, high = np.linalg.solve(weighed.T @ slopes + np.eye(4), weighed.T @ apart)
        step = dot * np.array([x - wide / 2, y - high / 2, x + wide / 2, y + high / 2])
        box = box - step
        if np.abs(step).max() < _SETTLED * dot:
            break
    return box if np.abs(box - started).max() < 0.1 * width * dot else started


def _slopes(target: Grey) -> tuple[Grey, NDArray[np.bool_]]:
    """How grey changes [dot, (right, wider, down, higher)] on the edges of a picture, and which dots these are."""
    down, right = np.gradient(target)
    y, x = (np.linspace(-0.5, 0.5, dots, dtype=np.float32) for dots in target.shape)
    all_slopes = np.stack([right, right * x, down, down * y[:, None]], axis=-1).reshape(-1, 4)
    edges = np.maximum(np.abs(right), np.abs(down)).reshape(-1) > _EDGE
    return all_slopes[edges], edges
