"""What is left to do with a prediction: its drawing, or its masks as the page draws them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, TypeVar

from cyclemlp.serving.predicting import Predicted
from cyclemlp.serving.service import Service
from cyclemlp.serving.waiting import late

Result = TypeVar("Result")


async def shown(
    service: Service, done: Predicted, work: Callable[..., Result], *args: Any
) -> Result:
    """Run work such as drawing on a predicted picture, beside the event loop.

    Raises:
        Fault: the deadline passes, or the pictures that wait for this take too much memory.
    """
    with service.drawing.holding(done.image):
        try:
            async with asyncio.timeout_at(done.due):
                return await service.in_thread(work, *args)
        except TimeoutError:
            raise late(service.limits.deadline) from None
