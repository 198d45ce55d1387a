"""Default colours of classes."""

from __future__ import annotations

from colorsys import hsv_to_rgb

from cyclemlp.data.colors import Color

_GOLDEN_SECTION = 0.61803398875
_TONES = ((0.65, 0.95), (0.85, 0.7), (0.45, 0.85))  # saturation and value


def palette(count: int) -> tuple[Color, ...]:
    """Return `count` distinct colours; consecutive ones differ strongly.

    Hues are a golden section apart and cycle through three tones.
    """
    colors = []
    for number in range(count):
        saturation, value = _TONES[number % len(_TONES)]
        parts = hsv_to_rgb((0.58 + number * _GOLDEN_SECTION) % 1, saturation, value)
        colors.append(tuple(round(255 * part) for part in parts))
    return tuple(colors)
