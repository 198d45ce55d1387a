"""Limits on the body of a request: its bytes, and the time in which it arrives."""

from __future__ import annotations

import asyncio
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cyclemlp.serving.faults import Fault
from cyclemlp.serving.limits import Limits

_DRAIN_SECONDS = 2.0


class Receiving:
    """Middleware that refuses bodies that are too large or too slow.

    Args:
        app: the application.
        limits: `Limits.max_bytes` and `Limits.upload_timeout` are used.
    """

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self._app, self._limits = app, limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        body = _Body(Headers(scope=scope), receive, self._limits)

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start" and body.unread:
                await body.drain()
                MutableHeaders(scope=message)["connection"] = "close"
            await send(message)

        await self._app(scope, body.receive, sending)


class _Body:
    """The body of one request while it arrives."""

    def __init__(self, headers: Headers, receive: Receive, limits: Limits) -> None:
        self._receive, self._limits = receive, limits
        length = headers.get("content-length", "0")
        self._announced = int(length) if length.isascii() and length.isdigit() else 0
        self._announced_any = self._announced > 0 or "transfer-encoding" in headers
        self._waits_for_consent = headers.get("expect", "").lower() == "100-continue"
        self._taken = 0
        self._complete = False
        self._end = asyncio.get_running_loop().time() + limits.upload_timeout

    @property
    def unread(self) -> bool:
        """Whether a part of the body has not been received."""
        return self._announced_any and not self._complete

    async def receive(self) -> Message:
        """Return the next part of the body; after it, wait for the client to go away.

        Raises:
            Fault: the body is too large, or too slow.
        """
        if self._complete:
            return await self._receive()
        if self._announced > self._limits.max_bytes:
            raise self._too_large(self._announced)
        try:
            async with asyncio.timeout_at(self._end):
                message = await self._next()
        except TimeoutError:
            seconds = self._limits.upload_timeout
            rule = f"a body arrives within {seconds:g} s"
            received = f"{self._taken} bytes in that time"
            raise Fault(408, rule, received, "send it faster, or a smaller file") from None
        if self._taken > self._limits.max_bytes:
            raise self._too_large(self._taken)
        return message

    async def _next(self) -> Message:
        message = await self._receive()
        self._taken += len(message.get("body", b""))
        self._complete = message["type"] == "http.disconnect" or not message.get("more_body")
        self._waits_for_consent = False
        return message

    def _too_large(self, size: int) -> Fault:
        most = self._limits.max_bytes
        rule, received = f"a body has at most {most} bytes", f"{size} bytes or more"
        return Fault(413, rule, received, "send a smaller file")

    async def drain(self) -> None:
        """Receive and forget some of what the client still sends.

        A client that sends all of its body before it reads would otherwise see a broken connection
        instead of the answer.
        """
        if self._waits_for_consent or asyncio.get_running_loop().time() >= self._end:
            return
        most = self._taken + 4 * self._limits.max_bytes
        with suppress(TimeoutError):
            async with asyncio.timeout(_DRAIN_SECONDS):
                while self.unread and self._taken < most:
                    await self._next()
