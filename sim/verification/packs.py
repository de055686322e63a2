"""The verdict on a pack: every file of it held against the one that its run gives."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from hashlib import sha256

from sim.charts.carriers import DRAWN
from sim.comparison.identity import drawing_digest
from sim.formatting import join_words
from sim.packs.archive import archive_bytes
from sim.packs.pack import contents
from sim.scenario import ScenarioError
from sim.verification import numbers
from sim.verification.damage import damage
from sim.verification.exhibits import Exhibit, exhibits
from sim.verification.findings import ALTERED, FOREIGN, OWN, UNCHECKED, VERIFIED, Finding
from sim.verification.runs import Runs, why_not

DICTIONARY = "datapackage.json"


def judge(exhibit: Exhibit, runs: Runs, each: Callable[[Exhibit, Runs], list[Finding]]) -> list[Finding]:
    """The verdict on the whole, then on each figure and table that is not the same to the last byte, by `each`."""
    files = exhibit.files
    text = files["run.json"].decode("utf8", "replace")
    run = runs.learn(text)

    def whole(verdict: str, *reasons: str) -> Finding:
        return Finding(exhibit.where, verdict, "pack", run, reasons)

    torn = _torn(files)
    try:
        ran = runs.of_record(text, "its record")
    except ScenarioError as error:
        return [whole(ALTERED if torn else UNCHECKED, f"Its record cannot be run: {why_not(error)}.", *torn)]
    verdict, reasons = numbers.held(ran)
    if verdict != VERIFIED:
        return [whole(ALTERED if torn else verdict, *torn, *reasons)]
    ours = ran.now.cached(contents)
    if files == ours:
        return [whole(*_packed(exhibit.content, ours), *reasons)]
    faults = [f"{name} is missing." for name in ours.keys() - files.keys()]
    faults += [f"{name} is not of the pack." for name in files.keys() - ours.keys()]
    others = [name for name in ours.keys() & files.keys() if ours[name] != files[name]]
    parts = [
        part
        for name in sorted(others)
        for part in exhibits(f"{exhibit.where}: {name}", files[name], runs)
        if part.form != "foreign"
    ]
    found = [finding for part in parts for finding in each(part, runs) if finding.verdict != FOREIGN]
    elsewhere = ran.again is not None and bool(ran.again.causes)
    elsewhere |= any(part.words.get(DRAWN, drawing_digest()) != drawing_digest() for part in parts)
    if elsewhere and not (torn or faults) and all(finding.verdict != ALTERED for finding in found):
        why = "Its numbers are the same, and its files are those of its own dictionary; it says that another version"
        own = found and all(finding.verdict in (OWN, VERIFIED) for finding in found)
        return [whole(OWN if own else UNCHECKED, f"{why} wrote them, whose texts are not compared.", *reasons), *found]
    faults += [f"{join_words(sorted(others))}: not what the run gives."] if others else []
    return [whole(ALTERED, *sorted(faults), *torn), *found]


def _packed(content: bytes, files: Mapping[str, bytes]) -> tuple[str, ...]:
    """The verdict where every file is ours, by the archive round them."""
    whole, same = f"All {len(files)} files are the same to the last byte", archive_bytes(files)
    if content == same:
        return VERIFIED, f"{whole}, and so is the archive."
    if damaged := damage(content, same):
        return ALTERED, f"{damaged} That is in the archive's own entries: {whole[0].lower()}{whole[1:]}."
    return VERIFIED, f"{whole}; another program has packed them anew."


def _torn(files: Mapping[str, bytes]) -> list[str]:
    """Sentences on files that are not those of the pack's own dictionary."""
    try:
        listed = {each["path"]: each["hash"] for each in json.loads(files[DICTIONARY])["resources"]}
    except (ValueError, KeyError, TypeError, RecursionError):
        return [f"{DICTIONARY} cannot be read."]
    wrong = sorted(name for name, digest in listed.items() if name in files and _hash(files[name]) != digest)
    lost = sorted(listed.keys() - files.keys())
    return [
        *([f"{join_words(wrong)}: changed since the pack was written."] if wrong else []),
        *([f"{join_words(lost)}: missing, or under another name."] if lost else []),
    ]


def _hash(content: bytes) -> str:
    """Of a file, as a Data Package states it."""
    return f"sha256:{sha256(content).hexdigest()}"
