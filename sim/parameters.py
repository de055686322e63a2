"""The single declaration: a number, its unit, its ranges, its evidence and its help.

Every face of the model reads parameters from here: scenario files, `--set`,
sliders, sampling, documentation. A *plausible* range (`low`..`high`) is the
interval thought to hold the truth with 90 %: its ends are the 5 % and 95 %
quantiles of what is drawn, the default the median. It bounds sliders; values
outside it are taken with a warning. A *possible* range (`floor`..`ceiling`)
bounds everything; values outside it are refused and never drawn.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import Field, dataclass, field, fields, replace
from functools import cache
from math import inf
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from sim.sources import declared

Array = NDArray[np.float64]
Rows = slice | NDArray[np.int64]  # of an array [draw, 1]
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


How = Literal["published", "fit", "judgement"]
HOWS: dict[How, str] = {
    "published": "a source states the interval, and it was taken as it is",
    "fit": "the interval of a fit to data, or what several data sets span",
    "judgement": "the authors' judgement, from what the sources say or from nothing where there are none",
}
LOW_SHARE, HIGH_SHARE = 0.05, 0.95  # of the truth that is thought to lie below the ends of a plausible range
WIDE = 4.0  # times as high as low: from here on a range is a matter of factors, not of differences


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
    median: float | None = None  # of the draws, where a scenario sets no other: the default of a number
    how: How = "judgement"  # where low and high come from
    moves_with: tuple[str, float] | None = None  # (path of another parameter, rank correlation)
    choices: tuple[str, ...] = ()
    kind: str = "number"  # number | choice | switch | series
    main: bool = False  # shown on the dashboard's main panel
    may_be_empty: bool = False  # of a series: no number means that a distribution takes its place
    role: Role | None = None  # None in a declaration: the role of its group
    label: str = ""  # what people read, without the unit; empty: the words of the name
    choice_labels: tuple[str, ...] = ()  # what people read in the place of each choice; empty: the words of the choices

    @property
    def multiplies(self) -> bool:
        """True where the range is one of factors: nothing below zero is possible, high at least WIDE times low."""
        return self.low > 0 and self.floor >= 0 and self.high >= WIDE * self.low

    def interval(self, centre: float) -> tuple[float, float]:
        """The 5 % and 95 % quantiles around `centre`: the declared ones around the default.

        Around the value of a scenario they keep their proportions to it, or their distances where the range is not
        all positive: a scenario that knows a price better knows nothing about its spread. Draws are cut at `floor`
        and `ceiling` besides.
        """
        middle = centre if self.median is None else self.median
        if middle > 0 and min(self.low, centre) >= 0:
            return self.low * centre / middle, self.high * centre / middle
        return centre + self.low - middle, centre + self.high - middle

    def around(self, centre: float) -> Spec:
        """The declaration with its plausible range around a known value, where that is drawn; else as it is."""
        if self.kind != "number" or self.role != "uncertainty":
            return self
        low, high = (float(f"{end:.4g}") for end in self.interval(centre))  # more digits would not be read
        return replace(self, low=max(low, self.floor), high=min(high, self.ceiling))

    def quantile(self, centre: float, share: Array, own: tuple[float, float] | None = None) -> Array:
        """Draws at the probabilities `share`: two half distributions that meet at `centre`, which is their median.

        Each half runs through its end of `interval`, or of a scenario's `own` range, which holds `centre`: of a normal
        distribution, or of a log-normal one where the declared range is one of factors.
        """
        low, high = self.interval(centre) if own is None else own
        score = normal_scores(share) / float(normal_scores(np.array(HIGH_SHARE)))  # -1 at low, 1 at high
        if self.multiplies and min(centre, low) > 0:
            drawn = centre * np.where(score < 0, centre / low, high / centre) ** score
        else:
            drawn = centre + np.where(score < 0, centre - low, high - centre) * score
        return np.asarray(np.clip(drawn, self.floor, self.ceiling))


def param(
    default: float, unit: str, *, low: float, high: float, floor: float = -inf, ceiling: float = inf,
    how: How = "judgement", moves_with: tuple[str, float] | None = None,
    grade: str, source: str, help: str, main: bool = False, role: Role | None = None, label: str = "",
) -> Any:  # fmt: skip
    """Declare a number: a dataclass field that carries its `Spec`."""
    about = Spec(
        unit, low, high, grade, source, help, floor, ceiling, default, how, moves_with, main=main, role=role,
        label=label,
    )  # fmt: skip
    return field(default=default, metadata={"spec": about})


def choice(
    default: str, choices: tuple[str, ...], *, source: str, help: str, main: bool = False, role: Role | None = None,
    label: str = "", labels: tuple[str, ...] = (),
) -> Any:  # fmt: skip
    """Declare a word out of a short list; `labels` is what people read in the place of each."""
    about = Spec(
        "ratio", 0, 0, "-", source, help, choices=choices, kind="choice", main=main, role=role,
        label=label, choice_labels=labels,
    )  # fmt: skip
    return field(default=default, metadata={"spec": about})


def switch(
    default: bool, *, source: str, help: str, main: bool = False, role: Role | None = None, label: str = ""
) -> Any:
    """Declare a mechanism that is on or off."""
    about = Spec("ratio", 0, 1, "-", source, help, kind="switch", main=main, role=role, label=label)
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

    def __init_subclass__(cls, **settings: Any) -> None:
        """Declare parameters as the edition of this process does, in the place of the code: see `sim.sources`."""
        super().__init_subclass__(**settings)
        for name, item in list(vars(cls).items()):
            if isinstance(item, Field) and (said := declared().get(f"{cls.path()}.{name}")):
                setattr(cls, name, _redeclared(item, said))

    @classmethod
    def path(cls) -> str:
        """The name before the dot in the paths of its parameters: of the group, of the instrument, or of the class."""
        return cls.group or getattr(cls, "name", "") or cls.__name__.lower()

    @classmethod
    @cache
    def described(cls) -> tuple[tuple[str, Any, Spec], ...]:
        """(name, default, spec) of each parameter, in order of declaration."""
        return tuple((item.name, item.default, cls._spec(item)) for item in fields(cls) if "spec" in item.metadata)

    @classmethod
    @cache
    def names(cls) -> tuple[str, ...]:
        """Names of the parameters, in order of declaration."""
        return tuple(item.name for item in fields(cls) if "spec" in item.metadata)

    @classmethod
    def spec(cls, name: str) -> Spec:
        """The declaration of one parameter."""
        return cls._specs()[name]

    @classmethod
    @cache
    def _specs(cls) -> dict[str, Spec]:
        """Every declaration by name."""
        return {name: spec for name, _, spec in cls.described()}

    @classmethod
    def _spec(cls, item: Field[Any]) -> Spec:
        """The declaration behind a field, with the role of the group where it has none."""
        about: Spec = item.metadata["spec"]
        return about if about.role else replace(about, role=cls.role)

    def at(self, draw: int) -> Self:
        """The same group with the scalars of one draw."""
        chosen = {n: float(v[draw, 0]) for n in self.names() if isinstance(v := getattr(self, n), np.ndarray)}
        return replace(self, **chosen) if chosen else self

    def rows(self, index: Rows) -> Self:
        """The same group for the draws `index`."""
        chosen = {n: v[index] for n in self.names() if isinstance(v := getattr(self, n), np.ndarray)}
        return replace(self, **chosen) if chosen else self


def _redeclared(item: Field[Any], said: Mapping[str, Any]) -> Any:
    """A field with another default and other entries of its declaration; lists of JSON are tuples here."""
    values = {name: tuple(value) if isinstance(value, list) else value for name, value in said.items()}
    default = values.pop("default", item.default)
    return field(default=default, metadata={"spec": replace(item.metadata["spec"], **values)})


def normal_scores(share: Array) -> Array:
    """Standard normal value of each probability."""
    # Here and wherever else a library is imported in a function: it takes long, and most processes never come here.
    from scipy.special import ndtri

    return np.asarray(ndtri(share), dtype=np.float64)


def probabilities(score: Array) -> Array:
    """Probability of each standard normal value; inverse of `normal_scores`."""
    from scipy.special import ndtr

    return np.asarray(ndtr(score), dtype=np.float64)
