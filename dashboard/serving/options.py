"""Streamlit's own settings, stated here as on its command line: no file and no variable of a user changes them.

Looks (`[theme]`) are no matter of safety: they stand in `dashboard/.streamlit/config.toml`.
"""

from __future__ import annotations

from typing import Any

from dashboard.limits import limit

FIXED: dict[str, Any] = {
    "global.developmentMode": False,
    "global.disableWidgetStateDuplicationWarning": True,  # widgets have their value twice, see `steps.follow`
    "logger.hideWelcomeMessage": True,
    "browser.gatherUsageStats": False,  # no request leaves this machine
    "client.showErrorDetails": "type",  # without paths and values
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "client.allowedOrigins": [],  # whose pages may steer ours
    "runner.magicEnabled": False,
    "runner.postScriptGC": False,  # see `garbage`
    "server.headless": True,  # opens no browser of its own
    "server.showEmailPrompt": False,
    "server.fileWatcherType": "none",  # code does not change under a running model
    "server.runOnSave": False,
    "server.allowRunOnSave": False,
    "server.enableCORS": True,
    "server.corsAllowedOrigins": [],
    "server.enableXsrfProtection": True,
    "server.xsrfCookieSameSite": "strict",
    "server.enableStaticServing": False,
    "server.enableAgentApi": False,
    "server.scriptHealthCheckEnabled": False,
    "server.trustedUserHeaders": {},
    "server.maxMessageSize": 50,  # megabytes: charts and tables of a page
    "server.maxWidgetStateSize": 5,  # megabytes: what a browser sends
    "server.maxCacheDataSize": "256mb",
    "server.disconnectedSessionTTL": 120,  # seconds in which a reload finds its session
}


def options(address: str, port: int, hosts: tuple[str, ...], base_path: str) -> dict[str, Any]:
    """Every setting of a server that listens here and answers to these names."""
    return FIXED | {
        "server.address": address,
        "server.port": port,
        "server.allowedHosts": list(hosts),
        "server.baseUrlPath": base_path,
        "server.maxUploadSize": limit("UPLOAD_MB"),
        "browser.serverPort": port,
    }
