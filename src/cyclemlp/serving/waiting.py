"""Waiting for an answer as long as somebody wants it."""

from __future__ import annotations

import asyncio
from typing import TypeVar

from starlette.requests import ClientDisconnect, Request

from cyclemlp.serving.faults import Fault

Result = TypeVar("Result")


async def while_wanted(request: Request, work: asyncio.Future[Result], deadline: float) -> Result:
    """Return the result of `work`; it is cancelled if nobody waits for it any more.

    Args:
        request: its body has been received.
        work: what is waited for.
        deadline: seconds to wait.

    Raises:
        ClientDisconnect: the client went away.
        Fault: the deadline passed.
    """
    gone = asyncio.ensure_future(_disconnected(request))
    try:
        await asyncio.wait({work, gone}, timeout=deadline, return_when=asyncio.FIRST_COMPLETED)
        if work.done():
            return work.result()
        if gone.done():
            raise ClientDisconnect
        raise late(deadline)
    finally:
        work.cancel()
        gone.cancel()


def late(deadline: float) -> Fault:
    """Return the fault of an answer that is not ready after `deadline` seconds."""
    rule, received = f"an answer is given within {deadline:g} s", "more work than that"
    return Fault(504, rule, received, "try again later, or send a smaller picture")


async def _disconnected(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
