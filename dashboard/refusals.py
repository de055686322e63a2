"""Why the model refuses a value, in the language of the page: its own sentence, part by part, from a table."""

from __future__ import annotations

from dashboard import names, texts
from dashboard.amounts import is_foreign, local
from dashboard.patterns import patterns
from sim.formatting import format_range, unit_text
from sim.parameters import Spec

REASONS, RANGES = "refused ", "range "  # before the names of the texts
_JOINT = "; "  # between the parts of a sentence of the model


def reason(fault: str, spec: Spec) -> str:
    """A fault in the language of the page; as the model says it where a part of it is not in the table."""
    if not is_foreign():
        return fault
    where, _, why = fault.partition(": ")
    parts = [_part(each, spec) for each in why.split(_JOINT)]
    return f"{where}: {_JOINT.join(parts)}" if all(parts) else fault


def range_text(low: float, high: float, unit: str) -> str:
    """A range in words.

    >>> range_text(0, 1, "fraction")
    '0 to 1 (share)'
    """
    own = format_range(low, high, unit)
    return (_range(own, unit) or own) if is_foreign() else own


def _part(own: str, spec: Spec) -> str:
    """One part of a fault; empty where the table has none like it."""
    for name, pattern in patterns(REASONS):
        if found := pattern.fullmatch(own):
            said = {
                hole: _range(text, spec.unit) if hole == "range" else text if "[" in text else local(text)
                for hole, text in found.groupdict().items()
            }
            if all(said.values()):
                return texts.text(name).format(**said)
    return ""


def _range(own: str, unit: str) -> str:
    """A range that the model has written in this unit; empty where it is in another."""
    bare = own.removesuffix(f" ({unit_text(unit)})")
    if "(" in bare:
        return ""
    for name, pattern in patterns(RANGES):
        if found := pattern.fullmatch(bare):
            said = {hole: local(text) for hole, text in found.groupdict().items()}
            return texts.text(name).format(**said) + _unit(unit)
    return ""


def _unit(unit: str) -> str:
    """The unit behind a range; nothing for a bare number."""
    return "" if unit == "ratio" else f" ({names.unit(unit, many=unit != 'fraction')})"
