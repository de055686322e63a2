"""Files that a reader opens: one, several that belong together, or a zip of them; which of them are scenarios.

All of it is foreign. Nothing is inflated or written before its size, its names and its kinds are known to be harmless,
and what is written, so that files find those they extend beside them, is gone again when this returns.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory
from typing import Any

from dashboard import words
from sim.comparison.record import checked
from sim.formatting import join_words, lower_first, short_repr
from sim.packs.archive import ArchiveError, read_archive, refuse_names
from sim.scenario import Scenario, ScenarioError, load
from sim.scenario.files import parse_text
from sim.scenario.records import FORM, LARGEST_BYTES, parse_record

MOST_BYTES = LARGEST_BYTES  # of all files together, as they are and as they are inflated
MOST_FILES = 100
MOST_SCENARIOS = 20
KINDS = (".toml", ".json", ".csv")  # that are looked at; what else lies in a folder is left alone
ZIP = ".zip"
_LONGEST_NAME = 60
_NAMED = 3  # files in a sentence
Files = Mapping[str, bytes]


class UploadError(ValueError):
    """Files that cannot be opened; the message is one sentence."""


# --- files ---


def together(names: Sequence[str]) -> str:
    """What several files are called in a sentence."""
    some = [Path(name).name for name in names[:_NAMED]]
    return join_words([*some, *([words.UPLOAD_MORE.format(count=len(names) - _NAMED)] if len(names) > _NAMED else [])])


def gathered(
    given: Sequence[tuple[str, bytes]], kinds: Sequence[str] = KINDS, most_bytes: int = MOST_BYTES,
    most_files: int = MOST_FILES,
) -> dict[str, bytes]:  # fmt: skip
    """The files of these kinds by path, out of one zip or as they were given.

    Raises UploadError or ArchiveError, in one sentence, for what is too large or too much, for a name that leads out of
    its folder or stands twice, and for a zip that is damaged, encrypted or holds a link.
    """
    names = [name for name, _ in given]
    if (size := sum(len(content) for _, content in given)) > most_bytes:
        raise UploadError(words.UPLOAD_TOO_LARGE.format(size=size / words.MILLION, most=most_bytes / words.MILLION))
    zips = [name for name in names if name.lower().endswith(ZIP)]
    if zips and len(given) > 1:
        raise UploadError(words.UPLOAD_ZIP_ALONE.format(name=short_repr(zips[0])))
    if zips:
        found = read_archive(given[0][1], most_bytes, most_files, name=names[0])
    else:
        if len(given) > most_files:
            raise UploadError(words.UPLOAD_TOO_MANY.format(count=len(given), most=most_files))
        refuse_names(names, together(names))
        found = dict(given)
    return {name: content for name, content in found.items() if _wanted(name, kinds)}


def _wanted(name: str, kinds: Sequence[str]) -> bool:
    """Whether a file is of a kind that is looked at, and not one that a system hides in folders and zips."""
    path = PurePosixPath(name)
    return path.suffix in kinds and not any(part.startswith((".", "__")) for part in path.parts)


@contextmanager
def folder_of(files: Files) -> Iterator[Path]:
    """A folder with these files, whose names are known to stay inside; it is gone when this ends, however it ends."""
    with TemporaryDirectory(prefix="heavypress-") as made:
        for name, content in files.items():
            path = Path(made) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(made)


# --- scenarios ---


@dataclass(frozen=True)
class Opened:
    """The scenarios in some files by key, those that none of the others extends first, and what is wrong with others.

    `how`: how the run of a record was computed, as fields of `State`.
    """

    scenarios: dict[str, Scenario]
    tops: tuple[str, ...]  # keys of those that nothing else in the files extends
    faults: list[str] = field(default_factory=list)
    how: dict[str, dict[str, Any]] = field(default_factory=dict)


def scenarios_in(files: Files) -> Opened:
    """The scenarios in some files; ScenarioError with every fault where none can be opened."""
    names = _candidates(files)
    if not names:
        raise ScenarioError("files", [words.UPLOAD_NO_SCENARIO])
    if len(names) > MOST_SCENARIOS:
        raise ScenarioError("files", [words.UPLOAD_SCENARIOS.format(count=len(names), most=MOST_SCENARIOS)])
    keys, faults = _keys(names), list[str]()
    found: dict[str, Scenario] = {}
    with folder_of(files) as folder:
        for name in names:
            try:
                loaded = load(folder / name)
                if name.endswith(".json"):  # a record says what its scenario is called
                    keys[name] = unused(safe_name(loaded.key), {*keys.values(), *found})
                # a key is one that a command line and a spreadsheet take, which the name of a file need not be
                found[keys[name]] = replace(loaded, key=keys[name])
            except ScenarioError as error:
                faults += [f"{name}: {fault}" if len(names) > 1 else fault for fault in error.faults]
    below = _extended(files)
    wanted = [name for name in names if name not in below] or names
    tops = tuple(keys[name] for name in wanted if keys[name] in found)
    if not tops:  # what was meant has faults; what it extends alone was not meant
        raise ScenarioError("files", faults)
    order = {key: found[key] for key in (*tops, *(key for key in found if key not in tops))}
    how = {keys[name]: _how(files[name], name) for name in names if keys[name] in found and name.endswith(".json")}
    return Opened(order, tops, faults, how)


def _candidates(files: Files) -> list[str]:
    """Files that may be scenarios: no sweeps, and of JSON only records, unless there is nothing else to say."""
    found = [name for name, content in files.items() if _is_scenario(name, content)]
    return found or [name for name in files if not name.endswith(".csv")][:1]


def _is_scenario(name: str, content: bytes) -> bool:
    """Whether a file is, or was meant to be, a scenario or the record of one."""
    if name.endswith(".json"):
        return FORM.encode() in content[:_LOOK]
    if not name.endswith(".toml"):
        return False
    table = _table(content)
    return "axis" not in table or "option" in table


_LOOK = 200  # bytes: a record begins with its form


def _table(content: bytes) -> dict[str, Any]:
    """A file as a table; empty where it is none, which whoever loads it says better."""
    try:
        return parse_text(content.decode("utf8"), "")
    except (ScenarioError, UnicodeDecodeError):
        return {}


def _extended(files: Files) -> set[str]:
    """The files that others extend."""
    tables = {name: _table(content) for name, content in files.items() if name.endswith(".toml")}
    return {str(PurePosixPath(name).with_name(base)) for name, table in tables.items() if (base := _base(table))}


def _base(table: Mapping[str, Any]) -> str:
    """The bare name of what a table extends; empty where it extends nothing that can be named."""
    named = table.get("extends")
    return named if isinstance(named, str) and named and PurePosixPath(named).name == named else ""


def _keys(names: Sequence[str]) -> dict[str, str]:
    """A key for each file: its name alone where that is enough, else with its folders, else numbered."""
    found: dict[str, str] = {}
    for name in names:
        short = safe_name(name)
        alone = sum(safe_name(other) == short for other in names) == 1
        found[name] = unused(short if alone else safe_name(name.replace("/", "_")), set(found.values()))
    return found


def unused(key: str, taken: set[str]) -> str:
    """The key, or with a number where it is taken.

    >>> unused("plan", {"plan", "plan_2"}), unused("plan", set())
    ('plan_3', 'plan')
    """
    return next(each for each in (key, *(f"{key}_{n}" for n in range(2, len(taken) + 3))) if each not in taken)


def safe_name(file_name: str) -> str:
    """The name of a file without its ending and without anything that a path or a spreadsheet would act on.

    >>> safe_name("../my plan.toml"), safe_name("=1+2.toml"), safe_name(".toml"), safe_name("run.json")
    ('my_plan', '1_2', 'scenario', 'run')
    """
    stem = Path(file_name.replace("\\", "/")).name.removesuffix(".toml").removesuffix(".json")
    return re.sub(r"[^A-Za-z0-9]+", "_", stem).strip("_")[:_LONGEST_NAME] or "scenario"


def _how(content: bytes, name: str) -> dict[str, Any]:
    """How the run of a record was computed, as fields of a state; nothing where it is no record of a comparison."""
    try:
        kept = checked(parse_record(content, name), name)
    except ScenarioError:
        return {}
    return {each: kept[each] for each in ("seed", "draws", "draw", "queue")} | {"profile": kept["profile"] or ""}


# --- all of it ---


def opened(given: Sequence[tuple[str, bytes]]) -> Opened:
    """The scenarios in what a reader gave; ScenarioError with every fault, each a sentence."""
    try:
        files = gathered(given)
    except UploadError as error:
        raise ScenarioError("files", [str(error)]) from None
    except ArchiveError as error:
        # the sentence begins with the name of the file, which stands above it already
        raise ScenarioError("files", [_without_origin(str(error), together([name for name, _ in given]))]) from None
    return scenarios_in(files)


def _without_origin(sentence: str, origin: str) -> str:
    """A sentence without the file that it is about."""
    return lower_first(sentence.removeprefix(f"{origin}: "))
