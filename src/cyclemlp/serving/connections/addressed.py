"""Requests that a page of another host makes a browser send are refused."""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from cyclemlp.serving.faults import Fault

_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})
_READING = ("GET", "HEAD", "OPTIONS")


class Addressed:
    """Middleware that checks the headers ``Host`` and ``Origin``.

    The name check keeps out DNS rebinding: a page whose name is made to mean this machine. The
    origin check keeps out forms and scripts of other pages, which a browser sends without asking.

    Args:
        app: the application.
        hosts: the names that requests may use, see `allowed_hosts`; None for all of them.
    """

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] == "http":
            headers = Headers(scope=scope)
            fault = self._wrong_host(headers) or self._wrong_origin(scope["method"], headers)
            if fault is not None:
                await fault.response()(scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _wrong_host(self, headers: Headers) -> Fault | None:
        given = headers.getlist("host")
        if self._hosts is None and len(given) < 2:  # HTTP/1.0, as health checks speak, has none
            return None
        if len(given) == 1 and _name(f"//{given[0]}") in (self._hosts or ()):
            return None
        received = f"Host: {', '.join(given)[:60]}" if given else "no Host"
        if self._hosts is None:
            return Fault(421, "a request has at most one header Host", received, "send it once")
        rule = f"a request is addressed to {', '.join(sorted(self._hosts))}"
        return Fault(421, rule, received, "use that address, or start with --allow-host NAME")

    def _wrong_origin(self, method: str, headers: Headers) -> Fault | None:
        origin = headers.get("origin")
        if origin is None or method in _READING or self._is_own(origin, headers.get("host", "")):
            return None
        rule = "a browser sends pictures from the page of this service"
        remedy = "open the page of this service, or start with --allow-host NAME behind a proxy"
        return Fault(403, rule, f"Origin: {origin[:60]}", remedy)

    def _is_own(self, origin: str, host: str) -> bool:
        """Return whether an origin is this service; a proxy may have changed the host."""
        named = (self._hosts or frozenset()) - _LOCAL
        return origin.partition("://")[2].lower() == host.lower() or _name(origin) in named


def allowed_hosts(host: str, more: Collection[str]) -> frozenset[str] | None:
    """Return the names, in lower case, that requests may use for a service; None for all of them.

    Args:
        host: the interface at which the service listens.
        more: names that the user allows.
    """
    if not more and not _is_loopback(host):
        return None
    return _LOCAL | {host.lower()} | {name.lower() for name in more}


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
