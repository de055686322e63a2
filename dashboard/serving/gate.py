"""The gate before the pages: who may ask, for what, and the headers of every answer.

It stands around the whole of Streamlit, so that no answer passes without its headers, and no request of a foreign page
reaches the place where Streamlit would look up its external address to judge it.
"""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Any

from dashboard.limits import limit
from dashboard.serving.hosts import Hosts, same_origin
from sim.formatting import short_repr

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Answer = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

HEALTH = "/healthz"
HOME = "/answer"  # the page that lies at the root, by its name
READING = ("GET", "HEAD", "OPTIONS")
SPARE_STREAMS = 20  # beyond the sessions: those who read that there is no place, and tabs that reconnect
FIXED = {
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# Of Streamlit: its files, what a page shows, what is uploaded, and what keeps page and server together. Its agent API,
# its metrics and its login are not served.
_SERVED = re.compile(
    r"/(media|component)/.+|/_stcore/(health|host-config|stream|upload_file/[^/]+/[^/]+|bidi-components/.+)"
)
_PAGE = re.compile(r"/[\w-]*")  # a page has one word; the page itself says where it is none
_NEARLY = re.compile(r"/[\w-]+/?")  # the same in capitals or with a slash behind it, as people paste it
MOST_PARAMETERS = 1_000  # of an address: Streamlit drops all of them where there are more, and says nothing
_SCRIPT = Path(__file__).with_name("page.js")  # runs in every page, before those of Streamlit


class Gate:
    """An ASGI application around that of Streamlit."""

    def __init__(self, inner: Answer, hosts: Hosts, base_path: str, files: Path) -> None:
        """Let through to `inner` what is meant for the dashboard below `base_path`, whose own files lie in `files`."""
        self._inner, self._hosts, self._base, self._files = inner, hosts, base_path, files
        ours = f"<script>{_SCRIPT.read_text(encoding='utf8')}</script>"
        self._page = (files / "index.html").read_text(encoding="utf8").replace("<script", f"{ours}<script", 1)
        self._inline = _inline_scripts(self._page)
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or let through."""
        if scope["type"] == "lifespan":
            return await self._inner(scope, receive, send)
        asked = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        host = asked[0] if len(asked) == 1 and self._hosts.allows(asked[0]) else ""
        send = _with_headers(send, [*_encoded(FIXED), *_encoded({"Content-Security-Policy": self._policy(host)})])
        if refusal := self._refusal(scope, host, asked):
            return await _say(scope, send, *refusal)
        if scope["type"] == "http":
            if self._asks_for_health(scope):
                return await _say(scope, send, 200, "ok")
            if (place := self._meant(scope)) is not None:
                return await _say(scope, send, 308, f"It is at {place}", more={"Location": place})
            if self._asks_for_page(scope):
                return await _say(scope, send, 200, self._page, "text/html", "no-cache")
            return await self._inner(scope, receive, send)
        self._streams += 1
        try:
            await self._inner(scope, receive, send)
        finally:
            self._streams -= 1

    def _refusal(self, scope: Scope, host: str, asked: list[str]) -> tuple[int, str] | None:
        """Status and sentence of a request that is not let through."""
        if not host:
            name = short_repr(asked[0]) if asked else "none"
            return 400, f"This server does not answer to the host {name}; its operator adds names with --allow-host."
        origin = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"origin"), None)
        changes = scope["type"] == "websocket" or scope["method"] not in READING
        if changes and origin is not None and not same_origin(origin, host):
            return 403, f"A page of {short_repr(origin)} may not use this server."
        if self._meant(scope) is not None:
            return None
        if (count := scope["query_string"].count(b"&") + 1) > MOST_PARAMETERS and scope["type"] == "http":
            return (
                414,
                f"Of {count:,} parameters of an address at most {MOST_PARAMETERS:,} are read; nothing was opened.",
            )
        if not self._known(self._rest(scope["path"])) and not self._asks_for_health(scope):
            return 404, "There is nothing at this address."
        if scope["type"] == "websocket" and self._streams >= limit("SESSIONS") + SPARE_STREAMS:
            return 503, "This server has as many open pages as it may have; come back later."
        return None

    def _asks_for_health(self, scope: Scope) -> bool:
        """True for the health of the server, below the base path or not."""
        return HEALTH in (scope["path"], self._rest(scope["path"]))

    def _asks_for_page(self, scope: Scope) -> bool:
        """True for what a browser opens; the base path without its slash is no place that a page's files lie below."""
        reads = scope["method"] in ("GET", "HEAD") and scope["path"] != self._base
        return reads and _PAGE.fullmatch(self._rest(scope["path"])) is not None

    def _meant(self, scope: Scope) -> str | None:
        """The address of the page that is meant by one in capitals or with a slash behind it; None for all else."""
        rest = self._rest(scope["path"])
        place = rest.rstrip("/").lower()
        place = "/" if place == HOME else place
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or not _NEARLY.fullmatch(rest):
            return None
        query = f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else ""
        return (
            f"{self._base}{place}{query}" if place != rest and not (self._files / rest.lstrip("/")).exists() else None
        )

    def _rest(self, path: str) -> str:
        """The path below the base path, from its slash on; empty for what is elsewhere."""
        inside = f"{path}/".startswith(f"{self._base}/")
        return (path.removeprefix(self._base) or "/") if inside else ""

    def _known(self, rest: str) -> bool:
        """True for what Streamlit serves, which answers every other path with its first page."""
        if _PAGE.fullmatch(rest) or _SERVED.fullmatch(rest):
            return True
        return rest != "" and ".." not in rest and "\\" not in rest and (self._files / rest.lstrip("/")).is_file()

    def _policy(self, host: str) -> str:
        """The content security policy: this server alone. `host` is checked, or empty."""
        streams = f" ws://{host} wss://{host}" if host else ""  # older browsers do not count them as 'self'
        return (
            f"default-src 'self'; script-src 'self' {self._inline}; style-src 'self' 'unsafe-inline'; "
            f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'{streams}; worker-src 'self' blob:; "
            "object-src 'none'; base-uri 'self'; form-action 'self'; frame-src 'none'; frame-ancestors 'none'"
        )


def _inline_scripts(page: str) -> str:
    """Sources that allow the inline scripts of a page, by their digest, and no other."""
    scripts = re.findall(r"<script>(.*?)</script>", page, re.DOTALL)
    return " ".join(f"'sha256-{b64encode(sha256(each.encode()).digest()).decode()}'" for each in scripts)


def _encoded(headers: dict[str, str]) -> Headers:
    return [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()]


def _with_headers(send: Send, headers: Headers) -> Send:
    """`send` that puts these headers on whatever is sent, in the place of others of their names."""
    names = {name for name, _ in headers}

    async def sending(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.accept", "websocket.http.response.start"):
            kept = [each for each in message.get("headers", []) if bytes(each[0]).lower() not in names]
            message["headers"] = [*kept, *headers]
        await send(message)

    return sending


async def _say(
    scope: Scope,
    send: Send,
    status: int,
    text: str,
    media: str = "text/plain",
    cache: str = "no-store",
    more: Mapping[str, str] = MappingProxyType({}),
) -> None:
    """Answer with a text, a line of plain text or a page; a websocket that takes no such answer is closed."""
    kind = "http.response"
    if scope["type"] == "websocket":
        if "websocket.http.response" not in scope.get("extensions", {}):
            return await send({"type": "websocket.close", "code": 1008})
        kind = "websocket.http.response"
    body = text.encode()
    headers = {
        "Content-Type": f"{media}; charset=utf-8",
        "Content-Length": str(len(body)),
        "Cache-Control": cache,
        **more,
    }
    await send({"type": f"{kind}.start", "status": status, "headers": _encoded(headers)})
    await send({"type": f"{kind}.body", "body": body})
