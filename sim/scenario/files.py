"""Scenario files: finding them, reading TOML of whatever origin without harm, and writing a scenario as TOML.

A path may lead to a folder, a device that never ends or a pipe that nobody writes to; a
file may be huge, binary, or nested so deeply that a parser gives up. All of these get one
sentence. Reading what was written gives the same table, type by type, hence the same run.
"""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from sim.formatting import escape, format_number, lower_first, nearest_name, short_repr
from sim.scenario.model import Scenario
from sim.scenario.problems import ScenarioError
from sim.sources import share

LARGEST_BYTES = 250_000
BYTES_PER_MB = 1_000_000
LONGEST_LINE = 2_000  # characters; the time a parser takes grows with the square of a dotted key
WHAT = {".toml": "a scenario file (.toml)", ".csv": "a table of groups (.csv)"}
DEEPEST = 8  # tables and lists inside one another
_BYTE_ORDER_MARKS = {b"\xef\xbb\xbf": "UTF-8 with a byte order mark", b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}
_LONGEST_LIST = 80  # characters on one line
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFSOCK: "a socket"}


def names() -> list[str]:
    """Names of the scenarios that ship with the package."""
    return sorted(path.stem for path in share("scenarios").glob("*.toml"))


def find(scenario: object) -> Path:
    """The file behind a path or the name of a shipped scenario; ScenarioError where there is none, or for neither."""
    if not isinstance(scenario, str | os.PathLike):
        ways = "give a path, the name of a shipped one, or what sim.scenario.load has loaded"
        raise ScenarioError("scenario", [f"{escape(short_repr(scenario))} is no scenario; {ways}"])
    origin = str(scenario)
    if not origin.strip():
        raise ScenarioError("scenario", [f"no file is named; {_shipped(origin)}"])
    path = Path(scenario)
    if is_file(path, origin):
        return path
    shipped = share("scenarios") / f"{path.stem}.toml"
    if path.suffix in ("", ".toml") and path.parent.name in ("", "scenarios") and is_file(shipped, origin):
        return shipped
    raise ScenarioError(origin, [f"no such file or shipped scenario; {_shipped(path.stem)}"])


def _shipped(name: str) -> str:
    """The shipped scenario that was probably meant, or all of them."""
    near = nearest_name(name, names())
    return f"did you mean {near!r}?" if near else f"shipped are: {', '.join(names()) or 'none'}"


def find_beside(
    scenario: Path, named: Any, suffix: str, where: str, places: Callable[[str], list[Path]],
    nearest: Callable[[str], str],
) -> Path:  # fmt: skip
    """The file that a scenario names, in one of the `places` of the name; ScenarioError with one fault where none is.

    `where` it may lie, and the `nearest` file to a name, as sentences have them.
    """
    origin, shown = str(scenario), short_repr(named)
    if not isinstance(named, str) or not named.strip():
        raise ScenarioError(origin, [f"{shown} is not the name of {where}"])
    # no folders: a file from elsewhere must not make the program open what its reader did not mean to show
    if not named.endswith(suffix) or Path(named).name != named or "\\" in named:
        raise ScenarioError(origin, [f"{shown} is not the bare name of {where}{nearest(named)}"])
    for candidate in places(named):
        try:
            if is_file(candidate, origin, WHAT[candidate.suffix]):
                return candidate
        except ScenarioError as error:
            raise ScenarioError(origin, [f"{shown} {error.faults[0]}"]) from None
    raise ScenarioError(origin, [f"no file {shown}, neither in the same folder nor shipped{nearest(named)}"])


def stems_beside(scenario: Path, suffix: str) -> list[str]:
    """Names without their suffix of the other files in a scenario's folder; none where it cannot be read."""
    try:
        return [other.stem for other in scenario.parent.glob(f"*{suffix}") if other != scenario]
    except OSError:
        return []


def is_file(path: Path, origin: str, what: str = WHAT[".toml"]) -> bool:
    """True for a file, False where there is nothing; ScenarioError for anything else and for what cannot be seen."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    except (OSError, ValueError) as error:
        raise ScenarioError(origin, [_unreadable(error)]) from None
    if not stat.S_ISREG(mode):
        raise ScenarioError(origin, [_not_a_file(mode, what)])
    return True


def _not_a_file(mode: int, what: str = WHAT[".toml"]) -> str:
    """Sentence on what stands in the place of a file."""
    return f"is {_KINDS.get(stat.S_IFMT(mode), 'a device')}; name {what}"


def _unreadable(error: OSError | ValueError) -> str:
    """Sentence on why a file cannot be read; a ValueError is a path that no system accepts."""
    why = error.strerror if isinstance(error, OSError) and error.strerror else "no path can hold these characters"
    return f"cannot be read: {lower_first(why)}"


def parse(path: Path) -> dict[str, Any]:
    """One TOML file as a table; ScenarioError where it is none."""
    origin = str(path)
    return parse_text(_text(_content(path, origin), origin), origin)


def text_of(path: Path, origin: str, what: str) -> str:
    """The text of another file that a scenario names; `what` it is, for the sentence that refuses it.

    Spreadsheets put a byte order mark before UTF-8: it is no fault here.
    """
    content = _content(path, origin, what)
    return _text(content.removeprefix(b"\xef\xbb\xbf"), origin)


def _content(path: Path, origin: str, what: str = "a scenario") -> bytes:
    """The bytes of a file: never of a device, never more than a scenario can have."""
    is_file(path, origin)
    try:
        # a pipe put in the file's place meanwhile is opened without waiting for a writer, and then seen for what it is
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            about = os.fstat(descriptor)
            if not stat.S_ISREG(about.st_mode):
                raise ScenarioError(origin, [_not_a_file(about.st_mode)])
            content = file.read(LARGEST_BYTES + 1)
    except OSError as error:
        raise ScenarioError(origin, [_unreadable(error)]) from None
    if len(content) > LARGEST_BYTES:
        size = max(about.st_size, len(content)) / BYTES_PER_MB
        most = f"at most {LARGEST_BYTES / BYTES_PER_MB} MB"
        raise ScenarioError(origin, [f"is {size:.1f} MB large, too much for {what}; {most}"])
    return content


def _text(content: bytes, origin: str) -> str:
    """The bytes as text."""
    for mark, encoding in _BYTE_ORDER_MARKS.items():
        if content.startswith(mark):
            raise ScenarioError(origin, [f"is saved as {encoding}; save it as plain UTF-8"])
    try:
        return content.decode("utf8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ScenarioError(
            origin, [f"is not text in UTF-8 (byte {format_number(error.start)}, line {line})"]
        ) from None


def parse_text(text: str, origin: str) -> dict[str, Any]:
    """A text as a table; ScenarioError where it is no TOML."""
    lines = text.splitlines()
    for number, line in enumerate(lines, 1):
        if len(line) > LONGEST_LINE:
            many = f"{format_number(len(line))} characters; at most {format_number(LONGEST_LINE)}, so break it"
            raise ScenarioError(origin, [f"line {number} has {many}"])
    try:
        table = tomllib.loads(text)
    except RecursionError:
        raise ScenarioError(origin, [_too_deep()]) from None
    except tomllib.TOMLDecodeError as error:
        raise ScenarioError(origin, [_not_toml(str(error), lines)]) from None
    except ValueError:  # Python reads no whole number of more than 4,300 digits
        raise ScenarioError(origin, ["holds a whole number of thousands of digits"]) from None
    if _deeper_than(table, DEEPEST):
        raise ScenarioError(origin, [_too_deep()])
    return table


def _too_deep() -> str:
    """Sentence for tables in tables in tables."""
    return f"is nested too deeply; at most {DEEPEST} tables or lists inside one another"


# What the parser reports for the usual mistakes, and what it means to people.
_MEANINGS = {
    r"Illegal character '\n'": "a quotation mark is left open",
    "Expected '=' after a key": "there is no = after a name",
    "Expected newline or end of document": "something is left over at the end of the line",
    "Cannot overwrite a value": "this name is defined twice",
    "Cannot declare": "this table is defined twice",
    "Invalid value": "this is not a value; put texts in quotation marks, and write switches as true or false",
    "Unclosed array": "a square bracket is left open",
    "Invalid date or datetime": "no calendar has this date",
}


def _not_toml(message: str, lines: list[str]) -> str:
    """Sentence on what the parser reports, in plain words, with line and column."""
    found = re.search(r"\(at line (\d+), column (\d+)\)", message)
    meaning = next((words for start, words in _MEANINGS.items() if message.startswith(start)), escape(message))
    if found is None or int(found[1]) > len(lines):
        return f"is not TOML: {meaning}"
    where = f"line {found[1]}, column {found[2]}"
    line = short_repr(lines[int(found[1]) - 1].strip())
    return f"is not TOML: {meaning.removesuffix(found[0]).strip()} ({where}: {line})"


def _deeper_than(table: Any, deepest: int) -> bool:
    """True where tables and lists are nested deeper; walks level by level, since recursion would run out."""
    level = [table]
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, dict | list)
        ]
        if not level:
            return False
    return True


def as_toml(scenario: Scenario, comments: Iterable[str] = ()) -> str:
    """Text of the scenario as it stands: with all that it extends and all that was set, below lines of comment."""
    lines = "".join(f"# {' '.join(comment.split())}\n" for comment in comments)
    return f"{lines}\n{table_text(scenario.text)}".lstrip()


def table_text(table: Mapping[str, Any]) -> str:
    """Text of a table, with long lists an item a line, since readers refuse lines without end."""
    import tomlkit  # most commands write nothing

    document = tomlkit.item(dict(table))
    _break_lists(document)
    return tomlkit.dumps(document)


def _break_lists(table: Mapping[str, Any]) -> None:
    """Write the long lists of a table, and of those in it, an item a line."""
    from tomlkit.items import AoT, Array

    for value in table.values():
        if isinstance(value, Array):
            value.multiline(len(value.as_string()) > _LONGEST_LIST)
        for inner in value if isinstance(value, AoT) else [value]:
            if isinstance(inner, Mapping):
                _break_lists(inner)
