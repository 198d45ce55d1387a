"""How the time and memory of a model grow with the image size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import log
from typing import Any, NamedTuple

from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.scenarios import Scenario


@dataclass(frozen=True)
class Growth:
    """Exponents of the growth from the smallest to the largest image.

    Attributes:
        name: name of the contestant.
        scenario: the scenario of the smallest image.
        time_exponent: exponent of the time in the number of pixels; 1 is linear.
        memory_exponent: exponent of the peak memory in the same.
    """

    name: str
    scenario: Scenario
    time_exponent: float
    memory_exponent: float

    def __str__(self) -> str:
        s = self.scenario
        return (
            f"{self.name}, {s.work} {s.precision} {s.path}, batch {s.batch_size} on {s.device}: "
            f"time grows with pixels^{self.time_exponent:.2f}, memory with "
            f"pixels^{self.memory_exponent:.2f}"
        )


class _Point(NamedTuple):
    pixels: int
    scenario: Scenario
    ms: float
    mib: float


def growth(comparisons: Sequence[Comparison]) -> Iterator[Growth]:
    """Yield the growth of each model measured at several image sizes, all else being equal."""
    for (name, *_), points in _series(comparisons).items():
        first = min(points, key=lambda point: point.pixels)
        last = max(points, key=lambda point: point.pixels)
        if last.pixels > first.pixels:
            steps = log(last.pixels / first.pixels)
            slower, larger = log(last.ms / first.ms) / steps, log(last.mib / first.mib) / steps
            yield Growth(name, first.scenario, slower, larger)


def _series(comparisons: Sequence[Comparison]) -> dict[Any, list[_Point]]:
    """Group the measurements of models that differ in nothing but the image size."""
    series: dict[Any, list[_Point]] = {}
    for comparison in comparisons:
        s = comparison.scenario
        for row in comparison.rows:
            if s.subject == "model" and row.ms_per_image and row.peak_mib:
                key = (row.name, s.work, s.device, s.precision, s.path, s.batch_size)
                point = _Point(s.height * s.width, s, row.ms_per_image, row.peak_mib)
                series.setdefault(key, []).append(point)
    return series
