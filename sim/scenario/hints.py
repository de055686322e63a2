"""Names that do not exist: what was probably meant."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from functools import cache

from sim.instruments import INSTRUMENTS, Instrument
from sim.mechanisms.world import World
from sim.parameters import Parameters
from sim.scenario.problems import listed, plain, shown

_MOST_LISTED = 20
_LONGEST = 60  # a longer name is no slip of the pen
_CLOSE = 0.6  # similarity of a slip, by difflib's measure
_CLOSER, _VERY_CLOSE = 0.8, 0.9  # where a name at home in another place may be meant


def nearest(name: object, known: Iterable[str], cutoff: float = _CLOSE) -> str | None:
    """The known name most like `name`, whatever its capitals and hyphens; None where none is.

    Half a name ('price' for 'price_usd') is taken for the whole where nothing is closer.

    >>> nearest("Life-Year", ["life_years", "refresh"]), nearest("price", ["price_usd"])
    ('life_years', 'price_usd')
    """
    by_folded = {folded(each): each for each in known}
    wanted = folded(str(name)[: _LONGEST + 1])
    if not wanted or len(wanted) > _LONGEST:
        return None
    found = get_close_matches(wanted, by_folded, n=1, cutoff=cutoff)
    if not found and cutoff <= _CLOSE:
        halves = [each for each in by_folded if each.startswith(wanted + "_") or wanted.startswith(each + "_")]
        found = sorted(halves, key=len)
    return by_folded[found[0]] if found else None


def folded(name: str) -> str:
    """A name without the differences that people overlook."""
    return name.casefold().replace("-", "_").replace(" ", "_")


def unknown(kind: str, name: object, known: Iterable[str]) -> str:
    """Sentence for a name that does not exist, with the nearest that does.

    >>> unknown("lever", "life_year", ["life_years", "refresh"])
    "no lever 'life_year'; did you mean 'life_years'?"
    """
    names = sorted(known)
    if near := nearest(name, names):
        return f"no {kind} {shown(name)}; did you mean {near!r}?"
    more = ", ..." if len(names) > _MOST_LISTED else ""
    return f"no {kind} {shown(name)}; there are: {', '.join(names[:_MOST_LISTED])}{more}"


@cache
def homes() -> dict[str, tuple[str, ...]]:
    """Where each parameter and lever is at home, by its name."""
    found: dict[str, list[str]] = {}
    for group, kind in World.kinds().items():
        for name in kind.names():
            found.setdefault(name, []).append(f"world.{group}.{name}")
    for instrument, lever_kind in INSTRUMENTS.items():
        for name in lever_kind.names():
            found.setdefault(name, []).append(f"{name} in an [[option]] with instrument = {instrument!r}")
    return {name: tuple(places) for name, places in found.items()}


def elsewhere(name: str, cutoff: float = 1.0) -> str:
    """'did you mean ...?' where the name, or one as like it as `cutoff`, is at home in another place; else nothing."""
    near = name if name in homes() else nearest(name, homes(), cutoff)
    return f"did you mean {listed(homes()[near], 'or')}?" if near else ""


def no_parameter(name: str, kind: type[Parameters]) -> str:
    """Sentence for a parameter that its group or instrument does not have."""
    word = "lever" if issubclass(kind, Instrument) else "parameter"
    own = nearest(name, kind.names(), _CLOSER)
    if (own is None or folded(own) != folded(name)) and (hint := elsewhere(name, 1.0 if own else _VERY_CLOSE)):
        return f"no {word} {shown(name)} here; {hint}"
    if not kind.names():
        return f"no {word} {shown(name)} here; there is none to set"
    return unknown(word, name, kind.names())


def no_group(name: str) -> str:
    """Sentence for a group of the world that does not exist; a parameter's own name leads to its group."""
    if hint := elsewhere(name):
        return f"no group {shown(name)}; {hint}"
    return unknown("group", name, World.kinds())


def no_entry(name: str, entries: Iterable[str]) -> str:
    """Sentence for an entry at the top of a file; what belongs deeper is sent there."""
    if name in World.kinds():
        return f"no entry {shown(name)}; did you mean [world.{plain(name)}]?"
    if name in INSTRUMENTS:
        return f"no entry {shown(name)}; did you mean an [[option]] with instrument = {name!r}?"
    if hint := elsewhere(name):
        return f"no entry {shown(name)}; {hint}"
    return unknown("entry", name, entries)
