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
from sim.parameters import Array

TRAJECTORIES = 20
INDEXED = 12  # numbers with Sobol' indices
BASE = (1024, 2048)  # points from which Saltelli's are made: with few draws, with many
WIDEST = 0.2  # 95 % interval of a total index: 0.1 to either side
SHOWN = 15


@dataclass(frozen=True)
class Screening:
    """Effects of all `paths`, and indices of those that are `indexed`."""

    paths: tuple[str, ...]
    effects: Effects
    indexed: tuple[str, ...]
    indices: Indices | NotConverged | None  # None: the difference does not move
    of_ranks: Indices | NotConverged | None = None  # those of its ranks, where its own have not converged

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
    if not indexed:
        return Screening(case.names, effects, indexed, None)
    base = BASE[case.comparison.draws >= BASE[1]]
    values = _advantages(case, sobol_points(len(indexed), base, case.seed % 2**32), indexed)
    return Screening(case.names, effects, indexed, *indices(values, len(indexed), case.seed % 2**31))


def indices(
    values: Array, parameters: int, seed: int
) -> tuple[Indices | NotConverged | None, Indices | NotConverged | None]:
    """Indices of values at Saltelli's points; where those have not converged also those of their ranks.

    A few worlds far out hold most of the variance of a difference, and so of its error; ranks have no such worlds.
    """
    # Here, not above: it takes a third of a second to load.
    from scipy.stats import rankdata

    if not np.ptp(values):
        return None, None
    own = sobol_indices(values, parameters, seed, WIDEST)
    if isinstance(own, Indices):
        return own, None
    return own, sobol_indices(rankdata(values), parameters, seed, WIDEST)


def _advantages(case: Case, points: Array, paths: tuple[str, ...]) -> Array:
    """The difference at points of the unit cube."""
    return case.advantages(case.at(points, paths), np.zeros(len(points), dtype=np.int64))


def section(case: Case, found: Screening) -> Section:
    """The table of both, with the verdict on convergence."""
    shown = found.order[:SHOWN]
    first, second = map(case.label, case.pair)
    lines = [
        f"Morris: {TRAJECTORIES} trajectories over all {len(found.paths)} numbers drawn; mu* is the mean absolute "
        f"effect of a number's whole range on {first} less {second}, sigma its spread (interactions, curvature). "
        "Numbers that are drawn together with another move with it.",
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
    return Section(
        "sensitivity", "Morris' effects and Sobol' indices", tuple(lines), (Table(heads, rows),), _data(found)
    )


def _verdict(found: Screening) -> str:
    """What can be said of the Sobol' indices."""
    if found.indices is None:
        return "Sobol' indices: no number moves the difference."
    among = (
        f"Sobol' indices among the {len(found.indexed)} numbers with the largest effects, all others as in the scenario"
    )
    if isinstance(found.indices, Indices):
        return f"{among}: {_converged(found.indices, 'variance of the difference')}"
    own = f"{among}: {found.indices}; they are not shown."
    if not isinstance(found.of_ranks, Indices):
        return f"{own} Nor are those of the ranks of the difference, which have not converged either."
    return f"{own} Those of its ranks: {_converged(found.of_ranks, 'variance of the ranks')}"


def _converged(found: Indices, of: str) -> str:
    """How narrow the intervals are, and what the numbers explain alone."""
    alone = 100 * float(found.first.sum())
    return (
        f"converged, the widest 95 % interval of a total index is {found.widest:.2g} wide, under {found.limit:g}; "
        f"alone, without interactions, the numbers explain {alone:.0f} % of the {of}."
    )


def _index_cells(found: Screening, path: str) -> tuple[str, str]:
    """First and total index with their intervals; a dash where they are not known."""
    one = next((each for each in (found.indices, found.of_ranks) if isinstance(each, Indices)), None)
    if one is None or path not in found.indexed:
        return "–", "–"
    n = found.indexed.index(path)
    return (
        f"{one.first[n]:.2f} ± {one.first_half_width[n]:.2f}",
        f"{one.total[n]:.2f} ± {one.total_half_width[n]:.2f}",
    )


def _data(found: Screening) -> dict[str, object]:
    """Both as data; no index where they have not converged."""
    morris = [{"path": path, **{k: v[n] for k, v in vars(found.effects).items()}} for n, path in enumerate(found.paths)]
    named = {"difference": found.indices, "ranks": found.of_ranks}
    sobol = {
        of: {"converged": isinstance(each, Indices), **vars(each)} for of, each in named.items() if each is not None
    }
    return {"morris": morris, "sobol": {"paths": found.indexed, **sobol}}
