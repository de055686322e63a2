"""The single declaration: a number, its unit, its ranges, its evidence and its help.

Every face of the model reads parameters from here: scenario files, `--set`,
sliders, sampling, documentation. A *plausible* range (`low`..`high`) bounds
sliders and sampling; values outside it are taken with a warning. A *possible*
range (`floor`..`ceiling`) bounds everything; values outside it are refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import Field, dataclass, field, fields, replace
from math import inf, log
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
GRADES = {
    "A": "measured or official",
    "B": "published estimate or a single trace",
    "C": "vendor, blog or secondary report",
    "D": "assumed: no evidence found",
    "-": "a choice, not a fact",
}
Role = Literal["uncertainty", "design", "setting"]
ROLES: dict[Role, str] = {
    "uncertainty": "a state of the world, drawn from its range",
    "design": "a choice of the policy maker",
    "setting": "a setting of the study: what is counted and how, and what is off until it is set",
}


@dataclass(frozen=True, slots=True)
class LogNormal:
    """A right-skewed spread given by its median and 90th percentile, as overruns have."""

    median: float
    p90: float

    def quantile(self, median: float, share: Array, low: float, high: float) -> Array:
        """Value below which `share` of the draws lie, cut at `low` and `high`.

        `median` is the declared one unless a scenario knows better; the relative spread stays.
        """
        spread = log(self.p90 / self.median) / float(normal_scores(np.array(0.9)))
        return np.asarray(np.clip(median * np.exp(spread * normal_scores(share)), low, high))


@dataclass(frozen=True, slots=True)
class Spec:
    """The declaration of a parameter: what a reader must know before trusting it."""

    unit: str
    low: float
    high: float
    grade: str
    source: str  # keys of data/sources.toml, fact rows, or "assumption: why"
    help: str
    floor: float = -inf
    ceiling: float = inf
    spread: LogNormal | None = None
    moves_with: tuple[str, float] | None = None  # (path of another parameter, rank correlation)
    choices: tuple[str, ...] = ()
    kind: str = "number"  # number | choice | switch | series
    main: bool = False  # shown on the dashboard's main panel
    may_be_empty: bool = False  # of a series: no number means that a distribution takes its place
    role: Role | None = None  # None in a declaration: the role of its group

    def quantile(self, centre: float, share: Array) -> Array:
        """Draws at the probabilities `share`; `centre` is their median, whatever the ranges.

        Half of the draws lie on either side of the default, so that a lopsided range does not pull all draws away from
        the central case. Grade decides the shape on each side: thinning out towards the end of the range where there is
        evidence (A, B), even where the number is assumed (C, D).
        """
        if self.spread is not None:
            return self.spread.quantile(centre, share, self.floor, self.ceiling)
        low, high = min(self.low, centre), max(self.high, centre)
        distance = np.abs(2 * share - 1)  # how far out in its half, 0 to 1
        if self.grade in "AB":
            distance = 1 - np.sqrt(1 - distance)
        return np.where(share < 0.5, centre - distance * (centre - low), centre + distance * (high - centre))


def param(
    default: float, unit: str, *, low: float, high: float, floor: float = -inf, ceiling: float = inf,
    spread: LogNormal | None = None, moves_with: tuple[str, float] | None = None,
    grade: str, source: str, help: str, main: bool = False, role: Role | None = None,
) -> Any:  # fmt: skip
    """Declare a number: a dataclass field that carries its `Spec`."""
    about = Spec(unit, low, high, grade, source, help, floor, ceiling, spread, moves_with, main=main, role=role)
    return field(default=default, metadata={"spec": about})


def choice(
    default: str, choices: tuple[str, ...], *, source: str, help: str, main: bool = False, role: Role | None = None
) -> Any:
    """Declare a word out of a short list."""
    about = Spec("ratio", 0, 0, "-", source, help, choices=choices, kind="choice", main=main, role=role)
    return field(default=default, metadata={"spec": about})


def switch(default: bool, *, source: str, help: str, main: bool = False, role: Role | None = None) -> Any:
    """Declare a mechanism that is on or off."""
    about = Spec("ratio", 0, 1, "-", source, help, kind="switch", main=main, role=role)
    return field(default=default, metadata={"spec": about})


def series(
    default: tuple[float, ...], unit: str, *, low: float, high: float, floor: float = -inf, ceiling: float = inf,
    may_be_empty: bool = False, source: str, help: str, role: Role | None = None,
) -> Any:  # fmt: skip
    """Declare a short list of numbers, such as order months; ranges hold for each of them."""
    about = Spec(
        unit, low, high, "-", source, help, floor, ceiling, kind="series", may_be_empty=may_be_empty, role=role
    )
    return field(default=default, metadata={"spec": about})


@dataclass(frozen=True, kw_only=True)
class Parameters:
    """Base of every group of parameters: frozen and self-describing.

    Values are scalars in a scenario and in one run of the calendar; in a sampled
    world the uncertain ones are arrays [draw, 1], which broadcast over months.
    """

    group: ClassVar[str] = ""
    about: ClassVar[str] = ""
    role: ClassVar[Role] = "uncertainty"  # of what declares none of its own

    @classmethod
    def described(cls) -> Iterator[tuple[str, Any, Spec]]:
        """(name, default, spec) of each parameter, in order of declaration."""
        for item in fields(cls):
            if "spec" in item.metadata:
                yield item.name, item.default, cls._spec(item)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """Names of the parameters, in order of declaration."""
        return tuple(item.name for item in fields(cls) if "spec" in item.metadata)

    @classmethod
    def spec(cls, name: str) -> Spec:
        """The declaration of one parameter."""
        return cls._spec(next(item for item in fields(cls) if item.name == name))

    @classmethod
    def _spec(cls, item: Field[Any]) -> Spec:
        """The declaration behind a field, with the role of the group where it has none."""
        about: Spec = item.metadata["spec"]
        return about if about.role else replace(about, role=cls.role)

    def at(self, draw: int) -> Self:
        """The same group with the scalars of one draw."""
        chosen = {n: float(v[draw, 0]) for n in self.names() if isinstance(v := getattr(self, n), np.ndarray)}
        return replace(self, **chosen) if chosen else self

    def between(self, start: int, stop: int) -> Self:
        """The same group for draws `start` to `stop` - 1."""
        chosen = {n: v[start:stop] for n in self.names() if isinstance(v := getattr(self, n), np.ndarray)}
        return replace(self, **chosen) if chosen else self


def normal_scores(share: Array) -> Array:
    """Standard normal value of each probability."""
    # Here and wherever else a library is imported in a function: it takes long, and most processes never come here.
    from scipy.special import ndtri

    return np.asarray(ndtri(share), dtype=np.float64)


def probabilities(score: Array) -> Array:
    """Probability of each standard normal value; inverse of `normal_scores`."""
    from scipy.special import ndtr

    return np.asarray(ndtr(score), dtype=np.float64)
