"""What is wrong with a scenario, told all at once, in sentences a person can act on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from math import inf
from typing import Any

from sim.units import words

MOST_FAULTS = 100  # nobody mends more in one go
LONGEST_SHOWN = 60  # characters of a value that a sentence repeats
_MOST_ITEMS = 6  # of a list that a sentence repeats
_COMMAS, _EXPONENTS = 10_000, 1e15  # from where on figures have commas, and up to where


class ScenarioError(ValueError):
    """Everything wrong with a scenario. `faults` holds one sentence each."""

    def __init__(self, origin: str, faults: list[str]) -> None:
        """`origin` is the file or the command the faults were found in."""
        self.origin = plain(origin)
        self.faults = faults
        text = faults[0] if len(faults) == 1 else "\n".join([f"{len(faults)} faults:", *(f"  - {f}" for f in faults)])
        super().__init__(f"{self.origin}: {text}")


@dataclass
class Problems:
    """Faults and warnings gathered while a scenario is read."""

    origin: str = "scenario"
    faults: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)

    def fault(self, path: str, text: str) -> None:
        """Something that keeps the scenario from being run; raises where there are too many to tell."""
        line = f"{path}: {text}"
        if line in self.faults:
            return
        self.faults.append(line)
        if len(self.faults) == MOST_FAULTS:
            raise ScenarioError(
                self.origin, [*self.faults, f"these are the first {MOST_FAULTS} faults; mend them first"]
            )

    def warn(self, path: str, text: str) -> None:
        """Something the reader of a result should know."""
        line = f"{path}: {text}"
        if line not in self.warnings:
            self.warnings.append(line)

    def settle(self) -> None:
        """Raise what was gathered, if there was a fault."""
        if self.faults:
            raise ScenarioError(self.origin, self.faults)


# --- the words of a sentence ---


def plain(text: str, longest: int = 200) -> str:
    """A text on one line that no terminal obeys: what cannot be printed is spelt out, the rest cut short.

    >>> plain("a" + chr(27) + "b")
    'a\\\\x1bb'
    """
    kept = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[: longest + 1])
    return kept if len(kept) <= longest else kept[: longest - 3] + "..."


def spot(*names: object) -> str:
    """The path of an entry; a whole number counts the entries of a list from 1.

    >>> spot("world", "cloud", "price_usd"), spot("option", 2, "key"), spot("", "a b")
    ('world.cloud.price_usd', 'option[2].key', "''.'a b'")
    """
    path = ""
    for name in names:
        if isinstance(name, int):
            path += f"[{name}]"
        else:
            text = str(name)
            bare = text.replace("_", "a").replace("-", "a").replace(".", "a").isalnum()
            path += ("." if path else "") + (plain(text, LONGEST_SHOWN) if bare else shown(text))
    return path


def shown(value: Any, depth: int = 0) -> str:
    """A value as the user would recognise it, cut short.

    >>> shown(10.0), shown(45e6), shown(True), shown([1, "a", [[]]]), shown({}), shown(10**5000)
    ('10.0', '45,000,000', 'true', "[1, 'a', [...]]", 'a table', 'a whole number of thousands of digits')
    """
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, list | tuple):
        if value and all(isinstance(item, dict) for item in value):
            return "a list of tables"
        if depth and any(isinstance(item, list | tuple) for item in value):
            return "[...]"
        items = [shown(item, depth + 1) for item in value[:_MOST_ITEMS]]
        return "[" + ", ".join(items + ["..."] * (len(value) > _MOST_ITEMS)) + "]"
    if isinstance(value, str):
        return repr(value) if len(value) <= LONGEST_SHOWN else repr(value[: LONGEST_SHOWN - 3]) + "..."
    try:
        text = figure(value) if isinstance(value, int | float) else repr(value)
    except ValueError:  # Python prints no whole number of more than 4,300 digits
        return "a whole number of thousands of digits"
    return text if len(text) <= LONGEST_SHOWN else text[: LONGEST_SHOWN - 3] + "..."


def figure(value: float) -> str:
    """A number as a person writes it; what may be a calendar year has no comma.

    >>> figure(2026), figure(1e7), figure(0.001), figure(0.1 + 0.2), figure(10.0), figure(1e300)
    ('2026', '10,000,000', '0.001', '0.30000000000000004', '10.0', '1e+300')
    """
    if isinstance(value, int):
        return f"{value:,}" if abs(value) >= _COMMAS else str(value)
    return f"{value:,.0f}" if _COMMAS <= abs(value) <= _EXPONENTS and value.is_integer() else repr(float(value))


def span(low: float, high: float, unit: str = "") -> str:
    """A range in words.

    >>> span(0, 1, "fraction"), span(1, 30)
    ('0 to 1 (share)', '1 to 30')
    """
    of = f" ({words(unit)})" if unit else ""
    if low == -inf and high == inf:
        return "any number" + of
    if high == inf:
        return f"{bound(low)} or more{of}"
    return f"{bound(high)} or less{of}" if low == -inf else f"{bound(low)} to {bound(high)}{of}"


def bound(value: float) -> str:
    """The end of a range.

    >>> bound(1000.0), bound(0.05), bound(1e-7)
    ('1,000', '0.05', '1e-07')
    """
    return f"{value:,.0f}" if value == int(value) and abs(value) <= _EXPONENTS else f"{value:,g}"


def listed(names: tuple[str, ...] | list[str], joint: str = "and") -> str:
    """Names as a sentence lists them.

    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return f" {joint} ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
