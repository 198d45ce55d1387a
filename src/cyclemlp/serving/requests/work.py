"""The bound on the work that the parameters of one request ask for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cyclemlp.serving.faults import Fault
from cyclemlp.tasks.common.windows import starts

_OVERLAP = 1 / 3  # the larger one of the tasks' defaults


def check_work(settings: Mapping[str, Any], size: tuple[int, int], most: int) -> None:
    """Check the number of pixels that a network computes for a picture.

    Without windows a picture has the network's own size, and the bounds of each parameter suffice.

    Args:
        settings: of the task.
        size: (height, width) of the picture.
        most: pixels in all windows, at all scales, mirrored ones included.

    Raises:
        Fault: there are more.
    """
    window = settings.get("window")
    if window is None:
        return
    sides = [len(starts(side, window, settings.get("overlap", _OVERLAP))) for side in size]
    windows = sides[0] * sides[1]
    views = sum(scale**2 for scale in settings.get("scales", (1,))) * (1 + settings.get("flip", 0))
    pixels = round(windows * min(window, size[0]) * min(window, size[1]) * views)
    if pixels > most:
        rule = f"windows, at all scales and mirrored, have at most {most} pixels for a picture"
        received = f"{pixels} pixels in {windows} windows of a picture of {size[0]} × {size[1]}"
        remedy = "give a smaller overlap, fewer scales or no window, or send a smaller picture"
        raise Fault(422, rule, received, remedy)
