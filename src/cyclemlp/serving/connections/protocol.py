"""HTTP connections that do not wait forever for a request's headers."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol


class TimedProtocol(H11Protocol):
    """uvicorn's protocol with a limit on the time in which headers arrive.

    uvicorn itself bounds the headers' size, and the pause between two requests.

    Attributes:
        header_timeout: seconds from the connection, or from the first byte of a later request.
    """

    header_timeout: ClassVar[float]
    _slow: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        self._watch()

    @override
    def data_received(self, data: bytes) -> None:
        """Wait on if the headers are not complete."""
        super().data_received(data)
        self._watch()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        """End the waiting."""
        self._unwatch()
        super().connection_lost(exc)

    def _watch(self) -> None:
        if self._busy():
            self._unwatch()
        elif self._slow is None:
            self._slow = self.loop.call_later(self.header_timeout, self._hang_up)

    def _unwatch(self) -> None:
        if self._slow is not None:
            self._slow.cancel()
            self._slow = None

    def _hang_up(self) -> None:
        self._slow = None
        if not self._busy():
            self.transport.close()

    def _busy(self) -> bool:
        """Whether a request's headers are complete and its answer is not."""
        return self.cycle is not None and not self.cycle.response_complete


def protocol_with_timeout(seconds: float) -> type[TimedProtocol]:
    """Return the protocol with this `TimedProtocol.header_timeout`."""
    return type("Protocol", (TimedProtocol,), {"header_timeout": seconds})
