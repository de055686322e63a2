"""The functions of the response surface: fitted to the rows of one discipline, with their error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from sim.queue.jobs import Reals
from sim.queue.surface.axes import ANSWERS, AXES, BY_JOBS, DESIGN, LATTICE, LOAD, LOADS, STATISTICS, transformed
from sim.queue.surface.curves import Curves

MOST_LATTICES = 64  # kinds of jobs whose lattices are kept
SMOOTHING = 0.03  # of the cubic functions: near the least cross-validated error of all answers
COVERED = 0.9  # share of the rows left out that the error covers
NEIGHBOURS = 100  # rows with the nearest answers, by which the error of an answer is known


class Surface:
    """What the queue gave under one discipline."""

    def __init__(self, table: Iterable[Mapping[str, str]]) -> None:
        """Fit the functions to the rows of the table that are of the design."""
        design = [row for row in table if row["role"] == DESIGN]
        self._columns = {name: np.array([float(row[name]) for row in design]) for name in (*AXES, *STATISTICS)}
        self._points = placed(self._columns | {LOAD: self._columns["brought"]})
        self._answers = np.stack([transformed(name, self._columns[name]) for name in ANSWERS], axis=1)
        self._misses = np.array([[float(row[f"{name}_miss"] or "nan") for name in ANSWERS] for row in design])

    @cached_property
    def _model(self) -> Any:
        return fitted(self._points, self._answers)

    def left_out(self, folds: int = 10) -> Reals:
        """By how much the surface misses each row when a tenth of the rows is left out [row, answer], transformed."""
        misses = np.empty_like(self._answers)
        for fold in range(folds):
            out = np.arange(len(misses)) % folds == fold
            model = fitted(self._points[~out], self._answers[~out])
            misses[out] = model(self._points[out]) - self._answers[out]
        return misses

    def at(self, settings: Mapping[str, Reals]) -> Reals:
        """Answers [point, answer], transformed, at values of every axis [point]; outside them the nearest inside.

        A machine larger than any of the design counts as the largest: some rules take too long for large ones.
        """
        largest = np.minimum(settings["machine_jobs"], self._columns["machine_jobs"].max())
        points = placed({**settings, "machine_jobs": largest})
        with one_thread():
            return np.asarray(self._model(points))

    def curves(self, settings: Mapping[str, Reals]) -> Curves:
        """Curves over the load of machines whose other settings are these [machine]."""
        return Curves(self.lattice, settings)

    @lru_cache(maxsize=MOST_LATTICES)  # noqa: B019 -- surfaces live as long as the process
    def lattice(self, mean_gpus: float, wall_limit_hours: float) -> Any:
        """Answers for jobs of one kind, transformed, as a function of parts of the axes of LATTICE [machine, axis].

        Linear between the nodes of a lattice: thousands of draws are read in no more time than one.
        """
        from scipy.interpolate import RegularGridInterpolator

        nodes = [np.linspace(0, 1, count) for count in LATTICE.values()]
        scales = [[AXES[name].value(part) for part in parts] for name, parts in zip(LATTICE, nodes, strict=True)]
        points = (np.ravel(each) for each in np.meshgrid(*scales, LOADS, indexing="ij"))
        jobs = dict(zip(BY_JOBS, np.array([mean_gpus, wall_limit_hours]), strict=True))
        found = self.at(dict(zip((*LATTICE, LOAD), points, strict=True)) | jobs)
        shape = (*(len(each) for each in nodes), len(LOADS), len(ANSWERS))
        return RegularGridInterpolator(nodes, found.reshape(shape), method="linear")

    def error(self, answer: str, scaled: Reals | float) -> Reals:
        """Error of an answer, transformed: it covers nine in ten of the rows with the nearest answers when left out."""
        found = self._errors[answer]
        return np.asarray(np.interp(scaled, *found))

    @cached_property
    def _errors(self) -> dict[str, tuple[Reals, Reals]]:
        """Answers in ascending order, and the error around each [point], by answer."""
        errors = {}
        for n, name in enumerate(ANSWERS):
            order = np.argsort(self._answers[:, n] + self._misses[:, n], kind="stable")
            said, miss = (self._answers[:, n] + self._misses[:, n])[order], np.abs(self._misses[:, n])[order]
            width = min(NEIGHBOURS, len(miss))
            around = np.lib.stride_tricks.sliding_window_view(miss, width)
            centre = said[width // 2 : width // 2 + len(around)]
            errors[name] = (centre, np.quantile(around, COVERED, axis=1))
        return errors


def placed(settings: Mapping[str, Reals]) -> Reals:
    """Points of the surface [point, axis]: parts of the axes, none outside, each stretched by how much it matters."""
    parts = [np.clip(axis.part(settings[name]), 0, 1) * axis.stretch for name, axis in AXES.items()]
    return np.stack(np.broadcast_arrays(*parts), axis=1)


def fitted(points: Reals, answers: Reals) -> Any:
    """Cubic radial basis functions on a plane, smoothed, through answers [point, answer] at points [point, axis]."""
    # Here, not above: SciPy takes longer to load than a scenario to check.
    from scipy.interpolate import RBFInterpolator

    with one_thread():
        return RBFInterpolator(points, answers, kernel="cubic", degree=1, smoothing=SMOOTHING)


def one_thread() -> AbstractContextManager[Any]:
    """Linear algebra on one thread, as long as this lasts: with several, the last digit depends on how many they are.

    Their number is another on every machine, and under every batch system.
    """
    from threadpoolctl import threadpool_limits

    found: AbstractContextManager[Any] = threadpool_limits(limits=1, user_api="blas")
    return found
