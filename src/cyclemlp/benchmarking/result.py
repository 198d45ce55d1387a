"""The results of a whole benchmark."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

from cyclemlp.benchmarking.comparison import Comparison
from cyclemlp.benchmarking.growth import Growth
from cyclemlp.benchmarking.loading import Loading
from cyclemlp.benchmarking.scenarios import Scenario


@dataclass(frozen=True)
class BenchmarkResult:
    """All results of a run.

    Attributes:
        machine: processor, accelerators, threads, library versions, date and command.
        settings: all arguments of the call.
        comparisons: one per scenario.
        growth: growth of the models measured at several image sizes.
        loading: speed of the loaders, one per image size.
        files: the written files.
    """

    machine: dict[str, Any]
    settings: dict[str, Any]
    comparisons: tuple[Comparison, ...] = ()
    growth: tuple[Growth, ...] = ()
    loading: tuple[Loading, ...] = ()
    files: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return asdict(self)

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        yield ", ".join(f"{key} {value}" for key, value in self.machine.items())
        for comparison in self.comparisons:
            yield ""
            yield comparison
        yield from map(str, self.growth)
        for loading in self.loading:
            yield f"{loading}{self._fastest_training(loading)}"
        yield ""
        yield f"written: {', '.join(self.files)}"

    def _fastest_training(self, loading: Loading) -> str:
        """Describe the fastest training of this library's models at the loader's image size."""
        size = (loading.height, loading.width)
        found = [
            (row.images_per_second, f"{row.name}, {comparison.scenario}")
            for comparison in self.comparisons
            if _trains_at(size, comparison.scenario)
            for row in comparison.rows
            if row.kind == "ours" and row.images_per_second
        ]
        if not found:
            return ""
        rate, who = max(found)
        return f"; for comparison the fastest training, {rate:.0f} images/s ({who})"


def _trains_at(size: tuple[int, int], scenario: Scenario) -> bool:
    facts = (scenario.subject, scenario.work, (scenario.height, scenario.width))
    return facts == ("model", "training", size)
