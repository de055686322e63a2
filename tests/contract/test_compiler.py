"""Machine code on disk: what is loaded is what would be compiled, or it is compiled anew."""

from __future__ import annotations

import ast
import os
import stat
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from sim.queue.compiler.cache import Cache
from sim.queue.compiler.library import Library

ROOT = Path(__file__).resolve().parents[2]
COMPILED = {  # where a library is made, and a module that imports all of it
    "sim.queue.kernel.compiler": "sim.queue.scheduler.compiled",
    "sim.queue.workload.compiler": "sim.queue.workload.generator",
    "sim.costs.allocation": "sim.costs.allocation",
    "sim.queue.analysis.attribution.layout": "sim.queue.analysis.causes",
    "sim.waits.counting": "sim.waits.counting",
}


class Pair(NamedTuple):
    """Compiled code takes tuples apart."""

    weights: Any
    scale: float


def total(pair: Pair, first: int) -> float:
    """Sum of the weights from the first on."""
    found = 0.0
    for place in range(first, len(pair.weights)):
        found += pair.weights[place]
    return found * pair.scale


def twice(number: int) -> int:
    """Of a part."""
    return 2 * number


def fill(key: np.uint64, values: Any) -> None:
    """Nothing is returned."""
    for place in range(values.shape[0]):
        values[place, 0] = key >> np.uint64(60)
        values[place, 1] = twice(place)


def broken(values: Any) -> None:
    """What is raised becomes a RuntimeError."""
    if len(values) > 0:
        raise ValueError("too many")


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Library]:
    """Libraries with a cache of their own; each is as new as in a new process."""

    def new(constants: tuple[Any, ...] = (), folder: Path | None = tmp_path) -> Library:
        made = Library("toy", [Path(__file__)], {"_nrt": False}, constants)
        name = f"toy-{made.cache._digest()}"
        if folder is not None:
            (folder / name).mkdir(exist_ok=True)
        monkeypatch.setitem(vars(made.cache), "folder", folder and folder / name)
        made.part(twice)
        return made

    return new


def stored(folder: Path) -> list[Path]:
    """Files of machine code."""
    return sorted(folder.rglob("*.o"))


def no_build(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compiling is a fault from now on."""

    def fail(*_: Any) -> None:
        raise AssertionError("compiled anew")

    monkeypatch.setattr("sim.queue.compiler.build.build", fail)


def test_code_is_compiled_once(library: Callable[..., Library], tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    pair = Pair(np.array([1.0, 2.0, 4.0]), 0.5)
    assert library().entry(total)(pair, 1) == 3.0
    assert len(stored(tmp_path)) == 1 and library().cache.filled()
    no_build(monkeypatch)
    again = library().entry(total)
    assert again(pair, 0) == again(pair, np.int64(0)) == 3.5 and again(pair, 3) == 0.0


def test_entries_take_arrays_numbers_and_tuples(library: Callable[..., Library]):
    values = np.zeros((3, 2), np.int64)
    assert library().entry(fill)(np.uint64(2**63), values) is None
    assert values.tolist() == [[8, 0], [8, 2], [8, 4]]
    assert library().entry(twice)(2**40) == 2**41
    with pytest.raises(TypeError, match="contiguous"):
        library().entry(fill)(np.uint64(1), np.zeros((2, 3), np.int64).T)
    with pytest.raises(RuntimeError, match="broken"):
        library().entry(broken)(np.zeros(1))


def test_other_types_are_other_code(library: Callable[..., Library], tmp_path: Path):
    entry = library().entry(total)
    for kind in (np.float64, np.int64, np.float32):
        assert entry(Pair(np.array([1, 2], kind), 1.0), 0) == 3.0
    assert len(stored(tmp_path)) == 3


@pytest.mark.parametrize("content", [b"", b"no digest", b"0" * 64 + b"\nname\ncode"])
def test_a_spoilt_file_is_compiled_anew(library: Callable[..., Library], tmp_path: Path, content: bytes):
    library().entry(twice)(1)
    (file,) = stored(tmp_path)
    before = file.read_bytes()
    for spoilt in (content, before[:-1]):
        file.write_bytes(spoilt)
        assert library().entry(twice)(21) == 42
        assert file.read_bytes() != spoilt


def test_without_a_folder_nothing_is_kept(library: Callable[..., Library], tmp_path: Path):
    unkept = library(folder=None)
    assert unkept.entry(twice)(21) == 42 and not unkept.cache.filled() and not stored(tmp_path)


def test_what_cannot_be_kept_is_compiled_every_time(
    library: Callable[..., Library], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("sim.queue.compiler.cache.os.replace", full)
    assert library().entry(twice)(21) == 42 and not [path for path in tmp_path.rglob("*") if path.is_file()]


@pytest.mark.parametrize("fault", ["others may write", "a link"])
def test_code_is_never_taken_from_a_folder_where_others_may_put_it(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The folder of temporary files is everybody's, and a name there can be taken beforehand."""
    monkeypatch.setattr("sim.queue.compiler.cache._OWN", tmp_path / "no folder" / "file")
    (tmp_path / "no folder").write_text("")
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr("sim.queue.compiler.cache.tempfile.gettempdir", lambda: str(tmp_path))

    def homeless() -> Path:
        raise RuntimeError("no home directory")

    monkeypatch.setattr(Path, "home", homeless)
    parent = tmp_path / f"heavypress-{os.getuid()}"
    good = Cache("toy", [], "").folder
    assert good is not None and good.parent == parent and stat.S_IMODE(parent.stat().st_mode) == 0o700
    if fault == "a link":
        parent.rename(tmp_path / "elsewhere")
        parent.symlink_to(tmp_path / "elsewhere")
    else:
        parent.chmod(0o777)
    assert Cache("toy", [], "").folder is None


def test_only_the_latest_versions_are_kept(library: Callable[..., Library], tmp_path: Path):
    for version in range(6):
        library(constants=(version,)).entry(twice)(1)
    assert len(list(tmp_path.glob("toy-*"))) == 4


@pytest.mark.parametrize("setting", ["NUMBA_OPT", "NUMBA_CPU_NAME"])
def test_the_compiler_and_its_settings_are_part_of_the_version(setting: str, monkeypatch: pytest.MonkeyPatch):
    def digest(source: Path = Path(__file__), others: str = "") -> str:
        return Cache("toy", [source], others)._digest()

    before = digest()
    assert before == digest() != digest(others="x") and before != digest(Path(ast.__file__))
    monkeypatch.setenv(setting, "1")
    assert digest() != before


@pytest.mark.parametrize("name", COMPILED)
def test_a_change_in_any_file_of_compiled_code_is_a_change_of_the_cache(name: str):
    """What a source imports from the product is a source too, or a constant that the library is told of."""
    import_module(COMPILED[name])
    library = import_module(name).LIBRARY
    sources = set(library.cache._sources)
    files = {Path(function.__code__.co_filename) for function, _ in library.parts}
    assert files and files <= sources
    for path in files:
        for module, name in imported_constants(path):
            source = import_module(module)
            told = repr(getattr(source, name)) in library.cache._others
            assert told or Path(str(source.__file__)) in sources, f"{path}: {name} of {module}"


def imported_constants(path: Path) -> list[tuple[str, str]]:
    """(module, name) of the constants that a file imports from others of the product."""
    return [
        (str(node.module), alias.name)
        for node in ast.walk(ast.parse(path.read_text(encoding="utf8")))
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("sim.")
        for alias in node.names
        if alias.name.isupper()
    ]
