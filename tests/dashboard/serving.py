"""A dashboard that was started by its command, and what is asked of it without a browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from dashboard.worker import BEHIND

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_SECONDS = 60


class Served:
    """A server that runs: its process, its address, and everything that it started."""

    def __init__(self, process: subprocess.Popen[str], said: str) -> None:
        """`said` is the line in which it names its address."""
        self.process, self.said = process, said
        found = re.search(r"http://(\S+?:(\d+))(/\S*)? ", said)
        assert found, said
        self.host, self.port, self.path = found[1], int(found[2]), found[3] or ""
        self.url = f"http://{self.host}{self.path}"

    @contextmanager
    def session(self, **headers: str) -> Iterator[ClientConnection]:
        """A session, as a browser opens one, whose page is computed."""
        address, protocols = f"ws://{self.host}{self.path}/_stcore/stream", [Subprotocol("streamlit")]
        with connect(
            address, subprotocols=protocols, additional_headers=headers, max_size=None, close_timeout=1
        ) as link:
            run_again(link)
            yield link

    def children(self) -> list[psutil.Process]:
        """Every process below the server: the fork server, its workers, and who looks after what they share."""
        try:
            return psutil.Process(self.process.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []

    def workers(self) -> set[psutil.Process]:
        """Those of them that compute a run: they stand behind whatever computes moves."""
        found = set()
        for each in self.children():
            with suppress(psutil.NoSuchProcess):  # it has ended meanwhile
                found |= {each} if each.nice() == BEHIND else set()
        return found

    def computes(self) -> bool:
        """True while a worker has been at it for a while."""
        try:
            return any(each.cpu_times().user > 0.3 for each in self.workers())
        except psutil.NoSuchProcess:
            return False


def run_again(link: ClientConnection) -> None:
    """Ask for the page once more, as a browser does by its timers while it waits for a worker."""
    asked = BackMsg()
    asked.rerun_script.query_string = ""
    link.send(asked.SerializeToString())


class Visitor:
    """What the browser of a session knows of it: its address, and what has been moved in it."""

    def __init__(self, link: ClientConnection, query: str) -> None:
        """One who opens a page at an address."""
        self._link, self.query = link, query
        self._moved: dict[str, float] = {}
        self._shown: dict[str, str] = {}  # labels of choices, which a browser sends with every move
        self.timer = ""  # the part of the page that is run again by a timer
        self.changed = False  # whether its address says that anything differs from the scenario
        elements = self._ask()
        self.sliders = [each.slider for each in elements if each.HasField("slider")]
        self.choices = chosen(elements)

    def move(self, slider: Any, step: int, late: bool = False) -> list[Any]:
        """Move a slider to one of its steps; the elements that the page has sent when it has run.

        late: the timer asks before the move does, but with the value that the slider has by now.
        """
        self.hear(slider, step)
        if late:
            self.look()
        return self._ask()

    def hear(self, slider: Any, step: int) -> None:
        """Learn that the page has put a slider elsewhere."""
        self._moved[slider.id] = slider.min + step * slider.step

    def look(self) -> None:
        """Ask for the part of the page that looks at a worker, as its timer does, with the values of all widgets."""
        assert self.timer, "nothing is computed beside the page"
        self._ask(self.timer)

    def follow(self, query: str, times: int = 2) -> list[Any]:
        """Go to another address, as the browser that still shows what it showed; what the page has sent.

        times: how often the page is asked for; at the second time it knows whose labels it gets.
        """
        self.query, self._shown = query, self.choices
        for _ in range(times):
            elements = self._ask()
        self.choices = chosen(elements)
        return elements

    def _ask(self, part: str = "") -> list[Any]:
        message = BackMsg()
        message.rerun_script.query_string = self.query
        message.rerun_script.fragment_id, message.rerun_script.is_auto_rerun = part, bool(part)
        for key, value in self._moved.items():
            state = message.rerun_script.widget_states.widgets.add(id=key)
            state.double_array_value.data.append(value)
        for key, label in self._shown.items():
            message.rerun_script.widget_states.widgets.add(id=key).string_value = label
        self._link.send(message.SerializeToString())
        elements = []
        while True:
            received = ForwardMsg()
            text = self._link.recv(PATIENCE_SECONDS)
            assert isinstance(text, bytes)
            received.ParseFromString(text)
            if received.HasField("page_info_changed"):
                self.query = received.page_info_changed.query_string
                self.changed = "set=" in self.query
            if received.HasField("auto_rerun"):
                self.timer = received.auto_rerun.fragment_id
            if received.HasField("delta") and received.delta.HasField("new_element"):
                elements.append(received.delta.new_element)
            if received.HasField("script_finished") and received.script_finished != ForwardMsg.FINISHED_EARLY_FOR_RERUN:
                ended = "FINISHED_FRAGMENT_RUN_SUCCESSFULLY" if part else "FINISHED_SUCCESSFULLY"
                assert received.script_finished == ForwardMsg.ScriptFinishedStatus.Value(ended)
                return elements


def chosen(elements: list[Any]) -> dict[str, str]:
    """The label that each choice shows, by its id."""
    choices = [each.selectbox for each in elements if each.HasField("selectbox")]
    return {each.id: each.options[each.default] for each in choices if each.HasField("default")}


def until(condition: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Wait for something that must happen."""
    deadline = time.monotonic() + seconds
    while not condition() and time.monotonic() < deadline:
        time.sleep(0.05)
    return condition()


@contextmanager
def served(*words: str, **environment: str) -> Iterator[Served]:
    """A dashboard at a free port, started by the command; it is stopped afterwards."""
    command = [sys.executable, "-m", "sim", "dashboard", "--port", "0", *words]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert process.stdout
    try:
        yield Served(process, process.stdout.readline())
    finally:
        process.terminate()
        process.communicate(timeout=PATIENCE_SECONDS)
