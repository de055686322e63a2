"""Where the server listens, and under which names it is asked for. Loads no web server: refusing takes no time."""

from __future__ import annotations

import errno
import ipaddress
import os
import re
import socket
from collections.abc import Sequence
from urllib.parse import urlsplit

from sim.cli.commands import RefusedError
from sim.formatting import short_repr

LOOPBACK = ("localhost", "127.0.0.1", "::1")
BACKLOG = 2048
_NAME = re.compile(
    r"(?=.{1,253}$)(\*\.)?([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*"
)
_SEGMENT = re.compile(r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*")


def read_host(text: str) -> str:
    """A name or address as `Hosts` knows it; RefusedError for any other form, such as one with a scheme or a port."""
    name = text.strip().lower().rstrip(".")
    try:
        return str(ipaddress.ip_address(name.strip("[]")))
    except ValueError:
        pass
    if not _NAME.fullmatch(name):
        raise RefusedError(
            f"--allow-host: {short_repr(text)} is not the name of a host, such as policy.example.org, "
            "*.example.org or 10.0.0.7, without scheme, port and path"
        )
    return name


def read_address(text: str) -> str:
    """An address to listen on; RefusedError for what is none."""
    try:
        return str(ipaddress.ip_address("127.0.0.1" if text == "localhost" else text.strip("[]")))
    except ValueError:
        raise RefusedError(
            f"--address: {short_repr(text)} is not an address of this machine, such as 127.0.0.1 for this machine "
            "alone or 0.0.0.0 for all that reach it"
        ) from None


def read_base_path(text: str) -> str:
    """A path with its slash before it and none behind, empty for none; RefusedError for what is no plain path."""
    inner = text.strip("/")
    if inner and not all(_SEGMENT.fullmatch(part) for part in inner.split("/")):
        raise RefusedError(f"--base-path: {short_repr(text)} is not a path, such as /heavy-press")
    return f"/{inner}" if inner else ""


def listen(address: str, port: int) -> socket.socket:
    """A socket that listens; RefusedError where the address or the port cannot be had."""
    found = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET)
    try:
        if os.name != "nt":  # where it would let two servers have one port
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if ":" in address:
            found.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        found.bind((address, port))
        found.listen(BACKLOG)
    except OSError as error:
        found.close()
        raise RefusedError(_why(error, address, port)) from None
    found.setblocking(False)
    return found


def _why(error: OSError, address: str, port: int) -> str:
    """The sentence for a socket that could not be had."""
    if error.errno == errno.EADDRINUSE:
        return f"--port: {port} is in use on {address}; stop what listens there, or choose another port"
    if error.errno == errno.EACCES:
        return f"--port: {port} may not be opened by this user; choose one from 1024 to 65535"
    return f"--address: {address} cannot be listened on: {error.strerror}"


def shown_address(address: str) -> str:
    """The host of an address in a URL: this machine for those that stand for every address."""
    if address in ("0.0.0.0", "::"):
        return "localhost"
    return f"[{address}]" if ":" in address else address


class Hosts:
    """The names that the server answers to."""

    def __init__(self, allowed: Sequence[str], address: str) -> None:
        """This machine's own names, the address that is listened on, and `allowed`, as `read_host` has them."""
        self.names = tuple(dict.fromkeys([*LOOPBACK, shown_address(address).strip("[]"), *allowed]))

    def allows(self, host: str) -> bool:
        """True for a Host header that names one of them, with any port."""
        name = _host_name(host)
        return name is not None and any(
            name.endswith(known[1:]) if known.startswith("*.") else name == known for known in self.names
        )


def _host_name(host: str) -> str | None:
    """The name in a Host header; None for what is no such header."""
    if re.search(r"[^A-Za-z0-9._:\[\]-]", host):
        return None
    try:
        parts = urlsplit(f"//{host}")
        return str(parts.hostname or "").rstrip(".") or None if parts.port != 0 else None
    except ValueError:
        return None


def same_origin(origin: str, host: str) -> bool:
    """True where a page of this origin asks the host that it came from."""
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
