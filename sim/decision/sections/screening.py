"""Which numbers matter, alone and together: Morris' effects of all that are drawn, Sobol' indices of the largest."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.decision.case import Case
from sim.decision.sections.section import Section, Table, number, unit
from sim.decision.sensitivity import (
    Effects,
    Indices,
    NotConverged,
    morris_effects,
    morris_points,
    sobol_indices,
    sobol_points,
)

TRAJECTORIES = 20
INDEXED = 12  # numbers with Sobol' indices
MOST_BASE = 1024  # points from which Saltelli's are made
WIDEST = 0.2  # 95 % interval of a total index: 0.1 to either side
SHOWN = 15


@dataclass(frozen=True)
class Screening:
    """Effects of all `paths`, and indices of those that are `indexed`."""

    paths: tuple[str, ...]
    effects: Effects
    indexed: tuple[str, ...]
    indices: Indices | NotConverged | None  # None: the difference does not move

    @property
    def order(self) -> tuple[int, ...]:
        """Places of the paths, the largest mean absolute effect first."""
        return tuple(np.argsort(-self.effects.mean_absolute, kind="stable").tolist())


def screening(case: Case) -> Screening:
    """Both methods on the difference of the two options, in months that are all average."""
    points = morris_points(len(case.names), TRAJECTORIES, case.seed % 2**32)
    effects = morris_effects(points, _advantages(case, points, case.names), case.seed % 2**32)
    order = np.argsort(-effects.mean_absolute, kind="stable")
    indexed = tuple(case.names[n] for n in order[:INDEXED] if effects.mean_absolute[n] > 0)
    return Screening(case.names, effects, indexed, _indices(case, indexed))


def _indices(case: Case, paths: tuple[str, ...]) -> Indices | NotConverged | None:
    """Sobol' indices of a few numbers, from as many points as there are draws, at most MOST_BASE."""
    if not paths:
        return None
    base = min(MOST_BASE, 2 ** int(np.log2(case.comparison.draws)))
    points = sobol_points(len(paths), base, case.seed % 2**32)
    return sobol_indices(_advantages(case, points, paths), len(paths), case.seed % 2**31, WIDEST)


def _advantages(case: Case, points: np.ndarray, paths: tuple[str, ...]) -> np.ndarray:
    """The difference at points of the unit cube."""
    return case.advantages(case.at(points, paths), np.zeros(len(points), dtype=np.int64))


def section(case: Case, found: Screening) -> Section:
    """The table of both, with the verdict on convergence."""
    shown = found.order[:SHOWN]
    first, second = map(case.label, case.pair)
    lines = [
        f"Morris: {TRAJECTORIES} trajectories over all {len(found.paths)} numbers drawn; mu* is the mean absolute effect "
        f"of a number's whole range on {first} less {second}, sigma its spread (interactions, curvature).",
        _verdict(found),
    ]
    heads = ("Number", f"mu* ({unit(case)})", "95 % interval", "sigma", "First index", "Total index")
    rows = tuple(
        (
            case.words(found.paths[n]),
            number(case, found.effects.mean_absolute[n]),
            f"± {number(case, found.effects.half_width[n])}",
            number(case, found.effects.spread[n]),
            *_index_cells(found, found.paths[n]),
        )
        for n in shown
    )
    return Section("sensitivity", "Morris' effects and Sobol' indices", tuple(lines), (Table(heads, rows),), _data(found))


def _verdict(found: Screening) -> str:
    """What can be said of the Sobol' indices."""
    if found.indices is None:
        return "Sobol' indices: no number moves the difference."
    among = f"the {len(found.indexed)} numbers with the largest effects, all others as in the scenario"
    if isinstance(found.indices, NotConverged):
        return f"Sobol' indices of {among}: {found.indices}; they are not shown."
    return (
        f"Sobol' indices of {among}: converged, the widest 95 % interval of a total index is "
        f"{found.indices.widest:.2g} wide, under {found.indices.limit:g}; alone they explain "
        f"{100 * float(found.indices.first.sum()):.0f} % of the variance."
    )


def _index_cells(found: Screening, path: str) -> tuple[str, str]:
    """First and total index with their intervals; a dash where they are not known."""
    if not isinstance(found.indices, Indices) or path not in found.indexed:
        return "–", "–"
    n, one = found.indexed.index(path), found.indices
    return (
        f"{one.first[n]:.2f} ± {one.first_half_width[n]:.2f}",
        f"{one.total[n]:.2f} ± {one.total_half_width[n]:.2f}",
    )


def _data(found: Screening) -> dict[str, object]:
    """Both as data; no index where they have not converged."""
    morris = [{"path": path, **{k: v[n] for k, v in vars(found.effects).items()}} for n, path in enumerate(found.paths)]
    sobol: dict[str, object] = {"paths": found.indexed, "converged": isinstance(found.indices, Indices)}
    if found.indices is not None:
        sobol |= vars(found.indices)
    return {"morris": morris, "sobol": sobol}
