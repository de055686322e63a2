"""Flat records: what happened when. Every number of a comparison is a function of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from sim.parameters import Array
from sim.units import HOURS_PER_MONTH


class Kind(IntEnum):
    """Events that a policy maker would recognise."""

    APPROPRIATION = 0  # value: USD for the year that begins
    CUT = 1  # value: USD a year taken from what was still to come
    TENDER = 2  # value: share of the machine
    ORDER = 3  # value: share of the machine
    REFRESH = 4  # an order that replaces a machine; value: item of the machine it replaces
    DELIVERY = 5
    ACCEPTANCE = 6  # in service from now
    CAPACITY = 7  # failures and repairs; value: share of the machine that is up this month
    RETIREMENT = 8
    CREDIT_ROUND = 9  # value: USD issued; until: expiry
    CREDIT_EXPIRY = 10  # value: USD of the round that expires
    GRANT_ROUND = 11  # call closes; value: USD of the round
    AWARD = 12  # value: USD awarded; until: end of the project
    FAB_STAGE = 13  # value: share of the stake paid
    FAB_OUTPUT = 14  # first wafers
    PRICE = 15  # value: log deviation of the rental price; item: the month in which it is in force
    CLOSE = 16  # the month's books are closed
    EMBARGO = 17  # supply from abroad is cut; value: the part that is cut; until: its end
    EMBARGO_END = 18  # supply from abroad is free again


_KINDS = {int(kind): kind for kind in Kind}  # which are looked up ten times as fast as made


class Record(NamedTuple):
    """One event of one run."""

    hour: float
    kind: Kind
    part: int  # instrument within the option
    item: int  # tranche, round or stage
    value: float
    until: float  # hour at which it ends; infinite where it has no end


_FIELDS = [("hour", "f8"), ("kind", "i2"), ("item", "i4"), ("value", "f8"), ("until", "f8")]
ROW = np.dtype([*_FIELDS, ("part", "i4")])  # the part in its own calendar: of an option it is where the rows are kept
ROW_OF_DRAW = np.dtype([("draw", "i4"), *_FIELDS])
Rows = NDArray[np.void]  # of ROW, in order of time


def joined(runs: Iterable[Rows]) -> Rows:
    """Rows one after another."""
    return np.frombuffer(b"".join(run.tobytes() for run in runs), dtype=ROW)  # NumPy compares types one by one


class Pages:
    """The records of one instrument, or of what happens anyway, in many draws."""

    def __init__(self, runs: Sequence[Rows]) -> None:
        """Stack the rows of `runs`, those of a calendar a draw."""
        self.runs = runs
        rows = joined(runs)
        order = np.argsort(rows["kind"], kind="stable")  # what is asked for together stands together, by draw and time
        self._rows = np.empty(rows.size, dtype=ROW_OF_DRAW)
        self._rows["draw"] = np.repeat(np.arange(len(runs)), [run.size for run in runs])[order]
        for name, _ in _FIELDS:
            self._rows[name] = rows[name][order]
        kinds, first = np.unique(self._rows["kind"], return_index=True)
        ends = [*first[1:], rows.size]
        self._found = {int(kind): slice(*at) for kind, *at in zip(kinds, first, ends, strict=False)}  # no rows, no kind

    def of(self, kind: Kind) -> NDArray[np.void]:
        """Rows of one kind, with their draws."""
        chosen: NDArray[np.void] = self._rows[self._found.get(kind, slice(0))]
        return chosen

    def records(self, draw: int, part: int) -> list[Record]:
        """The records of one draw, as those of instrument `part`, in order of time."""
        return [
            Record(hour, _KINDS[kind], part, item, value, until)
            for hour, kind, item, value, until, _ in self.runs[draw].tolist()
        ]


class Ledger:
    """The records of many draws of one option, as columns."""

    def __init__(self, pages: Mapping[int, Pages], months: int) -> None:
        """`pages` by part number, of the same draws; EVERYBODY's among them. `months` is the horizon."""
        self.months = months
        self.draws = len(next(iter(pages.values())).runs)
        self._pages = pages

    def of(self, kind: Kind, part: int) -> NDArray[np.void]:
        """Rows of one kind of one instrument."""
        if part not in self._pages:
            return np.empty(0, ROW_OF_DRAW)
        return self._pages[part].of(kind)

    def records(self, draw: int) -> list[Record]:
        """All records of one draw by hour; within it what happens anyway first, then instrument by instrument."""
        found = [record for part in sorted(self._pages) for record in self._pages[part].records(draw, part)]
        return sorted(found, key=lambda record: record.hour)

    def items(self, kind: Kind, part: int) -> int:
        """How many items of that kind the busiest draw has."""
        rows = self.of(kind, part)
        return int(rows["item"].max()) + 1 if rows.size else 0

    def months_of(self, kind: Kind, part: int, items: int) -> Array:
        """Month of each item's event, [draw, item]; infinite where it never happened."""
        rows = self.of(kind, part)
        table = np.full((self.draws, items), np.inf)
        table[rows["draw"], rows["item"]] = rows["hour"] / HOURS_PER_MONTH
        return table

    def values_of(self, kind: Kind, part: int, items: int, missing: float = 0.0) -> Array:
        """Value of each item's event, [draw, item]."""
        rows = self.of(kind, part)
        table = np.full((self.draws, items), missing)
        table[rows["draw"], rows["item"]] = rows["value"]
        return table

    def monthly_by_item(self, kind: Kind, part: int, items: int, missing: float) -> Array:
        """Latest value of each item recorded in each month, [draw, item, month]."""
        rows = self.of(kind, part)
        table = np.full((self.draws, items, self.months), missing)
        table[rows["draw"], rows["item"], month_index(rows["hour"])] = rows["value"]
        return table


def month_index(hour: Array) -> NDArray[np.int64]:
    """Number of the month that an hour lies in; the first hour of a month belongs to it."""
    return np.floor(np.asarray(hour) / HOURS_PER_MONTH + np.finfo(float).eps * 1e6).astype(np.int64)


def overlap(start: Array, stop: Array, months: int) -> Array:
    """Part of each month that lies between `start` and `stop` (in months), [..., month]."""
    month = np.arange(months)
    inside = np.minimum(stop[..., None], month + 1)
    inside -= np.maximum(start[..., None], month)
    return np.clip(inside, 0, 1, out=inside)


def lifted(value: Array | float) -> Array:
    """A parameter, scalar or [draw, 1], made to broadcast over [draw, cohort, month]."""
    array = np.asarray(value, dtype=np.float64)
    return array[..., None] if array.ndim else array


def spread(amount: Array, start: Array, stop: Array, months: int) -> Array:
    """Amounts paid evenly from `start` to `stop`, summed over items: [draw, item] -> [draw, month]."""
    known = np.isfinite(start)
    begin, end = np.where(known, start, 0.0), np.where(known, stop, 1.0)
    rate = np.where(known, amount, 0.0) / np.maximum(end - begin, np.finfo(float).tiny)
    if (begin == begin[:1]).all() and (end == end[:1]).all():  # rounds at the same dates in every draw
        return np.asarray(np.einsum("di,im->dm", rate, overlap(begin[0], end[0], months)))
    return np.asarray(np.einsum("di,dim->dm", rate, overlap(begin, end, months)))


def settled(flow: Array, due: Array) -> Array:
    """`flow` [draw, month] with what of `due` [draw] is unpaid at the horizon paid in its last month.

    A commitment that outlives the horizon is still a cost: dropping it would let an option
    that pays late buy more than its budget.
    """
    paid = flow.copy()
    paid[:, -1] += np.maximum(due - flow.sum(axis=-1), 0.0)
    return paid


def placed(amount: Array, month: Array, months: int) -> Array:
    """Amounts booked in the month they fall in, summed over items: [draw, item] -> [draw, month]."""
    table = np.zeros((amount.shape[0], months))
    at = np.where(np.isfinite(month), month, months)
    index = month_index(at * HOURS_PER_MONTH)
    inside = index < months
    draw = np.broadcast_to(np.arange(amount.shape[0])[:, None], amount.shape)
    np.add.at(table, (draw[inside], index[inside]), amount[inside])
    return table


def at_month(path: Array, month: Array) -> Array:
    """The value of a monthly path in the month each event falls in, [draw, month] and [draw, item] -> [draw, item]."""
    index = month_index(np.where(np.isfinite(month), month, 0.0) * HOURS_PER_MONTH)
    return np.take_along_axis(np.broadcast_to(path, (len(month), path.shape[-1])), index, axis=-1)
