"""Maps of two numbers: who wins in each cell, and where that is too close to call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import numpy as np

from sim.comparison.evaluation import world_with
from sim.comparison.verdict import first_shares, paired
from sim.decision.case import Case
from sim.decision.sections.section import Section, Table
from sim.formatting import format_count
from sim.parameters import Array

SIDE = 9  # cells along each number
DRAWS = 128  # in each cell
MOST = 3  # maps
PAIRS = ((0, 1), (0, 2), (1, 2))  # of the numbers that move most


@dataclass(frozen=True)
class WinnerMap:
    """Winners over two numbers: values across and up [SIDE], winner and closeness by [up, across]."""

    across: str
    up: str
    across_values: Array
    up_values: Array
    winners: tuple[tuple[str, ...], ...]  # keys of options
    close: tuple[tuple[bool, ...], ...]  # whether a sign test does not part the best two

    def share(self, key: str) -> float:
        """Share of the cells that an option wins, those too close to call left out."""
        cells = [(w, c) for ws, cs in zip(self.winners, self.close, strict=True) for w, c in zip(ws, cs, strict=True)]
        return sum(winner == key and not close for winner, close in cells) / len(cells)

    @property
    def close_share(self) -> float:
        """Share of the cells that are too close to call."""
        return float(np.mean(self.close))


def winner_maps(case: Case) -> tuple[WinnerMap, ...]:
    """Maps of the pairs among the numbers that move the advantage most."""
    top = case.ranked
    return tuple(winner_map(case, top[one], top[other]) for one, other in PAIRS[:MOST] if other < len(top))


def winner_map(case: Case, across: str, up: str) -> WinnerMap:
    """The map of two numbers over their plausible ranges: the same worlds in every cell, all else as drawn."""
    draws = min(DRAWS, case.comparison.draws)
    xs, ys = (np.linspace(*case.ends(path), SIDE) for path in (across, up))
    rows = np.tile(np.arange(draws), SIDE * SIDE)
    values = {across: np.tile(np.repeat(xs, draws), SIDE), up: np.repeat(ys, SIDE * draws)}
    gains = case.gains(world_with(case.drawn.rows(rows), values), case.numbers[rows], case.contenders)
    cells = [judged(cell, case.contenders) for cell in gains.reshape(SIDE * SIDE, draws, -1)]
    lines = [cells[start : start + SIDE] for start in range(0, SIDE * SIDE, SIDE)]
    winners = tuple(tuple(winner for winner, _ in line) for line in lines)
    return WinnerMap(across, up, xs, ys, winners, tuple(tuple(close for _, close in line) for line in lines))


def judged(gains: Array, keys: Sequence[str]) -> tuple[str, bool]:
    """The option that is the best in most draws [draw, option], and whether it is too close to the next one."""
    columns = dict(zip(keys, gains.T, strict=True))
    shares = first_shares(columns, "higher")
    best, next_best = sorted(keys, key=lambda key: -shares[key])[:2]
    return best, paired(columns[best], columns[next_best], "higher").verdict != "better"


def section(case: Case, found: tuple[WinnerMap, ...]) -> Section:
    """A sentence for each map, and its cells as a table."""
    lines = [_sentence(case, each) for each in found]
    draws = min(DRAWS, case.comparison.draws)
    lines.append(
        f"{format_count(len(found), 'map')} of {SIDE} by {SIDE} cells, {draws} paired worlds in each, between the "
        "options of the question and others that are the best in a tenth of the worlds. "
        f"{', '.join(f'{letter}: {case.label(key)}' for key, letter in _letters(case).items())}; "
        "* marks a cell that is too close to call."
    )
    data = [{**vars(each), "shares": {key: each.share(key) for key in case.contenders}} for each in found]
    tables = tuple(_table(case, each) for each in found)
    return Section("maps", "Who wins where: maps of two numbers", tuple(lines), tables, data)


def _sentence(case: Case, each: WinnerMap) -> str:
    """The share of the cells that each option wins."""
    won = "; ".join(f"{case.label(key)} in {each.share(key):.0%}" for key in case.contenders).replace("%", " %")
    close = f"{each.close_share:.0%}".replace("%", " %")
    return (
        f"Over {case.words(each.across)} and {case.words(each.up)} the best is {won} of the cells; {close} are too "
        "close to call."
    )


def _letters(case: Case) -> dict[str, str]:
    """A letter for each option that may win a cell."""
    return dict(zip(case.contenders, ascii_uppercase, strict=False))


def _table(case: Case, each: WinnerMap) -> Table:
    """The winners, a row a value of the number that goes up, the highest first."""
    heads = (f"{each.up} \\ {each.across}", *(case.value_words(each.across, value) for value in each.across_values))
    letters = _letters(case)
    rows = [
        (case.value_words(each.up, value), *(letters[w] + "*" * c for w, c in zip(ws, cs, strict=True)))
        for value, ws, cs in zip(each.up_values, each.winners, each.close, strict=True)
    ]
    return Table(heads, tuple(reversed(rows)), words=len(heads))
