"""The verb ``models``: this library's models with published accuracies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from cyclemlp.console.tables import table
from cyclemlp.extras import needed_by

if TYPE_CHECKING:
    from cyclemlp.models.zoo import ZooEntry


@dataclass(frozen=True)
class Zoo:
    """This library's models and their published figures.

    Attributes:
        entries: one per model.
    """

    entries: tuple[ZooEntry, ...]

    def to_dict(self) -> dict[str, Any]:
        """Return plain numbers, strings, lists and dicts."""
        return {"models": [asdict(entry) for entry in self.entries]}

    def __rich_console__(self, console: Any, options: Any) -> Iterator[Any]:
        rows = [
            (e.name, f"{e.params_m:.1f}", f"{e.gmacs_224:.2f}", _percent(e.top1), e.source, e.note)
            for e in self.entries
        ]
        columns = ("model", "params M", "GMACs at 224", "ImageNet top-1 %", "source", "note")
        yield table(columns, rows)


def models() -> Zoo:
    """List this library's models with published accuracies and their sources.

    Returns:
        The models.
    """
    with needed_by("models"):
        from cyclemlp.models.zoo import ZOO
    return Zoo(tuple(ZOO.values()))


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"
