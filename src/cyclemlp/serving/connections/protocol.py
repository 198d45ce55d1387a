"""HTTP connections that wait forever neither for a request's headers nor for an answer's reader."""

from __future__ import annotations

import asyncio
from typing import Any, ClassVar

from typing_extensions import override
from uvicorn.protocols.http.h11_impl import H11Protocol

from cyclemlp.serving.faults import busy


class TimedProtocol(H11Protocol):
    """uvicorn's protocol with limits on connections, slow senders of headers, and idle readers.

    uvicorn itself bounds the headers' size, and the pause between two requests.

    Attributes:
        most: connections at the same time; those beyond it get status 503.
        header_timeout: seconds from the connection, or from the first byte of a later request.
        reading_timeout: seconds in which a client reads a part of a complete answer.
    """

    most: ClassVar[int]
    header_timeout: ClassVar[float]
    reading_timeout: ClassVar[float]
    _slow: asyncio.TimerHandle | None = None
    _reading: asyncio.TimerHandle | None = None

    @override
    def connection_made(self, transport: Any) -> None:
        """Begin to wait for a request."""
        super().connection_made(transport)
        if len(self.connections) > self.most:
            rule = f"at most {self.most} connections are open at the same time"
            self.app = busy(rule, "one more", Connection="close").response()
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
        self._forget_reader()
        super().connection_lost(exc)

    @override
    def on_response_complete(self) -> None:
        """Begin to wait for the reader of the answer, which is in the transport's memory."""
        self._forget_reader()
        self._expect_reading(self.transport.get_write_buffer_size())
        super().on_response_complete()

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

    def _expect_reading(self, left: int) -> None:
        if left:
            wait, check = self.reading_timeout, self._check_reading
            self._reading = self.loop.call_later(wait, check, left)

    def _check_reading(self, before: int) -> None:
        """Hang up on a client that has read nothing since `before` bytes were left."""
        left = self.transport.get_write_buffer_size()
        if left >= before:
            self.transport.abort()
        else:
            self._expect_reading(left)

    def _forget_reader(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None


def protocol_with(most: int, headers: float, reading: float) -> type[TimedProtocol]:
    """Return the protocol with these limits; see `TimedProtocol`."""
    limits = {"most": most, "header_timeout": headers, "reading_timeout": reading}
    return type("Protocol", (TimedProtocol,), limits)
