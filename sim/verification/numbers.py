"""The verdict on the numbers of a run: the same, moved because something changed, or never what the record says."""

from __future__ import annotations

import json

from sim.comparison.identity import code_digest, data_digest
from sim.comparison.record import different, entries_digest, record_text, sentences
from sim.formatting import join_words
from sim.verification.changed import apart, other_changes, said
from sim.verification.findings import ALTERED, DRIFTED, OWN, VERIFIED
from sim.verification.runs import Ran

MOST_SHOWN = 6  # numbers that moved


def held(ran: Ran) -> tuple[str, list[str]]:
    """The verdict, and why."""
    again = ran.again
    if again is None:
        return VERIFIED, ["Its id is that of a shipped scenario as this version runs it."]
    if again.verdict == "altered" or (again.moved and not again.causes):
        return ALTERED, [f"The numbers in its record are not those of run {again.kept['run']}.", *_moved(ran)]
    if others := [*_other_entries(ran), *other_changes(ran.now.scenario)]:
        return ALTERED, [f"Its record was changed: {join_words(others)} of it are not what the run gives."]
    if not again.moved:
        return VERIFIED, [*different(again.causes), *said(ran.now.scenario)]
    return _then(ran)


def _then(ran: Ran) -> tuple[str, list[str]]:
    """The verdict where numbers moved with the program: on the data and defaults of then, and by what moved them."""
    from sim.releases.replay import attribute, replay
    from sim.releases.report import sentences as reasons

    assert ran.again is not None
    own = replay(ran.again.kept)
    if own.verdict.startswith("the same"):
        held = f"Run on the data and defaults of {own.release}, its numbers are the same; on those of today others:"
        return OWN, [held, *_moved(ran), *reasons(attribute(ran.again.kept, ran.now))]
    missing = [f"{own.missing[0].upper()}{own.missing[1:]}."] if own.missing else []
    why = reasons(attribute(ran.again.kept, ran.now))
    return DRIFTED, [*_moved(ran), *different(ran.again.causes), *why, *missing]


def _moved(ran: Ran) -> list[str]:
    """What moved, from what to what."""
    if ran.again is None:
        return []
    lines = [line for line in sentences(ran.again)[1:] if ": in the record " in line]
    more = [f"and {len(lines) - MOST_SHOWN} further numbers"] if len(lines) > MOST_SHOWN else []
    return [*(f"{line[0].upper()}{line[1:]}." for line in lines[:MOST_SHOWN]), *more]


def _other_entries(ran: Ran) -> list[str]:
    """Entries of a record that are not those of the run; of another program's its ids alone can be checked."""
    then, now = json.loads(ran.text), json.loads(ran.now.cached(record_text))
    digests = then["digests"]
    other_program = (digests.get("code"), digests.get("data")) != (code_digest(), data_digest())
    if digests.get("entries") not in (None, entries_digest(then)):
        free = {"digests", "run", "version", "versions", "sources"} if other_program else set()
        return sorted(apart(then, now, free)) or ["entries that the run does not decide"]
    if other_program:
        return ["run and digests"] if then["run"] == now["run"] else []
    assert ran.again is not None
    free = {"versions", "digests"} if ran.again.causes else set()
    if not ran.again.same_bits and ran.again.causes:  # another release of a library may move the last digit
        free |= {"results"}
    return sorted(apart(then, now, free))
