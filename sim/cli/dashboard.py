"""The command `dashboard`."""

from __future__ import annotations

import os
import subprocess
import sys

from sim.cli.commands import command
from sim.cli.options import integer, option
from sim.sources import share


@command("dashboard", "dashboard", "dashboard --port 8600")
@option("--port", type=integer(1, 65_535), default=8501, metavar="P", help="where the browser finds it")
def dashboard(port: int) -> int:
    """The exit code of Streamlit, which runs until it is interrupted."""
    folder = share("dashboard")
    paths = os.pathsep.join(filter(None, [str(folder.parent), os.environ.get("PYTHONPATH", "")]))
    call = [sys.executable, "-m", "streamlit", "run", str(folder / "app.py"), "--server.port", str(port)]
    return subprocess.call(call, env={**os.environ, "PYTHONPATH": paths})
