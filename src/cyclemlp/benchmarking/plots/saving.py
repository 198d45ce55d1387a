"""Writing a picture in every format."""

from __future__ import annotations

from pathlib import Path

from matplotlib.figure import Figure

from cyclemlp.reporting.canvas import save

_SUFFIXES = (".png", ".svg")


def save_all(figure: Figure, file: Path) -> list[Path]:
    """Write a figure as PNG and as SVG, and return both paths.

    Args:
        figure: the picture.
        file: its path without the suffix.
    """
    return [save(figure, file.with_suffix(suffix)) for suffix in _SUFFIXES]
