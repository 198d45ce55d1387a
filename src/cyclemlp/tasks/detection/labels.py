"""Places for the labels of boxes: inside the image, and not on each other."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

_ORDER = 0.05  # cost of each step from the usual place, as a share of the label's area

Rectangle = tuple[float, float, float, float]
"""Left, top, right, bottom in pixels."""


def place_labels(
    boxes: Sequence[Sequence[float]],
    labels: Sequence[tuple[float, float]],
    size: tuple[int, int],
) -> list[Rectangle | None]:
    """Return a place for each label: around its box, or in a corner of it.

    Of the places that no earlier label takes, the one that covers least of the other boxes is
    chosen. A place above the box is preferred to one below, beside or in it.

    Args:
        boxes: left, top, right, bottom in pixels, in order of importance.
        labels: (width, height) of each label in pixels.
        size: (width, height) of the image.

    Returns:
        A rectangle for each label; None if there is no place for it.
    """
    corners = np.array(boxes, float).reshape(-1, 4)
    taken: list[Rectangle] = []
    places: list[Rectangle | None] = []
    for number, (box, label) in enumerate(zip(corners, labels, strict=True)):
        others = np.delete(corners, number, axis=0)
        best = _cheapest(_candidates(box, label, size), others, taken)
        places.append(best)
        taken += [] if best is None else [best]
    return places


def _candidates(
    box: np.ndarray, label: tuple[float, float], size: tuple[int, int]
) -> Iterator[Rectangle]:
    """Yield the places of a label inside the image, the usual ones first."""
    (left, top, right, bottom), (width, height) = box, label
    aligned = (left, right - width)
    corners = [(x, y) for y in (top - height, bottom) for x in aligned]  # above, below
    corners += [(x, y) for x in (right, left - width) for y in (top, bottom - height)]  # beside
    corners += [(x, y) for y in (top, bottom - height) for x in aligned]  # in the box
    for x, y in corners:
        x = min(max(0.0, float(x)), max(0.0, size[0] - width))
        if y >= 0 and y + height <= size[1]:
            yield x, float(y), x + width, float(y) + height
    y = min(max(0.0, float(top)), max(0.0, size[1] - height))  # of a box as high as the image
    x = min(max(0.0, float(left)), max(0.0, size[0] - width))
    yield x, y, x + width, y + height


def _cheapest(
    candidates: Iterator[Rectangle], others: np.ndarray, taken: Sequence[Rectangle]
) -> Rectangle | None:
    best, least = None, float("inf")
    labels = np.array(taken, float).reshape(-1, 4)
    for number, one in enumerate(candidates):
        if _common(one, labels).any():
            continue
        area = max(1.0, (one[2] - one[0]) * (one[3] - one[1]))
        cost = _common(one, others).sum() / area + _ORDER * number
        if cost < least:
            best, least = one, cost
    return best


def _common(one: Rectangle, others: np.ndarray) -> np.ndarray:
    """Return the area that a rectangle has in common with each of the others ``(N, 4)``."""
    width = np.minimum(one[2], others[:, 2]) - np.maximum(one[0], others[:, 0])
    height = np.minimum(one[3], others[:, 3]) - np.maximum(one[1], others[:, 1])
    return width.clip(0) * height.clip(0)
