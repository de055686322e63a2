"""What the notes for operators and the container file name is there, and fits together."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from dashboard import limits
from dashboard.serving import hosts, options
from dashboard.serving.gate import HEALTH
from dashboard.serving.run import PING_SECONDS
from sim.cli.commands import load_command
from sim.comparison import stored
from sim.waits import cache

ROOT = Path(__file__).resolve().parents[2]
NOTES = (ROOT / "docs" / "hosting.md").read_text(encoding="utf8")
CONTAINER = (ROOT / "Containerfile").read_text(encoding="utf8").replace("\\\n", " ")
COMMAND = load_command("dashboard")
FLAGS = {flag: option for option in COMMAND.params for flag in option.opts}


def taken(words: list[str]) -> dict[str, object]:
    """What the command makes of these words; a refusal is an error."""
    return COMMAND.make_context("dashboard", words).params


@pytest.mark.parametrize("line", re.findall(r"(?:heavypress dashboard|8501 heavypress) (--.*)$", NOTES, re.M))
def test_every_command_of_the_notes_is_taken(line: str) -> None:
    given = taken(line.split())
    allowed = given["hosts"]
    assert isinstance(allowed, tuple)
    assert [hosts.read_host(each) for each in allowed] == list(allowed)
    assert hosts.read_base_path(str(given["base_path"])) == given["base_path"]


def test_the_container_starts_what_its_health_check_asks() -> None:
    entry = json.loads(re.findall(r"^ENTRYPOINT (.*)$", CONTAINER, re.M)[0])
    assert entry[:2] == ["heavypress", "dashboard"]
    given = taken(entry[2:])
    check = json.loads(re.findall(r"CMD (\[.*\])", CONTAINER)[0])
    assert f"http://127.0.0.1:{given['port']}{HEALTH}" in check[-1] and "b'ok'" in check[-1]
    compile(check[-1], "check", "exec")
    assert f"EXPOSE {given['port']}" in CONTAINER
    assert hosts.Hosts([], str(given["address"])).allows(f"127.0.0.1:{given['port']}")


def test_the_container_copies_what_is_there_and_runs_without_rights() -> None:
    copied = [word for line in re.findall(r"^COPY (?!--)(.*)$", CONTAINER, re.M) for word in line.split()[:-1]]
    assert copied and all((ROOT / each).exists() for each in copied)
    assert "--require-hashes" in CONTAINER
    assert CONTAINER.rindex("USER press") < CONTAINER.index("ENTRYPOINT")
    assert CONTAINER.rindex("FROM") < CONTAINER.index("USER press")


def test_every_variable_of_the_notes_is_one() -> None:
    known = {limits.PREFIX + name for name in limits.LIMITS} | {cache.VARIABLE}
    assert set(re.findall(r"HEAVYPRESS_[A-Z_]+", NOTES)) == known


def test_the_figures_of_the_notes_are_those_of_the_code() -> None:
    assert f"and {options.FIXED['server.disconnectedSessionTTL']} seconds in which a tab" in " ".join(NOTES.split())
    assert f"pings come every {PING_SECONDS} s" in NOTES
    bounds = cache.MOST_BYTES // 1_000_000, stored.MOST_BYTES // 1_000_000
    assert "Waits take at most {} MB, worlds {} MB".format(*bounds) in NOTES
    size = re.findall(r"client_max_body_size (\d+)m", NOTES)
    assert int(size[0]) > limits.LIMITS["UPLOAD_MB"].default


def test_the_proxy_passes_on_what_the_server_needs() -> None:
    block = NOTES[NOTES.index("location /heavy-press") :]
    for line in (
        "Host $http_host",
        "Upgrade $http_upgrade",
        "Connection $connection_upgrade",
        "auth_request /oauth2/auth",
    ):
        assert line in block
    assert re.search(r"proxy_pass http://127\.0\.0\.1:8501;", block), "the base path is passed on"


@pytest.mark.parametrize(
    ("read", "text"),
    [
        *[(hosts.read_host, text) for text in ("http://a.org", "a.org:80", "a/b", "*", "a b", "", "*.", "-a", "a..b")],
        *[(hosts.read_address, text) for text in ("example.org", "300.1.1.1", "", "unix://socket")],
        *[(hosts.read_base_path, text) for text in ("/a b", "/a/../b", "/a//b", "/é", "/<b>", "http://a")],
    ],
)
def test_a_form_that_is_none_is_refused_in_a_sentence(read: object, text: str) -> None:
    from sim.cli.commands import RefusedError

    assert callable(read)
    with pytest.raises(RefusedError, match=r"^--[a-z-]+: '.*' is not .*such as"):
        read(text)


@pytest.mark.parametrize(
    ("read", "text", "known"),
    [
        (hosts.read_host, "Policy.Example.ORG.", "policy.example.org"),
        (hosts.read_host, "*.example.org", "*.example.org"),
        (hosts.read_host, "[::1]", "::1"),
        (hosts.read_address, "localhost", "127.0.0.1"),
        (hosts.read_address, "[::]", "::"),
        (hosts.read_base_path, "heavy-press/", "/heavy-press"),
        (hosts.read_base_path, "/", ""),
    ],
)
def test_other_ways_to_write_the_same_are_taken(read: object, text: str, known: str) -> None:
    assert callable(read)
    assert read(text) == known
