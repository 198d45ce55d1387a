"""Metrics and one line of the log for each request; never a picture, a file's name or a key."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Collection
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cyclemlp.serving.metrics import Metrics

_log = logging.getLogger("cyclemlp.serving")


class Recording:
    """Middleware that counts, times and logs requests.

    Args:
        app: the application.
        metrics: the service's.
        routes: paths to tell apart; all others are counted as one.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics, routes: Collection[str]) -> None:
        self._app, self._metrics, self._routes = app, metrics, frozenset(routes)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.monotonic(), 500

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, sending)
        except Exception:  # answered with status 500; the server would break the connection
            _log.exception("a fault of the program")
        finally:
            self._record(scope, status, time.monotonic() - begun)

    def _record(self, scope: Scope, status: int, seconds: float) -> None:
        route = scope["path"] if scope["path"] in self._routes else "other"
        about: dict[str, Any] = scope.get("state", {}).get("about", {})
        self._metrics.requests.labels(route, str(status), about.get("model", "")).inc()
        self._metrics.latency.labels(route).observe(seconds)
        entry = {
            "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "method": scope["method"] if len(scope["method"]) < 10 else "other",
            "route": route,
            "status": status,
            "milliseconds": round(1000 * seconds, 1),
            **about,
        }
        _log.info(json.dumps(entry))
