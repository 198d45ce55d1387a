"""The scores of an evaluation, as tables and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cyclemlp.bundle.evaluation.robustness.errors import Robustness
from cyclemlp.bundle.evaluation.robustness.table import robustness_table
from cyclemlp.console.tables import table

if TYPE_CHECKING:  # they import torch, and verbs import this module
    from cyclemlp.tasks.common.scores import Row, Scores

RESULT = "metrics.json"
"""The file with the scores, in the output folder."""
_SHOWN_CLASSES = 20


@dataclass(frozen=True)
class Evaluation:
    """Scores of a bundle at one or several input sizes.

    Attributes:
        sizes: input (height, width) as ``"HxW"``, or ``"own"`` with windows -> scores.
        images: number of evaluated images.
        output: the folder with ``metrics.json`` and one picture of a confusion matrix per size.
        corruptions: errors under corruptions, if asked for.
    """

    sizes: dict[str, Scores]
    images: int
    output: Path
    corruptions: Robustness | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the scores as plain values, ready for JSON."""
        content: dict[str, Any] = {
            "images": self.images,
            "sizes": {size: scores.to_dict() for size, scores in self.sizes.items()},
        }
        robustness = self.corruptions
        return content if robustness is None else content | {"corruptions": robustness.to_dict()}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        size, scores = next(iter(self.sizes.items()))
        yield _figures_table(self.sizes, list(scores.figures))
        yield from _class_table(size, scores.weakest_first)
        if self.corruptions is not None:
            yield from robustness_table(self.corruptions)
        yield ""
        yield f"{self.images} images; {RESULT} and pictures are in {self.output}"


def _figures_table(sizes: dict[str, Scores], figures: list[str]) -> Any:
    rows = [
        [size, *(_cell(scores.figures[name]) for name in figures)] for size, scores in sizes.items()
    ]
    return table(["input", *figures], rows)


def _class_table(size: str, rows: list[Row]) -> Iterator[Any]:
    seen = [row for row in rows if row.get("count", 1)]  # the others have no meaningful figures
    if not seen:
        return
    worst = seen[:_SHOWN_CLASSES]
    which = "all" if len(worst) == len(seen) else f"the {len(worst)} weakest of {len(seen)}"
    unseen = f"; {len(rows) - len(seen)} without images" if len(seen) < len(rows) else ""
    yield f"\nclasses at {size}, {which}, lowest {list(worst[0])[1]} first{unseen}"
    yield table(list(worst[0]), [[_cell(value) for value in row.values()] for row in worst])


def _cell(value: Any) -> str:
    if value is None or value != value:  # NaN is undefined, too
        return "–"
    return f"{value:.4f}" if isinstance(value, float) else str(value)
