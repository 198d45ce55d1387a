"""What a task's metrics computed, sorted into figures, per-class table and confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils._pytree import tree_map_only

from cyclemlp.tasks.contract import Task

Row = dict[str, str | int | float | None]
_PAIRS = 20


@dataclass(frozen=True)
class Scores:
    """One evaluation's results.

    Attributes:
        figures: metric name -> value.
        per_class: a row a class: its name, the columns, and the count of its samples; None where
            there is nothing to judge a class by.
        confusion: counts ``(classes, classes)``, rows the truth; None where the task has none.
    """

    figures: dict[str, float]
    per_class: list[Row]
    confusion: np.ndarray | None

    @classmethod
    def of(cls, computed: Mapping[str, Tensor], classes: Sequence[str]) -> Scores:
        """Sort what `Task.metrics` computed, by the shape of its tensors."""
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
        """The rows by their first column, lowest first; those without a value last."""
        if not self.per_class:
            return []
        column = list(self.per_class[0])[1]
        return sorted(self.per_class, key=lambda row: _rank(row[column]))

    def to_dict(self) -> dict[str, Any]:
        """Figures, per-class table and the pairs most often confused, ready for JSON."""
        content = json_ready({**self.figures, "per_class": self.per_class})
        if self.confusion is None:
            return content
        classes = [str(row["class"]) for row in self.per_class]
        return content | {"most_confused": most_confused(self.confusion, classes, _PAIRS)}


def json_ready(tree: Any) -> Any:
    """Lists and dicts with None for every number that JSON has no word for: NaN and infinities."""
    return tree_map_only(float, lambda value: value if isfinite(value) else None, tree)


def _rank(value: Any) -> float:
    return float("inf") if value is None else float(value)


def score(network: nn.Module, task: Task, batches: Iterable[tuple[Any, Any]]) -> Scores:
    """Evaluate a network in detail, on the device it is on.

    Args:
        network: in evaluation mode.
        task: whose metrics count.
        batches: of prepared images and targets.
    """
    device = next(network.parameters()).device
    metrics = task.metrics(detailed=True).to(device)
    with torch.inference_mode():
        for batch in batches:
            images, targets = tree_map_only(Tensor, lambda value: value.to(device), batch)
            metrics.update(task.infer(network, images), targets)
    computed = metrics.compute()
    first = {name: computed[name] for name in (task.headline, task.ranking)}
    return Scores.of(first | computed, task.classes)


def most_confused(
    matrix: np.ndarray, classes: Sequence[str], limit: int
) -> list[dict[str, str | int]]:
    """The pairs of classes most often taken for one another, worst first.

    Args:
        matrix: counts; rows are the truth.
        classes: names, in the matrix's order.
        limit: at most so many.

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
