"""In which worlds the rarer verdict holds: boxes found by PRIM, as sentences."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sim.comparison.answer import percent
from sim.decision.case import Case
from sim.decision.prim import Box, Limit, boxes, inside_box
from sim.decision.sections.section import Section
from sim.formatting import join_words, upper_first

ONE_SIDED = 1.645  # standard errors, at 95 %
LEAST_CASES = 10  # worlds, below which nothing is sought


@dataclass(frozen=True)
class Discovery:
    """Boxes of the worlds in which one option of the question, the one better in fewer, is better."""

    winner: str  # key of that option
    cases: int
    draws: int
    boxes: tuple[Box, ...]
    coverage: float = 0.0  # share of the cases that are in any box


def discovery(case: Case) -> Discovery:
    """PRIM over all numbers drawn."""
    ahead, behind = case.advantage > 0, case.advantage < 0
    rarer, cases = (case.pair[0], ahead) if ahead.sum() <= behind.sum() else (case.pair[1], behind)
    count = int(cases.sum())
    enough = LEAST_CASES <= count < len(cases)
    if not enough:
        return Discovery(rarer, count, len(cases), ())
    found = tuple(box for box in boxes(case.x, cases, case.names) if holds(box, count, len(cases)))
    if not found:
        return Discovery(rarer, count, len(cases), ())
    held = np.any([inside_box(box, case.x, case.names) for box in found], axis=0)
    return Discovery(rarer, count, len(cases), found, float((cases & held).sum() / count))


def holds(box: Box, cases: int, draws: int) -> bool:
    """Whether a box has more of the cases than all draws have, also in the half of them that it was not made from."""
    usual = cases / draws
    error = np.sqrt(usual * (1 - usual) / max(box.mass_share * draws / 2, 1))
    return bool(box.held_out_density > usual + ONE_SIDED * error)


def section(case: Case, found: Discovery) -> Section:
    """A sentence a box, or why there is none."""
    name = case.label(found.winner)
    share = percent(found.cases / found.draws)
    if found.boxes:
        lines = [_sentence(case, found, box) for box in found.boxes]
        if len(found.boxes) > 1:
            lines.append(
                f"Together the boxes have {percent(found.coverage)} of the worlds in which {name} would be better."
            )
    elif found.cases < LEAST_CASES:
        lines = [
            f"{name} would be better in {share} of {found.draws:,} worlds drawn, {found.cases} in all: too few to "
            f"describe them by ranges (that takes {LEAST_CASES})."
        ]
    else:
        lines = [
            f"No ranges of a few numbers describe the {share} of {found.draws:,} worlds in which {name} would be "
            "better: what half of the draws suggests does not hold in the other half."
        ]
    data = {"winner": found.winner, "cases": found.cases, "boxes": [_data(box) for box in found.boxes]}
    return Section("boxes", "In which worlds the rarer verdict holds (PRIM)", tuple(lines), (), data)


def _sentence(case: Case, found: Discovery, box: Box) -> str:
    """The box with coverage and density, and the density in draws that it was not made from."""
    where = join_words([_limit(case, limit) for limit in box.limits])
    return upper_first(
        f"{case.label(found.winner)} would be better where {where}: {percent(box.coverage)} of the worlds in which it "
        f"would be, {percent(box.density)} of the worlds in that box are such ({percent(box.held_out_density)} in "
        f"draws held out), and the box has {percent(box.mass_share)} of all."
    )


def _limit(case: Case, limit: Limit) -> str:
    """One number's part of a box."""
    name = case.words(limit.parameter)
    low, high = (end if end is None else case.value_words(limit.parameter, end) for end in (limit.low, limit.high))
    if low is not None and high is not None:
        return f"{name} is between {low} and {high}"
    return f"{name} is above {low}" if high is None else f"{name} is below {high}"


def _data(box: Box) -> dict[str, object]:
    """A box as data."""
    return {**vars(box), "limits": [vars(limit) for limit in box.limits]}
