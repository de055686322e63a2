"""Nothing is left behind, whatever ends the server while it computes."""

from __future__ import annotations

import os
import signal

import psutil
import pytest
from websockets.sync.client import ClientConnection

from sim.processors import processors
from tests.dashboard.serving import PATIENCE_SECONDS, Served, Visitor, run_again, served, until

pytestmark = pytest.mark.slow

SECONDS = 5  # within which everything is gone


def at_work(server: Served, link: ClientConnection) -> list[psutil.Process]:
    """Every process of a server, once it computes."""
    for _ in range(PATIENCE_SECONDS):
        if until(server.computes, 1):
            break
        run_again(link)  # a worker is started when nothing has moved for a while
    assert server.computes()
    return [psutil.Process(server.process.pid), *server.children()]


@pytest.mark.slow
@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGKILL", "SIGSEGV"])
def test_no_process_is_left_whatever_signal_comes(name: str) -> None:
    with served(HEAVYPRESS_CACHE="off") as server, server.session() as link:
        all_of_them = at_work(server, link)
        assert len(all_of_them) >= 4
        server.process.send_signal(getattr(signal, name))
        ended, alive = psutil.wait_procs(all_of_them, SECONDS)
        assert not alive, [each.cmdline() for each in alive]
        _, complaints = server.process.communicate(timeout=PATIENCE_SECONDS)
        code = next(each.returncode for each in ended if each.pid == server.process.pid)
        assert code == (-getattr(signal, name) if name in ("SIGKILL", "SIGSEGV") else 0)
        assert "Traceback" not in complaints


def interrupt(server: Served) -> None:
    """Ctrl+C twice, as a terminal sends it: to every process. It ends in silence, and all of them with it."""
    all_of_them = [psutil.Process(server.process.pid), *server.children()]
    for _ in range(2):
        os.killpg(server.process.pid, signal.SIGINT)
    ended, late = psutil.wait_procs(all_of_them, SECONDS)
    # what has ended by then, and waits for whoever takes note of it, is no process any more
    alive = [each for each in late if each.is_running() and each.status() != psutil.STATUS_ZOMBIE]
    _, complaints = server.process.communicate(timeout=PATIENCE_SECONDS)
    assert (alive, complaints) == ([], "")
    code = next((each.returncode for each in ended if each.pid == server.process.pid), server.process.returncode)
    assert code == 0


@pytest.mark.slow
def test_ctrl_c_twice_at_a_terminal_is_no_error() -> None:
    with served(HEAVYPRESS_CACHE="off") as server, server.session() as link:
        at_work(server, link)
        interrupt(server)


def test_ctrl_c_is_no_error_while_the_fork_server_still_loads() -> None:
    with served() as server:
        interrupt(server)


@pytest.mark.slow
@pytest.mark.skipif(processors() < 2, reason="the server computes everything itself on one processor")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_nor_is_one_that_computes_moves_beside_it(name: str) -> None:
    with served(HEAVYPRESS_CACHE="off") as server, server.session() as link:
        visitor = Visitor(link, "scenario=small_country&queue=off&draws=64")
        before = len(server.children())
        visitor.move(visitor.sliders[0], 1)
        assert until(lambda: len(server.children()) > before)
        visitor.move(visitor.sliders[0], 2)
        all_of_them = [psutil.Process(server.process.pid), *server.children()]
        server.process.send_signal(getattr(signal, name))
        assert not psutil.wait_procs(all_of_them, SECONDS)[1]


@pytest.mark.slow
def test_a_page_whose_browser_has_gone_keeps_no_other_waiting() -> None:
    """Its session is kept, for it may come back; its run makes room for another, and goes on for the same page anew."""
    query = "scenario=nairr_us&draws=2048&seed={}"
    with served(HEAVYPRESS_MOST_RUNS="1") as server:
        with server.session() as link:
            gone = Visitor(link, query.format(1))
            assert until(lambda: gone.look() or server.computes())
            first = server.workers()
        with server.session() as link:
            again = Visitor(link, query.format(1))
            again.look()
            assert server.workers() & first, "loaded again, the page finds its run"
        with server.session() as link:
            other = Visitor(link, query.format(2))
            assert until(lambda: other.look() or (server.computes() and not server.workers() & first), 10)
            with server.session() as second:
                waits = Visitor(second, query.format(3))
                held = server.workers()
                for _ in range(3):
                    waits.look()
                    other.look()
                assert server.workers() & held, "but no page that is open loses its run"
