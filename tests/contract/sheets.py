"""What every chart's sheet must be like: nothing beyond its edge, nothing on something else, no small letters."""

from __future__ import annotations

from itertools import combinations

from matplotlib.figure import Figure
from matplotlib.text import Text

from sim.charts.sheet import SIZE, WIDTH


def check_sheet(figure: Figure) -> None:
    """No text that is seen leaves the sheet, lies on another one, or is small."""
    renderer = figure.canvas.get_renderer()
    key = [axes for axes in figure.axes if not axes.axison]
    unseen = {text for axes in key for axis in (axes.xaxis, axes.yaxis) for text in axis.findobj(Text)}
    shown = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in unseen]
    boxes = [(text.get_text(), text.get_window_extent(renderer)) for text in shown]
    page = figure.bbox
    assert not [text for text, b in boxes if b.x0 < 0 or b.y0 < 0 or b.x1 > page.x1 or b.y1 > page.y1]
    crossing = [
        (a, b)
        for (a, one), (b, two) in combinations(boxes, 2)
        if min(one.x1, two.x1) - max(one.x0, two.x0) > 1 and min(one.y1, two.y1) - max(one.y0, two.y0) > 1
    ]
    assert not crossing
    assert figure.get_figwidth() == WIDTH and all(text.get_fontsize() >= SIZE for text in shown)
