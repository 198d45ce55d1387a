"""A service from its models to its end."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from fastapi import FastAPI

from cyclemlp.serving.application import create_app
from cyclemlp.serving.connections.addressed import allowed_hosts
from cyclemlp.serving.limits import Limits
from cyclemlp.serving.servable import Servable
from cyclemlp.serving.server import Server, bound_socket, signals_end_quietly
from cyclemlp.serving.service import Service
from cyclemlp.serving.turns import brief_turns

_log = logging.getLogger("cyclemlp.serving")


def run_service(
    servables: Sequence[Servable],
    limits: Limits,
    host: str,
    port: int,
    keys: Sequence[bytes] = (),
    extend: Callable[[FastAPI, Service], None] | None = None,
    allow_host: Sequence[str] = (),
) -> None:
    """Serve until SIGTERM or SIGINT; what was accepted by then is finished.

    Args:
        servables: the models.
        limits: of the service.
        host: name or address of the interface to listen at.
        port: 0 for any free one.
        keys: API keys; empty if none is needed.
        extend: adds more routes, such as the page.
        allow_host: more names by which requests may address the service.

    Raises:
        ValueError: the port cannot be used, or a model cannot be warmed up.
    """
    listening = bound_socket(host, port)
    service = Service(servables, limits)
    failures: list[Exception] = []

    def fail(error: Exception) -> None:
        failures.append(error)
        server.should_exit = True

    def drain() -> None:
        service.draining = True

    extended = extend and (lambda app: extend(app, service))
    app = create_app(service, keys, fail, extended, allowed_hosts(host, allow_host))
    server = Server(app, limits, drain)
    names = ", ".join(service.lanes) or "no model"
    _log.info("serving %s at %s", names, address(host, listening.getsockname()[1]))
    with signals_end_quietly(), brief_turns(), listening:
        server.run(sockets=[listening])
    if failures:
        raise ValueError(f"a model cannot be served: {failures[0]}") from failures[0]
    _log.info("ended; everything that was accepted was answered")


def address(host: str, port: int) -> str:
    """Return the URL of the service."""
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"
