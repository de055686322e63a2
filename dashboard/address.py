"""The address of a page: its state as parameters that read like the command line, and back again.

`?scenario=nairr_us&set=cloud.price_usd=3&draws=256&seed=1`. A second scenario follows under the same names with
`versus` before them. What an address says wrong is left out, and said; the rest is taken.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard import words
from dashboard.state import AS_NEEDED, LARGEST_SEED, Pair, Side, State, rounded
from sim.comparison.run import MOST_DRAWS
from sim.formatting import nearest_name, short_repr
from sim.mechanisms.appraisal import profiles
from sim.mechanisms.sampling import KINDS
from sim.outcomes import BY_NAME
from sim.releases.marks import Mark

Query = dict[str, list[str]]
_NUMBER = re.compile(r"-?\d{1,9}(\.\d{1,9})?(e[+-]?\d{1,2})?", re.ASCII)  # finite, whatever its digits are

# What is the file's own: an address changes numbers and choices, and puts no words into the mouth of the page.
NOT_OF_AN_ADDRESS = (
    "title", "question", "country", "currency", "price_year", "usd_per_currency", "fixed", "ranges", "label",
    "modelled", "not_modelled", "sources",
)  # fmt: skip
LARGEST = 1e300  # a number beyond which no range ends
MOST_UNKNOWN = 5  # that are named
MOST_CHANGES = 200  # in an address: all controls of all pages are fewer
LONGEST = 2_000  # letters of a value
VERSUS = "versus"
OF_A_SIDE = ("set", "fix", "range")
OF_THE_PAGE = ("scenario", "draws", "draw", "queue", "seed", "profile", "between", "outcome", "moving", "lang")
OF_THE_MODEL = ("model", "found")  # with which model the address was made, and what it found; see `aged`
NAMES = (*OF_THE_PAGE, *OF_A_SIDE, VERSUS, *(f"{VERSUS}-{name}" for name in OF_A_SIDE), *OF_THE_MODEL)


# --- from a state ---


def query(state: State) -> Query:
    """The parameters of a state: the scenario, and all that is not as usual."""
    usual, first = State(), state.sides[0]
    found: Query = {"scenario": [first.scenario], **_of_side(first, "")}
    if len(state.sides) > 1:
        found |= {VERSUS: [state.sides[1].scenario], **_of_side(state.sides[1], f"{VERSUS}-")}
    texts = {
        "moving": VERSUS if state.active else "",
        "draws": "" if state.draws is AS_NEEDED else str(state.draws),
        "draw": "" if state.draw == usual.draw else state.draw,
        "queue": "" if state.queue else "off",
        "seed": "" if state.seed == usual.seed else str(state.seed),
        "profile": state.profile,
        "between": ",".join((state.pair.first, state.pair.second)).strip(","),
        "outcome": state.pair.outcome,
        "lang": "" if state.language == usual.language else state.language,
    }
    return found | {name: [text] for name, text in texts.items() if text}


def _of_side(side: Side, before: str) -> Query:
    """What was changed in one scenario; a number that is set and taken as known is one `fix`."""
    both = {path: value for path, value in side.settings.items() if path in side.known}
    found = {
        "set": [f"{path}={words.value_text_of(value)}" for path, value in side.settings.items() if path not in both],
        "fix": [
            f"{path}={words.value_text_of(side.settings[path])}" if path in both else path
            for path in sorted(side.known)
        ],
        "range": [
            f"{path}={words.value_text_of(low)}:{words.value_text_of(high)}"
            for path, (low, high) in side.ranges.items()
        ],
    }
    return {f"{before}{name}": texts for name, texts in found.items() if texts}


# --- to a state ---


@dataclass(frozen=True)
class Read:
    """A state from an address, and a sentence on each part of it that was left out."""

    state: State
    faults: tuple[str, ...] = ()
    model: str = ""  # the mark of the model with which the address was made
    found: str = ""  # what it showed then, a number
    asked: tuple[Side, ...] = ()  # as the address has them, whatever is accepted of them today


def language(given: Mapping[str, Sequence[str]]) -> str:
    """The language that an address asks for; the first of ours where it asks for none, or for one that is none."""
    asked = (given.get("lang") or [""])[-1]
    return asked if asked in words.LANGUAGES else words.LANGUAGES[0]


def read(given: Mapping[str, Sequence[str]], accept: Callable[[Side], tuple[Side, list[str]]]) -> Read:
    """The state that an address asks for.

    `accept` checks a side against its scenario: what it accepts of it, and a sentence on what it does not.
    """
    unknown = [name for name in given if name not in NAMES]
    faults = [_unknown(name) for name in unknown[:MOST_UNKNOWN]]
    if len(unknown) > MOST_UNKNOWN:
        faults.append(words.UNKNOWN_MORE.format(count=f"{len(unknown) - MOST_UNKNOWN:,}"))
    faults += [
        words.NO_VERSUS.format(name=name) for name in given if name.startswith(f"{VERSUS}-") and VERSUS not in given
    ]
    reader = _Reader(given, faults)
    sides = [reader.side("scenario", "")]
    if VERSUS in given:
        sides.append(reader.side(VERSUS, f"{VERSUS}-"))
    accepted = []
    for name, side in zip(("", VERSUS), sides, strict=False):
        found, more = accept(side)
        accepted.append(found)
        faults += [f"{name}: {fault.removeprefix('scenario: ')}" for fault in more] if name else more
    state = State(
        sides=tuple(accepted),
        active=int(len(accepted) > 1 and reader.one("moving") == VERSUS),
        draws=reader.number("draws", 0, MOST_DRAWS),
        draw=reader.choice("draw", KINDS),
        queue=reader.choice("queue", ("on", "off")) == "on",
        seed=State().seed if (seed := reader.number("seed", 0, LARGEST_SEED)) is None else seed,
        profile=reader.choice("profile", ("", *profiles())),
        pair=reader.pair(),
        language=reader.choice("lang", words.LANGUAGES),
    )
    mark, margin = reader.mark(), reader.margin()
    return Read(state, tuple(faults), mark, margin, tuple(sides))


def _unknown(name: str) -> str:
    """The sentence on a parameter that no address has."""
    near = nearest_name(name, NAMES)
    return words.UNKNOWN_PARAMETER.format(name=short_repr(name), near=words.near(near))


@dataclass(frozen=True)
class _Reader:
    """The parameters of an address, and where their faults go."""

    given: Mapping[str, Sequence[str]]
    faults: list[str]

    def one(self, name: str) -> str:
        """The last text of a parameter, empty where it has none."""
        texts = self.given.get(name) or [""]
        return texts[-1] if len(texts[-1]) <= LONGEST else ""

    def number(self, name: str, low: int, high: int) -> int | None:
        """A whole number in a range; None where there is none, or it is not one."""
        text = self.one(name)
        if not text:
            return None
        if text.isascii() and text.isdigit() and low <= int(text[:20]) <= high:
            return int(text)
        self.faults.append(words.NOT_WHOLE.format(name=name, text=short_repr(text), low=low, high=high))
        return None

    def choice(self, name: str, choices: Sequence[str]) -> Any:
        """One of several words, the first where the address has none of them."""
        text = self.one(name)
        if text and text not in choices:
            near = words.near(nearest_name(text, choices))
            known = ", ".join(filter(None, choices))
            self.faults.append(words.NO_CHOICE.format(name=name, text=short_repr(text), choices=known, near=near))
        return text if text in choices else choices[0]

    def pair(self) -> Pair:
        """The two options and the outcome that are looked at; whether there are such options the scenario says."""
        first, _, second = self.one("between").partition(",")
        outcome = self.one("outcome")
        if outcome and outcome not in BY_NAME:
            near = words.near(nearest_name(outcome, BY_NAME))
            self.faults.append(words.NO_SUCH_OUTCOME.format(text=short_repr(outcome), near=near))
            outcome = ""
        return Pair(first.strip(), second.strip(), outcome)

    def mark(self) -> str:
        """The mark of a model, empty where there is none."""
        text = self.one("model")
        if text and Mark.of(text) is None:
            self.faults.append(words.AGED_NO_MARK.format(text=short_repr(text)))
        return text if Mark.of(text) else ""

    def margin(self) -> str:
        """The number that was found, as it was written; empty where there is none."""
        text = self.one("found")
        if text and not _NUMBER.fullmatch(text):
            self.faults.append(words.AGED_NO_NUMBER.format(text=short_repr(text)))
        return text if _NUMBER.fullmatch(text) else ""

    def side(self, name: str, before: str) -> Side:
        """A scenario and what is changed in it, unchecked."""
        settings: dict[str, Any] = {}
        known, ranges = [], {}
        for path, text in self._pairs(f"{before}set"):
            settings[path] = parsed(text)
        for path, text in self._pairs(f"{before}fix", bare=True):
            known.append(path)
            if text and path in settings:
                self.faults.append(words.TWICE.format(name=f"{before}set, {before}fix", path=path))
            elif text:
                settings[path] = parsed(text)
        for path, text in self._pairs(f"{before}range"):
            low, _, high = text.partition(":")
            ends = parsed(low), parsed(high)
            if all(isinstance(end, int | float) and not isinstance(end, bool) and abs(end) < LARGEST for end in ends):
                ranges[path] = (float(ends[0]), float(ends[1]))
            else:
                self.faults.append(words.NO_RANGE.format(path=path, text=short_repr(text)))
        return Side(self.one(name) or Side().scenario, settings, frozenset(known), ranges)

    def _pairs(self, name: str, bare: bool = False) -> list[tuple[str, str]]:
        """Paths and texts of a parameter that can stand more than once."""
        texts = list(self.given.get(name, ()))
        if len(texts) > MOST_CHANGES:
            self.faults.append(words.TOO_MANY.format(name=name, most=MOST_CHANGES, count=f"{len(texts):,}"))
            texts = []
        found: list[tuple[str, str]] = []
        for text in texts:
            path, equals, value = (part.strip() for part in text.partition("="))
            if not path or not (equals or bare) or len(text) > LONGEST:
                self.faults.append(words.NO_PAIR.format(name=name, text=short_repr(text[:LONGEST])))
            else:
                while path.startswith("world."):
                    path = path.removeprefix("world.")
                if before_point(path) in NOT_OF_AN_ADDRESS:
                    self.faults.append(words.NOT_IN_ADDRESS.format(path=path))
                elif path in {other for other, _ in found}:
                    self.faults.append(words.TWICE.format(name=name, path=path))
                else:
                    found.append((path, value))
        return found


def before_point(path: str) -> str:
    """The entry of the file that a path is about: of an option's label the label."""
    return "label" if path.endswith(".label") else path.partition(".")[0]


def parsed(text: str) -> Any:
    """A value as TOML reads it, a bare word as text.

    >>> parsed("3"), parsed("need"), parsed("[1, 2]"), parsed("true")
    (3, 'need', [1, 2], True)
    """
    try:
        return rounded(tomllib.loads(f"value = {text}")["value"]) if "\n" not in text else text
    except (tomllib.TOMLDecodeError, RecursionError):
        return text
