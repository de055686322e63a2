"""The running server: Streamlit behind the gate under uvicorn, and its end, after which no process is left."""

from __future__ import annotations

import os
import signal
import webbrowser
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from socket import socket
from threading import Event, Thread
from types import FrameType
from typing import Any

import streamlit
import uvicorn
from streamlit import config, net_util
from streamlit.web.server.starlette import App

from dashboard import beside, jobs
from dashboard.serving import garbage
from dashboard.serving.gate import Gate
from dashboard.serving.hosts import Hosts
from dashboard.serving.options import FIXED

SIGNALS = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGBREAK")  # those that the system has
GRACE_SECONDS = 2  # for answers that are under way
PING_SECONDS = 30
MEGABYTE = 2**20


class Server(uvicorn.Server):
    """One that ends in peace on every signal which can be caught, be it twice, without complaint."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Ask for the end on a signal. The handlers stay until the process is gone: no signal comes between."""
        for name in SIGNALS:
            if number := getattr(signal, name, None):
                signal.signal(number, self.handle_exit)
        yield

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """End; a second signal hurries nothing, for what is cut off in its end complains."""
        self.should_exit = True


def run(listener: socket, settings: dict[str, Any], hosts: Hosts, script: Path, ready: Callable[[], None]) -> None:
    """Serve the script on the socket until a signal comes, then end the process; `ready` is called when it serves."""

    @asynccontextmanager
    async def life(_: App) -> AsyncIterator[None]:
        jobs.warm()
        beside.allow()
        Thread(target=_load, daemon=True).start()
        ready()
        yield

    app = _application(script, settings, life)
    gate = Gate(app, hosts, settings["server.baseUrlPath"], Path(streamlit.__file__).parent / "static")
    server = Server(
        uvicorn.Config(
            gate,
            ws="websockets-sansio",
            ws_max_size=FIXED["server.maxWidgetStateSize"] * MEGABYTE,
            ws_ping_interval=PING_SECONDS,
            ws_ping_timeout=PING_SECONDS,
            ws_per_message_deflate=False,
            server_header=False,
            access_log=False,
            log_config=None,
            log_level="warning",
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
    )
    server.run(sockets=[listener])
    jobs.stop_all()
    # a script that computes would be waited for; nothing that is left to do writes anything
    os._exit(0 if server.started else 1)


def _application(script: Path, settings: dict[str, Any], life: Callable[[App], Any]) -> App:
    """Streamlit with our settings. It never asks outside for its address, not even to judge an origin."""
    config._main_script_path = str(script)
    config.get_config_options(force_reparse=True, options_from_flags=settings)
    net_util.get_external_ip = net_util.get_internal_ip = lambda: None
    return App(script, lifespan=life)


def _load() -> None:
    """Make the first page's numbers before a visitor waits for them, then keep the memory of the server tidy."""
    with suppress(Exception):  # the page says what is wrong, and the memory must be looked after all the same
        from dashboard.page import prepare

        prepare()
    garbage.keep_loaded()
    garbage.collect(Event())


def open_browser(url: str) -> None:
    """Open a browser beside the server."""
    Thread(target=webbrowser.open, args=(url,), daemon=True).start()
