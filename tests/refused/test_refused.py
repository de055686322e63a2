"""A gallery of wrong files: every kind of mistake, and the sentences it must get.

Each file says in its first lines what is wrong with it and which faults must be told, all of
them and nothing else. What cannot lie in a folder of text files is made here. Wherever a file
comes from, the reader gets an answer at once: no traceback, no wait, nothing written.
"""

from __future__ import annotations

import os
import socket
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from sim.scenario import ScenarioError, load
from sim.scenario.files import LARGEST_BYTES, LONGEST_LINE
from sim.scenario.overrides import DEEPEST as DEEPEST_CHAIN
from sim.scenario.problems import MOST_FAULTS

HERE = Path(__file__).parent
EXPECT = "# expect: "
GALLERY = sorted(path.stem for path in HERE.glob("*.toml") if EXPECT in path.read_text(encoding="utf8"))
GOOD = (HERE / "good.toml").read_text(encoding="utf8")
LONGEST_ANSWER_SECONDS = 10


def expected(text: str) -> list[str]:
    """The faults that a file says it has."""
    return [line.removeprefix(EXPECT) for line in text.splitlines() if line.startswith(EXPECT)]


def faults(scenario: str | Path) -> list[str]:
    """Faults of a scenario that must be refused, told within seconds; every one is a single printable line."""
    answer: list[ScenarioError | BaseException | None] = []

    def ask() -> None:
        try:
            load(scenario)
        except BaseException as error:
            answer.append(error)
        else:
            answer.append(None)

    asking = threading.Thread(target=ask, daemon=True)
    asking.start()
    asking.join(LONGEST_ANSWER_SECONDS)
    assert answer, f"no answer within {LONGEST_ANSWER_SECONDS} seconds"
    error = answer[0]
    assert error is not None, "was taken for a scenario"
    if not isinstance(error, ScenarioError):
        raise error
    assert error.faults
    assert all(fault.isprintable() and len(fault) < 1000 for fault in error.faults)
    assert all(fault in str(error) for fault in error.faults)
    return error.faults


# ------------------------------------------------------------------------------------------------------- the gallery


@pytest.mark.parametrize("name", GALLERY)
def test_each_wrong_file_gets_its_sentences_and_no_other(name: str) -> None:
    path = HERE / f"{name}.toml"
    assert sorted(faults(path)) == sorted(expected(path.read_text(encoding="utf8")))


def test_the_gallery_is_large_and_has_one_good_file() -> None:
    assert len(GALLERY) > 60
    assert {path.stem for path in HERE.glob("*.toml")} == {*GALLERY, "good"}
    assert load(HERE / "good.toml").warnings == ()


def test_every_wrong_file_says_first_what_is_wrong_with_it() -> None:
    for name in GALLERY:
        first = (HERE / f"{name}.toml").read_text(encoding="utf8").splitlines()[0]
        assert first.startswith("# "), name
        assert first.endswith("."), name
        assert not first.startswith(EXPECT), name


def test_reading_writes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    before = sorted(os.listdir(HERE))
    for name in GALLERY:
        faults(HERE / f"{name}.toml")
    assert os.listdir(tmp_path) == []
    assert sorted(item for item in os.listdir(HERE) if item != "__pycache__") == [
        i for i in before if i != "__pycache__"
    ]


# ------------------------------------------------------------------------------- what no folder of text files can hold


def written(folder: Path, content: bytes | str, name: str = "wrong.toml") -> Path:
    """A file with this content."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def test_a_missing_file_gets_the_nearest_shipped_name(tmp_path: Path) -> None:
    assert faults(tmp_path / "nairr_uss.toml") == ["no such file or shipped scenario; did you mean 'nairr_us'?"]
    assert faults("isambard") == ["no such file or shipped scenario; did you mean 'isambard_ai_uk'?"]


def test_a_missing_file_like_none_that_ships_gets_them_all() -> None:
    [fault] = faults("zzz")
    assert fault.startswith("no such file or shipped scenario; shipped are: ")
    assert "nairr_us" in fault


@pytest.mark.parametrize("name", ["", " ", "\n"])
def test_no_name_at_all(name: str) -> None:
    [fault] = faults(name)
    assert fault.startswith("no file is named; ")


def test_a_file_below_a_file(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD, "nairr_us")
    assert faults(path / "x") == ["no such file or shipped scenario; " + faults("x")[0].partition("; ")[2]]


def test_a_folder(tmp_path: Path) -> None:
    assert faults(tmp_path) == ["is a folder; name a scenario file (.toml)"]
    assert faults(".") == ["is a folder; name a scenario file (.toml)"]


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/urandom", "/dev/tty"])
def test_a_device_that_may_never_end(device: str) -> None:
    if not Path(device).exists():
        pytest.skip(f"there is no {device} here")
    assert faults(device) == ["is a device; name a scenario file (.toml)"]


def test_a_pipe_that_nobody_writes_to(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    assert faults(pipe) == ["is a pipe; name a scenario file (.toml)"]


def test_a_pipe_that_takes_the_place_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    pipe = tmp_path / "pipe.toml"
    os.mkfifo(pipe)
    monkeypatch.setattr("sim.scenario.files.is_file", lambda path, origin: True)  # as it was a moment ago
    assert faults(pipe) == ["is a pipe; name a scenario file (.toml)"]


def test_a_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's path must be short
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s.toml")
        assert faults("s.toml") == ["is a socket; name a scenario file (.toml)"]


def test_links_in_a_circle(tmp_path: Path) -> None:
    one, two = tmp_path / "one.toml", tmp_path / "two.toml"
    one.symlink_to(two)
    two.symlink_to(one)
    [fault] = faults(one)
    assert fault.startswith("cannot be read: too many levels of symbolic links")


def test_a_link_to_nothing(tmp_path: Path) -> None:
    link = tmp_path / "nairr_us.toml"
    link.symlink_to(tmp_path / "gone.toml")
    assert faults(link) == ["no such file or shipped scenario; did you mean 'nairr_us'?"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    path.chmod(0)
    assert faults(path) == ["cannot be read: permission denied"]
    path.chmod(stat.S_IRUSR | stat.S_IWUSR)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may enter every folder")
def test_a_file_in_a_folder_that_may_not_be_entered(tmp_path: Path) -> None:
    folder = tmp_path / "closed"
    folder.mkdir()
    path = written(folder, GOOD)
    folder.chmod(0)
    assert faults(path) == ["cannot be read: permission denied"]
    folder.chmod(stat.S_IRWXU)


@pytest.mark.parametrize(
    "refusal",
    [PermissionError(13, "Permission denied"), OSError(5, "Input/output error"), BlockingIOError(11, "Try again")],
    ids=lambda error: type(error).__name__,
)
def test_whatever_the_system_refuses(refusal: OSError, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)

    def refuse(*_: object) -> int:
        raise refusal

    monkeypatch.setattr("sim.scenario.files.os.open", refuse)
    why = str(refusal.strerror)
    assert faults(path) == [f"cannot be read: {why[0].lower()}{why[1:]}"]


def test_a_name_that_is_too_long() -> None:
    assert faults("n" * 5000) == ["cannot be read: file name too long"]


def test_a_name_that_no_system_takes() -> None:
    assert faults("a\0b.toml") == ["cannot be read: no path can hold these characters"]


def test_a_name_that_would_colour_the_terminal() -> None:
    with pytest.raises(ScenarioError) as caught:
        load("\x1b[31mred\n.toml")
    assert str(caught.value).isprintable()


def test_ten_megabytes(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "# filling\n" * 1_000_000)
    assert faults(path) == ["is 10.0 MB large, too much for a scenario; at most 0.25 MB"]


def test_a_file_with_holes_that_is_larger_than_the_disk(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD)
    os.truncate(path, 10**12)
    assert faults(path) == ["is 1000000.0 MB large, too much for a scenario; at most 0.25 MB"]


def test_the_largest_file_that_is_read(tmp_path: Path) -> None:
    filling = "#" * (LONGEST_LINE - 1) + "\n"
    text = GOOD + filling * ((LARGEST_BYTES - len(GOOD)) // len(filling))
    assert load(written(tmp_path, text)).title == "A small programme"


BINARY = {
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "is not text in UTF-8 (byte 0, line 1)"),
    "Latin-1": (GOOD.replace("A small", "Ein gro\u00dfes").encode("latin1"), "is not text in UTF-8 (byte 96, line 3)"),
    "UTF-16": (GOOD.encode("utf-16"), "is saved as UTF-16; save it as plain UTF-8"),
    "a byte order mark": (
        b"\xef\xbb\xbf" + GOOD.encode(),
        "is saved as UTF-8 with a byte order mark; save it as plain UTF-8",
    ),
    "zeros": (bytes(1000), "is not TOML: Invalid statement (line 1, column 1: "),
}


@pytest.mark.parametrize("kind", BINARY)
def test_bytes_that_are_no_text(kind: str, tmp_path: Path) -> None:
    content, sentence = BINARY[kind]
    [fault] = faults(written(tmp_path, content))
    assert fault.startswith(sentence)


DEEP: dict[str, Callable[[int], str]] = {
    "lists": lambda n: "a = " + "[" * n + "]" * n,
    "open lists": lambda n: "a = " + "[" * n,
    "tables": lambda n: "a = " + "{ a = " * (n // 10) + "1" + " }" * (n // 10),
    "lists over lines": lambda n: "a = " + "[\n" * n * 50 + "]" * (n - 1),
    "dotted keys": lambda n: ".".join("a" * (n // 2)) + " = 1",
    "dotted keys on many lines": lambda n: "".join(
        f"k{i}." + ".".join("a" * (n // 2 - 10)) + " = 1\n" for i in range(120)
    ),
    "headers": lambda n: "[" + ".".join("a" * (n // 2 - 2)) + "]",
    "arrays of tables": lambda n: "[[a]]\n" + "".join(f"[[a{'.a' * k}]]\n" for k in range(1, n // 10)),
}


@pytest.mark.parametrize("kind", DEEP)
def test_whatever_is_nested_without_end(kind: str, tmp_path: Path) -> None:
    [fault] = faults(written(tmp_path, DEEP[kind](LONGEST_LINE // 2 - 10)))
    assert fault.startswith(("is nested too deeply; at most 8", "is not TOML: "))


def test_a_line_that_would_keep_a_parser_busy(tmp_path: Path) -> None:
    path = written(tmp_path, ".".join("a" * 50_000) + " = 1")
    assert faults(path) == ["line 1 has 100,003 characters; at most 2000, so break it"]


def test_a_number_of_thousands_of_digits(tmp_path: Path) -> None:
    price = "0x" + "f" * (LONGEST_LINE - 20)
    [fault] = faults(written(tmp_path, GOOD.replace("3.2", price)))
    assert "is too large a number; allowed: 0.01 to 1,000 (USD per H100e-hour)" in fault


def test_a_number_that_python_itself_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sim.scenario.files.LONGEST_LINE", 10_000)
    path = written(tmp_path, GOOD.replace("3.2", "9" * 5000))
    assert faults(path) == ["holds a whole number of thousands of digits"]


def test_more_faults_than_anybody_reads(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD + "[world.hardware]\n" + "".join(f"prize_{n} = 1\n" for n in range(9000)))
    told = faults(path)
    assert len(told) == MOST_FAULTS + 1
    assert told[-1] == "these are the first 100 faults; correct them first"


def test_a_file_that_extends_a_broken_one(tmp_path: Path) -> None:
    written(tmp_path, "title = ", "base.toml")
    path = written(tmp_path, 'extends = "base.toml"\n')
    with pytest.raises(ScenarioError, match=r"base\.toml: is not TOML") as caught:
        load(path)
    assert caught.value.origin.endswith("base.toml")


def test_a_file_that_extends_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "folder.toml").mkdir()
    os.mkfifo(tmp_path / "pipe.toml")
    for name, kind in (("folder", "a folder"), ("pipe", "a pipe")):
        path = written(tmp_path, f'extends = "{name}.toml"\n')
        assert faults(path) == [f"extends: '{name}.toml' is {kind}; name a scenario file (.toml)"]


def test_files_behind_one_another_without_end(tmp_path: Path) -> None:
    written(tmp_path, GOOD, "0.toml")
    for number in range(1, DEEPEST_CHAIN + 2):
        written(tmp_path, f'extends = "{number - 1}.toml"\n', f"{number}.toml")
    assert load(tmp_path / f"{DEEPEST_CHAIN}.toml").title == "A small programme"
    assert faults(tmp_path / f"{DEEPEST_CHAIN + 1}.toml") == [
        "extends: '0.toml' is one file too many: at most 5 behind one another"
    ]


def test_a_circle_through_a_link(tmp_path: Path) -> None:
    path = written(tmp_path, 'extends = "other.toml"\n')
    (tmp_path / "other.toml").symlink_to(path)
    assert faults(path) == ["extends: 'other.toml' leads back to a file that extends it, in a circle"]
