"""The server as strangers meet it: what it answers, under which headers, and that it asks nobody anything."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import HTTPRedirectHandler, Request, build_opener

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.dashboard.serving import ROOT, Served, Visitor, served

HEADERS = {
    "x-frame-options": "DENY",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
# What a user may have at home, and what would open the server to strangers.
CARELESS = """
[server]
enableXsrfProtection = false
enableCORS = false
corsAllowedOrigins = ["https://evil.example"]
allowedHosts = ["*"]
enableAgentApi = true
maxUploadSize = 4000
[browser]
gatherUsageStats = true
[client]
showErrorDetails = "full"
toolbarMode = "developer"
allowedOrigins = ["https://evil.example"]
"""
# Python calls it before anything else, in every process of the server: what looks for another machine is written down.
WATCH = """
import os, sys
def watch(event, details):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.connect", "socket.sendto", "urllib.Request"):
        if "127.0.0.1" not in repr(details) and "AF_UNIX" not in repr(details):
            with open(os.environ["WATCHED"], "a", encoding="utf8") as file:
                file.write(f"{event} {details!r}\\n")
sys.addaudithook(watch)
"""


class Unmoved(HTTPRedirectHandler):
    """Follows no redirect."""

    def redirect_request(self, *_: object) -> None:
        """Nothing more to ask."""


UNMOVED = build_opener(Unmoved)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for Python's path whose `seen` names every look at another machine."""
    folder = tmp_path_factory.mktemp("watched")
    (folder / "sitecustomize.py").write_text(WATCH, encoding="utf8")
    (folder / ".streamlit").mkdir()
    (folder / ".streamlit" / "config.toml").write_text(CARELESS, encoding="utf8")
    (folder / "seen").touch()
    return folder


def environment(watched: Path) -> dict[str, str]:
    """That of a careless user whose every connection is watched."""
    return {"PYTHONPATH": str(watched), "WATCHED": str(watched / "seen"), "HOME": str(watched)} | {
        "STREAMLIT_SERVER_ENABLE_CORS": "false",
        "STREAMLIT_BROWSER_GATHER_USAGE_STATS": "true",
    }


@pytest.fixture(scope="module")
def server(watched: Path) -> Iterator[Served]:
    """One that listens for all of these tests."""
    with served("--allow-host", "*.Policy.example.org", **environment(watched)) as found:
        yield found


def ask(server: Served, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body of an answer."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    try:
        answer = UNMOVED.open(Request(server.url + path, method=method, headers=named))
    except HTTPError as error:
        answer = error
    with answer:
        return answer.status, {k.lower(): v for k, v in answer.headers.items()}, answer.read().decode("latin-1")


def test_it_names_its_address_in_one_line(server: Served) -> None:
    assert server.said == f"The dashboard is at http://127.0.0.1:{server.port} (Ctrl+C stops it)\n"


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/", "GET", 200),
        ("/answer", "GET", 308),
        ("/favicon.png", "GET", 200),
        ("/healthz", "GET", 200),
        ("/_stcore/health", "GET", 200),
        ("/_stcore/host-config", "GET", 200),
        ("/_stcore/upload_file/session/file", "PUT", 403),
        ("/media/nothing.png", "GET", 404),
        *[(path, "GET", 404) for path in ("/a/b", "/robots.txt", "/static/nothing.js", "/static/../index.html", "//")],
        *[(f"/_stcore/{path}", "GET", 404) for path in ("metrics", "script-health-check", "agent/openapi.json")],
        ("/_stcore/agent/interact", "POST", 404),
    ],
)
def test_every_answer_has_the_headers_and_what_is_not_there_is_not_there(
    server: Served, path: str, method: str, status: int
) -> None:
    found, headers, _ = ask(server, path, method)
    assert found == status
    assert headers.items() >= HEADERS.items() and "server" not in headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["content-security-policy"].split(";"))
    assert (policy["default-src"], policy["frame-ancestors"], policy["object-src"]) == ("'self'", "'none'", "'none'")
    assert policy["connect-src"] == f"'self' ws://{server.host} wss://{server.host}"
    assert "unsafe" not in policy["script-src"] and "*" not in headers["content-security-policy"]


@pytest.mark.parametrize("path", ["/money/", "/Money", "/MONEY/"])
def test_a_page_in_capitals_or_with_a_slash_is_found(server: Served, path: str) -> None:
    status, headers, _ = ask(server, f"{path}?set=cloud.price_usd=3")
    assert (status, headers["location"]) == (308, "/money?set=cloud.price_usd=3")
    assert headers.items() >= HEADERS.items()


def test_an_address_of_more_parameters_than_are_read_is_refused_and_not_shown_as_another(server: Served) -> None:
    many = "&".join(f"p{number}=1" for number in range(4_000))
    status, _, body = ask(server, f"/?scenario=glut&{many}")
    assert status == 414 and "Of 4,001 parameters" in body and "nothing was opened" in body
    assert ask(server, "/?" + "&".join(["set=a.b=1"] * 1_000))[0] == 200


def test_its_health_is_one_word(server: Served) -> None:
    status, headers, body = ask(server, "/healthz")
    assert (status, headers["content-type"], body) == (200, "text/plain; charset=utf-8", "ok")


@pytest.mark.parametrize(
    ("host", "status"),
    [
        *[(host, 200) for host in ("localhost", "LOCALHOST:9", "[::1]:8501", "a.policy.example.org", "127.0.0.1.")],
        *[(host, 400) for host in ("evil.example", "policy.example.org", "a@localhost", "localhost:x", "lo calhost")],
    ],
)
def test_it_answers_to_its_names_alone(server: Served, host: str, status: int) -> None:
    found, headers, body = ask(server, "/healthz", Host=host)
    assert found == status and headers.items() >= HEADERS.items()
    assert body == "ok" if status == 200 else (host in body and "--allow-host" in body and "\n" not in body)


def refused_session(server: Served, host: str, origin: str) -> tuple[int, str]:
    """Status and sentence of a session that is refused."""
    with (
        pytest.raises(InvalidStatus) as refused,
        socket.create_connection(("127.0.0.1", server.port)) as line,
        connect(f"ws://{host}/_stcore/stream", sock=line, additional_headers={"Origin": origin}),
    ):
        pass
    answer = refused.value.response
    assert answer.headers["X-Frame-Options"] == "DENY"
    return answer.status_code, (answer.body or b"").decode()


@pytest.mark.parametrize("origin", ["https://evil.example", "http://localhost:1", "null", "http://[", "file://"])
def test_a_foreign_page_opens_no_session(server: Served, origin: str) -> None:
    sentence = f"A page of {origin!r} may not use this server."
    assert refused_session(server, server.host, origin) == (403, sentence)
    status, _, body = ask(server, "/_stcore/upload_file/a/b", "PUT", Origin=origin)
    assert (status, body) == (403, sentence)


def test_no_session_is_opened_under_a_foreign_name(server: Served) -> None:
    status, body = refused_session(server, "evil.example", "http://evil.example")
    assert status == 400 and "'evil.example'" in body


def test_a_session_is_opened_under_the_same_headers_and_sends_no_statistics(server: Served) -> None:
    with server.session(Origin=server.url) as link:
        assert link.response is not None and link.response.headers["X-Content-Type-Options"] == "nosniff"
        message = ForwardMsg()
        while not message.HasField("new_session"):
            received = link.recv(30)
            assert isinstance(received, bytes)
            message.ParseFromString(received)
    assert message.new_session.config.gather_usage_stats is False
    assert message.new_session.config.toolbar_mode == message.new_session.config.ToolbarMode.VIEWER


def test_nobody_elsewhere_steers_a_page(server: Served) -> None:
    assert json.loads(ask(server, "/_stcore/host-config")[2])["allowedOrigins"] == []


def test_no_process_of_the_server_looks_at_another_machine(server: Served, watched: Path) -> None:
    """After all that was asked above, refused origins among it, for which Streamlit would look up its own address."""
    assert (watched / "seen").read_text(encoding="utf8") == ""
    look = "import socket, contextlib\nwith contextlib.suppress(OSError): socket.getaddrinfo('nowhere.invalid', 80)"
    subprocess.run([sys.executable, "-c", look], env=environment(watched), check=True)
    assert "nowhere.invalid" in (watched / "seen").read_text(encoding="utf8"), "the watch sees what it is for"
    (watched / "seen").write_text("", encoding="utf8")


def test_a_port_in_use_is_refused_and_nothing_starts(server: Served) -> None:
    command = [sys.executable, "-m", "sim", "dashboard", "--port", str(server.port)]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (2, "")
    assert ended.stderr == (
        f"heavypress: --port: {server.port} is in use on 127.0.0.1; stop what listens there, or choose another port\n"
    )


@pytest.mark.parametrize("query", ["scenario=nairr_us&lang=de", "scenario=isambard_ai_uk"])
def test_a_browser_that_still_shows_other_labels_changes_nothing(server: Served, query: str) -> None:
    """After the language, or the scenario, has changed, a browser sends the labels of before with its next move."""
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&queue=off&draws=64")
        assert "NAIRR as proposed for the United States" in visitor.choices.values()
        elements = visitor.follow(f"{query}&queue=off&draws=64")
        assert not [each.exception for each in elements if each.HasField("exception")]
        labels = {each.selectbox.options[each.selectbox.default] for each in elements if each.HasField("selectbox")}
        assert visitor.query.startswith(f"{query.split('&')[0]}&draws=64&queue=off") and len(labels) > 2
        assert "between=" not in visitor.query


@pytest.mark.parametrize("knows", [True, False])
def test_a_step_back_across_a_change_of_language_leads_back(server: Served, knows: bool) -> None:
    """With the address that it goes back to, the browser sends the labels of the page, or still those of before."""
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&queue=off&draws=64&set=cloud.decline_per_year=0.21")
        at_first, address = visitor.choices, visitor.query
        before = set(at_first.values())
        visitor.follow("scenario=nairr_us&queue=off&draws=64&set=cloud.decline_per_year=0.22&lang=de")
        assert "lang=de" in visitor.query
        assert "NAIRR machines" in before and "NAIRR-Maschinen" in visitor.choices.values()
        visitor.choices = visitor.choices if knows else at_first
        visitor.follow(address, times=1)
        assert set(visitor.choices.values()) == before and "0.21" in visitor.query


def test_a_move_of_which_the_timer_of_a_part_brings_the_first_word_is_not_lost(server: Served) -> None:
    """A browser sends all values with every request; the request of the move itself then brings nothing new."""
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&draws=128&queue=off")
        slider = next(each for each in visitor.sliders if each.label == "Service life (years)")
        visitor.move(slider, 3, late=True)
        assert "set=public_cluster.life_years" in visitor.query


def test_a_timer_that_brings_what_a_step_back_has_replaced_does_not_bring_it_back(server: Served) -> None:
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&draws=128&queue=off")
        slider, address = next(each for each in visitor.sliders if each.label == "Service life (years)"), visitor.query
        visitor.move(slider, 3)
        visitor.follow(address, times=1)
        assert "set=" not in visitor.query
        visitor.look()
        visitor.follow(visitor.query, times=1)
        assert "set=" not in visitor.query


def says_changed(elements: list[Any]) -> bool:
    """Whether a page says above its numbers that the life of machines is another one."""
    return any("life" in each.markdown.body and "→" in each.markdown.body for each in elements)


def test_a_step_back_after_such_an_echo_is_taken(server: Served) -> None:
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&draws=128&queue=off")
        slider, first = next(each for each in visitor.sliders if each.label == "Service life (years)"), visitor.query
        assert says_changed(visitor.move(slider, 3))
        second = visitor.query
        visitor.move(slider, 4)
        visitor.follow(second, times=1)
        visitor.look()
        visitor.hear(slider, 3)
        visitor.look()
        assert not says_changed(visitor.follow(first, times=1))


def test_a_value_of_before_is_taken_once_the_browser_has_sent_another(server: Served) -> None:
    """A step back has replaced it; what is moved after that shows that the browser knows."""
    with server.session() as link:
        visitor = Visitor(link, "scenario=nairr_us&draws=128&queue=off")
        slider, first = next(each for each in visitor.sliders if each.label == "Service life (years)"), visitor.query
        visitor.move(slider, 3)
        moved = visitor.query
        visitor.follow(first, times=1)
        visitor.move(slider, 5)
        assert "set=" in visitor.query and visitor.query != moved
        visitor.move(slider, 3, late=True)
        assert visitor.query.split("&found")[0] == moved.split("&found")[0]
