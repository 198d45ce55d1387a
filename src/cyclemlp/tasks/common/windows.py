"""Overlapping windows over a large image."""

from __future__ import annotations

WINDOWS_PER_PASS = 4
"""How many windows go through a network together."""


def check_windows(window: int | None, overlap: float) -> None:
    """Check a task's settings of windows.

    Raises:
        ValueError: the side or the overlap is out of range.
    """
    if window is not None and window < 32:
        raise ValueError(f"window must be at least 32 pixels, got {window}")
    if not 0 <= overlap < 1:
        raise ValueError(f"overlap must be at least 0 and below 1, got {overlap}")


def starts(length: int, window: int, overlap: float) -> list[int]:
    """Return where windows start along one side of an image, evenly spaced and covering all of it.

    Args:
        length: of the side, in pixels.
        window: side of a window, in pixels; a shorter image gets one window, at 0.
        overlap: minimum share of a window that the next one covers again, in [0, 1).
    """
    room = length - window
    if room <= 0:
        return [0]
    step = max(1, int(window * (1 - overlap)))
    count = -(-room // step) + 1
    return [round(i * room / (count - 1)) for i in range(count)]
