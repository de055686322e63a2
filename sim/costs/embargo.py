"""The same world under an embargo: what of their own compute groups keep, and what each option then yields."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from sim.calendar.records import Ledger
from sim.costs.option import Monthly, Scene, reckon_again
from sim.instruments.base import Instrument
from sim.mechanisms.independence import Embargo
from sim.parameters import Array
from sim.units import MONTHS_PER_YEAR


def under(scene: Scene, embargo: Embargo) -> Scene:
    """The scene with the embargo: groups lose what they rent, their machines wear, new ones come late."""
    own_growth = scene.groups.own_growth * _kept(scene, embargo)
    groups = replace(scene.groups, own_growth=np.ascontiguousarray(own_growth))
    grid = replace(scene.grid, embargo=embargo)
    need, own = groups.levels()
    return Scene(scene.world, grid, groups, scene.budget, need, own)


def shocked(instrument: Instrument, ledger: Ledger, scene: Scene, usual: Monthly) -> Monthly:
    """An option under the embargo of `scene`, from the records of its calendar under it.

    Its size is that of `usual`, since nobody foresees the embargo. Own hours that groups gave up for public ones stay
    given up: machines that were never bought do not come back when the public ones fail. What groups lose they may
    take from public hours that went begging, and no more: an embargo makes nobody use more hours than before.
    Hours by tier are so corrected, [draw, month, tier]; those of single groups (`by_group`) are not.
    """
    struck, before = reckon_again(instrument, ledger, scene, usual), usual.shared
    gone = np.minimum(before.displaced, scene.own)
    most = before.public + ((usual.scene.own - before.displaced) - (scene.own - gone))
    public = np.where(_lasting(scene)[:, None], np.minimum(struck.shared.public, most), struck.shared.public)
    return replace(struck, shared=replace(struck.shared, public=public, displaced=gone))


def _lasting(scene: Scene) -> NDArray[np.bool_]:
    """Whether the embargo is on at any moment of each month, [month]."""
    embargo, month = scene.grid.embargo, np.arange(scene.grid.months)
    return np.asarray(embargo is not None and (month + 1 > embargo.start) & (month < embargo.stop))


def _kept(scene: Scene, embargo: Embargo) -> Array:
    """Own compute over what it would be without the embargo, [draw, month]."""
    months, middle = scene.grid.months, scene.grid.t_years * MONTHS_PER_YEAR
    rented = np.asarray(scene.world.independence.own_cloud_share)
    serving = rented * embargo.rented_share(months) + (1 - rented) * embargo.serving_share(middle)
    late_years = (middle - embargo.arrived(middle)) / MONTHS_PER_YEAR
    return serving * (1 + np.asarray(scene.world.demand.own_growth_per_year)) ** -late_years
