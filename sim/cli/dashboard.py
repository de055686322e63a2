"""The command `dashboard`."""

from __future__ import annotations

import os
import sys
from importlib import import_module

from sim.cli.commands import command
from sim.cli.options import integer, option
from sim.sources import share

SERVER = "dashboard.serving.start:serve"  # named, for the program does not rest on its page
DEFAULT_PORT = 8501


@command(
    "dashboard",
    "dashboard",
    "dashboard --port 8600 --open",
    "dashboard --address 0.0.0.0 --allow-host policy.example.org --base-path /heavy-press",
)
@option("--port", type=integer(0, 65_535), default=DEFAULT_PORT, metavar="P", help="where the browser finds it; 0: any")
@option("--address", default="127.0.0.1", metavar="A", help="address to listen on; 0.0.0.0 for every one")
@option("--allow-host", "hosts", multiple=True, metavar="H", help="a further name to answer to; once for each")
@option("--base-path", default="", metavar="PATH", help="path below which it is served, as a proxy passes it on")
@option("--open", "open_browser", is_flag=True, help="open a browser too")
def dashboard(port: int, address: str, hosts: tuple[str, ...], base_path: str, open_browser: bool) -> None:
    """Serve until a signal ends the process."""
    above = str(share("dashboard").parent)
    if above not in sys.path:
        sys.path.insert(0, above)
    # for the workers, which are processes of their own
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [above, os.environ.get("PYTHONPATH", "")]))
    module, _, name = SERVER.partition(":")
    getattr(import_module(module), name)(address, port, hosts, base_path, open_browser)
