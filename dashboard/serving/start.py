"""The start of the server: everything that can be refused is, before anything that takes time is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import suppress

from dashboard import limits
from dashboard.serving import hosts
from sim.cli.commands import RefusedError
from sim.sources import share


def serve(address: str, port: int, allowed: Sequence[str], base_path: str, open_browser: bool) -> None:
    """Serve the dashboard until a signal ends the process. Port 0 takes any that is free.

    RefusedError, a sentence, for an address, port, host, path or limit that cannot be had.
    """
    address, base_path = hosts.read_address(address), hosts.read_base_path(base_path)
    known = hosts.Hosts([hosts.read_host(each) for each in allowed], address)
    try:
        limits.check(os.environ)
    except ValueError as error:
        raise RefusedError(error) from None
    listener = hosts.listen(address, port)
    port = listener.getsockname()[1]
    url = f"http://{hosts.shown_address(address)}:{port}{base_path}"
    # only now, for they take a second
    from dashboard.serving import run
    from dashboard.serving.options import options

    def ready() -> None:
        with suppress(OSError):  # nobody reads it
            print(f"The dashboard is at {url} (Ctrl+C stops it)", flush=True)
        if open_browser:
            run.open_browser(url)

    run.run(listener, options(address, port, known.names, base_path), known, share("dashboard") / "app.py", ready)
