"""What a task's metrics computed, sorted into figures, per-class table and confusion matrix."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cyclemlp.tasks.base import Task

Row = dict[str, str | int | float]


@dataclass(frozen=True)
class Scores:
    """One evaluation's results.

    Attributes:
        figures: metric name -> value.
        per_class: a row a class: its name, the columns, and the count of its samples.
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
        columns = {name: value.tolist() for name, value in values.items() if value.ndim == 1}
        matrices = [value.numpy() for value in values.values() if value.ndim == 2]
        confusion = matrices[0] if matrices else None
        if confusion is not None:
            columns["count"] = confusion.sum(axis=1).tolist()
        rows: list[Row] = [
            {"class": name} | {column: numbers[i] for column, numbers in columns.items()}
            for i, name in enumerate(classes)
        ]
        return cls(figures, rows if columns else [], confusion)

    def to_dict(self) -> dict[str, Any]:
        """Figures and the per-class table, ready for JSON."""
        return {**self.figures, "per_class": self.per_class}


def score(network: nn.Module, task: Task, batches: Iterable[tuple[Tensor, Any]]) -> Scores:
    """Evaluate a network in detail, on the device it is on.

    Args:
        network: in evaluation mode.
        task: whose metrics count.
        batches: of prepared images ``(B, 3, H, W)`` and targets.
    """
    device = next(network.parameters()).device
    metrics = task.metrics(detailed=True).to(device)
    with torch.inference_mode():
        for images, targets in batches:
            metrics.update(task.infer(network, images.to(device)), targets.to(device))
    return Scores.of(metrics.compute(), task.classes)
