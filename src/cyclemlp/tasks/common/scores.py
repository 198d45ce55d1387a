"""Scores of one evaluation: scalar metrics, a per-class table and a confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
from torch import Tensor
from torch.utils._pytree import tree_map_only

Row = dict[str, str | int | float | None]
_PAIRS = 20


@dataclass(frozen=True)
class Scores:
    """The results of one evaluation.

    Attributes:
        figures: scalar metrics, keyed by name.
        per_class: one row per class: its name, the columns, and the number of its samples. A value
            is None if it is undefined.
        confusion: counts ``(classes, classes)``, rows are the truth; None if the task has none.
    """

    figures: dict[str, float]
    per_class: list[Row]
    confusion: np.ndarray | None

    @classmethod
    def of(cls, computed: Mapping[str, Tensor], classes: Sequence[str]) -> Scores:
        """Sort the tensors that `Task.metrics` computed by their shape."""
        values = {name: value.detach().cpu() for name, value in computed.items()}
        figures = {name: value.item() for name, value in values.items() if value.ndim == 0}
        columns = {
            name: json_ready(value.tolist()) for name, value in values.items() if value.ndim == 1
        }
        matrices = [value.numpy() for value in values.values() if value.ndim == 2]
        confusion = matrices[0] if matrices else None
        if confusion is not None:
            columns["count"] = confusion.sum(axis=1).tolist()
        rows: list[Row] = [
            {"class": name} | {column: numbers[i] for column, numbers in columns.items()}
            for i, name in enumerate(classes)
        ]
        return cls(figures, rows if columns else [], confusion)

    @property
    def weakest_first(self) -> list[Row]:
        """The rows in ascending order of their first column; rows without a value come last."""
        if not self.per_class:
            return []
        column = list(self.per_class[0])[1]
        return sorted(self.per_class, key=lambda row: _rank(row[column]))

    def to_dict(self) -> dict[str, Any]:
        """Return metrics, per-class table and the most confused pairs as JSON types."""
        content = json_ready({**self.figures, "per_class": self.per_class})
        if self.confusion is None:
            return content
        classes = [str(row["class"]) for row in self.per_class]
        return content | {"most_confused": most_confused(self.confusion, classes, _PAIRS)}


def json_ready(tree: Any) -> Any:
    """Return nested lists and dicts with NaN and infinities, invalid in JSON, replaced by None."""
    return tree_map_only(float, lambda value: value if isfinite(value) else None, tree)


def _rank(value: Any) -> float:
    return float("inf") if value is None else float(value)


def most_confused(
    matrix: np.ndarray, classes: Sequence[str], limit: int
) -> list[dict[str, str | int]]:
    """Return the pairs of classes that are confused most often, in descending order.

    Args:
        matrix: counts ``(classes, classes)``; rows are the truth.
        classes: names, in the order of the matrix.
        limit: maximum number of pairs.

    Returns:
        ``{"truth", "predicted", "count"}`` for each pair that occurs.
    """
    wrong = matrix.astype(np.int64, copy=True)
    np.fill_diagonal(wrong, 0)
    order = np.argsort(wrong, axis=None, kind="stable")[::-1][:limit]
    cells = zip(*np.unravel_index(order, wrong.shape), strict=True)
    pairs = [(int(i), int(j)) for i, j in cells if wrong[i, j] > 0]
    return [
        {"truth": classes[i], "predicted": classes[j], "count": int(wrong[i, j])} for i, j in pairs
    ]
