"""All pictures of a comparison."""

from __future__ import annotations

from pathlib import Path

from cyclemlp.comparing.comparison import Comparison
from cyclemlp.comparing.plots.classes import draw_classes
from cyclemlp.comparing.plots.curves import draw_curves
from cyclemlp.comparing.plots.sizes import draw_sizes
from cyclemlp.comparing.plots.tradeoff import draw_tradeoff

_PICTURES = {
    "tradeoff": draw_tradeoff,
    "sizes": draw_sizes,
    "curves": draw_curves,
    "classes": draw_classes,
}


def draw(comparison: Comparison, folder: Path) -> list[Path]:
    """Write each picture as PNG and SVG, and return the written files."""
    return [path for name, one in _PICTURES.items() for path in one(comparison, folder / name)]
