"""What was found of each figure, table or document, in words and for programs."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from sim.formatting import escape
from sim.signatures import Signature

VERIFIED, OWN, DRIFTED, ALTERED, UNCHECKED, FOREIGN = (
    "verified", "verified on its own version only", "drifted", "altered", "not checked", "not ours",
)  # fmt: skip
LONGEST = 1_000  # letters of a line
CODES = {VERIFIED: 0, OWN: 3, FOREIGN: 4, UNCHECKED: 5, DRIFTED: 6, ALTERED: 1}  # of the command, gravest last
_MEANS = {
    VERIFIED: "run again with this version, the numbers are the same, and it shows them",
    OWN: "it holds on a release that is kept here; this version draws or computes otherwise",
    DRIFTED: "it names another version, data or code, and other numbers than those of today; only that version can "
    "show whether they were right",
    ALTERED: "it is not what its run gave: it was changed, or damaged",
    UNCHECKED: "it is ours by its id, but what is needed to check it is not here",
    FOREIGN: "nothing in it is known to come from this program",
}
LIMITS = (
    "This does not establish that the assumptions are right, that the scenario fits the question, who made the file, "
    "or when. Text around a figure is not read."
)
SIGNED = (
    "A signature says who vouches for the bytes of a file, a verdict whether it shows what its run gives; neither "
    "stands for the other."
)


@dataclass(frozen=True)
class Finding:
    """The verdict on one thing. `where`: the file, and the place in it."""

    where: str
    verdict: str
    figure: str = ""
    run: str = ""
    reasons: tuple[str, ...] = ()
    signature: Signature | None = None  # of the file it is in


def code(findings: Sequence[Finding]) -> int:
    """The exit code: that of the gravest finding."""
    grave = list(CODES)
    return CODES[max((each.verdict for each in findings), key=grave.index)]


def sentences(findings: Sequence[Finding]) -> list[str]:
    """A line a finding with its reasons below, then what the verdicts mean and do not establish.

    What a file calls itself cannot break a line, nor turn the direction of writing.
    """
    lines = []
    for each in findings:
        name = ", ".join(part for part in (each.figure, each.run and f"run {each.run}") if part)
        lines.append(f"{each.where}: {each.verdict}{f' ({name})' if name else ''}")
        lines += [f"  {reason}" for reason in each.reasons]
        lines += [f"  Signature: {each.signature.about}."] if each.signature else []
    lines = [escape(line, LONGEST) for line in lines]
    given = [verdict for verdict in CODES if any(each.verdict == verdict for each in findings)]
    means = [f"{verdict[0].upper()}{verdict[1:]}: {_MEANS[verdict]}." for verdict in given]
    return [*lines, *means, *([SIGNED] if any(each.signature for each in findings) else []), LIMITS]


def document(findings: Sequence[Finding]) -> str:
    """The same for programs."""
    about = {
        "schema": "heavypress/verification/1", "code": code(findings),
        "findings": [asdict(each) for each in findings], "limits": LIMITS,
    }  # fmt: skip
    return json.dumps(about, indent=2, ensure_ascii=False) + "\n"
