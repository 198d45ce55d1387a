"""Running an application: a socket, signals, and an end that loses nothing."""

from __future__ import annotations

import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp

from cyclemlp.serving.connections.protocol import protocol_with
from cyclemlp.serving.limits import Limits

_CONNECTIONS = 768  # open at the same time; most systems allow a process 1024 files
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Server(uvicorn.Server):
    """uvicorn's server, which tells the service at once that it ends.

    Args:
        app: the application.
        limits: of the service.
        on_exit: is called at SIGTERM or SIGINT, before open requests are finished.
    """

    def __init__(self, app: ASGIApp, limits: Limits, on_exit: Callable[[], None]) -> None:
        config = uvicorn.Config(
            app,
            http=protocol_with(_CONNECTIONS, limits.header_timeout, limits.upload_timeout),
            ws="none",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_keep_alive=5,
            timeout_graceful_shutdown=round(limits.upload_timeout + limits.deadline) + 1,
        )
        super().__init__(config)
        self._on_exit = on_exit

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Refuse new requests, and let the open ones end."""
        self._on_exit()
        super().handle_exit(sig, frame)


def bound_socket(host: str, port: int) -> socket.socket:
    """Return a socket that listens at a port of this machine.

    Args:
        host: name or address of the interface.
        port: 0 for any free one.

    Raises:
        ValueError: the port cannot be used.
    """
    try:
        family, *_, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        # asyncio sets TCP_NODELAY if the protocol is named; without it an answer takes 40 ms more.
        listening = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_CONNECTIONS)  # early clients wait instead of being refused
    except (OSError, OverflowError, UnicodeError) as error:  # the last one: of a name such as a..b
        reason = getattr(error, "strerror", None) or error
        raise ValueError(
            f"--host {host} --port {port}: cannot listen there ({reason}); give another port, or "
            "0 for any free one"
        ) from error
    return listening


@contextmanager
def signals_end_quietly() -> Iterator[None]:
    """Keep uvicorn from ending the process by the signal after it has finished everything."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, lambda *_: None) for number in _SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
