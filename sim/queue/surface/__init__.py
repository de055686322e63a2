"""How full a machine gets, and how long its jobs wait: a response surface made from the queue itself.

`data/wait_surface.csv` holds what windows of the queue gave at the points of a design over the axes below; the command
`heavypress surface` makes it anew. Radial basis functions interpolate between the points, on scales on which
the answers are nearly straight, and smooth what differs from window to window. Each row holds by how much the surface
misses it when the row is left out: the error of the surface. Outside its axes it is silent.
"""

from sim.queue.surface.axes import (
    ANSWERS,
    AXES,
    AXIS_WORDS,
    DESIGN,
    LOAD,
    LOADS,
    SETTINGS,
    STATISTICS,
    TABLE,
    WAITS,
    Axis,
    inverse_transformed,
    transformed,
)
from sim.queue.surface.curves import Curves
from sim.queue.surface.functions import Surface

__all__ = [
    "ANSWERS", "AXES", "AXIS_WORDS", "DESIGN", "LOAD", "LOADS", "SETTINGS", "STATISTICS", "TABLE", "WAITS", "Axis",
    "Curves", "Surface", "inverse_transformed", "transformed",
]  # fmt: skip
