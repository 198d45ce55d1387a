"""A comparison on one HTML page, which needs no server."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cyclemlp.comparing.comparison import Comparison
from cyclemlp.console.dotted import dotted
from cyclemlp.console.files import write_text
from cyclemlp.reporting.page import embedded, rendered

_TITLES = {
    "tradeoff": "Score, time and parameters",
    "sizes": "Score over input size",
    "curves": "Training",
    "classes": "Classes",
}


def write_page(comparison: Comparison, pictures: Sequence[Path]) -> Path:
    """Write ``report.html`` into the comparison's folder, with its pictures embedded."""
    columns, cells = comparison.table()
    text = rendered(
        "comparing/comparison.html",
        title=f"{len(comparison.models)} models on {Path(comparison.settings['data']).name}",
        folder=comparison.folder.resolve(),
        task=comparison.settings["task"],
        columns=columns,
        cells=cells,
        refusals=comparison.refusals,
        runs=[(row, row.run.relative_to(comparison.folder)) for row in comparison.rows],
        headline=comparison.headline,
        pictures={_TITLES[path.stem]: embedded(path) for path in pictures},
        settings=dotted(comparison.settings) | comparison.machine,
    )
    path = comparison.folder / "report.html"
    write_text(path, text)
    return path
