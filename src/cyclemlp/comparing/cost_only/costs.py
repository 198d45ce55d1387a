"""The costs of several models at several sizes: exponents, tables, JSON and CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cyclemlp.benchmarking.published import published
from cyclemlp.comparing.cost_only.measuring import Point
from cyclemlp.console.tables import table

MEASURES = {
    "parameters": "parameters",
    "gmacs": "GMACs",
    "activations_m": "activations",
    "ms": "time",
    "peak_mib": "peak memory",
}
"""Field of `Point` -> its name in tables."""


@dataclass(frozen=True)
class Costs:
    """Costs against the image size.

    Attributes:
        machine: processor, library versions, date and command.
        points: one for each model and size.
        folder: where the files are.
        files: names of the written files.
    """

    machine: dict[str, Any]
    points: tuple[Point, ...]
    folder: Path
    files: tuple[str, ...] = ()

    @property
    def models(self) -> list[str]:
        """The models in the user's order."""
        return list(dict.fromkeys(point.model for point in self.points))

    def of(self, model: str) -> list[Point]:
        """Return the points of a model that ran."""
        return [point for point in self.points if point.model == model and point.ms is not None]

    def exponents(self, model: str) -> dict[str, float | None]:
        """Return the exponent of each cost in the number of pixels; 1 is linear, 0 constant.

        It is fitted by least squares to the logarithms; None with fewer than two sizes.
        """
        points = self.of(model)
        return {
            name: _slope([p.size**2 for p in points], [getattr(p, name) for p in points])
            for name in MEASURES
        }

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        models = {
            name: {
                "top1": published(name)[0],
                "source": published(name)[1],
                "accepts": [p.size for p in self.points if p.model == name and p.accepts],
                "exponents": self.exponents(name),
            }
            for name in self.models
        }
        points = [asdict(point) for point in self.points]
        return {
            "machine": self.machine,
            "models": models,
            "points": points,
            "files": list(self.files),
        }

    def to_csv(self) -> str:
        """Return the text of cost.csv: one line for each model and size."""
        text = io.StringIO()
        writer = csv.DictWriter(text, list(asdict(self.points[0])), lineterminator="\n")
        writer.writeheader()
        writer.writerows(asdict(point) for point in self.points)
        return text.getvalue()

    def published_table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table of cost at 224 pixels, published accuracy and source, as the paper's."""
        rows = []
        for name in self.models:
            at = next((p for p in self.of(name) if p.size == 224), None)
            top1, source = published(name)
            figures = [f"{at.parameters / 1e6:.1f}", f"{at.gmacs:.2f}"] if at else ["–", "–"]  # pyright: ignore[reportOptionalOperand]
            rows.append([name, *figures, "–" if top1 is None else f"{top1:.1f}", source])
        return ["model", "params M", "GMACs", "published top-1 %", "source"], rows

    def growth_table(self) -> tuple[list[str], list[list[str]]]:
        """Return the table of accepted sizes and fitted exponents."""
        rows = []
        for name in self.models:
            sizes = [str(p.size) for p in self.points if p.model == name and p.accepts]
            found = self.exponents(name).values()
            shown = ["–" if value is None else f"{round(value, 2) + 0:.2f}" for value in found]
            rows.append([name, " ".join(sizes) or "none", *shown])
        return ["model", "takes", *MEASURES.values()], rows

    @property
    def refusals(self) -> list[str]:
        """A line for each model that does not take some size, with the first reason."""
        refused: dict[str, list[Point]] = {}
        for point in self.points:
            if not point.accepts:
                refused.setdefault(point.model, []).append(point)
        return [
            f"{name} at {', '.join(str(p.size) for p in points)}: "
            + (points[0].reason or "").rstrip(".")
            + ("; costs are of the model built for each size" if self.of(name) else "")
            for name, points in refused.items()
        ]

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield table(*self.published_table())
        yield "\nsizes that the published model takes, and exponents of the cost in the pixels"
        yield table(*self.growth_table())
        yield from map("  {}".format, self.refusals)
        yield f"\nreport    {self.folder / 'report.html'}"
        yield f"files     {', '.join(self.files)} in {self.folder}"


def _slope(pixels: Sequence[int], values: Sequence[float]) -> float | None:
    if len(set(pixels)) < 2:
        return None
    x, y = np.log(np.asarray(pixels, float)), np.log(np.asarray(values, float))
    return float(np.polyfit(x, y, 1)[0])
